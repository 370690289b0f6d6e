"""Text of customers made harmless for the place it goes to: a line, a cell, a CSV field, an address."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

CELL_CHARACTERS: Final = 32_767
"""Most UTF-16 units that a workbook cell holds."""
ADDRESS_CHARACTERS: Final = 2_000
"""Longest address written as a link; Excel takes 2,079 characters."""

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_NO_BREAK: Final = "\u00a0\u202f"
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORMULA_START = re.compile(r"(^|[;\t\r\n])([\s\"]*)(?=[=+\-@＝＋－＠])")
_CONTROL_START = re.compile(r"^[\t\r\n]")


def readable(text: str) -> str:
    """Return text that can be encoded: a lone surrogate becomes the replacement character."""
    return _SURROGATE.sub("\ufffd", text)


def page_text(text: str) -> str:
    """Return text that a page may hold: HTML forbids control characters, each becomes a blank."""
    return _CONTROL.sub(" ", readable(text))


def one_line(text: str, limit: int = 255) -> str:
    """Return text without control characters on one line, cut to ``limit`` UTF-16 units.

    No-break spaces stay: figures hold them.
    """
    flat = "".join(char if char.isprintable() or char in _NO_BREAK else " " for char in readable(text))
    return clip(" ".join(part for part in flat.split(" ") if part.strip(_NO_BREAK)), limit)


def clip(text: str, limit: int) -> str:
    """Cut text to ``limit`` UTF-16 units; a cut text ends with an ellipsis."""
    if len(text) * 2 <= limit or _units(text) <= limit:
        return text
    kept = text[: limit - 1]
    while _units(kept) > limit - 1:
        kept = kept[: -max(1, (_units(kept) - limit + 1) // 2)]
    return kept + "…"


def cell_text(text: str) -> str:
    """Return text as a workbook cell can hold it. The caller writes it as a string, never as a formula."""
    return clip(readable(text), CELL_CHARACTERS)


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula when it opens it from a CSV file.

    A single quote goes before ``= + - @`` (their full-width forms too) at the start of the text and after a
    semicolon, tab or line break inside it, because a program that splits at those would start a cell there;
    blanks and double quotes before the sign change nothing.
    A text that starts with a tab or line break gets the quote in front of it.
    """
    safe = _FORMULA_START.sub(r"\1\2'", readable(text))
    return f"'{safe}" if _CONTROL_START.match(safe) else safe


def web_address(text: str) -> str | None:
    """Return an absolute http or https address fit for a link, or None."""
    if len(text) > ADDRESS_CHARACTERS or not text.isprintable() or re.search(r"[\s\"<>\\]", text):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme.lower() in ("http", "https") and parts.netloc else None


def _units(text: str) -> int:
    return len(text) + sum(char > "\uffff" for char in text)
