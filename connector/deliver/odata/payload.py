"""Answers in OData's JSON format, written and compressed piece by piece: a long one never stands in memory as text.

The rows of an answer are kept as compressed lines, one JSON object each, from which any page can be cut.
https://docs.oasis-open.org/odata/odata-json-format/v4.0/odata-json-format-v4.0.html
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson

from connector.deliver.odata.model import NAMESPACE, Feed, FeedProperty
from connector.deliver.odata.values import encoder
from connector.model.table import Cell

Metadata = Literal["none", "minimal", "full"]
_LINES: Final = 1_000
_PIECE: Final = 65_536
_HEAD: Final = struct.Struct(">q")
_TYPED: Final = ("Edm.Int32", "Edm.Int64", "Edm.Decimal", "Edm.Date", "Edm.DateTimeOffset")
"""Types that full metadata has to name beside each value."""


@dataclass(frozen=True, slots=True)
class Form:
    """How values are written: how much is said about them, and whether long numbers are texts."""

    metadata: Metadata = "minimal"
    numbers_as_texts: bool = False

    @property
    def content_type(self) -> str:
        """Media type of an answer of this form."""
        texts = ";IEEE754Compatible=true" if self.numbers_as_texts else ""
        return f"application/json;odata.metadata={self.metadata};odata.streaming=true{texts};charset=utf-8"


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the rows of one page. ``count`` is that of all rows, if asked; links are absolute."""

    context: str
    count: int | None = None
    next_link: str = ""


def packed_rows(
    feed: Feed, shown: Sequence[FeedProperty], columns: Sequence[Sequence[Cell]], rows: int, form: Form
) -> Iterator[bytes]:  # fmt: skip
    """Yield rows as compressed lines, piece by piece, their number first; ``columns``: the cells of each property."""
    gzip = zlib.compressobj(1)
    takes = [_taker(each, form) for each in shown]
    written = _full if form.metadata == "full" else _plain
    yield _HEAD.pack(rows)
    for start in range(0, rows, _LINES):
        count = min(_LINES, rows - start)
        values = [list(map(take, column[start : start + count])) for take, column in zip(takes, columns, strict=True)]
        lines = map(orjson.dumps, written(feed, shown, values, count, form))
        yield gzip.compress(b"\n".join(lines) + b"\n")
    yield gzip.flush()


def _taker(each: FeedProperty, form: Form) -> Callable[[Cell], Any]:
    """A dimension has few values in many rows, so what was written once is known."""
    take = encoder(each.type, as_texts=form.numbers_as_texts)
    if each.role == "metric":
        return take
    known: dict[Cell, Any] = {}

    def taken(cell: Cell) -> Any:
        if cell not in known:
            known[cell] = take(cell)
        return known[cell]

    return take if each.role == "key" else taken


def _plain(
    _feed: Feed, shown: Sequence[FeedProperty], values: list[list[Any]], count: int, form: Form
) -> Iterator[dict[str, Any]]:
    """A row is no entity that could be asked for again, which its null id says (JSON format, 4.5.8)."""
    names = [each.id for each in shown]
    if form.metadata == "minimal":
        names, values = ["@odata.id", *names], [[None] * count, *values]
    return (dict(zip(names, row, strict=True)) for row in zip(*values, strict=True))


def _full(
    feed: Feed, shown: Sequence[FeedProperty], values: list[list[Any]], count: int, _form: Form
) -> Iterator[dict[str, Any]]:
    tells = [f"#{each.type.removeprefix('Edm.')}" if each.type in _TYPED else "" for each in shown]
    for place in range(count):
        found: dict[str, Any] = {"@odata.type": f"#{NAMESPACE}.{feed.type_name}", "@odata.id": None}
        for each, kind, column in zip(shown, tells, values, strict=True):
            if kind and column[place] is not None:
                found[f"{each.id}@odata.type"] = kind
            found[each.id] = column[place]
        yield found


def row_count(packed: bytes) -> int:
    """Return how many rows were packed."""
    return int(_HEAD.unpack_from(packed)[0])


def page(packed: bytes, skip: int, rows: int, frame: Frame, form: Form) -> Iterator[bytes]:
    """Yield the JSON of ``rows`` rows after the first ``skip``, piece by piece."""
    head: dict[str, Any] = {} if form.metadata == "none" else {"@odata.context": frame.context}
    if frame.count is not None:
        head["@odata.count"] = str(frame.count) if form.numbers_as_texts else frame.count
    yield orjson.dumps(head)[:-1] + (b"," if head else b"") + b'"value":['
    yield from _cut(packed, skip, rows)
    yield b"]" + (b',"@odata.nextLink":' + orjson.dumps(frame.next_link) if frame.next_link else b"") + b"}"


def _cut(packed: bytes, skip: int, rows: int) -> Iterator[bytes]:
    first = True
    for lines in _groups(packed):
        if rows <= 0:
            return
        if skip >= len(lines):
            skip -= len(lines)
            continue
        taken = lines[skip : skip + rows]
        skip, rows = 0, rows - len(taken)
        yield (b"" if first else b",") + b",".join(taken)
        first = False


def _groups(packed: bytes) -> Iterator[list[bytes]]:
    """Yield whole lines in groups. No line holds a line break: JSON escapes them."""
    stream = zlib.decompressobj()
    rest = b""
    for start in range(_HEAD.size, len(packed), _PIECE):
        *lines, rest = (rest + stream.decompress(packed[start : start + _PIECE])).split(b"\n")
        yield lines
    *lines, _ = (rest + stream.flush()).split(b"\n")
    yield lines


def service_document(feeds: Iterable[Feed], context: str, form: Form) -> bytes:
    """Return the list of entity sets."""
    entries = [{"name": feed.name, "kind": "EntitySet", "url": feed.name, "title": feed.label} for feed in feeds]
    head = {} if form.metadata == "none" else {"@odata.context": context}
    return orjson.dumps(head | {"value": entries})
