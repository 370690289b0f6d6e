"""Where charts stand on a sheet, and where its printed pages may end without cutting one."""

from __future__ import annotations

from typing import Final

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_chart_data import ChartData
from connector.deliver.files.workbook_charts import add_chart, chart_height, chart_width
from connector.deliver.files.workbook_tables import Placed
from connector.model.table import Table

ROW_PIXELS: Final = 22
"""Height of an ordinary row."""
NARROW_TABLE: Final = 640
"""A table up to so many pixels wide may have its charts on its right; a wider one has them above it."""
_TALLEST_BESIDE: Final = 480
_SURE: Final = 0.96
"""Programs set rows a little higher than the file says; a page that ends early is better than two breaks."""
PAGE_PIXELS: Final = (1045, 680)
"""Width and height that A4 landscape has inside the margins, at 96 pixels an inch."""


def stands_beside(charts: list[ChartFrame], table: Table, width: int) -> bool:
    """Whether charts stand on the right of a table ``width`` pixels wide: room there, and little left below."""
    tall = sum(chart_height(frame) + ROW_PIXELS for frame in charts)
    short = tall <= max(_TALLEST_BESIDE, ROW_PIXELS * len(table.rows))
    return width <= NARROW_TABLE and short and not any(frame.panel for frame in charts)


def chart_lines(charts: list[ChartFrame], *, beside: bool) -> list[list[ChartFrame]]:
    """Return the charts line by line: two in a line above a table, three small ones, one beside a table."""
    lines: list[list[ChartFrame]] = []
    for frame in charts:
        most = 1 if beside else 3 if frame.panel else 2
        if lines and len(lines[-1]) < most and lines[-1][0].panel == frame.panel:
            lines[-1].append(frame)
        else:
            lines.append([frame])
    return lines


def line_rows(line: list[ChartFrame]) -> int:
    """Return the rows that a line of charts takes, one below it included."""
    return -(-max(chart_height(frame) for frame in line) // ROW_PIXELS) + 1


def place_charts(
    canvas: Canvas, lines: list[list[ChartFrame]], spot: Placed, data: ChartData, corner: tuple[int, int]
) -> int:  # fmt: skip
    """Put lines of charts on the sheet from a corner (row, column) on; return the first row free of them."""
    row, left = corner
    for line in lines:
        starts = [left]
        for frame in line[:-1]:
            starts.append(canvas.column_after(starts[-1], chart_width(frame) + 20))
        for column, frame in zip(starts, line, strict=True):
            add_chart(canvas, frame, spot, data, (row, column))
        canvas.reach(starts[-1], chart_width(line[-1]))
        rows = (row, row + line_rows(line) - 1)
        canvas.charts.append(rows)
        canvas.together.append(rows)
        row += line_rows(line)
    return row


def page_breaks(canvas: Canvas, repeated: int = 0) -> list[int]:
    """Return the rows before which a printed page has to end so that nothing of ``canvas.together`` is cut.

    ``repeated`` are the pixels of the header that every page repeats.
    """
    scale = min(1.0, PAGE_PIXELS[0] / canvas.total_width)
    room = PAGE_PIXELS[1] * _SURE / scale - repeated
    breaks, begin = [], 0.0
    for first, last in sorted(canvas.together):
        top, bottom = canvas.top_of(first), canvas.top_of(last + 1)
        while top - begin > room:  # a long table went on over pages
            row = canvas.row_at(begin + room)
            breaks.append(row)
            begin = canvas.top_of(row)
        if bottom - begin > room and top > begin:
            breaks.append(first)
            begin = top
    return breaks
