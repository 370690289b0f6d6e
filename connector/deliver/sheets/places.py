"""Places in a sheet: A1 names for people, ranges for Google, and columns that stand side by side."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from typing import Any, Final

Body = dict[str, Any]
LARGEST_ID: Final = 2**31 - 1


def letters(column: int) -> str:
    """Return the letters of a column counted from 0: A, Z, AA."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def a1(row: int, column: int) -> str:
    """Return the name of a cell, both counted from 0."""
    return f"{letters(column)}{row + 1}"


def a1_range(title: str, rows: Sequence[int], columns: Sequence[int]) -> str:
    """Return the name, for people, of the rectangle from the first to the last of these rows and columns."""
    first, last = a1(min(rows), min(columns)), a1(max(rows), max(columns))
    return f"{title}!{first if first == last else f'{first}:{last}'}"


def on_tab(title: str, cells: str) -> str:
    """Return a place as the API takes it, the title in quotes."""
    return "'" + title.replace("'", "''") + f"'!{cells}"


def span(sheet: int, rows: tuple[int, int], columns: tuple[int, int]) -> Body:
    """Return a GridRange; ends are exclusive."""
    return {
        "sheetId": sheet, "startRowIndex": rows[0], "endRowIndex": rows[1],
        "startColumnIndex": columns[0], "endColumnIndex": columns[1],
    }  # fmt: skip


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return numbers as runs of neighbours, ends exclusive: 3, 4, 7 are (3, 5) and (7, 8)."""
    found: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number:
            found[-1] = (found[-1][0], number + 1)
        else:
            found.append((number, number + 1))
    return found


def free_id(taken: Container[int], *words: object) -> int:
    """Return an id for a sheet, a chart or metadata: the same for the same words, and not one that is taken."""
    for attempt in range(1_000):
        text = repr((*words, attempt)).encode()
        number = int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "big") & LARGEST_ID
        if number and number not in taken:
            return number
    raise AssertionError("no free id among a thousand")


def free_title(title: str, taken: Iterable[str]) -> str:
    """Return a title for a new tab that no other tab has; Google does not tell capital letters apart."""
    known = {each.casefold() for each in taken}
    candidate, number = title, 1
    while candidate.casefold() in known:
        number += 1
        candidate = f"{title} {number}"
    return candidate


def range_name(taken: Iterable[str], *ids: str) -> str:
    """Return the name by which people reach a region in formulas: ``puente_<tab>_<region>``, letters and digits."""
    plain = unicodedata.normalize("NFKD", "_".join(ids)).encode("ascii", "ignore").decode()
    name = re.sub(r"\W+", "_", f"puente_{plain}")[:200]
    return free_title(name, taken).replace(" ", "_")
