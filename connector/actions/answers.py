"""Answers as people and programs take them: text cells in the reader's language, CSV, JSON."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from connector.deliver.files.csv_file import csv_text
from connector.deliver.files.display import Display
from connector.deliver.files.json_file import json_text, table_answer
from connector.metrics.notes import TOTALS_UNFILTERED
from connector.metrics.rates import WITHOUT_RATE
from connector.model.query import Query
from connector.model.table import Freshness, Table, TableColumn
from connector.store.store import Store


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as text: heads, rows, the total row or nothing, which columns are numbers, and what must stand below."""

    heads: list[str]
    rows: list[list[str]]
    totals: list[str] | None
    right: frozenset[int]
    below: list[str]


def answer_csv(table: Table) -> str:
    """Return an answer as CSV: ids as heads, figures unformatted, dangerous first characters guarded."""
    return csv_text(table)


def untold_by_csv(table: Table) -> list[str]:
    """Return what CSV has no place for and nobody may miss: amounts that were left out for want of a rate."""
    return [note.text for note in table.notes if note.code == WITHOUT_RATE]


def answer_json(table: Table) -> str:
    """Return an answer as the JSON text of the command line and the query endpoint, figures unformatted."""
    return json_text(table_answer(table))


def shown_table(store: Store, workspace: str, question: Query, table: Table) -> ShownTable:
    """Return an answer formatted for a person: grouping, decimals and dates of his language."""
    with store.reader(store.workspace(workspace)) as reader:
        profile = reader.profile
    zone = question.time_zone or profile.time_zone
    display = Display(question.language, question.currency or profile.currency, zone)
    right = frozenset(place for place, column in enumerate(table.columns) if column.role != "dimension")

    def line(cells: tuple[object, ...]) -> list[str]:
        return [_cell(display, cell, column) for cell, column in zip(cells, table.columns, strict=True)]

    totals = None
    of_more_rows = any(note.code == TOTALS_UNFILTERED for note in table.notes)
    if table.totals is not None and (len(table.rows) > 1 or of_more_rows):
        totals = ["Σ", *line(table.totals)[1:]]
        totals = [text if place in right or place == 0 else "" for place, text in enumerate(totals)]
    below = [note.text for note in table.notes] + [_freshness(table.freshness, display, workspace)]
    return ShownTable(
        [_head(column) for column in table.columns], [line(row) for row in table.rows], totals, right, below
    )


def _cell(display: Display, cell: object, column: TableColumn) -> str:
    if column.role == "change" and (cell is None or isinstance(cell, int | float)):
        return display.change(cell)
    return display.cell(cell, column.unit, column.grain)  # type: ignore[arg-type]


def _head(column: TableColumn) -> str:
    if column.role == "comparison":
        return f"{column.label}, before"
    return f"{column.label}, change" if column.role == "change" else column.label


def _freshness(freshness: Freshness, display: Display, workspace: str) -> str:
    if not freshness.data_through:
        name = shlex.quote(workspace)
        return f"Nothing has been imported yet. Run, with -w {name}: import FILE, or sync for a connected system."
    through = display.instant(freshness.data_through)
    rejected = f"; {freshness.rows_rejected} rows could not be read" if freshness.rows_rejected else ""
    return f"Data through {through}{rejected}."
