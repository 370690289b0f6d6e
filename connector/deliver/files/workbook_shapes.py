"""Native charts that Excel has no kind for, made of the ones it has: parts without colour carry the others."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from xlsxwriter.chart import Chart

from connector.deliver.files.frames import ChartFrame, Number, Series
from connector.deliver.files.stacks import FAR, Segment, extent, steps
from connector.deliver.files.theme import BAD, FAINT, GOOD, INK, MUTED, RULE, readable_on, tint
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_chart_data import ChartData, DataColumn, References
from connector.deliver.files.workbook_chart_look import (
    chart_text,
    compact_code,
    dress,
    font,
    title_and_ground,
    value_axis,
)
from connector.model.report import ChartKind

_LEAST_BOX: Final = 0.12
"""A box lower than so much of the highest has no room for its middle figure."""
_UNSEEN: Final[dict[str, Any]] = {"fill": {"none": True}, "border": {"none": True}}


def pie(canvas: Canvas, frame: ChartFrame, data: ChartData) -> Chart:
    """Return a ring; each part's figure and share stand in the legend's names, so that no two can collide."""
    part = frame.series[0]
    whole = float(sum(value or 0 for value in part.values))
    names = tuple(
        f"{name[:40]} · {canvas.display.compact(value or 0, part.unit)} · "
        f"{canvas.display.percent(canvas.display.fixed(float(value or 0) / whole * 100, 1))}"
        for name, value in zip(frame.categories, part.values, strict=True)
    )
    cells = data.add(names, [DataColumn(part.name, part.values, part.unit)])
    chart = canvas.book.add_chart({"type": "doughnut"})
    points = [
        {"fill": {"color": colour}, "border": {"color": "#FFFFFF"}} for colour in canvas.palette.series(len(names))
    ]
    chart.add_series(
        {"name": cells.names[0], "categories": cells.categories, "values": cells.values[0], "points": points}
    )
    chart.set_hole_size(56)
    title_and_ground(canvas, chart, frame, legend=True)
    chart.set_legend({"position": "right", "font": font(canvas) | {"size": 10}})
    return chart


def funnel(canvas: Canvas, frame: ChartFrame, data: ChartData) -> Chart:
    """Return bars around a middle line; at the left the rate of a step, at the right the rate since the start."""
    part = frame.series[0]
    greatest = max((abs(float(value)) for value in part.values if value is not None), default=0.0) or 1.0
    pad = tuple(None if value is None else (greatest - abs(float(value))) / 2 + greatest * 0.2 for value in part.values)
    columns = [
        DataColumn(f"← {part.name}", pad, part.unit), DataColumn(part.name, part.values, part.unit),
        DataColumn(f"{part.name} →", pad, part.unit),
    ]  # fmt: skip
    cells = data.add(frame.categories, columns)
    chart = canvas.book.add_chart({"type": "bar", "subtype": "stacked"})
    step, since = (*frame.labels, None, None)[:2]
    colour = canvas.palette.primary
    middle = {
        "value": True, "num_format": compact_code(canvas, frame.series), "position": "center",
        "font": font(canvas, readable_on(colour)) | {"bold": True}, "custom": _outside(canvas, frame, greatest),
    }  # fmt: skip
    looks: list[dict[str, Any]] = [
        _UNSEEN | _rates(canvas, step, "▼ ", "inside_base"),
        {"fill": {"color": colour}, "border": {"none": True}, "data_labels": middle},
        _UNSEEN | _rates(canvas, since, "", "inside_end"),
    ]
    for number, look in enumerate(looks):
        _series(chart, cells, number, look | {"gap": 30, "overlap": 100})
    title_and_ground(canvas, chart, frame, legend=False)
    names = " · ".join(
        words for words in (f"▼ {step.name} ←" if step else "", f"→ {since.name}" if since else "") if words
    )
    below: dict[str, Any] = {
        "visible": bool(names),
        "label_position": "none",
        "line": {"none": True},
        "min": 0,
        "max": greatest * 1.4,
    }
    if names:
        below |= {"name": chart_text(names), "name_font": font(canvas, MUTED)}
    chart.set_x_axis(below | {"major_gridlines": {"visible": False}, "major_tick_mark": "none"})
    chart.set_y_axis({
        "reverse": True, "num_font": font(canvas), "line": {"none": True}, "major_tick_mark": "none", "text_axis": True,
    })  # fmt: skip
    return chart


def waterfall(canvas: Canvas, frame: ChartFrame, data: ChartData) -> Chart:
    """Return floating columns: one part unseen, one for each colour above and below zero, lines between them."""
    made = steps(frame)
    columns, colours = _parts(frame, made, canvas.palette.primary)
    tops = _spread(frame, {one.place: max(one.begin, one.end, 0.0) for one in made})
    links = [
        DataColumn(f"{number}", _spread(frame, {one.place: one.end, other.place: one.end}), frame.y.unit)
        for number, (one, other) in enumerate(pairwise(made))
    ]
    cells = data.add(frame.categories, [*columns, DataColumn(frame.series[0].name, tops, frame.y.unit), *links])
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    for number, colour in enumerate(colours):
        look = {"fill": {"color": colour}, "border": {"none": True}} if colour else _UNSEEN
        _series(chart, cells, number, look | {"gap": 40, "overlap": 100})
    over = canvas.book.add_chart({"type": "line"})
    labels = {"value": True, "position": "above", "font": font(canvas), "custom": _signed(canvas, frame, made)}
    _series(over, cells, len(columns), {"line": {"none": True}, "data_labels": labels})
    for number in range(len(columns) + 1, len(columns) + 1 + len(links)):
        _series(over, cells, number, {"line": {"color": FAINT, "width": 0.75, "dash_type": "square_dot"}})
    dress(canvas, chart, frame)
    chart.set_legend({"none": True})
    chart.combine(over)
    return chart


def box(canvas: Canvas, frame: ChartFrame, data: ChartData) -> Chart:
    """Return boxes from quarter to quarter on an unseen part, whiskers as error bars, the middle figure printed."""
    low, first, half, third, high = frame.series
    gaps = [_between(one, other) for one, other in ((low, first), (first, half), (half, third), (third, high))]
    unit = frame.y.unit
    columns = [
        DataColumn(first.name, first.values, unit), DataColumn(half.name, gaps[1], unit),
        DataColumn(third.name, gaps[2], unit),
        DataColumn(low.name, gaps[0], unit), DataColumn(high.name, gaps[3], unit),
    ]  # fmt: skip
    cells = data.add(frame.categories, columns)
    chart = canvas.book.add_chart({"type": "column", "subtype": "stacked"})
    line = {"color": canvas.palette.primary, "width": 1.25}
    pale, shapes = tint(canvas.palette.primary, 0.55), {"gap": 90, "overlap": 100}
    whisker = {"type": "custom", "end_style": 1, "line": line}
    down = whisker | {"direction": "minus", "minus_values": _formula(cells, 3), "plus_values": _formula(cells, 3)}
    up = whisker | {"direction": "plus", "plus_values": _formula(cells, 4), "minus_values": _formula(cells, 4)}
    tall = max((value for value in third.values if value is not None), default=0) * _LEAST_BOX
    shown = [
        {"delete": True} if value is None or (part or 0) < tall else {"value": canvas.display.compact(value, unit)}
        for value, part in zip(half.values, gaps[1], strict=True)
    ]
    labels = {"value": True, "position": "inside_end", "font": font(canvas) | {"bold": True}, "custom": shown}
    _series(chart, cells, 0, _UNSEEN | shapes | {"y_error_bars": down})
    _series(chart, cells, 1, {"fill": {"color": pale}, "border": line, "data_labels": labels} | shapes)
    _series(chart, cells, 2, {"fill": {"color": pale}, "border": line, "y_error_bars": up} | shapes)
    dress(canvas, chart, frame)
    chart.set_legend({"none": True})
    most = max((value for value in third.values if value is not None), default=0) * FAR
    chart.set_y_axis(value_axis(canvas, frame) | ({"max": most} if most and max(extent(frame)) > most else {}))
    names = " – ".join(part.name for part in (low, first, half, third, high))
    chart.set_x_axis({
        "num_font": font(canvas), "line": {"color": RULE}, "major_tick_mark": "none", "text_axis": True,
        "name": chart_text(names), "name_font": font(canvas, MUTED) | {"size": 8},
    })  # fmt: skip
    return chart


def _series(chart: Chart, cells: References, number: int, look: dict[str, Any]) -> None:
    chart.add_series(
        {"name": cells.names[number], "categories": cells.categories, "values": cells.values[number]} | look
    )


def _formula(cells: References, number: int) -> str:
    """Return the place of a column as Excel writes it: error bars take no list."""
    name, first, column, last, _ = cells.values[number]
    letters = ""
    rest = column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        letters = chr(65 + letter) + letters
    quoted = name.replace("'", "''")
    return f"='{quoted}'!${letters}${first + 1}:${letters}${last + 1}"


def _rates(canvas: Canvas, label: Series | None, before: str, position: str) -> dict[str, Any]:
    """Return labels of an unseen part: the rates that stand beside the bars of a funnel."""
    if label is None:
        return {}
    show = canvas.display.compact
    custom = [
        {"delete": True} if value is None else {"value": f"{before}{show(value, label.unit)}"} for value in label.values
    ]
    return {"data_labels": {"value": True, "position": position, "font": font(canvas, MUTED), "custom": custom}}


def _outside(canvas: Canvas, frame: ChartFrame, greatest: float) -> list[dict[str, Any] | None]:
    """A figure on a bar too short for it is dark, as it stands on white."""
    dark = {"font": font(canvas, INK) | {"bold": True}}
    return [None if value is None or abs(value) > greatest * 0.12 else dict(dark) for value in frame.series[0].values]


def _parts(frame: ChartFrame, made: list[Segment], total: str) -> tuple[list[DataColumn], list[str]]:
    """Return the stacked columns of a waterfall and their colours; the first has none and carries the others."""
    rise, fall = (BAD, GOOD) if frame.y.direction == "down" else (GOOD, BAD)
    base: dict[int, float] = {}
    parts: dict[tuple[str, bool], dict[int, float]] = {}
    for one in made:
        low, high = sorted((one.begin, one.end))
        base[one.place] = low if low > 0 else min(high, 0.0)
        colour = total if one.place in frame.totals or one.value == 0 else rise if one.value > 0 else fall
        parts.setdefault((colour, True), {})[one.place] = max(high, 0.0) - max(low, 0.0)
        parts.setdefault((colour, False), {})[one.place] = min(low, 0.0) - min(high, 0.0)
    columns, colours = [DataColumn(f"{frame.series[0].name} 0", _spread(frame, base), frame.y.unit)], [""]
    for number, ((colour, _), values) in enumerate(parts.items()):
        if any(values.values()):
            columns.append(DataColumn(f"{frame.series[0].name} {number + 1}", _spread(frame, values), frame.y.unit))
            colours.append(colour)
    return columns, colours


def _signed(canvas: Canvas, frame: ChartFrame, made: list[Segment]) -> list[dict[str, Any]]:
    words = dict.fromkeys(range(len(frame.categories)), "")
    for one in made:
        sign = "+" if one.value > 0 and one.place not in frame.totals else ""
        words[one.place] = sign + canvas.display.compact(one.value, frame.y.unit)
    return [{"value": word} if word else {"delete": True} for word in words.values()]


def _spread(frame: ChartFrame, values: dict[int, float]) -> tuple[Number | None, ...]:
    return tuple(values.get(place) for place in range(len(frame.categories)))


def _between(one: Series, other: Series) -> tuple[Number | None, ...]:
    return tuple(
        None if low is None or high is None else high - low for low, high in zip(one.values, other.values, strict=True)
    )


SHAPES: Final[dict[ChartKind, Callable[[Canvas, ChartFrame, ChartData], Chart]]] = {
    "pie": pie, "funnel": funnel, "waterfall": waterfall, "box": box,
}  # fmt: skip
"""Kinds made of several parts, to what makes them."""
