"""Words and values of an OData expression."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Final

from connector.errors import NotBuilt, QueryError, quote

LONGEST: Final = 20_000
LONGEST_NUMBER: Final = 60
NAME: Final = "name"
OPERATOR: Final = "operator"
Value = str | bool | int | float | Decimal | date | datetime | time | timedelta | None


@dataclass(frozen=True, slots=True)
class Constant:
    """A value that is written out. ``kind``: null, boolean, number, text, date, moment, time, duration."""

    kind: str
    value: Value


@dataclass(frozen=True, slots=True)
class Token:
    """One word, sign or value; the last token of a text has no text."""

    kind: str
    text: str
    position: int
    constant: Constant | None = None


_TOKEN: Final = re.compile(
    r"""(?P<space>[ \t]+)
    |(?P<moment>-?\d{4,6}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?(?:Z|[-+ ]\d\d:\d\d))
    |(?P<date>-?\d{4,6}-\d\d-\d\d(?![\w:]))
    |(?P<time>\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?)
    |(?P<guid>[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})
    |(?P<number>\d+(?:\.\d+)?(?:[eE][-+ ]?\d+)?(?![\w.]))
    |(?P<typed>(?:duration|binary|geography|geometry|[A-Za-z_][\w.]*)'(?:[^']|'')*')
    |(?P<text>'(?:[^']|'')*')
    |(?P<alias>@[A-Za-z_][\w.]*(?:\#\w+)?)
    |(?P<name>\$?[^\W\d][\w.]*(?:/\$?[^\W\d][\w.]*)*)
    |(?P<operator>[(),/:*=-])""",
    re.VERBOSE,
)
_DURATION: Final = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
_WORDS: Final = {
    "null": Constant("null", None), "true": Constant("boolean", True), "false": Constant("boolean", False),
    "INF": Constant("number", float("inf")), "NaN": Constant("number", float("nan")),
}  # fmt: skip


def tokens(text: str, place: str) -> list[Token]:
    """Take a text apart. Raises QueryError for what no expression can hold, NotBuilt for values of other kinds."""
    if len(text) > LONGEST:
        raise QueryError(
            f"The expression has more than {LONGEST} characters.", place=place, remedy="Use a shorter one."
        )
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None and text[at] in "[{":
            raise NotBuilt(
                "Lists and objects in JSON cannot be compared with.",
                place=place,
                remedy="Write a list as owner in ('Ana','Ben').",
            )
        if match is None or match.lastgroup is None:
            raise QueryError(
                f"{quote(text[at : at + 20])} cannot be read (character {at + 1}).",
                place=place,
                remedy="Put texts into single quotes; write a quote inside a text twice.",
            )
        if match.lastgroup != "space":
            found.append(_token(match.lastgroup, match[0], at, place))
        at = match.end()
    found.append(Token("end", "", len(text)))
    return found


def _token(kind: str, text: str, at: int, place: str) -> Token:
    if kind in ("typed", "guid") and not text.startswith("duration'"):
        raise NotBuilt(
            f"{quote(text)} is a value of a kind that no property has.",
            place=place,
            remedy="Compare with a text, a number, a date or a boolean.",
        )
    if kind == NAME and text in _WORDS:
        return Token("constant", text, at, _WORDS[text])
    read = _READ.get(kind)
    if read is None:
        return Token(kind, text, at)
    try:
        return Token("constant", text, at, read(text))
    except (ValueError, OverflowError):
        raise QueryError(
            f"{quote(text)} does not exist (character {at + 1}).",
            place=place,
            remedy="Dates are written 2024-03-31, moments 2024-03-31T23:00:00Z.",
        ) from None


def _text(text: str) -> Constant:
    return Constant("text", text[1:-1].replace("''", "'"))


def _number(text: str) -> Constant:
    if len(text) > LONGEST_NUMBER:
        raise ValueError(text)
    if text.isdigit():
        return Constant("number", int(text))
    number = Decimal(text.replace(" ", "+"))
    if number and not -400 < number.adjusted() < 400:
        raise ValueError(text)
    return Constant("number", number)


def _date(text: str) -> Constant:
    return Constant("date", date.fromisoformat(text))


def _moment(text: str) -> Constant:
    """A ``+`` that was not escaped arrives as a space. More digits than microseconds are cut."""
    day, _, rest = text.partition("T")
    zone = UTC
    if rest.endswith("Z"):
        clock = rest[:-1]
    else:
        clock, sign, hours, minutes = rest[:-6], rest[-6], int(rest[-5:-3]), int(rest[-2:])
        zone = timezone((-1 if sign == "-" else 1) * timedelta(hours=hours, minutes=minutes))
    return Constant("moment", datetime.combine(date.fromisoformat(day), _clock(clock), zone))


def _clock(text: str) -> time:
    whole, _, part = text.partition(".")
    return time.fromisoformat(f"{whole}.{part[:6]:0<6}" if part else whole)


def _time(text: str) -> Constant:
    return Constant("time", _clock(text))


def _duration(text: str) -> Constant:
    found = _DURATION.fullmatch(text.removeprefix("duration").strip("'"))
    if found is None:
        raise ValueError(text)
    days, hours, minutes = (int(found[n] or 0) for n in (2, 3, 4))
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=float(found[5] or 0))
    return Constant("duration", -length if found[1] else length)


_READ: Final[dict[str, Callable[[str], Constant]]] = {
    "text": _text, "number": _number, "date": _date, "moment": _moment, "time": _time, "typed": _duration,
}  # fmt: skip
