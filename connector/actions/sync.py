"""Sync a connection: read what its vendor has, publish it whole, and compare the vendor's counts with ours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

from connector.actions.account_mapping import left_out_notes, preferred_columns
from connector.actions.schema_changes import (
    Remembered,
    SchemaChange,
    compare_properties,
    kept_state,
    remembered_properties,
    with_gone,
)
from connector.actions.sync_streams import StreamOutcome, StreamReader
from connector.actions.sync_tables import Folding, Normaliser, Tables, fold_streams, publish
from connector.actions.tie_out import TieOut, tie_out
from connector.errors import PuenteError, TryLater, UserError
from connector.log import running
from connector.model.imports import RawImport
from connector.model.workspace import Profile
from connector.normalise.build import BuildResult
from connector.normalise.engine import half_of
from connector.normalise.known import KnownRows
from connector.sources.stream import Account, Mode, Property, Reading, Source
from connector.store.journal import Chunk, Journal, Progress
from connector.store.store import Connection, Publication, Store, Workspace, Writing

PROPERTIES: Final = "*properties"
"""Name in the journal under which the fields of the account are kept; no stream has it."""
MAPPING: Final = "*mapping"
"""Name under which the hash of the mapping that Puente itself wrote is kept."""

Tell = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What to sync. ``workers`` streams are read at a time."""

    workspace: str
    connection: Connection
    mode: Mode = "changes"
    workers: int = 6
    memory_limit: str = "512MB"
    threads: int | None = None
    wait_seconds: float = 600


@dataclass(frozen=True, slots=True)
class System:
    """A vendor as a sync needs it: its source, signed in, and what its streams need to become entities."""

    source: Source
    normaliser: Normaliser


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync did. ``partial``: a stream was cut short, and the next sync goes on there."""

    workspace: str
    connection: str
    account: str
    generation: int
    partial: bool
    published: bool
    """Rows changed and are published. False with ``partial``: nothing could be published yet."""
    streams: tuple[StreamOutcome, ...]
    changes: tuple[SchemaChange, ...] = ()
    tie_out: tuple[TieOut, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)
    """Live rows of each entity."""
    rejected: int = 0
    reject_file: Path | None = None
    until: datetime | None = None
    """When an exhausted quota comes back."""
    notes: tuple[str, ...] = ()


@dataclass
class _Sync:
    store: Store
    request: SyncRequest
    system: System
    now: datetime
    tell: Tell
    workspace: Workspace
    journal: Journal
    account: Account
    properties: Mapping[str, Sequence[Property]]
    known: Remembered | None = None
    """The fields that the last sync found."""
    changes: tuple[SchemaChange, ...] = ()
    streams: list[StreamOutcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def connection(self) -> Connection:
        return self.request.connection

    @property
    def partial(self) -> bool:
        return any(stream.status == "unfinished" for stream in self.streams)

    @property
    def until(self) -> datetime | None:
        return max((stream.until for stream in self.streams if stream.until is not None), default=None)


def sync(
    store: Store, request: SyncRequest, system: System, now: datetime, tell: Tell = lambda *_: None
) -> SyncOutcome:
    """Sync one connection as of ``now``; ``tell`` is told what is being done and how many rows it brought.

    What was read is kept page by page, so a run that dies is taken up where it was. Nothing is published before every
    stream that is needed has been read to its end once. Raises ConnectionRefused, MissingScope, WorkspaceBusy,
    StorageFull and what else no later page can put right; the last good state then stays.
    """
    workspace = store.workspace(request.workspace)
    with store.syncing(request.connection, request.wait_seconds) as journal:
        try:
            tell("signing in", 0)
            account, properties = system.source.account(), system.source.properties()
            work = _Sync(store, request, system, now, tell, workspace, journal, account, properties)
            _read(work)
        except PuenteError as error:
            _record_failure(store, request, workspace, now, error)
            raise
        return _deliver(work)


def _record_failure(
    store: Store, request: SyncRequest, workspace: Workspace, now: datetime, error: PuenteError
) -> None:
    """Keep a run that says why it failed; the caller raises the error itself."""
    try:
        with store.writing(workspace, "sync", now, request.wait_seconds):
            raise error
    except PuenteError:
        return


def _read(work: _Sync) -> None:
    progress = work.journal.progress()
    work.known = remembered_properties(progress[PROPERTIES].state) if PROPERTIES in progress else None
    work.changes = compare_properties(work.known, work.properties)

    def chunks(stream: str) -> list[Path]:
        return [chunk.path for chunk in work.journal.chunks() if chunk.stream == stream]

    rows = stored_rows(work.store, work.workspace, work.connection, chunks)
    reading = Reading(work.now, work.request.mode, rows, work.properties)
    reader = StreamReader(work.system.source, work.journal, reading, work.request.workers, work.tell)
    work.streams = reader.read_all()


def stored_rows(
    store: Store, workspace: Workspace, connection: Connection, chunks: Callable[[str], Sequence[Path]] = lambda _: ()
) -> KnownRows:
    """Return the published rows of a connection's streams, and those of ``chunks`` read since."""
    raw = store.manifest(workspace).raw.get(connection.id, ())
    files = store.fetch(one.path for one in raw)
    return KnownRows({one.dataset: file for one, file in zip(raw, files, strict=True)}, chunks)


