"""Links: addresses that answer one question each, for programs that can send no key. Stored as hashes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from connector.errors import UnknownName, quote
from connector.store import models
from connector.store.keys import digest, random_part
from connector.store.records import Workspace, checked_name, new_id

PREFIX: Final = "puente_link_"
"""Begins like a key, so that every log line hides it."""


@dataclass(frozen=True, slots=True)
class Link:
    """What is known about a link. Its token is not stored. ``question`` is JSON data of ``actions``' making."""

    id: str
    workspace: str
    label: str
    question: Mapping[str, Any]
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


def add_link(
    state: sa.Connection, workspace: Workspace, label: str, question: Mapping[str, Any], now: datetime
) -> tuple[Link, str]:
    """Create a link. Returns its record and its token; the token cannot be had again."""
    token = PREFIX + random_part()
    link = Link(new_id(), workspace.name, checked_name(label, "link"), dict(question), now)
    row = {"id": link.id, "workspace_id": workspace.id, "label": link.label, "sha256": digest(token)}
    state.execute(models.links.insert().values(**row, question=link.question, created_at=now))
    return link, token


def find_link(state: sa.Connection, token: str) -> Link | None:
    """Return the link of a token, None when it is unknown or revoked. Hashes are compared, as for keys."""
    table = models.links
    found = _links(state, (table.c.sha256 == digest(token)) & table.c.revoked_at.is_(None))
    return found[0] if found else None


def note_use(state: sa.Connection, link: Link, now: datetime) -> None:
    """Write down that a link was used."""
    state.execute(models.links.update().where(models.links.c.id == link.id).values(last_used_at=now))


def all_links(state: sa.Connection, workspace_id: str) -> list[Link]:
    """Return the links of a workspace, revoked ones too, oldest first."""
    return _links(state, models.links.c.workspace_id == workspace_id)


def revoke_link(state: sa.Connection, workspace_id: str, link_id: str, now: datetime) -> None:
    """Make a link useless; once revoked it stays so. Raises UnknownName."""
    table = models.links
    found = state.execute(
        table.update()
        .where((table.c.workspace_id == workspace_id) & (table.c.id == link_id))
        .values(revoked_at=sa.func.coalesce(table.c.revoked_at, sa.literal(now, models.Instant)))
    ).rowcount
    if not found:
        raise UnknownName(f"There is no link {quote(link_id)} in this workspace.", remedy="List them with: links list.")


def _links(state: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Link]:
    table, workspaces = models.links, models.workspaces
    rows = state.execute(
        sa.select(table, workspaces.c.name)
        .join(workspaces, workspaces.c.id == table.c.workspace_id)
        .where(condition)
        .order_by(table.c.created_at, table.c.id)
    )
    return [
        Link(row.id, row.name, row.label, row.question, row.created_at, row.last_used_at, row.revoked_at)
        for row in rows
    ]
