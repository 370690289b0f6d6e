"""Native charts of a workbook that refer to cells: bars, columns, lines and what stands over them."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter.chart import Chart

from connector.deliver.files.frames import ChartFrame, Series
from connector.deliver.files.stacks import is_stacked, labelled, lies, same_scale, segments, shares
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, MUTED, readable_on
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_chart_data import ChartData, DataColumn, Reference, References, chart_label
from connector.deliver.files.workbook_chart_look import compact_code, dress, font, unsigned_code
from connector.deliver.files.workbook_shapes import SHAPES
from connector.deliver.files.workbook_tables import Placed

CHART_WIDTH: Final = 620
PANEL_WIDTH: Final = 400
"""Widths of a chart and of a small one of several, in pixels."""
_LEAST_LABELLED: Final = 0.07
"""A part of a bar that is less of the longest one carries no figure."""


def chart_height(frame: ChartFrame) -> int:
    """Return the height of a chart in pixels: bars need room for each name."""
    if frame.panel:
        return 240
    if frame.kind in ("bar", "stacked_bar", "funnel", "diverging_bar", "percent_bar") and lies(frame):
        each = 26 if is_stacked(frame) or len(frame.series) == 1 else 14 * len(frame.series) + 12
        return min(900, max(150, 96 + each * len(frame.categories) + (24 if len(frame.series) > 1 else 0)))
    return 300


def chart_width(frame: ChartFrame) -> int:
    """Return the width of a chart in pixels."""
    return PANEL_WIDTH if frame.panel else CHART_WIDTH


def add_chart(canvas: Canvas, frame: ChartFrame, placed: Placed, data: ChartData, spot: tuple[int, int]) -> None:
    """Put a native chart on the sheet with its corner at ``spot`` (row, column). A title of "" leaves none."""
    build = SHAPES.get(frame.kind)
    chart = _bars(canvas, frame, placed, data) if build is None else build(canvas, frame, data)
    chart.set_size({"width": chart_width(frame), "height": chart_height(frame)})
    title = one_line(frame.title)
    canvas.sheet.insert_chart(*spot, chart, {"object_position": 2, "description": title, "x_offset": 2, "y_offset": 4})


def _bars(canvas: Canvas, frame: ChartFrame, placed: Placed, data: ChartData) -> Chart:
    """Bars, columns and lines over the cells of the table, or over the hidden sheet where those do not serve."""
    chart = canvas.book.add_chart(_kind(frame))
    cells = _direct(canvas, frame, placed) or data.add(frame.categories, _columns(frame))
    colours = canvas.palette.series(len(frame.series))
    for number, colour in enumerate(colours):
        look = _look(canvas, frame, number, colour)
        chart.add_series(
            {"name": cells.names[number], "categories": cells.categories, "values": cells.values[number]} | look
        )
    dress(canvas, chart, frame)
    if frame.lines:
        chart.combine(_lines(canvas, frame, cells))
    return chart


def _lines(canvas: Canvas, frame: ChartFrame, cells: References) -> Chart:
    """Return the lines over the bars; one of another unit has its figures at the right."""
    over = canvas.book.add_chart({"type": "line"})
    colours = [canvas.palette.accent if len(frame.series) == 1 else INK, MUTED]
    for number, line in enumerate(frame.lines):
        place = len(frame.series) + number
        look: dict[str, Any] = {"color": colours[number % 2], "width": 2.25}
        if number:
            look["dash_type"] = "dash"
        other = line not in same_scale(frame)
        over.add_series({
            "name": cells.names[place], "categories": cells.categories, "values": cells.values[place], "line": look,
            "y2_axis": other,
        })  # fmt: skip
        if other:
            code = "0%" if line.unit == "percent" else compact_code(canvas, (line,))
            over.set_y2_axis({"num_font": font(canvas, MUTED), "num_format": code, "line": {"none": True}, "min": 0})
    return over


def _columns(frame: ChartFrame) -> list[DataColumn]:
    """Return what a chart draws, as columns: parts of 100 % as shares, bars to the left as figures below zero."""
    columns = []
    for number, part in enumerate(frame.series):
        if frame.kind == "percent_bar":
            columns.append(DataColumn(part.name, shares(frame, number), "percent"))
        elif frame.kind == "diverging_bar" and number == 1:
            values = tuple(None if value is None else -value for value in part.values)
            columns.append(DataColumn(part.name, values, part.unit))
        else:
            columns.append(DataColumn(part.name, part.values, part.unit))
    return columns + [DataColumn(line.name, line.values, line.unit) for line in frame.lines]


def _kind(frame: ChartFrame) -> dict[str, str]:
    if frame.kind == "line":
        return {"type": "line"}
    kind = "bar" if lies(frame) else "column"
    return {"type": kind, "subtype": "stacked"} if is_stacked(frame) else {"type": kind}


def _direct(canvas: Canvas, frame: ChartFrame, placed: Placed) -> References | None:
    """Return references to the table itself when a run of its rows holds exactly what the chart shows."""
    rows = frame.rows
    if not rows or frame.gaps or rows != tuple(range(rows[0], rows[0] + len(rows))):
        return None
    if frame.kind in ("percent_bar", "diverging_bar") or any(label != chart_label(label) for label in frame.categories):
        return None
    first, last = placed.first + rows[0], placed.first + rows[-1]
    parts: tuple[Series, ...] = (*frame.series, *frame.lines)
    values: list[Reference] = [[canvas.name, first, part.column, last, part.column] for part in parts]
    names: list[Reference] = [[canvas.name, placed.header, part.column] for part in parts]
    return References([canvas.name, first, frame.x_place, last, frame.x_place], values, names)


def _look(canvas: Canvas, frame: ChartFrame, number: int, colour: str) -> dict[str, Any]:
    if frame.kind == "line":
        look: dict[str, Any] = {"line": {"color": colour, "width": 2.25}, "marker": _marker(frame, colour)}
        running: dict[str, Any] = {"line": {"color": colour, "width": 2.25, "dash_type": "square_dot"}}
    else:
        look = {"fill": {"color": colour}, "border": {"none": True}, "gap": _gap(frame)}
        if is_stacked(frame):
            look |= {"border": {"color": "#FFFFFF", "width": 0.75}, "overlap": 100}
        pattern = {"pattern": "wide_upward_diagonal", "fg_color": colour, "bg_color": "#FFFFFF"}
        running = {"pattern": pattern, "border": {"color": colour}}
    if frame.running is not None:
        look["points"] = [None] * frame.running + [running]
    if labelled(frame):
        code = compact_code(canvas, frame.series)
        look["data_labels"] = {"value": True, "num_format": code, "font": font(canvas)}
        if frame.kind == "line":
            look["data_labels"]["position"] = "above"
        if frame.labels and number == 0:
            look["data_labels"]["custom"] = _with_labels(canvas, frame)
    elif is_stacked(frame) and frame.running is None and not frame.lines:
        look["data_labels"] = _inside(canvas, frame, number, colour)
    return look


def _inside(canvas: Canvas, frame: ChartFrame, number: int, colour: str) -> dict[str, Any]:
    """Return labels inside the parts of bars that are long enough to hold one."""
    sizes = {one.place: abs(one.end - one.begin) for one in segments(frame) if one.series == number}
    longest = _longest(frame)
    small = not lies(frame) and len(frame.categories) > 8
    custom = [
        None if sizes.get(place, 0.0) >= _LEAST_LABELLED * longest and not small else {"delete": True}
        for place in range(len(frame.categories))
    ]
    code = "0.0%" if frame.kind == "percent_bar" else compact_code(canvas, frame.series)
    if frame.kind == "diverging_bar":
        code = unsigned_code(canvas, frame)
    return {"value": True, "num_format": code, "font": font(canvas, readable_on(colour)), "custom": custom}


def _longest(frame: ChartFrame) -> float:
    edges = [edge for one in segments(frame) for edge in (one.begin, one.end)]
    return max((*edges, 0.0)) - min((*edges, 0.0)) or 1.0


def _with_labels(canvas: Canvas, frame: ChartFrame) -> list[dict[str, Any]]:
    """Return the words of each bar: its figure and those that the template wants beside it."""
    show = canvas.display.compact
    parts = (frame.series[0], *frame.labels)
    return [
        {"value": " · ".join(show(value, part.unit) for part in parts if (value := part.values[place]) is not None)}
        for place in range(len(frame.categories))
    ]


def _gap(frame: ChartFrame) -> int:
    """Return the space between bars in percent of their width: few bars do not become beams."""
    return 45 if len(frame.categories) > 3 else 120


def _marker(frame: ChartFrame, colour: str) -> dict[str, Any]:
    size = 5 if len(frame.categories) <= 31 else 2
    return {"type": "circle", "size": size, "fill": {"color": colour}, "border": {"color": colour}}
