"""The state database: upgrades from every revision, several processes at once, addresses."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from deltalake import DeltaTable

import connector.store
from connector.errors import SettingsError, StorageFull, TryLater
from connector.model.workspace import Profile
from connector.store import models
from connector.store.state import HEAD, State, migrate
from connector.store.store import Publication, Store
from tests.store.conftest import NOW
from tests.store.staged import stage

SCRIPTS = ScriptDirectory(str(Path(connector.store.__file__).parent / "migrations"))
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


def bare_engine(url: str) -> sa.Engine:
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))


def tables_of(url: str) -> set[str]:
    engine = bare_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names())
    finally:
        engine.dispose()


def make_old_state(url: str, revision: str) -> None:
    """Write a state as a Puente of that revision would have, with a workspace in it."""
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True)
    engine = bare_engine(url)
    migrate(engine, revision, None)
    with engine.begin() as connection:
        old = sa.Table("workspaces", sa.MetaData(), autoload_with=connection)
        connection.execute(
            old.insert().values(id="abc", name="From before", created_at=datetime(2025, 1, 1, tzinfo=UTC))
        )
    engine.dispose()


@pytest.mark.parametrize("revision", REVISIONS)
def test_state_of_every_older_revision_opens(tmp_path: Path, database_url: str, revision: str) -> None:
    make_old_state(database_url, revision)
    with Store(tmp_path / "data", database_url) as store:
        workspace = store.workspace("From before")
        assert workspace.created_at == datetime(2025, 1, 1, tzinfo=UTC)
        key, text = store.add_api_key([workspace], "laptop", NOW)
        assert store.check_api_key(text, NOW) == key
        assert store.manifest(workspace).generation == 0


def test_the_migrated_tables_are_the_declared_ones(tmp_path: Path, database_url: str) -> None:
    state = State(database_url, tmp_path / "locks")
    with state.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), models.metadata) == []
    state.close()
    assert SCRIPTS.get_current_head() == HEAD


def test_state_of_a_newer_puente_is_refused_and_untouched(tmp_path: Path, database_url: str) -> None:
    make_old_state(database_url, HEAD)
    engine = bare_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="revision '9999', which this version of Puente does not know"):
        Store(tmp_path / "data", database_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "9999"
    engine.dispose()


def test_an_upgrade_that_breaks_off_leaves_the_old_revision_whole(tmp_path: Path, database_url: str) -> None:
    if database_url.startswith("sqlite"):
        (tmp_path / "data").mkdir()
    engine = bare_engine(database_url)
    with engine.begin() as connection:  # the last revision will trip over this table
        connection.execute(sa.text("CREATE TABLE api_keys (id VARCHAR(16))"))
    with pytest.raises((sa.exc.DatabaseError, TryLater)):
        Store(tmp_path / "data", database_url)
    assert tables_of(database_url) == {"api_keys"}
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE api_keys"))
    engine.dispose()
    with Store(tmp_path / "data", database_url) as store:
        assert store.workspaces() == []


def _open_and_create(root: Path, url: str, name: str, start: Barrier) -> None:
    start.wait()
    with Store(root, url) as store:
        store.connection(store.create_workspace(name, NOW), "exports", "file", NOW)


def test_many_processes_may_open_a_new_state_at_once(tmp_path: Path, database_url: str) -> None:
    processes = multiprocessing.get_context("forkserver")
    names = [f"Client {number}" for number in range(6)]
    start = processes.Barrier(len(names))
    openers = [
        processes.Process(target=_open_and_create, args=(tmp_path / "data", database_url, name, start))
        for name in names
    ]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()
    assert [opener.exitcode for opener in openers] == [0] * 6
    with Store(tmp_path / "data", database_url) as store:
        assert [workspace.name for workspace in store.workspaces()] == names


def test_instants_keep_their_moment_and_come_back_in_utc(tmp_path: Path, database_url: str) -> None:
    madrid = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    with Store(tmp_path / "data", database_url) as store:
        store.create_workspace("Acme", madrid)
        created = store.workspace("Acme").created_at
    assert (created, created.tzinfo) == (madrid, UTC)


@pytest.mark.parametrize(
    "url", ["mysql://root:hunter2@db/x", "no address", "sqlite://", "sqlite:///:memory:", "://hunter2"]
)
def test_an_unusable_address_is_refused_without_showing_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match="PUENTE_DATABASE_URL") as caught:
        Store(tmp_path / "data", url)
    assert "hunter2" not in str(caught.value)


def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", logger="connector.store.state")
    with pytest.raises(TryLater, match="The state database does not answer") as caught:
        Store(tmp_path / "data", f"postgresql://puente:hunter2@/nowhere?host={tmp_path}")
    assert str(tmp_path) not in str(caught.value), "the words of the driver are for the log alone"
    logged = [record.__dict__["facts"]["reason"] for record in caplog.records if record.name == "connector.store.state"]
    assert "connection" in logged[0]
    assert "hunter2" not in str(caught.value) + str(logged)


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "state.db").write_bytes(b"these are not the bytes of a database " * 100)
    with pytest.raises(SettingsError, match="is not a database"):
        Store(tmp_path / "data")


def end_all_sessions(url: str) -> None:
    """Do what a restart of the server does to everybody who is connected."""
    engine = bare_engine(url)
    with engine.connect() as session:
        session.execute(sa.text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"))
    engine.dispose()


def test_a_lost_connection_does_not_break_the_next_question(tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = new_database()
    with Store(tmp_path / "data", url) as store:
        store.create_workspace("Acme", NOW)
        end_all_sessions(url)
        assert [workspace.name for workspace in store.workspaces()] == ["Acme"]


def test_a_writer_that_lost_its_turn_publishes_nothing(tmp_path: Path, new_database: Callable[[], str]) -> None:
    url = new_database()
    with Store(tmp_path / "data", url) as store, Store(tmp_path / "data", url) as rival:
        workspace = store.create_workspace("Acme", NOW)
        connection = store.connection(workspace, "exports", "file", NOW)
        with store.writing(workspace, "import", NOW) as slow:
            end_all_sessions(url)  # and with them the lock of the slow writer
            with rival.writing(workspace, "import", NOW) as quick:
                stage(quick.staging, "team", {"id": "'quick'"})
                quick.publish(connection, Publication(quick.staging, (), None, Profile()), NOW)
            stage(slow.staging, "team", {"id": "'slow'"})
            with pytest.raises(TryLater, match="took over"):
                slow.publish(connection, Publication(slow.staging, (), None, Profile()), NOW)
        with store.reader(workspace) as reader:
            assert reader.run("SELECT id FROM team", ["team"]).rows == [("quick",)]
        assert DeltaTable(store.data_dir / "tables" / "team").to_pyarrow_table().column("id").to_pylist() == ["quick"]
        assert [run.status for run in store.runs(workspace)] == ["succeeded", "interrupted"]


def test_a_full_state_disk_is_told_apart(tmp_path: Path) -> None:
    state = State(f"sqlite:///{tmp_path / 'state.db'}", tmp_path / "locks")

    def fill() -> None:
        with state.writing() as transaction:
            transaction.exec_driver_sql("PRAGMA max_page_count = 30")
            for number in range(1000):
                row = {"id": f"w{number}", "name": f"{number} " + "x" * 150, "created_at": NOW}
                transaction.execute(models.workspaces.insert().values(row))

    with pytest.raises(StorageFull, match="state database"):
        fill()
    with state.reading() as transaction:
        assert transaction.execute(sa.select(models.workspaces)).all() == []
    state.close()
