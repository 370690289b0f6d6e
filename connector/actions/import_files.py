"""Import files into a workspace: read, normalise, derive, publish; all of it or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from connector.actions.mapping import Ask, Settled, find_connection, kept_columns, read_mapping_file, settle_mapping
from connector.errors import PuenteError, UnknownName, UserError
from connector.log import running
from connector.model.imports import RawImport, Reject
from connector.normalise.build import BuildResult, build
from connector.normalise.mapping_check import check_mapping
from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.workbench import BuildOptions
from connector.sources.files.options import Limits
from connector.sources.files.reader import Dataset, convert
from connector.store.derive import derive
from connector.store.store import Connection, Store, Workspace
from connector.store.writing import Publication, Writing

CONNECTION: Final = "files"
"""Name of the connection that imported files belong to unless another is named."""

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done and how much there is; 0 of 0 where that is unknown."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """Files to import. ``replace`` says that rows absent from a file are gone; without it they stay."""

    workspace: str
    files: tuple[Path, ...]
    mapping: Path | None = None
    replace: bool = False
    connection: str = CONNECTION
    limits: Limits | None = None
    memory_limit: str = "512MB"
    threads: int | None = None
    wait_seconds: float = 600


@dataclass(frozen=True, slots=True)
class RejectCount:
    """How often one thing was wrong in one column of one file; ``dropped``: only the value was left out."""

    file: str
    column: str
    reason: str
    rows: int
    dropped: bool


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did."""

    workspace: str
    generation: int
    files: tuple[tuple[str, int, int], ...]
    """Dataset, rows read, rows its reader could not read."""
    rows: dict[str, int]
    """Live rows of each entity after the import."""
    rejected: int
    reject_counts: tuple[RejectCount, ...] = ()
    reject_samples: tuple[Reject, ...] = ()
    reject_file: Path | None = None
    assumptions: tuple[str, ...] = ()
    repairs: tuple[tuple[str, str, str, int], ...] = ()
    mapping_origin: str = ""
    unchanged: bool = False
    """The same files with the same mapping were already in: nothing was written."""


@dataclass
class _Import:
    store: Store
    request: ImportRequest
    now: datetime
    progress: Progress
    steps: list[str] = field(default_factory=list)

    def tell(self, step: str) -> None:
        self.progress(step, 0, 0)


def import_files(
    store: Store, request: ImportRequest, now: datetime, ask: Ask, progress: Progress = lambda *_: None
) -> ImportOutcome:
    """Import files as of ``now``. The workspace is created when it is new.

    Everything that can be wrong with the files and the mapping is found before anything is written; a run that
    stops on the way publishes nothing. Raises FileError, MappingError, UserError, WorkspaceBusy, StorageFull.
    Rows that cannot be read are in the outcome, never an error, unless no row of a file can be read.
    """
    work = _Import(store, request, now, progress)
    remembered, live = _remembered(work)
    work.tell("looking at the files")
    settled = settle_mapping(request.files, request.mapping, remembered, live, ask, request.limits)
    workspace, is_new = _workspace(work)
    connection = store.connection(workspace, request.connection, "file", now)
    try:
        with store.writing(workspace, "import", now, request.wait_seconds) as turn, running(turn.run_id):
            return _publish(work, settled, connection, turn)
    except PuenteError:
        if is_new:
            store.forget_unpublished(workspace)
        raise


def use_mapping(
    store: Store, request: ImportRequest, now: datetime, progress: Progress = lambda *_: None
) -> ImportOutcome:
    """Read the kept rows of a connection again with ``request.mapping``; no file and no vendor is needed.

    The connection is that of imported files or of an account. Raises UnknownName, UserError when it has no rows yet,
    MappingError when the mapping does not fit.
    """
    work = _Import(store, request, now, progress)
    if request.mapping is None:
        raise UserError("No mapping was given.", remedy="Name its file.")
    connection, columns = kept_columns(store, request.workspace, request.connection)
    text = read_mapping_file(request.mapping)
    mapping = parse_mapping(text, request.mapping.name)
    check_mapping(mapping, columns, request.mapping.name)
    workspace = store.workspace(request.workspace)
    with store.writing(workspace, "mapping", now, request.wait_seconds) as turn, running(turn.run_id):
        return _publish(work, Settled(text, mapping, (), "given"), connection, turn)


def _remembered(work: _Import) -> tuple[str | None, Sequence[RawImport]]:
    try:
        held = find_connection(work.store, work.request.workspace, work.request.connection)
    except UnknownName:
        return None, ()
    if held is None:
        return None, ()
    manifest = work.store.manifest(work.store.workspace(work.request.workspace))
    return work.store.mapping(held), manifest.raw.get(held.id, ())


def _workspace(work: _Import) -> tuple[Workspace, bool]:
    """Return the workspace, and whether it had to be created."""
    try:
        return work.store.workspace(work.request.workspace), False
    except UnknownName:
        return work.store.create_workspace(work.request.workspace, work.now), True


