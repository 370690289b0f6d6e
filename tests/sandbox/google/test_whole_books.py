"""Whatever batchUpdate request Google's description allows is carried out or refused; nothing breaks on the way."""

from __future__ import annotations

import random
from typing import Any

import pytest

from connector.sandbox.google import batch
from connector.sandbox.google.answers import View, spreadsheet
from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Book
from connector.sandbox.google.calculation import calculate
from connector.sandbox.google.changes import CHANGES
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.schema import document, fields_of, read
from tests.sandbox.google.books import OWNER, Json, book_of, change, grid, lines

batch.apply(book_of(), [{"updateSheetProperties": {"properties": {"title": "Sheet1"}, "fields": "title"}}])
KINDS = sorted(CHANGES)
FORMULAS = ("=SUM(A1:A3)", "=A1", "=Other!B2*2", "=FILTER(A1:A9,A1:A9>1)", "=SUM(B2:B)", "=named+1", "=)")
TEXTS = ("x", "Deals", "=A1+1", "Sheet1", "named", "A1:B2", "Other!A:A", "*", "")
DEEPEST = 9
TRIES = 4
"""How often each kind is tried; 120 were tried by hand."""


ALL: Json = {}
ALL_BUT_CELLS = dict.fromkeys(fields_of("Spreadsheet"), ALL) | {
    "sheets": {name: ALL for name in fields_of("Sheet") if name != "data"}
}
CELLS = {"sheets": {"data": {"rowData": {"values": {"effectiveValue": ALL, "formattedValue": ALL}}}}}


def full_book() -> Book:
    """A book in which there is one of everything, with low ids."""
    book = book_of(
        ["Deal", "Amount", "=SUM(B2:B4)"], ["A", 1, "=B2*2"], ["B", 2], ["C", 3.5, "=Other!A1"], Other=[[1, "=A1"], [2]]
    )
    part = grid(0, 0, 4, 2)
    source = {"sourceRange": {"sources": [grid(1, 1, 4, 2)]}}
    spec = {"basicChart": {"chartType": "LINE", "series": [{"series": source}]}}
    place = {"overlayPosition": {"anchorCell": {"sheetId": 0, "rowIndex": 6}}}
    pivot = {
        "source": part,
        "rows": [{"sourceColumnOffset": 0, "sortOrder": "ASCENDING", "showTotals": True}],
        "values": [{"sourceColumnOffset": 1, "summarizeFunction": "SUM"}],
    }
    start = {"sheetId": 1, "rowIndex": 5, "columnIndex": 3}
    rule = {"condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=A1>1"}]}, "format": {}}
    location = {"dimensionRange": lines("COLUMNS", 1, 2)}
    tag = {"metadataId": 1, "metadataKey": "x", "visibility": "DOCUMENT", "location": location}
    change(
        book,
        {"addNamedRange": {"namedRange": {"namedRangeId": "x", "name": "named", "range": grid(0, 0, 1, 1)}}},
        {"addProtectedRange": {"protectedRange": {"protectedRangeId": 1, "range": part}}},
        {"addChart": {"chart": {"chartId": 1, "spec": spec, "position": place}}},
        {"addSlicer": {"slicer": {"slicerId": 2, "spec": {"dataRange": part}, "position": place}}},
        {"addBanding": {"bandedRange": {"bandedRangeId": 1, "range": part, "rowProperties": {"headerColor": {}}}}},
        {"addFilterView": {"filter": {"filterViewId": 1, "range": part}}},
        {"setBasicFilter": {"filter": {"range": part}}},
        {"addTable": {"table": {"tableId": "x", "range": grid(1, 4, 4, 6)}}},
        {"addConditionalFormatRule": {"rule": {"ranges": [part], "booleanRule": rule}}},
        {"addDimensionGroup": {"range": lines("ROWS", 2, 5)}},
        {"createDeveloperMetadata": {"developerMetadata": tag}},
        {"mergeCells": {"range": grid(8, 0, 9, 3), "mergeType": "MERGE_ALL"}},
        {"updateCells": {"start": start, "rows": [{"values": [{"pivotTable": pivot}]}], "fields": "pivotTable"}},
    )
    return book


