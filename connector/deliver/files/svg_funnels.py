"""Funnels: a bar for each stage in the middle, the step between two of them, the way from the start at the right."""

from __future__ import annotations

from typing import Final

from connector.deliver.files.frames import ChartFrame, Series
from connector.deliver.files.stacks import extent
from connector.deliver.files.svg_bars import name_column
from connector.deliver.files.svg_canvas import Drawing, tip
from connector.deliver.files.svg_text import FONT_SIZE, LINE, text_width
from connector.deliver.files.theme import MUTED, RULE, readable_on

_BAR: Final = 30.0
_STEP: Final = 20.0
_GAP: Final = 5.0


def draw_funnel(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw a funnel; the first of ``labels`` is the rate of a step, the second the rate since the first stage."""
    step, since = (*frame.labels, None, None)[:2]
    left = name_column(drawing, frame)
    right = _right_room(drawing, since)
    top = _heads(drawing, step, since)
    between = _STEP if step is not None else _GAP
    part = frame.series[0]
    greatest = max((abs(value) for value in extent(frame)), default=0.0) or 1.0
    room = drawing.width - left - right
    middle = left + room / 2
    for place, value in enumerate(part.values):
        y = top + place * (_BAR + between)
        base = y + _BAR / 2 + FONT_SIZE * 0.36
        drawing.lines(left - 8, y + _BAR / 2, frame.categories[place], left - 8, 2)
        if value is not None:
            _stage(drawing, frame, place, (middle, y, room * abs(float(value)) / greatest), float(value))
        if since is not None and since.values[place] is not None:
            drawing.text(drawing.width, base, _figure(drawing, since, place), "end", MUTED)
        if step is not None and place and step.values[place] is not None:
            drawing.text(
                middle, y - between / 2 + FONT_SIZE * 0.36, f"▼ {_figure(drawing, step, place)}", "middle", MUTED
            )
    drawing.height = top + len(frame.categories) * (_BAR + between) - between + 4


def _stage(
    drawing: Drawing, frame: ChartFrame, place: int, spot: tuple[float, float, float], value: float
) -> None:  # fmt: skip
    """Draw a bar around the middle; its figure stands inside, or beside a bar too short for it."""
    part, (middle, y, wide) = frame.series[0], spot
    text = drawing.display.compact(value, part.unit)
    words = tip(frame.categories[place], part.name, drawing.display.cell(part.values[place], part.unit))
    colour = drawing.palette.primary
    drawing.rect(middle - max(wide, 1.5) / 2, y, max(wide, 1.5), _BAR, colour, words)
    base = y + _BAR / 2 + FONT_SIZE * 0.36
    if text_width(text, bold=True) + 8 <= wide:
        drawing.text(middle, base, text, "middle", readable_on(colour), bold=True)
    else:
        drawing.text(middle + max(wide, 1.5) / 2 + 5, base, text, bold=True)


def _right_room(drawing: Drawing, since: Series | None) -> float:
    if since is None:
        return 8.0
    shown = [_figure(drawing, since, place) for place, value in enumerate(since.values) if value is not None]
    return max([text_width(text) for text in shown], default=0.0) + 18


def _heads(drawing: Drawing, step: Series | None, since: Series | None) -> float:
    """Name the two rates above the funnel, one under the other where they are long; return the height that takes."""
    if step is None and since is None:
        return 2.0
    names = [f"▼ {step.name}" if step is not None else "", since.name if since is not None else ""]
    base = LINE
    drawing.text(0, base, names[0], "start", MUTED, room=drawing.width)
    if all(names) and sum(text_width(name) for name in names) + 20 > drawing.width:
        base += LINE
    drawing.text(drawing.width, base, names[1], "end", MUTED, room=drawing.width)
    drawing.line((0, base + 6, drawing.width, base + 6), RULE, 0.8)
    return base + 16


def _figure(drawing: Drawing, label: Series, place: int) -> str:
    value = label.values[place]
    return "" if value is None else drawing.display.compact(value, label.unit)
