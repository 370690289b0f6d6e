"""How many requests we may make: one account of the vendor, its endpoint families, all processes of this machine.

The rule of a limit is the strict one: in no window of its length are there more requests than its count, wherever
the window begins. A bucket that refills steadily does not keep it (full bucket and refill add up to nearly twice the
count), so the moments of the last requests themselves are kept, in an SQLite file that all processes share. Taking
a turn is one short transaction: it finds the earliest moment at which the rule is kept, writes it down, and the
caller sleeps until then. Whoever is killed while waiting has lost one turn, nothing else. A process that asks fast
takes some turns ahead, which are good for a moment only.
"""

from __future__ import annotations

import math
import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Final

from connector.errors import FileError, PuenteError, QuotaExhausted, StorageFull, TryLater, quote
from connector.http.clock import REAL, Clock

BUSY_SECONDS: Final = 10.0
LONGEST_BLOCK_SECONDS: Final = 900.0
"""Moments further ahead than this are what a clock that was set back has left: they do not count."""
LONGEST_DAY_SECONDS: Final = 26 * 3600.0
"""A used-up quota of the day is believed for no longer, whatever the clock says."""
DAY: Final = "*day"
"""Stands among the families for the quota of the day, which all of them share; no family is called so."""
FORGET_EVERY: Final = 17
"""Turns that are over are deleted with every so many new ones. No number of limits that a family has divides it."""
MOST_TURNS: Final = 500
"""More are not remembered of one limit: a larger limit is kept in smaller windows."""
AHEAD_SECONDS: Final = 0.05
"""How long turns are good that were taken ahead: no longer than any turn may be late (half of the least slack)."""
MOST_AHEAD: Final = 15
"""Turns taken ahead at once, by a process that asks so fast that to write each down by itself costs much."""
_SHARE: Final = 8
"""Part of a limit that one process takes ahead at most: one eighth."""
_QUICK: Final = 16
"""Looks into the file in quick succession after which turns are taken ahead."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS turns (limited TEXT NOT NULL, at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS turns_by_moment ON turns (limited, at);
CREATE TABLE IF NOT EXISTS blocks (family TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS learned (limited TEXT PRIMARY KEY, count INTEGER NOT NULL, seconds REAL NOT NULL)
    WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``count`` requests in any ``seconds``, as the vendor documents it.

    Requests travel for unequal times: a window is taken a little longer than it is, by 5% and a tenth of a second.
    """

    name: str
    count: int
    seconds: float

    @property
    def slack_seconds(self) -> float:
        """Added to the window for the way to the vendor."""
        return 0.1 + 0.05 * self.seconds


@dataclass(slots=True)
class _Ahead:
    """Turns of a family that one process has written down as of ``at`` and not used yet, as the rows of each.

    ``quick`` counts the looks into the file of which each came soon after the one before, less what was not used.
    """

    at: float = -math.inf
    process: int = 0
    quick: int = 0
    rows: list[tuple[int, ...]] = field(default_factory=list)

    def age(self, now: float) -> float:
        """Return the seconds since they were written down; never, where that lies ahead or was another process."""
        return now - self.at if now >= self.at and self.process == os.getpid() else math.inf

    def wanted(self, now: float, most: int) -> int:
        """Return how many turns to take with the one that is due: as many as were used of late in that time."""
        if self.age(now) > 2 * AHEAD_SECONDS:
            self.quick = 0
        elif self.rows:
            self.quick -= len(self.rows)
        elif self.age(now) <= AHEAD_SECONDS:
            self.quick += 1
        self.quick = min(max(self.quick, 0), _QUICK + MOST_AHEAD)
        return min(max(self.quick - _QUICK, 0), most)


