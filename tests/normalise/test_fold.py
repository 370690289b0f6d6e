"""The file of a stream is what a plain walk over the versions says, whatever they were read in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import Bug
from connector.normalise.fold import Folded, FoldRules, fold

Row = dict[str, str | None]
STATE = ("archived", "archivedAt", "merged_into")
RULES = FoldRules(memory_limit="256MB", threads=1)


def chunk(folder: Path, name: str, rows: Sequence[Row]) -> Path:
    """Write rows that all have the same columns."""
    folder.mkdir(parents=True, exist_ok=True)
    names = list(rows[0])
    assert all(list(row) == names for row in rows)
    path = folder / f"{name}.parquet"
    pq.write_table(pa.table({key: pa.array([row[key] for row in rows], pa.string()) for key in names}), path)
    return path


def folded(
    folder: Path, chunks: Sequence[Sequence[Row]], previous: Folded | None = None, rules: FoldRules = RULES
) -> Folded:
    """Fold chunks given as rows; every call writes files of its own."""
    number = len(list(folder.glob("target-*")))
    paths = [chunk(folder / f"run-{number}", f"chunk-{place}", rows) for place, rows in enumerate(chunks)]
    return fold(paths, previous.path if previous else None, folder / f"target-{number}.parquet", rules)


def read(found: Folded) -> dict[str, Row]:
    """Read a folded file as id to values, without the line numbers."""
    with duckdb.connect() as connection:
        cursor = connection.execute(f"SELECT * FROM read_parquet('{found.path}')")
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    assert sorted(row.pop("_line") for row in rows) == list(range(1, len(rows) + 1))
    assert tuple(names) == (*found.columns, "_line")
    assert len({row["id"] for row in rows}) == len(rows) == found.rows
    assert sum(row["archived"] == "false" for row in rows) == found.live
    return {row["id"]: row for row in rows}


def lines(found: Folded) -> dict[str, int]:
    with duckdb.connect() as connection:
        return dict(connection.execute(f"SELECT id, _line FROM read_parquet('{found.path}')").fetchall())


def deal(key: str, second: int, amount: str | None = "1", **more: str | None) -> Row:
    return {"id": key, "updatedAt": at(second), "archived": "false", "properties.amount": amount, **more}


def at(second: int) -> str:
    return f"2026-05-01T00:00:{second:02}.000Z"


def gone(key: str) -> Row:
    return {"id": key, "archived": "true"}


# --- one run ------------------------------------------------------------------------------------------------


def test_a_first_load_is_kept_as_it_came(tmp_path: Path) -> None:
    found = folded(tmp_path, [[deal("2", 1), deal("1", 1, None)], [deal("30", 2, "")]])
    assert found.columns == ("id", "archived", "archivedAt", "merged_into", "properties.amount", "updatedAt")
    assert found.changed
    assert lines(found) == {"2": 1, "1": 2, "30": 3}
    assert {key: row["properties.amount"] for key, row in read(found).items()} == {"2": "1", "1": None, "30": ""}


def test_the_newest_version_wins_and_of_equal_ones_the_later_read(tmp_path: Path) -> None:
    found = folded(
        tmp_path,
        [
            [deal("1", 5, "new"), deal("2", 3, "first"), deal("3", 3, "old")],
            [deal("1", 4, "stale"), deal("2", 3, "again"), deal("3", 9, "new")],
        ],
    )
    assert {key: row["properties.amount"] for key, row in read(found).items()} == {"1": "new", "2": "again", "3": "new"}


def test_an_absent_column_keeps_its_value_and_an_empty_one_loses_it(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("1", 1, "10", stage="a", owner="x"), deal("2", 1, "20", stage="b", owner="y")]])
    second = folded(
        tmp_path, [[deal("1", 2, None, stage="c")], [deal("2", 2, "21", owner=None, region="north")]], first
    )
    rows = read(second)
    assert {name: rows["1"][name] for name in ("properties.amount", "stage", "owner", "region")} == {
        "properties.amount": None, "stage": "c", "owner": "x", "region": None,
    }  # fmt: skip
    assert {name: rows["2"][name] for name in ("properties.amount", "stage", "owner", "region")} == {
        "properties.amount": "21", "stage": "b", "owner": None, "region": "north",
    }  # fmt: skip


# --- gone, back, merged -------------------------------------------------------------------------------------


def test_a_record_found_gone_keeps_its_values_and_a_later_read_brings_it_back(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("1", 5, "10"), deal("2", 5, "20")]])
    second = folded(tmp_path, [[gone("1")]], first)
    assert read(second)["1"] == {**read(first)["1"], "archived": "true"}
    stale = folded(tmp_path, [[deal("1", 4, "9")]], second)
    assert not stale.changed
    back = folded(tmp_path, [[deal("1", 5, "10")]], second)
    assert read(back) == read(first)


def test_a_row_that_only_says_gone_keeps_the_values_in_a_file_of_full_rows_too(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("1", 5, "10"), deal("2", 5, "20")]])
    nothing_else = {"id": "1", "updatedAt": None, "archived": "true", "properties.amount": None}
    second = folded(tmp_path, [[nothing_else, deal("2", 6, None)]], first)
    assert read(second)["1"] == {**read(first)["1"], "archived": "true"}
    assert read(second)["2"]["properties.amount"] is None


def test_the_moment_a_record_was_found_gone_is_kept_where_the_vendor_tells_none(tmp_path: Path) -> None:
    rules = FoldRules(found_at=datetime(2026, 6, 1, tzinfo=UTC), memory_limit="256MB")
    later = FoldRules(found_at=datetime(2026, 7, 1, tzinfo=UTC), memory_limit="256MB")
    first = folded(tmp_path, [[deal("1", 5), deal("2", 5)]], rules=rules)
    told = {"id": "2", "archived": "true", "archivedAt": at(9)}
    second = folded(tmp_path, [[gone("1")], [told]], first, rules)
    assert {key: row["archivedAt"] for key, row in read(second).items()} == {
        "1": "2026-06-01T00:00:00.000000Z", "2": at(9),
    }  # fmt: skip
    assert not folded(tmp_path, [[gone("1"), gone("2")]], second, later).changed


def test_the_loser_of_a_merge_stays_merged_until_it_is_seen_live(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("1", 5), deal("2", 5)]])
    second = folded(tmp_path, [[{"id": "1", "archived": "true", "merged_into": "2"}], [gone("1")]], first)
    assert read(second)["1"] == {**read(first)["1"], "archived": "true", "merged_into": "2"}
    assert not folded(tmp_path, [[gone("1")]], second).changed
    live = folded(tmp_path, [[deal("1", 6)], [gone("1")]], second)
    assert (read(live)["1"]["archived"], read(live)["1"]["merged_into"]) == ("true", None)


def test_a_loser_that_was_never_read_is_kept(tmp_path: Path) -> None:
    found = folded(tmp_path, [[deal("1", 5)], [{"id": "9", "archived": "true", "merged_into": "1"}]])
    assert read(found)["9"] == {
        "id": "9", "updatedAt": None, "archived": "true", "archivedAt": None, "merged_into": "1",
        "properties.amount": None,
    }  # fmt: skip


def test_of_a_whole_pass_the_missing_rows_are_gone(tmp_path: Path) -> None:
    whole = FoldRules(whole=True, memory_limit="256MB")
    first = folded(tmp_path, [[{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]], rules=whole)
    same = folded(tmp_path, [[{"id": "2", "name": "b"}, {"id": "1", "name": "a"}]], first, whole)
    assert not same.changed
    second = folded(tmp_path, [[{"id": "2", "name": "c"}]], first, whole)
    assert {key: (row["name"], row["archived"]) for key, row in read(second).items()} == {
        "1": ("a", "true"), "2": ("c", "false"),
    }  # fmt: skip
    assert not folded(tmp_path, [[{"id": "2", "name": "c"}]], second, whole).changed
    assert folded(tmp_path, [[{"id": "2", "name": "c"}]], first).live == 2


def test_an_empty_pass_over_a_known_stream_ends_all_rows(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("1", 5), deal("2", 5)]])
    assert not folded(tmp_path, [], first).changed
    assert folded(tmp_path, [], first, FoldRules(whole=True, memory_limit="256MB")).live == 0


# --- nothing new --------------------------------------------------------------------------------------------


def test_nothing_new_writes_nothing_and_keeps_the_previous_file(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("1", 5), deal("2", 6, None)]])
    again = folded(tmp_path, [[deal("2", 6, None)], [deal("1", 5)], [deal("1", 4, "stale")]], first)
    assert (again.changed, again.path, again.sha256) == (False, first.path, first.sha256)
    assert not (tmp_path / "target-1.parquet").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-0", "run-1", "target-0.parquet"]


@pytest.mark.parametrize(
    "rows",
    [
        [deal("1", 5, "2")],
        [deal("1", 5, "")],
        [deal("1", 6)],
        [deal("3", 5)],
        [gone("1")],
        [deal("1", 5, extra=None)],
    ],
    ids=["another value", "empty is not absent", "a later time", "a new row", "a row gone", "a new column"],
)
def test_every_kind_of_change_is_seen(tmp_path: Path, rows: list[Row]) -> None:
    first = folded(tmp_path, [[deal("1", 5), deal("2", 6)]])
    assert folded(tmp_path, [rows], first).changed


def test_rows_keep_their_line_and_new_ones_follow(tmp_path: Path) -> None:
    first = folded(tmp_path, [[deal("5", 1), deal("4", 1)]])
    second = folded(tmp_path, [[deal("9", 1), deal("4", 2), deal("1", 1)]], first)
    assert lines(second) == {"5": 1, "4": 2, "9": 3, "1": 4}


def test_names_of_columns_may_hold_anything(tmp_path: Path) -> None:
    odd = {'properties.a"b': "x", "properties.'; DROP": "y", "properties.line\nbreak": "z", "properties.ñ": "\u202e"}
    first = folded(tmp_path, [[{"id": "1", "updatedAt": at(1), **odd}]])
    second = folded(tmp_path, [[{"id": "1", "updatedAt": at(2), **odd, "properties.ñ": "n"}]], first)
    assert read(second)["1"] == {
        "id": "1", "updatedAt": at(2), "archived": "false", "archivedAt": None, "merged_into": None, **odd,
        "properties.ñ": "n",
    }  # fmt: skip


def test_nothing_at_all_is_a_mistake_of_ours(tmp_path: Path) -> None:
    with pytest.raises(Bug):
        fold([], None, tmp_path / "target.parquet")


# --- any sequence -------------------------------------------------------------------------------------------

VALUE = st.sampled_from([None, "", "a", "b"])
SHAPES = (("properties.a", "properties.b"), ("properties.a",), ("properties.b", "properties.c"))


@st.composite
def pages(draw: st.DrawFn) -> list[Row]:
    """Rows of one shape: full versions, tombstones or losers of merges."""
    kind = draw(st.sampled_from(["full", "full", "full", "gone", "merged"]))
    keys = draw(st.lists(st.sampled_from("1234"), min_size=1, max_size=4))
    if kind == "gone":
        return [gone(key) for key in keys]
    if kind == "merged":
        return [{"id": key, "archived": "true", "merged_into": draw(st.sampled_from("56"))} for key in keys]
    names = draw(st.sampled_from(SHAPES))
    return [
        {
            "id": key,
            "updatedAt": draw(st.one_of(st.none(), st.integers(0, 5).map(at))),
            "archived": draw(st.sampled_from(["false", "false", "true"])),
            **{name: draw(VALUE) for name in names},
        }
        for key in keys
    ]


def expected(runs: Sequence[Sequence[Sequence[Row]]]) -> dict[str, Row]:
    """Walk over all versions of each record in the order of their age."""
    versions: dict[str, list[tuple[tuple[str, int], Row]]] = {}
    columns = sorted({name for run in runs for rows in run for row in rows for name in row} | set(STATE))
    for turn, row in enumerate(row for run in runs for rows in run for row in rows):
        own = versions.setdefault(row["id"] or "", [])
        newest = max((age for (age, _), _ in own), default="")
        own.append(((row.get("updatedAt") or newest, turn), row))
    return {
        key: _overlaid(key, [row for _, row in sorted(own, key=lambda one: one[0])], columns)
        for key, own in versions.items()
    }


def _overlaid(key: str, own: Sequence[Row], columns: Sequence[str]) -> Row:
    found: Row = {**dict.fromkeys(columns), "id": key}
    for row in own:
        is_gone = row.get("archived") == "true"
        content = {name: value for name, value in row.items() if name not in ("id", *STATE)}
        if not (is_gone and not any(value is not None for value in content.values())):
            found |= content
        found["archived"] = "true" if is_gone else "false"
        found["merged_into"] = (row.get("merged_into") or found["merged_into"]) if is_gone else None
    return found


def test_a_record_that_is_only_known_as_merged_keeps_every_column_in_its_place(tmp_path: Path) -> None:
    known = folded(tmp_path, [[deal("1", 0)]])
    loser: Row = {"id": "9", "archived": "true", "merged_into": "1"}
    found = read(folded(tmp_path, [[deal("1", 1)], [loser]], known))["9"]
    empty = dict.fromkeys(("updatedAt", "properties.amount", "archivedAt"))
    assert found == {"id": "9", "archived": "true", "merged_into": "1", **empty}


@settings(max_examples=30)
@given(st.lists(st.lists(pages(), min_size=1, max_size=4), min_size=1, max_size=3))
def test_any_sequence_of_runs_ends_as_a_plain_walk_says(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[list[Row]]]
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    wanted = expected(runs)
    at_once = folded(folder, [rows for run in runs for rows in run])
    assert read(at_once) == wanted
    assert not folded(folder, [], at_once).changed


@settings(max_examples=30)
@given(st.lists(st.lists(pages(), min_size=1, max_size=4), min_size=2, max_size=3))
def test_runs_one_by_one_say_when_something_changed(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[list[Row]]]
) -> None:
    folder = tmp_path_factory.mktemp("runs")
    known: Folded | None = None
    for number in range(len(runs)):
        before: Any = read(known) if known else None
        known = folded(folder, runs[number], known)
        assert known.changed == (read(known) != before)
