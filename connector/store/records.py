"""Rows of the state database as the rest of the store sees them: workspaces, connections, mappings, runs, manifests.

Every function takes an open transaction of :class:`connector.store.state.State`.
"""

from __future__ import annotations

import difflib
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Literal

import sqlalchemy as sa

from connector.errors import UnknownName, UserError, quote
from connector.model.imports import RawImport
from connector.model.workspace import Profile
from connector.store import models
from connector.store.manifest import Manifest, tables_from_json, tables_to_json

RunStatus = Literal["running", "succeeded", "partial", "failed", "interrupted"]
NAME_LIMIT: Final = 100
_ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


@dataclass(frozen=True, slots=True)
class Workspace:
    """One client of the user: connections, tables and reports of their own."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Connection:
    """One source of a workspace: the files imported under one name, later one account of a vendor."""

    id: str
    workspace_id: str
    name: str
    system: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Run:
    """One attempt to write a workspace. ``holder`` says which process works or worked on it."""

    id: str
    workspace_id: str
    kind: str
    status: RunStatus
    holder: str
    started_at: datetime
    finished_at: datetime | None = None
    summary: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


def new_id() -> str:
    """Return a short random id that is safe in a path, in SQL and in an address."""
    return "".join(secrets.choice(_ID_ALPHABET) for _ in range(10))


def checked_name(name: str, what: str) -> str:
    """Return a name of the user's making, tidied. Raises UserError when it is empty, long or unprintable."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy:
        raise UserError(f"The name of a {what} is empty.", remedy="Give it a name.")
    if len(tidy) > NAME_LIMIT:
        raise UserError(
            f"The name {quote(tidy)} of a {what} has {len(tidy)} characters; {NAME_LIMIT} are allowed.",
            remedy="Choose a shorter name.",
        )
    if not tidy.isprintable():
        raise UserError(f"The name {quote(tidy)} of a {what} holds unprintable characters.", remedy="Remove them.")
    return tidy


# --- workspaces ---------------------------------------------------------------------------------------


def add_workspace(state: sa.Connection, name: str, now: datetime) -> Workspace:
    """Create a workspace. Raises UserError when the name is taken or cannot be used."""
    workspace = Workspace(new_id(), checked_name(name, "workspace"), now)
    row = {"id": workspace.id, "name": workspace.name, "created_at": now}
    try:
        state.execute(models.workspaces.insert().values(row))
    except sa.exc.IntegrityError:
        raise UserError(
            f"The workspace {quote(workspace.name)} already exists.", remedy="Choose another name."
        ) from None
    return workspace


def all_workspaces(state: sa.Connection) -> list[Workspace]:
    """Return all workspaces by name."""
    rows = state.execute(sa.select(models.workspaces).order_by(models.workspaces.c.name))
    return [Workspace(row.id, row.name, row.created_at) for row in rows]


