"""Heatmaps: a grid of coloured cells with their figures; pale is low."""

from __future__ import annotations

from typing import Final

from connector.deliver.files.frames import ChartFrame, Series
from connector.deliver.files.svg_bars import name_column
from connector.deliver.files.svg_canvas import Drawing, tip, widest
from connector.deliver.files.svg_text import FONT_SIZE, LINE, fitted, wrapped
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import FAINT, INK, tint

_ROW: Final = 32.0
_DEEPEST: Final = 110.0
_NONE: Final = "#F3F5F7"


def draw_heatmap(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw a grid of categories by series; without a second dimension each column has a scale of its own."""
    left = name_column(drawing, frame)
    wide = (drawing.width - left) / len(frame.series)
    top = _heads(drawing, frame, left, wide)
    strong = tint(drawing.palette.accent if frame.y.direction == "down" else drawing.palette.primary, 0.4)
    double = any(len(wrapped(one_line(name, 400), left - 8, 2)) > 1 for name in frame.categories)
    row = max(_ROW, 2 * LINE + 6 if double else 0.0)
    shown = _texts(drawing, frame)
    written = widest([text for column in shown for text in column]) + 6 <= wide
    for number, part in enumerate(frame.series):
        low, high = _ends([part] if frame.rows else list(frame.series))
        for place, value in enumerate(part.values):
            x, y = left + wide * number, top + row * place
            words = tip(frame.categories[place], part.name, drawing.display.cell(value, part.unit))
            share = 0.0 if value is None else (float(value) - low) / (high - low) if high > low else 1.0
            drawing.rect(x + 1, y + 1, wide - 2, row - 2, _NONE if value is None else tint(strong, 1 - share), words)
            if written:
                shade = FAINT if value is None else INK
                drawing.text(x + wide / 2, y + row / 2 + FONT_SIZE * 0.36, shown[number][place], "middle", shade)
    for place, name in enumerate(frame.categories):
        drawing.lines(left - 8, top + row * (place + 0.5), name, left - 8, 2)
    drawing.height = top + row * len(frame.categories) + 2


def _heads(drawing: Drawing, frame: ChartFrame, left: float, wide: float) -> float:
    """Write the names of the columns, over two lines or upright; return the height they take."""
    names = [one_line(part.name, 400) for part in frame.series]
    lines = [wrapped(name, wide - 6, 2) for name in names]
    if all(" ".join(parts) == name for parts, name in zip(lines, names, strict=True)) or wide > 90:
        deep = max(len(parts) for parts in lines) * LINE + 4
        for number, parts in enumerate(lines):
            for line, part in enumerate(parts):
                base = deep - 6 - (len(parts) - 1 - line) * LINE
                full = names[number] if " ".join(parts) != names[number] else ""
                drawing.text(left + wide * (number + 0.5), base, part, "middle", full=full)
        return deep
    deep = min(_DEEPEST, widest(names)) + 8
    step = max(1, int(LINE / wide + 0.99))
    for number in range(0, len(names), step):
        spot = left + wide * (number + 0.5) + FONT_SIZE * 0.36
        shown = fitted(names[number], deep - 8)
        drawing.text(spot, deep - 5, shown, "start", turn=-90, full=names[number])
    return deep


def _texts(drawing: Drawing, frame: ChartFrame) -> list[list[str]]:
    return [
        ["–" if value is None else drawing.display.compact(value, part.unit) for value in part.values]
        for part in frame.series
    ]


def _ends(parts: list[Series]) -> tuple[float, float]:
    known = [float(value) for part in parts for value in part.values if value is not None]
    return (min(known), max(known)) if known else (0.0, 0.0)
