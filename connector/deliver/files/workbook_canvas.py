"""The sheet under construction: its columns' widths, and text written so that it stays text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from connector.deliver.files.display import Display
from connector.deliver.files.text import cell_text
from connector.deliver.files.theme import Palette
from connector.deliver.files.workbook_styles import NumberFormats, Styles

SPARE_WIDTH: Final = 11.0
"""Width, in characters, of a column that holds no table."""
SPARE_COLUMNS: Final = 60
"""Columns right of the tables that have the spare width: charts and cards are placed by it."""
DEFAULT_POINTS: Final = 16.5
"""Height of a row that nothing else was said of."""
LEAST_PIXELS: Final = 760
"""A tab is laid out at least this wide, whatever its tables need."""


class ExactWorksheet(Worksheet):  # type: ignore[misc]  # XlsxWriter ships no types
    """A worksheet that stores a number with all its digits (XlsxWriter keeps sixteen) and remembers row heights."""

    def __init__(self) -> None:
        super().__init__()
        self.points: dict[int, float] = {}

    def set_row(self, row: int, height: float | None = None, *arguments: Any) -> Any:
        """Set the height of a row in points, as XlsxWriter does."""
        if height is not None:
            self.points[row] = height
        return super().set_row(row, height, *arguments)

    def _xml_number_element(self, number: float, attributes: Iterable[tuple[str, Any]] = ()) -> None:
        text = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{text}><v>{number!r}</v></c>")


@dataclass(slots=True)
class Canvas:
    """One sheet with what is needed to write on it. ``widths`` are those of its columns, in characters."""

    book: Workbook
    sheet: ExactWorksheet
    name: str
    styles: Styles
    formats: NumberFormats
    display: Display
    palette: Palette
    widths: list[float] = field(default_factory=list)
    together: list[tuple[int, int]] = field(default_factory=list)
    """First and last rows of what a printed page should not cut."""
    charts: list[tuple[int, int]] = field(default_factory=list)
    """First and last rows of charts."""
    right: int = 0
    """Pixels from the left edge to the right end of the furthest chart."""

    def pixels(self, column: int) -> int:
        width = self.widths[column] if column < len(self.widths) else SPARE_WIDTH
        return int(width * 7 + 5)

    @property
    def last_column(self) -> int:
        """Return the last column of the area that text may fill."""
        total, column = 0, 0
        while True:
            total += self.pixels(column)
            if total >= LEAST_PIXELS and column >= len(self.widths) - 1:
                return column
            column += 1

    @property
    def total_width(self) -> int:
        """Return the pixels that a printed page has to hold side by side."""
        return max(self.right, sum(self.pixels(column) for column in range(self.last_column + 1)))

    def reach(self, column: int, pixels: int) -> None:
        """Note that something ``pixels`` wide begins in a column."""
        self.right = max(self.right, sum(self.pixels(before) for before in range(column)) + pixels)

    def chart_in(self, row: int) -> bool:
        """Whether a chart stands in a row. Such a row cannot be repeated on paper: the chart would be, in part."""
        return any(first <= row <= last for first, last in self.charts)

    def column_after(self, column: int, pixels: int) -> int:
        """Return the first column that begins at least so many pixels after another."""
        total = 0
        while total < pixels:
            total += self.pixels(column)
            column += 1
        return column

    def top_of(self, row: int) -> float:
        """Return the pixels above a row."""
        points = self.sheet.points
        return sum((height - DEFAULT_POINTS for at, height in points.items() if at < row), row * DEFAULT_POINTS) * 4 / 3

    def row_at(self, pixels: float) -> int:
        """Return the row that the height ``pixels`` from the top falls into."""
        return bisect_right(range(int(pixels / 8) + 2), pixels, key=self.top_of) - 1

    def groups(self, count: int, least_pixels: int) -> list[tuple[int, int]]:
        """Return ``count`` runs of columns from the left, each at least so wide."""
        runs, column = [], 0
        for _ in range(count):
            first, total = column, 0
            while total < least_pixels:
                total += self.pixels(column)
                column += 1
            runs.append((first, column - 1))
        self.reach(column, 0)
        return runs

    def text(self, row: int, column: int, text: str, style: Format) -> None:
        """Write text as a string, whatever it begins with."""
        if text:
            self.sheet.write_string(row, column, cell_text(text), style)
        else:
            self.sheet.write_blank(row, column, None, style)

    def span(self, row: int, run: tuple[int, int], style: Format) -> None:
        """Join the cells of a run of columns under one style; the value goes into the first."""
        if run[0] < run[1]:
            self.sheet.merge_range(row, run[0], row, run[1], "", style)

    def paragraph(self, row: int, text: str, style: Format, *, points: float = 12.75) -> None:
        """Write wrapped text over the whole width and give the row the height it needs."""
        run = (0, self.last_column)
        characters = sum(self.pixels(column) for column in range(run[1] + 1)) / 6.2
        lines = sum(max(1, -(-len(line) // max(1, int(characters)))) for line in text.split("\n"))
        self.span(row, run, style)
        self.text(row, 0, text, style)
        self.sheet.set_row(row, min(409.0, lines * points + 3))