def find_workspace(state: sa.Connection, name: str) -> Workspace:
    """Return the workspace of a name. Raises UnknownName with the nearest names."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    row = state.execute(sa.select(models.workspaces).where(models.workspaces.c.name == tidy)).first()
    if row is not None:
        return Workspace(row.id, row.name, row.created_at)
    names = list(state.execute(sa.select(models.workspaces.c.name)).scalars())
    near = difflib.get_close_matches(tidy, names, n=3, cutoff=0.5)
    raise UnknownName(
        f"There is no workspace {quote(tidy)}.",
        remedy=f"Did you mean {' or '.join(map(quote, near))}?" if near else "List them with: workspace list.",
    )


def workspace_of(state: sa.Connection, workspace_id: str) -> Workspace:
    """Return the workspace of an id. Raises UnknownName."""
    row = state.execute(sa.select(models.workspaces).where(models.workspaces.c.id == workspace_id)).first()
    if row is None:
        raise UnknownName(f"There is no workspace with the id {quote(workspace_id)}.")
    return Workspace(row.id, row.name, row.created_at)


# --- connections and mappings -------------------------------------------------------------------------


def all_connections(state: sa.Connection, workspace_id: str) -> list[Connection]:
    """Return the connections of a workspace, oldest first."""
    table = models.connections
    rows = state.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.created_at, table.c.id)
    )
    return [Connection(row.id, row.workspace_id, row.name, row.system, row.created_at) for row in rows]


def get_or_add_connection(state: sa.Connection, workspace_id: str, name: str, system: str, now: datetime) -> Connection:
    """Return the connection of a name, created when new. Raises UserError when it belongs to another system."""
    tidy = checked_name(name, "connection")
    for connection in all_connections(state, workspace_id):
        if connection.name == tidy:
            if connection.system == system:
                return connection
            raise UserError(
                f"The connection {quote(tidy)} belongs to {quote(connection.system)}, not to {quote(system)}.",
                remedy="Choose another name for the new connection.",
            )
    connection = Connection(new_id(), workspace_id, tidy, system, now)
    state.execute(
        models.connections.insert().values(
            id=connection.id, workspace_id=workspace_id, name=tidy, system=system, created_at=now
        )
    )
    return connection


def latest_mapping(state: sa.Connection, connection_id: str) -> tuple[int, str | None]:
    """Return version and text of a connection's newest mapping; (0, None) when it has none."""
    table = models.mappings
    row = state.execute(
        sa.select(table.c.version, table.c.text)
        .where(table.c.connection_id == connection_id)
        .order_by(table.c.version.desc())
        .limit(1)
    ).first()
    return (0, None) if row is None else (row.version, row.text)


def remember_mapping(state: sa.Connection, connection_id: str, text: str, now: datetime) -> None:
    """Keep a mapping as the newest version; the same text again changes nothing."""
    version, known = latest_mapping(state, connection_id)
    if text != known:
        state.execute(
            models.mappings.insert().values(connection_id=connection_id, version=version + 1, text=text, created_at=now)
        )


# --- runs ---------------------------------------------------------------------------------------------


def recent_runs(state: sa.Connection, workspace_id: str, limit: int = 20) -> list[Run]:
    """Return the newest runs of a workspace, newest first."""
    table = models.runs
    rows = state.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.number.desc()).limit(limit)
    )
    return [
        Run(
            row.id, row.workspace_id, row.kind, row.status, row.holder, row.started_at, row.finished_at,
            row.summary, row.error,
        )
        for row in rows
    ]  # fmt: skip


def note_run(state: sa.Connection, run_id: str, summary: dict[str, Any]) -> None:
    """Replace the summary of a run."""
    state.execute(models.runs.update().where(models.runs.c.id == run_id).values(summary=summary))


def start_run(state: sa.Connection, run: Run) -> bool:
    """Record the start of a run. Returns whether the run before it ended without publishing all it wrote.

    Runs of the workspace that still claim to be running lost their process: the caller holds its lock.
    """
    previous = recent_runs(state, run.workspace_id, limit=1)
    stale = (models.runs.c.workspace_id == run.workspace_id) & (models.runs.c.status == "running")
    state.execute(models.runs.update().where(stale).values(status="interrupted", finished_at=run.started_at))
    state.execute(
        models.runs.insert().values(
            id=run.id, workspace_id=run.workspace_id, kind=run.kind, status="running", holder=run.holder,
            started_at=run.started_at, summary={},
        )
    )  # fmt: skip
    return bool(previous) and previous[0].status not in {"succeeded", "partial"}


def finish_run(state: sa.Connection, run: Run) -> bool:
    """Record the end of a run. False when it no longer counts as running: another process took its place."""
    mine = (models.runs.c.id == run.id) & (models.runs.c.status == "running")
    values = {"status": run.status, "finished_at": run.finished_at, "summary": run.summary, "error": run.error}
    return state.execute(models.runs.update().where(mine).values(values)).rowcount == 1


# --- manifests ----------------------------------------------------------------------------------------


def latest_manifest(state: sa.Connection, workspace_id: str) -> Manifest:
    """Return the published state of a workspace; generation 0 when nothing was published yet."""
    found = kept_manifests(state, workspace_id, limit=1)
    return found[0] if found else Manifest(workspace_id)


