"""``values.append``: the table that is meant, and the rows below it."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.a1 import Rect
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.effects import results_of
from connector.sandbox.google.structure import insert as insert_lines
from connector.sandbox.google.structure import set_length
from connector.sandbox.google.writings import Written, write


def append_rows(
    book: Book, place: tuple[Sheet, Rect], rows: list[list[Any]], *, insert: bool, parsed: bool
) -> tuple[Rect | None, Written]:
    """Write rows below the last table within a range, or at the range's corner where no table is.

    Returns the table, None without one, and what was written. The grid grows as far as the rows need.
    """
    sheet, rect = place
    table = last_table(book, sheet, rect)
    top, left = (table.bottom, table.left) if table else (rect.top, rect.left)
    height, width = len(rows), max(map(len, rows), default=0)
    _make_room(book, sheet, Rect(top, left, top + height, left + width), insert=insert)
    target = Rect(top, left, top + max(height, 1), left + max(width, 1))
    return table, write(book, sheet, target, rows, parsed=parsed)


def _make_room(book: Book, sheet: Sheet, rect: Rect, *, insert: bool) -> None:
    if insert and rect.bottom > rect.top:
        _insert_rows(book, sheet, rect.top, rect.bottom - rect.top)
    if rect.bottom > sheet.row_count:
        set_length(book, sheet, "ROWS", rect.bottom)
    if rect.right > sheet.column_count:
        set_length(book, sheet, "COLUMNS", rect.right)


def _insert_rows(book: Book, sheet: Sheet, at: int, count: int) -> None:
    if at >= sheet.row_count:
        set_length(book, sheet, "ROWS", sheet.row_count + count)
    else:
        insert_lines(book, sheet, "ROWS", at, count)


def last_table(book: Book, sheet: Sheet, rect: Rect) -> Rect | None:
    """Return the last block of neighbouring cells that a range touches; None where the range is empty."""
    filled = _filled(book, sheet)
    touched = [place for place in filled if rect.top <= place[0] < rect.bottom and rect.left <= place[1] < rect.right]
    if not touched:
        return None
    return _block(filled, max(touched))


def _filled(book: Book, sheet: Sheet) -> set[tuple[int, int]]:
    places = {(row, column) for row, column, cell in sheet.cells.cells() if cell.entered is not None}
    return places | {place[1:] for place in results_of(book) if place[0] == sheet.id}


def _block(filled: set[tuple[int, int]], start: tuple[int, int]) -> Rect:
    """Grow a rectangle from one cell as long as a filled cell touches it, corners included."""
    rect = Rect(start[0], start[1], start[0] + 1, start[1] + 1)
    while True:
        near = Rect(rect.top - 1, rect.left - 1, rect.bottom + 1, rect.right + 1)
        touching = [place for place in _ring(near) if place in filled]
        if not touching:
            return rect
        rows, columns = [row for row, _ in touching], [column for _, column in touching]
        rect = Rect(
            min(rect.top, *rows), min(rect.left, *columns), max(rect.bottom, *(row + 1 for row in rows)),
            max(rect.right, *(column + 1 for column in columns)),
        )  # fmt: skip


def _ring(rect: Rect) -> list[tuple[int, int]]:
    """Return the places along the edge of a rectangle."""
    sides = [(row, column) for row in range(rect.top, rect.bottom) for column in (rect.left, rect.right - 1)]
    return sides + [(row, column) for column in range(rect.left, rect.right) for row in (rect.top, rect.bottom - 1)]
