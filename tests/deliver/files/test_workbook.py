"""Workbooks read back by openpyxl, python-calamine and IronCalc."""

from __future__ import annotations

import re
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.deliver.files.display import Display
from connector.deliver.files.text import CELL_CHARACTERS
from connector.deliver.files.workbook import write_workbook
from connector.errors import FileError
from connector.model.report import Block, ChartSpec, Report, Tab
from connector.model.table import Cell, Table, TableColumn
from tests.deliver.files import sample_reports
from tests.deliver.files.sample_reports import SAMPLES, Labeller
from tests.deliver.files.workbook_readers import (
    calamine_values,
    expected,
    formulas_of,
    open_book,
    report_tables,
    tables_of,
    visible,
)
from tests.deliver.hostile_reports import GROUPS, hostile_report
from tests.hostile_text import HOSTILE


def one_table(*rows: tuple[Cell, ...], columns: tuple[TableColumn, ...] = (), **block: Any) -> Report:
    """A report of one tab with one table; by default a name and an amount."""
    columns = columns or (
        TableColumn("name", "Name", "text", "dimension"),
        TableColumn("amount", "Amount", "money", "metric", direction="up"),
    )
    part = Block("b", "Block", table=Table(columns, rows), **block)
    return sample_reports.report("t", "Title", (Tab("tab", "Tab", (part,)),), "en")


@pytest.mark.parametrize("language", ["en", "es", "pt", "ru"])
@pytest.mark.parametrize("name", SAMPLES)
def test_every_cell_of_every_table_reads_back(name: str, language: str, tmp_path: Path) -> None:
    report = SAMPLES[name](language)
    write_workbook(report, tmp_path / "r.xlsx")
    display = Display(language, report.currency, report.time_zone)
    sheets = visible(open_book(tmp_path / "r.xlsx"))
    compared = 0
    for sheet, tables in zip(sheets, report_tables(report), strict=True):
        found = tables_of(sheet)
        assert len(found) == len(tables)
        for place, table in zip(found, tables, strict=True):
            assert len(place.rows) == len(table.rows)
            for cells, row in zip(place.rows, table.rows, strict=True):
                for cell, value, column in zip(cells, row, table.columns, strict=True):
                    wanted = expected(value, column, display)
                    if wanted is None:
                        assert cell.value in ("–", display.words["not_set"], None)
                    else:
                        assert cell.value == wanted, (column.id, value)
                        compared += 1
            if table.totals is not None:
                shown = [
                    (cell.value, expected(value, column, display))
                    for cell, value, column in zip(place.below, table.totals, table.columns, strict=True)
                    if column.role != "dimension" and value is not None
                ]
                assert all(value == wanted for value, wanted in shown)
                assert place.below[0].value == display.words["total"]
    assert compared > 100


def test_a_second_reader_sees_the_same_numbers(tmp_path: Path) -> None:
    report = SAMPLES["total_sales"]("en")
    write_workbook(report, tmp_path / "r.xlsx")
    sheets = calamine_values(tmp_path / "r.xlsx")
    numbers = {value for row in sheets["Overview"] for value in row if isinstance(value, float)}
    for tables in report_tables(report)[:1]:
        for table in tables:
            for row in table.rows:
                assert {float(cell) for cell in row if isinstance(cell, (int, Decimal, float))} <= numbers
    cards = report.tabs[0].blocks[0].cards
    assert {float(card.value) for card in cards} <= numbers  # type: ignore[arg-type]


def test_ironcalc_recalculates_to_the_same_values(tmp_path: Path) -> None:
    ironcalc = pytest.importorskip("ironcalc")
    for name, build in SAMPLES.items():
        write_workbook(build("ru"), tmp_path / f"{name}.xlsx")
        book = open_book(tmp_path / f"{name}.xlsx")
        model = ironcalc.load_from_xlsx(str(tmp_path / f"{name}.xlsx"), "en", "UTC", "en")
        model.evaluate()
        checked = 0
        for number, sheet in enumerate(book.worksheets):
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, (int, float)):
                        assert model.get_cell_value(number, cell.row, cell.column) == pytest.approx(
                            cell.value, rel=1e-15
                        )
                        checked += 1
        assert checked > 50


