"""Cells of a report as a spreadsheet holds them: exact numbers, dates as serial numbers, text that stays text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from connector.deliver.files.display import Display, Figure, finite
from connector.deliver.files.text import clip, readable, web_address
from connector.deliver.sheets.layout import Kind, Scalar
from connector.deliver.sheets.number_formats import NAMED_GRAINS
from connector.model.table import Cell, TableColumn, Unit

LONGEST_TEXT: Final = 50_000
"""Characters that a cell of Google Sheets holds; counted in UTF-16 units, which is the stricter reading."""
MOST_DIGITS: Final = 10**15
"""A whole number of more digits is an id: as a number it would lose its last ones."""
NUMERIC: Final[frozenset[Unit]] = frozenset(
    {"money", "count", "percent", "ratio", "number", "days", "hours", "duration_s", "score", "index", "area", "by_goal"}
)
SECONDS_A_DAY: Final = 86_400
_FIRST_DAY: Final = date(1899, 12, 30)
_EARLIEST: Final = date(1900, 3, 1)
"""Days before it have no serial number that all spreadsheet programs agree on; they are texts."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(slots=True)
class Scalars:
    """Turns the cells of one report into what a spreadsheet holds; ``cut`` counts the texts that were too long."""

    display: Display
    cut: int = 0

    def cell(self, cell: Cell, column: TableColumn) -> Scalar:
        """Return a cell of a table. No value, NaN and infinity are empty (rule E1); a dimension says that it has none.

        A duration of seconds becomes days, so that ``[h]:mm:ss`` can show it.
        """
        if isinstance(cell, bool):
            return cell
        if isinstance(cell, str):
            return self.text(cell)
        if isinstance(cell, date):
            return self._moment(cell, column)
        if cell is None:
            return self.display.words["not_set"] if column.role == "dimension" and column.unit == "text" else None
        number = finite(cell)
        return None if number is None else self.number(number, column.unit)

    def number(self, value: Figure, unit: Unit) -> Scalar:
        """Return a figure as the number that it is; an id of more than 15 digits as text."""
        if unit in ("text", "date", "instant", "period", "boolean") and not -MOST_DIGITS < value < MOST_DIGITS:
            return str(value)
        number = float(value) if isinstance(value, Decimal) else value
        if unit == "duration_s":
            return number / SECONDS_A_DAY
        return float(number) if isinstance(number, int) and not -MOST_DIGITS < number < MOST_DIGITS else number

    def text(self, text: str) -> str:
        """Return text that a cell can hold, whatever it begins with."""
        plain = _CONTROL.sub(" ", readable(text))
        kept = clip(plain, LONGEST_TEXT)
        self.cut += kept is not plain
        return kept

    def address(self, text: str) -> str:
        """Return the address of a record, empty for what is no http or https address."""
        return web_address(text) or ""

    def _moment(self, cell: date, column: TableColumn) -> Scalar:
        day = cell.date() if isinstance(cell, datetime) else cell
        if day < _EARLIEST or (column.grain in NAMED_GRAINS and not isinstance(cell, datetime)):
            return self.display.cell(cell, column.unit, column.grain)
        return serial(self.display.local(cell) if isinstance(cell, datetime) else cell)


def serial(moment: date) -> int | float:
    """Return the serial number of a day or of a wall-clock moment: days since 1899-12-30."""
    if not isinstance(moment, datetime):
        return (moment - _FIRST_DAY).days
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return (moment.date() - _FIRST_DAY).days + seconds / SECONDS_A_DAY


def kind_of(column: TableColumn) -> Kind:
    """Return what the cells of a table's column are."""
    if column.unit in NUMERIC:
        return "number"
    if column.unit == "boolean":
        return "boolean"
    dated = column.unit in ("date", "instant", "period") and column.grain not in NAMED_GRAINS
    return "date" if dated else "text"
