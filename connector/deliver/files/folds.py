"""Frames made smaller or other: the rest added up, rows left out, kinds that figures below zero do not allow."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from connector.deliver.files.chart_frame import ChartFrame, Number, Series
from connector.deliver.files.display import Display
from connector.model.report import ChartKind

MOST_SERIES: Final = 8
"""Series drawn at most; the rest of a stacked chart is added up as one more, the rest of a line chart left out."""
MOST_SLICES: Final = 6
"""Slices of a pie before the rest of it."""
MOST_BANDS: Final = 12
"""Places on each side of a flow; the rest of them is one more."""
_PLAIN: Final[dict[ChartKind, ChartKind]] = {"pie": "bar", "percent_bar": "stacked_bar", "diverging_bar": "bar"}
"""Kinds that figures below zero make senseless, to the plain ones drawn instead."""


def largest_series(series: tuple[Series, ...], other: str, most: int) -> tuple[Series, ...]:
    """Keep the largest series in their order; the others become one when ``other`` names it."""
    if len(series) <= most:
        return series
    size = {id(part): sum(abs(value) for value in part.values if value is not None) for part in series}
    largest = {id(part) for part in sorted(series, key=lambda part: -size[id(part)])[: most - 1]}
    kept = tuple(part for part in series if id(part) in largest)
    if not other:
        return kept
    rest = [part.values for part in series if id(part) not in largest]
    sums = tuple(_sum(values) for values in zip(*rest, strict=True))
    return (*kept, replace(kept[0], name=f"{other} ({len(rest)})", values=sums))


def largest_sources(frame: ChartFrame, display: Display) -> ChartFrame:
    """Fold the smallest categories of a flow into one, as its series are."""
    rows = tuple(zip(*(part.values for part in frame.series), strict=True))
    sides = tuple(Series(name, values, 0) for name, values in zip(frame.categories, rows, strict=True))
    kept = largest_series(sides, display.words["other"], MOST_BANDS)
    columns = zip(*(side.values for side in kept), strict=True)
    series = tuple(replace(part, values=values) for part, values in zip(frame.series, columns, strict=True))
    return replace(frame, categories=tuple(side.name for side in kept), series=series)


def without_negatives(frame: ChartFrame) -> ChartFrame:
    """Figures below zero are no part of a whole and have no side of their own: such a chart has plain bars."""
    below = any(value is not None and value < 0 for part in frame.series for value in part.values)
    return replace(frame, kind=_PLAIN.get(frame.kind, frame.kind)) if below else frame


def slices(frame: ChartFrame, display: Display) -> ChartFrame:
    """Keep what a pie can show: its largest parts and the rest."""
    part = frame.series[0]
    shown = [place for place, value in enumerate(part.values) if value]
    if len(shown) > MOST_SLICES + 1:
        largest = set(sorted(shown, key=lambda place: -(part.values[place] or 0))[:MOST_SLICES])
        rest = [part.values[place] or 0 for place in shown if place not in largest]
        kept = [place for place in shown if place in largest]
        names = (*(frame.categories[place] for place in kept), f"{display.words['other']} ({len(rest)})")
        values = (*(part.values[place] for place in kept), sum(rest))
        return replace(
            frame, categories=names, series=(replace(part, values=values),), rows=(), labels=(), running=None,
            all_categories=len(names),
        )  # fmt: skip
    return taken(replace(frame, series=(part,), labels=(), all_categories=len(shown)), shown)


def limited(frame: ChartFrame, limit: int) -> ChartFrame:
    """Keep the first categories, on a time axis the last ones."""
    count = len(frame.categories)
    if count <= limit or limit < 1:
        return frame
    start = count - limit if frame.over_time else 0
    return taken(frame, list(range(start, start + limit)))


def taken(frame: ChartFrame, places: list[int]) -> ChartFrame:
    """Keep the categories at some places."""

    def of(parts: tuple[Series, ...]) -> tuple[Series, ...]:
        return tuple(replace(part, values=tuple(part.values[place] for place in places)) for part in parts)

    return replace(
        frame, categories=tuple(frame.categories[place] for place in places), series=of(frame.series),
        lines=of(frame.lines), labels=of(frame.labels), rows=tuple(frame.rows[p] for p in places) if frame.rows else (),
        running=places.index(frame.running) if frame.running in places else None,
        totals=frozenset(position for position, place in enumerate(places) if place in frame.totals),
    )  # fmt: skip


def _sum(values: tuple[Number | None, ...]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
