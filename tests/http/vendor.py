"""A vendor on this machine that answers as it is told, bad manners included."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from connector.http.client import Client, ClientOptions
from connector.http.clock import Clock
from connector.http.retry import Backoff, Policy
from connector.http.tokens import StaticToken, TokenSource
from connector.http.wire import Timeouts

HERE = frozenset({"127.0.0.1"})
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
PATIENT = Timeouts(connect=5.0, read=30.0, total=60.0)
HASTY = Timeouts(connect=5.0, read=0.5, total=1.5)


class FakeClock:
    """Time that passes only by sleeping; ``slept`` holds the pauses."""

    def __init__(self, chance: float = 0.5) -> None:
        self.seconds = 0.0
        self.slept: list[float] = []
        self._chance = chance
        self._lock = threading.Lock()

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self.seconds += seconds

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    @property
    def clock(self) -> Clock:
        return Clock(self.now, lambda: self.seconds, self.sleep, lambda: self._chance)


@dataclass(frozen=True)
class Heard:
    """A request as the vendor got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def token(self) -> str:
        return self.headers.get("authorization", "").removeprefix("Bearer ")


Step = Callable[[BaseHTTPRequestHandler], None]
"""Answers one request on the raw handler."""


@dataclass
class Vendor:
    """Answers the first request with the first step and so on, the last one for ever."""

    steps: list[Step]
    heard: list[Heard] = field(default_factory=list)
    url: str = ""
    stopping: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def step(self, heard: Heard) -> Step:
        with self.lock:
            self.heard.append(heard)
            return self.steps[min(len(self.heard), len(self.steps)) - 1]


@contextmanager
def vendor(*steps: Step) -> Iterator[Vendor]:
    """Serve the steps on a free port until the block ends."""
    serving = Vendor(list(steps))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        vendor = serving

        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            with suppress(ConnectionError):
                serving.step(Heard(self.command, self.path, headers, body))(self)

        do_GET = do_POST = do_HEAD = handle_any  # noqa: N815 -- the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    serving.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield serving
    finally:
        serving.stopping.set()
        server.shutdown()
        thread.join(10)
        server.server_close()


def answer(status: int = 200, value: Any = None, headers: Mapping[str, str] | None = None) -> Step:
    """A whole answer: JSON of a value, or bytes as they are."""
    body = value if isinstance(value, bytes) else json.dumps(value if value is not None else {"ok": True}).encode()

    def step(handler: BaseHTTPRequestHandler) -> None:
        told = {"Content-Type": "application/json", **(headers or {})}
        handler.send_response(status)
        for name, text in told.items():
            handler.send_header(name, text)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return step


def refused_connection(handler: BaseHTTPRequestHandler) -> None:
    """The connection is reset without a word."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True
    handler.connection.close()


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    """Fewer bytes than announced."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"results": [')
    handler.close_connection = True


def cut_chunks(handler: BaseHTTPRequestHandler) -> None:
    """Chunks without their end."""
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'5\r\n{"a":\r\n')
    handler.close_connection = True


def silence(handler: BaseHTTPRequestHandler) -> None:
    """Nothing, for longer than anybody waits."""
    handler.vendor.stopping.wait(5)  # type: ignore[attr-defined]
    handler.close_connection = True


def drip(part: str) -> Step:
    """One byte at a time, each before a pause is too long: in the ``headers`` or in the ``body``."""

    def step(handler: BaseHTTPRequestHandler) -> None:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        if part == "body":
            handler.wfile.write(b"Content-Length: 500\r\n\r\n")
        for _ in range(50):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            if handler.vendor.stopping.wait(0.1):  # type: ignore[attr-defined]
                return

    return step


@contextmanager
def client_of(
    token: str | TokenSource | None = None,
    *,
    policy: Policy | None = None,
    clock: FakeClock | None = None,
    timeouts: Timeouts = PATIENT,
    budget: Any = None,
) -> Iterator[Client]:
    """A client for vendors on this machine, whose pauses take no time."""
    source = StaticToken(token) if isinstance(token, str) else token
    chosen = policy or Policy(vendor="Acme", backoff=Backoff(tries=4))
    made = Client(HERE, source, budget, ClientOptions(chosen, timeouts, clock=(clock or FakeClock()).clock))
    try:
        yield made
    finally:
        made.close()
