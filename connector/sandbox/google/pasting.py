"""Cells copied, and cells cut and pasted elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import Area, area_of, grid_range
from connector.sandbox.google.book import Book, Place, Sheet
from connector.sandbox.google.calculation import results
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.edits import BlockMoved
from connector.sandbox.google.following import follow
from connector.sandbox.google.formulas import copied
from connector.sandbox.google.grid import EMPTY, Cell, Formula, Json, Result
from connector.sandbox.google.parts import carry_parts, formulas_within
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.rules_pasted import paste_rules

ACROSS_A_MERGE = "You can't perform a paste that partially intersects a merge."


def _values(new: Cell, old: Cell) -> Cell:
    return old._replace(entered=new.entered, runs=None, chips=None)


def _formulas(new: Cell, old: Cell) -> Cell:
    return old._replace(entered=new.entered, runs=None, chips=None)


def _formats(new: Cell, old: Cell) -> Cell:
    return old._replace(format=new.format)


def _validations(new: Cell, old: Cell) -> Cell:
    return old._replace(validation=new.validation)


def _normal(new: Cell, _old: Cell) -> Cell:
    return new


def _without_borders(new: Cell, old: Cell) -> Cell:
    borders = (old.format or {}).get("borders")
    look = {name: value for name, value in (new.format or {}).items() if name != "borders"}
    return new._replace(format=(look | ({"borders": borders} if borders else {})) or None)


def _nothing(_new: Cell, old: Cell) -> Cell:
    return old


PASTES: dict[str, Callable[[Cell, Cell], Cell]] = {
    "PASTE_NORMAL": _normal,
    "PASTE_VALUES": _values,
    "PASTE_FORMAT": _formats,
    "PASTE_NO_BORDERS": _without_borders,
    "PASTE_FORMULA": _formulas,
    "PASTE_DATA_VALIDATION": _validations,
    "PASTE_CONDITIONAL_FORMATTING": _nothing,
}
"""What a cell becomes of the one pasted and the one that was there."""
WITH_MERGES = {"PASTE_NORMAL", "PASTE_NO_BORDERS"}
WITH_RULES = {"PASTE_NORMAL", "PASTE_NO_BORDERS", "PASTE_FORMAT", "PASTE_CONDITIONAL_FORMATTING"}


class Block(NamedTuple):
    """A rectangle of cells as it was when it was copied."""

    sheet: Sheet
    top: int
    left: int
    height: int
    width: int
    cells: dict[tuple[int, int], Cell]
    """By how far they are from the upper left corner."""

    @property
    def area(self) -> Area:
        return Area(self.sheet.id, self.top, self.top + self.height, self.left, self.left + self.width)


def paste_type(request: Json) -> str:
    """Return how to paste. Raises Refused."""
    kind = str(request.get("pasteType") or "PASTE_NORMAL")
    if kind not in PASTES:
        raise invalid(f"Unknown paste type: {kind}")
    return kind


def outlined(book: Book, grid_range: Json) -> Block:
    """Return the block of a GridRange, its cells not looked at yet. Raises Refused."""
    sheet, (top, left, bottom, right) = rect_of(book, grid_range)
    return Block(sheet, top, left, bottom - top, right - left, {})


def lifted(block: Block) -> Block:
    """Return a block with its cells."""
    top, left = block.top, block.left
    cells = block.sheet.cells.cells(top, left, top + block.height, left + block.width)
    return block._replace(cells={(row - top, column - left): cell for row, column, cell in cells})


@change("copyPaste")
def copy_paste(book: Book, request: Json) -> None:
    """Copy cells. A destination that is a multiple of the source is filled with repetitions; a smaller one does not
    hold the source back."""
    block, kind = outlined(book, request.get("source", {})), paste_type(request)
    turned = request.get("pasteOrientation") == "TRANSPOSE"
    height, width = (block.width, block.height) if turned else (block.height, block.width)
    target, covered = _covered(book, request.get("destination", {}), height, width)
    _refuse_across_merges(target, covered)
    check_cells(book, covered)
    top, left, bottom, right = covered.closed(target.row_count, target.column_count)
    corners = [(row, column) for row in range(top, bottom, height) for column in range(left, right, width)]
    if kind == "PASTE_VALUES" and not turned and not block.area.meets(covered):
        _put_values(target, corners, block, results(book))
        return
    block = _valued(lifted(block), results(book)) if kind == "PASTE_VALUES" else lifted(block)
    for corner in corners:
        _put(target, corner, turned_block(block) if turned else block, kind)
    if kind in WITH_MERGES and not turned:
        _copy_merges(target, covered, block, corners)
    if kind in WITH_RULES and not turned:
        paste_rules(book, block.area, covered, corners)


def _covered(book: Book, destination: Json, height: int, width: int) -> tuple[Sheet, Area]:
    """The cells that copies of a block of this size will cover. Raises Refused where they do not fit on the sheet."""
    sheet, (top, left, bottom, right) = rect_of(book, destination)
    rows = bottom - top if (bottom - top) % height == 0 else height
    columns = right - left if (right - left) % width == 0 else width
    covered = Area(sheet.id, top, top + rows, left, left + columns)
    _refuse_outside(sheet, covered)
    return sheet, covered


@change("cutPaste")
def cut_paste(book: Book, request: Json) -> None:
    """Move cells. What pointed at them points at them where they are now."""
    block, kind, corner = outlined(book, request.get("source", {})), paste_type(request), request.get("destination", {})
    source, target = block.sheet, book.sheet(corner.get("sheetId"))
    top, left = int(corner.get("rowIndex") or 0), int(corner.get("columnIndex") or 0)
    covered = Area(target.id, top, top + block.height, left, left + block.width)
    _refuse_outside(target, covered)
    _refuse_across_merges(target, covered)
    check_cells(book, block.area)
    check_cells(book, covered)
    known = results(book) if kind == "PASTE_VALUES" else {}
    target.merges[:] = [part for part in target.merges if _stays(area_of(part), block.area, covered)]
    follow(book, BlockMoved(block.area, target.id, top, left))
    block = _valued(lifted(block), known) if kind == "PASTE_VALUES" else lifted(block)
    source.cells.clear(block.top, block.left, block.top + block.height, block.left + block.width)
    for row, column, old, new in _changes(target, (top, left), block):
        target.cells.put(row, column, PASTES[kind](new, old))
    if source is not target:
        carry_parts(source, target)


def _stays(merge: Area, source: Area, covered: Area) -> bool:
    """Whether a merge is still one when a block is pasted: it moves with the block, or is not covered by it."""
    return source.holds(merge) or not covered.meets(merge)


def _valued(block: Block, known: Mapping[Place, Result]) -> Block:
    """The block with what formulas, spills and pivot tables came to in their places."""
    cells = {place: cell for place, cell in block.cells.items() if not isinstance(cell.entered, Formula)}
    for (sheet_id, row, column), result in known.items():
        place = row - block.top, column - block.left
        inside = 0 <= place[0] < block.height and 0 <= place[1] < block.width
        if sheet_id == block.sheet.id and inside and cells.get(place, EMPTY).entered is None:
            cells[place] = Cell(entered=result)
    return block._replace(cells=cells)


def turned_block(block: Block) -> Block:
    """Return the block with its rows as columns. Formulas read as copies to their new places do."""
    cells = {
        (across, down): shifted(cell, across - down, down - across) for (down, across), cell in block.cells.items()
    }
    return block._replace(height=block.width, width=block.height, cells=cells)


def _changes(target: Sheet, corner: tuple[int, int], block: Block) -> Iterator[tuple[int, int, Cell, Cell]]:
    """Yield row, column, the cell there and the cell pasted, of every place where there is either."""
    top, left = corner
    there = {
        (row - top, column - left): cell
        for row, column, cell in target.cells.cells(top, left, top + block.height, left + block.width)
    }
    for place, cell in there.items():
        if place not in block.cells:
            yield top + place[0], left + place[1], cell, EMPTY
    for place, cell in block.cells.items():
        yield top + place[0], left + place[1], there.get(place, EMPTY), cell


def _put_values(target: Sheet, corners: list[tuple[int, int]], block: Block, known: Mapping[Place, Result]) -> None:
    """Paste values by whole rows, which a swap of a million cells needs. The block may not be in its own way."""
    others: dict[int, dict[int, Result]] = {}
    for (sheet_id, row, column), result in known.items():
        if sheet_id == block.sheet.id:
            others.setdefault(row, {})[column] = result
    for down in range(block.height):
        row = block.top + down
        line = block.sheet.cells.line(row)
        for column, result in others.get(row, {}).items():
            if line.get(column) is None or isinstance(line[column], Formula):
                line[column] = result
        entered = (line.get(column) for column in range(block.left, block.left + block.width))
        values = ["" if value is None or isinstance(value, Formula) else value for value in entered]
        for top, left in corners:
            target.cells.enter_line(top + down, left, values)


def _put(target: Sheet, corner: tuple[int, int], block: Block, kind: str) -> None:
    paste, down, across = PASTES[kind], corner[0] - block.top, corner[1] - block.left
    for row, column, old, new in _changes(target, corner, block):
        if kind != "PASTE_VALUES":
            new = shifted(new, down, across)  # noqa: PLW2901 - the same cell, read from its new place
        target.cells.put(row, column, paste(new, old))


def shifted(cell: Cell, rows: int, columns: int) -> Cell:
    """Return a cell as a copy of it, so many rows down and columns to the right, reads."""

    def write(text: str) -> str:
        return copied(text, rows, columns)

    if isinstance(cell.entered, Formula):
        cell = cell._replace(entered=Formula(write(cell.entered.text)))
    if cell.validation is not None:
        cell = cell._replace(validation=formulas_within(cell.validation, write))
    return cell


def _refuse_outside(target: Sheet, covered: Area) -> None:
    if min(covered.top or 0, covered.left or 0) < 0:
        raise invalid("The destination is outside of the grid.")
    if (covered.bottom or 0) > target.row_count or (covered.right or 0) > target.column_count:
        raise invalid(
            f"Range ({target.title}) exceeds grid limits. Max rows: {target.row_count}, max columns: "
            f"{target.column_count}"
        )


def _refuse_across_merges(target: Sheet, covered: Area) -> None:
    for merge in map(area_of, target.merges):
        if covered.meets(merge) and not covered.holds(merge):
            raise invalid(ACROSS_A_MERGE)


def _copy_merges(target: Sheet, covered: Area, block: Block, corners: list[tuple[int, int]]) -> None:
    """The merges of what was copied take the place of those where it was pasted."""
    inside = [merge for merge in map(area_of, block.sheet.merges) if block.area.holds(merge)]
    target.merges[:] = [merge for merge in target.merges if not covered.meets(area_of(merge))]
    for row, column in corners:
        edit = BlockMoved(block.area, target.id, row, column)
        moved = (edit.area(merge) for merge in inside)
        target.merges += [grid_range(area) for area in moved if area is not None]
