"""One request and its answer over one open connection. What comes back is read by llhttp, the parser of Node.js.

Nothing is taken on trust: the head of an answer is bounded in length, its body comes in pieces of bounded size, packed
or not, and the time of the whole is bounded, not only the pauses: a vendor may drip for ever.
"""

from __future__ import annotations

import re
import socket
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from urllib3 import HTTPHeaderDict

from connector.errors import UserError, quote
from connector.http.answer import Fault

PIECE: Final = 1 << 20
"""Most bytes of a decoded body that come at a time."""
LONGEST_HEAD: Final = 1 << 18
"""Most bytes without a byte of the body among them: heads, interim answers, what surrounds chunks and follows them."""

_BUFFER: Final = 1 << 16
_GZIP: Final = 16 + zlib.MAX_WBITS
_PACKED: Final = frozenset({"gzip", "x-gzip"})
_PLAIN: Final = frozenset({"", "identity"})
_WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
_FRAMING: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
"""Headers that say how a request is sent, which is not for its sender to say."""
_MEMBER: Final = b"\x1f\x8b"
_LONGEST_NUMBER: Final = 18
_HEADER: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+: [\t\x20-\x7e\xa0-\xff]*")
"""A header that is one line (RFC 9112, 5), and no more than that."""


class WireFault(Exception):
    """The answer did not come, or not whole. No sentence: those of transports hold addresses."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


class _Buffer(threading.local):
    def __init__(self) -> None:
        self.view = memoryview(bytearray(_BUFFER))


_buffer: Final = _Buffer()


def head_of(method: str, target: str, host: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """Return the first lines of a request, the blank one included. ``target`` is path and query, encoded.

    Raises UserError for a header that is more than one line, without showing its value.
    """
    lines = [f"{name}: {value}" for name, value in headers.items() if name.lower() not in _FRAMING]
    odd = [line for line in lines if not _HEADER.fullmatch(line)]
    if odd:
        raise UserError(
            f"The header {quote(odd[0].partition(':')[0])} of a request holds a character that no header may have.",
            remedy="Look for line breaks and letters outside of Latin in keys and tokens.",
        )
    if body is not None or method in _WITH_BODY:
        lines.append(f"content-length: {len(body or b'')}")
    return "\r\n".join((f"{method} {target} HTTP/1.1", f"host: {host}", *lines, "\r\n")).encode("latin-1")


class Exchange:
    """The answer to one request as it comes. ``reusable`` once its body was read and the connection may go on.

    ``pause`` is the longest silence in seconds, ``ends`` the moment of the monotonic clock at which time is up.
    """

    def __init__(self, connected: socket.socket, method: str, pause: float, ends: float) -> None:
        self.status = 0
        self.headers = HTTPHeaderDict()
        self.reusable = False
        self._socket = connected
        self._pause, self._ends = pause, ends
        self._is_bare = method == "HEAD"
        self._reason = b""
        self._lines: list[tuple[str, str]] = []
        self._pieces: list[bytes] = []
        self._length = 0
        self._begun = self._whole = self._keeps = self._spoilt = False
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        # Old servers end lines by LF alone and write blanks behind the sizes of chunks; both mean one thing only.
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True)

    @property
    def reason(self) -> str:
        """The words behind the status."""
        return self._reason.decode("latin-1")

    def send(self, head: bytes, body: bytes | None) -> None:
        """Send a request and read up to the body of its answer. Raises WireFault."""
        self._socket.settimeout(min(self._pause, self._left()))
        try:
            self._socket.sendall(head + body if body else head)
        except TimeoutError:
            raise WireFault("timeout") from None
        except (BrokenPipeError, ConnectionResetError):
            pass  # the vendor may have said why before it hung up
        except OSError:
            raise WireFault("dropped") from None
        while not self._begun:
            self._receive()

    @property
    def announced(self) -> int | None:
        """The bytes of a body that is still to come as told, None where they are not told or packed."""
        told = self.headers.get("content-length", "")
        is_known = told.isdecimal() and len(told) <= _LONGEST_NUMBER and self._encoding() in _PLAIN
        return int(told) if is_known and not self._whole else None

    def body(self) -> Iterator[bytes]:
        """Yield the decoded body as it comes, in pieces of at most :data:`PIECE`. Raises WireFault."""
        encoding = self._encoding()
        if encoding in _PLAIN:
            return self._raw()
        return _unpacked(self._raw(), encoding)

    # --- called by the parser -------------------------------------------------------------------------

    def on_status(self, text: bytes) -> None:
        if not self._begun:
            self._reason += text

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._begun:  # what follows a body is of no use
            self._lines.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        parser = self._parser
        if self._begun or parser is None:  # a second answer that nobody asked for
            self._spoilt = True
            return
        status = parser.get_status_code()
        if status < 200:  # more follows
            self._reason, self._lines = b"", []
            return
        self.status, self.headers = status, HTTPHeaderDict(self._lines)
        self._keeps = parser.should_keep_alive()
        self._begun, self._whole = True, self._is_bare

    def on_body(self, piece: bytes) -> None:
        self._spoilt |= self._whole
        self._length = 0
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        self._whole |= self._begun

    # --------------------------------------------------------------------------------------------------

    def _encoding(self) -> str:
        return (self.headers.get("content-encoding") or "").strip().lower()

    def _left(self) -> float:
        left = self._ends - time.monotonic()
        if left <= 0:
            raise WireFault("timeout")
        return left

    def _raw(self) -> Iterator[bytes]:
        while True:
            pieces, self._pieces = self._pieces, []
            if pieces and not self._is_bare:
                yield pieces[0] if len(pieces) == 1 else b"".join(pieces)
            if self._whole:
                break
            self._receive()
        self._parser = None  # it holds this exchange, which would outlive its use
        self.reusable = self._keeps and not self._spoilt

    def _receive(self) -> None:
        assert self._parser is not None
        left = self._left()
        if left < self._pause:
            self._socket.settimeout(left)
        try:
            size = self._socket.recv_into(_buffer.view)
        except TimeoutError:
            raise WireFault("timeout") from None
        except OSError:
            raise WireFault("dropped") from None
        if not size:
            self._end()
            return
        self._length += size
        try:
            self._parser.feed_data(_buffer.view[:size])
        except (HttpParserError, HttpParserUpgrade):
            self._spoilt = True
            if not self._whole:
                raise self._broken() from None
        if self._length > LONGEST_HEAD:
            raise self._broken()

    def _broken(self) -> WireFault:
        return WireFault("truncated" if self._begun else "dropped")

    def _end(self) -> None:
        """The vendor has hung up, which ends a body that does not tell where it ends."""
        is_chunked = "chunked" in self.headers.get("transfer-encoding", "").lower()
        if not self._begun or is_chunked or "content-length" in self.headers:
            raise self._broken()
        self._whole = self._spoilt = True


def _unpacked(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    work = zlib.decompressobj(_GZIP)
    begun = False
    for piece in pieces:
        rest = piece
        while rest:
            if encoding not in _PACKED:  # nobody asked for anything else
                raise WireFault("malformed")
            if work.eof:  # another part may follow the first; anything else is padding
                if not rest.startswith(_MEMBER):
                    break
                work = zlib.decompressobj(_GZIP)
            begun = True
            try:
                found = work.decompress(rest, PIECE)
            except zlib.error:
                raise WireFault("malformed") from None
            rest = work.unused_data if work.eof else work.unconsumed_tail
            yield found
    if begun and not work.eof:
        raise WireFault("truncated")
