"""How people write the period and the target of a goal."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import UserError
from connector.model.goal import period_text, read_period, read_target
from connector.model.period import Calendar

RULES = Calendar(ZoneInfo("UTC"), 0, 4)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-11", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-2", date(2026, 2, 1), date(2026, 2, 28)),
        ("2026-11-01 00:00:00", date(2026, 11, 1), date(2026, 11, 30)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        ("2026 q1", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("FY2026", date(2026, 4, 1), date(2027, 3, 31)),
        ("2026-11-03..2026-12-15", date(2026, 11, 3), date(2026, 12, 15)),
        (" 2026-11-03 – 2026-11-03 ", date(2026, 11, 3), date(2026, 11, 3)),
    ],
)
def test_a_period_is_a_month_quarter_year_fiscal_year_or_days(text: str, first: date, last: date) -> None:
    days = read_period(text, RULES)
    assert (days.first, days.last) == (first, last)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no period"), ("November", "no period"), ("2026-13", "no period"), ("2026-Q5", "no period"),
        ("2026-11-02", "no period"), ("2026-12-01..2026-11-01", "ends"), ("2026-02-30..2026-03-01", "no date"),
        ("9999", "out of range"), ("0000-01", "out of range"), ("2026-11..2026-12", "no period"),
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused(text: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        read_period(text, RULES)


@given(st.dates(date(1950, 1, 1), date(2150, 1, 1)), st.integers(0, 800))
def test_a_written_period_is_read_back(first: date, length: int) -> None:
    last = date.fromordinal(first.toordinal() + length)
    days = read_period(period_text(first, last), RULES)
    assert (days.first, days.last) == (first, last)


@pytest.mark.parametrize(
    ("text", "unit", "target"),
    [
        ("100000", "money", "100000"), ("100,000", "money", "100000"), ("100.000", "money", "100000"),
        ("1,234,567.89", "money", "1234567.89"), ("1.234.567,89", "money", "1234567.89"), ("$ 1 000", "money", "1000"),
        ("1\u00a0000,5", "money", "1000.5"), ("0", "count", "0"), ("12.5", "hours", "12.5"), ("12,5", "hours", "12.5"),
        ("35%", "percent", "0.35"), ("35,5 %", "percent", "0.355"), ("0.35", "percent", "0.35"),
        ("1'000", "money", "1000"),
    ],
)  # fmt: skip
def test_a_target_is_read_as_people_write_numbers(text: str, unit: Any, target: str) -> None:
    assert read_target(text, unit) == Decimal(target)


@pytest.mark.parametrize(
    ("text", "unit", "says"),
    [
        ("", "money", "no target"), ("lots", "money", "no target"), ("-5", "money", "no target"),
        ("nan", "money", "no target"), ("1e9", "money", "no target"), ("9" * 30, "money", "no target"),
        ("1,23,456", "money", "no target"), ("=1+1", "money", "no target"), ("٣", "money", "no target"),
        ("35%", "money", "is a percentage"), ("35", "percent", "over 200 %"),
    ],
)  # fmt: skip
def test_what_is_no_target_is_refused(text: str, unit: Any, says: str) -> None:
    with pytest.raises(UserError, match=says):
        read_target(text, unit)
