"""The one place where text becomes part of a SQL statement of this package."""

from __future__ import annotations

from collections.abc import Iterable

from connector.errors import Bug, quote


def identifier(name: str) -> str:
    """Return a name as a quoted SQL identifier, whatever it contains."""
    if "\0" in name:
        raise Bug(f"a column name holds a zero character: {quote(name)}")
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a value as a quoted SQL string, whatever it contains."""
    text = str(value)
    if "\0" in text:
        raise Bug(f"a value holds a zero character: {quote(text)}")
    return "'" + text.replace("'", "''") + "'"


def literals(values: Iterable[object]) -> str:
    """Return values as a list for ``IN (...)``."""
    return ", ".join(literal(value) for value in values)
