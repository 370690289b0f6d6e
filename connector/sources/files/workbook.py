"""Sheets of a workbook: typed cells as canonical text, read by calamine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine

from connector.errors import FileError, quote
from connector.sources.files.archive import inspect_workbook
from connector.sources.files.dataset import Dataset, Progress, SheetLayout
from connector.sources.files.guard import reading, shown
from connector.sources.files.header import shape_of
from connector.sources.files.options import Limits, OptionsFor, options_for
from connector.sources.files.raw import RawWriter
from connector.sources.files.rows import RowCollector
from connector.sources.files.stream import digest

_SAMPLE_ROWS = 1_000
_PREVIEW_ROWS = 100
_SAVE_AGAIN = "Open it in Excel or LibreOffice and save it again as .xlsx."


def open_workbook(path: Path, choice: OptionsFor, limits: Limits, stamp: tuple[int, int]) -> list[Dataset]:
    """Find the tables of a workbook, one per sheet that holds any cell.

    Raises FileError when the workbook is damaged, encrypted, out of proportion or empty.
    """
    inspect_workbook(path, limits)
    sha256 = digest(path)
    with _understood(path), _workbook(path) as workbook:
        sheets = [
            (sheet.name, sheet.visible != calamine.SheetVisibleEnum.Visible)
            for sheet in workbook.sheets_metadata
            if sheet.typ == calamine.SheetTypeEnum.WorkSheet
        ]
    datasets = []
    for name, hidden in sheets:
        dataset = _open_sheet(path, name, hidden, choice, limits, (sha256, stamp))
        if dataset is not None:
            datasets.append(dataset)
    if not datasets:
        raise FileError("No sheet of the workbook holds any cell.", place=shown(path), remedy="Export the data again.")
    return datasets


def _open_sheet(
    path: Path, name: str, hidden: bool, choice: OptionsFor, limits: Limits, source: tuple[str, tuple[int, int]]
) -> Dataset | None:
    dataset = f"{path.name}#{name}"
    options = options_for(choice, dataset)
    skip = options.skip_rows
    rows = [cells for _, cells in islice(_rows(path, name, source[1]), skip, skip + _SAMPLE_ROWS)]
    if not any(map(any, rows)):
        return None
    shape = shape_of(rows, options, limits, f"{shown(path)}, sheet {quote(name)}")
    layout = SheetLayout(
        sheet=name,
        header_row=None if shape.header is None else shape.header + skip + 1,
        first_row=shape.first + skip + 1,
        hidden=hidden,
    )
    preview = [_preview(row, len(shape.columns)) for row in rows[shape.first :] if any(row)]
    return Dataset(dataset, path, *source, shape.columns, tuple(preview[:_PREVIEW_ROWS]), layout)


def _preview(row: Sequence[str], width: int) -> tuple[str | None, ...]:
    return tuple(row[at] or None if at < len(row) else None for at in range(width))


def convert_sheet(
    dataset: Dataset, layout: SheetLayout, writer: RawWriter, limits: Limits, progress: Progress | None
) -> int:
    """Read a sheet to its end and return the number of footer rows passed over."""
    collector = RowCollector(writer, dataset.columns, len(dataset.columns), limits)
    for number, cells in islice(_rows(dataset.path, layout.sheet, dataset.stamp), layout.first_row - 1, None):
        long = any(len(cell) > limits.cell_bytes for cell in cells)
        collector.take(number, _unpadded(cells, len(dataset.columns)), suspect=long)
        if progress is not None and number % 10_000 == 0:
            progress(number, max(number, _sheet(dataset.path, layout.sheet, dataset.stamp).total_height))
    collector.end()
    _sheet.cache_clear()
    return collector.footer_lines


def _unpadded(cells: list[str], width: int) -> list[str]:
    """Return the row without the empty cells that a wide sheet puts behind every row."""
    return cells[:width] if len(cells) > width and not any(cells[width:]) else cells


def _rows(path: Path, sheet: str, stamp: tuple[int, int]) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a sheet from its first, with their numbers."""
    with _understood(path):
        for number, cells in enumerate(_sheet(path, sheet, stamp).iter_rows(), start=1):
            yield number, [cell if type(cell) is str else cell_text(cell) for cell in cells]


@lru_cache(maxsize=1)
def _sheet(path: Path, sheet: str, stamp: tuple[int, int]) -> calamine.CalamineSheet:  # noqa: ARG001
    """Load a sheet. The last one is kept, because a sheet is looked at first and converted afterwards."""
    with _workbook(path) as workbook:
        return workbook.get_sheet_by_name(sheet)


@contextmanager
def _workbook(path: Path) -> Iterator[calamine.CalamineWorkbook]:
    with reading(path), path.open("rb") as file:
        workbook = calamine.CalamineWorkbook.from_filelike(file)
        try:
            yield workbook
        finally:
            workbook.close()


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    """Turn what the reader of workbooks says, its panics included, into a sentence about the file."""
    try:
        yield
    except calamine.PasswordError as error:
        raise FileError(
            "The workbook is encrypted.", place=shown(path), remedy="Save it without a password."
        ) from error
    except (calamine.CalamineError, calamine.ZipError, calamine.XmlError) as error:
        raise FileError(
            f"The workbook cannot be read: {quote(error, 120)}.", place=shown(path), remedy=_SAVE_AGAIN
        ) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise FileError("The workbook is damaged.", place=shown(path), remedy=_SAVE_AGAIN) from error


def cell_text(value: Any) -> str:
    """Return a typed cell as canonical text: ISO dates, plain decimals, true and false.

    A number keeps the 15 significant digits that a spreadsheet has; whole numbers keep all of theirs.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, datetime):
        return _clock(value.isoformat(sep=" "))
    if isinstance(value, time):
        return _clock(value.isoformat())
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"
    return "" if value is None else str(value)


def _number_text(value: float) -> str:
    if float(value).is_integer():
        return str(int(value))
    plain = f"{value:.15g}"
    if "e" in plain:
        from decimal import Decimal  # noqa: PLC0415 - only for the rare number that prints with an exponent

        plain = format(Decimal(plain), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _clock(text: str) -> str:
    """Drop the microseconds that floating days leave behind milliseconds."""
    head, dot, fraction = text.partition(".")
    return f"{head}.{fraction[:3]}" if dot and fraction[:3] != "000" else head
