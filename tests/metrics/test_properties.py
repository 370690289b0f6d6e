"""Invariants of every answer on random workspaces, whatever the figures are."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from connector.errors import NotApplicable
from connector.metrics.definitions import load_catalogue
from connector.metrics.evaluate import evaluate
from connector.model.filters import AllOf, Condition
from connector.model.query import Query
from connector.model.table import Table
from connector.model.workspace import Profile
from tests.metrics.memory import MemoryReader
from tests.metrics.worlds import reader_of

NOW = datetime(2024, 5, 16, 2, 30, tzinfo=UTC)
SEEDS = st.sampled_from(range(4))
RANGES = st.sampled_from(["all_time", "this_month", "last_quarter", "2024-02-10..2024-04-20", "as_of_today"])
BOUNDED = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.generate],
)  # fmt: skip

MONEY = ("total_sales", "lost_value", "deals_created_value", "pipeline_value", "weighted_pipeline")
COUNTS = ("deals_created", "deals_won", "deals_lost", "open_opportunities")
DEAL_DIMENSIONS = (
    "owner", "team", "manager_group", "branch", "account", "industry", "country", "lead_source", "deal_status",
    "deal_type", "stage", "deal", "currency", "deal_size_band", "probability_band", "created_date", "created_date:week",
    "close_date:month", "expected_close_date", "deal.probability", "deal.amount", "deal.name", "deal.is_deleted",
)  # fmt: skip
PRODUCTS = ("product", "product_category")


def ask(seed: int, metrics: tuple[str, ...], dimensions: tuple[str, ...] = (), **more: Any) -> Table:
    return evaluate(reader_of(seed), Query(metrics, dimensions, **more), NOW)


def near(found: Any, wanted: Any) -> Any:
    return float(found or 0) == pytest.approx(float(wanted or 0), rel=1e-9, abs=0.001)


@BOUNDED
@given(SEEDS, RANGES, st.lists(st.sampled_from(DEAL_DIMENSIONS), min_size=1, max_size=3, unique=True))
def test_any_split_of_deals_adds_up_to_the_whole(seed: int, token: str, dimensions: list[str]) -> None:
    table = ask(seed, (*MONEY, *COUNTS), tuple(dimensions), date_range=token, totals=True)
    whole = ask(seed, (*MONEY, *COUNTS), date_range=token).rows[0]
    assert table.totals is not None
    assert table.totals[len(dimensions) :] == whole
    for place, wanted in enumerate(whole, start=len(dimensions)):
        assert near(sum(row[place] or 0 for row in table.rows), wanted), table.columns[place].id


@BOUNDED
@given(SEEDS, RANGES, st.lists(st.sampled_from(DEAL_DIMENSIONS), max_size=2, unique=True), st.sampled_from(PRODUCTS))
def test_a_split_by_product_leaves_every_other_group_its_money(
    seed: int, token: str, dimensions: list[str], product: str
) -> None:
    """[E14] the value is split by lines; a deal's own size, and any past of it, stay what they were."""
    plain = ask(seed, MONEY, tuple(dimensions), date_range=token)
    split = ask(seed, MONEY, (*dimensions, product), date_range=token)
    width = len(dimensions)
    for place, metric in enumerate(MONEY):
        wanted = {row[:width]: 0.0 for row in (*plain.rows, *(row for row in split.rows))}
        added = dict(wanted)
        for row in plain.rows:
            wanted[row[:width]] += float(row[width + place] or 0)  # type: ignore[arg-type]
        for row in split.rows:
            added[row[:width]] += float(row[width + 1 + place] or 0)  # type: ignore[arg-type]
        assert added == pytest.approx(wanted, rel=1e-9, abs=0.01), metric


