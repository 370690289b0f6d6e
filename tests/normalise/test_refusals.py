"""Rows that cannot be read: told, counted, kept in a file, and never in the way of the rest."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from connector.errors import FileError
from connector.model.imports import Reject
from connector.normalise.refusals import RefusalCount
from tests.normalise.built import Built, records, run
from tests.normalise.raw_files import write_raw

DEALS = records("deal", "id: id, name: n, amount: v, closed_at: d, status: s, currency: c")
GOOD = {"id": "1", "n": "fine", "v": "10", "d": "2024-01-31", "s": "won", "c": "EUR"}


def rejects(built: Built) -> list[dict[str, str]]:
    """Read the reject file back."""
    assert built.result.refused.path is not None
    with built.result.refused.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_refused_cell_is_told_with_file_line_column_value_and_reason(tmp_path: Path) -> None:
    rows = [
        GOOD,
        {**GOOD, "id": "2", "v": "ten"},
        {**GOOD, "id": "3", "d": "2024-02-30", "c": "XYZ"},
        {**GOOD, "id": "4", "s": "gone fishing"},
        {**GOOD, "id": None},
        {**GOOD, "id": "6", "v": "12345678901234567890"},
        {**GOOD, "id": "7", "d": "soon"},
        {**GOOD, "id": "8", "d": "9999-12-31"},
    ]
    built = run(DEALS, [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert list(built.column("deal", "id")) == ["1"]
    refused = built.result.refused
    assert refused.rows == built.result.profile.rejected == 7
    assert list(refused.samples) == [
        Reject("data.csv", 3, "v", "ten", "not a number"),
        Reject("data.csv", 4, "c", "XYZ", "unknown currency"),
        Reject("data.csv", 4, "d", "2024-02-30", "impossible date"),
        Reject("data.csv", 5, "s", "gone fishing", "not one of open, won, lost, unqualified"),
        Reject("data.csv", 6, "id", "", "no id"),
        Reject("data.csv", 7, "v", "12345678901234567890", "number too large"),
        Reject("data.csv", 8, "d", "soon", "not a date"),
        Reject("data.csv", 9, "d", "9999-12-31", "year outside 1900 to 2200"),
    ]
    assert RefusalCount("data.csv", "d", "not a date", 1) in refused.counts
    written = rejects(built)
    assert [(row["file"], int(row["line"]), row["column"], row["value"], row["reason"]) for row in written] == [
        (one.file, one.line, one.column, one.value, one.reason) for one in refused.samples
    ]
    assert json.loads(written[0]["row"]) == rows[1]


def test_the_reject_file_is_no_formula_to_a_spreadsheet(tmp_path: Path) -> None:
    good: dict[str, str | None] = {"id": "1", "=v": "1"}
    cells = ['=HYPERLINK("http://x","y")', "@x", "-x"]
    rows = [good, *({"id": str(n), "=v": cell} for n, cell in enumerate(cells, 2))]
    built = run(records("deal", 'id: id, amount: "=v"'), [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    written = rejects(built)
    assert [row["value"] for row in written] == [f"'{cell}" for cell in cells]
    assert {row["column"] for row in written} == {"'=v"}
    assert all(cell[:1] not in tuple("=+-@\t\r") for row in written for cell in row.values())


def test_a_value_can_be_dropped_instead_of_its_row(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "id": "2", "v": "ten"}, {**GOOD, "id": "3", "v": "ten"}]
    mapping = DEALS.replace("amount: v", "amount: {column: v, on_error: empty, default: 3}")
    built = run(mapping, [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert built.column("deal", "amount") == {"1": 10, "2": 3, "3": 3}
    assert built.result.refused.rows == 0
    assert built.result.refused.counts == (RefusalCount("data.csv", "v", "not a number", 2, dropped=True),)
    assert built.result.refused.samples == ()
    assert len(rejects(built)) == 2


def test_a_refused_row_makes_none_of_its_records(tmp_path: Path) -> None:
    mapping = (
        DEALS + "      - {entity: owner, columns: {id: n}}\n      - {entity: deal_line, columns: {id: id, amount: w}}\n"
    )
    rows = [{**GOOD, "w": "1"}, {**GOOD, "id": "2", "n": "bad", "w": "x"}]
    built = run(mapping, [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert list(built.column("deal", "id")) == ["1"]
    assert list(built.column("owner", "id")) == ["fine"]
    assert built.result.refused.rows == 1


def test_one_bad_cell_taken_twice_is_told_once(tmp_path: Path) -> None:
    mapping = DEALS + "      - {entity: deal_line, columns: {id: id, amount: v}}\n"
    rows = [GOOD, {**GOOD, "id": "2", "v": "x"}]
    built = run(mapping, [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert built.result.refused.counts == (RefusalCount("data.csv", "v", "not a number", 1),)


def test_rows_left_out_by_a_filter_are_not_refused(tmp_path: Path) -> None:
    mapping = DEALS.replace("    records:", "    where: [{column: n, not_equals: Total}]\n    records:")
    rows = [GOOD, {**GOOD, "id": None, "n": "Total", "v": "sum"}]
    assert run(mapping, [write_raw(tmp_path, "data.csv", rows)], tmp_path).result.refused.rows == 0


def test_the_same_bad_row_in_a_later_export_counts_once(tmp_path: Path) -> None:
    rows = [GOOD, {**GOOD, "id": "2", "v": "ten"}]
    first = write_raw(tmp_path, "data.csv", rows)
    second = write_raw(tmp_path, "data.csv", [rows[1], {**GOOD, "id": "3"}], sequence=2)
    built = run(DEALS, [first, second], tmp_path)
    assert built.result.refused.rows == 1
    assert [one.line for one in built.result.refused.samples] == [2]


def test_a_bad_row_that_a_later_import_put_right_counts_no_more(tmp_path: Path) -> None:
    first = write_raw(tmp_path, "data.csv", [GOOD, {**GOOD, "id": "2", "v": "ten"}])
    second = write_raw(tmp_path, "data.csv", [{**GOOD, "id": "2", "v": "10"}], sequence=2)
    assert run(DEALS, [first, second], tmp_path).result.refused.rows == 0


def test_a_bad_update_of_a_good_row_counts_and_the_good_one_stays(tmp_path: Path) -> None:
    first = write_raw(tmp_path, "data.csv", [GOOD])
    second = write_raw(tmp_path, "data.csv", [{**GOOD, "v": "ten"}, {**GOOD, "id": "3"}], sequence=2)
    built = run(DEALS, [first, second], tmp_path)
    assert built.column("deal", "amount") == {"1": 10, "3": 10}
    assert built.result.refused.rows == 1


def test_what_a_replaced_import_held_counts_no_more(tmp_path: Path) -> None:
    first = write_raw(tmp_path, "data.csv", [{**GOOD, "v": "ten"}])
    second = write_raw(tmp_path, "data.csv", [{**GOOD, "id": "3"}], sequence=2, replace=True)
    built = run(DEALS, [first, second], tmp_path)
    assert built.result.refused.rows == 0
    assert built.result.refused.path is None


def test_rows_the_file_reader_refused_are_in_the_same_list(tmp_path: Path) -> None:
    raw = write_raw(tmp_path, "data.csv", [GOOD])
    (tmp_path / f"{raw.path}.problems.csv").write_text(
        "file,line,column,value,reason\ndata.csv,7,,'=x,too many cells\n", encoding="utf-8"
    )
    counted = type(raw)(**{**{name: getattr(raw, name) for name in raw.__dataclass_fields__}, "problems": 1})
    built = run(DEALS, [counted], tmp_path)
    assert built.result.refused.rows == 1
    assert built.result.refused.counts[0].reason == "too many cells"
    assert rejects(built)[0]["line"] == "7"


@pytest.mark.parametrize(
    ("rows", "place", "words"),
    [
        ([{**GOOD, "v": "a"}, {**GOOD, "v": "b"}], "data.csv, line 2, column 'v'", "'a' is not a number"),
        ([{**GOOD, "d": "31/31/2024"}], "data.csv, line 2, column 'd'", "'31/31/2024' is an impossible date"),
        ([{**GOOD, "id": None}], "data.csv, line 2, column 'id'", "the cell is empty"),
    ],
)
def test_a_file_of_which_nothing_can_be_read_is_an_error_that_shows_an_example(
    tmp_path: Path, rows: list[dict[str, str | None]], place: str, words: str
) -> None:
    with pytest.raises(FileError) as caught:
        run(DEALS, [write_raw(tmp_path, "data.csv", rows)], tmp_path)
    assert caught.value.place == place
    assert words in caught.value.sentence
    assert caught.value.remedy
