"""Reads a drawn chart back: where each text stands, measured with a real font, and what lies under it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

SPACE = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]
FONTS = (Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/dejavu"), Path("/usr/share/fonts/TTF"))


@dataclass(frozen=True)
class Label:
    """A text as it stands: its corners (turned with it), its colour, and the colour below its middle."""

    text: str
    corners: tuple[Point, Point, Point, Point]
    colour: str
    ground: str

    @property
    def left(self) -> float:
        return min(x for x, _ in self.corners)

    @property
    def right(self) -> float:
        return max(x for x, _ in self.corners)

    @property
    def top(self) -> float:
        return min(y for _, y in self.corners)

    @property
    def bottom(self) -> float:
        return max(y for _, y in self.corners)


@cache
def font(size: float, bold: bool) -> Any:
    images = pytest.importorskip("PIL.ImageFont")
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    for folder in FONTS:
        if (folder / name).is_file():
            return images.truetype(str(folder / name), 100)
    pytest.skip("the DejaVu fonts are not installed")


def measured(text: str, size: float, bold: bool = False) -> float:
    return float(font(size, bold).getlength(text)) * size / 100


def viewbox(svg: str) -> tuple[float, float]:
    found = re.match(r'<svg[^>]* viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    assert found is not None
    return float(found[1]), float(found[2])


def labels(svg: str) -> list[Label]:
    """Return the texts of a chart; parsing it proves that it is well-formed."""
    root = ET.fromstring(svg)
    size = float(root.attrib["font-size"])
    found: list[Label] = []
    _walk(root, (0.0, 0.0), size, [], found)
    return found


def shapes(svg: str, tag: str) -> list[dict[str, str]]:
    return [dict(part.attrib) for part in ET.fromstring(svg).iter(SPACE + tag)]


def overlapping(found: list[Label]) -> list[tuple[str, str]]:
    """Return the pairs of texts whose boxes meet, a pixel of each side not counted."""
    return [
        (one.text, other.text)
        for number, one in enumerate(found)
        for other in found[number + 1 :]
        if not _apart(one.corners, other.corners)
    ]


def _walk(part: ET.Element, shift: Point, size: float, rects: list[tuple[float, ...]], found: list[Label]) -> None:
    for child in part:
        moved = re.fullmatch(r"translate\(([-\d.]+) ([-\d.]+)\)", child.get("transform", ""))
        if child.tag == SPACE + "g":
            assert moved is not None
            _walk(child, (shift[0] + float(moved[1]), shift[1] + float(moved[2])), size, rects, found)
        elif child.tag == SPACE + "rect":
            box = tuple(float(child.attrib[name]) for name in ("x", "y", "width", "height"))
            colour = _shade(child.attrib["fill"], float(child.get("fill-opacity", "1")))
            rects.append((box[0] + shift[0], box[1] + shift[1], box[2], box[3], colour))  # type: ignore[arg-type]
        elif child.tag == SPACE + "text":
            found.append(_label(child, shift, size, rects))


def _label(part: ET.Element, shift: Point, size: float, rects: list[tuple[float, ...]]) -> Label:
    text = part.text or ""
    wide = measured(text, size, part.get("font-weight") == "bold")
    x, y = float(part.attrib["x"]), float(part.attrib["y"])
    left = x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[part.get("text-anchor", "start")]
    box = [
        (left, y - size * 0.75),
        (left + wide, y - size * 0.75),
        (left + wide, y + size * 0.2),
        (left, y + size * 0.2),
    ]
    turned = re.fullmatch(r"rotate\(([-\d.]+) ([-\d.]+) ([-\d.]+)\)", part.get("transform", ""))
    if turned:
        angle, middle = math.radians(float(turned[1])), (float(turned[2]), float(turned[3]))
        box = [_turned(point, middle, angle) for point in box]
    corners = tuple((px + shift[0], py + shift[1]) for px, py in box)
    centre = (sum(px for px, _ in corners) / 4, sum(py for _, py in corners) / 4)
    ground = "#FFFFFF"
    for rx, ry, rw, rh, colour in rects:
        if rx <= centre[0] <= rx + rw and ry <= centre[1] <= ry + rh:
            ground = str(colour)
    return Label(text, corners, part.attrib["fill"], ground)  # type: ignore[arg-type]


def _turned(point: Point, middle: Point, angle: float) -> Point:
    x, y = point[0] - middle[0], point[1] - middle[1]
    return (
        middle[0] + x * math.cos(angle) - y * math.sin(angle),
        middle[1] + x * math.sin(angle) + y * math.cos(angle),
    )


def _shade(colour: str, opacity: float) -> str:
    parts = [int(colour[start : start + 2], 16) for start in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * opacity):02X}" for part in parts)


def _apart(one: tuple[Point, ...], other: tuple[Point, ...]) -> bool:
    """Whether a straight line separates two boxes that may be turned."""
    for box in (one, other):
        for (x1, y1), (x2, y2) in ((box[0], box[1]), (box[1], box[2])):
            long = math.hypot(x2 - x1, y2 - y1)
            if not long:
                continue
            axis = ((y1 - y2) / long, (x2 - x1) / long)
            spans = [[px * axis[0] + py * axis[1] for px, py in part] for part in (one, other)]
            if max(spans[0]) <= min(spans[1]) + 1 or max(spans[1]) <= min(spans[0]) + 1:
                return True
    return False
