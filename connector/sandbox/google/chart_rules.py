"""What Google asks of a chart beyond the shape of the request: one kind, domains and series, straight sources."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Book
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import STATUS_NAMES, Refused, invalid

KINDS = (
    "basicChart", "pieChart", "bubbleChart", "candlestickChart", "orgChart", "histogramChart", "waterfallChart",
    "treemapChart", "scorecardChart",
)  # fmt: skip
NO_KIND = (
    "One of basicChart, pieChart, bubbleChart, candelstickChart, histogramChart, or orgChart must be set on chartSpec"
)
"""Google's words, its spelling included."""
NEEDED: dict[str, tuple[str, ...]] = {
    "basicChart": ("series",),
    "pieChart": ("domain", "series"),
    "bubbleChart": ("domain", "series"),
    "candlestickChart": ("domain", "data"),
    "orgChart": ("labels",),
    "histogramChart": ("series",),
    "waterfallChart": ("domain", "series"),
    "treemapChart": ("labels",),
    "scorecardChart": ("keyValueData",),
}
"""Fields without which a kind of chart shows nothing."""
CANDLE = ("lowSeries", "openSeries", "closeSeries", "highSeries")
SIDEWAYS = {"BAR"}


def check_chart(book: Book, spec: Json) -> None:
    """Raise Refused for a specification that Google would not accept."""
    kinds = [kind for kind in KINDS if spec.get(kind) is not None]
    if len(kinds) != 1:
        raise invalid(NO_KIND if not kinds else f"ChartSpec must have exactly one chart type, got {len(kinds)}.")
    chart = spec[kinds[0]]
    if kinds == ["basicChart"] and not chart.get("domains") and not chart.get("series"):
        raise Refused(500, STATUS_NAMES[500], "Internal error encountered.")  # what Google says of it, in earnest
    for name in NEEDED[kinds[0]]:
        if not chart.get(name):
            raise invalid(f"{kinds[0]}.{name} must be specified.")
    _CHECKS.get(kinds[0], _no_more)(chart)
    counts = {}
    for place, sources in _sources(chart, kinds[0]):
        counts[place] = len(sources)
        _check_sources(book, place, sources)
    if len(set(counts.values())) > 1:
        raise invalid("The domain and all series of a chart must have the same number of source ranges.")


def _basic(chart: Json) -> None:
    kind = chart.get("chartType")
    if not kind or kind == "BASIC_CHART_TYPE_UNSPECIFIED":
        raise invalid("basicChart.chartType must be specified.")
    if len(chart.get("domains", ())) > 1:
        raise invalid("Only one domain is supported for basic charts.")
    for series in chart["series"]:
        axis = series.get("targetAxis")
        if kind in SIDEWAYS and axis not in {None, "BOTTOM_AXIS"}:
            raise invalid("Series of bar charts must target the BOTTOM_AXIS.")
        if kind not in SIDEWAYS and axis not in {None, "LEFT_AXIS", "RIGHT_AXIS"}:
            raise invalid(f"Series of {kind} charts must target the LEFT_AXIS or the RIGHT_AXIS.")
        if "type" in series and kind != "COMBO":
            raise invalid("Series type may only be set for COMBO charts.")
    if chart.get("stackedType") not in {None, "NOT_STACKED"} and kind in {"LINE", "SCATTER"}:
        raise invalid(f"stackedType is not supported for {kind} charts.")


def _candlestick(chart: Json) -> None:
    if len(chart["data"]) != 1:
        raise invalid("Only one CandlestickData is supported.")
    for name in CANDLE:
        if name not in chart["data"][0]:
            raise invalid(f"candlestickChart.data.{name} must be specified.")


def _no_more(_chart: Json) -> None:
    """Nothing beyond what every chart is asked."""


_CHECKS = {"basicChart": _basic, "candlestickChart": _candlestick}


def _sources(part: Any, place: str) -> Iterator[tuple[str, list[Json]]]:
    """Yield every list of source ranges, with where it stands."""
    if isinstance(part, list):
        for index, inner in enumerate(part):
            yield from _sources(inner, f"{place}[{index}]")
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "sourceRange":
                yield place, list((value or {}).get("sources", ()))
            else:
                yield from _sources(value, f"{place}.{name}")


def _check_sources(book: Book, place: str, sources: list[Json]) -> None:
    """Each source is one column or one row wide, all of them the same way, on sheets that are there."""
    if not sources:
        raise invalid(f"{place}.sourceRange.sources must not be empty.")
    ways = set()
    for source in sources:
        area = area_of(source)
        sheet = book.sheet(area.sheet_id)
        top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
        if bottom <= top or right <= left:
            raise invalid(f"{place}.sourceRange is outside of the grid of sheet {area.sheet_id}.")
        height, width = bottom - top, right - left
        if height != 1 and width != 1:
            raise invalid(f"{place}.sourceRange: source ranges must have exactly one dimension of length 1.")
        if height != width:
            ways.add(width == 1)
    if len(ways) > 1:
        raise invalid(f"{place}.sourceRange: all source ranges must have the same dimension of length 1.")
