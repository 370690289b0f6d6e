"""Sessions of the reading engine, kept for the next question to the same state of the same workspace.

Making a session is quick, but its views must be made again: each costs more than a small question does.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import duckdb

MOST_IDLE: Final = 64
"""Sessions that wait for a question; the longest unused is closed first."""


@dataclass(eq=False, slots=True)
class Session:
    """One cursor and the entities it has views of."""

    cursor: duckdb.DuckDBPyConnection
    registered: set[str] = field(default_factory=set)


class Sessions:
    """Idle sessions by the state they show. Safe for many threads; a session is one thread's at a time."""

    def __init__(self, cursor: Callable[[], duckdb.DuckDBPyConnection], most: int = MOST_IDLE) -> None:
        self._cursor, self._most = cursor, most
        self._idle: OrderedDict[Session, Hashable] = OrderedDict()
        self._lock = Lock()

    def take(self, state: Hashable) -> Session:
        """Return a session that shows ``state``, or a new one that shows nothing yet."""
        with self._lock:
            found = next((session for session, shows in reversed(self._idle.items()) if shows == state), None)
            if found is not None:
                del self._idle[found]
                return found
        return Session(self._cursor())

    def give_back(self, session: Session, state: Hashable) -> None:
        """Keep a session that has answered everything it was asked."""
        with self._lock:
            self._idle[session] = state
            old = self._idle.popitem(last=False)[0] if len(self._idle) > self._most else None
        if old is not None:
            old.cursor.close()

    def close(self) -> None:
        """Close the idle ones."""
        with self._lock:
            idle, self._idle = list(self._idle), OrderedDict()
        for session in idle:
            session.cursor.close()
