"""Basic charts as Vega-Lite: columns, bars, lines, areas, points, and mixtures of them on one or two axes."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from connector.sandbox.google.chart_data import Points, header_count
from connector.sandbox.google.grid import Json
from connector.sandbox.google.pictures import (
    INK,
    Picture,
    Spec,
    colour_scale,
    label_axis,
    labels,
    number_axis,
    number_scale,
)

BARS = ("COLUMN", "BAR")
ORDER = ("AREA", "STEPPED_AREA", "COLUMN", "BAR", "LINE", "SCATTER")
"""What is drawn first lies below."""
STACKS = {"STACKED": "zero", "PERCENT_STACKED": "normalize"}
DASHES = {
    "DOTTED": [2, 3], "MEDIUM_DASHED": [6, 4], "MEDIUM_DASHED_DOTTED": [6, 3, 2, 3], "LONG_DASHED": [10, 5],
    "LONG_DASHED_DOTTED": [10, 4, 2, 4],
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Series:
    """One series of a basic chart."""

    name: str
    kind: str
    points: Points
    colour: str
    is_right: bool
    is_labelled: bool
    spec: Json


@dataclass(frozen=True, slots=True)
class Plot:
    """A basic chart that is read."""

    basic: Json
    names: list[str]
    domain: Points
    series: list[Series]
    is_lying: bool
    """Bars lie: numbers go to the right."""

    @property
    def stack(self) -> str | None:
        return STACKS.get(str(self.basic.get("stackedType")))

    @property
    def is_numeric(self) -> bool:
        """Say whether the domain is a scale of numbers: only for points."""
        numbers = self.domain.numbers
        return all(one.kind == "SCATTER" for one in self.series) and bool(numbers) and None not in numbers

    def axis(self, position: str) -> Json:
        """Return the BasicChartAxis at a position."""
        found = [axis for axis in self.basic.get("axis") or [] if axis.get("position") == position]
        return found[0] if found else {}


def basic_layers(picture: Picture, basic: Json) -> Spec | None:
    """Return the Vega-Lite spec of a basic chart; None without data."""
    plot = read_plot(picture, basic)
    if not plot.names or not any(number is not None for one in plot.series for number in one.points.numbers):
        return None
    sides = []
    for is_right in (False, True):
        mine = [one for one in plot.series if one.is_right is is_right]
        kinds = sorted({one.kind for one in mine}, key=ORDER.index)
        layers = [layer for kind in kinds for layer in _layers(plot, [one for one in mine if one.kind == kind], mine)]
        if layers:
            sides.append({"layer": layers})
    spec: Spec = {"data": {"values": _rows(plot)}, "layer": sides}
    if len(sides) > 1:
        spec["resolve"] = {"scale": {"x" if plot.is_lying else "y": "independent"}}
    return spec


def read_plot(picture: Picture, basic: Json) -> Plot:
    """Read domain and series of a basic chart, headings taken off."""
    kind = str(basic.get("chartType") or "COLUMN")
    domains = [picture.read(one.get("domain")) for one in basic.get("domains") or []]
    read = [(one, picture.read(one.get("series"))) for one in basic.get("series") or []]
    skip = header_count(domains, [points for _one, points in read], basic.get("headerCount"))
    domain = domains[0].without_heading(skip) if domains else Points()
    series, names = [], set[str]()
    for number, (one, whole) in enumerate(read):
        points = whole.without_heading(skip)
        own = str(one.get("type") or ("COLUMN" if kind == "COMBO" else kind))
        name = points.heading or f"Series {number + 1}"
        name = name if name not in names else f"{name} ({number + 1})"
        names.add(name)
        label = one.get("dataLabel") or {}
        labelled = label.get("type") in ("DATA", "CUSTOM")
        if label.get("type") == "CUSTOM":
            points = _in_words(points, picture.read(label.get("customLabelData")).without_heading(skip))
        own = own if own in ORDER else "COLUMN"
        side = one.get("targetAxis") == "RIGHT_AXIS"
        series.append(Series(name, own, points, picture.colour(one, "color", number), side, labelled, one))
    if not domains and series:
        domain.texts[:] = [str(place + 1) for place in range(max(len(one.points.values) for one in series))]
        domain.values[:] = list(range(1, len(domain.texts) + 1))
    return Plot(basic, labels(domain), domain, series, kind == "BAR")


def _in_words(points: Points, words: Points) -> Points:
    """Return points that are labelled by other cells."""
    missing = len(points.texts) - len(words.texts)
    return replace(points, texts=[*words.texts, *[""] * missing][: len(points.texts)])


def _rows(plot: Plot) -> list[Spec]:
    """Return one row for each point."""
    overrides = {
        (one.name, part.get("index") or 0): part for one in plot.series for part in one.spec.get("styleOverrides") or []
    }
    rows = []
    for number_of_series, one in enumerate(plot.series):
        numbers = one.points.numbers
        for place, name in enumerate(plot.names):
            number = numbers[place] if place < len(numbers) else None
            if number is None and (plot.basic.get("interpolateNulls") or one.kind in BARS):
                continue
            row: Spec = {
                "c": name,
                "s": one.name,
                "k": number_of_series,
                "v": number,
                "t": "" if number is None else one.points.texts[place],
            }
            if plot.is_numeric:
                row["x"] = plot.domain.numbers[place]
            if (one.name, place) in overrides:
                row["o"] = _override(overrides[one.name, place])
            rows.append(row)
    return rows


def _override(part: Json) -> str:
    rgb = (part.get("colorStyle") or {}).get("rgbColor") or part.get("color") or {}
    return "#" + "".join(f"{round(255 * (rgb.get(name) or 0)):02x}" for name in ("red", "green", "blue"))


def _layers(plot: Plot, mine: list[Series], side: list[Series]) -> list[Spec]:
    """Return the layers of the series of one kind on one side."""
    kind, names = mine[0].kind, [one.name for one in mine]
    encoding = _encoding(plot, mine, side)
    base: Spec = {"transform": [{"filter": {"field": "s", "oneOf": names}}], "encoding": encoding}
    layers = [base | {"mark": _mark(plot, kind, mine)}]
    if kind == "LINE":
        layers = [_line(plot, base, one) for one in mine]
    if kind in BARS and any(one.spec.get("styleOverrides") for one in mine):
        painted = encoding | {"color": {"field": "o", "type": "nominal", "scale": None, "legend": None}}
        only = [*base["transform"], {"filter": "isValid(datum.o)"}]
        layers.append({"transform": only, "encoding": painted, "mark": {"type": "bar"}})
    labelled = [one.name for one in mine if one.is_labelled]
    if labelled:
        layers.append(_label_layer(plot, encoding, kind, labelled))
    return layers


def _line(plot: Plot, base: Spec, one: Series) -> Spec:
    style = one.spec.get("lineStyle") or {}
    mark: Spec = {"type": "line", "strokeWidth": style.get("width") or 2.5, "strokeCap": "round"}
    if plot.basic.get("lineSmoothing"):
        mark["interpolate"] = "monotone"
    if style.get("type") in DASHES:
        mark["strokeDash"] = DASHES[style["type"]]
    shape = one.spec.get("pointStyle") or {}
    if shape.get("shape") or len(plot.names) == 1:
        mark["point"] = {"size": (shape.get("size") or 7) ** 2, "filled": True}
    return base | {"transform": [{"filter": {"field": "s", "equal": one.name}}], "mark": mark}


def _mark(plot: Plot, kind: str, mine: list[Series]) -> Spec:
    if kind in ("AREA", "STEPPED_AREA"):
        step = {"interpolate": "step-after"} if kind == "STEPPED_AREA" else {}
        return {"type": "area", "opacity": 0.85 if plot.stack else 0.35, "line": {"strokeWidth": 2}} | step
    if kind == "SCATTER":
        return {"type": "circle", "size": 60, "opacity": 0.9}
    return {"type": "bar", "cornerRadiusEnd": 1 if len(mine) == 1 else 0}


def _encoding(plot: Plot, mine: list[Series], side: list[Series]) -> Spec:
    """Return where points lie and which colour they have."""
    kind = mine[0].kind
    position = ("BOTTOM_AXIS" if plot.is_lying else "LEFT_AXIS") if not mine[0].is_right else "RIGHT_AXIS"
    axis = plot.axis(position)
    pattern = next((one.points.pattern for one in side if one.points.pattern), "")
    figures: Spec = {
        "field": "v",
        "type": "quantitative",
        "axis": number_axis("%" if plot.stack == "normalize" else pattern, str(axis.get("title") or "")),
        "scale": number_scale(axis.get("viewWindowOptions")),
        "stack": plot.stack if kind in (*BARS, "AREA", "STEPPED_AREA") else None,
    }
    if mine[0].is_right:
        figures["axis"] |= {"orient": "right", "grid": False}
    if kind in ("LINE", "SCATTER"):
        figures["scale"] = {"zero": not plot.is_numeric} | figures["scale"]
    category = _category(plot)
    unnamed: Spec = {"legend": None} if len(plot.series) == 1 and not plot.basic.get("legendPosition") else {}
    names, colours = [one.name for one in plot.series], [one.colour for one in plot.series]
    paint = {"field": "s", "type": "nominal", "scale": colour_scale(names, colours), "sort": None}
    across, along = ("y", "x") if plot.is_lying else ("x", "y")
    encoding: Spec = {across: category, along: figures, "color": paint | unnamed}
    bars = [one.name for one in plot.series if one.kind in BARS]
    if plot.stack:
        encoding["order"] = {"field": "k", "type": "quantitative"}
    elif kind in BARS and len(bars) > 1:
        encoding[f"{across}Offset"] = {"field": "s", "sort": None, "scale": {"domain": bars}}
    return encoding


def _category(plot: Plot) -> Spec:
    axis = plot.axis("LEFT_AXIS" if plot.is_lying else "BOTTOM_AXIS")
    title = str(axis.get("title") or "")
    if plot.is_numeric:
        window = axis.get("viewWindowOptions")
        scale = {"zero": False, "nice": True, "padding": 12} | number_scale(window)
        return {"field": "x", "type": "quantitative", "axis": number_axis(plot.domain.pattern, title), "scale": scale}
    points = all(one.kind in ("LINE", "AREA", "STEPPED_AREA", "SCATTER") for one in plot.series)
    reverse = any(one.get("reversed") for one in plot.basic.get("domains") or [])
    scale_of_names: Spec = {"domain": plot.names, "reverse": reverse}
    if points:
        scale_of_names |= {"type": "point", "padding": 0.3}
    else:
        scale_of_names |= {"type": "band", "paddingInner": 0.3, "paddingOuter": 0.15}
    drawn = label_axis(plot.names, title, across=not plot.is_lying)
    return {"field": "c", "type": "ordinal", "sort": None, "axis": drawn, "scale": scale_of_names}


def _label_layer(plot: Plot, encoding: Spec, kind: str, names: list[str]) -> Spec:
    """Write the values at the points, as their cells show them."""
    mark: Spec = {"type": "text", "fontSize": 11, "color": INK}
    stacked = bool(plot.stack) and kind in BARS
    if stacked:
        mark |= {"color": "#ffffff"}
    elif plot.is_lying:
        mark |= {"align": "left", "dx": 4}
    else:
        mark |= {"dy": -8}
    written: dict[str, Any] = {name: part for name, part in encoding.items() if name != "color"}
    along = "x" if plot.is_lying else "y"
    if stacked:
        written[along] = encoding[along] | {"bandPosition": 0.5}
        written["detail"] = {"field": "s"}
    written["text"] = {"field": "l", "type": "nominal"}
    kinds = [one.name for one in plot.series if one.kind == kind]
    steps = [
        {"filter": {"field": "s", "oneOf": kinds if stacked else names}},
        {"calculate": f"indexof({json.dumps(names)}, datum.s) < 0 ? '' : datum.t", "as": "l"},
    ]
    return {"transform": steps, "mark": mark, "encoding": written}
