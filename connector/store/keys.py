"""API keys: shown once, stored as hashes, each good for the workspaces that it was made for."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from connector.errors import UnknownName, UserError, quote
from connector.store import models
from connector.store.records import Workspace, checked_name, new_id

PREFIX: Final = "puente_"
_KEY_BYTES = 32
# Every request would otherwise write to the state database.
_USE_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known about a key. The key itself is not stored. ``workspaces``: names of those it opens, in order."""

    id: str
    workspaces: tuple[str, ...]
    label: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def add_key(state: sa.Connection, workspaces: Sequence[Workspace], label: str, now: datetime) -> tuple[ApiKey, str]:
    """Create a key. Returns its record and its text; the text cannot be had again."""
    text = PREFIX + random_part()
    names = {workspace.id: workspace.name for workspace in workspaces}
    key = ApiKey(new_id(), tuple(sorted(names.values())), checked_name(label, "key"), now)
    state.execute(models.api_keys.insert().values(id=key.id, label=key.label, sha256=digest(text), created_at=now))
    opens = [{"key_id": key.id, "workspace_id": workspace_id} for workspace_id in names]
    state.execute(models.api_key_workspaces.insert(), opens)
    return key, text


def find_key(state: sa.Connection, text: str) -> ApiKey | None:
    """Return the key of a text, None when it is unknown or revoked.

    The look-up compares hashes of 256 random bits, so its timing tells nothing about a key.
    """
    table = models.api_keys
    found = _keys(state, (table.c.sha256 == digest(text)) & table.c.revoked_at.is_(None))
    return found[0] if found else None


def needs_note(last_used_at: datetime | None, now: datetime) -> bool:
    """Say whether the time of this use should be written down."""
    return last_used_at is None or now - last_used_at >= _USE_NOTED_EVERY


def note_use(state: sa.Connection, key: ApiKey, now: datetime) -> None:
    """Write down that a key was used."""
    state.execute(models.api_keys.update().where(models.api_keys.c.id == key.id).values(last_used_at=now))


def all_keys(state: sa.Connection, workspace_id: str) -> list[ApiKey]:
    """Return the keys that open a workspace, revoked ones too, oldest first."""
    return _keys(state, models.api_keys.c.id.in_(_of_workspace(workspace_id)))


def open_workspace(state: sa.Connection, key_id: str, workspace_id: str) -> None:
    """Let a key open one more workspace; one it opens already stays. Raises UnknownName."""
    table, opens = models.api_keys, models.api_key_workspaces
    if state.scalar(sa.select(table.c.id).where((table.c.id == key_id) & table.c.revoked_at.is_(None))) is None:
        raise UnknownName(f"There is no key {quote(key_id)} in use.", remedy="List them with: keys list.")
    if workspace_id not in _opened(state, key_id):
        state.execute(opens.insert().values(key_id=key_id, workspace_id=workspace_id))


def close_workspace(state: sa.Connection, key_id: str, workspace_id: str) -> None:
    """Let a key no longer open a workspace. Raises UnknownName, and UserError for the only one it opens."""
    opened = _opened(state, key_id)
    if workspace_id not in opened:
        raise _unknown(key_id)
    if len(opened) == 1:
        raise UserError(
            f"The key {quote(key_id)} opens no other workspace.", remedy="Revoke it instead, with: keys revoke."
        )
    opens = models.api_key_workspaces
    state.execute(sa.delete(opens).where((opens.c.key_id == key_id) & (opens.c.workspace_id == workspace_id)))


def revoke_key(state: sa.Connection, workspace_id: str, key_id: str, now: datetime) -> None:
    """Make a key useless for every workspace it opens; once revoked it stays so. Raises UnknownName.

    Where a workspace is named, the key has to be one of its keys; ids are unique without it.
    """
    table = models.api_keys
    mine = (table.c.id == key_id) & table.c.id.in_(_of_workspace(workspace_id))
    found = state.execute(
        table.update()
        .where(mine if workspace_id else table.c.id == key_id)
        .values(revoked_at=sa.func.coalesce(table.c.revoked_at, sa.literal(now, models.Instant)))
    ).rowcount
    if not found:
        raise _unknown(key_id)


def random_part() -> str:
    """Return 256 random bits as text that fits into an address."""
    return secrets.token_urlsafe(_KEY_BYTES)


def digest(text: str) -> str:
    """Return what is stored of a key: nobody finds 256 random bits by trying, so a plain hash is enough."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _of_workspace(workspace_id: str) -> sa.Select[tuple[str]]:
    opens = models.api_key_workspaces
    return sa.select(opens.c.key_id).where(opens.c.workspace_id == workspace_id)


def _opened(state: sa.Connection, key_id: str) -> list[str]:
    opens = models.api_key_workspaces
    return list(state.execute(sa.select(opens.c.workspace_id).where(opens.c.key_id == key_id)).scalars())


def _unknown(key_id: str) -> UnknownName:
    return UnknownName(f"There is no key {quote(key_id)} in this workspace.", remedy="List them with: keys list.")


def _keys(state: sa.Connection, condition: sa.ColumnElement[bool]) -> list[ApiKey]:
    """Return the keys for which a condition holds, oldest first, in one statement: every request asks it."""
    table, opens, workspaces = models.api_keys, models.api_key_workspaces, models.workspaces
    joined = table.join(opens, opens.c.key_id == table.c.id).join(workspaces, workspaces.c.id == opens.c.workspace_id)
    rows = state.execute(
        sa.select(table, workspaces.c.name)
        .select_from(joined)
        .where(condition)
        .order_by(table.c.created_at, table.c.id, workspaces.c.name)
    )
    return list(_gathered(rows))


def _gathered(rows: Iterable[sa.Row[tuple[object, ...]]]) -> Iterable[ApiKey]:
    found: dict[str, list[sa.Row[tuple[object, ...]]]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    for row, *more in found.values():
        names = tuple(sorted(each.name for each in (row, *more)))  # as Python orders names, whatever the database
        yield ApiKey(row.id, names, row.label, row.created_at, row.last_used_at, row.revoked_at)
