"""Where rows, columns and what lies over them stand on the page, in pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import ceil

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.views import ROW_PIXELS, View, column_pixels, is_hidden, row_pixels

NUMBERS_PIXELS, LETTERS_PIXELS = 46, 24
LETTER_SHARE, LINE_SHARE = 0.68, 1.7
"""Width of a usual letter and height of a line, in pixels for each point of the font's size."""
MOST_ROWS, MOST_COLUMNS = 1_000, 100
SPARE_ROWS, SPARE_COLUMNS, FEWEST_ROWS, FEWEST_COLUMNS = 20, 3, 45, 14
CHART_WIDTH, CHART_HEIGHT = 600, 371


@dataclass(slots=True)
class Measures:
    """The part of a sheet that is shown: rows and columns that are not hidden, and where each begins."""

    rows: list[int]
    columns: list[int]
    tops: dict[int, int] = field(default_factory=dict)
    lefts: dict[int, int] = field(default_factory=dict)
    heights: dict[int, int] = field(default_factory=dict)
    widths: dict[int, int] = field(default_factory=dict)

    def top(self, row: int) -> int:
        """Return where a row begins; a hidden one where the next does."""
        return next((self.tops[one] for one in self.rows if one >= row), self._bottom())

    def left(self, column: int) -> int:
        """Return where a column begins; a hidden one where the next does."""
        return next((self.lefts[one] for one in self.columns if one >= column), self._right())

    def _bottom(self) -> int:
        return self.tops[self.rows[-1]] + self.heights[self.rows[-1]] if self.rows else LETTERS_PIXELS

    def _right(self) -> int:
        return self.lefts[self.columns[-1]] + self.widths[self.columns[-1]] if self.columns else NUMBERS_PIXELS


def measure(view: View, sheet: Sheet, first: int = 0) -> Measures:
    """Return the measures of a sheet from a row on; frozen rows always come first."""
    last, right = _extent(view, sheet)
    frozen = int(sheet.properties["gridProperties"].get("frozenRowCount") or 0)
    wanted = [*range(min(frozen, first)), *range(first, min(last, first + MOST_ROWS, sheet.row_count))]
    rows = [row for row in wanted if not is_hidden(sheet.row_properties.get(row))]
    numbers = range(min(right, sheet.column_count, MOST_COLUMNS))
    columns = [column for column in numbers if not is_hidden(sheet.column_properties.get(column))]
    found = Measures(rows, columns)
    x = NUMBERS_PIXELS
    for column in columns:
        found.lefts[column], found.widths[column] = x, column_pixels(sheet, column)
        x += found.widths[column]
    heights = _heights(view, sheet, found)
    y = LETTERS_PIXELS
    for row in rows:
        found.tops[row], found.heights[row] = y, heights[row]
        y += heights[row]
    return found


def _heights(view: View, sheet: Sheet, found: Measures) -> dict[int, int]:
    """Rows without a height of their own are as high as their tallest text, as in Sheets."""
    merged = {(area_of(part).top, area_of(part).left) for part in sheet.merges}
    heights = {}
    for row in found.rows:
        if (sheet.row_properties.get(row) or {}).get("pixelSize"):
            heights[row] = row_pixels(sheet, row)
            continue
        tallest = ROW_PIXELS
        for column in found.columns:
            cell = sheet.cells.get(row, column)
            if cell.format and (row, column) not in merged:
                tallest = max(tallest, _text_height(view, sheet, (row, column), found.widths[column]))
        heights[row] = tallest
    return heights


def _text_height(view: View, sheet: Sheet, place: tuple[int, int], width: int) -> int:
    look = sheet.cells.get(*place).format or {}
    size = float((look.get("textFormat") or {}).get("fontSize") or 10)
    text = view.text(sheet, *place)
    lines = text.split("\n") if text else [""]
    count = len(lines)
    if look.get("wrapStrategy") == "WRAP":
        count = sum(max(ceil(len(line) * size * LETTER_SHARE / max(width - 6, 1)), 1) for line in lines)
    return ceil(count * size * LINE_SHARE) + 3


def _extent(view: View, sheet: Sheet) -> tuple[int, int]:
    """Return how many rows and columns are worth showing: what is used, what charts lie over, and some spare ones."""
    used = view.used(sheet)
    bottom, right = used.bottom + SPARE_ROWS, used.right + SPARE_COLUMNS
    for row, column, cell in sheet.cells.cells(0, 0, MOST_ROWS, MOST_COLUMNS):
        if cell.format:
            bottom, right = max(bottom, min(row + 2, used.bottom + SPARE_ROWS)), max(right, column + 2)
    for overlay in overlays(sheet):
        anchor = overlay.get("anchorCell") or {}
        height, width = overlay.get("heightPixels") or CHART_HEIGHT, overlay.get("widthPixels") or CHART_WIDTH
        down = (height + (overlay.get("offsetYPixels") or 0)) // ROW_PIXELS
        bottom = max(bottom, (anchor.get("rowIndex") or 0) + down + 4)
        right = max(right, _columns_over(sheet, overlay, width))
    return max(bottom, FEWEST_ROWS), max(right, FEWEST_COLUMNS)


def _columns_over(sheet: Sheet, overlay: Json, width: int) -> int:
    column, left = (
        (overlay.get("anchorCell") or {}).get("columnIndex") or 0,
        width + (overlay.get("offsetXPixels") or 0),
    )
    while left > 0 and column < sheet.column_count:
        left -= column_pixels(sheet, column)
        column += 1
    return int(column) + 1


def overlays(sheet: Sheet) -> Iterator[Json]:
    """Yield the places of what lies over the cells."""
    for part in (*sheet.charts, *sheet.slicers):
        yield (part.get("position") or {}).get("overlayPosition") or {}
