"""Sessions of the reading door: kept for the same state only, never after a question that did not end, bounded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import duckdb
import pytest

from connector.errors import Bug
from connector.model.workspace import Profile
from connector.store.sessions import Sessions
from connector.store.store import Publication, Store, Workspace
from tests.store.conftest import NOW
from tests.store.staged import stage

COUNT = "SELECT count(*) FROM deal"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", memory_limit="128MB", threads=2) as opened:
        yield opened


def publish(store: Store, workspace: Workspace, rows: int) -> None:
    connection = store.connection(workspace, "exports", "file", NOW)
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", {"id": "i"}, rows=rows)
        writing.publish(connection, Publication(writing.staging, (), None, Profile()), NOW)


def count(store: Store, workspace: Workspace) -> int:
    with store.reader(workspace) as reader:
        return int(reader.run(COUNT, ["deal"]).rows[0][0])


def test_a_kept_session_never_shows_another_workspace_or_an_older_state(store: Store) -> None:
    one, other = store.create_workspace("One", NOW), store.create_workspace("Other", NOW)
    publish(store, one, 3)
    publish(store, other, 5)
    for _ in range(3):
        assert (count(store, one), count(store, other)) == (3, 5)
    publish(store, one, 4)
    assert (count(store, one), count(store, other)) == (4, 5)


def test_a_reader_opened_before_keeps_its_state(store: Store) -> None:
    one = store.create_workspace("One", NOW)
    publish(store, one, 3)
    with store.reader(one) as before:
        publish(store, one, 4)
        assert count(store, one) == 4
        assert before.run(COUNT, ["deal"]).rows == [(3,)]
    assert count(store, one) == 4


def test_a_failed_or_unread_question_leaves_nothing_for_the_next(store: Store) -> None:
    one = store.create_workspace("One", NOW)
    publish(store, one, 50_000)
    with store.reader(one) as reader, pytest.raises(Bug):
        reader.run("DELETE FROM deal", ["deal"])
    with store.reader(one) as reader:
        next(reader.batches("SELECT id FROM deal", ["deal"], size=10))
    assert count(store, one) == 50_000


def test_many_threads_share_them(store: Store) -> None:
    workspaces = [store.create_workspace(f"W{number}", NOW) for number in range(4)]
    for number, workspace in enumerate(workspaces):
        publish(store, workspace, number + 1)
    found: list[list[int]] = []

    def ask() -> None:
        found.append([count(store, workspace) for _ in range(10) for workspace in workspaces])

    threads = [Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [[1, 2, 3, 4] * 10] * 8


def test_the_longest_unused_is_closed_first() -> None:
    with duckdb.connect() as database:
        sessions = Sessions(database.cursor, most=2)
        taken = [sessions.take(state) for state in "abc"]
        for session, state in zip(taken, "abc", strict=True):
            sessions.give_back(session, state)
        with pytest.raises(duckdb.ConnectionException):
            taken[0].cursor.execute("SELECT 1")
        assert sessions.take("c") is taken[2]
        assert sessions.take("c") is not taken[2]
        assert sessions.take("b") is taken[1]
        sessions.close()