def message(chance: random.Random, schema: str, depth: int = 0) -> Json:
    """A message with some of its fields."""
    fields = document()["schemas"][schema].get("properties", {})
    made = {}
    for name, field in fields.items():
        if depth < DEEPEST and chance.random() < (0.75 if depth < 2 else 0.45):
            made[name] = value(chance, name, field, depth + 1)
    if schema == "GridRange":
        made = {name: made.get(name, chance.randrange(8)) for name in made}
    return made


def value(chance: random.Random, name: str, field: Json, depth: int) -> Any:
    if "$ref" in field:
        return message(chance, field["$ref"], depth)
    if field["type"] == "array":
        return [value(chance, name, field["items"], depth) for _ in range(chance.choice((0, 1, 1, 2)))]
    if field["type"] == "object":
        return {str(chance.randrange(4)): value(chance, name, field["additionalProperties"], depth)}
    if "enum" in field:
        return chance.choice(field["enum"])
    if name == "formulaValue":
        return chance.choice([text for text in FORMULAS if text.startswith("=")])
    if name == "fields":
        return chance.choice(("*", "*", "name", "range", "title", "userEnteredValue", "note"))
    simple = {
        "boolean": lambda: chance.random() < 0.5,
        "integer": lambda: chance.choice((0, 0, 1, 1, 2, 3, 5, 9, 1001, -1)),
        "number": lambda: chance.choice((0.0, 1.5, -3.0)),
        "string": lambda: chance.choice((*TEXTS, *FORMULAS)),
        "any": lambda: 1,
    }
    return simple[field["type"]]()


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_carried_out_or_refused(kind: str) -> None:
    chance = random.Random(f"any {kind}")
    schema = document()["schemas"]["Request"]["properties"][kind]["$ref"]
    whole = full_book()
    for _ in range(TRIES):
        draft = whole.draft(OWNER)
        try:
            replies = batch.apply(draft, [{kind: message(chance, schema)}])
        except Refused:
            continue
        assert read(replies[0], "Response") == replies[0]
        check_whole(draft)


def test_many_changes_one_after_another_leave_a_whole_book() -> None:
    chance = random.Random("many")
    book = full_book()
    done = 0
    for _ in range(TRIES * 20):
        kind = chance.choice([name for name in KINDS if name not in {"deleteSheet", "updateSpreadsheetProperties"}])
        schema = document()["schemas"]["Request"]["properties"][kind]["$ref"]
        draft = book.draft(OWNER)
        try:
            batch.apply(draft, [{kind: message(chance, schema)}])
        except Refused:
            continue
        if done % 20 == 0:
            check_whole(draft)
        book, done = draft, done + 1
    check_whole(book)
    assert done > TRIES


def check_whole(book: Book) -> None:
    """The book can be shown and computed, and everything in it points into a grid that is there."""
    calculate(book)
    shown = spreadsheet(book, View(mask=ALL_BUT_CELLS))
    assert read(shown, "Spreadsheet") == shown
    spreadsheet(book, View(mask=CELLS))
    ids = {sheet.id for sheet in book.sheets}
    for sheet in book.sheets:
        for part in [*sheet.merges, *(part["range"] for part in sheet.banded_ranges + sheet.tables)]:
            area = area_of(part)
            assert area.sheet_id == sheet.id
            assert (area.bottom or 0) <= sheet.row_count
            assert (area.right or 0) <= sheet.column_count
        for row, column, _cell in sheet.cells.cells():
            assert row < sheet.row_count
            assert column < sheet.column_count
    for entry in book.metadata:
        place = entry["location"].get("dimensionRange", entry["location"])
        assert place.get("sheetId", min(ids)) in ids
