"""Reads a workbook back with readers and engines that Puente did not write."""

from __future__ import annotations

import math
import re
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell as SheetCell
from openpyxl.utils.cell import coordinate_to_tuple
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from connector.deliver.files.display import Display
from connector.model.report import Report
from connector.model.table import Cell, Table, TableColumn


@dataclass
class Found:
    """Where a table stands on a sheet: ``rows`` hold its cells as openpyxl gives them, totals apart."""

    sheet: Worksheet
    header: list[str]
    rows: list[list[SheetCell]]
    below: list[SheetCell]


def open_book(path: Path) -> openpyxl.Workbook:
    """Return the workbook with the values of its cells, those of formulas as they were written."""
    return openpyxl.load_workbook(path, data_only=True)


Place = tuple[str, str]
"""Sheet and cell."""
_RESULT = re.compile(rb"(</f>)<v>[^<]*</v>")


def formulas_of(path: Path) -> dict[Place, str]:
    """Return the text of every formula of a workbook."""
    book = openpyxl.load_workbook(path)
    cells = ((sheet.title, cell) for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    return {(title, cell.coordinate): cell.value for title, cell in cells if cell.data_type == "f"}


def without_results(path: Path, target: Path) -> Path:
    """Copy a workbook, leaving out what its formulas gave: whoever shows them has computed them."""
    with zipfile.ZipFile(path) as parts, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as bare:
        for name in parts.namelist():
            bare.writestr(name, _RESULT.sub(rb"\1", parts.read(name)))
    return target


def written(path: Path, formulas: dict[Place, str]) -> dict[Place, Any]:
    """Return the values that were written with formulas."""
    book = open_book(path)
    return {(title, place): book[title][place].value for title, place in formulas}


def by_ironcalc(path: Path, formulas: dict[Place, str]) -> dict[Place, Any]:
    """Return what IronCalc computes for the formulas of a workbook."""
    import ironcalc  # noqa: PLC0415 - loaded by the tests that need it

    model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
    model.evaluate()
    sheets = openpyxl.load_workbook(path, read_only=True).sheetnames
    return {
        (title, place): model.get_cell_value(sheets.index(title), *coordinate_to_tuple(place))
        for title, place in formulas
    }


def by_libreoffice(office: str, paths: list[Path], folder: Path) -> list[Path]:
    """Let LibreOffice open workbooks, compute what has no value and save them anew; return the new files."""
    command = [office, f"-env:UserInstallation=file://{folder}/profile", "--headless"]
    command += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "out"), *map(str, paths)]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return [folder / "out" / path.name for path in paths]


def same_results(found: dict[Place, Any], wanted: dict[Place, Any]) -> int:
    """Compare computed values with the written ones; return how many are figures."""
    differing = {place: (found[place], value) for place, value in wanted.items() if not _same(found[place], value)}
    assert differing == {}
    return sum(isinstance(value, int | float) for value in wanted.values())


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, timedelta):  # the reader rounds durations to milliseconds
        days = found if isinstance(found, timedelta) else timedelta(days=found)
        return bool(abs(days - wanted) <= timedelta(milliseconds=2))
    if isinstance(wanted, int | float):
        return isinstance(found, int | float) and math.isclose(found, wanted, rel_tol=1e-9, abs_tol=1e-9)
    return bool(found == wanted)


def visible(book: openpyxl.Workbook) -> list[Worksheet]:
    return [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]


def tables_of(sheet: Worksheet) -> list[Found]:
    """Return the tables of a sheet, from top to bottom, by the ranges that carry filter buttons."""
    found = []
    for table in sorted(sheet.tables.values(), key=lambda one: sheet[one.ref][0][0].row):
        cells = [list(row) for row in sheet[table.ref]]
        last = cells[-1][0].row
        below = [sheet.cell(last + 1, cell.column) for cell in cells[0]]
        found.append(Found(sheet, [cell.value for cell in cells[0]], cells[1:], below))
    return found


def report_tables(report: Report) -> list[list[Table]]:
    """Return the tables with rows of each tab."""
    return [[b.table for b in tab.blocks if b.table is not None and b.table.rows] for tab in report.tabs]


def expected(cell: Cell, column: TableColumn, display: Display) -> Any:
    """Return what a sheet must hold for a cell; None where there is no figure and no text to compare."""
    if cell is None or isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return display.local(cell)
    if isinstance(cell, date):
        return datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, bool):
        return display.cell(cell, "boolean")
    return timedelta(seconds=float(cell)) if column.unit == "duration_s" else float(cell)


def calamine_values(path: Path) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_path(path)
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
