"""Random histories of a connected account, with syncs that are killed: the last sync leaves the vendor's truth.

Everything happens between syncs and between the requests of a sync: see :mod:`tests.actions.crm_history`. A sync dies
at a page, at a commit of the state database, or by ``kill -9``; whatever it leaves, what is published stays whole.
"""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from connector.actions.connect import ConnectRequest, connect, find_connection, open_connection
from connector.actions.sync import SyncOutcome, SyncRequest, sync
from connector.sandbox.crm.record import Record
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.limits import Limits
from connector.sandbox.hubspot.mischief import HubSpotVendor
from connector.sandbox.hubspot.service import HubSpot
from connector.sandbox.hubspot.start import start_hubspot
from connector.sources.stream import Account, Count, Mode, Page, Property, Reading, Source, State, Stream
from connector.store.store import Store
from tests.actions.crm_compared import Rows, differences, flaws
from tests.actions.crm_history import CLOSED, History, start_account
from tests.sandbox.hubspot_caller import Clock

HOSTS = frozenset({"127.0.0.1"})
ROOT = Path(__file__).resolve().parents[2]
OTHERS = ("emails", "meetings", "tasks", "products", "quotes", "feedback_submissions")
WITHOUT = ",".join((*OTHERS, *(f"{one[:-1]}_associations" for one in OTHERS if one != "products"), "goal_targets",
                    "campaigns", "lists", "currencies", "teams"))  # fmt: skip
"""Streams in which nothing happens here: a sync that does not ask for them takes two thirds of the time."""


RECONCILED, CHANGED = (1, 2, 3), (11,)
"""Seeds: one is one history."""


class Killed(BaseException):
    """The process is dead: nothing of ours may catch this."""


class Silent(Limits):
    """Limits that no header tells: else the client keeps to 19 requests a second."""

    def headers(self, *, is_search: bool, is_public: bool) -> dict[str, str]:
        return {}


class BusyAccount(HubSpotVendor):
    """An account in which ``between`` happens before each answer."""

    def __init__(self, service: HubSpot, between: Callable[[], None]) -> None:
        super().__init__(service)
        self._between = between

    def answer(self, request: Request) -> Answer:
        with self.crm.lock:
            self._between()
            return super().answer(request)


@dataclass
class Death:
    """When a sync dies: at so many pages or commits from now on. A dead one keeps nothing more."""

    pages: int = -1
    commits: int = -1
    dead: bool = False

    def page(self, *_: object) -> None:
        self.pages -= 1
        self._due(self.pages)

    def commit(self, *_: object) -> None:
        self.commits -= 1
        self._due(self.commits)

    def _due(self, left: int) -> None:
        self.dead = self.dead or left == 0
        if self.dead:
            raise Killed


@dataclass
class Mortal:
    """A source whose reader may die before it gets a page."""

    source: Source
    death: Death

    def __post_init__(self) -> None:
        self.system, self.lag = self.source.system, self.source.lag
        self.account: Callable[[], Account] = self.source.account
        self.streams: Callable[[], Sequence[Stream]] = self.source.streams
        self.properties: Callable[[], Mapping[str, Sequence[Property]]] = self.source.properties
        self.counts: Callable[[Reading], Iterator[Count]] = self.source.counts
        self.close = self.source.close

    def read(self, stream: str, state: State, reading: Reading) -> Iterator[Page]:
        for page in self.source.read(stream, state, reading):
            self.death.page()
            yield page


@dataclass
class Office:
    """A store and an account that lives: people work in it while it is read."""

    folder: Path
    seed: int
    deletes: bool = True
    index_lag_seconds: float = 0.0
    clock: Clock = field(default_factory=Clock)
    between: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.crm = start_account(self.clock, self.seed)
        self.history = History(self.seed, self.crm, self.clock, deletes=self.deletes)
        self.running = start_hubspot(self.crm, index_lag_seconds=self.index_lag_seconds)
        self.running.service.limits = Silent(lambda: 0.0, enforced=False)
        self.running.vendor = BusyAccount(self.running.service, self._between_requests)
        self.store = self._opened()

    def _opened(self) -> Store:
        return Store(self.folder, memory_limit="256MB", threads=1)

    def _between_requests(self) -> None:
        self.history.meanwhile()
        self.between()

    def connect(self) -> None:
        given = {"base_url": self.running.url, "rate": "1000", "search_rate": "1000", "without": WITHOUT}
        connect(self.store, ConnectRequest("acme", "hubspot", self.running.token, options=given), HOSTS, self.clock.now)

    def sync(self, mode: Mode = "changes", death: Death | None = None) -> SyncOutcome | None:
        """Sync with one reader, so that a seed is one history; None when it died."""
        death = death or Death()
        connection = find_connection(self.store, "acme")
        system = open_connection(self.store, connection, HOSTS)
        request = SyncRequest("acme", connection, mode, workers=1, memory_limit="256MB", threads=1)
        mortal = replace(system, source=Mortal(system.source, death))
        sa.event.listen(sa.Engine, "commit", death.commit)
        try:
            return sync(self.store, request, mortal, self.clock.now)
        except Killed:
            return None
        finally:
            sa.event.remove(sa.Engine, "commit", death.commit)
            system.source.close()
            if death.dead:
                self.store.close()
                self.store = self._opened()

    @property
    def generation(self) -> int:
        return self.store.manifest(self.store.workspace("acme")).generation

    def ask(self, sql: str, *entities: str) -> Rows:
        with self.store.reader(self.store.workspace("acme")) as reader:
            return reader.run(sql, entities).rows

    def fingerprint(self) -> list[tuple[Any, ...]]:
        """What is published of deals, to notice any change."""
        return self.ask("SELECT id, name, amount, stage_id, is_deleted, account_id FROM deal ORDER BY id", "deal")

    def unread(self) -> int:
        """Chunks of the journal that are not folded in."""
        with self.store.syncing(find_connection(self.store, "acme")) as journal:
            return len(journal.chunks())

    def close(self) -> None:
        self.store.close()
        self.running.stop()


