"""A threaded HTTP/1.1 server that keeps connections open and can be stopped at once."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread

from connector.sandbox.http.message import Answer, Request

PARTS = 8
"""Parts in which a dripped answer comes."""
Handle = Callable[[Request], Answer]


class Server:
    """Serves one handler on 127.0.0.1. ``now`` dates the answers."""

    def __init__(self, handle: Handle, now: Callable[[], datetime], port: int = 0) -> None:
        self.handle = handle
        self.now = now
        self.stopping = Event()
        self._open: set[socket.socket] = set()
        self._lock = Lock()
        self._listener = _Listener(("127.0.0.1", port), self)
        self._thread = Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.server_address[1]}"

    def start(self) -> None:
        """Begin to answer, in threads of its own."""
        self._thread.start()

    def wait(self) -> None:
        """Return when the server has been stopped."""
        self._thread.join()

    def stop(self) -> None:
        """Close every connection and return when no thread is left."""
        self.stopping.set()
        self._listener.shutdown()
        with self._lock:
            for connection in self._open:
                _shut(connection)
        self._listener.server_close()
        self._thread.join()

    def opened(self, connection: socket.socket) -> None:
        """Remember a connection so that it can be closed at the end."""
        with self._lock:
            self._open.add(connection)
            if self.stopping.is_set():
                _shut(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._lock:
            self._open.discard(connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:  # the caller was faster
        return


class _Listener(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], server: Server) -> None:
        self.owner = server
        super().__init__(address, _Conversation)

    def server_bind(self) -> None:
        """Bind without asking a name server for our name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()
        self.server_address, self.server_name, self.server_port = (host, port), host, port

    def handle_error(self, request: object, client_address: object) -> None:
        """Stay quiet: callers break connections on purpose."""


class _Conversation(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Listener

    def setup(self) -> None:
        super().setup()
        self.server.owner.opened(self.connection)

    def finish(self) -> None:
        self.server.owner.closed(self.connection)
        try:
            super().finish()
        except OSError:  # nobody listens any more
            return

    def log_message(self, *args: object) -> None:
        """Say nothing; the stand-in keeps its own log."""

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length) if length else b"")
        answer = self.server.owner.handle(request)
        if answer.wait_seconds and answer.delivery != "dripped":
            self.server.owner.stopping.wait(answer.wait_seconds)
        if answer.delivery == "dropped":
            self.close_connection = True
            return
        self._send(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the names that http.server asks for

    def _send(self, answer: Answer) -> None:
        body = answer.body()
        if answer.delivery == "halved":
            body = body[: len(body) // 2]
        self.wfile.write(self._head(answer, len(body)))
        if answer.delivery == "truncated":
            body = body[: len(body) // 2]
            self.close_connection = True
        for part in _parts(body, answer):
            self.wfile.write(part)
            self.wfile.flush()
            if answer.delivery == "dripped" and self.server.owner.stopping.wait(answer.wait_seconds):
                return

    def _head(self, answer: Answer, length: int) -> bytes:
        phrase = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus._value2member_map_ else "Unknown"
        moment = self.server.owner.now().astimezone(UTC)
        headers = {
            "Date": format_datetime(moment, usegmt=True),
            "Content-Type": answer.type(),
            "Content-Length": str(length),
        } | answer.headers
        lines = [f"HTTP/1.1 {answer.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _parts(body: bytes, answer: Answer) -> Iterator[bytes]:
    if answer.delivery != "dripped":
        yield body
        return
    size = len(body) // PARTS + 1
    for start in range(0, len(body), size):
        yield body[start : start + size]