# --- publishing -----------------------------------------------------------------------------------------------


def _deliver(work: _Sync) -> SyncOutcome:
    with (
        work.store.writing(work.workspace, "sync", work.now, work.request.wait_seconds) as turn,
        running(turn.run_id),
    ):
        missing = _never_read(work)
        if missing:
            work.notes.append(f"Nothing is published before {', '.join(missing)} have been read to the end.")
            return _finish(work, turn, (), 0, published=False)
        tables = Tables(
            work.connection.system, work.system.normaliser, work.store.data_dir, work.connection, work.now,
            half_of(work.request.memory_limit), work.request.threads, lambda step: work.tell(step, 0),
        )  # fmt: skip
        whole = frozenset(one.name for one in work.streams if one.status == "read") & _snapshots(work)
        chunks = _ready_chunks(work)
        folding = fold_streams(tables, turn, chunks, work.system.source.streams(), whole)
        is_new = not turn.raw_imports(work.connection)
        remembered = work.store.mapping(work.connection)
        own = remembered is not None and not _is_ours(work, remembered)
        if not folding.changed and not is_new and not work.changes:
            return _finish(work, turn, folding.folded, work.store.manifest(work.workspace).generation, published=False)
        mapping = str(remembered) if own else (lambda raw: _default_mapping(work, raw, remembered))
        return _publish(work, turn, tables, folding, mapping)


def _never_read(work: _Sync) -> list[str]:
    """Labels of the streams that must have been read to their end once and have not."""
    progress = work.journal.progress()
    skipped = {stream.name for stream in work.streams if stream.status == "skipped"}
    return [
        stream.label
        for stream in work.system.source.streams()
        if not progress.get(stream.name, Progress({})).loaded and stream.name not in skipped
    ]


def _snapshots(work: _Sync) -> frozenset[str]:
    return frozenset(stream.name for stream in work.system.source.streams() if stream.snapshot)


def _ready_chunks(work: _Sync) -> list[Chunk]:
    progress = work.journal.progress()
    return [chunk for chunk in work.journal.chunks() if progress[chunk.stream].loaded]


def _publish(
    work: _Sync, turn: Writing, tables: Tables, folding: Folding,
    mapping: str | Callable[[Sequence[RawImport]], str],
) -> SyncOutcome:  # fmt: skip
    built: list[BuildResult] = []

    def finish(result: BuildResult, text: str) -> Publication:
        built.append(result)
        if not isinstance(mapping, str):
            _remember(work, MAPPING, {"sha256": [*_our_hashes(work)[-9:], _hash(text)]})
        profile = Profile(data_through=_data_through(work))
        status: Literal["succeeded", "partial"] = "partial" if work.partial else "succeeded"
        return Publication(turn.staging, (), text, profile, _summary(work, ()), status)

    generation = publish(tables, turn, folding, mapping, finish)
    _remember(work, PROPERTIES, kept_state(work.known, work.properties))
    return _finish(work, turn, (), generation, published=True, built=built[0])


def _data_through(work: _Sync) -> str:
    """Return the moment up to which the rows are whole: that of this run, or the one before when it was cut short."""
    known = work.store.manifest(work.workspace).profiles.get(work.connection.id)
    if work.partial and known is not None:
        return known.data_through
    return (work.now - work.system.source.lag).isoformat()


