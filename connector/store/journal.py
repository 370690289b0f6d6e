"""How far each stream of a connection has been read, and the pages that are read but not folded in yet.

Rows and state of a page are committed in one transaction, so a run that dies at any moment is taken up behind the last
page that was kept: nothing is lost, and what is read twice is folded by id. Pages lie in chunks, Parquet files whose
columns are all text; a chunk that no row of the state database names was never committed and is swept away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from connector.errors import WorkspaceBusy, quote
from connector.model.packed import PackedColumns, pack
from connector.store import models
from connector.store.faults import full_disk
from connector.store.files import Layout, settle, settle_directories, sweep_sync
from connector.store.locks import LockTimeout, workspace_lock
from connector.store.records import Connection, new_id
from connector.store.state import State

_ROW_GROUP: Final = 50_000


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a stream is: ``state`` is the source's own; ``loaded`` says that it was read to its end once."""

    state: Mapping[str, Any]
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Pages of one stream that are kept but not folded in. ``number`` ascends in the order of reading."""

    number: int
    stream: str
    path: Path
    rows: int


class Journal:
    """The journal of one connection, good while :func:`syncing` holds the connection. Safe for threads."""

    def __init__(self, layout: Layout, state: State, connection: Connection) -> None:
        self._layout = layout
        self._state = state
        self._connection = connection
        self._directory = layout.sync(connection.workspace_id, connection.id)
        self._hold = layout.hold()

    def progress(self) -> dict[str, Progress]:
        """Return how far every stream is."""
        table = models.sync_states
        with self._state.reading() as state:
            rows = state.execute(sa.select(table).where(table.c.connection_id == self._connection.id))
            return {row.stream: Progress(row.state, row.loaded) for row in rows}

    def chunks(self) -> list[Chunk]:
        """Return the chunks that are not folded in, in the order of reading; their files lie here until the end."""
        rows = self._rows()
        self._hold.add(row.path for row in rows)
        return [Chunk(row.number, row.stream, self._layout.root / row.path, row.rows) for row in rows]

    def sweep(self) -> None:
        """Remove chunks that were folded in or never committed."""
        kept = {row.path for row in self._rows()}
        sweep_sync(self._layout, self._connection.workspace_id, self._connection.id, kept)

    def close(self) -> None:
        """Let the files of chunks go when room is needed."""
        self._hold.release()

    def _rows(self) -> list[Any]:
        table = models.sync_chunks
        query = sa.select(table).where(table.c.connection_id == self._connection.id).order_by(table.c.number)
        with self._state.reading() as state:
            return list(state.execute(query))

    def write(self, pages: Sequence[Mapping[str, Sequence[str | None]]]) -> tuple[Path, int]:
        """Write pages that have the same columns as one file; return it and its rows. Nothing names it yet."""
        import pyarrow as pa  # noqa: PLC0415  a server that answers questions starts without it
        import pyarrow.parquet as pq  # noqa: PLC0415

        self._directory.mkdir(parents=True, exist_ok=True)
        path = self._directory / f"{new_id()}.parquet"
        batches = [(page if isinstance(page, PackedColumns) else pack([page])).batch for page in pages]
        shape = batches[0].schema
        same = [batch if batch.schema.equals(shape) else batch.select(shape.names) for batch in batches]
        table = pa.Table.from_batches(same).combine_chunks()
        with (
            full_disk("synced pages"),
            pq.ParquetWriter(
                path, table.schema, compression="lz4", use_dictionary=False, write_statistics=False
            ) as writer,
        ):
            writer.write_table(table, _ROW_GROUP)
        rows = table.num_rows
        settle(path)
        settle_directories([path])
        return path, rows

    def commit(
        self, stream: str, progress: Progress, chunk: tuple[Path, int] | None, now: datetime, *, restarted: bool = False
    ) -> None:
        """Keep a chunk and the state behind it, both or neither; ``restarted`` voids the stream's earlier chunks."""
        chunks, mine = models.sync_chunks, {"connection_id": self._connection.id, "stream": stream}
        if chunk is not None:
            self._layout.put([chunk[0]])
        with self._state.writing() as state:
            if restarted:
                state.execute(chunks.delete().where(*_is(chunks, mine)))
            if chunk is not None:
                path, rows = chunk
                values = mine | {"path": self._layout.relative(path), "rows": rows, "created_at": now}
                state.execute(chunks.insert().values(values))
            self._set(state, mine, {"state": dict(progress.state), "loaded": progress.loaded, "updated_at": now})

    def _set(self, state: sa.Connection, key: Mapping[str, str], values: Mapping[str, Any]) -> None:
        table = models.sync_states
        if not state.execute(table.update().where(*_is(table, key)).values(**values)).rowcount:
            state.execute(table.insert().values(**key, **values))


def _is(table: sa.Table, key: Mapping[str, str]) -> list[sa.ColumnElement[bool]]:
    return [table.c[name] == value for name, value in key.items()]


def forget_chunks(state: sa.Connection, connection_id: str, numbers: Sequence[int]) -> None:
    """Take chunks out of the journal that a publication has folded in."""
    table = models.sync_chunks
    for start in range(0, len(numbers), 500):
        some = numbers[start : start + 500]
        state.execute(table.delete().where(table.c.connection_id == connection_id, table.c.number.in_(some)))


@contextmanager
def syncing(layout: Layout, state: State, connection: Connection, wait_seconds: float) -> Iterator[Journal]:
    """Hold a connection for reading its vendor. Raises WorkspaceBusy when another run keeps it for that long."""
    try:
        with workspace_lock(state, layout.locks, f"sync-{connection.id}", wait_seconds):
            journal = Journal(layout, state, connection)
            journal.sweep()
            try:
                yield journal
                journal.sweep()
            finally:
                journal.close()
    except LockTimeout:
        raise WorkspaceBusy(
            f"Another run is syncing the connection {quote(connection.name)} and did not finish within"
            f" {wait_seconds:g} seconds.",
            remedy="Wait for it to finish, or stop it, and run the same command again.",
        ) from None
