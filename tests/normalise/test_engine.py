"""The engine under a build: bounded in memory and disk, and closed to everything but its folders."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from connector.errors import TryLater
from connector.normalise.engine import open_engine
from tests.normalise.raw_files import write_raw

ROOT = Path(__file__).parents[2]

FULL_DISK = """
import resource, sys
from pathlib import Path
from connector.errors import StorageFull
from connector.model.imports import RawImport
from connector.normalise.build import BuildOptions, build
from connector.normalise.mapping_reader import parse_mapping
import json

folder = Path(sys.argv[1])
raw = RawImport.from_json(json.loads(sys.argv[2]))
mapping = parse_mapping("version: 1\\nfiles: [{file: data.csv, records: [{entity: deal, columns: {id: id, name: v}}]}]")
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    build(mapping, [raw], folder, folder / "staging", BuildOptions(memory_limit="256MB", threads=1))
except StorageFull as error:
    print("full:", error)
"""


def test_a_full_disk_is_said_so(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [{"id": str(n), "v": f"{n * 7919 % 100_003}"} for n in range(40_000)])
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), json.dumps(raw.to_json())],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip
    assert run.stdout.startswith("full:"), run.stdout + run.stderr
    assert "Free some space" in run.stdout


def test_too_little_memory_is_said_so(tmp_path: Path) -> None:
    with (
        pytest.raises(TryLater, match="memory are not enough"),
        open_engine(tmp_path, tmp_path / "staging", "20MB", 1) as engine,
    ):
        engine.execute("SELECT list(range) FROM range(30_000_000)").fetchall()


def test_nothing_outside_the_two_folders_can_be_read_or_written(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_text("a\n1\n", encoding="utf-8")
    inside = tmp_path / "data"
    inside.mkdir()
    with open_engine(inside, inside / "staging", "64MB", 1) as engine:
        for statement in (
            f"SELECT * FROM read_csv('{outside}/secret.csv')",
            f"SELECT * FROM read_text('{inside}/../outside/secret.csv')",
            f"COPY (SELECT 1) TO '{outside}/new.csv'",
            f"ATTACH '{outside}/new.db'",
            "SET enable_external_access = true",
            "INSTALL httpfs",
        ):
            with pytest.raises(duckdb.Error):
                engine.execute(statement)
    assert [path.name for path in outside.iterdir()] == ["secret.csv"]


def test_the_scratch_folder_goes_even_after_a_failure(tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    with pytest.raises(duckdb.Error), open_engine(tmp_path, staging, "64MB", 1) as engine:
        engine.execute("SELECT nonsense")
    assert list(staging.iterdir()) == []
