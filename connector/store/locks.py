"""Whose turn it is: one writer per workspace, one committer per Delta table. Locks die with their process."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from connector.store.lock_files import LockTimeout, file_lock
from connector.store.state import State

__all__ = ["LockTimeout", "file_lock", "workspace_lock"]


@contextmanager
def workspace_lock(state: State, locks: Path, workspace_id: str, wait_seconds: float) -> Iterator[None]:
    """Hold a workspace for writing. Raises LockTimeout when another process keeps it for ``wait_seconds``.

    With PostgreSQL as state the lock lives there, so it also holds between machines that share the tables.
    """
    if state.is_sqlite:
        with file_lock(locks / f"{workspace_id}.lock", wait_seconds):
            yield
    else:
        with _advisory_lock(state.engine, workspace_id, wait_seconds):
            yield


@contextmanager
def _advisory_lock(engine: sa.Engine, workspace_id: str, wait_seconds: float) -> Iterator[None]:
    key = int.from_bytes(hashlib.sha256(f"puente {workspace_id}".encode()).digest()[:8], signed=True)
    # A connection of its own: the lock lives as long as the session, whatever other transactions do.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as session:
        milliseconds = max(1, int(wait_seconds * 1000))
        session.execute(sa.select(sa.func.set_config("lock_timeout", str(milliseconds), False)))
        try:
            session.execute(sa.select(sa.func.pg_advisory_lock(key)))
        except sa.exc.OperationalError as error:
            if getattr(error.orig, "sqlstate", "") == "55P03":  # lock_not_available
                raise LockTimeout from None
            raise
        try:
            yield
        finally:
            with suppress(sa.exc.DBAPIError):  # a session that the server ended has lost its lock already
                session.execute(sa.select(sa.func.pg_advisory_unlock(key)))
                session.execute(sa.text("RESET lock_timeout"))
