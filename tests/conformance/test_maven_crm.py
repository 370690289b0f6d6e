"""Every published figure of the Maven CRM dataset, by metrics or formula metrics."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connector.actions.query import query
from connector.actions.report import ReportRequest, write_report
from connector.model.filters import Condition
from connector.model.query import Query
from tests.conformance.conftest import NOW, Dataset, Load

pytestmark = pytest.mark.conformance
FILES = ("accounts", "products", "sales_pipeline", "sales_teams")


@pytest.fixture
def maven(load: Load) -> Dataset:
    return load("maven_crm", *(f"maven_crm/{name}.csv" for name in FILES))


def close(value: Any, expected: Any) -> bool:
    return value is None if expected is None else float(value) == pytest.approx(float(expected), abs=5e-7)


def same(rows: list[tuple[Any, ...]], expected: list[list[Any]]) -> None:
    """Compare by the first column, whatever the order."""
    found = {str(row[0]): row[1:] for row in rows}
    wanted = {str(row[0]): row[1:] for row in expected}
    assert found.keys() == wanted.keys()
    for key, values in wanted.items():
        for value, number in zip(found[key], values, strict=True):
            assert close(value, number), (key, found[key], values)


def test_opportunities_by_deal_stage(maven: Dataset) -> None:
    same(maven.ask("n=COUNT(deal.id)", "deal.stage_id"), maven.expected("stage_counts"))


def test_won_totals(maven: Dataset) -> None:
    largest = "largest=MAX(deal.amount WHERE deal.status = 'won')"
    (row,) = maven.ask(f"total_sales;deals_won;avg_deal_size;{largest}")
    assert all(map(close, row, maven.expected("won_totals")[0]))


def test_leaderboard_by_agent(maven: Dataset) -> None:
    metrics = (
        "total_sales;deals_won;deals_lost;opps=COUNT(deal.id);rate=100 * @win_rate;"
        "share=100 * @deals_won / COUNT(deal.id);avg_deal_size;sales_cycle_avg;"
        "closed=AVG(deal.amount WHERE deal.status IN ('won', 'lost'))"
    )
    same(maven.ask(metrics, "owner"), maven.expected("by_agent"))


def test_by_product_with_the_broken_name_repaired(maven: Dataset) -> None:
    metrics = "deals_won;deals_lost;rate=100 * @win_rate;total_sales;sales_cycle_avg"
    same(maven.ask(metrics, "product"), maven.expected("by_product"))
    repaired = {(column, found, meant): rows for column, found, meant, rows in maven.outcome.repairs}
    assert repaired["deal_line.product_id", "GTXPro", "GTX Pro"] == 1480


def test_by_regional_office(maven: Dataset) -> None:
    metrics = (
        "opps=COUNT(deal.id);deals_won;closed=@deals_won + @deals_lost;rate=100 * @win_rate;total_sales;avg_deal_size"
    )
    same(maven.ask(metrics, "branch"), maven.expected("by_region"))


def test_revenue_by_quarter_with_the_change_on_the_quarter_before(maven: Dataset) -> None:
    for first, revenue, won, change in maven.expected("revenue_by_quarter"):
        day = date.fromisoformat(first)
        last = date(day.year, day.month + 2, 31 if day.month in (1, 10) else 30)
        days = f"{first}..{last}"
        (row,) = maven.ask("total_sales;deals_won", "quarter", date_range=days)
        assert row == (day, revenue, won)
        if change is not None:
            before = date(day.year, day.month - 3, 1)
            rows = dict(maven.ask("total_sales", "quarter", date_range=f"{before}..{last}"))
            assert close(100 * (rows[day] / rows[before] - 1), change)


def test_sales_cycle_of_won_and_lost(maven: Dataset) -> None:
    cycle = "days(deal.closed_at - deal.created_at)"
    parts = ";".join(
        f"{name}={name.upper()}({cycle} WHERE deal.closed_at IS NOT NULL)" for name in ("avg", "median", "min", "max")
    )
    same(maven.ask(parts, "deal.stage_id", ("deal_status != open",)), maven.expected("sales_cycle"))


def test_cycle_by_month_of_engagement(maven: Dataset) -> None:
    metrics = "sales_cycle_avg;deals_won;open=COUNT(deal.id WHERE deal.status = 'open')"
    rows = maven.ask(metrics, "created_date:month", ("created_date is not null",))
    same([(f"{row[0]:%Y-%m}", *row[1:]) for row in rows], maven.expected("cycle_by_engage_month"))


def test_open_pipeline_at_list_price(maven: Dataset) -> None:
    metrics = (
        "n=COUNT(deal.id);list=SUM(deal.custom.list_price);no_account=COUNT(deal.id WHERE deal.account_id IS NULL);"
        "no_date=COUNT(deal.id WHERE deal.created_at IS NULL)"
    )
    same(maven.ask(metrics, "stage", ("deal_status = open",)), maven.expected("open_pipeline"))


def test_whole_pipeline_at_list_price(maven: Dataset) -> None:
    price = "deal.custom.list_price"
    metrics = (
        f"list=SUM({price});lost_list=SUM({price} WHERE deal.status = 'lost');total_sales;"
        f"over=100 * @total_sales / SUM({price});"
        f"discount=SUM(deal.amount - {price} WHERE deal.status = 'won' AND deal.amount < {price});"
        f"markup=SUM(deal.amount - {price} WHERE deal.status = 'won' AND deal.amount > {price})"
    )
    (row,) = maven.ask(metrics)
    assert all(map(close, row, maven.expected("pipeline_at_list")[0]))


def test_by_closing_month(maven: Dataset) -> None:
    rows = maven.ask("deals_won;deals_lost;total_sales", "month", ("deal_status != open",))
    same(rows, maven.expected("monthly"))


def test_the_traps_that_data_quality_must_find(maven: Dataset) -> None:
    (wanted,) = maven.expected("data_quality")
    fields = ("deal.account_id", "deal.created_at", "deal.closed_at", "deal.amount", "account.parent_account_id")
    missing = maven.ask("missing_fields", "dq_result.entity,dq_result.field", parameters={"required": ",".join(fields)})
    found = {f"{entity}.{name}": count for entity, name, count in missing}
    assert [found[name] for name in fields[:4]] == wanted[:4]
    assert found["account.parent_account_id"] == wanted[5]
    repaired = {(column, name): rows for column, name, _, rows in maven.outcome.repairs}
    assert repaired["deal_line.product_id", "GTXPro"] == wanted[4]
    assert repaired["account.industry", "technolgy"] == wanted[6]
    assert repaired["account.country", "Philipines"] == wanted[7]
    with_deals = {row[0] for row in maven.ask("n=COUNT(deal.id)", "owner")}
    assert len({row[0] for row in maven.ask("n=COUNT(owner.id)", "owner")} - with_deals) == wanted[8]
    bad = "bad=COUNT(dq_result.record_id WHERE dq_result.is_violation = true)"
    rules = {rule: count for rule, _, count in maven.ask(f"records_checked;{bad}", "dq_result.rule_id")}
    assert rules["illogical_date"] == wanted[9]
    assert maven.outcome.rows["deal"] == 8800
    assert maven.ask("n=COUNT(deal.id)", filters=("deal.stage_id = Prospecting", "account is not null")) == [
        (wanted[11],)
    ]
    assert rules["invalid"] == wanted[12]


def test_the_workbook_read_back_agrees_with_the_published_figures(maven: Dataset, tmp_path: Path) -> None:
    target = tmp_path / "sales.xlsx"
    write_report(maven.store, "maven_crm", ReportRequest("total_sales", "2017-01-01..2017-12-31"), target, NOW)
    book = openpyxl.load_workbook(target, data_only=True)
    cells = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}
    by_owner = {row[0]: row for row in cells["By owner"] if row[0]}
    for agent, revenue, won, *_ in maven.expected("by_agent"):
        assert revenue in by_owner[agent]
        assert won in by_owner[agent]
    by_product = {row[0]: row for row in cells["By product"] if row[0]}
    for product, won, _, _, revenue, _ in maven.expected("by_product"):
        assert revenue in by_product[product]
        assert won in by_product[product]
    assert any(10005534 in row for row in cells["By team"])


def test_data_quality_report_shows_the_traps(maven: Dataset, tmp_path: Path) -> None:
    target = tmp_path / "quality.xlsx"
    request = ReportRequest("data_quality", parameters={"required": "deal.account_id,deal.amount,deal.created_at"})
    write_report(maven.store, "maven_crm", request, target, NOW)
    book = openpyxl.load_workbook(target, data_only=True)
    values = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    for trap in (1425, 2089, 500, 1480, 12, "GTXPro", "technolgy", "Philipines"):
        assert trap in values, trap
    yellow = [cell for row in book["Deals"].iter_rows() for cell in row if cell.fill.start_color.rgb == "FFFFE94D"]
    assert len(yellow) >= 1000


def test_filters_by_a_plain_question(maven: Dataset) -> None:
    only = Query(("total_sales",), ("team",), Condition("branch", "equals", ("West",)))
    table = query(maven.store, "maven_crm", only, NOW)
    assert sum(row[1] for row in table.rows) == 3568647  # type: ignore[misc]
