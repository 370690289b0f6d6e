"""Raw imports for tests: rows of text written as the Parquet files that the file reader makes."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connector.model.imports import RawImport

FIRST_IMPORT = datetime(2024, 9, 1, 12, tzinfo=UTC)


def write_raw(
    data_dir: Path,
    dataset: str,
    rows: Sequence[Mapping[str, str | None]],
    *,
    columns: Sequence[str] | None = None,
    sequence: int = 1,
    replace: bool = False,
    imported_at: datetime | None = None,
    lines: Sequence[int] | None = None,
) -> RawImport:
    """Write one import: cells as text, empty ones as NULL, ``_line`` counted from 2 unless given."""
    names = list(columns) if columns is not None else list(dict.fromkeys(name for row in rows for name in row))
    cells = {name: pa.array([row.get(name) or None for row in rows], pa.string()) for name in names}
    cells["_line"] = pa.array(lines if lines is not None else range(2, len(rows) + 2), pa.int64())
    path = f"raw-{sequence}-{abs(hash(dataset)) % 10**8}.parquet"
    data_dir.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(cells), data_dir / path)
    digest = sha256(
        repr([sorted((key, value or "") for key, value in row.items()) for row in rows]).encode()
    ).hexdigest()
    when = imported_at or FIRST_IMPORT + timedelta(days=sequence)
    return RawImport(f"{sequence}-{dataset}", dataset, sequence, when, replace, path, digest, len(rows), tuple(names))


def from_csv(
    data_dir: Path,
    path: Path,
    *,
    sequence: int = 1,
    separator: str = ",",
    columns: Sequence[str] | None = None,
    dataset: str | None = None,
) -> RawImport:
    """Write a CSV file as one import; ``columns`` names the columns of a file without a header."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file, delimiter=separator))
    header, body = (list(columns), lines) if columns is not None else (lines[0], lines[1:])
    rows = [dict(zip(header, line, strict=True)) for line in body if line]
    return write_raw(data_dir, dataset or path.name, rows, columns=header, sequence=sequence)


def deals(rows: Iterable[Sequence[str | None]], names: Sequence[str]) -> list[dict[str, str | None]]:
    """Name the cells of rows."""
    return [dict(zip(names, row, strict=True)) for row in rows]
