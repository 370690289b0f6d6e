"""Values as the ``values`` calls give them: by rows or columns, rendered, empty ends cut off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from connector.sandbox.google.a1 import Rect, range_name
from connector.sandbox.google.book import Book, Place, Sheet
from connector.sandbox.google.cells import number
from connector.sandbox.google.display import display, shows_dates
from connector.sandbox.google.effects import results_of, shown
from connector.sandbox.google.grid import EMPTY, Cell, Formula, Json, Result, unpacked
from connector.sandbox.google.locales import Ways, ways_of

Lines = dict[int, dict[int, Any]]


@dataclass(frozen=True, slots=True)
class Rendering:
    """How values are asked for: valueRenderOption, dateTimeRenderOption, majorDimension."""

    values: str = "FORMATTED_VALUE"
    dates: str = "SERIAL_NUMBER"
    major: str = "ROWS"

    @classmethod
    def of(cls, values: str | None, dates: str | None, major: str | None = None) -> Rendering:
        """Return the rendering with Google's defaults for what is not said."""
        by_columns = major == "COLUMNS"
        return cls(values or "FORMATTED_VALUE", dates or "SERIAL_NUMBER", "COLUMNS" if by_columns else "ROWS")


def value_range(book: Book, sheet: Sheet, rect: Rect, rendering: Rendering) -> Json:
    """Return a ValueRange; ``values`` is absent where nothing is."""
    is_empty = rect.top >= rect.bottom or rect.left >= rect.right
    answer: Json = {"range": "#REF!" if is_empty else range_name(sheet, rect), "majorDimension": rendering.major}
    filled = _filled_cells(book, sheet, rect, rendering)
    if filled:
        answer["values"] = _lines(filled if rendering.major == "ROWS" else _turned(filled))
    return answer


def rendered(book: Book, sheet: Sheet, rect: Rect, rendering: Rendering) -> list[list[Any]]:
    """Return rows of values, cut off after the last that is not empty; a gap is an empty text."""
    return _lines(_filled_cells(book, sheet, rect, rendering))


def _filled_cells(book: Book, sheet: Sheet, rect: Rect, rendering: Rendering) -> Lines:
    """Return what is not empty, by row and column counted from the corner of the rectangle."""
    show, ways, results = WRITERS[rendering.values], _ways(book), results_of(book)
    as_text = rendering.values == "FORMATTED_VALUE"
    filled: Lines = {}
    for row, kept in sheet.cells.lines(*rect):
        line: dict[int, Any] = {}
        for column, stored in kept:  # there can be millions: plain values are not made cells
            if isinstance(stored, str):
                line[column - rect.left] = stored
            elif isinstance(stored, (int, float)):
                line[column - rect.left] = display(stored, None, ways) if as_text else number(stored)
            else:
                cell = unpacked(stored)
                value = show(cell, shown(cell, (sheet.id, row, column), results), rendering, ways)
                if value is not None:
                    line[column - rect.left] = value
        if line:
            filled[row - rect.top] = line
    _add_spilled(filled, book, sheet, rect, rendering)
    return filled


def _add_spilled(filled: Lines, book: Book, sheet: Sheet, rect: Rect, rendering: Rendering) -> None:
    """Add what formulas and pivots show in cells that hold nothing of their own."""
    for place, result in results_of(book).items():
        if place[0] == sheet.id and _inside(rect, place) and result is not None:
            line = filled.setdefault(place[1] - rect.top, {})
            if place[2] - rect.left not in line:
                line[place[2] - rect.left] = WRITERS[rendering.values](EMPTY, result, rendering, _ways(book))


def _ways(book: Book) -> Ways:
    return ways_of(book.properties.get("locale", "en_US"))


def _inside(rect: Rect, place: Place) -> bool:
    return rect.top <= place[1] < rect.bottom and rect.left <= place[2] < rect.right


def _turned(filled: Lines) -> Lines:
    turned: Lines = {}
    for row, line in filled.items():
        for column, value in line.items():
            turned.setdefault(column, {})[row] = value
    return turned


def _lines(filled: Lines) -> list[list[Any]]:
    return [_line(filled.get(number, {})) for number in range(max(filled, default=-1) + 1)]


def _line(line: dict[int, Any]) -> list[Any]:
    return [line.get(place, "") for place in range(max(line, default=-1) + 1)]


Write = Callable[[Cell, Result, Rendering, Ways], Any]
"""Turns a cell and what it shows into the JSON that was asked for; None for an empty cell."""


def _formatted(cell: Cell, value: Result, _: Rendering, ways: Ways) -> Any:
    return None if value is None else display(value, cell.format, ways)


def _unformatted(cell: Cell, value: Result, rendering: Rendering, ways: Ways) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if rendering.dates == "FORMATTED_STRING" and shows_dates(cell.format, ways):
            return display(value, cell.format, ways)
        return number(value)
    return value if value is None or isinstance(value, (str, bool)) else display(value, None, ways)


def _formula(cell: Cell, value: Result, rendering: Rendering, ways: Ways) -> Any:
    if isinstance(cell.entered, Formula):
        return cell.entered.text
    return _unformatted(cell, value, rendering, ways)


WRITERS: dict[str, Write] = {
    "FORMATTED_VALUE": _formatted,
    "UNFORMATTED_VALUE": _unformatted,
    "FORMULA": _formula,
}
