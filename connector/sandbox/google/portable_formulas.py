"""Formulas as the calculating engine reads them: every reference closed, sheets under plain names, named ranges put in,
and what only Google writes turned into what both understand."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from connector.sandbox.google.areas import Area
from connector.sandbox.google.formulas import Titles, sheet_of
from connector.sandbox.google.references import BROKEN, Reference, tokens

MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
"""What the engine holds; cells beyond are not calculated with."""
STRINGS = re.compile(r'("(?:[^"]|"")*")')
WORDS = re.compile(r"(?<![\w.$#!'])((?:'(?:[^']|'')*'|[^\W\d][\w.]*)!)?([^\W\d][\w.]*)(?![\w.!(\[])")
CLOCK = re.compile(r"(?i)\b(today|now)\(\s*\)")
SPILLING = re.compile(
    r"(?i)[{]|\b(arrayformula|filter|unique|sort|sortby|sequence|transpose|vstack|hstack|map|makearray|byrow|bycol|"
    r"tocol|torow|take|drop|choosecols|chooserows|expand|wraprows|wrapcols|randarray|scan|frequency|mmult)\("
)
"""Formulas that in Google's Sheets fill more cells than their own."""
BRACES = {"{": 1, "}": -1}


@dataclass(frozen=True)
class Surroundings:
    """What a formula may point at."""

    titles: Titles
    sizes: Mapping[int, tuple[int, int]]
    """Sheet id to its rows and columns."""
    named: Mapping[str, Area | None]
    """Name of a named range, case-folded, to where it is; None where its cells are gone."""
    serial_now: float | None = None
    """The time as a serial number; None leaves TODAY and NOW to the engine's clock."""


def plain_name(sheet_id: int) -> str:
    """Return the name under which the engine knows a sheet."""
    return f"S{sheet_id}"


def portable(text: str, home: int, around: Surroundings) -> str:
    """Return a formula of the sheet ``home`` in the engine's terms."""
    pieces = []
    for token in tokens(text):
        if isinstance(token, Reference):
            sheet_id = sheet_of(token, home, around.titles)
            pieces.append(BROKEN if sheet_id is None else closed(token, sheet_id, around))
        else:
            pieces.append(_portable_text(token, around))
    return _commas("".join(pieces))


def closed(reference: Reference, sheet_id: int, around: Surroundings) -> str:
    """Return a reference with both ends, within its sheet; ``#REF!`` where it begins outside of it."""
    area = reference.area(sheet_id)
    rows, columns = around.sizes[sheet_id]
    top, left, bottom, right = area.closed(min(rows, MOST_ROWS), min(columns, MOST_COLUMNS))
    if bottom <= top or right <= left:
        return BROKEN
    return str(replace(reference.moved_to(Area(sheet_id, top, bottom, left, right)), title=plain_name(sheet_id)))


def _portable_text(text: str, around: Surroundings) -> str:
    parts = STRINGS.split(text)
    parts[::2] = [WORDS.sub(lambda match: _named(match, around), _clock(part, around)) for part in parts[::2]]
    joined = "".join(parts)
    return re.sub(r"(?i)\barrayformula\(", "(", joined)


def _named(match: re.Match[str], around: Surroundings) -> str:
    """A named range becomes the cells it means."""
    name = match[0].casefold()
    if name not in around.named:
        return match[0]
    area = around.named[name]
    if area is None or area.sheet_id not in around.sizes:
        return BROKEN
    written = tokens("A1:A1")[0]
    assert isinstance(written, Reference)
    fixed = replace(written.start, row_fixed=True, column_fixed=True)
    return closed(replace(written, start=fixed, end=fixed).moved_to(area), area.sheet_id, around)


def _clock(text: str, around: Surroundings) -> str:
    if around.serial_now is None:
        return text
    today, now = str(int(around.serial_now)), repr(around.serial_now)
    return CLOCK.sub(lambda match: today if match[1].casefold() == "today" else now, text)


def _commas(text: str) -> str:
    """Semicolons part arguments in Google's Sheets as well; within braces they part rows."""
    parts = STRINGS.split(text)
    depth = 0
    for index in range(0, len(parts), 2):
        letters = []
        for letter in parts[index]:
            depth += BRACES.get(letter, 0)
            letters.append("," if letter == ";" and depth == 0 else letter)
        parts[index] = "".join(letters)
    return "".join(parts)


def name_replaced(text: str, old: str, new: str) -> str:
    """Return a formula in which a named range goes by another name."""
    if not text.startswith("="):
        return text
    parts = STRINGS.split(text)
    folded = old.casefold()
    parts[::2] = [
        WORDS.sub(lambda match: new if match[0].casefold() == folded else match[0], part) for part in parts[::2]
    ]
    return "".join(parts)
