"""Charts as SVG: altair describes them, vl-convert draws them, no browser and no network."""

from __future__ import annotations

import re
from typing import Any, Final

import altair as alt
import vl_convert

from connector.deliver.files.display import Display
from connector.deliver.files.frames import ChartFrame, Series
from connector.deliver.files.svg_axes import LABEL_PIXELS, category_axis, literals, value_axis
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, Palette, tint

LABELLED: Final = 16
"""A bar chart with at most so many points prints their values; a line chart with half as many."""
_ROW: Final = 24

Row = dict[str, Any]


def render_chart_svg(frame: ChartFrame, palette: Palette, display: Display, width: int = 640) -> str:
    """Return a chart ``width`` pixels wide as an ``<svg>`` element that scales with its container.

    All text of the data is escaped; the element holds no script, style sheet or address. Ids inside it are
    unique on a page only after :func:`with_prefix`.
    """
    fonts = f"{palette.font}, 'Segoe UI', Arial, sans-serif"
    chart = _BUILDERS[frame.kind](frame, palette, display, width)
    spec = chart.configure(font=fonts, background="transparent").configure_view(stroke=None).to_dict(validate=False)
    drawn = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r"\1", drawn, count=1)


def with_prefix(svg: str, prefix: str) -> str:
    """Make the ids of an SVG unique on its page by a prefix of letters, digits and hyphens."""
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{prefix}-", svg)


def _rows(frame: ChartFrame, display: Display) -> list[Row]:
    """One row per category and series, in drawing order; a missing value keeps its place on a line only."""
    rows = []
    for number, part in enumerate(frame.series):
        for place, value in enumerate(part.values):
            if value is None and frame.kind != "line":
                continue
            rows.append({
                "place": place, "series": number, "value": value,
                "text": "" if value is None else display.compact(value, frame.y.unit),
                "running": place == frame.running,
            })  # fmt: skip
    return rows


def _data(rows: list[Row]) -> Any:
    return alt.InlineData(values=rows)


