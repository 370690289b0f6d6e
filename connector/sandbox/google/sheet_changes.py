"""Changes of the spreadsheet and of whole sheets: addSheet, updateSheetProperties, updateSpreadsheetProperties."""

from __future__ import annotations

from connector.sandbox.google.answers import shown_properties
from connector.sandbox.google.areas import Axis
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change
from connector.sandbox.google.colours import styled
from connector.sandbox.google.defaults import COLUMNS, ROWS, sheet_properties
from connector.sandbox.google.following import rename_sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import MOST_COLUMNS, TOO_MANY_COLUMNS, delete, length, set_length
from connector.sandbox.google.update_masks import updated

LONGEST_TITLE = 100
HIDES_ALL = "You can't hide all the sheets in a document."


@change("addSheet")
def add_sheet(book: Book, request: Json) -> Json:
    """Add a sheet: at its index, with the id and the title that are given, or with new ones."""
    given = request.get("properties", {})
    sheet_id = given.get("sheetId")
    if sheet_id is None:
        sheet_id = book.fresh_id()
    elif sheet_id < 0:
        raise invalid(f"Sheet ID must be non-negative. Given: {sheet_id}")
    elif any(sheet.id == sheet_id for sheet in book.sheets):
        raise invalid(f"Sheet id {sheet_id} already exists. Please use a different id.")
    title = given.get("title") or free_title(book)
    check_title(book, title)
    index = given.get("index", len(book.sheets))
    _check_index(index, len(book.sheets))
    properties = styled(
        sheet_properties(sheet_id, title) | given | {"sheetId": sheet_id, "title": title, "index": index}
    )
    properties["gridProperties"] = {"rowCount": ROWS, "columnCount": COLUMNS} | given.get("gridProperties", {})
    _check_grid(properties["gridProperties"])
    sheet = Sheet(properties)
    book.sheets.insert(index, sheet)
    book.number_sheets()
    return {"properties": shown_properties(sheet)}


def free_title(book: Book) -> str:
    """Return a title as Google gives it: ``Sheet2``, the first that is free from the number of sheets on."""
    number = len(book.sheets) + 1
    while book.sheet_titled(f"Sheet{number}") is not None:
        number += 1
    return f"Sheet{number}"


def check_title(book: Book, title: str, own: Sheet | None = None) -> None:
    """Raise Refused for a title that another sheet has, whatever its case, or that is too long."""
    taken = book.sheet_titled(title)
    if taken is not None and taken is not own:
        raise invalid(f'A sheet with the name "{title}" already exists. Please enter another name.')
    if len(title) > LONGEST_TITLE:
        raise invalid(f"The sheet name cannot be greater than {LONGEST_TITLE} characters.")


def _check_index(index: int, count: int) -> None:
    if not 0 <= index <= count:
        raise invalid(f"Invalid value for index: {index}. Must be between 0 and {count}.")


def _check_grid(grid: Json) -> None:
    for name, frozen, line in (("rowCount", "frozenRowCount", "row"), ("columnCount", "frozenColumnCount", "column")):
        count = grid.get(name) or 0
        if count < 1:
            raise invalid(f"You can't delete all the {line}s on the sheet.")
        if (grid.get(frozen) or 0) >= count:
            raise invalid(f"You can't freeze all visible {line}s on the sheet.")
    if grid["columnCount"] > MOST_COLUMNS:
        raise invalid(TOO_MANY_COLUMNS)


@change("updateSheetProperties")
def update_sheet_properties(book: Book, request: Json) -> None:
    """Change title, place, size, frozen lines, colour, hiding of a sheet."""
    given = styled(request.get("properties", {}))
    sheet = book.sheet(given.get("sheetId"), "sheet")
    fields = request.get("fields")
    fresh = updated(sheet.properties, given, fields, "SheetProperties", "properties")
    fresh |= {"sheetId": sheet.id, "sheetType": sheet.properties.get("sheetType", "GRID")}
    _sync_colours(sheet.properties, fresh)
    if not fresh.get("title"):
        raise invalid("The sheet name cannot be empty.")
    check_title(book, fresh["title"], sheet)
    _check_grid(fresh.setdefault("gridProperties", {}))
    if fresh.get("hidden") and all(other is sheet or other.properties.get("hidden") for other in book.sheets):
        raise invalid(HIDES_ALL)
    title_before = sheet.title
    _resize(book, sheet, fresh["gridProperties"])
    sheet.properties = fresh
    if title_before != sheet.title:
        rename_sheet(book, title_before, sheet.title)
    _place(book, sheet, fresh.get("index", len(book.sheets)))


def _sync_colours(old: Json, fresh: Json) -> None:
    """A tab's colour stands under two names: what changed under one is so under the other."""
    if fresh.get("tabColorStyle") != old.get("tabColorStyle"):
        rgb = (fresh.get("tabColorStyle") or {}).get("rgbColor")
        fresh["tabColor"] = rgb
    elif fresh.get("tabColor") != old.get("tabColor"):
        fresh["tabColorStyle"] = {"rgbColor": fresh["tabColor"]} if "tabColor" in fresh else None
    for name in ("tabColor", "tabColorStyle"):
        if not fresh.get(name):
            fresh.pop(name, None)


def _resize(book: Book, sheet: Sheet, grid: Json) -> None:
    """Add lines at the end, or take them away with all that stood there."""
    axes: tuple[tuple[Axis, str], ...] = (("ROWS", "rowCount"), ("COLUMNS", "columnCount"))
    for axis, name in axes:
        if grid[name] < length(sheet, axis):
            delete(book, sheet, axis, grid[name], length(sheet, axis))
        else:
            set_length(book, sheet, axis, grid[name])


def _place(book: Book, sheet: Sheet, index: int) -> None:
    """Move a sheet: the index counts the sheets as they stand before the move, so its own place shifts it."""
    before = book.sheets.index(sheet)
    if index == before:
        return
    _check_index(index, len(book.sheets))
    book.sheets.remove(sheet)
    book.sheets.insert(index - 1 if index > before else index, sheet)
    book.number_sheets()


@change("updateSpreadsheetProperties")
def update_spreadsheet_properties(book: Book, request: Json) -> None:
    """Change title, locale, time zone and other properties of the spreadsheet."""
    given = styled({name: value for name, value in request.get("properties", {}).items() if name != "spreadsheetTheme"})
    given |= {name: value for name, value in request.get("properties", {}).items() if name == "spreadsheetTheme"}
    book.properties = updated(book.properties, given, request.get("fields"), "SpreadsheetProperties", "properties")
    if not book.properties.get("title"):
        raise invalid("Spreadsheet title cannot be empty.")
