"""From what each record of the mapping contributes to the rows of one entity.

The first contribution in the mapping wins column by column, later ones fill what is empty. Contributions have one
row per id and lookups one row per value, so that no join can multiply a row.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb

from connector.model.quoting import identifier, literal
from connector.model.schema import ENTITIES, STORAGE_TYPES, Kind
from connector.normalise.extract import LOOKUP_PREFIX, Contribution
from connector.normalise.mapping import CUSTOM_PREFIX, Lookup
from connector.normalise.values import Value
from connector.normalise.versions import Settled

IN_THE_CURRENCY_OF_THE_DEAL: Final = ("deal_line", "deal_stage_history")
"""Entities whose money, where it has no currency of its own, is in that of the deal, which the store looks up."""


@dataclass(frozen=True, slots=True)
class Part:
    """One contribution and the relation that holds its rows."""

    contribution: Contribution
    relation: str

    @property
    def alias(self) -> str:
        return f"p{self.contribution.number}"

    def column(self, name: str) -> str:
        return f"{self.alias}.{identifier(name)}"


@dataclass(frozen=True, slots=True)
class Relation:
    """The finished rows of one entity: name of a view or table, the columns it has, the contributions behind it."""

    name: str
    columns: tuple[str, ...]
    parts: tuple[Part, ...] = ()


@dataclass(slots=True)
class Lookups:
    """Tables that answer lookups, made when first asked for: value to what is taken, and the same in lower case."""

    connection: duckdb.DuckDBPyConnection
    parts: dict[str, list[Part]]
    tables: dict[Lookup, str] = field(default_factory=dict)

    def table(self, lookup: Lookup) -> str:
        """Name of the table (``key``, ``found``); ``<name>_folded`` is the one in lower case."""
        if lookup not in self.tables:
            name = f"lookup_{len(self.tables)}"
            self._create(name, lookup)
            self.tables[lookup] = name
        return self.tables[lookup]

    def _create(self, name: str, lookup: Lookup) -> None:
        if lookup.entity not in self.parts:
            # The file that feeds the entity has not come yet: nothing is found.
            for table in (name, f"{name}_folded"):
                self.connection.execute(f"CREATE TEMP TABLE {table} (key VARCHAR, found VARCHAR)")
            return
        by, take = identifier(lookup.by), identifier(lookup.take)
        core = merged(self.parts[lookup.entity], None, {lookup.by, lookup.take})
        for table, key in ((name, f"{by}::VARCHAR"), (f"{name}_folded", f"lower({by}::VARCHAR)")):
            self.connection.execute(
                f"CREATE TEMP TABLE {table} AS SELECT {key} AS key,"
                f" coalesce(min({take}) FILTER (WHERE gone_at IS NULL), min({take}))::VARCHAR AS found"
                f" FROM ({core}) WHERE {by} IS NOT NULL GROUP BY 1"
            )


def parts_by_entity(contributions: Sequence[Contribution], settled: dict[int, Settled]) -> dict[str, list[Part]]:
    """Group the contributions by entity, in the order of the mapping."""
    found: dict[str, list[Part]] = {}
    for contribution in contributions:
        part = Part(contribution, settled[contribution.number].final)
        found.setdefault(contribution.entity, []).append(part)
    return found


def merged(parts: Sequence[Part], lookups: Lookups | None, wanted: Collection[str] | None = None) -> str:
    """SQL of the rows of one entity: ``id``, every column some part fills, ``synced_at`` and ``gone_at``.

    Without ``lookups``, columns that need one are left out; ``wanted`` names the only columns that are needed.
    """
    names = [name for name in filled_columns(parts, lookups is not None) if wanted is None or name in wanted]
    joins = [f"{parts[0].relation} AS {parts[0].alias}"]
    for index, part in enumerate(parts[1:], 1):
        before = ", ".join(earlier.column("id") for earlier in parts[:index])
        known = f"coalesce({before})" if index > 1 else before
        joins.append(f"FULL JOIN {part.relation} AS {part.alias} ON {known} = {part.column('id')}")
    columns = [f"{_first([part.column('id') for part in parts])} AS id"]
    for name in names:
        if name == "id":
            continue
        sql, needed = _column(parts, name, lookups)
        columns.append(f"{sql} AS {identifier(name)}")
        joins += needed
    columns.append(f"greatest({', '.join(part.column('synced_at') for part in parts)}) AS synced_at")
    columns.append(f"{_gone(parts)} AS gone_at")
    return f"SELECT {', '.join(columns)} FROM {' '.join(joins)}"


def filled_columns(parts: Sequence[Part], with_lookups: bool = True) -> list[str]:
    """Names of the entity columns that the parts fill, ``id`` first."""
    names: dict[str, None] = {"id": None}
    for part in parts:
        names |= dict.fromkeys(part.contribution.columns)
        if with_lookups:
            names |= dict.fromkeys(value.name for value in part.contribution.lookups)
    return list(names)


def _first(values: Sequence[str]) -> str:
    return f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]


def _gone(parts: Sequence[Part]) -> str:
    """A record is gone when it is gone in every contribution that has it."""
    if len(parts) == 1:
        return parts[0].column("gone_at")
    alive = " OR ".join(f"({part.column('id')} IS NOT NULL AND {part.column('gone_at')} IS NULL)" for part in parts)
    return f"CASE WHEN NOT ({alive}) THEN greatest({', '.join(part.column('gone_at') for part in parts)}) END"


def _column(parts: Sequence[Part], name: str, lookups: Lookups | None) -> tuple[str, list[str]]:
    """SQL of one column over all parts, and the joins it needs."""
    values, joins = [], []
    for part in parts:
        found = next((value for value in part.contribution.lookups if value.name == name), None)
        if found is not None and lookups is not None:
            sql, needed = _looked_up(part, found, lookups)
            values.append(sql)
            joins += needed
        elif name in part.contribution.columns:
            values.append(part.column(name))
    return _first(values), joins


def _looked_up(part: Part, value: Value, lookups: Lookups) -> tuple[str, list[str]]:
    lookup = value.rule.lookup
    assert lookup is not None
    table, text = lookups.table(lookup), part.column(LOOKUP_PREFIX + value.name)
    exact, folded = (identifier(f"{part.alias}:{value.name}:{way}") for way in ("exact", "folded"))
    joins = [
        f"LEFT JOIN {table} AS {exact} ON {text} = {exact}.key",
        f"LEFT JOIN {table}_folded AS {folded} ON lower({text}) = {folded}.key",
    ]
    found = [f"{exact}.found", f"{folded}.found"]
    record = part.contribution.record
    kind = record.kind(value.name)
    if kind == "ref" and lookup.take == "id":
        found.append(text)
    sql = f"coalesce({', '.join(found)})"
    if not value.is_custom and STORAGE_TYPES[kind] != "VARCHAR":
        sql = f"try_cast({sql} AS {STORAGE_TYPES[kind]})"
    if value.rule.default is not None:
        typed = value.default() if value.is_custom else f"{literal(value.rule.default)}::{STORAGE_TYPES[kind]}"
        sql = f"coalesce({sql}, {typed})"
    return sql, joins


# --- the stored form ----------------------------------------------------------------------------------------


def stored(entity: str, relation: Relation, system: str, currency: str) -> str:
    """SQL of a relation as the storage columns of the entity, in order, without those that nothing fills."""
    filled = set(relation.columns)
    columns = []
    for column in ENTITIES[entity].storage():
        name = column.name
        if name == "custom" and custom_values(relation.parts):
            sql = _custom(relation.parts)
        elif name == "source_system":
            sql = literal(system)
        elif name == "is_deleted":
            sql = "gone_at IS NOT NULL" + (" OR coalesce(is_deleted, false)" if "is_deleted" in filled else "")
        elif name == "deleted_at":
            sql = "coalesce(deleted_at, gone_at)" if "deleted_at" in filled else "gone_at"
        elif name == "currency" and ENTITIES[entity].has_money and entity not in IN_THE_CURRENCY_OF_THE_DEAL:
            sql = f"coalesce(currency, {literal(currency)})" if "currency" in filled else literal(currency)
        elif name in filled or name == "synced_at":
            sql = identifier(name)
        else:
            continue
        columns.append(f"{sql} AS {identifier(name)}")
    return f"SELECT {', '.join(columns)} FROM {relation.name}"


def custom_values(parts: Sequence[Part]) -> dict[str, Value]:
    """Custom columns of an entity by full name, with the first rule that fills each."""
    found: dict[str, Value] = {}
    for part in parts:
        for value in part.contribution.values:
            if value.is_custom:
                found.setdefault(value.name, value)
    return found


def _custom(parts: Sequence[Part]) -> str:
    values = custom_values(parts)
    keys = ", ".join(literal(name.removeprefix(CUSTOM_PREFIX)) for name in values)
    texts = ", ".join(_canonical(identifier(name), value) for name, value in values.items())
    return f"MAP([{keys}], [{texts}])"


def _canonical(column: str, value: Value) -> str:
    """A custom value as text that casts back: ISO dates, instants in UTC, plain decimals, true and false."""
    kind: Kind = (value.rule.type or "text") if value.rule.lookup is None else "text"
    if kind == "number":
        whole = f"{column} = trunc({column}) AND abs({column}) < 1e15"
        return f"CASE WHEN {whole} THEN {column}::BIGINT::VARCHAR ELSE {column}::VARCHAR END"
    if kind == "instant":
        return f"strftime(timezone('UTC', {column}), '%Y-%m-%d %H:%M:%S.%f+00')"
    return f"{column}::VARCHAR"
