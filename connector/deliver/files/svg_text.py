"""How wide text is, and what to do when it is too wide: cut it, or break it over lines.

The widths are those of DejaVu Sans, the widest of the fonts that a reader's program may fall back to: text that
fits by them fits in Calibri, Segoe UI and Arial too.
"""

from __future__ import annotations

import unicodedata
from typing import Final

FONT_SIZE: Final = 12.0
LINE: Final = 14.5
"""Distance of two lines of text, in pixels."""

_CLASSES: Final = {
    30: "'IJijlÌÍÎÏìíîïĨĩĪīĬĭĮįİıĴĵĺļłІЇЈіїј",
    35: " ,./:;\\|\u00a0\u202f¦·",
    40: "()-[]ftľţťŧſ",
    45: "!r¡²³¹ŕŗř",
    50: '"*_`§¨ª¯°´¸º–',
    55: "?cszçćĉċčśŝşšźżžгзсэѓєѕ“”",
    60: "FLkvxyýÿŁвтухчьў",
    65: "$0123456789EPSTYabdeghnopqu{}¢£¤¥«µ»ÈÉÊËÝßàáâãäåèéêëñòóôõöøùúûüŠŢŤŸЀЁЃЅЎГЕЗРТУабеийклоряѐёђќѝ€₽",
    70: "ABCKRVXZÀÁÂÃÄÅÇŘŹŻŽЄАБВСХЧЬЭЯднпцћџ",
    75: "NUÑÙÚÛÜЌЍИЙКъ",
    80: "&DGHOQÐÒÓÔÕÖØЂЋЏДЛНОПЦмы▲▼",
    85: "#+<=>^w~¬±×÷Ъю→",
    90: "MМФЫф",
    95: "жшщ",
    100: "%@Wm©®¼½¾Ææ—…",
    110: "ŒЖШЩЮœ№",
}
"""Hundredths of the font size, rounded up, to the characters that wide."""
_WIDTHS: Final = {char: hundredths / 100 for hundredths, chars in _CLASSES.items() for char in chars}
_OTHER: Final = 0.72
_WIDE: Final = 1.3
_BOLD: Final = 1.13


def text_width(text: str, size: float = FONT_SIZE, *, bold: bool = False) -> float:
    """Return the width of a line of text in pixels, never too small for the fonts in use."""
    return sum(_width(char) for char in text) * size * (_BOLD if bold else 1.0)


def fitted(text: str, room: float, size: float = FONT_SIZE, *, bold: bool = False) -> str:
    """Return the text, cut with an ellipsis when it is wider than ``room``; "" when not even that fits."""
    if text_width(text, size, bold=bold) <= room:
        return text
    left, kept = room - text_width("…", size, bold=bold), 0
    for char in text:
        left -= text_width(char, size, bold=bold)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip() + "…" if kept else ""


def wrapped(text: str, room: float, lines: int, size: float = FONT_SIZE) -> list[str]:
    """Break text at spaces into at most ``lines`` lines; what is left over is cut with an ellipsis."""
    made: list[str] = []
    words = text.split(" ")
    while words and len(made) < lines - 1:
        count = _words_that_fit(words, room, size)
        if count == 0:
            break
        made.append(" ".join(words[:count]))
        words = words[count:]
    if words:
        made.append(fitted(" ".join(words), room, size))
    return [line for line in made if line]


def _words_that_fit(words: list[str], room: float, size: float) -> int:
    for count in range(len(words), 0, -1):
        if text_width(" ".join(words[:count]), size) <= room:
            return count
    return 0


def _width(char: str) -> float:
    known = _WIDTHS.get(char)
    if known is not None:
        return known
    if unicodedata.combining(char) or char in "\u00ad\u200b\u200d\ufe0f":
        return 0.0
    return _WIDE if unicodedata.east_asian_width(char) in ("W", "F") or char > "\uffff" else _OTHER
