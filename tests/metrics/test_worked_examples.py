"""The worked examples and edge rules of the report catalogue that touch the first three reports."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.errors import NotApplicable, QueryError
from connector.metrics.evaluate import evaluate
from connector.model.filters import AllOf, AnyOf, Condition
from connector.model.query import Query, Sort
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader

NOBODY = "(unassigned)"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def won(name: str, amount: float | None, day: str = "2024-05-02", **more: Any) -> dict[str, Any]:
    return {
        "id": name, "status": "won", "amount": amount, "created_at": moment("2024-04-01"), "closed_at": moment(day),
    } | more  # fmt: skip


def open_deal(name: str, amount: float | None, **more: Any) -> dict[str, Any]:
    return {"id": name, "status": "open", "amount": amount, "created_at": moment("2024-05-01")} | more


def ask(reader: MemoryReader, metrics: str, dimensions: str = "", **more: Any) -> dict[Any, dict[str, Any]]:
    """Answer as {dimension cells: {column: value}}; the key is () without dimensions, () too for the total."""
    names = tuple(part for part in dimensions.split(",") if part)
    table = evaluate(reader, Query(tuple(metrics.split(";")), names, **more), NOW)
    width = len(names)
    found = {
        (row[0] if width == 1 else row[:width]): {
            column.id: cell for column, cell in zip(table.columns[width:], row[width:], strict=True)
        }
        for row in table.rows
    }
    assert len(found) == len(table.rows)
    return found


def value(reader: MemoryReader, metric: str, **more: Any) -> Any:
    return ask(reader, metric, **more)[()][metric.partition("=")[0]]


@pytest.fixture
def sales() -> MemoryReader:
    """Customer X 2,000 and customer Z 3,000."""
    reader = MemoryReader()
    reader.add("account", {"id": "x", "name": "X"}, {"id": "z", "name": "Z"})
    return reader.add("deal", won("d1", 2000, account_id="x"), won("d2", 3000, account_id="z"))


def test_total_sales_of_two_customers_with_their_shares(sales: MemoryReader) -> None:
    found = ask(sales, "total_sales;sales_share", "account", date_range="this_month")
    assert found == {
        "Z": {"total_sales": Decimal(3000), "sales_share": 0.6},
        "X": {"total_sales": Decimal(2000), "sales_share": 0.4},
    }
    assert value(sales, "total_sales") == Decimal(5000)


def test_a_filter_on_one_customer_makes_his_share_whole(sales: MemoryReader) -> None:
    only = Condition("account", "equals", ("X",))
    found = ask(sales, "total_sales;sales_share", "account", filter=only)
    assert found == {"X": {"total_sales": Decimal(2000), "sales_share": 1.0}}


def test_pipeline_of_four_open_deals_and_its_weighted_value() -> None:
    reader = MemoryReader()
    chances = [(10_000, 0.1), (20_000, 0.2), (30_000, 0.5), (40_000, 0.9)]
    reader.add("deal", *(open_deal(f"d{n}", amount, probability=p) for n, (amount, p) in enumerate(chances)))
    found = ask(reader, "open_opportunities;pipeline_value;weighted_pipeline", date_range="as_of_today")[()]
    assert found == {"open_opportunities": 4, "pipeline_value": Decimal(100_000), "weighted_pipeline": Decimal(56_000)}


def test_fill_rate_of_four_deals_with_five_required_fields() -> None:
    reader = MemoryReader()
    full = {"name": "n", "owner_id": "o", "account_id": "a", "amount": 1, "source": "web", "status": "open"}
    reader.add(
        "deal", full | {"id": "1"}, full | {"id": "2"}, full | {"id": "3", "name": None, "source": None},
        full | {"id": "4", "amount": None},
    )  # fmt: skip
    required = {"required": "deal.name,deal.owner_id,deal.account_id,deal.amount,deal.source"}
    found = ask(reader, "missing_fields;field_fill_rate;incomplete_records;records_checked", parameters=required)[()]
    assert found == {"missing_fields": 3, "field_fill_rate": 0.85, "incomplete_records": 2, "records_checked": 4}


def test_e1_a_zero_denominator_gives_null_and_sorts_last() -> None:
    reader = MemoryReader().add(
        "deal", won("d1", 5, source="web"), open_deal("d2", 5, source="fair"), won("d3", None, source="mail")
    )
    assert value(reader, "win_rate", filter=Condition("lead_source", "equals", ("fair",))) is None
    query = Query(("avg_deal_size", "deals_created"), ("lead_source",), sort=(Sort("avg_deal_size"),))
    assert [row[:2] for row in evaluate(reader, query, NOW).rows] == [("web", 5.0), ("fair", None), ("mail", None)]


def test_e1_a_cost_per_unit_without_any_booking_is_null_and_with_a_zero_booking_zero() -> None:
    reader = MemoryReader().add("lead", {"id": "l", "created_at": moment("2024-05-02")})
    assert value(reader, "cost_per_lead", date_range="this_month") is None
    reader.add("cost", {"id": "c", "kind": "marketing", "date": date(2024, 5, 3), "amount": 0})
    assert value(reader, "cost_per_lead", date_range="this_month") == 0


def test_e2_deals_without_owner_stand_in_a_visible_group_inside_the_total() -> None:
    reader = MemoryReader().add("owner", {"id": "o", "name": "Ana", "is_active": True})
    reader.add("deal", won("d1", 10, owner_id="o"), won("d2", 90))
    table = evaluate(reader, Query(("total_sales",), ("owner",), totals=True), NOW)
    assert table.rows == (("Ana", Decimal(10)), ("(unassigned)", Decimal(90)))
    assert table.totals == (None, Decimal(100))
    assert table.keys == (("o",), (None,))


def test_e3_amounts_are_added_in_the_report_currency_at_the_rate_of_the_closing_day() -> None:
    reader = MemoryReader(Profile(currency="USD"))
    reader.add(
        "fx_rate",
        {"id": "1", "date": date(2024, 4, 1), "from_currency": "EUR", "to_currency": "USD", "rate": 1.0},
        {"id": "2", "date": date(2024, 5, 2), "from_currency": "EUR", "to_currency": "USD", "rate": 1.25},
        {"id": "3", "date": date(2024, 4, 1), "from_currency": "USD", "to_currency": "BRL", "rate": 5.0},
    )
    reader.add(
        "deal", won("d1", 100, "2024-05-01", currency="EUR"), won("d2", 100, "2024-05-03", currency="EUR"),
        won("d3", 50, currency="BRL"), won("d4", 7),
    )  # fmt: skip
    assert value(reader, "total_sales") == Decimal(100) + Decimal(125) + Decimal(10) + Decimal(7)
    assert value(reader, "total_sales", currency="EUR") == Decimal(200) + Decimal(8) + Decimal("5.6")


def test_e3_open_deals_take_the_latest_rate_not_after_the_report_date() -> None:
    reader = MemoryReader(Profile(currency="USD"))
    rates = [("2024-05-10", 2.0), ("2024-05-20", 9.0)]
    reader.add(
        "fx_rate",
        *(
            {"id": day, "date": date.fromisoformat(day), "from_currency": "EUR", "to_currency": "USD", "rate": rate}
            for day, rate in rates
        ),
    )
    reader.add("deal", open_deal("d1", 100, currency="EUR"))
    assert value(reader, "pipeline_value", date_range="as_of_today") == Decimal(200)


def test_e3_a_row_without_rate_leaves_the_sum_and_is_counted() -> None:
    reader = MemoryReader(Profile(currency="USD")).add("deal", won("d1", 100, currency="GBP"), won("d2", 5))
    table = evaluate(reader, Query(("total_sales", "deals_won")), NOW)
    assert table.rows == ((Decimal(5), 2),)
    assert [(note.code, note.count) for note in table.notes] == [("without_rate", 1)]


def test_e3_an_amount_none_of_whose_records_has_a_rate_is_empty_and_not_zero() -> None:
    reader = MemoryReader(Profile(currency="USD")).add("owner", {"id": "a", "name": "Ana"}, {"id": "b", "name": "Bo"})
    reader.add(
        "deal", won("d1", 100, currency="GBP", owner_id="a", closing_owner_id="a"),
        won("d2", 5, owner_id="b", closing_owner_id="b"), won("d3", None, owner_id="b", closing_owner_id="b"),
        won("d4", 70, "2024-04-10", currency="GBP"),
    )  # fmt: skip
    metrics = (
        "total_sales;deals_won;per=SUM(deal.amount_base WHERE deal.closed_at IN period) / COUNT(deal.id);"
        "both=SUM(deal.amount_base) + SUM(deal.cost_base);share=@total_sales / TOTAL(@total_sales);pipeline_value"
    )
    may = ask(reader, metrics, "owner", date_range="2024-05-01..2024-05-31", compare="previous_period")
    assert {name: row["total_sales"] for name, row in may.items()} == {"Ana": None, "Bo": Decimal(5), NOBODY: 0}
    assert (may["Ana"]["deals_won"], may["Ana"]["per"], may["Ana"]["both"], may["Ana"]["share"]) == (
        1,
        None,
        None,
        None,
    )
    assert (may["Bo"]["per"], may["Bo"]["share"], may["Ana"]["pipeline_value"]) == (2.5, 1, 0)
    assert may[NOBODY]["total_sales__comparison"] is None
    assert may["Bo"]["total_sales__comparison"] == 0
    assert value(reader, "total_sales") == Decimal(5)
    assert value(reader, "total_sales", currency="JPY") is None
    assert value(reader, "total_sales", currency="JPY", date_range="2020-01-01..2020-01-31") == 0


def test_e3_a_part_without_rates_leaves_a_sum_of_parts_and_is_counted() -> None:
    reader = MemoryReader(Profile(currency="USD")).add("deal", won("d1", 100, currency="GBP"), open_deal("d2", 5))
    formula = "x=SUM(deal.amount_base WHERE deal.status = 'won') + SUM(deal.amount_base WHERE deal.status = 'open')"
    assert value(reader, formula) == Decimal(5)


def test_what_is_no_code_of_iso_4217_is_no_currency() -> None:
    for code in ("ZZZ", "XXX", "usd", "€"):
        with pytest.raises(QueryError, match="is no currency"):
            value(MemoryReader(), "total_sales", currency=code)
    assert value(MemoryReader(Profile(currency="XTS")), "total_sales", currency="XTS") == 0


def test_e4_and_e13_a_deal_counts_once_by_its_state_now_for_the_owner_at_closing() -> None:
    reader = MemoryReader().add("owner", {"id": "a", "name": "Ana"}, {"id": "b", "name": "Bo"})
    reader.add("deal", won("d1", 10, owner_id="b", closing_owner_id="a"))
    assert ask(reader, "deals_won", "owner") == {"Ana": {"deals_won": 1}}
    assert ask(reader, "deals_created", "owner") == {"Bo": {"deals_created": 1}}


def test_e7_days_are_cut_at_local_midnight_of_the_report_zone() -> None:
    reader = MemoryReader(Profile(time_zone="America/New_York"))
    reader.add("deal", won("d1", 1, "2024-05-01T03:59:59"), won("d2", 10, "2024-05-01T04:00:00"))
    assert value(reader, "total_sales", date_range="this_month") == Decimal(10)
    assert value(reader, "total_sales", date_range="this_month", time_zone="UTC") == Decimal(11)
    assert ask(reader, "total_sales", "date") == {
        date(2024, 4, 30): {"total_sales": Decimal(1)},
        date(2024, 5, 1): {"total_sales": Decimal(10)},
    }


def test_e7_durations_are_elapsed_time_but_bare_days_are_counted_by_the_calendar() -> None:
    reader = MemoryReader(Profile(time_zone="America/New_York"))
    before, after = "2024-03-09T05:00", "2024-03-11T04:00"
    reader.add("deal", won("d1", 1, after) | {"created_at": moment(before)})
    assert value(reader, "sales_cycle_avg") == 2.0
    timed = MemoryReader(Profile(time_zone="America/New_York"))
    timed.add("deal", won("d1", 1, "2024-03-11T13:00") | {"created_at": moment("2024-03-09T14:00")})
    assert value(timed, "sales_cycle_avg") == pytest.approx(47 / 24)


def test_e7_weeks_start_on_the_day_of_the_workspace() -> None:
    reader = MemoryReader(Profile(week_start="sunday")).add("deal", won("d1", 1, "2024-05-05T12:00"))
    assert list(ask(reader, "deals_won", "week")) == [date(2024, 5, 5)]
    monday = MemoryReader().add("deal", won("d1", 1, "2024-05-05T12:00"))
    assert list(ask(monday, "deals_won", "week")) == [date(2024, 4, 29)]


def test_e8_deleted_records_are_in_no_figure() -> None:
    reader = MemoryReader().add("deal", won("d1", 1), won("d2", 100, is_deleted=True))
    assert value(reader, "total_sales") == Decimal(1)
    assert value(reader, "n=COUNT(deal.id)") == 1


def test_e9_an_empty_dimension_is_a_visible_group_and_sorts_last() -> None:
    reader = MemoryReader().add("deal", won("d1", 100), won("d2", 1, source="web"))
    table = evaluate(reader, Query(("total_sales",), ("lead_source",), language="ru"), NOW)
    assert [row[0] for row in table.rows] == ["web", "(не указано)"]


def test_e10_a_deal_without_amount_counts_but_is_in_no_sum_or_mean() -> None:
    reader = MemoryReader().add("deal", won("d1", None), won("d2", 0), won("d3", 30))
    table = evaluate(reader, Query(("deals_won", "total_sales", "avg_deal_size")), NOW)
    assert table.rows == ((3, Decimal(30), 15.0),)
    assert ("without_amount", 1) in [(note.code, note.count) for note in table.notes]


def test_e11_illogical_dates_are_left_out_of_durations() -> None:
    reader = MemoryReader().add("deal", won("d1", 1, "2024-04-11"), won("d2", 1, "2024-03-01"))
    assert value(reader, "sales_cycle_avg") == 10.0
    assert ask(reader, "n=COUNT(dq_result.record_id WHERE dq_result.is_violation = true)", "dq_rule")[
        "Illogical date"
    ] == {"n": 1}


def test_e12_inactive_owners_keep_their_name_and_say_so() -> None:
    reader = MemoryReader().add("owner", {"id": "a", "name": "Ana", "is_active": False})
    reader.add("deal", won("d1", 1, owner_id="a"))
    assert list(ask(reader, "deals_won", "owner")) == ["Ana (inactive)"]


@pytest.fixture
def lines() -> MemoryReader:
    reader = MemoryReader()
    reader.add("product", {"id": "p", "name": "P", "category": "C"}, {"id": "q", "name": "Q", "category": "C"})
    reader.add("deal", won("d1", 100), won("d2", 50), won("d3", None), won("d4", 40))
    return reader.add(
        "deal_line",
        {"id": "1", "deal_id": "d1", "product_id": "p", "amount": 60},
        {"id": "2", "deal_id": "d1", "product_id": "q", "amount": 50},
        {"id": "3", "deal_id": "d2", "product_id": "p", "amount": 30},
        {"id": "4", "deal_id": "d3", "product_id": "p", "amount": 999},
        {"id": "5", "deal_id": "d2", "product_id": "p", "amount": 5},
    )


def test_e14_a_split_by_product_has_the_total_of_every_other_split(lines: MemoryReader) -> None:
    found = ask(lines, "total_sales;deals_won", "product")
    assert found == {
        "P": {"total_sales": Decimal(95), "deals_won": 3},
        "Q": {"total_sales": Decimal(50), "deals_won": 1},
        "(no product)": {"total_sales": Decimal(45), "deals_won": 3},
    }
    assert sum(row["total_sales"] for row in found.values()) == value(lines, "total_sales") == Decimal(190)
    assert value(lines, "deals_won") == 4


def test_e14_a_deal_counts_once_in_a_category_and_under_a_product_filter(lines: MemoryReader) -> None:
    assert ask(lines, "deals_won;total_sales", "product_category")["C"] == {"deals_won": 3, "total_sales": Decimal(145)}
    both = Condition("product", "in_list", ("P", "Q"))
    assert ask(lines, "deals_won;total_sales", filter=both)[()] == {"deals_won": 3, "total_sales": Decimal(145)}


def test_e14_average_size_by_product_is_line_value_over_deals_with_an_amount(lines: MemoryReader) -> None:
    assert ask(lines, "avg_deal_size", "product")["P"] == {"avg_deal_size": 95 / 2}


def test_e16_ratios_over_fewer_than_five_are_marked() -> None:
    reader = MemoryReader().add("deal", *(won(f"d{n}", 1, source="big") for n in range(5)), won("x", 1, source="few"))
    table = evaluate(reader, Query(("win_rate",), ("lead_source",)), NOW)
    assert {table.rows[row][0] for row, _ in table.small} == {"few"}


def test_e18_the_comparison_of_a_running_month_ends_after_the_same_days() -> None:
    reader = MemoryReader().add(
        "deal", won("d1", 1, "2024-05-15"), won("d2", 10, "2024-04-15T23:00"), won("d3", 100, "2024-04-16")
    )
    found = ask(reader, "total_sales", date_range="this_month", compare="previous_period")[()]
    assert found["total_sales__comparison"] == Decimal(10)
    assert found["total_sales__change"] == -0.9


def test_e19_and_other_unlogged_values_keep_their_own_name() -> None:
    reader = MemoryReader().add("deal", won("d1", 1) | {"status": "lost"})
    assert list(ask(reader, "deals_lost", "loss_reason")) == ["(not logged)"]


def test_e24_two_leads_with_one_key_are_two_new_leads_and_one_unique_lead() -> None:
    created = moment("2024-05-02")
    reader = MemoryReader().add(
        "lead", *({"id": name, "dedupe_key": "a@x.example", "created_at": created} for name in ("1", "2"))
    )
    found = ask(reader, "new_leads;unique_leads;duplicate_records", date_range="this_month")[()]
    assert found == {"new_leads": 2, "unique_leads": 1, "duplicate_records": 1}


def test_metrics_of_different_anchors_stand_side_by_side_without_multiplying() -> None:
    reader = MemoryReader().add("owner", {"id": "a", "name": "Ana"})
    reader.add("deal", *(won(f"d{n}", 10, owner_id="a") for n in range(3)), open_deal("o", 5, owner_id="a"))
    reader.add("lead", *({"id": str(n), "owner_id": "a", "created_at": moment("2024-05-03")} for n in range(4)))
    reader.add("activity", {"id": "x", "owner_id": "a", "status": "done", "completed_at": moment("2024-05-04")})
    found = ask(reader, "total_sales;deals_created;new_leads;activities_done;pipeline_value", "owner")
    assert found == {
        "Ana": {
            "total_sales": Decimal(30), "deals_created": 4, "new_leads": 4, "activities_done": 1,
            "pipeline_value": Decimal(5),
        }
    }  # fmt: skip


def test_a_stock_over_time_is_read_at_the_end_of_each_step_and_never_added() -> None:
    reader = MemoryReader()
    reader.add(
        "lead", {"id": "1", "created_at": moment("2024-03-10"), "converted_at": moment("2024-04-05")},
        {"id": "2", "created_at": moment("2024-03-20")},
    )  # fmt: skip
    found = ask(reader, "prospects", "month", date_range="2024-03-01..2024-04-30")
    assert found == {date(2024, 3, 1): {"prospects": 2}, date(2024, 4, 1): {"prospects": 1}}
    assert value(reader, "prospects", date_range="2024-03-01..2024-04-30") == 1


def test_a_past_pipeline_is_read_from_history() -> None:
    reader = MemoryReader().add("deal", won("d1", 30, "2024-05-02"))
    reader.add(
        "deal_history",
        {"id": "1", "deal_id": "d1", "valid_from": moment("2024-04-01"), "valid_to": moment("2024-05-02"),
         "status": "open", "amount": 20, "currency": "USD"},
        {"id": "2", "deal_id": "d1", "valid_from": moment("2024-05-02"), "status": "won", "amount": 30,
         "currency": "USD"},
    )  # fmt: skip
    found = ask(reader, "pipeline_value", date_range="as_of_today", compare="previous_month_end")[()]
    assert (found["pipeline_value"], found["pipeline_value__comparison"]) == (Decimal(0), Decimal(20))


def test_a_metric_without_the_dimension_is_an_error_that_names_both() -> None:
    reader = MemoryReader().add("deal", won("d1", 1))
    with pytest.raises(NotApplicable, match=r"total_sales cannot be split by lead_status"):
        ask(reader, "total_sales", "lead_status")
    with pytest.raises(NotApplicable, match=r"new_leads cannot be filtered by deal_status"):
        ask(reader, "new_leads", filter=Condition("deal_status", "equals", ("won",)))


def test_filters_join_by_and_and_or_and_exclude_keeps_rows_without_a_value() -> None:
    reader = MemoryReader().add("deal", won("1", 1, source="a"), won("2", 2, source="b"), won("3", 4))
    either = AnyOf((Condition("lead_source", "equals", ("a",)), Condition("lead_source", "equals", ("b",))))
    assert value(reader, "total_sales", filter=either) == Decimal(3)
    assert value(reader, "total_sales", filter=Condition("lead_source", "equals", ("a",), exclude=True)) == Decimal(6)
    both = AllOf((either, Condition("lead_source", "contains", ("B",))))
    assert value(reader, "total_sales", filter=both) == Decimal(2)
    assert value(reader, "total_sales", filter=Condition("lead_source", "is_null")) == Decimal(4)


def test_a_condition_on_a_metric_narrows_the_finished_rows() -> None:
    reader = MemoryReader().add("deal", won("1", 1, source="a"), won("2", 9, source="b"))
    found = ask(reader, "total_sales", "lead_source", filter=Condition("total_sales", "greater", ("5",)))
    assert list(found) == ["b"]
    tree = AnyOf((Condition("total_sales", "greater", ("5",)), Condition("lead_source", "is_null")))
    with pytest.raises(QueryError, match="inside an OR"):
        ask(reader, "total_sales", "lead_source", filter=tree)


def test_user_formulas_divide_row_by_row_and_skip_rows_that_would_divide_by_zero() -> None:
    reader = MemoryReader().add("deal", won("1", 10, units=2), won("2", 30, units=0), won("3", 8, units=4))
    formula = "x=(SUM(deal.units) * 56.1 + SUM(deal.amount / deal.units)) / COUNT(*)"
    table = evaluate(reader, Query((formula,)), NOW)
    assert table.rows[0][0] == pytest.approx((6 * 56.1 + 5 + 2) / 3)
    assert ("zero_divisor", 1) in [(note.code, note.count) for note in table.notes]


def test_goals_are_spread_over_working_days_and_the_parent_wins_in_the_total() -> None:
    reader = MemoryReader().add("owner", {"id": "a", "name": "Ana"}, {"id": "b", "name": "Bo"})
    month = {"metric_id": "total_sales", "period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31)}
    reader.add(
        "goal", month | {"id": "1", "scope_type": "owner", "scope_id": "a", "target_value": 2300},
        month | {"id": "2", "scope_type": "owner", "scope_id": "b", "target_value": 4600},
    )  # fmt: skip
    target = "t=SUM(goal_day.target WHERE goal_day.metric_id = 'total_sales' AND goal_day.date IN period)"
    assert ask(reader, target, "owner", date_range="this_month") == {"Bo": {"t": 4600.0}, "Ana": {"t": 2300.0}}
    assert value(reader, target, date_range="2024-05-01..2024-05-08") == pytest.approx(6900 * 6 / 23)
    reader.add("goal", month | {"id": "3", "scope_type": "company", "target_value": 10_000})
    assert value(reader, target, date_range="this_month") == pytest.approx(10_000)
