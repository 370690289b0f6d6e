"""What formulas come to. IronCalc computes, and only computes: cells, and what points at them, are kept here.

It knows most functions that Google's Sheets shares with workbooks. Of Google's own (QUERY, IMPORTRANGE, GOOGLEFINANCE,
SPARKLINE, REGEXMATCH, SPLIT, ...) it says ``#NAME?``; :data:`ONLY_GOOGLE` lists them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from connector.sandbox.google.areas import Area, area_of
from connector.sandbox.google.book import Book, Place, Sheet
from connector.sandbox.google.following import titles_of
from connector.sandbox.google.formulas import areas
from connector.sandbox.google.grid import Error, Formula, Result
from connector.sandbox.google.pivots import pivot_results
from connector.sandbox.google.portable_formulas import (
    MOST_COLUMNS,
    MOST_ROWS,
    SPILLING,
    Surroundings,
    plain_name,
    portable,
)
from connector.sandbox.google.references import Reference, tokens

if TYPE_CHECKING:
    from ironcalc import Model

ONLY_GOOGLE = (
    "ARRAY_CONSTRAIN", "COUNTUNIQUE", "COUNTUNIQUEIFS", "DETECTLANGUAGE", "FLATTEN", "GOOGLEFINANCE", "GOOGLETRANSLATE",
    "IMAGE", "IMPORTDATA", "IMPORTFEED", "IMPORTHTML", "IMPORTRANGE", "IMPORTXML", "JOIN", "QUERY", "REGEXMATCH",
    "SORTN", "SPARKLINE", "SPLIT", "TO_DATE", "TO_DOLLARS", "TO_PERCENT",
    "TO_PURE_NUMBER", "TO_TEXT",
)  # fmt: skip
"""Functions of Google's that come to ``#NAME?`` here."""
ERRORS = {
    "#DIV/0!": Error("DIVIDE_BY_ZERO", "Function DIVIDE parameter 2 cannot be zero."),
    "#N/A": Error("N_A", "Did not find value in evaluation."),
    "#NAME?": Error("NAME", "Unknown function or range name."),
    "#NULL!": Error("NULL_VALUE"),
    "#NUM!": Error("NUM", "The number is out of range."),
    "#REF!": Error("REF", "Reference does not exist"),
    "#VALUE!": Error("VALUE", "A parameter has a value of the wrong type."),
    "#ERROR!": Error("ERROR", "Formula parse error."),
    "#CIRC!": Error("REF", "Circular dependency detected. To resolve with iterative calculation, see File > Settings."),
    "#SPILL!": Error("REF", "Array result was not expanded because it would overwrite data."),
    "#CALC!": Error("N_A", "No matches are found in FILTER evaluation."),
}
WRITTEN = {
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "N_A": "#N/A",
    "NAME": "#NAME?",
    "NULL_VALUE": "#NULL!",
    "NUM": "#NUM!",
    "REF": "#REF!",
    "VALUE": "#VALUE!",
}
INDIRECT = re.compile(r"(?i)\b(indirect|offset)\(")
DAY_ZERO = datetime(1899, 12, 30, tzinfo=UTC)
Results = dict[Place, Result]


def calculate(book: Book) -> Mapping[Place, Result]:
    """Return what the formulas and pivot tables of a book come to, by place; kept in the book. Only for a book whose
    changes are over; within a batch see :func:`results`."""
    if book.results is None:
        book.results = results(book)
    return book.results


def results(book: Book) -> Results:
    """Return what the formulas and pivot tables of a book come to just now. A formula that fills other cells (a spill)
    and a pivot table have an entry for each cell they fill."""
    computed = _formula_results(book, {}) if any(sheet.cells.formulas for sheet in book.sheets) else {}
    pivots = pivot_results(book, computed)
    if pivots and computed:
        computed = _formula_results(book, pivots)
    return computed | pivots


def _formula_results(book: Book, pivots: Results) -> Results:
    import ironcalc  # noqa: PLC0415 - an engine, only for books with formulas

    model = ironcalc.create("book", "en", "UTC")
    numbers = _sheets(model, book)
    around = _surroundings(book)
    for sheet, area in _needed(book, around):
        _fill(model, numbers[sheet.id], _plain_cells(sheet, area))
    _fill_pivots(model, numbers, pivots)
    spilling = _enter_formulas(model, book, numbers, around)
    model.evaluate()
    found: Results = {}
    for sheet in book.sheets:
        for row, column in sheet.cells.formulas:
            found[sheet.id, row, column] = _result(model, numbers[sheet.id], row, column)
            if found[sheet.id, row, column] == 0 and _points_at_nothing(sheet, row, column, book, around):
                found[sheet.id, row, column] = None
    if spilling:
        found.update(_spilled(model, book, numbers))
    return found


def _sheets(model: Model, book: Book) -> dict[int, int]:
    """The engine's sheets under plain names: Google's titles may be longer and hold what the engine refuses."""
    for number, sheet in enumerate(book.sheets):
        if number:
            model.add_sheet(plain_name(sheet.id))
        else:
            model.rename_sheet(0, plain_name(sheet.id))
    return {sheet.id: number for number, sheet in enumerate(book.sheets)}


def _surroundings(book: Book) -> Surroundings:
    named = {
        str(part["name"]).casefold(): area_of(part["range"]) if "range" in part else None for part in book.named_ranges
    }
    sizes = {sheet.id: (sheet.row_count, sheet.column_count) for sheet in book.sheets}
    now = None if book.now is None else (book.now - DAY_ZERO).total_seconds() / 86_400
    return Surroundings(titles_of(book), sizes, named, now)


