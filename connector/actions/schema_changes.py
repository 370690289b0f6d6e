"""What changed in the fields of a vendor's account since the last sync: told before anything is delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connector.errors import quote
from connector.sources.stream import Property

Remembered = Mapping[str, Mapping[str, Sequence[Any]]]
"""Stream to field to label, type and whether it is custom."""


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One field that was added, renamed, retyped or removed."""

    stream: str
    field: str
    kind: Literal["added", "renamed", "retyped", "removed"]
    sentence: str


def remembered_properties(state: Mapping[str, Any]) -> Remembered:
    """Read what an earlier sync kept."""
    return {stream: dict(fields) for stream, fields in state.items() if isinstance(fields, Mapping)}


def compare_properties(known: Remembered | None, found: Mapping[str, Sequence[Property]]) -> tuple[SchemaChange, ...]:
    """Return every difference between the fields kept and those found; none before the first sync."""
    if known is None:
        return ()
    changes: list[SchemaChange] = []
    for stream in sorted(known.keys() | found.keys()):
        changes += _compare(stream, known.get(stream, {}), {one.name: one for one in found.get(stream, ())})
    return tuple(changes)


def _compare(stream: str, before: Mapping[str, Sequence[Any]], after: Mapping[str, Property]) -> list[SchemaChange]:
    changes = [
        SchemaChange(stream, name, "added", f"{stream}: the field {quote(one.label)} ({name}) is new.")
        for name, one in after.items()
        if name not in before
    ]
    for name, (label, kind, *_) in before.items():
        one = after.get(name)
        if one is None:
            sentence = f"{stream}: the field {quote(label)} ({name}) is gone; the values it had are kept as they were."
            changes.append(SchemaChange(stream, name, "removed", sentence))
            continue
        if one.type != kind:
            sentence = f"{stream}: the field {quote(one.label)} ({name}) was of type {kind} and is now {one.type}."
            changes.append(SchemaChange(stream, name, "retyped", sentence))
        if one.label != label:
            sentence = f"{stream}: the field {name} was called {quote(label)} and is now {quote(one.label)}."
            changes.append(SchemaChange(stream, name, "renamed", sentence))
    return changes
