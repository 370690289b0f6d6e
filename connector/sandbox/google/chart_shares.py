"""Pies, bubbles, candlesticks, histograms and waterfalls as Vega-Lite."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import floor

from connector.sandbox.google.chart_data import Points, header_count
from connector.sandbox.google.grid import Json
from connector.sandbox.google.pictures import (
    INK,
    PALE,
    Picture,
    Spec,
    colour_scale,
    label_axis,
    labels,
    number_axis,
)

RISE, FALL, TOTAL = "#34a853", "#ea4335", "#4285f4"
SMALL_SHARE = 0.04
"""A slice below it bears no label of its own."""


def pie(picture: Picture, spec: Json) -> Spec | None:
    """Return a pie, or a ring."""
    domain, series = _paired(picture, spec.get("domain"), spec.get("series"))
    names, numbers = labels(domain), [max(number or 0.0, 0.0) for number in series.numbers]
    total = sum(numbers)
    if not total:
        return None
    pairs = list(zip(names, numbers, strict=False))
    rows = [
        {"c": name, "v": number, "n": place, "t": f"{number / total:.1%}" if number / total > SMALL_SHARE else ""}
        for place, (name, number) in enumerate(pairs)
    ]
    radius = max(min(picture.width - 120, picture.height - 90) / 2, 20)
    colours = [picture.colour(None, "", place) for place in range(len(rows))]
    hole = radius * float(spec.get("pieHole") or 0)
    encoding: Spec = {
        "theta": {"field": "v", "type": "quantitative", "stack": True},
        "order": {"field": "n"},
        "color": {"field": "c", "type": "nominal", "sort": None, "scale": colour_scale([p[0] for p in pairs], colours)},
    }
    words = {
        "type": "text",
        "radius": (radius + hole) / 2 if hole else radius * 0.65,
        "color": "#ffffff",
        "fontSize": 12,
    }
    written = {name: part for name, part in encoding.items() if name != "color"} | {"text": {"field": "t"}}
    written["detail"] = {"field": "c"}
    arc = {"type": "arc", "innerRadius": hole, "outerRadius": radius, "stroke": "#ffffff", "strokeWidth": 1}
    return {
        "data": {"values": rows},
        "layer": [{"mark": arc, "encoding": encoding}, {"mark": words, "encoding": written}],
    }


def bubble(picture: Picture, spec: Json) -> Spec | None:
    """Return bubbles: domain and series are their place, sizes and groups may be given."""
    sources = [picture.read(spec.get(name)) for name in ("domain", "series", "bubbleLabels", "groupIds", "bubbleSizes")]
    skip = header_count([], sources[:2], None)
    x, y, *rest = (points.without_heading(skip) for points in sources)
    rows = _bubbles(x, y, *rest)
    if not rows:
        return None
    kinds = list(dict.fromkeys(str(row["g"]) for row in rows))
    scale = colour_scale(kinds, [picture.colour(None, "", number) for number in range(len(kinds))])
    sizes = [(spec.get(f"bubble{name}RadiusSize") or usual) ** 2 * 3 for name, usual in (("Min", 5), ("Max", 25))]
    ends: Spec = {"zero": False, "padding": 30}
    position: Spec = {
        name: {
            "field": name,
            "type": "quantitative",
            "scale": ends,
            "axis": number_axis(points.pattern, points.heading),
        }
        for name, points in (("x", x), ("y", y))
    }
    circle = position | {
        "size": {"field": "z", "type": "quantitative", "scale": {"range": sizes}, "legend": None},
        "color": {"field": "g", "type": "nominal", "scale": scale, **({} if len(kinds) > 1 else {"legend": None})},
    }
    mark = {"type": "circle", "opacity": spec.get("bubbleOpacity") or 0.75, "stroke": "#ffffff"}
    text = {"mark": {"type": "text", "color": INK}, "encoding": position | {"text": {"field": "t", "type": "nominal"}}}
    return {"data": {"values": rows}, "layer": [{"mark": mark, "encoding": circle}, text]}


def _bubbles(x: Points, y: Points, names: Points, groups: Points, sizes: Points) -> list[Spec]:
    rows = []
    for place, (right, up) in enumerate(zip(x.numbers, y.numbers, strict=False)):
        if right is None or up is None:
            continue
        group = groups.texts[place] if place < len(groups.texts) else ""
        label = names.texts[place] if place < len(names.texts) else ""
        size = (sizes.numbers[place] if place < len(sizes.numbers) else None) or 1.0
        rows.append({"x": right, "y": up, "g": group, "t": label, "z": abs(size)})
    return rows


def candlestick(picture: Picture, spec: Json) -> Spec | None:
    """Return candles: low and high as a line, open and close as a bar, filled where it fell."""
    domain = picture.read((spec.get("domain") or {}).get("data"))
    data = (spec.get("data") or [{}])[0]
    ends = [picture.read((data.get(f"{name}Series") or {}).get("data")) for name in ("low", "open", "close", "high")]
    skip = header_count([domain], ends, None)
    names = labels(domain.without_heading(skip))
    plain = [points.without_heading(skip) for points in ends]
    rows = [
        {"c": name, "l": low, "o": begin, "e": end, "h": high, "r": end >= begin}
        for name, low, begin, end, high in zip(names, *(points.numbers for points in plain), strict=False)
        if low is not None and begin is not None and end is not None and high is not None
    ]
    if not rows:
        return None
    across: Spec = {
        "field": "c", "type": "ordinal", "sort": None, "axis": label_axis(names, "", across=True),
        "scale": {"type": "band", "paddingInner": 0.4, "paddingOuter": 0.2},
    }  # fmt: skip
    axis = number_axis(plain[0].pattern, "")
    colour = {"condition": {"test": "datum.r", "value": RISE}, "value": FALL}
    line = {"x": across, "y": {"field": "l", "type": "quantitative", "scale": {"zero": False}, "axis": axis}}
    wick = {"mark": {"type": "rule", "color": PALE}, "encoding": line | {"y2": {"field": "h"}}}
    body = {
        "x": across,
        "y": {"field": "o", "type": "quantitative", "axis": axis},
        "y2": {"field": "e"},
        "color": colour,
    }
    return {"data": {"values": rows}, "layer": [wick, {"mark": {"type": "bar"}, "encoding": body}]}


def histogram(picture: Picture, spec: Json) -> Spec | None:
    """Return how often values fall into each bucket."""
    sources = [(one, picture.read(one.get("data"))) for one in spec.get("series") or []]
    skip = header_count([], [points for _one, points in sources], None)
    read = [(one, points.without_heading(skip)) for one, points in sources]
    numbers = [number for _one, points in read for number in points.numbers if number is not None]
    if not numbers:
        return None
    size = float(spec.get("bucketSize") or 0) or _bucket(min(numbers), max(numbers))
    rows: list[Spec] = []
    below: Counter[int] = Counter()
    for number, (_one, points) in enumerate(read):
        counts = Counter(floor(value / size) for value in points.numbers if value is not None)
        name = points.heading or f"Series {number + 1}"
        for place, count in counts.items():
            ends = {"m": below[place], "n": below[place] + count}
            rows.append({"a": place * size, "b": (place + 1) * size, "s": name} | ends)
        below += counts
    names = list(dict.fromkeys(str(row["s"]) for row in rows))
    colours = [picture.colour(one, "barColor", number) for number, (one, _points) in enumerate(read)]
    axis = number_axis(read[0][1].pattern, "")
    encoding = {
        "x": {"field": "a", "type": "quantitative", "axis": axis | {"grid": False}, "scale": {"zero": False}},
        "x2": {"field": "b"},
        "y": {"field": "m", "type": "quantitative", "axis": number_axis("", "")},
        "y2": {"field": "n"},
        "color": {"field": "s", "type": "nominal", "scale": colour_scale(names, colours), "sort": None},
    }
    return {"data": {"values": rows}, "mark": {"type": "bar", "binSpacing": 1}, "encoding": encoding}


def _bucket(least: float, most: float) -> float:
    """Return a round width that makes about ten buckets."""
    rough = (most - least) / 10 or 1.0
    step = 10.0 ** floor(len(str(int(rough))) - 1) if rough >= 1 else 10.0 ** -len(str(int(1 / rough)))
    return next(step * factor for factor in (1, 2, 5, 10, 20, 50, 100) if step * factor >= rough)


def waterfall(picture: Picture, spec: Json) -> Spec | None:
    """Return columns that begin where the one before ended, with subtotals."""
    domain = picture.read((spec.get("domain") or {}).get("data"))
    series = (spec.get("series") or [{}])[0]
    whole = picture.read(series.get("data"))
    skip = header_count([domain], [whole], None)
    points, names = whole.without_heading(skip), labels(domain.without_heading(skip))
    rows = _steps(names, points, spec, series)
    if not rows:
        return None
    shown, paints = _legend(picture, series, rows)
    for row in rows:
        row["g"] = shown[str(row["k"])]
    order = [str(row["c"]) for row in rows]
    scale = {"type": "band", "paddingInner": 0.25, "paddingOuter": 0.15, "domain": order}
    axis = label_axis(order, "", across=True)
    across: Spec = {"field": "c", "type": "ordinal", "sort": None, "axis": axis, "scale": scale}
    up = {"field": "a", "type": "quantitative", "axis": number_axis(points.pattern, ""), "title": None}
    paint = {"field": "g", "type": "nominal", "sort": None, "scale": colour_scale(list(shown.values()), paints)}
    bars: Spec = {"mark": "bar", "encoding": {"x": across, "y": up, "y2": {"field": "b"}, "color": paint}}
    lines = [] if spec.get("hideConnectorLines") else [_connectors(across)]
    told = [(part or {}).get("type") for part in (series.get("dataLabel"), spec.get("totalDataLabel"))]
    words = [_column_words(across)] if "DATA" in told else []
    return {"data": {"values": rows}, "layer": [*lines, bars, *words]}


def _legend(picture: Picture, series: Json, rows: list[Spec]) -> tuple[dict[str, str], list[str]]:
    """Return the name of each kind of column that there is, and their colours."""
    usual = {"positive": ("Increase", RISE), "negative": ("Decrease", FALL), "subtotal": ("Total", TOTAL)}
    shown, paints = {}, []
    for kind, (word, paint) in usual.items():
        if any(row["k"] == kind for row in rows):
            style = series.get(f"{kind}ColumnsStyle") or {}
            shown[kind] = str(style.get("label") or word)
            has_colour = style.get("color") or style.get("colorStyle")
            paints.append(picture.colour(style, "color") if has_colour else paint)
    return shown, paints


def _connectors(across: Spec) -> Spec:
    line = {"x": across, "y": {"field": "b", "type": "quantitative"}, "x2": {"field": "d"}}
    mark = {"type": "rule", "color": "#9aa0a6", "strokeWidth": 1}
    return {"transform": [{"filter": "isValid(datum.d)"}], "mark": mark, "encoding": line}


def _column_words(across: Spec) -> Spec:
    top = {"field": "m", "type": "quantitative"}
    encoding = {"x": across, "y": top, "text": {"field": "t", "type": "nominal"}}
    return {"mark": {"type": "text", "dy": -8, "color": INK}, "encoding": encoding}


def _steps(names: list[str], points: Points, spec: Json, series: Json) -> list[Spec]:
    """Return the columns: from where to where, and of which kind. Subtotals stand after their column."""
    subtotals = {int(one.get("subtotalIndex") or 0): one for one in series.get("customSubtotals") or []}
    rows: list[Spec] = []
    level, count = 0.0, min(len(names), len(points.values))
    for place in range(count):
        number, text = points.numbers[place], points.texts[place]
        if number is None:
            continue
        given = subtotals.get(place)
        if (place == 0 and spec.get("firstValueIsTotal")) or (given is not None and given.get("dataIsSubtotal")):
            level = number
            rows.append(_column(names[place], 0.0, level, "subtotal", text))
        else:
            kind = "positive" if number >= 0 else "negative"
            rows.append(_column(names[place], level, level + number, kind, text))
            level += number
        if given is not None and not given.get("dataIsSubtotal"):
            rows.append(_column(str(given.get("label") or "Subtotal"), 0.0, level, "subtotal", f"{level:,.6g}"))
    if rows and not series.get("hideTrailingSubtotal"):
        rows.append(_column("Subtotal", 0.0, level, "subtotal", f"{level:,.6g}"))
    for row, after in pairwise(rows):
        row["d"] = after["c"]
    return rows


def _column(name: str, begin: float, end: float, kind: str, text: str) -> Spec:
    return {"c": name, "a": begin, "b": end, "m": max(begin, end), "k": kind, "t": text}


def _paired(picture: Picture, domain: Json | None, series: Json | None) -> tuple[Points, Points]:
    names, numbers = picture.read(domain), picture.read(series)
    skip = header_count([names], [numbers], None)
    return names.without_heading(skip), numbers.without_heading(skip)
