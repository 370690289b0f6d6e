"""The fast way: a piece of clean text straight into columns.

Arrow's reader forgives more than it should and knows no physical lines. So each piece is checked, by
counting, for everything that it would read otherwise than the exact reader of ``grammar`` does; a piece that
fails any check is left to that one. The checks are cheap because they never look at single cells.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connector.sources.files.grammar import Grammar
from connector.sources.files.options import Limits
from connector.sources.files.raw import raw_schema


class ColumnReader:
    """Reads pieces of one table that begin and end between records."""

    def __init__(self, grammar: Grammar, columns: tuple[str, ...], width: int, limits: Limits) -> None:
        self._grammar = grammar
        self._width = width
        self._limits = limits
        self._schema = raw_schema(columns)
        self._count = len(columns)
        names = [str(number) for number in range(width)]
        self._names = names
        self._convert = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), null_values=[""], strings_can_be_null=True
        )
        separator, line_end = re.escape(grammar.separator), re.escape(grammar.line_end)
        self._edge = re.compile(rb"(?:%b|\r?%b)" % (separator, line_end))
        self._loose_pair = re.compile(rb"[^%b%b\0]\0|\0[^%b\r\n\0]" % (separator, line_end, separator))

    @property
    def usable(self) -> bool:
        """Whether the grammar is one that Arrow knows, and a line of blanks cannot be taken for a cell."""
        grammar = self._grammar
        known = len(grammar.separator) == 1 and grammar.separator.isascii() and not grammar.escape
        return known and not self._width == 1 < self._count

    def read(self, piece: bytes, line: int) -> pa.Table | None:
        """Return the rows of a piece that begins on the given physical line, or None when it is not clean."""
        if not self._has_plain_lines(piece):
            return None
        parsed = self._parsed(piece)
        if parsed is None or not self._has_clean_quotes(piece, parsed):
            return None
        lines = self._lines(piece, parsed, line)
        if lines is None or self._has_long_cell(piece, parsed):
            return None
        columns = [column.combine_chunks() for column in parsed.columns]
        if any(column.null_count < len(column) for column in columns[self._count :]):
            return None
        missing = self._count - self._width
        columns = columns[: self._count] + [pa.nulls(parsed.num_rows, pa.string())] * max(missing, 0)
        return _without_empty_rows(pa.Table.from_arrays([*columns, lines], schema=self._schema))

    def _has_plain_lines(self, piece: bytes) -> bool:
        grammar = self._grammar
        if b"\0" in piece:
            return False
        if grammar.line_end == b"\r":
            if b"\n" in piece:
                return False
        elif b"\r" in piece and piece.count(b"\r") != piece.count(b"\r\n"):
            return False
        comment = grammar.comment
        return not comment or not (piece.startswith(comment) or grammar.line_end + comment in piece)

    def _parsed(self, piece: bytes) -> pa.Table | None:
        quote = self._grammar.quote.decode() or False
        try:
            return csv.read_csv(
                pa.BufferReader(piece),
                read_options=csv.ReadOptions(column_names=self._names, use_threads=False, block_size=len(piece) + 1),
                parse_options=csv.ParseOptions(
                    delimiter=self._grammar.separator.decode(),
                    quote_char=quote,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                ),
                convert_options=self._convert,
            )
        except pa.ArrowInvalid:
            return None

    def _has_clean_quotes(self, piece: bytes, parsed: pa.Table) -> bool:
        """Say whether every quote opens a cell, closes one or is doubled inside one."""
        quote = self._grammar.quote
        if not quote or quote not in piece:
            return True
        ends = piece.count(self._grammar.line_end)
        if parsed.num_rows == ends:
            # On lines of their own, records whose values keep no quote have lost all of them as opening or closing.
            length = sum(pc.sum(pc.binary_length(column)).as_py() or 0 for column in parsed.columns)
            marks = ends + (piece.count(b"\r") if self._grammar.line_end == b"\n" else 0)
            lost = len(piece) - length - parsed.num_rows * (self._width - 1) - marks
            if lost == piece.count(quote):
                return True
        # A zero byte stands for two quotes: a doubled quote, or a cell that is empty between its quotes.
        parts = piece.replace(quote * 2, b"\0").split(quote)
        if len(parts) % 2 == 0:
            return False
        first, last, between = parts[0], parts[-1], set(parts[2:-1:2])
        opening, closing = all(map(self._opens, {first, *between})), all(map(self._closes, {last, *between}))
        if len(parts) == 1:
            opening = closing = True
        return opening and closing and not any(map(self._has_loose_pair, {first, last, *between}))

    def _opens(self, text: bytes) -> bool:
        """Say whether a quote behind this text opens a cell."""
        text = text.rstrip(b"\0")
        return not text or text.endswith((self._grammar.separator, self._grammar.line_end))

    def _closes(self, text: bytes) -> bool:
        """Say whether a quote before this text closes a cell."""
        return not text or self._edge.match(text) is not None

    def _has_loose_pair(self, text: bytes) -> bool:
        """Say whether text outside of quotes holds two quotes that are no cell of their own."""
        return b"\0" in text and self._loose_pair.search(text) is not None

    def _lines(self, piece: bytes, parsed: pa.Table, line: int) -> pa.Array | None:
        """Return the physical line of each row, or None when rows and line ends do not add up."""
        rows, ends = parsed.num_rows, piece.count(self._grammar.line_end)
        numbers = pa.array(range(line, line + rows), pa.int64())
        if rows == ends:
            return numbers
        inside = pa.array([0] * rows, pa.int64())
        for column in parsed.columns:
            found = pc.count_substring(column.combine_chunks(), self._grammar.line_end.decode())
            inside = pc.add(inside, pc.fill_null(found, 0).cast(pa.int64()))
        if (pc.sum(inside).as_py() or 0) + rows != ends:
            return None
        return pc.add(numbers, pc.subtract(pc.cumulative_sum(inside), inside))

    def _has_long_cell(self, piece: bytes, parsed: pa.Table) -> bool:
        limit = self._limits.cell_bytes
        if len(piece) <= limit:
            return False
        return any((pc.max(pc.binary_length(column)).as_py() or 0) > limit for column in parsed.columns)


def _without_empty_rows(table: pa.Table) -> pa.Table:
    columns = table.columns[:-1]
    if any(column.null_count == 0 for column in columns):
        return table
    empty = columns[0].is_null()
    for column in columns[1:]:
        empty = pc.and_(empty, column.is_null())
    return table.filter(pc.invert(empty))
