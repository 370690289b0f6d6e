"""HubSpot's limits: how many requests an account may make, and the headers that tell."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock

from connector.sandbox.http.message import Answer
from connector.sandbox.hubspot.refusals import too_many

SEARCHES_A_SECOND = 5
PRIVATE_IN_TEN_SECONDS, PUBLIC_IN_TEN_SECONDS = 190, 110
PRIVATE_A_DAY = 650_000
UNENFORCED_IN_TEN_SECONDS = 100_000
"""What the headers tell where nothing is refused: who reads them need not wait."""


class _Window:
    """Counts what happened within the last seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._times: deque[float] = deque()

    def count(self, now: float) -> int:
        while self._times and self._times[0] <= now - self._seconds:
            self._times.popleft()
        return len(self._times)

    def add(self, now: float) -> None:
        self._times.append(now)


class Limits:
    """Counts the requests of the account. ``ticks`` gives seconds that only go forward."""

    def __init__(self, ticks: Callable[[], float], *, enforced: bool) -> None:
        self.used_today = 0
        self.peak_searches = 0
        """Most searches within one second so far."""
        self._enforced = enforced
        self._ticks = ticks
        self._lock = Lock()
        self._searches, self._calls = _Window(1.0), _Window(10.0)

    def refuse(self, *, is_search: bool, is_public: bool) -> Answer | None:
        """Count a request; return the 429 when it is one too many and limits are enforced."""
        with self._lock:
            now = self._ticks()
            self.used_today += 1
            if is_search:
                return self._search(now)
            most = self._most(is_public=is_public)
            if self._enforced and self._calls.count(now) >= most:
                return too_many("TEN_SECONDLY_ROLLING")
            self._calls.add(now)
            return None

    def _most(self, *, is_public: bool) -> int:
        if not self._enforced:
            return UNENFORCED_IN_TEN_SECONDS
        return PUBLIC_IN_TEN_SECONDS if is_public else PRIVATE_IN_TEN_SECONDS

    def _search(self, now: float) -> Answer | None:
        if self._enforced and self._searches.count(now) >= SEARCHES_A_SECOND:
            return too_many("SECONDLY")
        self._searches.add(now)
        self.peak_searches = max(self.peak_searches, self._searches.count(now))
        return None

    def headers(self, *, is_search: bool, is_public: bool) -> dict[str, str]:
        """Return the headers of an ordinary answer; searches have none."""
        if is_search:
            return {}
        with self._lock:
            used = self._calls.count(self._ticks())
        most = self._most(is_public=is_public)
        shown = {
            "X-HubSpot-RateLimit-Max": str(most),
            "X-HubSpot-RateLimit-Remaining": str(max(0, most - used)),
            "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
            "X-HubSpot-RateLimit-Secondly": str(most // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(max(0, most // 10 - 1)),
        }
        if not is_public:
            shown["X-HubSpot-RateLimit-Daily"] = str(PRIVATE_A_DAY)
            shown["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, PRIVATE_A_DAY - self.used_today))
        return shown
