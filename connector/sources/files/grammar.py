"""The grammar of delimited text and its exact reader: records, their physical lines and what is wrong with them.

The rules are those of RFC 4180 as Python's ``csv`` reads them, with one difference: a quoted cell may go on
over a line's end only when its closing quote is followed by a separator or a line's end. Otherwise one
forgotten quote would swallow the good rows below it; here it costs the line it stands on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

UNCLOSED = "the quote that opens this cell is never closed"
STRAY_QUOTE = "there are more quotes after the one that closes this cell; a quote inside a quoted cell is doubled"


@dataclass(frozen=True, slots=True)
class Grammar:
    """What separates and quotes cells in text that is already UTF-8."""

    separator: bytes
    quote: bytes = b'"'
    """Empty when nothing is quoted."""
    line_end: bytes = b"\n"
    r"""``\n`` (a ``\r`` before it belongs to it) or, for old Mac files, ``\r``."""
    escape: bool = False
    r"""Inside a quoted cell ``\"`` means a quote and ``\\`` a backslash."""
    comment: bytes = b""


class Record(NamedTuple):
    """One record. ``fault`` is empty for a well-formed one; ``column`` (from 0) is where the fault lies."""

    line: int
    """Physical line on which the record begins, from 1."""
    end: int
    """Offset in the buffer just behind the record."""
    lines: int
    """Physical lines that the record covers."""
    cells: list[bytes]
    """Empty for a blank line and for a comment."""
    fault: str = ""
    column: int = 0


class Tokenizer:
    """Splits a buffer into records, exactly and in order."""

    def __init__(self, grammar: Grammar) -> None:
        self._separator = grammar.separator
        self._quote = grammar.quote
        self._line_end = grammar.line_end
        self._escape = grammar.escape
        self._comment = grammar.comment
        separator, quote, end = (re.escape(part) for part in (grammar.separator, grammar.quote, grammar.line_end))
        if not grammar.quote:
            return
        body = rb"(?:[^%b]++|%b%b)*+" % (quote, quote, quote)
        if grammar.escape:
            body = rb"(?:[^%b\\]++|%b%b|\\[\s\S])*+" % (quote, quote, quote)
        trail = rb"(?:(?!%b)[^%b\r\n])*+" % (separator, quote)
        stop = rb"(?=%b|\r?%b|\Z)" % (separator, end)
        self._body = re.compile(quote + body)
        self._trail = re.compile(trail)
        self._closed = re.compile(rb"%b(%b)%b(%b)%b" % (quote, body, quote, trail, stop))

    def records(self, buffer: bytes, line: int, *, final: bool) -> Iterator[Record]:
        """Yield the records of the buffer, the first of which begins on the given physical line.

        Unless ``final``, it ends before a record that might go on behind the buffer; the last record's ``end``
        tells where to go on.
        """
        position = 0
        while position < len(buffer):
            end = buffer.find(self._line_end, position)
            if end < 0 and not final:
                return
            stop = len(buffer) if end < 0 else end
            if self._quote and buffer.find(self._quote, position, stop) >= 0:
                record = self._quoted(buffer, position, line, final)
                if record is None:
                    return
            else:
                cells = self._plain(buffer[position:stop])
                record = Record(line, min(stop + 1, len(buffer)), 1, cells)
            yield record
            position, line = record.end, line + record.lines

    def _plain(self, text: bytes) -> list[bytes]:
        if self._line_end == b"\n":
            text = text.removesuffix(b"\r")
        if not text or (self._comment and text.startswith(self._comment)):
            return []
        return text.split(self._separator)

    def _quoted(self, buffer: bytes, start: int, line: int, final: bool) -> Record | None:
        """Read the record at ``start``, which holds a quote; None when it may go on behind the buffer."""
        if self._comment and buffer.startswith(self._comment, start):
            return self._passed(buffer, start, line)
        cells: list[bytes] = []
        at, line_end = start, -1
        while True:
            if buffer.startswith(self._quote, at):
                match = self._closed.match(buffer, at)
                if not final and (match is None or match.end() == len(buffer)) and self._may_go_on(buffer, at):
                    return None
                if match is None or (match[2] and self._line_end in match[1]):
                    return self._broken(buffer, start, line, at, len(cells))
                cells.append(self._unquoted(match[1]) + match[2])
                at = match.end()
            else:
                if line_end < at:
                    line_end = buffer.find(self._line_end, at)
                    if line_end < 0 and not final:
                        return None
                    line_end = len(buffer) if line_end < 0 else line_end
                at = self._bare(buffer, at, line_end, cells)
            if buffer.startswith(self._separator, at):
                at += len(self._separator)
                continue
            end = self._behind_line(buffer, at)
            return Record(line, end, max(buffer.count(self._line_end, start, end), 1), cells)

    def _bare(self, buffer: bytes, at: int, line_end: int, cells: list[bytes]) -> int:
        """Append the unquoted cell at ``at`` and return the offset of what ends it."""
        end = buffer.find(self._separator, at, line_end)
        if end < 0:
            end = line_end
            if self._line_end == b"\n" and buffer.endswith(b"\r", at, end):
                end -= 1
        cells.append(buffer[at:end])
        return end

    def _unquoted(self, body: bytes) -> bytes:
        if self._escape and b"\\" in body:
            body = re.sub(rb"\\([\\%b])" % re.escape(self._quote), rb"\1", body)
        return body.replace(self._quote * 2, self._quote) if self._quote in body else body

    def _may_go_on(self, buffer: bytes, at: int) -> bool:
        """Say whether more text could still close the quoted cell at ``at``."""
        body = self._body.match(buffer, at)
        if body is None or body.end() >= len(buffer) - 1:
            return True
        trail = self._trail.match(buffer, body.end() + 1)
        left = len(buffer) - (trail.end() if trail else body.end() + 1)
        return left < max(2, len(self._separator))

    def _broken(self, buffer: bytes, start: int, line: int, at: int, column: int) -> Record:
        body = self._body.match(buffer, at)
        fault = STRAY_QUOTE if body is not None and body.end() < len(buffer) else UNCLOSED
        record = self._passed(buffer, start, line)
        return record._replace(cells=[buffer[start : record.end].rstrip(b"\r\n")], fault=fault, column=column)

    def _passed(self, buffer: bytes, start: int, line: int) -> Record:
        return Record(line, self._behind_line(buffer, start), 1, [])

    def _behind_line(self, buffer: bytes, at: int) -> int:
        end = buffer.find(self._line_end, at)
        return len(buffer) if end < 0 else end + 1
