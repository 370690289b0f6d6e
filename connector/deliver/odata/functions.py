"""The canonical functions that expressions may use, computed as OData defines them.

https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html#sec_CanonicalFunctions
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes and gives, by kind of value (``day``: a date or a moment), and how it is computed."""

    takes: tuple[str, ...]
    gives: str
    compute: Callable[..., Any]
    optional: int = 0


def _substring(text: str, start: int, length: int | None = None) -> str:
    start = max(int(start), 0)
    return text[start:] if length is None else text[start : start + max(int(length), 0)]


def _rounded(number: Decimal | float) -> Decimal | float:
    if isinstance(number, float):
        return math.floor(number + 0.5) if number >= 0 else math.ceil(number - 0.5)
    return Decimal(number).to_integral_value(ROUND_HALF_UP)


def _clock(part: str) -> Callable[[date], int]:
    def read(moment: date) -> int:
        return int(getattr(moment, part)) if isinstance(moment, datetime) else 0

    return read


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


FUNCTIONS: Final[dict[str, Function]] = {
    "contains": Function(("text", "text"), "boolean", lambda text, part: part in text),
    "startswith": Function(("text", "text"), "boolean", lambda text, part: text.startswith(part)),
    "endswith": Function(("text", "text"), "boolean", lambda text, part: text.endswith(part)),
    "length": Function(("text",), "number", len),
    "indexof": Function(("text", "text"), "number", lambda text, part: text.find(part)),
    "substring": Function(("text", "number", "number"), "text", _substring, optional=1),
    "tolower": Function(("text",), "text", str.lower),
    "toupper": Function(("text",), "text", str.upper),
    "trim": Function(("text",), "text", str.strip),
    "concat": Function(("text", "text"), "text", lambda text, other: text + other),
    "year": Function(("day",), "number", lambda day: day.year),
    "month": Function(("day",), "number", lambda day: day.month),
    "day": Function(("day",), "number", lambda day: day.day),
    "hour": Function(("day",), "number", _clock("hour")),
    "minute": Function(("day",), "number", _clock("minute")),
    "second": Function(("day",), "number", _clock("second")),
    "date": Function(("day",), "date", _day),
    "round": Function(("number",), "number", _rounded),
    "floor": Function(("number",), "number", math.floor),
    "ceiling": Function(("number",), "number", math.ceil),
}
