"""Rectangles of cells, open or closed, and how they follow when cells move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Axis = Literal["ROWS", "COLUMNS"]
Span = tuple[int | None, int | None]
"""First and one past the last, counted from 0; None is open: from the first, or however many there are."""
FAR = 1 << 40
"""Past the end of every sheet."""


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of one sheet, ends exclusive; None where it is open, as in Google's GridRange."""

    sheet_id: int
    top: int | None = None
    bottom: int | None = None
    left: int | None = None
    right: int | None = None

    @property
    def rows(self) -> Span:
        return self.top, self.bottom

    @property
    def columns(self) -> Span:
        return self.left, self.right

    def closed(self, row_count: int, column_count: int) -> tuple[int, int, int, int]:
        """Return top, left, bottom, right within a grid of this size."""
        bottom = row_count if self.bottom is None else min(self.bottom, row_count)
        right = column_count if self.right is None else min(self.right, column_count)
        return self.top or 0, self.left or 0, bottom, right

    def along(self, axis: Axis) -> Span:
        """Return the span of its rows or of its columns."""
        return self.rows if axis == "ROWS" else self.columns

    def with_span(self, axis: Axis, span: Span) -> Area:
        """Return a twin with other rows or columns."""
        if axis == "ROWS":
            return Area(self.sheet_id, *span, self.left, self.right)
        return Area(self.sheet_id, self.top, self.bottom, *span)

    def holds(self, other: Area) -> bool:
        """Whether all of the other lies within this one."""
        return (
            self.sheet_id == other.sheet_id
            and span_holds(self.rows, other.rows)
            and span_holds(self.columns, other.columns)
        )

    def meets(self, other: Area) -> bool:
        """Whether the two have a cell in common."""
        return (
            self.sheet_id == other.sheet_id
            and spans_meet(self.rows, other.rows)
            and spans_meet(self.columns, other.columns)
        )


def span_holds(outer: Span, inner: Span) -> bool:
    """Whether all of ``inner`` lies within ``outer``."""
    ends = FAR if outer[1] is None else outer[1], FAR if inner[1] is None else inner[1]
    return (outer[0] or 0) <= (inner[0] or 0) and ends[1] <= ends[0]


def spans_meet(first: Span, second: Span) -> bool:
    """Whether the two have a row or column in common."""
    starts = first[0] or 0, second[0] or 0
    ends = FAR if first[1] is None else first[1], FAR if second[1] is None else second[1]
    return starts[0] < ends[1] and starts[1] < ends[0]


def area_of(grid_range: Mapping[str, Any]) -> Area:
    """Return a GridRange as an area."""
    return Area(
        int(grid_range.get("sheetId") or 0),
        grid_range.get("startRowIndex"),
        grid_range.get("endRowIndex"),
        grid_range.get("startColumnIndex"),
        grid_range.get("endColumnIndex"),
    )


def grid_range(area: Area) -> dict[str, Any]:
    """Return an area as a GridRange; what is open is absent."""
    bounds = {
        "sheetId": area.sheet_id,
        "startRowIndex": area.top,
        "endRowIndex": area.bottom,
        "startColumnIndex": area.left,
        "endColumnIndex": area.right,
    }
    return {name: value for name, value in bounds.items() if value is not None}


def cell_area(sheet_id: int, row: int, column: int) -> Area:
    """Return the area of one cell."""
    return Area(sheet_id, row, row + 1, column, column + 1)


def coordinate(place: Mapping[str, Any]) -> Area:
    """Return a GridCoordinate as the area of its cell."""
    return cell_area(
        int(place.get("sheetId") or 0), int(place.get("rowIndex") or 0), int(place.get("columnIndex") or 0)
    )


RANGES = {"range", "ranges", "sources", "source", "dataRange", "unprotectedRanges", "anchorCell", "dimensionRange"}
"""Fields that hold places: GridRange, GridCoordinate or DimensionRange, or lists of them."""


def addressed(part: Any, key: str = "") -> Any:
    """Return a twin of a piece of JSON in which every place names its sheet; where none is named it is sheet 0."""
    if isinstance(part, list):
        return [addressed(inner, key) for inner in part]
    if not isinstance(part, dict):
        return part
    twin = {name: addressed(value, name) for name, value in part.items() if value is not None}
    return {"sheetId": 0} | twin if key in RANGES else twin
