"""Standing columns, with lines over them where a goal or a mean is asked for; and lines alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connector.deliver.files.frames import ChartFrame, Number, Series
from connector.deliver.files.stacks import Segment, constant, extent, is_stacked, same_scale, segments
from connector.deliver.files.svg_axes import Scale, axis_room, draw_names_below, ends, tick_text, ticks, value_axis
from connector.deliver.files.svg_bars import bar_keys, bar_tip, line_colour, share_text
from connector.deliver.files.svg_canvas import Drawing, tip, widest
from connector.deliver.files.svg_legend import Key, draw_legend
from connector.deliver.files.svg_text import FONT_SIZE, text_width
from connector.deliver.files.theme import AXIS, INK, MUTED, readable_on

_PLOT: Final = 200.0
"""Height of the drawing area."""
_WIDEST: Final = 64.0
_MOST_DOTS: Final = 31
_MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Plot:
    """The area of a standing chart: its scale, the middle of each category, the room of one, top and bottom."""

    scale: Scale
    spots: list[float]
    room: float
    top: float
    bottom: float


def draw_columns(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw a chart of standing columns."""
    top = draw_legend(drawing, bar_keys(drawing, frame)) + 8
    percent = frame.kind == "percent_bar"
    low, high = (0.0, 1.0) if percent else ends(extent(frame))
    labelled = _labels_fit(drawing, frame)
    if labelled:
        low, high = ends([low, high], 18 / _PLOT)
    unit = "percent" if percent else frame.y.unit
    scale = Scale(low, high, top + _PLOT, top)
    plot = _plot(drawing, frame, scale, 0.0 if labelled else axis_room(drawing, scale, unit))
    if not labelled:
        value_axis(drawing, plot.scale, unit, (plot.spots[0] - plot.room / 2, _right(plot)), sideways=False)
    colours = drawing.palette.series(len(frame.series))
    for one in segments(frame):
        _column(drawing, frame, one, plot, colours[one.series])
        if labelled:
            base = plot.scale.at(one.end) + (-4 if one.end >= 0 else FONT_SIZE + 2)
            drawing.text(plot.spots[one.place], base, _label(drawing, frame, one.place), "middle")
    floor = plot.scale.at(0.0)
    drawing.line((plot.spots[0] - plot.room / 2, floor, _right(plot), floor), AXIS, 1.0)
    for number, line in enumerate(frame.lines):
        _over(drawing, frame, line, plot, (line_colour(drawing, frame, number), "5 3" if number else ""))
    below = draw_names_below(drawing, list(frame.categories), plot.spots, plot.bottom, over_time=frame.over_time)
    drawing.height = plot.bottom + below + 4


