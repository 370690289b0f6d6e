"""Judges requests on their way: an adapter that leads gspread to a local server, and a judge of a server's own log.

A request that Google's documents do not allow raises :class:`InvalidRequest`, an AssertionError: the test fails at the
line that sent it, whatever the server would have answered.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from tests.google.discovery import faults

HOSTS = {
    "https://sheets.googleapis.com": ("/v4/", "/$discovery/"),
    "https://www.googleapis.com": ("/drive/", "/upload/drive/", "/resumable/upload/drive/"),
}
"""Google's hosts and the paths that are theirs; what lies elsewhere (tokens, pages) is described by no document."""


class InvalidRequest(AssertionError):
    """A request that Google would refuse by its form."""


def check(verb: str, url: str, body: bytes | str | None = None, content_type: str = "") -> None:
    """Raise InvalidRequest for a request that Google's documents do not allow. ``url`` is Google's or a stand-in's."""
    address = google_address(url)
    found = faults(verb, address, body, content_type) if address else []
    if found:
        raise InvalidRequest("\n".join([f"{verb} {url}", *found]))


def google_address(url: str) -> str:
    """Return where at Google a request to a stand-in would have gone; empty for an address that no document describes.

    ``/v4/spreadsheets?x=1``, ``http://127.0.0.1:1/v4/...`` and ``http://127.0.0.1:1/sheets/v4/...`` are the same.
    """
    if url.startswith(("https://sheets.googleapis.com/", "https://www.googleapis.com/")):
        return url
    parts = urlsplit(url)
    path = parts.path.removeprefix("/sheets") if parts.path.startswith("/sheets/v4/") else parts.path
    for host, beginnings in HOSTS.items():
        if path.startswith(beginnings):
            return f"{host}{path}" + (f"?{parts.query}" if parts.query else "")
    return ""


class Redirect(HTTPAdapter):
    """Judges each request and sends it to ``base`` instead of Google. Mount it on a session for ``https://``."""

    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base.rstrip("/")
        self.sent: list[tuple[str, str, int]] = []
        """Verb, address at Google and bytes of the body of each request."""

    def send(self, request: requests.PreparedRequest, **more: Any) -> requests.Response:  # type: ignore[override]
        verb, url = request.method or "", request.url or ""
        check(verb, url, request.body, request.headers.get("Content-Type", ""))
        self.sent.append((verb, url, len(request.body or b"")))
        for host in HOSTS:
            if url.startswith(f"{host}/"):
                request.url = self.base + url.removeprefix(host)
        return super().send(request, **more)


def redirected(base: str, token: str = "") -> tuple[requests.Session, Redirect]:
    """Return a session, such as gspread takes, whose requests to Google are judged and go to ``base``."""
    session, adapter = requests.Session(), Redirect(base)
    session.mount("https://", adapter)
    session.trust_env = False
    if token:
        session.headers["Authorization"] = f"Bearer {token}"
    return session, adapter
