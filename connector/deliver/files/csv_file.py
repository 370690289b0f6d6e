"""Tables as CSV: comma, CRLF, UTF-8; numbers with a point and no group marks, days and moments in ISO form."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Literal

from connector.deliver.files.changes import header
from connector.deliver.files.json_file import plain
from connector.deliver.files.targets import write_bytes
from connector.deliver.files.text import guarded
from connector.deliver.files.words import Words
from connector.errors import FileError, quote
from connector.model.report import Report
from connector.model.table import Cell, Table

FirstLine = Literal["id", "label"]
PIECE_ROWS: Final = 5_000


def csv_text(table: Table, first_line: FirstLine = "id", language: str = "en") -> str:
    """Return the rows of a table as CSV, without its total row, the first line holding column ids or labels.

    An empty field is a value that is not there. Text that a spreadsheet would take for a formula carries a
    single quote in front (:func:`connector.deliver.files.text.guarded`); JSON has it without.
    """
    return "".join(csv_pieces(table, first_line, language))


def csv_pieces(table: Table, first_line: FirstLine = "id", language: str = "en") -> Iterator[str]:
    """Yield the text of :func:`csv_text` piece by piece, some thousand rows each."""
    words = Words(language)
    names = [column.id if first_line == "id" else header(table, column, words) for column in table.columns]
    yield _lines([[guarded(name) for name in names]])
    for start in range(0, len(table.rows), PIECE_ROWS):
        yield _lines([_field(cell) for cell in row] for row in table.rows[start : start + PIECE_ROWS])


def _lines(rows: Iterable[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def write_csv(table: Table, target: Path, first_line: FirstLine = "label", language: str = "en") -> None:
    """Write a table as CSV in one step, with a byte order mark so that Excel reads every alphabet.

    Raises FileError, StorageFull.
    """
    write_bytes(target, b"\xef\xbb\xbf" + csv_text(table, first_line, language).encode())


def write_csv_folder(report: Report, folder: Path, first_line: FirstLine = "label") -> list[Path]:
    """Write every table of a report into a folder that exists, one file ``tab.block.csv`` each.

    Returns the files in the order of the report. Raises FileError, StorageFull.
    """
    if not folder.is_dir():
        remedy = "Create it first or name another one."
        raise FileError("The folder to write to does not exist.", place=quote(folder, 200), remedy=remedy)
    written: list[Path] = []
    for tab in report.tabs:
        for block in tab.blocks:
            if block.table is not None:
                path = folder / _free_name(f"{_plain_name(tab.id)}.{_plain_name(block.id)}", written)
                write_csv(block.table, path, first_line, report.language)
                written.append(path)
    return written


def _field(cell: Cell) -> str:
    if isinstance(cell, str):
        return guarded(cell)
    value = plain(cell)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else _digits(value)


def _digits(value: object) -> str:
    return repr(value) if isinstance(value, float) else format(value, "f") if not isinstance(value, int) else str(value)


def _plain_name(text: str) -> str:
    """Return a template's id as part of a file name: letters, digits, ``_`` and ``-`` only."""
    return re.sub(r"[^\w-]", "_", text)[:60] or "table"


def _free_name(stem: str, written: list[Path]) -> str:
    taken = {path.name.casefold() for path in written}
    name, number = f"{stem}.csv", 2
    while name.casefold() in taken:
        name, number = f"{stem}_{number}.csv", number + 1
    return name
