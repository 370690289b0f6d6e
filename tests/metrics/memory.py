"""A reading door over rows given in a test: every entity of the schema as a DuckDB table in memory."""

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
        for name in STORED:
            columns = ", ".join(f'"{c.name}" {c.storage_type}' for c in ENTITIES[name].storage())
            self.connection.execute(f'CREATE TABLE "{name}" (workspace_id VARCHAR, connection_id VARCHAR, {columns})')

    def add(self, entity: str, *rows: dict[str, Any]) -> MemoryReader:
        for row in rows:
            full = {"is_deleted": False} | row
            if entity == "deal":
                full = {"closing_owner_id": full.get("owner_id"), "currency": self.profile.currency} | full
                if full.get("status") == "open":
                    full = {"last_open_stage_id": full.get("stage_id")} | full
            names = ", ".join(f'"{name}"' for name in full)
            marks = ", ".join("?" for _ in full)
            self.connection.execute(f'INSERT INTO "{entity}" ({names}) VALUES ({marks})', list(full.values()))
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
        del entities
        cursor = self.connection.execute(sql)
        return Answer([column[0] for column in cursor.description or ()], cursor.fetchall())
