"""The demo exports, written once, and read with Python's own readers under their stated dialects."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from connector.sandbox.exports import LAYOUTS, WORKBOOK, write_changed_exports, write_exports

TODAY = date(2026, 11, 21)
Row = dict[str, str]


@dataclass(frozen=True)
class Exports:
    """One set of files."""

    directory: Path

    def lists(self, file: str) -> list[list[str]]:
        """Cells of a text file, header first."""
        layout = next(layout for layout in LAYOUTS if layout.file == file)
        text = (self.directory / file).read_bytes().decode(layout.dialect.encoding)
        text = text.removeprefix(layout.dialect.preamble)
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=layout.dialect.separator, strict=True))

    def rows(self, file: str) -> list[Row]:
        """Readable rows of a text file by column; broken lines are left out."""
        header, *rows = self.lists(file)
        return [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]

    def sheet(self, name: str) -> list[dict[str, object]]:
        """Rows of a sheet of the workbook by column."""
        book = openpyxl.load_workbook(self.directory / WORKBOOK, read_only=True)
        header, *rows = book[name].iter_rows(values_only=True)
        book.close()
        return [dict(zip((str(cell) for cell in header), row, strict=True)) for row in rows]

    def deals(self) -> list[Row]:
        """Readable deals of the main system: day and amount make sense."""
        return [row for row in self.rows("deals.csv") if row["Opportunity ID"] < "0069"]


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """The first exports."""
    directory = tmp_path_factory.mktemp("first")
    write_exports(directory, TODAY)
    return Exports(directory)


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Exports:
    """The exports a day later."""
    directory = tmp_path_factory.mktemp("second")
    write_changed_exports(directory, TODAY)
    return Exports(directory)
