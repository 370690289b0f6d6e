"""The one place where a text becomes part of a SQL statement."""

from __future__ import annotations

from collections.abc import Iterable

from connector.errors import Bug, quote


def identifier(name: str) -> str:
    """Return a name as a quoted SQL identifier, whatever it contains."""
    if "\0" in name:
        raise Bug(f"a column name holds a zero character: {quote(name)}")
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """Return a value as a quoted SQL string, whatever it contains.

    No statement can hold a zero character, and an account can have one in the name of a stage: it is put in by a call.
    """
    quoted = ["'" + part.replace("'", "''") + "'" for part in str(value).split("\0")]
    return quoted[0] if len(quoted) == 1 else f"({' || chr(0) || '.join(quoted)})"


def literals(values: Iterable[object]) -> str:
    """Return values as a list for ``IN (...)``."""
    return ", ".join(literal(value) for value in values)
