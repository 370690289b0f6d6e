"""Sheets of workbooks: typed cells as canonical text, one dataset per sheet, tables wherever they begin."""

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.errors import FileError
from connector.sources.files.dataset import SheetLayout
from connector.sources.files.header import is_footer
from connector.sources.files.options import Limits, ReadOptions
from connector.sources.files.reader import convert, open_datasets
from connector.sources.files.workbook import cell_text
from tests.sources.files.test_problem_rows import problems_of, rows_of


def workbook(folder: Path, sheets: dict[str, list[list[Any]]], name: str = "book.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    path = folder / name
    book.save(path)
    return path


def test_typed_cells_become_canonical_text(tmp_path: Path) -> None:
    row = [
        7,
        10.5,
        0.1 + 0.2,
        1e20,
        1e-7,
        -1234567.89,
        True,
        False,
        dt.date(2024, 3, 31),
        dt.datetime(2024, 3, 31, 10, 15),
        dt.datetime(2024, 3, 31, 10, 15, 20, 500_000),
        dt.time(10, 15),
        dt.timedelta(hours=26, minutes=30),
        "  as it is ",
        "two\nlines",
        "007",
        None,
    ]
    (dataset,) = open_datasets(
        workbook(tmp_path, {"All": [[f"c{at}" for at in range(17)], row]}), ReadOptions(header=True)
    )
    converted = convert(dataset, tmp_path / "raw")
    assert rows_of(converted)[2][:16] == (
        "7",
        "10.5",
        "0.3",
        "100000000000000000000",
        "0.0000001",
        "-1234567.89",
        "true",
        "false",
        "2024-03-31",
        "2024-03-31 10:15:00",
        "2024-03-31 10:15:20.500",
        "10:15:00",
        "26:30:00",
        "  as it is ",
        "two\nlines",
        "007",
    )


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10))
def test_money_keeps_every_digit(amount: Decimal) -> None:
    text = cell_text(float(amount))
    assert Decimal(text) == amount
    assert "e" not in text.lower()
    assert not text.endswith(".0")


def test_digits_beyond_those_of_a_spreadsheet_are_dropped() -> None:
    assert [cell_text(value) for value in (0.1 + 0.2, 1.1 + 2.2, 1 / 3)] == ["0.3", "3.3", "0.333333333333333"]


@given(st.integers(-(2**53), 2**53))
def test_whole_numbers_keep_every_digit(number: int) -> None:
    assert cell_text(float(number)) == str(number)


def test_every_sheet_with_a_cell_is_a_dataset_and_its_name_is_no_path(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, {"Deals": [["id", "name"], [1, "x"]], "Empty": [], "..": [["id", "goal"], [1, 5]]}, "a b.xlsx"
    )
    datasets = open_datasets(path)
    assert [dataset.name for dataset in datasets] == ["a b.xlsx#Deals", "a b.xlsx#.."]
    (tmp_path / "raw").mkdir()
    for number, dataset in enumerate(datasets):
        convert(dataset, tmp_path / "raw" / f"{number}.parquet")
    assert sorted(found.name for found in tmp_path.iterdir()) == ["a b.xlsx", "raw"]


def test_hidden_sheets_are_marked(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Deals": [["id"], [1]], "Lists": [["stage"], ["Won"]]})
    book = openpyxl.load_workbook(path)
    book["Lists"].sheet_state = "hidden"
    book.save(path)
    layouts = [dataset.layout for dataset in open_datasets(path)]
    assert [layout.hidden for layout in layouts if isinstance(layout, SheetLayout)] == [False, True]


def test_the_table_is_found_below_titles_and_row_numbers_are_those_of_the_sheet(tmp_path: Path) -> None:
    rows: list[list[Any]] = [
        [],
        ["Deals of March"],
        [],
        ["id", "name", "amount"],
        [1, "x", 5],
        [],
        [2, "y", None],
        [],
        ["Copyright (c) 2024 Example"],
    ]
    (dataset,) = open_datasets(workbook(tmp_path, {"S": rows}))
    assert dataset.columns == ("id", "name", "amount")
    assert isinstance(dataset.layout, SheetLayout)
    assert dataset.layout.header_row == 4
    converted = convert(dataset, tmp_path / "raw")
    assert rows_of(converted) == {5: ("1", "x", "5"), 7: ("2", "y", None)}
    assert (converted.problems, converted.footer_lines) == (0, 1)


def test_a_table_that_begins_in_another_column_is_read_from_there(tmp_path: Path) -> None:
    rows = [[None, None, "id", "name"], [None, None, 1, "x"]]
    (dataset,) = open_datasets(workbook(tmp_path, {"S": rows}))
    assert dataset.columns == ("id", "name")
    assert rows_of(convert(dataset, tmp_path / "raw")) == {2: ("1", "x")}


def test_merged_cells_have_their_value_in_the_first_cell_only(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"S": [["id", "name"], [1, "x"], [2, None]]})
    book = openpyxl.load_workbook(path)
    book["S"].merge_cells("B2:B3")
    book.save(path)
    (dataset,) = open_datasets(path)
    assert rows_of(convert(dataset, tmp_path / "raw")) == {2: ("1", "x"), 3: ("2", None)}


