"""Pages of a Looker Studio report as drawings: where each part stands, its number, and what kind of chart it is.

Where the figures of a workspace are given, a part shows them; else marks that stand for its kind, and no figures.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import Final, Literal

from connector.deliver.files.chart_frame import ChartFrame
from connector.deliver.files.display import Display
from connector.deliver.files.svg import render_chart_svg
from connector.deliver.files.svg_canvas import Drawing
from connector.deliver.files.theme import AXIS, INK, MUTED, PANEL, RULE, Palette, tint

Kind = Literal[
    "card", "table", "bar", "column", "stacked_column", "line", "combo", "donut", "pivot", "text", "freshness",
    "control",
]  # fmt: skip
WIDTH: Final = 1200
"""Pixels of a page; those of the canvas of the report."""
_MARGIN: Final = 8
_HEAD: Final = 30
_STEPS: Final = (0.55, 0.7, 0.62, 0.85, 0.78, 1.0, 0.9, 0.96)
"""Heights of columns and lengths of bars; they show no figures."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What a part shows of a workspace: a figure with what it is compared with, rows of a table, or a chart."""

    figure: str = ""
    beside: str = ""
    rows: tuple[tuple[str, ...], ...] = ()
    chart: ChartFrame | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """One part of a page. ``at`` is left, top, width and height in pixels."""

    number: int
    kind: Kind
    title: str
    at: tuple[int, int, int, int]
    colour: Literal["primary", "accent", "neutral"] = "primary"
    filling: Filling | None = None


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is left inside of a box for the marks of its chart."""

    x: float
    y: float
    width: float
    height: float
    colour: str


def page_drawing(boxes: Sequence[Box], height: int, palette: Palette, label: str, display: Display) -> str:
    """Return the page as an ``<svg>`` element, in the scale of the report's canvas."""
    drawing = Drawing(float(WIDTH), palette, display, float(height))
    for box in boxes:
        _draw(drawing, box)
    return drawing.svg(label)


def _draw(drawing: Drawing, box: Box) -> None:
    left, top, width, height = (float(part) for part in box.at)
    x, y, wide, high = left + _MARGIN / 2, top + _MARGIN / 2, width - _MARGIN, height - _MARGIN
    colour = {"primary": drawing.palette.primary, "accent": drawing.palette.accent, "neutral": drawing.palette.neutral}[
        box.colour
    ]
    if box.kind == "text":
        drawing.line((x, y + high, x + wide, y + high), colour, 2)
    else:
        drawing.rect(x, y, wide, high, PANEL if box.kind in ("card", "control", "freshness") else "#FFFFFF")
        for ends in (
            (x, y, x + wide, y),
            (x, y + high, x + wide, y + high),
            (x, y, x, y + high),
            (x + wide, y, x + wide, y + high),
        ):
            drawing.line(ends, RULE)
    drawing.text(x + 8, y + 19, str(box.number), colour=MUTED, bold=True)
    drawing.text(x + 32, y + 19, box.title, colour=INK, bold=box.kind != "control", room=wide - 44)
    frame = _Frame(x + 14, y + _HEAD, wide - 28, high - _HEAD - 12, colour)
    if box.filling is not None:
        _fill(drawing, frame, box.filling)
    elif box.kind in _MARKS and frame.height > 0:
        _MARKS[box.kind](drawing, frame)


def _fill(drawing: Drawing, frame: _Frame, filling: Filling) -> None:
    if filling.chart is not None:
        _chart(drawing, frame, filling.chart)
    elif filling.figure:
        place = f'x="{frame.x:.0f}" y="{frame.y + 24:.0f}" font-size="24" font-weight="bold" fill="{frame.colour}"'
        drawing.parts.append(f"<text {place}>{escape(filling.figure)}</text>")
        drawing.text(frame.x, frame.y + 46, filling.beside, colour=MUTED, room=frame.width)
    else:
        _rows(drawing, frame, filling.rows)


def _chart(drawing: Drawing, frame: _Frame, chart: ChartFrame) -> None:
    """Put a chart of ours into the frame, as large as it fits."""
    palette = replace(drawing.palette, primary=frame.colour)
    svg = render_chart_svg(replace(chart, title=""), palette, drawing.display, max(240, int(frame.width)))
    size = f'x="{frame.x:.0f}" y="{frame.y:.0f}" width="{frame.width:.0f}" height="{frame.height:.0f}"'
    drawing.parts.append(svg.replace("<svg ", f"<svg {size} ", 1))


