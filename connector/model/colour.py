"""Colours as people see them: contrast by WCAG 2.2, distance in CIELAB."""

from __future__ import annotations

import math
import re
from typing import Final

_HEX: Final = re.compile(r"#[0-9A-Fa-f]{6}")


def is_colour(text: str) -> bool:
    """Say whether a text is a colour written ``#RRGGBB``."""
    return _HEX.fullmatch(text) is not None


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour ``#RRGGBB``, 0 (black) to 1 (white), as WCAG defines it."""
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2, success criterion 1.4.3)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def distance(one: str, other: str) -> float:
    """Return how different two colours look: distance in CIELAB (CIE76), 0 for the same, 100 for black and white."""
    return math.dist(_lab(one), _lab(other))


def mixed(colour: str, other: str, share: float) -> str:
    """Mix ``share`` (0 to 1) of another colour into one."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    return "#" + "".join(f"{round(255 * (mine + (its - mine) * share)):02X}" for mine, its in pairs)


def _channels(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    return red, green, blue


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(colour)
    )
    return red, green, blue


def _lab(colour: str) -> tuple[float, float, float]:
    """CIELAB under D65, from linear sRGB."""
    red, green, blue = _linear(colour)
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    fx, fy, fz = (math.cbrt(part) if part > 216 / 24389 else (24389 / 27 * part + 16) / 116 for part in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)
