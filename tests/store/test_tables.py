"""Delta tables: whole partitions set by file, in turn with other writers, readable by anybody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest
from deltalake import DeltaTable, Field, Schema
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, CommitProperties

from connector.errors import Bug, TryLater
from connector.model.schema import ENTITIES, STORED
from connector.store import tables
from connector.store.files import Layout
from connector.store.tables import Place, restore, set_files, table_schema
from tests.store.conftest import NOW
from tests.store.staged import stage

ACME = Place("acme", "one")
BETA = Place("beta", "two")


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def put(layout: Layout, place: Place, name: str, rows: int = 2, entity: str = "team") -> dict[str, int]:
    """Put a file of teams into a partition directory and return what set_files wants to know of it."""
    path = stage(layout.root / "staged", entity, {"id": f"'{name}' || i"}, rows, name)
    target = layout.table(entity) / place.directory / path.name
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)
    return {path.name: rows}


def ids(layout: Layout, entity: str = "team") -> list[str]:
    return sorted(DeltaTable(layout.table(entity)).to_pyarrow_table().column("id").to_pylist())


def test_a_partition_becomes_exactly_the_given_files(layout: Layout) -> None:
    first, second = put(layout, ACME, "a"), put(layout, ACME, "b")
    set_files(layout, "team", ACME, first, NOW)
    set_files(layout, "team", BETA, put(layout, BETA, "x"), NOW)
    assert ids(layout) == ["a0", "a1", "x0", "x1"]
    version = set_files(layout, "team", ACME, second, NOW)
    assert ids(layout) == ["b0", "b1", "x0", "x1"]
    assert set_files(layout, "team", ACME, second, NOW) == version, "nothing to do makes no commit"
    set_files(layout, "team", ACME, first | second, NOW)
    assert ids(layout) == ["a0", "a1", "b0", "b1", "x0", "x1"]
    set_files(layout, "team", ACME, {}, NOW)
    assert ids(layout) == ["x0", "x1"]
    assert DeltaTable(layout.table("team")).count() == 2


def test_restoring_undoes_what_was_not_published(layout: Layout) -> None:
    published = put(layout, ACME, "old")
    set_files(layout, "team", ACME, published, NOW)
    set_files(layout, "team", BETA, put(layout, BETA, "x"), NOW)
    set_files(layout, "team", ACME, put(layout, ACME, "half"), NOW)
    set_files(layout, "team", Place("acme", "new"), put(layout, Place("acme", "new"), "half"), NOW)
    (layout.table("team") / "_delta_log" / "00000000000000000009.json#1").write_text("a commit that was cut off")
    restore(layout, "team", "acme", {"one": published}, NOW)
    assert ids(layout) == ["old0", "old1", "x0", "x1"]
    assert [path.name for path in (layout.table("team") / "_delta_log").iterdir() if "#" in path.name] == []
    restore(layout, "deal", "acme", {}, NOW)
    assert not layout.table("deal").exists(), "a table that was never written is not created"


def test_every_entity_has_a_table_that_takes_its_staged_files(layout: Layout) -> None:
    for entity in STORED:
        set_files(layout, entity, ACME, put(layout, ACME, "part", 1, entity), NOW)
        table = DeltaTable(layout.table(entity))
        names = [field.name for field in table.schema().fields]
        assert names == ["workspace_id", "connection_id", *ENTITIES[entity].columns]
        assert table.to_pyarrow_table().num_rows == 1


def test_an_older_table_gets_its_new_columns(layout: Layout) -> None:
    old = [field for field in table_schema("team").fields if field.name not in {"branch", "custom"}]
    DeltaTable.create(layout.table("team"), Schema(old), partition_by=["workspace_id", "connection_id"])
    set_files(layout, "team", ACME, put(layout, ACME, "a"), NOW)
    assert {field.name for field in DeltaTable(layout.table("team")).schema().fields} == {
        field.name for field in table_schema("team").fields
    }
    assert ids(layout) == ["a0", "a1"]


def test_a_table_with_deletion_vectors_is_refused(layout: Layout) -> None:
    set_files(layout, "team", ACME, put(layout, ACME, "a"), NOW)
    DeltaTable(layout.table("team")).alter.set_table_properties({"delta.enableDeletionVectors": "true"})
    with pytest.raises(Bug, match="uses deletion vectors"):
        set_files(layout, "team", ACME, {}, NOW)


def test_writers_of_different_partitions_all_get_their_turn(layout: Layout) -> None:
    places = [Place("acme", f"connection{number}") for number in range(8)]
    files = {place: put(layout, place, "a", 1) for place in places}
    failures: list[BaseException] = []

    def write(place: Place) -> None:
        try:
            for _ in range(3):
                set_files(layout, "team", place, {}, NOW)
                set_files(layout, "team", place, files[place], NOW)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    writers = [Thread(target=write, args=(place,)) for place in places]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failures == []
    assert ids(layout) == ["a0"] * 8


class _Rival:
    """A writer on another machine, which knows no lock of ours: it commits just before each of our commits."""

    def __init__(self, layout: Layout, times: int) -> None:
        self.layout = layout
        self.times = times
        self.commit = DeltaTable.create_write_transaction

    def __call__(self, table: DeltaTable, *arguments: object) -> None:
        if self.times:
            self.times -= 1
            rival = DeltaTable(self.layout.table("team"))
            (name,) = put(self.layout, BETA, f"rival{self.times}", 1)
            path = f"{BETA.directory}/{name}"
            size = (self.layout.table("team") / path).stat().st_size
            action = AddAction(path, size, BETA.values, 0, data_change=True, stats='{"numRecords": 1}')
            self.commit(rival, [action], "append", table_schema("team"), ["workspace_id", "connection_id"])
        self.commit(table, *arguments, commit_properties=CommitProperties(max_commit_retries=0))


def _method(rival: _Rival) -> Callable[..., None]:
    def commit(table: DeltaTable, *arguments: object) -> None:
        rival(table, *arguments)

    return commit


def test_a_commit_that_another_machine_overtook_is_tried_again(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    first = put(layout, ACME, "a", 1)
    set_files(layout, "team", ACME, first, NOW)
    rival = _Rival(layout, times=3)
    monkeypatch.setattr(DeltaTable, "create_write_transaction", _method(rival))
    set_files(layout, "team", ACME, put(layout, ACME, "b", 1), NOW)
    assert ids(layout) == ["b0", "rival00", "rival10", "rival20"]


def test_a_table_that_others_never_leave_alone_ends_in_a_sentence(
    layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_files(layout, "team", ACME, put(layout, ACME, "a", 1), NOW)
    rival = _Rival(layout, times=1000)
    monkeypatch.setattr(DeltaTable, "create_write_transaction", _method(rival))
    monkeypatch.setattr(tables, "_COMMIT_TRIES", 5)
    with pytest.raises(TryLater, match="changed the table team 5 times"):
        set_files(layout, "team", ACME, {}, NOW)


def test_the_log_is_summed_up_now_and_then(layout: Layout) -> None:
    file = put(layout, ACME, "a", 1)
    for _ in range(26):
        set_files(layout, "team", ACME, {}, NOW)
        set_files(layout, "team", ACME, file, NOW)
    log = [path.name for path in (layout.table("team") / "_delta_log").iterdir()]
    assert any(name.endswith(".checkpoint.parquet") for name in log)
    assert ids(layout) == ["a0"]
    assert Field("workspace_id", PrimitiveType("string")) == DeltaTable(layout.table("team")).schema().fields[0]
