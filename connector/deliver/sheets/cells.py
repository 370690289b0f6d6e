"""Cell values on their way to a spreadsheet and back: one plain form, in which written and read values are compared."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from connector.deliver.sheets.layout import Scalar

LONGEST_TEXT: Final = 50_000
"""Characters of one cell (https://support.google.com/drive/answer/37603), counted as UTF-16 does, the narrower way."""
LARGEST_WHOLE: Final = 2**53
"""Up to here a double holds every whole number."""
DIGEST_LETTERS: Final = 4
LAST_DAY: Final = 2_958_466
"""Serial number of the day after 9999-12-31."""


@dataclass(frozen=True, slots=True)
class Formula:
    """What a person put into a cell that is ours; Puente itself writes no formula."""

    text: str


Held = Scalar | Formula
T = TypeVar("T")


def plain(value: Scalar) -> Scalar:
    """Return a value as a cell keeps it: whole numbers without a fraction, texts without what no cell can hold.

    An empty text is an empty cell; so is a number that is none. Line ends become one character, as Google stores them.
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -LARGEST_WHOLE <= value <= LARGEST_WHOLE else str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return int(value) if value.is_integer() and abs(value) <= LARGEST_WHOLE else value
    return _text(value) or None


def _text(value: str) -> str:
    if value.isascii() and value.isprintable():
        return value[:LONGEST_TEXT]
    text = value.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    units = text.encode("utf-16-le", "ignore")[: 2 * LONGEST_TEXT]
    return units.decode("utf-16-le", "ignore")


def cell(value: Scalar) -> dict[str, Any]:
    """Return a value as CellData. A text is a text whatever it begins with; a formula cannot be made here."""
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    kind = "stringValue" if isinstance(value, str) else "numberValue"
    return {"userEnteredValue": {kind: value}}


def held(data: Mapping[str, Any]) -> Held:
    """Return what a CellData of an answer holds, in the form of :func:`plain`."""
    value = data.get("userEnteredValue") or {}
    if "formulaValue" in value:
        return Formula(str(value["formulaValue"]))
    for kind in ("numberValue", "stringValue", "boolValue"):
        if kind in value:
            found: Scalar = value[kind]
            return plain(found)
    return None


def shown(value: Held) -> str:
    """Return a value as a person would have typed it."""
    if isinstance(value, Formula):
        return value.text
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else str(value)


def day_text(value: Held) -> str:
    """Return what a cell of dates holds, a serial number as the day or moment that it means (ISO 8601)."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value < LAST_DAY:
        return shown(value)
    moment = datetime(1899, 12, 30) + timedelta(minutes=round(value * 1440))  # noqa: DTZ001 - a time on the wall
    return moment.date().isoformat() if isinstance(value, int) else moment.isoformat(" ", "minutes")


def digest(values: object, letters: int = DIGEST_LETTERS) -> str:
    """Return a short fingerprint of texts, numbers and lists of them."""
    text = json.dumps(values, separators=(",", ":"), default=_marked)
    return base64.b64encode(hashlib.blake2b(text.encode(), digest_size=letters).digest())[:letters].decode()


def digest_of_rows(rows: Iterable[Sequence[Scalar]]) -> str:
    """Return the fingerprint of a whole table without holding it as one text; numbers count to twelve digits."""
    whole = hashlib.blake2b(digest_size=12)
    for row in rows:
        steady = [float(f"{value:.12g}") if type(value) is float else value for value in trimmed(row)]
        whole.update(json.dumps(steady, separators=(",", ":")).encode())
    return base64.b64encode(whole.digest()).decode()


def trimmed(row: Sequence[T]) -> Sequence[T]:
    """Return a row without the empty cells at its end."""
    end = len(row)
    while end and row[end - 1] is None:
        end -= 1
    return row[:end]


def same(one: Held, other: Held) -> bool:
    """Whether a cell holds this value already; numbers to twelve digits, as a spreadsheet keeps fifteen."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other or abs(one - other) <= 1e-12 * max(abs(one), abs(other))
    return one == other


def _marked(value: object) -> str:
    return f"={value.text}" if isinstance(value, Formula) else str(value)
