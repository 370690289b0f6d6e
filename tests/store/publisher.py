"""A process that publishes one state after another until it is killed, and the rules that every state keeps.

State ``step`` holds the raw imports 1..step, and deals and accounts that all carry the number of the step. A state
is of one of two kinds: ``with leads``, or without, so that a table also becomes empty; teams carry the kind, so
that a table also stays the same.
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import sqlalchemy as sa
from deltalake import DeltaTable

from connector.model.imports import RawImport
from connector.model.workspace import Profile
from connector.store import records
from connector.store.files import partition
from connector.store.store import Connection, Publication, Store, Workspace
from tests.store.conftest import NOW
from tests.store.staged import stage

ENTITIES = ("deal", "account", "lead", "team")
GRACE = timedelta(minutes=3)
_STEPS_AUDITED = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.scandir", "os.listdir"}


def publish_next(store: Store, name: str, *, leads: bool = False) -> int:
    """Publish the state after the last one and return its step."""
    workspace = store.workspace(name)
    step = store.manifest(workspace).generation + 1
    now = NOW + timedelta(minutes=step)
    connection = store.connection(workspace, "exports", "file", now)
    with store.writing(workspace, "import", now, wait_seconds=60) as writing:
        # Only inside the turn is it certain which state is the last.
        known = writing.raw_imports(connection)
        step = len(known) + 1
        path = writing.raw_directory(connection) / f"{writing.run_id}.parquet"
        path.write_bytes(b"rows as they arrived")
        relative = path.relative_to(store.data_dir).as_posix()
        imports = (*known, RawImport(f"i{step}", "deals.csv", step, now, False, relative, "0" * 64, 1, ("Id",)))
        stage(writing.staging, "deal", {"id": "i", "name": f"'{step}'"}, rows=100 + step)
        stage(writing.staging, "account", {"id": "i", "name": f"'{step}'"}, rows=step)
        stage(writing.staging, "team", {"id": "i", "name": f"'{leads}'"}, rows=3)
        if leads:
            stage(writing.staging, "lead", {"id": "i", "form_id": f"'{step}'"}, rows=5)
        (writing.staging / "rejects.csv").write_text(str(step))
        writing.publish(
            connection, Publication(writing.staging, imports, f"step: {step}", Profile(rejected=2 * step + leads)), now
        )
    return step


def publish_forever(root: Path, url: str, name: str, pipe: Pipe) -> None:
    """Publish until killed; tell the other end each step that is done."""
    with Store(root, url, threads=1, grace=GRACE) as store:
        pipe.send(0)
        for turn in count():
            pipe.send(publish_next(store, name, leads=turn % 3 != 1))


def publish_times(root: Path, url: str, name: str, times: int) -> None:
    """Publish a number of states and end."""
    with Store(root, url, threads=1, grace=GRACE) as store:
        for _ in range(times):
            publish_next(store, name)


def publish_until(root: Path, url: str, name: str, death: int, pipe: Pipe) -> None:
    """Publish one state, but die by kill -9 just before the ``death``-th touch of a file or the database."""
    touches = 0

    def touch() -> None:
        nonlocal touches
        touches += 1
        if touches == death:
            os.kill(os.getpid(), signal.SIGKILL)

    with Store(root, url, threads=1, grace=GRACE) as store:
        sys.addaudithook(lambda event, _: touch() if event in _STEPS_AUDITED else None)
        for event in ("before_cursor_execute", "after_cursor_execute", "commit"):
            sa.event.listen(sa.Engine, event, lambda *_: touch())
        publish_next(store, name, leads=True)
    pipe.send(touches)


def assert_whole(store: Store, workspace: Workspace) -> int:
    """Check that everything a reader can see belongs to one step, and return it."""
    with store.reader(workspace) as reader:
        step = reader.generation
        if step:
            names = reader.run(
                "SELECT (SELECT list(DISTINCT name) FROM deal), (SELECT list(DISTINCT name) FROM account), "
                "(SELECT list(DISTINCT form_id) FROM lead), (SELECT list(DISTINCT name) FROM team)",
                ENTITIES,
            ).rows[0]
            published, leads = divmod(reader.profile.rejected, 2)
            assert published == step
            assert names == ([str(step)], [str(step)], [str(step)] if leads else None, [str(bool(leads))])
            counts = [reader.run(f"SELECT count(*), count(DISTINCT id) FROM {e}", [e]).rows[0] for e in ENTITIES]
            assert counts == [(n, n) for n in (100 + step, step, 5 * leads, 3)]
    return step


def assert_tidy(store: Store, workspace: Workspace, connection: Connection) -> None:
    """Check that the files on disk are those of the kept states, and that Delta names those of the last."""
    with store._state.reading() as state:
        kept = records.kept_manifests(state, workspace.id)
    areas = ("tables", "raw", "rejects", "staging")
    found = {p.relative_to(store.data_dir).as_posix() for area in areas for p in (store.data_dir / area).rglob("*")
             if p.is_file()}  # fmt: skip
    mine = {path for path in found if workspace.id in path}
    assert mine == {path for manifest in kept for path in manifest.files()}
    logs = [path for path in found if "/_delta_log/" in path]
    assert [path for path in logs if not path.endswith((".json", ".checkpoint.parquet", "_last_checkpoint"))] == []
    place = partition(workspace.id, connection.id)
    for entity in ENTITIES:
        table = str(store.data_dir / "tables" / entity)
        uris = DeltaTable(table).file_uris() if DeltaTable.is_deltatable(table) else []
        head = {Path(uri).relative_to(store.data_dir).as_posix() for uri in uris if place in uri}
        part = kept[0].tables.get(entity, {}).get(connection.id)
        assert head == (set(part.files) if part else set())
    step = kept[0].generation
    assert len(kept[0].raw[connection.id]) == step
    assert store.mapping(connection) == f"step: {step}"
    assert (store.data_dir / kept[0].rejects[connection.id]).read_text() == str(step)
    succeeded = [run for run in store.runs(workspace, limit=10_000) if run.status == "succeeded"]
    assert len(succeeded) == step
