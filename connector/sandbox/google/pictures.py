"""What charts are drawn with: the spreadsheet's colours, its ways of writing numbers, pieces of Vega-Lite."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from connector.sandbox.google.chart_data import Points, read_source
from connector.sandbox.google.grid import Json
from connector.sandbox.google.views import View, colour

Spec = dict[str, Any]
VEGA_LITE, VEGA = "https://vega.github.io/schema/vega-lite/v5.json", "https://vega.github.io/schema/vega/v5.json"
INK, PALE, RULES = "#202124", "#5f6368", "#dadce0"
LONG_LABEL, MANY_LABELS = 12, 8
_CONDITION = re.compile(r"\[(>=|<=|<>|>|<|=)\s*(-?\d+(?:\.\d+)?)\]")
_SIGNS = {"=": "==", "<>": "!="}
UNIQUE = "\u200b"
"""Put after a label that was there before, so that both keep their own place."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn: the view it reads, the whole ChartSpec, its size in pixels."""

    view: View
    spec: Json
    width: int
    height: int

    def read(self, data: Json | None) -> Points:
        """Return the points of a ChartData, headings among them."""
        return read_source(self.view, data, str(self.spec.get("hiddenDimensionStrategy") or ""))

    def colour(self, part: Json | None, name: str, number: int = 0) -> str:
        """Return a colour that the spec names, or the theme's accent of this number."""
        given = colour(part or {}, name, self.view.theme)
        return given or self.view.theme[f"ACCENT{number % 6 + 1}"]


def labels(points: Points) -> list[str]:
    """Return the texts of a domain, each of them different from the others."""
    seen: dict[str, int] = {}
    found = []
    for text in points.texts:
        seen[text] = seen.get(text, 0) + 1
        found.append(text + UNIQUE * (seen[text] - 1))
    return found


def label_axis(names: list[str], title: str, *, across: bool) -> Spec:
    """Return the axis of a domain of texts; ``across`` is one whose labels stand side by side."""
    axis: Spec = {"title": title or None, "grid": False, "labelOverlap": True, "ticks": False, "labelPadding": 6}
    if across:
        crowded = len(names) > MANY_LABELS or max(map(len, names), default=0) > LONG_LABEL
        axis |= {"labelAngle": -40 if crowded else 0}
    return axis


def number_axis(pattern: str, title: str) -> Spec:
    """Return the axis of numbers, which are written by the number format of the data."""
    axis: Spec = {"title": title or None, "tickCount": 5, "domain": False, "ticks": False, "labelPadding": 6}
    return axis | {"labelExpr": number_words(pattern, "datum.value")}


def number_words(pattern: str, value: str) -> str:
    """Return the Vega expression that writes a number by a pattern: percent, currency, thousands, conditions."""
    words = ""
    sections = [part for part in pattern.split(";") if re.search("[0#?]", part)]
    for section in sections:
        condition = _CONDITION.search(section)
        if condition is None:
            return words + _section_words(section, value)
        words += f"{value} {_SIGNS.get(condition[1], condition[1])} {condition[2]} ? "
        words += f"{_section_words(section, value)} : "
    return words + _section_words("", value)


def _section_words(section: str, value: str) -> str:
    """Write a number by one section of a pattern."""
    if "%" in section:
        return f"format({value}, ',.1~%')"
    shape = re.sub(r"\[[^\]]*\]", "", re.sub(r"\[\$([^\]-]*)[^\]]*\]", r'"\1"', section))
    places = [
        place for place, mark in enumerate(re.sub(r'"[^"]*"', lambda text: "x" * len(text[0]), shape)) if mark in "0#?"
    ]
    first, last = (places[0], places[-1]) if places else (0, -1)
    before, after = _literal(shape[:first]), shape[last + 1 :]
    scale = 1000 ** (len(after) - len(after.lstrip(","))) if places else 1
    return f"{json.dumps(before)} + format({value} / {scale}, ',.2~f') + {json.dumps(_literal(after.lstrip(',')))}"


def _literal(text: str) -> str:
    """Return what a part of a pattern says beside the digits: quoted words as they are, and signs of currency."""
    words = re.findall(r'"([^"]*)"|\\(.)|[*_].|([^"\\@*_,.0#?])', text)
    return "".join("".join(part) for part in words)[:12]


def number_scale(options: Json | None) -> Spec:
    """Return the scale of an axis whose window (ChartAxisViewWindowOptions) may be given."""
    options = options or {}
    scale: Spec = {}
    if options.get("viewWindowMin") is not None:
        scale["domainMin"] = options["viewWindowMin"]
    if options.get("viewWindowMax") is not None:
        scale["domainMax"] = options["viewWindowMax"]
    return scale


def colour_scale(names: list[str], colours: list[str]) -> Spec:
    """Return the scale that gives each series its colour."""
    return {"domain": names, "range": colours}