class Budget:
    """The turns of one account. Safe for many threads and processes; survives a kill at any point."""

    def __init__(
        self, path: Path, account: str, families: Mapping[str, tuple[Limit, ...]], clock: Clock = REAL
    ) -> None:
        """``families`` maps an endpoint family to its limits; limits of one name are one limit."""
        self._path = path
        self._account = account
        self._families = families
        self._clock = clock
        self._lock = threading.Lock()
        self._file: sqlite3.Connection | None = None
        self._process = 0
        self._learned: dict[str, tuple[int, float]] = {}
        self._looks = 0
        self._ahead: dict[str, _Ahead] = {}

    def take(self, family: str, patience_seconds: float = 600.0) -> None:
        """Wait until one request of the family may be made.

        A family without limits waits for blocks only. Raises QuotaExhausted with the moment when the turn would come
        later than ``patience_seconds`` from now, and at once while the quota of the day is used up.
        """
        if self._took_ahead(family):
            return
        limits = self._families.get(family, ())
        on_time = min((self._limit(limit).slack_seconds / 2 for limit in limits), default=math.inf)
        ends = self._now() + patience_seconds
        rows: tuple[int, ...] = ()
        while True:
            turn, wait, rows = self._reserve(family, limits, ends, rows)
            if wait <= 0:
                return
            self._clock.sleep(wait)
            # Another process may have met a 429 meanwhile; and requests that come later than their turn would
            # crowd with those of others. Either way the turn is given back for a new one.
            if self._blocked_until(family) <= self._now() and self._now() - turn <= on_time:
                return

    def block(self, family: str, seconds: float) -> None:
        """Let nobody ask for anything of the family for some seconds, at most a quarter of an hour."""
        until = self._now() + min(max(seconds, 0.0), LONGEST_BLOCK_SECONDS)
        with self._transaction() as file:
            self._ahead.clear()
            file.execute(
                "INSERT INTO blocks VALUES (?, ?) ON CONFLICT (family) DO UPDATE SET until ="
                " CASE WHEN until > excluded.until AND until <= ? THEN until ELSE excluded.until END",
                (self._key(family), until, self._now() + LONGEST_BLOCK_SECONDS),
            )

    def exhaust(self, until: datetime) -> None:
        """Let nobody ask for anything of this account before an aware moment: its quota of the day is used up."""
        with self._transaction() as file:
            self._ahead.clear()
            file.execute("INSERT OR REPLACE INTO blocks VALUES (?, ?)", (self._key(DAY), until.timestamp()))

    def learn(self, limit: str, count: int, seconds: float) -> None:
        """Take over a limit as the vendor tells it; it holds for all processes, in place of the documented one."""
        if count < 1 or seconds <= 0 or self._learned.get(limit) == (count, seconds):
            return
        with self._transaction() as file:
            self._ahead.clear()
            file.execute("INSERT OR REPLACE INTO learned VALUES (?, ?, ?)", (self._key(limit), count, seconds))
        self._learned[limit] = (count, seconds)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None and self._process == os.getpid():
                self._file.close()
            self._file = None

    def _reserve(
        self, family: str, limits: tuple[Limit, ...], ends: float, rows: tuple[int, ...]
    ) -> tuple[float, float, tuple[int, ...]]:
        """Write down the next turn in place of ``rows``. Returns its moment, seconds until it, its rows."""
        with self._transaction() as file:
            for row in rows:
                file.execute("DELETE FROM turns WHERE rowid = ?", (row,))
            now = self._now()
            ahead, more = self._give_back(file, family, limits, now)
            blocked, day = self._block(file, family)
            turn = max([now, blocked, *(self._free(file, limit, now, more) for limit in limits)])
            if more and turn > now:  # there is no room for all of them
                more = 0
                turn = max([now, blocked, *(self._free(file, limit, now) for limit in limits)])
            if turn <= ends and day <= now:
                rows = tuple(self._write(file, limit, turn) for limit in limits)
                ahead.rows = [tuple(self._write(file, limit, turn) for limit in limits) for _ in range(more)]
                ahead.at, ahead.process = turn, os.getpid()
        if day > now:
            raise _day_is_used_up(datetime.fromtimestamp(day, UTC))
        if turn > ends:
            until = datetime.fromtimestamp(turn, UTC)
            raise QuotaExhausted(
                f"The turn of the next request comes at {until:%Y-%m-%d %H:%M:%S %Z}, which is too late for this run.",
                until=until,
                place=f"request budget {quote(family)}",
                remedy="Try again then.",
            )
        return turn, turn - now, rows

    def _took_ahead(self, family: str) -> bool:
        """Use a turn that is written down already, if there is one that is not over."""
        with self._lock:
            ahead = self._ahead.get(family)
            if ahead is None or not ahead.rows or ahead.age(self._now()) > AHEAD_SECONDS:
                return False
            ahead.rows.pop()
            return True

    def _give_back(
        self, file: sqlite3.Connection, family: str, limits: tuple[Limit, ...], now: float
    ) -> tuple[_Ahead, int]:
        """Delete the turns taken ahead that were not used. Returns their place, and how many to take ahead now."""
        ahead = self._ahead.setdefault(family, _Ahead())
        most = min((self._limit(limit).count // _SHARE for limit in limits), default=0)
        more = ahead.wanted(now, min(most, MOST_AHEAD))
        if ahead.process == os.getpid():
            for row in chain.from_iterable(ahead.rows):  # numbers of rows that others have deleted may be used again
                file.execute("DELETE FROM turns WHERE rowid = ? AND at = ?", (row, ahead.at))
        ahead.rows = []
        return ahead, more

    def _free(self, file: sqlite3.Connection, limit: Limit, now: float, more: int = 0) -> float:
        """Return the first moment at which ``1 + more`` requests keep the limit; at times forget what is over."""
        key, limit = self._key(limit.name), self._limit(limit)
        window, furthest = limit.seconds + limit.slack_seconds, now + LONGEST_BLOCK_SECONDS
        self._looks = (self._looks + 1) % FORGET_EVERY
        if self._looks == 1:
            file.execute("DELETE FROM turns WHERE limited = ? AND (at <= ? OR at > ?)", (key, now - window, furthest))
        row = file.execute(
            "SELECT at FROM turns WHERE limited = ? AND at BETWEEN ? AND ? ORDER BY at DESC LIMIT 1 OFFSET ?",
            (key, now - window, furthest, limit.count - 1 - more),
        ).fetchone()
        return now if row is None else float(row[0]) + window

    def _write(self, file: sqlite3.Connection, limit: Limit, turn: float) -> int:
        row = file.execute("INSERT INTO turns VALUES (?, ?)", (self._key(limit.name), turn)).lastrowid
        assert row is not None
        return row

    def _blocked_until(self, family: str) -> float:
        with self._opened() as file:
            return max(self._block(file, family))

    def _block(self, file: sqlite3.Connection, family: str) -> tuple[float, float]:
        """Return the ends of the blocks of a family and of the day, 0 where there is none."""
        longest = {self._key(family): LONGEST_BLOCK_SECONDS, self._key(DAY): LONGEST_DAY_SECONDS}
        rows = file.execute("SELECT family, until FROM blocks WHERE family IN (?, ?)", tuple(longest)).fetchall()
        now = self._now()
        found = {key: float(until) for key, until in rows if until <= now + longest[key]}
        return found.get(self._key(family), 0.0), found.get(self._key(DAY), 0.0)

    def _limit(self, limit: Limit) -> Limit:
        learned = self._learned.get(limit.name)
        count, seconds = learned or (limit.count, limit.seconds)
        count -= count // 50  # a request that was slow on its way must not meet the first of the next window
        # The search for the oldest turn costs with the count. Half of a limit in half of its window keeps it, too.
        parts = math.ceil(count / MOST_TURNS)
        return Limit(limit.name, count // parts, seconds / parts)

    def _key(self, name: str) -> str:
        return f"{self._account} {name}"

    def _now(self) -> float:
        return self._clock.now().timestamp()

    # --- the file -------------------------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as file:
            file.execute("BEGIN IMMEDIATE")
            try:
                yield file
            except BaseException:
                file.execute("ROLLBACK")
                raise
            file.execute("COMMIT")

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._lock:
                if self._file is None or self._process != os.getpid():  # a connection must not cross a fork
                    self._file, self._process = self._open(), os.getpid()
                yield self._file
        except sqlite3.Error as error:
            raise _file_error(error, self._path) from None

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"The folder {quote(self._path.parent)} cannot be made.", place="request budget") from error
        file = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        _prepare(file)
        prefix = self._key("")
        for limited, count, seconds in file.execute("SELECT limited, count, seconds FROM learned").fetchall():
            if limited.startswith(prefix):
                self._learned[limited.removeprefix(prefix)] = (int(count), float(seconds))
        return file


def _day_is_used_up(until: datetime) -> QuotaExhausted:
    return QuotaExhausted(
        f"The account's quota of today is used up, as it said before. It comes back at {until:%Y-%m-%d %H:%M %Z}.",
        until=until,
        place="request budget",
        remedy="Try again then.",
    )


def _prepare(file: sqlite3.Connection) -> None:
    # Changing the journal mode does not wait for others as transactions do: whoever loses the race tries again.
    for attempt in range(100):
        try:
            file.execute("PRAGMA journal_mode = WAL")
            file.execute("PRAGMA synchronous = NORMAL")  # what a power cut loses is older than any window by then
            file.executescript(f"BEGIN IMMEDIATE; {SCHEMA} COMMIT;")
        except sqlite3.OperationalError as error:
            if attempt == 99 or error.sqlite_errorname.partition("_")[2].split("_")[0] not in ("BUSY", "LOCKED"):
                raise
            time.sleep(0.05)
        else:
            return


def _file_error(error: sqlite3.Error, path: Path) -> PuenteError:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return TryLater("The file of the request budgets is in use.", place=path.name, remedy="Try again later.")
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return StorageFull("The disk has no room for the request budgets.", place=path.name, remedy="Make room.")
    return FileError(
        "The file of the request budgets cannot be used.", place=path.name, remedy="Delete it; it is made anew."
    )
