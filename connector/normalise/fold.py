"""From the rows that a sync read, page by page, to one file of a stream with the newest version of each row.

Rows come in the order in which they were read. Of several versions of a row the one with the greatest ``updatedAt``
counts, then the one read later; a version without a time is as new as the newest one read before it. Columns are
settled one by one: a version from a file that lacks a column says nothing about it, a NULL says that it is empty.
A row with ``archived`` = ``true`` and nothing else says that the record is gone; its values stay. A version with
``archived`` = ``false`` brings it back when it is not older than what is known, and ends its ``merged_into``.

The wide rows are never sorted: a narrow pass over ids finds the positions of the versions that count.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from os.path import commonpath
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from connector.errors import Bug
from connector.model.quoting import identifier, literal
from connector.normalise.engine import open_engine, roomy
from connector.normalise.fold_versions import LINE, Versions, read_shapes

_VECTOR: Final = 2_048
_GROUP_CELLS: Final = 800_000
"""Cells of one row group: what a thread holds before it writes. A wide stream gets groups of fewer rows."""

DICTIONARY: Final = "DICTIONARY_SIZE_LIMIT 1000"
"""Stages and owners are kept as a dictionary; to try it with names and moments costs a quarter more and gains none."""


@dataclass(frozen=True, slots=True)
class FoldRules:
    """How to fold. ``whole``: the chunks are a finished pass over the stream, and rows that they lack are gone.

    ``found_at`` is the aware moment written to ``archivedAt`` of records that are found gone without being told
    since when; without it ``archivedAt`` stays empty.
    """

    whole: bool = False
    found_at: datetime | None = None
    memory_limit: str = "512MB"
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class Folded:
    """The file of a stream. ``columns`` come without ``_line``, ``id`` first and the others in order of name.

    When nothing changed, ``path`` is the previous file and the target was not written. ``live`` rows are those
    that are not archived.
    """

    path: Path
    rows: int
    live: int
    columns: tuple[str, ...]
    sha256: str
    changed: bool


def fold(chunks: Sequence[Path], previous: Path | None, target: Path, rules: FoldRules | None = None) -> Folded:
    """Fold the chunks of a stream, in reading order, into the file of an earlier fold, and write ``target``.

    Chunks are Parquet files of VARCHAR columns with ``id``; all rows of a file know the same columns, so a page with
    other columns belongs into another file. The result has them all, ``archived`` (``true`` or ``false``),
    ``archivedAt``, ``merged_into`` and a BIGINT ``_line``, the number a row got when it was first seen, from 1 to
    the number of rows. Raises StorageFull and TryLater; ``target`` is then as it was.
    """
    rules = rules or FoldRules()
    files = [*([previous] if previous is not None else []), *chunks]
    if not files:
        raise Bug("a stream without chunks and without a previous file cannot be folded")
    folder = Path(commonpath([path.parent.resolve() for path in files]))
    work = target.parent / f"{target.name}.work"
    try:
        with open_engine(folder, work, *roomy(rules.memory_limit, rules.threads, _width(files))) as connection:
            versions = read_shapes(connection, previous, chunks, rules.found_at)
            rows = _changed_rows(versions, rules)
            path = previous if rows is None else _write(versions, rows, work / "rows.parquet")
            assert path is not None
            count, live = versions.counted(path)
        if rows is not None:
            path = path.replace(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Folded(path, count, live, versions.columns, digest, changed=rows is not None)


def _width(files: Sequence[Path]) -> int:
    """Return how many columns the widest file has."""
    return max(int(pq.read_metadata(path).num_columns) for path in files)


def _changed_rows(versions: Versions, rules: FoldRules) -> str | None:
    """Return SQL of all rows, or None when they are what the previous file holds."""
    if versions.known is None and not versions.may_repeat():
        return versions.unsettled()
    versions.settle()
    if versions.known is None or versions.differ(whole=rules.whole):
        return versions.settled(whole=rules.whole)
    return None


def _write(versions: Versions, rows: str, fresh: Path) -> Path:
    listed = ", ".join(identifier(name) for name in (*versions.columns, LINE))
    group = _VECTOR * max(1, min(60, _GROUP_CELLS // len(versions.columns) // _VECTOR))
    written = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {group}, {DICTIONARY}"
    written += ", WRITE_BLOOM_FILTER false"  # nobody looks for single values in a file that is always read whole
    versions.connection.execute(f"COPY (SELECT {listed} FROM ({rows})) TO {literal(fresh)} ({written})")
    return fresh
