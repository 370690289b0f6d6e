"""SQL of the view that shows an entity's published files as one relation, every column of the schema present."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connector.errors import Bug, quote
from connector.model.schema import ENTITIES, PARTITION_COLUMNS, STORED, Column, Entity
from connector.store.manifest import Manifest, Part, schema_mark
from connector.store.sql import identifier, literal, literals

TypesOf = Callable[[str], Mapping[str, str]]
"""Takes the SQL of a relation, returns its columns and their DuckDB types."""

_SCOPE_TYPES: Final = ", ".join(literal(name) for name in STORED)


@dataclass(frozen=True, slots=True)
class Views:
    """Builds views over the files of one manifest. ``root`` is the data directory.

    With several connections in a workspace their ids could collide, so ids and references then carry
    ``<connection id>:`` in front.
    """

    manifest: Manifest
    root: Path

    def names(self, entity: str) -> list[str]:
        """Return the names of the Parquet files behind an entity, all connections together."""
        parts = self.manifest.tables.get(entity, {})
        return [name for part in parts.values() for name in part.files]

    def files(self, entity: str) -> list[Path]:
        """Return the paths of those files."""
        return [self.root / name for name in self.names(entity)]

    def relation(self, entity: str, types_of: TypesOf) -> str:
        """Return the SELECT over all rows of an entity, deleted ones too. Raises Bug for what is not stored."""
        if entity not in STORED:
            raise Bug(f"There is no stored entity {quote(entity)}.")
        parts = self.manifest.tables.get(entity, {})
        selects = [self._part(ENTITIES[entity], key, part, types_of) for key, part in parts.items()]
        return " UNION ALL ".join(selects) or _empty(ENTITIES[entity])

    def _part(self, entity: Entity, connection_id: str, part: Part, types_of: TypesOf) -> str:
        files = literals(self.root / path for path in part.files)
        source = f"read_parquet({files}, hive_partitioning = false)"
        stored: Mapping[str, str] | None = None
        if part.schema != schema_mark(entity.name, part.lacks):
            source = f"read_parquet({files}, hive_partitioning = false, union_by_name = true)"
            stored = types_of(f"SELECT * FROM {source}")
        several = self._has_several_connections()
        prefix = f"{connection_id}:" if several and not self._is_typed(connection_id) else ""
        place = zip((self.manifest.workspace_id, connection_id), PARTITION_COLUMNS, strict=True)
        columns = [f"{literal(value)} AS {identifier(name)}" for value, name in place]
        columns += [
            _null(column) if column.name in part.lacks else _column(column, stored, prefix)
            for column in entity.storage()
        ]
        if self._is_typed(connection_id) and not several:
            columns = [_without_connection(sql) if sql == identifier("scope_id") else sql for sql in columns]
        return f"SELECT {', '.join(columns)} FROM {source}"

    def _has_several_connections(self) -> bool:
        keys = {key for parts in self.manifest.tables.values() for key in parts}
        return len([key for key in keys if not self._is_typed(key)]) > 1

    def _is_typed(self, connection_id: str) -> bool:
        """Say whether the rows of a connection were typed in Puente; these name the connection in references."""
        profile = self.manifest.profiles.get(connection_id)
        return profile is not None and profile.typed


def _without_connection(name: str) -> str:
    """The scope of a typed goal by its bare id: ids of ours hold no colon."""
    bare = f"substr({name}, strpos({name}, ':') + 1)"
    return f"CASE WHEN scope_type IN ({_SCOPE_TYPES}) THEN {bare} ELSE {name} END AS {name}"


def _null(column: Column) -> str:
    return f"CAST(NULL AS {column.storage_type}) AS {identifier(column.name)}"


def _column(column: Column, stored: Mapping[str, str] | None, prefix: str) -> str:
    name = identifier(column.name)
    if stored is not None and column.name not in stored:
        return _null(column)
    if stored is not None and stored[column.name] != column.storage_type:
        return f"CAST({name} AS {column.storage_type}) AS {name}"
    if prefix and (column.kind in {"key", "ref"} or column.name == "merged_into_id"):
        return f"{literal(prefix)} || {name} AS {name}"
    if prefix and column.name == "scope_id":
        # A goal of an owner or team names its row; one of a branch or territory holds plain text.
        return f"CASE WHEN scope_type IN ({_SCOPE_TYPES}) THEN {literal(prefix)} || {name} ELSE {name} END AS {name}"
    return name


def _empty(entity: Entity) -> str:
    columns = [f"CAST(NULL AS VARCHAR) AS {identifier(name)}" for name in PARTITION_COLUMNS]
    columns += [_null(column) for column in entity.storage()]
    return f"SELECT {', '.join(columns)} WHERE false"
