"""Cells on a hidden sheet for charts whose figures are not a plain run of table cells."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Final

from xlsxwriter.workbook import Workbook

from connector.deliver.files.frames import Number
from connector.deliver.files.text import one_line
from connector.deliver.files.workbook_canvas import ExactWorksheet
from connector.deliver.files.workbook_formulas import number_cell
from connector.deliver.files.workbook_styles import NumberFormats, Styles
from connector.model.table import Unit

_LONGEST_LABEL: Final = 60

Reference = list[Any]
"""``[sheet, first row, first column, last row, last column]``, as XlsxWriter takes it."""


@dataclass(frozen=True, slots=True)
class DataColumn:
    """Figures of one series under its name; None leaves the cell empty."""

    name: str
    values: tuple[Number | None, ...]
    unit: Unit


@dataclass(frozen=True, slots=True)
class References:
    """Where a chart finds its categories, and for each series its figures and its name."""

    categories: Reference
    values: list[Reference]
    names: list[Reference]


@dataclass(slots=True)
class ChartData:
    """The hidden sheet ``name``: blocks of columns side by side, categories first."""

    name: str
    blocks: list[tuple[int, tuple[str, ...], list[DataColumn]]] = field(default_factory=list)
    width: int = 0

    def add(self, categories: tuple[str, ...], columns: list[DataColumn]) -> References:
        """Take the data of a chart in; return where they will stand."""
        left, last = self.width, len(categories)
        self.blocks.append((left, categories, columns))
        self.width += len(columns) + 2
        places = range(left + 1, left + 1 + len(columns))
        return References(
            [self.name, 1, left, last, left],
            [[self.name, 1, place, last, place] for place in places],
            [[self.name, 0, place] for place in places],
        )

    def write(self, book: Workbook, styles: Styles, formats: NumberFormats) -> None:
        """Write the hidden sheet, when anything stands on it."""
        if not self.blocks:
            return
        sheet = book.add_worksheet(self.name, ExactWorksheet)
        sheet.hide()
        for left, categories, columns in self.blocks:
            for row, label in enumerate(categories, 1):
                sheet.write_string(row, left, chart_label(label))
            for place, column in enumerate(columns, left + 1):
                style = styles.get(num_format=formats.unit(column.unit))
                sheet.write_string(0, place, chart_label(column.name))
                for row, value in enumerate(column.values, 1):
                    if value is not None:
                        sheet.write_number(row, place, number_cell(value, column.unit), style)


def chart_label(text: str) -> str:
    """Return a category as charts can hold it; words that read as no number (nan, inf) get a space."""
    flat = one_line(text, _LONGEST_LABEL)
    try:
        return flat if math.isfinite(float(flat)) else f"{flat} "
    except ValueError:
        return flat
