"""The client of one connection: signs, takes from the budget, tries, and does what the table says."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from connector.errors import PuenteError, QuotaExhausted, VendorUnavailable
from connector.http.addresses import check_host, origin
from connector.http.answer import Request, Response
from connector.http.clock import REAL, Clock
from connector.http.exchange import WireFault
from connector.http.redaction import SECRET_HEADERS, Token, shown_address, without
from connector.http.refusals import refusal
from connector.http.retry import Action, Policy, rate_facts, retry_after
from connector.http.tokens import TokenSource
from connector.http.wire import Timeouts, Wire

logger = logging.getLogger(__name__)

STANDARD_HEADERS: Final = {"user-agent": "Puente", "accept": "application/json", "accept-encoding": "gzip"}
QUOTA_NOTED_SECONDS: Final = 60.0
"""So long no thread of this client asks again after the end of the quota."""


class Allowance(Protocol):
    """How many requests may be made: :class:`connector.http.budget.Budget`."""

    def take(self, family: str, patience_seconds: float) -> None:
        """Wait for the turn of one request."""
        ...

    def block(self, family: str, seconds: float) -> None:
        """Keep everybody from asking for a while."""
        ...

    def exhaust(self, until: datetime) -> None:
        """Keep everybody from asking until the quota of the day comes back."""
        ...

    def learn(self, limit: str, count: int, seconds: float) -> None:
        """Take over what the vendor says about a limit."""
        ...

    def close(self) -> None:
        """Close what is open; another call opens it again."""
        ...


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """How a client behaves. ``connections`` is the most it keeps to one host; more threads wait for one."""

    policy: Policy = field(default_factory=Policy)
    timeouts: Timeouts = field(default_factory=Timeouts)
    connections: int = 16
    scheme: str = "Bearer"
    clock: Clock = REAL


@dataclass(slots=True)
class _Call:
    """State of one call over all its tries; nothing of it outlives the call."""

    request: Request
    started: float
    tries: int = 0
    renewed: bool = False
    token: Token | None = None


@dataclass(slots=True)
class _Quota:
    """What a vendor last said of the day's quota."""

    until: datetime | None = None
    noted: float = field(default=float("-inf"))
    remaining: int | None = None


