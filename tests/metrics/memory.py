"""A reading door over rows given in a test: entities of the schema as DuckDB tables in memory.

A table is made when rows come or a question says that it reads the entity, as the store makes its views.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import duckdb

from connector.model.schema import ENTITIES, STORED
from connector.model.table import Freshness
from connector.model.workspace import Profile

NOW = datetime(2024, 5, 15, 12, 0, tzinfo=UTC)


@dataclass
class Answer:
    columns: list[str]
    rows: list[tuple[Any, ...]]


@dataclass
class MemoryReader:
    """Rows are dicts; columns left out are NULL, is_deleted is false unless given."""

    profile: Profile = field(default_factory=Profile)
    freshness: Freshness = field(default_factory=Freshness)

    def __post_init__(self) -> None:
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self._made: set[str] = set()

    def make(self, name: str) -> None:
        """Make the table of a stored entity where there is none yet."""
        if name in STORED and name not in self._made:
            columns = ", ".join(f'"{c.name}" {c.storage_type}' for c in ENTITIES[name].storage())
            self.connection.execute(f'CREATE TABLE "{name}" (workspace_id VARCHAR, connection_id VARCHAR, {columns})')
            self._made.add(name)

    def add(self, entity: str, *rows: dict[str, Any]) -> MemoryReader:
        self.make(entity)
        together: list[tuple[tuple[str, ...], list[dict[str, Any]]]] = []
        for row in rows:
            full = {"is_deleted": False} | row
            if entity == "deal":
                full = {"closing_owner_id": full.get("owner_id"), "currency": self.profile.currency} | full
                if full.get("status") == "open":
                    full = {"last_open_stage_id": full.get("stage_id")} | full
            if not together or together[-1][0] != tuple(full):
                together.append((tuple(full), []))
            together[-1][1].append(full)
        for columns, alike in together:
            names = ", ".join(f'"{name}"' for name in columns)
            marks = ", ".join([f"({', '.join('?' for _ in columns)})"] * len(alike))
            values = [value for full in alike for value in full.values()]
            self.connection.execute(f'INSERT INTO "{entity}" ({names}) VALUES {marks}', values)
        self._describe(entity)
        return self

    def _describe(self, entity: str) -> None:
        """Keep the profile's facts true, as the store does at publication."""
        names = [c.name for c in ENTITIES[entity].storage()]
        counted = ", ".join(f'COUNT("{name}")' for name in names)
        counts = self.connection.execute(f'SELECT {counted} FROM "{entity}"').fetchone()
        assert counts is not None
        filled = tuple(name for name, count in zip(names, counts, strict=True) if count)
        rows = self.connection.execute(f'SELECT COUNT(*) FROM "{entity}" WHERE NOT is_deleted').fetchone()
        currencies = self.profile.currencies
        if "currency" in names:
            held = self.connection.execute(
                f'SELECT DISTINCT currency FROM "{entity}" WHERE currency IS NOT NULL'
            ).fetchall()
            currencies = currencies | {entity: tuple(sorted(value for (value,) in held))}
        self.profile = replace(
            self.profile,
            filled=self.profile.filled | {entity: filled},
            rows=self.profile.rows | {entity: rows[0] if rows else 0},
            currencies=currencies,
        )

    def run(self, sql: str, entities: Iterable[str]) -> Answer:
        for name in entities:
            self.make(name)
        cursor = self.connection.execute(sql)
        return Answer([column[0] for column in cursor.description or ()], cursor.fetchall())

    def check_time(self) -> None:
        """A test has all the time it needs."""
