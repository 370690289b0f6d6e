"""Reads a workbook back with two readers that Puente did not write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell as SheetCell
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
    return openpyxl.load_workbook(path)


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