def _publish(work: _Import, settled: Settled, connection: Connection, turn: Writing) -> ImportOutcome:
    live = turn.raw_imports(connection)
    known = not settled.datasets or _is_known(live, settled, work)
    if known and work.store.mapping(connection) == settled.text:
        return _unchanged(work, settled)
    fresh = [_convert(work, dataset, turn, connection, live, place) for place, dataset in enumerate(settled.datasets)]
    kept = _kept(live, settled)
    imports = (*kept, *fresh)
    options = BuildOptions(connection.system, work.request.memory_limit, work.request.threads, work.tell)
    built = build(settled.mapping, imports, work.store.data_dir, turn.staging, options)
    work.tell("working out history")
    facts = derive(
        turn.staging, built.profile.time_zone, work.now,
        memory_limit=work.request.memory_limit, threads=work.request.threads,
    )  # fmt: skip
    since = facts.history_since.isoformat() if facts.history_since else ""
    profile = replace(built.profile, history_since=since, data_through=_data_through(work, connection))
    work.tell("publishing")
    summary = {"rejected": built.refused.rows, "datasets": [raw.dataset for raw in fresh]}
    generation = turn.publish(connection, Publication(turn.staging, imports, settled.text, profile, summary), work.now)
    return _outcome(work, settled, fresh, built, connection, generation)


def _data_through(work: _Import, connection: Connection) -> str:
    """Return how far the rows of an account reach, which another mapping does not change; empty: their import says."""
    if connection.system == "file":
        return ""
    known = work.store.manifest(work.store.workspace(work.request.workspace)).profiles.get(connection.id)
    return known.data_through if known is not None else ""


def _is_known(live: Sequence[RawImport], settled: Settled, work: _Import) -> bool:
    """True when each file is the newest import of its dataset already, byte for byte."""
    newest = {raw.dataset: raw for raw in live}
    return all(
        dataset.name in newest
        and newest[dataset.name].sha256 == dataset.sha256
        and newest[dataset.name].replace == work.request.replace
        for dataset in settled.datasets
    )


def _kept(live: Sequence[RawImport], settled: Settled) -> tuple[RawImport, ...]:
    """Live imports that stay: an import of the very same file that is the newest of its dataset is superseded."""
    newest = {raw.dataset: raw for raw in live}
    again = {
        newest[dataset.name].id
        for dataset in settled.datasets
        if dataset.name in newest and newest[dataset.name].sha256 == dataset.sha256
    }
    return tuple(raw for raw in live if raw.id not in again)


def _convert(
    work: _Import, dataset: Dataset, turn: Writing, connection: Connection, live: Sequence[RawImport], place: int
) -> RawImport:
    identity = secrets.token_hex(8)
    target = turn.raw_directory(connection) / f"{identity}.parquet"
    done = convert(dataset, target, work.request.limits, lambda some, all_: work.progress(dataset.name, some, all_))
    return RawImport(
        id=identity,
        dataset=dataset.name,
        sequence=max((raw.sequence for raw in live), default=0) + 1 + place,
        imported_at=work.now,
        replace=work.request.replace,
        path=target.relative_to(work.store.data_dir).as_posix(),
        sha256=done.sha256,
        rows=done.rows,
        columns=done.columns,
        problems=done.problems,
    )


def _unchanged(work: _Import, settled: Settled) -> ImportOutcome:
    workspace = work.store.workspace(work.request.workspace)
    with work.store.reader(workspace) as reader:
        profile, generation = reader.profile, reader.generation
    return ImportOutcome(
        work.request.workspace, generation, tuple((dataset.name, 0, 0) for dataset in settled.datasets),
        profile.rows, profile.rejected, mapping_origin=settled.origin, unchanged=True,
    )  # fmt: skip


def _outcome(
    work: _Import, settled: Settled, fresh: Sequence[RawImport], built: BuildResult, connection: Connection,
    generation: int,
) -> ImportOutcome:  # fmt: skip
    workspace = work.store.workspace(work.request.workspace)
    with work.store.reader(workspace) as reader:
        rows = reader.profile.rows
    return ImportOutcome(
        workspace=work.request.workspace,
        generation=generation,
        files=tuple((raw.dataset, raw.rows, raw.problems) for raw in fresh),
        rows=rows,
        rejected=built.refused.rows,
        reject_counts=tuple(
            RejectCount(each.file, each.column, each.reason, each.rows, each.dropped) for each in built.refused.counts
        ),
        reject_samples=built.refused.samples,
        reject_file=work.store.reject_file(workspace, connection) if built.refused.path else None,
        assumptions=tuple(f"{each.file}, {each.column}: {each.reading}" for each in built.assumptions),
        repairs=tuple((f"{r.entity}.{r.column}", r.found, r.meant, r.rows) for r in built.profile.repairs),
        mapping_origin=settled.origin,
    )
