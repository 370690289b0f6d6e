"""Tidying up removes what nobody names, and nothing else."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from connector.store.files import Layout, move, settle_directories, sweep_private, sweep_spill, sweep_tables
from tests.store.conftest import NOW


def write(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("content")
    return path


def below(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_sweeping_a_workspace_leaves_kept_files_and_other_workspaces(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    mine = "tables/deal/workspace_id=acme/connection_id=one"
    kept = {f"{mine}/kept.parquet", "raw/acme/one/kept.parquet", "rejects/acme/one/kept.csv"}
    companions = {"raw/acme/one/kept.parquet.problems.csv"}
    others = {
        "tables/deal/workspace_id=acme2/connection_id=one/a.parquet",
        "tables/deal/_delta_log/00000000000000000000.json",
        "raw/beta/one/a.parquet",
        "staging/beta/run/deal/a.parquet",
    }
    gone = {
        f"{mine}/old.parquet",
        f"{mine}2/old.parquet",
        "raw/acme/one/kept.parquet2",
        "raw/acme/one/old.parquet",
        "raw/acme/two/old.parquet",
        "rejects/acme/one/old.csv",
        "staging/acme/run/deal/a.parquet",
    }
    for path in kept | companions | others | gone:
        write(tmp_path / path)
    sweep_private(layout, "acme", kept)
    sweep_tables(layout, "acme", kept)
    assert below(tmp_path) == kept | companions | others
    assert not (tmp_path / f"{mine}2").exists(), "empty directories go too"
    assert not (tmp_path / "staging" / "acme").exists()


def test_the_working_folder_of_a_run_that_was_killed_goes(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    left = layout.raw("acme", "crm") / "abc.parquet.work" / ".normalise"
    left.mkdir(parents=True)
    (left / "rows.tmp").write_bytes(b"1")
    sweep_private(layout, "acme", set())
    assert not (tmp_path / "raw" / "acme").exists()


def test_sweeping_an_empty_store_is_nothing(tmp_path: Path) -> None:
    sweep_private(Layout(tmp_path), "acme", set())
    sweep_tables(Layout(tmp_path), "acme", set())
    sweep_spill(Layout(tmp_path), NOW)
    assert list(tmp_path.iterdir()) == []


def test_overflow_of_dead_queries_goes_after_a_day(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for name, age in (("dead", timedelta(hours=25)), ("alive", timedelta(hours=1))):
        folder = write(layout.spill / name / "duckdb_temp_0").parent
        moment = (NOW - age).timestamp()
        os.utime(folder, (moment, moment))
    sweep_spill(layout, NOW)
    assert below(tmp_path) == {"spill/alive/duckdb_temp_0"}


def test_moving_a_file_makes_its_directory(tmp_path: Path) -> None:
    target = tmp_path / "a" / "b" / "file"
    move(write(tmp_path / "source"), target)
    settle_directories([target])
    assert below(tmp_path) == {"a/b/file"}
