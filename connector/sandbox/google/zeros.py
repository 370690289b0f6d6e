"""Zeros as proto3 sends them: not at all, save where a field knows whether it was set."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.grid import Json

PLACES = {"rowIndex", "columnIndex"}
RANGE_NAMES = {
    "startRowIndex",
    "endRowIndex",
    "startColumnIndex",
    "endColumnIndex",
    "dimension",
    "locationType",
} | PLACES


def without_empties(message: Json) -> Json:
    """Return a message without fields that are false, empty texts or empty lists, within it too: those of a kind that
    cannot be told from unset ones."""
    kept = {name: without_empties(value) if isinstance(value, dict) else value for name, value in message.items()}
    return {name: value for name, value in kept.items() if value not in (None, False, "", [])}


def tidied(message: Json) -> Json:
    """Return a message as :func:`tidy` leaves it."""
    return {name: tidy(value) for name, value in message.items()}


def tidy(part: Any) -> Any:
    """Return a piece of JSON in which a range has no ``sheetId`` where that is 0, and a place no row or column 0."""
    if isinstance(part, list):
        return [tidy(entry) for entry in part]
    if not isinstance(part, dict):
        return part
    if part.get("sheetId") == 0 and (len(part) == 1 or not RANGE_NAMES.isdisjoint(part)):
        part = {name: value for name, value in part.items() if name != "sheetId"}
    return {name: tidy(value) for name, value in part.items() if value != 0 or name not in PLACES}
