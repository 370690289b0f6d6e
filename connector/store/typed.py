"""Rows that are typed in Puente itself: kept whole as one file of their own connection, next to what is imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from connector.model.schema import ENTITIES, Column, Kind

_TYPES: Final[dict[Kind, pa.DataType]] = {
    "money": pa.decimal128(19, 4),
    "number": pa.float64(),
    "integer": pa.int64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", "UTC"),
    "map": pa.map_(pa.string(), pa.string()),
}


def write_typed(staging: Path, entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Stage rows of an entity for publishing; columns that a row leaves out are null, no row at all writes nothing."""
    columns = ENTITIES[entity].storage()
    listed = list(rows)
    if not listed:
        return
    schema = pa.schema([(column.name, _type(column)) for column in columns])
    values = {column.name: [row.get(column.name) for row in listed] for column in columns}
    directory = staging / entity
    directory.mkdir(parents=True)
    pq.write_table(pa.table(values, schema=schema), directory / "typed.parquet")


def read_typed(files: Iterable[Path]) -> list[dict[str, Any]]:
    """Return the rows of such files by column."""
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def _type(column: Column) -> pa.DataType:
    return _TYPES.get(column.kind, pa.string())
