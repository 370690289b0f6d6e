"""What was found in a file, and what came out of converting it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connector.sources.files.encoding import Encoding
from connector.sources.files.grammar import Grammar

Progress = Callable[[int, int], None]
"""Called now and then with the bytes (of a sheet: rows) done and the total."""


@dataclass(frozen=True, slots=True)
class TextLayout:
    """How delimited text is laid out."""

    encoding: Encoding
    grammar: Grammar
    gzipped: bool
    header_line: int | None
    """Physical line of the header, from 1; None when there is none."""
    first_line: int
    """Physical line from which on data are read."""
    width: int
    """Cells of a usual row; those behind the last column are empty."""
    least: int
    """Fewest cells of a row that can be read."""

    def __str__(self) -> str:
        separator = {"\t": "tab"}.get(self.grammar.separator.decode(), self.grammar.separator.decode())
        header = "no header" if self.header_line is None else f"header on line {self.header_line}"
        return f"{self.encoding.name}, separator {separator}, {header}"


@dataclass(frozen=True, slots=True)
class SheetLayout:
    """How the table of a sheet is laid out; rows count from 1 as the sheet shows them."""

    sheet: str
    header_row: int | None
    first_row: int
    hidden: bool

    def __str__(self) -> str:
        header = "no header" if self.header_row is None else f"header in row {self.header_row}"
        return f"{'hidden ' if self.hidden else ''}sheet, {header}"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One table of a file: the whole of a CSV file, or one sheet of a workbook."""

    name: str
    """Stable name that a mapping matches: the file's name, or ``book.xlsx#Sheet``. Never used as a path."""
    path: Path
    sha256: str
    """Of the source file."""
    stamp: tuple[int, int]
    """Size in bytes and time of change in nanoseconds of the file when it was looked at."""
    columns: tuple[str, ...]
    sample: tuple[tuple[str | None, ...], ...]
    """The first rows of data, as they will be stored."""
    layout: TextLayout | SheetLayout

    @property
    def file(self) -> str:
        """The file's name for display."""
        return self.path.name


@dataclass(frozen=True, slots=True)
class Converted:
    """The raw file of one dataset, as contract 1 of the raw store has it."""

    path: Path
    rows: int
    columns: tuple[str, ...]
    sha256: str
    problems: int
    """Rows that could not be read; listed in ``problems_path`` with file, line, column, value and reason."""
    problems_path: Path | None
    footer_lines: int
    """Lines below the table that a report export prints there; they are neither rows nor problems."""
