"""The folded streams of an account as relations, and the pieces of SQL that read what HubSpot nests in a cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from connector.model.quoting import identifier, literal

_LINKS: Final = '[{"id": "VARCHAR", "labels": ["VARCHAR"], "types": ["BIGINT"]}]'
_HISTORY: Final = (
    '[{"value": "VARCHAR", "timestamp": "VARCHAR", "sourceType": "VARCHAR", "updatedByUserId": "VARCHAR"}]'
)

PRIMARY_TYPES: Final = (1, 5, 26, 578)
"""Types of association that mark the one that counts: company of a contact, of a deal and of a ticket, contact of a
lead (developers.hubspot.com, "association type IDs"). Other kinds are known by their label, Primary."""


@dataclass(frozen=True, slots=True)
class Tables:
    """Folded streams by name. Columns that a stream lacks read as NULL."""

    connection: duckdb.DuckDBPyConnection
    files: Mapping[str, Path]
    some: Mapping[str, str] = field(default_factory=dict)
    """Name of a table with the ``id`` of the only rows to see, by stream."""

    def has(self, stream: str, *names: str) -> bool:
        """Whether a stream is there with all of some columns."""
        return stream in self.files and self.columns(stream).issuperset(names)

    def columns(self, stream: str) -> frozenset[str]:
        """Return the columns of a stream; of one that is not there, none."""
        if stream not in self.files:
            return frozenset()
        found = self.connection.execute(f"DESCRIBE SELECT * FROM {self.scan(stream)}").fetchall()
        return frozenset(row[0] for row in found) - {"_line"}

    def scan(self, stream: str) -> str:
        read = f"read_parquet({literal(self.files[stream])}, hive_partitioning=false)"
        return f"(SELECT * FROM {read} SEMI JOIN {self.some[stream]} USING (id))" if stream in self.some else read

    def cell(self, stream: str, name: str) -> str:
        """SQL of a column; an empty text is nothing."""
        return f"nullif({identifier(name)}, '')" if name in self.columns(stream) else "NULL::VARCHAR"

    def property(self, stream: str, name: str) -> str:
        return self.cell(stream, f"properties.{name}")

    def history(self, stream: str, name: str) -> str:
        """SQL of the former values of a property: a list of {stamp, value, author, source}, oldest first, never NULL.

        Values that repeat the one before are left out. HubSpot keeps a limited number of versions, newest first.
        """
        if f"history.{name}" not in self.columns(stream):
            return f"[]::{_STEPS}"
        read = f"from_json({identifier(f'history.{name}')}, {literal(_HISTORY)})"
        steps = (
            f"list_transform({read}, lambda h: {{'stamp': {instant('h.timestamp')},"
            f" 'value': nullif(h.value, ''), 'author': h.updatedByUserId, 'source': h.sourceType}})"
        )
        timed = f"list_sort(list_filter(coalesce({steps}, []), lambda h: h.stamp IS NOT NULL))"
        return f"{_collapsed(timed)}::{_STEPS}"


_STEPS: Final = "STRUCT(stamp TIMESTAMPTZ, value VARCHAR, author VARCHAR, source VARCHAR)[]"


def _collapsed(steps: str) -> str:
    kept = "list_filter(one, lambda h, i: i = 1 OR h.value IS DISTINCT FROM one[i - 1].value)"
    return f"list_transform([{steps}], lambda one: {kept})[1]"


def instant(cell: str) -> str:
    """SQL of a moment that is written in ISO form, or in milliseconds since 1970 as HubSpot's older bodies have it."""
    counted = f"try(make_timestamptz(try_cast({cell} AS BIGINT) * 1000))"
    return f"coalesce(try_cast({cell} AS TIMESTAMPTZ), {counted})"


def value_at(history: str, moment: str) -> str:
    """SQL of the value that a history (oldest first) has at a moment; NULL before its first."""
    return f"list_filter({history}, lambda h: h.stamp <= {moment})[-1].value"


def links(cell: str) -> str:
    """SQL of a list of {rank, number, id, role}: primary ones first, then by number of id. NULL without any."""
    types = f"[{', '.join(map(str, PRIMARY_TYPES))}]"
    labelled = "list_contains(list_transform(coalesce(l.labels, []), lambda x: lower(x)), 'primary')"
    primary = f"list_has_any(coalesce(l.types, []), {types}) OR {labelled}"
    role = "list_filter(coalesce(l.labels, []), lambda x: lower(x) <> 'primary')[1]"
    read = f"from_json({cell}, {literal(_LINKS)})"
    return (
        f"list_sort(list_transform({read}, lambda l: {{'rank': CASE WHEN {primary} THEN 0 ELSE 1 END,"
        f" 'number': try_cast(l.id AS BIGINT), 'id': l.id, 'role': {role}}}))"
    )


def first_link(cell: str) -> str:
    """SQL of the id of the primary link, else of the one with the lowest id."""
    return f"({links(cell)})[1].id"


@dataclass(frozen=True, slots=True)
class Recipe:
    """``query`` gives the statement of a dataset, or None when the streams do not have what it needs."""

    needs: tuple[str, ...]
    query: Callable[[Tables], str | None]
    uses: tuple[str, ...] = ()
    owner: str = ""
    """Column that names the row of the only stream which a row is made of: then only changed rows are read again."""
    reads: tuple[str, ...] = ()
    """Columns of that stream which the statement reads."""
