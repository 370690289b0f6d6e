"""The one place where the store turns names and values into DuckDB text and opens DuckDB."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from connector.model.quoting import identifier, literal

__all__ = ["identifier", "literal", "literals", "open_duckdb"]


def literals(values: Iterable[str | Path]) -> str:
    """Return several texts as an SQL list, e.g. ``['a', 'b']``."""
    return "[" + ", ".join(map(literal, values)) + "]"


def open_duckdb(spill: Path, memory_limit: str = "512MB", threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open an in-memory DuckDB in UTC that spills into the directory ``spill`` and loads nothing from the net."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(spill),
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        config["threads"] = threads
    # DuckDB makes the last directory itself when it needs it, and then also removes it.
    spill.parent.mkdir(parents=True, exist_ok=True)
    database = duckdb.connect(config=config)
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    return database
