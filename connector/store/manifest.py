"""The manifest: which files make up a workspace at one generation. Publishing it is what makes data visible."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import Any

from connector.model.imports import RawImport
from connector.model.schema import ENTITIES
from connector.model.workspace import Profile


@cache
def schema_mark(entity: str, lacks: tuple[str, ...] = ()) -> str:
    """Return a short text that changes with the stored columns of an entity, and with those that its files leave out.

    Files written under another mark may lack columns or hold other types; they are read with care. So are files that
    lack columns by a version of Puente that knows of no such files.
    """
    stored = [f"{column.name} {column.storage_type}" for column in ENTITIES[entity].storage()]
    columns = ",".join([*stored, *(f"no {name}" for name in lacks)])
    return hashlib.sha256(columns.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one entity that one connection contributes.

    ``version`` is the Delta version that names the files, ``files`` their paths with the number of rows, deleted
    ones too, ``schema`` the :func:`schema_mark` under which they were written, ``lacks`` the columns of it that the
    files leave out because no row has a value there.
    """

    version: int
    files: dict[str, int]
    schema: str
    lacks: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(self.files.values())

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Part:
        return cls(int(data["version"]), dict(data["files"]), str(data["schema"]), tuple(data.get("lacks", ())))


Tables = dict[str, dict[str, Part]]
"""Entity to connection id to its part."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One published state of a workspace. Connection ids are the keys of all inner mappings.

    Generation 0 is the empty state before the first publication. ``profiles`` has the connection that was
    published last as its last key. ``rejects`` names the file of rows that could not be read.
    """

    workspace_id: str
    generation: int = 0
    run_id: str = ""
    created_at: datetime | None = None
    tables: Tables = field(default_factory=dict)
    raw: dict[str, tuple[RawImport, ...]] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    rejects: dict[str, str] = field(default_factory=dict)

    def files(self) -> set[str]:
        """Return every file that this state needs, relative to the data directory."""
        named = {path for parts in self.tables.values() for part in parts.values() for path in part.files}
        named |= {path for entries in self.raw.values() for path in raw_files(entries)}
        return named | set(self.rejects.values())

    def profile(self) -> Profile:
        """Return what the figures of the workspace depend on, all its connections together."""
        return merged_profile(self.profiles)


def raw_files(imports: Iterable[RawImport]) -> Iterator[str]:
    """Yield the files of imports, relative to the data directory: their rows, and those that could not be read."""
    for entry in imports:
        yield entry.path
        if entry.problems:
            yield f"{entry.path}.problems.csv"


def tables_to_json(tables: Tables) -> dict[str, Any]:
    """Return plain JSON data; :func:`tables_from_json` reads it back."""
    return {entity: {key: asdict(part) for key, part in parts.items()} for entity, parts in tables.items()}


def tables_from_json(data: Mapping[str, Any]) -> Tables:
    """Rebuild the tables of a manifest; entities that the schema no longer has are left out."""
    return {
        entity: {key: Part.from_json(part) for key, part in parts.items()}
        for entity, parts in data.items()
        if entity in ENTITIES
    }


def merged_profile(profiles: Mapping[str, Profile]) -> Profile:
    """Join the profiles of several connections. Single settings come from the one published last (the last key)."""
    entries = list(profiles.values())
    if not entries:
        return Profile()
    if len(entries) == 1:
        return entries[0]
    with_history = [entry for entry in entries if entry.rows.get("deal")]
    trusted = [entry.history_since for entry in with_history]
    return replace(
        entries[-1],
        typed=False,
        conversion=_union(entry.conversion for entry in entries),
        custom=tuple(dict.fromkeys(column for entry in entries for column in entry.custom)),
        allowed=_union_by_name(entry.allowed for entry in entries),
        repairs=tuple(repair for entry in entries for repair in entry.repairs),
        currencies=_union_by_name(entry.currencies for entry in entries),
        rows=_sum_by_name(entry.rows for entry in entries),
        filled=_union_by_name(entry.filled for entry in entries),
        history_since=max(trusted, default="") if all(trusted) else "",
        data_through=max(entry.data_through for entry in entries),
        rejected=sum(entry.rejected for entry in entries),
    )


def _union(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for group in groups for value in group))


def _union_by_name(groups: Iterable[dict[str, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    joined: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for name, values in group.items():
            joined[name] = _union((joined.get(name, ()), values))
    return joined


def _sum_by_name(groups: Iterable[dict[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for group in groups:
        for name, count in group.items():
            total[name] = total.get(name, 0) + count
    return total
