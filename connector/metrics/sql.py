"""Writes values and names into SQL. Nothing else in this package may quote."""

from __future__ import annotations

from datetime import date, datetime


def literal(value: str | float | bool | date | datetime | None) -> str:
    """Return a value as a DuckDB literal. Instants must be aware.

    No statement can hold a zero character; the name of a stage can, so it is put in by a call.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    quoted = ["'" + part.replace("'", "''") + "'" for part in value.split("\0")]
    return quoted[0] if len(quoted) == 1 else f"({' || chr(0) || '.join(quoted)})"


def identifier(name: str) -> str:
    """Return a name as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'
