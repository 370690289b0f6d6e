"""Spreadsheets made of CSV files, as Drive converts them."""

from __future__ import annotations

import csv
import io

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.defaults import COLUMNS, ROWS, sheet_properties
from connector.sandbox.google.entry import typed
from connector.sandbox.google.grid import EMPTY
from connector.sandbox.google.locales import ways_of


def import_csv(book: Book, text: str, title: str) -> Book:
    """Return a book (a draft) with a CSV file in the place of all of its sheets; its one sheet bears the title.

    Texts become what they would become if a person typed them, formulas and dates as well.
    """
    rows = list(csv.reader(io.StringIO(text, newline="")))
    width = max(map(len, rows), default=0)
    sheet = Sheet(sheet_properties(book.fresh_id(), title, max(ROWS, len(rows)), max(COLUMNS, width)))
    ways = ways_of(str(book.properties.get("locale") or "en_US"))
    for place, row in enumerate(rows):
        for column, value in enumerate(row):
            if value:
                sheet.cells.put(place, column, typed(EMPTY, value, ways))
    book.sheets, book.named_ranges, book.metadata = [sheet], [], []
    book.number_sheets()
    return book
