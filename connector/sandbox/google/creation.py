"""New spreadsheets, and sheets copied from one into another."""

from __future__ import annotations

from datetime import datetime

from connector.sandbox.google.answers import shown_properties
from connector.sandbox.google.book import MOST_CELLS, Book, Sheet
from connector.sandbox.google.cells import changed
from connector.sandbox.google.defaults import new_book, sheet_properties, spreadsheet_properties
from connector.sandbox.google.grid import Cell, Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.sheet_changes import add_sheet
from connector.sandbox.google.sheet_copies import carried, free_copy_title

UNTITLED = "Untitled spreadsheet"
KEPT = {
    "merges": "merges",
    "conditionalFormats": "conditional_formats",
    "protectedRanges": "protected_ranges",
    "charts": "charts",
    "bandedRanges": "banded_ranges",
    "filterViews": "filter_views",
}


def created(book_id: str, body: Json, owner: str, now: datetime | None) -> Book:
    """Return the book that ``spreadsheets.create`` makes. Raises Refused for more cells than a book may have."""
    book = new_book(book_id, (body.get("properties") or {}).get("title") or UNTITLED, owner, now)
    book.properties = spreadsheet_properties(book.properties["title"]) | body.get("properties", {})
    if body.get("sheets"):
        book.sheets = []
        for number, given in enumerate(body["sheets"]):
            _add(book, given, number)
    book.named_ranges = list(body.get("namedRanges", []))
    if book.count_cells() > MOST_CELLS:
        raise invalid(f"The spreadsheet would have more than the limit of {MOST_CELLS} cells.")
    book.number_sheets()
    return book


def _add(book: Book, given: Json, number: int) -> None:
    properties = given.get("properties", {})
    if number == 0 and "sheetId" not in properties:
        book.sheets.append(Sheet(sheet_properties(0, properties.get("title") or "Sheet1")))
        sheet = book.sheets[0]
        grid = sheet.properties["gridProperties"] | properties.get("gridProperties", {})
        sheet.properties = sheet.properties | properties | {"gridProperties": grid}
    else:
        add_sheet(book, {"properties": properties})
        sheet = book.sheets[-1]
    for name, attribute in KEPT.items():
        setattr(sheet, attribute, list(given.get(name, [])))
    sheet.basic_filter = given.get("basicFilter")
    for data in given.get("data", []):
        _fill(sheet, data)


def _fill(sheet: Sheet, data: Json) -> None:
    top, left = data.get("startRow", 0), data.get("startColumn", 0)
    for row, line in enumerate(data.get("rowData", []), top):
        for column, cell in enumerate(line.get("values", []), left):
            sheet.cells.put(row, column, changed(Cell(), cell, {}))
    for place, properties in enumerate(data.get("rowMetadata", []), top):
        sheet.row_properties[place] = properties
    for place, properties in enumerate(data.get("columnMetadata", []), left):
        sheet.column_properties[place] = properties


def copied_sheet(source: Book, sheet_id: int, target: Book) -> Json:
    """Copy a sheet to the end of another book and return its properties there."""
    title = free_copy_title(target, source.sheet(sheet_id).title)
    return shown_properties(carried(source, sheet_id, target, title))