@pytest.mark.parametrize("names", GROUPS)
def test_hostile_text_arrives_as_text(names: tuple[str, ...], tmp_path: Path) -> None:
    write_workbook(hostile_report(*names), tmp_path / "r.xlsx")
    sheets = visible(open_book(tmp_path / "r.xlsx"))
    for name, sheet in zip(names, sheets, strict=True):
        text, cell = HOSTILE[name], tables_of(sheet)[0].rows[0][0]
        assert cell.hyperlink is None or text.startswith("https://")
        if not re.search("[\ud800-\udfff\x00-\x1f]", text) and text and "_x00" not in text:
            assert cell.value == (text if len(text) <= CELL_CHARACTERS else text[: CELL_CHARACTERS - 1] + "…")
            assert cell.data_type == "s"
    formulas = formulas_of(tmp_path / "r.xlsx")
    assert len(formulas) == len(names), "the change of the card, on each tab"
    assert all(formula.startswith("=IF(AND(ISNUMBER(") and "evil" not in formula for formula in formulas.values())
    with zipfile.ZipFile(tmp_path / "r.xlsx") as parts:
        assert not [part for part in parts.namelist() if "externalLink" in part]
        targets = re.findall(rb'Target="([^"]*)" TargetMode', b"".join(map(parts.read, parts.namelist())))
    assert set(targets) <= {b"https://example.com/x"}


@settings(deadline=None, max_examples=15)
@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.text(max_size=40)),
            st.one_of(
                st.none(),
                st.floats(),
                st.integers(-(2**53), 2**53),
                st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**11), max_value=10**11),
            ),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_any_rows_read_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[Any, Any]]) -> None:
    path = tmp_path_factory.mktemp("any") / "r.xlsx"
    charts = (ChartSpec("bar", "c", "name", ("amount",)), ChartSpec("line", "d", "name", ("amount",)))
    write_workbook(one_table(*rows, charts=charts), path)
    found = tables_of(visible(open_book(path))[0])[0]
    for cells, (_, amount) in zip(found.rows, rows, strict=True):
        if amount is None or amount != amount or abs(amount) == float("inf"):  # noqa: PLR0124
            assert cells[1].value == "–"
        else:
            assert float(cells[1].value) == float(amount)


def test_the_head_of_a_tab_says_what_the_figures_are(tmp_path: Path) -> None:
    report = SAMPLES["total_sales"]("pt")
    write_workbook(report, tmp_path / "r.xlsx")
    sheet = visible(open_book(tmp_path / "r.xlsx"))[0]
    text = "\n".join(str(cell.value) for row in sheet.iter_rows(max_row=6) for cell in row if cell.value is not None)
    for part in (
        "Vendas totais — Visão geral",
        "Nordwind Sensors",
        report.range_label,
        report.comparison_label,
        "Dados até",
        "18/05/2026 03:15",
        "Linhas rejeitadas",
        "01/11/2025 06:00",
        "BRL",
        "America/Sao_Paulo",
        "2 linhas sem taxa",
    ):
        assert part in text, part


def test_numbers_carry_the_formats_of_their_unit_and_language(tmp_path: Path) -> None:
    formats: dict[str, set[str]] = {}
    for language in ("en", "es", "pt", "ru"):
        write_workbook(SAMPLES["total_sales"](language), tmp_path / "r.xlsx")
        cells = [cell for s in visible(open_book(tmp_path / "r.xlsx")) for row in s.iter_rows() for cell in row]
        formats[language] = {cell.number_format for cell in cells if cell.value is not None}
    assert "[$$-409]#,##0.00;-[$$-409]#,##0.00" in formats["en"]
    assert "#,##0.00 [$€-C0A]" in formats["es"]
    assert "[$R$-416] #,##0.00;-[$R$-416] #,##0.00" in formats["pt"]
    assert "#,##0.00 [$₽-419]" in formats["ru"]
    assert {"0.00%", "#,##0", "#,##0.0", "[h]:mm:ss"} <= formats["ru"]
    assert "[$-409]d mmm yyyy" in formats["en"]
    assert "[$-419]dd.mm.yyyy" in formats["ru"]
    assert "[$-C0A]dd/mm/yyyy hh:mm" in formats["es"]
    assert "[$-419]mmm yyyy" in formats["ru"]


