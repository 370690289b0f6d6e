"""Changes of rows and columns that move nothing: their sizes and hiding."""

from __future__ import annotations

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change
from connector.sandbox.google.defaults import ROW_PIXELS
from connector.sandbox.google.display import display
from connector.sandbox.google.effects import results_of, shown
from connector.sandbox.google.grid import Json
from connector.sandbox.google.locales import ways_of
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import axis_of, closed_span, length
from connector.sandbox.google.update_masks import updated

LETTER_PIXELS, MARGIN_PIXELS, LEAST_PIXELS = 7, 10, 21


@change("updateDimensionProperties")
def update_dimension_properties(book: Book, request: Json) -> None:
    """Set size or hiding of rows or columns."""
    part = request.get("range") or {}
    sheet, axis = book.sheet(part.get("sheetId")), axis_of(part)
    start, end = closed_span(sheet, part, axis)
    if end > length(sheet, axis):
        raise invalid(f"range.endIndex[{end}] is after last {axis[:-1].lower()} in grid[{length(sheet, axis)}]")
    kept = sheet.row_properties if axis == "ROWS" else sheet.column_properties
    for place in range(start, end):
        fresh = updated(
            kept.get(place, {}),
            request.get("properties", {}),
            request.get("fields"),
            "DimensionProperties",
            "properties",
        )
        fresh = {name: value for name, value in fresh.items() if value}
        if fresh:
            kept[place] = fresh
        else:
            kept.pop(place, None)


@change("autoResizeDimensions")
def auto_resize_dimensions(book: Book, request: Json) -> None:
    """Make rows or columns as large as what they hold."""
    part = request.get("dimensions") or {}
    sheet, axis = book.sheet(part.get("sheetId")), axis_of(part)
    start, end = closed_span(sheet, part, axis)
    if axis == "ROWS":
        for row in range(start, end):
            sheet.row_properties[row] = {**sheet.row_properties.get(row, {}), "pixelSize": ROW_PIXELS}
        return
    widths = _widths(book, sheet, start, end)
    for column in range(start, min(end, sheet.column_count)):
        width = max(widths.get(column, 0) * LETTER_PIXELS + MARGIN_PIXELS, LEAST_PIXELS)
        sheet.column_properties[column] = {**sheet.column_properties.get(column, {}), "pixelSize": width}


def _widths(book: Book, sheet: Sheet, start: int, end: int) -> dict[int, int]:
    """Return the longest text of each column, in characters."""
    ways = ways_of(book.properties.get("locale", "en_US"))
    results = results_of(book)
    widths: dict[int, int] = {}
    for row, column, cell in sheet.cells.cells(0, start, sheet.row_count, end):
        text = display(shown(cell, (sheet.id, row, column), results), cell.format, ways)
        widths[column] = max(widths.get(column, 0), *(len(line) for line in text.split("\n")))
    return widths
