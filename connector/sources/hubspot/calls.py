"""HubSpot's own client library, with its transport replaced by ours and its models left out.

``hubspot-api-client`` builds addresses, headers and bodies; every byte goes through the pool handed in, which knows
time limits, retry, token and budget. Nothing else of the library is used: its models cost 17 ms per 100 records,
and its ``api_request`` has no timeout (sources.md 3.1).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlencode

from connector.errors import VendorUnavailable
from connector.http.answer import Parse, parse_json
from connector.sources.hubspot.answers import LATER, TOO_LARGE, Answer


@lru_cache(maxsize=256)
def _part(name: str, value: str) -> str:
    """One part of a query. The list of all properties stands in every address of a stream: it is written once."""
    if value.isascii() and value.isalnum():  # a cursor
        return f"{name}={value}"
    return urlencode({name: value})


class Transport(Protocol):
    """What the library calls to send a request: :class:`connector.http.pool.VendorPool`."""

    def request(self, method: str, url: str, **options: Any) -> Any:
        """Return a response with ``status``, ``headers`` and ``data``."""
        ...


class _Reading(threading.local):
    """The transport as the library calls it. ``parse`` reads what the calling thread is answered next."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self.parse: Parse | None = None

    def request(self, method: str, url: str, **options: Any) -> Any:
        return self._transport.request(method, url, **options, **({"parse": self.parse} if self.parse else {}))


class HubspotCalls:
    """Calls over one connection, see :class:`~connector.sources.hubspot.answers.Call`. Safe for many threads."""

    def __init__(self, base_url: str, transport: Transport, clock: Callable[[], datetime]) -> None:
        # The library takes a second to load, and who only lists commands does not need it.
        from hubspot.crm.objects.api_client import ApiClient  # type: ignore[import-untyped]  # noqa: PLC0415
        from hubspot.crm.objects.configuration import Configuration  # type: ignore[import-untyped]  # noqa: PLC0415
        from hubspot.crm.objects.exceptions import ApiException  # type: ignore[import-untyped]  # noqa: PLC0415

        configuration = Configuration()
        configuration.host = base_url.rstrip("/")
        self._client = ApiClient(configuration)
        self._reading = self._client.rest_client.pool_manager = _Reading(transport)
        self._refused: type[Exception] = ApiException
        self._clock = clock
        self._lock = threading.Lock()
        self._behind = timedelta(0)
        self.answered = False
        """Whether any answer has come, and with it the vendor's time."""

    @property
    def behind(self) -> timedelta:
        """How far the vendor's clock is behind ours, as far as its answers have shown; never below zero."""
        return self._behind

    def __call__(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        parse: Parse | None = None,
    ) -> Answer:
        """Return the answer, whatever its status; ``parse`` makes the body of a good one.

        Raises the errors of :mod:`connector.http`.
        """
        headers = {"Accept": "application/json"}
        self._reading.parse = parse
        try:
            response = self._client.call_api(
                f"{path}?{'&'.join(_part(*each) for each in query.items())}" if query else path,
                method,
                header_params=headers,
                body=body,
                _preload_content=False,
            )
        except self._refused as error:
            return self._refusal(error, f"{method} {path}")
        served_at, place = self._served_at(response.headers), f"{method} {path}"
        if getattr(response, "fault", "") == "too_large":
            return Answer(TOO_LARGE, {"message": "The answer is longer than we take in."}, served_at, place)
        return Answer(response.status, self._value(response, place), served_at, place)

    def _refusal(self, error: Any, place: str) -> Answer:
        told, headers = (error.body or "").strip(), error.headers or {}
        try:
            value = parse_json(told.encode()) if told else {}
        except ValueError:
            value = None
        moved_to = str(headers.get("Location") or "")
        return Answer(int(error.status or 0), value, self._served_at(headers), place, moved_to)

    @staticmethod
    def _value(response: Any, place: str) -> Any:
        parsed = getattr(response, "value", None)
        if parsed is not None:
            return parsed
        try:
            return parse_json(response.data)
        except ValueError:
            raise VendorUnavailable("HubSpot's answer cannot be read.", place=place, remedy=LATER) from None

    def _served_at(self, headers: Mapping[str, str]) -> datetime | None:
        self.answered = True
        told = headers.get("Date")
        if not told:
            return None
        try:
            served_at = parsedate_to_datetime(told)
        except ValueError:
            return None
        served_at = served_at if served_at.tzinfo else served_at.replace(tzinfo=UTC)
        behind = self._clock() - served_at
        if behind > self._behind:
            with self._lock:
                self._behind = max(self._behind, behind)
        return served_at
