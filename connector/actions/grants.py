"""The grant of a connection as the HTTP client wants it, kept sealed in the state database."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Final

from connector.http.redaction import Token
from connector.http.tokens import Grant
from connector.store.grants import Grants, StoredGrant

CLIENT_SECRET: Final = "client_secret"
"""Name of the app's secret among the secrets of an account."""


class AccountGrants:
    """See :class:`connector.http.tokens.GrantStore`."""

    def __init__(self, kept: Grants) -> None:
        self._kept = kept

    def load(self) -> Grant:
        """Return the grant last kept. Raises ConnectionRefused when there is none."""
        kept = self._kept.load()
        return Grant(Token(kept.access), Token(kept.refresh), kept.expires_at)

    def save(self, grant: Grant) -> None:
        """Keep a grant durably before returning."""
        self._kept.save(stored(grant))

    def exchange_under_lock(self) -> AbstractContextManager[None]:
        """Hold the one lock under which this grant is renewed. Raises TryLater when its turn does not come."""
        return self._kept.exchange_under_lock()


def stored(grant: Grant) -> StoredGrant:
    """Return a grant in plain text, to be sealed."""
    return StoredGrant(grant.access.reveal(), grant.refresh.reveal(), grant.expires_at)
