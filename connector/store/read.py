"""The reading door: one published state of one workspace as DuckDB views named like the entities.

A reader holds the manifest it was opened with: whatever is published meanwhile, all its answers belong to one
generation. It never opens a Delta log; the manifest names the files.
"""

from __future__ import annotations

import atexit
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self
from weakref import WeakSet

import duckdb

from connector.errors import Bug, QueryError, TryLater, quote
from connector.model.table import Freshness
from connector.store.deadline import Deadline, Watch
from connector.store.faults import full_disk, is_full
from connector.store.files import Layout
from connector.store.manifest import Manifest
from connector.store.sessions import Session, Sessions
from connector.store.sql import identifier, literals, open_duckdb
from connector.store.views import Views

BATCH_ROWS: Final = 10_000
KEPT_ROWS: Final = 2_000
"""Longest answer that a reader keeps."""
KEPT_CELLS: Final = 300_000
"""Cells of all answers that a reader keeps."""
_ENGINES: WeakSet[ReadingEngine] = WeakSet()
_GONE = ("no files found", "cannot open file")


@dataclass(frozen=True, slots=True)
class Result:
    """Column names and rows of an answer. Money arrives as Decimal, instants as aware datetimes in UTC."""

    columns: list[str]
    rows: list[tuple[Any, ...]]