def kept_manifests(state: sa.Connection, workspace_id: str, limit: int | None = None) -> list[Manifest]:
    """Return the manifests whose files are kept, newest first."""
    table = models.manifests
    rows = state.execute(
        sa.select(table).where(table.c.workspace_id == workspace_id).order_by(table.c.generation.desc()).limit(limit)
    )
    return [
        Manifest(
            workspace_id=row.workspace_id,
            generation=row.generation,
            run_id=row.run_id,
            created_at=row.created_at,
            tables=tables_from_json(row.tables),
            raw={key: tuple(map(RawImport.from_json, entries)) for key, entries in row.raw.items()},
            profiles={key: Profile.from_json(profile) for key, profile in row.profiles.items()},
            rejects=dict(row.rejects),
        )
        for row in rows
    ]


def add_manifest(state: sa.Connection, manifest: Manifest) -> None:
    """Publish a manifest. The primary key refuses a generation that already exists."""
    state.execute(
        models.manifests.insert().values(
            workspace_id=manifest.workspace_id,
            generation=manifest.generation,
            run_id=manifest.run_id,
            created_at=manifest.created_at,
            tables=tables_to_json(manifest.tables),
            raw={key: [entry.to_json() for entry in entries] for key, entries in manifest.raw.items()},
            profiles={key: profile.to_json() for key, profile in manifest.profiles.items()},
            rejects=manifest.rejects,
        )
    )


def expire_manifests(state: sa.Connection, workspace_id: str, now: datetime, grace: timedelta) -> None:
    """Forget manifests that no reader can still hold: not one of the last two, superseded for longer than grace."""
    table = models.manifests
    rows: Mapping[int, datetime] = {
        row.generation: row.created_at
        for row in state.execute(
            sa.select(table.c.generation, table.c.created_at).where(table.c.workspace_id == workspace_id)
        )
    }
    newest = max(rows, default=0)
    expired = [
        generation for generation in rows if generation < newest - 1 and rows.get(generation + 1, now) + grace <= now
    ]
    if expired:
        state.execute(table.delete().where((table.c.workspace_id == workspace_id) & table.c.generation.in_(expired)))


def forget_unpublished(state: sa.Connection, workspace_id: str) -> bool:
    """Remove a workspace of which nothing was ever published and that no key opens; return whether it was."""
    of_workspace = models.manifests.c.workspace_id == workspace_id
    published = state.scalar(sa.select(sa.func.count()).select_from(models.manifests).where(of_workspace))
    opens = models.api_key_workspaces
    keys = sa.select(sa.func.count()).select_from(opens).where(opens.c.workspace_id == workspace_id)
    running = (
        sa.select(sa.func.count())
        .select_from(models.runs)
        .where(models.runs.c.workspace_id == workspace_id, models.runs.c.status == "running")
    )
    if published or state.scalar(keys) or state.scalar(running):
        return False
    remove_workspace(state, workspace_id)
    return True


def remove_workspace(state: sa.Connection, workspace_id: str) -> None:
    """Remove a workspace with everything that belongs to it: connections, accounts, mappings, keys, runs, manifests."""
    own = sa.select(models.connections.c.id).where(models.connections.c.workspace_id == workspace_id)
    for table in (models.mappings, models.accounts, models.sync_states, models.sync_chunks):
        state.execute(sa.delete(table).where(table.c.connection_id.in_(own)))
    opens = models.api_key_workspaces
    for table in (
        opens, models.links, models.runs, models.manifests, models.variants, models.sheets, models.connections,
    ):  # fmt: skip
        state.execute(sa.delete(table).where(table.c.workspace_id == workspace_id))
    state.execute(sa.delete(models.api_keys).where(models.api_keys.c.id.not_in(sa.select(opens.c.key_id))))
    state.execute(sa.delete(models.brands).where(models.brands.c.owner == workspace_id))
    state.execute(sa.delete(models.workspaces).where(models.workspaces.c.id == workspace_id))
