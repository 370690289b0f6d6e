"""Charts of Looker Studio over random worlds: what Looker Studio makes of an answer is what the evaluator says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, timedelta
from operator import ge, gt, le, lt
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.actions.looker import ChartRequest, chart_answer
from connector.actions.looker_fields import Source, own_field_id, source_fields
from connector.actions.looker_filters import LookerFilter, LookerOperator
from connector.deliver.looker.packed import packed, unpacked
from connector.deliver.looker.values import Value, column_encoder, encoder, filter_value
from connector.errors import NotApplicable, QueryError
from connector.metrics.definitions import load_catalogue
from connector.metrics.evaluate import evaluate
from connector.metrics.parts import ratio_parts
from connector.metrics.report_types import load_report_types, report_type
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader
from tests.metrics.worlds import reader_of

FIRST, LAST = date(2024, 1, 20), date(2024, 5, 14)
SALES = Source(report_type("everything"), "en", "", "")
SPLITTING = {"product", "product_category", "price_range", "tag"}
"""A deal with several of these stands in several rows."""


def rows_of(
    seed: int, *fields: str, filters: tuple[tuple[LookerFilter, ...], ...] = (), hidden: frozenset[str] = frozenset(),
    first: date = FIRST, last: date = LAST,
) -> list[list[Value]]:  # fmt: skip
    asked = ChartRequest(SALES, fields, hidden, filters, first, last)
    answer = chart_answer(reader_of(seed), asked, NOW)
    assert answer.filters_applied
    return [list(row) for row in answer.rows]


def added(values: list[Value]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) if known else None


CATALOGUE = load_catalogue()
ADDING = [each.id for each in CATALOGUE.metrics.values() if each.aggregation == "sum"]
WITH_PARTS = [each.id for each in CATALOGUE.metrics.values() if ratio_parts(each, CATALOGUE)]


def columns_of(seed: int, dimension: str, metrics: list[str]) -> dict[str, list[Value]]:
    """Return the values of each metric by a dimension, many metrics at once where they go together."""
    try:
        rows = rows_of(seed, dimension, *metrics)
    except NotApplicable:
        if len(metrics) == 1:
            return {}
        half = len(metrics) // 2
        return columns_of(seed, dimension, metrics[:half]) | columns_of(seed, dimension, metrics[half:])
    return {metric: [row[place + 1] for row in rows] for place, metric in enumerate(metrics)}


@pytest.mark.parametrize("start", range(0, len(ADDING), 20))
def test_what_looker_studio_may_add_up_adds_up_over_days_and_people(start: int) -> None:
    some = ADDING[start : start + 20]
    wholes = evaluate(reader_of(1), Query(tuple(some), date_range=f"{FIRST}..{LAST}"), NOW).rows[0]
    for dimension in ("date", "owner"):
        found = columns_of(1, dimension, some)
        assert dimension == "owner" or len(found) > len(some) // 2
        for metric, whole in zip(some, wholes, strict=True):
            if metric in found:
                assert (added(found[metric]) or 0) == pytest.approx(float(whole or 0), abs=1e-6), (metric, dimension)


@pytest.mark.parametrize("start", range(0, len(WITH_PARTS), 10))
def test_a_ratio_is_right_at_every_grain_from_its_summed_parts(start: int) -> None:
    some = WITH_PARTS[start : start + 10]
    parts = [f"{metric}__{part}" for metric in some for part in ("num", "den")]
    wholes = evaluate(reader_of(1), Query(tuple(some), date_range=f"{FIRST}..{LAST}"), NOW).rows[0]
    for dimension in ("date", "owner"):
        found = columns_of(1, dimension, parts)
        for metric, whole in zip(some, wholes, strict=True):
            above, below = added(found.get(f"{metric}__num", [])), added(found.get(f"{metric}__den", []))
            if f"{metric}__den" in found:
                computed = above / below if above is not None and below else None
                expected = None if whole is None else pytest.approx(float(whole))
                assert computed == expected, (metric, dimension)


def test_ratios_that_can_be_summed_are_formulas_of_hidden_parts() -> None:
    known = source_fields(SALES, CATALOGUE, reader_of(1).profile).fields
    assert known["win_rate"].formula == "SUM($win_rate__num) / SUM($win_rate__den)"
    assert known["win_rate__num"].is_hidden
    assert known["win_rate__num"].adds_up
    assert not known["sales_cycle_median"].adds_up
    assert not known["pipeline_value"].adds_up


SHOWN = [
    "owner", "team", "branch", "owner_active", "stage", "deal_status", "lead_source", "product", "industry", "country",
    "deal_size_band", "month", "week", "quarter", "year", "date", "day_of_week", "created_date", "forecast_category",
    "deal_outcome", "account", "deal", "currency", "fiscal_period", "hour_of_day",
]  # fmt: skip


@pytest.mark.parametrize(("dimension", "language"), [*((name, "ru") for name in SHOWN), ("deal_status", "en")])
def test_a_shown_value_finds_its_own_rows_again(dimension: str, language: Any) -> None:
    source = Source(report_type("everything"), language, "", "")

    def ask(*filters: LookerFilter) -> dict[Value, Value]:
        asked = ChartRequest(source, (dimension, "deals_created"), frozenset(), (filters,), FIRST, LAST)
        answer = chart_answer(reader_of(2), asked, NOW)
        assert answer.filters_applied
        return {row[0]: row[1] for row in answer.rows if row[1]}  # type: ignore[misc]

    try:
        shown = ask()
    except NotApplicable:
        pytest.skip(f"deals have no {dimension}")
    assert shown
    for value, count in list(shown.items())[:6]:
        only = LookerFilter(dimension, "EQUALS", (str(_text(value)),)) if value is not None else None
        only = only or LookerFilter(dimension, "IS_NULL")
        assert ask(only) == {value: count}
        others = ask(LookerFilter(only.field, only.operator, only.values, is_exclude=True))
        assert others == {key: number for key, number in shown.items() if key != value}


def _text(value: Value) -> Value:
    return str(value).lower() if isinstance(value, bool) else value


PATTERNS = ("a", "^S", "[0-9]", "o1|Ana|won")


@pytest.mark.parametrize("dimension", ["owner", "deal_status", "lead_source", "stage", "deal_size_band", "industry"])
@pytest.mark.parametrize("operator", ["CONTAINS", "REGEXP_PARTIAL_MATCH", "REGEXP_EXACT_MATCH"])
def test_patterns_are_for_what_is_shown(dimension: str, operator: Any) -> None:
    shown = {row[0]: row[1] for row in rows_of(3, dimension, "deals_created") if row[1]}
    for pattern in PATTERNS:
        expected = {
            value: count
            for value, count in shown.items()
            if value is not None
            and (
                pattern in str(value) if operator == "CONTAINS"
                else re.fullmatch(pattern, str(value)) if operator == "REGEXP_EXACT_MATCH"
                else re.search(pattern, str(value))
            )
        }  # fmt: skip
        for excluding in (False, True):
            only = LookerFilter(dimension, operator, (pattern,), excluding)
            found = {row[0]: row[1] for row in rows_of(3, dimension, "deals_created", filters=((only,),)) if row[1]}
            left = {value: count for value, count in shown.items() if value not in expected} if excluding else expected
            assert found == left, (pattern, excluding)


def test_outer_filters_are_joined_by_and_inner_ones_by_or() -> None:
    every = {(row[0], row[1]): row[2] for row in rows_of(4, "owner", "deal_status", "deals_created") if row[2]}
    ana, bo = LookerFilter("owner", "EQUALS", ("Ana",)), LookerFilter("owner", "EQUALS", ("Bo",))
    won = LookerFilter("deal_status", "EQUALS", ("won",))
    rows = rows_of(4, "owner", "deal_status", "deals_created", filters=((ana, bo), (won,)))
    expected = {key: count for key, count in every.items() if key[0] in ("Ana", "Bo") and key[1] == "won"}
    assert expected
    assert {(row[0], row[1]): row[2] for row in rows if row[2]} == expected


def test_fields_for_filters_only_are_left_out_where_the_filters_were_applied() -> None:
    only = LookerFilter("deal_status", "EQUALS", ("won",))
    asked = ChartRequest(SALES, ("owner", "deals_created", "deal_status"), frozenset({"deal_status"}), ((only,),))
    asked = ChartRequest(SALES, asked.fields, asked.for_filter_only, asked.filters, FIRST, LAST)
    answer = chart_answer(reader_of(4), asked, NOW)
    assert [field.id for field in answer.fields] == ["owner", "deals_created"]
    assert all(len(row) == 2 for row in answer.rows)


def test_a_filter_that_cannot_be_applied_leaves_all_to_looker_studio() -> None:
    odd = LookerFilter("month", "CONTAINS", ("03",))
    fine = LookerFilter("owner", "EQUALS", ("Ana",))
    fields = ("owner", "deals_created", "month")
    asked = ChartRequest(SALES, fields, frozenset({"month"}), ((odd,), (fine,)), FIRST, LAST)
    answer = chart_answer(reader_of(4), asked, NOW)
    assert not answer.filters_applied
    assert [field.id for field in answer.fields] == list(fields)
    assert {row[0] for row in answer.rows} > {"Ana"}


NOT_APPLIED = {
    "a product or a person": ((LookerFilter("product", "EQUALS", ("x",)), LookerFilter("owner", "EQUALS", ("Ana",))),),
    "a pattern for a time": ((LookerFilter("fiscal_period", "CONTAINS", ("2024",)),),),
    "a word for a number": ((LookerFilter("owner", "NUMERIC_GREATER_THAN", ("many",)),),),
}
"""Filters that look right until they are put to the rows."""


@pytest.mark.parametrize("case", NOT_APPLIED)
def test_a_filter_that_cannot_be_put_to_the_rows_leaves_all_to_looker_studio(case: str) -> None:
    filters = NOT_APPLIED[case]
    by = tuple(dict.fromkeys(each.field for group in filters for each in group))
    asked = ChartRequest(SALES, ("deals_created", *by), frozenset(by), filters, FIRST, LAST)
    answer = chart_answer(reader_of(4), asked, NOW)
    assert not answer.filters_applied
    assert [field.id for field in answer.fields] == ["deals_created", *by]
    assert sorted(map(list, answer.rows), key=str) == sorted(rows_of(4, "deals_created", *by), key=str)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("a product or a person", "product cannot stand in one OR"), ("a pattern for a time", "does not fit the date"),
        ("a word for a number", "'many' .* is no number"),
    ],
)  # fmt: skip
def test_a_filter_that_nobody_can_apply_is_named(case: str, words: str) -> None:
    medians = ChartRequest(SALES, ("sales_cycle_median",), frozenset(), NOT_APPLIED[case], FIRST, LAST)
    with pytest.raises(QueryError, match=words):
        chart_answer(reader_of(4), medians, NOW)
    many = ChartRequest(SALES, ("date", "deals_created"), frozenset(), NOT_APPLIED[case], FIRST, LAST)
    with pytest.raises(QueryError, match=words):
        chart_answer(reader_of(4), many, NOW, most_rows=5)


@pytest.mark.parametrize(
    ("operator", "compare"),
    [
        ("NUMERIC_GREATER_THAN", gt), ("NUMERIC_GREATER_THAN_OR_EQUAL", ge), ("NUMERIC_LESS_THAN", lt),
        ("NUMERIC_LESS_THAN_OR_EQUAL", le),
    ],
)  # fmt: skip
def test_numbers_are_compared_as_numbers(operator: LookerOperator, compare: Callable[[int, int], bool]) -> None:
    every = {row[0]: row[1] for row in rows_of(4, "hour_of_day", "deals_created") if row[1]}
    hours = sorted(int(str(hour)) for hour in every if hour is not None)
    middle = hours[len(hours) // 2]
    for excluding in (False, True):
        only = LookerFilter("hour_of_day", operator, (str(middle),), excluding)
        rows = rows_of(4, "hour_of_day", "deals_created", filters=((only,),))
        expected = {
            hour: count
            for hour, count in every.items()
            if (hour is not None and compare(int(str(hour)), middle)) != excluding
        }
        assert expected
        assert {row[0]: row[1] for row in rows if row[1]} == expected


def test_the_detection_of_types_gets_100_rows_at_most() -> None:
    whole = ChartRequest(SALES, ("date", "pipeline_value"), first_day=FIRST, last_day=LAST)
    sample = replace(whole, is_sample=True)
    assert chart_answer(reader_of(1), whole, NOW).row_count > 100
    assert chart_answer(reader_of(1), sample, NOW).row_count == 100


def test_more_fields_than_can_be_computed_are_refused() -> None:
    known = source_fields(SALES, CATALOGUE, reader_of(1).profile).fields
    metrics = [each.id for each in known.values() if each.concept == "METRIC" and not each.id.startswith("puente_")]
    with pytest.raises(QueryError, match=r"more than 60 fields\. Remove fields from the chart"):
        chart_answer(reader_of(1), ChartRequest(SALES, tuple(metrics[:61])), NOW)


def test_what_does_not_add_up_is_refused_where_its_filter_cannot_be_applied() -> None:
    odd = LookerFilter("month", "CONTAINS", ("03",))
    asked = ChartRequest(SALES, ("owner", "sales_cycle_median"), frozenset(), ((odd,),), FIRST, LAST)
    with pytest.raises(QueryError, match="no YEAR_MONTH"):
        chart_answer(reader_of(4), asked, NOW)


def test_columns_stand_in_the_order_of_the_request() -> None:
    plain = rows_of(5, "owner", "deals_created", "total_sales")
    turned = rows_of(5, "total_sales", "puente_rows_rejected", "owner", "deals_created")
    by_owner = {row[0]: row[1:] for row in plain if row[1]}
    assert {row[2]: [row[3], row[0]] for row in turned if row[3]} == by_owner
    assert {row[1] for row in turned} == {0}


def test_without_days_the_last_28_before_today_are_meant() -> None:
    asked = ChartRequest(SALES, ("deals_created",))
    yesterday = NOW.date() - timedelta(days=1)
    answer = chart_answer(reader_of(1), asked, NOW)
    assert [list(row) for row in answer.rows] == rows_of(
        1, "deals_created", first=yesterday - timedelta(days=27), last=yesterday
    )


def test_personal_fields_can_be_left_out() -> None:
    hidden = Source(report_type("everything"), "en", "", "", "hide")
    known = source_fields(hidden, CATALOGUE, reader_of(1).profile).fields
    assert not {"contact", "lead", "activity", "call", "related_record"} & known.keys()
    with pytest.raises(QueryError, match="contact"):
        chart_answer(reader_of(1), ChartRequest(hidden, ("contact", "deals_created")), NOW)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ((), "no field"), (("nonsense",), "no field 'nonsense'"), (("owner", "' OR 1=1"), "no field"),
    ],
)  # fmt: skip
def test_what_a_source_lacks_is_named(fields: tuple[str, ...], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        chart_answer(reader_of(1), ChartRequest(SALES, fields), NOW)


def test_a_figure_that_cannot_be_split_is_named_as_the_chart_names_it() -> None:
    asked = ChartRequest(
        replace(SALES, language="es"), ("hour_of_day", "pipeline_value"), first_day=FIRST, last_day=LAST
    )
    with pytest.raises(NotApplicable) as refused:
        chart_answer(reader_of(1), asked, NOW)
    said = f"{refused.value.sentence} {refused.value.remedy}"
    assert "_" not in said
    labels = {
        load_catalogue().metrics["pipeline_value"].labels["es"],
        load_catalogue().dimensions["hour_of_day"].labels["es"],
    }
    assert all(said.count(f"'{label}'") == 2 for label in labels), said


def test_too_many_rows_are_refused_not_cut() -> None:
    asked = ChartRequest(SALES, ("date", "deals_created"), first_day=FIRST, last_day=LAST)
    with pytest.raises(QueryError, match="more than 5 rows"):
        chart_answer(reader_of(1), asked, NOW, most_rows=5)


def test_ids_of_own_columns_hold_only_what_looker_studio_takes_and_differ() -> None:
    names = ["seats", "Seats", "número", "a b", "a_b", "a-b", "日本", "", "x" * 50]
    ids = [own_field_id("deal", name) for name in names]
    assert all(each.isascii() and each.replace("_", "").isalnum() for each in ids)
    assert len(set(ids)) == len(ids)


def test_every_report_type_begins_with_fields_it_has_and_that_go_together() -> None:
    reader = MemoryReader()
    for kind in load_report_types().values():
        asked = ChartRequest(Source(kind, "es", "", ""), (kind.dimension, kind.metric), first_day=FIRST, last_day=LAST)
        assert chart_answer(reader, asked, NOW).filters_applied


@pytest.mark.parametrize(
    ("kind", "cell", "written"),
    [
        ("YEAR_MONTH_DAY", date(2024, 3, 7), "20240307"), ("YEAR_MONTH", date(2024, 3, 1), "202403"),
        ("YEAR", date(2024, 1, 1), "2024"), ("YEAR_QUARTER", date(2024, 7, 1), "20243"),
        ("YEAR_WEEK", date(2024, 12, 30), "202501"), ("YEAR_WEEK", date(2024, 12, 29), "202501"),
        ("YEAR_WEEK", date(2020, 12, 28), "202053"), ("DAY_OF_WEEK", 7, "0"), ("DAY_OF_WEEK", 1, "1"),
        ("HOUR", 9, "09"), ("DURATION", 61.5, "61.5"), ("TEXT", 12, "12"), ("NUMBER", float("nan"), None),
        ("NUMBER", float("inf"), None), ("BOOLEAN", True, True), ("YEAR_MONTH_DAY", date(987, 1, 2), "09870102"),
    ],
)  # fmt: skip
def test_values_are_written_as_the_field_types_want_them(kind: str, cell: Any, written: Value) -> None:
    assert encoder(kind)(cell) == written


CELLS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**15), 10**15), st.floats(), st.text(max_size=5),
    st.decimals(-10**9, 10**9, places=4), st.dates(), st.datetimes(timezones=st.just(UTC)),
)  # fmt: skip
COLUMNS = st.one_of(
    st.lists(CELLS, max_size=8), st.lists(st.integers(-9, 9), max_size=8), st.lists(st.floats(), max_size=8),
    st.lists(st.decimals(-10**9, 10**9, places=4), max_size=8), st.lists(st.one_of(st.none(), st.text(max_size=2))),
    st.lists(st.one_of(st.none(), st.dates()), max_size=8), st.lists(st.sampled_from([1, 1.0, True, None]), max_size=8),
)  # fmt: skip


@given(kind=st.sampled_from(["NUMBER", "PERCENT", "CURRENCY_EUR", "TEXT", "YEAR_MONTH_DAY", "DURATION"]), cells=COLUMNS)
def test_a_column_is_written_as_its_cells_are(kind: str, cells: list[Any]) -> None:
    one_by_one = [encoder(kind, "Europe/Madrid")(cell) for cell in cells]
    assert repr(list(column_encoder(kind, "Europe/Madrid")(cells))) == repr(one_by_one)


TEXTS = st.one_of(st.none(), st.sampled_from(["],[", "]", ",[", '"],["', "\\"]), st.text(max_size=3))


@given(rows=st.lists(st.lists(TEXTS, min_size=2, max_size=2), max_size=6))
def test_rows_with_any_text_are_packed_as_they_are(rows: list[list[Value]]) -> None:
    body = json.loads(b"".join(unpacked(packed((), rows, filters_applied=True))))
    assert body == {"schema": [], "filtersApplied": True, "rows": [{"values": row} for row in rows]}


@pytest.mark.parametrize("kind", ["YEAR_MONTH_DAY", "YEAR_MONTH", "YEAR", "YEAR_QUARTER", "YEAR_WEEK"])
def test_written_times_are_read_back(kind: str) -> None:
    random = Random(7)
    for week_start in (0, 5, 6):
        for _ in range(200):
            day = date(2000, 1, 1) + timedelta(days=random.randrange(20_000))
            day = day - timedelta(days=(day.weekday() - week_start) % 7) if kind == "YEAR_WEEK" else day
            written = str(encoder(kind)(day))
            first = date.fromisoformat(filter_value(kind, written, week_start))
            assert first == day if kind == "YEAR_WEEK" else first <= day
            assert encoder(kind)(first) == written


@pytest.mark.parametrize("text", ["", "2024", "20241301", "x", "20240230", "999999999", "２０２４０１０１x"])
def test_a_filter_value_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(QueryError):
        filter_value("YEAR_MONTH_DAY", text)


def test_a_currency_without_rates_is_refused_and_missing_rates_are_said() -> None:
    """A sum that leaves amounts out without a word would be a wrong number."""
    reader, asked = reader_of(1), ChartRequest(SALES, ("deals_won",), first_day=FIRST, last_day=LAST)
    foreign = replace(SALES, currency="JPY")
    assert next(chart_answer(reader, replace(asked, source=foreign), NOW).rows)[0] > 0  # type: ignore[operator]
    with pytest.raises(QueryError, match="no exchange rate into JPY"):
        chart_answer(reader, replace(asked, source=foreign, fields=("month", "total_sales")), NOW)
    fields = ("total_sales", "puente_rows_without_rate")
    ((_, missing),) = chart_answer(reader, replace(asked, fields=fields), NOW).rows
    told = evaluate(reader, Query(("total_sales",), date_range=f"{FIRST}..{LAST}"), NOW).notes
    assert missing == sum(note.count or 0 for note in told if note.code == "without_rate") > 0


def test_no_field_id_ever_changes() -> None:
    """A new field is added to the list; where a line vanishes, somebody's chart breaks."""
    lines = Path(__file__).with_name("looker_field_ids.txt").read_text(encoding="utf-8").splitlines()[1:]
    now = {
        f"{kind.id} {field.concept.lower()} {field.id}"
        for kind in load_report_types().values()
        for field in source_fields(Source(kind, "en", "USD", "UTC"), CATALOGUE, Profile()).fields.values()
    }
    assert set(lines) - now == set(), "these ids are gone"
    assert now - set(lines) == set(), "add these ids to looker_field_ids.txt"
