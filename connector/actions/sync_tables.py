"""From the chunks that a sync read to published tables: fold, complete, normalise, derive, publish."""

from __future__ import annotations

import hashlib
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from connector.actions.account_mapping import AccountMapping
from connector.model.imports import RawImport
from connector.normalise.build import BuildResult, build
from connector.normalise.fold import FoldRules, fold
from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.workbench import BuildOptions
from connector.sources.stream import Account, Property, Stream
from connector.store.derive import derive
from connector.store.journal import Chunk
from connector.store.store import Connection, Publication, Writing


class Normaliser(Protocol):
    """What one vendor's streams need on their way to the fixed schema; one module of ``normalise`` each."""

    made_from: Mapping[str, tuple[str, ...]]
    """Further datasets, by the streams they are made from."""

    def explode(
        self, folded: Mapping[str, Path], before: Mapping[str, Path], out: Path, only: frozenset[str],
        memory_limit: str, threads: int | None,
    ) -> dict[str, Path]:  # fmt: skip
        """Write those further datasets of ``only`` that have rows; return them by name.

        ``before`` gives the files of all datasets as they were: one that is still right is returned as it is.
        """
        ...

    most_custom: int
    """Properties of the user's own that the default mapping makes columns of, at most, for each dataset."""

    def default_mapping(
        self, columns: Mapping[str, Sequence[str]], properties: Mapping[str, Sequence[Property]], account: Account,
        preferred: Mapping[str, Sequence[str]],
    ) -> AccountMapping:  # fmt: skip
        """Return the mapping of datasets with these columns, as a person could have written it.

        Where there is no room for all, those of ``preferred`` come first, in its order.
        """
        ...


@dataclass(frozen=True)
class Tables:
    """What is needed to make the tables of a connection anew. ``tell`` is told each step."""

    system: str
    normaliser: Normaliser
    data_dir: Path
    connection: Connection
    now: datetime
    memory_limit: str
    threads: int | None
    tell: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Folding:
    """The datasets of a connection after folding. ``changed`` says whether any of them is new."""

    raw: tuple[RawImport, ...]
    folded: tuple[int, ...]
    """Numbers of the chunks that are in them."""
    changed: bool


def fold_streams(
    tables: Tables, turn: Writing, chunks: Sequence[Chunk], streams: Sequence[Stream], whole: frozenset[str]
) -> Folding:
    """Fold the chunks of ``streams`` into the datasets they had; ``whole`` names snapshots read to the end."""
    known = {raw.dataset: raw for raw in turn.raw_imports(tables.connection)}
    kept: list[RawImport] = []
    folded: list[int] = []
    changed = False
    for stream in streams:
        mine = [chunk for chunk in chunks if chunk.stream == stream.name]
        if stream.name in whole or (mine and not stream.snapshot):
            fresh = _folded(tables, turn, stream, [chunk.path for chunk in mine], known.get(stream.name))
            folded += [chunk.number for chunk in mine]
        else:
            fresh = known.get(stream.name)
        changed = changed or fresh != known.get(stream.name)
        kept += [fresh] if fresh is not None else []
    return Folding(tuple(kept), tuple(folded), changed)


def _folded(
    tables: Tables, turn: Writing, stream: Stream, chunks: Sequence[Path], known: RawImport | None
) -> RawImport | None:
    """Return the dataset of a stream with its chunks folded in: the known one where they tell nothing new."""
    if not chunks and known is None:
        return None
    tables.tell(f"folding {stream.label}")
    target = turn.raw_directory(tables.connection) / f"{secrets.token_hex(8)}.parquet"
    previous = tables.data_dir / known.path if known is not None else None
    rules = FoldRules(stream.snapshot, tables.now, tables.memory_limit, tables.threads)
    result = fold(chunks, previous, target, rules)
    if known is not None and not result.changed:
        return known
    return _raw(tables, stream.name, target, result.sha256, result.rows, result.columns)


def publish(
    tables: Tables,
    turn: Writing,
    folding: Folding,
    mapping: str | Callable[[Sequence[RawImport]], str],
    finish: Callable[[BuildResult, str], Publication],
) -> int:
    """Complete the datasets, normalise all, and publish; ``finish`` adds what the run knows to the publication.

    ``mapping`` is the text to use, or makes it from the datasets.
    """
    tables.tell("completing rows")
    raw = folding.raw + _exploded(tables, turn, folding.raw)
    text = mapping if isinstance(mapping, str) else mapping(raw)
    keyed = frozenset(one.dataset for one in folding.raw)
    options = BuildOptions(tables.system, tables.memory_limit, tables.threads, tables.tell, keyed)
    built = build(parse_mapping(text, "mapping"), raw, tables.data_dir, turn.staging, options)
    tables.tell("working out history")
    facts = derive(
        turn.staging, built.profile.time_zone, tables.now, memory_limit=tables.memory_limit, threads=tables.threads
    )
    since = facts.history_since.isoformat() if facts.history_since else ""
    done = finish(built, text)
    profile = replace(built.profile, history_since=since, data_through=done.profile.data_through)
    tables.tell("publishing")
    complete = replace(done, staged=turn.staging, raw_imports=raw, profile=profile, folded=folding.folded)
    return turn.publish(tables.connection, complete, tables.now)


def _exploded(tables: Tables, turn: Writing, raw: Sequence[RawImport]) -> tuple[RawImport, ...]:
    """Return the further datasets: those whose streams did not change stay as they are."""
    known = {one.dataset: one for one in turn.raw_imports(tables.connection)}
    fresh = {one.dataset for one in raw if known.get(one.dataset) != one}
    made_from = tables.normaliser.made_from
    only = frozenset(name for name, streams in made_from.items() if fresh & set(streams))
    kept = [one for name, one in known.items() if name in made_from and name not in only]
    files = {one.dataset: tables.data_dir / one.path for one in raw}
    out = turn.staging / "exploded"
    before = {name: tables.data_dir / one.path for name, one in known.items()}
    found = tables.normaliser.explode(files, before, out, only, tables.memory_limit, tables.threads) if only else {}
    for name, path in sorted(found.items()):
        if path == before.get(name):
            kept.append(known[name])
            continue
        target = turn.raw_directory(tables.connection) / f"{secrets.token_hex(8)}.parquet"
        path.rename(target)
        kept.append(_raw(tables, name, target, _digest(target), *parquet_facts(target)))
    shutil.rmtree(out, ignore_errors=True)
    return tuple(kept)


def _raw(tables: Tables, dataset: str, path: Path, sha256: str, rows: int, columns: Sequence[str]) -> RawImport:
    return RawImport(
        id=path.stem, dataset=dataset, sequence=1, imported_at=tables.now, replace=False,
        path=path.relative_to(tables.data_dir).as_posix(), sha256=sha256, rows=rows, columns=tuple(columns),
    )  # fmt: skip


def parquet_facts(path: Path) -> tuple[int, tuple[str, ...]]:
    """Return rows and columns of a raw file, ``_line`` left out."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only a sync pays for it

    file = pq.read_metadata(path)
    names = file.schema.to_arrow_schema().names
    return file.num_rows, tuple(name for name in names if name != "_line")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
