"""Plain pictures of words, for charts that are not made of marks."""

from __future__ import annotations

import re
from html import escape

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


def plain(words: object) -> str:
    """Return a text without the characters that no XML document may hold."""
    return UNPRINTABLE.sub(" ", str(words or ""))


def font_name(words: object) -> str:
    """Return the name of a font: letters, digits, blanks and hyphens of what is given.

    What reads an SVG again (to print it) ends the whole process at a name that it cannot parse.
    """
    return re.sub(r"[^\w -]", "", str(words or "").partition(",")[0]).strip()[:60] or "Arial"


def plain_picture(width: int, height: int, title: str, words: str) -> str:
    """Return an SVG with a title and a sentence in its middle."""
    return svg(
        width,
        height,
        text(16, 28, title, size=16, colour="#757575"),
        text(width / 2, height / 2, words, size=13, colour="#5f6368", anchor="middle"),
    )


def svg(width: int, height: int, *parts: str, background: str = "#ffffff") -> str:
    """Return an SVG document of parts that are SVG already."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="{escape(background)}"/>{"".join(parts)}</svg>'
    )


def text(  # noqa: PLR0913 - a text has a place, a size, a colour and a weight
    x: float, y: float, words: str, *, size: float, colour: str, anchor: str = "start", weight: str = "normal",
    font: str = "Arial",
) -> str:  # fmt: skip
    """Return a line of text; the words are escaped here."""
    look = f'font-size="{size:g}" fill="{escape(colour)}" text-anchor="{anchor}" font-weight="{weight}"'
    family = f"{font_name(font)}, Arial, sans-serif"
    return f'<text x="{x:g}" y="{y:g}" font-family="{family}" {look}>{escape(plain(words))}</text>'