def test_error_cells_are_empty_and_formula_text_stays_text(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"S": [["id", "rate", "note"], [1, "#N/A", "x"], [2, "#DIV/0!", "y"], [3, 4, "z"]]})
    book = openpyxl.load_workbook(path)
    book["S"]["C4"].value = '=HYPERLINK("http://evil.example")'
    book["S"]["C4"].data_type = "s"
    book.save(path)
    (dataset,) = open_datasets(path)
    assert rows_of(convert(dataset, tmp_path / "raw")) == {
        2: ("1", None, "x"),
        3: ("2", None, "y"),
        4: ("3", "4", '=HYPERLINK("http://evil.example")'),
    }


def test_a_row_that_is_wider_than_the_table_is_a_problem(tmp_path: Path) -> None:
    rows: list[list[Any]] = [["id", "name"], *[[number, "x"] for number in range(1_200)], [9, "y", "stray"]]
    (dataset,) = open_datasets(workbook(tmp_path, {"S": rows}))
    converted = convert(dataset, tmp_path / "raw")
    assert converted.rows == 1_200
    assert [(problem["line"], problem["value"]) for problem in problems_of(converted)] == [("1202", "stray")]


def test_a_cell_above_the_limit_costs_its_row(tmp_path: Path) -> None:
    (dataset,) = open_datasets(workbook(tmp_path, {"S": [["id", "name"], [1, "x" * 5_000], [2, "y"]]}))
    converted = convert(dataset, tmp_path / "raw", Limits(cell_bytes=1_000))
    assert rows_of(converted) == {3: ("2", "y")}
    assert [(problem["line"], problem["column"]) for problem in problems_of(converted)] == [("2", "name")]


def test_options_of_a_sheet_are_obeyed(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"A": [["skip", "me"], ["id", "name"], [1, "x"]], "B": [[1, "x"], [2, "y"]]})
    options = {
        "book.xlsx#A": ReadOptions(skip_rows=1),
        "book.xlsx#B": ReadOptions(header=False, columns=("key", "title")),
    }
    first, second = open_datasets(path, lambda name: options[name])
    assert rows_of(convert(first, tmp_path / "raw")) == {3: ("1", "x")}
    assert second.columns == ("key", "title")
    assert rows_of(convert(second, tmp_path / "raw")) == {1: ("1", "x"), 2: ("2", "y")}


def test_a_workbook_without_any_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No sheet of the workbook holds any cell"):
        open_datasets(workbook(tmp_path, {"S": []}))


LETTERS = st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="_")
TEXTS = st.text(LETTERS, max_size=8).filter(
    lambda text: not text.startswith("=") and not is_footer(text)  # openpyxl writes the former as formulas
)
CELLS = st.one_of(
    st.none(), TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.dates(min_value=dt.date(1950, 1, 1))
)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=8))
def test_a_sheet_comes_back_as_written(tmp_path: Path, rows: list[list[Any]]) -> None:
    path = workbook(tmp_path, {"S": [["a", "b", "c"], *rows]})
    (dataset,) = open_datasets(path, ReadOptions(header=True, columns=("a", "b", "c")))
    expected = {
        number: tuple(None if cell is None or cell == "" else cell_text(cell) for cell in row)
        for number, row in enumerate(rows, start=2)
        if any(cell is not None and cell != "" for cell in row)
    }
    assert rows_of(convert(dataset, tmp_path / "raw")) == expected
