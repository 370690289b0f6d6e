"""Send other people's readers of HubSpot to a server of ours, whatever host they mean to talk to.

Python imports this module by itself when its folder is on PYTHONPATH. Every request of the library ``requests`` that
would leave for an https host goes to $PEER_REDIRECT, the host's name in X-Orig-Host.
"""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

TARGET = os.environ["PEER_REDIRECT"]

_send = HTTPAdapter.send


def redirected(self: HTTPAdapter, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
    """Send a request to our server instead of its own."""
    parts = urlsplit(str(request.url))
    if parts.scheme == "https":
        request.headers["X-Orig-Host"] = parts.netloc
        request.url = TARGET + parts.path + (f"?{parts.query}" if parts.query else "")
    return _send(self, request, *args, **options)


HTTPAdapter.send = redirected
