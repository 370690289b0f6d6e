"""mergeCells and unmergeCells."""

from __future__ import annotations

from connector.sandbox.google.a1 import Rect, grid_range, reach_of, rect_of, within
from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.calculation import results
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.grid import Json
from connector.sandbox.google.pivots import pivot_results
from connector.sandbox.google.refusals import invalid

OF_A_PIVOT = "You can't merge cells that are part of a pivot table."
PARTLY = "You must select all cells in a merged range to merge or unmerge them."


@change("mergeCells")
def merge_cells(book: Book, request: Json) -> None:
    """Merge a range, or each of its rows or columns; merges within are swallowed, only the first value stays."""
    sheet, rect = rect_of(book, request.get("range") or {})
    check_cells(book, Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right))
    _check_frozen(sheet, rect)
    _check_pivots(book, sheet, rect)
    _unmerge(sheet, rect)
    for part in _parts(rect, request.get("mergeType", "MERGE_ALL")):
        if (part.bottom - part.top) * (part.right - part.left) > 1:
            sheet.merges.append(grid_range(sheet, part))
            _keep_first(sheet, part)


@change("unmergeCells")
def unmerge_cells(book: Book, request: Json) -> None:
    """Take the merges of a range apart."""
    sheet, rect = rect_of(book, request.get("range") or {})
    _unmerge(sheet, rect)


def _parts(rect: Rect, kind: str) -> list[Rect]:
    if kind == "MERGE_ROWS":
        return [Rect(row, rect.left, row + 1, rect.right) for row in range(rect.top, rect.bottom)]
    if kind == "MERGE_COLUMNS":
        return [Rect(rect.top, column, rect.bottom, column + 1) for column in range(rect.left, rect.right)]
    return [rect]


def _unmerge(sheet: Sheet, rect: Rect) -> None:
    kept = []
    for merge in sheet.merges:
        held = within(sheet, reach_of(merge))
        if not rect.meets(held):
            kept.append(merge)
        elif not rect.holds(held):
            raise invalid(PARTLY)
    sheet.merges = kept


def _keep_first(sheet: Sheet, rect: Rect) -> None:
    for row, column, _ in list(sheet.cells.cells(*rect)):
        if (row, column) != (rect.top, rect.left):
            sheet.cells.enter(row, column, None)


def _check_pivots(book: Book, sheet: Sheet, rect: Rect) -> None:
    """Raise Refused where a pivot table shows something within the range."""
    if not sheet.cells.pivots:
        return
    shown = ((row, column) for number, row, column in pivot_results(book, results(book)) if number == sheet.id)
    if any(rect.top <= row < rect.bottom and rect.left <= column < rect.right for row, column in shown):
        raise invalid(OF_A_PIVOT)


def _check_frozen(sheet: Sheet, rect: Rect) -> None:
    grid = sheet.properties["gridProperties"]
    for start, end, frozen, line in (
        (rect.top, rect.bottom, grid.get("frozenRowCount") or 0, "rows"),
        (rect.left, rect.right, grid.get("frozenColumnCount") or 0, "columns"),
    ):
        if start < frozen < end:
            raise invalid(f"You can't merge frozen and non-frozen {line}.")
