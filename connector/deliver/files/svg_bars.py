"""Lying bars: one or several a row, stacked, as parts of 100 %, or to both sides of zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connector.deliver.files.frames import ChartFrame, Series
from connector.deliver.files.stacks import Segment, constant, extent, is_stacked, line_name, same_scale, segments
from connector.deliver.files.svg_axes import Scale, ends, value_axis
from connector.deliver.files.svg_canvas import Drawing, tip, widest
from connector.deliver.files.svg_legend import Key, draw_legend
from connector.deliver.files.svg_text import FONT_SIZE, LINE, text_width, wrapped
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import AXIS, INK, MUTED, readable_on

_NAME_SHARE: Final = 0.36
_BAR: Final = 17.0
_THICK: Final = 20.0
_THIN: Final = 14.0
_MOST_LABELLED: Final = 3
"""Rows of so many bars print every figure; rows of more have an axis."""


@dataclass(frozen=True, slots=True)
class _Rows:
    """Where bars lie: the scale, the top of the first row, the height of a row and of a bar, bars in one row."""

    scale: Scale
    top: float
    pitch: float
    thick: float
    beside: int

    def middle(self, one: Segment) -> float:
        offset = self.thick * (one.series - (self.beside - 1) / 2) if self.beside > 1 else 0.0
        return self.top + self.pitch * (one.place + 0.5) + offset


def draw_bars(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw a chart of lying bars."""
    top = draw_legend(drawing, bar_keys(drawing, frame)) + 2
    bars = segments(frame)
    labelled = frame.kind in ("bar", "diverging_bar") and len(frame.series) <= _MOST_LABELLED
    texts = [_text(drawing, frame, one) for one in bars] if labelled else []
    names = name_column(drawing, frame)
    rows = _rows(
        drawing, frame, names, top, [(_leftward(frame, one), text) for one, text in zip(bars, texts, strict=False)]
    )
    bottom = top + rows.pitch * len(frame.categories)
    if not labelled:
        unit = "percent" if frame.kind == "percent_bar" else frame.y.unit
        value_axis(drawing, rows.scale, unit, (top, bottom), sideways=True)
    colours = drawing.palette.series(len(frame.series))
    for one in bars:
        _bar(drawing, frame, one, rows, colours[one.series])
    for number, line in enumerate(frame.lines):
        _targets(drawing, frame, line, rows, line_colour(drawing, frame, number))
    for one, text in zip(bars, texts, strict=False):
        if frame.kind == "diverging_bar" and one.value == 0:
            continue  # its figure would stand in the bar of the other side
        x, base = rows.scale.at(one.end), rows.middle(one) + FONT_SIZE * 0.36
        x, anchor = (x - 5, "end") if _leftward(frame, one) else (x + 5, "start")
        if anchor == "start":
            x = _past_targets(drawing, frame, rows, one.place, (x, text_width(text)))
        drawing.text(x, base, text, anchor, backed=bool(frame.lines))  # type: ignore[arg-type]
    for place, name in enumerate(frame.categories):
        drawing.lines(names - 8, top + rows.pitch * (place + 0.5), name, names - 8, 2)
    floor = rows.scale.at(0.0)
    drawing.line((floor, top, floor, bottom), AXIS, 1.0)
    drawing.height = bottom + (0 if labelled else LINE + 6) + 4


def _rows(
    drawing: Drawing, frame: ChartFrame, names: float, top: float, texts: list[tuple[bool, str]]
) -> _Rows:  # fmt: skip
    """Lay out the rows; ``texts`` are the figures at the ends of the bars and whether a bar goes to the left."""
    to_left = [text for left, text in texts if left]
    after = widest([text for left, text in texts if not left]) + 8 if texts else 12.0
    low, high = (0.0, 1.0) if frame.kind == "percent_bar" else ends(extent(frame))
    scale = Scale(low, high, names + (widest(to_left) + 6 if to_left else 0.0), drawing.width - after)
    beside = 1 if is_stacked(frame) else len(frame.series)
    double = any(len(wrapped(one_line(name, 400), names - 8, 2)) > 1 for name in frame.categories)
    least = 2 * LINE + 6 if double else 0.0
    if beside > 1:
        return _Rows(scale, top, max(least, _THIN * beside + 10), _THIN, beside)
    thick = _THICK if is_stacked(frame) else _BAR
    return _Rows(scale, top, max(least, thick + 9), thick, 1)


