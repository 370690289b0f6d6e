"""Blocks of cells inserted or deleted, so that the others of their columns or rows move: insertRange, deleteRange."""

from __future__ import annotations

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import Area, Axis, area_of
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.edits import BandEdit, Deleted, Inserted, Line
from connector.sandbox.google.following import follow
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import axis_of, length, set_length


@change("insertRange")
def insert_range(book: Book, request: Json) -> None:
    """Insert empty cells; those below (or to the right) make room, and the sheet grows where full cells need it."""
    sheet, axis, area = _read(book, request)
    start, end = area.along(axis)
    line = Inserted(start or 0, (end or 0) - (start or 0))
    _move(book, sheet, axis, area, line)
    end = _end(sheet, axis)
    if end > length(sheet, axis):
        set_length(book, sheet, axis, end)


@change("deleteRange")
def delete_range(book: Book, request: Json) -> None:
    """Delete cells; those below (or to the right) close the gap."""
    sheet, axis, area = _read(book, request)
    start, end = area.along(axis)
    _move(book, sheet, axis, area, Deleted(start or 0, end or 0))


def _end(sheet: Sheet, axis: Axis) -> int:
    """Where the last cell, merge, banding or table ends."""
    ends = [(row if axis == "ROWS" else column) + 1 for row, column, _cell in sheet.cells.cells()]
    parts = [*sheet.merges, *(part["range"] for part in sheet.banded_ranges + sheet.tables)]
    ends += [area_of(part).along(axis)[1] or 0 for part in parts]
    return max(ends, default=0)


def _read(book: Book, request: Json) -> tuple[Sheet, Axis, Area]:
    sheet, (top, left, bottom, right) = rect_of(book, request.get("range", {}))
    return sheet, axis_of(request, "shiftDimension"), Area(sheet.id, top, bottom, left, right)


def _move(book: Book, sheet: Sheet, axis: Axis, area: Area, line: Line) -> None:
    """Move the cells of the band from the start of the area on."""
    down = axis == "ROWS"
    band = area.columns if down else area.rows
    start = area.along(axis)[0] or 0
    moving = area.with_span(axis, (start, None))
    check_cells(book, moving)
    for merge in map(area_of, sheet.merges):
        if moving.meets(merge) and not moving.holds(merge):
            raise invalid("You can't insert or delete cells over a merge.")
    follow(book, BandEdit(sheet.id, axis, line, band))
    top, left, bottom, right = moving.closed(1 << 60, 1 << 60)
    cells = list(sheet.cells.cells(top, left, bottom, right))
    sheet.cells.clear(top, left, bottom, right)
    for row, column, cell in cells:
        place = line.place(row if down else column)
        if place is not None:
            sheet.cells.put(place if down else row, column if down else place, cell)
