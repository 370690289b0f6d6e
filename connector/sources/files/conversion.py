"""Converting the whole of a delimited text: clean pieces column by column, the others row by row."""

from __future__ import annotations

from dataclasses import dataclass

from connector.sources.files.columnar import ColumnReader
from connector.sources.files.dataset import Dataset, Progress, TextLayout
from connector.sources.files.grammar import Record, Tokenizer
from connector.sources.files.options import Limits
from connector.sources.files.raw import RawWriter
from connector.sources.files.rows import RowCollector, as_text
from connector.sources.files.stream import utf8_blocks

_SMALL_PIECE = 1 << 15
"""Text in which a fault was found is cut into parts down to this size."""


@dataclass(slots=True)
class _Position:
    """Where in the text the reading stands."""

    buffer: bytes = b""
    line: int = 1
    to_skip: int = 0
    """Line ends still to pass over."""


class TextConverter:
    """Reads one dataset of delimited text from its first row of data to its end."""

    def __init__(self, dataset: Dataset, layout: TextLayout, writer: RawWriter, limits: Limits) -> None:
        self._dataset = dataset
        self._layout = layout
        self._limits = limits
        self._writer = writer
        self._line_end = layout.grammar.line_end
        self._tokenizer = Tokenizer(layout.grammar)
        self._columns = ColumnReader(layout.grammar, dataset.columns, layout.width, limits)
        self._rows = RowCollector(writer, dataset.columns, layout.least, limits)
        self._at = _Position(to_skip=layout.first_line - 1)

    def run(self, progress: Progress | None) -> int:
        """Read the file to its end and return the number of footer lines passed over."""
        layout, total = self._layout, self._dataset.stamp[0]
        at = self._at
        tell = (lambda done: progress(done, total)) if progress else None
        for block in utf8_blocks(self._dataset.path, layout.gzipped, layout.encoding, self._limits, tell):
            at.buffer = at.buffer + block if at.buffer else block
            if self._skipped() and len(at.buffer) > self._limits.tail_bytes:
                self._read(final=False)
        if self._skipped():
            self._read(final=True)
        self._rows.end()
        return self._rows.footer_lines

    def _skipped(self) -> bool:
        """Pass over the lines above the data and over what is left of a line that is too long."""
        at, start = self._at, 0
        while at.to_skip:
            end = at.buffer.find(self._line_end, start)
            if end < 0:
                at.buffer = b""
                return False
            start = end + 1
            at.line += 1
            at.to_skip -= 1
        at.buffer = at.buffer[start:] if start else at.buffer
        return True

    def _read(self, *, final: bool) -> None:
        """Take from the buffer what can be read; unless final, keep its end for the next time."""
        at = self._at
        start = 0
        limit = len(at.buffer) - self._limits.tail_bytes
        while limit - start > 0:
            end = min(limit, start + self._limits.block_bytes)
            done = self._read_piece(at.buffer[start:end])
            if not done and not (done := self._read_record(at.buffer, start, final)):
                break
            start += done
        at.buffer = at.buffer[start:]
        if final:
            self._read_rows(at.buffer, final=True)
            at.buffer = b""

    def _read_piece(self, piece: bytes) -> int:
        """Read the whole records of a piece and return the bytes they take."""
        cut = self._cut(piece) if self._columns.usable else 0
        if cut:
            table = self._columns.read(piece[:cut] if cut < len(piece) else piece, self._at.line)
            if table is not None:
                self._rows.settle()
                self._writer.write(table)
                self._at.line += piece.count(self._line_end, 0, cut)
                return cut
        if self._columns.usable and len(piece) > _SMALL_PIECE:
            return self._read_parts(piece)
        return self._read_rows(piece, final=False)

    def _read_parts(self, piece: bytes) -> int:
        """Read a piece part by part, so that one bad row makes only its neighbours slow to read."""
        done, step = 0, max(len(piece) // 16, _SMALL_PIECE // 2)
        while done < len(piece):
            read = self._read_piece(piece[done : done + step])
            if not read and done + step < len(piece):
                read = self._read_rows(piece[done:], final=False)
            if not read:
                break
            done += read
        return done

    def _cut(self, piece: bytes) -> int:
        """Return where the last record of the piece ends, if quotes come in pairs; 0 when that is not found soon."""
        end = piece.rfind(self._line_end) + 1
        mark = self._layout.grammar.quote
        if not mark or not piece.count(mark, 0, end) % 2:
            return end
        for _ in range(1_000):
            previous = piece.rfind(self._line_end, 0, max(end - 1, 0)) + 1
            odd = piece.count(mark, previous, end) % 2
            end = previous
            if odd or not end:
                return end
        return 0

    def _read_rows(self, piece: bytes, *, final: bool) -> int:
        """Read the records of a piece one by one and return the bytes they take."""
        whole = piece if final else piece[: piece.rfind(self._line_end) + 1]
        suspect = len(piece) > self._limits.cell_bytes or b"\0" in piece or not _is_utf8(whole)
        end = 0
        for record in self._tokenizer.records(piece, self._at.line, final=final):
            self._take(record, suspect)
            end = record.end
            self._at.line = record.line + record.lines
        return end

    def _read_record(self, buffer: bytes, start: int, final: bool) -> int:
        """Read the one record that no piece holds as a whole, and return the bytes it takes; 0 to wait for more."""
        rest = buffer[start:]
        complete = next(self._tokenizer.records(rest, self._at.line, final=False), None)
        if complete is None and not final and len(rest) < self._limits.record_bytes:
            return 0
        record = complete or next(self._tokenizer.records(rest, self._at.line, final=True))
        ends_in_buffer = rest.endswith(self._line_end, 0, record.end) or (final and record.end == len(rest))
        self._at.line = record.line + record.lines
        if ends_in_buffer:
            self._take(record, suspect=True)
        else:
            self._too_long(record)
        return record.end

    def _too_long(self, record: Record) -> None:
        """List a line whose end is out of reach; what follows of it is passed over."""
        sizes = [len(cell) for cell in record.cells]
        column = next((at for at, size in enumerate(sizes) if size > self._limits.cell_bytes), record.column)
        reason = f"the line is longer than {self._limits.record_bytes >> 20} MB"
        self._rows.problem(record.line, column, as_text(record.cells[0][:300]) if record.cells else "", reason)
        self._at.line = record.line
        self._at.to_skip = 1

    def _take(self, record: Record, suspect: bool) -> None:
        if record.fault:
            self._rows.problem(record.line, record.column, as_text(record.cells[0][:300]), record.fault)
        elif record.cells:
            self._rows.take(record.line, record.cells, suspect=suspect)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