def name_column(drawing: Drawing, frame: ChartFrame) -> float:
    """Return the pixels that the names at the left take, the gap to the bars included."""
    names = [one_line(name, 400) for name in frame.categories]
    room = drawing.width * _NAME_SHARE
    lines = [line for name in names for line in wrapped(name, room, 2)]
    return widest(lines) + 8


def bar_keys(drawing: Drawing, frame: ChartFrame) -> list[Key]:
    """Return the entries of the legend of a chart of bars: its series when there are several, and its lines."""
    colours = drawing.palette.series(len(frame.series))
    keys = [Key(part.name, colour) for part, colour in zip(frame.series, colours, strict=True)]
    keys = keys if len(keys) > 1 else []
    return keys + [
        Key(line_name(line, drawing.display), line_colour(drawing, frame, number), "dash" if number else "line")
        for number, line in enumerate(frame.lines)
    ]


def line_colour(drawing: Drawing, frame: ChartFrame, number: int) -> str:
    """Return the colour of a line over bars: the accent where the bars leave it free."""
    return (drawing.palette.accent if len(frame.series) == 1 else INK) if number == 0 else MUTED


def share_text(drawing: Drawing, share: float) -> str:
    """Return a part of a whole as the chart prints it: 45.2%."""
    return drawing.display.percent(drawing.display.fixed(share * 100, 1))


def _text(drawing: Drawing, frame: ChartFrame, one: Segment) -> str:
    """Return the figure of a bar, with the figures that the template wants printed beside it."""
    parts = [drawing.display.compact(one.value, frame.series[one.series].unit)]
    if one.series == 0 and not is_stacked(frame):
        known = [(label.values[one.place], label.unit) for label in frame.labels]
        parts += [drawing.display.compact(value, unit) for value, unit in known if value is not None]
    return " · ".join(parts)


def _leftward(frame: ChartFrame, one: Segment) -> bool:
    """Whether a bar goes to the left, or would if it were longer than nothing."""
    return one.end < 0 or (frame.kind == "diverging_bar" and one.series == 1)


def _bar(drawing: Drawing, frame: ChartFrame, one: Segment, rows: _Rows, colour: str) -> None:
    begin, end, middle = rows.scale.at(one.begin), rows.scale.at(one.end), rows.middle(one)
    thick = rows.thick - (2 if rows.beside > 1 else 0)
    hollow, stacked = one.place == frame.running, is_stacked(frame)
    gap = 1.0 if stacked and abs(end - begin) > 3 else 0.0
    drawing.rect(
        begin, middle - thick / 2, end - begin - gap, thick, colour, bar_tip(drawing, frame, one), hollow=hollow
    )
    if stacked and frame.kind != "diverging_bar":
        text = share_text(drawing, one.share) if one.share is not None else _text(drawing, frame, one)
        if text_width(text) + 8 <= abs(end - begin):
            shade = INK if hollow else readable_on(colour)
            drawing.text((begin + end) / 2, middle + FONT_SIZE * 0.36, text, "middle", shade)


def bar_tip(drawing: Drawing, frame: ChartFrame, one: Segment) -> str:
    """Return the words of a bar under the pointer: its category, its series, its exact figure and share."""
    part = frame.series[one.series]
    value = drawing.display.cell(one.value, part.unit)
    if one.share is not None:
        value = f"{value} ({share_text(drawing, one.share)})"
    return tip(frame.categories[one.place], part.name if len(frame.series) > 1 else "", value)


def _past_targets(
    drawing: Drawing, frame: ChartFrame, rows: _Rows, place: int, spot: tuple[float, float]
) -> float:  # fmt: skip
    """Return where a figure so wide begins, behind the marks that it would hide, if it has room there."""
    x, wide = spot
    for line in same_scale(frame):
        value = line.values[place]
        if value is None:
            continue
        mark = rows.scale.at(float(value))
        if x - 3 < mark < x + wide + 3 and mark + 5 + wide <= drawing.width:
            x = mark + 5
    return x


def _targets(drawing: Drawing, frame: ChartFrame, line: Series, rows: _Rows, colour: str) -> None:
    """Mark the value that each bar is measured against; one for all is one line."""
    scale, top, pitch = rows.scale, rows.top, rows.pitch
    if line not in same_scale(frame):
        scale = Scale(*ends([float(value) for value in line.values if value is not None]), scale.start, scale.end)
    one = constant(line)
    if one is not None:
        x = scale.at(float(one))
        drawing.line((x, top, x, top + pitch * len(line.values)), colour, 2.0)
        return
    for place, value in enumerate(line.values):
        if value is not None:
            x, y = scale.at(float(value)), top + pitch * place
            drawing.line((x, y + 2, x, y + pitch - 2), colour, 2.5)
