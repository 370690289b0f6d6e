"""Google's quotas: how many requests a user and the project may make in a minute."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from threading import Lock
from typing import Any, Literal

from connector.sandbox.google.identity import PROJECT_NUMBER
from connector.sandbox.google.refusals import Refused
from connector.sandbox.http.message import Request

Counted = Literal["read", "write", "drive", ""]
"""The quota that a request is counted to; empty for none, as the token endpoint's."""
USER_A_MINUTE, PROJECT_A_MINUTE, DRIVE_A_MINUTE = 60, 300, 12_000
"""Sheets reads or writes of one user, of all users of the project; Drive queries of one user."""
READING_POSTS = (":getByDataFilter", ":batchGetByDataFilter", "/developerMetadata:search")


def counted(api: str, request: Request) -> Counted:
    """Return what Google counts a request of an API (``sheets``, ``drive``) to. A batch is one."""
    if api == "sheets":
        return "read" if request.method == "GET" or request.path.endswith(READING_POSTS) else "write"
    return "drive" if api == "drive" else ""


class Quotas:
    """Counts requests within the last minute. ``ticks`` gives seconds that only go forward."""

    def __init__(self, ticks: Callable[[], float], *, enforced: bool) -> None:
        self.enforced = enforced
        self._ticks = ticks
        self._lock = Lock()
        self._times: defaultdict[tuple[str, str], deque[float]] = defaultdict(deque)

    def check(self, kind: Counted, user: str) -> None:
        """Count a request. Raises Refused, 429 or 403, where it is one too many and the quotas are enforced."""
        if not kind:
            return
        limits = {user: DRIVE_A_MINUTE} if kind == "drive" else {user: USER_A_MINUTE, "": PROJECT_A_MINUTE}
        with self._lock:
            now = self._ticks()
            for whose, most in limits.items():
                if self.enforced and self._used(kind, whose, now) >= most:
                    raise rate_limit() if kind == "drive" else exhausted(kind, is_project=not whose, most=most)
            for whose in limits:
                self._times[kind, whose].append(now)

    def _used(self, kind: Counted, whose: str, now: float) -> int:
        times = self._times[kind, whose]
        while times and times[0] <= now - 60:
            times.popleft()
        return len(times)


def exhausted(kind: str, *, is_project: bool = False, most: int = USER_A_MINUTE) -> Refused:
    """Return the 429 of the Sheets API."""
    words = "Read" if kind == "read" else "Write"
    scope = "per minute" if is_project else "per minute per user"
    message = (
        f"Quota exceeded for quota metric '{words} requests' and limit '{words} requests {scope}' of service "
        f"'sheets.googleapis.com' for consumer 'project_number:{PROJECT_NUMBER}'."
    )
    facts: dict[str, Any] = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "RATE_LIMIT_EXCEEDED",
        "domain": "googleapis.com",
        "metadata": {
            "consumer": f"projects/{PROJECT_NUMBER}",
            "quota_limit": f"{words}RequestsPerMinutePer{'Project' if is_project else 'User'}",
            "quota_limit_value": str(most),
            "quota_location": "global",
            "quota_metric": f"sheets.googleapis.com/{kind}_requests",
            "service": "sheets.googleapis.com",
        },
    }
    return Refused(429, "RESOURCE_EXHAUSTED", message, [facts])


def rate_limit() -> Refused:
    """Return the 403 of the Drive API; its code is Drive's reason."""
    return Refused(403, "userRateLimitExceeded", "User Rate Limit Exceeded")