def test_marks_small_samples_links_and_dashes(tmp_path: Path) -> None:
    write_workbook(SAMPLES["data_quality"]("en"), tmp_path / "q.xlsx")
    sheet = visible(open_book(tmp_path / "q.xlsx"))[1]
    block = SAMPLES["data_quality"]("en").tabs[1].blocks[0]
    found = tables_of(sheet)[0]
    for (row, column), mark in block.marks.items():
        cell = found.rows[row][column]
        if mark == "missing":
            assert cell.value is None
            assert cell.fill.start_color.rgb.endswith("FFE94D")
        else:
            assert cell.value == 0
            assert cell.fill.patternType not in (None, "solid")
            assert cell.comment is not None
    assert found.rows[2][0].hyperlink.target == "https://crm.example.com/records/2"
    write_workbook(SAMPLES["total_sales"]("en"), tmp_path / "s.xlsx")
    overview, details = visible(open_book(tmp_path / "s.xlsx"))
    small = tables_of(overview)[0].rows[6][8]
    assert "(n=3)" in small.number_format
    assert small.font.color.rgb.endswith("8A94A0")
    won = tables_of(details)[0]
    assert won.rows[3][0].hyperlink is None  # javascript: is no web address
    assert won.rows[4][0].hyperlink.target.startswith("https://crm.example.com/")
    assert won.rows[19][5].value == "–"


def test_changes_are_coloured_by_what_is_good(tmp_path: Path) -> None:
    write_workbook(SAMPLES["total_sales"]("en"), tmp_path / "r.xlsx")
    sheet = visible(open_book(tmp_path / "r.xlsx"))[0]
    cells = {
        (cell.value, cell.font.color.rgb[-6:])
        for row in sheet.iter_rows(max_row=12)
        for cell in row
        if isinstance(cell.value, float)
    }
    assert (0.14348961428571428, "1E7B34") in cells  # sales up: good
    assert (-0.03681818181818182, "B3261E") in cells  # deals down: bad
    assert (-0.0627929, "1E7B34") in cells  # age down: good
    headers = tables_of(sheet)[0].header
    assert headers[2:5] == ["Total sales", "Total sales (previous)", "Total sales (change)"]


def test_one_table_on_a_tab_is_frozen_and_repeated_in_print(tmp_path: Path) -> None:
    write_workbook(SAMPLES["data_quality"]("ru"), tmp_path / "r.xlsx")
    overview, records = visible(open_book(tmp_path / "r.xlsx"))
    header = tables_of(records)[0].rows[0][0].row - 1
    assert records.freeze_panes == f"A{header + 1}"
    assert records.print_title_rows == f"${header}:${header}"
    for sheet in (overview, records):
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToHeight == 0
        assert "Страница &P из &N" in str(sheet.oddFooter.right.text)
    assert records.column_dimensions["A"].width >= 10


def test_charts_refer_to_the_cells_they_show(tmp_path: Path) -> None:
    write_workbook(SAMPLES["total_sales"]("en"), tmp_path / "r.xlsx")
    with zipfile.ZipFile(tmp_path / "r.xlsx") as parts:
        charts = [parts.read(name).decode() for name in sorted(parts.namelist()) if name.startswith("xl/charts/chart")]
    assert len(charts) == 3
    bar, line, column = charts
    sheet = visible(open_book(tmp_path / "r.xlsx"))[0]
    first = tables_of(sheet)[0].rows[0][2]
    assert f"<c:f>Overview!${first.column_letter}${first.row}:" in bar
    assert "<c:f>'Chart data'!" in line  # a month without sales is a gap, which the dash of the table cannot be
    assert "dispBlanksAs" not in line  # the programs' default is the gap
    assert 'pattFill prst="wdUpDiag"' in column  # the running month
    assert "sysDash" in line or "sysDot" in line or "prstDash" in line
    hidden = [sheet.title for sheet in open_book(tmp_path / "r.xlsx").worksheets if sheet.sheet_state == "hidden"]
    assert hidden == ["Chart data"]


def test_a_heatmap_is_a_grid_of_coloured_cells(tmp_path: Path) -> None:
    report = SAMPLES["data_quality"]("en")
    write_workbook(report, tmp_path / "r.xlsx")
    sheet = visible(open_book(tmp_path / "r.xlsx"))[0]
    (area,) = [rules for rules in sheet.conditional_formatting if rules.rules[0].type == "colorScale"]
    grid = [[cell.value for cell in row] for row in sheet[str(area.sqref)]]
    table = report.tabs[0].blocks[1].table
    assert table is not None
    values = {(row[0], row[1]): row[3] for row in table.rows}
    assert grid[0][0] == values["Deal", "Amount"]
    assert grid[1][0] == "–"  # accounts have no amount
    assert sum(isinstance(value, float) for row in grid for value in row) == len(values)