class Client:
    """One connection to one vendor. Safe for many threads."""

    def __init__(
        self,
        allowed: frozenset[str],
        token: TokenSource | None = None,
        budget: Allowance | None = None,
        options: ClientOptions | None = None,
    ) -> None:
        """``allowed`` holds the hosts that may be asked, see :func:`~connector.http.addresses.check_host`."""
        self.options = options or ClientOptions()
        self._allowed = allowed
        self._token = token
        self._budget = budget
        self._wire = Wire(self.options.timeouts, self.options.connections)
        self._origins: set[tuple[str, str, int]] = set()
        self._quota = _Quota()
        self._quota_lock = threading.Lock()

    def send(self, request: Request) -> Response:
        """Return the vendor's answer: a good one, or one that the table leaves to the caller (``fail``).

        Raises ConnectionRefused, MissingScope, NotInAccount, VendorUnavailable, QuotaExhausted, and UserError for
        a host that is not allowed.
        """
        return self._call(request, stream=False)

    @contextmanager
    def stream(self, request: Request) -> Iterator[Iterator[bytes]]:
        """Give the pieces of a good answer's decoded body as they come, bounded by ``request.most_bytes``.

        Tries again only until the body begins; one that ends early raises VendorUnavailable, and the caller, who
        knows what it has kept, asks again. An answer that :meth:`send` would leave to the caller is refused.
        """
        response = self._call(request, stream=True)
        if response.live is None:
            raise self._error("refuse", _Call(request, 0.0), response)
        try:
            yield self._pieces(request, response)
        finally:
            response.live.close()

    @property
    def daily_remaining(self) -> int | None:
        """Requests that the vendor says are left today; None when it has not said."""
        return self._quota.remaining

    def close(self) -> None:
        """Close idle connections and the budget's file. A later request opens them again."""
        self._wire.close()
        if self._budget is not None:
            self._budget.close()

    def _call(self, request: Request, *, stream: bool) -> Response:
        self._check(request.url)
        call = _Call(request, self.options.clock.monotonic())
        while True:
            self._wait_for_turn(call)
            call.token = self._token.current() if self._token else None
            call.tries += 1
            response = self._wire.try_once(request, self._headers(call), stream=stream)
            is_over = False
            try:
                self._learn(request.family, response)
                is_over = self._is_over(call, response)
            finally:
                if response.live is not None and not is_over:
                    response.live.close()
            if is_over:
                return response

    def _is_over(self, call: _Call, response: Response) -> bool:
        """Say whether this answer ends the call; False to try again. Raises when the call has failed."""
        action = self.options.policy.action(response)
        if action == "ok":
            return True
        if action == "fail":
            self._clean(call, response)
            return True
        if action == "refresh" and self._token is not None and call.token is not None and not call.renewed:
            call.renewed = True
            self._renew(self._token, call, response)
            return False
        if action == "wait" or (action == "retry" and self._may_repeat(call.request, response)):
            self._pause(action, call, response)
            return False
        if action == "quota":
            self._note_quota(response)
        raise self._error(action, call, response)

    def _renew(self, source: TokenSource, call: _Call, response: Response) -> None:
        if not source.renewable:  # the vendor's own words say more than "not accepted"
            raise self._error("refuse", call, response)
        assert call.token is not None
        source.renew(call.token)

    @staticmethod
    def _may_repeat(request: Request, response: Response) -> bool:
        return request.repeatable or request.method in ("GET", "HEAD") or response.fault == "connection"

    def _pause(self, action: Action, call: _Call, response: Response) -> None:
        clock, backoff = self.options.clock, self.options.policy.backoff
        asked = retry_after(response, clock.now())
        if action == "wait" or asked is not None:
            seconds = backoff.after(asked, call.tries, clock.random())
        else:
            seconds = backoff.pause(call.tries, clock.random())
        if call.tries >= backoff.tries or seconds > self._left(call):
            raise self._error(action, call, response)
        logger.info(
            "%s answered %s; try %d follows in %.1f s",
            self.options.policy.vendor,
            response.fault or response.status,
            call.tries + 1,
            seconds,
            extra={"facts": {"address": shown_address(call.request.url)}},
        )
        if action == "wait" and self._budget is not None:
            self._budget.block(call.request.family, seconds)
        clock.sleep(seconds)

    def _wait_for_turn(self, call: _Call) -> None:
        if self.options.clock.monotonic() - self._quota.noted < QUOTA_NOTED_SECONDS:
            raise self._error("quota", call, Response(status=429))
        if self._budget is not None:
            left = self._left(call)
            if left <= 0:
                raise VendorUnavailable("There was no time left to ask again.", place=_place(call.request))
            self._budget.take(call.request.family, left)

    def _left(self, call: _Call) -> float:
        return self.options.policy.backoff.total_seconds - (self.options.clock.monotonic() - call.started)

    def _note_quota(self, response: Response) -> None:
        until = self.options.policy.quota_returns(response, self.options.clock.now())
        with self._quota_lock:
            self._quota.until, self._quota.noted = until, self.options.clock.monotonic()
        if until is not None and self._budget is not None:
            self._budget.exhaust(until)

    def _learn(self, family: str, response: Response) -> None:
        names = self.options.policy.rate_headers
        if names is None or response.fault:
            return
        told = rate_facts(names, response)
        if told.daily_remaining is not None:
            self._quota.remaining = told.daily_remaining
        if self._budget is None or not told.interval_seconds:
            return
        if told.maximum:
            self._budget.learn(names.limit, told.maximum, told.interval_seconds)
        if told.remaining == 0:  # somebody else takes from the same limit
            self._budget.block(family, min(1.0, told.interval_seconds / 10))

    def _headers(self, call: _Call) -> dict[str, str]:
        given = {name.lower(): value for name, value in call.request.headers.items()}
        headers = STANDARD_HEADERS | {name: text for name, text in given.items() if name not in SECRET_HEADERS}
        if call.token is not None:
            headers["authorization"] = f"{self.options.scheme} {call.token.reveal()}"
        return headers

    def _check(self, url: str) -> None:
        place = origin(url)
        if place not in self._origins:
            scheme, host, port = place
            check_host(f"{scheme}://{host}:{port}", self._allowed)
            self._origins.add(place)

    def _clean(self, call: _Call, response: Response) -> None:
        """Take our secrets out of an answer that a caller, or a vendor's library, may print."""
        for name in SECRET_HEADERS & {name.lower() for name in response.headers}:
            del response.headers[name]
        secrets = [call.token] if call.token else []
        response.data = without(response.data.decode("utf-8", "replace"), secrets).encode()

    def _error(self, action: Action, call: _Call, response: Response) -> PuenteError:
        now = self.options.clock.now()
        error = refusal(action, response, self.options.policy, _place(call.request, call.token), call.token, now)
        if isinstance(error, QuotaExhausted) and action == "quota":
            error.until = self._quota.until
        return error

    def _pieces(self, request: Request, response: Response) -> Iterator[bytes]:
        size = 0
        assert response.live is not None
        try:
            for piece in response.live.pieces():
                size += len(piece)
                if size > request.most_bytes:
                    response.fault = "too_large"
                    break
                yield piece
        except WireFault as error:
            response.fault = error.fault
        if response.fault:
            raise self._error("stop", _Call(request, 0.0), response)


def _place(request: Request, token: Token | None = None) -> str:
    return without(f"{request.method} {shown_address(request.url)}", [token] if token else [])
