"""Values as the ``values`` calls put them: RAW or as if a person typed them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.google.a1 import Rect, range_name
from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.cells import MOST_CHARACTERS, TOO_LONG
from connector.sandbox.google.changes import check_cells
from connector.sandbox.google.entry import typed
from connector.sandbox.google.grid import Json
from connector.sandbox.google.locales import Ways, ways_of
from connector.sandbox.google.references import column_name
from connector.sandbox.google.refusals import invalid

SCALARS = {str, bool, int, float, type(None)}


@dataclass
class Written:
    """What one write came to: where, and how many rows, columns and cells got a value."""

    sheet: Sheet
    rect: Rect
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    cells: int = 0

    def body(self, book_id: str) -> Json:
        """Return the UpdateValuesResponse; counters are absent where nothing was written."""
        counts = {"updatedRows": len(self.rows), "updatedColumns": len(self.columns), "updatedCells": self.cells}
        answer: Json = {"spreadsheetId": book_id, "updatedRange": range_name(self.sheet, self.rect)}
        return answer | {name: count for name, count in counts.items() if count}


def check_option(option: str | None) -> bool:
    """Return whether values are parsed. Raises Refused where nobody said."""
    if option not in ("RAW", "USER_ENTERED"):
        raise invalid("'valueInputOption' is required but not specified")
    return option == "USER_ENTERED"


def rows_of(values: Any, major: str | None) -> list[list[Any]]:
    """Return lists of values as rows."""
    lists = values or []
    if major != "COLUMNS":
        return list(lists)
    height = max(map(len, lists), default=0)
    return [[column[row] if row < len(column) else None for column in lists] for row in range(height)]


def write(book: Book, sheet: Sheet, rect: Rect, rows: list[list[Any]], *, parsed: bool) -> Written:
    """Write rows from the rectangle's corner on; null leaves a cell alone. A single cell is only a corner.

    Raises Refused for more rows or columns than the rectangle or the grid has, and for what cannot be in a cell.
    """
    height, width = len(rows), max(map(len, rows), default=0)
    is_corner = rect.bottom - rect.top == 1 and rect.right - rect.left == 1
    if is_corner:
        rect = Rect(rect.top, rect.left, max(rect.top + height, rect.bottom), max(rect.left + width, rect.right))
        _check_grid(sheet, rect)
    else:
        _check_size(sheet, rect, height, width)
    reached = Rect(rect.top, rect.left, rect.top + (height or 1), rect.left + (width or 1))
    written = Written(sheet, reached if width else rect)
    check_cells(book, area(sheet, reached))
    ways = ways_of(book.properties.get("locale", "en_US")) if parsed else None
    for place, row in enumerate(rows):
        _write_row(written, rect.top + place, rect.left, row, ways)
    return written


def area(sheet: Sheet, rect: Rect) -> Area:
    """Return a rectangle of a sheet as an area."""
    return Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right)


def _check_grid(sheet: Sheet, rect: Rect) -> None:
    if rect.bottom > sheet.row_count or rect.right > sheet.column_count:
        limits = f"Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
        raise invalid(f"Range ({range_name(sheet, rect)}) exceeds grid limits. {limits}")


def _check_size(sheet: Sheet, rect: Rect, height: int, width: int) -> None:
    named = range_name(sheet, rect)
    if rect.top + height > rect.bottom:
        raise invalid(f"Requested writing within range [{named}], but tried writing to row [{rect.bottom + 1}]")
    if rect.left + width > rect.right:
        column = column_name(rect.right)
        raise invalid(f"Requested writing within range [{named}], but tried writing to column [{column}]")


def _write_row(written: Written, row: int, left: int, values: list[Any], ways: Ways | None) -> None:
    _check_values(row - written.rect.top, values)
    places = range(len(values)) if None not in values else [at for at, value in enumerate(values) if value is not None]
    if not places:
        return
    written.rows.add(row)
    written.columns.update(places)
    written.cells += len(places)
    if ways is None:
        written.sheet.cells.enter_line(row, left, values)
    else:
        _type_row(written.sheet, row, left, values, ways)


def _check_values(row: int, values: list[Any]) -> None:
    """Raise Refused for what cannot be in a cell; a million of them pass here, so types are looked at together."""
    kinds = set(map(type, values))
    if not kinds <= SCALARS:
        place = next(at for at, value in enumerate(values) if type(value) not in SCALARS)
        raise invalid(f"Invalid values[{row}][{place}]: {_kind(values[place])}")
    if str in kinds and max(len(value) for value in values if type(value) is str) > MOST_CHARACTERS:
        raise invalid(TOO_LONG)


def _kind(value: Any) -> str:
    return "list_value {\n}\n" if isinstance(value, list) else "struct_value {\n}\n"


def _type_row(sheet: Sheet, row: int, left: int, values: list[Any], ways: Ways) -> None:
    for column, value in enumerate(values, left):
        if value is not None:
            cell = sheet.cells.get(row, column)
            sheet.cells.put(row, column, typed(cell, value, ways))


Find = Callable[[str], tuple[Sheet, Rect]]


def clear_values(book: Book, sheet: Sheet, rect: Rect) -> None:
    """Take the values out of a rectangle; formats, notes and the rest stay."""
    check_cells(book, area(sheet, rect))
    for row, column in _places(sheet, rect):
        sheet.cells.enter(row, column, None)


def _places(sheet: Sheet, rect: Rect) -> Iterator[tuple[int, int]]:
    yield from [(row, column) for row, column, _ in sheet.cells.cells(*rect)]
