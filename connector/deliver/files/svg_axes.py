"""Axes of drawn charts: round numbers in the reader's language, names that never run into each other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from connector.deliver.files.display import Display
from connector.deliver.files.svg_canvas import Drawing, widest
from connector.deliver.files.svg_text import FONT_SIZE, LINE, fitted, text_width, wrapped
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, MUTED, RULE
from connector.model.table import Unit

SLANT: Final = 40.0
"""Degrees by which long names under a chart are turned."""
_DEEPEST: Final = 112.0
"""Most pixels of a turned name."""
_AIR: Final = 2.0
_STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps values ``low`` to ``high`` onto pixels ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def ends(values: list[float], room: float = 0.0) -> tuple[float, float]:
    """Return the least and greatest value to draw, zero among them, with a share of ``room`` past each end."""
    low, high = min((0.0, *values)), max((0.0, *values))
    if low == high:
        return 0.0, 1.0
    space = (high - low) * room
    return (low - space if low < 0 else 0.0), (high + space if high > 0 else 0.0)


def ticks(low: float, high: float, unit: Unit, most: int = 5) -> list[float]:
    """Return round values between two ends; durations step by hours, counts by whole ones."""
    size = 3600.0 if unit == "duration_s" else 0.01 if unit == "percent" else 1.0
    step = _step((high - low) / size / most)
    if unit in ("count", "score", "index"):
        step = max(1.0, float(math.ceil(step)))
    first, last = math.ceil(low / size / step - 1e-9), math.floor(high / size / step + 1e-9)
    return [number * step * size for number in range(first, last + 1)]


def tick_text(value: float, unit: Unit, display: Display) -> str:
    """Return an axis value with no more digits than it needs: 1.2M, 40%, 36 h."""
    if unit == "percent":
        digits = display.number(round(value * 100, 6), "number")
        return display.percent(digits)
    if unit == "duration_s":
        return f"{display.number(round(value / 3600, 4), 'number')}\u00a0{display.words['hour_short']}"
    if 0 < abs(value) < 0.05:
        return f"{value:g}".replace(".", "," if display.language != "en" else ".")
    if abs(value) < 10_000 and unit not in ("money", "count", "score", "index"):
        return display.number(round(value, 4), "number")
    return display.compact(round(value, 6), "number" if unit != "money" else unit)


def value_axis(drawing: Drawing, scale: Scale, unit: Unit, band: tuple[float, float], *, sideways: bool) -> None:
    """Draw pale lines at round values over the ``band`` across, and their figures beside the chart.

    Sideways charts have the figures below the band, standing ones at its left.
    """
    texts = [(value, tick_text(value, unit, drawing.display)) for value in axis_ticks(scale, unit, sideways=sideways)]
    before, after = band
    for value, text in texts:
        spot = scale.at(value)
        if sideways:
            drawing.line((spot, before, spot, after), RULE, 0.8)
            half = text_width(text) / 2
            middle = min(max(spot, half), drawing.width - half)
            drawing.text(middle, after + LINE, text, "middle", MUTED)
        else:
            drawing.line((before, spot, after, spot), RULE, 0.8)
            drawing.text(before - 6, spot + FONT_SIZE * 0.36, text, "end", MUTED)


def axis_ticks(scale: Scale, unit: Unit, *, sideways: bool) -> list[float]:
    """Return as many round values as have room."""
    span = abs(scale.end - scale.start)
    return ticks(scale.low, scale.high, unit, max(2, min(6, int(span / (86 if sideways else 36)))))


def axis_room(drawing: Drawing, scale: Scale, unit: Unit) -> float:
    """Return the pixels that the figures of a standing axis need at its side."""
    shown = [tick_text(value, unit, drawing.display) for value in axis_ticks(scale, unit, sideways=False)]
    return widest(shown) + 8


def names_below(names: list[str], room: float, *, over_time: bool) -> tuple[str, float]:
    """Return how the names under a chart stand (``flat``, ``lines``, ``some``, ``slanted``) and their height.

    ``room`` are the pixels of one name. Names over time may be left out, as the reader knows what is between.
    """
    flats = [one_line(name, 400) for name in names]
    if widest(flats) <= room - 6:
        return "flat", LINE + _AIR + 4
    if over_time:
        return "some", LINE + _AIR + 4
    lines = [wrapped(name, room - 8, 3) for name in flats]
    if all(" ".join(parts) == name for parts, name in zip(lines, flats, strict=True)):
        return "lines", max(len(parts) for parts in lines) * LINE + _AIR + 4
    deep = min(_DEEPEST, widest(flats)) * math.sin(math.radians(SLANT))
    return "slanted", deep + LINE + _AIR


def draw_names_below(drawing: Drawing, names: list[str], spots: list[float], top: float, *, over_time: bool) -> float:
    """Write the names of categories under the chart; return the height they take."""
    room = (spots[1] - spots[0]) if len(spots) > 1 else drawing.width - 80
    way, height = names_below(names, room, over_time=over_time)
    if way in ("flat", "some"):
        for place in range(len(names) - 1, -1, -_step_that_fits(drawing, names, spots)):  # the newest is always named
            drawing.text(_inside(drawing, spots[place], names[place]), top + LINE + _AIR, names[place], "middle")
        return height
    if way == "lines":
        for name, spot in zip(names, spots, strict=True):
            for number, part in enumerate(wrapped(one_line(name, 400), room - 8, 3)):
                drawing.text(spot, top + LINE * (number + 1) + _AIR, part, "middle")
        return height
    step = max(1, math.ceil(LINE * 1.25 / room))
    for place in range(0, len(names), step):
        spot = spots[place]
        reach = min(_DEEPEST, max(0.0, spot - 8) / math.cos(math.radians(SLANT)))
        shown = fitted(one_line(names[place], 400), reach)
        drawing.text(spot + 3, top + 10 + _AIR, shown, "end", INK, turn=-SLANT, full=names[place])
    return height


def _inside(drawing: Drawing, spot: float, text: str) -> float:
    """Return the middle of a text that would stand over an edge, moved inside."""
    half = text_width(text) / 2
    return min(max(spot, half), drawing.width - half)


def _step_that_fits(drawing: Drawing, names: list[str], spots: list[float]) -> int:
    """Return how many names to skip, from the last one back, so that those left stand apart."""
    for step in range(1, len(names)):
        kept = range(len(names) - 1, -1, -step)
        ends = [(_inside(drawing, spots[place], names[place]), text_width(names[place]) / 2) for place in kept]
        if all(right - left >= one + other + 6 for (right, one), (left, other) in pairwise(ends)):
            return step
    return max(1, len(names))


def _step(least: float) -> float:
    """Return the next round number that is not under ``least``: 1, 2, 2.5 or 5 times a power of ten."""
    if least <= 0 or not math.isfinite(least):
        return 1.0
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * part for part in _STEPS if power * part >= least * (1 - 1e-9))
