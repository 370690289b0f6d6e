"""One try of one request over kept connections, bounded in every direction. Raises nothing for a fault."""

from __future__ import annotations

import re
import ssl
import threading
import time
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from connector.http.addresses import DEFAULT_PORTS, origin
from connector.http.answer import Request, Response, parse_json
from connector.http.exchange import Exchange, WireFault, head_of
from connector.http.redaction import quieten_transport

NO_BODY: Final = frozenset({204, 205, 304})

_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]++|%[0-9A-F]{2})*+")
"""Path and query that need no encoding any more (RFC 3986, 3.3 and 3.4). Nothing is looked at twice."""
_KEPT: Final = "-._~!$&'()*+,;=:@/?%"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for one try as a whole."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0


class Wire:
    """Connections to a vendor, kept open between requests. Safe for many threads."""

    def __init__(self, timeouts: Timeouts, connections: int) -> None:
        quieten_transport()
        self._timeouts = timeouts
        self._connections = connections
        self._lines: dict[tuple[str, str, int], _Line] = {}
        self._lock = threading.Lock()

    def try_once(self, request: Request, headers: Mapping[str, str], *, stream: bool = False) -> Response:
        """Send a request once. A fault is a member of the result; a streamed good answer is left ``live``.

        Raises UserError for a header that cannot be sent.
        """
        seconds = self._timeouts.total if request.total_seconds is None else request.total_seconds
        ends = time.monotonic() + seconds
        line = self._line(origin(request.url))
        head = head_of(request.method, _target(request.url), line.host, headers, request.body)
        response = Response()
        try:
            connection = line.take(self._timeouts.connect, ends)
            exchange: Exchange | None = None
            try:
                assert connection.sock is not None
                exchange = Exchange(connection.sock, request.method, self._timeouts.read, ends)
                exchange.send(head, request.body)
                response = Response(exchange.status, exchange.reason, exchange.headers)
                if stream and 200 <= exchange.status < 300:
                    response.live = _Live(exchange, line, connection)
                else:
                    _read_body(exchange, response, request)
            finally:
                if response.live is None:
                    line.give(connection, reusable=exchange is not None and exchange.reusable)
        except WireFault as error:
            return Response(fault=error.fault, status=response.status)
        return response

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            lines, self._lines = list(self._lines.values()), {}
        for line in lines:
            line.close()

    def _line(self, place: tuple[str, str, int]) -> _Line:
        line = self._lines.get(place)
        if line is None:
            with self._lock:
                line = self._lines.setdefault(place, _Line(place, self._connections))
        return line


class _Line:
    """The connections to one place: so many at most, the one used last is the first to be used again."""

    def __init__(self, place: tuple[str, str, int], most: int) -> None:
        scheme, host, port = place
        self.host = host if port == DEFAULT_PORTS[scheme] else f"{host}:{port}"
        """How a request names the place."""
        self._kind = HTTPSConnection if scheme == "https" else HTTPConnection
        self._place = host.strip("[]"), port
        self._turns = threading.Semaphore(most)
        self._idle: list[HTTPConnection] = []
        self._lock = threading.Lock()
        self._closed = False
        weakref.finalize(self, _close_all, self._idle)

    def take(self, connect_seconds: float, ends: float) -> HTTPConnection:
        """Return an open connection; wait for a free one if need be. Raises WireFault."""
        if not self._turns.acquire(timeout=max(ends - time.monotonic(), 0)):
            raise WireFault("connection")
        connection = None
        try:
            while (connection := self._kept()) is not None:
                if connection.is_connected:
                    return connection
                connection.close()
            return self._opened(min(connect_seconds, ends - time.monotonic()))
        except BaseException:
            if connection is not None:
                connection.close()
            self._turns.release()
            raise

    def give(self, connection: HTTPConnection, *, reusable: bool) -> None:
        """Give back a connection, to be used again or not."""
        try:
            with self._lock:
                kept = reusable and not self._closed
                if kept:
                    self._idle.append(connection)
            if not kept:
                connection.close()
        finally:
            self._turns.release()

    def close(self) -> None:
        """Close what nobody uses; what is in use is closed when it is given back."""
        with self._lock:
            self._closed = True
            _close_all(self._idle)

    def _kept(self) -> HTTPConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _opened(self, seconds: float) -> HTTPConnection:
        if seconds <= 0:
            raise WireFault("connection")
        host, port = self._place
        connection = self._kind(host, port, timeout=seconds)
        try:
            connection.connect()
        except BaseException as error:
            connection.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                raise WireFault("certificate") from None
            if isinstance(error, TimeoutError):
                raise WireFault("timeout") from None
            if isinstance(error, OSError):
                raise WireFault("dropped") from None
            if isinstance(error, HTTPError):  # no such host, nobody listens, no answer in time
                raise WireFault("connection") from None
            raise
        return connection


def _close_all(connections: list[HTTPConnection]) -> None:
    while connections:
        connections.pop().close()


class _Live:
    """An answer whose body is still to be read. Closed, its connection goes back, whatever became of it."""

    def __init__(self, exchange: Exchange, line: _Line, connection: HTTPConnection) -> None:
        self._exchange, self._line = exchange, line
        self._connection: HTTPConnection | None = connection

    def pieces(self) -> Iterator[bytes]:
        """Yield the decoded body as it comes. Raises WireFault."""
        return self._exchange.body()

    def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            self._line.give(connection, reusable=self._exchange.reusable)


def _target(url: str) -> str:
    """Return path and query as they are sent."""
    target = url.split("://", 1)[1].partition("#")[0]
    slash = min((at for at in (target.find("/"), target.find("?")) if at >= 0), default=len(target))
    path = target[slash:] if target[slash : slash + 1] == "/" else f"/{target[slash:]}"
    return path if _ENCODED.fullmatch(path) else quote(path, safe=_KEPT)


def _read_body(exchange: Exchange, response: Response, request: Request) -> None:
    if (exchange.announced or 0) > request.most_bytes:
        response.fault = "too_large"
        return
    first, more = b"", bytearray()
    for piece in exchange.body():
        if len(first) + len(more) + len(piece) > request.most_bytes:
            response.fault = "too_large"
            return
        if first:
            more += piece
        else:
            first = piece
    response.data = b"".join((first, more)) if more else first
    if request.json and 200 <= response.status < 300 and response.status not in NO_BODY:
        try:
            response.value = (request.parse or parse_json)(response.data)
        except ValueError:
            response.fault = "malformed"
