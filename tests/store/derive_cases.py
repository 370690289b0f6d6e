"""Writes staged entity files from plain rows, derives, and reads them back."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from connector.store.derive import DerivedFacts, derive
from connector.store.derive_staging import columns

NOW = datetime(2024, 7, 1, 12, 0, tzinfo=UTC)
TYPES = {
    "VARCHAR": pa.string(),
    "DECIMAL(19,4)": pa.decimal128(19, 4),
    "DOUBLE": pa.float64(),
    "BIGINT": pa.int64(),
    "BOOLEAN": pa.bool_(),
    "DATE": pa.date32(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
    "MAP(VARCHAR, VARCHAR)": pa.map_(pa.string(), pa.string()),
}

Row = dict[str, Any]


def at(text: str) -> datetime:
    """Read ``03-31`` or ``03-31 10:15`` as a moment of 2024 in UTC."""
    return datetime.fromisoformat(f"2024-{text}").replace(tzinfo=UTC)


def put(staging: Path, entity: str, rows: Iterable[Row], files: int = 1) -> None:
    """Stage the rows of an entity in one or more files."""
    kinds = columns(entity)
    listed = list(rows)
    unknown = {name for row in listed for name in row} - set(kinds)
    assert not unknown, f"{entity} has no column {unknown}"
    (staging / entity).mkdir(parents=True)
    schema = pa.schema([(name, TYPES[kind]) for name, kind in kinds.items()])
    for number in range(files):
        part = [{name: row.get(name) for name in kinds} for row in listed[number::files]]
        pq.write_table(pa.Table.from_pylist(part, schema), staging / entity / f"{number}.parquet")


def get(staging: Path, entity: str) -> list[Row]:
    """Return the staged rows of an entity ordered by id, and check that the files keep the contract.

    Columns that they leave out, all files alike, are None.
    """
    kinds = columns(entity)
    rows: list[Row] = []
    for path in sorted((staging / entity).glob("*.parquet")):
        table = pq.read_table(path)
        names = pq.read_schema(min((staging / entity).glob("*.parquet"))).names
        assert {"id", "is_deleted"} <= {*names}
        assert [(field.name, field.type) for field in table.schema] == [
            (name, TYPES[kinds[name]]) for name in kinds if name in names
        ]
        rows += [dict.fromkeys(kinds) | row for row in table.to_pylist()]
    return sorted(rows, key=lambda row: str(row["id"]))


def derived(
    root: Path, entities: Mapping[str, Iterable[Row]], *, zone: str = "UTC", now: datetime = NOW
) -> tuple[Path, DerivedFacts]:
    """Stage the entities below a fresh directory of ``root`` and derive; return the directory and the facts."""
    staging = root / f"staging-{len(list(root.iterdir()))}"
    for entity, rows in entities.items():
        put(staging, entity, rows)
    return staging, derive(staging, zone, now, threads=1)


def shuffled(rows: Iterable[Row], seed: int) -> list[Row]:
    """Return the rows in an order that depends on the seed only."""
    listed = list(rows)
    random.Random(seed).shuffle(listed)
    return listed


STAGES: list[Row] = [
    {"id": "S1", "pipeline_id": "P", "name": "One", "kind": "open", "position": 1, "probability": 0.1},
    {"id": "S2", "pipeline_id": "P", "name": "Two", "kind": "open", "position": 2, "probability": 0.4},
    {"id": "S3", "pipeline_id": "P", "name": "Three", "kind": "open", "position": 3, "probability": 0.7},
    {"id": "Won", "pipeline_id": "P", "name": "Won", "kind": "won", "probability": 1.0},
    {"id": "Lost", "pipeline_id": "P", "name": "Lost", "kind": "lost", "probability": 0.0},
]


def log(deal: str, *moves: tuple[str, str], **extra: Any) -> list[Row]:
    """Return the event log of a deal: (stage, moment) pairs in the words of :func:`at`."""
    return [
        {"id": f"{deal}-{number}", "deal_id": deal, "stage_id": stage, "entered_at": at(moment), **extra}
        for number, (stage, moment) in enumerate(moves)
    ]


def eras(staging: Path, deal: str, *names: str) -> list[tuple[Any, ...]]:
    """Return (valid_from, valid_to, *names) of each interval of a deal, in order of time."""
    own = [row for row in get(staging, "deal_history") if row["deal_id"] == deal]
    own.sort(key=lambda row: row["valid_from"])
    return [(row["valid_from"], row["valid_to"], *(row[name] for name in names)) for row in own]
