"""What becomes of a text that a person types into a cell: a formula, a number, a date, a truth, a text."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from connector.sandbox.google.date_text import DAY, moment_serial
from connector.sandbox.google.grid import Cell, Formula, Json
from connector.sandbox.google.locales import Ways

ISO_DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")
LOCAL_DATE = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})")
TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?:\s*([AaPp])\.?[Mm]\.?)?")
CENTURY = 2000
PIVOT_YEAR = 30


def typed(cell: Cell, value: Any, ways: Ways) -> Cell:
    """Return the cell after a value was typed into it; a format it has already stays."""
    if not isinstance(value, str):
        return cell._replace(entered=value, runs=None, chips=None)
    entered, number_format = read_entry(value, ways)
    cell = cell._replace(entered=entered, runs=None, chips=None)
    own = (cell.format or {}).get("numberFormat")
    if number_format and not own:
        cell = cell._replace(format={**(cell.format or {}), "numberFormat": number_format})
    return cell


def read_entry(text: str, ways: Ways) -> tuple[Any, Json | None]:
    """Return what a typed text is, and the number format that it brings along."""
    if not text:
        return None, None
    if text.startswith("=") and len(text) > 1:
        return Formula(text), None
    if text.startswith("'"):
        return text[1:] or None, None
    stripped = text.strip()
    if stripped.upper() in ("TRUE", "FALSE"):
        return stripped.upper() == "TRUE", None
    if re.fullmatch(r"\+[^\d.\s].*|\+\d.*[-+*/(].*", stripped):
        return Formula("=" + stripped), None
    for reader in (_number, _moment):
        found = reader(stripped, ways)
        if found is not None:
            return found
    return text, None


def _number(text: str, ways: Ways) -> tuple[Any, Json | None] | None:
    """``1,234.5``, ``-3``, ``12%``, ``$5``, ``1e3``, ``(4)``."""
    sign, bare = (-1, text[1:-1]) if text.startswith("(") and text.endswith(")") else (1, text)
    if bare[:1] in "+-":
        sign, bare = (-sign if bare[:1] == "-" else sign), bare[1:]
    bare, percent = (bare[:-1], True) if bare.endswith("%") else (bare, False)
    bare, money = _without_currency(bare, ways)
    if bare[:1] == "-":
        sign, bare = -sign, bare[1:]
    group, decimal = re.escape(ways.group), re.escape(ways.decimal)
    whole = rf"\d{{1,3}}(?:(?:{group})\d{{3}})+|\d+"
    match = re.fullmatch(rf"({whole})?(?:{decimal}(\d*))?(?:[eE]([+-]?\d+))?", bare.strip())
    if not match or not (match[1] or match[2]):
        return None
    digits = (match[1] or "0").replace(ways.group, "")
    value = sign * float(f"{digits}.{match[2] or 0}e{match[3] or 0}")
    return _tidy(value / 100 if percent else value), _format_of(match, ways, percent=percent, money=money)


def _without_currency(text: str, ways: Ways) -> tuple[str, bool]:
    for sign in {ways.currency, "$", "€", "£"}:
        if text.startswith(sign) or (text.endswith(sign) and len(text) > 1):
            return text.removeprefix(sign).removesuffix(sign).strip(), True
    return text, False


def _format_of(match: re.Match[str], ways: Ways, *, percent: bool, money: bool) -> Json | None:
    decimals = ".00" if match[2] else ""
    if percent:
        return {"type": "PERCENT", "pattern": f"0{decimals}%"}
    if money:
        return {"type": "CURRENCY", "pattern": f'"{ways.currency}"#,##0{decimals}'}
    if match[3]:
        return {"type": "SCIENTIFIC", "pattern": "0.00E+00"}
    if ways.group in (match[1] or ""):
        return {"type": "NUMBER", "pattern": f"#,##0{decimals}"}
    return None


def _tidy(value: float) -> int | float:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _moment(text: str, ways: Ways) -> tuple[Any, Json | None] | None:
    """A date, a time, or a date and a time."""
    date_text, _, time_text = text.partition(" ") if not TIME.fullmatch(text) else ("", "", text)
    if not date_text and not time_text:
        return None
    date, time = _date(date_text, ways), _time(time_text.strip())
    if (date_text and date is None) or (time_text and time is None):
        return None
    if date is None:
        return time, {"type": "TIME", "pattern": _time_pattern(time_text)}
    serial, pattern = date
    if time is None:
        return serial, {"type": "DATE", "pattern": pattern}
    return serial + time, {"type": "DATE_TIME", "pattern": f"{pattern} {_time_pattern(time_text)}"}


def _date(text: str, ways: Ways) -> tuple[int, str] | None:
    iso, local = ISO_DATE.fullmatch(text), LOCAL_DATE.fullmatch(text)
    if iso:
        year, month, day = (int(part) for part in iso.groups())
        pattern = "yyyy-mm-dd" if "-" in text else "yyyy/mm/dd"
    elif local:
        first, second, year = int(local[1]), int(local[3]), int(local[4])
        day, month = (first, second) if ways.day_first else (second, first)
        year += 0 if len(local[4]) == 4 else CENTURY if year < PIVOT_YEAR else CENTURY - 100
        pattern = ways.date
    else:
        return None
    try:
        return int(moment_serial(datetime(year, month, day))), pattern  # noqa: DTZ001 - a sheet has no time zone
    except ValueError:
        return None


def _time(text: str) -> float | None:
    match = TIME.fullmatch(text)
    if not match:
        return None
    hour, minute, second = int(match[1]), int(match[2]), float(match[3] or 0)
    if match[4]:
        hour = hour % 12 + (12 if match[4].lower() == "p" else 0)
    return (hour * 3600 + minute * 60 + second) / DAY if minute < 60 and second < 60 else None


def _time_pattern(text: str) -> str:
    pattern = "h:mm:ss" if text.count(":") == 2 else "h:mm"
    return f"{pattern} am/pm" if re.search(r"[AaPp]", text) else pattern
