"""What a cell may hold: values as they were entered, what they come to, and all that is fastened to a cell."""

from __future__ import annotations

from typing import Any, NamedTuple

Json = dict[str, Any]


class Formula(NamedTuple):
    """A formula as it was entered, with its equals sign."""

    text: str


class Error(NamedTuple):
    """An error in a cell: Google's ErrorType (``REF``, ``NAME``, ``DIVIDE_BY_ZERO``, ...) and what it says."""

    type: str
    message: str = ""


Scalar = str | int | float | bool
Entered = Scalar | Formula | Error | None
"""What was put into a cell (userEnteredValue). Dates are serial numbers."""
Result = Scalar | Error | None
"""What a cell shows (effectiveValue)."""


class Cell(NamedTuple):
    """One cell. Never changed in place: use ``_replace``; the dicts inside are shared and never changed either."""

    entered: Entered = None
    format: Json | None = None
    """userEnteredFormat."""
    note: str = ""
    validation: Json | None = None
    """dataValidation."""
    runs: list[Json] | None = None
    """textFormatRuns."""
    pivot: Json | None = None
    """pivotTable."""
    chips: list[Json] | None = None
    """chipRuns."""


EMPTY = Cell()
Stored = Cell | Scalar | Formula | Error
Line = dict[int, Stored]


def packed(cell: Cell) -> Stored | None:
    """Return what a grid keeps of a cell: one that has nothing but its value is kept as the value alone."""
    if cell[1:] == EMPTY[1:]:
        return cell.entered
    return cell


def unpacked(stored: Stored | None) -> Cell:
    """Return as a cell what a grid keeps of it."""
    return stored if type(stored) is Cell else Cell(stored)  # type: ignore[arg-type]


def entered_of(stored: Stored | None) -> Entered:
    """Return what was entered in a cell that a grid keeps."""
    return stored.entered if type(stored) is Cell else stored  # type: ignore[return-value]
