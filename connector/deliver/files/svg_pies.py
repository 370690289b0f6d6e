"""Pies: parts of a whole with a list beside them of each part's name, figure and share."""

from __future__ import annotations

import math
from typing import Final

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.svg_bars import share_text
from connector.deliver.files.svg_canvas import Drawing, tip, widest
from connector.deliver.files.svg_text import FONT_SIZE, LINE
from connector.deliver.files.theme import MUTED

_ROUND: Final = 92.0
_HOLE: Final = 0.56
_NARROW: Final = 420.0
_LINE: Final = 26.0


def draw_pie(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw a ring; on a narrow chart the list stands below it."""
    values = [float(value or 0) for value in frame.series[0].values]
    whole = sum(values)
    colours = drawing.palette.series(len(values))
    narrow = drawing.width < _NARROW
    listed = _LINE * len(values)
    tall = 2 * _ROUND + 8
    middle = (drawing.width / 2 if narrow else _ROUND + 8, tall / 2 if narrow else max(tall, listed) / 2)
    turn = 0.0
    for place, (value, colour) in enumerate(zip(values, colours, strict=True)):
        share = value / whole
        words = tip(frame.categories[place], "", f"{_figure(drawing, frame, place)} ({share_text(drawing, share)})")
        drawing.shape(_slice(middle, turn, turn + share), colour, words)
        turn += share
    left, top = (0.0, tall + 6) if narrow else (2 * _ROUND + 40, max(0.0, (tall - listed) / 2))
    _list(drawing, frame, (left, top), whole, colours)
    drawing.height = tall + 10 + listed if narrow else max(tall, listed) + 4


def _list(
    drawing: Drawing, frame: ChartFrame, corner: tuple[float, float], whole: float, colours: list[str]
) -> None:  # fmt: skip
    """Write a line for each part: colour, name, figure, share."""
    left, top = corner
    part = frame.series[0]
    figures = [drawing.display.compact(value or 0, part.unit) for value in part.values]
    shares = [share_text(drawing, float(value or 0) / whole) for value in part.values]
    shares_at = drawing.width - 2
    figures_at = shares_at - widest(shares) - 14
    room = figures_at - widest(figures) - 12 - (left + 18)
    for place, (figure, share) in enumerate(zip(figures, shares, strict=True)):
        middle = top + _LINE * (place + 0.5)
        base = middle + FONT_SIZE * 0.36
        drawing.rect(left, middle - 5, 10, 10, colours[place])
        drawing.text(left + 18, base, frame.categories[place], room=max(room, LINE * 2))
        drawing.text(figures_at, base, figure, "end", MUTED)
        drawing.text(shares_at, base, share, "end", bold=False)


def _slice(middle: tuple[float, float], begin: float, end: float) -> str:
    """Return the path of a part of the ring between two shares of the turn; a whole ring is two halves."""
    if end - begin > 0.9999:
        return _slice(middle, 0.0, 0.5) + _slice(middle, 0.5, 1.0)
    (x, y), large = middle, int(end - begin > 0.5)
    points = []
    for share, radius in ((begin, _ROUND), (end, _ROUND), (end, _ROUND * _HOLE), (begin, _ROUND * _HOLE)):
        angle = 2 * math.pi * share - math.pi / 2
        points.append(f"{x + radius * math.cos(angle):.2f},{y + radius * math.sin(angle):.2f}")
    outer, inner = f"{_ROUND:.1f}", f"{_ROUND * _HOLE:.1f}"
    return f"M{points[0]}A{outer},{outer} 0 {large} 1 {points[1]}L{points[2]}A{inner},{inner} 0 {large} 0 {points[3]}Z"


def _figure(drawing: Drawing, frame: ChartFrame, place: int) -> str:
    return drawing.display.cell(frame.series[0].values[place], frame.series[0].unit)
