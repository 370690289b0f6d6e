"""Stores to try things on: on SQLite, and on a PostgreSQL that is started for the tests and stopped after them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Thread
from typing import IO

import psycopg
import pytest

from connector.store.store import Connection, Store, Workspace

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
_NUMBERS = count(1)


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    """Memory where there is enough of it: the store waits for the disk often, and a killed process needs no disk."""
    memory = Path("/dev/shm")
    if not memory.is_dir() or shutil.disk_usage(memory).free < 2**30:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="puente-", dir=memory) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Address of a PostgreSQL server that listens on a socket of its own; {} stands for the database."""
    spec = find_spec("pgserver")
    if spec is None or spec.origin is None:
        pytest.skip("needs the PostgreSQL binaries of the package pgserver (requirements-dev.txt)")
    home = Path(tempfile.mkdtemp(prefix="puente-pg-", dir="/tmp"))
    server = None
    try:
        binaries = _reachable(Path(spec.origin).parent, home)
        data = home / "data"
        _run(binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        server = _start(binaries / "postgres", data, home)
        yield f"postgresql://postgres@/{{}}?host={home}"
    finally:
        if server is not None:
            server.send_signal(signal.SIGQUIT)  # at once: nothing in it is worth a checkpoint
            server.wait(timeout=120)
        shutil.rmtree(home, ignore_errors=True)


def _reachable(package: Path, home: Path) -> Path:
    """PostgreSQL refuses to run as root, and another user may not be able to enter this checkout."""
    if os.geteuid() == 0:
        libraries = package.with_name("pgserver.libs")  # the binaries look for them at this relative place
        for part in (package / "pginstall", libraries):
            shutil.copytree(part, home / part.relative_to(package.parent))
        package = home / package.name
        shutil.chown(home, "nobody", "nogroup")
    return package / "pginstall" / "bin"


def _credentials() -> dict[str, object]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _run(*command: object) -> None:
    subprocess.run(list(map(str, command)), check=True, capture_output=True, cwd="/", **_credentials())


def _start(binary: Path, data: Path, sockets: Path) -> subprocess.Popen[str]:
    command = [str(binary), "-D", str(data), "-k", str(sockets), "-c", "listen_addresses=", "-c", "fsync=off"]
    server = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd="/", **_credentials())
    assert server.stderr is not None
    for line in server.stderr:
        if "ready to accept connections" in line:
            Thread(target=_drain, args=(server.stderr,), daemon=True).start()
            return server
    raise AssertionError("PostgreSQL ended before it was ready")


def _drain(log: IO[str]) -> None:
    """Read the log to its end: a server whose log nobody reads stands still when the pipe is full."""
    with log:
        for _ in log:
            pass


@pytest.fixture
def new_database(postgres: str) -> Callable[[], str]:
    """Make an empty PostgreSQL database and return its address."""

    def make() -> str:
        name = f"puente_{next(_NUMBERS)}"
        with psycopg.connect(postgres.format("postgres"), autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}")
        return postgres.format(name)

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty state database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'data' / 'state.db'}"
    return str(request.getfixturevalue("new_database")())


@pytest.fixture
def store(tmp_path: Path, database_url: str) -> Iterator[Store]:
    """An empty store that removes superseded files at once, as far as it may."""
    with Store(tmp_path / "data", database_url, threads=2, grace=timedelta(0)) as opened:
        yield opened


@pytest.fixture
def workspace(store: Store) -> Workspace:
    return store.create_workspace("Acme", NOW)


@pytest.fixture
def connection(store: Store, workspace: Workspace) -> Connection:
    return store.connection(workspace, "exports", "file", NOW)
