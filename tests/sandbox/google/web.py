"""Speaks HTTP to a running Google of the sandbox: people who sign in, and what they ask."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import urllib3

from connector.sandbox.google.identity import OWNER, Person
from connector.sandbox.google.start import RunningGoogle, start_google

SPREADSHEET = "application/vnd.google-apps.spreadsheet"
FILES = "/drive/v3/files"


@dataclass
class Clock:
    """A clock that goes on when it is told to."""

    now: datetime = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class Web:
    """A browser, or a program, at the sandbox's address."""

    running: RunningGoogle
    clock: Clock
    pool: urllib3.PoolManager = field(default_factory=urllib3.PoolManager)
    tokens: dict[str, str] = field(default_factory=dict)

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        person: Person | None = OWNER,
        token: str = "",
        media: str = "application/json",
        **query: object,
    ) -> urllib3.BaseHTTPResponse:
        """Send one request as a person (None: without a token); ``body`` is JSON data, or bytes as they are."""
        headers = {"Content-Type": media}
        if token or person is not None:
            headers["Authorization"] = f"Bearer {token or self.token(person or OWNER)}"
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        target = f"{self.running.url}{path}{'?' + urlencode(query) if query else ''}"
        return self.pool.request(method, target, body=raw, headers=headers, retries=False, redirect=False)

    def token(self, person: Person) -> str:
        return self.tokens.setdefault(person.email, self.running.token_of(person))

    def ask(self, method: str, path: str, body: Any = None, person: Person | None = OWNER, **query: object) -> Any:
        """Return the body of an answer that has to be good."""
        answer = self.send(method, path, body, person, **query)
        assert answer.status in (200, 204), (answer.status, answer.data[:500])
        return answer.json() if answer.data else None

    def refused(
        self, method: str, path: str, body: Any = None, person: Person | None = OWNER, **query: object
    ) -> tuple[int, str]:
        """Return status and reason of a refusal: Drive's reason, or Google's name for the status."""
        answer = self.send(method, path, body, person, **query)
        assert answer.status >= 400, answer.data[:500]
        error = answer.json()["error"]
        return answer.status, str(error["errors"][0]["reason"] if "errors" in error else error["status"])

    def form(self, path: str, **fields: str) -> tuple[int, Any]:
        """Send a form, as the token endpoint takes it."""
        answer = self.pool.request(
            "POST", self.running.url + path, fields=fields, encode_multipart=False, retries=False
        )
        return answer.status, answer.json()

    def make(self, name: str = "Report", person: Person = OWNER, **more: object) -> str:
        """Make a spreadsheet through Drive; return its id."""
        made = self.ask("POST", FILES, {"name": name, "mimeType": SPREADSHEET} | more, person)
        return str(made["id"])

    def share(self, file: str, person: Person, role: str) -> Any:
        """Give a person a role, without an e-mail."""
        body = {"type": "user", "role": role, "emailAddress": person.email}
        return self.ask("POST", f"{FILES}/{file}/permissions", body, sendNotificationEmail="false")

    def write(self, file: str, values: list[list[Any]], place: str = "A1", person: Person = OWNER) -> Any:
        """Write values RAW."""
        path = f"/v4/spreadsheets/{file}/values/{place}"
        return self.ask("PUT", path, {"values": values}, person, valueInputOption="RAW")

    def values(self, file: str, place: str = "A1:Z20", person: Person = OWNER) -> Any:
        """Return values as they are shown."""
        return self.ask("GET", f"/v4/spreadsheets/{file}/values/{place}", None, person).get("values", [])

    def change(self, file: str, *requests: dict[str, Any]) -> Any:
        """``spreadsheets.batchUpdate``."""
        return self.ask("POST", f"/v4/spreadsheets/{file}:batchUpdate", {"requests": list(requests)})


@contextmanager
def web(faults: str = "", *, enforce_limits: bool = False) -> Iterator[Web]:
    """A Google with a clock that stands; at the end nothing in it may have broken."""
    clock = Clock()
    with start_google(clock=clock, faults=faults, enforce_limits=enforce_limits) as running:
        caller = Web(running, clock)
        yield caller
        caller.pool.clear()
        assert not running.bugs, "\n".join(running.bugs)
