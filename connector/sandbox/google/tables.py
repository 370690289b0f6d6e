"""Tables: a range with named, typed columns."""

from __future__ import annotations

from connector.sandbox.google.a1 import Rect, rect_of
from connector.sandbox.google.areas import Area, addressed, area_of, grid_range
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.rules_pasted import drop_rules
from connector.sandbox.google.structure import insert
from connector.sandbox.google.update_masks import updated


@change("addTable")
def add_table(book: Book, request: Json) -> Json:
    """Make a range a table. Its columns are named by their headings, or the headings by its columns."""
    asked = addressed(request.get("table", {}))
    number = asked.get("tableId") or f"{book.fresh.randrange(1, 1 << 40)}"
    if any(part["tableId"] == number for sheet in book.sheets for part in sheet.tables):
        raise invalid(f"Cannot add a table with the ID {number}, it is already in use.")
    table = _checked(book, asked | {"tableId": number, "name": asked.get("name") or _free_name(book)})
    book.sheet(table["range"]["sheetId"]).tables.append(table)
    return {"table": table}


@change("updateTable")
def update_table(book: Book, request: Json) -> None:
    """Change name, range or columns of a table."""
    asked = addressed(request.get("table", {}))
    sheet, before = table_of(book, asked.get("tableId"))
    new = updated(before, asked, request.get("fields"), "Table", "table")
    if any(not column.get("columnName") for column in asked.get("columnProperties") or ()):
        raise invalid("Table header row cell must have a value.")
    sheet.tables.remove(before)
    after = _checked(book, new | {"tableId": before["tableId"]})
    if after["range"]["sheetId"] != sheet.id:
        raise invalid("A table cannot be moved to another sheet.")
    sheet.tables.append(after)


@change("deleteTable")
def delete_table(book: Book, request: Json) -> None:
    """Delete a table with its contents and the conditional formats over it."""
    sheet, table = table_of(book, request.get("tableId"))
    area = area_of(table["range"])
    check_cells(book, area)
    top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
    sheet.cells.clear(top, left, bottom, right)
    sheet.tables.remove(table)
    drop_rules(sheet, area)


def table_of(book: Book, number: object) -> tuple[Sheet, Json]:
    """Return a table and its sheet. Raises Refused."""
    for sheet in book.sheets:
        for table in sheet.tables:
            if table["tableId"] == number:
                return sheet, table
    raise invalid(f"No table with ID: {number}")


def room_below(book: Book, number: object, rows: int) -> tuple[Sheet, Rect]:
    """Make a table that many rows longer and return where they are: what appendCells fills. Rows of the sheet are
    inserted where something stands below the table."""
    sheet, table = table_of(book, number)
    top, left, bottom, right = area_of(table["range"]).closed(sheet.row_count, sheet.column_count)
    below = next(sheet.cells.cells(bottom, left, bottom + rows, right), None)
    if below is not None or bottom + rows > sheet.row_count:
        insert(book, sheet, "ROWS", bottom, rows, inherit=bottom - 1)
    table["range"] = grid_range(Area(sheet.id, top, bottom + rows, left, right))
    return sheet, Rect(bottom, left, bottom + rows, right)


def _free_name(book: Book) -> str:
    names = {table["name"] for sheet in book.sheets for table in sheet.tables}
    number = 1
    while f"Table{number}" in names:
        number += 1
    return f"Table{number}"


def _checked(book: Book, table: Json) -> Json:
    """The table with its columns named. Raises Refused."""
    if "range" not in table:
        raise invalid("table.range is required.")
    sheet, rect = rect_of(book, table["range"])
    area = Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right)
    if rect.bottom - rect.top < 2:
        raise invalid("A table must have a row of headings and at least one more row.")
    if any(area.meets(area_of(other["range"])) for other in sheet.tables):
        raise invalid("Tables may not overlap.")
    if any(area.meets(area_of(merge)) for merge in sheet.merges):
        raise invalid("A table may not contain merged cells.")
    names = {part["name"].casefold() for every in book.sheets for part in every.tables}
    if str(table["name"]).casefold() in names:
        raise invalid(f"A table with the name {table['name']} already exists.")
    columns = _columns(sheet, rect, list(table.get("columnProperties", ())))
    return table | {"range": grid_range(area), "columnProperties": columns}


def _check_type(column: Json) -> None:
    has_condition = bool((column.get("dataValidationRule") or {}).get("condition"))
    if column.get("columnType") == "DROPDOWN" and not has_condition:
        raise invalid("Condition must be set for dropdown column type.")
    if column.get("columnType") != "DROPDOWN" and has_condition:
        raise invalid("Cannot set condition for non-dropdown column type.")


def _columns(sheet: Sheet, rect: Rect, asked: list[Json]) -> list[Json]:
    """Properties of every column; headings and names agree."""
    given = {int(part.get("columnIndex", place)): part for place, part in enumerate(asked)}
    outside = [place for place in given if not 0 <= place < rect.right - rect.left]
    if outside:
        raise invalid(f"columnProperties.columnIndex {outside[0]} is outside of the table.")
    columns, names = [], set()
    for part in asked:
        _check_type(part)
    for place in range(rect.right - rect.left):
        heading = sheet.cells.value(rect.top, rect.left + place)
        part = given.get(place, {})
        name = str(part.get("columnName") or heading or f"Column {place + 1}")
        if name.casefold() in names:
            raise invalid(f"Two columns of a table have the name {name}.")
        names.add(name.casefold())
        if heading != name:
            sheet.cells.enter(rect.top, rect.left + place, name)
        columns.append(part | {"columnIndex": place, "columnName": name})
    return columns