def _default_mapping(work: _Sync, raw: Sequence[RawImport], before: str | None) -> str:
    """Write the mapping of the account anew; note what it has no room for."""
    normaliser, properties = work.system.normaliser, with_gone(work.known, work.properties)
    preferred = preferred_columns(raw, work.store.data_dir, before, normaliser.most_custom)
    columns = {one.dataset: one.columns for one in raw}
    made = normaliser.default_mapping(columns, properties, work.account, preferred)
    work.notes += left_out_notes(made.left_out, work.workspace.name, work.connection.name)
    return made.text


def _is_ours(work: _Sync, text: str) -> bool:
    """Whether a remembered mapping is one that Puente wrote and nobody changed: it may be written anew."""
    return _hash(text) in _our_hashes(work)


def _our_hashes(work: _Sync) -> list[str]:
    return list(work.journal.progress().get(MAPPING, Progress({})).state.get("sha256", ()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _remember(work: _Sync, name: str, state: Mapping[str, Any]) -> None:
    work.journal.commit(name, Progress(state, loaded=True), None, work.now)


# --- the outcome ------------------------------------------------------------------------------------------------


def _finish(
    work: _Sync, turn: Writing, folded: Sequence[int], generation: int, *, published: bool,
    built: BuildResult | None = None,
) -> SyncOutcome:  # fmt: skip
    found = _tied_out(work) if generation else ()
    if published:
        work.store.note_run(turn.run_id, _summary(work, found))
    else:
        turn.status = "partial" if work.partial else "succeeded"
        turn.summary = _summary(work, found)
        if generation:
            generation = turn.confirm(work.connection, folded, _data_through(work), work.now)
    reject_file = work.store.reject_file(work.workspace, work.connection) if built and built.refused.path else None
    with work.store.reader(work.workspace) as reader:
        rows = dict(reader.profile.rows)
    return SyncOutcome(
        work.request.workspace, work.connection.name, work.account.label or work.account.id, generation,
        work.partial, published, tuple(work.streams), work.changes, tuple(found), rows,
        built.refused.rows if built else 0, reject_file, work.until, tuple(work.notes),
    )  # fmt: skip


def _tied_out(work: _Sync) -> tuple[TieOut, ...]:
    """Compare with the vendor's counts. That it cannot be asked just now is a note, never a failure of the sync."""
    if work.until is not None:
        work.notes.append("The vendor's counts were not asked for: its quota is used up.")
        return ()
    work.tell("comparing counts", 0)
    cause = (
        "a stream was cut short; the next sync goes on there"
        if work.partial
        else "records changed during the sync or shortly before; the next sync brings them"
    )
    known = stored_rows(work.store, work.workspace, work.connection)
    reading = Reading(work.now, work.request.mode, known, work.properties)
    try:
        with work.store.reader(work.workspace) as reader:
            return tuple(tie_out(reader, work.connection, work.system.source.counts(reading), cause, known.live))
    except (TryLater, UserError) as error:
        work.notes.append(f"The vendor's counts could not be asked for: {error}")
        return ()


def _summary(work: _Sync, found: Sequence[TieOut]) -> dict[str, Any]:
    return {
        "connection": work.connection.name,
        "mode": work.request.mode,
        "streams": [
            {name: value for name, value in asdict(stream).items() if name not in ("until", "optional")}
            for stream in work.streams
        ],
        "changes": [change.sentence for change in work.changes],
        "tie_out": [one.to_json() for one in found],
        "notes": list(work.notes),
    }


def raise_for(outcome: SyncOutcome) -> None:
    """Raise TryLater when a sync was cut short, with what to do."""
    if outcome.partial:
        cut = [stream for stream in outcome.streams if stream.status == "unfinished"]
        first = next((stream for stream in cut if stream.note), cut[0])
        when = f" after {outcome.until:%Y-%m-%d %H:%M} UTC" if outcome.until else ""
        again = f"Run the same command again{when}; it goes on where it stopped."
        if first.optional and first.until is None:
            again = (
                "Run the same command again; if it is never read to the end and you can do without, connect again with "
                f"--option without={first.name}."
            )
        raise TryLater(f"The sync is partial: {first.label} was cut short. {first.note}", remedy=again)
