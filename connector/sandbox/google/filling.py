"""Cells filled on from those beside them: autoFill."""

from __future__ import annotations

from itertools import pairwise

from connector.sandbox.google.a1 import Rect, rect_of
from connector.sandbox.google.areas import Area, Axis
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.grid import Cell, Json
from connector.sandbox.google.pasting import shifted
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import axis_of, length


@change("autoFill")
def auto_fill(book: Book, request: Json) -> None:
    """Fill on: two numbers or more that rise by one step go on so; everything else is repeated, formulas as copies."""
    if "sourceAndDestination" in request:
        part = request["sourceAndDestination"]
        sheet, rect = rect_of(book, part.get("source", {}))
        axis, count = axis_of(part), int(part.get("fillLength") or 0)
    else:
        sheet, rect, axis, count = _detected(*rect_of(book, request.get("range", {})))
    top, left, bottom, right = rect
    source = Area(sheet.id, top, bottom, left, right)
    start, end = source.along(axis)
    if (end or 0) + max(0, count) > length(sheet, axis) or (start or 0) + min(0, count) < 0:
        raise invalid("The range to fill is outside of the grid.")
    check_cells(book, source.with_span(axis, ((start or 0) + min(0, count), (end or 0) + max(0, count))))
    for across in range(*((left, right) if axis == "ROWS" else (top, bottom))):
        _fill(sheet, axis, (start or 0, end or 0), across, count)


def _detected(sheet: Sheet, rect: Rect) -> tuple[Sheet, Rect, Axis, int]:
    """The part of a range that holds anything, and how far to fill from there."""
    top, left, bottom, right = rect
    places = [(row, column) for row, column, cell in sheet.cells.cells(top, left, bottom, right) if cell.entered]
    if not places:
        return sheet, rect, "ROWS", 0
    last_row, last_column = max(row for row, _ in places) + 1, max(column for _, column in places) + 1
    if last_row < bottom:
        return sheet, Rect(top, left, last_row, right), "ROWS", bottom - last_row
    return sheet, Rect(top, left, bottom, last_column), "COLUMNS", right - last_column


def _fill(sheet: Sheet, axis: Axis, span: tuple[int, int], across: int, count: int) -> None:
    """Fill one column downwards or upwards, or one row."""
    start, end = span
    cells = [_get(sheet, axis, place, across) for place in range(start, end)]
    step = _step(cells)
    for offset in range(1, abs(count) + 1):
        place = end - 1 + offset if count > 0 else start - offset
        model = start + (place - start) % (end - start)
        cell = cells[model - start]
        if step is not None:
            first = cells[0].entered
            assert isinstance(first, int | float)
            cell = cell._replace(entered=first + step * (place - start))
        else:
            cell = shifted(cell, place - model, 0) if axis == "ROWS" else shifted(cell, 0, place - model)
        row, column = (place, across) if axis == "ROWS" else (across, place)
        sheet.cells.put(row, column, cell)


def _step(cells: list[Cell]) -> float | None:
    """By how much numbers rise from one cell to the next; None where they are fewer than two, or no series."""
    numbers = [cell.entered for cell in cells if isinstance(cell.entered, int | float)]
    if len(numbers) < max(2, len(cells)) or any(isinstance(number, bool) for number in numbers):
        return None
    steps = {after - before for before, after in pairwise(numbers)}
    return steps.pop() if len(steps) == 1 else None


def _get(sheet: Sheet, axis: Axis, place: int, across: int) -> Cell:
    return sheet.cells.get(place, across) if axis == "ROWS" else sheet.cells.get(across, place)
