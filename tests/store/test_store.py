"""Publishing and reading whole states of a workspace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from deltalake import DeltaTable

from connector.errors import Bug, UnknownName, UserError, WorkspaceBusy
from connector.model.imports import RawImport
from connector.model.workspace import Profile
from connector.store.manifest import schema_mark
from connector.store.store import Connection, Publication, Store, Workspace, Writing
from tests.store.conftest import NOW
from tests.store.staged import stage

DEALS = {"id": "'d' || i", "amount": "i * 1.5", "currency": "'EUR'", "created_at": "'2026-01-01 10:00:00+00'"}


def publish(store: Store, connection: Connection, writing: Writing, **changes: object) -> int:
    fields = {"staged": writing.staging, "raw_imports": (), "mapping_text": None, "profile": Profile()} | changes
    return writing.publish(connection, Publication(**fields), NOW)  # type: ignore[arg-type]


def raw_import(writing: Writing, connection: Connection, number: int, root: Path) -> RawImport:
    path = writing.raw_directory(connection) / f"raw{number}.parquet"
    path.write_bytes(b"rows as they arrived")
    path.with_name(path.name + ".problems.csv").write_text("file,line,column,value,reason\n")
    when = NOW + timedelta(hours=number)
    relative = path.relative_to(root).as_posix()
    return RawImport(f"i{number}", "deals.csv", number, when, False, relative, "0" * 64, 3, ("Id",))


def files_below(root: Path) -> set[str]:
    areas = ("tables", "raw", "rejects", "staging", "spill")
    found = {path.relative_to(root).as_posix() for area in areas for path in (root / area).rglob("*") if path.is_file()}
    return {path for path in found if "/_delta_log/" not in path}


def test_a_published_state_is_read_back(store: Store, workspace: Workspace, connection: Connection) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", DEALS, rows=3)
        assert publish(store, connection, writing) == 1
    with store.reader(workspace) as reader:
        answer = reader.run('SELECT id, amount, created_at, connection_id FROM deal ORDER BY "id"', ["deal"])
    assert answer.columns == ["id", "amount", "created_at", "connection_id"]
    created = datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert answer.rows == [(f"d{i}", Decimal("1.5") * i, created, connection.id) for i in range(3)]
    assert (reader.workspace, reader.generation, reader.tables) == ("Acme", 1, {"deal"})


def test_an_entity_without_rows_is_an_empty_table_with_every_column(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        answer = reader.run("SELECT * FROM deal_line", ["deal_line"])
        assert answer.rows == []
        assert answer.columns[:3] == ["workspace_id", "connection_id", "id"]
        assert reader.run("SELECT sum(amount) + 1 FROM deal_line", ["deal_line"]).rows == [(None,)]
    assert (reader.generation, reader.profile, reader.freshness.data_through) == (0, Profile(), None)


def test_publishing_replaces_the_whole_connection(store: Store, workspace: Workspace, connection: Connection) -> None:
    for rows in (5, 2):
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS, rows=rows)
            if rows == 5:
                stage(writing.staging, "account", {"id": "i"}, rows=7)
            publish(store, connection, writing)
    with store.reader(workspace) as reader:
        assert reader.run("SELECT count(*) FROM deal", ["deal"]).rows == [(2,)]
        assert reader.run("SELECT count(*) FROM account", ["account"]).rows == [(0,)]
        assert reader.tables == {"deal"}
    for entity, rows in (("deal", 2), ("account", 0)):
        assert DeltaTable(store.data_dir / "tables" / entity).count() == rows


def test_delta_readers_see_what_the_manifest_says(store: Store, workspace: Workspace, connection: Connection) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", DEALS | {"custom": "MAP {'tier': 'gold'}"}, rows=3)
        publish(store, connection, writing)
    table = DeltaTable(store.data_dir / "tables" / "deal")
    (part,) = store.manifest(workspace).tables["deal"].values()
    assert part.version == table.version()
    assert {f"{store.data_dir}/{path}" for path in part.files} == set(table.file_uris())
    rows = table.to_pyarrow_table().to_pylist()
    assert [row["id"] for row in rows] == ["d0", "d1", "d2"]
    assert rows[2]["amount"] == Decimal("3.0")
    assert rows[2]["custom"] == [("tier", "gold")]
    assert rows[2]["created_at"] == datetime(2026, 1, 1, 10, tzinfo=UTC)
    assert {(row["workspace_id"], row["connection_id"]) for row in rows} == {(workspace.id, connection.id)}


def test_the_same_staged_files_again_write_no_new_version(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    parts = []
    for _ in range(2):
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS, rows=3)
            publish(store, connection, writing)
        parts.append(store.manifest(workspace).tables["deal"])
    assert parts[0] == parts[1]
    assert store.manifest(workspace).generation == 2


def test_a_block_that_fails_publishes_nothing_and_leaves_nothing(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    def fail() -> None:
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS, rows=3)
            raw_import(writing, connection, 1, store.data_dir)
            raise ZeroDivisionError("division by zero")

    with pytest.raises(ZeroDivisionError):
        fail()
    assert store.manifest(workspace).generation == 0
    assert files_below(store.data_dir) == set()
    (run,) = store.runs(workspace)
    assert (run.status, run.error) == ("failed", "ZeroDivisionError: 'division by zero'")


def test_a_failure_while_publishing_leaves_the_last_state_also_for_delta_readers(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "account", {"id": "i"}, rows=2)
        stage(writing.staging, "deal", DEALS, rows=3)
        publish(store, connection, writing)
    before = store.manifest(workspace)
    log = store.data_dir / "tables" / "deal" / "_delta_log"

    def fail() -> None:
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "account", {"id": "i"}, rows=9)
            stage(writing.staging, "deal", DEALS, rows=9)
            log.rename(log.with_name("away"))
            log.write_text("accounts are in their table when deals find no log")
            try:
                publish(store, connection, writing)
            finally:
                log.unlink()
                log.with_name("away").rename(log)

    with pytest.raises(OSError, match="Not a directory"):
        fail()
    assert store.manifest(workspace) == before
    assert DeltaTable(store.data_dir / "tables" / "account").count() == 2
    assert files_below(store.data_dir) == before.files()
    assert store.runs(workspace)[0].status == "failed"


def test_a_connection_keeps_the_tables_of_the_others(store: Store, workspace: Workspace) -> None:
    first, second = (store.connection(workspace, name, "file", NOW) for name in ("north", "south"))
    for connection, rows in ((first, 3), (second, 4), (first, 5)):
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS | {"account_id": "'a' || i", "merged_into_id": "'d0'"}, rows=rows)
            stage(writing.staging, "account", {"id": "'a' || i"}, rows=rows)
            stage(
                writing.staging,
                "goal",
                {"id": "i", "scope_type": "['owner', 'branch'][i + 1]", "scope_id": "'x'"},
                rows=2,
            )
            publish(store, connection, writing, profile=Profile(rejected=rows))
    with store.reader(workspace) as reader:
        joined = reader.run(
            "SELECT count(*), count(DISTINCT d.id), min(d.merged_into_id IN (SELECT id FROM deal)) "
            "FROM deal d JOIN account a ON a.id = d.account_id",
            ["deal", "account"],
        )
        assert joined.rows == [(9, 9, True)]
        scopes = reader.run("SELECT DISTINCT scope_type, scope_id FROM goal ORDER BY ALL", ["goal"]).rows
        assert scopes == [("branch", "x"), *sorted(("owner", f"{key}:x") for key in (first.id, second.id))]
        assert len(reader.file_uris("deal")) == 2
    assert (reader.profile.rows["deal"], reader.profile.rejected) == (9, 9)


def test_a_reader_keeps_its_generation_while_others_publish(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    readers = []
    for rows in (1, 2):
        with store.writing(workspace, "import", NOW) as writing:
            stage(writing.staging, "deal", DEALS, rows=rows)
            publish(store, connection, writing)
        readers.append(store.reader(workspace))
    assert [reader.run("SELECT count(*) FROM deal", ["deal"]).rows[0][0] for reader in readers] == [1, 2]


def test_files_of_older_states_go_when_no_reader_can_hold_them(tmp_path: Path, database_url: str) -> None:
    with Store(tmp_path / "data", database_url, grace=timedelta(minutes=10)) as store:
        workspace = store.create_workspace("Acme", NOW)
        connection = store.connection(workspace, "exports", "file", NOW)
        sizes = []
        for minute in (0, 1, 2, 3, 13, 30):
            now = NOW + timedelta(minutes=minute)
            with store.writing(workspace, "import", now) as writing:
                stage(writing.staging, "deal", DEALS, rows=minute + 1)
                writing.publish(connection, Publication(writing.staging, (), None, Profile()), now)
            sizes.append(len(files_below(store.data_dir)))
    # At minute 13 the states of minutes 0, 1 and 2 have been superseded for ten minutes.
    assert sizes == [1, 2, 3, 4, 2, 2]


def test_raw_files_stay_with_their_companions_while_an_import_lives(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    imports: tuple[RawImport, ...] = ()
    for number in (1, 2):
        with store.writing(workspace, "import", NOW) as writing:
            assert writing.raw_imports(connection) == imports
            imports += (raw_import(writing, connection, number, store.data_dir),)
            writing.raw_directory(connection).joinpath("unfinished.parquet").write_bytes(b"not named")
            publish(store, connection, writing, raw_imports=imports)
    kept = {path.name for path in (store.data_dir / "raw").rglob("*") if path.is_file()}
    assert kept == {f"raw{n}.parquet{end}" for n in (1, 2) for end in ("", ".problems.csv")}
    assert store.reader(workspace).profile.data_through == (NOW + timedelta(hours=2)).isoformat()


def test_the_reject_file_of_the_live_imports_is_kept(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    for text in ("first", "second", None):
        with store.writing(workspace, "import", NOW) as writing:
            if text:
                (writing.staging / "rejects.csv").write_text(text)
            publish(store, connection, writing)
        kept = store.reject_file(workspace, connection)
        assert (kept.read_text() if kept else None) == text


def test_the_mapping_is_remembered_with_the_state_it_made(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    assert store.mapping(connection) is None
    for text, remembered in (("a: 1", "a: 1"), (None, "a: 1"), ("a: 2", "a: 2")):
        with store.writing(workspace, "import", NOW) as writing:
            publish(store, connection, writing, mapping_text=text)
        assert store.mapping(connection) == remembered


def test_the_profile_gets_the_facts_of_the_live_rows(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        stage(
            writing.staging,
            "deal",
            {
                "id": "i",
                "amount": "CASE WHEN i < 3 THEN 5 END",
                "currency": "['EUR', 'USD', 'USD', 'GBP', 'CHF'][i + 1]",
                "loss_reason": "CASE WHEN i = 4 THEN 'only in a deleted row' END",
                "is_deleted": "i = 4",
                "custom": "CASE WHEN i = 0 THEN MAP {'tier': 'gold'} ELSE MAP {} END",
            },
            rows=5,
        )
        stage(writing.staging, "account", {"id": "i", "custom": "MAP {}"}, rows=2)
        publish(store, connection, writing, profile=Profile(currency="BRL", rejected=4))
    profile = store.reader(workspace).profile
    assert profile.rows == {"deal": 4, "account": 2}
    assert profile.currencies == {"deal": ("EUR", "USD")}
    assert set(profile.filled["deal"]) == {"id", "amount", "currency", "is_deleted", "custom"}
    assert set(profile.filled["account"]) == {"id"}
    freshness = store.reader(workspace).freshness
    assert (profile.currency, freshness.rows_rejected, freshness.data_through) == ("BRL", 4, NOW)


def test_several_files_of_an_entity_are_one_table(store: Store, workspace: Workspace, connection: Connection) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", DEALS, rows=2, name="bucket1")
        stage(writing.staging, "deal", DEALS, rows=0, name="bucket2")
        stage(writing.staging, "deal", {"id": "'x' || i"}, rows=3, name="bucket3")
        publish(store, connection, writing)
    with store.reader(workspace) as reader:
        assert reader.run("SELECT count(DISTINCT id) FROM deal", ["deal"]).rows == [(5,)]
        assert len(reader.file_uris("deal")) == 2
    assert reader.profile.rows == {"deal": 5}


def test_staged_files_with_other_columns_are_refused(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        path = stage(writing.staging, "team", {"id": "i"})
        path.unlink()
        duckdb.execute(f"COPY (SELECT 1 AS id, 'x' AS nam) TO '{path}' (FORMAT parquet)")
        with pytest.raises(Bug, match="Unexpected: id INTEGER, nam VARCHAR"):
            publish(store, connection, writing)
    assert store.manifest(workspace).generation == 0


def test_files_without_empty_columns_read_like_files_with_them(
    store: Store, workspace: Workspace, connection: Connection
) -> None:
    answers = []
    for sparse in (False, True):
        with store.writing(workspace, "import", NOW) as writing:
            for name in ("one", "two"):
                some = DEALS | {"id": f"'{name}' || i", "is_deleted": "i = 1", "reopened_count": "NULL"}
                stage(writing.staging, "deal", some, rows=3, name=name, sparse=sparse)
            publish(store, connection, writing)
        with store.reader(workspace) as reader:
            answer = reader.run("SELECT *, typeof(custom), typeof(closed_at) FROM deal ORDER BY id", ["deal"])
        answers.append((answer, reader.profile))
    assert answers[0] == answers[1]
    assert len(answers[1][0].rows) == 6
    (part,) = store.manifest(workspace).tables["deal"].values()
    assert {"name", "custom", "closed_at"} <= {*part.lacks}
    assert part.schema != schema_mark("deal"), "a version that does not know of such files reads them with care"
    assert not {"reopened_count", "is_deleted", *DEALS} & {*part.lacks}
    delta = DeltaTable(store.data_dir / "tables" / "deal").to_pyarrow_table()
    assert (delta.num_rows, delta.column("name").null_count, delta.column("custom").null_count) == (6, 6, 6)
    assert delta.column("id").null_count == 0


@pytest.mark.parametrize(
    ("columns", "said"),
    [("1::INTEGER AS id, false AS is_deleted", "Unexpected: id INTEGER. Missing: id VARCHAR"),
     ("'x' AS name, 'y' AS id, false AS is_deleted", "Unexpected: only their order. Missing: none")],
)  # fmt: skip
def test_columns_of_another_type_or_order_are_refused(
    store: Store, workspace: Workspace, connection: Connection, columns: str, said: str
) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        path = stage(writing.staging, "team", {"id": "i"})
        duckdb.execute(f"COPY (SELECT {columns}) TO '{path}' (FORMAT parquet)")
        with pytest.raises(Bug, match=said):
            publish(store, connection, writing)
    assert store.manifest(workspace).generation == 0


@pytest.mark.parametrize(
    ("first", "second", "missing"),
    [(("id", "is_deleted"), ("id",), "is_deleted BOOLEAN"), (("id",), ("id",), "is_deleted BOOLEAN"),
     (("id", "is_deleted", "name"), ("id", "is_deleted"), "name VARCHAR"),
     (("id", "is_deleted"), ("id", "is_deleted", "name"), "none")],
)  # fmt: skip
def test_files_of_an_entity_leave_out_the_same_columns(
    store: Store, workspace: Workspace, connection: Connection,
    first: tuple[str, ...], second: tuple[str, ...], missing: str,
) -> None:  # fmt: skip
    with store.writing(workspace, "import", NOW) as writing:
        for number, names in enumerate((first, second)):
            stage(writing.staging, "team", dict.fromkeys(names, "NULL"), name=f"part{number}", sparse=True)
        with pytest.raises(Bug, match=f"Missing: {missing}"):
            publish(store, connection, writing)
    assert store.manifest(workspace).generation == 0


def test_a_run_publishes_once(store: Store, workspace: Workspace, connection: Connection) -> None:
    with store.writing(workspace, "import", NOW) as writing:
        publish(store, connection, writing)
        with pytest.raises(Bug, match="publishes once"):
            publish(store, connection, writing)
    assert store.manifest(workspace).generation == 1
    assert store.runs(workspace)[0].status == "succeeded"


def test_a_busy_workspace_says_who_holds_it(store: Store, workspace: Workspace) -> None:
    other = store.create_workspace("Beta", NOW)

    def take_turn(of: Workspace) -> None:
        with store.writing(of, "sync", NOW, wait_seconds=0):
            pass

    with store.writing(workspace, "import", NOW):
        with pytest.raises(WorkspaceBusy, match=r"Process \d+ on .* \('import' since 2026-03-02 09:30 UTC\)"):
            take_turn(workspace)
        take_turn(other)
    take_turn(workspace)
    assert [(run.kind, run.status) for run in store.runs(workspace)] == [("sync", "succeeded"), ("import", "succeeded")]


def test_names_are_free_text_and_never_a_path(store: Store) -> None:
    for name in ("../../etc", "Müller & Söhne", "名前", "a" * 100, "'; DROP TABLE runs; --", " spaced   out "):
        workspace = store.create_workspace(name, NOW)
        assert store.workspace(name) == workspace
        assert workspace.id.isalnum()
    for name in ("", "   ", "a" * 101, "bell\x07"):
        with pytest.raises(UserError):
            store.create_workspace(name, NOW)
    with pytest.raises(UserError, match="already exists"):
        store.create_workspace("spaced out", NOW)


def test_an_unknown_workspace_names_its_neighbours(store: Store, workspace: Workspace) -> None:
    with pytest.raises(UnknownName, match="Did you mean 'Acme'"):
        store.workspace("Acne")
    with pytest.raises(UnknownName, match="workspace list"):
        store.workspace("Zzzzzzzzz")


def test_a_connection_is_made_once_and_keeps_its_system(store: Store, workspace: Workspace) -> None:
    made = store.connection(workspace, "exports", "file", NOW)
    assert store.connection(workspace, "exports", "file", NOW + timedelta(days=1)) == made
    assert store.connections(workspace) == [made]
    with pytest.raises(UserError, match="belongs to 'file', not to 'hubspot'"):
        store.connection(workspace, "exports", "hubspot", NOW)
