"""Flows: bands from where things were to where they are, as wide as what moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.svg_canvas import Anchor, Drawing, tip
from connector.deliver.files.svg_text import FONT_SIZE, LINE, text_width, wrapped
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, tint

_NODE: Final = 10.0
_GAP: Final = 8.0
_SLOT: Final = 2 * LINE + 2
"""Least height of a place: its name and its figure stand beside it."""
_SIDE: Final = 0.28


@dataclass(slots=True)
class _Node:
    """A place on one side: its name, its sum, where it begins, and how far its bands have come."""

    name: str
    total: float
    top: float
    height: float
    slot: float
    used: float = 0.0


def draw_flow(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw bands between the categories at the left and the series at the right; nothing below zero flows."""
    flows = [
        (place, number, float(value))
        for place in range(len(frame.categories))
        for number, part in enumerate(frame.series)
        if (value := part.values[place]) is not None and value > 0
    ]
    sums = [sum(value for place, _, value in flows if place == at) for at in range(len(frame.categories))]
    others = [sum(value for _, number, value in flows if number == at) for at in range(len(frame.series))]
    pixels = max(210.0, 34.0 * max(len(sums), len(others))) / (sum(sums) or 1.0)
    left = _nodes(list(frame.categories), sums, pixels)
    right = _nodes([part.name for part in frame.series], others, pixels)
    tall = max(_height(left), _height(right))
    for nodes in (left, right):
        shift = (tall - _height(nodes)) / 2
        for node in nodes:
            node.top += shift
    side = drawing.width * _SIDE
    begin, end = side, drawing.width - side
    colours = drawing.palette.series(len(left))
    for place, number, value in flows:
        band = _band(left[place], right[number], value * pixels, begin + _NODE, end - _NODE)
        words = tip(
            f"{left[place].name} → {right[number].name}",
            "",
            drawing.display.cell(value_of(frame, place, number), frame.series[number].unit),
        )
        drawing.shape(band, tint(colours[place], 0.35), words, 0.6)
    for nodes, x, anchor in ((left, begin, "end"), (right, end, "start")):
        for place, node in enumerate(nodes):
            if node.total > 0:
                colour = colours[place] if nodes is left else INK
                _place(drawing, frame, node, (x, anchor, colour))  # type: ignore[arg-type]
    drawing.height = tall + 6


def value_of(frame: ChartFrame, place: int, number: int) -> int | float | None:
    return frame.series[number].values[place]


def _nodes(names: list[str], sums: list[float], pixels: float) -> list[_Node]:
    """Stack the places of one side, each with room for its words however little flows there."""
    nodes, top = [], 2.0
    for name, total in zip(names, sums, strict=True):
        height = max(total * pixels, 1.5)
        slot = max(height, _SLOT) + _GAP if total > 0 else 0.0
        nodes.append(_Node(name, total, top + (slot - _GAP - height) / 2 if total > 0 else top, height, slot))
        top += slot
    return nodes


def _height(nodes: list[_Node]) -> float:
    return sum(node.slot for node in nodes)


def _band(source: _Node, target: _Node, thick: float, begin: float, end: float) -> str:
    """Return the path of a band and use up its part of both places."""
    one, other, middle = source.top + source.used, target.top + target.used, (begin + end) / 2
    source.used += thick
    target.used += thick
    x0, x1, mid = f"{begin:.1f}", f"{end:.1f}", f"{middle:.1f}"
    return (
        f"M{x0},{one:.1f}C{mid},{one:.1f} {mid},{other:.1f} {x1},{other:.1f}"
        f"V{other + thick:.1f}C{mid},{other + thick:.1f} {mid},{one + thick:.1f} {x0},{one + thick:.1f}Z"
    )


def _place(drawing: Drawing, frame: ChartFrame, node: _Node, look: tuple[float, Anchor, str]) -> None:
    x, anchor, colour = look
    total = drawing.display.compact(round(node.total, 6), frame.y.unit)
    drawing.rect(x if anchor == "end" else x - _NODE, node.top, _NODE, node.height, colour, tip(node.name, "", total))
    spot = x - 6 if anchor == "end" else x + 6
    room = drawing.width * _SIDE - 6
    middle = node.top + node.height / 2
    name = one_line(node.name, 400)
    if text_width(f"{name}  {total}") <= room:
        drawing.text(spot, middle + FONT_SIZE * 0.36, f"{name}  {total}", anchor)
        return
    lines = wrapped(name, room, 2)
    if text_width(f"{lines[-1]}  {total}") > room:
        lines = wrapped(name, room, 1)
        drawing.text(spot, middle - 2, lines[0], anchor, full=name)
        drawing.text(spot, middle + LINE - 3, total, anchor)
        return
    drawing.text(spot, middle - 2, lines[0], anchor, full=name)
    drawing.text(spot, middle + LINE - 3, f"{lines[-1]}  {total}", anchor)
