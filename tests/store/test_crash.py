"""Kill -9 at any moment leaves the last whole state, and the next run completes the work."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

from connector.store.store import Connection, Store, Workspace
from tests.store.conftest import NOW
from tests.store.publisher import (
    GRACE,
    assert_tidy,
    assert_whole,
    publish_forever,
    publish_next,
    publish_times,
    publish_until,
)

RANDOM_KILLS = {"sqlite": 25, "postgresql": 10}
CHOSEN_KILLS = {"sqlite": 25, "postgresql": 10}


@pytest.fixture(scope="module")
def processes() -> ForkServerContext:
    """Processes that start fast: a server that has imported everything forks them."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.store.publisher"])
    return context


@pytest.fixture
def scene(tmp_path: Path, database_url: str) -> Iterator[tuple[Store, Workspace, Connection]]:
    with Store(tmp_path / "data", database_url, threads=1, grace=GRACE) as store:
        workspace = store.create_workspace("Acme", NOW)
        yield store, workspace, store.connection(workspace, "exports", "file", NOW)


@pytest.mark.conformance  # the chosen moments below are in every run
def test_kill_at_random_moments(
    scene: tuple[Store, Workspace, Connection], database_url: str, processes: ForkServerContext
) -> None:
    store, workspace, connection = scene
    chance = random.Random(20260302)
    statuses = []
    kills = RANDOM_KILLS[database_url.partition(":")[0]]
    for _ in range(kills):
        before = assert_whole(store, workspace)
        ours, theirs = processes.Pipe()
        victim = processes.Process(target=publish_forever, args=(store.data_dir, database_url, "Acme", theirs))
        victim.start()
        assert ours.recv() == 0
        deadline = time.monotonic() + chance.uniform(0, 0.4)
        while time.monotonic() < deadline:
            assert_whole(store, workspace)  # questions are answered all the while
        victim.kill()
        victim.join()
        told = before
        while ours.poll():
            told = ours.recv() or told
        step = assert_whole(store, workspace)
        assert step in {told, told + 1}, "a state that was reported is lost, or one appeared that was not made"
        statuses += [run.status for run in store.runs(workspace, limit=1)]
        assert publish_next(store, "Acme") == step + 1
        assert assert_whole(store, workspace) == step + 1
        assert_tidy(store, workspace, connection)
        ours.close()
        theirs.close()
    assert statuses.count("running") > kills / 4, "the kills hardly ever hit a run"
    assert {run.status for run in store.runs(workspace, limit=10_000)} == {"succeeded", "interrupted"}


@pytest.mark.slow
def test_kill_before_every_touch_of_a_file_or_the_database(
    scene: tuple[Store, Workspace, Connection], database_url: str, processes: ForkServerContext
) -> None:
    store, workspace, connection = scene

    def publish_and_die(death: int) -> int:
        ours, theirs = processes.Pipe()
        victim = processes.Process(target=publish_until, args=(store.data_dir, database_url, "Acme", death, theirs))
        victim.start()
        victim.join()
        return int(ours.recv()) if ours.poll() else 0

    for number in range(4):
        publish_next(store, "Acme", leads=number % 2 == 0)
    touches = publish_and_die(-1)
    outcomes = []
    for death in range(1, touches + 1, touches // CHOSEN_KILLS[database_url.partition(":")[0]]):
        before = assert_whole(store, workspace)
        survived = publish_and_die(death)
        step = assert_whole(store, workspace)
        if not survived:  # not every step has the same number of touches
            outcomes.append(step - before)
        assert publish_next(store, "Acme") == step + 1
        assert assert_whole(store, workspace) == step + 1
        assert_tidy(store, workspace, connection)
    assert set(outcomes) == {0, 1}


def test_two_processes_on_one_workspace_take_turns(
    scene: tuple[Store, Workspace, Connection], database_url: str, processes: ForkServerContext
) -> None:
    store, workspace, connection = scene
    writers = [
        processes.Process(target=publish_times, args=(store.data_dir, database_url, "Acme", 5)) for _ in range(3)
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert_whole(store, workspace)
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert assert_whole(store, workspace) == 15
    assert_tidy(store, workspace, connection)


def test_processes_on_different_workspaces_do_not_wait_for_each_other(
    scene: tuple[Store, Workspace, Connection], database_url: str, processes: ForkServerContext
) -> None:
    store, workspace, connection = scene
    other = store.create_workspace("Beta", NOW)
    writers = [
        processes.Process(target=publish_times, args=(store.data_dir, database_url, name, 6))
        for name in ("Acme", "Beta")
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        assert_whole(store, workspace)
        assert_whole(store, other)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert (assert_whole(store, workspace), assert_whole(store, other)) == (6, 6)
    assert_tidy(store, workspace, connection)
    assert_tidy(store, other, store.connections(other)[0])
