"""The kinds of change that ``spreadsheets.batchUpdate`` knows."""

from __future__ import annotations

from collections.abc import Callable

from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book
from connector.sandbox.google.grid import Json

Change = Callable[[Book, Json], Json | None]
"""Changes a draft and returns the body of its reply; None where the reply is empty. Raises Refused (``invalid(...)``)
with Google's words without ``Invalid requests[0].kind: ``. That ends the batch, and the draft is forgotten."""

CHANGES: dict[str, Change] = {}
"""Kind of request (``updateCells``) to what does it. Modules register with :func:`change` when they are imported."""


def change(kind: str) -> Callable[[Change], Change]:
    """Register what does one kind of request."""

    def register(function: Change) -> Change:
        if kind in CHANGES:
            raise ValueError(f"the change {kind} is registered twice")
        CHANGES[kind] = function
        return function

    return register


Guard = Callable[[Book, Area], None]
"""Raises Refused where ``book.user`` may not write the cells of an area: protected ranges."""

GUARDS: list[Guard] = []


def guard(function: Guard) -> Guard:
    """Register what keeps cells from being written."""
    GUARDS.append(function)
    return function


def check_cells(book: Book, area: Area) -> None:
    """Ask every guard before cells are written. Raises Refused."""
    for function in GUARDS:
        function(book, area)
