"""Delimited text: finding out, on a sample, how it is encoded and laid out."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

from connector.errors import FileError
from connector.sources.files.dataset import Dataset, TextLayout
from connector.sources.files.dialect import directive, grammar_of, line_end_of
from connector.sources.files.encoding import Encoding, detect, named
from connector.sources.files.grammar import Record, Tokenizer
from connector.sources.files.guard import EXPORT_AGAIN, refuse_binary, refuse_foreign, shown
from connector.sources.files.header import shape_of
from connector.sources.files.options import Limits, ReadOptions
from connector.sources.files.rows import as_text
from connector.sources.files.stream import survey, utf8_blocks

_SAMPLE = 1 << 20
_SAMPLE_RECORDS = 1_000
_PREVIEW_ROWS = 100


def open_text(path: Path, gzipped: bool, options: ReadOptions, limits: Limits, stamp: tuple[int, int]) -> Dataset:
    """Find out how a text file is laid out. Raises FileError when it holds no table."""
    place = shown(path)
    found = survey(path, gzipped, limits)
    if gzipped:
        refuse_foreign(path, found.head)
    encoding = named(options.encoding, found.head, place) if options.encoding else detect(found.head, found.sample)
    sample, whole = _sample(path, gzipped, encoding, limits)
    refuse_binary(path, sample)
    if options.separator is None and (separator := directive(sample)):
        options = replace(options, separator=separator.decode("utf-8", "replace"), skip_rows=options.skip_rows or 1)
    sample = _skip_lines(sample, line_end_of(sample, options), options.skip_rows)
    if not sample.strip(b" \t\r\n\0"):
        raise FileError("The file holds no text, or none behind the rows to skip.", place=place, remedy=EXPORT_AGAIN)
    grammar = grammar_of(sample, path.name, options, final=whole, place=place)
    tokens = Tokenizer(grammar).records(sample, options.skip_rows + 1, final=whole)
    records = list(islice(tokens, _SAMPLE_RECORDS))
    rows = [_row(record) for record in records]
    if not any(rows):
        raise FileError(
            f"No record can be read in the first {len(sample):,} bytes.",
            place=place,
            remedy="Check the encoding, the line ends, and that quotes are closed.",
        )
    shape = shape_of(rows, options, limits, place)
    header_line = None if shape.header is None else records[shape.header].line
    first_line = _line_of(records, shape.header, shape.first)
    layout = TextLayout(encoding, grammar, gzipped, header_line, first_line, shape.width, shape.least)
    preview = [_cells(row, len(shape.columns)) for row in rows[shape.first :] if any(row)]
    return Dataset(path.name, path, found.sha256, stamp, shape.columns, tuple(preview[:_PREVIEW_ROWS]), layout)


def _sample(path: Path, gzipped: bool, encoding: Encoding, limits: Limits) -> tuple[bytes, bool]:
    """Return the beginning of the text and whether it is all of it."""
    text = b""
    for block in utf8_blocks(path, gzipped, encoding, limits):
        text += block
        if len(text) > _SAMPLE:
            if b"\n" in text[:_SAMPLE] or b"\r" in text[:_SAMPLE]:
                return text[:_SAMPLE], False
            if len(text) > limits.first_record_bytes:
                return text, False
    return text, True


def _skip_lines(text: bytes, line_end: bytes, count: int) -> bytes:
    position = 0
    for _ in range(count):
        end = text.find(line_end, position)
        if end < 0:
            return b""
        position = end + 1
    return text[position:]


def _row(record: Record) -> list[str]:
    """Return a record of the sample as text; broken and blank ones count as empty."""
    cells = [] if record.fault else [as_text(cell) for cell in record.cells]
    return [] if len(cells) == 1 and not cells[0].strip() else cells


def _cells(row: list[str], width: int) -> tuple[str | None, ...]:
    return tuple(row[at] or None if at < len(row) else None for at in range(width))


def _line_of(records: list[Record], header: int | None, first: int) -> int:
    """Return the physical line on which the data begin."""
    if header is not None:
        return records[header].line + records[header].lines
    if first < len(records):
        return records[first].line
    return records[-1].line + records[-1].lines
