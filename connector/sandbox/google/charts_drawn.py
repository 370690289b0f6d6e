"""Charts as SVG. Vega draws the ordinary kinds; a chart that cannot be drawn says so in words."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import orjson

from connector.sandbox.google.chart_marks import basic_layers
from connector.sandbox.google.chart_shares import bubble, candlestick, histogram, pie, waterfall
from connector.sandbox.google.chart_trees import organisation, treemap
from connector.sandbox.google.grid import Json
from connector.sandbox.google.pictures import INK, PALE, RULES, VEGA, VEGA_LITE, Picture, Spec
from connector.sandbox.google.scorecards import scorecard
from connector.sandbox.google.svg_words import font_name, plain, plain_picture
from connector.sandbox.google.views import View, colour

LEGENDS = {
    "BOTTOM_LEGEND": "bottom", "LEFT_LEGEND": "left", "RIGHT_LEGEND": "right", "TOP_LEGEND": "top",
    "LABELED_LEGEND": "right", "INSIDE_LEGEND": "top-left",
}  # fmt: skip


LEAST, MOST = 40, 4_000
"""Pixels of a side that are drawn."""
KINDS: dict[str, Callable[[Picture, Json], Spec | str | None]] = {
    "basicChart": basic_layers,
    "pieChart": pie,
    "bubbleChart": bubble,
    "candlestickChart": candlestick,
    "histogramChart": histogram,
    "waterfallChart": waterfall,
    "treemapChart": treemap,
    "orgChart": organisation,
    "scorecardChart": scorecard,
}
"""Kind of chart in a ChartSpec to what makes a Vega or Vega-Lite spec of it, or an SVG; None for one without data."""


def draw(view: View, spec: Json, width: int, height: int) -> str:
    """Return a chart as SVG of this size, drawn from the cells as they are now."""
    width, height = (min(max(side, LEAST), MOST) for side in (width, height))
    picture = Picture(view, spec, width, height)
    kind = next((name for name in KINDS if name in spec), "")
    if not kind:
        return plain_picture(width, height, str(spec.get("title") or ""), "This kind of chart is not drawn here.")
    made = KINDS[kind](picture, spec[kind])
    if made is None:
        return plain_picture(width, height, str(spec.get("title") or ""), "No data")
    if isinstance(made, str):
        return made
    try:
        return _rendered(orjson.dumps(_framed(picture, kind, made)), view.ways.decimal, view.ways.group)
    except ValueError:  # Vega's word for a spec that it cannot draw
        return plain_picture(width, height, str(spec.get("title") or ""), "This chart cannot be drawn here.")


def _framed(picture: Picture, kind: str, made: Spec) -> Spec:
    """Put title, font, size and legend around what was made."""
    spec, font = picture.spec, font_name(picture.spec.get("fontName") or picture.view.font)
    position = spec[kind].get("legendPosition")
    legend = {"orient": LEGENDS.get(str(position), "bottom"), "title": None, "labelLimit": 180, "symbolLimit": 60}
    config = {
        "font": f"{font}, Arial, sans-serif",
        "axis": {
            "labelColor": PALE, "titleColor": PALE, "gridColor": "#e8eaed", "domainColor": RULES, "tickColor": RULES,
            "labelFontSize": 11, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 140,
        },
        "legend": {"labelColor": PALE, "labelFontSize": 12, "disable": position == "NO_LEGEND"} | legend,
        "view": {"stroke": None},
        "text": {"color": INK, "fontSize": 11},
    }  # fmt: skip
    is_vega = made.get("$schema") == VEGA
    whole: Spec = {"$schema": VEGA_LITE, "width": picture.width - 32, "height": picture.height - 32} | made
    whole["padding"] = 16
    whole["background"] = colour(spec, "backgroundColor", picture.view.theme) or "#ffffff"
    whole["autosize"] = {"type": "fit", "contains": "content"}
    whole["config"] = config if not is_vega else {"text": {"font": config["font"]}, "title": {"font": config["font"]}}
    title = _title(picture)
    return whole | ({"title": title} if title else {})


def _title(picture: Picture) -> Spec | None:
    spec, look = picture.spec, picture.spec.get("titleTextFormat") or {}
    if not spec.get("title") and not spec.get("subtitle"):
        return None
    anchors = {"LEFT": "start", "CENTER": "middle", "RIGHT": "end"}
    position = (spec.get("titleTextPosition") or {}).get("horizontalAlignment")
    return {
        "text": plain(spec.get("title")),
        "subtitle": plain(spec.get("subtitle")),
        "anchor": anchors.get(str(position), "start"),
        "fontSize": look.get("fontSize") or 16,
        "fontWeight": "bold" if look.get("bold") else "normal",
        "color": colour(look, "foregroundColor", picture.view.theme) or "#757575",
        "subtitleColor": PALE,
        "limit": picture.width - 40,
        "offset": 12,
        "frame": "bounds",
    }


@lru_cache(maxsize=256)
def _rendered(spec: bytes, decimal: str, group: str) -> str:
    """Let Vega draw, numbers with the marks of the locale; equal charts are drawn once. Nothing is fetched."""
    import vl_convert  # noqa: PLC0415 - heavy

    text = spec.decode()
    marks: dict[str, object] = {"decimal": decimal, "thousands": group, "grouping": [3], "currency": ["", ""]}
    if VEGA in text:
        return str(vl_convert.vega_to_svg(text, allowed_base_urls=[], format_locale=marks))
    return str(vl_convert.vegalite_to_svg(text, allowed_base_urls=[], format_locale=marks))
