"""What a PDF is drawn with: one bundled font, its measures, and pieces of a page as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Final, Literal

from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK

FONT: Final = "Source Sans Pro"
"""SIL Open Font License; Latin, Greek and Cyrillic, the upright ones only: no text is set in italics.

The font of a brand is a name; its file may be on no machine that Puente runs on, so a PDF always has this one.
"""
_FILES: Final = {400: "SourceSansPro-Regular.ttf", 600: "SourceSansPro-Semibold.ttf", 700: "SourceSansPro-Bold.ttf"}
Weight = Literal[400, 600, 700]
Anchor = Literal["start", "middle", "end"]
_EM: Final = 1000


@dataclass(frozen=True, slots=True)
class TextLook:
    """How text is set; ``size`` in points."""

    size: float = 9.0
    weight: Weight = 400
    colour: str = INK
    anchor: Anchor = "start"

    @property
    def line(self) -> float:
        """Distance of two lines of text."""
        return self.size * 1.28


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle of a page in points, its top left corner first, that leads to ``address``."""

    x: float
    y: float
    width: float
    height: float
    address: str


@cache
def font_folder() -> Path:
    """Return the folder of the font's files, made known to vl-convert."""
    import font_source_sans_pro  # noqa: PLC0415 - only for a PDF
    import vl_convert  # noqa: PLC0415 - heavy

    folder = Path(font_source_sans_pro.__file__).parent / "files"
    vl_convert.register_font_directory(str(folder))
    return folder


@cache
def _face(weight: Weight) -> object:
    from PIL import ImageFont  # noqa: PLC0415 - heavy

    path = str(font_folder() / _FILES[weight])
    return ImageFont.truetype(path, _EM, layout_engine=ImageFont.Layout.BASIC)


@cache
def _advance(char: str, weight: Weight) -> float:
    from PIL import ImageFont  # noqa: PLC0415 - heavy

    face = _face(weight)
    assert isinstance(face, ImageFont.FreeTypeFont)
    width = face.getlength(char) / _EM
    return max(width, 1.0) if ord(char) > 0x2E7F else width  # a foreign script comes from a fallback font: a full em


def measure(text: str, look: TextLook) -> float:
    """Return the width of a line of text in points."""
    return sum(_advance(char, look.weight) for char in text) * look.size


def fit(text: str, look: TextLook, room: float) -> str:
    """Return text on one line, cut with an ellipsis when it is wider than ``room``."""
    flat = one_line(text, 400)
    if measure(flat, look) <= room:
        return flat
    while flat and measure(flat + "…", look) > room:
        flat = flat[: -max(1, len(flat) // 20)]
    return flat.rstrip() + "…"


def wrap(text: str, look: TextLook, room: float, most: int = 40) -> list[str]:
    """Break text into lines of at most ``room`` points, words where possible; the last of ``most`` lines is cut."""
    lines: list[str] = []
    for paragraph in text.splitlines() or [""]:
        lines += _broken(one_line(paragraph, 4_000), look, room)
        if len(lines) > most:
            return [*lines[: most - 1], fit(lines[most - 1] + "…", look, room)]
    return lines


def _broken(text: str, look: TextLook, room: float) -> list[str]:
    lines, line = [], ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if measure(joined, look) <= room:
            line = joined
            continue
        if line:
            lines.append(line)
        line = word
        while measure(line, look) > room and len(line) > 1:
            kept = _most_that_fits(line, look, room)
            lines.append(line[:kept])
            line = line[kept:]
    return [*lines, line]


def _most_that_fits(text: str, look: TextLook, room: float) -> int:
    width, count = 0.0, 0
    for char in text:
        width += _advance(char, look.weight) * look.size
        if width > room and count:
            break
        count += 1
    return count


def text_svg(x: float, y: float, text: str, look: TextLook) -> str:
    """Draw one line of text; ``y`` is the base line. The text is escaped here."""
    anchor = f' text-anchor="{look.anchor}"' if look.anchor != "start" else ""
    face = f'font-family="{FONT}" font-size="{_n(look.size)}" font-weight="{look.weight}" fill="{look.colour}"'
    return f'<text x="{_n(x)}" y="{_n(y)}" {face}{anchor}>{escape(one_line(text, 4_000))}</text>'


def lines_svg(x: float, y: float, lines: list[str], look: TextLook) -> str:
    """Draw lines below one another; ``y`` is the top of the first."""
    return "".join(text_svg(x, y + look.size + number * look.line, line, look) for number, line in enumerate(lines))


def rect_svg(area: tuple[float, float, float, float], fill: str, stroke: str = "") -> str:
    """Draw a filled rectangle (x, y, width, height)."""
    x, y, width, height = area
    edge = f' stroke="{stroke}" stroke-width="0.75"' if stroke else ""
    return f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" fill="{fill}"{edge}/>'


def rule_svg(x: float, y: float, width: float, colour: str, thickness: float = 0.6) -> str:
    """Draw a level line."""
    return (
        f'<line x1="{_n(x)}" y1="{_n(y)}" x2="{_n(x + width)}" y2="{_n(y)}" stroke="{colour}" '
        f'stroke-width="{_n(thickness)}"/>'
    )


def moved(x: float, y: float, svg: str) -> str:
    """Move a drawing."""
    return f'<g transform="translate({_n(x)},{_n(y)})">{svg}</g>'


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
