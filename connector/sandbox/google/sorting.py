"""Rows sorted, and rows that say the same again removed."""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import Area, area_of
from connector.sandbox.google.book import Book, Place, Sheet
from connector.sandbox.google.calculation import results
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.grid import Cell, Error, Formula, Json, Result
from connector.sandbox.google.orders import rank
from connector.sandbox.google.pasting import shifted
from connector.sandbox.google.refusals import invalid

Rows = list[tuple[int, dict[int, Cell]]]
"""Rows with where they stood: their cells by column."""


@change("sortRange")
def sort_range(book: Book, request: Json) -> None:
    """Sort the rows of a range. Whole cells move; formulas read as copies to their new rows do. Blanks come last."""
    sheet, (top, left, bottom, right) = rect_of(book, request.get("range", {}))
    specs = list(request.get("sortSpecs", ()))
    for merge in map(area_of, sheet.merges):
        if Area(sheet.id, top, bottom, left, right).meets(merge):
            raise invalid("You can't sort a range that contains merged cells.")
    check_cells(book, Area(sheet.id, top, bottom, left, right))
    known = results(book)
    rows = _rows(sheet, top, left, bottom, right)
    for spec in reversed(specs):
        column = int(spec.get("dimensionIndex") or 0)
        if not left <= column < right:
            raise invalid(f"sortSpecs dimensionIndex[{column}] must be within the range.")
        rows = _sorted(sheet, rows, column, spec.get("sortOrder") == "DESCENDING", known)
    _write(sheet, rows, Area(sheet.id, top, bottom, left, right))


def _rows(sheet: Sheet, top: int, left: int, bottom: int, right: int) -> Rows:
    rows: Rows = [(row, {}) for row in range(top, bottom)]
    for row, column, cell in sheet.cells.cells(top, left, bottom, right):
        rows[row - top][1][column] = cell
    return rows


def _write(sheet: Sheet, rows: Rows, area: Area) -> None:
    """Put rows in the place of those that were there."""
    top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
    sheet.cells.clear(top, left, bottom, right)
    for row, (before, cells) in enumerate(rows, top):
        for column, cell in cells.items():
            sheet.cells.put(row, column, shifted(cell, row - before, 0))


def _sorted(sheet: Sheet, rows: Rows, column: int, falling: bool, known: Mapping[Place, Result]) -> Rows:
    values = {row: shown(sheet, row, column, known) for row, _cells in rows}
    filled = [entry for entry in rows if values[entry[0]] not in {None, ""}]
    blank = [entry for entry in rows if values[entry[0]] in {None, ""}]
    return sorted(filled, key=lambda entry: rank(values[entry[0]]), reverse=falling) + blank


def shown(sheet: Sheet, row: int, column: int, known: Mapping[Place, Result]) -> Result:
    """Return what a cell comes to."""
    entered = sheet.cells.value(row, column)
    if entered is None or isinstance(entered, Formula):
        return known.get((sheet.id, row, column))
    return entered


@change("deleteDuplicates")
def delete_duplicates(book: Book, request: Json) -> Json:
    """Remove rows of a range that repeat an earlier one; those below move up within the range."""
    sheet, (top, left, bottom, right) = rect_of(book, request.get("range", {}))
    check_cells(book, Area(sheet.id, top, bottom, left, right))
    compared = _compared(request, left, right)
    known, seen, kept = results(book), set(), []
    for row, cells in _rows(sheet, top, left, bottom, right):
        key = tuple(_folded(shown(sheet, row, column, known)) for column in compared)
        if key not in seen:
            seen.add(key)
            kept.append((row, cells))
    _write(sheet, kept, Area(sheet.id, top, bottom, left, right))
    return {"duplicatesRemovedCount": bottom - top - len(kept)}


def _compared(request: Json, left: int, right: int) -> list[int]:
    columns: set[int] = set()
    for span in request.get("comparisonColumns", ()):
        start, end = span.get("startIndex") or 0, span.get("endIndex")
        columns |= set(range(max(left, start), right if end is None else min(right, end)))
    return sorted(columns) or list(range(left, right))


def _folded(value: Result) -> Result:
    return value.casefold() if isinstance(value, str) and not isinstance(value, Error) else value
