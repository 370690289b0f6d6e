"""Starts the stand-in of Google, in this process."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Self

from connector.sandbox.google import identity, mischief
from connector.sandbox.google.addresses import Api, api_of, direct
from connector.sandbox.google.quotas import Counted, counted
from connector.sandbox.google.service import Google
from connector.sandbox.google.tokens import ALL_SCOPES
from connector.sandbox.http.faults import WRITE_FAULTS, Fault, parse_faults
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.http.running import Running
from connector.sandbox.http.server import Server


@dataclass(frozen=True, slots=True)
class Call:
    """One request that was answered. Bytes are those of the bodies, as they came and went."""

    method: str
    path: str
    api: Api
    counted: Counted
    """What Google's quotas count it to: ``read``, ``write``, ``drive``, or nothing."""
    user: str
    status: int
    request_bytes: int
    response_bytes: int
    faults: tuple[str, ...] = ()


class RunningGoogle(Running):
    """A Google that answers under ``url``, until ``stop()``.

    ``token`` is an access token of the owner that does not expire; ``traffic`` every request in order of its answer;
    ``faults`` may be changed at any time; ``before_each`` is called before a request of Sheets or Drive is carried
    out, so that somebody else can be quicker; ``witness`` is shown every such request first, whatever becomes of it.
    ``bugs`` holds what broke within the sandbox itself, each with its trace.
    """

    def __init__(self, google: Google, faults: Iterable[Fault], now: Callable[[], datetime], port: int = 0) -> None:
        self.google = google
        self.faults = list(faults)
        self.traffic: list[Call] = []
        self.bugs: list[str] = []
        self.before_each: Callable[[Request], None] | None = None
        self.witness: Callable[[Request], None] | None = None
        self._lock = Lock()
        self._server = Server(self.handle, now, port)
        google.stands_at(self.url)
        self.books, self.files, self.tokens = google.books, google.files, google.tokens
        self.token = self.token_of(identity.OWNER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    users = identity.PEOPLE
    """Who there is from the start; anybody else is made up from an address (``identity.person_of``)."""

    @property
    def owner(self) -> str:
        """Return the address of the person whose My Drive reports are made in."""
        return identity.OWNER.email

    # Keys

    def token_of(self, person: identity.Person, scopes: Iterable[str] = ALL_SCOPES) -> str:
        """Return an access token of a person that does not expire by itself."""
        return self.tokens.give(person, frozenset(scopes))

    def key_file(self) -> dict[str, str]:
        """Return the service account's key file."""
        return identity.key_file(self.url)

    def client_file(self) -> dict[str, Any]:
        """Return the OAuth client of a desktop application."""
        return identity.client_file(self.url)

    def page(self, spreadsheet: str) -> str:
        """Return the address under which a spreadsheet can be looked at in the browser."""
        return f"{self.url}/spreadsheets/d/{spreadsheet}/edit"

    # Answering

    def handle(self, raw: Request) -> Answer:
        """Answer one request, faults included, and count it."""
        request = direct(raw)
        if self.witness is not None and api_of(request) in ("sheets", "drive"):
            self.witness(request)
        due = [fault for fault in self.faults if self._counts(fault, request) and fault.falls(request, frozenset())]
        opens = self.tokens.opened_by(request)
        answer = self._answer(request, due)
        sent = 0 if answer.delivery == "dropped" else len(answer.body())
        api = api_of(request)
        call = Call(
            request.method, request.path, api, counted(api, request), opens.person.email if opens else "",
            answer.status, len(raw.body), sent, tuple(fault.name for fault in due),
        )  # fmt: skip
        with self._lock:
            self.traffic.append(call)
        return answer

    def _counts(self, fault: Fault, request: Request) -> bool:
        """Signing in and looking at pages are counted only by faults that name a path."""
        return bool(fault.rule.path) or api_of(request) in ("sheets", "drive")

    def _answer(self, request: Request, due: list[Fault]) -> Answer:
        if self.before_each is not None and api_of(request) in ("sheets", "drive"):
            self.before_each(request)
        for fault in due:
            instead = mischief.before(self.google, fault, request)
            if instead is not None:
                return instead
        try:
            answer = self.google.answer(request)
        except Exception:  # noqa: BLE001 - a mistake of the sandbox shall not look like a lost connection
            self.bugs.append(f"{request.method} {request.target}\n{traceback.format_exc()}")
            answer = Answer(500, {"error": {"code": 500, "message": "The sandbox is broken.", "status": "INTERNAL"}})
        for fault in due:
            answer = mischief.after(fault, request, answer)
        return answer


def start_google(
    *,
    clock: Callable[[], datetime] | None = None,
    faults: Iterable[Fault] | str = (),
    enforce_limits: bool = False,
    port: int = 0,
    seed: int | None = 1,
) -> RunningGoogle:
    """Serve Google on 127.0.0.1 from threads of this process, until ``stop()``.

    ``clock`` gives the moment (aware), the real one when None; ``faults`` are faults or the text that declares them
    (``lost_reply,nth=3``); ``enforce_limits`` refuses what goes beyond Google's quotas, by the clock's minutes;
    ``seed`` determines ids; None gives other ones at each start. Raises FaultError for a text that declares no faults.
    """
    declared = parse_faults(faults, WRITE_FAULTS) if isinstance(faults, str) else list(faults)
    now = clock or _real_now
    running = RunningGoogle(Google(now, enforce_limits=enforce_limits, seed=seed), declared, now, port)
    running.start()
    return running


def serve_google(port: int, faults: str, seed: int | None, now: datetime) -> RunningGoogle:
    """Serve an empty Google with quotas enforced and a clock that goes on from ``now`` (aware); ``seed`` gives its ids.

    Its service account may act for the owner, as an administrator allows it, so that it can make spreadsheets.
    """
    begun = time.monotonic()
    running = start_google(
        clock=lambda: now + timedelta(seconds=time.monotonic() - begun),
        faults=faults,
        enforce_limits=True,
        port=port,
        seed=seed,
    )
    running.tokens.delegated = {running.owner}
    return running


def _real_now() -> datetime:
    return datetime.now().astimezone()
