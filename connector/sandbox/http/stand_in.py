"""A running stand-in: one vendor behind a server, every request logged, faults falling where they are due."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

from connector.sandbox.crm.crm import Crm
from connector.sandbox.http.faults import Fault
from connector.sandbox.http.incidents import befall
from connector.sandbox.http.message import Answer, LogEntry, Request
from connector.sandbox.http.running import Running
from connector.sandbox.http.server import Server


class Vendor(Protocol):
    """What a vendor's stand-in knows that the faults need."""

    crm: Crm

    def answer(self, request: Request) -> Answer:
        """Answer a request without a fault."""
        ...

    def traits(self, request: Request) -> frozenset[str]:
        """Say what a request is: ``cursor`` for a further page, ``batch``, ``page`` for rows in the answer."""
        ...

    def kind(self, request: Request) -> str:
        """Return the kind of record a request is about; empty when it is about none."""
        ...

    def refuse(self, fault: Fault, request: Request) -> Answer | None:
        """Return the refusal of a fault that answers in the vendor's place; None for other faults."""
        ...

    def spoil(self, fault: Fault, answer: Answer) -> Answer:
        """Change the rows of a good answer: ``reorder_page`` and ``partial_207``."""
        ...

    def page_key(self, request: Request) -> str:
        """Return what the pages of one list have in common, so that one of them can be repeated."""
        ...


class StandIn(Running):
    """Serves a vendor. ``log`` holds every request in order of its answer, ``token`` a key that opens everything."""

    token = ""

    def __init__(self, vendor: Vendor, faults: Iterable[Fault], port: int = 0) -> None:
        self.vendor = vendor
        self.faults = list(faults)
        self.log: list[LogEntry] = []
        self._lock = Lock()
        self._pages: dict[str, Answer] = {}
        for fault in self.faults:
            if fault.name == "clock_skew":
                vendor.crm.skew = timedelta(seconds=fault.number("seconds"))
        self._server = Server(self.handle, self._now, port)

    @property
    def crm(self) -> Crm:
        return self.vendor.crm

    def calls(self) -> Counter[str]:
        """Return how many requests each ``METHOD path`` got."""
        with self._lock:
            return Counter(f"{entry.method} {entry.path}" for entry in self.log)

    def clear_faults(self) -> None:
        """Let no further fault happen; what happened stays. A wrong clock is put right."""
        self.faults.clear()
        self.vendor.crm.skew = timedelta(0)

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.vendor.crm.now_ms() / 1000).astimezone()

    def handle(self, request: Request) -> Answer:
        """Answer one request, faults included, and log it."""
        traits = self.vendor.traits(request)
        due = [fault for fault in self.faults if fault.falls(request, traits)]
        answer = self._answer(request, due)
        entry = LogEntry(request.method, request.path, request.target, answer.status, tuple(f.name for f in due))
        with self._lock:
            self.log.append(entry)
        return answer

    def _answer(self, request: Request, due: list[Fault]) -> Answer:
        for fault in due:
            befall(self.vendor.crm, fault, self.vendor.kind(request))
        for fault in due:
            refused = self.vendor.refuse(fault, request)
            if refused is not None:
                return refused
        answer = self._page(request, repeat=any(fault.name == "repeat_page" for fault in due))
        for fault in due:
            answer = self.vendor.spoil(fault, answer)
            _deliver(fault, answer)
        return answer

    def _page(self, request: Request, *, repeat: bool) -> Answer:
        """Answer a request; instead of a further page the one before can come again, as it was."""
        if all(fault.name != "repeat_page" for fault in self.faults):
            return self.vendor.answer(request)
        key = self.vendor.page_key(request)
        with self._lock:
            before = self._pages.get(key)
        if repeat and before is not None:
            return Answer(before.status, before.content, dict(before.headers))
        answer = self.vendor.answer(request)
        if key and answer.status == 200:
            with self._lock:
                self._pages[key] = Answer(200, answer.content, dict(answer.headers))
        return answer


def _deliver(fault: Fault, answer: Answer) -> None:
    """Let an answer reach the caller the way a fault wants it."""
    if fault.name == "drop":
        answer.delivery = "dropped"
    elif fault.name == "truncate":
        answer.delivery = "truncated"
    elif fault.name == "malformed":
        answer.delivery = "halved"
    elif fault.name == "drip":
        answer.delivery, answer.wait_seconds = "dripped", fault.number("seconds")
    elif fault.name == "latency":
        answer.wait_seconds = fault.number("seconds")
