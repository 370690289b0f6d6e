"""A disk that fills up at any point leaves the last state whole and says so in a sentence."""

from __future__ import annotations

import errno
import multiprocessing
import os
import resource
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from multiprocessing.connection import Connection as Pipe
from pathlib import Path

import pytest

from connector.errors import StorageFull
from connector.model.workspace import Profile
from connector.store.faults import full_disk, is_full
from connector.store.store import Connection, Publication, Store, Workspace
from tests.store.conftest import NOW
from tests.store.publisher import assert_tidy, assert_whole, publish_next
from tests.store.staged import stage

MEBIBYTE = 1024 * 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 12 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a small file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path, left: int) -> Path:
    """Fill the disk until only ``left`` bytes are free."""
    ballast = disk / "ballast"
    stats = os.statvfs(disk)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(stats.f_bavail * stats.f_frsize - left, 1))
    return ballast


def publish_on_full_disk(store: Store, workspace: Workspace, connection: Connection, disk: Path, left: int) -> None:
    """Stage a state, let the disk fill up to ``left`` free bytes, publish."""
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", {"id": "i", "name": "md5(i::VARCHAR)"}, rows=1000)
        stage(writing.staging, "account", {"id": "i"}, rows=1000)
        fill(disk, left)
        writing.publish(connection, Publication(writing.staging, (), "full", Profile()), NOW)


def test_the_last_state_survives_a_disk_that_fills_while_publishing(small_disk: Path) -> None:
    failures = 0
    remedies = set()
    with Store(small_disk / "data", threads=1, grace=timedelta(0)) as store:
        workspace = store.create_workspace("Acme", NOW)
        connection = store.connection(workspace, "exports", "file", NOW)
        for left in range(0, 160 * 1024, 4 * 1024):
            step = publish_next(store, "Acme")
            try:
                publish_on_full_disk(store, workspace, connection, small_disk, left)
            except StorageFull as error:
                failures += 1
                remedies.add(error.remedy.partition(",")[0])
                assert assert_whole(store, workspace) == step
                (small_disk / "ballast").unlink()
                assert publish_next(store, "Acme") == step + 1
                assert assert_whole(store, workspace) == step + 1
                assert_tidy(store, workspace, connection)
            else:
                break
    assert failures >= 5
    assert remedies == {"Free some space"}


def test_staging_more_than_fits_is_one_clear_error(small_disk: Path) -> None:
    with Store(small_disk / "data", threads=1, grace=timedelta(0)) as store:
        workspace = store.create_workspace("Acme", NOW)
        publish_next(store, "Acme")
        with (
            pytest.raises(StorageFull, match="workspace 'Acme': There is no room left"),
            store.writing(workspace, "import", NOW) as writing,
        ):
            stage(writing.staging, "deal", {"id": "md5(i::VARCHAR)"}, rows=1_000_000)
        assert assert_whole(store, workspace) == 1
        assert [run.status for run in store.runs(workspace)] == ["failed", "succeeded"]


def test_an_answer_too_big_for_memory_and_disk_is_one_clear_error(small_disk: Path) -> None:
    with Store(small_disk / "data", memory_limit="64MB", threads=1) as store:
        workspace = store.create_workspace("Acme", NOW)
        fill(small_disk, MEBIBYTE)
        with store.reader(workspace) as reader, pytest.raises(StorageFull):
            reader.run("SELECT md5(i::VARCHAR) AS h FROM range(5000000) AS t(i) ORDER BY h", [])


def _publish_under_limit(root: Path, limit: int, pipe: Pipe) -> None:
    with Store(root, threads=1) as store:
        workspace = store.workspace("Acme")
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        try:
            with store.writing(workspace, "import", NOW) as writing:
                stage(writing.staging, "deal", {"id": "i", "name": "md5(i::VARCHAR)"}, rows=100_000)
        except StorageFull as error:
            pipe.send(str(error))
        else:
            pipe.send("no error")


def test_a_quota_counts_as_a_full_disk(tmp_path: Path) -> None:
    with Store(tmp_path / "data", threads=1) as store:
        workspace = store.create_workspace("Acme", NOW)
        publish_next(store, "Acme")
        ours, theirs = multiprocessing.get_context("forkserver").Pipe()
        victim = multiprocessing.get_context("forkserver").Process(
            target=_publish_under_limit, args=(store.data_dir, MEBIBYTE, theirs)
        )
        victim.start()
        victim.join()
        assert "There is no room left" in ours.recv()
        assert assert_whole(store, workspace) == 1
        assert publish_next(store, "Acme") == 2


def test_only_a_full_disk_is_called_so() -> None:
    assert is_full(OSError(errno.ENOSPC, "No space left on device"))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
    with pytest.raises(PermissionError), full_disk("here"):
        raise PermissionError(errno.EACCES, "Permission denied")
