"""Exchange rates and goals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from connector.sandbox.company.clock import GROWTH_PER_MONTH, MONTHS, SEASON, Clock
from connector.sandbox.company.facts import ROUBLE, TEAMS
from connector.sandbox.company.people import Owner, Staff
from connector.sandbox.company.pricing import PER_DOLLAR

LATE_CURRENCY = "KZT"
LATE_MONTHS = 8
"""Nobody entered rates of the tenge in the first months: sales of that time have no rate."""


@dataclass(frozen=True, slots=True)
class Rate:
    """US dollars for one unit of ``currency`` on ``day``."""

    day: date
    currency: str
    dollars: float


@dataclass(frozen=True, slots=True)
class Goal:
    """One target for a metric of the catalogue; money is in US dollars."""

    id: str
    metric: str
    scope: str
    scope_id: str
    start: date
    end: date
    target: float


def first_late_rate(clock: Clock) -> date:
    """First day for which the late currency has a rate."""
    return clock.month_start(MONTHS - LATE_MONTHS)


def quote_rates(rng: Random, clock: Clock) -> list[Rate]:
    """Make a rate for each working day and currency, wandering around the typical price."""
    rates: list[Rate] = []
    for currency in [
        *dict.fromkeys(team.country.currency for team in TEAMS if team.country.currency != "USD"),
        ROUBLE[0],
    ]:
        level = 0.0
        for back in range((clock.today - clock.start).days + 4, 0, -1):
            day = clock.today - timedelta(days=back)
            level = level * 0.995 + rng.gauss(0, 0.004)
            late = currency == LATE_CURRENCY and day < first_late_rate(clock)
            if day.weekday() < 5 and not late:
                rates.append(Rate(day, currency, math.exp(level) / PER_DOLLAR[currency]))
    rates.sort(key=lambda rate: (rate.day, rate.currency))
    return rates


def quotas(rng: Random, clock: Clock, staff: Staff) -> list[tuple[Owner, dict[date, int | None]]]:
    """Make the monthly sales target of each rep in US dollars; None before the hire and after the leave."""
    table: list[tuple[Owner, dict[date, int | None]]] = []
    for rep in staff.reps:
        level = {"US": 11_500, "ES": 10_500, "BR": 9_000, "KZ": 8_000}[rep.team.country.code] * rng.uniform(0.85, 1.2)
        row: dict[date, int | None] = {}
        for month in goal_months(clock):
            grown = level * SEASON[month.month - 1] * (1 + GROWTH_PER_MONTH * (MONTHS - _months_back(clock, month)))
            employed = rep.works_on(max(month, clock.start)) and (rep.left_on is None or month < rep.left_on)
            row[month] = round(grown / 500) * 500 if employed else None
        table.append((rep, row))
    return table


def goal_months(clock: Clock) -> list[date]:
    """Months with targets: from the first one to the end of the running quarter."""
    ahead = 2 - (clock.today.month - 1) % 3
    return [clock.month_start(back) for back in range(MONTHS, -ahead - 1, -1)]


def set_goals(clock: Clock, table: list[tuple[Owner, dict[date, int | None]]]) -> list[Goal]:
    """Make the goals above the reps: company by month, teams by quarter, deals won and win rate by quarter."""
    goals: list[Goal] = []

    def add(metric: str, scope: str, scope_id: str, start: date, months: int, target: float) -> None:
        end = _after(start, months) - timedelta(days=1)
        goals.append(Goal(f"G{len(goals) + 1:04}", metric, scope, scope_id, start, end, target))

    months = goal_months(clock)
    for month in months:
        total = sum(row[month] or 0 for _, row in table)
        add("total_sales", "company", "", month, 1, round(total * 0.95 / 1000) * 1000)
    for start in (month for month in months if month.month % 3 == 1):
        quarter = [_after(start, n) for n in range(3)]
        for team in TEAMS:
            total = sum(row[month] or 0 for rep, row in table if rep.team is team for month in quarter)
            add("total_sales", "team", team.name, start, 3, round(total * 0.97 / 1000) * 1000)
        won = sum(SEASON[month.month - 1] for month in quarter) * (12 + 0.35 * (MONTHS - _months_back(clock, start)))
        add("deals_won", "company", "", start, 3, round(won))
        add("win_rate", "company", "", start, 3, 0.33)
    return goals


def _months_back(clock: Clock, month: date) -> int:
    return (clock.today.year - month.year) * 12 + clock.today.month - month.month


def _after(start: date, months: int) -> date:
    index = start.year * 12 + start.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)
