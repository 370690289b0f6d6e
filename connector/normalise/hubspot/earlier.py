"""What an earlier run has made of rows that did not change since, so that only the others are read again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from connector.model.quoting import identifier, literal
from connector.normalise.hubspot.tables import Recipe, Tables

MADE: Final = "made"
"""Name in the footer of a dataset under which the fingerprint of its statement stands."""


def fingerprint(query: str, files: Mapping[str, Path]) -> str:
    """Return a hash of a statement, wherever its files lie: another version of it or other columns give another one."""
    for stream, path in files.items():
        query = query.replace(literal(path), stream)
    return hashlib.sha256(query.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Earlier:
    """Earlier files of streams and datasets by name, beside the ``tables`` as they are now."""

    tables: Tables
    files: Mapping[str, Path]
    _found: dict[tuple[str, tuple[str, ...]], tuple[str, bool]] = field(default_factory=dict)

    def fits(self, dataset: str, recipe: Recipe, made: str) -> bool:
        """Whether the earlier dataset was made by this very statement, from an earlier file of its only stream."""
        if not recipe.owner or dataset not in self.files or recipe.needs[0] not in self.files:
            return False
        found = self.tables.connection.execute(
            f"SELECT decode(value) FROM parquet_kv_metadata({literal(self.files[dataset])})"
            f" WHERE decode(key) = {literal(MADE)}"
        ).fetchall()
        return found == [(made,)]

    def changed(self, recipe: Recipe) -> bool:
        """Whether any row says something else than before in the columns that the recipe reads."""
        return self._changed(recipe)[1]

    def narrowed(self, recipe: Recipe) -> Tables:
        """Return the tables with nothing but the changed rows of the recipe's stream."""
        return Tables(self.tables.connection, self.tables.files, {recipe.needs[0]: self._changed(recipe)[0]})

    def kept(self, dataset: str, recipe: Recipe) -> str:
        """SQL of the earlier rows of a dataset that belong to rows that did not change."""
        read = f"read_parquet({literal(self.files[dataset])}, hive_partitioning=false)"
        owner = identifier(recipe.owner)
        return f"SELECT e.* EXCLUDE (_line) FROM {read} e ANTI JOIN {self._changed(recipe)[0]} c ON c.id = e.{owner}"

    def _changed(self, recipe: Recipe) -> tuple[str, bool]:
        """Return a table of the ids of the changed rows, and whether it has any."""
        key = (recipe.needs[0], recipe.reads)
        if key not in self._found:
            name = f"changed_{len(self._found)}"
            was = Tables(self.tables.connection, {recipe.needs[0]: self.files[recipe.needs[0]]})
            now, before = self._contents(self.tables, recipe), self._contents(was, recipe)
            self.tables.connection.execute(
                f"CREATE TEMP TABLE {name} AS SELECT id FROM ({now}) ANTI JOIN ({before}) USING (id, content)"
            )
            row = self.tables.connection.execute(f"SELECT count(*) FROM {name}").fetchone()
            self._found[key] = (name, row is not None and bool(row[0]))
        return self._found[key]

    @staticmethod
    def _contents(tables: Tables, recipe: Recipe) -> str:
        # A column that one of the files lacks reads as empty, and says no more than an empty one.
        stream = recipe.needs[0]
        cells = ", ".join(tables.cell(stream, name) for name in recipe.reads)
        return f"SELECT id, hash({cells}) AS content FROM {tables.scan(stream)}"
