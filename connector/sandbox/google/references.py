"""References in formulas: A1, $B$2:C9, A2:A, 3:4, 'Other sheet'!A1."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from connector.sandbox.google.areas import Area

BROKEN = "#REF!"
PLAIN_TITLE = re.compile(r"[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*")
LOOKS_LIKE_CELL = re.compile(r"\$?[A-Za-z]{1,3}\$?\d+|[Rr]\d*[Cc]\d*|(?i:true|false)")
_TITLE = r"(?P<title>'(?:[^']|'')*'|[A-Za-z0-9_\u0080-\uffff][\w.]*)!"
_CORNERS = r"(?P<c1>\$?[A-Za-z]{1,3})?(?P<r1>\$?[1-9]\d*)?(?::(?P<c2>\$?[A-Za-z]{1,3})?(?P<r2>\$?[1-9]\d*)?)?"
_TOKEN = re.compile(
    rf"(?P<text>\"(?:[^\"]|\"\")*\")|(?<![\w.$#!'\[])(?:{_TITLE})?(?P<corners>{_CORNERS})(?![\w.(!$\[])|(?P<word>[\w.$]+)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Corner:
    """One corner of a reference; None where the reference is open on that side."""

    row: int | None
    column: int | None
    row_fixed: bool = False
    column_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference as it is written. ``title`` is None where it names no sheet; ``end`` is None for one cell."""

    title: str | None
    start: Corner
    end: Corner | None = None

    def area(self, sheet_id: int) -> Area:
        """Return the area it means on the sheet it names."""
        first, last = self.start, self.end
        if last is None:
            return Area(sheet_id, first.row, _past(first.row), first.column, _past(first.column))
        rows, columns = _span(first.row, last.row), _span(first.column, last.column)
        return Area(sheet_id, *rows, *columns)

    def moved_to(self, area: Area) -> Reference:
        """Return the reference, written as it was, that means another area of the same shape."""
        first, last = self.start, self.end
        start = Corner(area.top, area.left, first.row_fixed, first.column_fixed)
        if last is None:
            return Reference(self.title, start)
        bottom = None if area.bottom is None else area.bottom - 1
        right = None if area.right is None else area.right - 1
        return Reference(self.title, start, Corner(bottom, right, last.row_fixed, last.column_fixed))

    def shifted(self, rows: int, columns: int) -> Reference | None:
        """Return what a copy of it says that many rows down and columns to the right; None outside the sheet."""
        start = _shifted(self.start, rows, columns)
        end = None if self.end is None else _shifted(self.end, rows, columns)
        if start is None or (end is None and self.end is not None):
            return None
        return Reference(self.title, start, end)

    def __str__(self) -> str:
        title = "" if self.title is None else quoted(self.title) + "!"
        return title + _written(self.start) + ("" if self.end is None else ":" + _written(self.end))


Token = str | Reference


@lru_cache(maxsize=20_000)
def tokens(text: str) -> tuple[Token, ...]:
    """Return a formula in pieces: text that means no cells, and references. Joined they are the formula again, but
    for the way references are written (``a1`` is A1)."""
    pieces: list[Token] = []
    place = 0
    for match in _TOKEN.finditer(text):
        reference = _reference(match) if match["corners"] else None
        if reference is not None:
            pieces += [text[place : match.start()], reference]
            place = match.end()
    pieces.append(text[place:])
    return tuple(piece for piece in pieces if piece != "")


def quoted(title: str) -> str:
    """Return a sheet's title as it is written before ``!``."""
    if PLAIN_TITLE.fullmatch(title) and not LOOKS_LIKE_CELL.fullmatch(title):
        return title
    return "'" + title.replace("'", "''") + "'"


def column_name(column: int) -> str:
    """Return the letters of a column counted from 0."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def column_number(name: str) -> int:
    """Return the column, counted from 0, of its letters."""
    number = 0
    for letter in name.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def _reference(match: re.Match[str]) -> Reference | None:
    """The reference that a match writes; None for a lone column or row, which is a name or a number."""
    title = match["title"]
    if title is not None and title.startswith("'"):
        title = title[1:-1].replace("''", "'")
    start = _corner(match["c1"], match["r1"])
    if ":" not in match["corners"]:
        return None if start.row is None or start.column is None else Reference(title, start)
    end = _corner(match["c2"], match["r2"])
    if (start.row is None and start.column is None) or (end.row is None and end.column is None):
        return None
    return _in_order(title, start, end)


def _in_order(title: str | None, start: Corner, end: Corner) -> Reference | None:
    """The reference from its upper left to its lower right corner, as Google writes it; only its end may be open."""
    rows = _sides(start.row, start.row_fixed, end.row, end.row_fixed)
    columns = _sides(start.column, start.column_fixed, end.column, end.column_fixed)
    (top, top_fixed), (bottom, bottom_fixed) = rows
    (left, left_fixed), (right, right_fixed) = columns
    if (bottom is None and right is None) or (top is None and left is None):
        return None
    return Reference(title, Corner(top, left, top_fixed, left_fixed), Corner(bottom, right, bottom_fixed, right_fixed))


def _sides(
    first: int | None, first_fixed: bool, last: int | None, last_fixed: bool
) -> tuple[tuple[int | None, bool], tuple[int | None, bool]]:
    swapped = (first is None and last is not None) or (first is not None and last is not None and last < first)
    sides = (first, first_fixed), (last, last_fixed)
    return (sides[1], sides[0]) if swapped else sides


def _corner(column: str | None, row: str | None) -> Corner:
    return Corner(
        None if row is None else int(row.lstrip("$")) - 1,
        None if column is None else column_number(column.lstrip("$")),
        row is not None and row.startswith("$"),
        column is not None and column.startswith("$"),
    )


def _span(first: int | None, last: int | None) -> tuple[int | None, int | None]:
    return first, _past(last)


def _past(place: int | None) -> int | None:
    return None if place is None else place + 1


def _shifted(corner: Corner, rows: int, columns: int) -> Corner | None:
    row = corner.row if corner.row is None or corner.row_fixed else corner.row + rows
    column = corner.column if corner.column is None or corner.column_fixed else corner.column + columns
    if (row is not None and row < 0) or (column is not None and column < 0):
        return None
    return Corner(row, column, corner.row_fixed, corner.column_fixed)


def _written(corner: Corner) -> str:
    column = "" if corner.column is None else ("$" if corner.column_fixed else "") + column_name(corner.column)
    row = "" if corner.row is None else ("$" if corner.row_fixed else "") + str(corner.row + 1)
    return column + row
