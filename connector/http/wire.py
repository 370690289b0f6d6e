"""One try of one request over pooled connections, bounded in every direction. Raises nothing for a fault."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError as ConnectTimeout
from urllib3.exceptions import (
    DecodeError,
    EmptyPoolError,
    HTTPError,
    IncompleteRead,
    NewConnectionError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as TransportTimeout

from connector.http.addresses import origin
from connector.http.answer import Fault, Request, Response, parse_json
from connector.http.redaction import quieten_transport

PIECE: Final = 1 << 20
BUFFER: Final = 1 << 16
NO_BODY: Final = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for one try as a whole."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0


class _Deadline(threading.local):
    moment: float = float("inf")


_deadline: Final = _Deadline()
"""The real monotonic moment at which the try of this thread ends."""


class _BoundedSocket(io.RawIOBase):
    """Reads a socket until a moment. A timeout alone bounds the pauses, not a vendor that drips for ever."""

    def __init__(self, raw: io.RawIOBase, connected: socket.socket) -> None:
        self._raw = raw
        self._socket = connected
        self._pause = connected.gettimeout()
        self._end = _deadline.moment

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._socket.settimeout(left if self._pause is None else min(self._pause, left))
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_BoundedSocket(raw, sock), BUFFER)


class _Connection(HTTPConnection):
    response_class = _BoundedResponse


class _TlsConnection(HTTPSConnection):
    response_class = _BoundedResponse


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class Wire:
    """Connections to a vendor, kept open between requests. Safe for many threads."""

    def __init__(self, timeouts: Timeouts, connections: int) -> None:
        quieten_transport()
        self._timeouts = timeouts
        self._connections = connections
        self._pools: dict[tuple[str, str, int], urllib3.HTTPConnectionPool] = {}
        self._lock = threading.Lock()

    def try_once(self, request: Request, headers: Mapping[str, str], *, stream: bool = False) -> Response:
        """Send a request once. A fault is a member of the result; a streamed good answer is left ``live``."""
        seconds = self._timeouts.total if request.total_seconds is None else request.total_seconds
        _deadline.moment = time.monotonic() + seconds
        live: urllib3.BaseHTTPResponse | None = None
        try:
            live = self._send(request, headers, seconds)
            response = Response(live.status, live.reason or "", live.headers)
            if stream and 200 <= live.status < 300:
                response.live, live = live, None
            else:
                _read_body(live, response, request)
        except HTTPError as error:
            return Response(fault=fault_of(error), status=live.status if live else 0)
        finally:
            _deadline.moment = float("inf")
            if live is not None:
                _put_back(live)
        return response

    def close(self) -> None:
        """Close every idle connection."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()

    def _send(self, request: Request, headers: Mapping[str, str], seconds: float) -> urllib3.BaseHTTPResponse:
        place = origin(request.url)
        target = request.url.split("://", 1)[1].partition("#")[0]
        slash = min((at for at in (target.find("/"), target.find("?")) if at >= 0), default=len(target))
        path = target[slash:] if target[slash : slash + 1] == "/" else f"/{target[slash:]}"
        limits = urllib3.Timeout(
            connect=min(self._timeouts.connect, seconds), read=min(self._timeouts.read, seconds), total=seconds
        )
        return self._pool(place).urlopen(
            request.method,
            path,
            body=request.body,
            headers=headers,
            retries=False,
            redirect=False,
            assert_same_host=False,
            timeout=limits,
            pool_timeout=seconds,  # type: ignore[arg-type]  # queue.get takes parts of a second
            preload_content=False,
            decode_content=True,
        )

    def _pool(self, place: tuple[str, str, int]) -> urllib3.HTTPConnectionPool:
        pool = self._pools.get(place)
        if pool is None:
            with self._lock:
                scheme, host, port = place
                kind = _TlsPool if scheme == "https" else _Pool
                pool = self._pools.setdefault(place, kind(host, port, maxsize=self._connections, block=True))
        return pool


def _put_back(live: urllib3.BaseHTTPResponse) -> None:
    # What is left of a body would be taken for the next answer: such a connection is closed, not kept.
    if live.closed:
        live.release_conn()
    else:
        live.close()
        live.release_conn()


def _read_body(live: urllib3.BaseHTTPResponse, response: Response, request: Request) -> None:
    pieces, size = [], 0
    while piece := live.read(PIECE):
        size += len(piece)
        if size > request.most_bytes:
            response.fault = "too_large"
            return
        pieces.append(piece)
    response.data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if request.json and 200 <= response.status < 300 and response.status not in NO_BODY:
        try:
            response.value = parse_json(response.data)
        except ValueError:
            response.fault = "malformed"


def fault_of(error: HTTPError) -> Fault:
    """Return what went wrong; the transport's own sentence holds addresses and is not kept."""
    if isinstance(error, SSLError):
        inner = error.args[0] if error.args else None
        return "certificate" if isinstance(inner, ssl.SSLCertVerificationError) else "dropped"
    if isinstance(error, (NewConnectionError, ConnectTimeout, EmptyPoolError)):
        return "connection"
    if isinstance(error, TransportTimeout):
        return "timeout"
    if isinstance(error, IncompleteRead):
        return "truncated"
    if isinstance(error, DecodeError):
        return "malformed"
    return "truncated" if _cut_short(error) else "dropped"


def _cut_short(error: HTTPError) -> bool:
    return any(isinstance(cause, http.client.IncompleteRead | IncompleteRead) for cause in error.args)
