"""Developer metadata, and data filters that go by it."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.google.a1 import Rect
from connector.sandbox.google.book import Book
from connector.sandbox.google.data_filters import matching, ranges
from connector.sandbox.google.metadata import metadata, search
from connector.sandbox.google.refusals import Refused
from tests.sandbox.google.books import Json, book_of, change, grid, lines, refused
from tests.sandbox.google.desk import Desk

BOOK: Json = {"spreadsheet": True}


def sheet(number: int) -> Json:
    return {"sheetId": number}


def line(dimension: str, place: int, number: int = 0) -> Json:
    return {"dimensionRange": lines(dimension, place, place + 1, number)}


def tag(key: str, location: Json, value: str | None = None, **others: Any) -> Json:
    entry = {"metadataKey": key, "metadataValue": value, "location": location, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": entry | others}}


def lookup(**fields: Any) -> Json:
    return {"developerMetadataLookup": fields}


@pytest.fixture
def book() -> Book:
    book = book_of([1], Other=[[2]])
    change(
        book,
        tag("report", BOOK, "r1", metadataId=1),
        tag("tab", sheet(0), "t1", metadataId=2),
        tag("tab", sheet(1), "t2", metadataId=3),
        tag("slot", line("COLUMNS", 2), "0", metadataId=4),
        tag("slot", line("COLUMNS", 3), "1", metadataId=5),
        tag("top", line("ROWS", 5), "a", metadataId=6),
        tag("top", line("ROWS", 5, 1), "a", metadataId=7, visibility="PROJECT"),
    )
    return book


def numbers(book: Book, data_filter: Json) -> list[int]:
    return [entry["metadataId"] for entry in matching(book, data_filter)]


def test_what_is_created_comes_back_with_its_kind_of_place(book: Book) -> None:
    [reply] = change(book, tag("x", line("ROWS", 1, 1)))
    made = reply["createDeveloperMetadata"]["developerMetadata"]
    assert made["location"] == {
        "locationType": "ROW",
        "dimensionRange": {"sheetId": 1, "dimension": "ROWS", "startIndex": 1, "endIndex": 2},
    }
    assert made["metadataId"] > 0
    assert "metadataValue" not in made
    assert metadata(book, made["metadataId"]) == made
    assert metadata(book, 1)["location"] == {"locationType": "SPREADSHEET", "spreadsheet": True}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (lookup(metadataKey="slot"), [4, 5]),
        (lookup(metadataKey="slot", metadataValue="1"), [5]),
        (lookup(metadataId=6), [6]),
        (lookup(visibility="PROJECT"), [7]),
        (lookup(locationType="SHEET"), [2, 3]),
        (lookup(locationType="COLUMN", metadataKey="tab"), []),
        (lookup(metadataLocation=line("ROWS", 5)), [2, 4, 5, 6]),
        (lookup(metadataLocation=line("ROWS", 5), locationMatchingStrategy="EXACT_LOCATION"), [6]),
        (lookup(metadataLocation=line("ROWS", 6), locationMatchingStrategy="INTERSECTING_LOCATION"), [2, 4, 5]),
        (lookup(metadataLocation=sheet(1)), [3, 7]),
        (lookup(metadataLocation=sheet(1), locationMatchingStrategy="EXACT_LOCATION"), [3]),
        (lookup(metadataLocation=BOOK), [1]),
        (lookup(metadataLocation=line("COLUMNS", 2), locationType="COLUMN"), [4]),
        ({"a1Range": "Sheet1!C1:C5"}, [2, 4]),
        ({"gridRange": grid(5, 0, 6, 3)}, [2, 4, 6]),
    ],
)
def test_lookups_find_what_their_description_says(book: Book, wanted: Json, found: list[int]) -> None:
    assert numbers(book, wanted) == found


def test_search_names_each_once_with_every_filter_that_found_it(book: Book) -> None:
    filters = [lookup(metadataKey="top"), lookup(metadataId=6)]
    matched = search(book, {"dataFilters": filters})["matchedDeveloperMetadata"]
    assert [(entry["developerMetadata"]["metadataId"], len(entry["dataFilters"])) for entry in matched] == [
        (6, 2),
        (7, 1),
    ]
    assert search(book, {"dataFilters": [lookup(metadataKey="none")]}) == {}


def test_filters_select_only_the_lines_and_sheets_they_name(book: Book) -> None:
    first, other = book.sheets
    assert ranges(book, [lookup(metadataKey="slot")]) == [(first, Rect(0, 2, 1000, 3)), (first, Rect(0, 3, 1000, 4))]
    assert ranges(book, [lookup(metadataKey="top")]) == [(first, Rect(5, 0, 6, 26)), (other, Rect(5, 0, 6, 26))]
    assert ranges(book, [lookup(metadataKey="tab", metadataValue="t2")]) == [(other, Rect(0, 0, 1000, 26))]
    assert ranges(book, [lookup(metadataKey="report")]) == []
    assert ranges(book, [{"a1Range": "Other!B2"}, {"a1Range": "Other!B2"}]) == [(other, Rect(1, 1, 2, 2))]


def test_metadata_moves_with_its_line_and_goes_with_it(book: Book) -> None:
    change(
        book,
        {"moveDimension": {"source": lines("COLUMNS", 3, 4), "destinationIndex": 0}},
        {"insertDimension": {"range": lines("ROWS", 0, 2)}},
        {"sortRange": {"range": grid(0, 0, 9, 9), "sortSpecs": [{"dimensionIndex": 0}]}},
    )
    places = {entry["metadataId"]: entry["location"].get("dimensionRange") for entry in book.metadata}
    assert [places[number]["startIndex"] for number in (4, 5, 6, 7)] == [3, 0, 7, 5]
    change(book, {"deleteDimension": {"range": lines("COLUMNS", 0, 1)}}, {"deleteSheet": {"sheetId": 1}})
    assert [entry["metadataId"] for entry in book.metadata] == [1, 2, 4, 6]


def test_metadata_is_changed_and_deleted_by_filters(book: Book) -> None:
    new = {"metadataValue": "later", "location": line("COLUMNS", 9)}
    wanted = {"dataFilters": [lookup(metadataKey="slot")], "developerMetadata": new}
    [reply] = change(book, {"updateDeveloperMetadata": wanted | {"fields": "metadataValue"}})
    values = [entry["metadataValue"] for entry in reply["updateDeveloperMetadata"]["developerMetadata"]]
    assert values == ["later", "later"]
    change(book, {"updateDeveloperMetadata": wanted | {"fields": "location", "dataFilters": [lookup(metadataId=5)]}})
    assert metadata(book, 5)["location"]["dimensionRange"]["startIndex"] == 9
    [reply] = change(book, {"deleteDeveloperMetadata": {"dataFilter": lookup(metadataKey="slot")}})
    assert len(reply["deleteDeveloperMetadata"]["deletedDeveloperMetadata"]) == 2
    assert numbers(book, lookup(metadataKey="slot")) == []
    with pytest.raises(Refused) as caught:
        metadata(book, 5)
    assert caught.value.status == 404


def test_an_id_is_free_again_once_its_entry_is_deleted_and_a_place_that_it_left_deletes_nothing(book: Book) -> None:
    there = lookup(metadataId=6, metadataLocation=line("ROWS", 5))
    again = ({"deleteDeveloperMetadata": {"dataFilter": there}}, tag("top", line("ROWS", 5), metadataId=6))
    change(book, *again)
    change(book, {"insertDimension": {"range": lines("ROWS", 0, 1)}})
    change(book, again[0])
    assert refused(book, again[1]) == (
        "Cannot add developer metadata with ID [6] because developer metadata with that ID already exists."
    )
    assert numbers(book, lookup(metadataId=6, metadataLocation=line("ROWS", 6))) == [6]


@pytest.mark.parametrize(
    "request_",
    [
        tag("", BOOK),
        tag("key", BOOK, visibility=None),
        tag("key", {}),
        tag("key", BOOK | sheet(0)),
        tag("key", sheet(9)),
        tag("key", {"dimensionRange": lines("ROWS", 1, 3)}),
        tag("key", line("ROWS", 1000)),
        tag("key", BOOK, metadataId=1),
        tag("key", BOOK, "x" * 30_000),
        {"deleteDeveloperMetadata": {"dataFilter": lookup(locationMatchingStrategy="EXACT_LOCATION")}},
        {"deleteDeveloperMetadata": {"dataFilter": {}}},
        {
            "deleteDeveloperMetadata": {
                "dataFilter": lookup(
                    locationType="ROW", metadataLocation=sheet(0), locationMatchingStrategy="EXACT_LOCATION"
                )
            }
        },
        {"deleteDeveloperMetadata": {"dataFilter": lookup(locationType="SPREADSHEET", metadataLocation=sheet(0))}},
    ],
)
def test_what_the_schema_cannot_see_is_refused(book: Book, request_: Json) -> None:
    assert refused(book, request_)


def test_each_sheet_has_its_own_thirty_thousand_characters(book: Book) -> None:
    change(book, tag("a", sheet(0), "x" * 29_000), tag("a", sheet(1), "x" * 29_000), tag("a", BOOK, "x" * 29_000))
    assert "limit of 30000 characters" in refused(book, tag("b", line("ROWS", 1), "x" * 1_000))


def test_get_by_data_filter_shows_only_what_the_filters_meet() -> None:
    desk = Desk()
    desk.put("Data!A1:C3", [["a", "b", "c"], [1, 2, 3], [4, 5, 6]])
    number = desk.sheet("properties(sheetId)")["properties"].get("sheetId", 0)
    desk.change(
        tag("slot", line("COLUMNS", 1, number), "0"),
        tag("top", line("ROWS", 2, number), "t"),
        tag("tab", sheet(number)),
        tag("report", BOOK, "r"),
        {"addSheet": {"properties": {"title": "Mine"}}},
        {"insertDimension": {"range": lines("COLUMNS", 0, 1, number)}},
    )
    lists = "rowData/values/userEnteredValue,rowMetadata/developerMetadata,columnMetadata/developerMetadata"
    inner = f"properties/title,developerMetadata,data(startRow,startColumn,{lists})"
    fields = f"developerMetadata,sheets({inner})"
    answer = desk.ask("POST", f":getByDataFilter?fields={fields}", {"dataFilters": [lookup(metadataKey="slot")]})
    assert [part["properties"]["title"] for part in answer["sheets"]] == ["Data"]
    [part] = answer["sheets"][0]["data"]
    assert part["startColumn"] == 2
    assert [row["values"][0]["userEnteredValue"] for row in part["rowData"]] == [
        {"stringValue": "b"},
        {"numberValue": 2},
        {"numberValue": 5},
    ]
    [column] = part["columnMetadata"]
    assert [entry["metadataValue"] for entry in column["developerMetadata"]] == ["0"]
    assert [place for place, row in enumerate(part["rowMetadata"]) if "developerMetadata" in row] == [2]
    assert [entry["metadataKey"] for entry in answer["developerMetadata"]] == ["report"]
    assert [entry["metadataKey"] for entry in answer["sheets"][0]["developerMetadata"]] == ["tab"]
