"""Date ranges: tokens such as ``this_month``, their days, and the days they are compared with.

Ranges name local days of the report zone, both ends included (rule E7). A comparison is cut to the part
of a running period that has elapsed (rule E18).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from connector.errors import QueryError, quote

Grain = Literal["day", "week", "month", "quarter", "year", "fiscal_period", "hour"]
Comparison = Literal["previous_period", "previous_year", "previous_month_end"]
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_UNITS: Final[dict[str, Grain]] = {
    "day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year",
    "fiscal_period": "fiscal_period",
}  # fmt: skip
_LAST_N = re.compile(r"(last|next)_(\d{1,4})_(days|weeks|months|quarters|years)")
EARLIEST: Final = date(1900, 1, 1)
LATEST: Final = date(2199, 12, 31)


@dataclass(frozen=True, slots=True)
class Calendar:
    """How a workspace counts days: its zone, the first day of its week, the first month of its year."""

    zone: ZoneInfo
    week_start: int = 0
    """0 is Monday."""
    fiscal_start: int = 1

    def midnight(self, day: date) -> datetime:
        """Return the instant at which a local day begins (the first one where a clock change skips it)."""
        return datetime.combine(day, time(), self.zone)

    def local_date(self, instant: datetime) -> date:
        """Return the local day of an aware instant."""
        return instant.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from ``first`` through ``last``. ``unit`` is set when the range is made of calendar units."""

    first: date
    last: date
    unit: Grain | None = None
    count: int = 1
    token: str = "custom"

    @property
    def is_all_time(self) -> bool:
        return self.token == "all_time"

    def __len__(self) -> int:
        return (self.last - self.first).days + 1


def add_months(day: date, months: int) -> date:
    """Move a day by whole months; a day the month lacks becomes its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def start_of(day: date, grain: Grain, calendar_rules: Calendar) -> date:
    """Return the first day of the calendar unit that holds ``day``."""
    if grain == "week":
        return day - timedelta(days=(day.weekday() - calendar_rules.week_start) % 7)
    if grain == "month":
        return day.replace(day=1)
    if grain == "quarter":
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    if grain == "year":
        return date(day.year, 1, 1)
    if grain == "fiscal_period":
        year = day.year if day.month >= calendar_rules.fiscal_start else day.year - 1
        return date(year, calendar_rules.fiscal_start, 1)
    return day


def shift(day: date, grain: Grain, steps: int) -> date:
    """Move the first day of a calendar unit by ``steps`` units."""
    if grain == "week":
        return day + timedelta(weeks=steps)
    months = {"month": 1, "quarter": 3, "year": 12, "fiscal_period": 12}.get(grain)
    return day + timedelta(days=steps) if months is None else add_months(day, months * steps)


def _units(day: date, grain: Grain, before: int, count: int, rules: Calendar, token: str) -> Days:
    first = shift(start_of(day, grain, rules), grain, -before)
    return Days(first, shift(first, grain, count) - timedelta(days=1), grain, count, token)


def resolve(token: str, today: date, rules: Calendar) -> Days:
    """Return the days of a range token as of ``today``.

    Tokens: today, yesterday, this_/last_/next_ week, month, quarter, year, fiscal_period; last_n_days
    (today included), next_n_days (from tomorrow), last_n_ / next_n_ weeks, months, quarters, years (the
    running unit included); all_time; as_of_today; ``2024-01-01..2024-03-31``. Raises QueryError.
    """
    if token == "all_time":
        return Days(EARLIEST, LATEST, token=token)
    if token in ("today", "as_of_today"):
        return Days(today, today, "day", 1, token)
    if token == "yesterday":
        return _units(today, "day", 1, 1, rules, token)
    which, _, unit = token.partition("_")
    if unit in _UNITS and which in ("this", "last", "next"):
        return _units(today, _UNITS[unit], {"this": 0, "last": 1, "next": -1}[which], 1, rules, token)
    match = _LAST_N.fullmatch(token)
    if match is not None and int(match.group(2)) > 0:
        count, grain = int(match.group(2)), _UNITS[match.group(3)[:-1]]
        if match.group(1) == "last":
            return _units(today, grain, count - 1, count, rules, token)
        return _units(today, grain, -1 if grain == "day" else 0, count, rules, token)
    first_text, dots, last_text = token.partition("..")
    if dots:
        return custom(parse_day(first_text), parse_day(last_text))
    raise QueryError(
        f"{quote(token)} is no date range.",
        remedy="Use this_month, last_quarter, last_30_days, all_time or 2024-01-01..2024-03-31.",
    )


def parse_day(text: str) -> date:
    """Read an ISO day. Raises QueryError for anything else."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise QueryError(f"{quote(text)} is no date.", remedy="Write it as 2024-03-31.") from None
    if not EARLIEST <= day <= LATEST:
        raise QueryError(f"The date {day} is out of range.", remedy="Use a year from 1900 to 2199.")
    return day


def custom(first: date, last: date) -> Days:
    """Return a range of chosen days. Raises QueryError when it ends before it begins."""
    if last < first:
        raise QueryError(f"The range ends ({last}) before it begins ({first}).", remedy="Swap the two dates.")
    return Days(first, last)


def _year_before(day: date) -> date:
    return add_months(day, -12)


def compared(days: Days, how: Comparison, today: date) -> Days | None:
    """Return the days a range is compared with, cut to the elapsed part; None for all time.

    Rule E18: when the range is still running, the comparison ends after the same number of elapsed days,
    at the latest on the last day of its own unit.
    """
    if days.is_all_time:
        return None
    if how == "previous_month_end":
        end = start_of(min(days.last, today), "month", Calendar(ZoneInfo("UTC"))) - timedelta(days=1)
        return Days(end, end, "day", 1, "previous_month_end")
    elapsed = len(days)
    if days.first <= today < days.last:
        elapsed = (today - days.first).days + 1
    if how == "previous_year":
        first = _year_before(days.first)
        last = _year_before(min(days.last, today) if elapsed < len(days) else days.last)
        return Days(first, last, days.unit, days.count, "previous_year")
    if days.unit is not None:
        first = shift(days.first, days.unit, -days.count)
        whole_last = days.first - timedelta(days=1)
    else:
        first = days.first - timedelta(days=len(days))
        whole_last = days.first - timedelta(days=1)
    if elapsed == len(days):
        return Days(first, whole_last, days.unit, days.count, "previous_period")
    return Days(first, _cut_last(days, first, whole_last, today, elapsed), days.unit, days.count, "previous_period")


def _cut_last(days: Days, first: date, whole_last: date, today: date, elapsed: int) -> date:
    """End of a cut comparison: same elapsed days within the matching unit of a range of several units."""
    if days.unit in (None, "day", "week") or days.count == 1:
        return min(first + timedelta(days=elapsed - 1), whole_last)
    assert days.unit is not None
    running_first = days.first
    steps = 0
    while shift(days.first, days.unit, steps + 1) <= today:
        steps += 1
        running_first = shift(days.first, days.unit, steps)
    unit_first = shift(first, days.unit, steps)
    unit_last = shift(unit_first, days.unit, 1) - timedelta(days=1)
    return min(unit_first + (today - running_first), unit_last, whole_last)


def day_text(day: date, language: str) -> str:
    """Return a day in the order of the language (en, es, pt, ru): 31 Mar 2024, 31/03/2024, 31.03.2024."""
    if language == "en":
        return f"{day.day} {day:%b} {day.year}"
    return f"{day:%d.%m.%Y}" if language == "ru" else f"{day:%d/%m/%Y}"
