"""The grant of a connection: kept sealed before it is used, renewed by one at a time, free when its holder dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

import pytest
import sqlalchemy as sa

from connector.errors import ConnectionRefused, TryLater
from connector.store import grants as grants_module
from connector.store.grants import Grants, StoredGrant
from connector.store.store import Connection, Store
from tests.store.conftest import NOW

LATER = NOW + timedelta(minutes=30)
FIRST = StoredGrant("access-0", "refresh-0", LATER)
TURNS = 6


def clock() -> datetime:
    return NOW


@pytest.fixture
def connection(store: Store) -> Connection:
    """A connection that signs in by OAuth."""
    found = store.connection(store.create_workspace("Acme", NOW), "hubspot", "hubspot", NOW)
    store.keep_account(found, {"client_id": "puente"}, {"client_secret": "s3cret", **FIRST.secrets()}, NOW)
    return found


def open_again(folder: str, database_url: str) -> tuple[Store, Grants]:
    store = Store(Path(folder), database_url)
    (found,) = store.connections(store.workspace("Acme"))
    return store, store.grants(found, clock)


def test_what_was_saved_is_loaded_by_another_process_and_the_rest_stays(
    store: Store, connection: Connection, tmp_path: Path, database_url: str
) -> None:
    store.grants(connection, clock).save(StoredGrant("access-1", "refresh-1", None))
    other, grants = open_again(str(tmp_path / "data"), database_url)
    with other:
        assert grants.load() == StoredGrant("access-1", "refresh-1", None)
        account = other.account(connection)
    assert account is not None
    assert account.options == {"client_id": "puente"}
    assert account.secrets["client_secret"] == "s3cret"


def test_the_end_of_a_token_comes_back_as_an_aware_moment(store: Store, connection: Connection) -> None:
    assert store.grants(connection, clock).load().expires_at == LATER
    local = LATER.astimezone(UTC)
    store.grants(connection, clock).save(StoredGrant("a", "r", local))
    assert store.grants(connection, clock).load().expires_at == local


def test_nothing_of_a_grant_is_readable_at_rest_or_in_print(
    store: Store, connection: Connection, database_url: str
) -> None:
    store.grants(connection, clock).save(StoredGrant("access-1", "refresh-1", LATER))
    engine = sa.create_engine(database_url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as session:
        row = str(session.execute(sa.text("SELECT * FROM accounts")).one())
    engine.dispose()
    assert "puente" in row
    for secret in ("access-1", "refresh-1", "s3cret"):
        assert secret not in row
    assert "refresh-1" not in repr(store.grants(connection, clock).load())


@pytest.mark.parametrize("secrets", [None, {"token": "pat-1"}, {"access_token": "a", "refresh_token": ""}])
def test_a_connection_without_a_grant_neither_loads_nor_takes_one(
    store: Store, connection: Connection, secrets: dict[str, str] | None
) -> None:
    if secrets is None:
        connection = store.connection(store.workspace("Acme"), "other", "hubspot", NOW)
    else:
        store.keep_account(connection, {}, secrets, NOW)
    grants = store.grants(connection, clock)
    with pytest.raises(ConnectionRefused, match="no longer signs in by OAuth"):
        grants.load()
    with pytest.raises(ConnectionRefused, match="no longer signs in by OAuth"):
        grants.save(FIRST)
    kept = store.account(connection)
    assert (kept.secrets if kept else None) == secrets


def test_who_waits_too_long_for_a_turn_is_told_which_connection(
    store: Store, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = store.grants(connection, clock)
    monkeypatch.setattr(grants_module, "LOCK_SECONDS", 0.2)
    with grants.exchange_under_lock():
        with pytest.raises(TryLater, match="hubspot"), grants.exchange_under_lock():
            pass
        other = store.connection(store.workspace("Acme"), "other", "hubspot", NOW)
        with store.grants(other, clock).exchange_under_lock():
            pass  # the grants of two connections do not wait for each other
    with grants.exchange_under_lock():
        pass


# --- several processes ------------------------------------------------------------------------------------------


def _take_turns(folder: str, database_url: str, start: Barrier) -> None:
    store, grants = open_again(folder, database_url)

    def renew() -> None:
        for _ in range(TURNS):
            with grants.exchange_under_lock():
                number = int(grants.load().refresh.partition("-")[2]) + 1
                grants.save(StoredGrant(f"access-{number}", f"refresh-{number}", LATER))

    with store:
        start.wait(60)
        threads = [threading.Thread(target=renew) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)


def _save_and_die(folder: str, database_url: str) -> None:
    _, grants = open_again(folder, database_url)
    grants.save(StoredGrant("access-1", "refresh-1", LATER))
    os.kill(os.getpid(), signal.SIGKILL)


def _die_holding(folder: str, database_url: str, held: Event) -> None:
    _, grants = open_again(folder, database_url)
    with grants.exchange_under_lock():
        held.set()
        threading.Event().wait(60)


def processes(work: Callable[..., None], *arguments: object, count: int = 1) -> list[multiprocessing.Process]:
    context = multiprocessing.get_context("spawn")
    made = [context.Process(target=work, args=arguments) for _ in range(count)]
    for each in made:
        each.start()
    return made  # type: ignore[return-value]


def test_threads_and_processes_take_turns(
    store: Store, connection: Connection, tmp_path: Path, database_url: str
) -> None:
    start = multiprocessing.get_context("spawn").Barrier(2)
    workers = processes(_take_turns, str(tmp_path / "data"), database_url, start, count=2)
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert store.grants(connection, clock).load().refresh == f"refresh-{2 * 2 * TURNS}"


def test_a_grant_is_kept_before_save_returns(
    store: Store, connection: Connection, tmp_path: Path, database_url: str
) -> None:
    (worker,) = processes(_save_and_die, str(tmp_path / "data"), database_url)
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert store.grants(connection, clock).load() == StoredGrant("access-1", "refresh-1", LATER)


def test_a_process_that_dies_gives_up_its_turn(
    store: Store, connection: Connection, tmp_path: Path, database_url: str
) -> None:
    held = multiprocessing.get_context("spawn").Event()
    (worker,) = processes(_die_holding, str(tmp_path / "data"), database_url, held)
    assert held.wait(60)
    worker.kill()
    worker.join(60)
    with store.grants(connection, clock).exchange_under_lock():
        assert store.grants(connection, clock).load() == FIRST
