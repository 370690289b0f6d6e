"""What the staged files of an entity hold: rows, filled columns, currencies. Read from Parquet footers if possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from connector.errors import Bug
from connector.model.schema import ENTITIES, Column, Entity
from connector.store.sql import identifier, literals


@dataclass(frozen=True, slots=True)
class Facts:
    """``rows`` per file, deleted ones too; ``live`` rows in all; columns with a value; currencies of money rows.

    ``lacks`` are the columns of the schema that the files leave out.
    """

    rows: tuple[int, ...]
    live: int
    filled: tuple[str, ...]
    currencies: tuple[str, ...]
    lacks: tuple[str, ...] = ()


def read_facts(database: duckdb.DuckDBPyConnection, entity: str, files: Sequence[Path]) -> Facts:
    """Return the facts of staged files. Raises Bug when their columns are not of the schema, or differ."""
    lacks = _lacks(database, ENTITIES[entity], files)
    counts = dict(
        database.execute(f"SELECT file_name, num_rows FROM parquet_file_metadata({literals(files)})").fetchall()
    )
    rows = tuple(int(counts[str(file)]) for file in files)
    source = f"read_parquet({literals(files)}, hive_partitioning = false)"
    live = _one(database, f"SELECT count(*) FILTER (is_deleted IS NOT TRUE) FROM {source}")
    present = [column for column in ENTITIES[entity].storage() if column.name not in lacks]
    filled = (
        _filled_by_footer(database, entity, files) if live == sum(rows) else _filled_by_scan(database, present, source)
    )
    return Facts(rows, live, filled, _currencies(database, present, source), lacks)


def _lacks(database: duckdb.DuckDBPyConnection, entity: Entity, files: Sequence[Path]) -> tuple[str, ...]:
    wanted = {column.name: column.storage_type for column in entity.storage()}
    found = [_columns(database, file) for file in files]
    for columns, file in zip(found, files, strict=True):
        known = [(name, wanted[name]) for name in columns if name in wanted]
        needed = [name for name in wanted if name in (*found[0], "is_deleted")]
        if list(columns.items()) != known or [name for name, _ in known] != needed:
            odd = [f"{name} {kind}" for name, kind in columns.items() if wanted.get(name) != kind]
            lacking = [f"{name} {wanted[name]}" for name in needed if columns.get(name) != wanted[name]]
            raise Bug(
                f"The staged files of {entity.name} do not have the columns of the schema.",
                place=file.name,
                remedy=f"Unexpected: {', '.join(odd) or 'only their order'}. Missing: {', '.join(lacking) or 'none'}.",
            )
    return tuple(name for name in wanted if name not in found[0])


def _columns(database: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    described = database.execute(f"DESCRIBE SELECT * FROM read_parquet({literals([file])})").fetchall()
    return {row[0]: row[1] for row in described}


def _filled_by_footer(database: duckdb.DuckDBPyConnection, entity: str, files: Sequence[Path]) -> tuple[str, ...]:
    """Footers count the nulls of each column chunk; a map has a chunk of keys and one of values."""
    sql = (
        "SELECT split_part(path_in_schema, ', ', 1), bool_or(stats_null_count IS NULL OR stats_null_count < num_values)"
        f" FROM parquet_metadata({literals(files)}) GROUP BY 1"
    )
    filled = {name for name, any_value in database.execute(sql).fetchall() if any_value}
    return tuple(name for name in ENTITIES[entity].columns if name in filled)


def _filled_by_scan(database: duckdb.DuckDBPyConnection, columns: Sequence[Column], source: str) -> tuple[str, ...]:
    tests = [
        f"bool_or(cardinality({identifier(column.name)}) > 0)"
        if column.kind == "map"
        else f"count({identifier(column.name)}) > 0"
        for column in columns
    ]
    row = database.execute(f"SELECT {', '.join(tests)} FROM {source} WHERE is_deleted IS NOT TRUE").fetchone()
    return tuple(column.name for column, any_value in zip(columns, row or (), strict=True) if any_value)


def _currencies(database: duckdb.DuckDBPyConnection, columns: Sequence[Column], source: str) -> tuple[str, ...]:
    money = [identifier(column.name) for column in columns if column.kind == "money"]
    if not money or not any(column.name == "currency" for column in columns):
        return ()
    sql = (
        f"SELECT DISTINCT currency FROM {source} WHERE is_deleted IS NOT TRUE AND currency IS NOT NULL"
        f" AND coalesce({', '.join(money)}) IS NOT NULL ORDER BY currency"
    )
    return tuple(row[0] for row in database.execute(sql).fetchall())


def _one(database: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = database.execute(sql).fetchone()
    return int(row[0]) if row else 0
