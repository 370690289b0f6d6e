"""Our client in the place of urllib3's pool, so that a vendor's library sends everything through it.

``api_client.rest_client.pool_manager = VendorPool(client, route)`` is all it takes with hubspot-api-client 12.0.0,
whose ``rest.py`` calls nothing but :meth:`VendorPool.request`. Errors of Puente pass through the library as they
are; answers that the table leaves to the caller come back as the library's ``ApiException``, whose text holds no
secret because the answer holds none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import urllib3

from connector.http.answer import Request, Response
from connector.http.client import Client

Fields = Mapping[str, Any] | Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class Route:
    """What a vendor's paths mean to the client: the family of the budget, and whether asking twice does no harm."""

    family: str = ""
    repeatable: bool = False
    json: bool = True


class VendorPool:
    """Has the part of urllib3.PoolManager that generated vendor libraries use."""

    def __init__(self, client: Client, route: Callable[[str, str], Route]) -> None:
        """``route`` gets the method and the path of a request."""
        self._client = client
        self._route = route

    def request(
        self,
        method: str,
        url: str,
        body: bytes | str | None = None,
        fields: Fields | None = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Response:
        """Send a request; ``fields`` are the query of a GET or the form of a POST, as urllib3 has it.

        The body always comes whole (``preload_content`` changes nothing); a ``timeout`` with a total bounds one try,
        otherwise the client's own limits hold. ``parse`` reads a good answer. Raises as :meth:`Client.send`.
        """
        route = self._route(method, _path_of(url))
        # The vendor shall see who asks, not which generator wrote the library.
        sent = {name: value for name, value in (headers or {}).items() if name.lower() != "user-agent"}
        if fields and method in ("GET", "HEAD", "DELETE", "OPTIONS"):
            url = f"{url}{'&' if '?' in url else '?'}{urlencode(fields)}"
        elif fields is not None and body is None:
            body, kind = _form(fields, multipart=bool(options.get("encode_multipart", True)))
            sent = {name: value for name, value in sent.items() if name.lower() != "content-type"}
            sent["Content-Type"] = kind
        total = getattr(options.get("timeout"), "total", None)
        return self._client.send(
            Request(
                method,
                url,
                family=route.family,
                headers=sent,
                body=body.encode() if isinstance(body, str) else body,
                repeatable=route.repeatable,
                json=route.json and method != "HEAD",
                parse=options.get("parse"),
                total_seconds=total if isinstance(total, int | float) else None,
            )
        )

    def clear(self) -> None:
        """Close idle connections, as urllib3's pool manager does."""
        self._client.close()


def _path_of(url: str) -> str:
    """Return the path of an address; ``urlsplit`` also checks it, which the client does once for each host."""
    place = re.match(r"(?:[^:/?#]*:)?(?://[^/?#]*)?([^?#]*)", url)
    return place[1] if place else ""


def _form(fields: Fields, *, multipart: bool) -> tuple[bytes, str]:
    if multipart:
        return urllib3.encode_multipart_formdata(fields)
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"
