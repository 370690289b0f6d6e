"""The fields an account has for a kind of record: they are added, relabelled, renamed, retyped and removed."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of an enumeration."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One property of a kind of record. ``type`` is string, number, enumeration, date, datetime or bool."""

    name: str
    label: str
    type: str = "string"
    custom: bool = False
    options: tuple[Option, ...] = ()
    calculated: bool = False
    created_ms: int = 0
    updated_ms: int = 0
    refers_to: str = ""
    """Kind of record that the value points to, ``owners`` for people."""


class FieldList:
    """The fields of one kind of record, in order."""

    def __init__(self, fields: list[Field]) -> None:
        self._fields = {field.name: field for field in fields}

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __len__(self) -> int:
        return len(self._fields)

    def all(self) -> list[Field]:
        return list(self._fields.values())

    def get(self, name: str) -> Field | None:
        return self._fields.get(name)

    def add(self, field: Field) -> None:
        self._fields[field.name] = field

    def remove(self, name: str) -> Field:
        return self._fields.pop(name)

    def relabel(self, name: str, label: str, now_ms: int) -> None:
        self._fields[name] = replace(self._fields[name], label=label, updated_ms=now_ms)

    def retype(self, name: str, kind: str, now_ms: int, options: tuple[Option, ...] = ()) -> None:
        self._fields[name] = replace(self._fields[name], type=kind, options=options, updated_ms=now_ms)
