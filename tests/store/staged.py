"""Staged entity files as normalise writes them, made from a few plain values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb

from connector.model.schema import ENTITIES


def stage(
    directory: Path, entity: str, values: Mapping[str, str], rows: int = 1, name: str = "part", *, sparse: bool = False
) -> Path:
    """Write ``rows`` rows; ``values`` maps columns to SQL over the row number ``i``, the other columns are null.

    With ``sparse`` the file has no other columns.
    """
    (directory / entity).mkdir(parents=True, exist_ok=True)
    columns = ", ".join(
        f'CAST({values.get(column.name, "NULL")} AS {column.storage_type}) AS "{column.name}"'
        for column in ENTITIES[entity].storage()
        if column.name in values or not sparse
    )
    target = directory / entity / f"{name}.parquet"
    with duckdb.connect() as database:
        database.execute("SET TimeZone = 'UTC'")
        database.execute(
            f"COPY (SELECT {columns} FROM range({rows}) AS numbers(i)) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)"
        )
    return target
