"""Rows sorted, and rows that say the same again removed."""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.google.a1 import Rect, range_name, reach_of, rect_of, within
from connector.sandbox.google.areas import Area
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
    """Sort the rows of a range. Whole cells move, and the developer metadata of the rows; formulas read as copies to
    their new rows do. Blanks come last."""
    sheet, (top, left, bottom, right) = rect_of(book, _on_grid(book, request.get("range", {})))
    specs = list(request.get("sortSpecs", ()))
    _check_merges(sheet, Rect(top, left, bottom, right))
    check_cells(book, Area(sheet.id, top, bottom, left, right))
    known = results(book)
    rows = _rows(sheet, top, left, bottom, right)
    for spec in reversed(specs):
        column = int(spec.get("dimensionIndex") or 0)
        if not left <= column < right:
            raise invalid(f"sortSpecs dimensionIndex[{column}] must be within the range.")
        rows = _sorted(sheet, rows, column, spec.get("sortOrder") == "DESCENDING", known)
    _write(sheet, rows, Area(sheet.id, top, bottom, left, right))
    _move_metadata(book, sheet, {before: row for row, (before, _cells) in enumerate(rows, top)})


def _on_grid(book: Book, part: Json) -> Json:
    """Return the part of a range that is on the grid: only its start has to be. Raises Refused."""
    sheet = book.sheet(part.get("sheetId"))
    kept = dict(part)
    for line, size in (("Row", sheet.row_count), ("Column", sheet.column_count)):
        if (part.get(f"start{line}Index") or 0) >= size:
            raise invalid(f"range.start{line}Index is larger than current grid size ({size})")
        if part.get(f"end{line}Index") is not None:
            kept[f"end{line}Index"] = min(part[f"end{line}Index"], size)
    return kept


def _check_merges(sheet: Sheet, rect: Rect) -> None:
    """Raise Refused where a merge within the range is more than one row high."""
    for merge in (within(sheet, reach_of(one)) for one in sheet.merges):
        if merge.meets(rect) and merge.bottom - merge.top > 1:
            place = range_name(sheet, merge).rpartition("!")[2]
            raise invalid(f"You can't sort a range containing vertical merges. There is a vertical merge at {place}")


def _move_metadata(book: Book, sheet: Sheet, places: Mapping[int, int]) -> None:
    """Let developer metadata of rows go with what stood there; ``places`` are the rows by where they stood."""
    for entry in book.metadata:
        part = entry["location"].get("dimensionRange")
        if part is not None and part["dimension"] == "ROWS" and part["sheetId"] == sheet.id:
            row = places.get(part["startIndex"], part["startIndex"])
            part |= {"startIndex": row, "endIndex": row + 1}


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
