"""How a connection reaches its vendor: options in the open, secrets sealed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from connector.store import models
from connector.store.vault import Vault


@dataclass(frozen=True, slots=True, repr=False)
class StoredAccount:
    """Options and secrets of a connection. It prints as nothing: secrets are in it."""

    options: Mapping[str, str]
    secrets: Mapping[str, str]


def keep_account(state: sa.Connection, vault: Vault, connection_id: str, account: StoredAccount, now: datetime) -> None:
    """Keep how a connection reaches its vendor, in the place of what was kept before."""
    table = models.accounts
    values = {
        "options": dict(account.options),
        "sealed": vault.seal(connection_id, dict(account.secrets)),
        "updated_at": now,
    }
    if not state.execute(table.update().where(table.c.connection_id == connection_id).values(**values)).rowcount:
        state.execute(table.insert().values(connection_id=connection_id, **values))


def read_account(state: sa.Connection, vault: Vault, connection_id: str) -> StoredAccount | None:
    """Return what was kept, None when nothing was. Raises SettingsError for another key."""
    table = models.accounts
    row = state.execute(sa.select(table).where(table.c.connection_id == connection_id)).first()
    return None if row is None else StoredAccount(row.options, vault.open(connection_id, row.sealed))
