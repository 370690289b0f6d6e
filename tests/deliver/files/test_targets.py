"""Files are put in place in one step or not at all."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from connector.deliver.files.targets import replacing, write_bytes
from connector.deliver.files.workbook import write_workbook
from connector.errors import FileError, StorageFull
from tests.deliver.files.sample_reports import SAMPLES


def test_a_new_file_replaces_the_old_one(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old")
    write_bytes(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_reader_of_the_old_file_keeps_it(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old")
    with (tmp_path / "a").open("rb") as reader:
        write_bytes(tmp_path / "a", b"new and longer")
        assert reader.read() == b"old"


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old")
    writing = replacing(tmp_path / "a")
    writing.__enter__().write_bytes(b"half")
    assert not writing.__exit__(ValueError, ValueError("broken"), None)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (".", "no ordinary file"),
        ("missing/a.xlsx", "does not exist"),
        ("x" * 300, "too long"),
        ("a\0b", "NUL"),
        ("pipe", "no ordinary file"),
        ("file/a", "does not exist"),
    ],
)
def test_targets_that_cannot_be_files(name: str, sentence: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match=sentence) as caught:
        write_workbook(SAMPLES["total_sales"]("en"), tmp_path / name)
    assert caught.value.remedy
    assert caught.value.place
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "pipe"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_is_a_reason_to_try_later(number: int, tmp_path: Path) -> None:
    write_bytes(tmp_path / "a", b"old")
    with pytest.raises(StorageFull, match="full"), replacing(tmp_path / "a"):
        raise OSError(number, "no space")
    assert (tmp_path / "a").read_bytes() == b"old"


def test_a_workbook_that_the_disk_cannot_hold(tmp_path: Path) -> None:
    """A process whose files may not grow over 4 KB, as on a full disk."""
    (tmp_path / "r.xlsx").write_bytes(b"old")
    code = (
        "import sys; from pathlib import Path\n"
        "from connector.deliver.files.workbook import write_workbook\n"
        "from tests.deliver.files.sample_reports import SAMPLES\n"
        "from connector.errors import StorageFull\n"
        "try: write_workbook(SAMPLES['total_sales']('en'), Path(sys.argv[1]))\n"
        "except StorageFull as error: print('full', error.exit_code)\n"
    )

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    run = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "r.xlsx")],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
        cwd=Path(__file__).parents[3],
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert run.stdout == "full 4\n", run.stderr
    assert (tmp_path / "r.xlsx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["r.xlsx"]