def _rows(drawing: Drawing, frame: _Frame, rows: tuple[tuple[str, ...], ...]) -> None:
    """Write as many rows as fit; the first one is the head."""
    drawing.rect(frame.x, frame.y, frame.width, 20, tint(frame.colour, 0.75))
    for number, row in enumerate(rows[: int(frame.height // 20)]):
        y = frame.y + number * 20 + 14
        first = frame.width * (0.4 if len(row) > 2 else 0.6)
        wide = (frame.width - first) / max(1, len(row) - 1)
        drawing.text(frame.x + 6, y, row[0], bold=not number, room=first - 12)
        for place, text in enumerate(row[1:], 1):
            drawing.text(frame.x + first + place * wide - 6, y, text, "end", bold=not number, room=wide - 8)
        if number:
            drawing.line((frame.x, y + 6, frame.x + frame.width, y + 6), RULE)


def _card(drawing: Drawing, frame: _Frame) -> None:
    drawing.rect(frame.x, frame.y + 4, min(150.0, frame.width * 0.5), max(8.0, frame.height * 0.5), frame.colour)
    drawing.rect(frame.x, frame.y + frame.height * 0.5 + 12, min(80.0, frame.width * 0.3), 5, AXIS)


def _bars(drawing: Drawing, frame: _Frame) -> None:
    count = max(3, min(8, int(frame.height // 24)))
    step = frame.height / count
    for number, share in enumerate(sorted(_STEPS, reverse=True)[:count]):
        drawing.rect(frame.x + 90, frame.y + number * step, (frame.width - 90) * share, step * 0.66, frame.colour)
        drawing.rect(frame.x, frame.y + number * step + step * 0.2, 70 * share, 6, RULE)


def _columns(drawing: Drawing, frame: _Frame, *, stacked: bool = False) -> None:
    step = frame.width / len(_STEPS)
    bottom = frame.y + frame.height
    for number, share in enumerate(_STEPS):
        high = frame.height * share
        drawing.rect(frame.x + number * step, bottom, step * 0.6, -high, frame.colour)
        if stacked:
            drawing.rect(
                frame.x + number * step, bottom - high * 0.55, step * 0.6, -high * 0.45, tint(frame.colour, 0.5)
            )
    drawing.line((frame.x, bottom, frame.x + frame.width, bottom), AXIS)


def _stacked(drawing: Drawing, frame: _Frame) -> None:
    _columns(drawing, frame, stacked=True)


def _line(drawing: Drawing, frame: _Frame) -> None:
    bottom = frame.y + frame.height
    drawing.stroke(_points(frame, frame.width / (len(_STEPS) - 1), 0.0), frame.colour)
    drawing.line((frame.x, bottom, frame.x + frame.width, bottom), AXIS)


def _combo(drawing: Drawing, frame: _Frame) -> None:
    _columns(drawing, frame)
    step = frame.width / len(_STEPS)
    lower = _Frame(frame.x, frame.y + frame.height * 0.3, frame.width, frame.height * 0.7, frame.colour)
    drawing.stroke(_points(lower, step, step * 0.3), drawing.palette.accent)


def _points(frame: _Frame, step: float, shift: float) -> list[tuple[float, float]]:
    bottom = frame.y + frame.height
    return [(frame.x + shift + number * step, bottom - frame.height * share) for number, share in enumerate(_STEPS)]


def _donut(drawing: Drawing, frame: _Frame) -> None:
    radius = min(frame.width, frame.height) / 2
    x, y, inner = frame.x + frame.width / 2, frame.y + frame.height / 2, radius * 0.6
    ring = f"M{x - radius:.1f},{y:.1f}a{radius:.1f},{radius:.1f} 0 1,1 {radius:.1f},{radius:.1f}"
    drawing.shape(
        f"{ring}v{-(radius - inner):.1f}a{inner:.1f},{inner:.1f} 0 1,0 {-inner:.1f},{-inner:.1f}z", frame.colour
    )
    rest = f"M{x - radius:.1f},{y:.1f}a{radius:.1f},{radius:.1f} 0 0,0 {radius:.1f},{radius:.1f}"
    drawing.shape(
        f"{rest}v{-(radius - inner):.1f}a{inner:.1f},{inner:.1f} 0 0,1 {-inner:.1f},{-inner:.1f}z",
        tint(frame.colour, 0.5),
    )


def _table(drawing: Drawing, frame: _Frame) -> None:
    drawing.rect(frame.x, frame.y, frame.width, 18, tint(frame.colour, 0.75))
    rows = int((frame.height - 18) // 22)
    for number in range(1, rows + 1):
        y = frame.y + 18 + number * 22
        drawing.line((frame.x, y, frame.x + frame.width, y), RULE)
        drawing.rect(frame.x + 6, y - 14, 120 * _STEPS[number % len(_STEPS)], 6, AXIS)
        for column in (0.45, 0.63, 0.81, 0.98):
            wide = 44 * _STEPS[(number + int(column * 10)) % len(_STEPS)]
            drawing.rect(frame.x + frame.width * column - wide, y - 14, wide, 6, RULE)


def _pivot(drawing: Drawing, frame: _Frame) -> None:
    wide, high = frame.width / 12, frame.height / 7
    for row in range(7):
        for column in range(12):
            share = 0.95 - 0.75 * _STEPS[(row * 5 + column * 3) % len(_STEPS)]
            place = (frame.x + column * wide, frame.y + row * high)
            drawing.rect(*place, wide - 3, high - 3, tint(frame.colour, max(0.1, share)))


def _control(drawing: Drawing, frame: _Frame) -> None:
    x, y = frame.x + frame.width, frame.y - 16
    drawing.shape(f"M{x - 6:.1f},{y:.1f}h10l-5,6z", MUTED)


_MARKS: Final[dict[Kind, Callable[[Drawing, _Frame], None]]] = {
    "card": _card, "table": _table, "bar": _bars, "column": _columns, "stacked_column": _stacked, "line": _line,
    "combo": _combo, "donut": _donut, "pivot": _pivot, "control": _control,
}  # fmt: skip
