"""Tables in a bucket, over HTTP: there before a state names them, fetched once, swept, and a shut bucket is told."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from connector.errors import SettingsError, TryLater
from connector.store import records
from connector.store.bucket_faults import bucket_faults
from connector.store.copies import Copies
from connector.store.journal import Progress
from connector.store.store import Store
from tests.store.conftest import NOW
from tests.store.little_s3 import LittleS3, little_s3
from tests.store.publisher import assert_whole, publish_next


@pytest.fixture
def s3() -> Iterator[LittleS3]:
    with little_s3() as running:
        yield running


def machine(home: Path, name: str, s3: LittleS3, **changes: int) -> Store:
    """A store with a data directory of its own, on the state that all share."""
    return Store(
        home / name, f"sqlite:///{home / 'state.db'}", threads=1, grace=timedelta(0), bucket=s3.address(**changes)
    )


def kept(store: Store) -> set[str]:
    with store._state.reading() as state:
        found = records.kept_manifests(state, store.workspace("Acme").id)
    return {name for manifest in found for name in manifest.files()}


def files(names: set[str]) -> set[str]:
    return {name for name in names if "/_delta_log/" not in name}


def test_machines_share_a_bucket_and_what_nobody_names_leaves_it(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3) as two:
        workspace = one.create_workspace("Acme", NOW)
        assert publish_next(one, "Acme", leads=True) == 1
        assert files(s3.names()) == kept(one)
        assert assert_whole(two, workspace) == 1
        assert publish_next(two, "Acme") == 2
        assert assert_whole(one, workspace) == 2
        assert files(s3.names()) == kept(one)
        one.remove_workspace(workspace, NOW)
        assert files(s3.names()) == set()


def test_a_delta_log_names_only_files_that_are_there_already(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one:
        one.create_workspace("Acme", NOW)
        publish_next(one, "Acme")
        written = [name for method, name in s3.seen if method == "PUT"]
        for entity in ("deal", "account", "team"):
            [rows] = [at for at, name in enumerate(written) if f"tables/{entity}/workspace_id=" in name]
            log = [at for at, name in enumerate(written) if f"tables/{entity}/_delta_log/" in name]
            assert rows < log[-1]


def test_the_rows_of_imports_lie_here_while_a_turn_needs_them(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3, cache_bytes=0) as two:
        workspace = one.create_workspace("Acme", NOW)
        publish_next(one, "Acme")
        connection = two.connection(workspace, "exports", "file", NOW)
        with two.writing(workspace, "import", NOW) as turn:
            [raw] = turn.raw_imports(connection)
            assert (two.data_dir / raw.path).read_bytes() == b"rows as they arrived"
        assert isinstance(two._copies, Copies)
        two._copies.make_room()
        assert not (two.data_dir / raw.path).exists()


def test_a_file_is_fetched_once_however_many_ask_for_it(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3) as two:
        workspace = one.create_workspace("Acme", NOW)
        publish_next(one, "Acme", leads=True)
        s3.seen.clear()
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda _: assert_whole(two, workspace), range(16))) == [1] * 16
        assert sorted(name for _, name in s3.seen) == sorted(
            f"/figures/acme/{name}" for name in kept(one) if name.startswith("tables/")
        )


def test_copies_in_use_stay_and_the_others_make_room(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3, cache_bytes=0) as two:
        workspace = one.create_workspace("Acme", NOW)
        publish_next(one, "Acme", leads=True)
        with two.reader(workspace) as reader:
            reader.run("SELECT count(*) FROM deal", ["deal"])
            with two.reader(workspace) as other:
                other.run("SELECT count(*) FROM account", ["account"])
            assert isinstance(two._copies, Copies)
            two._copies.make_room()
            left = [path.relative_to(two.data_dir).parts[1] for path in two.data_dir.rglob("*.parquet")]
            assert left == ["deal"]
        two._copies.make_room()
        assert list(two.data_dir.rglob("*.parquet")) == []


def test_while_the_bucket_is_shut_copies_answer_and_nothing_is_published(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3) as two:
        workspace = one.create_workspace("Acme", NOW)
        publish_next(one, "Acme")
        one.reach_bucket()
        s3.away = True
        assert assert_whole(one, workspace) == 1
        one.reach_bucket()  # once is enough
        with pytest.raises(SettingsError, match="does not let us in: 'AccessDenied'") as caught:
            two.reach_bucket()
        assert "secret" not in str(caught.value)
        with pytest.raises(SettingsError, match="does not let us in"):
            publish_next(one, "Acme")
        with pytest.raises(SettingsError, match="does not let us in"):
            assert_whole(two, workspace)
        s3.away = False
        assert publish_next(one, "Acme") == 2
        assert assert_whole(two, workspace) == 2
        assert files(s3.names()) == kept(one)


def test_pages_that_one_machine_read_are_folded_by_another(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3) as two:
        connection = one.connection(one.create_workspace("Acme", NOW), "crm", "hubspot", NOW)
        with one.syncing(connection) as journal:
            journal.commit("deals", Progress({"after": "1"}), journal.write([{"id": ["1", "2"]}]), NOW)
            journal.write([{"id": ["3"]}])  # never committed
        assert len(s3.names()) == 1
        with two.syncing(connection) as journal:
            [chunk] = journal.chunks()
            assert (chunk.path.is_relative_to(two.data_dir), chunk.path.exists(), chunk.rows) == (True, True, 2)
            journal.commit("deals", Progress({}), None, NOW, restarted=True)
        assert s3.names() == set()


def test_a_file_that_is_gone_says_so(tmp_path: Path, s3: LittleS3) -> None:
    with machine(tmp_path, "one", s3) as one, machine(tmp_path, "two", s3) as two:
        workspace = one.create_workspace("Acme", NOW)
        publish_next(one, "Acme")
        s3.files.clear()
        with pytest.raises(TryLater, match="were replaced while they were being read"):
            assert_whole(two, workspace)


@pytest.mark.parametrize(
    ("text", "kind", "sentence"),
    [
        (
            "Error performing GET: 403 <Error><Code>SignatureDoesNotMatch</Code></Error> s3cr3t",
            SettingsError,
            "Signatu",
        ),
        ("Error performing PUT <Error><Code>NoSuchBucket</Code></Error>", SettingsError, "does not exist"),
        ("Error performing PUT <Error><Code>PermanentRedirect</Code></Error>", SettingsError, "another region"),
        ("Error performing PUT http://169.254.169.254/latest/api/token in 1s", SettingsError, "no key for the bucket"),
        ("Error performing GET ... non-2xx status code: 503 <Code>SlowDown</Code>", TryLater, "SlowDown"),
        ("Error performing GET ... HTTP error: error sending request", TryLater, "does not answer"),
    ],
)
def test_what_a_server_says_becomes_a_sentence_without_what_was_sent(
    text: str, kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence) as caught, bucket_faults("s3://figures"):
        raise OSError(text)
    assert "s3cr3t" not in str(caught.value)


def test_failures_that_are_not_of_the_bucket_pass_unchanged() -> None:
    for error in (OSError(13, "Permission denied", "/data/x"), FileNotFoundError("Object at location x not found")):
        with pytest.raises(type(error)) as caught, bucket_faults("s3://figures"):
            raise error
        assert caught.value is error
