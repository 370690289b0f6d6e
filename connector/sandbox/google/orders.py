"""The order of values in Google's Sheets."""

from __future__ import annotations

from connector.sandbox.google.grid import Error, Result


def rank(value: Result) -> tuple[int, float, str]:
    """Return what values are ordered by: numbers, texts without regard to case, FALSE and TRUE, errors, nothing."""
    if value is None:
        return 4, 0.0, ""
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, int | float):
        return 0, float(value), ""
    return (3, 0.0, value.type) if isinstance(value, Error) else (1, 0.0, value.casefold())
