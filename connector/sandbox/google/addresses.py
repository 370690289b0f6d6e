"""Google's hosts behind one address: which of them a request means."""

from __future__ import annotations

import gzip
import re
import zlib
from contextlib import suppress
from dataclasses import replace
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from connector.sandbox.http.message import Request

Api = Literal["sheets", "drive", "sign_in", "page"]
HOSTS = r"(?:sheets|www|oauth2|openidconnect|drive)\.googleapis\.com|(?:accounts|docs|drive)\.google\.com"
_PREFIX = re.compile(rf"(?:https?://[^/?#]*)?(?:/(?:{HOSTS}))?(?:/sheets(?=/v4/))?(?=/|$)")
SIGN_IN = ("/token", "/revoke", "/tokeninfo", "/o/", "/oauth2/", "/v1/userinfo", "/.well-known/")


def direct(request: Request) -> Request:
    """Return a request as the host that it means gets it.

    Its path may begin with the host's name or with ``/sheets``, may be a whole address as a proxy gets it, and a long
    GET may come as the POST that google-api-python-client makes of it. A compressed body is unpacked.
    """
    target = _PREFIX.sub("", request.target, count=1)
    body, method, headers = request.body, request.method, dict(request.headers)
    if headers.get("content-encoding") == "gzip":
        with suppress(OSError, EOFError, zlib.error):  # what is no gzip is left for the service to refuse
            body = gzip.decompress(body)
    if method == "POST" and headers.get("x-http-method-override", "").upper() == "GET":
        method, target, body = "GET", f"{target}?{urlencode(parse_qsl(body.decode()))}", b""
    return replace(request, method=method, target=target or "/", body=body)


def api_of(request: Request) -> Api:
    """Return which of Google's services a direct request is for."""
    if request.path.startswith("/v4/"):
        return "sheets"
    if request.path.startswith(("/drive/", "/upload/drive/")):
        return "drive"
    return "sign_in" if request.path.startswith(SIGN_IN) else "page"
