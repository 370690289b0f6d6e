"""One figure, one value: every block of every template is the same in each output and when asked again."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from connector.actions.query import query
from connector.actions.report import ReportRequest, evaluate, write_files
from connector.deliver.files.csv_file import csv_text
from connector.deliver.files.display import Display
from connector.deliver.files.pdf_tables import MOST_ROWS
from connector.deliver.files.workbook import write_workbook
from connector.model.report import Block, Report
from connector.model.table import Cell, Table
from connector.reports.template import load_template, template_ids
from tests.deliver.files.test_programs import program
from tests.deliver.files.workbook_readers import (
    by_ironcalc,
    by_libreoffice,
    expected,
    formulas_of,
    open_book,
    same_results,
    tables_of,
    visible,
    without_results,
    written,
)
from tests.reports.conftest import Demo


@pytest.fixture(scope="module", params=template_ids())
def report(request: pytest.FixtureRequest, demo: Demo) -> Report:
    return evaluate(demo.store, demo.workspace, ReportRequest(request.param), demo.now)


def blocks(report: Report) -> list[Block]:
    return [block for tab in report.tabs for block in tab.blocks]


def test_the_demo_fills_every_report(report: Report) -> None:
    """A demo that leaves blocks empty would compare nothing."""
    empty = [b.id for b in blocks(report) if not b.cards and not b.text and (b.table is None or not b.table.rows)]
    assert empty == []


def test_the_json_file_holds_exactly_the_figures(report: Report, tmp_path: Path) -> None:
    write_files(report, tmp_path / "r.json")
    held = json.loads((tmp_path / "r.json").read_text(encoding="utf-8"), parse_float=Decimal)
    found = [block for tab in held["tabs"] for block in tab["blocks"]]
    assert [block["id"] for block in found] == [block.id for block in blocks(report)]
    for block, other in zip(blocks(report), found, strict=True):
        assert [as_data(card.value) for card in block.cards] == [card["value"] for card in other["cards"]]
        assert [as_data(card.comparison) for card in block.cards] == [card["comparison"] for card in other["cards"]]
        if block.table is not None:
            assert [[as_data(cell) for cell in row] for row in block.table.rows] == other["table"]["rows"]
            totals = block.table.totals
            assert (None if totals is None else [as_data(cell) for cell in totals]) == other["table"]["totals"]


def test_the_workbook_holds_exactly_the_figures(report: Report, tmp_path: Path) -> None:
    write_files(report, tmp_path / "r.xlsx")
    book = open_book(tmp_path / "r.xlsx")
    display = Display(report.language, report.currency, report.time_zone)
    compared = 0
    for tab, sheet in zip(report.tabs, visible(book), strict=True):
        tables = [block.table for block in tab.blocks if block.table is not None and block.table.rows]
        held = tables_of(sheet)
        assert len(held) == len(tables), sheet.title
        for table, found in zip(tables, held, strict=True):
            for row, cells in zip(table.rows, found.rows, strict=True):
                compared += same_cells(table, row, [cell.value for cell in cells], display)
            if table.totals is not None:
                same_cells(table, table.totals, [cell.value for cell in found.below], display)
        numbers = [cell.value for line in sheet.iter_rows() for cell in line if isinstance(cell.value, int | float)]
        for block in tab.blocks:
            for card in block.cards:
                if isinstance(card.value, int | float | Decimal) and card.unit != "duration_s":
                    assert any(abs(n - float(card.value)) <= 1e-9 * max(1, abs(n)) for n in numbers), card.metric
    assert compared > 0 or not any(block.table for block in blocks(report))


def same_cells(table: Table, row: tuple[Cell, ...], cells: list[Any], display: Display) -> int:
    """Compare the figures of a row with what a sheet holds; returns how many there were."""
    compared = 0
    for cell, column, held in zip(row, table.columns, cells, strict=True):
        if cell is None or column.role == "dimension":
            continue
        wanted = expected(cell, column, display)
        if isinstance(wanted, float):
            number = held.total_seconds() if isinstance(held, timedelta) else held
            assert number == pytest.approx(wanted, rel=1e-12), column.id
        elif isinstance(wanted, timedelta):  # the reader rounds durations to milliseconds
            assert abs(held - wanted) <= timedelta(milliseconds=1), column.id
        else:
            assert held == wanted, column.id
        compared += 1
    return compared


def test_ironcalc_computes_the_figures_that_stand_in_the_workbook(report: Report, tmp_path: Path) -> None:
    write_workbook(report, tmp_path / "r.xlsx")
    formulas = formulas_of(tmp_path / "r.xlsx")
    bare = without_results(tmp_path / "r.xlsx", tmp_path / "bare.xlsx")
    assert same_results(by_ironcalc(bare, formulas), written(tmp_path / "r.xlsx", formulas)) > 0


@pytest.mark.conformance
def test_libreoffice_computes_the_figures_that_stand_in_the_workbooks(demo: Demo, tmp_path: Path) -> None:
    """All templates at once: starting the program takes longer than the sums."""
    office, bare = program("soffice"), []
    for name in template_ids():
        write_workbook(
            evaluate(demo.store, demo.workspace, ReportRequest(name, language="pt"), demo.now),
            tmp_path / f"{name}.xlsx",
        )
        (tmp_path / "bare").mkdir(exist_ok=True)
        bare.append(without_results(tmp_path / f"{name}.xlsx", tmp_path / "bare" / f"{name}.xlsx"))
    for computed in by_libreoffice(office, bare, tmp_path):
        formulas = formulas_of(tmp_path / computed.name)
        assert formulas_of(computed).keys() == formulas.keys()
        assert same_results(written(computed, formulas), written(tmp_path / computed.name, formulas)) > 0, computed.name


class Tables(HTMLParser):
    """The texts of the cells of every table of a page, and all of its text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self.text: list[str] = []
        self._cell: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th") and self._cell is not None:
            self.tables[-1][-1].append(spaced("".join(self._cell)))
            self._cell = None

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._cell is not None:
            self._cell.append(data)


