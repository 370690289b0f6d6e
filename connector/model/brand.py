"""How reports look for a reader: a name, a logo, three colours and a font, checked before they are kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from connector.errors import UserError, quote
from connector.model.colour import contrast, distance, is_colour, mixed
from connector.model.report import Theme

NAME_LIMIT: Final = 80
TEXT_CONTRAST: Final = 4.5
"""Least contrast of text and its ground (WCAG 2.2, 1.4.3): headings on white, white text on the primary colour."""
MARK_CONTRAST: Final = 3.0
"""Least contrast of bars, lines and sectors and the page (WCAG 2.2, 1.4.11)."""
LEAST_DISTANCE: Final = 20.0
"""Least distance in CIELAB between two colours of a brand: below it, neighbours in a chart look alike.

Three colours that all stand 3:1 against white cannot also stand 3:1 against each other: the darkest would have to be
darker than black. So lightness is asked for against the page, and difference of any kind among the three.
"""
WHITE: Final = "#FFFFFF"
BLACK: Final = "#000000"
LogoType = Literal["image/png", "image/jpeg"]
Colours = tuple[str, str, str]
_FONT: Final = re.compile(r"[^\W\d_][\w \-]{0,39}")


@dataclass(frozen=True, slots=True)
class Logo:
    """A logo as outputs embed it; without content for none."""

    content: bytes
    kind: LogoType = "image/png"


@dataclass(frozen=True, slots=True)
class Brand:
    """What a workspace or the default says about looks. None: not said, so the next one decides.

    ``colours`` are primary, accent and neutral, ``#RRGGBB``; they come as a set, because they are checked as one.
    """

    name: str | None = None
    colours: Colours | None = None
    font: str | None = None
    logo: Logo | None = None

    def over(self, below: Brand) -> Brand:
        """Return this brand with what it leaves open taken from another one."""
        return Brand(
            self.name if self.name is not None else below.name,
            self.colours or below.colours,
            self.font or below.font,
            self.logo if self.logo is not None else below.logo,
        )

    def theme(self) -> Theme:
        """Return the looks that outputs follow; Puente's own where nothing is said."""
        plain = Theme()
        primary, accent, neutral = self.colours or (plain.primary, plain.accent, plain.neutral)
        logo = self.logo or Logo(b"")
        return Theme(
            self.name or "", primary, accent, neutral, self.font or plain.font, logo=logo.content, logo_type=logo.kind
        )


def checked_brand_name(text: str) -> str:
    """Return the name that stands on reports, tidied. Raises UserError."""
    name = " ".join(text.split())
    if not name or len(name) > NAME_LIMIT or not name.isprintable():
        raise UserError(
            f"{quote(text)} is no name for a brand.",
            place="--name",
            remedy=f"Give 1 to {NAME_LIMIT} printable characters.",
        )
    return name


def checked_font(text: str) -> str:
    """Return the family name of a font. Raises UserError."""
    name = " ".join(text.split())
    if not _FONT.fullmatch(name):
        raise UserError(
            f"{quote(text)} is no name of a font.",
            place="--font",
            remedy="Give the family alone, such as Georgia: letters, digits, blanks and hyphens, at most 40.",
        )
    return name


def checked_colours(primary: str, accent: str, neutral: str) -> Colours:
    """Return three colours that can be read and told apart. Raises UserError that lists every mistake.

    A colour that fails is answered with the nearest one of its hue that passes.
    """
    given = {"primary": primary.upper(), "accent": accent.upper(), "neutral": neutral.upper()}
    wrong = [f"the {name} colour {quote(text)} is no #RRGGBB" for name, text in given.items() if not is_colour(text)]
    if wrong:
        raise UserError("; ".join(wrong) + ".", place="brand", remedy="Write each as in #1F4E79.")
    mistakes, remedies, kept = [], [], list[str]()
    for name, colour in given.items():
        least = TEXT_CONTRAST if name == "primary" else MARK_CONTRAST
        mistake = _mistake(name, colour, least, kept)
        if mistake:
            mistakes.append(mistake)
            near = _nearest(colour, lambda tried, least=least: _passes(tried, least, kept))  # type: ignore[misc]
            remedies.append(f"--{name} '{near}'" if near else f"another hue for --{name}")
            colour = near or colour  # noqa: PLW2901 - what follows is judged beside the colour that passes
        kept.append(colour)
    if mistakes:
        raise UserError(
            "; ".join(mistakes) + ".", place="brand", remedy=f"The nearest that pass: {', '.join(remedies)}."
        )
    return kept[0], kept[1], kept[2]


def _mistake(name: str, colour: str, least: float, others: list[str]) -> str:
    found = contrast(colour, WHITE)
    if found < least:
        reason = "text in it or white text on it cannot be read" if name == "primary" else "bars in it are hard to see"
        return f"the {name} colour {colour} has a contrast of {_shown(found)} with white, {least:g} is needed: {reason}"
    for other, label in zip(others, ("primary", "accent"), strict=False):
        if distance(colour, other) < LEAST_DISTANCE:
            return f"the {name} colour {colour} can hardly be told from the {label} colour {other}"
    return ""


def _shown(ratio: float) -> str:
    """A ratio cut, not rounded: 4.49 must not read 4.5."""
    return f"{int(ratio * 100) / 100:.2f}"


def _passes(colour: str, least: float, others: list[str]) -> bool:
    return contrast(colour, WHITE) >= least and all(distance(colour, other) >= LEAST_DISTANCE for other in others)


def _nearest(colour: str, passes: Callable[[str], bool]) -> str:
    """Return the nearest colour that passes among darker and paler ones of the same hue; empty when there is none."""
    found = [tried for tried in _shades(colour) if passes(tried)]
    return min(found, key=lambda tried: distance(tried, colour), default="")


def _shades(colour: str) -> Iterator[str]:
    for step in range(1, 100):
        yield mixed(colour, BLACK, step / 100)
        yield mixed(colour, WHITE, step / 100)
