"""Spreadsheets for the tests of the sandbox: made in memory, changed as ``spreadsheets.batchUpdate`` changes them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connector.sandbox.google import batch
from connector.sandbox.google.book import Book
from connector.sandbox.google.calculation import results
from connector.sandbox.google.defaults import new_book
from connector.sandbox.google.grid import Entered, Formula, Result
from connector.sandbox.google.refusals import Refused

Json = dict[str, Any]
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OWNER, OTHER = "owner@example.com", "other@example.com"


def book_of(*rows: list[Any], **others: list[list[Any]]) -> Book:
    """Return a book whose first sheet ``Sheet1`` (id 0) has these rows; further sheets by their titles (ids 1, 2, ...).
    Texts that begin with ``=`` are formulas."""
    book = new_book("b" * 44, "Test", OWNER, NOW)
    for number, title in enumerate(others, 1):
        change(book, {"addSheet": {"properties": {"sheetId": number, "title": title}}})
    for sheet, lines in zip(book.sheets, [list(rows), *others.values()], strict=True):
        for row, line in enumerate(lines):
            for column, value in enumerate(line):
                sheet.cells.enter(row, column, entered(value))
    return book


def entered(value: Any) -> Entered:
    return Formula(value) if isinstance(value, str) and value.startswith("=") else value


def change(book: Book, *requests: Json, user: str = OWNER) -> list[Json]:
    """Make changes in the book itself and return the replies."""
    book.user = user
    book.results = None
    return batch.apply(book, list(requests))


def refused(book: Book, request: Json, user: str = OWNER) -> str:
    """Return the words of a refusal, without the place of the request before them."""
    with pytest.raises(Refused) as caught:
        change(book, request, user=user)
    assert caught.value.status == 400
    return caught.value.message.partition(": ")[2]


def grid(top: int, left: int, bottom: int, right: int, sheet: int = 0) -> Json:
    """Return a GridRange."""
    return {
        "sheetId": sheet,
        "startRowIndex": top,
        "endRowIndex": bottom,
        "startColumnIndex": left,
        "endColumnIndex": right,
    }


def lines(dimension: str, start: int, end: int, sheet: int = 0) -> Json:
    """Return a DimensionRange."""
    return {"sheetId": sheet, "dimension": dimension, "startIndex": start, "endIndex": end}


def held(book: Book, sheet: int = 0) -> list[list[Any]]:
    """Return what was entered, by rows, as wide and long as it goes; formulas as text."""
    cells = {(row, column): cell.entered for row, column, cell in book.sheet(sheet).cells.cells()}
    filled = {place: value for place, value in cells.items() if value is not None}
    height = max((row for row, _ in filled), default=-1) + 1
    width = max((column for _, column in filled), default=-1) + 1
    shown = [[filled.get((row, column)) for column in range(width)] for row in range(height)]
    return [[value.text if isinstance(value, Formula) else value for value in line] for line in shown]


def come_to(book: Book, row: int, column: int, sheet: int = 0) -> Result:
    """Return what a formula comes to."""
    return results(book)[sheet, row, column]
