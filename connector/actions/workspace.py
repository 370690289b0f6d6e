"""Create, list and describe workspaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.store.store import Store


@dataclass(frozen=True, slots=True)
class WorkspaceEntry:
    """One workspace in the list."""

    name: str
    rows: int
    data_through: str
    rejected: int


@dataclass(frozen=True, slots=True)
class WorkspaceFacts:
    """What a workspace holds, as rows to show."""

    settings: list[tuple[str, str]]
    rows: list[tuple[str, int]]
    files: list[tuple[str, str, int, int]]
    runs: list[tuple[str, str, str, str]]


def create_workspace(store: Store, name: str, now: datetime) -> None:
    """Create an empty workspace. Raises UserError when the name is taken or unusable."""
    store.create_workspace(name, now)


def remove_workspace(store: Store, name: str, now: datetime) -> None:
    """Remove a workspace and everything in it, for good. Raises UnknownName, WorkspaceBusy."""
    store.remove_workspace(store.workspace(name), now)


def list_workspaces(store: Store) -> list[WorkspaceEntry]:
    """Return every workspace by name."""
    entries: list[WorkspaceEntry] = []
    for workspace in store.workspaces():
        with store.reader(workspace) as reader:
            profile = reader.profile
        entries.append(
            WorkspaceEntry(workspace.name, sum(profile.rows.values()), profile.data_through, profile.rejected)
        )
    return entries


def describe_workspace(store: Store, name: str) -> WorkspaceFacts:
    """Return what a workspace holds. Raises UnknownName."""
    workspace = store.workspace(name)
    manifest = store.manifest(workspace)
    with store.reader(workspace) as reader:
        profile = reader.profile
    settings = [
        ("state", str(manifest.generation)),
        ("currency", profile.currency),
        ("time zone", profile.time_zone),
        ("revenue means", profile.revenue or "amount of won deals"),
        ("conversion means", ", ".join(profile.conversion) or "not set"),
        ("data through", profile.data_through or "nothing imported yet"),
        ("history since", profile.history_since or "only reconstructed"),
        ("rows rejected", str(profile.rejected)),
        *(("reject file", str(path)) for path in _reject_files(store, name)),
    ]
    files = [
        (each.dataset, each.imported_at.isoformat(), each.rows, each.problems)
        for imports in manifest.raw.values()
        for each in imports
    ]
    runs: list[tuple[str, str, str, str]] = [
        (run.id, run.kind, str(run.started_at), run.status) for run in store.runs(workspace)
    ]
    return WorkspaceFacts(settings, sorted(profile.rows.items()), files, runs)


def _reject_files(store: Store, name: str) -> list[str]:
    workspace = store.workspace(name)
    found = [store.reject_file(workspace, connection) for connection in store.connections(workspace)]
    return [str(path) for path in found if path is not None]
