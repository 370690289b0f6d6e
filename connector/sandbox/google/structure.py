"""Rows and columns inserted, deleted, moved, appended and grouped."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.areas import Area, Axis
from connector.sandbox.google.book import MOST_CELLS, Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.edits import Deleted, Inserted, Line, LineEdit, Moved
from connector.sandbox.google.following import follow
from connector.sandbox.google.grid import Cell, Json
from connector.sandbox.google.refusals import Refused, invalid

WORDS: dict[str, str] = {"ROWS": "row", "COLUMNS": "column"}
MOST_COLUMNS = 18_278
TOO_MANY_COLUMNS = (
    f"This action would increase the number of columns in the sheet above the limit of {MOST_COLUMNS} columns."
)


def axis_of(part: Json, key: str = "dimension") -> Axis:
    """Return the axis a request names. Raises Refused."""
    axis = part.get(key)
    if axis == "ROWS":
        return "ROWS"
    if axis == "COLUMNS":
        return "COLUMNS"
    raise invalid(f"No {key} specified.")


def length(sheet: Sheet, axis: Axis) -> int:
    """Return how many rows or columns a sheet has."""
    return sheet.row_count if axis == "ROWS" else sheet.column_count


def set_length(book: Book, sheet: Sheet, axis: Axis, count: int) -> None:
    """Say how long a sheet is; what stood beyond is not looked at. Raises Refused where the sheet or the book would be
    larger than Google allows."""
    grows = count > length(sheet, axis)
    if axis == "ROWS":
        sheet.row_count = count
    else:
        sheet.column_count = count
    if sheet.column_count > MOST_COLUMNS:
        raise invalid(TOO_MANY_COLUMNS)
    if grows and book.count_cells() > MOST_CELLS:
        raise invalid(
            f"This action would increase the number of cells in the workbook above the limit of {MOST_CELLS} cells."
        )


def closed_span(sheet: Sheet, part: Json, axis: Axis) -> tuple[int, int]:
    """Return the start and end of a DimensionRange within its sheet. Raises Refused where it is outside."""
    start = int(part.get("startIndex") or 0)
    there = length(sheet, axis)
    end = there if part.get("endIndex") is None else int(part["endIndex"])
    if start < 0 or end <= start:
        raise invalid(f"range.endIndex[{end}] must be greater than range.startIndex[{start}].")
    return start, end


@change("insertDimension")
def insert_dimension(book: Book, request: Json) -> None:
    """Insert empty rows or columns. They take formats and sizes from those before or after."""
    part = request.get("range", {})
    sheet, axis = book.sheet(part.get("sheetId")), axis_of(part)
    if part.get("endIndex") is None:
        raise invalid("range must have both startIndex and endIndex set.")
    start, end = closed_span(sheet, part, axis)
    before = bool(request.get("inheritFromBefore"))
    there = length(sheet, axis)
    if before and start == 0:
        raise invalid("inheritFromBefore cannot be true if inserting at the start of the grid.")
    if start > there:
        raise invalid(f"range.startIndex is larger than current grid size ({there})")
    if start == there and not before:
        raise invalid(f"range.startIndex must be less than the grid size ({there}) if inheritFromBefore is false.")
    _check_between(book, sheet, axis, start)
    insert(book, sheet, axis, start, end - start, inherit=start - 1 if before else start)


def _check_between(book: Book, sheet: Sheet, axis: Axis, at: int) -> None:
    """Raise Refused within a protected range: where the line before and the one after may not be written."""
    if at == 0 or at >= length(sheet, axis):
        return
    try:
        check_cells(book, Area(sheet.id).with_span(axis, (at - 1, at)))
    except Refused:
        check_cells(book, Area(sheet.id).with_span(axis, (at, at + 1)))


def insert(book: Book, sheet: Sheet, axis: Axis, at: int, count: int, inherit: int | None = None) -> None:
    """Insert rows or columns; ``inherit`` is the one, by its place before, whose look the new ones take."""
    model = None if inherit is None else _looks(sheet, axis, inherit)
    shape = None if inherit is None else _shapes(sheet, axis).get(inherit)
    line = Inserted(at, count)
    follow(book, LineEdit(sheet.id, axis, line))
    if axis == "ROWS":
        sheet.cells.insert_rows(at, count)
    else:
        sheet.cells.insert_columns(at, count)
    _renumber_shapes(sheet, axis, line)
    set_length(book, sheet, axis, length(sheet, axis) + count)
    _move_frozen(sheet, axis, at, count)
    for place in range(at, at + count):
        for across, cell in model or ():
            row, column = (place, across) if axis == "ROWS" else (across, place)
            sheet.cells.put(row, column, cell)
        if shape:
            _shapes(sheet, axis)[place] = {name: value for name, value in shape.items() if name in SIZES}


SIZES = {"pixelSize", "hiddenByUser"}


@change("deleteDimension")
def delete_dimension(book: Book, request: Json) -> None:
    """Delete rows or columns."""
    part = request.get("range", {})
    sheet, axis = book.sheet(part.get("sheetId")), axis_of(part)
    start, end = closed_span(sheet, part, axis)
    there = length(sheet, axis)
    if start >= there:
        word = WORDS[axis]
        raise invalid(
            f"Cannot delete a {word} that doesn't exist. Tried to delete {word} index {start} but there are only "
            f"{there} {word}s."
        )
    end = min(end, there)
    if end - start == there:
        raise invalid(f"You can't delete all the {WORDS[axis]}s on the sheet.")
    frozen = _frozen(sheet, axis)
    if start <= frozen and end == there and frozen:
        raise invalid(f"Sorry, it is not possible to delete all non-frozen {WORDS[axis]}s.")
    check_cells(book, Area(sheet.id).with_span(axis, (start, end)))
    delete(book, sheet, axis, start, end)


def delete(book: Book, sheet: Sheet, axis: Axis, start: int, end: int) -> None:
    """Delete rows or columns that are there."""
    line = Deleted(start, end)
    follow(book, LineEdit(sheet.id, axis, line))
    if axis == "ROWS":
        sheet.cells.delete_rows(start, end)
    else:
        sheet.cells.delete_columns(start, end)
    _renumber_shapes(sheet, axis, line)
    set_length(book, sheet, axis, length(sheet, axis) - (end - start))
    lost = max(0, min(end, _frozen(sheet, axis)) - start)
    _set_frozen(sheet, axis, _frozen(sheet, axis) - lost)


@change("moveDimension")
def move_dimension(book: Book, request: Json) -> None:
    """Move rows or columns within their sheet."""
    part = request.get("source", {})
    sheet, axis = book.sheet(part.get("sheetId")), axis_of(part)
    start, end = closed_span(sheet, part, axis)
    to, there = int(request.get("destinationIndex") or 0), length(sheet, axis)
    if end > there or to > there or to < 0:
        raise invalid(f"destinationIndex[{to}] and source must be within the grid size[{there}].")
    if start <= to <= end:
        return
    check_cells(book, Area(sheet.id).with_span(axis, (start, end)))
    if _splits_merge(sheet, axis, start, end, to):
        word = WORDS[axis]
        raise invalid(
            f"Sorry, it is not possible to move a {word} to a position that crosses a merged cell. Please unmerge and "
            "try again."
        )
    line = Moved(start, end, to)
    follow(book, LineEdit(sheet.id, axis, line))
    if axis == "ROWS":
        sheet.cells.move_rows(start, end, to)
    else:
        sheet.cells.move_columns(start, end, to)
    _renumber_shapes(sheet, axis, line)


@change("appendDimension")
def append_dimension(book: Book, request: Json) -> None:
    """Add empty rows or columns at the end."""
    sheet, axis = book.sheet(request.get("sheetId")), axis_of(request)
    count = int(request.get("length") or 0)
    if count < 1:
        raise invalid("length must be greater than 0.")
    set_length(book, sheet, axis, length(sheet, axis) + count)


def _looks(sheet: Sheet, axis: Axis, place: int) -> list[tuple[int, Cell]]:
    """Formats and validations of one row or column, without values, by their places across."""
    bounds = (place, 0, place + 1, 1 << 60) if axis == "ROWS" else (0, place, 1 << 60, place + 1)
    found = []
    for row, column, cell in sheet.cells.cells(*bounds):
        if cell.format is not None or cell.validation is not None:
            across = column if axis == "ROWS" else row
            found.append((across, Cell(format=cell.format, validation=cell.validation)))
    return found


def _shapes(sheet: Sheet, axis: Axis) -> dict[int, Json]:
    return sheet.row_properties if axis == "ROWS" else sheet.column_properties


def _renumber_shapes(sheet: Sheet, axis: Axis, line: Line) -> None:
    """Sizes and hidden rows or columns move along."""
    shapes = _shapes(sheet, axis)
    pairs = [(line.place(place), shape) for place, shape in shapes.items()]
    shapes.clear()
    shapes.update({place: shape for place, shape in pairs if place is not None})


FROZEN = {"ROWS": "frozenRowCount", "COLUMNS": "frozenColumnCount"}


def _frozen(sheet: Sheet, axis: Axis) -> int:
    return int(sheet.properties["gridProperties"].get(FROZEN[axis]) or 0)


def _set_frozen(sheet: Sheet, axis: Axis, count: int) -> None:
    grid: dict[str, Any] = sheet.properties["gridProperties"]
    if count:
        grid[FROZEN[axis]] = count
    else:
        grid.pop(FROZEN[axis], None)


def _move_frozen(sheet: Sheet, axis: Axis, at: int, count: int) -> None:
    """What is put among the frozen rows or columns is frozen too."""
    if at < _frozen(sheet, axis):
        _set_frozen(sheet, axis, _frozen(sheet, axis) + count)


def _splits_merge(sheet: Sheet, axis: Axis, start: int, end: int, to: int) -> bool:
    low, high = ("startRowIndex", "endRowIndex") if axis == "ROWS" else ("startColumnIndex", "endColumnIndex")
    for merge in sheet.merges:
        first, last = int(merge.get(low, 0)), int(merge[high])
        inside = start <= first and last <= end
        apart = last <= start or first >= end
        if not (inside or apart) or first < to < last:
            return True
    return False
