"""The look of native charts: fonts, axes, legend, figures at the bars, the same for every kind."""

from __future__ import annotations

import re
from typing import Any

from xlsxwriter.chart import Chart

from connector.deliver.files.frames import ChartFrame, Series, caption
from connector.deliver.files.stacks import extent, labelled, lies
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, MUTED, RULE
from connector.deliver.files.workbook_canvas import Canvas


def compact_code(canvas: Canvas, parts: tuple[Series, ...]) -> str:
    """Return the number format of the figures of some series."""
    known = [abs(value) for part in parts for value in part.values if value is not None]
    return "0.00%" if parts[0].unit == "percent" else canvas.formats.compact(parts[0].unit, max(known, default=0))


def font(canvas: Canvas, colour: str = INK) -> dict[str, Any]:
    """Return the font of labels and axes."""
    return {"name": canvas.palette.font, "size": 9, "bold": False, "color": colour}


def title_and_ground(canvas: Canvas, chart: Chart, frame: ChartFrame, *, legend: bool) -> None:
    """Set title, legend and ground: no frame, nothing behind the marks."""
    look = {"name": canvas.palette.font, "size": 12, "bold": True, "color": INK}
    title = chart_text(frame.title)
    chart.set_title({"name": title, "name_font": look, "overlay": False} if title else {"none": True})
    chart.set_chartarea({"border": {"none": True}})
    chart.set_plotarea({"fill": {"none": True}})
    chart.set_legend({"position": "top", "font": font(canvas)} if legend else {"none": True})
    chart.show_blanks_as("gap")
    chart.show_hidden_data()


def dress(canvas: Canvas, chart: Chart, frame: ChartFrame) -> None:
    """Title, axes, legend: pale grid lines, no value axis where the bars carry their values."""
    title_and_ground(canvas, chart, frame, legend=len(frame.series) > 1 or bool(frame.lines))
    names, values = name_axis(canvas, frame), value_axis(canvas, frame)
    below = values if lies(frame) else names
    words = chart_text(caption(frame, canvas.display, "running_hatched"))
    if words:
        below |= {"name": words, "name_font": font(canvas, MUTED) | {"size": 8}}
    chart.set_x_axis(below)
    chart.set_y_axis(names | {"reverse": True, "crossing": "max"} if lies(frame) else values)


def name_axis(canvas: Canvas, frame: ChartFrame) -> dict[str, Any]:
    """Return the axis of the categories; names stay at the edge when bars go below zero."""
    names: dict[str, Any] = {
        "num_font": font(canvas), "line": {"color": RULE}, "major_tick_mark": "none", "text_axis": True,
        "label_position": "low",
    }  # fmt: skip
    if frame.over_time and frame.x.unit == "period":
        names["num_format"] = canvas.formats.day(frame.x.grain)
    return names


def value_axis(canvas: Canvas, frame: ChartFrame) -> dict[str, Any]:
    """Return the axis of the figures; bars begin at zero."""
    shown = not labelled(frame)
    code = compact_code(canvas, (*frame.series, *frame.lines))
    if frame.kind == "percent_bar" or frame.y.unit == "percent":
        code = "0%"
    if frame.kind == "diverging_bar":
        code = unsigned_code(canvas, frame)
    values: dict[str, Any] = {
        "num_font": font(canvas, MUTED), "num_format": code, "line": {"none": True},
        "major_gridlines": {"visible": shown, "line": {"color": RULE, "width": 0.5}}, "major_tick_mark": "none",
    }  # fmt: skip
    if not shown:
        values["label_position"] = "none"
    if frame.kind == "percent_bar":
        values |= {"min": 0, "max": 1}
    elif frame.kind != "line" and min((*extent(frame), 0.0)) >= 0:
        values["min"] = 0
    if frame.reach and frame.kind != "percent_bar":
        values["max"] = max(frame.reach) * 1.2 or 1
    return values


def unsigned_code(canvas: Canvas, frame: ChartFrame) -> str:
    """Return a number format without a sign: bars to the left are not figures below zero."""
    code = compact_code(canvas, frame.series)
    if code.startswith("[>"):
        largest = max((abs(value) for value in extent(frame)), default=0.0)
        million, thousand = (canvas.display.words[word] for word in ("million", "thousand"))
        code = "#,##0"
        if largest >= 10_000:
            code = f'#,##0.0,,"{million}"' if largest >= 999_500 else f'#,##0,"{thousand}"'
    return f"{code};{code}"


def chart_text(text: str) -> str:
    """Return a title that XlsxWriter does not take for a cell reference such as ``Sheet!A1``."""
    return re.sub(r"!(?=\$?[A-Z])", "! ", one_line(text, 120)).removeprefix("=")
