"""The head of an answer, read without the mail parser that http.client takes for it.

Plain lines ``Name: value`` are what vendors send; the mail parser spends a third of a millisecond on ten of them, a
tenth of what a page of records costs altogether. Any other line (a continued one, one without a name) is left to the
mail parser, with all lines of that head, so that what an odd head means stays what http.client says it means.
"""

from __future__ import annotations

import http.client
import io
import re
from http.client import HTTPMessage
from types import FunctionType
from typing import Any, BinaryIO, Final

MOST_LINE: Final = 65_536
MOST_LINES: Final = 100
"""As in http.client, which does not export them."""

_PLAIN: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([^\r\n]*)\r?\n")
"""One line of a head (RFC 9110, 5.1 and 5.5); blanks behind the value stay, as the mail parser has it."""


def read_head(file: BinaryIO, *options: Any, **more: Any) -> HTTPMessage:
    """Return the head that a file is at, up to and with the empty line behind it; takes the place of parse_headers.

    Raises http.client.LineTooLong and HTTPException as http.client does.
    """
    lines = _lines(file)
    found = [_PLAIN.fullmatch(line) for line in lines[:-1]]
    if options or more or not all(found):
        parsed: HTTPMessage = http.client.parse_headers(io.BytesIO(b"".join(lines)), *options, **more)
        return parsed
    message = HTTPMessage()
    for line in found:
        assert line is not None
        message.set_raw(line[1].decode("latin-1"), line[2].decode("latin-1"))
    return message


def _lines(file: BinaryIO) -> list[bytes]:
    lines: list[bytes] = []
    while True:
        line = file.readline(MOST_LINE + 1)
        if len(line) > MOST_LINE:
            raise http.client.LineTooLong("header line")
        lines.append(line)
        if len(lines) > MOST_LINES:
            raise http.client.HTTPException(f"got more than {MOST_LINES} headers")
        if line in (b"\r\n", b"\n", b""):
            return lines


_standard: Final = http.client.HTTPResponse.begin
# ``begin`` finds its parser among the names of its module and has no other place for one. The same code with another
# parser keeps all else of it, whatever Python's version; a copy of its lines would not.
begin: Final = FunctionType(_standard.__code__, {**vars(http.client), "parse_headers": read_head}, "begin",
                            _standard.__defaults__, _standard.__closure__)  # fmt: skip
begin.__kwdefaults__ = _standard.__kwdefaults__
