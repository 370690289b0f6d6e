"""Details of reading that backlot's author measured on Google, and that a comparison with it brought to light here.

``tests/conformance/google/test_backlot.py`` compares with backlot itself; this keeps what was found without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.google.web import FILES, SPREADSHEET, Web, web

VALUES = [["Name", "Amount", "Won"], ["Ann", 3], ["", "", True]]


@pytest.fixture
def caller() -> Iterator[Web]:
    with web() as running:
        yield running


@pytest.fixture
def book(caller: Web) -> str:
    made: str = caller.ask("POST", FILES, {"name": "Book", "mimeType": SPREADSHEET})["id"]
    caller.change(made, {"addSheet": {"properties": {"sheetId": 5, "title": "a!b"}}})
    caller.write(made, VALUES)
    return made


def met(caller: Web, book: str, *filters: dict[str, Any]) -> list[Any]:
    """What ``values:batchGetByDataFilter`` answers: the range and the filters of each entry."""
    path = f"/v4/spreadsheets/{book}/values:batchGetByDataFilter"
    found = caller.ask("POST", path, {"dataFilters": list(filters)})
    return [(entry["valueRange"]["range"], entry["dataFilters"]) for entry in found.get("valueRanges", [])]


def test_columns_are_cut_off_each_at_its_own_end(caller: Web, book: str) -> None:
    path = f"/v4/spreadsheets/{book}/values/A1:E9"
    found = caller.ask("GET", path, majorDimension="COLUMNS", valueRenderOption="UNFORMATTED_VALUE")
    assert found["values"] == [["Name", "Ann"], ["Amount", 3], ["Won", "", True]]
    caller.write(book, [["x"]], "E1")
    assert caller.ask("GET", path, majorDimension="COLUMNS")["values"][3:] == [[], ["x"]]


@pytest.mark.parametrize("name", ["a!b", "'a!b'", "a!b!A1:Z1000"])
def test_a_title_may_hold_the_sign_that_parts_it_from_cells(caller: Web, book: str, name: str) -> None:
    assert caller.ask("GET", f"/v4/spreadsheets/{book}/values/{name}")["range"] == "'a!b'!A1:Z1000"


def test_filters_that_meet_nothing_are_like_no_filters(caller: Web, book: str) -> None:
    lookup = {"developerMetadataLookup": {"metadataKey": "nobody.knows"}}
    path = f"/v4/spreadsheets/{book}:getByDataFilter"
    found = caller.ask("POST", path, {"dataFilters": [lookup]}, fields="sheets.properties.title")
    assert [sheet["properties"]["title"] for sheet in found["sheets"]] == ["Sheet1", "a!b"]
    assert met(caller, book, lookup) == []


def test_answers_to_filters_are_in_the_order_of_columns_and_shared_by_equal_ones(caller: Web, book: str) -> None:
    last, first = (
        {"a1Range": "B1"},
        {"gridRange": {"sheetId": 0, "startRowIndex": 1, "endRowIndex": 2, "endColumnIndex": 1}},
    )
    elsewhere, again = {"a1Range": "'a!b'!A1"}, {"a1Range": "Sheet1!A2:A2"}
    assert met(caller, book, elsewhere, last, first, again) == [
        ("Sheet1!A2", [first, again]), ("Sheet1!B1", [last]), ("'a!b'!A1", [elsewhere]),
    ]  # fmt: skip


def test_a_range_may_be_empty_but_not_turned_around(caller: Web, book: str) -> None:
    empty = {"gridRange": {"sheetId": 5, "startRowIndex": 2, "endRowIndex": 2}}
    assert met(caller, book, empty) == [("#REF!", [empty])]
    turned = {"gridRange": {"sheetId": 5, "startRowIndex": 2, "endRowIndex": 1}}
    path = f"/v4/spreadsheets/{book}/values:batchGetByDataFilter"
    answer = caller.send("POST", path, {"dataFilters": [empty, turned]})
    assert answer.status == 400
    assert (
        answer.json()["error"]["message"] == "Invalid dataFilter[1]: endRowIndex[1] cannot be before startRowIndex[2]"
    )
