"""``sheet query``: a question is placed at a cell; a tab that ends before it is made larger where Google allows it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from connector.actions.google_access import Google, find_google, open_google
from connector.actions.sheet_runs import cell_at
from connector.actions.sheets import QuestionRequest, SheetMeans, Written, place_question
from connector.deliver.sheets.google_api import spreadsheet_id
from connector.deliver.sheets.places import a1
from connector.errors import UserError, quote
from connector.store.store import Store

MOST_CELLS: Final = 10_000_000
BEYOND: Final = "exceeds grid limits"
"""Google's words for a place that a tab does not reach."""


def place_with_room(store: Store, request: QuestionRequest, means: SheetMeans, now: datetime) -> Written:
    """Place the answer to a question at a cell and remember it; rows and columns that lack before it are appended.

    Raises UserError where cells hold something, and where the spreadsheet would be larger than Google allows.
    """
    try:
        return place_question(store, request, means, now)
    except UserError as error:
        if BEYOND not in error.sentence:
            raise
    connection = find_google(store, request.workspace, request.connection)
    book = spreadsheet_id(request.spreadsheet)
    with (
        open_google(store, connection, means.allowed_hosts, means.clock) as google,
        store.writing_sheet(book, means.wait_seconds),
    ):
        _enlarge(google, book, request.place)
    return place_question(store, request, means, now)


def _enlarge(google: Google, book: str, place: str) -> None:
    """Append the rows and columns that a tab lacks up to a cell. Raises UserError where they are too many."""
    number, row, column = cell_at(google, book, place)
    fields = "sheets(properties(sheetId,title,gridProperties(rowCount,columnCount)))"
    tabs = [each["properties"] for each in google.sheets.get(book, fields=fields)["sheets"]]
    tab = next(each for each in tabs if each.get("sheetId", 0) == number)
    rows, columns = _size(tab)
    new_rows, new_columns = max(rows, row + 1), max(columns, column + 1)
    cells = sum(high * wide for high, wide in map(_size, tabs)) - rows * columns + new_rows * new_columns
    if cells > MOST_CELLS:
        raise UserError(
            f"The tab {quote(tab['title'])} ends at {a1(rows - 1, columns - 1)}. Made larger up to {a1(row, column)},"
            f" the spreadsheet would have {cells:,} cells, and Google allows {MOST_CELLS:,}.",
            place="--at",
            remedy="Choose a place further up or further left.",
        )
    lengths = (("ROWS", new_rows - rows), ("COLUMNS", new_columns - columns))
    changes = [
        {"appendDimension": {"sheetId": number, "dimension": dimension, "length": length}}
        for dimension, length in lengths
        if length
    ]
    if changes:
        google.sheets.change(book, {"requests": changes}, fields="spreadsheetId")


def _size(tab: dict[str, Any]) -> tuple[int, int]:
    """Return rows and columns of a tab; one that is a chart alone has none."""
    grid = tab.get("gridProperties", {})
    return grid.get("rowCount", 0), grid.get("columnCount", 0)
