"""The reading door: what it answers, what it refuses, what it does not see."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Thread

import duckdb
import pytest
import sqlalchemy as sa

from connector.errors import Bug, TryLater
from connector.model.schema import ENTITIES, STORED
from connector.model.workspace import Profile
from connector.store import models
from connector.store.read import KEPT_ROWS
from connector.store.store import Publication, Store, Workspace
from tests.conftest import ROOT
from tests.store.conftest import NOW
from tests.store.staged import stage


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "data", memory_limit="128MB", threads=2) as opened:
        yield opened


@pytest.fixture
def workspace(store: Store) -> Workspace:
    """A workspace with 50,000 deals, 3 of them with every kind of value."""
    workspace = store.create_workspace("Acme", NOW)
    connection = store.connection(workspace, "exports", "file", NOW)
    with store.writing(workspace, "import", NOW) as writing:
        values = {
            "id": "i",
            "amount": "i / 4",
            "probability": "0.5",
            "is_deleted": "i % 10 = 0",
            "expected_close_date": "'2026-04-01'",
            "closed_at": "'2026-03-01 22:30:00-03'",
            "reopened_count": "i",
            "custom": "MAP {'tier': 'gold', 'seats': '3'}",
        }
        stage(writing.staging, "deal", values, rows=50_000)
        writing.publish(connection, Publication(writing.staging, (), None, Profile()), NOW)
    return workspace


def test_values_arrive_in_the_types_of_the_schema(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        columns = "id, amount, probability, is_deleted, expected_close_date, closed_at, reopened_count, custom, name"
        (row,) = reader.run(f"SELECT {columns} FROM deal WHERE id = ?", ["deal"], ["7"]).rows
    closed = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    custom = {"tier": "gold", "seats": "3"}
    assert row == ("7", Decimal("1.75"), 0.5, False, date(2026, 4, 1), closed, 7, custom, None)


def test_days_are_cut_in_utc_whatever_the_zone_of_the_machine(store: Store, workspace: Workspace) -> None:
    code = (
        "import sys; from pathlib import Path; from connector.store.store import Store\n"
        "with Store(Path(sys.argv[1])) as store, store.reader(store.workspace('Acme')) as reader:\n"
        "    print(reader.run('SELECT DISTINCT CAST(CAST(closed_at AS DATE) AS VARCHAR) FROM deal', ['deal']).rows)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(store.data_dir)],
        capture_output=True, text=True, check=True, cwd=ROOT, env=os.environ | {"TZ": "America/Sao_Paulo"},
    )  # fmt: skip
    assert done.stdout.strip() == "[('2026-03-02',)]"


@pytest.mark.parametrize("name", ["it's", "[abc]", "100% *new*", "q?", 'say "hi"', "Ü 名"])
def test_the_data_directory_may_have_any_name(tmp_path: Path, name: str) -> None:
    with Store(tmp_path / name, threads=1) as store:
        assert (tmp_path / name / "state.db").is_file()
        workspace = store.create_workspace("Acme", NOW)
        connection = store.connection(workspace, "exports", "file", NOW)
        for rows in (1, 2):
            with store.writing(workspace, "import", NOW) as writing:
                source = stage(tmp_path / "plain", "deal", {"id": "i"}, rows=rows)
                (writing.staging / "deal").mkdir()
                shutil.move(source, writing.staging / "deal" / source.name)
                writing.publish(connection, Publication(writing.staging, (), None, Profile()), NOW)
        with store.reader(workspace) as reader:
            assert reader.run("SELECT count(*) FROM deal", ["deal"]).rows == [(2,)]


def test_batches_give_every_row_once(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        batches = list(reader.batches("SELECT id FROM deal", ["deal"], size=7000))
    assert [len(batch) for batch in batches] == [7000] * 7 + [1000]
    assert len({row for batch in batches for row in batch}) == 50_000


def test_every_stored_entity_has_a_view_with_all_its_columns(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        for entity in STORED:
            answer = reader.run(f'SELECT * FROM "{entity}" LIMIT 0', [entity])
            assert answer.columns == ["workspace_id", "connection_id", *ENTITIES[entity].columns]


def test_a_computed_or_unknown_entity_is_a_bug(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        for entity in ("dq_result", "nonsense"):
            with pytest.raises(Bug, match=f"no stored entity '{entity}'"):
                reader.run("SELECT 1", [entity])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1; SELECT 2",
        "CREATE TABLE t AS SELECT 1",
        "COPY (SELECT 1) TO 'tables/out.csv'",
        "SET threads = 1",
        "ATTACH 'other.db'",
        "PRAGMA database_list",
        "",
    ],
)
def test_only_one_select_is_taken(store: Store, workspace: Workspace, sql: str) -> None:
    with store.reader(workspace) as reader, pytest.raises(Bug, match="takes one SELECT"):
        reader.run(sql, [])


def test_the_rest_of_the_machine_cannot_be_read(store: Store, workspace: Workspace, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with store.reader(workspace) as reader:
        for sql in (
            f"SELECT * FROM read_csv('{secret}')",
            f"SELECT * FROM read_text('{store.data_dir}/state.db')",
            f"SELECT * FROM read_blob('{store.data_dir}/tables/../../secret.csv')",
            f"SELECT * FROM glob('{tmp_path}/*')",
        ):
            with pytest.raises(duckdb.PermissionException):
                reader.run(sql, [])


def test_a_big_sort_spills_to_disk_and_cleans_up(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        sql = (
            "SELECT count(*), max(h) FROM (SELECT md5(i::VARCHAR) AS h FROM range(4000000) AS t(i) ORDER BY h OFFSET 1)"
        )
        assert reader.run(sql, []).rows[0][0] == 3_999_999
    assert [path.is_dir() for path in (store.data_dir / "spill").iterdir()] == [True]
    store.close()
    assert list((store.data_dir / "spill").iterdir()) == []


def test_too_little_memory_is_a_sentence(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader, pytest.raises(TryLater, match="PUENTE_MEMORY_LIMIT"):
        reader.run("SELECT length(string_agg(repeat(md5(i::VARCHAR), 10), '')) FROM range(5000000) AS t(i)", [])


def test_files_that_are_gone_ask_to_try_again(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        for path in reader.file_uris("deal"):
            Path(path).unlink()
        with pytest.raises(TryLater, match="Ask again"):
            reader.run("SELECT count(*), max(id) FROM deal", ["deal"])


def test_a_reader_does_not_read_the_same_answer_twice(store: Store, workspace: Workspace) -> None:
    sql, entities = "SELECT id FROM deal WHERE CAST(id AS INTEGER) < ?", ["deal"]
    with store.reader(workspace) as reader:
        first = reader.run(sql, entities, [2])
        assert len(reader.run(sql, entities, [KEPT_ROWS + 1]).rows) == KEPT_ROWS + 1
        first.rows.clear()
        for path in reader.file_uris("deal"):
            Path(path).unlink()
        assert sorted(reader.run(sql, entities, [2]).rows) == [("0",), ("1",)]
        for unknown in (3, KEPT_ROWS + 1):  # another question, and an answer too long to be kept
            with pytest.raises(TryLater, match="Ask again"):
                reader.run(sql, entities, [unknown])
        reader.close()
        with pytest.raises(TryLater, match="Ask again"):
            reader.run(sql, entities, [2])


def test_readers_work_side_by_side(store: Store, workspace: Workspace) -> None:
    answers: list[object] = []

    def ask() -> None:
        with store.reader(workspace) as reader:
            sql = "SELECT count(*), sum(reopened_count) FROM deal WHERE ? >= 0"  # never the same question
            answers.extend(reader.run(sql, ["deal"], [number]).rows for number in range(5))

    threads = [Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[(50_000, 1_249_975_000)]] * 30


def test_files_of_an_older_schema_are_read_with_the_columns_they_lack(store: Store, workspace: Workspace) -> None:
    with store.reader(workspace) as reader:
        (path,) = reader.file_uris("deal")
    duckdb.execute(
        f"COPY (SELECT id, 'gone' AS dropped, reopened_count::INTEGER AS reopened_count, amount FROM '{path}' LIMIT 3) "
        f"TO '{path}' (FORMAT parquet)"
    )
    with store._state.writing() as state:
        tables = state.execute(sa.select(models.manifests.c.tables)).scalar_one()
        state.execute(models.manifests.update().values(tables=json.loads(json.dumps(tables).replace(
            next(iter(tables["deal"].values()))["schema"], "an older one"))))  # fmt: skip
    with store.reader(workspace) as reader:
        answer = reader.run("SELECT *, typeof(reopened_count) FROM deal ORDER BY id", ["deal"])
        assert answer.columns[:-1] == ["workspace_id", "connection_id", *ENTITIES["deal"].columns]
        first = dict(zip(answer.columns, answer.rows[1], strict=True))
        assert (first["id"], first["amount"], first["reopened_count"]) == ("1", Decimal("0.25"), 1)
        assert (first["name"], first["custom"]) == (None, None)
        assert answer.rows[0][-1] == "BIGINT"


def test_the_reading_door_loads_neither_delta_nor_the_state_libraries() -> None:
    heavy = ("deltalake", "sqlalchemy", "pyarrow")
    code = f"import sys, connector.store.read; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"
