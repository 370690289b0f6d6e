"""Names of workbook sheets: what a title may become under the rules of spreadsheet programs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from connector.deliver.files.text import clip, one_line

LONGEST: Final = 31
"""UTF-16 units of a sheet name, at most."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_RESERVED = frozenset({"history", "historial", "histórico", "журнал"})
"""Names that Excel keeps for its change log, in its languages."""


def sheet_names(titles: Iterable[str]) -> list[str]:
    """Return one valid sheet name per title, unique whatever the case and form of the letters."""
    names: list[str] = []
    taken: set[str] = set()
    for title in titles:
        stem = _clean(title)
        name, number = stem, 2
        while _same(name) in taken:
            ending = f" ({number})"
            name, number = _cut(stem, LONGEST - len(ending)) + ending, number + 1
        taken.add(_same(name))
        names.append(name)
    return names


def _clean(title: str) -> str:
    plain = " ".join(_FORBIDDEN.sub(" ", one_line(title)).split()).strip("' ")
    name = _cut(plain, LONGEST).strip("' ") or "Sheet"
    return f"{_cut(name, LONGEST - 1)}_" if _same(name) in _RESERVED else name


def _cut(text: str, limit: int) -> str:
    return clip(text, limit).rstrip("' ")


def _same(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
