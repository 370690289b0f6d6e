"""Folded streams of a small account, written from plain rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from connector.normalise.fold import FoldRules, fold
from connector.normalise.hubspot.explode import explode

Row = Mapping[str, Any]


def folded(folder: Path, streams: Mapping[str, Sequence[Row]]) -> dict[str, Path]:
    """Fold each stream's rows: texts and None as they are, lists and dicts as JSON."""
    found = {}
    for stream, rows in streams.items():
        names = list(dict.fromkeys(name for row in rows for name in row))
        cells = {name: pa.array([text(row.get(name)) for row in rows], pa.string()) for name in names}
        chunk = folder / "chunks" / f"{stream}.parquet"
        chunk.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.table(cells), chunk)
        target = folder / f"{stream}.parquet"
        found[stream] = fold([chunk], None, target, FoldRules(memory_limit="256MB", threads=1)).path
    return found


def text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value)


def exploded(folder: Path, streams: Mapping[str, Sequence[Row]]) -> dict[str, list[dict[str, Any]]]:
    """Explode the streams and read every dataset back, in the order of ids, without ``_line``."""
    found = explode(folded(folder, streams), folder / "exploded", memory_limit="256MB", threads=1)
    assert sorted(path.name for path in (folder / "exploded").iterdir()) == sorted(f"{name}.parquet" for name in found)
    return {name: read(path) for name, path in found.items()}


def read(path: Path) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        cursor = connection.execute(f"SELECT * FROM read_parquet('{path}')")
        names = [column[0] for column in cursor.description]
        kinds = {column[0]: str(column[1]) for column in cursor.description}
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert {kinds.pop("_line")} == {"BIGINT"}
    assert set(kinds.values()) <= {"VARCHAR"}
    assert sorted(row.pop("_line") for row in rows) == list(range(1, len(rows) + 1))
    return sorted(rows, key=lambda row: (str(row["id"]), str(row.get("updated_at"))))


def version(value: str | None, timestamp: str, by: str | None = None) -> dict[str, Any]:
    """One entry of a property's history as HubSpot prints it."""
    return {"value": value, "timestamp": timestamp, "sourceType": "CRM_UI", "updatedByUserId": by and int(by)}


def link(key: str, *types: int, labels: Sequence[str] = ()) -> dict[str, Any]:
    return {"id": key, "labels": list(labels), "types": list(types)}
