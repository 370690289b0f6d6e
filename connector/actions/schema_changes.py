"""What changed in the fields of a vendor's account since the last sync: told before anything is delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from connector.errors import quote
from connector.sources.stream import Property


@dataclass(frozen=True, slots=True)
class KnownProperty:
    """A field as an earlier sync found it. ``gone``: the account no longer has it, but rows still hold its values."""

    property: Property
    gone: bool = False


Remembered = Mapping[str, Mapping[str, KnownProperty]]
"""Stream to name to field."""


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One field that was added, renamed, retyped or removed."""

    stream: str
    field: str
    kind: Literal["added", "renamed", "retyped", "removed"]
    sentence: str


def remembered_properties(state: Mapping[str, Any]) -> Remembered:
    """Read what an earlier sync kept."""
    return {
        stream: {
            name: KnownProperty(
                Property(name, str(label), str(kind), bool(custom), tuple((str(v), str(text)) for v, text in options)),
                bool(gone),
            )
            for name, (label, kind, custom, options, gone) in fields.items()
        }
        for stream, fields in state.items()
    }


def kept_state(known: Remembered | None, found: Mapping[str, Sequence[Property]]) -> dict[str, Any]:
    """Return what the next sync shall remember: the fields found, and those of the user's own that are gone."""
    return {
        stream: {
            one.property.name: [
                one.property.label, one.property.type, one.property.custom,
                [list(option) for option in one.property.options] if one.property.custom else [], one.gone,
            ]
            for one in [*map(KnownProperty, found.get(stream, ())), *_gone(known, found, stream)]
        }
        for stream in sorted({*(known or {}), *found})
    }  # fmt: skip


def with_gone(known: Remembered | None, found: Mapping[str, Sequence[Property]]) -> dict[str, list[Property]]:
    """Return the fields found and, behind them, those of the user's own that are gone: their values are kept."""
    streams = sorted({*(known or {}), *found})
    return {
        stream: [*found.get(stream, ()), *(one.property for one in _gone(known, found, stream))] for stream in streams
    }


def _gone(known: Remembered | None, found: Mapping[str, Sequence[Property]], stream: str) -> list[KnownProperty]:
    names = {one.name for one in found.get(stream, ())}
    before = (known or {}).get(stream, {}).values()
    return [
        KnownProperty(one.property, gone=True)
        for one in before
        if one.property.custom and one.property.name not in names
    ]


def compare_properties(known: Remembered | None, found: Mapping[str, Sequence[Property]]) -> tuple[SchemaChange, ...]:
    """Return every difference between the fields kept and those found; none before the first sync."""
    if known is None:
        return ()
    changes: list[SchemaChange] = []
    for stream in sorted(known.keys() | found.keys()):
        changes += _compare(stream, known.get(stream, {}), {one.name: one for one in found.get(stream, ())})
    return tuple(changes)


def _compare(stream: str, before: Mapping[str, KnownProperty], after: Mapping[str, Property]) -> list[SchemaChange]:
    changes = [
        SchemaChange(stream, name, "added", f"{stream}: the field {quote(one.label)} ({name}) is new.")
        for name, one in after.items()
        if name not in before or before[name].gone
    ]
    for name, known in before.items():
        if known.gone:
            continue
        one, old = after.get(name), known.property
        if one is None:
            sentence = (
                f"{stream}: the field {quote(old.label)} ({name}) is gone; the values it had are kept as they were."
            )
            changes.append(SchemaChange(stream, name, "removed", sentence))
            continue
        if one.type != old.type:
            sentence = f"{stream}: the field {quote(one.label)} ({name}) was of type {old.type} and is now {one.type}."
            changes.append(SchemaChange(stream, name, "retyped", sentence))
        if one.label != old.label:
            sentence = f"{stream}: the field {name} was called {quote(old.label)} and is now {quote(one.label)}."
            changes.append(SchemaChange(stream, name, "renamed", sentence))
    return changes
