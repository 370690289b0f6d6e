"""The shipped reports on full, sparse and nearly empty workspaces: right figures, and words for what is missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from connector.errors import NotApplicable, QueryError
from connector.metrics.evaluate import evaluate
from connector.model.filters import AllOf, AnyOf, Condition, Filter
from connector.model.query import LANGUAGES, Query
from connector.model.report import Block, Report
from connector.model.workspace import Profile, Repair
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template, template_ids
from tests.metrics.memory import NOW, MemoryReader

TEMPLATES = ("total_sales", "pipeline_overview", "data_quality")


def moment(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


@cache
def full() -> MemoryReader:
    """Two pipelines of which ``b`` has more open deals, four owners, lines, leads, contacts and a goal."""
    repair = Repair("product", "name", "GTXPro", "GTX Pro", 1480)
    reader = MemoryReader(Profile(repairs=(repair,), data_through="2024-05-15T08:00:00+00:00"))
    reader.add("team", {"id": "t1", "name": "North"})
    reader.add(
        "owner", {"id": "o1", "name": "Ana", "team_id": "t1", "is_active": True}, {"id": "o2", "name": "Bo"},
        {"id": "o3", "name": "Cy", "is_active": False}, {"id": "o4", "name": "Di", "is_active": True},
    )  # fmt: skip
    reader.add("pipeline", {"id": "a", "name": "Alpha"}, {"id": "b", "name": "Beta"}, {"id": "c", "name": "Gamma"})
    reader.add(
        "stage", {"id": "s1", "name": "First", "pipeline_id": "b", "position": 1, "kind": "open", "probability": 0.5},
        {"id": "w", "name": "Won", "pipeline_id": "b", "kind": "won"},
    )  # fmt: skip
    reader.add(
        "account", {"id": "x", "name": "Xanadu", "industry": "Food", "territory": "EMEA"}, {"id": "z", "name": "=1+1"}
    )
    reader.add("product", {"id": "p", "name": "GTX Pro"})
    reader.add("contact", {"id": "k", "full_name": "Kim", "owner_id": "o1"}, {"id": "m", "full_name": None})
    common = {"created_at": moment("2024-04-02"), "source": "Web", "name": "A deal", "account_id": "x"}
    reader.add(
        "deal",
        common | {"id": "d1", "status": "won", "amount": 2000, "owner_id": "o1", "closed_at": moment("2024-05-02"),
                  "pipeline_id": "b", "stage_id": "w", "external_url": "https://crm.example/d1"},
        common | {"id": "d2", "status": "won", "amount": 3000, "owner_id": "o2", "closed_at": moment("2024-05-10"),
                  "pipeline_id": "a", "account_id": "z", "external_url": "javascript:alert(1)"},
        common | {"id": "d3", "status": "won", "amount": 400, "owner_id": "o3", "closed_at": moment("2024-04-11"),
                  "pipeline_id": "b"},
        common | {"id": "d4", "status": "open", "amount": 100, "owner_id": "o1", "pipeline_id": "b", "stage_id": "s1",
                  "probability": 0.5, "expected_close_date": date(2024, 5, 1), "score": 80, "territory": "South",
                  "rating": "hot"},
        common | {"id": "d5", "status": "open", "amount": 700, "owner_id": "o2", "pipeline_id": "b", "stage_id": "s1",
                  "probability": 0.1, "expected_close_date": date(2024, 6, 1), "score": 20},
        common | {"id": "d6", "status": "open", "amount": 9999, "owner_id": None, "pipeline_id": "a", "source": None},
        common | {"id": "d7", "status": "open", "amount": None, "owner_id": "o1", "pipeline_id": "b", "name": "tbd"},
    )  # fmt: skip
    deals = reader.connection.execute("SELECT id, status, amount, pipeline_id, closed_at FROM deal").fetchall()
    for name, status, amount, pipeline, closed in deals:
        row = {"deal_id": name, "amount": amount, "currency": "USD", "pipeline_id": pipeline}
        reader.add(
            "deal_history", row | {"id": name, "status": "open", "valid_from": moment("2024-04-02"), "valid_to": closed}
        )
        if closed is not None:
            reader.add("deal_history", row | {"id": f"{name}+", "status": status, "valid_from": closed})
    reader.add("deal_line", {"id": "n", "deal_id": "d1", "product_id": "p", "amount": 1500, "currency": "USD"})
    reader.add(
        "lead", {"id": "l1", "status": "working", "created_at": moment("2024-05-03"), "score": 7, "owner_id": "o1"},
        {"id": "l2", "status": "new", "created_at": moment("2024-05-04")},
    )  # fmt: skip
    return reader.add(
        "goal", {"id": "g", "metric_id": "total_sales", "scope_type": "company", "period_start": date(2024, 4, 1),
                 "period_end": date(2024, 6, 30), "target_value": 10_000},
    )  # fmt: skip


@cache
def sparse() -> MemoryReader:
    """Deals with a status and an amount, and nothing else."""
    return MemoryReader().add(
        "deal", {"id": "1", "status": "won", "amount": 5}, {"id": "2", "status": "open", "amount": 7}
    )


@cache
def nearly_empty() -> MemoryReader:
    return MemoryReader().add("deal", {"id": "1"})


WORKSPACES = {"full": full, "sparse": sparse, "nearly empty": nearly_empty}


def report(reader: MemoryReader, template: str, **options: Any) -> Report:
    return evaluate_report(reader, load_template(template), Options(**options), NOW)


def blocks(made: Report) -> dict[str, Block]:
    return {block.id: block for tab in made.tabs for block in tab.blocks}


def column(block: Block, name: str) -> list[Any]:
    assert block.table is not None
    place = block.table.index(name)
    return [row[place] for row in block.table.rows]


def by_name(block: Block, name: str) -> dict[Any, Any]:
    assert block.table is not None
    return dict(zip([row[0] for row in block.table.rows], column(block, name), strict=True))


def cards(block: Block) -> dict[str, Any]:
    return {card.metric: card.value for card in block.cards}


def codes(block: Block) -> list[str]:
    return [note.code for note in block.notes]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("workspace", WORKSPACES)
def test_every_report_says_something_in_every_block(workspace: str, template: str, language: Any) -> None:
    made = report(WORKSPACES[workspace](), template, language=language)
    wanted = [block.id for tab in load_template(template).template.tabs for block in tab.blocks]
    assert list(blocks(made)) == wanted
    for block in blocks(made).values():
        assert block.cards or block.table is not None or block.text, block.id
        for note in block.notes:
            assert note.text, block.id
            assert "{" not in note.text, block.id
    assert made.language == language
    assert all(tab.title for tab in made.tabs)


@pytest.mark.parametrize("date_range", ["today", "last_month", "2024-01-01..2024-02-29", "all_time", "next_month"])
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("workspace", WORKSPACES)
def test_every_report_stands_any_range(workspace: str, template: str, date_range: str) -> None:
    made = report(WORKSPACES[workspace](), template, date_range=date_range)
    assert made.range_label
    assert (made.first_day is None) == (date_range == "all_time")


@pytest.mark.parametrize("language", LANGUAGES)
def test_missing_entities_are_named_in_the_readers_language(language: Any) -> None:
    made = blocks(report(sparse(), "pipeline_overview", language=language))
    words = {"en": "leads", "es": "leads", "pt": "leads", "ru": "лиды"}
    lines = {"en": "line items", "es": "productos de", "pt": "itens dos", "ru": "товарные позиции"}
    assert words[language] in made["top_of_funnel"].text
    assert lines[language] in made["by_product"].text
    assert made["by_product"].table is None


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_report_without_its_entities_says_which_are_missing(template: str) -> None:
    with pytest.raises(QueryError, match=r"needs deal.*Import a file"):
        report(MemoryReader(), template)


def test_total_sales_of_the_running_month_is_compared_with_the_same_days_before() -> None:
    made = blocks(report(full(), "total_sales"))
    sales, won, size = made["cards"].cards
    assert (sales.value, won.value, size.value) == (Decimal(5000), 2, 2500.0)
    assert (sales.comparison, sales.change) == (Decimal(400), 11.5)
    assert by_name(made["by_owner"], "total_sales") == {
        "Bo": Decimal(3000), "Ana": Decimal(2000), "Cy (inactive)": Decimal(0), "Di": 0,
    }  # fmt: skip
    assert by_name(made["by_product"], "total_sales") == {
        "GTX Pro": Decimal(1500), "(no product)": Decimal(3500),
    }  # fmt: skip
    assert by_name(made["by_account"], "sales_share") == {"=1+1": 0.6, "Xanadu": 0.4}


def test_the_comparison_is_cut_to_the_elapsed_part_and_says_so() -> None:
    made = report(full(), "total_sales")
    assert "elapsed" in made.comparison_label
    assert (made.first_day, made.last_day) == (date(2024, 5, 1), date(2024, 5, 31))
    assert blocks(made)["by_month"].running_x == date(2024, 5, 1)
    assert "elapsed" not in report(full(), "total_sales", date_range="last_month").comparison_label


def test_active_owners_without_rows_appear_with_zero_and_nothing_in_ratios() -> None:
    block = blocks(report(full(), "total_sales"))["by_owner"]
    assert by_name(block, "deals_won")["Di"] == 0
    assert by_name(block, "avg_deal_size")["Di"] is None
    april = blocks(report(full(), "total_sales", date_range="2024-04-01..2024-04-30"))["by_owner"]
    assert by_name(april, "total_sales") == {"Cy (inactive)": Decimal(400), "Ana": 0, "Bo": 0, "Di": 0}
    march = blocks(report(full(), "total_sales", date_range="2024-03-01..2024-03-31", compare="none"))["by_owner"]
    assert by_name(march, "total_sales") == {"Ana": 0, "Bo": 0, "Di": 0}


def test_owners_without_rows_stay_when_a_filter_does_not_speak_of_owners() -> None:
    block = blocks(report(full(), "pipeline_overview"))["by_owner"]
    assert by_name(block, "open_opportunities") == {"Bo": 1, "Ana": 2, "Di": 0}
    only = Condition("owner", "equals", ("Ana",))
    narrowed = blocks(report(full(), "total_sales", filter=only, filter_text="owner = Ana"))["by_owner"]
    assert list(by_name(narrowed, "total_sales")) == ["Ana"]


def test_the_pipeline_with_most_open_deals_is_shown_unless_another_is_chosen() -> None:
    made = report(full(), "pipeline_overview")
    assert [note.text for note in made.notes if note.code == "pipeline"] == ["Pipeline: Beta (others are not mixed in)"]
    assert cards(blocks(made)["cards"])["pipeline_value"] == Decimal(800)
    chosen = report(full(), "pipeline_overview", filter=Condition("pipeline", "equals", ("Alpha",)))
    assert cards(blocks(chosen)["cards"])["pipeline_value"] == Decimal(9999)
    assert not [note for note in chosen.notes if note.code == "pipeline"]


def test_of_pipelines_with_as_many_open_deals_the_smallest_id_is_shown() -> None:
    reader = MemoryReader().add("pipeline", {"id": "p2", "name": "A"}, {"id": "p1", "name": "B"})
    reader.add(
        "deal", *({"id": str(n), "status": "open", "amount": n, "pipeline_id": f"p{2 - n % 2}"} for n in range(1, 5))
    )
    made = report(reader, "pipeline_overview")
    assert [note.text for note in made.notes] == ["Pipeline: B (others are not mixed in)"]


def test_a_single_pipeline_is_not_narrowed() -> None:
    assert not report(sparse(), "pipeline_overview").notes


def test_pipeline_figures_are_those_of_plain_queries() -> None:
    made = blocks(report(full(), "pipeline_overview"))
    beta = Condition("pipeline", "equals", ("b",))
    shown = [card.metric for card in made["cards"].cards]
    plain = evaluate(full(), Query(tuple(shown), filter=beta, date_range="as_of_today"), NOW)
    assert tuple(card.value for card in made["cards"].cards) == plain.rows[0]
    assert cards(made["cards"])["weighted_pipeline"] == Decimal(120)
    assert cards(made["cards"])["deals_overdue"] == 1


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("tree", [AllOf(), Condition("owner", "equals", ("Ana",))], ids=["plain", "filtered"])
def test_every_table_of_a_report_is_the_answer_of_its_query(template: str, tree: Filter) -> None:
    """Totals, cells and cards equal what the same question gives on its own, metric by metric."""
    loaded = load_template(template)
    if loaded.template.one_pipeline:
        tree = AllOf((tree, Condition("pipeline", "equals", ("b",))))
    made = blocks(report(full(), template, filter=tree))
    compared = 0
    for entry in (block for tab in loaded.template.tabs for block in tab.blocks):
        block = made[entry.id]
        if entry.kind not in ("cards", "table") or entry.filter or entry.within or not block.filtered:
            continue
        for metric in entry.metrics:
            query = Query((metric,), tuple(entry.dimensions), tree, entry.range or loaded.template.range)
            try:
                answer = evaluate(full(), query, NOW, loaded.catalogue)
            except NotApplicable:  # only a block that holds no figures at all, but words, may not have the filter
                assert block.text, entry.id
                assert not block.cards
                continue
            if entry.kind == "cards":
                assert cards(block)[metric] == answer.rows[0][0], (entry.id, metric)
            elif len(entry.dimensions) == 1:
                assert block.table is not None
                shown = {row[0]: row[block.table.index(metric)] for row in block.table.rows}
                for name, value in answer.rows:
                    assert shown[name] == value, (entry.id, metric, name)
            compared += 1
    assert compared >= 8


def test_filters_apply_where_the_dimension_exists_and_are_told_elsewhere() -> None:
    only = Condition("sales_territory", "equals", ("nowhere",))
    made = blocks(report(full(), "pipeline_overview", filter=only, filter_text="sales_territory = nowhere"))
    assert cards(made["cards"])["open_opportunities"] == 0
    assert made["cards"].filtered
    assert cards(made["top_of_funnel"])["prospects"] == 2
    assert not made["top_of_funnel"].filtered
    assert "not_filtered" in codes(made["top_of_funnel"])
    assert any("territory" in note.text.lower() for note in made["top_of_funnel"].notes)


def test_a_filter_inside_an_or_is_left_out_as_a_whole_where_a_part_lacks() -> None:
    either = AnyOf((Condition("deal_type", "equals", ("new",)), Condition("owner", "equals", ("Ana",))))
    made = blocks(report(full(), "pipeline_overview", filter=either))
    assert cards(made["top_of_funnel"])["prospects"] == 2
    assert not made["top_of_funnel"].filtered


def test_records_of_data_quality_obey_the_filter_or_say_that_they_do_not() -> None:
    only = Condition("owner", "equals", ("Ana",))
    made = blocks(report(full(), "data_quality", filter=only))
    table = made["deal_records"].table
    assert table is not None
    assert {key[0] for key in table.keys} <= {"d1", "d4", "d7"}
    everyone = blocks(report(full(), "data_quality"))["deal_records"].table
    assert everyone is not None
    assert {"d2", "d6"} <= {key[0] for key in everyone.keys}
    typed = blocks(report(full(), "data_quality", filter=Condition("deal_type", "equals", ("new",))))
    assert not typed["contact_records"].filtered
    assert "not_filtered" in codes(typed["contact_records"])
    assert typed["deal_records"].filtered
    assert typed["deal_records"].table is None
    assert "not_filtered" in codes(typed["repaired"])


def test_records_are_filtered_by_product_and_by_amounts_in_other_currencies() -> None:
    product = blocks(report(full(), "data_quality", filter=Condition("product", "equals", ("GTX Pro",))))
    table = product["deal_records"].table
    assert {key[0] for key in (table.keys if table else ())} <= {"d1"}
    reader = MemoryReader().add(
        "deal", {"id": "1", "amount": 10, "currency": "EUR", "name": "x"}, {"id": "2", "amount": 10, "name": "y"}
    )
    reader.add(
        "fx_rate", {"id": "r", "date": date(2024, 1, 1), "from_currency": "EUR", "to_currency": "USD", "rate": 3.0}
    )
    large = Condition("deal.amount", "greater", ("20",))
    found = blocks(report(reader, "data_quality", filter=large, parameters={"required": "deal.owner_id"}))
    assert found["deal_records"].table is not None
    assert [key[0] for key in found["deal_records"].table.keys] == ["1"]


def test_missing_cells_are_marked_and_wrong_ones_too() -> None:
    block = blocks(report(full(), "data_quality"))["deal_records"]
    assert block.table is not None
    rows = {key[0]: number for number, key in enumerate(block.table.keys)}
    assert block.marks[rows["d6"], block.table.index("owner_id")] == "missing"
    assert block.marks[rows["d7"], block.table.index("name")] == "missing"
    assert block.marks[rows["d7"], block.table.index("amount")] == "missing"
    assert all(
        block.table.rows[row][place] in (None, "tbd") for (row, place), m in block.marks.items() if m == "missing"
    )


def test_values_that_were_repaired_are_counted() -> None:
    block = blocks(report(full(), "data_quality"))["repaired"]
    assert block.table is not None
    assert block.table.rows == (("product.name", "GTXPro", "GTX Pro", 1480),)
    assert blocks(report(sparse(), "data_quality"))["repaired"].text


def test_only_web_addresses_become_links() -> None:
    block = blocks(report(full(), "total_sales"))["won_deals"]
    assert block.table is not None
    assert list(block.links.values()) == ["https://crm.example/d1"]
    assert not any("javascript" in str(cell) for row in block.table.rows for cell in row)
    assert block.table.totals is not None
    assert block.table.totals[block.table.index("total_sales")] == Decimal(5000)


def test_an_empty_period_has_zero_totals_and_no_rows() -> None:
    block = blocks(report(full(), "total_sales", date_range="2020-01-01..2020-01-31"))["won_deals"]
    assert block.table is not None
    assert block.table.rows == ()
    assert block.table.totals is not None
    assert block.table.totals[block.table.index("deals_won")] == 0


def test_a_long_table_is_cut_and_says_so_but_its_total_is_of_all() -> None:
    reader = MemoryReader()
    closed = moment("2024-05-02")
    accounts = [{"id": f"a{n}", "name": f"A{n}"} for n in range(7)]
    deals = [
        {"id": str(n), "status": "won", "amount": 10 + n, "closed_at": closed, "account_id": f"a{n}"} for n in range(7)
    ]
    reader.add("account", *accounts).add("deal", *deals)
    loaded = load_template("total_sales")
    tabs = [
        tab.model_copy(update={"blocks": [b.model_copy(update={"limit": 3}) for b in tab.blocks]})
        for tab in loaded.template.tabs
    ]
    short = replace(loaded, template=loaded.template.model_copy(update={"tabs": tabs}))
    block = blocks(evaluate_report(reader, short, Options(), NOW))["by_account"]
    assert block.table is not None
    assert [row[0] for row in block.table.rows] == ["A6", "A5", "A4"]
    assert "cut_rows" in codes(block)
    assert block.table.totals is not None
    assert block.table.totals[1] == sum(10 + n for n in range(7))


def test_a_report_in_another_currency_zone_and_language_says_so() -> None:
    made = report(full(), "total_sales", currency="EUR", time_zone="Asia/Kathmandu", language="ru")
    assert (made.currency, made.time_zone, made.title) == ("EUR", "Asia/Kathmandu", "Общие продажи")
    assert "without_rate" in codes(blocks(made)["cards"])


def test_the_three_reports_are_the_ones_shipped() -> None:
    assert set(TEMPLATES) <= set(template_ids())
