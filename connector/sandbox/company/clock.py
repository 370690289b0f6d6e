"""Time in the company: when the export is made, when people work, and how busy each month is."""

from __future__ import annotations

from bisect import bisect
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Madrid")
"""Zone of the head office, in which the exports are made and the reports are read."""
EXPORT_TIME = time(0, 45)
MONTHS = 26
SEASON = (0.84, 0.93, 1.08, 1.0, 1.02, 1.06, 0.88, 0.76, 1.05, 1.12, 1.16, 1.02)
"""How busy each calendar month is, January first."""
GROWTH_PER_MONTH = 0.019


@dataclass(frozen=True, slots=True)
class Clock:
    """The moment of an export. Made at night after ``today`` began, it holds everything that happened before."""

    today: date

    @property
    def cut(self) -> datetime:
        """Moment of the export, UTC."""
        return datetime.combine(self.today, EXPORT_TIME, ZONE).astimezone(UTC)

    def month_start(self, back: int) -> date:
        """First day of the month ``back`` months before the running one (negative: after it)."""
        index = self.today.year * 12 + self.today.month - 1 - back
        return date(index // 12, index % 12 + 1, 1)

    @property
    def start(self) -> date:
        """First day of the company's records."""
        return self.month_start(MONTHS)

    def days(self) -> list[date]:
        """Return every day from the first one to yesterday."""
        return [self.start + timedelta(days=n) for n in range((self.today - self.start).days)]


class BusyDays:
    """Draws working days so that months follow season and growth."""

    def __init__(self, clock: Clock, *, weekend: float = 0.0) -> None:
        self._days = clock.days()
        first = clock.start.year * 12 + clock.start.month
        weights = (
            SEASON[day.month - 1]
            * (1 + GROWTH_PER_MONTH * (day.year * 12 + day.month - first))
            * (1.0 if day.weekday() < 5 else weekend)
            for day in self._days
        )
        self._cumulative = list(accumulate(weights))

    def draw(self, rng: Random) -> date:
        """Return one day, the busier the likelier."""
        return self._days[bisect(self._cumulative, rng.random() * self._cumulative[-1])]


def at_work(rng: Random, day: date, zone: str) -> datetime:
    """Return a moment of the office hours (08:00 to 17:59 in ``zone``) of ``day`` or the next working day, UTC."""
    while day.weekday() >= 5:
        day += timedelta(days=1)
    seconds = 8 * 3600 + int(rng.triangular(0, 35_999, 9_000))
    local = datetime.combine(day, time(seconds // 3600, seconds // 60 % 60, seconds % 60), ZoneInfo(zone))
    return local.astimezone(UTC)


def any_time(rng: Random, day: date) -> datetime:
    """Return a moment of ``day`` (UTC) at which someone fills in a web form: mostly by day, sometimes at night."""
    seconds = int(rng.triangular(0, 86_399, 50_000))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=seconds)
