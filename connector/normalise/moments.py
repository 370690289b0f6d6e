"""Dates and times as people write them, as SQL.

A date is read in two steps: its text becomes ISO text (:func:`iso_text`), and that is cast. Whether the day or
the month comes first is decided for a whole column (``styles``). Years outside 1900 to 2200 are refused: they are
typing errors or stand-ins for "never", and no report could show them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from connector.model.quoting import literal
from connector.model.schema import Kind
from connector.normalise import words
from connector.normalise.cells import mapped
from connector.normalise.mapping import Shift

Order = Literal["DMY", "MDY", "YMD"]

_FIRST, _LAST = "TIMESTAMP '1900-01-01'", "TIMESTAMP '2200-12-31 23:59:59.999999'"

_ZONE: Final = r":\d\d.*(?:[A-Za-z]|[+-]\d\d(?::?\d\d)?)$"
"""A time that ends in a letter (Z, UTC, a zone's name) or an offset."""

_LETTERS: Final = "a-zà-ÿа-яё"
"""Small letters of the four languages; a class of all letters takes far longer to prepare."""

_TAIL: Final = r"([^\d].*)?$"
_SEPARATOR: Final = r"[-/. ]+"
_NEAR_YEAR, _FAR_YEAR = r"'?([0-6]\d)", r"'?([7-9]\d)"


def parts_pattern() -> str:
    """Pattern of three numbers with a year of two or four digits at the end."""
    return rf"^(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{4}}|\d{{2}})(?:\D|$)"


def iso_count(text: str) -> str:
    """Return an SQL aggregate: how many texts :func:`is_iso` holds for, exact when it holds for all of them."""
    near = f"try_cast({text} AS TIMESTAMP) BETWEEN {_FIRST} AND {_LAST}"
    return f"least(count(*) FILTER (WHERE {text} LIKE '____-__-__%'), count(*) FILTER (WHERE {near}))"


def is_iso(text: str) -> str:
    """Return SQL: the text is a date or time in ISO form, within the years that are accepted."""
    return f"({text} LIKE '____-__-__%' AND try_cast({text} AS TIMESTAMP) BETWEEN {_FIRST} AND {_LAST})"


def may_have_zone(text: str) -> str:
    """Return SQL: cheap test for ISO text that is not simply a date, or a date and a time to the second."""
    return f"(strlen({text}) > 10 AND NOT (strlen({text}) = 19 AND {text} LIKE '____-__-_____:__:__'))"


def iso_text(text: str, order: Order) -> str:
    """Return SQL that turns a written date, with or without a time, into ISO text.

    Text that is no date stays as it is. Understood besides numbers in the given order: year first, month
    words in four languages, eight and fourteen digits, Excel's day numbers, seconds and milliseconds since 1970,
    AM and PM, offsets; a month without a day is its first day.
    """
    numbered = f"CASE WHEN regexp_matches(s, '[{_LETTERS}]{{3}}') THEN {_with_month_number('s')} ELSE s END"
    named, plain = (_replaced("s", shapes) for shapes in (_named_shapes(), _number_shapes(order)))
    formats = "['%Y-%m-%d %I:%M:%S %p', '%Y-%m-%d %I:%M %p', '%Y-%m-%d %I %p']"
    twelve = f"coalesce(strftime(try_strptime(s, {formats}), '%Y-%m-%d %H:%M:%S'), s)"
    steps = (
        numbered,
        f"CASE WHEN contains(s, '#') THEN {named} ELSE {plain} END",
        f"CASE WHEN strlen(s) > 10 THEN {_replaced('s', _TIME_SHAPES)} ELSE s END",
        f"CASE WHEN s LIKE '% _m' THEN {twelve} ELSE s END",
    )
    # Each step is a list of one element transformed, so that what comes before is computed once.
    chain = f"[lower({text})]"
    for step in steps:
        chain = f"list_transform({chain}, lambda s: {step})"
    return f"""CASE
        WHEN {is_iso(text)} THEN {text}
        WHEN regexp_full_match({text}, '[2-7]\\d{{4}}(\\.\\d+)?') THEN CAST(TIMESTAMP '1899-12-30'
            + to_microseconds(CAST(round(try_cast({text} AS DOUBLE) * 86400) AS BIGINT) * 1000000) AS VARCHAR)
        WHEN regexp_full_match({text}, '\\d{{10}}') THEN {_epoch(text, 1_000_000)}
        WHEN regexp_full_match({text}, '\\d{{13}}') THEN {_epoch(text, 1_000)}
        WHEN {text} IS NOT NULL THEN {chain}[1] END"""


def _epoch(text: str, microseconds: int) -> str:
    return f"CAST(make_timestamp(try_cast({text} AS BIGINT) * {microseconds}) AS VARCHAR) || '+00'"


def _replaced(text: str, shapes: Sequence[tuple[str, str]]) -> str:
    for pattern, replacement in shapes:
        text = f"regexp_replace({text}, {literal(pattern)}, {literal(replacement)})"
    return text


def _with_month_number(text: str) -> str:
    """The month's word becomes ``#3#``; weekdays, fillers and ordinal endings go. Text without one stays."""
    listed = "|".join(sorted((name.replace(".", "") for name in (*words.WEEKDAYS, *words.DATE_FILLERS)), key=_longest))
    fillers = rf"(^|[^{_LETTERS}])(?:{listed})\.?([^{_LETTERS}]|$)"
    ordinal = rf"(\d)(?:st|nd|rd|th|º|ª|°|-?го|-?е)([^{_LETTERS}]|$)"
    bare = f"regexp_replace(regexp_replace({text}, {literal(fillers)}, '\\1 \\2', 'g'), {literal(ordinal)}, '\\1\\2')"
    word = f"regexp_extract(m, '[{_LETTERS}]{{3,}}')"
    months = mapped({name: f"#{number}#" for name, number in words.MONTHS.items()})
    number = f"coalesce(replace(m, {word}, {months}[{word}]), m)"
    return f"list_transform([trim({bare}, ' ,')], lambda m: {number})[1]"


def _longest(name: str) -> tuple[int, str]:
    return -len(name), name


def _years() -> tuple[tuple[str, str], ...]:
    """Patterns of a year of two digits, with the century it is of."""
    return ("20", _NEAR_YEAR), ("19", _FAR_YEAR)


def _number_shapes(order: Order) -> list[tuple[str, str]]:
    """Patterns of dates in numbers and their ISO form. A pattern never fits what an earlier one has made."""
    day_month = r"\2-\1" if order == "DMY" else r"\1-\2"
    pair = rf"(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}"
    shapes = [
        (rf"^(\d{{4}}){_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_TAIL}", r"\1-\2-\3\4"),
        (rf"^{pair}(\d{{4}}){_TAIL}", rf"\3-{day_month}\4"),
        (r"^(\d{4})[-/.](\d{1,2})$", r"\1-\2-01"),
        (r"^(\d{1,2})[-/.](\d{4})$", r"\2-\1-01"),
        (r"^(\d{4})(\d\d)(\d\d)$", r"\1-\2-\3"),
        (r"^(\d{4})(\d\d)(\d\d)[t ]?(\d\d)(\d\d)(\d\d)$", r"\1-\2-\3 \4:\5:\6"),
    ]
    for century, year in _years():
        if order == "YMD":
            shapes.append((rf"^{year}{_SEPARATOR}(\d{{1,2}}){_SEPARATOR}(\d{{1,2}}){_TAIL}", rf"{century}\1-\2-\3\4"))
        else:
            shapes.append((rf"^{pair}{year}{_TAIL}", rf"{century}\3-{day_month}\4"))
    return shapes


def _named_shapes() -> list[tuple[str, str]]:
    """Patterns of dates with the month between two ``#`` and their ISO form."""
    named = r"(\d{1,2})[^\d#]*#(\d+)#[^\d']*"
    shapes = [
        (rf"^{named}(\d{{4}}){_TAIL}", r"\3-\2-\1\4"),
        (rf"^#(\d+)#[^\d]*(\d{{1,2}})[^\d:]+(\d{{4}}){_TAIL}", r"\3-\1-\2\4"),
        (rf"^(\d{{4}})[^\d#]*#(\d+)#[^\d]*(\d{{1,2}}){_TAIL}", r"\1-\2-\3\4"),
        (r"^#(\d+)#[^\d]*(\d{4})$", r"\2-\1-01"),
        (r"^(\d{4})[^\d#]*#(\d+)#$", r"\1-\2-01"),
    ]
    for century, year in _years():
        shapes.append((rf"^{named}{year}{_TAIL}", rf"{century}\3-\2-\1\4"))
        shapes.append((rf"^#(\d+)#[^\d]*{year}$", rf"{century}\2-\1-01"))
    return shapes


_TIME_SHAPES: Final = (
    (r"^(\d{4}-\d{1,2}-\d{1,2})[^\d]+(\d{1,2})[:.h](\d{2})", r"\1 \2:\3"),
    (r"^(\d{4}-\d{1,2}-\d{1,2})[^\d]+(\d{1,2})(\s*[ap]\.?\s?m\.?)$", r"\1 \2\3"),
    (r"^(\S+ \d{1,2}:\d{2})\.(\d{2})$", r"\1:\2"),
    (r"(:\d{2}),(\d{1,9})", r"\1.\2"),
    (r"\s*([ap])\.?\s?m\.?$", r" \1m"),
    (r"(:\d{2}(?:\.\d+)?)\s*(?:z|utc|gmt)$", r"\1+00"),
    (r"(:\d{2}(?:\.\d+)?)\s*(?:utc|gmt)?([+-]\d{2}):?(\d{2})$", r"\1\2:\3"),
    (r"(:\d{2}(?:\.\d+)?)\s+([+-]\d{2})$", r"\1\2"),
)
"""Patterns behind an ISO date and what they become."""


def cast(text: str, kind: Kind, zone: str, zoned: bool) -> str:
    """Return SQL that casts ISO text to a date, or to an instant; NULL when it is impossible.

    A time without an offset is one of ``zone``; a date alone is its local midnight there. A date column takes
    the day in that zone, except that a time of exactly midnight is a date written as a time.
    """
    local = f"try_cast({text} AS TIMESTAMP)"
    has_zone = f"regexp_matches({text}, {literal(_ZONE)})"
    exact = rf"try_cast(regexp_replace({text}, ' ([+-])', '\1') AS TIMESTAMPTZ)"
    if kind == "date":
        if not zoned:
            return _within(local, f"{local}::DATE")
        moved = f"timezone({literal(zone)}, {exact})::DATE"
        timed = f"{has_zone} AND {local}::TIME <> TIME '00:00:00'"
        return _within(local, f"CASE WHEN {timed} THEN {moved} ELSE {local}::DATE END")
    there = f"timezone({literal(zone)}, {local})"
    return _within(local, f"CASE WHEN {has_zone} THEN {exact} ELSE {there} END" if zoned else there)


def is_utc(text: str) -> str:
    """Return SQL: cheap test whether ISO text has the Z of UTC behind its seconds."""
    return f"(strlen({text}) >= 20 AND ends_with({text}, 'Z'))"


def cast_sure(text: str, kind: Kind, zone: str, *, utc: bool) -> str:
    """Return SQL as :func:`cast` gives for ISO text that was seen to be good: ending in Z, or without offset."""
    local = f"try_cast({text} AS TIMESTAMP)"
    if not utc:
        return f"{local}::DATE" if kind == "date" else f"timezone({literal(zone)}, {local})"
    instant = f"make_timestamptz(epoch_us({local}))"  # what timezone('UTC', ...) gives, without asking a calendar
    if kind == "instant":
        return instant
    there = f"timezone({literal(zone)}, {instant})::DATE"
    return f"CASE WHEN {local}::TIME <> TIME '00:00:00' THEN {there} ELSE {local}::DATE END"


def cast_iso(text: str, kind: Kind, zone: str) -> str:
    """Return SQL that casts text only if it is in ISO form, as cells of a workbook are."""
    return f"CASE WHEN {is_iso(text)} THEN {cast(text, kind, zone, zoned=True)} END"


def _within(local: str, value: str) -> str:
    return f"CASE WHEN {local} BETWEEN {_FIRST} AND {_LAST} THEN {value} END"


def cast_format(text: str, strptime: str, kind: Kind, zone: str) -> str:
    """Return SQL that reads text by a strptime format; NULL when it does not fit or the year is out of range."""
    read = f"try_strptime({text}, {literal(strptime)})"
    if "%z" in strptime:
        local = f"timezone({literal(zone)}, {read})"
        value = f"{local}::DATE" if kind == "date" else read
    else:
        local = read
        value = f"{read}::DATE" if kind == "date" else f"timezone({literal(zone)}, {read})"
    return _within(local, value)


def cast_epoch(text: str, microseconds: int, kind: Kind, zone: str) -> str:
    """Return SQL that reads a count of seconds or milliseconds since 1970 in UTC."""
    moment = f"timezone('UTC', make_timestamp(try_cast(try_cast({text} AS DECIMAL(24,6)) * {microseconds} AS BIGINT)))"
    value = f"timezone({literal(zone)}, {moment})::DATE" if kind == "date" else moment
    return _within(f"timezone('UTC', {moment})", value)


def shifted(value: str, shift: Shift, kind: Kind, zone: str) -> str:
    """Return SQL that adds calendar time, by the calendar of ``zone``."""
    interval = f"to_years({shift.years}) + to_months({shift.months}) + to_days({shift.weeks * 7 + shift.days})"
    if kind == "date":
        return f"({value} + {interval})::DATE"
    return f"timezone({literal(zone)}, timezone({literal(zone)}, {value}) + {interval})"


def reason(iso: str) -> str:
    """Return SQL that says why ISO text, or what should have become it, is no date."""
    far = f"try_cast({iso} AS TIMESTAMP) IS NOT NULL"
    impossible = rf"regexp_matches({iso}, '^\d{{4}}-\d{{1,2}}-\d{{1,2}}(\D|$)')"
    return (
        f"CASE WHEN {far} THEN 'year outside 1900 to 2200' WHEN {impossible} THEN 'impossible date'"
        f" ELSE 'not a date' END"
    )