def _needed(book: Book, around: Surroundings) -> Iterator[tuple[Sheet, Area]]:
    """The part of each sheet that formulas point at: a book of a million figures has seldom formulas over all."""
    boxes: dict[int, list[int]] = {}
    for sheet in book.sheets:
        for row, column in sheet.cells.formulas:
            text = _formula(sheet, row, column)
            if INDIRECT.search(text):
                yield from ((every, Area(every.id)) for every in book.sheets)
                return
            pointed = areas(text, sheet.id, around.titles)
            pointed += [area for name, area in around.named.items() if area is not None and name in text.casefold()]
            if SPILLING.search(text):  # what stands where it would spill is in its way
                pointed.append(Area(sheet.id, row, None, column, None))
            for area in pointed:
                if area.sheet_id in around.sizes:
                    _widen(boxes, area, around.sizes[area.sheet_id])
    for sheet in book.sheets:
        if sheet.id in boxes:
            top, left, bottom, right = boxes[sheet.id]
            yield sheet, Area(sheet.id, top, bottom, left, right)


def _widen(boxes: dict[int, list[int]], area: Area, size: tuple[int, int]) -> None:
    top, left, bottom, right = area.closed(*size)
    box = boxes.setdefault(area.sheet_id, [top, left, bottom, right])
    box[:] = [min(box[0], top), min(box[1], left), max(box[2], bottom), max(box[3], right)]


def _plain_cells(sheet: Sheet, area: Area) -> Iterator[tuple[int, int, Result]]:
    top, left, bottom, right = area.closed(MOST_ROWS, MOST_COLUMNS)
    for row in sheet.cells.rows(top, bottom):
        for column, entered in sheet.cells.line(row).items():
            if left <= column < right and entered is not None and not isinstance(entered, Formula):
                yield row, column, entered


def _fill(model: Model, number: int, cells: Iterator[tuple[int, int, Result]]) -> None:
    for row, column, value in cells:
        if isinstance(value, bool):
            model.update_cell_with_bool(number, row + 1, column + 1, value)
        elif isinstance(value, int | float):
            model.update_cell_with_number(number, row + 1, column + 1, float(value))
        elif isinstance(value, str):
            model.update_cell_with_text(number, row + 1, column + 1, value)
        elif isinstance(value, Error):
            written = WRITTEN.get(value.type, "#VALUE!")
            model.update_cell_with_formula(number, row + 1, column + 1, f"={written}")


def _fill_pivots(model: Model, numbers: dict[int, int], pivots: Results) -> None:
    for (sheet_id, row, column), value in pivots.items():
        _fill(model, numbers[sheet_id], iter([(row, column, value)]))


def _enter_formulas(model: Model, book: Book, numbers: dict[int, int], around: Surroundings) -> bool:
    """Give the engine every formula; say whether one of them may fill other cells."""
    spilling = False
    for sheet in book.sheets:
        for row, column in sheet.cells.formulas:
            if row >= MOST_ROWS or column >= MOST_COLUMNS:
                continue
            text = _formula(sheet, row, column)
            spilling = spilling or SPILLING.search(text) is not None
            engine_text = portable(text, sheet.id, around)
            if len(engine_text) < 2:
                engine_text = "=)"
            model.update_cell_with_formula(numbers[sheet.id], row + 1, column + 1, engine_text)
    return spilling


def _result(model: Model, number: int, row: int, column: int) -> Result:
    if row >= MOST_ROWS or column >= MOST_COLUMNS:
        return ERRORS["#REF!"]
    from ironcalc import CellType  # noqa: PLC0415 - an engine, only for books with formulas

    value = model.get_cell_value(number, row + 1, column + 1)
    if isinstance(value, str) and model.get_cell_type(number, row + 1, column + 1) == CellType.ErrorValue:
        return ERRORS.get(value, ERRORS["#VALUE!"])
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    return value


def _points_at_nothing(sheet: Sheet, row: int, column: int, book: Book, around: Surroundings) -> bool:
    """Whether a formula is no more than a reference to one empty cell: it then shows nothing, not 0."""
    pieces = tokens(_formula(sheet, row, column))
    if len(pieces) != 2 or pieces[0] != "=" or not isinstance(pieces[1], Reference) or pieces[1].end is not None:
        return False
    pointed = areas(_formula(sheet, row, column), sheet.id, around.titles)
    if not pointed:
        return False
    target = book.sheet(pointed[0].sheet_id)
    return target.cells.value(pointed[0].top or 0, pointed[0].left or 0) is None


def _spilled(model: Model, book: Book, numbers: dict[int, int]) -> Results:
    """Cells that show what a formula elsewhere filled in."""
    sheets = {number: book.sheet(sheet_id) for sheet_id, number in numbers.items()}
    found: Results = {}
    for number, row, column in model.get_all_cells():
        sheet = sheets[number]
        if sheet.cells.value(row - 1, column - 1) is None and row <= sheet.row_count and column <= sheet.column_count:
            value = _result(model, number, row - 1, column - 1)
            if value is not None:
                found[sheet.id, row - 1, column - 1] = value
    return found


def _formula(sheet: Sheet, row: int, column: int) -> str:
    entered = sheet.cells.value(row, column)
    assert isinstance(entered, Formula)
    return entered.text
