"""One turn of writing a workspace: lock, tidy up after the dead, stage, publish all at once.

Nothing that a turn does can be seen until the single state transaction of ``publish``. Before it, files lie
under names that no manifest has; after it, the new manifest names them. A process may die at any moment.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from connector.errors import Bug, PuenteError, TryLater, WorkspaceBusy, quote
from connector.model.imports import RawImport
from connector.model.schema import STORED
from connector.store import records
from connector.store.faults import full_disk
from connector.store.files import (
    Layout,
    Place,
    remove_from_bucket,
    sweep_bucket,
    sweep_private,
    sweep_spill,
    sweep_tables,
)
from connector.store.journal import forget_chunks
from connector.store.locks import LockTimeout, workspace_lock
from connector.store.manifest import Manifest, raw_files
from connector.store.publication import (
    Publication,
    completed_profile,
    keep_rejects,
    place_files,
    read_staged,
    settle_raw,
    successor,
)
from connector.store.records import Connection, Run, Workspace
from connector.store.sql import open_duckdb
from connector.store.state import State

__all__ = ["Means", "Publication", "Writing", "writing"]


@dataclass(frozen=True, slots=True)
class Means:
    """What a turn works with. ``grace`` is how long files of a superseded state stay for its readers."""

    layout: Layout
    state: State
    memory_limit: str
    threads: int | None
    grace: timedelta


class Writing:
    """The turn of one run. Made by :func:`writing`; good inside its block only."""

    def __init__(self, means: Means, workspace: Workspace, run: Run) -> None:
        self.workspace = workspace
        self.run_id = run.id
        self.staging = means.layout.staging(workspace.id) / run.id
        """A fresh directory for files that are not published yet."""
        self.run = run
        self.published = False
        self.summary: dict[str, Any] = {}
        """What the run did, kept with it when it ends well without publishing."""
        self.status: Literal["succeeded", "partial"] = "succeeded"
        self.stirred = False
        """Whether files may be in the bucket that no manifest names."""
        self._means = means
        self._hold = means.layout.hold()
        with means.state.reading() as state:
            self._manifest = records.latest_manifest(state, workspace.id)

    def raw_directory(self, connection: Connection) -> Path:
        """Return where the raw files of a connection belong. Files that publish does not name are removed later."""
        directory = self._means.layout.raw(self.workspace.id, connection.id)
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def raw_imports(self, connection: Connection) -> tuple[RawImport, ...]:
        """Return the live imports of a connection, oldest first; their files lie here until the turn ends."""
        found = self._manifest.raw.get(connection.id, ())
        self._hold.add(raw_files(found))
        return found

    def close(self) -> None:
        """Let the files of imports go when room is needed."""
        self._hold.release()

    def publish(self, connection: Connection, publication: Publication, now: datetime) -> int:
        """Make a new state of one connection visible, all tables at once, and end the run.

        Tables of other connections stay as they are. Returns the generation. Raises StorageFull, TryLater.
        """
        if self.published:
            raise Bug("A run publishes once.", place=self.run_id)
        self.stirred = True
        with full_disk(f"workspace {quote(self.workspace.name)}"):
            if not _is_last(self._means.state, self.run):
                raise _lost_turn()
            manifest = self._prepare(connection, publication, now)
            done = replace(self.run, status=publication.status, finished_at=now, summary=publication.summary)
            with self._means.state.writing() as state:
                if not records.finish_run(state, done):
                    raise _lost_turn()
                if publication.mapping_text is not None:
                    records.remember_mapping(state, connection.id, publication.mapping_text, now)
                forget_chunks(state, connection.id, publication.folded)
                records.add_manifest(state, manifest)
                records.expire_manifests(state, self.workspace.id, now, self._means.grace)
        self.published = True
        return manifest.generation

    def confirm(self, connection: Connection, folded: Sequence[int], data_through: str, now: datetime) -> int:
        """End the run with the state that there is, known to be whole up to ``data_through``; no file is written.

        ``folded`` are chunks that told nothing new. Summary and status are those of the run. Returns the generation.
        """
        known = self._manifest.profiles.get(connection.id)
        fresh = known is not None and bool(data_through) and known.data_through != data_through
        manifest = self._manifest
        if known is not None and fresh:
            profiles = {key: profile for key, profile in manifest.profiles.items() if key != connection.id}
            profiles[connection.id] = replace(known, data_through=data_through)
            manifest = replace(
                manifest, generation=manifest.generation + 1, profiles=profiles, run_id=self.run_id, created_at=now
            )
        done = replace(self.run, status=self.status, finished_at=now, summary=self.summary)
        with self._means.state.writing() as state:
            if not records.finish_run(state, done):
                raise _lost_turn()
            forget_chunks(state, connection.id, folded)
            if fresh:
                records.add_manifest(state, manifest)
                records.expire_manifests(state, self.workspace.id, now, self._means.grace)
        self.published = True
        return manifest.generation

    def _prepare(self, connection: Connection, publication: Publication, now: datetime) -> Manifest:
        """Put every file where the next manifest says it is, and return that manifest."""
        layout, place = self._means.layout, Place(self.workspace.id, connection.id)
        with closing(open_duckdb(self.staging / "spill", self._means.memory_limit, self._means.threads)) as database:
            staged = read_staged(publication.staged, database)
        complete = replace(publication, profile=completed_profile(publication, staged, now))
        parts = place_files(layout, self._manifest, place, staged, now)
        settle_raw(layout, self._manifest, publication)
        manifest = successor(self._manifest, connection.id, complete, parts)
        rejects = keep_rejects(layout, place, publication, self.run_id)
        kept = manifest.rejects | ({connection.id: rejects} if rejects else {})
        layout.put(layout.root / name for name in sorted(manifest.files() | set(kept.values())))
        return replace(manifest, run_id=self.run_id, created_at=now, rejects=kept)


@contextmanager
def writing(means: Means, workspace: Workspace, kind: str, now: datetime, wait_seconds: float) -> Iterator[Writing]:
    """Take the turn of writing a workspace. See :meth:`connector.store.store.Store.writing`."""
    holder = f"process {os.getpid()} on {socket.gethostname()}"
    run = Run(records.new_id(), workspace.id, kind, "running", holder, now)
    try:
        with workspace_lock(means.state, means.layout.locks, workspace.id, wait_seconds):
            yield from _turn(means, workspace, run, now)
    except LockTimeout:
        raise _busy(means.state, workspace, wait_seconds) from None


def remove_workspace(means: Means, workspace: Workspace, now: datetime, wait_seconds: float) -> None:
    """Remove a workspace and all its files. See :meth:`connector.store.store.Store.remove_workspace`."""
    try:
        with workspace_lock(means.state, means.layout.locks, workspace.id, wait_seconds):
            with means.state.reading() as state:
                manifest = records.latest_manifest(state, workspace.id)
            from connector.store import tables  # noqa: PLC0415  a server that answers questions starts without it

            for entity in manifest.tables:
                tables.restore(means.layout, entity, workspace.id, {}, now)
            with means.state.writing() as state:
                records.remove_workspace(state, workspace.id)
            sweep_private(means.layout, workspace.id, set())
            sweep_tables(means.layout, workspace.id, set())
            remove_from_bucket(means.layout, workspace.id)
            shutil.rmtree(means.layout.root / "sync" / workspace.id, ignore_errors=True)
    except LockTimeout:
        raise _busy(means.state, workspace, wait_seconds) from None


def _turn(means: Means, workspace: Workspace, run: Run, now: datetime) -> Iterator[Writing]:
    place = f"workspace {quote(workspace.name)}"
    with full_disk(place):
        unclean = _start(means, run)
        turn = Writing(means, workspace, run)
        turn.stirred = unclean
    is_settled = True
    try:
        with full_disk(place):
            _tidy(means, workspace.id, now, unclean=unclean)
            turn.staging.mkdir(parents=True)
            yield turn
            if not turn.published:
                with means.state.writing() as state:
                    done = replace(run, status=turn.status, finished_at=now, summary=turn.summary)
                    records.finish_run(state, done)
    except BaseException as error:
        if not turn.published:
            is_settled = _abandon(means, turn, error, now)
        raise
    finally:
        turn.close()
        with suppress(OSError, PuenteError):  # the run has ended as recorded; the next one sweeps again
            _sweep(means, run, bucket=turn.stirred and is_settled)


def _start(means: Means, run: Run) -> bool:
    # What dead runs left goes first: on a full disk that may be the room that this run needs.
    sweep_private(means.layout, run.workspace_id, _kept(means.state, run.workspace_id))
    with means.state.writing() as state:
        return records.start_run(state, run)


def _tidy(means: Means, workspace_id: str, now: datetime, *, unclean: bool) -> None:
    if unclean:
        _restore(means, workspace_id, now)
    sweep_tables(means.layout, workspace_id, _kept(means.state, workspace_id))
    sweep_spill(means.layout, now)


def _abandon(means: Means, turn: Writing, error: BaseException, now: datetime) -> bool:
    """Record why a run ended early and undo what it did. A failure in here must not hide the first one.

    Whatever cannot be done now, on a full disk say, the next run does when it starts. Returns whether all was undone.
    """
    is_settled = False
    status: Literal["failed", "interrupted"] = "failed" if isinstance(error, Exception) else "interrupted"
    reason = str(error) if isinstance(error, PuenteError) else f"{type(error).__name__}: {quote(error, 300)}"
    with suppress(Exception):
        if _is_last(means.state, turn.run):
            sweep_private(means.layout, turn.workspace.id, _kept(means.state, turn.workspace.id))
            _restore(means, turn.workspace.id, now)
            is_settled = True
    with suppress(Exception), means.state.writing() as state:
        records.finish_run(state, replace(turn.run, status=status, finished_at=now, error=reason))
    return is_settled


def _restore(means: Means, workspace_id: str, now: datetime) -> None:
    """Bring the Delta tables back to the published state after a run that ended before it published."""
    from connector.store import tables  # noqa: PLC0415

    with means.state.reading() as state:
        manifest = records.latest_manifest(state, workspace_id)
    for entity in STORED:
        parts = manifest.tables.get(entity, {})
        published = {
            connection_id: {Path(path).name: rows for path, rows in part.files.items()}
            for connection_id, part in parts.items()
        }
        tables.restore(means.layout, entity, workspace_id, published, now)


def _sweep(means: Means, run: Run, *, bucket: bool) -> None:
    if _is_last(means.state, run):
        kept = _kept(means.state, run.workspace_id)
        sweep_private(means.layout, run.workspace_id, kept)
        sweep_tables(means.layout, run.workspace_id, kept)
        if bucket:
            sweep_bucket(means.layout, run.workspace_id, kept)


def _is_last(state: State, run: Run) -> bool:
    """Say whether nobody has begun to write the workspace after this run.

    Somebody can when the lock died with a connection to PostgreSQL while its holder lived on.
    """
    with state.reading() as connection:
        return records.recent_runs(connection, run.workspace_id, limit=1)[0].id == run.id


def _lost_turn() -> TryLater:
    return TryLater("Another process took over this workspace.", remedy="Run the same command again.")


def _kept(state: State, workspace_id: str) -> set[str]:
    with state.reading() as connection:
        return {path for manifest in records.kept_manifests(connection, workspace_id) for path in manifest.files()}


def _busy(state: State, workspace: Workspace, wait_seconds: float) -> WorkspaceBusy:
    with state.reading() as connection:
        runs = records.recent_runs(connection, workspace.id, limit=1)
    who = "Another process"
    if runs and runs[0].status == "running":
        started = f"{runs[0].started_at:%Y-%m-%d %H:%M} UTC"
        who = f"{runs[0].holder[:1].upper()}{runs[0].holder[1:]} ({quote(runs[0].kind)} since {started})"
    return WorkspaceBusy(
        f"{who} is writing the workspace {quote(workspace.name)} and did not finish within {wait_seconds:g} seconds.",
        remedy="Wait for it to finish, or stop it, and run the same command again.",
    )
