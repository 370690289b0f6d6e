"""Score cards: one figure in large, and how it stands to another."""

from __future__ import annotations

from connector.sandbox.google.chart_data import aggregate, header_count
from connector.sandbox.google.display import display
from connector.sandbox.google.grid import Json
from connector.sandbox.google.pictures import INK, PALE, Picture
from connector.sandbox.google.svg_words import svg, text
from connector.sandbox.google.views import colour

RISE, FALL = "#188038", "#d93025"


def scorecard(picture: Picture, spec: Json) -> str | None:
    """Return the picture of a score card."""
    kind = str(spec.get("aggregateType") or "")
    whole = picture.read(spec.get("keyValueData"))
    points = whole.without_heading(header_count([], [whole], None))
    number = aggregate(points, kind)
    if number is None:
        return None
    number *= float(spec.get("scaleFactor") or 1)
    value = _written(picture, number, points.pattern, spec)
    look = (spec.get("keyValueFormat") or {}).get("textFormat") or {}
    size = min(look.get("fontSize") or 40, picture.height * 0.38, 1.7 * (picture.width - 32) / max(len(value), 1))
    title, heading = picture.spec, picture.spec.get("titleTextFormat") or {}
    theme, font = picture.view.theme, str(picture.spec.get("fontName") or picture.view.font)
    middle, align = _across(picture, spec)
    baseline = _baseline(picture, spec, number, points.pattern)
    y = picture.height * (0.58 if baseline else 0.66)
    ink = colour(look, "foregroundColor", theme) or INK
    above = colour(heading, "foregroundColor", theme) or PALE
    parts = [
        text(middle, 28, str(title.get("title") or ""), size=heading.get("fontSize") or 14, colour=above, anchor=align,
             weight="bold" if heading.get("bold") else "normal", font=font),
        text(middle, y, value, size=size, colour=ink, anchor=align,
             weight="bold" if look.get("bold") else "normal", font=font),
    ]  # fmt: skip
    if baseline:
        words, paint = baseline
        parts.append(text(middle, y + 26, words, size=13, colour=paint, anchor=align, font=font))
    background = colour(picture.spec, "backgroundColor", theme) or "#ffffff"
    return svg(picture.width, picture.height, *parts, background=background)


def _across(picture: Picture, spec: Json) -> tuple[float, str]:
    position = ((spec.get("keyValueFormat") or {}).get("position") or {}).get("horizontalAlignment")
    ends = {"LEFT": (16.0, "start"), "RIGHT": (picture.width - 16.0, "end")}
    return ends.get(str(position), (picture.width / 2, "middle"))


def _written(picture: Picture, number: float, pattern: str, spec: Json) -> str:
    options = spec.get("customFormatOptions") or {}
    words = display(number, {"numberFormat": {"pattern": pattern}} if pattern else None, picture.view.ways)
    if spec.get("numberFormatSource") == "CUSTOM":
        return f"{options.get('prefix') or ''}{words}{options.get('suffix') or ''}"
    return words


def _baseline(picture: Picture, spec: Json, number: float, pattern: str) -> tuple[str, str] | None:
    """Return how the figure stands to its baseline, in words, and the colour of the words."""
    if not spec.get("baselineValueData"):
        return None
    points = picture.read(spec["baselineValueData"])
    base = aggregate(points, str(spec.get("aggregateType") or ""))
    look = spec.get("baselineValueFormat") or {}
    if base is None:
        return None
    change = number - base
    theme = picture.view.theme
    rise = colour(look, "positiveColor", theme) or RISE
    fall = colour(look, "negativeColor", theme) or FALL
    if look.get("comparisonType") == "PERCENTAGE_DIFFERENCE":
        words = f"{abs(change / base):.1%}" if base else "-"
    else:
        words = _written(picture, abs(change), pattern, {})
    arrow = "▲ " if change > 0 else "▼ " if change < 0 else ""
    return f"{arrow}{words} {look.get('description') or ''}".strip(), rise if change >= 0 else fall
