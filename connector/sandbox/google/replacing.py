"""Text found and replaced, blanks trimmed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import cell_area
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.grid import Cell, Entered, Formula, Json
from connector.sandbox.google.refusals import invalid

BLANKS = re.compile(r"\s+")


@change("findReplace")
def find_replace(book: Book, request: Json) -> Json:
    """Replace text in values and, where asked, in formulas."""
    pattern, replacement = _pattern(request), str(request.get("replacement") or "")
    if not request.get("searchByRegex"):
        replacement = replacement.replace("\\", r"\\")
    else:
        replacement = re.sub(r"\$(\d)", r"\\\1", replacement)
    values = formulas = occurrences = 0
    rows, sheets = set(), set()
    for sheet, row, column, cell in list(_searched(book, request)):
        text = _text(cell.entered, bool(request.get("includeFormulas")))
        if text is None:
            continue
        changed, count = pattern.subn(replacement, text)
        if not count:
            continue
        check_cells(book, cell_area(sheet.id, row, column))
        formula = isinstance(cell.entered, Formula)
        sheet.cells.enter(row, column, _entered(changed, cell.entered))
        values, formulas, occurrences = values + (not formula), formulas + formula, occurrences + count
        rows.add((sheet.id, row))
        sheets.add(sheet.id)
    counts = {
        "valuesChanged": values,
        "formulasChanged": formulas,
        "rowsChanged": len(rows),
        "sheetsChanged": len(sheets),
        "occurrencesChanged": occurrences,
    }
    return {name: count for name, count in counts.items() if count}


@change("trimWhitespace")
def trim_whitespace(book: Book, request: Json) -> Json:
    """Remove blanks before and after texts, and all but one within."""
    sheet, (top, left, bottom, right) = rect_of(book, request.get("range", {}))
    changed = 0
    for row, column, cell in list(sheet.cells.cells(top, left, bottom, right)):
        if isinstance(cell.entered, str) and (text := BLANKS.sub(" ", cell.entered).strip()) != cell.entered:
            check_cells(book, cell_area(sheet.id, row, column))
            sheet.cells.enter(row, column, text or None)
            changed += 1
    return {"cellsChangedCount": changed} if changed else {}


def _pattern(request: Json) -> re.Pattern[str]:
    find = str(request.get("find") or "")
    if not find:
        raise invalid("find must not be empty.")
    text = find if request.get("searchByRegex") else re.escape(find)
    if request.get("matchEntireCell"):
        text = rf"\A(?:{text})\Z"
    try:
        return re.compile(text, 0 if request.get("matchCase") else re.IGNORECASE)
    except re.error as failure:
        raise invalid("Invalid regular expression.") from failure


def _searched(book: Book, request: Json) -> Iterator[tuple[Sheet, int, int, Cell]]:
    if request.get("allSheets"):
        for sheet in book.sheets:
            yield from ((sheet, *found) for found in sheet.cells.cells())
        return
    sheet, (top, left, bottom, right) = rect_of(book, request.get("range") or {"sheetId": request.get("sheetId")})
    yield from ((sheet, *found) for found in sheet.cells.cells(top, left, bottom, right))


def _text(entered: Entered, formulas: bool) -> str | None:
    """What is searched of a cell."""
    if isinstance(entered, Formula):
        return entered.text if formulas else None
    if isinstance(entered, bool) or entered is None or isinstance(entered, tuple):
        return None
    return str(entered)


def _entered(text: str, before: Entered) -> Entered:
    """What the changed text is: what was a number stays one where it still reads as one."""
    if isinstance(before, Formula):
        return Formula(text) if text.startswith("=") else text
    if isinstance(before, int | float):
        number: Callable[[str], float] = int if text.lstrip("-").isdigit() else float
        try:
            return number(text)
        except ValueError:
            return text or None
    return text or None
