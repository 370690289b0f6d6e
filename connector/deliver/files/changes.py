"""Columns of a comparison: what they are called, and whether a change is good news."""

from __future__ import annotations

from typing import Literal

from connector.deliver.files.display import Figure
from connector.deliver.files.theme import BAD, GOOD, MUTED
from connector.deliver.files.words import Words
from connector.model.table import Table, TableColumn

Verdict = Literal["good", "bad", "even"]
COLOURS: dict[Verdict, str] = {"good": GOOD, "bad": BAD, "even": MUTED}


def verdict(change: Figure, direction: str) -> Verdict:
    """Judge a change: neither good nor bad when the metric has no direction or did not move."""
    if direction == "neutral" or change == 0:
        return "even"
    return "good" if (change > 0) == (direction == "up") else "bad"


def header(table: Table, column: TableColumn, words: Words) -> str:
    """Return the name of a column; a comparison or change named like its metric says which it is."""
    of = next((other for other in table.columns if other.id == column.of), None)
    if of is None or of.label != column.label or column.role not in ("comparison", "change"):
        return column.label
    return words["previous_of" if column.role == "comparison" else "change_of"].format(label=column.label)


def direction_of(table: Table, column: TableColumn) -> str:
    """Return the direction of a column; that of its metric when it belongs to one and has none itself."""
    if column.direction != "neutral" or not column.of:
        return column.direction
    return next((other.direction for other in table.columns if other.id == column.of), "neutral")
