"""What is known of a stream: the newest word about each row, wherever it was told."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from connector.normalise.known import KnownRows

Rows = dict[str, list[str | None]]


def write(path: Path, rows: Rows) -> Path:
    pq.write_table(pa.table({name: pa.array(cells, pa.string()) for name, cells in rows.items()}), path)
    return path


def listed(batches: object) -> list[str]:
    return sorted(one for batch in batches for one in batch)  # type: ignore[attr-defined]


def known(tmp_path: Path) -> KnownRows:
    folded = write(
        tmp_path / "folded.parquet",
        {"id": ["1", "2", "3"], "archived": ["false", "true", "false"], "stage": ["open", "open", "won"]},
    )
    first = write(
        tmp_path / "first.parquet", {"id": ["3", "4"], "archived": ["true", "false"], "stage": ["won", "open"]}
    )
    second = write(tmp_path / "second.parquet", {"id": ["2", "4"], "archived": ["false", None], "at": ["5", "x"]})
    return KnownRows({"deals": folded}, lambda name: [first, second] if name == "deals" else [])


def test_ids_are_those_of_rows_that_were_last_seen_alive(tmp_path: Path) -> None:
    assert listed(known(tmp_path).ids("deals")) == ["1", "2", "4"]


def test_a_column_is_as_it_was_told_last_by_a_file_that_has_it(tmp_path: Path) -> None:
    rows = known(tmp_path)
    assert listed(rows.ids_where("deals", "stage", frozenset({"open"}))) == ["1", "2", "4"]
    assert listed(rows.ids_where("deals", "stage", frozenset())) == []


def test_changed_rows_are_those_of_the_chunks(tmp_path: Path) -> None:
    assert listed(known(tmp_path).changed("deals")) == ["2", "3", "4"]
    assert listed(known(tmp_path).changed("unknown")) == []


def test_files_with_more_columns_in_any_order_are_told_apart_by_their_turn(tmp_path: Path) -> None:
    files = [
        write(tmp_path / "0.parquet", {"id": ["1", "2"], "archived": ["false", "false"], "stage": ["open", "open"]}),
        write(tmp_path / "1.parquet", {"id": ["2"], "archived": ["true"], "other": ["x"]}),
        write(tmp_path / "2.parquet", {"more": ["y"], "stage": ["won"], "archived": ["false"], "id": ["1"]}),
        write(tmp_path / "3.parquet", {"archived": ["false"], "id": ["2"]}),
    ]
    rows = KnownRows({}, lambda _: files)
    assert listed(rows.ids("deals")) == ["1", "2"]
    assert listed(rows.ids_where("deals", "stage", frozenset({"open"}))) == ["2"]
    assert listed(rows.ids_where("deals", "stage", frozenset({"won"}))) == ["1"]
    assert listed(rows.changed("deals")) == ["1", "2"]
    assert listed(KnownRows({}, lambda _: files[:2]).ids("deals")) == ["1"]


def test_of_an_id_that_stands_twice_in_a_file_the_later_row_counts(tmp_path: Path) -> None:
    once = write(tmp_path / "0.parquet", {"id": ["1", "2"], "archived": ["false", "true"]})
    twice = write(
        tmp_path / "1.parquet",
        {"id": ["3", "1", "3", "2", "2"], "archived": ["false", "true", "true", "true", "false"]},
    )
    assert listed(KnownRows({}, lambda _: [twice]).ids("deals")) == ["2"]
    assert listed(KnownRows({"deals": once}, lambda _: [twice]).ids("deals")) == ["2"]
    assert listed(KnownRows({}, lambda _: [twice, once]).ids("deals")) == ["1"]


def test_instants_are_read_as_text_and_as_milliseconds(tmp_path: Path) -> None:
    cells: Rows = {"id": ["1", "2", "3", "4"], "at": ["2026-03-01T00:00:00.000Z", "1772323200000", "nonsense", None]}
    file = write(tmp_path / "a.parquet", cells)
    rows = KnownRows({"deals": file}, lambda _: [])
    march = datetime(2026, 3, 1, tzinfo=UTC)
    assert listed(rows.ids_since("deals", "at", march)) == ["1", "2"]
    assert listed(rows.ids_since("deals", "at", march.replace(day=2))) == []
