"""Takes a browser back from a vendor's consent page: waits on this machine for the code of a sign-in by OAuth."""

from __future__ import annotations

import hmac
import secrets
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from connector.errors import ConnectionRefused, UserError, quote

LONGEST_LINE = 8192


class Loopback:
    """Waits on 127.0.0.1 for the browser to come back from the consent page. Use it in a ``with`` block."""

    def __init__(self, port: int = 0, vendor: str = "the vendor", back_to: str = "http://localhost:{port}/") -> None:
        """``port`` is the one of the app's redirect address; 0 takes a free one. Raises UserError when it is taken.

        ``vendor`` is named in errors; ``back_to`` is the redirect address, with the port to be put in.
        """
        self.state = secrets.token_urlsafe(32)
        self._vendor = vendor
        self._back_to = back_to
        self._came: dict[str, str] = {}
        try:
            self._server = _Server(("127.0.0.1", port), self)
        except OSError as error:
            raise UserError(
                f"Port {port} of this machine is taken.", place="sign-in", remedy="Close what uses it and try again."
            ) from error

    @property
    def redirect_uri(self) -> str:
        """The address that the app must have listed as a redirect address."""
        return self._back_to.replace("{port}", str(self._server.server_address[1]))

    def wait(self, seconds: float, clock: Any) -> str:
        """Return the code that the browser brings within some seconds; ``clock`` is a connector.http.clock.Clock.

        Raises ConnectionRefused when the person said no or nobody came. A request with another state is not ours
        and changes nothing.
        """
        ends = clock.monotonic() + seconds
        while not self._came and (left := ends - clock.monotonic()) > 0:
            self._server.timeout = left
            self._server.handle_request()
        if "code" in self._came:
            return self._came["code"]
        said = self._came.get("error_description") or self._came.get("error")
        raise ConnectionRefused(
            f"{self._vendor} did not grant access: {quote(said)}."
            if said
            else f"Nobody came back from {self._vendor} in time.",
            place="sign-in",
            remedy="Start the sign-in again and allow access in the browser.",
        )

    def take(self, target: str) -> bool:
        """Keep what a request brings; say whether it was the one waited for."""
        parts = urlsplit(target)
        brought = {name: values[0] for name, values in parse_qs(parts.query).items()}
        known = hmac.compare_digest(brought.get("state", "").encode(), self.state.encode())
        if parts.path != urlsplit(self._back_to).path or not known or not ({"code", "error"} & brought.keys()):
            return False
        self._came = self._came or brought
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.server_close()


class _Server(HTTPServer):
    def __init__(self, address: tuple[str, int], owner: Loopback) -> None:
        self.owner = owner
        super().__init__(address, _Visit)

    def server_bind(self) -> None:
        """Bind without asking a name server for our name, which can take seconds."""
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay quiet: a browser that hangs up early is no concern of ours."""


class _Visit(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5

    def do_GET(self) -> None:
        """Answer the browser; what it brought is kept by the owner."""
        ours = self.server.owner.take(self.path[:LONGEST_LINE])
        text = b"You can close this window and go back to Puente." if ours else b"Not found."
        try:
            self.send_response(200 if ours else 404)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(text)
        except OSError:
            self.close_connection = True

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: the request line carries the code."""
