"""Our own reading of the same account: a sync into a store, and the rows that the store then keeps."""

from __future__ import annotations

from datetime import datetime

import duckdb

from connector.actions.connect import ConnectRequest, connect, find_connection, open_connection
from connector.actions.sync import SyncOutcome, SyncRequest, sync
from connector.sources.stream import Mode
from connector.store.store import Store

WORKSPACE = "peers"
HOSTS = frozenset({"127.0.0.1"})


def sync_once(store: Store, url: str, token: str, now: datetime, mode: Mode = "changes") -> SyncOutcome:
    """Connect to the HubSpot at ``url`` where that was not done, and sync as of ``now``."""
    if not any(one.name == WORKSPACE for one in store.workspaces()):
        connect(store, ConnectRequest(WORKSPACE, "hubspot", token, options={"base_url": url}), HOSTS, now)
    connection = find_connection(store, WORKSPACE)
    system = open_connection(store, connection, HOSTS)
    try:
        return sync(store, SyncRequest(WORKSPACE, connection, mode), system, now)
    finally:
        system.source.close()


def live_records(store: Store, streams: tuple[str, ...]) -> dict[str, dict[str, dict[str, object]]]:
    """Stream to id to property to value of the rows that are not archived."""
    workspace, connection = store.workspace(WORKSPACE), find_connection(store, WORKSPACE)
    files = {raw.dataset: store.data_dir / raw.path for raw in store.manifest(workspace).raw[connection.id]}
    found: dict[str, dict[str, dict[str, object]]] = {}
    for stream in streams:
        rows = duckdb.read_parquet(str(files[stream])).filter("archived IS DISTINCT FROM 'true'")
        prefix = "properties."
        names = [name.removeprefix(prefix) if name.startswith(prefix) else "" for name in rows.columns]
        place = rows.columns.index("id")
        found[stream] = {
            row[place]: {name: value for name, value in zip(names, row, strict=True) if name} for row in rows.fetchall()
        }
    return found