def draw_lines(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw lines with points; the step into a running period is dashed, a missing value is a gap."""
    colours = drawing.palette.series(len(frame.series))
    keys = [Key(part.name, colour, "line") for part, colour in zip(frame.series, colours, strict=True)]
    keys = (keys if len(keys) > 1 or frame.lines else []) + [
        key for key in bar_keys(drawing, frame) if key.mark != "chip"
    ]
    top = draw_legend(drawing, keys) + 10
    scale = Scale(*_span(frame, extent(frame)), top + _PLOT, top)
    plot = _plot(drawing, frame, scale, axis_room(drawing, scale, frame.y.unit))
    value_axis(drawing, plot.scale, frame.y.unit, (plot.spots[0] - plot.room / 2, _right(plot)), sideways=False)
    for part, colour in zip(frame.series, colours, strict=True):
        _trace(drawing, frame, part, plot, colour)
    for number, line in enumerate(frame.lines):
        _over(drawing, frame, line, plot, (line_colour(drawing, frame, number), "5 3" if number else ""))
    if len(frame.series) == 1 and len(frame.categories) <= _MOST_LABELS and not frame.lines:
        _point_labels(drawing, frame, plot)
    below = draw_names_below(drawing, list(frame.categories), plot.spots, plot.bottom, over_time=frame.over_time)
    drawing.height = plot.bottom + below + 4


def _plot(drawing: Drawing, frame: ChartFrame, scale: Scale, left: float) -> Plot:
    right = drawing.width - _other_axis_room(drawing, frame)
    room = (right - left) / len(frame.categories)
    spots = [left + room * (place + 0.5) for place in range(len(frame.categories))]
    return Plot(scale, spots, room, scale.end, scale.start)


def _right(plot: Plot) -> float:
    return plot.spots[-1] + plot.room / 2


def _labels_fit(drawing: Drawing, frame: ChartFrame) -> bool:
    """Whether every column can carry its figure."""
    if len(frame.series) != 1 or frame.lines or is_stacked(frame):
        return False
    texts = [_label(drawing, frame, place) for place in range(len(frame.categories))]
    return widest(texts) + 4 <= drawing.width / len(frame.categories)


def _label(drawing: Drawing, frame: ChartFrame, place: int) -> str:
    columns = [(part.values[place], part.unit) for part in (frame.series[0], *frame.labels)]
    return " · ".join(drawing.display.compact(value, unit) for value, unit in columns if value is not None)


def _column(drawing: Drawing, frame: ChartFrame, one: Segment, plot: Plot, colour: str) -> None:
    stacked = is_stacked(frame)
    wide = min(_WIDEST, plot.room * 0.72) / (1 if stacked else len(frame.series))
    offset = 0.0 if stacked else wide * (one.series - (len(frame.series) - 1) / 2)
    middle, begin, end = plot.spots[one.place] + offset, plot.scale.at(one.begin), plot.scale.at(one.end)
    part = frame.series[one.series]
    hollow = one.place == frame.running
    gap = 1.0 if stacked and abs(end - begin) > 3 else 0.0
    inner = wide - (1.5 if len(frame.series) > 1 and not stacked and wide > 6 else 0.0)
    drawing.rect(
        middle - inner / 2, begin, inner, end - begin + gap, colour, bar_tip(drawing, frame, one), hollow=hollow
    )
    text = share_text(drawing, one.share) if one.share is not None else drawing.display.compact(one.value, part.unit)
    if stacked and abs(end - begin) >= FONT_SIZE + 5 and text_width(text) + 4 <= inner and not frame.lines:
        shade = INK if hollow else readable_on(colour)
        drawing.text(middle, (begin + end) / 2 + FONT_SIZE * 0.36, text, "middle", shade)


def _over(drawing: Drawing, frame: ChartFrame, line: Series, plot: Plot, look: tuple[str, str]) -> None:
    """Draw a goal or mean; measured otherwise than the columns, it has its figures at the right."""
    scale, (colour, dash) = plot.scale, look
    if line not in same_scale(frame):
        low, high = ends([float(value) for value in line.values if value is not None])
        scale = Scale(low, high, plot.bottom, plot.top)
        for value in ticks(low, high, line.unit, 4):
            text = tick_text(value, line.unit, drawing.display)
            drawing.text(drawing.width, scale.at(value) + FONT_SIZE * 0.36, text, "end", MUTED)
    one = constant(line)
    if one is not None:
        level = scale.at(float(one))
        drawing.line((plot.spots[0] - plot.room / 2, level, _right(plot), level), colour, 2.0, dash)
        return
    for run in _runs(line.values):
        points = [(plot.spots[place], scale.at(float(value))) for place, value in run]
        if len(points) > 1:
            drawing.stroke(points, colour, 2.0, dash)
        for (x, y), (place, value) in zip(points, run, strict=True):
            words = tip(frame.categories[place], line.name, drawing.display.cell(value, line.unit))
            drawing.dot(x, y, colour, words)


def _other_axis_room(drawing: Drawing, frame: ChartFrame) -> float:
    others = [line for line in frame.lines if line not in same_scale(frame)]
    shown = []
    for line in others:
        low, high = ends([float(value) for value in line.values if value is not None])
        shown += [tick_text(value, line.unit, drawing.display) for value in ticks(low, high, line.unit, 4)]
    return widest(shown) + 8 if shown else 0.0


def _span(frame: ChartFrame, values: list[float]) -> tuple[float, float]:
    """A line may start above zero when it moves little; a share always shows where it stands."""
    low, high = min(values), max(values)
    if frame.y.unit == "percent" or low < 0.6 * high or low == high:
        return ends(values, 0.08)
    space = (high - low) * 0.15
    return low - space, high + space


def _trace(drawing: Drawing, frame: ChartFrame, part: Series, plot: Plot, colour: str) -> None:
    runs = _runs(part.values)
    for run in runs:
        points = [(plot.spots[place], plot.scale.at(float(value))) for place, value in run]
        ends_running = frame.running is not None and run[-1][0] == frame.running and len(points) > 1
        whole = points[:-1] if ends_running else points
        if len(whole) > 1:
            drawing.stroke(whole, colour)
        if ends_running:
            drawing.stroke(points[-2:], colour, dash="3 3")
        if len(frame.categories) <= _MOST_DOTS or len(points) == 1:
            for (x, y), (place, value) in zip(points, run, strict=True):
                name = part.name if len(frame.series) > 1 else ""
                words = tip(frame.categories[place], name, drawing.display.cell(value, part.unit))
                drawing.dot(x, y, colour, words, hollow=place == frame.running)


def _runs(values: tuple[Number | None, ...]) -> list[list[tuple[int, Number]]]:
    """Return the unbroken runs of a line as (place, value)."""
    runs: list[list[tuple[int, Number]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _point_labels(drawing: Drawing, frame: ChartFrame, plot: Plot) -> None:
    part = frame.series[0]
    texts = ["" if value is None else drawing.display.compact(value, part.unit) for value in part.values]
    if widest(texts) + 8 > plot.room:
        return
    for place, (spot, value, text) in enumerate(zip(plot.spots, part.values, texts, strict=True)):
        if value is not None:
            level, near = plot.scale.at(float(value)), part.values[max(0, place - 1) : place + 2]
            around = [float(one) for one in near if one is not None]
            under = float(value) < sum(around) / len(around) and level + FONT_SIZE + 8 < plot.bottom
            drawing.text(spot, level + FONT_SIZE + 6 if under else max(level - 8, FONT_SIZE), text, "middle")
