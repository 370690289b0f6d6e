"""Where everything of the store lies below the data directory, and how files get there and go away.

    state.db                                                     state, unless it is a PostgreSQL
    tables/<entity>/workspace_id=<id>/connection_id=<id>/*.parquet   Delta tables
    raw/<workspace>/<connection>/                                the rows of each import as they arrived
    rejects/<workspace>/<connection>/                            rows that could not be read
    sync/<workspace>/<connection>/                               pages of a vendor that are not folded into raw/ yet
    staging/<workspace>/<run>/                                   files of a run before they are published
    locks/, spill/                                               locks of writers, overflow of big queries

    incoming/                                                    copies on their way from the bucket

Names of people's making never become a path: directories are named by ids that the store made. With a bucket what is
published (tables/, raw/, rejects/, sync/) lies there under the same names, and here only copies of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from connector.model.schema import PARTITION_COLUMNS, STORED
from connector.store.copies import Copies, Hold

_SPILL_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one data directory. Paths in manifests are relative to ``root``.

    ``copies`` are of the bucket that holds what is published; None where the data directory itself does.
    """

    root: Path
    copies: Copies | None = None

    @property
    def tables(self) -> Path:
        return self.root / "tables"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def spill(self) -> Path:
        return self.root / "spill"

    def table(self, entity: str) -> Path:
        return self.tables / entity

    def raw(self, workspace_id: str, connection_id: str) -> Path:
        return self.root / "raw" / workspace_id / connection_id

    def rejects(self, workspace_id: str, connection_id: str) -> Path:
        return self.root / "rejects" / workspace_id / connection_id

    def sync(self, workspace_id: str, connection_id: str) -> Path:
        return self.root / "sync" / workspace_id / connection_id

    def staging(self, workspace_id: str) -> Path:
        return self.root / "staging" / workspace_id

    def relative(self, path: Path) -> str:
        """Return a path as it stands in manifests."""
        return path.relative_to(self.root).as_posix()

    def put(self, paths: Iterable[Path]) -> None:
        """Make sure that the bucket, if there is one, has these files. Raises TryLater, SettingsError."""
        if self.copies is not None:
            self.copies.put([self.relative(path) for path in paths])

    def size(self, path: Path) -> int:
        """Return the length of a file in bytes, which may lie in the bucket alone."""
        return path.stat().st_size if self.copies is None else self.copies.size(self.relative(path))

    def hold(self, names: Iterable[str] = ()) -> Hold:
        """Bring files here from the bucket, if there is one, and keep them until the hold is released."""
        hold = Hold(self.copies)
        hold.add(names)
        return hold


def partition(workspace_id: str, connection_id: str) -> str:
    """Return the directory of a connection's rows inside a Delta table."""
    return f"workspace_id={workspace_id}/connection_id={connection_id}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows of a connection lie inside the tables."""

    workspace_id: str
    connection_id: str

    @property
    def values(self) -> dict[str, str | None]:
        return dict(zip(PARTITION_COLUMNS, (self.workspace_id, self.connection_id), strict=True))

    @property
    def directory(self) -> str:
        return partition(self.workspace_id, self.connection_id)


def settle(path: Path) -> None:
    """Wait until a file or directory has reached the disk, so that a power cut cannot undo what names it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def move(source: Path, target: Path) -> None:
    """Move a finished file into its final place on the same disk, durably."""
    settle(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    source.rename(target)


def settle_directories(files: Iterable[Path]) -> None:
    """Make the names of freshly moved files durable."""
    for directory in sorted({parent for file in files for parent in (file.parent, file.parent.parent)}):
        settle(directory)


def sweep_private(layout: Layout, workspace_id: str, kept: set[str]) -> None:
    """Remove the staging directories of a workspace and its raw and reject files that no kept manifest names.

    Call only while holding the lock of the workspace. ``kept`` holds relative paths; a raw file keeps its
    companions (``<name>.problems.csv`` and the like).
    """
    shutil.rmtree(layout.staging(workspace_id), ignore_errors=True)
    for area in ("raw", "rejects"):
        _sweep_tree(layout, layout.root / area / workspace_id, kept)


def sweep_tables(layout: Layout, workspace_id: str, kept: set[str]) -> None:
    """Remove table files of a workspace that no kept manifest names. Call after its tables were restored."""
    for table in _directories(layout.tables):
        _sweep_tree(layout, table / f"workspace_id={workspace_id}", kept)


def sweep_spill(layout: Layout, now: datetime) -> None:
    """Remove what queries of dead processes left in the overflow directory more than a day before ``now``."""
    oldest = now.timestamp() - _SPILL_SECONDS
    for path in _entries(layout.spill):
        if path.stat().st_mtime < oldest:
            shutil.rmtree(path, ignore_errors=True)


def sweep_sync(layout: Layout, workspace_id: str, connection_id: str, kept: set[str]) -> None:
    """Remove pages of a connection that its journal does not name. Call only while holding the connection."""
    for path in _entries(layout.sync(workspace_id, connection_id)):
        if layout.relative(path) not in kept:
            path.unlink(missing_ok=True)
    _sweep_bucket(layout, [layout.relative(layout.sync(workspace_id, connection_id))], kept)


def sweep_bucket(layout: Layout, workspace_id: str, kept: set[str]) -> None:
    """Remove the files of a workspace from the bucket, if there is one, that no kept manifest names.

    Call only while holding the lock of the workspace, after its tables were restored. Raises TryLater, SettingsError.
    """
    folders = [f"tables/{entity}/workspace_id={workspace_id}" for entity in STORED]
    _sweep_bucket(layout, [*folders, f"raw/{workspace_id}", f"rejects/{workspace_id}"], kept)


def remove_from_bucket(layout: Layout, workspace_id: str) -> None:
    """Remove everything of a workspace from the bucket, if there is one."""
    sweep_bucket(layout, workspace_id, set())
    _sweep_bucket(layout, [f"sync/{workspace_id}"], set())


def _sweep_bucket(layout: Layout, folders: Sequence[str], kept: set[str]) -> None:
    if layout.copies is not None:
        found = layout.copies.names(folders)
        layout.copies.bucket.remove([name for name in found if not _is_kept(name, kept)])


def _sweep_tree(layout: Layout, top: Path, kept: set[str]) -> None:
    for directory in _directories(top):
        for path in _entries(directory):
            if not _is_kept(layout.relative(path), kept):
                _remove(path)
        if not any(directory.iterdir()):
            directory.rmdir()
    if top.is_dir() and not any(top.iterdir()):
        top.rmdir()


def _remove(path: Path) -> None:
    """Remove a file, or the working folder that a run left which was killed while it folded a stream."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _is_kept(path: str, kept: set[str]) -> bool:
    owner, dot, _ = path.rpartition(".parquet.")
    return path in kept or bool(dot and owner + ".parquet" in kept)


def _entries(directory: Path) -> list[Path]:
    return sorted(directory.iterdir()) if directory.is_dir() else []


def _directories(directory: Path) -> list[Path]:
    return [path for path in _entries(directory) if path.is_dir()]
