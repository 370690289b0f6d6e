"""What a chart shows: the values of its sources, read from the cells as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Sheet
from connector.sandbox.google.grid import Error, Json, Result
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.svg_words import plain
from connector.sandbox.google.views import View, is_hidden

MOST_POINTS = 5_000
"""Points of one series that are drawn."""
AGGREGATES = ("SUM", "AVERAGE", "COUNT", "MAX", "MEDIAN", "MIN")


@dataclass(slots=True)
class Points:
    """One source of a chart: its heading and its values, top down or left to right."""

    heading: str = ""
    values: list[Result] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    """Number format of each value."""
    ranges: list[Json] = field(default_factory=list)
    """The GridRanges it comes from, whole."""

    @property
    def numbers(self) -> list[float | None]:
        """Return the values that are numbers; None for the others."""
        return [
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
            for value in self.values
        ]

    @property
    def pattern(self) -> str:
        """Return the number format of the first number."""
        pairs = zip(self.numbers, self.patterns, strict=True)
        return next((pattern for number, pattern in pairs if number is not None), "")

    def without_heading(self, count: int) -> Points:
        """Return the points below so many headings."""
        heading = next((text for text in reversed(self.texts[:count]) if text), "")
        return Points(heading, self.values[count:], self.texts[count:], self.patterns[count:], self.ranges)


def read_source(view: View, data: Json | None, strategy: str = "") -> Points:
    """Return all points of a ChartData, headings among them. Hidden rows and columns are left out unless
    ``strategy`` (hiddenDimensionStrategy) says otherwise. A source that is not there has no points."""
    points = Points()
    for source in ((data or {}).get("sourceRange") or {}).get("sources") or []:
        try:
            sheet = view.book.sheet(source.get("sheetId"))
        except Refused:
            continue
        points.ranges.append(source)
        for row, column in _places(view, sheet, source, strategy):
            spot = view.value(sheet, row, column)
            cell = sheet.cells.get(row, column)
            points.values.append(spot)
            points.texts.append(plain(view.text(sheet, row, column)))
            points.patterns.append(str(((cell.format or {}).get("numberFormat") or {}).get("pattern") or ""))
            if len(points.values) >= MOST_POINTS:
                return points
    return points


def _places(view: View, sheet: Sheet, source: Json, strategy: str) -> Iterator[tuple[int, int]]:
    """Yield the places of a source. An open range ends with the last row that holds anything."""
    area = area_of(source)
    top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
    if area.bottom is None:
        bottom = min(bottom, view.used(sheet).bottom)
    skips_rows = strategy not in ("SHOW_ALL", "SKIP_HIDDEN_COLUMNS")
    skips_columns = strategy not in ("SHOW_ALL", "SKIP_HIDDEN_ROWS")
    for row in range(top, bottom):
        if skips_rows and is_hidden(sheet.row_properties.get(row)):
            continue
        for column in range(left, right):
            if not (skips_columns and is_hidden(sheet.column_properties.get(column))):
                yield row, column


def header_count(domains: list[Points], series: list[Points], told: object) -> int:
    """Return how many leading rows are headings: as told, or guessed as Sheets does from a text above numbers."""
    if isinstance(told, int) and told > 0:
        return told
    for points in series:
        if len(points.values) > 1 and isinstance(points.values[0], str) and points.values[0]:
            return 1
    first = [points.values[0] for points in (*domains, *series) if points.values]
    return 1 if first and not series and isinstance(first[0], str) else 0


def aggregate(points: Points, kind: str) -> float | None:
    """Return one number for all points, by a ChartAggregateType; the first number without one."""
    numbers = sorted(number for number in points.numbers if number is not None)
    if kind == "COUNT":
        return float(len([value for value in points.values if value is not None]))
    if not numbers:
        return None
    if kind == "MEDIAN":
        middle = len(numbers) // 2
        return numbers[middle] if len(numbers) % 2 else (numbers[middle - 1] + numbers[middle]) / 2
    first = next(number for number in points.numbers if number is not None)
    known = {"SUM": sum(numbers), "AVERAGE": sum(numbers) / len(numbers), "MAX": numbers[-1], "MIN": numbers[0]}
    return known.get(kind, first)


def is_error(value: Result) -> bool:
    """Say whether a cell shows an error, which a chart leaves out."""
    return isinstance(value, Error)