@settings(BOUNDED, max_examples=25)
@given(SEEDS, RANGES, st.sampled_from([*DEAL_DIMENSIONS, *PRODUCTS]), st.sampled_from(["equals", "in_list"]))
def test_a_filter_on_a_group_gives_the_row_of_that_group(seed: int, token: str, dimension: str, operator: Any) -> None:
    metrics = (*MONEY, *COUNTS, "win_rate", "avg_deal_size")
    table = ask(seed, metrics, (dimension,), date_range=token)
    for keys, row in list(zip(table.keys, table.rows, strict=True))[:3]:
        shown = keys[0] or str(row[0])
        if shown.startswith("(") and table.columns[0].unit in ("date", "period"):
            tree = Condition(dimension, "is_null")
        else:
            tree = Condition(dimension, operator, (shown.replace(" (inactive)", ""),))
        alone = ask(seed, metrics, date_range=token, filter=tree).rows[0]
        for column, value, wanted in zip(metrics, alone, row[1:], strict=True):
            assert near(value, wanted), (column, shown)
        others = ask(seed, ("deals_won",), date_range=token, filter=Condition(**_excluded(tree))).rows[0][0]
        whole = ask(seed, ("deals_won",), date_range=token).rows[0][0]
        if dimension not in PRODUCTS:
            assert alone[metrics.index("deals_won")] + others == whole  # type: ignore[operator]


def _excluded(tree: Condition) -> dict[str, Any]:
    return {"field": tree.field, "operator": tree.operator, "values": tree.values, "exclude": True}


@settings(BOUNDED, max_examples=25)
@given(
    SEEDS, RANGES,
    st.lists(st.sampled_from(sorted(load_catalogue().metrics)), min_size=2, max_size=12, unique=True),
    st.sampled_from([(), ("owner",), ("team", "branch")]),
)  # fmt: skip
def test_many_metrics_of_any_entities_equal_the_metrics_one_by_one(
    seed: int, token: str, metrics: list[str], dimensions: tuple[str, ...]
) -> None:
    answers: dict[str, Table] = {}
    for metric in metrics:
        try:
            answers[metric] = ask(seed, (metric,), dimensions, date_range=token)
        except NotApplicable:
            continue
    if not answers:
        return
    width = len(dimensions)
    together = ask(seed, tuple(answers), dimensions, date_range=token)
    keys = [row[:width] for row in together.rows]
    assert len(set(keys)) == len(keys)
    for place, (metric, alone) in enumerate(answers.items(), start=width):
        single = {row[:width]: row[width] for row in alone.rows}
        assert set(single) <= set(keys)
        for row in together.rows:
            wanted = single.get(row[:width])
            assert row[place] == wanted or (wanted is None and not row[place]), (metric, row[:width])


@settings(BOUNDED, max_examples=20)
@given(SEEDS, RANGES, st.sampled_from(["owner", "lead_source", "product", "month"]))
def test_order_and_limit_only_choose_rows(seed: int, token: str, dimension: str) -> None:
    metrics = ("total_sales", "deals_created")
    every = ask(seed, metrics, (dimension,), date_range=token)
    for limit in (1, 3, 100):
        assert ask(seed, metrics, (dimension,), date_range=token, limit=limit).rows == every.rows[:limit]


@settings(BOUNDED, max_examples=20)
@given(SEEDS, st.sampled_from(["win_rate", "avg_deal_size", "sales_cycle_median", "unique_leads"]))
def test_totals_of_ratios_medians_and_distinct_counts_come_from_rows(seed: int, metric: str) -> None:
    table = ask(seed, (metric,), ("owner", "lead_source"), totals=True)
    assert table.totals is not None
    assert table.totals[2:] == ask(seed, (metric,)).rows[0]


def test_a_condition_on_a_figure_narrows_rows_and_leaves_the_total_of_all() -> None:
    table = ask(0, ("deals_created",), ("owner",), filter=Condition("deals_created", "greater", ("1000",)), totals=True)
    assert table.rows == ()
    assert table.totals == (None, ask(0, ("deals_created",)).rows[0][0])
    assert [note.code for note in table.notes] == ["totals_unfiltered"]
    plain = ask(0, ("deals_created",), ("owner",), filter=Condition("owner", "equals", ("Ana",)), totals=True)
    assert "totals_unfiltered" not in [note.code for note in plain.notes]


