"""Tables in a bucket, judged by other people's S3 servers over HTTP: two machines, failures, kills, a small cache."""

from __future__ import annotations

import multiprocessing
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from multiprocessing.connection import Connection as Pipe
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest
from deltalake import DeltaTable

from connector.errors import SettingsError, TryLater
from connector.store import records
from connector.store.bucket import Bucket, BucketAddress
from connector.store.store import Store
from tests.conformance.peers.buckets import S3, SECRET, Line, line_to, moto, seaweed
from tests.store.conftest import NOW
from tests.store.publisher import ENTITIES, assert_whole, publish_next

pytestmark = pytest.mark.conformance
GRACE = timedelta(minutes=3)
KILLS = 8


both_servers = pytest.mark.parametrize("server", ["seaweed", "moto"], indirect=True)
only_moto = pytest.mark.parametrize("server", ["moto"], indirect=True)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    start = moto if getattr(request, "param", "seaweed") == "moto" else seaweed
    with start(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture
def line(server: S3) -> Iterator[Line]:
    with line_to(server) as opened:
        yield opened


class Machines:
    """Stores that share a state and a bucket folder, each with a data directory of its own."""

    def __init__(self, home: Path, address: BucketAddress) -> None:
        self.home = home
        self.address = address
        self.url = f"sqlite:///{home / 'state.db'}"
        self._opened: list[Store] = []

    def open(self, name: str, address: BucketAddress | None = None) -> Store:
        store = Store(
            self.home / name, self.url, threads=1, grace=GRACE, bucket=self.address if address is None else address
        )
        self._opened.append(store)
        return store

    def close(self) -> None:
        for store in self._opened:
            store.close()


@pytest.fixture
def machines(tmp_path: Path, server: S3) -> Iterator[Machines]:
    opened = Machines(tmp_path, server.address(records.new_id()))
    yield opened
    opened.close()


@pytest.fixture
def first(machines: Machines) -> Store:
    store = machines.open("first")
    store.create_workspace("Acme", NOW)
    return store


def named(machines: Machines, server: S3) -> set[str]:
    """What lies in the bucket, Delta logs left out."""
    folder = machines.address.url.rpartition("/")[2]
    return {name for name in server.names(folder) if "/_delta_log/" not in name}


def kept(store: Store) -> set[str]:
    """What the manifests that readers may hold name."""
    with store._state.reading() as state:
        found = records.kept_manifests(state, store.workspace("Acme").id)
    return {name for manifest in found for name in manifest.files()}


def assert_delta(store: Store, address: BucketAddress) -> None:
    """Check that any Delta reader finds the published state in the bucket, without us."""
    workspace = store.workspace("Acme")
    manifest = store.manifest(workspace)
    bucket = Bucket(address)
    for entity in ENTITIES:
        files = {name for part in manifest.tables.get(entity, {}).values() for name in part.files}
        uri, options = bucket.uri(f"tables/{entity}"), bucket.table_options()
        listed = DeltaTable(uri, storage_options=options).file_uris() if files else []
        assert {each.removeprefix(f"{address.url}/") for each in listed} == files
        if files:
            rows = DeltaTable(uri, storage_options=options).to_pyarrow_table(columns=["id"])
            with store.reader(workspace) as reader:
                assert rows.num_rows == reader.run(f"SELECT count(*) FROM {entity}", [entity]).rows[0][0]


def copies(store: Store) -> set[str]:
    areas = ("tables", "raw", "rejects", "sync")
    found = [path for area in areas for path in (store.data_dir / area).rglob("*") if path.is_file()]
    return {path.relative_to(store.data_dir).as_posix() for path in found}


@both_servers
def test_a_second_machine_reads_what_the_first_published_and_publishes_the_next(
    machines: Machines, first: Store, server: S3
) -> None:
    assert publish_next(first, "Acme", leads=True) == 1
    second = machines.open("second")
    workspace = second.workspace("Acme")
    assert assert_whole(second, workspace) == 1
    assert_delta(second, machines.address)
    assert publish_next(second, "Acme") == 2, "the raw rows of the first state were fetched for the second"
    assert assert_whole(first, workspace) == assert_whole(second, workspace) == 2
    assert_delta(first, machines.address)
    assert named(machines, server) == kept(first)
    assert not list((first.data_dir / "tables").rglob("_delta_log")), "the log lies in the bucket alone"


def test_what_no_state_names_any_more_leaves_the_bucket_and_a_removed_workspace_all_of_it(
    machines: Machines, first: Store, server: S3
) -> None:
    for number in range(6):
        publish_next(first, "Acme", leads=number % 2 == 0)
    assert named(machines, server) == kept(first)
    assert len(first.manifest(first.workspace("Acme")).raw) == 1
    first.remove_workspace(first.workspace("Acme"), NOW)
    assert named(machines, server) == set()


def test_files_are_fetched_once_by_many_threads_and_readers(machines: Machines, first: Store, line: Line) -> None:
    publish_next(first, "Acme", leads=True)
    second = machines.open("second", replace(machines.address, endpoint=line.s3.endpoint))
    workspace = second.workspace("Acme")
    with ThreadPool(8) as pool:
        assert pool.map(lambda _: assert_whole(second, workspace), range(40)) == [1] * 40
    fetched = [path for method, path in line.seen if method == "GET"]
    tables = {name for name in kept(first) if name.startswith("tables/")}
    assert len(fetched) == len(set(fetched)) == len(tables)


def test_the_last_state_is_answered_while_the_bucket_is_away_and_nothing_is_published(
    machines: Machines, first: Store, line: Line, server: S3
) -> None:
    publish_next(first, "Acme", leads=True)
    second = machines.open("second", replace(machines.address, endpoint=line.s3.endpoint))
    workspace = second.workspace("Acme")
    assert assert_whole(second, workspace) == 1
    third = machines.open("third", replace(machines.address, endpoint=line.s3.endpoint))
    line.judge = lambda _method, _path: "drop"
    assert assert_whole(second, workspace) == 1, "copies answer"
    with pytest.raises(TryLater, match=r"The bucket does not answer\. Check"):
        assert_whole(third, workspace)
    with pytest.raises(TryLater, match="The bucket does not answer"):
        publish_next(second, "Acme")
    assert assert_whole(first, workspace) == 1
    line.judge = lambda _method, _path: "pass"
    assert assert_whole(third, workspace) == 1
    assert publish_next(second, "Acme") == 2
    assert_delta(first, machines.address)
    assert named(machines, server) == kept(first)


@pytest.mark.parametrize("verdict", ["slow_down", "lose"])
def test_requests_that_fail_now_and_then_change_nothing(
    machines: Machines, first: Store, line: Line, server: S3, verdict: str
) -> None:
    chance = random.Random(20261122)
    line.judge = lambda _method, _path: verdict if chance.random() < 0.15 else "pass"
    second = machines.open("second", replace(machines.address, endpoint=line.s3.endpoint))
    done = 0
    for _ in range(2):
        try:
            done = publish_next(second, "Acme", leads=done % 2 == 0)
        except TryLater:
            assert first.manifest(first.workspace("Acme")).generation == done
    line.judge = lambda _method, _path: "pass"
    assert publish_next(second, "Acme", leads=True) == done + 1
    assert assert_whole(first, first.workspace("Acme")) == done + 1
    assert_delta(first, machines.address)
    assert named(machines, server) == kept(first)


def test_every_request_in_turn_fails_for_good_and_the_last_state_stays(
    machines: Machines, first: Store, line: Line, server: S3
) -> None:
    """The n-th request of a publication and all after it are refused; the next run puts it right."""
    publish_next(first, "Acme", leads=True)
    second = machines.open("second", replace(machines.address, endpoint=line.s3.endpoint))
    publish_next(second, "Acme", leads=False)
    line.seen.clear()
    step = publish_next(second, "Acme", leads=True)
    requests = len(line.seen)
    for death in range(0, requests, max(1, requests // 8)):
        line.seen.clear()
        line.judge = lambda _method, _path, death=death: "error" if len(line.seen) > death else "pass"
        before = step
        try:
            step = publish_next(second, "Acme", leads=death % 2 == 0)
        except TryLater:
            step = before
        assert assert_whole(first, first.workspace("Acme")) == step, f"after request {death}"
    line.judge = lambda _method, _path: "pass"
    assert publish_next(second, "Acme", leads=True) == step + 1
    assert_delta(first, machines.address)
    assert named(machines, server) == kept(first)


# --- copies


def test_copies_keep_within_their_room_and_the_ones_in_use_stay(machines: Machines, first: Store) -> None:
    publish_next(first, "Acme", leads=True)
    second = machines.open("second", replace(machines.address, cache_bytes=0))
    workspace = second.workspace("Acme")
    with second.reader(workspace) as reader:
        rows = reader.run("SELECT count(*) FROM deal", ["deal"]).rows
        held = copies(second)
        assert {name.split("/")[1] for name in held} == {"deal"}
        with second.reader(workspace) as other:
            assert other.run("SELECT count(*) FROM account", ["account"]).rows == [(1,)]
            assert {name.split("/")[1] for name in copies(second)} == {"deal", "account"}
        second._copies.make_room()  # type: ignore[union-attr]
        assert copies(second) == held, "what nobody reads any more is gone, what is open stays"
        reader._kept.clear()
        assert reader.run("SELECT count(*) FROM deal", ["deal"]).rows == rows
    second._copies.make_room()  # type: ignore[union-attr]
    assert copies(second) == set()
    assert assert_whole(second, workspace) == 1, "they are fetched again"


def test_a_process_does_not_remove_copies_that_another_one_reads(machines: Machines, first: Store) -> None:
    publish_next(first, "Acme")
    second = machines.open("second", replace(machines.address, cache_bytes=0))
    twin = machines.open("second", replace(machines.address, cache_bytes=0))  # another process on the same directory
    workspace = second.workspace("Acme")
    with second.reader(workspace) as reader:
        reader.run("SELECT count(*) FROM deal", ["deal"])
        held = copies(second)
        twin._copies.make_room(0)  # type: ignore[union-attr]
        assert copies(second) == held
    twin._copies.make_room(0)  # type: ignore[union-attr]
    assert copies(second) == set()


def test_the_longest_unused_copies_go_first(machines: Machines, first: Store) -> None:
    publish_next(first, "Acme", leads=True)
    second = machines.open("second")
    workspace = second.workspace("Acme")
    for entity in ("deal", "account", "lead"):
        with second.reader(workspace) as reader:
            reader.run(f"SELECT count(*) FROM {entity}", [entity])
        time.sleep(0.02)  # the file system's clock ticks
    with second.reader(workspace) as reader:
        reader.run("SELECT count(*) FROM deal", ["deal"])
    sizes = {path: (second.data_dir / path).stat().st_size for path in copies(second)}
    lead_and_deal = sum(size for path, size in sizes.items() if path.split("/")[1] in {"lead", "deal"})
    second._copies.make_room(lead_and_deal)  # type: ignore[union-attr]
    assert {path.split("/")[1] for path in copies(second)} == {"lead", "deal"}


def test_a_file_of_many_pieces_arrives_whole(machines: Machines, tmp_path: Path) -> None:
    content = random.Random(1).randbytes(41_000_001)
    (tmp_path / "long").write_bytes(content)
    bucket = Bucket(machines.address)
    bucket.put(tmp_path / "long", "raw/long")
    bucket.fetch("raw/long", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    assert bucket.size("raw/long") == len(content)


def test_data_that_were_there_before_the_bucket_move_into_it(machines: Machines, server: S3) -> None:
    with Store(machines.home / "first", machines.url, threads=1, grace=GRACE) as alone:
        alone.create_workspace("Acme", NOW)
        publish_next(alone, "Acme", leads=True)
    first = machines.open("first")
    assert publish_next(first, "Acme") == 2
    assert assert_whole(machines.open("second"), first.workspace("Acme")) == 2


# --- what the operator must correct


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"secret": "wrong-secret-of-tests"}, "does not let us in: 'SignatureDoesNotMatch'"),
        ({"key_id": "nobody-knows-me"}, "does not let us in: 'InvalidAccessKeyId'"),
    ],
)
def test_a_wrong_key_is_named_and_no_secret_is_shown(
    machines: Machines, first: Store, changes: dict[str, str], sentence: str
) -> None:
    publish_next(first, "Acme")
    second = machines.open("second", replace(machines.address, **changes))  # type: ignore[arg-type]
    for act in (lambda: assert_whole(second, second.workspace("Acme")), lambda: publish_next(second, "Acme"),
                second.reach_bucket):  # fmt: skip
        with pytest.raises(SettingsError, match=sentence) as caught:
            act()
        assert "Correct the key" in str(caught.value)
        assert not {SECRET, "wrong-secret-of-tests", "Signature="} & set(str(caught.value).split())
        assert SECRET not in repr(caught.value.__dict__)
        assert caught.value.__cause__ is None
    assert assert_whole(first, first.workspace("Acme")) == 1


