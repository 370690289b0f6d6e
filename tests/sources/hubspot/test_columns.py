"""Records as printed, turned into columns."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.model.packed import PackedColumns
from connector.sources.hubspot.columns import Shape, losers, merged, table, tombstones


def record(number: str, **properties: object) -> dict[str, object]:
    return {"id": number, "properties": properties, "createdAt": "2026-01-01T00:00:00Z", "archived": False}


def test_absent_null_and_empty_differ() -> None:
    page = Shape(["amount", "dealname", "gone"]).columns(
        [record("1", amount=None, dealname=""), record("2", amount="12.50", dealname="A")]
    )
    assert list(page["properties.amount"]) == [None, "12.50"]
    assert list(page["properties.dealname"]) == ["", "A"]
    assert "properties.gone" not in page


def test_a_property_missing_in_one_record_is_empty_there() -> None:
    page = Shape(["amount", "dealname"]).columns([record("1", amount="1"), record("2", amount="2", dealname="B")])
    assert page["properties.dealname"] == [None, "B"]


def test_a_single_property_and_none_at_all_are_columns_too() -> None:
    assert Shape(["amount"]).columns([record("7", amount="1")])["properties.amount"] == ["1"]
    assert set(Shape([]).columns([record("7", amount="1")])) == {
        "id",
        "createdAt",
        "updatedAt",
        "archived",
        "archivedAt",
    }


def test_values_that_are_no_text_become_their_json() -> None:
    page = Shape(["amount", "flag"]).columns([record("1", amount=12.5, flag=True), record("2", amount="x", flag=None)])
    assert page["properties.amount"] == ["12.5", "x"]
    assert page["properties.flag"] == ["true", None]


def test_a_property_called_like_one_of_ours_stays_apart() -> None:
    page = Shape(["id", "archived"]).columns([record("1", id="theirs", archived="maybe")])
    assert page["id"] == ["1"]
    assert page["archived"] == ["false"]
    assert page["properties.id"] == ["theirs"]
    assert page["properties.archived"] == ["maybe"]


def test_histories_are_json_newest_first_as_they_came() -> None:
    versions = [{"value": "won", "timestamp": "2026-02-01T00:00:00Z"}, {"value": "open", "timestamp": "2026-01-01"}]
    page = Shape(["dealstage"], ["dealstage"]).columns(
        [
            {**record("1", dealstage="won"), "propertiesWithHistory": {"dealstage": versions}},
            {**record("2", dealstage="open"), "propertiesWithHistory": {"dealstage": []}},
        ]
    )
    assert page["history.dealstage"] == [
        '[{"value":"won","timestamp":"2026-02-01T00:00:00Z"},{"value":"open","timestamp":"2026-01-01"}]',
        None,
    ]


def test_the_records_that_one_has_swallowed_are_named() -> None:
    page = Shape(["hs_merged_object_ids", "email"]).columns(
        [record("9", hs_merged_object_ids="1; 2;9;", email="a"), record("8", hs_merged_object_ids=None, email="b")]
    )
    assert losers(page) == [("1", "9"), ("2", "9")]
    assert merged(losers(page)) == {"id": ["1", "2"], "archived": ["true", "true"], "merged_into": ["9", "9"]}


def test_a_tombstone_has_an_id_and_nothing_else_to_overwrite() -> None:
    assert tombstones(["4", "5"]) == {"id": ["4", "5"], "archived": ["true", "true"]}


def test_tables_show_numbers_lists_and_flags_as_text() -> None:
    rows = [{"id": "1", "rate": 1.36, "shown": True, "teams": [{"id": "7"}]}, {"id": "2"}]
    assert table(rows, ("id", "rate", "shown", "teams")) == {
        "id": ["1", "2"],
        "rate": ["1.36", None],
        "shown": ["true", None],
        "teams": ['[{"id":"7"}]', None],
    }


TEXTS = st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["", "12.50", "2026-01-01T00:00:00Z", "\x00", "é😀"]))
ODD = st.one_of(
    st.integers(-(2**63), 2**63), st.floats(allow_nan=False), st.booleans(), st.lists(st.integers(0, 9), max_size=1)
)
MOMENTS = st.sampled_from(
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123Z", "1767225600000", 1767225600000, "", None]
)
NAMES = ["amount", "dealname", "id", "archived", "gone", "é"]


@st.composite
def pages(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Records of a page: mostly as the vendor's contract has them, at times with anything else in any place."""
    is_odd = draw(st.booleans())
    values = st.one_of(TEXTS, ODD) if is_odd else TEXTS
    known = draw(st.lists(st.sampled_from(NAMES), unique=True))
    found = []
    for number in range(draw(st.integers(0, 5))):
        one: dict[str, Any] = {
            "id": str(number + 1),
            "properties": {name: draw(values) for name in known if draw(st.integers(0, 4))},
            "createdAt": draw(MOMENTS) if is_odd else "2026-01-01T00:00:00Z",
            "updatedAt": draw(MOMENTS) if is_odd else "2026-01-02T00:00:00.001Z",
            "archived": draw(st.sampled_from([True, False, "true", None])) if is_odd else draw(st.booleans()),
            "propertiesWithHistory": {"amount": draw(st.sampled_from([[], None, [{"value": "1"}]]))},
        }
        if draw(st.integers(0, 3)) == 0:
            one["archivedAt"] = draw(MOMENTS)
        if is_odd and draw(st.integers(0, 5)) == 0:
            del one[draw(st.sampled_from(["createdAt", "archived", "properties", "propertiesWithHistory"]))]
        found.append(one)
    return found


@given(pages(), st.lists(st.sampled_from([*NAMES, "nowhere"]), unique=True), st.booleans())
def test_the_quick_way_and_the_long_one_say_the_same(
    records: list[dict[str, Any]], names: list[str], histories: bool
) -> None:
    shape = Shape(names, ["amount"] if histories else [])
    parts = shape.parts(records, "deals")
    slow = [shape._loose(some) for some in shape.alike(records, "deals")]
    assert [{name: list(cells) for name, cells in part.items()} for part in parts] == [
        {name: list(cells) for name, cells in part.items()} for part in slow
    ]


def test_a_page_of_texts_goes_the_quick_way() -> None:
    page = Shape(["amount", "nowhere"]).columns([{**record("1", amount="1"), "updatedAt": "2026-01-02T00:00:00Z"}])
    assert isinstance(page, PackedColumns)
    assert (page.rows, len(page), list(page)) == (
        1,
        6,
        ["id", "createdAt", "updatedAt", "archived", "archivedAt", "properties.amount"],
    )
    with pytest.raises(KeyError):
        page["properties.nowhere"]


@pytest.mark.parametrize("bag", [[], [["amount", "1"]], "amount", 7, None])
def test_properties_that_are_no_object_never_go_the_quick_way(bag: object) -> None:
    odd = {**record("1"), "properties": bag, "updatedAt": "2026-01-02T00:00:00Z"}
    assert Shape(["amount"])._packed([odd]) is None
