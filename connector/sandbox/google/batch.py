"""``spreadsheets.batchUpdate``: all of the changes or none."""

from __future__ import annotations

from importlib import import_module

from connector.sandbox.google.book import MOST_CELLS, Book
from connector.sandbox.google.changes import CHANGES
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import Refused, invalid
from connector.sandbox.google.zeros import tidy

MOST_REQUESTS = 100_000
TOO_MANY_CELLS = (
    f"This action would increase the number of cells in the workbook above the limit of {MOST_CELLS} cells."
)
MODULES = ("cell_changes", "sheet_changes", "merging", "line_changes", "filtering", "text_changes")
STRUCTURE = (
    "structure", "pasting", "blocks", "sorting", "filling", "replacing", "sheet_copies", "metadata", "named_ranges",
    "protection", "dimension_groups", "rules", "filter_views", "charts", "tables",
)  # fmt: skip
"""Modules whose import registers kinds of change."""


def apply(draft: Book, requests: list[Json]) -> list[Json]:
    """Make the changes in a draft, one after another, and return their replies. Raises Refused at the first bad one."""
    _register()
    if not requests:
        raise invalid("Must specify at least one request.")
    if len(requests) > MOST_REQUESTS:
        raise invalid(f"Cannot exceed {MOST_REQUESTS} requests in a single batch.")
    replies = []
    cells = draft.count_cells()
    for number, request in enumerate(requests):
        kind = _kind(request, number)
        try:
            reply = CHANGES[kind](draft, request[kind])
            draft.results = None
            before, cells = cells, draft.count_cells()
            if cells > MOST_CELLS and cells > before:
                raise invalid(TOO_MANY_CELLS)
        except Refused as refused:
            words = f"Invalid requests[{number}].{kind}: {refused.message}"
            raise Refused(refused.status, refused.code, words, refused.details) from None
        replies.append({} if reply is None else {kind: tidy(reply)})
    draft.number_sheets()
    return replies


def check_size(draft: Book) -> None:
    """Raise Refused for a book with more cells than Google allows."""
    if draft.count_cells() > MOST_CELLS:
        raise invalid(TOO_MANY_CELLS)


def _register() -> None:
    for name in (*MODULES, *STRUCTURE):
        import_module(f"connector.sandbox.google.{name}")


def _kind(request: Json, number: int) -> str:
    """Return which kind of change a request is. Raises Refused unless it is exactly one that is built here."""
    kinds = list(request)
    if not kinds:
        raise invalid(f"Invalid requests[{number}]: No request set.")
    if len(kinds) > 1:
        words = f"oneof field 'kind' is already set. Cannot set '{kinds[1]}'"
        raise invalid(f"Invalid value at 'requests[{number}]' (oneof), {words}")
    if kinds[0] not in CHANGES:
        raise invalid(f"Invalid requests[{number}].{kinds[0]}: the sandbox has no such change.")
    return kinds[0]
