"""Names of ranges: ``Sheet1!A1:B2``, ``'My sheet'!A:C``, ``R1C1:R2C2``, titles of sheets and named ranges."""

from __future__ import annotations

import re
from typing import NamedTuple

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.references import column_name, column_number, quoted
from connector.sandbox.google.refusals import invalid

CELL = re.compile(r"([A-Za-z]{1,3})?([1-9]\d*)?")
NUMBERED = re.compile(r"R([1-9]\d*)C([1-9]\d*)(?::R([1-9]\d*)C([1-9]\d*))?", re.IGNORECASE)


class Reach(NamedTuple):
    """Rows and columns from 0, ends exclusive; None is an open end."""

    top: int
    left: int
    bottom: int | None
    right: int | None


class Rect(NamedTuple):
    """A rectangle of a grid: rows and columns from 0, ends exclusive."""

    top: int
    left: int
    bottom: int
    right: int

    def meets(self, other: Rect) -> bool:
        """Return whether the two share a cell."""
        rows = self.top < other.bottom and other.top < self.bottom
        return rows and self.left < other.right and other.left < self.right

    def holds(self, other: Rect) -> bool:
        """Return whether the other lies wholly within."""
        rows = self.top <= other.top and other.bottom <= self.bottom
        return rows and self.left <= other.left and other.right <= self.right


def range_name(sheet: Sheet, rect: Rect) -> str:
    """Return the name of a rectangle with its sheet: ``Sheet1!A1:B2``; one cell is ``Sheet1!A1``."""
    first = f"{column_name(rect.left)}{rect.top + 1}"
    last = f"{column_name(rect.right - 1)}{rect.bottom}"
    return f"{quoted(sheet.title)}!{first if first == last else f'{first}:{last}'}"


def read_cells(text: str) -> Reach | None:
    """Return what ``A1:B2``, ``A:B``, ``3:4``, ``A5:A``, ``A1:1`` or ``R1C1:R2C2`` means; None where it is none."""
    numbered = NUMBERED.fullmatch(text)
    if numbered:
        row, column, last_row, last_column = (int(part) if part else None for part in numbered.groups())
        rows, columns = _span(_less(row), _less(last_row or row)), _span(_less(column), _less(last_column or column))
        return Reach(rows[0], columns[0], rows[1], columns[1])
    first, colon, last = text.partition(":")
    start, end = CELL.fullmatch(first), CELL.fullmatch(last if colon else first)
    if not first or not start or not end or (colon and not last):
        return None
    if not colon and not (start[1] and start[2]):
        return None
    columns = _span(*(column_number(part[1]) if part[1] else None for part in (start, end)))
    rows = _span(*(int(part[2]) - 1 if part[2] else None for part in (start, end)))
    return Reach(rows[0], columns[0], rows[1], columns[1])


def _less(number: int | None) -> int | None:
    return None if number is None else number - 1


def _span(first: int | None, last: int | None) -> tuple[int, int | None]:
    """Two ends, each from 0 and inclusive, as a start and an exclusive end that may be open."""
    if first is None or last is None:
        return (0, last + 1) if last is not None else (first or 0, None)
    return min(first, last), max(first, last) + 1


def find_range(book: Book, text: str) -> tuple[Sheet, Rect]:
    """Return the sheet and the rectangle that a name means; an end beyond the grid is drawn in.

    Raises Refused for what cannot be read, and for what starts beyond the grid.
    """
    sheet, reach = _find(book, text)
    if reach.top >= sheet.row_count or reach.left >= sheet.column_count:
        raise beyond_grid(sheet, reach)
    return sheet, within(sheet, reach)


def check_room(book: Book, text: str, height: int, width: int) -> None:
    """Raise Refused where a range that is written ends beyond the grid, and what is written would as well."""
    sheet, reach = _find(book, text)
    for start, end, count, size in (
        (reach.top, reach.bottom, height, sheet.row_count),
        (reach.left, reach.right, width, sheet.column_count),
    ):
        if end is not None and end > size and start + count > size:
            raise beyond_grid(sheet, reach)


def check_coordinate(sheet: Sheet, row: int, column: int) -> None:
    """Raise Refused, in the words of batchUpdate, for a GridCoordinate that is not on the grid."""
    for name, place, size, line in (
        ("rowIndex", row, sheet.row_count, "row"),
        ("columnIndex", column, sheet.column_count, "column"),
    ):
        if place >= size:
            raise invalid(f"GridCoordinate.{name}[{place}] is after last {line} in grid[{size - 1}]")


