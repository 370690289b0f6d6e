"""One try of one request over pooled connections, bounded in every direction. Raises nothing for a fault."""

from __future__ import annotations

import http.client
import io
import re
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import FunctionType
from typing import IO, Any, Final

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


_PLAIN_HEADER: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\xa0-\xff]*)\r?\n")
"""A header on a line of its own (RFC 9112, 5), without the odd line ends that a parser of emails knows."""
_BLANK: Final = (b"\r\n", b"\n", b"")
_LONGEST_LINE: Final = 65_536
_MOST_LINES: Final = 100
"""The limits of ``http.client``."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for one try as a whole."""

    connect: float = 10.0
    read: float = 30.0
    total: float = 120.0


class _Try(threading.local):
    ends: float = float("inf")
    """The real monotonic moment at which the try of this thread ends."""
    target: str = ""
    """Path and query to send as they are, in place of those the pool was given; empty for those."""


_try: Final = _Try()

_ONCE: Final = urllib3.Retry(False, redirect=False)  # as the pool makes it of retries=False, for every request anew

_ENCODED: Final = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?]+|%[0-9A-F]{2})+")
"""Path and query that need no encoding any more (RFC 3986, 3.3 and 3.4)."""


class _BoundedSocket(io.RawIOBase):
    """Reads a socket until a moment. A timeout alone bounds the pauses, not a vendor that drips for ever."""

    def __init__(self, raw: io.RawIOBase, connected: socket.socket) -> None:
        self._raw = raw
        self._socket = connected
        self._pause = connected.gettimeout()
        self._end = _try.ends

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


def _parse_headers(file: IO[bytes], *_: Any, **__: Any) -> http.client.HTTPMessage:
    """Read headers as ``http.client.parse_headers`` does, plain ones without its parser of whole emails.

    It is several times slower with every answer. Whatever is not plain it still gets to see.
    """
    lines: list[bytes] = []
    while not lines or lines[-1] not in _BLANK:
        lines.append(file.readline(_LONGEST_LINE + 1))
        if len(lines[-1]) > _LONGEST_LINE:
            raise http.client.LineTooLong("header line")
        if len(lines) > _MOST_LINES:
            raise http.client.HTTPException(f"got more than {_MOST_LINES} headers")
    found = [_PLAIN_HEADER.fullmatch(line) for line in lines[:-1]]
    if not all(found) or not lines[-1]:
        return http.client.parse_headers(io.BytesIO(b"".join(lines)))
    headers = http.client.HTTPMessage()
    for match in found:
        assert match is not None
        headers.set_raw(match[1].decode("latin-1"), match[2].decode("latin-1"))
    return headers


_begin: Final = FunctionType(
    http.client.HTTPResponse.begin.__code__, vars(http.client) | {"parse_headers": _parse_headers}, "begin"
)
"""How ``http.client`` begins to read an answer, whatever its version, with our reader of headers."""


class _BoundedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *arguments: Any, **options: Any) -> None:
        super().__init__(sock, *arguments, **options)
        raw = self.fp.detach()
        self.fp = io.BufferedReader(_BoundedSocket(raw, sock), BUFFER)

    def begin(self) -> None:
        _begin(self)


class _Connection(HTTPConnection):
    response_class = _BoundedResponse

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> None:
        super().request(method, _try.target or url, *arguments, **options)


class _TlsConnection(HTTPSConnection):
    response_class = _BoundedResponse

    def request(self, method: str, url: str, *arguments: Any, **options: Any) -> None:
        super().request(method, _try.target or url, *arguments, **options)


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
        _try.ends = time.monotonic() + seconds
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
            _try.ends, _try.target = float("inf"), ""
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
        if _ENCODED.fullmatch(path):  # the pool would look at every character of it twice, which costs 0.2 ms
            _try.target, path = path, "/"
        return self._pool(place).urlopen(
            request.method,
            path,
            body=request.body,
            headers=headers,
            retries=_ONCE,
            redirect=False,
            assert_same_host=False,
            timeout=_limits(self._timeouts, seconds),
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


@lru_cache(maxsize=64)
def _limits(timeouts: Timeouts, seconds: float) -> urllib3.Timeout:
    """Return the limits of a try; the pool copies them before it starts their clock."""
    return urllib3.Timeout(connect=min(timeouts.connect, seconds), read=min(timeouts.read, seconds), total=seconds)


def _put_back(live: urllib3.BaseHTTPResponse) -> None:
    # What is left of a body would be taken for the next answer: such a connection is closed, not kept.
    if live.closed:
        live.release_conn()
    else:
        live.close()
        live.release_conn()


def _read_body(live: urllib3.BaseHTTPResponse, response: Response, request: Request) -> None:
    data = _whole(live, request) if _is_announced(live) else _pieces(live, request)
    if data is None:
        response.fault = "too_large"
        return
    response.data = data
    if request.json and 200 <= response.status < 300 and response.status not in NO_BODY:
        try:
            response.value = parse_json(response.data)
        except ValueError:
            response.fault = "malformed"


def _is_announced(live: urllib3.BaseHTTPResponse) -> bool:
    return live.length_remaining is not None and "content-encoding" not in live.headers


def _whole(live: urllib3.BaseHTTPResponse, request: Request) -> bytes | None:
    return live.read() if (live.length_remaining or 0) <= request.most_bytes else None


def _pieces(live: urllib3.BaseHTTPResponse, request: Request) -> bytes | None:
    pieces, size = [], 0
    while piece := live.read(PIECE):
        size += len(piece)
        if size > request.most_bytes:
            return None
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


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
