"""The bulk generator is deterministic and its rows are whole."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from connector.sandbox.bulk import (
    CHUNK,
    COLUMNS,
    OPEN_STAGES,
    VISIT_COLUMNS,
    deal_chunks,
    main,
    write_deals,
    write_visits,
)


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


def test_visits_lead_from_creation_to_the_stage_a_deal_has(tmp_path: Path) -> None:
    write_deals(tmp_path / "deals.csv", 3000)
    write_visits(tmp_path / "visits.csv", 3000)
    visits: dict[str, list[dict[str, str]]] = {}
    for row in rows_of(tmp_path / "visits.csv"):
        assert tuple(row) == VISIT_COLUMNS
        visits.setdefault(row["deal"], []).append(row)
    places = {stage: place for place, stage in enumerate((*OPEN_STAGES, "Closed Won", "Closed Lost"))}
    deals = rows_of(tmp_path / "deals.csv")
    assert 3 <= sum(map(len, visits.values())) / len(deals) <= 4
    assert set(visits) == {deal["id"] for deal in deals}
    for deal in deals:
        path = visits[deal["id"]]
        assert path[0]["entered"] == deal["created"]
        assert path[-1]["stage"] == deal["stage"]
        assert not deal["closed"] or path[-1]["entered"] == deal["closed"]
        assert path == sorted(path, key=lambda row: (row["entered"], row["id"]))
        assert [places[row["stage"]] for row in path] == sorted({places[row["stage"]] for row in path})
    assert len({row["id"] for path in visits.values() for row in path}) == sum(map(len, visits.values()))
