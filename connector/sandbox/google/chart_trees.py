"""Tree maps as Vega, organisation charts as plain boxes."""

from __future__ import annotations

from connector.sandbox.google.chart_data import header_count
from connector.sandbox.google.grid import Json
from connector.sandbox.google.pictures import INK, VEGA, Picture, Spec
from connector.sandbox.google.svg_words import svg, text

ROOT = "\u200broot"
BOX_HEIGHT, BOX_GAP = 34, 24


def treemap(picture: Picture, spec: Json) -> Spec | None:
    """Return rectangles as large as their figures, each branch in a colour of its own."""
    sources = [picture.read(spec.get(name)) for name in ("labels", "parentLabels", "sizeData")]
    skip = header_count(sources[:2], sources[2:], None)
    names, parents, sizes = (points.without_heading(skip) for points in sources)
    known: dict[str, Spec] = {}
    for place, name in enumerate(names.texts):
        parent = parents.texts[place] if place < len(parents.texts) else ""
        size = sizes.numbers[place] if place < len(sizes.numbers) else None
        if name and name not in known:
            known[name] = {"id": name, "parent": parent or ROOT, "size": max(size or 0.0, 0.0), "t": name}
    inner = {str(row["parent"]) for row in known.values()}
    for parent in inner - set(known) - {ROOT}:
        known[parent] = {"id": parent, "parent": ROOT, "size": 0.0, "t": parent}
    rows = [
        row if row["id"] not in inner else row | {"size": 0.0} for row in known.values() if row["parent"] != row["id"]
    ]
    if not any(row["size"] for row in rows):
        return None
    return _tree(picture, [{"id": ROOT, "size": 0.0, "t": ""}, *rows])


LEAF_WORDS: Spec = {
    "x": {"signal": "(datum.x0 + datum.x1) / 2"}, "y": {"signal": "(datum.y0 + datum.y1) / 2"}, "text": {"field": "t"},
    "limit": {"signal": "max(datum.x1 - datum.x0 - 6, 1)"}, "align": {"value": "center"}, "fontSize": {"value": 12},
    "baseline": {"value": "middle"}, "fill": {"value": "#ffffff"},
    "opacity": {"signal": "datum.x1 - datum.x0 > 30 && datum.y1 - datum.y0 > 14 ? 1 : 0"},
}  # fmt: skip
BRANCH_WORDS: Spec = {
    "x": {"signal": "datum.x0 + 4"}, "y": {"signal": "datum.y0 + 12"}, "text": {"field": "t"},
    "limit": {"signal": "max(datum.x1 - datum.x0 - 8, 1)"}, "fill": {"value": INK}, "fontSize": {"value": 11},
    "fontWeight": {"value": "bold"},
}  # fmt: skip
PLACE: Spec = {"x": {"field": "x0"}, "y": {"field": "y0"}, "x2": {"field": "x1"}, "y2": {"field": "y1"}}


def _tree(picture: Picture, rows: list[Spec]) -> Spec:
    accents = [picture.colour(None, "", number) for number in range(6)]
    steps: list[Spec] = [
        {"type": "stratify", "key": "id", "parentKey": "parent"},
        {
            "type": "treemap", "field": "size", "sort": {"field": "value", "order": "descending"}, "round": True,
            "method": "squarify", "paddingInner": 1, "paddingTop": 16, "paddingOuter": 1,
            "size": [{"signal": "width"}, {"signal": "height"}],
        },
    ]  # fmt: skip
    chosen = {"leaves": "!datum.children", "branches": "datum.children && datum.depth > 0"}
    parts = [
        {"name": name, "source": "tree", "transform": [{"type": "filter", "expr": test}]}
        for name, test in chosen.items()
    ]
    domain = {"data": "leaves", "field": "parent"}
    fill = {"fill": {"scale": "colour", "field": "parent"}}
    return {
        "$schema": VEGA,
        "width": picture.width - 32,
        "height": picture.height - 32,
        "data": [{"name": "tree", "values": rows, "transform": steps}, *parts],
        "scales": [{"name": "colour", "type": "ordinal", "domain": domain, "range": accents}],
        "marks": [
            {"type": "rect", "from": {"data": "leaves"}, "encode": {"enter": PLACE | fill}},
            {"type": "text", "from": {"data": "leaves"}, "encode": {"enter": LEAF_WORDS}},
            {"type": "text", "from": {"data": "branches"}, "encode": {"enter": BRANCH_WORDS}},
        ],
    }


def organisation(picture: Picture, spec: Json) -> str | None:
    """Return boxes, level under level, joined by lines."""
    sources = [picture.read(spec.get(name)) for name in ("labels", "parentLabels")]
    names, above = (points.without_heading(0) for points in sources)
    parents = {name: above.texts[place] if place < len(above.texts) else "" for place, name in enumerate(names.texts)}
    parents = {name: parent for name, parent in parents.items() if name}
    if not parents:
        return None
    levels: dict[int, list[str]] = {}
    for name in parents:
        levels.setdefault(_depth(name, parents), []).append(name)
    places: dict[str, tuple[float, float, float]] = {}
    parts, paint = [], picture.colour(spec, "nodeColor")
    for level, members in sorted(levels.items()):
        width = min(160.0, (picture.width - 32) / len(members) - 12)
        for number, name in enumerate(members):
            x = picture.width * (number + 0.5) / len(members)
            y = 56 + level * (BOX_HEIGHT + BOX_GAP)
            places[name] = (x, y, width)
            parts += _box(name, places, parents[name], paint)
    title = text(16, 28, str(picture.spec.get("title") or ""), size=16, colour="#757575")
    return svg(picture.width, picture.height, title, *parts)


def _box(name: str, places: dict[str, tuple[float, float, float]], parent: str, paint: str) -> list[str]:
    x, y, width = places[name]
    parts = []
    if parent in places:
        up_x, up_y, _width = places[parent]
        parts.append(
            f'<path d="M{x:g},{y:g}V{y - BOX_GAP / 2:g}H{up_x:g}V{up_y + BOX_HEIGHT:g}" fill="none" stroke="#9aa0a6"/>'
        )
    shape = f'x="{x - width / 2:g}" y="{y:g}" width="{max(width, 8):g}" height="{BOX_HEIGHT}" rx="4" fill="{paint}"'
    words = text(x, y + 21, name[: max(int(width / 7), 1)], size=12, colour="#ffffff", anchor="middle")
    return [*parts, f"<rect {shape}/>", words]


def _depth(name: str, parents: dict[str, str]) -> int:
    """Return how many stand above; a circle ends where it closes."""
    seen = {name}
    while parents.get(name) and parents[name] in parents and parents[name] not in seen:
        name = parents[name]
        seen.add(name)
    return len(seen) - 1
