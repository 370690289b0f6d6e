"""The answer of getData as compressed JSON, written row by row so that the rows never stand in memory as text."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

import orjson

from connector.deliver.looker.fields import Field
from connector.deliver.looker.values import Value
from connector.errors import QueryError

MOST_BYTES: Final = 45_000_000
"""Apps Script takes 50 MB of one answer; whether before or after unpacking is not said, so before."""
_ROWS: Final = 2_000
_PIECE: Final = 65_536
_BETWEEN: Final = b"],["


def packed(
    fields: Sequence[Field], rows: Iterable[Sequence[Value]], *, filters_applied: bool, most_bytes: int = MOST_BYTES
) -> bytes:
    """Return ``{schema, filtersApplied, rows}`` as gzip. Raises QueryError for more than ``most_bytes`` of JSON."""
    gzip = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts: list[bytes] = []
    size = 0
    for piece in _pieces(fields, rows, filters_applied=filters_applied):
        size += len(piece)
        if size > most_bytes:
            raise QueryError(
                f"The chart would get more than {most_bytes // 1_000_000} MB of data.",
                place="chart",
                remedy="Remove a dimension, add a filter or choose fewer days.",
            )
        parts.append(gzip.compress(piece))
    return b"".join([*parts, gzip.flush()])


def unpacked(body: bytes) -> Iterator[bytes]:
    """Yield a packed body as plain JSON, piece by piece."""
    stream = zlib.decompressobj(31)
    for start in range(0, len(body), _PIECE):
        yield stream.decompress(body[start : start + _PIECE])
    yield stream.flush()


def _pieces(fields: Sequence[Field], rows: Iterable[Sequence[Value]], *, filters_applied: bool) -> Iterator[bytes]:
    head = orjson.dumps({"schema": [field.to_json() for field in fields], "filtersApplied": filters_applied})
    yield head[:-1] + b',"rows":['
    left = iter(rows)
    first = True
    while group := list(islice(left, _ROWS)):
        yield (b"" if first else b",") + _objects(group)
        first = False
    yield b"]}"


def _objects(rows: Sequence[Sequence[Value]]) -> bytes:
    """Return ``{"values":[...]},...``. To make an object of every row first would cost more than all the rest.

    Between two rows stands ``],[``, and nowhere else unless a text holds it: then they are as many more.
    """
    lists = orjson.dumps(rows)
    if lists.count(_BETWEEN) != len(rows) - 1:
        return orjson.dumps([{"values": values} for values in rows])[1:-1]
    return b'{"values":' + lists[1:-1].replace(_BETWEEN, b']},{"values":[') + b"}"
