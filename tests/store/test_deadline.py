"""Questions that take too long are ended; everything that shares the engine goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread

import duckdb
import pytest

from connector.errors import QueryError
from connector.store.deadline import Deadline, Watch
from connector.store.store import Store, Workspace

ENDLESS = "SELECT sum(a.i * b.i) FROM range(100000000) a(i), range(100000000) b(i) WHERE a.i % 7 = b.i % 11"
ENDLESS_ROWS = "SELECT i FROM range(100000000000) t(i)"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", threads=2) as opened:
        yield opened


@pytest.fixture
def short(store: Store) -> Store:
    """The store as the service uses it, with little patience."""
    return store.answering_within(0.2)


@pytest.mark.parametrize("sql", [ENDLESS, ENDLESS_ROWS])
def test_a_question_that_takes_too_long_is_ended_and_says_what_to_narrow(
    short: Store, workspace: Workspace, sql: str
) -> None:
    with short.reader(workspace) as reader:
        with pytest.raises(QueryError, match=r"took longer than 0\.2 seconds") as caught:
            reader.run(sql, [])
        assert "fewer days" in caught.value.remedy
        with pytest.raises(QueryError, match="took longer"):
            reader.run("SELECT 1", [])  # the answer as a whole has its time, not each part of it
    with short.reader(workspace) as reader:
        assert reader.run("SELECT 1", []).rows == [(1,)], "the engine serves the next one"


def test_an_answer_that_is_read_in_pieces_is_ended_too(short: Store, workspace: Workspace) -> None:
    with short.reader(workspace) as reader, pytest.raises(QueryError, match="took longer"):
        for _ in reader.batches(ENDLESS_ROWS, []):
            pass


def test_only_what_is_late_is_ended(store: Store, workspace: Workspace) -> None:
    rows = "SELECT count(*) FROM range(30000000) t(i) WHERE hash(i) % 3 = 0"
    with store.reader(workspace) as reader:
        expected = reader.run(rows, []).rows
    start, found = Barrier(4), []

    def ask(seconds: float, sql: str) -> None:
        with store.answering_within(seconds).reader(workspace) as reader:
            start.wait(30)
            try:
                found.append(reader.run(sql, []).rows)
            except QueryError:
                found.append("late")

    asked = [(0.1, ENDLESS), (0.2, ENDLESS), (300, rows), (300, rows)]
    threads = [Thread(target=ask, args=each) for each in asked]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert sorted(map(str, found)) == sorted(map(str, ["late", "late", expected, expected]))


def test_without_a_limit_nothing_is_watched(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        assert reader.run("SELECT 1", []).rows == [(1,)]
    assert store._engine.watch._thread is None


def test_an_alarm_that_has_ended_touches_no_session() -> None:
    watch = Watch()
    session = duckdb.connect()
    with Deadline(watch, 0.05).over(session):
        pass
    assert session.execute("SELECT count(*) FROM range(50000000) t(i) WHERE hash(i) % 3 = 0").fetchone()
    session.close()


def test_a_time_that_is_up_between_two_statements_ends_the_next_one() -> None:
    session = duckdb.connect()

    def ask() -> None:
        with Deadline(Watch(), 0.0001).over(session):
            for _ in range(200):
                session.execute("SELECT 1").fetchall()
            session.execute(ENDLESS).fetchall()

    with pytest.raises(QueryError, match="took longer"):
        ask()
    assert session.execute("SELECT 1").fetchall() == [(1,)]


def test_work_on_the_rows_of_an_answer_asks_whether_there_is_time(store: Store, workspace: Workspace) -> None:
    for patient in (store, store.answering_within(3_600)):
        with patient.reader(workspace) as reader:
            reader.check_time()
    with store.answering_within(0).reader(workspace) as reader:
        with pytest.raises(QueryError, match="took longer than 0 seconds") as caught:
            reader.check_time()
        assert "fewer days" in caught.value.remedy


def test_a_time_that_is_up_is_told_at_once() -> None:
    with pytest.raises(QueryError, match="0 seconds"), Deadline(Watch(), 0).over(duckdb.connect()):
        pytest.fail("nothing begins after its end")
