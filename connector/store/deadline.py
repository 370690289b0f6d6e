"""The longest that one answer may take: what is still being computed then is interrupted.

DuckDB is interrupted from outside; Python's own work on the rows asks now and then whether its time is up.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Final

import duckdb

from connector.errors import QueryError

REMEDY: Final = "Ask for fewer days, fewer dimensions or a coarser grain, or add a filter."
AGAIN_SECONDS: Final = 0.05
IDLE_SECONDS: Final = 60.0
"""How long the thread of a watch waits for more to do before it ends."""


@dataclass(slots=True, order=True)
class _Alarm:
    at: float
    session: duckdb.DuckDBPyConnection | None = field(compare=False)


class Watch:
    """Interrupts sessions when their time is up. One thread serves all of them: one each would cost half a millisecond.

    Safe for many threads.
    """

    def __init__(self) -> None:
        self._alarms: list[_Alarm] = []
        self._changed = Condition()
        self._thread: Thread | None = None

    def set(self, session: duckdb.DuckDBPyConnection, at: float) -> _Alarm:
        """Interrupt a session at a moment of the monotonic clock, unless the alarm is ended before."""
        alarm = _Alarm(at, session)
        with self._changed:
            heapq.heappush(self._alarms, alarm)
            if self._thread is None:
                self._thread = Thread(target=self._run, name="deadlines", daemon=True)
                self._thread.start()
            elif self._alarms[0] is alarm:
                self._changed.notify()
        return alarm

    def end(self, alarm: _Alarm) -> None:
        """Let the alarm never ring again: its session may be closed from now on."""
        with self._changed:
            alarm.session = None

    def _run(self) -> None:
        with self._changed:
            # The last look is for an alarm that was set while the wait was ending.
            while self._alarms or self._changed.wait(IDLE_SECONDS) or self._alarms:
                self._ring_or_wait()
            self._thread = None

    def _ring_or_wait(self) -> None:
        # An alarm that has ended stays in line until its moment: to wake for each would cost more than it holds.
        left = self._alarms[0].at - time.monotonic() if self._alarms else 0.0
        if left > 0:
            self._changed.wait(left)
        elif self._alarms:
            alarm = heapq.heappop(self._alarms)
            if alarm.session is not None:
                alarm.session.interrupt()
                # Between two statements nothing is there to be interrupted, so it is done again until the block ends.
                alarm.at = time.monotonic() + AGAIN_SECONDS
                heapq.heappush(self._alarms, alarm)


class Deadline:
    """The moment by which an answer has to be there, counted from now."""

    def __init__(self, watch: Watch, seconds: float | None) -> None:
        """``seconds`` None means that there is no such moment."""
        self._watch = watch
        self._seconds = seconds
        self._at = None if seconds is None else time.monotonic() + seconds

    def check(self) -> None:
        """Raise QueryError when the time is up. It takes a tenth of a microsecond."""
        if self._at is not None and self._at <= time.monotonic():
            raise self._too_long()

    @contextmanager
    def over(self, session: duckdb.DuckDBPyConnection) -> Iterator[None]:
        """Interrupt what the session does inside the block when the time is up; the session itself stays good.

        Raises QueryError then, and at once when the time was up before.
        """
        if self._at is None:
            yield
            return
        self.check()
        alarm = self._watch.set(session, self._at)
        try:
            yield
        except duckdb.InterruptException:
            raise self._too_long() from None
        finally:
            self._watch.end(alarm)

    def _too_long(self) -> QueryError:
        return QueryError(f"The answer took longer than {self._seconds} seconds.", place="question", remedy=REMEDY)
