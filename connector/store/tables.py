"""Delta tables: one per entity, partitioned by workspace and connection, open to any Delta reader.

Only ``set_files`` changes a table: it makes a connection's partition consist of exactly the given Parquet
files, in one commit. It is metadata only, so it can be repeated and undone at will.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from deltalake import DeltaTable, Field, Schema
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.schema import MapType, PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from connector.errors import Bug, TryLater, quote
from connector.model.schema import ENTITIES, PARTITION_COLUMNS, Kind
from connector.store.bucket_faults import bucket_faults
from connector.store.files import Layout, Place, settle
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
class DeltaHome:
    """Where the Delta table of an entity is: a folder, or an address in the bucket with what opens it."""

    uri: str
    options: dict[str, str] | None

    @classmethod
    def of(cls, layout: Layout, entity: str) -> DeltaHome:
        if layout.copies is None:
            return cls(str(layout.table(entity)), None)
        bucket = layout.copies.bucket
        return cls(bucket.uri(layout.relative(layout.table(entity))), bucket.table_options())

    def open(self) -> DeltaTable | None:
        """Return the table, None while there is none."""
        if self.options is None and not DeltaTable.is_deltatable(self.uri):
            return None
        # The question above, asked of a bucket, would stop all threads of the process until it answers.
        with suppress(TableNotFoundError):
            return DeltaTable(self.uri, storage_options=self.options)
        return None


def table_schema(entity: str) -> Schema:
    """Return the Delta schema of an entity: the partition columns, then its stored columns."""
    own = [Field(column.name, _TYPES[column.kind]) for column in ENTITIES[entity].storage()]
    return Schema([Field(name, _TEXT) for name in PARTITION_COLUMNS] + own)


def set_files(layout: Layout, entity: str, place: Place, rows: Mapping[str, int], now: datetime) -> int:
    """Make a partition consist of exactly these files. Returns a version of the table that says so.

    ``rows`` maps file names inside the partition directory to their number of rows; the files must already
    lie there, and in the bucket if there is one. Raises TryLater when writers on other machines keep getting in
    between or the bucket does not answer, SettingsError when it does not let us in.
    """
    with _committing(layout, entity):
        for _ in range(_COMMIT_TRIES):
            table = _open(layout, entity)
            listed = set(_listed(table, place))
            actions = _added(layout, entity, place, {name: n for name, n in rows.items() if name not in listed}, now)
            actions += _removed(place, sorted(listed - set(rows)), now)
            if not actions:
                return table.version()
            try:
                table.create_write_transaction(actions, "append", table_schema(entity), list(PARTITION_COLUMNS))
            except CommitFailedError:
                continue  # the loser looks at the winner's commit and tries again; each round somebody wins
            before = table.version()
            table.update_incremental()
            if layout.copies is None:
                _settle_log(layout.table(entity) / "_delta_log", range(before + 1, table.version() + 1))
            return table.version()
    raise TryLater(
        f"Other writers changed the table {entity} {_COMMIT_TRIES} times while this one waited for its turn.",
        remedy="Try again when fewer imports run at the same time.",
    )


def restore(layout: Layout, entity: str, workspace_id: str, published: Published, now: datetime) -> None:
    """Bring a workspace's partitions of a table back to a published state, after a run that died half way.

    ``published`` maps connection ids to their files as in :func:`set_files`; other partitions are emptied.
    """
    with _committing(layout, entity):
        table = DeltaHome.of(layout, entity).open()
        if table is None:
            return
        if layout.copies is None:
            for path in (layout.table(entity) / "_delta_log").iterdir():
                if _UNFINISHED_LOG.search(path.name):
                    path.unlink(missing_ok=True)
    for connection_id in sorted(_partitions(table, workspace_id) | set(published)):
        set_files(layout, entity, Place(workspace_id, connection_id), published.get(connection_id, {}), now)


@contextmanager
def _committing(layout: Layout, entity: str) -> Iterator[None]:
    # Delta settles races by refusing the loser. On one machine a lock spares the refusals.
    with file_lock(layout.locks / f"table-{entity}.lock"):
        if layout.copies is None:
            yield
            return
        with bucket_faults(layout.copies.bucket.uri("tables")):
            yield


def _open(layout: Layout, entity: str) -> DeltaTable:
    home, schema = DeltaHome.of(layout, entity), table_schema(entity)
    table = home.open()
    if table is None:
        if layout.copies is None:
            layout.table(entity).mkdir(parents=True, exist_ok=True)
        DeltaTable.create(
            home.uri, schema, mode="ignore", partition_by=list(PARTITION_COLUMNS), configuration=_CONFIGURATION,
            storage_options=home.options,
        )  # fmt: skip
        table = home.open()
    assert table is not None, "it was made just now"
    if "deletionVectors" in (table.protocol().reader_features or ()):
        raise Bug(
            f"The table {entity} uses deletion vectors, which Puente cannot read.",
            place=quote(layout.relative(layout.table(entity)), 200),
            remedy="Switch delta.enableDeletionVectors off in the tool that changed the table and purge them.",
        )
    known = {field.name for field in table.schema().fields}
    missing = [field for field in schema.fields if field.name not in known]
    if missing:
        table.alter.add_columns(missing)
        table = home.open()
        assert table is not None
    return table


def _listed(table: DeltaTable, place: Place) -> list[str]:
    prefix = f"{place.directory}/"
    paths = table.get_add_actions().column("path").to_pylist()
    return [unquote(path).removeprefix(prefix) for path in paths if unquote(path).startswith(prefix)]


def _partitions(table: DeltaTable, workspace_id: str) -> set[str]:
    found = table.partitions()
    return {str(values["connection_id"]) for values in found if values["workspace_id"] == workspace_id}


def _added(
    layout: Layout, entity: str, place: Place, rows: Mapping[str, int], now: datetime
) -> list[AddAction | RemoveAction]:
    folder = layout.table(entity) / place.directory
    return [
        AddAction(
            path=f"{place.directory}/{name}",
            size=layout.size(folder / name),
            partition_values=place.values,
            modification_time=_milliseconds(now),
            data_change=True,
            stats=json.dumps({"numRecords": count}),
        )
        for name, count in rows.items()
    ]


def _removed(place: Place, names: Iterable[str], now: datetime) -> list[AddAction | RemoveAction]:
    return [
        RemoveAction(f"{place.directory}/{name}", True, _milliseconds(now), partition_values=place.values)
        for name in names
    ]


def _milliseconds(now: datetime) -> int:
    return int(now.timestamp() * 1000)


def _settle_log(log: Path, versions: Iterable[int]) -> None:
    for version in versions:
        settle(log / f"{version:020d}.json")
    settle(log)
