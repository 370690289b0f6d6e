"""The bulk generator is deterministic and its rows are whole."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from connector.sandbox.bulk import CHUNK, COLUMNS, deal_chunks, main, write_deals


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    write_deals(tmp_path / "a.csv", 2000)
    write_deals(tmp_path / "b.csv", 2000)
    write_deals(tmp_path / "c.csv", 2000, seed=8)
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes() != (tmp_path / "c.csv").read_bytes()


def test_a_longer_file_begins_with_the_shorter_one() -> None:
    assert "".join(deal_chunks(CHUNK + 300)).startswith("".join(deal_chunks(300)))


def test_rows_are_whole_and_varied(tmp_path: Path) -> None:
    target = tmp_path / "deals.csv"
    write_deals(target, CHUNK + 10)
    rows = rows_of(target)
    assert len(rows) == CHUNK + 10
    assert tuple(rows[0]) == COLUMNS
    assert len(COLUMNS) == 15
    assert len({row["id"] for row in rows}) == len(rows)
    assert all(None not in row.values() and None not in row for row in rows)
    assert len({tuple(row.values())[2:] for row in rows}) > 0.999 * len(rows), "pieces pair without early repeats"
    assert len({row["account"] for row in rows}) > 15_000
    shares = {status: count / len(rows) for status, count in Counter(row["status"] for row in rows).items()}
    assert shares == {
        "open": pytest.approx(0.33, abs=0.02),
        "won": pytest.approx(0.27, abs=0.02),
        "lost": pytest.approx(0.4, abs=0.02),
    }
    for row in rows:
        assert bool(row["closed"]) == (row["status"] != "open")
        assert row["created"] <= row["updated"]
        assert not row["closed"] or row["created"] < row["closed"] == row["updated"]


def test_the_command_writes_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "deals.csv"
    assert main(["--rows", "5", "--out", str(target)]) == 0
    assert len(rows_of(target)) == 5
    assert "5 deals" in capsys.readouterr().out
