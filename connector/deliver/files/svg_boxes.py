"""Boxes: how figures spread: least, first quarter, middle, third quarter, greatest."""

from __future__ import annotations

from typing import Final

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.stacks import FAR, extent
from connector.deliver.files.svg_axes import Scale, ends, value_axis
from connector.deliver.files.svg_bars import name_column
from connector.deliver.files.svg_canvas import Drawing, widest
from connector.deliver.files.svg_text import FONT_SIZE, LINE
from connector.deliver.files.theme import INK, MUTED, tint

_PITCH: Final = 36.0
_BOX: Final = 18.0


def draw_boxes(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw a lying box for each category, its middle figure at the right."""
    names, top = name_column(drawing, frame), LINE + 8
    median = frame.series[2]
    texts = ["" if value is None else drawing.display.compact(value, median.unit) for value in median.values]
    low, high = _span(frame)
    scale = Scale(low, high, names + 4, drawing.width - max(widest(texts), 40.0) - 16)
    bottom = top + _PITCH * len(frame.categories)
    drawing.text(drawing.width, LINE - 2, median.name, "end", MUTED, room=drawing.width)
    value_axis(drawing, scale, frame.y.unit, (top, bottom), sideways=True)
    for place, name in enumerate(frame.categories):
        middle = top + _PITCH * (place + 0.5)
        drawing.lines(names - 8, middle, name, names - 8, 2)
        _box(drawing, frame, place, (scale, middle))
        drawing.text(drawing.width, middle + FONT_SIZE * 0.36, texts[place], "end", bold=True)
    drawing.height = bottom + LINE + 10


def _span(frame: ChartFrame) -> tuple[float, float]:
    boxes = [float(value) for part in frame.series[1:4] for value in part.values if value is not None]
    whole = extent(frame)
    low, high = ends(whole, 0.03)
    if boxes and max(boxes) > 0:
        high = min(high, max(boxes) * FAR)
    return (low, high) if high > low else ends(whole, 0.03)


def _box(drawing: Drawing, frame: ChartFrame, place: int, spot: tuple[Scale, float]) -> None:
    scale, middle = spot
    values = [part.values[place] for part in frame.series]
    if any(value is None for value in values):
        return
    least, first, half, third, most = (float(value) for value in values if value is not None)
    colour = drawing.palette.primary
    far = most > scale.high
    end = scale.end if far else scale.at(most)
    drawing.line((scale.at(least), middle, scale.at(first), middle), colour, 1.5)
    drawing.line((scale.at(third), middle, end, middle), colour, 1.5)
    drawing.line((scale.at(least), middle - 5, scale.at(least), middle + 5), colour, 1.5)
    if far:
        drawing.shape(f"M{end:.1f},{middle - 5:.1f}L{end + 8:.1f},{middle:.1f}L{end:.1f},{middle + 5:.1f}Z", colour)
    else:
        drawing.line((end, middle - 5, end, middle + 5), colour, 1.5)
    show = drawing.display.cell
    words = "\n".join(f"{part.name}: {show(part.values[place], part.unit)}" for part in frame.series)
    left, right = scale.at(first), min(scale.at(third), scale.end)
    drawing.rect(
        left,
        middle - _BOX / 2,
        max(right - left, 1.5),
        _BOX,
        tint(colour, 0.55),
        f"{frame.categories[place]} · {words}",
    )
    drawing.line((scale.at(half), middle - _BOX / 2, scale.at(half), middle + _BOX / 2), INK, 2.5)
