"""The cells of one sheet: sparse, copied only where they are written, quick for plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter

from connector.sandbox.google.contents import (
    EMPTY,
    Cell,
    Entered,
    Error,
    Formula,
    Json,
    Line,
    Result,
    Scalar,
    Stored,
    entered_of,
    packed,
    unpacked,
)

__all__ = [
    "EMPTY",
    "Cell",
    "Entered",
    "Error",
    "Formula",
    "Grid",
    "Json",
    "Result",
    "Scalar",
    "Stored",
    "entered_of",
    "moved",
    "unpacked",
]

_first = itemgetter(0)
SPECIAL = frozenset({Cell, Formula})
"""Types of kept cells that are more than a value."""


class Grid:
    """Cells by row and column, both from 0. Knows no size: that is in the properties of the sheet."""

    __slots__ = ("_furnished", "_lines", "_mine", "_shared", "formulas", "pivots")

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}
        self._mine: set[int] = set()
        self._shared = False
        self.formulas: set[tuple[int, int]] = set()
        """Where formulas stand, so that nobody looks through a million figures for them. Only to be read."""
        self.pivots: set[tuple[int, int]] = set()
        """Where pivot tables begin. Only to be read."""
        self._furnished: set[tuple[int, int]] = set()

    def copy(self) -> Grid:
        """Return a twin; lines are shared until either of them writes."""
        twin = Grid()
        twin._lines = self._lines
        twin._shared = self._shared = True
        twin.formulas, twin.pivots, twin._furnished = set(self.formulas), set(self.pivots), set(self._furnished)
        self._mine = set()
        return twin

    # Reading

    def get(self, row: int, column: int) -> Cell:
        """Return the cell; the empty one where nothing is."""
        line = self._lines.get(row)
        return EMPTY if line is None else unpacked(line.get(column))

    def value(self, row: int, column: int) -> Entered:
        """Return what was entered."""
        line = self._lines.get(row)
        return None if line is None else entered_of(line.get(column))

    def line(self, row: int) -> dict[int, Entered]:
        """Return what was entered in a row, by column; only for reading."""
        line = self._lines.get(row, {})
        if Cell not in set(map(type, line.values())):
            return dict(line)  # type: ignore[arg-type]
        return {column: entered_of(stored) for column, stored in line.items()}

    def cells(
        self, top: int = 0, left: int = 0, bottom: int = 1 << 60, right: int = 1 << 60
    ) -> Iterator[tuple[int, int, Cell]]:
        """Yield row, column and cell of what is not empty within the rectangle (ends exclusive), by rows."""
        for row in self.rows(top, bottom):
            line = self._lines[row]
            for column in sorted(line):
                if left <= column < right:
                    yield row, column, unpacked(line[column])

    def lines(self, top: int, left: int, bottom: int, right: int) -> Iterator[tuple[int, list[tuple[int, Stored]]]]:
        """Yield each row that holds anything with its columns and what is kept there: a cell, or its value alone."""
        for row in self.rows(top, bottom):
            kept = sorted(self._lines[row].items(), key=_first)
            if kept and (kept[0][0] < left or kept[-1][0] >= right):
                kept = [pair for pair in kept if left <= pair[0] < right]
            if kept:
                yield row, kept

    def rows(self, top: int = 0, bottom: int = 1 << 60) -> list[int]:
        """Return the numbers of the rows that hold anything, in order."""
        if bottom - top < len(self._lines):
            return [row for row in range(top, bottom) if row in self._lines]
        return sorted(row for row in self._lines if top <= row < bottom)

    def furnished(self) -> Iterator[tuple[int, int, Cell]]:
        """Yield row, column and cell of those that have a validation or a pivot table: what may point at cells."""
        for row, column in sorted(self._furnished):
            yield row, column, self.get(row, column)

    # Writing

    def put(self, row: int, column: int, cell: Cell) -> None:
        """Put a cell; an empty one leaves nothing behind."""
        stored = packed(cell)
        if stored is None:
            self._remove(row, column)
        else:
            self._own(row)[column] = stored
            self._note(row, column, cell.entered)
            _mark(self.pivots, row, column, is_so=cell.pivot is not None)
            _mark(self._furnished, row, column, is_so=cell.pivot is not None or cell.validation is not None)

    def enter(self, row: int, column: int, value: Entered) -> None:
        """Put a value and leave format, note and the rest as they are; None empties."""
        line = self._lines.get(row)
        stored = None if line is None else line.get(column)
        if type(stored) is Cell:
            self.put(row, column, stored._replace(entered=value, runs=None, chips=None))
        elif value is None:
            self._remove(row, column)
        else:
            self._own(row)[column] = value
            self._note(row, column, value)

    def enter_line(self, row: int, column: int, values: Sequence[Entered]) -> None:
        """Put values side by side as :meth:`enter` does; None leaves its cell alone and ``""`` empties it."""
        line = self._lines.get(row, {})
        kinds = set(map(type, values))
        if not values:
            return
        if not kinds.isdisjoint(SPECIAL) or not SPECIAL.isdisjoint(map(type, line.values())):
            for place, value in enumerate(values, column):
                if value is not None:
                    self.enter(row, place, None if value == "" else value)
            return
        self._enter_plain(row, column, values, has_gaps=type(None) in kinds or "" in values)

    def _enter_plain(self, row: int, column: int, values: Sequence[Entered], *, has_gaps: bool) -> None:
        """Put plain values into a row of plain values, all at once."""
        if not has_gaps:
            self._own(row).update(enumerate(values, column))  # type: ignore[arg-type]
            return
        fresh = {place: value for place, value in enumerate(values, column) if value is not None}
        line = self._own(row)
        line.update(fresh)
        for place in [place for place, value in fresh.items() if value == ""]:
            del line[place]
        if not line:
            del self._lines[row]
            self._mine.discard(row)

    def clear(self, top: int, left: int, bottom: int, right: int) -> None:
        """Remove whole cells of the rectangle, formats and notes as well."""
        for row in self.rows(top, bottom):
            for column in [place for place in self._lines[row] if left <= place < right]:
                self._remove(row, column)

    def insert_rows(self, at: int, count: int) -> None:
        """Push the rows from ``at`` down; the new ones are empty."""
        self._renumber({row: row + count for row in self._lines if row >= at})

    def delete_rows(self, start: int, end: int) -> None:
        """Take rows away; those below move up."""
        self._renumber({row: row - (end - start) if row >= end else None for row in self._lines if row >= start})

    def move_rows(self, start: int, end: int, to: int) -> None:
        """Move rows ``start`` to ``end`` before the row that was ``to``."""
        self._renumber({row: moved(row, start, end, to) for row in self._lines})

    def insert_columns(self, at: int, count: int) -> None:
        """Push the columns from ``at`` to the right."""
        self._renumber_columns(lambda column: column + count if column >= at else column)

    def delete_columns(self, start: int, end: int) -> None:
        """Take columns away; those to the right move left."""
        size = end - start
        self._renumber_columns(lambda column: column if column < start else column - size if column >= end else None)

    def move_columns(self, start: int, end: int, to: int) -> None:
        """Move columns ``start`` to ``end`` before the column that was ``to``."""
        self._renumber_columns(lambda column: moved(column, start, end, to))

    # Within

    def _own(self, row: int) -> Line:
        if self._shared:
            self._lines, self._shared, self._mine = dict(self._lines), False, set()
        if row not in self._mine:
            self._lines[row] = dict(self._lines.get(row, ()))
            self._mine.add(row)
        return self._lines[row]

    def _remove(self, row: int, column: int) -> None:
        if column not in self._lines.get(row, ()):
            return
        line = self._own(row)
        del line[column]
        self.formulas.discard((row, column))
        self.pivots.discard((row, column))
        self._furnished.discard((row, column))
        if not line:
            del self._lines[row]
            self._mine.discard(row)

    def _note(self, row: int, column: int, value: Entered) -> None:
        if type(value) is Formula:
            self.formulas.add((row, column))
        elif self.formulas:
            self.formulas.discard((row, column))

    def _renumber(self, places: dict[int, int | None]) -> None:
        lines: dict[int, Line] = {}
        for row, line in self._lines.items():
            place = places.get(row, row)
            if place is not None:
                lines[place] = line
        self._lines, self._shared, self._mine = lines, False, set()
        self._renumber_marks(lambda row, column: (places.get(row, row), column))

    def _renumber_columns(self, place: Callable[[int], int | None]) -> None:
        lines: dict[int, Line] = {}
        for row, line in self._lines.items():
            pairs = ((place(column), stored) for column, stored in line.items())
            kept = {column: stored for column, stored in pairs if column is not None}
            if kept:
                lines[row] = kept
        self._lines, self._shared, self._mine = lines, False, set(lines)
        self._renumber_marks(lambda row, column: (row, place(column)))

    def _renumber_marks(self, place: Callable[[int, int], tuple[int | None, int | None]]) -> None:
        for marks in (self.formulas, self.pivots, self._furnished):
            shifted = [place(row, column) for row, column in marks]
            marks.clear()
            marks.update((row, column) for row, column in shifted if row is not None and column is not None)


def _mark(marks: set[tuple[int, int]], row: int, column: int, *, is_so: bool) -> None:
    if is_so:
        marks.add((row, column))
    elif marks:
        marks.discard((row, column))


def moved(place: int, start: int, end: int, to: int) -> int:
    """Return where a row or column stands after ``start`` to ``end`` were moved before what was ``to``."""
    size = end - start
    if start <= place < end:
        return place - start + (to if to <= start else to - size)
    if end <= place < to:
        return place - size
    if to <= place < start:
        return place + size
    return place
