"""Changes of cells: updateCells, repeatCell, appendCells, updateBorders."""

from __future__ import annotations

from connector.sandbox.google.a1 import Rect, check_coordinate, rect_of
from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.cells import changed, entered
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.grid import Formula, Json
from connector.sandbox.google.masks import Mask
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import set_length
from connector.sandbox.google.tables import room_below
from connector.sandbox.google.update_masks import read_update

ONLY_VALUES: Mask = {"userEnteredValue": {}}


@change("updateCells")
def update_cells(book: Book, request: Json) -> None:
    """Write CellData over a range or from a corner on; cells of the range that ``rows`` do not reach are emptied."""
    mask = read_update(request.get("fields"), "CellData")
    rows = request.get("rows", [])
    if "range" in request:
        sheet, rect = rect_of(book, request["range"])
        _check_rows(rows, rect)
    else:
        sheet, rect = _from_corner(book, request.get("start") or {}, rows)
    check_cells(book, Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right))
    for row in range(rect.top, rect.bottom):
        line = rows[row - rect.top].get("values", []) if row - rect.top < len(rows) else []
        last = rect.right if "range" in request else rect.left + len(line)
        _write_line(sheet, row, rect.left, last, line, mask)


def _write_line(sheet: Sheet, row: int, left: int, right: int, line: list[Json], mask: Mask) -> None:
    if mask == ONLY_VALUES:
        values = [entered(cell.get("userEnteredValue")) for cell in line]
        values += [None] * (right - left - len(values))
        sheet.cells.enter_line(row, left, ["" if value is None else value for value in values])
        return
    for column in range(left, right):
        place = column - left
        cell = sheet.cells.get(row, column)
        sheet.cells.put(row, column, changed(cell, line[place] if place < len(line) else {}, mask))


def _check_rows(rows: list[Json], rect: Rect) -> None:
    if len(rows) > rect.bottom - rect.top:
        raise invalid(f"Attempting to write row: {rect.bottom}, beyond the last requested row of: {rect.bottom - 1}")
    widest = max((len(row.get("values", [])) for row in rows), default=0)
    if widest > rect.right - rect.left:
        words = f"beyond the last requested column of: {rect.right - 1}"
        raise invalid(f"Attempting to write column: {rect.right}, {words}")


def _from_corner(book: Book, start: Json, rows: list[Json]) -> tuple[Sheet, Rect]:
    sheet = book.sheet(start.get("sheetId"))
    top, left = start.get("rowIndex", 0), start.get("columnIndex", 0)
    width = max((len(row.get("values", [])) for row in rows), default=0)
    check_coordinate(sheet, top, left)
    for place, size, count, line in (
        (top, sheet.row_count, len(rows), "row"),
        (left, sheet.column_count, width, "column"),
    ):
        if place + count > size:
            raise invalid(f"Attempting to write {line}: {size}, beyond the last requested {line} of: {size - 1}")
    return sheet, Rect(top, left, top + len(rows), left + width)


@change("appendCells")
def append_cells(book: Book, request: Json) -> None:
    """Write CellData below the last row of a sheet that has any data, or below a table; both grow as they need."""
    mask = read_update(request.get("fields"), "CellData")
    rows = request.get("rows", [])
    width = max((len(row.get("values", [])) for row in rows), default=0)
    if "tableId" in request:
        sheet, rect = room_below(book, request["tableId"], len(rows))
    else:
        sheet = book.sheet(request.get("sheetId"))
        top = max((row for row, _, cell in sheet.cells.cells() if cell.entered is not None), default=-1) + 1
        rect = Rect(top, 0, top + len(rows), width)
        set_length(book, sheet, "ROWS", max(sheet.row_count, rect.bottom))
    set_length(book, sheet, "COLUMNS", max(sheet.column_count, rect.left + width))
    check_cells(book, Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right))
    for row, line in enumerate(rows, rect.top):
        cells = line.get("values", [])
        _write_line(sheet, row, rect.left, rect.left + len(cells), cells, mask)


@change("repeatCell")
def repeat_cell(book: Book, request: Json) -> None:
    """Write the same CellData into every cell of a range; formulas shift with their place."""
    from connector.sandbox.google.formulas import copied  # noqa: PLC0415 - only formulas need it

    mask = read_update(request.get("fields"), "CellData")
    sheet, rect = rect_of(book, request.get("range") or {})
    check_cells(book, Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right))
    source = request.get("cell", {})
    formula = (source.get("userEnteredValue") or {}).get("formulaValue")
    if mask and mask.keys() == {"userEnteredFormat"}:
        _repeat_format(sheet, rect, source, mask)
        return
    for row in range(rect.top, rect.bottom):
        for column in range(rect.left, rect.right):
            cell = changed(sheet.cells.get(row, column), source, mask)
            if formula and isinstance(cell.entered, Formula):
                cell = cell._replace(entered=Formula(copied(formula, row - rect.top, column - rect.left)))
            sheet.cells.put(row, column, cell)


def _repeat_format(sheet: Sheet, rect: Rect, source: Json, mask: Mask) -> None:
    """Write a format into many cells: from each former format the new one is made once, and shared."""
    made: dict[int, tuple[Json | None, Json | None]] = {}
    for row in range(rect.top, rect.bottom):
        for column in range(rect.left, rect.right):
            cell = sheet.cells.get(row, column)
            if id(cell.format) not in made:
                made[id(cell.format)] = cell.format, changed(cell, source, mask).format
            sheet.cells.put(row, column, cell._replace(format=made[id(cell.format)][1]))


@change("updateBorders")
def update_borders(book: Book, request: Json) -> None:
    """Draw borders around a range and between its cells."""
    sheet, rect = rect_of(book, request.get("range") or {})
    for row in range(rect.top, rect.bottom):
        for column in range(rect.left, rect.right):
            sides = _sides(request, rect, row, column)
            if sides:
                cell = sheet.cells.get(row, column)
                borders = {**(cell.format or {}).get("borders", {}), **sides}
                borders = {side: line for side, line in borders.items() if line.get("style") != "NONE"}
                sheet.cells.put(row, column, cell._replace(format={**(cell.format or {}), "borders": borders}))


def _sides(request: Json, rect: Rect, row: int, column: int) -> Json:
    """Return which borders a cell gets: the outer ones at the edges, the inner ones elsewhere."""
    chosen = {
        "top": "top" if row == rect.top else "innerHorizontal",
        "bottom": "bottom" if row == rect.bottom - 1 else "innerHorizontal",
        "left": "left" if column == rect.left else "innerVertical",
        "right": "right" if column == rect.right - 1 else "innerVertical",
    }
    return {side: request[name] for side, name in chosen.items() if name in request}
