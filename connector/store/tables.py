"""Delta tables: one per entity, partitioned by workspace and connection, open to any Delta reader.

Only ``set_files`` changes a table: it makes a connection's partition consist of exactly the given Parquet
files, in one commit. It is metadata only, so it can be repeated and undone at will.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError
from deltalake.schema import MapType, PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from connector.errors import Bug, TryLater, quote
from connector.model.schema import ENTITIES, PARTITION_COLUMNS, Kind
from connector.store.files import Layout, partition, settle
from connector.store.locks import file_lock

_TEXT = PrimitiveType("string")
_TYPES: Final[dict[Kind, PrimitiveType | MapType]] = {
    "key": _TEXT,
    "ref": _TEXT,
    "enum": _TEXT,
    "text": _TEXT,
    "currency": _TEXT,
    "money": PrimitiveType("decimal(19,4)"),
    "number": PrimitiveType("double"),
    "integer": PrimitiveType("long"),
    "boolean": PrimitiveType("boolean"),
    "date": PrimitiveType("date"),
    "instant": PrimitiveType("timestamp"),
    "map": MapType(_TEXT, _TEXT, value_contains_null=True),
}
_CONFIGURATION: Final[dict[str, str | None]] = {"delta.checkpointInterval": "50"}
_COMMIT_TRIES = 100
_UNFINISHED_LOG = re.compile(r"#\d+$|\.tmp$")

Published = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where rows of a connection lie inside the tables."""

    workspace_id: str
    connection_id: str

    @property
    def values(self) -> dict[str, str | None]:
        return dict(zip(PARTITION_COLUMNS, (self.workspace_id, self.connection_id), strict=True))

    @property
    def directory(self) -> str:
        return partition(self.workspace_id, self.connection_id)


def table_schema(entity: str) -> Schema:
    """Return the Delta schema of an entity: the partition columns, then its stored columns."""
    own = [Field(column.name, _TYPES[column.kind]) for column in ENTITIES[entity].storage()]
    return Schema([Field(name, _TEXT) for name in PARTITION_COLUMNS] + own)


def set_files(layout: Layout, entity: str, place: Place, rows: Mapping[str, int], now: datetime) -> int:
    """Make a partition consist of exactly these files. Returns a version of the table that says so.

    ``rows`` maps file names inside the partition directory to their number of rows; the files must already
    lie there. Raises TryLater when writers on other machines keep getting in between.
    """
    folder = layout.table(entity)
    with _committing(layout, entity):
        for _ in range(_COMMIT_TRIES):
            table = _open(layout, entity)
            actions = _difference(folder, _listed(table, place), place, rows, int(now.timestamp() * 1000))
            if not actions:
                return table.version()
            try:
                table.create_write_transaction(actions, "append", table_schema(entity), list(PARTITION_COLUMNS))
            except CommitFailedError:
                continue  # the loser looks at the winner's commit and tries again; each round somebody wins
            before = table.version()
            table.update_incremental()
            for version in range(before + 1, table.version() + 1):
                settle(folder / "_delta_log" / f"{version:020d}.json")
            settle(folder / "_delta_log")
            return table.version()
    raise TryLater(
        f"Other writers changed the table {entity} {_COMMIT_TRIES} times while this one waited for its turn.",
        remedy="Try again when fewer imports run at the same time.",
    )


def restore(layout: Layout, entity: str, workspace_id: str, published: Published, now: datetime) -> None:
    """Bring a workspace's partitions of a table back to a published state, after a run that died half way.

    ``published`` maps connection ids to their files as in :func:`set_files`; other partitions are emptied.
    """
    if not DeltaTable.is_deltatable(str(layout.table(entity))):
        return
    with _committing(layout, entity):
        for path in (layout.table(entity) / "_delta_log").iterdir():
            if _UNFINISHED_LOG.search(path.name):
                path.unlink(missing_ok=True)
    for connection_id in sorted(_partitions(layout, entity, workspace_id) | set(published)):
        set_files(layout, entity, Place(workspace_id, connection_id), published.get(connection_id, {}), now)


@contextmanager
def _committing(layout: Layout, entity: str) -> Iterator[None]:
    # Delta settles races by refusing the loser. On one machine a lock spares the refusals.
    with file_lock(layout.locks / f"table-{entity}.lock"):
        yield


def _open(layout: Layout, entity: str) -> DeltaTable:
    path, schema = layout.table(entity), table_schema(entity)
    if not DeltaTable.is_deltatable(str(path)):
        path.mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            path, schema, mode="ignore", partition_by=list(PARTITION_COLUMNS), configuration=_CONFIGURATION
        )
    table = DeltaTable(path)
    if "deletionVectors" in (table.protocol().reader_features or ()):
        raise Bug(
            f"The table {entity} uses deletion vectors, which Puente cannot read.",
            place=quote(layout.relative(path), 200),
            remedy="Switch delta.enableDeletionVectors off in the tool that changed the table and purge them.",
        )
    known = {field.name for field in table.schema().fields}
    missing = [field for field in schema.fields if field.name not in known]
    if missing:
        table.alter.add_columns(missing)
        table = DeltaTable(path)
    return table


def _listed(table: DeltaTable, place: Place) -> list[str]:
    prefix = f"{place.directory}/"
    paths = table.get_add_actions().column("path").to_pylist()
    return [unquote(path).removeprefix(prefix) for path in paths if unquote(path).startswith(prefix)]


def _partitions(layout: Layout, entity: str, workspace_id: str) -> set[str]:
    return {
        str(values["connection_id"])
        for values in DeltaTable(layout.table(entity)).partitions()
        if values["workspace_id"] == workspace_id
    }


def _difference(
    folder: Path, listed: Collection[str], place: Place, rows: Mapping[str, int], moment: int
) -> list[AddAction | RemoveAction]:
    added: list[AddAction | RemoveAction] = [
        AddAction(
            path=f"{place.directory}/{name}",
            size=(folder / place.directory / name).stat().st_size,
            partition_values=place.values,
            modification_time=moment,
            data_change=True,
            stats=json.dumps({"numRecords": count}),
        )
        for name, count in rows.items()
        if name not in listed
    ]
    removed = [
        RemoveAction(f"{place.directory}/{name}", True, moment, partition_values=place.values)
        for name in listed
        if name not in rows
    ]
    return added + removed
