"""The journal of a sync: rows and state are kept together, and what was never committed is swept away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from connector.errors import WorkspaceBusy
from connector.model.packed import pack
from connector.store.journal import Progress
from connector.store.store import Connection, Store

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def opened(tmp_path: Path) -> tuple[Store, Connection]:
    store = Store(tmp_path)
    workspace = store.create_workspace("acme", NOW)
    return store, store.connection(workspace, "hubspot", "hubspot", NOW)


def test_chunks_and_state_survive_the_process_and_come_back_in_order(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    with store, store.syncing(connection) as journal:
        first = journal.write([{"id": ["1", "2"], "name": ["a", None]}, {"id": ["3"], "name": ["=1+1"]}])
        journal.commit("deals", Progress({"after": "3"}), first, NOW)
        journal.commit("deals", Progress({"after": ""}, loaded=True), journal.write([{"id": ["4"]}]), NOW)
    with Store(tmp_path) as store, store.syncing(connection) as journal:
        assert journal.progress() == {"deals": Progress({"after": ""}, loaded=True)}
        chunks = journal.chunks()
        assert [(chunk.stream, chunk.rows) for chunk in chunks] == [("deals", 3), ("deals", 1)]
        assert pq.read_table(chunks[0].path).to_pydict() == {"id": ["1", "2", "3"], "name": ["a", None, "=1+1"]}


def test_packed_pages_are_written_as_loose_ones_whatever_the_order_of_their_columns(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    with store, store.syncing(connection) as journal:
        first = pack([{"id": ["1", "2"], "name": ["a", None]}, {"name": ["c"], "id": ("3",)}])
        path, rows = journal.write([first, {"name": [""], "id": ["4"]}, pack([{"name": ["é"], "id": ["5"]}])])
        assert rows == 5
        found = pq.read_table(path).to_pydict()
        assert found == {"id": ["1", "2", "3", "4", "5"], "name": ["a", None, "c", "", "é"]}


def test_a_restart_voids_the_chunks_of_its_stream_only(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    with store, store.syncing(connection) as journal:
        for stream in ("owners", "deals", "owners"):
            journal.commit(stream, Progress({}), journal.write([{"id": ["1"]}]), NOW)
        journal.commit("owners", Progress({"pass": 2}), journal.write([{"id": ["2"]}]), NOW, restarted=True)
        assert [(chunk.stream, chunk.rows) for chunk in journal.chunks()] == [("deals", 1), ("owners", 1)]


def test_a_file_that_no_commit_names_is_swept_away(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    with store:
        with store.syncing(connection) as journal:
            kept, _ = chunk = journal.write([{"id": ["1"]}])
            journal.commit("deals", Progress({}), chunk, NOW)
            orphan, _ = journal.write([{"id": ["2"]}])
        with store.syncing(connection):
            assert kept.exists()
            assert not orphan.exists()


def test_two_runs_of_one_connection_take_turns(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    second = store.syncing(connection, wait_seconds=0)
    with store, store.syncing(connection), pytest.raises(WorkspaceBusy, match="hubspot"), second:
        pytest.fail("both hold it")


def test_a_workspace_is_removed_with_its_accounts_and_chunks(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    with store:
        store.keep_account(connection, {"base_url": "x"}, {"token": "secret-token"}, NOW)
        with store.syncing(connection) as journal:
            path, _ = chunk = journal.write([{"id": ["1"]}])
            journal.commit("deals", Progress({}), chunk, NOW)
        store.remove_workspace(store.workspace("acme"), NOW)
        assert store.workspaces() == []
        assert not path.exists()
        store.create_workspace("acme", NOW)
        assert store.connections(store.workspace("acme")) == []


def test_secrets_lie_sealed_in_the_state(tmp_path: Path) -> None:
    store, connection = opened(tmp_path)
    with store:
        store.keep_account(connection, {"base_url": "x"}, {"token": "secret-token"}, NOW)
        kept = store.account(connection)
    assert kept is not None
    assert (kept.options, kept.secrets) == ({"base_url": "x"}, {"token": "secret-token"})
    assert "secret-token" not in repr(kept)
    assert all(b"secret-token" not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