def test_a_report_without_rows_says_so(tmp_path: Path) -> None:
    empty = Table((TableColumn("x", "X", "text", "dimension"), TableColumn("y", "Y", "count", "metric")), ())
    blocks = (
        Block("a", "A", table=empty, charts=(ChartSpec("bar", "c", "x", ("y",)),)),
        Block("b", "B", text="Nothing."),
    )
    write_workbook(sample_reports.report("t", "T", (Tab("t", "T", blocks),), "es"), tmp_path / "r.xlsx")
    sheet = visible(open_book(tmp_path / "r.xlsx"))[0]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if cell.value]
    assert "No hay filas para esta selección." in texts
    assert not sheet.tables
    write_workbook(sample_reports.report("t", "T", (), "es"), tmp_path / "none.xlsx")
    assert len(open_book(tmp_path / "none.xlsx").worksheets) == 1


def test_five_thousand_rows_of_twelve_columns(tmp_path: Path) -> None:
    label = Labeller("en")
    columns = (
        label.dimension("deal"),
        label.dimension("created", "instant"),
        *(TableColumn(f"m{n}", f"M{n}", "money", "metric") for n in range(10)),
    )
    rows = tuple(
        (
            f"Deal {n}",
            datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n),
            *(Decimal(n * 10 + place) / 100 for place in range(10)),
        )
        for n in range(5000)
    )
    write_workbook(one_table(*rows, columns=columns), tmp_path / "r.xlsx")
    found = tables_of(visible(open_book(tmp_path / "r.xlsx"))[0])[0]
    assert len(found.rows) == 5000
    assert found.rows[4999][11].value == float(Decimal("499.99"))
    assert sum(cell.value for row in found.rows for cell in row[2:3]) == pytest.approx(
        sum(n * 10 for n in range(5000)) / 100
    )


def test_a_huge_text_is_cut_to_what_a_cell_holds(tmp_path: Path) -> None:
    write_workbook(one_table(("😀" * 40_000, Decimal(1)), ("x" * 32_767, Decimal(2))), tmp_path / "r.xlsx")
    rows = tables_of(visible(open_book(tmp_path / "r.xlsx"))[0])[0].rows
    assert rows[0][0].value.endswith("…")
    assert len(rows[0][0].value.encode("utf-16-le")) // 2 <= 32_767
    assert rows[1][0].value == "x" * 32_767


def test_equal_column_names_are_told_apart(tmp_path: Path) -> None:
    columns = tuple(
        TableColumn(f"c{n}", label, "count", "metric") for n, label in enumerate(("A", "a", "A", "", "x\ny", "_x0041_"))
    )
    write_workbook(one_table((1, 2, 3, 4, 5, 6), columns=columns), tmp_path / "r.xlsx")
    assert tables_of(visible(open_book(tmp_path / "r.xlsx"))[0])[0].header == [
        "A",
        "a (2)",
        "A (3)",
        "c3",
        "x y",
        "-x0041_",
    ]


def test_periods_are_dates_where_a_format_can_show_them(tmp_path: Path) -> None:
    day = date(2026, 4, 1)
    grains = ("day", "week", "month", "quarter", "year")
    columns = tuple(TableColumn(grain, grain, "period", "dimension", grain=grain) for grain in grains)
    write_workbook(one_table((day,) * 5, (date(1899, 1, 1),) * 5, columns=columns), tmp_path / "r.xlsx")
    first, early = tables_of(visible(open_book(tmp_path / "r.xlsx"))[0])[0].rows
    moment = datetime(2026, 4, 1)
    assert [cell.value for cell in first] == [moment, moment, moment, "Q2 2026", moment]
    assert early[0].value == "1 Jan 1899"  # before the first serial number: text


def test_a_table_too_long_for_a_sheet_is_refused(tmp_path: Path) -> None:
    rows = ((None, None),) * 1_048_576
    with pytest.raises(FileError, match="does not fit a sheet"):
        write_workbook(one_table(*rows), tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_the_same_report_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_workbook(SAMPLES["pipeline_overview"]("es"), tmp_path / f"{name}.xlsx")
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
