"""Rows that are looked at one by one: each is kept, or listed with the reason why it could not be read."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from connector.sources.files.header import is_footer
from connector.sources.files.options import Limits
from connector.sources.files.raw import RawWriter, raw_schema

Cell = bytes | str
_BATCH = 1 << 16
_LONGEST_FOOTER = 100


def as_text(cell: Cell) -> str:
    """Return a cell as text; bytes that are no UTF-8 show as replacement characters."""
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell


class RowCollector:
    """Checks rows and hands the good ones on in batches, the bad ones to the list of problems."""

    def __init__(self, writer: RawWriter, columns: Sequence[str], least: int, limits: Limits) -> None:
        self.footer_lines = 0
        self._writer = writer
        self._columns = tuple(columns)
        self._least = least
        self._limits = limits
        self._rows: list[Sequence[Cell]] = []
        self._lines: list[int] = []
        self._lone: list[tuple[int, Sequence[Cell]]] = []

    def take(self, line: int, cells: Sequence[Cell], *, suspect: bool) -> None:
        """Take the next row. ``suspect`` says that its cells may be too long or hold bytes that are no text."""
        width = len(self._columns)
        if not any(cells) or (len(cells) == 1 < width and not cells[0].strip()):
            return
        if len(cells) != width:
            fitted = self._fitted(line, cells)
            if fitted is None:
                return
            cells = fitted
        if self._lone:
            self._give_up_footer()
        if suspect and self._refused(line, cells):
            return
        self._rows.append(cells)
        self._lines.append(line)
        if len(self._rows) >= _BATCH:
            self.flush()

    def problem(self, line: int, column: int, value: str, reason: str) -> None:
        """List a row that could not be read; ``column`` counts from 0, -1 means the whole row."""
        self._give_up_footer()
        self._list(line, column, value, reason)

    def flush(self) -> None:
        """Hand the good rows so far to the writer."""
        if not self._rows:
            return
        schema = raw_schema(self._columns)
        arrays = [_text_array(column) for column in zip(*self._rows, strict=True)]
        self._writer.write(pa.Table.from_arrays([*arrays, pa.array(self._lines, pa.int64())], schema=schema))
        self._rows, self._lines = [], []

    def settle(self) -> None:
        """Say that rows read elsewhere follow: lone cells before them were no footer."""
        self.flush()
        self._give_up_footer()

    def end(self) -> None:
        """Say that the table is over: what report exports print below it is no problem, and no row."""
        if any(is_footer(as_text(cell)) for _, cells in self._lone for cell in cells):
            self.footer_lines += len(self._lone)
            self._lone = []
        self._give_up_footer()
        while self._rows and len(self._columns) > 2 and self._is_padded_footer(self._rows[-1]):
            self.footer_lines += 1
            self._rows.pop()
            self._lines.pop()
        self.flush()

    def _fitted(self, line: int, cells: Sequence[Cell]) -> Sequence[Cell] | None:
        """Return the row with the right number of cells, or list it and return None."""
        width, empty = len(self._columns), cells[0][:0]
        if len(cells) > width:
            extra = next((cell for cell in cells[width:] if cell), None)
            if extra is None:
                return cells[:width]
            reason = (
                f"the row has {len(cells)} cells, the table {width} columns; a cell with a separator must be quoted"
            )
            self.problem(line, -1, as_text(extra[:300]), reason)
        elif len(cells) >= self._least:
            return [*cells, *[empty] * (width - len(cells))]
        elif sum(1 for cell in cells if cell.strip()) == 1:
            self._lone.append((line, cells))
            if len(self._lone) > _LONGEST_FOOTER:
                self._give_up_footer()
        else:
            self.problem(line, *self._short(cells))
        return None

    def _short(self, cells: Sequence[Cell]) -> tuple[int, str, str]:
        shown = " | ".join(as_text(cell[:100]) for cell in cells[:5])
        return len(cells), shown, f"the row has {len(cells)} cells, the table {len(self._columns)} columns"

    def _give_up_footer(self) -> None:
        lone, self._lone = self._lone, []
        for line, cells in lone:
            self._list(line, *self._short(cells))

    def _list(self, line: int, column: int, value: str, reason: str) -> None:
        name = self._columns[column] if 0 <= column < len(self._columns) else ""
        self._writer.problem(line, name, value, reason)

    def _refused(self, line: int, cells: Sequence[Cell]) -> bool:
        for column, cell in enumerate(cells):
            if reason := self._fault(cell):
                self.problem(line, column, as_text(cell[:300]), reason)
                return True
        return False

    def _fault(self, cell: Cell) -> str:
        if len(cell) > self._limits.cell_bytes:
            return f"the cell holds {len(cell)} bytes; more than {self._limits.cell_bytes} are refused"
        if isinstance(cell, str):
            return "the cell holds a zero character" if "\0" in cell else ""
        if b"\0" in cell:
            return "the cell holds a zero byte"
        try:
            cell.decode()
        except UnicodeDecodeError:
            return "the cell holds bytes that are no text in the encoding of the file"
        return ""

    def _is_padded_footer(self, row: Sequence[Cell]) -> bool:
        filled = [cell for cell in row if cell.strip()]
        return len(filled) == 1 and is_footer(as_text(filled[0]))


def _text_array(cells: Sequence[Cell]) -> pa.Array:
    """Return the cells as an Arrow array of text, empty ones as nulls."""
    array = pa.array(cells, pa.string())
    return pc.if_else(pc.equal(pc.binary_length(array), 0), pa.scalar(None, pa.string()), array)