def spaced(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_page_shows_every_figure_of_every_table(demo: Demo, report: Report, language: Any, tmp_path: Path) -> None:
    shown = evaluate(demo.store, demo.workspace, ReportRequest(report.template, language=language), demo.now)
    write_files(shown, tmp_path / "r.html")
    page = Tables()
    page.feed((tmp_path / "r.html").read_text(encoding="utf-8"))
    display = Display(shown.language, shown.currency, shown.time_zone)
    tables = [block.table for block in blocks(shown) if block.table is not None and block.table.rows]
    assert len(page.tables) == len(tables)
    for table, found in zip(tables, page.tables, strict=True):
        lines = found[1:]
        for row, cells in zip(table.rows[:500], lines, strict=False):
            for cell, column, text in zip(row, table.columns, cells, strict=True):
                if column.role in ("metric", "comparison") and cell is not None:
                    assert text.startswith(spaced(display.cell(cell, column.unit, column.grain))), column.id
    everything = spaced("".join(page.text))
    for block in blocks(shown):
        for card in block.cards:
            assert spaced(display.cell(card.value, card.unit)) in everything, card.metric


@pytest.mark.conformance
@pytest.mark.parametrize("report", ["data_quality", "pipeline_overview", "sales_funnel", "total_sales"], indirect=True)
def test_the_pdf_shows_every_figure_of_every_card_and_table(report: Report, tmp_path: Path) -> None:
    """Poppler reads the pages; a figure that stands in three cells must stand on them three times."""
    reader = program("pdftotext")
    write_files(report, tmp_path / "r.pdf")
    command = [reader, "-layout", "-enc", "UTF-8", str(tmp_path / "r.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, timeout=120).stdout.decode()
    wanted = Counter(figure for block in blocks(report) for figure in figures_of_pdf(report, block))
    assert sum(wanted.values()) > 20
    assert wanted - Counter(words(text)) == Counter()


def figures_of_pdf(report: Report, block: Block) -> list[str]:
    """The figures of a block as a PDF shows them, each in one word."""
    display = Display(report.language, report.currency, report.time_zone)
    shown = [(figure, card.unit) for card in block.cards for figure in (card.value, card.comparison)]
    changes = [card.change for card in block.cards]
    if block.table is not None:
        for row in (*block.table.rows[:MOST_ROWS], *([block.table.totals] if block.table.totals else [])):
            for cell, column in zip(row, block.table.columns, strict=True):
                if column.role == "change":
                    changes.append(cell)  # type: ignore[arg-type]
                elif column.role != "dimension" and not isinstance(cell, date):
                    shown.append((cell, column.unit))
    figures = [display.cell(cell, unit) for cell, unit in shown if cell is not None]
    figures += [display.change(change).split()[-1] for change in changes if change is not None]
    return [word for figure in figures for word in words(figure)]


def words(text: str) -> list[str]:
    """Words of a text; the brackets and the sign of a small sample are none of a figure."""
    return re.findall(r"[^\s()]+", text)


def test_the_csv_files_hold_exactly_the_figures(report: Report, tmp_path: Path) -> None:
    written = write_files(report, tmp_path)
    tables = [block.table for block in blocks(report) if block.table is not None]
    assert len(written) == len(tables)
    for table, path in zip(tables, written, strict=True):
        lines = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
        same = list(csv.reader(io.StringIO(csv_text(table), newline="")))
        assert lines[1:] == same[1:]
        for row, line in zip(table.rows, lines[1:], strict=True):
            for cell, column, text in zip(row, table.columns, line, strict=True):
                if column.role != "dimension" and isinstance(cell, int | float | Decimal):
                    assert Decimal(text) == Decimal(str(cell)), column.id


def test_a_query_answers_the_same_figures(demo: Demo, report: Report) -> None:
    own = {formula.id: formula.formula for formula in load_template(report.template).template.formulas}
    asked = 0
    for block in blocks(report):
        if block.question is None:
            continue
        metrics = tuple(f"{name}={own[name]}" if name in own else name for name in block.question.metrics)
        answer = query(demo.store, demo.workspace, replace(block.question, metrics=metrics), demo.now)
        if block.table is None:
            for card in block.cards:
                assert answer.rows[0][answer.index(card.metric)] == card.value, card.metric
        else:
            same_rows(answer, block.table)
        asked += 1
    assert asked


def same_rows(answer: Table, table: Table) -> None:
    """Every row of a block that a query has must be equal; a block may add people without rows and columns."""
    held = dict(zip(keys_of(table, table), table.rows, strict=True))
    shared = [column.id for column in table.columns if any(c.id == column.id for c in answer.columns)]
    assert any(column.role == "metric" for column in table.columns if column.id in shared)
    names = [table.index(name) for name in shared]
    others = [answer.index(name) for name in shared]
    found = 0
    for key, row in zip(keys_of(answer, table), answer.rows, strict=True):
        if key in held:
            assert [held[key][place] for place in names] == [row[place] for place in others]
            found += 1
    assert found >= min(len(table.rows), len(answer.rows)) - 1
    if table.totals is not None and answer.totals is not None:
        assert [table.totals[place] for place in names] == [answer.totals[place] for place in others]


def keys_of(table: Table, shown: Table) -> list[tuple[Any, ...]]:
    """The dimension cells of each row, in the order of the columns that a block shows, with their ids."""
    places = [table.index(column.id) for column in shown.columns if column.role == "dimension"]
    return [
        (*(row[place] for place in places), *keys[: len(places)])
        for row, keys in zip(table.rows, table.keys, strict=True)
    ]


def as_data(cell: Cell) -> Any:
    """A cell as JSON holds it."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float):
        return Decimal(repr(cell))
    return cell
