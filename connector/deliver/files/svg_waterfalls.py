"""Waterfalls: what a sum was, what was added and taken away, and what it came to."""

from __future__ import annotations

from typing import Final

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.stacks import Segment, extent, steps
from connector.deliver.files.svg_axes import Scale, draw_names_below, ends, names_below
from connector.deliver.files.svg_bars import name_column
from connector.deliver.files.svg_canvas import Drawing, tip, widest
from connector.deliver.files.svg_text import FONT_SIZE
from connector.deliver.files.theme import AXIS, BAD, FAINT, GOOD

_PLOT: Final = 230.0
_PITCH: Final = 34.0
_BAR: Final = 20.0


def draw_waterfall(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw floating bars, standing where their names fit below them, else lying."""
    room = drawing.width / len(frame.categories)
    way, _ = names_below(list(frame.categories), room, over_time=False)
    texts = [step_text(drawing, frame, one) for one in steps(frame)]
    if way in ("flat", "lines") and widest(texts) <= room - 2:
        _standing(drawing, frame)
    else:
        _lying(drawing, frame)


def step_text(drawing: Drawing, frame: ChartFrame, one: Segment) -> str:
    """Return the figure of a step; a rise carries its sign, as a fall does."""
    text = drawing.display.compact(one.value, frame.series[0].unit)
    return f"+{text}" if one.place not in frame.totals and one.value > 0 else text


def step_colour(drawing: Drawing, frame: ChartFrame, one: Segment) -> str:
    """Return the colour of a step: the theme's for a total, a signal for good and bad."""
    if one.place in frame.totals or one.value == 0:
        return drawing.palette.primary
    return GOOD if (one.value > 0) == (frame.y.direction != "down") else BAD


def _standing(drawing: Drawing, frame: ChartFrame) -> None:
    made = steps(frame)
    low, high = ends(extent(frame), 18 / _PLOT)
    top, bottom = 6.0, 6.0 + _PLOT
    scale = Scale(low, high, bottom, top)
    room = drawing.width / len(frame.categories)
    wide = min(72.0, room * 0.68)
    for before, one in zip([None, *made], made, strict=False):
        x = room * (one.place + 0.5)
        begin, end = scale.at(one.begin), scale.at(one.end)
        if before is not None:
            level = scale.at(before.end)
            drawing.line((room * (before.place + 0.5) + wide / 2, level, x - wide / 2, level), FAINT, 1.0, "2 2")
        drawing.rect(
            x - wide / 2, begin, wide, _seen(end - begin), step_colour(drawing, frame, one), _tip(drawing, frame, one)
        )
        above = one.value >= 0
        base = min(begin, end) - 5 if above else max(begin, end) + FONT_SIZE + 2
        drawing.text(x, base, step_text(drawing, frame, one), "middle")
    floor = scale.at(0.0)
    drawing.line((0, floor, drawing.width, floor), AXIS, 1.0)
    spots = [room * (place + 0.5) for place in range(len(frame.categories))]
    drawing.height = bottom + draw_names_below(drawing, list(frame.categories), spots, bottom, over_time=False) + 4


def _lying(drawing: Drawing, frame: ChartFrame) -> None:
    made, names, top = steps(frame), name_column(drawing, frame), 2.0
    texts = {one.place: step_text(drawing, frame, one) for one in made}
    low, high = ends(extent(frame))
    figures = widest(list(texts.values())) + 8
    before = figures if any(one.value < 0 and min(one.begin, one.end) <= low for one in made) and low < 0 else 0.0
    scale = Scale(low, high, names + before, drawing.width - figures)
    bottom = top + _PITCH * len(frame.categories)
    for former, one in zip([None, *made], made, strict=False):
        y = top + _PITCH * one.place + (_PITCH - _BAR) / 2
        begin, end = scale.at(one.begin), scale.at(one.end)
        if former is not None:
            level = scale.at(former.end)
            drawing.line((level, top + _PITCH * former.place + (_PITCH + _BAR) / 2, level, y), FAINT, 1.0, "2 2")
        drawing.rect(begin, y, _seen(end - begin), _BAR, step_colour(drawing, frame, one), _tip(drawing, frame, one))
        drawing.text(max(begin, end) + 5, y + _BAR / 2 + FONT_SIZE * 0.36, texts[one.place])
    for place, name in enumerate(frame.categories):
        drawing.lines(names - 8, top + _PITCH * (place + 0.5), name, names - 8, 2)
    drawing.line((scale.at(0.0), top, scale.at(0.0), bottom), AXIS, 1.0)
    drawing.height = bottom + 4


def _seen(length: float) -> float:
    """A step of nothing is a stroke, not a hole."""
    return length if abs(length) >= 1.5 else 1.5 if length >= 0 else -1.5


def _tip(drawing: Drawing, frame: ChartFrame, one: Segment) -> str:
    return tip(frame.categories[one.place], "", drawing.display.cell(one.value, frame.series[0].unit))
