"""The colours and the font of a report, checked before they reach a style sheet or a workbook."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from connector.model.colour import contrast, is_colour, mixed
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
        given if is_colour(given) else default
        for given, default in (
            (theme.primary, plain.primary), (theme.accent, plain.accent), (theme.neutral, plain.neutral),
        )
    )  # fmt: skip
    font = theme.font if _FONT.fullmatch(theme.font) else plain.font
    return Palette(primary, accent, neutral, font)


def tint(colour: str, share: float) -> str:
    """Mix ``share`` (0 to 1) of white into a colour."""
    return mixed(colour, "#FFFFFF", share)


def readable_on_white(colour: str) -> str:
    """Return the colour when text in it can be read on white (contrast 4.5), else the ink."""
    return colour if contrast(colour, "#FFFFFF") >= READABLE else INK


def readable_on(colour: str) -> str:
    """Return white, the ink or black: the first that can be read on a colour. One of them always can."""
    return next((text for text in ("#FFFFFF", INK) if contrast(text, colour) >= READABLE), "#000000")
