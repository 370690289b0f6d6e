"""Charts of a workbook: native ones that refer to cells, and heatmaps made of coloured cells."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any, Final

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook

from connector.deliver.files.display import DASH
from connector.deliver.files.frames import ChartFrame, caption
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, MUTED, RULE, tint
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_styles import NumberFormats, Styles
from connector.deliver.files.workbook_tables import Placed, number_cell

CHART_WIDTH: Final = 620
LABELLED: Final = 16
"""A chart of lying bars with at most so many points prints their values; columns and lines want fewer."""
_LONGEST_LABEL: Final = 60

Reference = list[Any]
"""``[sheet, first row, first column, last row, last column]``, as XlsxWriter takes it."""


@dataclass(slots=True)
class ChartData:
    """Cells on a hidden sheet for charts whose figures are not a plain run of table cells."""

    name: str
    frames: list[ChartFrame] = field(default_factory=list)
    columns: int = 0

    def add(self, frame: ChartFrame) -> tuple[Reference, list[Reference], list[Reference]]:
        """Take a frame in; return where its categories, its series and their names will stand."""
        left, last = self.columns, len(frame.categories)
        self.frames.append(frame)
        self.columns += len(frame.series) + 2
        places = range(left + 1, left + 1 + len(frame.series))
        return (
            [self.name, 1, left, last, left],
            [[self.name, 1, place, last, place] for place in places],
            [[self.name, 0, place] for place in places],
        )

    def write(self, book: Workbook, styles: Styles, formats: NumberFormats) -> None:
        """Write the hidden sheet, when anything stands on it."""
        if not self.frames:
            return
        sheet = book.add_worksheet(self.name)
        sheet.hide()
        left = 0
        for frame in self.frames:
            style = styles.get(num_format=formats.unit(frame.y.unit))
            for row, label in enumerate(frame.categories, 1):
                sheet.write_string(row, left, _label(label))
            for place, part in enumerate(frame.series, left + 1):
                sheet.write_string(0, place, _label(part.name))
                for row, value in enumerate(part.values, 1):
                    if value is not None:
                        sheet.write_number(row, place, number_cell(value, frame.y.unit), style)
            left += len(frame.series) + 2


def chart_height(frame: ChartFrame) -> int:
    """Return the height of a chart in pixels: bars need room for each name."""
    if frame.kind in ("bar", "stacked_bar", "funnel"):
        return min(620, max(150, 90 + 26 * len(frame.categories) + (24 if len(frame.series) > 1 else 0)))
    return 300


def add_chart(canvas: Canvas, frame: ChartFrame, placed: Placed, data: ChartData, spot: tuple[int, int]) -> None:
    """Put a native chart on the sheet with its corner at ``spot`` (row, column). A title of "" leaves none."""
    chart = canvas.book.add_chart(_kind(frame))
    direct = _direct(canvas, frame, placed)
    categories, values, names = direct if direct is not None else data.add(frame)
    colours = canvas.palette.series(len(frame.series))
    for colour, cells, name in zip(colours, values, names, strict=True):
        chart.add_series({"name": name, "categories": categories, "values": cells} | _look(canvas, frame, colour))
    _dress(canvas, chart, frame)
    chart.set_size({"width": CHART_WIDTH, "height": chart_height(frame)})
    title = one_line(frame.title)
    canvas.sheet.insert_chart(*spot, chart, {"object_position": 2, "description": title, "x_offset": 2, "y_offset": 4})


def write_heatmap(canvas: Canvas, frame: ChartFrame, top: int) -> int:
    """Write a grid of categories by series with coloured cells; return the first free row below it."""
    styles, sheet = canvas.styles, canvas.sheet
    head = styles.get(
        bold=True, bg_color=tint(canvas.palette.primary, 0.88), text_wrap=True, align="center", valign="vcenter"
    )
    corner = styles.get(bold=True, bg_color=tint(canvas.palette.primary, 0.88), valign="vcenter")
    canvas.text(top, 0, one_line(frame.x.label), corner)
    sheet.set_row(top, 32)
    cell = styles.get(num_format=canvas.formats.unit(frame.y.unit), align="center", border=1, border_color="#FFFFFF")
    for place, part in enumerate(frame.series, 1):
        canvas.text(top, place, one_line(part.name), head)
        for row, value in enumerate(part.values, top + 1):
            if value is None:
                canvas.text(row, place, DASH, cell)
            else:
                sheet.write_number(row, place, number_cell(value, frame.y.unit), cell)
    for row, label in enumerate(frame.categories, top + 1):
        canvas.text(row, 0, one_line(label), styles.get(bold=True))
    last = top + len(frame.categories)
    sheet.conditional_format(top + 1, 1, last, len(frame.series), _scale(canvas, frame))
    return last + 1


def colour_columns(canvas: Canvas, frame: ChartFrame, placed: Placed) -> None:
    """Colour the metric columns of a table by value: the heatmap of a chart without a second dimension."""
    for part in frame.series:
        canvas.sheet.conditional_format(placed.first, part.column, placed.last, part.column, _scale(canvas, frame))


def heatmap_widths(frame: ChartFrame) -> list[float]:
    """Return the least column widths of a heatmap's grid, in characters."""
    names = [max((len(word) for word in part.name.split()), default=1) + 2.0 for part in frame.series]
    return [
        float(max(len(label) for label in (*frame.categories, frame.x.label)) + 2),
        *(max(10.0, name) for name in names),
    ]