def test_text_operators_look_at_the_name_that_is_shown_not_at_the_hidden_id() -> None:
    reader = MemoryReader().add("owner", {"id": "abc", "name": "Zoe"})
    reader.add("deal", {"id": "1", "owner_id": "abc"}, {"id": "2", "owner_id": "unknown"})
    for text, found in (("ab", 0), ("zo", 1), ("unk", 1)):
        query = Query(("n=COUNT(deal.id)",), (), Condition("owner", "contains", (text,)))
        assert evaluate(reader, query, NOW).rows == ((found,),)
    for text in ("abc", "Zoe"):
        query = Query(("n=COUNT(deal.id)",), (), Condition("owner", "equals", (text,)))
        assert evaluate(reader, query, NOW).rows == ((1,),)


@pytest.mark.parametrize(
    ("dimension", "labels"), [("dq_rule", ("Missing", "Falta")), ("dq_entity", ("Deal", "Сделка"))]
)
def test_a_listed_value_is_found_by_its_label_in_any_language(dimension: str, labels: tuple[str, ...]) -> None:
    formula = "n=COUNT(dq_result.record_id)"
    table = ask(0, (formula,), (dimension,))
    row = next(row for row in table.rows if row[0] == labels[0])
    for label in labels:
        assert ask(0, (formula,), filter=Condition(dimension, "equals", (label,))).rows[0][0] == row[1]


def test_the_group_without_a_value_stands_in_lists_too() -> None:
    listed = Condition("lead_source", "in_list", ("Web", "(not set)"))
    table = ask(1, ("deals_created",), ("lead_source",), filter=listed)
    assert {row[0] for row in table.rows} == {"Web", "(not set)"}
    without = Condition("lead_source", "in_list", ("Web", "(not set)"), exclude=True)
    assert {row[0] for row in ask(1, ("deals_created",), ("lead_source",), filter=without).rows} == {"Fair", "web form"}


def test_a_past_pipeline_split_by_product_adds_up_to_the_past_pipeline() -> None:
    """[E14] lines are those of today; what a past amount leaves over stands under no product."""
    reader = MemoryReader().add("product", {"id": "p", "name": "P"})
    day = datetime(2024, 4, 1, tzinfo=UTC)
    reader.add("deal", {"id": "d", "status": "open", "amount": 100, "created_at": day})
    reader.add("deal_line", {"id": "n", "deal_id": "d", "product_id": "p", "amount": 60})
    reader.add(
        "deal_history",
        {"id": "1", "deal_id": "d", "valid_from": day, "valid_to": datetime(2024, 5, 2, tzinfo=UTC), "status": "open",
         "amount": 80, "currency": "USD"},
        {"id": "2", "deal_id": "d", "valid_from": datetime(2024, 5, 2, tzinfo=UTC), "status": "open", "amount": 100,
         "currency": "USD"},
    )  # fmt: skip
    query = Query(("pipeline_value",), ("product",), date_range="2024-04-01..2024-04-30")
    assert dict(evaluate(reader, query, NOW).rows) == {"P": 60, "(no product)": 20}
    months = Query(("pipeline_value",), ("month", "product"), date_range="2024-04-01..2024-05-31")
    found = {row[:2]: row[2] for row in evaluate(reader, months, NOW).rows}
    april, may = date(2024, 4, 1), date(2024, 5, 1)
    assert found == {
        (april, "P"): 60, (april, "(no product)"): 20, (may, "P"): 60, (may, "(no product)"): 40,
    }  # fmt: skip


def test_the_size_of_a_deal_is_that_of_the_deal_however_it_is_split() -> None:
    reader = MemoryReader(Profile()).add("product", {"id": "p", "name": "P"})
    reader.add("deal", {"id": "d", "status": "won", "amount": 1500, "closed_at": NOW})
    reader.add("deal_line", {"id": "n", "deal_id": "d", "product_id": "p", "amount": 600})
    large = AllOf((Condition("deal.amount", "greater", ("1000",)),))
    table = evaluate(reader, Query(("total_sales",), ("deal_size_band", "product"), large), NOW)
    assert {row[:2]: row[2] for row in table.rows} == {
        ("1000 – 10000", "P"): 600, ("1000 – 10000", "(no product)"): 900,
    }  # fmt: skip
