"""The cells of a rectangle as the Sheets API shows them: GridData."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.sandbox.google.a1 import Rect
from connector.sandbox.google.book import Book, Place, Sheet
from connector.sandbox.google.cells import PARTS, extended
from connector.sandbox.google.defaults import COLUMN_PIXELS, DEFAULT_FORMAT, ROW_PIXELS
from connector.sandbox.google.display import display
from connector.sandbox.google.effects import results_of, shown
from connector.sandbox.google.grid import EMPTY, Cell, Json, Result, entered_of, unpacked
from connector.sandbox.google.locales import Ways, ways_of
from connector.sandbox.google.masks import Mask, below, project
from connector.sandbox.google.zeros import tidy


def grid_data(book: Book, sheet: Sheet, rect: Rect, mask: Mask) -> Json:
    """Return the GridData of a rectangle, as much of it as ``mask`` (of GridData) names."""
    answer: Json = {}
    if rect.top and _wanted(mask, "startRow"):
        answer["startRow"] = rect.top
    if rect.left and _wanted(mask, "startColumn"):
        answer["startColumn"] = rect.left
    if below(mask, "rowData") is not None:
        cells = below(mask, "rowData", "values")
        rows = _rows(book, sheet, rect, {} if cells is None else cells)
        if rows:
            answer["rowData"] = project(rows, {"values": _deeper(cells)} if cells else mask.get("rowData", {}))
    if below(mask, "rowMetadata") is not None:
        lines = _lines(book, sheet, "ROWS", range(rect.top, rect.bottom))
        answer["rowMetadata"] = project(lines, mask.get("rowMetadata", {}))
    if below(mask, "columnMetadata") is not None:
        lines = _lines(book, sheet, "COLUMNS", range(rect.left, rect.right))
        answer["columnMetadata"] = project(lines, mask.get("columnMetadata", {}))
    return answer


def _deeper(mask: Mask) -> Mask:
    """The mask of a cell where it goes below the cell's own fields, which are chosen already; else everything."""
    return mask if any(mask.values()) else {}


def _lines(book: Book, sheet: Sheet, dimension: str, places: range) -> list[Json]:
    """Return the DimensionProperties of rows or columns."""
    is_rows = dimension == "ROWS"
    kept = sheet.row_properties if is_rows else sheet.column_properties
    usual = {"pixelSize": ROW_PIXELS if is_rows else COLUMN_PIXELS}
    tags: dict[int, list[Json]] = {}
    for entry in book.metadata:
        span = entry["location"].get("dimensionRange") or {}
        if (span.get("sheetId") or 0) == sheet.id and span.get("dimension") == dimension:
            tags.setdefault(span.get("startIndex") or 0, []).append(tidy(entry))
    lines = []
    for place in places:
        line = usual | {name: value for name, value in kept.get(place, {}).items() if value}
        lines.append(line | {"developerMetadata": tags[place]} if place in tags else line)
    return lines


def _rows(book: Book, sheet: Sheet, rect: Rect, mask: Mask) -> list[Json]:
    """Return RowData for each row to the last that holds anything."""
    results = results_of(book) if _needs_results(mask) else {}
    ways = ways_of(book.properties.get("locale", "en_US"))
    only_entered = set(mask) == {"userEnteredValue"}
    filled: dict[int, dict[int, Json]] = {}
    for row, kept in sheet.cells.lines(*rect):
        line = filled[row - rect.top] = {}
        for column, stored in kept:
            if only_entered:
                value = extended(entered_of(stored))
                line[column - rect.left] = {} if value is None else {"userEnteredValue": value}
            else:
                place = (sheet.id, row, column)
                line[column - rect.left] = cell_data(unpacked(stored), place, results, ways, mask)
    for place in results:
        row, column = place[1] - rect.top, place[2] - rect.left
        inside = place[0] == sheet.id and rect.top <= place[1] < rect.bottom and rect.left <= place[2] < rect.right
        if inside and column not in filled.get(row, ()):
            filled.setdefault(row, {})[column] = cell_data(EMPTY, place, results, ways, mask)
    rows: list[Json] = []
    for row in range(max(filled, default=-1) + 1):
        line = filled.get(row, {})
        rows.append({"values": [line.get(column, {}) for column in range(max(line) + 1)]} if line else {})
    return rows


def _needs_results(mask: Mask) -> bool:
    return not mask or not {"effectiveValue", "formattedValue", "effectiveFormat"}.isdisjoint(mask)


def cell_data(cell: Cell, place: Place, results: Mapping[Place, Result], ways: Ways, mask: Mask) -> Json:
    """Return CellData, as much of it as ``mask`` names."""
    answer: Json = {}
    value = shown(cell, place, results)
    if cell.entered is not None and _wanted(mask, "userEnteredValue"):
        answer["userEnteredValue"] = extended(cell.entered)
    if value is not None and _wanted(mask, "effectiveValue"):
        answer["effectiveValue"] = extended(value)
    if value is not None and _wanted(mask, "formattedValue"):
        answer["formattedValue"] = display(value, cell.format, ways)
    if cell.format and _wanted(mask, "userEnteredFormat"):
        answer["userEnteredFormat"] = cell.format
    if (value is not None or cell.format) and _wanted(mask, "effectiveFormat"):
        answer["effectiveFormat"] = effective_format(cell.format)
    for name, attribute in PARTS.items():
        part = getattr(cell, attribute)
        if part and _wanted(mask, name):
            answer[name] = part
    return answer


def _wanted(mask: Mask, name: str) -> bool:
    return not mask or name in mask


def effective_format(cell_format: Json | None) -> Json:
    """Return the default format with what was entered laid over it."""
    return _laid_over(DEFAULT_FORMAT, cell_format or {})


def _laid_over(under: Json, over: Json) -> Json:
    result: dict[str, Any] = dict(under)
    for name, value in over.items():
        both = isinstance(value, dict) and isinstance(result.get(name), dict) and "olor" not in name
        result[name] = _laid_over(result[name], value) if both else value
    return result
