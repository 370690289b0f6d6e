"""A spreadsheet as an XLSX workbook: values, formulas with what they came to, formats, merges, native charts."""

from __future__ import annotations

import io
import re
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_cell_to_rowcol, xl_range_abs

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.formulas import renamed
from connector.sandbox.google.grid import Error, Formula, Json
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.views import View, column_pixels, is_hidden, row_pixels
from connector.sandbox.google.workbook_charts import add_charts
from connector.sandbox.google.workbook_formats import Formats
from connector.sandbox.google.workbook_rules import add_rules

LONGEST_TITLE = 31
OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "nan_inf_to_errors": True,
    "use_future_functions": True,
}


def workbook(book: Book) -> bytes:
    """Return the workbook of a whole spreadsheet, hidden sheets hidden."""
    buffer, view = io.BytesIO(), View(book)
    with xlsxwriter.Workbook(buffer, OPTIONS) as file:
        titles = titles_of(book)
        formats = Formats(file, view)
        pages = {sheet.id: file.add_worksheet(titles[sheet.id]) for sheet in book.sheets}
        for sheet in book.sheets:
            _fill(view, sheet, pages[sheet.id], formats, titles)
        for sheet in book.sheets:
            add_charts(file, pages[sheet.id], view, sheet, titles)
        _define_names(file, book, titles)
        first = next((sheet for sheet in book.sheets if not sheet.properties.get("hidden")), book.sheets[0])
        pages[first.id].activate()
        pages[first.id].set_first_sheet()
    return buffer.getvalue()


def titles_of(book: Book) -> dict[int, str]:
    """Return titles that a workbook can hold: at most 31 characters, none twice, none of ``[]:*?/\\``."""
    titles: dict[int, str] = {}
    taken: set[str] = set()
    for sheet in book.sheets:
        plain = re.sub(r"[\[\]:*?/\\]", "_", sheet.title).strip("'")[:LONGEST_TITLE] or "Sheet"
        title, count = plain, 1
        while title.casefold() in taken:
            count += 1
            title = f"{plain[: LONGEST_TITLE - 4]} ({count})"
        taken.add(title.casefold())
        titles[sheet.id] = title
    return titles


def _fill(view: View, sheet: Sheet, page: Any, formats: Formats, titles: dict[int, str]) -> None:
    _arrange(sheet, page)
    merged = _merge(view, sheet, page, formats)
    places = {(row, column) for row, column, _cell in sheet.cells.cells()}
    used = view.used(sheet)
    places |= {(row, column) for row in range(used.bottom) for column in range(used.right)}
    for row, column in sorted(places - merged):
        _write(view, sheet, page, (row, column), formats, titles)
    for row, column, cell in sheet.cells.cells():
        if cell.note:
            page.write_comment(row, column, cell.note)
    add_rules(page, sheet, formats)


def _write(
    view: View, sheet: Sheet, page: Any, place: tuple[int, int], formats: Formats, titles: dict[int, str]
) -> None:
    row, column = place
    spot = view.spot_as_entered(sheet, row, column)
    look, entered, value = formats.of(spot.format), spot.cell.entered, spot.value
    if isinstance(entered, Formula):
        shown = spot.text if isinstance(value, Error) else "" if value is None else value
        page.write_formula(row, column, _exported(entered.text, view.book, titles), look, shown)
    elif isinstance(value, bool):
        page.write_boolean(row, column, value, look)
    elif isinstance(value, int | float):
        page.write_number(row, column, value, look)
    elif isinstance(value, Error):
        page.write_string(row, column, spot.text, look)
    elif value:
        page.write_string(row, column, value, look)
    elif spot.format:
        page.write_blank(row, column, None, look)


def _exported(text: str, book: Book, titles: dict[int, str]) -> str:
    """Return a formula as it stands in the workbook, where sheets may bear other titles."""
    for sheet in book.sheets:
        if titles[sheet.id] != sheet.title:
            text = renamed(text, sheet.title, titles[sheet.id])
    return text


def _arrange(sheet: Sheet, page: Any) -> None:
    grid = sheet.properties["gridProperties"]
    page.freeze_panes(int(grid.get("frozenRowCount") or 0), int(grid.get("frozenColumnCount") or 0))
    page.set_default_row(15.75)
    for column in range(sheet.column_count):
        hidden = is_hidden(sheet.column_properties.get(column))
        page.set_column_pixels(column, column, column_pixels(sheet, column) or 100, None, {"hidden": hidden})
    for row, properties in sheet.row_properties.items():
        if row < sheet.row_count:
            page.set_row_pixels(row, row_pixels(sheet, row) or 21, None, {"hidden": is_hidden(properties)})
    if sheet.properties.get("hidden"):
        page.hide()
    if grid.get("hideGridlines"):
        page.hide_gridlines(2)
    if sheet.basic_filter and sheet.basic_filter.get("range"):
        top, left, bottom, right = area_of(sheet.basic_filter["range"]).closed(sheet.row_count, sheet.column_count)
        page.autofilter(top, left, max(bottom - 1, top), max(right - 1, left))


def _merge(view: View, sheet: Sheet, page: Any, formats: Formats) -> set[tuple[int, int]]:
    """Merge cells; return the places within merges that are not their corner."""
    covered: set[tuple[int, int]] = set()
    for part in sheet.merges:
        top, left, bottom, right = area_of(part).closed(sheet.row_count, sheet.column_count)
        if (bottom - top) * (right - left) < 2:
            continue
        look = formats.of(view.spot_as_entered(sheet, top, left).format)
        page.merge_range(top, left, bottom - 1, right - 1, "", look)
        covered |= {(row, column) for row in range(top, bottom) for column in range(left, right)} - {(top, left)}
    return covered


def _define_names(file: Any, book: Book, titles: dict[int, str]) -> None:
    for part in book.named_ranges:
        name, grid = str(part.get("name") or ""), part.get("range") or {}
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or _is_place(name):
            continue
        try:
            sheet = book.sheet(grid.get("sheetId"))
        except Refused:
            continue
        file.define_name(name, f"={_quoted(titles[sheet.id])}!{_absolute(sheet, grid)}")


def _absolute(sheet: Sheet, grid: Json) -> str:
    top, left, bottom, right = area_of(grid).closed(sheet.row_count, sheet.column_count)
    return str(xl_range_abs(top, left, bottom - 1, right - 1))


def _quoted(title: str) -> str:
    return "'" + title.replace("'", "''") + "'"


def _is_place(name: str) -> bool:
    """A name that looks like a cell is none in a workbook."""
    if re.fullmatch(r"[A-Za-z]{1,3}\d+", name) is None:
        return name.upper() in ("R", "C")
    return bool(xl_cell_to_rowcol(name.upper()))
