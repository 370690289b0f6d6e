"""Formulas of a workbook: where there is one, what it gives, and when a figure stays a figure."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.deliver.files.workbook import write_workbook
from connector.model.report import Block, Report, ScoreCard, Tab
from connector.model.table import Cell, Table, TableColumn
from tests.deliver.files import sample_reports
from tests.deliver.files.sample_reports import SAMPLES
from tests.deliver.files.workbook_readers import (
    by_ironcalc,
    formulas_of,
    open_book,
    same_results,
    tables_of,
    visible,
    without_results,
    written,
)

NAME = TableColumn("name", "Name", "text", "dimension")
SALES = TableColumn("sales", "Sales", "money", "metric", direction="up", adds=True)
BEFORE = TableColumn("sales__comparison", "Sales", "money", "comparison", of="sales", adds=True)
CHANGE = TableColumn("sales__change", "Sales", "percent", "change", of="sales", direction="up")
SHARE = TableColumn("share", "Share", "percent", "metric", share_of="sales")
RATE = TableColumn("rate", "Rate", "percent", "metric")
FUNCTIONS = {"IF", "AND", "ISNUMBER", "ABS", "SUM"}
"""Known to Sheets, Excel, LibreOffice and IronCalc alike."""


def book_of(path: Path, table: Table | None = None, *cards: ScoreCard) -> Path:
    block = Block("b", "Block", table=table, cards=cards)
    report: Report = sample_reports.report("t", "Title", (Tab("tab", "Tab", (block,)),), "en")
    write_workbook(report, path)
    return path


def formulas_by_column(path: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The formulas of the rows of the first table by its headers, and those of the total row."""
    found = tables_of(visible(open_book(path))[0])[0]
    formulas = formulas_of(path)
    held = [[formulas.get((found.sheet.title, cell.coordinate), "") for cell in row] for row in found.rows]
    below = [formulas.get((found.sheet.title, cell.coordinate), "") for cell in found.below]
    columns = {name: [row[place] for row in held] for place, name in enumerate(found.header)}
    return columns, dict(zip(found.header, below, strict=True))


def recalculated(path: Path) -> int:
    formulas = formulas_of(path)
    bare = without_results(path, path.with_name("bare.xlsx"))
    return same_results(by_ironcalc(bare, formulas), written(path, formulas))


def compared(now: Any, before: Any) -> float | None:
    return None if now is None or before is None or before == 0 else (float(now) - float(before)) / abs(float(before))


def test_totals_changes_and_shares_are_formulas_with_their_values(tmp_path: Path) -> None:
    pairs = [(Decimal("120.50"), Decimal(100)), (Decimal(80), None), (Decimal("-20.25"), Decimal(-10)), (0, 0)]
    whole = (Decimal("180.25"), Decimal(90))
    rows = tuple((f"n{n}", a, b, compared(a, b), float(a) / 180.25) for n, (a, b) in enumerate(pairs))
    table = Table((NAME, SALES, BEFORE, CHANGE, SHARE), rows, (None, *whole, compared(*whole), 1.0))
    path = book_of(tmp_path / "r.xlsx", table)
    columns, below = formulas_by_column(path)
    assert not any(columns["Sales"] + columns["Sales (previous)"] + columns["Name"])
    assert all(columns["Sales (change)"])
    assert all(columns["Share"])
    assert re.fullmatch(r"=SUM\(B\d+:B\d+\)", below["Sales"])
    assert re.fullmatch(r"=SUM\(C\d+:C\d+\)", below["Sales (previous)"])
    assert "ABS" in below["Sales (change)"]
    assert below["Share"]
    found = tables_of(visible(open_book(path))[0])[0]
    assert [row[3].value for row in found.rows] == [pytest.approx(0.205), "–", pytest.approx(-1.025), "–"]
    assert recalculated(path) == 2 + 4 + 2 + 1 + 1


def test_a_division_by_zero_shows_the_dash_and_no_error(tmp_path: Path) -> None:
    rows: tuple[tuple[Cell, ...], ...] = (("a", 0, 0, None, None), ("b", 0, 0, None, None))
    table = Table((NAME, SALES, BEFORE, CHANGE, SHARE), rows, (None, 0, 0, None, None))
    path = book_of(tmp_path / "r.xlsx", table, ScoreCard("m", "M", "count", 3, 0, "before", None))
    formulas = formulas_of(path)
    assert len(formulas) == 2 + 2 + 4 + 1
    found = by_ironcalc(without_results(path, tmp_path / "bare.xlsx"), formulas)
    assert set(found.values()) == {0, "–"}


def total_formula(path: Path, column: TableColumn, cells: list[Cell], total: Cell) -> str:
    table = Table((NAME, column), tuple((f"n{n}", cell) for n, cell in enumerate(cells)), (None, total))
    return formulas_by_column(book_of(path, table))[1][column.label]


