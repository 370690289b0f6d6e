"""The sheets as they stand: where our columns and rows are now, and what their cells hold.

The picture is changed along with the requests that are planned: rows that will be inserted are inserted here, so later
requests of the same batch are made for the places that things will have by then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.deliver.sheets.cells import Held
from connector.deliver.sheets.metadata import Dimension, Line, RegionRecord, ReportRecord, RowMark, Slot, TabRecord

Body = dict[str, Any]
Mark = Slot | RowMark


@dataclass(slots=True)
class Sheet:
    """One sheet. Rows and columns are counted from 0. ``cells`` are those that were read: columns of values by row,
    shorter where the rest is empty. ``numbers`` are the metadata ids of marks that Google knows."""

    id: int
    title: str = ""
    rows: int = 0
    columns: int = 0
    slots: dict[Slot, int] = field(default_factory=dict)
    marks: dict[RowMark, int] = field(default_factory=dict)
    numbers: dict[Mark, int] = field(default_factory=dict)
    cells: dict[int, list[Held]] = field(default_factory=dict)
    charts: set[int] = field(default_factory=set)
    is_new: bool = False
    astray: set[RowMark] = field(default_factory=set)
    """Rows of heads that a person has moved away from their region."""
    inserted: set[int] = field(default_factory=set)
    """Rows that are inserted by what is planned."""
    guards: dict[int, Line] = field(default_factory=dict)
    """Rows and columns of the guards, by metadata id."""
    is_guarded: bool = True

    def places(self) -> dict[Mark, int]:
        """Return the row or column of every mark."""
        return dict([*self.slots.items(), *self.marks.items()])

    def held(self, row: int, column: int) -> Held:
        """Return what a cell holds."""
        values = self.cells.get(column, ())
        return values[row] if row < len(values) else None

    def standing(self) -> Standing:
        """Return where the guards stand, and how large the sheet is, before anything is planned."""
        return Standing(dict(self.guards), self.rows, self.columns)

    def insert(self, dimension: Dimension, at: int, count: int) -> Body:
        """Insert rows or columns before ``at``, in the picture and in the request that is returned.

        Google makes ranges longer only when rows are inserted inside of them, never at an end.
        """
        self.guards = {
            number: (axis, index + count * (axis == dimension and index >= at))
            for number, (axis, index) in self.guards.items()
        }
        if dimension == "ROWS":
            self.rows += count
            self.inserted = {row + count * (row >= at) for row in self.inserted} | set(range(at, at + count))
            self.marks = {mark: row + count * (row >= at) for mark, row in self.marks.items()}
            for values in self.cells.values():
                if len(values) > at:
                    values[at:at] = [None] * count
        else:
            self.columns += count
            self.slots = {slot: column + count * (column >= at) for slot, column in self.slots.items()}
            self.cells = {column + count * (column >= at): values for column, values in self.cells.items()}
        if at + count == (self.rows if dimension == "ROWS" else self.columns):
            return {"appendDimension": {"sheetId": self.id, "dimension": dimension, "length": count}}
        span = {"sheetId": self.id, "dimension": dimension, "startIndex": at, "endIndex": at + count}
        return {"insertDimension": {"range": span, "inheritFromBefore": at > 0}}

    def slots_of(self, tab: str) -> dict[int, int]:
        """Return the columns of a tab by slot number, in the order of the numbers."""
        found = {slot.number: column for slot, column in self.slots.items() if slot.tab == tab}
        return dict(sorted(found.items()))

    def extent(self, tab: str, region: str, known: RegionRecord) -> Extent | None:
        """Return the rows of a region; None when so many of its marks are gone that nobody can know them."""
        marks = {mark: row for mark, row in self.marks.items() if (mark.tab, mark.region) == (tab, region)}
        heads = {mark.row: row for mark, row in marks.items() if isinstance(mark.row, int)}
        above = [row for mark, row in marks.items() if isinstance(mark.row, int) and mark not in self.astray]
        edges: dict[str, int] = {mark.row: row for mark, row in marks.items() if isinstance(mark.row, str)}
        taken = {row for mark, row in self.marks.items() if mark.tab == tab and isinstance(mark.row, int)}
        rows = _body(above, edges, taken, known.rows)
        return None if rows is None else Extent(dict(sorted(heads.items())), rows, edges.get("end"))

    def follow(self, tab: str, regions: Iterable[str]) -> None:
        """Tell rows that a person has moved one by one from those that stand in their order.

        ``regions`` are a tab's from top to bottom. A row of a head is followed where it went, but nothing is measured
        by it; an edge of a body that went elsewhere no longer counts.
        """
        places = {region: place for place, region in enumerate(regions)}
        marks = [mark for mark in self.marks if mark.tab == tab and mark.region in places]
        marks.sort(key=lambda mark: (places[mark.region], _depth(mark)))
        pairs = [(number, self.marks[mark]) for number, mark in enumerate(marks)]
        kept = set(in_order(pairs, [2 if isinstance(mark.row, int) else 3 for mark in marks]))
        for number, mark in enumerate(marks):
            if (number, self.marks[mark]) in kept:
                continue
            if isinstance(mark.row, int):
                self.astray.add(mark)
            else:
                del self.marks[mark]


@dataclass(frozen=True, slots=True)
class Standing:
    """A sheet as it was read: its guards by metadata id, its rows and columns."""

    guards: dict[int, Line]
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class Extent:
    """The rows of a region: of its head by number (those that are still there), of its body, and the row after it."""

    heads: dict[int, int]
    body: tuple[int, ...]
    end: int | None

    @property
    def rows(self) -> list[int]:
        """All rows, from the top."""
        return sorted([*self.heads.values(), *self.body])

    @property
    def bottom(self) -> int:
        """The first row below the region and its end row."""
        return max([*self.rows, -1 if self.end is None else self.end]) + 1


def _depth(mark: RowMark) -> tuple[int, int]:
    """Where in a region a marked row stands."""
    return (0, mark.row) if isinstance(mark.row, int) else (1, ("first", "last", "end").index(mark.row))


def in_order(pairs: list[tuple[int, int]], weights: Sequence[int] = ()) -> list[tuple[int, int]]:
    """Return the heaviest part of the pairs whose second numbers never fall: what nobody has moved.

    Without weights it is a longest one. Edges of bodies weigh more than rows of heads: if either may have moved, it was
    the row of the head.
    """
    best: list[tuple[int, list[tuple[int, int]]]] = []
    for number, pair in enumerate(pairs):
        before: tuple[int, list[tuple[int, int]]] = (0, [])
        for other in best:
            if other[1][-1][1] <= pair[1] and other[0] > before[0]:
                before = other
        best.append((before[0] + (weights[number] if weights else 1), [*before[1], pair]))
    return max(best, key=lambda each: each[0], default=(0, []))[1]


def _body(heads: Sequence[int], edges: dict[str, int], taken: set[int], known: int) -> tuple[int, ...] | None:
    """Return the rows of a body, None when they cannot be known.

    From its first to its last row. Where those are fewer than there were (deleted, or the first or the last was moved
    into the middle), everything between the head and the end row. Rows that a person inserts between the last row and
    the end row, or the head and the first row, are his.
    """
    first, last, end = edges.get("first"), edges.get("last"), edges.get("end")
    if heads and not known and first is None and last is None:
        return ()
    if first is not None and last is not None:
        inner = tuple(row for row in range(first, last + 1) if row not in taken)
        if len(inner) >= known:
            return inner
    limit = next((edge for edge in (end, None if last is None else last + 1) if edge is not None), None)
    above = [row for row in heads if (first is None or row < first) and (limit is None or row < limit)]
    start = max(above) + 1 if above else first
    if start is None or limit is None or limit < start:
        left = [row for row in (first, last) if row is not None]
        rows = range(min(left), max(left) + 1) if left else ()
        return tuple(row for row in rows if row not in taken) if left or heads else None
    return tuple(row for row in range(start, limit) if row not in taken)


@dataclass(slots=True)
class FoundTab:
    """A tab that is there: its record, the metadata id of the record, and its sheet."""

    record: TabRecord
    number: int
    sheet: Sheet


@dataclass(slots=True)
class Ground:
    """A spreadsheet as it was read, as far as it is ours."""

    record: ReportRecord | None = None
    number: int = 0
    locale: str = ""
    time_zone: str = ""
    sheets: dict[int, Sheet] = field(default_factory=dict)
    tabs: dict[str, FoundTab] = field(default_factory=dict)
    stages: dict[int, str] = field(default_factory=dict)
    """Staging tabs and the runs that made them."""
