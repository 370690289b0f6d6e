"""Where bars begin and end: side by side, one on the other, as shares of their sum, to both sides."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from connector.deliver.files.display import Display
from connector.deliver.files.frames import ChartFrame, Number, Series

FAR: Final = 2.5
"""A whisker longer than so many times the greatest third quarter leaves the scale of a chart of boxes."""

LABELLED: Final = 16
"""A chart of lying bars with at most so many points prints their values; columns and lines want fewer."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One bar or part of a bar: of a category, of a series, between two values of the scale."""

    place: int
    series: int
    begin: float
    end: float
    value: Number
    share: float | None = None
    """Its part of the whole bar, where the chart shows parts of a whole."""


def segments(frame: ChartFrame) -> list[Segment]:
    """Return the bars of a chart in drawing order; a missing value has none (rule E1)."""
    made: list[Segment] = []
    stacked = frame.kind.startswith("stacked") or frame.kind == "combo"
    for place in range(len(frame.categories)):
        values = [part.values[place] for part in frame.series]
        if frame.kind == "percent_bar":
            made += _shares(place, values)
        elif stacked:
            made += _stack(place, values)
        else:
            signs = [1.0, -1.0] if frame.kind == "diverging_bar" else [1.0] * len(values)
            made += [
                Segment(place, number, 0.0, sign * float(value), value)
                for number, (value, sign) in enumerate(zip(values, signs, strict=False))
                if value is not None
            ]
    return made


def is_stacked(frame: ChartFrame) -> bool:
    """Whether the series of a chart of bars share one bar."""
    return frame.kind.startswith("stacked") or frame.kind in ("combo", "percent_bar", "diverging_bar")


def lies(frame: ChartFrame) -> bool:
    """Whether the bars of a chart lie. Excel and Sheets draw lines over standing columns only."""
    return frame.kind in ("bar", "stacked_bar", "funnel", "diverging_bar", "percent_bar") and not (
        frame.lines or (frame.kind == "percent_bar" and frame.over_time)
    )


def labelled(frame: ChartFrame) -> bool:
    """Whether every mark carries its figure, so that the chart needs no axis for them."""
    most = LABELLED if lies(frame) else 8 if frame.kind == "line" else 12
    return len(frame.series) == 1 and len(frame.categories) <= most and not frame.lines and not is_stacked(frame)


def same_scale(frame: ChartFrame) -> list[Series]:
    """Return the lines that are measured as the bars are; the others need a scale of their own."""
    return [line for line in frame.lines if line.unit == frame.y.unit and frame.kind != "percent_bar"]


def extent(frame: ChartFrame) -> list[float]:
    """Return every value that the scale of a chart has to hold."""
    kind = frame.kind
    if kind in ("line", "box", "heatmap", "flow", "pie", "funnel"):
        bars = [float(value) for part in frame.series for value in part.values if value is not None]
    elif kind == "waterfall":
        bars = [edge for step in steps(frame) for edge in (step.begin, step.end)]
    else:
        bars = [edge for one in segments(frame) for edge in (one.begin, one.end)]
    lines = [float(value) for line in same_scale(frame) for value in line.values if value is not None]
    return [*bars, *lines, *frame.reach]


def panels(frame: ChartFrame) -> tuple[ChartFrame, ...]:
    """Return the small charts of a chart, to one scale, so that sizes can be compared.

    A funnel is read by its shape: each has its own scale.
    """
    if frame.kind == "funnel":
        return frame.panels
    values = [value for panel in frame.panels for value in extent(panel)]
    reach = (min(values), max(values)) if values else ()
    return tuple(replace(panel, reach=reach) for panel in frame.panels)


def steps(frame: ChartFrame) -> list[Segment]:
    """Return the floating bars of a waterfall: a total stands on the floor and starts the sum anew."""
    made, level = [], 0.0
    for place, value in enumerate(frame.series[0].values):
        if value is None:
            continue
        begin = 0.0 if place in frame.totals else level
        level = begin + float(value)
        made.append(Segment(place, 0, begin, level, value))
    return made


def shares(frame: ChartFrame, number: int) -> tuple[Number | None, ...]:
    """Return the share that a series has of each whole bar."""
    found = {one.place: one.share for one in segments(frame) if one.series == number}
    return tuple(found.get(place) for place in range(len(frame.categories)))


def constant(line: Series) -> Number | None:
    """Return the value of a line that is the same everywhere, such as a team's mean."""
    known = {value for value in line.values if value is not None}
    return known.pop() if len(known) == 1 and len(line.values) > 1 else None


def line_name(line: Series, display: Display) -> str:
    """Return the name of a line in a legend, with its figure where it has only one."""
    value = constant(line)
    return line.name if value is None else f"{line.name}: {display.compact(value, line.unit)}"


def _shares(place: int, values: list[Number | None]) -> list[Segment]:
    """Parts of a whole bar; a figure below zero is no part of anything."""
    whole = sum(value for value in values if value is not None and value > 0)
    made, level = [], 0.0
    for number, value in enumerate(values):
        if value is None or value <= 0 or not whole:
            continue
        share = float(value) / float(whole)
        made.append(Segment(place, number, level, level + share, value, share))
        level += share
    return made


def _stack(place: int, values: list[Number | None]) -> list[Segment]:
    made, up, down = [], 0.0, 0.0
    for number, value in enumerate(values):
        if value is None or value == 0:
            continue
        begin = up if value > 0 else down
        made.append(Segment(place, number, begin, begin + float(value), value))
        up, down = (begin + float(value), down) if value > 0 else (up, begin + float(value))
    return made
