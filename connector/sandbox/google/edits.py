"""How cells move when rows, columns, blocks or sheets do, and what becomes of an area that pointed at them.

Rules as Google Sheets keeps them: an area shrinks with the cells it loses and is gone with the last of them; cells put
in between make it grow, cells put at its edge do not; moved cells are followed. Where rows are moved so that those of
an area do not stay together, it loses those that left and takes in those that came between [not proved by Google].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from connector.sandbox.google.areas import FAR, Area, Axis, Span, span_holds
from connector.sandbox.google.grid import moved


class Line(Protocol):
    """Something done to a row of places: of rows, or of columns."""

    def place(self, place: int) -> int | None:
        """Return where a place went; None where it is gone."""

    def span(self, span: Span) -> Span | None:
        """Return what became of a span; None where all of it is gone."""


@dataclass(frozen=True, slots=True)
class Inserted:
    """``count`` empty places before ``at``."""

    at: int
    count: int

    def place(self, place: int) -> int | None:
        return place + self.count if place >= self.at else place

    def span(self, span: Span) -> Span | None:
        start, end = span
        return (
            start if start is None or start < self.at else start + self.count,
            end if end is None or end <= self.at else end + self.count,
        )


@dataclass(frozen=True, slots=True)
class Deleted:
    """Places from ``start`` to before ``end`` taken away."""

    start: int
    end: int

    def place(self, place: int) -> int | None:
        if self.start <= place < self.end:
            return None
        return place if place < self.start else place - (self.end - self.start)

    def span(self, span: Span) -> Span | None:
        start, end = span
        if end is not None and self.start <= (start or 0) and end <= self.end:
            return None
        return self._edge(start), self._edge(end)

    def _edge(self, edge: int | None) -> int | None:
        if edge is None or edge <= self.start:
            return edge
        return max(self.start, edge - (self.end - self.start))


@dataclass(frozen=True, slots=True)
class Moved:
    """Places from ``start`` to before ``end`` put before what was at ``to``."""

    start: int
    end: int
    to: int

    def place(self, place: int) -> int | None:
        return moved(place, self.start, self.end, self.to)

    def span(self, span: Span) -> Span | None:
        if span == (None, None) or self.start <= self.to <= self.end:
            return span
        together = self._together(span)
        if together is not None:
            return together
        count = self.end - self.start
        left = Deleted(self.start, self.end).span(span)
        return left and Inserted(self.to if self.to <= self.start else self.to - count, count).span(left)

    def _together(self, span: Span) -> Span | None:
        """The span of the moved places, if they still lie side by side."""
        start, end = span[0] or 0, FAR if span[1] is None else span[1]
        cuts = sorted({start, end, *(cut for cut in (self.start, self.end, self.to) if start < cut < end)})
        pieces = [(moved(cut, self.start, self.end, self.to), after - cut) for cut, after in pairwise(cuts)]
        pieces.sort()
        for (place, size), (follower, _size) in pairwise(pieces):
            if place + size != follower:
                return None
        first, past = pieces[0][0], pieces[-1][0] + pieces[-1][1]
        return (None if span[0] is None and first == 0 else first), (None if span[1] is None else past)


class Edit(Protocol):
    """Something done to the cells of a book."""

    def area(self, area: Area) -> Area | None:
        """Return what became of an area; None where all of it is gone."""


@dataclass(frozen=True, slots=True)
class LineEdit:
    """Whole rows or columns of a sheet inserted, deleted or moved."""

    sheet_id: int
    axis: Axis
    line: Line

    def area(self, area: Area) -> Area | None:
        if area.sheet_id != self.sheet_id:
            return area
        span = self.line.span(area.along(self.axis))
        return span and area.with_span(self.axis, span)


@dataclass(frozen=True, slots=True)
class BandEdit:
    """Cells inserted or deleted within a band of columns (or rows, if ``axis`` is COLUMNS): insertRange, deleteRange.
    Only areas that lie wholly in the band follow."""

    sheet_id: int
    axis: Axis
    line: Line
    band: Span

    def area(self, area: Area) -> Area | None:
        across: Axis = "COLUMNS" if self.axis == "ROWS" else "ROWS"
        if area.sheet_id != self.sheet_id or not span_holds(self.band, area.along(across)):
            return area
        span = self.line.span(area.along(self.axis))
        return span and area.with_span(self.axis, span)


@dataclass(frozen=True, slots=True)
class BlockMoved:
    """A block of cells cut and pasted elsewhere. Areas within the block follow; others stay where they were."""

    source: Area
    sheet_id: int
    row: int
    column: int

    def area(self, area: Area) -> Area | None:
        if not self.source.holds(area) or None in (area.top, area.bottom, area.left, area.right):
            return area
        down, across = self.row - (self.source.top or 0), self.column - (self.source.left or 0)
        top, bottom, left, right = area.top or 0, area.bottom or 0, area.left or 0, area.right or 0
        return Area(self.sheet_id, top + down, bottom + down, left + across, right + across)


@dataclass(frozen=True, slots=True)
class SheetDeleted:
    """A whole sheet taken away."""

    sheet_id: int

    def area(self, area: Area) -> Area | None:
        return None if area.sheet_id == self.sheet_id else area


@dataclass(frozen=True, slots=True)
class SheetAlone:
    """Every sheet but one taken away: what a sheet that is copied into another book still points at."""

    sheet_id: int

    def area(self, area: Area) -> Area | None:
        return area if area.sheet_id == self.sheet_id else None
