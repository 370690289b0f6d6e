"""Turns of a budget: never more in any window than the limit, nearly as many as it allows, for all processes."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.errors import FileError, QuotaExhausted, TryLater
from connector.http import budget as module
from connector.http.budget import Budget, Limit
from connector.http.clock import Clock
from tests.http.vendor import START, FakeClock

ORDINARY, SEARCH = Limit("ordinary", 190, 10), Limit("search", 5, 1)
FAMILIES = {"ordinary": (ORDINARY,), "search": (SEARCH, ORDINARY), "free": ()}


@contextmanager
def budget_of(path: Path, clock: FakeClock, families: dict[str, tuple[Limit, ...]] | None = None) -> Iterator[Budget]:
    made = Budget(path, "hubspot 1", families or FAMILIES, clock.clock)
    try:
        yield made
    finally:
        made.close()


def most_in_a_window(moments: Sequence[float], seconds: float) -> int:
    """Return the largest number of moments in any window [m, m + seconds]."""
    ordered, most, first = sorted(moments), 0, 0
    for last, moment in enumerate(ordered):
        while ordered[first] < moment - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


@pytest.mark.parametrize(("family", "limit"), [("ordinary", ORDINARY), ("search", SEARCH)])
def test_the_rate_is_kept_and_used(tmp_path: Path, family: str, limit: Limit) -> None:
    clock, moments = FakeClock(), []
    with budget_of(tmp_path / "budget.db", clock) as budget:
        for _ in range(limit.count * 6):
            budget.take(family)
            moments.append(clock.seconds)
    assert most_in_a_window(moments, limit.seconds) == limit.count - limit.count // 50
    assert len(moments) / (clock.seconds + limit.seconds) > 0.8 * limit.count / limit.seconds


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["ordinary", "search", "free", "pause", "block", "learn"]),
            st.floats(0, 3),
            st.floats(0, 0.5),
        ),
        max_size=60,
    )
)
def test_no_window_ever_holds_more(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, float, float]]
) -> None:
    small = {"ordinary": (Limit("calls", 6, 2),), "search": (Limit("search", 2, 0.5), Limit("calls", 6, 2)), "free": ()}
    late = [0.0]

    class Sluggish(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds + late[0])
            late[0] = 0.0

    clock = Sluggish()
    taken: dict[str, list[float]] = {"ordinary": [], "search": [], "free": []}
    with budget_of(tmp_path_factory.mktemp("b") / "budget.db", clock, small) as budget:
        for step, pause, lateness in steps:
            late[0] = lateness
            if step == "pause":
                clock.seconds += pause
            elif step == "block":
                until = clock.seconds + pause
                budget.block("search", pause)
                budget.take("search")
                taken["search"].append(clock.seconds)
                assert clock.seconds >= until - 1e-6
            elif step == "learn":
                budget.learn("search", 1 + int(pause > 1.5), 0.5)
            else:
                budget.take(step)
                taken[step].append(clock.seconds)
    assert most_in_a_window(taken["search"], 0.5) <= 2
    assert most_in_a_window(taken["search"] + taken["ordinary"], 2) <= 6


def test_large_limits_are_kept_in_smaller_windows(tmp_path: Path) -> None:
    clock, moments = FakeClock(), []
    with budget_of(tmp_path / "budget.db", clock, {"bulk": (Limit("bulk", 1200, 12),)}) as budget:
        for _ in range(2400):
            budget.take("bulk")
            moments.append(clock.seconds)
    assert most_in_a_window(moments, 12) <= 1200
    assert most_in_a_window(moments, 4) <= 400
    assert 2400 / (clock.seconds + 4) > 80


def quick_takes(budget: Budget, clock: FakeClock, count: int, every: float = 0.002) -> list[float]:
    """Take turns one after the other, so many seconds apart; return their moments."""
    moments = []
    for _ in range(count):
        budget.take("ordinary")
        moments.append(clock.seconds)
        clock.seconds += every
    return moments


def rows_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as file:
        return int(file.execute("SELECT count(*) FROM turns").fetchone()[0])


def test_one_that_asks_fast_takes_turns_ahead_and_gives_back_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, looks, path = FakeClock(), [0], tmp_path / "budget.db"
    with budget_of(path, clock) as budget:
        reserve = budget._reserve

        def counted(*arguments: Any) -> Any:
            looks[0] += 1
            return reserve(*arguments)

        monkeypatch.setattr(budget, "_reserve", counted)
        quick_takes(budget, clock, 150)
        assert looks[0] < 50
        assert 150 <= rows_of(path) <= 150 + module.MOST_AHEAD
        clock.seconds += 1
        quick_takes(budget, clock, 2)
        assert rows_of(path) == 152


def test_slow_ones_take_each_turn_by_itself(tmp_path: Path) -> None:
    clock, path = FakeClock(), tmp_path / "budget.db"
    with budget_of(path, clock) as budget:
        for number in range(1, 61):
            quick_takes(budget, clock, 1, every=0.12)
            assert rows_of(path) == number


@given(steps=st.lists(st.tuples(st.booleans(), st.integers(1, 60), st.sampled_from([0.0, 0.002, 0.02])), max_size=12))
def test_turns_taken_ahead_count_for_all(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[bool, int, float]]
) -> None:
    clock, moments, path = FakeClock(), [], tmp_path_factory.mktemp("b") / "budget.db"
    with budget_of(path, clock) as one, budget_of(path, clock) as two:
        for first, count, every in steps:
            moments += quick_takes(one if first else two, clock, count, every)
    assert most_in_a_window(moments, 10) <= ORDINARY.count


def test_a_block_holds_for_turns_taken_ahead(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as budget:
        quick_takes(budget, clock, 60)
        until = clock.seconds + 5
        budget.block("ordinary", 5)
        for moment in quick_takes(budget, clock, 3):
            assert moment >= until - 1e-6


def test_accounts_do_not_share_turns(tmp_path: Path) -> None:
    clock = FakeClock()
    one = Budget(tmp_path / "budget.db", "hubspot 1", FAMILIES, clock.clock)
    two = Budget(tmp_path / "budget.db", "hubspot 11", FAMILIES, clock.clock)
    for _ in range(5):
        one.take("search")
        two.take("search")
    assert clock.slept == []
    one.take("search")
    assert clock.seconds > 1
    one.close()
    two.close()


def test_a_429_that_one_met_is_kept_by_all(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as one, budget_of(tmp_path / "budget.db", clock) as two:
        one.block("search", 7)
        one.block("search", 2)  # a shorter block does not end a longer one
        two.take("ordinary")
        assert clock.seconds == 0
        two.take("search")
        assert clock.seconds == pytest.approx(7)


def test_a_block_that_comes_while_others_sleep_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "budget.db"

    class Interrupted(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 1:
                other.block("search", 20)

    clock = Interrupted()
    with budget_of(path, clock) as budget, budget_of(path, clock) as other:
        for _ in range(6):
            budget.take("search")
    assert clock.seconds > 21


def test_a_turn_that_could_not_be_used_is_given_back(tmp_path: Path) -> None:
    class Interrupted(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            if len(self.slept) == 1:
                budget.block("slow", 5)

    clock = Interrupted()
    with budget_of(tmp_path / "budget.db", clock, {"slow": (Limit("slow", 2, 60),)}) as budget:
        for _ in range(4):
            budget.take("slow")
    assert len(clock.slept) == 2  # for the turn, and for the block; the fourth had none to wait for
    assert clock.seconds < 70


def test_a_turn_that_comes_too_late_is_refused_and_not_taken(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as budget:
        budget.block("ordinary", 30)
        for _ in range(300):
            with pytest.raises(QuotaExhausted, match=r"2026-11-20 12:00:30 UTC") as caught:
                budget.take("ordinary", 29)
            assert caught.value.until == START + timedelta(seconds=30)
        clock.sleep(30)
        budget.take("ordinary", 0)
    assert clock.seconds == 30


def test_what_the_vendor_tells_of_a_limit_holds_for_all(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as one:
        one.learn("ordinary", 2, 10)
        one.learn("ordinary", 0, 10)  # nonsense is not believed
    with budget_of(tmp_path / "budget.db", clock) as two:
        for _ in range(3):
            two.take("ordinary")
    assert clock.seconds > 10


def test_a_clock_set_back_does_not_stop_everything(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as budget:
        clock.seconds = 86_400.0
        for _ in range(5):
            budget.take("search")
        budget.block("search", 600)
        clock.seconds = 0.0
        budget.take("search")
    assert clock.seconds == 0


def test_a_quota_of_the_day_is_kept_by_all_families_and_clients_of_the_account_only(tmp_path: Path) -> None:
    path, clock = tmp_path / "budget.db", FakeClock()
    other = Budget(path, "hubspot 2", FAMILIES, clock.clock)
    with budget_of(path, clock) as one, budget_of(path, clock) as two:
        one.exhaust(START + timedelta(hours=5))
        for family in FAMILIES:
            with pytest.raises(QuotaExhausted, match="comes back at 2026-11-20 17:00 UTC") as caught:
                two.take(family)
            assert caught.value.until == START + timedelta(hours=5)
        other.take("search")
        clock.seconds = 5 * 3600
        two.take("search")
    other.close()
    assert clock.slept == []


def test_a_quota_that_a_clock_set_back_has_left_does_not_count(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as budget:
        budget.exhaust(START + timedelta(days=3))
        budget.take("search")
    assert clock.seconds == 0


def _exhaust(path: str, until: float) -> None:
    budget = Budget(Path(path), "a", {"busy": (BUSY,)})
    budget.exhaust(datetime.fromtimestamp(until, UTC))
    budget.close()


def test_another_process_does_not_ask_before_the_quota_comes_back(tmp_path: Path) -> None:
    path = str(tmp_path / "budget.db")
    until = datetime.now(UTC) + timedelta(hours=1)
    worker = multiprocessing.get_context("spawn").Process(target=_exhaust, args=(path, until.timestamp()))
    worker.start()
    worker.join(60)
    assert worker.exitcode == 0
    budget = Budget(Path(path), "a", {"busy": (BUSY,)})
    with pytest.raises(QuotaExhausted) as caught:
        budget.take("busy")
    budget.close()
    assert caught.value.until == until


def test_a_file_that_is_no_budget_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "budget.db"
    path.write_bytes(b"not a database, but long enough to look at" * 100)
    with budget_of(path, FakeClock()) as budget, pytest.raises(FileError, match=r"budget\.db: .*Delete it"):
        budget.take("search")
    assert path.read_bytes().startswith(b"not a database")


def test_a_file_that_somebody_holds_is_waited_for_and_then_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_SECONDS", 0.05)
    path = tmp_path / "budget.db"
    with budget_of(path, FakeClock()) as one, budget_of(path, FakeClock()) as two:
        two.take("free")
        with one._transaction(), pytest.raises(TryLater, match="in use"):
            two.take("search")
        two.take("search")


# --- several threads and processes, in real time ---------------------------------------------------------

BUSY = Limit("busy", 20, 0.5)
_last_seen = threading.local()


def _noted_now() -> datetime:
    now = datetime.now(UTC)
    _last_seen.moment = now.timestamp()
    return now


def _take_many(path: str, threads: int, turns: int) -> list[float]:
    """Return the moments at which turns were given, as the budget itself saw them."""
    clock = Clock(_noted_now, time.monotonic, time.sleep, lambda: 0.5)
    budget = Budget(Path(path), "a", {"busy": (BUSY,)}, clock)

    def take(_: int) -> float:
        budget.take("busy", 60)
        moment: float = _last_seen.moment
        return moment

    with ThreadPoolExecutor(threads) as pool:
        moments = list(pool.map(take, range(turns)))
    budget.close()
    return moments


def _take_in_process(path: str, results: multiprocessing.Queue[list[float]]) -> None:
    results.put(_take_many(path, threads=4, turns=50))


def test_threads_of_several_processes_keep_one_limit(tmp_path: Path) -> None:
    path = str(tmp_path / "budget.db")
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[float]] = context.Queue()
    workers = [context.Process(target=_take_in_process, args=(path, results)) for _ in range(2)]
    for worker in workers:
        worker.start()
    moments = results.get(timeout=60) + results.get(timeout=60)
    for worker in workers:
        worker.join(60)
    results.close()
    results.join_thread()
    assert len(moments) == 100
    assert most_in_a_window(moments, BUSY.seconds) <= BUSY.count


def _take_for_ever(path: str, log: str) -> None:
    clock = Clock(_noted_now, time.monotonic, time.sleep, lambda: 0.5)
    budget = Budget(Path(path), "a", {"busy": (BUSY,)}, clock)
    with Path(log).open("a", buffering=1) as file:
        for _ in range(2000):
            budget.take("busy", 60)
            file.write(f"{_last_seen.moment!r}\n")


def test_a_killed_process_leaves_the_limit_kept(tmp_path: Path) -> None:
    path, log = str(tmp_path / "budget.db"), tmp_path / "log"
    context = multiprocessing.get_context("spawn")
    moments: list[float] = []
    for round_number in range(3):
        worker = context.Process(target=_take_for_ever, args=(path, str(log)))
        worker.start()
        for _ in range(3000):
            if log.exists() and log.read_text().count("\n") >= 25 * (round_number + 1):
                break
            time.sleep(0.01)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join(30)
    moments = [float(line) for line in log.read_text().splitlines() if line.endswith(tuple("0123456789"))]
    moments += _take_many(path, threads=2, turns=30)
    assert len(moments) >= 100
    assert most_in_a_window(moments, BUSY.seconds) <= BUSY.count


def test_a_budget_survives_a_fork(tmp_path: Path) -> None:
    clock = FakeClock()
    with budget_of(tmp_path / "budget.db", clock) as budget:
        for _ in range(4):
            budget.take("search")
        child = os.fork()
        if child == 0:
            try:
                budget.take("search")
            finally:
                os._exit(0 if clock.slept == [] else 1)
        assert os.waitpid(child, 0)[1] == 0
        budget.take("search")
    assert clock.seconds > 1
