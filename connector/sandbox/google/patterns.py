"""Patterns of number formats: ``#,##0.00;[Red]-0``, ``yyyy-mm-dd hh:mm``, ``0.0%``, ``@``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

PIECE = re.compile(
    r'"(?P<quoted>[^"]*)"?|\\(?P<escaped>.)|_(?P<space>.)|\*(?P<fill>.)'
    r"|\[(?P<elapsed>h+|m+|s+)\]|\[\$(?P<symbol>[^\]-]*)(?:-[^\]]*)?\]"
    r"|\[(?P<condition>[<>=]+)(?P<bound>-?[\d.]+)\]|\[(?P<colour>[A-Za-z0-9]+)\]"
    r"|(?P<half>am/pm|a/p)|(?P<date>y+|m+|d+|h+|s+)|(?P<exponent>E[+-])|(?P<digits>[0#?,./%]+)"
    r"|(?P<general>general)|(?P<text>@)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
TESTS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "<>": operator.ne,
}
LITERAL = {"quoted", "escaped", "symbol", "other"}


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a pattern: pieces as (kind, text), and for which numbers it is."""

    pieces: tuple[tuple[str, str], ...]
    condition: tuple[str, float] | None = None

    def has(self, *kinds: str) -> bool:
        """Return whether there is a piece of one of these kinds."""
        return any(kind in kinds for kind, _ in self.pieces)

    def fits(self, value: float) -> bool:
        """Return whether the section's own condition, if any, is met."""
        return self.condition is None or TESTS[self.condition[0]](value, self.condition[1])


@lru_cache(maxsize=512)
def sections_of(pattern: str) -> tuple[Section, ...]:
    """Return the sections of a pattern."""
    sections: list[Section] = []
    pieces: list[tuple[str, str]] = []
    condition: tuple[str, float] | None = None
    for match in PIECE.finditer(pattern):
        kind = match.lastgroup or "other"
        text = match[kind]
        if kind == "other" and text == ";":
            sections.append(Section(tuple(pieces), condition))
            pieces, condition = [], None
        elif kind == "bound":
            condition = (match["condition"], float(text))
        elif kind in LITERAL:
            pieces.append(("literal", text))
        elif kind == "space":
            pieces.append(("literal", " "))
        elif kind not in ("fill", "colour"):
            pieces.append((kind, text))
    return (*sections, Section(tuple(pieces), condition))


def is_date(pattern: str) -> bool:
    """Return whether numbers are shown as dates or times."""
    return any(section.has("date", "elapsed") for section in sections_of(pattern))


def section_for(pattern: str, value: float) -> tuple[Section, bool]:
    """Return the section that a number takes, and whether the minus sign has been said by choosing it."""
    sections = [section for section in sections_of(pattern) if not section.has("text")] or list(sections_of(pattern))
    if any(section.condition for section in sections):
        chosen = next((section for section in sections if section.fits(value)), sections[-1])
        return chosen, False
    if value < 0 and len(sections) > 1:
        return sections[1], True
    if value == 0 and len(sections) > 2:
        return sections[2], True
    return sections[0], False


def text_section(pattern: str) -> Section | None:
    """Return the section for texts; None where texts are shown as they are."""
    sections = sections_of(pattern)
    return next((section for section in sections if section.has("text")), None)
