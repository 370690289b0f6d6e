"""Sees every request that a running sandbox gets, and says at the end which ones Google would have refused."""

from __future__ import annotations

import json
from collections import Counter
from threading import Lock
from typing import Any

from connector.sandbox.http.message import Request
from tests.google.discovery import faults
from tests.google.documents import find_method
from tests.google.redirect import InvalidRequest, google_address
from tests.google.reference import data_faults, reference_faults

OURS = "Puente"
"""Begins the name by which our own client goes."""


class Judge:
    """A witness for ``RunningGoogle.witness``.

    ``methods`` counts what was called, ``changes`` the kinds of change, ``ours`` those that our own client sent.
    """

    def __init__(self) -> None:
        self.methods: Counter[str] = Counter()
        self.changes: Counter[str] = Counter()
        self.ours: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._lock = Lock()

    def __call__(self, request: Request) -> None:
        url = google_address(request.target)
        found = faults(request.method, url, request.body, request.headers.get("content-type", "")) if url else []
        method, _ = find_method(request.method, url)
        body = _read(request)
        if not found:
            found += reference_faults(body)
        is_ours = request.headers.get("user-agent", "").startswith(OURS)
        if is_ours:
            found += data_faults(body)
        with self._lock:
            self.methods[method.name if method is not None else "unknown"] += 1
            self.changes.update(_changes(body))
            self.ours.update(_changes(body) if is_ours else ())
            if found:
                self.wrong.append("\n  ".join([f"{request.method} {request.target}", *found[:5]]))

    def check(self) -> None:
        """Raise InvalidRequest when there was a request that Google's documents do not allow."""
        if self.wrong:
            raise InvalidRequest("\n".join([f"{len(self.wrong)} requests that Google would refuse", *self.wrong[:5]]))


def _read(request: Request) -> Any:
    try:
        return json.loads(request.body) if request.body else None
    except ValueError:
        return None


def _changes(body: Any) -> list[str]:
    asked = body.get("requests") if isinstance(body, dict) else None
    return [kind for one in asked or [] if isinstance(one, dict) for kind in one]
