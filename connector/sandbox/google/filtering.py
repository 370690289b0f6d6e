"""The basic filter of a sheet."""

from __future__ import annotations

from connector.sandbox.google.a1 import grid_range, rect_of
from connector.sandbox.google.book import Book
from connector.sandbox.google.changes import change
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid


@change("setBasicFilter")
def set_basic_filter(book: Book, request: Json) -> None:
    """Set the filter of a sheet; a range without ends covers the grid."""
    given = request.get("filter") or {}
    if "range" not in given:
        raise invalid("filter.range is required.")
    sheet, rect = rect_of(book, given["range"])
    sheet.basic_filter = {**given, "range": grid_range(sheet, rect)}


@change("clearBasicFilter")
def clear_basic_filter(book: Book, request: Json) -> None:
    """Take the filter away."""
    book.sheet(request.get("sheetId")).basic_filter = None
