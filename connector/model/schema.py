"""The fixed schema: every entity, its columns and their types, declared in ``schema.txt``.

That file is the whole truth about what Puente stores. Each entity block names its grain;
each line a column, its type and, where the name does not say it, its meaning. Types:

``key``          the vendor's own id, unique within one connection (text)
``-> entity``    id of a row of that entity (text)
``a|b|c``        text, one of the listed values
``money``        DECIMAL(19,4) in the row's ``currency``; reports read ``<name>_base``, converted by rule E3
``instant``      moment in UTC; a date-only value is local midnight of the workspace
``date``, ``number``, ``integer``, ``boolean``, ``text``, ``currency`` (ISO 4217)

Entities marked ``computed`` are queries over the others and are never stored. ``rate_date`` names the
column whose day decides the exchange rate; without it the report date decides.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal[
    "key", "ref", "enum", "text", "currency", "money", "number", "integer", "boolean", "date", "instant", "map"
]

STORAGE_TYPES: Final[dict[Kind, str]] = {
    "key": "VARCHAR",
    "ref": "VARCHAR",
    "enum": "VARCHAR",
    "text": "VARCHAR",
    "currency": "VARCHAR",
    "money": "DECIMAL(19,4)",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "instant": "TIMESTAMP WITH TIME ZONE",
    "map": "MAP(VARCHAR, VARCHAR)",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an entity. ``target`` is the entity a ``ref`` points to, ``values`` those of an ``enum``."""

    name: str
    kind: Kind
    target: str | None = None
    values: tuple[str, ...] = ()
    doc: str = ""
    derived: bool = False
    """Computed by the store from other rows; a mapping cannot set it."""

    @property
    def storage_type(self) -> str:
        """DuckDB type of the stored column."""
        return STORAGE_TYPES[self.kind]


@dataclass(frozen=True, slots=True)
class Entity:
    """One kind of record. ``columns`` holds its own columns, then the common ones."""

    name: str
    grain: str
    columns: MappingProxyType[str, Column]
    computed: bool
    rate_date: str | None

    @property
    def has_money(self) -> bool:
        return any(column.kind == "money" for column in self.columns.values())

    def storage(self) -> tuple[Column, ...]:
        """Columns of the stored table, in order, without the partition columns."""
        return tuple(self.columns.values())


PARTITION_COLUMNS: Final = ("workspace_id", "connection_id")

COMMON: Final = """
    custom                   map                    custom columns by name, values as canonical text
    source_system            text                   salesforce, hubspot, file, ...
    external_url             text                   link to the record in its source
    source_created_at        instant                creation time that the source states
    source_updated_at        instant                time of the last change that the source states
    synced_at                instant                when this version of the row reached Puente
    is_deleted               boolean                gone from the source; left out of every figure
    deleted_at               instant
    merged_into_id           text                   id of the surviving row of a merge
"""

DECLARATION: Final = Path(__file__).with_name("schema.txt").read_text(encoding="utf-8")
"""The blocks of all entities, a blank line between them."""

_ENTITY_LINE = re.compile(r"entity (\w+)( computed)?(?: rate_date=(\w+))?: (.+)")
_COLUMN_LINE = re.compile(r"    (\w+) +(-> (\w+)|[\w|]+)(?: +(.*))?")


def _parse_column(line: str) -> Column:
    match = _COLUMN_LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"schema: cannot read the line {line!r}")
    name, kind_text, target, doc = match.group(1), match.group(2), match.group(3), match.group(4) or ""
    derived = doc.startswith("derived: ")
    if target is not None:
        return Column(name, "ref", target=target, doc=doc, derived=derived)
    if "|" in kind_text:
        return Column(name, "enum", values=tuple(kind_text.split("|")), doc=doc, derived=derived)
    for kind in STORAGE_TYPES:
        if kind == kind_text:
            return Column(name, kind, doc=doc, derived=derived)
    raise ValueError(f"schema: unknown type {kind_text!r} in the line {line!r}")


def _parse(declaration: str) -> dict[str, Entity]:
    entities: dict[str, Entity] = {}
    common = [_parse_column(line) for line in COMMON.strip("\n").splitlines()]
    for block in declaration.strip().split("\n\n"):
        head, *lines = block.splitlines()
        match = _ENTITY_LINE.fullmatch(head)
        if match is None:
            raise ValueError(f"schema: cannot read the line {head!r}")
        name, computed, rate_date, grain = match.groups()
        columns = {column.name: column for column in map(_parse_column, lines)}
        if not computed:
            columns |= {column.name: column for column in common if column.name not in columns}
        entities[name] = Entity(name, grain, MappingProxyType(columns), computed is not None, rate_date)
    return entities


ENTITIES: Final[MappingProxyType[str, Entity]] = MappingProxyType(_parse(DECLARATION))
"""Every entity of the fixed schema by name."""

STORED: Final[tuple[str, ...]] = tuple(name for name, entity in ENTITIES.items() if not entity.computed)
"""Names of the entities that have a table."""