def within(sheet: Sheet, reach: Reach) -> Rect:
    """Return the part of a reach that lies on the grid."""
    bottom = sheet.row_count if reach.bottom is None else min(reach.bottom, sheet.row_count)
    right = sheet.column_count if reach.right is None else min(reach.right, sheet.column_count)
    return Rect(reach.top, reach.left, bottom, right)


def beyond_grid(sheet: Sheet, reach: Reach) -> Exception:
    """Return the refusal of a range that is not on the grid."""
    bottom, right = reach.bottom or sheet.row_count, reach.right or sheet.column_count
    rect = Rect(reach.top, reach.left, max(bottom, reach.top + 1), max(right, reach.left + 1))
    limits = f"Max rows: {sheet.row_count}, max columns: {sheet.column_count}"
    return invalid(f"Range ({range_name(sheet, rect)}) exceeds grid limits. {limits}")


def _find(book: Book, text: str) -> tuple[Sheet, Reach]:
    """Return what a name means. A name in quotes is a sheet's; any other is first looked for among named ranges, which
    belong to the spreadsheet, so the title of any sheet may stand before them."""
    title, mark, cells = text.rpartition("!")
    reach, sheet = read_cells(cells), book.sheet_titled(_unquoted(title)) if mark else None
    if reach is not None and not mark:
        return first_shown(book), reach
    if reach is not None and sheet is not None:
        return sheet, reach
    found = _named(book, text) or (_named(book, cells) if sheet is not None else None)
    whole = book.sheet_titled(_unquoted(text)) if found is None else None
    if found is not None:
        return found
    if whole is None:
        raise invalid(f"Unable to parse range: {text}")
    return whole, Reach(0, 0, None, None)


def _named(book: Book, name: str) -> tuple[Sheet, Reach] | None:
    for named in book.named_ranges:
        if named["name"].casefold() == name.casefold() and "range" in named:
            return book.sheet(named["range"].get("sheetId")), reach_of(named["range"])
    return None


def first_shown(book: Book) -> Sheet:
    """Return the sheet that a range without a title means: the first that is not hidden."""
    return next((sheet for sheet in book.sheets if not sheet.properties.get("hidden")), book.sheets[0])


def _unquoted(title: str) -> str:
    if len(title) > 1 and title.startswith("'") and title.endswith("'"):
        return title[1:-1].replace("''", "'")
    return title


def reach_of(grid_range: Json) -> Reach:
    """Return a GridRange as a reach."""
    return Reach(
        grid_range.get("startRowIndex") or 0,
        grid_range.get("startColumnIndex") or 0,
        grid_range.get("endRowIndex"),
        grid_range.get("endColumnIndex"),
    )


def grid_range(sheet: Sheet, rect: Rect) -> Json:
    """Return a rectangle as a GridRange."""
    return {
        "sheetId": sheet.id,
        "startRowIndex": rect.top,
        "endRowIndex": rect.bottom,
        "startColumnIndex": rect.left,
        "endColumnIndex": rect.right,
    }


def rect_of(book: Book, grid_range: Json) -> tuple[Sheet, Rect]:
    """Return the sheet and the rectangle of a GridRange; open ends reach to the end of the grid.

    Raises Refused, in the words of batchUpdate, for an unknown sheet and for a range that is not on the grid.
    """
    sheet = book.sheet(grid_range.get("sheetId"))
    reach = reach_of(grid_range)
    for name, place, size, line in (
        ("endRowIndex", reach.bottom, sheet.row_count, "row"),
        ("endColumnIndex", reach.right, sheet.column_count, "column"),
        ("startRowIndex", reach.top, sheet.row_count - 1, "row"),
        ("startColumnIndex", reach.left, sheet.column_count - 1, "column"),
    ):
        if place is not None and place > size:
            raise invalid(f"range.{name}[{place}] is after last {line} in grid[{size}]")
        if place is not None and place < 0:
            raise invalid(f"range.{name}[{place}] must not be negative")
    for start, end, line in ((reach.top, reach.bottom, "Row"), (reach.left, reach.right, "Column")):
        if end is not None and end <= start:
            raise invalid(f"range.end{line}Index[{end}] must be after range.start{line}Index[{start}]")
    return sheet, within(sheet, reach)
