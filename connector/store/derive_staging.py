"""The staged files of one connection: read as relations, rewritten entity by entity, spilling beside themselves."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import duckdb

from connector.model.schema import ENTITIES
from connector.store import sql
from connector.store.faults import full_disk

VERSION_COLUMNS: Final = {
    "id": "VARCHAR",
    "observed_at": "TIMESTAMP WITH TIME ZONE",
    "pipeline_id": "VARCHAR",
    "stage_id": "VARCHAR",
    "status": "VARCHAR",
    "amount": "DECIMAL(19,4)",
    "currency": "VARCHAR",
    "probability": "DOUBLE",
    "expected_close_date": "DATE",
    "owner_id": "VARCHAR",
    "is_deleted": "BOOLEAN",
}
"""Columns of ``deal_version``: a deal as it stood in one export, beside the entities of the schema."""

BUCKET_ROWS: Final = 1_000_000
"""Most rows that one pass of windows and joins takes; more are split by the hash of the deal id."""

_SCRATCH: Final = ".derive"
_ROW_GROUP: Final = 61_440
"""Rows that each thread holds back for a row group: twice as many cost 80 MB more, a file is then no faster to read."""
_DICTIONARY: Final = "DICTIONARY_SIZE_LIMIT 1000"
"""To try a dictionary with names and moments, which hardly repeat, costs a tenth more and gains none."""


def columns(entity: str) -> dict[str, str]:
    """Return the staged columns of an entity, in order, with their DuckDB types."""
    if entity == "deal_version":
        return VERSION_COLUMNS
    return {column.name: column.storage_type for column in ENTITIES[entity].storage()}


class Staging:
    """One directory of staged files under one DuckDB session. Made by :func:`open_staging`."""

    def __init__(self, root: Path, session: duckdb.DuckDBPyConnection) -> None:
        self.root = root
        self.session = session
        self._rows: dict[str, int] = {}
        self._filled: dict[str, frozenset[str]] = {}
        self._lacks: dict[str, list[str]] = {}

    def files(self, entity: str) -> list[Path]:
        """Return the Parquet files of an entity, none when it was not staged."""
        return sorted((self.root / entity).glob("*.parquet"))

    def scan(self, entity: str) -> str:
        """Return an entity as the text of a relation; an entity that was not staged has its columns and no row.

        Columns that the files lack are NULL.
        """
        files = self.files(entity)
        if files:
            read = f"read_parquet({sql.literals(files)}, hive_partitioning=false)"
            empty = ", ".join(
                f"NULL::{columns(entity)[name]} AS {sql.identifier(name)}" for name in self.lacking(entity)
            )
            return f"(SELECT *, {empty} FROM {read})" if empty else read
        empty = ", ".join(f"NULL::{kind} AS {sql.identifier(name)}" for name, kind in columns(entity).items())
        return f"(SELECT {empty} WHERE false)"

    def lacking(self, entity: str) -> list[str]:
        """Return the columns of a staged entity that its files do not have: none of its rows has a value there."""
        if entity not in self._lacks:
            names = {
                row[0]
                for row in self.session.execute(
                    f"SELECT name FROM parquet_schema({sql.literals(self.files(entity))})"
                ).fetchall()
            }
            self._lacks[entity] = [name for name in columns(entity) if name not in names]
        return self._lacks[entity]

    def rows(self, entity: str) -> int:
        """Return the number of staged rows of an entity, from the files' footers."""
        if entity not in self._rows:
            self._rows[entity] = self.number(f"SELECT count(*) FROM {self.scan(entity)}") if self.files(entity) else 0
        return self._rows[entity]

    def filled(self, entity: str) -> frozenset[str]:
        """Return the columns of an entity that hold at least one value."""
        if entity not in self._filled:
            counts = ", ".join(f"count({sql.identifier(name)})" for name in columns(entity))
            found = self.row(f"SELECT {counts} FROM {self.scan(entity)}")
            self._filled[entity] = frozenset(name for name, count in zip(columns(entity), found, strict=True) if count)
        return self._filled[entity]

    def run(self, statement: str) -> None:
        self.session.execute(statement)

    def row(self, query: str) -> tuple[Any, ...]:
        """Return the single row of a query. Instants must be asked for as epoch microseconds."""
        found = self.session.execute(query).fetchone()
        assert found is not None
        return found

    def number(self, query: str) -> int:
        """Return the single whole number that a query gives; nothing counts as 0."""
        return int(self.row(query)[0] or 0)

    def write(self, entity: str, query: str, part: int = 0) -> None:
        """Write one file of the next contents of an entity; :meth:`swap` puts them in place."""
        directory = self.root / _SCRATCH / entity
        directory.mkdir(parents=True, exist_ok=True)
        options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {_ROW_GROUP}, {_DICTIONARY}"
        self.run(f"COPY ({query}) TO {sql.literal(directory / f'part-{part:04}.parquet')} ({options})")

    def swap(self, entity: str) -> None:
        """Put what :meth:`write` wrote in the place of an entity's files."""
        shutil.rmtree(self.root / entity, ignore_errors=True)
        (self.root / _SCRATCH / entity).rename(self.root / entity)
        self._rows.pop(entity, None)
        self._filled.pop(entity, None)
        self._lacks.pop(entity, None)

    def rewrite(self, entity: str, fills: Mapping[str, str], source: str) -> None:
        """Write an entity again from ``source`` (a FROM clause with alias ``r``), with some columns filled anew."""
        known = {name: f"r.{sql.identifier(name)}" for name in columns(entity) if name not in self.lacking(entity)}
        self.write(entity, f"SELECT {projection(entity, {**known, **fills})} FROM {source}")
        self.swap(entity)


@contextmanager
def open_staging(root: Path, calendar_zone: str, memory_limit: str, threads: int | None) -> Iterator[Staging]:
    """Open a staging directory. Local days are those of ``calendar_zone``. Raises StorageFull."""
    scratch = root / _SCRATCH
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    session = sql.open_duckdb(scratch / "spill", memory_limit, threads)
    try:
        with full_disk("derived columns"):
            session.execute("SET preserve_insertion_order = false")
            session.execute(f"SET TimeZone = {sql.literal(ZoneInfo(calendar_zone).key)}")
            yield Staging(root, session)
    finally:
        session.close()
        shutil.rmtree(scratch, ignore_errors=True)


def projection(entity: str, fills: Mapping[str, str]) -> str:
    """Return the select list of an entity: the expressions of ``fills`` in the order of the schema, no other column."""
    listed = [(name, kind, fills[name]) for name, kind in columns(entity).items() if name in fills]
    return ", ".join(f"({text})::{kind} AS {sql.identifier(name)}" for name, kind, text in listed)


def in_bucket(column: str, bucket: int, buckets: int) -> str:
    """Return the condition that a deal id falls into one of the buckets."""
    return "true" if buckets == 1 else f"hash({column}) % {buckets} = {bucket}"
