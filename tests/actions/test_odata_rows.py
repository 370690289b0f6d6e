"""Conditions on records and on finished rows agree, null and hostile text included; answers hold what was asked for."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha512
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.actions.answer_cache import AnswerCache
from connector.actions.odata import FeedRequest, rows_of
from connector.actions.odata_conditions import condition
from connector.actions.odata_feeds import USUAL_METRICS, FeedChoice, feed_fields
from connector.actions.odata_filters import divide
from connector.deliver.odata.payload import Form, Frame, packed_rows, page
from connector.deliver.odata.syntax import parse_filter, parse_orderby
from connector.deliver.odata.values import decimal_text
from connector.errors import NotBuilt, QueryError
from connector.metrics.definitions import load_catalogue
from connector.metrics.report_types import load_report_types
from connector.metrics.window import calendar_of
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader

NAMES = ["Ana", "=HYPERLINK(1)", "O'Brien 100%_\\", "\u202eBen\n\t\x01", "ana", "Ана"]
KINDS = ("call", "email", "meeting", None)
CHOICE = FeedChoice("en")
SHOWN = ("owner", "activity_type", "date", "completed_date", "activities_done")


@pytest.fixture(scope="module")
def reader() -> MemoryReader:
    reader = MemoryReader()
    for number, name in enumerate(NAMES):
        reader.add("owner", {"id": f"o{number}", "name": name, "is_active": number % 2 == 0})
    for number in range(40):
        owner = number % (len(NAMES) + 1)
        row: dict[str, Any] = {
            "id": f"a{number}",
            "owner_id": f"o{owner}" if owner < len(NAMES) else None,
            "type": KINDS[number % 4],
            "status": "done",
            "completed_at": datetime(2024, 1, 1 + number % 9, 12, tzinfo=UTC),
        }
        reader.add("activity", row)
    return reader


def answer(reader: MemoryReader, text: str, order: str = "", **asked: Any) -> list[dict[str, Any]]:
    tree = parse_filter(text, {}) if text else None
    question = FeedRequest(
        "activities", CHOICE, asked.pop("select", SHOWN), tree, parse_orderby(order) if order else (), **asked
    )
    found = rows_of(reader, "state", 1, question, NOW, AnswerCache(lambda: 0.0, 0))
    body = b"".join(page(found.packed, 0, found.kept, Frame("c"), question.form))
    rows: list[dict[str, Any]] = json.loads(body, parse_float=Decimal)["value"]
    return [{name: value for name, value in row.items() if name != "@odata.id"} for row in rows]


def test_text_arrives_as_it_is(reader: MemoryReader) -> None:
    assert {row["owner"] for row in answer(reader, "", select=("owner",))} == {*NAMES, None}


NAMED = ("Ana", "O''Brien 100%_\\", "o1x", "(unassigned)x", "")
LEAVES = [
    *(f"owner {sign} '{name}'" for sign in ("eq", "ne") for name in NAMED),
    "owner eq null", "owner ne null", "null eq owner", "owner in ('Ana','ana',null)", "owner in ('Nobody')",
    "contains(owner,'n')", "contains(owner,'%')", "contains(owner,'_\\')", "startswith(owner,'=H')",
    "startswith(owner,'')", "endswith(owner,')')", "contains(tolower(owner),'ana')", "contains(toupper(owner),'ana')",
    "tolower(owner) eq 'ana'", "toupper(owner) ne 'ANA'", "tolower(owner) eq 'Ana'", "owner gt 'A'",
    "length(owner) ge 5", "activity_type eq 'call'", "activity_type ne 'Call'", "contains(activity_type,'a')",
    "activity_type in ('email','x')", "length(activity_type) eq 4", "activity_type gt 'd'", "activity_type eq null",
    "date ge 2024-01-04", "date lt 2024-01-04T12:00:00Z", "2024-01-03 eq date", "date ne 2024-01-05",
    "year(date) eq 2024", "date eq 2024-01-04T08:00:00Z", "date in (2024-01-01,2024-01-02)", "day(date) eq 4",
    "completed_date le 2024-01-03", "completed_date gt 2024-01-03T00:00:01Z", "completed_date eq null",
    "year(completed_date) lt 2024", "activities_done ge 1", "activities_done mul 2 gt 2", "true", "false", "1 eq 1.0",
]  # fmt: skip


@pytest.fixture(scope="module")
def whole(reader: MemoryReader) -> list[dict[str, Any]]:
    return answer(reader, "")


def kept(whole: list[dict[str, Any]], text: str) -> list[dict[str, Any]]:
    """What a condition keeps, computed row by row."""
    properties = feed_fields("activities", Profile(), CHOICE).feed.properties
    test = condition(parse_filter(text, {}), {name: (place, properties[name].type) for place, name in enumerate(SHOWN)})
    days = ("date", "completed_date")
    rows = []
    for row in whole:
        cells = [date.fromisoformat(row[name]) if name in days and row[name] else row[name] for name in SHOWN]
        rows += [row] if test(cells) else []
    return rows


@pytest.mark.parametrize("text", [*LEAVES, *(f"not ({leaf})" for leaf in LEAVES)])
def test_a_condition_on_records_is_that_on_rows(reader: MemoryReader, whole: list[dict[str, Any]], text: str) -> None:
    assert answer(reader, text) == kept(whole, text)


@pytest.mark.conformance
@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_conditions_joined_are_those_on_rows(
    reader: MemoryReader, whole: list[dict[str, Any]], data: st.DataObject
) -> None:
    text = data.draw(
        st.recursive(
            st.sampled_from(LEAVES),
            lambda inner: st.one_of(
                st.builds(lambda a, op, b: f"({a} {op} {b})", inner, st.sampled_from(["and", "or"]), inner),
                inner.map(lambda a: f"not ({a})"),
            ),
            max_leaves=5,
        )
    )
    assert answer(reader, text) == kept(whole, text), text


BIG = " mul ".join(["9" * 60] * 7)


@pytest.mark.parametrize(
    "without_result",
    [
        "floor(INF)", "ceiling(-INF)", "round(NaN)", "length(substring('abc',INF))", "length(substring('abc',0,NaN))",
        "ceiling(win_rate mul 1e308 mul 1e308)", "INF mod 2", "NaN mod 2", "1 div 0", "win_rate div 0",
        f"floor(win_rate mul {BIG})", f"1e399 {'mul 1e399 ' * 60}div 0",
    ],
)  # fmt: skip
def test_arithmetic_without_a_result_is_null(without_result: str) -> None:
    def holds(text: str) -> bool:
        return condition(parse_filter(text, {}), {"win_rate": (0, "Edm.Double")})((0.5,))

    assert holds(f"{without_result} eq null")
    assert not any(holds(f"{without_result} {sign} 1") for sign in ("eq", "gt", "le"))


@pytest.mark.parametrize("sign", ["", "-"])
def test_numbers_beyond_the_inexact_ones_are_compared(sign: str) -> None:
    places: Any = {"win_rate": (0, "Edm.Double")}
    found = [condition(parse_filter(f"win_rate {op} {sign}({BIG})", {}), places)((0.5,)) for op in ("lt", "gt", "eq")]
    assert found == [not sign, bool(sign), False]


@pytest.mark.parametrize(
    "text",
    [
        " or ".join(["false"] * 499 + ["true"]), " and ".join(["true"] * 500),
        " add ".join(["1"] * 99) + " eq 99", "100 sub 10 sub 20 div 2 eq 80",
    ],
)  # fmt: skip
def test_many_terms_in_a_row_are_no_depth(text: str) -> None:
    assert condition(parse_filter(text, {}), {})(())
    with pytest.raises(QueryError, match="nested"):
        parse_filter(" eq ".join(["true"] * 500), {})


def test_requests_share_an_answer_only_where_they_are_written_alike() -> None:
    def key(text: str) -> Any:
        return FeedRequest("sales", CHOICE, filter=parse_filter(text, {})).key(None)

    assert key("deals_won div 2 eq 1") == key("deals_won  div 2 eq 1")
    assert key("deals_won div 2 eq 1") != key("deals_won div 2.0 eq 1"), "whole numbers are divided otherwise"
    day, other = "date ge 2024-01-02T00:00:00Z", "date ge 2024-01-02T02:00:00+02:00"
    assert parse_filter(day, {}) == parse_filter(other, {})
    assert key(day) != key(other), "a moment is compared as it is written"


def test_words_for_what_is_missing_are_text_where_they_are_a_name() -> None:
    reader = MemoryReader()
    names = {"o1": "(unassigned)", "o2": "Bo (inactive)", "o3": "Cy"}
    for key, name in names.items():
        reader.add("owner", {"id": key, "name": name, "is_active": False})
    for number, owner in enumerate((*names, None)):
        done = {"status": "done", "type": "call", "completed_at": datetime(2024, 1, 1, 12, tzinfo=UTC)}
        reader.add("activity", {"id": f"a{number}", "owner_id": owner, **done})
    rows = answer(reader, "", select=("row_id", "owner", "activities_done"))
    assert sorted(str(row["owner"]) for row in rows) == ["(unassigned)", "Bo (inactive)", "Cy", "None"]
    assert sum(row["owner"] is None for row in rows) == 1
    assert len({row["row_id"] for row in rows}) == 4


def test_conditions_are_divided_by_who_answers_them() -> None:
    profile = Profile()
    fields = feed_fields("sales", profile, CHOICE)
    calendar = calendar_of(profile)

    def divided(text: str) -> Any:
        tree = parse_filter(text, {})
        return divide(tree, fields, {"owner"}, load_catalogue(), calendar, "en")

    days = "date ge 2024-01-05 and month lt 2024-03-15"
    found = divided(f"{days} and owner eq 'Ana' and deals_won gt 1 and length(owner) gt 2")
    assert found.days.token == "2024-01-05..2024-03-31"
    assert (len(found.before.parts), len(found.after)) == (1, 2)
    assert divided("quarter eq 2024-04-01").days.token == "2024-04-01..2024-06-30"
    assert divided("week gt 2024-01-03").days.token == "2024-01-08..2199-12-31"
    assert divided("month eq 2024-04-02").is_empty
    assert divided("date gt 2024-01-01 and date lt 2024-01-02").is_empty
    assert not divided("date ge 2024-01-01 or owner eq 'Ana'").days.first
    with pytest.raises(NotBuilt, match="team"):
        divided("length(team) gt 3")


def test_equal_rows_stay_in_the_order_of_their_dimensions(reader: MemoryReader) -> None:
    rows = answer(reader, "", "activity_type desc,date")
    kinds = [row["activity_type"] for row in rows]
    assert list(dict.fromkeys(kinds)) == [*sorted({kind for kind in kinds if kind}, reverse=True), None]
    plain = [row for row in answer(reader, "") if row["activity_type"] is None]
    assert [row for row in rows if row["activity_type"] is None] == sorted(plain, key=lambda row: row["date"])


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (Decimal("12345678901234567890.1234"), "12345678901234567890.1234"), (Decimal("0.1234567"), "0.123457"),
        (Decimal("1E+5"), "100000"), (1e-7, "0.000000"), (2.5, "2.5"), (1e22, "10000000000000000000000"),
        (float("nan"), None), (float("inf"), None), (None, None), (7, "7"), (Decimal("-0.5000"), "-0.5000"),
        (1 / 3, "0.333333"), (-12.125, "-12.125"),
    ],
)  # fmt: skip
def test_amounts_are_written_in_digits(cell: Any, text: str | None) -> None:
    assert decimal_text(cell) == text


def test_every_report_type_has_usual_figures_of_its_own() -> None:
    kinds = load_report_types()
    assert list(USUAL_METRICS) == list(kinds)
    for name, metrics in USUAL_METRICS.items():
        assert set(metrics) <= set(kinds[name].metrics), name
        assert kinds[name].metric in metrics or kinds[name].metric == "active_customers"


@pytest.mark.parametrize(("skip", "rows"), [(0, 2500), (999, 2), (1000, 1000), (2499, 5), (3000, 1), (0, 0)])
def test_any_page_can_be_cut_from_kept_rows(skip: int, rows: int) -> None:
    fields = feed_fields("activities", Profile(), CHOICE)
    shown = [fields.feed.properties["owner"], fields.feed.properties["activities_done"]]
    names = [f"line\n{sha512(str(number).encode()).hexdigest()}" for number in range(2500)]
    packed = b"".join(packed_rows(fields.feed, shown, [names, list(range(2500))], 2500, Form("none")))
    assert len(packed) > 150_000, "it has to be unpacked in several pieces"
    body = json.loads(b"".join(page(packed, skip, rows, Frame(""), Form("none"))))
    assert [row["activities_done"] for row in body["value"]] == list(range(2500))[skip : skip + rows]
    assert [row["owner"] for row in body["value"]] == names[skip : skip + rows]
