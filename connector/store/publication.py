"""From staged files to the next manifest: what a publication holds, where its files go, what the manifest says."""

from __future__ import annotations

import filecmp
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from connector.model.imports import RawImport
from connector.model.schema import STORED
from connector.model.workspace import Profile
from connector.store.facts import Facts, read_facts
from connector.store.files import Layout, Place, move, settle, settle_directories
from connector.store.manifest import Manifest, Part, schema_mark

REJECTS_FILE: Final = "rejects.csv"
"""Name of the reject file in a staging directory; publishing keeps it beside the raw files."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A whole new state of one connection.

    ``staged`` is a directory ``<entity>/*.parquet`` whose files hold the stored columns of the entity, derived ones
    filled, or leave out, all files alike, what has no value in any row; an entity that is absent or has no rows
    becomes empty. ``raw_imports`` are all live imports in order. ``mapping_text`` None leaves the remembered mapping
    alone. ``status`` is ``partial`` when something that should have arrived did not.
    """

    staged: Path
    raw_imports: tuple[RawImport, ...]
    mapping_text: str | None
    profile: Profile
    summary: dict[str, Any] = field(default_factory=dict)
    status: Literal["succeeded", "partial"] = "succeeded"
    folded: tuple[int, ...] = ()
    """Numbers of the chunks of the journal that are in ``raw_imports`` now."""


@dataclass(frozen=True, slots=True)
class StagedEntity:
    """Files of one entity with their rows, those without rows left out, and what they hold."""

    files: dict[Path, int]
    facts: Facts


def read_staged(directory: Path, database: duckdb.DuckDBPyConnection) -> dict[str, StagedEntity]:
    """Look at every staged entity that has rows. Raises Bug when columns are not those of the schema."""
    staged: dict[str, StagedEntity] = {}
    for entity in STORED:
        files = sorted((directory / entity).glob("*.parquet"))
        if files:
            facts = read_facts(database, entity, files)
            full = {file: rows for file, rows in zip(files, facts.rows, strict=True) if rows}
            if full:
                staged[entity] = StagedEntity(full, facts)
    return staged


def place_files(
    layout: Layout, manifest: Manifest, place: Place, staged: Mapping[str, StagedEntity], now: datetime
) -> dict[str, Part]:
    """Move what changed into the Delta tables. Returns the new parts of the connection by entity.

    No manifest names the files yet: nobody who reads through manifests can see them.
    """
    from connector.store import tables  # noqa: PLC0415  a server that answers questions starts without delta-rs

    parts: dict[str, Part] = {}
    for entity in STORED:
        known = manifest.tables.get(entity, {}).get(place.connection_id)
        entry = staged.get(entity)
        if entry is None:
            if known is not None:
                tables.set_files(layout, entity, place, {}, now)
        elif known is not None and _is_same(layout, entity, entry, known):
            parts[entity] = known
        else:
            parts[entity] = _move(layout, entity, place, entry, now)
    return parts


def _is_same(layout: Layout, entity: str, entry: StagedEntity, known: Part) -> bool:
    if known.schema != schema_mark(entity, entry.facts.lacks) or len(known.files) != len(entry.files):
        return False
    with layout.hold(known.files):
        old = [layout.root / path for path in known.files]
        return all(filecmp.cmp(new, kept, shallow=False) for new, kept in zip(entry.files, old, strict=True))


def _move(layout: Layout, entity: str, place: Place, entry: StagedEntity, now: datetime) -> Part:
    directory = layout.table(entity) / place.directory
    rows: dict[str, int] = {}
    for source, count in entry.files.items():
        name = f"{secrets.token_hex(12)}.parquet"
        move(source, directory / name)
        rows[name] = count
    settle_directories(directory / name for name in rows)
    layout.put(directory / name for name in rows)  # before a Delta log names them
    from connector.store import tables  # noqa: PLC0415

    version = tables.set_files(layout, entity, place, rows, now)
    named = {layout.relative(directory / name): count for name, count in rows.items()}
    lacks = entry.facts.lacks
    return Part(version, named, schema_mark(entity, lacks), lacks)


def keep_rejects(layout: Layout, place: Place, publication: Publication, run_id: str) -> str | None:
    """Move the reject file, if there is one, to where it stays. Returns its relative path."""
    source = publication.staged / REJECTS_FILE
    if not source.is_file():
        return None
    target = layout.rejects(place.workspace_id, place.connection_id) / f"{run_id}.csv"
    move(source, target)
    settle_directories([target])
    return layout.relative(target)


def settle_raw(layout: Layout, manifest: Manifest, publication: Publication) -> None:
    """Make raw files durable that ``manifest`` does not name yet."""
    known = manifest.files()
    new = [layout.root / entry.path for entry in publication.raw_imports if entry.path not in known]
    for path in new:
        settle(path)
    settle_directories(new)


def successor(manifest: Manifest, connection_id: str, publication: Publication, parts: Mapping[str, Part]) -> Manifest:
    """Return the next generation: one connection as published, the others as they were."""
    joined: dict[str, dict[str, Part]] = {}
    for entity in STORED:
        others = {key: part for key, part in manifest.tables.get(entity, {}).items() if key != connection_id}
        mine = {connection_id: parts[entity]} if entity in parts else {}
        if others or mine:
            joined[entity] = others | mine
    profiles = {key: profile for key, profile in manifest.profiles.items() if key != connection_id}
    return replace(
        manifest,
        generation=manifest.generation + 1,
        tables=joined,
        raw=manifest.raw | {connection_id: publication.raw_imports},
        profiles=profiles | {connection_id: publication.profile},  # the one published last is the last key
        rejects={key: path for key, path in manifest.rejects.items() if key != connection_id},
    )


def completed_profile(publication: Publication, staged: Mapping[str, StagedEntity], now: datetime) -> Profile:
    """Fill what the caller left empty in a profile: rows, filled columns, currencies, newest import."""
    profile = publication.profile
    facts = {entity: entry.facts for entity, entry in staged.items()}
    newest = max((entry.imported_at for entry in publication.raw_imports), default=now)
    return replace(
        profile,
        rows=profile.rows or {entity: fact.live for entity, fact in facts.items()},
        currencies=profile.currencies or {entity: fact.currencies for entity, fact in facts.items() if fact.currencies},
        filled=profile.filled or {entity: fact.filled for entity, fact in facts.items()},
        data_through=profile.data_through or newest.isoformat(),
    )