def _scale(canvas: Canvas, frame: ChartFrame) -> dict[str, Any]:
    strong = tint(canvas.palette.accent if frame.y.direction == "down" else canvas.palette.primary, 0.45)
    return {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": strong}


def _kind(frame: ChartFrame) -> dict[str, str]:
    kind = "bar" if frame.kind == "funnel" else frame.kind.removeprefix("stacked_")
    return {"type": kind} | ({"subtype": "stacked"} if frame.kind.startswith("stacked") else {})


def _direct(
    canvas: Canvas, frame: ChartFrame, placed: Placed
) -> tuple[Reference, list[Reference], list[Reference]] | None:
    """Return references to the table itself when a run of its rows holds exactly what the chart shows."""
    rows = frame.rows
    if not rows or frame.gaps or rows != tuple(range(rows[0], rows[0] + len(rows))):
        return None
    if any(label != _label(label) for label in frame.categories):
        return None
    first, last = placed.first + rows[0], placed.first + rows[-1]
    column = frame.x_place
    return (
        [canvas.name, first, column, last, column],
        [[canvas.name, first, part.column, last, part.column] for part in frame.series],
        [[canvas.name, placed.header, part.column] for part in frame.series],
    )


def _label(text: str) -> str:
    """Return a category as charts can hold it; words that read as no number (nan, inf) get a space."""
    flat = one_line(text, _LONGEST_LABEL)
    try:
        return flat if math.isfinite(float(flat)) else f"{flat} "
    except ValueError:
        return flat


def _look(canvas: Canvas, frame: ChartFrame, colour: str) -> dict[str, Any]:
    if frame.kind == "line":
        look: dict[str, Any] = {"line": {"color": colour, "width": 2.25}, "marker": _marker(frame, colour)}
        running: dict[str, Any] = {"line": {"color": colour, "width": 2.25, "dash_type": "square_dot"}}
    else:
        look = {"fill": {"color": colour}, "border": {"none": True}, "gap": _gap(frame)}
        pattern = {"pattern": "wide_upward_diagonal", "fg_color": colour, "bg_color": "#FFFFFF"}
        running = {"pattern": pattern, "border": {"color": colour}}
    if frame.running is not None:
        look["points"] = [None] * frame.running + [running]
    if _labelled(frame):
        code = "0.00%" if frame.y.unit == "percent" else _compact(canvas, frame)
        look["data_labels"] = {"value": True, "num_format": code, "font": _font(canvas)}
        if frame.kind == "line":
            look["data_labels"]["position"] = "above"
    return look


def _gap(frame: ChartFrame) -> int:
    """Return the space between bars in percent of their width: few bars do not become beams."""
    if frame.kind == "funnel":
        return 25
    return 45 if len(frame.categories) > 3 else 120


def _marker(frame: ChartFrame, colour: str) -> dict[str, Any]:
    size = 5 if len(frame.categories) <= 31 else 2
    return {"type": "circle", "size": size, "fill": {"color": colour}, "border": {"color": colour}}


def _labelled(frame: ChartFrame) -> bool:
    most = {"line": LABELLED // 2, "column": 12}.get(frame.kind, LABELLED)
    return len(frame.series) == 1 and len(frame.categories) <= most


def _compact(canvas: Canvas, frame: ChartFrame) -> str:
    largest = max((value for part in frame.series for value in part.values if value is not None), default=0)
    return canvas.formats.compact(frame.y.unit, largest)


def _font(canvas: Canvas, colour: str = INK) -> dict[str, Any]:
    return {"name": canvas.palette.font, "size": 9, "bold": False, "color": colour}


def _dress(canvas: Canvas, chart: Chart, frame: ChartFrame) -> None:
    """Title, axes, legend: no frame, pale grid lines, no value axis where the bars carry their values."""
    font = {"name": canvas.palette.font, "size": 12, "bold": True, "color": INK}
    title = chart_text(frame.title)
    chart.set_title({"name": title, "name_font": font, "overlay": False} if title else {"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_plotarea({"fill": {"none": True}})
    legend = {"position": "bottom", "font": _font(canvas)} if len(frame.series) > 1 else {"none": True}
    chart.set_legend(legend)
    chart.show_blanks_as("gap")
    chart.show_hidden_data()
    names: dict[str, Any] = {
        "num_font": _font(canvas), "line": {"color": RULE}, "major_tick_mark": "none", "text_axis": True,
    }  # fmt: skip

    if frame.over_time and frame.x.unit == "period":
        names["num_format"] = canvas.formats.day(frame.x.grain)
    grid = {"visible": not _labelled(frame), "line": {"color": RULE, "width": 0.5}}
    values: dict[str, Any] = {
        "num_font": _font(canvas, MUTED), "num_format": _compact(canvas, frame), "line": {"none": True},
        "major_gridlines": grid, "major_tick_mark": "none",
    }  # fmt: skip
    if _labelled(frame):
        values["label_position"] = "none"
    if frame.kind != "line" and all(value is None or value >= 0 for part in frame.series for value in part.values):
        values["min"] = 0
    below_text = chart_text(caption(frame, canvas.display, "running_hatched"))
    note = {"name": below_text, "name_font": _font(canvas, MUTED) | {"size": 8}}
    sideways = frame.kind in ("bar", "stacked_bar", "funnel")
    below = values if sideways else names
    if note["name"]:
        below |= note
    chart.set_x_axis(below)
    chart.set_y_axis(names | {"reverse": True, "crossing": "max"} if sideways else values)


def chart_text(text: str) -> str:
    """Return a title that XlsxWriter does not take for a cell reference such as ``Sheet!A1``."""
    return re.sub(r"!(?=\$?[A-Z])", "! ", one_line(text, 120)).removeprefix("=")