class ReadingEngine:
    """One locked-down DuckDB per process, shared by its readers: it sees the tables and nothing else."""

    def __init__(self, tables: Path, spill: Path, memory_limit: str = "512MB", threads: int | None = None) -> None:
        """Prepare an engine; DuckDB itself starts with the first question (25 ms)."""
        self._tables = tables
        self._spill = spill
        self._limits = (memory_limit, threads)
        self.watch = Watch()
        """Ends what its readers ask when their time is up."""
        self._database: duckdb.DuckDBPyConnection | None = None
        self._lock = Lock()
        self.sessions = Sessions(self.cursor)
        _ENGINES.add(self)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a session of its own: temporary views of one reader are invisible to others."""
        with self._lock:
            if self._database is None:
                self._database = self._open()
            return self._database.cursor()

    def close(self) -> None:
        """End DuckDB and remove its overflow files."""
        self.sessions.close()
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        database = open_duckdb(self._spill, *self._limits)
        database.execute("SET GLOBAL parquet_metadata_cache = true")  # names are never used for other content
        database.execute(f"SET GLOBAL allowed_directories = {literals([self._tables])}")
        database.execute("SET GLOBAL enable_external_access = false")
        database.execute("SET GLOBAL lock_configuration = true")
        return database


@atexit.register
def _close_engines() -> None:
    """Nobody closes a store when the process ends; DuckDB complains on the terminal of sessions that are left."""
    for engine in list(_ENGINES):
        engine.close()


class Reader:
    """Questions to one workspace at one generation. Made by Store.reader; not for two threads at once."""

    def __init__(
        self, engine: ReadingEngine, layout: Layout, workspace: str, manifest: Manifest, seconds: float | None = None
    ) -> None:
        self.workspace = workspace
        """Name of the workspace, as its owner wrote it."""
        self.generation = manifest.generation
        self.profile = manifest.profile()
        self.tables = frozenset(manifest.tables)
        """Entities that have rows, deleted ones counted too."""
        self._engine = engine
        self._deadline = Deadline(engine.watch, seconds)
        self._views = Views(manifest, layout.root)
        self._hold = layout.hold()
        self._state = (manifest.workspace_id, manifest.generation)
        self._session: Session | None = None
        self._is_whole = True
        self._kept: dict[tuple[str, tuple[object, ...]], Result] = {}
        self._kept_cells = 0

    @property
    def freshness(self) -> Freshness:
        """Say how old the figures are and what they cover."""
        return Freshness(
            data_through=_moment(self.profile.data_through),
            history_since=_moment(self.profile.history_since),
            rows_rejected=self.profile.rejected,
            generation=self.generation,
        )

    def run(self, sql: str, entities: Iterable[str], parameters: Sequence[object] = ()) -> Result:
        """Answer one SELECT over the views of ``entities`` (and only those). ``?`` stands for a parameter.

        A generation never changes, so the same statement has the same answer: blocks of a report, and the report in
        another language, often ask it again. Answers of up to :data:`KEPT_ROWS` rows are kept.
        Raises TryLater when the files of this generation are gone or memory is short, QueryError when it takes longer
        than the reader may, StorageFull, Bug.
        """
        asked = (sql, tuple(parameters))
        if (kept := self._kept.get(asked)) is not None:
            return Result(list(kept.columns), list(kept.rows))
        with _faults(self.workspace), self._deadline.over(self._opened().cursor):
            session = self._execute(sql, entities, parameters)
            answer = Result([column[0] for column in session.description or ()], session.fetchall())
            self._is_whole = True
        self._keep(asked, answer)
        return answer

    def check_time(self) -> None:
        """Raise QueryError when the answer has taken as long as it may: work on its rows asks this now and then."""
        self._deadline.check()

    def _keep(self, asked: tuple[str, tuple[object, ...]], answer: Result) -> None:
        cells = len(answer.rows) * len(answer.columns)
        if len(answer.rows) <= KEPT_ROWS and self._kept_cells + cells <= KEPT_CELLS:
            self._kept[asked] = Result(list(answer.columns), list(answer.rows))
            self._kept_cells += cells

    def batches(
        self, sql: str, entities: Iterable[str], parameters: Sequence[object] = (), size: int = BATCH_ROWS
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Answer one SELECT piece by piece, for answers of any length. Read to the end before the next question."""
        with _faults(self.workspace):
            with self._deadline.over(self._opened().cursor):
                session = self._execute(sql, entities, parameters)
                rows = session.fetchmany(size)
            while rows:
                yield rows
                with self._deadline.over(session):
                    rows = session.fetchmany(size)
            self._is_whole = True

    def file_uris(self, entity: str) -> list[str]:
        """Return the Parquet files behind an entity, all connections together. Good until the reader is closed."""
        self._hold.add(self._views.names(entity))
        return [str(path) for path in self._views.files(entity)]

    def close(self) -> None:
        """Give back the session; a further question opens another."""
        if self._session is not None:
            if self._is_whole:
                self._engine.sessions.give_back(self._session, self._state)
            else:
                self._session.cursor.close()
            self._session, self._is_whole = None, True
        self._hold.release()
        self._kept.clear()
        self._kept_cells = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self) -> Session:
        if self._session is None:
            self._session = self._engine.sessions.take(self._state)
        return self._session

    def _execute(self, sql: str, entities: Iterable[str], parameters: Sequence[object]) -> duckdb.DuckDBPyConnection:
        session, registered = self._opened().cursor, self._opened().registered
        self._is_whole = False
        for entity in entities:
            self._hold.add(self._views.names(entity))  # a session that has the view already does not hold its files
            if entity not in registered:
                relation = self._views.relation(entity, lambda source: _types(session, source))
                session.execute(f"CREATE TEMP VIEW {identifier(entity)} AS {relation}")
                registered.add(entity)
        statements = session.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise Bug("The reading door takes one SELECT.", place=quote(sql))
        return session.execute(statements[0], list(parameters))


def _types(session: duckdb.DuckDBPyConnection, source: str) -> dict[str, str]:
    return {row[0]: row[1] for row in session.execute(f"DESCRIBE {source}").fetchall()}


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


@contextmanager
def _faults(workspace: str) -> Iterator[None]:
    place = f"workspace {quote(workspace)}"
    with full_disk(place):
        try:
            yield
        except duckdb.OutOfMemoryException as error:
            if is_full(error):
                raise
            raise TryLater(
                "The question needs more memory than it may use.",
                place=place,
                remedy="Ask for fewer rows or groups, or raise PUENTE_MEMORY_LIMIT.",
            ) from error
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise QueryError(
                "A figure is too large to be computed.", place=place, remedy="Check the formula, or ask for fewer rows."
            ) from error
        except duckdb.IOException as error:
            if is_full(error) or not any(words in str(error).lower() for words in _GONE):
                raise
            raise TryLater(
                "The figures were replaced while they were being read.", place=place, remedy="Ask again."
            ) from error
