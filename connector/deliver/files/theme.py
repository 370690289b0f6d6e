"""The colours and the font of a report, checked before they reach a style sheet or a workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connector.model.report import Theme

INK: Final = "#1F2933"
MUTED: Final = "#5F6B7A"
FAINT: Final = "#8A94A0"
RULE: Final = "#D9DEE4"
AXIS: Final = "#A9B2BC"
PANEL: Final = "#F5F7FA"
GOOD: Final = "#1E7B34"
BAD: Final = "#B3261E"
MISSING: Final = "#FFE94D"
WRONG: Final = "#FBE3E1"
"""Signal colours of a report; they do not count among the three of a theme."""

READABLE: Final = 4.5
"""Least contrast of text (WCAG 2, level AA)."""

_HEX = re.compile(r"#[0-9A-Fa-f]{6}")
_FONT = re.compile(r"[\w][\w \-]{0,39}")


@dataclass(frozen=True, slots=True)
class Palette:
    """Checked colours (``#RRGGBB``) and the font of a theme."""

    primary: str
    accent: str
    neutral: str
    font: str

    def series(self, count: int) -> list[str]:
        """Return ``count`` colours: the three of the theme, then ever lighter tints of them."""
        base = (self.primary, self.accent, self.neutral)
        return [tint(base[index % 3], min(0.78, 0.42 * (index // 3))) for index in range(count)]


def palette(theme: Theme) -> Palette:
    """Check a theme; a colour or font that is none falls back to the default one."""
    plain = Theme()
    primary, accent, neutral = (
        given if _HEX.fullmatch(given) else default
        for given, default in (
            (theme.primary, plain.primary), (theme.accent, plain.accent), (theme.neutral, plain.neutral),
        )
    )  # fmt: skip
    font = theme.font if _FONT.fullmatch(theme.font) else plain.font
    return Palette(primary, accent, neutral, font)


def tint(colour: str, share: float) -> str:
    """Mix ``share`` (0 to 1) of white into a colour."""
    parts = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * share):02X}" for part in parts)


def readable_on_white(colour: str) -> str:
    """Return the colour when text in it can be read on white (contrast 4.5), else the ink."""
    return colour if contrast(colour, "#FFFFFF") >= READABLE else INK


def readable_on(colour: str) -> str:
    """Return white, the ink or black: the first that can be read on a colour. One of them always can."""
    return next((text for text in ("#FFFFFF", INK) if contrast(text, colour) >= READABLE), "#000000")


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours by WCAG 2: 1 (none) to 21 (black on white)."""
    pale, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (pale + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
