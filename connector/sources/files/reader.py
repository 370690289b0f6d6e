"""The door to files: look at one, then convert each of its datasets into a raw file."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from connector.errors import FileError
from connector.sources.files.conversion import TextConverter
from connector.sources.files.dataset import Converted, Dataset, Progress, TextLayout
from connector.sources.files.guard import kind_of, reading, regular_size, shown
from connector.sources.files.options import Limits, OptionsFor, ReadOptions, options_for
from connector.sources.files.raw import RawWriter, problems_path
from connector.sources.files.text import open_text
from connector.sources.files.workbook import convert_sheet, open_workbook

__all__ = ["Converted", "Dataset", "Limits", "ReadOptions", "convert", "open_datasets"]


def open_datasets(path: Path, options: OptionsFor = None, limits: Limits | None = None) -> list[Dataset]:
    """Look at a file and return its datasets: one for text, one per sheet that is not empty for a workbook.

    ``options`` says what is known about it, for all datasets or by dataset name; the rest is found out.
    Raises FileError, with the place and the remedy, for a file that cannot be used. Nothing is written.
    """
    limits = limits or Limits()
    regular_size(path)
    stamp = _stamp(path)
    kind = kind_of(path)
    if kind == "xlsx":
        return open_workbook(path, options, limits, stamp)
    return [open_text(path, kind == "gzip", options_for(options, path.name), limits, stamp)]


def convert(
    dataset: Dataset, target: Path, limits: Limits | None = None, progress: Progress | None = None
) -> Converted:
    """Write a dataset to ``target`` as Parquet: its columns as text, empty cells as nulls, and ``_line``.

    Rows that cannot be read go to ``<target>.problems.csv`` (file, line, column, value, reason). Rows without
    any filled cell are dropped. Raises FileError or StorageFull; then neither file exists.
    """
    limits = limits or Limits()
    with RawWriter(target, dataset.columns, dataset.name) as writer:
        if isinstance(dataset.layout, TextLayout):
            footer_lines = TextConverter(dataset, dataset.layout, writer, limits).run(progress)
        else:
            footer_lines = convert_sheet(dataset, dataset.layout, writer, limits, progress)
        if _stamp(dataset.path) != dataset.stamp:
            raise FileError("The file changed while it was read.", place=shown(dataset.path), remedy="Import it again.")
        writer.finish()
    pa.default_memory_pool().release_unused()  # what comes next needs the room
    return Converted(
        path=target,
        rows=writer.rows,
        columns=dataset.columns,
        sha256=dataset.sha256,
        problems=writer.problems,
        problems_path=problems_path(target) if writer.problems else None,
        footer_lines=footer_lines,
    )


def _stamp(path: Path) -> tuple[int, int]:
    with reading(path):
        state = path.stat()
    return state.st_size, state.st_mtime_ns
