"""A typed goal: one target of one metric for one scope and period, and how people write these."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from connector.errors import QueryError, UserError, quote
from connector.model.period import EARLIEST, LATEST, Calendar, Days, add_months
from connector.model.table import Unit

GoalScope = Literal["company", "department", "branch", "team", "owner"]
GOAL_SCOPES: Final[tuple[GoalScope, ...]] = ("company", "department", "branch", "team", "owner")

_MONTH: Final = re.compile(r"(\d{4})-(\d{1,2})(?:-01(?:[ T]00:00(?::00)?)?)?")
"""A month; spreadsheets turn 2026-11 into its first day."""
_QUARTER: Final = re.compile(r"(\d{4})[- ]?[QТTК](\d)", re.IGNORECASE)
_YEAR: Final = re.compile(r"(FY ?)?(\d{4})", re.IGNORECASE)
_DAYS: Final = re.compile(r"(\d{4}-\d{2}-\d{2})\s*(?:\.\.|–|—|/| to )\s*(\d{4}-\d{2}-\d{2})")
_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")
LARGEST: Final = Decimal(10) ** 15


@dataclass(frozen=True, slots=True)
class Goal:
    """One target. ``scope_id`` is the connection and id of an owner or team (``connection:id``), else a plain name.

    ``target`` is in the unit of the metric: money in the report currency of the workspace, a rate as a fraction.
    """

    metric: str
    scope: GoalScope
    scope_id: str | None
    first: date
    last: date
    target: Decimal
    changed_at: datetime | None = None

    @property
    def key(self) -> tuple[str, str, str | None, date, date]:
        """What makes two targets one goal: the later one replaces the earlier."""
        return self.metric, self.scope, self.scope_id, self.first, self.last


def read_period(text: str, rules: Calendar) -> Days:
    """Return the days of ``2026-11``, ``2026-Q4``, ``2026``, ``FY2026`` or ``2026-11-03..2026-12-15``.

    FY2026 is the fiscal year of the workspace that begins in 2026. Raises UserError.
    """
    tidy = " ".join(text.split())
    if match := _DAYS.fullmatch(tidy):
        return _days(_day(match.group(1)), _day(match.group(2)))
    if match := _QUARTER.fullmatch(tidy):
        year, quarter = int(match.group(1)), int(match.group(2))
        if 1 <= quarter <= 4:
            return _months(year, 3 * quarter - 2, 3, tidy)
    elif match := _MONTH.fullmatch(tidy):
        year, month = int(match.group(1)), int(match.group(2))
        if 1 <= month <= 12:
            return _months(year, month, 1, tidy)
    elif match := _YEAR.fullmatch(tidy):
        return _months(int(match.group(2)), rules.fiscal_start if match.group(1) else 1, 12, tidy)
    raise UserError(
        f"{quote(text)} is no period of a goal.",
        remedy="Write 2026-11, 2026-Q4, 2026, FY2026 or 2026-11-03..2026-12-15.",
    )


def _months(year: int, month: int, count: int, text: str) -> Days:
    if not EARLIEST.year <= year < LATEST.year:
        raise UserError(f"The year of {quote(text)} is out of range.", remedy="Use a year from 1900 to 2198.")
    first = date(year, month, 1)
    return Days(first, add_months(first, count) - timedelta(days=1))


def _days(first: date, last: date) -> Days:
    if last < first:
        raise UserError(f"The period ends ({last}) before it begins ({first}).", remedy="Swap the two dates.")
    return Days(first, last)


def _day(text: str) -> date:
    from connector.model.period import parse_day  # noqa: PLC0415 - one use

    try:
        return parse_day(text)
    except QueryError as error:
        raise UserError(error.sentence, remedy=error.remedy) from None


def period_text(first: date, last: date) -> str:
    """Return the shortest way to write a period; :func:`read_period` reads it back."""
    begins, after = first.day == 1, last + timedelta(days=1)
    if begins and add_months(first, 1) == after:
        return f"{first:%Y-%m}"
    if begins and first.month % 3 == 1 and add_months(first, 3) == after:
        return f"{first.year}-Q{first.month // 3 + 1}"
    if begins and first.month == 1 and add_months(first, 12) == after:
        return f"{first.year}"
    return f"{first}..{last}"


def read_target(text: str, unit: Unit) -> Decimal:
    """Return a target as people type it: 100000, 100,000.50, 100.000,50, 35 %.

    A single separator before three digits groups thousands. Raises UserError, also for a rate over 200 % without
    its sign, which is a percentage written as a number.
    """
    bare = "".join(text.split()).replace("\u00a0", "").replace("'", "").lstrip("$€£₽")
    percent = bare.endswith("%")
    number = _number(bare.removesuffix("%").rstrip("$€£₽"))
    if number is None or not Decimal(0) <= number < LARGEST:
        raise UserError(f"{quote(text)} is no target.", remedy="Write a number from 0 up, such as 100000 or 35%.")
    if percent and unit != "percent":
        raise UserError(f"{quote(text)} is a percentage and the metric is none.", remedy="Write a plain number.")
    if unit == "percent" and not percent and number > 2:
        raise UserError(f"{quote(text)} is over 200 %.", remedy=f"The metric is a rate: write {number}% or a fraction.")
    return number / 100 if percent else number


def _number(text: str) -> Decimal | None:
    if _GROUPED.fullmatch(text):
        text = text.replace(",", "").replace(".", "")
    elif "," in text and "." in text:
        decimal = max(",.", key=text.rfind)
        whole, _, part = text.rpartition(decimal)
        grouping = "." if decimal == "," else ","
        if not re.fullmatch(rf"\d{{1,3}}(?:\{grouping}\d{{3}})*", whole):
            return None
        text = f"{whole.replace(grouping, '')}.{part}"
    text = text.replace(",", ".")
    if not re.fullmatch(r"\d+(?:\.\d+)?", text, re.ASCII):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
