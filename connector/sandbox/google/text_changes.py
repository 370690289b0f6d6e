"""Changes that read text: pasteData and textToColumns; and randomizeRange."""

from __future__ import annotations

import csv
import io

from connector.sandbox.google.a1 import Rect, rect_of
from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.entry import typed
from connector.sandbox.google.grid import EMPTY, Json
from connector.sandbox.google.locales import ways_of
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import length, set_length

DELIMITERS = {"COMMA": ",", "SEMICOLON": ";", "PERIOD": ".", "SPACE": " "}


@change("pasteData")
def paste_data(book: Book, request: Json) -> None:
    """Put delimited text from a corner on, as if a person pasted it; the grid grows where it has to."""
    start = request.get("coordinate", {})
    sheet = book.sheet(start.get("sheetId"))
    if request.get("html"):
        raise invalid("The sandbox does not paste HTML.")
    delimiter = request.get("delimiter")
    if not delimiter or len(delimiter) != 1:
        raise invalid("A delimiter of one character is required.")
    lines = list(csv.reader(io.StringIO(request.get("data", "")), delimiter=delimiter))
    _put(book, sheet, start.get("rowIndex", 0), start.get("columnIndex", 0), lines)


def _put(book: Book, sheet: Sheet, top: int, left: int, lines: list[list[str]]) -> None:
    width = max(map(len, lines), default=0)
    check_cells(book, Area(sheet.id, top, top + len(lines), left, left + width))
    set_length(book, sheet, "ROWS", max(length(sheet, "ROWS"), top + len(lines)))
    set_length(book, sheet, "COLUMNS", max(length(sheet, "COLUMNS"), left + width))
    ways = ways_of(book.properties.get("locale", "en_US"))
    for row, line in enumerate(lines, top):
        for column, text in enumerate(line, left):
            sheet.cells.put(row, column, typed(sheet.cells.get(row, column), text, ways))


@change("textToColumns")
def text_to_columns(book: Book, request: Json) -> None:
    """Split the texts of one column at a delimiter, over the columns to its right."""
    sheet, rect = rect_of(book, request.get("source") or {})
    if rect.right - rect.left != 1:
        raise invalid("The source must be one column wide.")
    kind = request.get("delimiterType", "AUTODETECT")
    delimiter = request.get("delimiter", "") if kind == "CUSTOM" else DELIMITERS.get(kind, "")
    for row in range(rect.top, rect.bottom):
        text = sheet.cells.value(row, rect.left)
        if isinstance(text, str):
            _put(book, sheet, row, rect.left, [text.split(delimiter or _detected(text))])


def _detected(text: str) -> str:
    return next((mark for mark in DELIMITERS.values() if mark in text), ",")


@change("randomizeRange")
def randomize_range(book: Book, request: Json) -> None:
    """Put the rows of a range into a random order."""
    sheet, rect = rect_of(book, request.get("range") or {})
    check_cells(book, Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right))
    order = list(range(rect.top, rect.bottom))
    book.fresh.shuffle(order)
    _reorder(sheet, rect, order)


def _reorder(sheet: Sheet, rect: Rect, order: list[int]) -> None:
    held = {(row, column): cell for row, column, cell in sheet.cells.cells(*rect)}
    for row, source in enumerate(order, rect.top):
        for column in range(rect.left, rect.right):
            sheet.cells.put(row, column, held.get((source, column), EMPTY))