def _colours(frame: ChartFrame, palette: Palette, width: int) -> alt.Color:
    """Return the colour of a series, with a legend when there are several."""
    names = [one_line(part.name, 40) for part in frame.series]
    scale = alt.Scale(domain=list(range(len(names))), range=palette.series(len(names)))
    legend = None
    if len(names) > 1:
        legend = alt.Legend(
            title=None, orient="bottom", columns=max(1, width // 160), labelExpr=f"{literals(names)}[datum.value]",
            labelColor=INK, labelFontSize=11, labelLimit=120, symbolType="square", symbolStrokeWidth=0,
        )  # fmt: skip
    return alt.Color("series:N", scale=scale, legend=legend)


def _labelled(frame: ChartFrame, display: Display, width: int) -> bool:
    """Whether the values are printed: one series, few points, and room between standing ones."""
    if len(frame.series) != 1 or len(frame.categories) > (LABELLED // 2 if frame.kind == "line" else LABELLED):
        return False
    values = [value for value in frame.series[0].values if value is not None]
    longest = max(len(display.compact(value, frame.y.unit)) for value in values)
    sideways = frame.kind in ("bar", "funnel")
    return sideways or longest * LABEL_PIXELS <= (width - 40) / len(frame.categories)


def _bars(frame: ChartFrame, palette: Palette, display: Display, width: int) -> Any:
    """Bars, lying or standing, one series or stacked; the bar of a running period is hollow."""
    sideways = frame.kind in ("bar", "stacked_bar", "funnel")
    stacked = frame.kind.startswith("stacked")
    rows = _rows(frame, display)
    labelled = _labelled(frame, display, width)
    gap = 0.12 if frame.kind == "funnel" else 0.3
    scale = alt.Scale(domain=list(range(len(frame.categories))), paddingInner=gap, paddingOuter=gap / 2)
    place, length = (alt.Y, alt.X) if sideways else (alt.X, alt.Y)
    names = place("place:O", scale=scale, axis=category_axis(frame, width, sideways=sideways))
    amounts = length(
        "value:Q", axis=value_axis(frame, display, shown=not labelled), stack="zero" if stacked else None,
        scale=alt.Scale(domain=_domain(frame, stacked=stacked, labelled=labelled), nice=False),
    )  # fmt: skip
    channels: dict[str, Any] = {"y": names, "x": amounts} if sideways else {"x": names, "y": amounts}
    if not stacked and len(frame.series) > 1:
        channels["yOffset" if sideways else "xOffset"] = (alt.YOffset if sideways else alt.XOffset)("series:O")
    if stacked:
        channels["order"] = alt.Order("series:O")
    base = alt.Chart(_data(rows)).encode(**channels)
    colour = _colours(frame, palette, width)
    hollow = alt.condition("datum.running", alt.value(0.25), alt.value(1.0))
    outline = alt.condition("datum.running", alt.value(1.5), alt.value(0.0))
    dash = alt.condition("datum.running", alt.value([4, 3]), alt.value([1, 0]))
    bars = base.mark_bar(stroke=palette.primary)
    layers = [bars.encode(color=colour, fillOpacity=hollow, strokeWidth=outline, strokeDash=dash)]
    if labelled:
        look: dict[str, Any] = {"align": "left", "dx": 4} if sideways else {"baseline": "bottom", "dy": -3}
        layers.append(base.mark_text(color=INK, fontSize=11, **look).encode(text="text:N"))
    height = max(40, _ROW * len(frame.categories) * (1 if stacked else len(frame.series))) if sideways else 240
    return alt.layer(*layers).properties(width=width, height=height, autosize=_FIT)


def _domain(frame: ChartFrame, *, stacked: bool, labelled: bool) -> list[float]:
    """Bars begin at zero; a tenth is left for the labels at their ends."""
    ends = [value for part in frame.series for value in part.values if value is not None]
    if stacked:
        columns = list(zip(*(part.values for part in frame.series), strict=True))
        ends = [sum(value for value in column if value and value * sign > 0) for column in columns for sign in (1, -1)]
    low, high = min(0, *ends, 0), max(0, *ends, 0)
    room = 0.16 if labelled else 0.03
    space = (high - low) * room
    return [low - space if low < 0 else 0, high + space if high > 0 or low < 0 else 1]


def _lines(frame: ChartFrame, palette: Palette, display: Display, width: int) -> Any:
    """Lines with points; the step into a running period is dashed, a missing value is a gap."""
    rows = _rows(frame, display)
    scale = alt.Scale(domain=list(range(len(frame.categories))), padding=0.4)
    x = alt.X("place:O", scale=scale, axis=category_axis(frame, width, sideways=False))
    y = alt.Y("value:Q", axis=value_axis(frame, display, shown=True), scale=alt.Scale(zero=_from_zero(frame)))
    colour = _colours(frame, palette, width)
    whole = [row if not row["running"] else row | {"value": None} for row in rows]
    running = [row for row in rows if frame.running is not None and row["place"] in (frame.running - 1, frame.running)]
    lines = alt.Chart(_data(whole)).mark_line(strokeWidth=2.25).encode(x=x, y=y, color=colour)
    layers = [lines]
    if running:
        dashed = alt.Chart(_data(running)).mark_line(strokeWidth=2.25, strokeDash=[3, 3])
        layers.append(dashed.encode(x=x, y=y, color=colour))
    points = [row for row in rows if row["value"] is not None]
    if len(frame.categories) <= 31:
        dots = alt.Chart(_data(points)).mark_point(filled=True, size=36, opacity=1)
        layers.append(dots.encode(x=x, y=y, color=colour))
    if _labelled(frame, display, width):
        labels = alt.Chart(_data(points)).mark_text(color=INK, fontSize=11, dy=-11)
        layers.append(labels.encode(x=x, y=y, text="text:N"))
    return alt.layer(*layers).properties(width=width, height=240, autosize=_FIT)


def _from_zero(frame: ChartFrame) -> bool:
    """A line may start above zero when it moves little; a share always shows where it stands."""
    values = [value for part in frame.series for value in part.values if value is not None]
    return frame.y.unit == "percent" or min(values) < 0.6 * max(values)


def _heat(frame: ChartFrame, palette: Palette, display: Display, width: int) -> Any:
    """A grid of coloured cells with their values; pale is low."""
    strong = tint(palette.accent if frame.y.direction == "down" else palette.primary, 0.4)
    rows = [
        {"place": place, "series": number, "value": value, "text": display.compact(value, frame.y.unit)}
        for number, part in enumerate(frame.series)
        for place, value in enumerate(part.values)
        if value is not None
    ]
    flat = _fits(frame.series, width)
    names = literals([one_line(part.name, 60) for part in frame.series])
    top = alt.Axis(
        title=None, orient="top", labelExpr=f"{names}[datum.value]",
        labelAngle=0 if flat else -35, labelAlign="center" if flat else "left", labelColor=INK, labelFontSize=11,
        domain=False, ticks=False, labelLimit=140, labelPadding=6,
    )  # fmt: skip
    side = category_axis(frame, width, sideways=True)
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("place:O", scale=alt.Scale(domain=list(range(len(frame.categories)))), axis=side),
        x=alt.X("series:O", scale=alt.Scale(domain=list(range(len(frame.series)))), axis=top),
    )
    colour = alt.Color("value:Q", scale=alt.Scale(range=["#FFFFFF", strong], interpolate="rgb"), legend=None)
    cells = base.mark_rect(stroke="#FFFFFF", strokeWidth=2).encode(color=colour)
    texts = base.mark_text(color=INK, fontSize=11).encode(text="text:N")
    return alt.layer(cells, texts).properties(width=width, height=34 * len(frame.categories), autosize=_FIT)


def _fits(series: tuple[Series, ...], width: int) -> bool:
    room = width * 0.82 / max(1, len(series))
    return all(len(part.name) * LABEL_PIXELS < room for part in series)


_FIT: Final = alt.AutoSizeParams(type="fit-x", contains="padding")
_BUILDERS: Final = {
    "bar": _bars, "column": _bars, "stacked_bar": _bars, "stacked_column": _bars, "funnel": _bars,
    "line": _lines, "heatmap": _heat,
}  # fmt: skip
