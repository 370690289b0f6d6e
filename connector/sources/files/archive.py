"""Workbooks are archives made by others: they are measured, by unpacking, before any reader opens them.

A reader of workbooks holds a whole sheet in memory, as the rectangle that encloses its cells: two cells in
opposite corners are enough to exhaust a machine, as is a part that unpacks to a thousand times its size.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from connector.errors import FileError
from connector.sources.files.guard import reading, shown
from connector.sources.files.options import Limits

_CHUNK = 1 << 20
_OVERLAP = 256
_SMALLER = "Export fewer rows or columns, or export as CSV, which has no such limit."
_ADDRESS = re.compile(rb"""r\s*=\s*["']([A-Za-z]{1,7})([0-9]{1,10})["']""")
_ROW_NUMBER = re.compile(rb"""row\s[^<>]*?r\s*=\s*["']([0-9]{1,10})["']""")
_CELL_TAGS = (b"<c ", b"<c>", b"<c/", b"<c\n", b"<c\r", b"<c\t", b":c ", b":c>", b":c/")


def inspect_workbook(path: Path, limits: Limits) -> None:
    """Check an .xlsx file without trusting a word of its directory.

    Raises FileError when it is no workbook, is damaged, or would unpack to more than the limits allow.
    """
    try:
        with reading(path), zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            _check_directory(path, entries, limits)
            unpacked = 0
            for entry in entries:
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    unpacked += _measure(path, archive, entry, limits, unpacked)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise FileError(
            "The workbook is damaged or is no real workbook.",
            place=shown(path),
            remedy="Open it in Excel or LibreOffice and save it again as .xlsx.",
        ) from error


def _check_directory(path: Path, entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    place = shown(path)
    if len(entries) > limits.entries:
        raise FileError(
            f"The workbook has {len(entries)} parts; more than {limits.entries} are refused.",
            place=place,
            remedy=_SMALLER,
        )
    names = {entry.filename.replace("\\", "/").lower().removeprefix("/") for entry in entries}
    if "xl/workbook.bin" in names:
        raise FileError("This is a binary workbook (.xlsb).", place=place, remedy="Save it as .xlsx.")
    if "content.xml" in names:
        raise FileError("This is an OpenDocument file.", place=place, remedy="Save it as .xlsx or as CSV.")
    if "xl/workbook.xml" not in names:
        raise FileError(
            "This is a ZIP archive, not a workbook.", place=place, remedy="Unpack it and name the files inside it."
        )
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise FileError("The workbook is packed in an unusual way.", place=place, remedy="Save it again in Excel.")
    if any(entry.flag_bits & 1 for entry in entries):
        raise FileError("The workbook is encrypted.", place=place, remedy="Save it without a password.")


@dataclass(slots=True)
class _Extent:
    """The rectangle that a reader would build for one part, from above."""

    rows: int = 0
    columns: int = 0
    unaddressed: int = 0
    """Most cells in one row that do not say where they stand: they stand behind one another."""
    open_row: int = 0

    def add(self, text: bytes) -> None:
        """Take in the next piece of the part; a tag is never cut by its end."""
        addresses = _ADDRESS.findall(text)
        for letters in {letters for letters, _ in addresses}:
            self.columns = max(self.columns, _column_number(letters))
        self.rows = max([self.rows, *map(int, {digits for _, digits in addresses})])
        # "<c" also begins <col>: a cheap bound first, for most pieces hold nothing but addressed cells.
        if self.unaddressed or text.count(b"<c") + text.count(b":c") > len(addresses):
            self._add_unaddressed(text, len(addresses))

    def _add_unaddressed(self, text: bytes, addressed: int) -> None:
        if not self.unaddressed and _count_cells(text) <= addressed:
            return
        first, *others = text.split(b"row>")
        counts = [self.open_row + _count_cells(first), *map(_count_cells, others)]
        self.open_row = counts[-1]
        self.unaddressed = max(self.unaddressed, *counts) if others else max(self.unaddressed, counts[0])
        self.rows = max([self.rows + len(others), 1, *map(int, _ROW_NUMBER.findall(text))])

    @property
    def width(self) -> int:
        return self.columns + self.unaddressed


def _count_cells(text: bytes) -> int:
    return sum(map(text.count, _CELL_TAGS))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _measure(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, limits: Limits, before: int) -> int:
    """Unpack one part piece by piece, check its sizes and return how many bytes it holds."""
    entry.file_size = limits.unpacked_bytes + 1  # the directory may lie: read to the end of the packed data
    extent = _Extent()
    unpacked, kept = 0, b""
    with archive.open(entry) as part:
        while chunk := part.read(_CHUNK):
            unpacked += len(chunk)
            _check_growth(path, entry, before + unpacked, unpacked, limits)
            text = kept + chunk
            cut = text.rfind(b"<")
            cut = cut if cut > 0 else max(len(text) - _OVERLAP, 0)
            extent.add(text[:cut])
            kept = text[cut:]
    extent.add(kept)
    if extent.rows * extent.width > limits.sheet_cells:
        raise FileError(
            f"A sheet reaches to row {extent.rows} and column {extent.width}; "
            f"more than {limits.sheet_cells} cells are refused.",
            place=shown(path),
            remedy="Delete stray cells far from the table, or export as CSV.",
        )
    return unpacked


def _check_growth(path: Path, entry: zipfile.ZipInfo, total: int, unpacked: int, limits: Limits) -> None:
    if total > limits.unpacked_bytes:
        raise FileError(
            f"The workbook unpacks to more than {limits.unpacked_bytes >> 20} MB.", place=shown(path), remedy=_SMALLER
        )
    if unpacked > limits.ratio_floor and unpacked > limits.ratio * max(entry.compress_size, 1):
        raise FileError(
            f"A part of the workbook grows more than {limits.ratio} times when it is unpacked, as a zip bomb does.",
            place=shown(path),
            remedy=_SMALLER,
        )
