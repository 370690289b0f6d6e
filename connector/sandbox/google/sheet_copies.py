"""Sheets deleted and duplicated."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.answers import shown_properties
from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book, Sheet, twin
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.edits import SheetAlone, SheetDeleted
from connector.sandbox.google.following import follow
from connector.sandbox.google.grid import Json
from connector.sandbox.google.metadata import copy_metadata, of_sheet
from connector.sandbox.google.references import quoted
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.sheet_changes import check_title

LAST_SHEET = "You can't remove all the sheets in a document."
LAST_VISIBLE = "You can't remove all the visible sheets in a document."
NUMBERED = {
    "charts": "chartId",
    "banded_ranges": "bandedRangeId",
    "protected_ranges": "protectedRangeId",
    "filter_views": "filterViewId",
    "slicers": "slicerId",
    "tables": "tableId",
}
"""Parts of a sheet that have ids of their own."""


@change("deleteSheet")
def delete_sheet(book: Book, request: Json) -> None:
    """Delete a sheet with all that is on it. What pointed at its cells says ``#REF!`` or is gone."""
    sheet = book.sheet(request.get("sheetId"), "sheet")
    others = [other for other in book.sheets if other is not sheet]
    if not others:
        raise invalid(LAST_SHEET)
    if all(other.properties.get("hidden") for other in others):
        raise invalid(LAST_VISIBLE)
    check_cells(book, Area(sheet.id))
    follow(book, SheetDeleted(sheet.id))
    book.named_ranges[:] = [named for named in book.named_ranges if not _is_own(named, sheet)]
    book.sheets.remove(sheet)
    book.number_sheets()


@change("duplicateSheet")
def duplicate_sheet(book: Book, request: Json) -> Json:
    """Copy a sheet within its spreadsheet: cells, rules, charts, and developer metadata under new ids."""
    source = book.sheet(request.get("sourceSheetId"))
    number = request.get("newSheetId")
    if number is None:
        number = book.fresh_id()
    elif number < 0:
        raise invalid(f"Sheet ID must be non-negative. Given: {number}")
    elif any(sheet.id == number for sheet in book.sheets):
        raise invalid(f"Sheet id {number} already exists. Please use a different id.")
    title = request.get("newSheetName") or free_copy_title(book, source.title)
    check_title(book, title)
    index = int(request.get("insertSheetIndex") or 0)
    if not 0 <= index <= len(book.sheets):
        raise invalid(f"Invalid value for index: {index}. Must be between 0 and {len(book.sheets)}.")
    fresh = sheet_twin(book, source, number, title)
    book.sheets.insert(index, fresh)
    book.number_sheets()
    copy_metadata(book, of_sheet(book, source.id), number)
    _copy_names(book, source, fresh)
    return {"properties": shown_properties(fresh)}


def free_copy_title(book: Book, title: str) -> str:
    """Return ``Copy of Sheet1``, numbered where that is taken."""
    wanted, number = f"Copy of {title}", 2
    while book.sheet_titled(wanted) is not None:
        wanted, number = f"Copy of {title} {number}", number + 1
    return wanted


def sheet_twin(book: Book, source: Sheet, number: int, title: str) -> Sheet:
    """Return a copy of a sheet under another id and title. Its parts point at its own cells and have new ids."""
    fresh = source.copy()
    fresh.properties = dict(fresh.properties, sheetId=number, title=title)
    fresh.properties.pop("hidden", None)
    for name, value in vars(fresh).items():
        if name not in {"cells", "properties", "row_properties", "column_properties"} and value:
            setattr(fresh, name, readdressed(value, source.id, number))
    for name, key in NUMBERED.items():
        for part in getattr(fresh, name):
            if key in part:
                part[key] = fresh_part_id(book, str(part[key]).isdigit())
    for row, column, cell in list(fresh.cells.furnished()):
        pivot = readdressed(cell.pivot, source.id, number)
        if pivot != cell.pivot:
            fresh.cells.put(row, column, cell._replace(pivot=pivot))
    return fresh


def carried(source: Book, sheet_id: int, target: Book, title: str) -> Sheet:
    """Copy a sheet to the end of another book, with developer metadata under new ids. It no longer points at sheets it
    left behind."""
    draft = source.draft()
    follow(draft, SheetAlone(sheet_id))
    fresh = sheet_twin(target, draft.sheet(sheet_id), target.fresh_id(), title)
    target.sheets.append(fresh)
    target.number_sheets()
    copy_metadata(target, of_sheet(draft, sheet_id), fresh.id)
    return fresh


def fresh_part_id(book: Book, is_number: bool = True) -> Any:
    """Return an id for a chart, a rule or the like: a number, or a text of one."""
    number = book.fresh.randrange(1, 1 << 31)
    return number if is_number else f"{number:010d}"


def readdressed(part: Any, old: int, new: int) -> Any:
    """Return a twin of a piece of JSON in which every place on one sheet is on another."""
    if isinstance(part, list):
        return [readdressed(inner, old, new) for inner in part]
    if not isinstance(part, dict):
        return twin(part)
    moved = {key: readdressed(value, old, new) for key, value in part.items()}
    if moved.get("sheetId") == old:
        moved["sheetId"] = new
    return moved


def _is_own(named: Json, sheet: Sheet) -> bool:
    """Whether a named range belongs to a sheet only: its name begins with the sheet's title."""
    return str(named["name"]).startswith(f"{quoted(sheet.title)}!")


def _copy_names(book: Book, source: Sheet, fresh: Sheet) -> None:
    """A copied sheet has its own named ranges, under its title: ``'Copy of Sheet1'!deals``."""
    for named in list(book.named_ranges):
        area = named.get("range")
        if area is None or (area.get("sheetId") or 0) != source.id:
            continue
        name = str(named["name"]).rpartition("!")[2]
        copied = {"namedRangeId": str(fresh_part_id(book)), "name": f"{quoted(fresh.title)}!{name}"}
        book.named_ranges.append(copied | {"range": readdressed(area, source.id, fresh.id)})
