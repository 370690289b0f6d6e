"""API keys: shown once, stored as hashes, each good for one workspace."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from connector.errors import UnknownName, quote
from connector.store import models
from connector.store.records import checked_name, new_id

PREFIX: Final = "puente_"
_KEY_BYTES = 32
# Every request would otherwise write to the state database.
_USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known about a key. The key itself is not stored."""

    id: str
    workspace_id: str
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def add_key(state: sa.Connection, workspace_id: str, label: str, now: datetime) -> tuple[ApiKey, str]:
    """Create a key. Returns its record and its text; the text cannot be had again."""
    text = PREFIX + secrets.token_urlsafe(_KEY_BYTES)
    key = ApiKey(new_id(), workspace_id, checked_name(label, "key"), now)
    state.execute(
        models.api_keys.insert().values(
            id=key.id, workspace_id=workspace_id, label=key.label, sha256=_digest(text), created_at=now
        )
    )
    return key, text


def find_key(state: sa.Connection, text: str) -> ApiKey | None:
    """Return the key of a text, None when it is unknown or revoked.

    The look-up compares hashes of 256 random bits, so its timing tells nothing about a key.
    """
    table = models.api_keys
    row = state.execute(
        sa.select(table).where((table.c.sha256 == _digest(text)) & table.c.revoked_at.is_(None))
    ).first()
    return None if row is None else _key(row)


def needs_note(key: ApiKey, now: datetime) -> bool:
    """Say whether the time of this use should be written down."""
    return key.last_used_at is None or now - key.last_used_at >= _USE_NOTED_EVERY


def note_use(state: sa.Connection, key: ApiKey, now: datetime) -> None:
    """Write down that a key was used."""
    state.execute(models.api_keys.update().where(models.api_keys.c.id == key.id).values(last_used_at=now))


def all_keys(state: sa.Connection, workspace_id: str) -> list[ApiKey]:
    """Return the keys of a workspace, revoked ones too, oldest first."""
    table = models.api_keys
    rows = state.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.created_at, table.c.id)
    )
    return [_key(row) for row in rows]


def revoke_key(state: sa.Connection, workspace_id: str, key_id: str, now: datetime) -> None:
    """Make a key useless; once revoked it stays so. Raises UnknownName."""
    table = models.api_keys
    mine = (table.c.workspace_id == workspace_id) & (table.c.id == key_id)
    found = state.execute(
        table.update()
        .where(mine)
        .values(revoked_at=sa.func.coalesce(table.c.revoked_at, sa.literal(now, models.Instant)))
    ).rowcount
    if not found:
        raise UnknownName(f"There is no key {quote(key_id)} in this workspace.", remedy="List them with: keys list.")


def _key(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(row.id, row.workspace_id, row.label, row.created_at, row.last_used_at, row.revoked_at)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
