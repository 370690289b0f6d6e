"""The state database: opened, upgraded and guarded here; SQLite by default, PostgreSQL when machines share it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from filelock import FileLock

from connector.errors import SettingsError, TryLater, quote
from connector.store.faults import full_disk, is_full

HEAD: Final = "0007"
"""Newest revision in ``migrations/versions``."""

UPGRADE_LOCK: Final = 0x5055454E5445  # "PUENTE": key of the PostgreSQL advisory lock of an upgrade
_BUSY_MILLISECONDS = 30_000

_log = logging.getLogger(__name__)


class State:
    """Transactions over the state database. Opening it brings an older one to the newest revision."""

    def __init__(self, url: str | sa.URL, locks: Path) -> None:
        """Open ``url`` (``sqlite:///path`` or ``postgresql://...``). Raises SettingsError, TryLater, StorageFull."""
        self.engine = _engine(url)
        self._locks = locks
        try:
            with _state_faults():
                if self._revision() != HEAD:
                    self._upgrade()
        except BaseException:
            self.engine.dispose()
            raise

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a transaction that sees one moment of the state and changes nothing."""
        with _state_faults(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a transaction that is kept as a whole at the end of the block, or not at all after an error."""
        with _state_faults(), self.engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
            yield connection

    def close(self) -> None:
        """Give back all database connections."""
        self.engine.dispose()

    def _revision(self) -> str | None:
        with self.engine.connect() as connection:
            if not sa.inspect(connection).has_table("alembic_version"):
                return None
            revision = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
            return None if revision is None else str(revision)

    def _upgrade(self) -> None:
        with self._upgrade_turn():
            if self.is_sqlite:
                # Readers then never wait for the writer. The switch needs the file alone, hence under the lock.
                with closing(self.engine.raw_connection()) as connection:
                    connection.cursor().execute("PRAGMA journal_mode = WAL")
            revision = self._revision()
            if revision != HEAD:
                migrate(self.engine, HEAD, revision)

    @contextmanager
    def _upgrade_turn(self) -> Iterator[None]:
        """Let only one process at a time upgrade."""
        if self.is_sqlite:
            self._locks.mkdir(parents=True, exist_ok=True)
            with FileLock(self._locks / "state.lock"):
                yield
            return
        with self.engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(UPGRADE_LOCK)))
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(UPGRADE_LOCK)))


def migrate(engine: sa.Engine, target: str, current: str | None) -> None:
    """Bring the database from revision ``current`` to ``target`` in one transaction.

    Raises SettingsError when the database was written by a newer Puente.
    """
    from alembic import command  # noqa: PLC0415  half a second that only an upgrade pays
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise SettingsError(
            f"The state database has revision {quote(current)}, which this version of Puente does not know.",
            place="state database",
            remedy="Run the newer version of Puente that wrote it.",
        )
    with engine.execution_options(sqlite_begin="IMMEDIATE").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, target)


def _engine(address: str | sa.URL) -> sa.Engine:
    try:
        url = sa.make_url(address)
    except sa.exc.ArgumentError:
        raise _unusable_url("The address of the state database cannot be read.") from None
    if url.get_backend_name() in {"postgresql", "postgres"}:
        return sa.create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
    if url.get_backend_name() != "sqlite" or url.database in {None, "", ":memory:"}:
        raise _unusable_url("The state database must be an SQLite file or a PostgreSQL.")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _unusable_url(sentence: str) -> SettingsError:
    # The address may hold a password: it is never shown.
    return SettingsError(
        sentence, place="PUENTE_DATABASE_URL", remedy="Write sqlite:///FILE or postgresql://USER@HOST/NAME."
    )


def _prepare_sqlite(connection: Any, record: object) -> None:  # noqa: ARG001
    # The driver would begin and commit on its own, which breaks transactions around DDL.
    connection.isolation_level = None
    for pragma in (f"busy_timeout = {_BUSY_MILLISECONDS}", "foreign_keys = ON", "synchronous = FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that will write must say so at once: one that starts by reading cannot wait for its turn.
    connection.exec_driver_sql(f"BEGIN {connection.get_execution_options().get('sqlite_begin', 'DEFERRED')}")


@contextmanager
def _state_faults() -> Iterator[None]:
    with full_disk("state database"):
        try:
            yield
        except sa.exc.OperationalError as error:
            if is_full(error):
                raise
            # The driver's words may hold host, port and user, and anybody may ask whether the service is ready.
            words = str(error.orig).partition("\n")[0]
            _log.warning("The state database failed.", extra={"facts": {"reason": quote(words, 160)}})
            raise TryLater(
                "The state database does not answer.",
                place="state database",
                remedy="Check that it runs and that PUENTE_DATABASE_URL is right, then try again.",
            ) from error
        except sa.exc.DatabaseError as error:
            if "not a database" not in str(error.orig):
                raise
            raise SettingsError(
                "The state file is not a database.",
                place="state database",
                remedy="Restore it from a backup, or choose another PUENTE_DATA_DIR.",
            ) from error
