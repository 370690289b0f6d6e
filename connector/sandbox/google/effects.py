"""What cells show: entered values, and what formulas and pivot tables came to."""

from __future__ import annotations

from collections.abc import Mapping

from connector.sandbox.google.book import Book, Place, Sheet
from connector.sandbox.google.grid import Cell, Formula, Result

NOTHING: Mapping[Place, Result] = {}


def results_of(book: Book) -> Mapping[Place, Result]:
    """Return what formulas and pivots came to, by place; calculated when somebody asks for the first time."""
    if book.results is None:
        if any(sheet.cells.formulas or sheet.cells.pivots for sheet in book.sheets):
            from connector.sandbox.google.calculation import calculate  # noqa: PLC0415 - the engine is heavy

            book.results = calculate(book)
        else:
            book.results = NOTHING
    return book.results


def shown(cell: Cell, place: Place, results: Mapping[Place, Result]) -> Result:
    """Return what one cell shows; None for nothing."""
    if place in results:
        return results[place]
    return None if isinstance(cell.entered, Formula) else cell.entered


def value_of(book: Book, sheet: Sheet, row: int, column: int) -> Result:
    """Return what the cell at a place shows."""
    return shown(sheet.cells.get(row, column), (sheet.id, row, column), results_of(book))
