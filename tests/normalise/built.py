"""Builds small imports for tests and reads back what was staged."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from connector.model.imports import RawImport
from connector.normalise.build import BuildResult, build
from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.workbench import BuildOptions
from connector.store.derive_staging import columns

Row = dict[str, Any]


@dataclass
class Built:
    """The result of a build and its staged rows by entity, in the order of their ids."""

    result: BuildResult
    tables: dict[str, list[Row]]
    staging: Path

    def one(self, entity: str, key: str) -> Row:
        """Return the row of an entity with an id."""
        (found,) = [row for row in self.tables.get(entity, []) if row["id"] == key]
        return found

    def column(self, entity: str, name: str) -> dict[str, Any]:
        """Return id to value of one column."""
        return {row["id"]: row[name] for row in self.tables.get(entity, [])}

    def settled(self) -> dict[str, list[Row]]:
        """Return the tables without the moment of the import, which alone may differ between equal builds."""
        return {
            entity: [{name: value for name, value in row.items() if name != "synced_at"} for row in rows]
            for entity, rows in self.tables.items()
        }


def run(mapping: str, imports: Sequence[RawImport], data_dir: Path, *, system: str = "file") -> Built:
    """Build into a fresh folder below ``data_dir`` and read everything back."""
    staging = data_dir / "staging"
    shutil.rmtree(staging, ignore_errors=True)
    result = build(
        parse_mapping(mapping), imports, data_dir, staging, BuildOptions(system=system, memory_limit="256MB", threads=1)
    )
    return Built(result, read_staged(staging), staging)


def read_staged(staging: Path) -> dict[str, list[Row]]:
    """Read every staged Parquet file; columns that a file leaves out are None."""
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        tables = {}
        for folder in sorted(path for path in staging.iterdir() if path.is_dir()):
            order = "id, observed_at" if folder.name == "deal_version" else "id"
            read = connection.execute(f"SELECT * FROM read_parquet('{folder}/*.parquet') ORDER BY {order}")
            names = [column[0] for column in read.description]
            empty = dict.fromkeys(columns(folder.name))
            tables[folder.name] = [empty | dict(zip(names, row, strict=True)) for row in read.fetchall()]
        return tables


def records(entity: str, columns: str, *, file: str = "data.csv", head: str = "", extra: str = "") -> str:
    """Return a mapping with one record; ``columns`` is the inside of its flow mapping."""
    return (
        f"version: 1\nworkspace: {{currency: USD, time_zone: America/New_York}}\n{head}"
        f"files:\n  - file: {file!r}\n{extra}    records:\n      - entity: {entity}\n        columns: {{{columns}}}\n"
    )
