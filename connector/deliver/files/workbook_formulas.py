"""Formulas of a workbook: totals, changes and shares that a reader can follow and go on working with.

Each is written with the evaluated figure, and only where it gives that figure from the cells it names: a total that is
not the sum of the rows shown (rows cut off, deals in several groups, ratios) stays a plain figure. A formula names
cells of its own sheet and nothing else; no text of a customer can enter one. IF, AND, ISNUMBER, ABS and SUM mean the
same in Sheets, Excel, LibreOffice and IronCalc. Without a figure to divide by it shows the dash, never an error cell
(rule E1).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from xlsxwriter.utility import xl_range, xl_rowcol_to_cell

from connector.deliver.files.display import DASH, Figure, finite
from connector.model.table import Cell, Table, TableColumn, Unit

NUMERIC: Final[frozenset[Unit]] = frozenset(
    {"money", "count", "percent", "ratio", "number", "days", "hours", "duration_s", "score", "index", "area", "by_goal"}
)
LARGEST_GAP: Final = 0.005
"""A sum further from the total than half a cent is another figure."""
Recipe = Callable[[int], str]
"""Gives the formula of a cell from the row it stands in."""


def number_cell(value: Figure, unit: Unit) -> int | float:
    """Return a figure as a cell holds it: a duration of seconds becomes days, a Decimal a float."""
    number = float(value) if isinstance(value, Decimal) else value
    return number / 86400 if unit == "duration_s" else number


def change_formula(now: str, before: str) -> str:
    """Return the formula of the change from the cell ``before`` to the cell ``now``."""
    return (
        f'=IF(AND(ISNUMBER({now}),ISNUMBER({before})),IF({before}=0,"{DASH}",({now}-{before})/ABS({before})),"{DASH}")'
    )


def share_formula(part: str, whole: str) -> str:
    """Return the formula of the fraction that the cell ``part`` is of the cell ``whole``."""
    return f'=IF(AND(ISNUMBER({part}),ISNUMBER({whole})),IF({whole}=0,"{DASH}",{part}/{whole}),"{DASH}")'


def change_of(now: float | None, before: float | None) -> float | None:
    """Return what :func:`change_formula` gives; None for the dash."""
    return None if now is None or not before else (now - before) / abs(before)


def share_of(part: float | None, whole: float | None) -> float | None:
    """Return what :func:`share_formula` gives; None for the dash."""
    return None if part is None or not whole else part / whole


def agree(computed: float | None, written: Cell) -> bool:
    """Whether a formula gives the evaluated figure; two dashes agree."""
    figure = finite(written)
    if computed is None or figure is None:
        return computed is None and figure is None
    return math.isclose(computed, float(figure), rel_tol=1e-9, abs_tol=1e-12)


class TableFormulas:
    """The formulas of one table whose rows begin in row ``first`` of the sheet, its totals right below them."""

    def __init__(self, table: Table, first: int) -> None:
        self._table = table
        self._first = first
        self._below = first + len(table.rows)
        self._places = {column.id: place for place, column in enumerate(table.columns)}
        self._rows: dict[int, Recipe] = {}
        self._totals: dict[int, str] = {}
        for place, column in enumerate(table.columns):
            if column.role == "change":
                self._change(place, column)
            elif column.share_of:
                self._share(place, column)
            elif column.adds:
                self._sum(place)

    def cell(self, row: int, place: int) -> str:
        """Return the formula of a cell in a row of the sheet; empty where it holds its figure only."""
        recipe = self._rows.get(place)
        return recipe(row) if recipe is not None else ""

    def total(self, place: int) -> str:
        """Return the formula of a cell of the total row; empty where it holds its figure only."""
        return self._totals.get(place, "")

    def _change(self, place: int, column: TableColumn) -> None:
        now = self._places.get(column.of)
        before = next((at for at, each in enumerate(self._table.columns) if _compared(each, column.of)), None)
        if now is None or before is None or self._table.columns[now].unit not in NUMERIC:
            return

        def recipe(row: int) -> str:
            return change_formula(xl_rowcol_to_cell(row, now), xl_rowcol_to_cell(row, before))

        if all(agree(change_of(self._at(row, now), self._at(row, before)), row[place]) for row in self._table.rows):
            self._rows[place] = recipe
        totals = self._table.totals
        if totals is not None and agree(change_of(self._at(totals, now), self._at(totals, before)), totals[place]):
            self._totals[place] = recipe(self._below)

    def _share(self, place: int, column: TableColumn) -> None:
        part, totals = self._places.get(column.share_of), self._table.totals
        if part is None or totals is None or self._table.columns[part].unit not in NUMERIC:
            return
        whole = self._at(totals, part)

        def recipe(row: int) -> str:
            return share_formula(xl_rowcol_to_cell(row, part), xl_rowcol_to_cell(self._below, part, row_abs=True))

        if all(agree(share_of(self._at(row, part), whole), row[place]) for row in self._table.rows):
            self._rows[place] = recipe
        if agree(share_of(whole, whole), totals[place]):
            self._totals[place] = recipe(self._below)

    def _sum(self, place: int) -> None:
        total = None if self._table.totals is None else self._at(self._table.totals, place)
        if total is None or not self._table.rows:
            return
        shown = sum(number for row in self._table.rows if (number := self._at(row, place)) is not None)
        if abs(shown - total) <= LARGEST_GAP and math.isclose(shown, total, rel_tol=1e-9, abs_tol=1e-9):
            self._totals[place] = f"=SUM({xl_range(self._first, place, self._below - 1, place)})"

    def _at(self, row: tuple[Cell, ...], place: int) -> float | None:
        """A figure as its cell holds it; None where the cell holds a dash or words."""
        figure = finite(row[place])
        return None if figure is None else float(number_cell(figure, self._table.columns[place].unit))


def _compared(column: TableColumn, metric: str) -> bool:
    return column.role == "comparison" and column.of == metric
