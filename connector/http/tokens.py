"""Who we are to a vendor: a fixed token, or one that is renewed once, by one renewer at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from connector.errors import ConnectionRefused
from connector.http.clock import REAL, Clock
from connector.http.redaction import Token

RENEW_BEFORE: Final = timedelta(seconds=60)
"""A token is renewed this long before its end, so that a call on its way does not meet it."""


class TokenSource(Protocol):
    """What a client signs in with. ``renewable`` says whether :meth:`renew` can ever help."""

    @property
    def renewable(self) -> bool: ...

    def current(self) -> Token:
        """Return the token to send. Raises ConnectionRefused."""
        ...

    def renew(self, rejected: Token) -> Token:
        """Return another token than the one a vendor just rejected. Raises ConnectionRefused when there is none."""
        ...


class StaticToken:
    """A private token or key; nothing can renew it."""

    renewable = False

    def __init__(self, text: str) -> None:
        """Raises ConnectionRefused for a text that no header can carry; blanks around it are dropped."""
        self._token = _sendable(Token(text.strip()))

    def current(self) -> Token:
        """Return the token."""
        return self._token

    def renew(self, rejected: Token) -> Token:  # noqa: ARG002 -- the interface's
        """Raise ConnectionRefused."""
        raise ConnectionRefused("The token is not accepted.", remedy="Make a new one, then connect again.")


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token endpoint gave. ``expires_at`` is aware; None when the vendor does not tell."""

    access: Token
    refresh: Token
    expires_at: datetime | None


class GrantStore(Protocol):
    """Where the grant of a connection is kept: a sealed row of the state database."""

    def load(self) -> Grant:
        """Return the grant last saved, by whichever process."""
        ...

    def save(self, grant: Grant) -> None:
        """Keep a grant durably before returning."""
        ...

    def exchange_under_lock(self) -> AbstractContextManager[None]:
        """Hold the one lock, among all threads and processes, under which this grant is renewed."""
        ...


class OAuthToken:
    """An access token that is renewed when it ends or is rejected.

    Whoever comes first renews, under the store's lock; all others wait and take what it saved. A new grant is saved
    before it is used: a vendor that rotates refresh tokens has by then forgotten the old one.
    """

    renewable = True

    def __init__(self, store: GrantStore, exchange: Callable[[Token], Grant], clock: Clock = REAL) -> None:
        """``exchange`` trades a refresh token for a grant at the vendor; it raises ConnectionRefused or TryLater."""
        self._store = store
        self._exchange = exchange
        self._clock = clock
        self._lock = threading.Lock()
        self._grant: Grant | None = None

    def current(self) -> Token:
        """Return a token that is good for another minute. Raises what ``exchange`` raises."""
        grant = self._grant
        if grant is not None and self._lasts(grant):
            return grant.access
        with self._lock:
            if self._grant is None:
                self._grant = self._store.load()
            if not self._lasts(self._grant):
                self._grant = self._renewed(None)
            return self._grant.access

    def renew(self, rejected: Token) -> Token:
        """Return a token other than ``rejected``. Raises what ``exchange`` raises."""
        with self._lock:
            if self._grant is None or self._grant.access == rejected:
                self._grant = self._renewed(rejected)
            return self._grant.access

    def _renewed(self, rejected: Token | None) -> Grant:
        with self._store.exchange_under_lock():
            kept = self._store.load()
            if self._lasts(kept) and kept.access != rejected:
                return kept  # another process has renewed it while we waited
            fresh = self._exchange(kept.refresh)
            _sendable(fresh.access)
            if not fresh.refresh:  # a vendor that does not rotate need not repeat it
                fresh = Grant(fresh.access, kept.refresh, fresh.expires_at)
            self._store.save(fresh)
            return fresh

    def _lasts(self, grant: Grant) -> bool:
        if not grant.access:
            return False
        return grant.expires_at is None or grant.expires_at - self._clock.now() > RENEW_BEFORE


def _sendable(token: Token) -> Token:
    """Return a token that a header can carry. The transport would refuse any other as well, and print it."""
    text = token.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConnectionRefused(
            "The token has blanks or characters in it that no token has.", remedy="Copy it again, as a whole."
        )
    return token