def linked_when_open(record: Record) -> bool:
    """Links that every run reads: those of open deals."""
    return record.kind == "deals" and record.values.get("dealstage") not in CLOSED


def report(office: Office, found: list[str]) -> str:
    """What somebody needs to find the fault: the seed, and all that happened to the records at fault."""
    named = {word.strip(":,;") for text in found[:5] for word in text.split() if word.strip(":,;").isdecimal()}
    told = [text for text in office.history.told if named.intersection(text.split())]
    return "\n".join(
        [f"seed {office.seed}: {len(found)} differences", *found[:20], *(each[:300] for each in told[-60:])]
    )


def check_whole(office: Office) -> None:
    if office.generation:
        found = flaws(office.ask)
        assert not found, report(office, found)


def check_truth(office: Office, mode: Mode, linked: Callable[[Record], bool]) -> None:
    """Sync in peace, once, and find nothing that the CRM has otherwise."""
    office.history.settled()
    done = office.sync(mode)
    assert done is not None
    assert not done.partial, f"seed {office.seed}"
    found = differences(office.crm, office.ask, linked=linked)
    assert not found, report(office, found)
    check_whole(office)
    assert office.unread() == 0, f"seed {office.seed}"


def live_through(office: Office, rounds: int, modes: Sequence[Mode] = ("changes", "reconcile", "full")) -> None:
    """Let things happen between syncs and during them; many of these die."""
    dice, history = office.history.dice, office.history
    for _ in range(rounds):
        history.events(dice.randrange(100, 400))
        history.pass_time(minutes=dice.choice([1, 20, 200, 3000]))
        history.busy = dice.random() < 0.8
        death = dice.choice([None, Death(pages=dice.randrange(1, 70)), Death(commits=dice.randrange(1, 50))])
        before = (office.generation, office.fingerprint()) if office.generation else None
        done = office.sync(dice.choice(modes), death)
        history.busy = False
        if done is None and before is not None and before[0] == office.generation:
            assert office.fingerprint() == before[1], f"seed {office.seed}: a dead sync changed what is published"
        check_whole(office)


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=() if seed == 1 else pytest.mark.conformance) for seed in RECONCILED]
)
def test_after_any_history_a_reconcile_leaves_the_truth(tmp_path: Path, seed: int) -> None:
    office = Office(tmp_path, seed, index_lag_seconds=(0, 200)[seed % 2])
    try:
        office.connect()
        live_through(office, rounds=3)
        check_truth(office, "reconcile", lambda _: True)
        assert len(office.history.told) > 500
    finally:
        office.close()


@pytest.mark.parametrize("seed", CHANGED)
def test_without_hard_deletes_the_changes_alone_leave_the_truth(tmp_path: Path, seed: int) -> None:
    office = Office(tmp_path, seed, deletes=False, index_lag_seconds=(0, 200)[seed % 2])
    try:
        office.connect()
        live_through(office, rounds=3, modes=("changes",))
        check_truth(office, "changes", linked_when_open)
    finally:
        office.close()


def test_after_kill_9_at_any_moment_the_next_sync_goes_on(tmp_path: Path) -> None:
    dice = random.Random()
    office = Office(tmp_path, seed=dice.randrange(10**6))
    office.history.busy = True
    try:
        office.connect()
        killed = 0
        for _ in range(3):
            office.clock.now = max(office.clock.now, datetime.now(UTC) + timedelta(days=1))
            killed += kill_9(
                office, requests=dice.randrange(1, 110), more_seconds=dice.choice((0, 0, dice.random() * 2))
            )
            check_whole(office)
            office.history.events(100)
        assert killed, f"seed {office.seed}: every sync was over before it could be killed"
        office.history.busy = False
        check_truth(office, "reconcile", lambda _: True)
    finally:
        office.close()


def kill_9(office: Office, requests: int, more_seconds: float) -> bool:
    """Run a sync as a process of its own and kill it a while after so many requests; return whether it still ran."""
    asked = threading.Event()
    left = [requests]

    def count() -> None:
        left[0] -= 1
        if left[0] <= 0:
            asked.set()

    office.between = count
    given = {"PUENTE_DATA_DIR": str(office.folder), "PUENTE_ALLOWED_HOSTS": "127.0.0.1", "PUENTE_MEMORY_LIMIT": "256MB"}
    command = [sys.executable, "-m", "connector", "sync", "-w", "acme", "--workers", "3"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | given, stdout=quiet, stderr=quiet) as process:
        try:
            for _ in range(600):
                if asked.wait(0.1) or process.poll() is not None:
                    break
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(more_seconds)
            return process.poll() is None
        finally:
            process.kill()
            office.between = lambda: None
