"""The raw file: one Parquet file per dataset with the cells as text, and the rows that could not be read beside it.

Both are written under temporary names and appear together when everything is done.
"""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from connector.sources.files.guard import reading
from connector.sources.files.header import LINE

if TYPE_CHECKING:
    from _csv import Writer

PROBLEM_COLUMNS = ("file", "line", "column", "value", "reason")
_SHOWN = 200
_GROUP_ROWS = 50_000
"""Rows of a group of the Parquet file, at least."""
_FORMULA_STARTS = ("=", "+", "-", "@")


def raw_schema(columns: Sequence[str]) -> pa.Schema:
    """Return the schema of a raw file: every column as text, then the physical line."""
    return pa.schema([*((name, pa.string()) for name in columns), (LINE, pa.int64())])


def problems_path(target: Path) -> Path:
    """Return where the rows that could not be read are listed."""
    return target.with_name(target.name + ".problems.csv")


class RawWriter:
    """Writes one raw file. Use it in a ``with`` block and call :meth:`finish` at its end; else nothing remains."""

    def __init__(self, target: Path, columns: Sequence[str], file: str) -> None:
        self.rows = 0
        self.problems = 0
        self._target = target
        self._columns = tuple(columns)
        self._file = file
        self._part = target.with_name(target.name + ".part")
        self._problems_part = target.with_name(target.name + ".problems.csv.part")
        self._problems_file: TextIO | None = None
        self._problems_csv: Writer | None = None
        self._parquet: Any = None
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="raw-writer")
        self._pending: Future[None] | None = None
        self._tables: list[pa.Table] = []
        self._waiting_rows = 0

    def __enter__(self) -> Self:
        try:
            with reading(self._target):
                self._parquet = self._opened()
        except BaseException:
            self._clear()
            raise
        return self

    def _opened(self) -> Any:
        return pq.ParquetWriter(
            self._part,
            raw_schema(self._columns),
            compression="zstd",
            compression_level=1,
            # Small dictionaries only: an id per row costs more in a dictionary than it saves.
            dictionary_pagesize_limit=1 << 18,
            use_dictionary=list(self._columns),
            column_encoding={LINE: "DELTA_BINARY_PACKED"},
        )

    def _clear(self) -> None:
        self._pool.shutdown(wait=True)
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            self._part.unlink(missing_ok=True)
            self._problems_part.unlink(missing_ok=True)

    def write(self, table: pa.Table) -> None:
        """Hand over the next rows; they are written, many at a time, while the caller reads on."""
        self.rows += table.num_rows
        self._tables.append(table)
        self._waiting_rows += table.num_rows
        if self._waiting_rows >= _GROUP_ROWS:
            self._send()

    def _send(self) -> None:
        """Start writing what was handed over, once what was started before is written."""
        self._wait()
        if self._waiting_rows:
            group = pa.concat_tables(self._tables)
            self._pending = self._pool.submit(self._parquet.write_table, group)
        self._tables, self._waiting_rows = [], 0

    def problem(self, line: int, column: str, value: str, reason: str) -> None:
        """List a row that could not be read."""
        with reading(self._target):
            if self._problems_csv is None:
                self._problems_file = self._problems_part.open("w", encoding="utf-8", newline="")
                self._problems_csv = csv.writer(self._problems_file)
                self._problems_csv.writerow(PROBLEM_COLUMNS)
            self._problems_csv.writerow((self._file, line, _shown(column), _shown(value), reason))
        self.problems += 1

    def finish(self) -> None:
        """Close both files and give them their names."""
        self._send()
        self._wait()
        with reading(self._target):
            self._parquet.close()
            self._parquet = None
            problems_path(self._target).unlink(missing_ok=True)
            if self._problems_file is not None:
                self._problems_file.close()
                self._problems_part.replace(problems_path(self._target))
            self._part.replace(self._target)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)
        try:
            if self._parquet is not None:
                self._parquet.close()
            if self._problems_file is not None:
                self._problems_file.close()
        except OSError:
            if error is None:
                raise
        finally:
            self._clear()

    def _wait(self) -> None:
        pending, self._pending = self._pending, None
        if pending is not None:
            with reading(self._target):
                pending.result()


def _shown(text: str) -> str:
    """Return a cell as the list of problems shows it: short, on one line, and never a formula to a spreadsheet."""
    line = "".join(char if char.isprintable() else " " for char in text[: _SHOWN + 1])
    line = line[: _SHOWN - 1] + "…" if len(line) > _SHOWN else line
    return f"'{line}" if line.lstrip().startswith(_FORMULA_STARTS) else line
