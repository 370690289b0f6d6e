"""Writes values and names into SQL. Nothing else in this package may quote."""

from __future__ import annotations

from datetime import date, datetime

from connector.model.quoting import identifier
from connector.model.quoting import literal as text_literal

__all__ = ["identifier", "literal"]


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
    return text_literal(value)
