"""The moments of a request: its period, the period it is compared with, the instant it is read at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.errors import NotApplicable, QueryError, quote
from connector.metrics.sql import literal
from connector.model.period import WEEKDAYS, Calendar, Days, Grain, shift, start_of
from connector.model.workspace import Profile

MAX_BUCKETS = 1000
PERIOD = "period"
"""What a stock over time lacks when the range has no end, or too many steps: the dimension of its NotApplicable."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """One step of a time axis for stocks: the day that labels it and the moments it is read at.

    The first and last step are cut to the period; ``label`` is the first day of the calendar unit all the same.
    """

    label: date
    first: date
    last: date
    start: datetime
    end: datetime
    as_of: datetime
    report_date: date


@dataclass(frozen=True, slots=True)
class Window:
    """A period seen from ``now``. ``start`` and ``end`` are local midnights; ``end`` is exclusive."""

    days: Days
    now: datetime
    calendar: Calendar

    @property
    def today(self) -> date:
        return self.calendar.local_date(self.now)

    @property
    def start(self) -> datetime:
        return self.calendar.midnight(self.days.first)

    @property
    def end(self) -> datetime:
        return self.calendar.midnight(self.days.last + timedelta(days=1))

    @property
    def as_of(self) -> datetime:
        return min(self.now, self.end)

    @property
    def report_date(self) -> date:
        return min(self.today, self.days.last)

    @property
    def all_time(self) -> bool:
        return self.days.is_all_time

    @property
    def is_current(self) -> bool:
        """True when stocks are read now, not at the end of a past day."""
        return self.report_date >= self.today

    def moment(self, name: str) -> str:
        """Return a moment of the request as SQL."""
        values: dict[str, date | datetime] = {
            "as_of": self.as_of, "now": self.now, "period_start": self.start, "period_end": self.end,
            "today": self.today, "first_day": self.days.first, "last_day": self.days.last,
            "report_date": self.report_date,
        }  # fmt: skip
        return literal(values[name])

    def buckets(self, grain: Grain) -> Iterator[Bucket]:
        """Yield the steps of a time axis over the period. Raises QueryError when there are too many."""
        if self.all_time:
            raise NotApplicable(
                "A stock over time needs a date range.", dimension=PERIOD, remedy="Give from and to dates."
            )
        first = start_of(self.days.first, grain, self.calendar)
        for count in range(MAX_BUCKETS + 1):
            after = shift(first, grain, 1)
            if count == MAX_BUCKETS:
                what = f"The range has more than {MAX_BUCKETS} steps."
                longer = "Choose a longer period for each row, such as a month in place of a day."
                raise NotApplicable(what, dimension=PERIOD, remedy=longer)
            last = min(after - timedelta(days=1), self.days.last)
            begin = max(first, self.days.first)
            start = self.calendar.midnight(begin)
            if start > self.now and count:
                return
            end = self.calendar.midnight(last + timedelta(days=1))
            yield Bucket(first, begin, last, start, end, min(self.now, end), min(self.today, last))
            first = after
            if first > self.days.last:
                return


def calendar_of(profile: Profile, time_zone: str = "") -> Calendar:
    """Return how days are counted for a workspace, in another zone when asked. Raises QueryError."""
    name = time_zone or profile.time_zone
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise QueryError(
            f"{quote(name)} is no time zone.", place="time_zone", remedy="Use an IANA name such as Europe/Madrid."
        ) from None
    return Calendar(zone, WEEKDAYS.index(profile.week_start), profile.fiscal_year_start)
