"""The answer to a question as a table that programs take over HTTP: CSV or JSON, packed and kept for a while."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from connector.actions.answer_cache import AnswerCache
from connector.actions.chart_currency import check_currency, without_rate
from connector.actions.query import MAX_ROWS, timed_query
from connector.deliver.looker.packed import unpacked
from connector.model.query import Query
from connector.model.table import Table
from connector.store.store import Store

if TYPE_CHECKING:
    from connector.deliver.files.csv_file import FirstLine

Form = Literal["csv", "json"]
BYTE_ORDER_MARK: Final = "\ufeff"
_CHARACTERS: Final = 65_536


@dataclass(frozen=True, slots=True)
class TableRequest:
    """A question, and how its answer is written.

    ``first_line`` and ``marked`` are for CSV: what its first line holds, and whether it begins with a byte order mark,
    by which Excel knows UTF-8.
    """

    question: Query
    form: Form = "csv"
    first_line: FirstLine = "id"
    marked: bool = False


@dataclass(frozen=True, slots=True)
class PackedTable:
    """An answer, compressed."""

    gzip: bytes

    @property
    def tag(self) -> str:
        """What changes exactly when the answer does: it is of the figures, not of the time they were asked for."""
        return hashlib.sha256(self.gzip).hexdigest()[:32]

    def plain(self) -> Iterator[bytes]:
        """Yield the answer piece by piece, for those who cannot unpack it."""
        return unpacked(self.gzip)


def answer_table(
    store: Store, workspace: str, asked: TableRequest, now: datetime, cache: AnswerCache, *, max_rows: int = MAX_ROWS
) -> PackedTable:
    """Answer a question as of ``now`` (aware, UTC), as :func:`connector.actions.query.query` does.

    CSV has no place for notes, so a currency that not every amount can be brought into is refused there.
    The answer is kept until new data are published or it is old. Raises UnknownName, QueryError and TryLater.
    """
    held = store.workspace(workspace)
    key = ("table", held.id, store.manifest(held).generation, repr(asked))

    def make() -> bytes:
        table, check_time = timed_query(store, workspace, asked.question, now, max_rows)
        if asked.form == "csv" and without_rate(table):
            with store.reader(held) as reader:
                check_currency(table, asked.question.currency, reader.profile.currency)
        return packed_table(table, asked, check_time).gzip

    return PackedTable(cache.answer(key, make))


def packed_table(table: Table, asked: TableRequest, check_time: Callable[[], None] = lambda: None) -> PackedTable:
    """Return a table written as it was asked for; ``check_time`` is called now and then and may raise."""
    return PackedTable(_packed(_pieces(table, asked), check_time))


def _pieces(table: Table, asked: TableRequest) -> Iterator[str]:
    # A new process is ready sooner without what writes files.
    from connector.deliver.files.csv_file import csv_pieces  # noqa: PLC0415
    from connector.deliver.files.json_file import json_pieces, table_answer  # noqa: PLC0415

    if asked.form == "json":
        yield from json_pieces(table_answer(table))
        return
    yield BYTE_ORDER_MARK if asked.marked else ""
    yield from csv_pieces(table, asked.first_line, asked.question.language)


def _packed(pieces: Iterable[str], check_time: Callable[[], None]) -> bytes:
    """Compress piece by piece, so that an answer never stands in memory as text."""
    gzip = zlib.compressobj(1, zlib.DEFLATED, 31)
    parts: list[bytes] = []
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= _CHARACTERS:
            parts.append(gzip.compress("".join(waiting).encode()))
            waiting, size = [], 0
            check_time()
    return b"".join([*parts, gzip.compress("".join(waiting).encode()), gzip.flush()])
