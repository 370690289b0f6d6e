"""A server of the sandbox while it runs: where it is, and how it ends."""

from __future__ import annotations

from connector.sandbox.http.server import Server


class Running:
    """Starts and stops the server that a stand-in answers with."""

    _server: Server

    @property
    def url(self) -> str:
        return self._server.url

    def start(self) -> None:
        """Begin to answer."""
        self._server.start()

    def stop(self) -> None:
        """Stop answering and close every connection. May be called twice."""
        if not self._server.stopping.is_set():
            self._server.stop()

    def wait(self) -> None:
        """Return when the stand-in has been stopped."""
        self._server.wait()