@only_moto
def test_a_bucket_that_does_not_exist_is_named(machines: Machines, first: Store) -> None:
    lost = machines.open("lost", replace(machines.address, url="s3://no-such-bucket/x"))
    for act in (lost.reach_bucket, lambda: publish_next(lost, "Acme")):
        with pytest.raises(SettingsError, match="The bucket does not exist"):
            act()


def test_a_machine_without_any_key_is_told_so(
    machines: Machines, first: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    bare = machines.open("bare", replace(machines.address, key_id="", secret=""))
    with pytest.raises((SettingsError, TryLater)):
        bare.reach_bucket()


def test_a_key_for_secrets_is_never_made_where_other_machines_would_not_know_it(first: Store) -> None:
    connection = first.connection(first.workspace("Acme"), "crm", "hubspot", NOW)
    with pytest.raises(SettingsError, match="There is no key that seals secrets"):
        first.keep_account(connection, {}, {"token": "t"}, NOW)


# --- death


def publish_over(root: Path, url: str, address: BucketAddress, pipe: Pipe) -> None:
    """Publish one state after another into the bucket until killed."""
    with Store(root, url, threads=1, grace=GRACE, bucket=address) as store:
        pipe.send(0)
        for turn in count():
            pipe.send(publish_next(store, "Acme", leads=turn % 2 == 0))


def test_kill_at_random_moments_while_files_go_to_the_bucket(machines: Machines, first: Store, server: S3) -> None:
    chance = random.Random(20261123)
    processes = multiprocessing.get_context("forkserver")
    processes.set_forkserver_preload(["tests.store.publisher"])
    publish_next(first, "Acme", leads=True)
    workspace = first.workspace("Acme")
    statuses = []
    for _ in range(KILLS):
        before = assert_whole(first, workspace)
        ours, theirs = processes.Pipe()
        victim = processes.Process(
            target=publish_over, args=(machines.home / "victim", machines.url, machines.address, theirs)
        )
        victim.start()
        assert ours.recv() == 0
        deadline = time.monotonic() + chance.uniform(0.05, 1.5)
        while time.monotonic() < deadline:
            assert_whole(first, workspace)  # another machine is answered all the while
        victim.kill()
        victim.join()
        told = before
        while ours.poll():
            told = ours.recv() or told
        statuses += [run.status for run in first.runs(workspace, limit=1)]
        assert assert_whole(first, workspace) in {told, told + 1}
        ours.close()
        theirs.close()
    assert statuses.count("running") >= KILLS / 3, "the kills hardly ever hit a run"
    third = machines.open("third")
    step = publish_next(third, "Acme", leads=True)
    assert assert_whole(first, workspace) == step
    assert_delta(first, machines.address)
    assert named(machines, server) == kept(first)
