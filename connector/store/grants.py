"""What a vendor granted a connection by OAuth: sealed beside its account, and renewed by one at a time.

A vendor that rotates refresh tokens has forgotten the old one when it hands out the new one, so a grant is committed
before :meth:`Grants.save` returns, and whoever renews it holds :meth:`Grants.exchange_under_lock` from reading the old
grant to keeping the new one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from connector.errors import ConnectionRefused, TryLater, quote
from connector.store.accounts import StoredAccount, keep_account, read_account
from connector.store.locks import LockTimeout, workspace_lock
from connector.store.records import Connection
from connector.store.state import State
from connector.store.vault import Vault

ACCESS: Final = "access_token"
REFRESH: Final = "refresh_token"
EXPIRES: Final = "expires_at"
"""Names of a grant among the secrets of an account."""

LOCK_SECONDS: Final = 180.0
"""Longer than any exchange may take; only a process that hangs keeps the lock for that long."""


@dataclass(frozen=True, slots=True, repr=False)
class StoredGrant:
    """Tokens of a connection. It prints as nothing. ``expires_at`` is aware; None when the vendor does not tell."""

    access: str
    refresh: str
    expires_at: datetime | None = None

    def secrets(self) -> dict[str, str]:
        """Return the grant as secrets of an account."""
        expires = self.expires_at.isoformat() if self.expires_at is not None else ""
        return {ACCESS: self.access, REFRESH: self.refresh, EXPIRES: expires}


class Grants:
    """The grant of one connection. Safe for threads and for several processes at once."""

    def __init__(
        self, state: State, locks: Path, vault: Vault, connection: Connection, now: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._locks = locks
        self._vault = vault
        self._connection = connection
        self._now = now

    def load(self) -> StoredGrant:
        """Return the grant last kept, by whichever process. Raises ConnectionRefused when there is none."""
        with self._state.reading() as state:
            account = read_account(state, self._vault, self._connection.id)
        secrets = self._granted(account).secrets
        expires = secrets.get(EXPIRES, "")
        return StoredGrant(
            secrets.get(ACCESS, ""), secrets[REFRESH], datetime.fromisoformat(expires) if expires else None
        )

    def save(self, grant: StoredGrant) -> None:
        """Keep a grant, durably before this returns; what else the account holds stays as it is.

        Raises ConnectionRefused when the connection has no grant any more.
        """
        with self._state.writing() as state:
            account = self._granted(read_account(state, self._vault, self._connection.id))
            kept = StoredAccount(account.options, {**account.secrets, **grant.secrets()})
            keep_account(state, self._vault, self._connection.id, kept, self._now())

    @contextmanager
    def exchange_under_lock(self) -> Iterator[None]:
        """Hold the one lock, among all threads and processes, under which this grant is renewed or replaced."""
        try:
            with workspace_lock(self._state, self._locks, f"grant-{self._connection.id}", LOCK_SECONDS):
                yield
        except LockTimeout:
            raise TryLater(
                f"Another process is renewing the access of the connection {quote(self._connection.name)} and does"
                " not finish.",
                remedy="Wait for it to finish, or stop it, and run the same command again.",
            ) from None

    def _granted(self, account: StoredAccount | None) -> StoredAccount:
        if account is None or not account.secrets.get(REFRESH):
            raise ConnectionRefused(
                f"The connection {quote(self._connection.name)} no longer signs in by OAuth.",
                place="sign-in",
                remedy="It was connected in another way meanwhile: run the same command again.",
            )
        return account


def is_granted(secrets: Mapping[str, str]) -> bool:
    """Whether the secrets of an account hold a grant that can be renewed."""
    return bool(secrets.get(REFRESH))