def test_a_total_that_is_not_the_sum_of_its_rows_stays_a_figure(tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    assert total_formula(path, SALES, [1, 2, None, 3], 6)
    assert not total_formula(path, SALES, [1, 2, 3], 9), "rows were cut off"
    assert not total_formula(path, SALES, [1, 2, 3], 5), "a deal stands in two rows"
    assert not total_formula(path, SALES, [Decimal("0.01")] * 2, Decimal("0.03")), "a cent is a cent"
    assert not total_formula(path, SALES, [1, 2, 3], None)
    assert not total_formula(path, RATE, [0.5], 0.5), "one row of a rate equals its total by chance"


def test_a_change_or_share_that_its_cells_do_not_give_stays_a_figure(tmp_path: Path) -> None:
    """A share of what the table does not show, a change of exact figures where rounded ones are shown."""
    rows = (("a", Decimal(3), Decimal(2), 0.5, 0.3), ("b", Decimal(4), Decimal(2), 1.1, 0.4))
    path = book_of(tmp_path / "r.xlsx", Table((NAME, SALES, BEFORE, CHANGE, SHARE), rows, (None, 7, 4, 0.75, 1.0)))
    columns, below = formulas_by_column(path)
    assert not any(columns["Sales (change)"] + columns["Share"])
    assert below["Sales (change)"]
    path = book_of(tmp_path / "r.xlsx", Table((NAME, SALES, SHARE), (("a", 3, 0.3), ("b", 7, 0.7))))
    assert formulas_of(path) == {}, "no total row to be a part of"
    book_of(path, None, ScoreCard("m", "M", "money", Decimal(3), Decimal(2), "before", 0.6))
    assert formulas_of(path) == {}


def test_a_change_without_its_figures_in_the_table_stays_a_figure(tmp_path: Path) -> None:
    path = book_of(tmp_path / "r.xlsx", Table((NAME, SALES, CHANGE), (("a", 3, 0.5),), (None, 3, 0.5)))
    columns, below = formulas_by_column(path)
    assert columns == {"Name": [""], "Sales": [""], "Sales (change)": [""]}
    assert below["Sales"].startswith("=SUM(")
    assert not below["Sales (change)"]


def test_days_are_no_figures_to_compare(tmp_path: Path) -> None:
    """A sheet holds a date as a number; the change of a metric that is a date is none all the same."""
    first = TableColumn("first", "First", "date", "metric")
    columns = (NAME, first, TableColumn("p", "P", "date", "comparison", of="first"),
               TableColumn("c", "C", "percent", "change", of="first"))  # fmt: skip
    path = book_of(tmp_path / "r.xlsx", Table(columns, (("a", None, None, None),), None))
    assert formulas_of(path) == {}


def test_cards_compute_their_change_and_durations_add_up_in_days(tmp_path: Path) -> None:
    hours = TableColumn("time", "Time", "duration_s", "metric", adds=True)
    table = Table((NAME, hours), (("a", 3600), ("b", 5400)), (None, 9000))
    cards = (ScoreCard("m", "M", "duration_s", 9000, 7200, "before", 0.25), ScoreCard("n", "N", "count", 3))
    path = book_of(tmp_path / "r.xlsx", table, *cards)
    assert len(formulas_of(path)) == 2
    assert recalculated(path) == 1
    assert [round(value.total_seconds()) for value in written(path, formulas_of(path)).values()
            if not isinstance(value, int | float)] == [9000]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "ru"])
def test_formulas_use_shared_functions_and_cells_of_their_own_sheet(language: str, tmp_path: Path) -> None:
    found = 0
    for name, build in SAMPLES.items():
        write_workbook(build(language), tmp_path / f"{name}.xlsx")
        formulas = formulas_of(tmp_path / f"{name}.xlsx")
        for formula in formulas.values():
            assert set(re.findall(r"[A-Z]+(?=\()", formula)) <= FUNCTIONS
            assert re.fullmatch(r"=(?:[A-Z]+\(|\$?[A-Z]{1,3}\$?\d+|[-/(),:=]|0|\"–\")+", formula), formula
        found += len(formulas)
        recalculated(tmp_path / f"{name}.xlsx")
    assert found > 5


figures = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.floats(-1e12, 1e12).map(lambda number: round(number, 6)),
)


@settings(deadline=None, max_examples=15)
@given(st.lists(st.tuples(figures, figures), min_size=1, max_size=8))
def test_whatever_the_figures_an_engine_computes_them_again(
    tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[Any, Any]]
) -> None:
    sums = [sum(Decimal(str(side)) for side in sides if side is not None) for sides in zip(*pairs, strict=True)]
    rows = tuple(
        (
            f"n{n}",
            now,
            before,
            compared(now, before),
            None if now is None or not sums[0] else float(now) / float(sums[0]),
        )
        for n, (now, before) in enumerate(pairs)
    )
    totals = (None, *sums, compared(*sums), 1.0 if sums[0] else None)
    path = book_of(tmp_path_factory.mktemp("any") / "r.xlsx", Table((NAME, SALES, BEFORE, CHANGE, SHARE), rows, totals))
    assert all(formulas_by_column(path)[0]["Sales (change)"])
    recalculated(path)
