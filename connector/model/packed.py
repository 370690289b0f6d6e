"""Rows of texts, column by column, in one Arrow batch: a fraction of the room that single texts take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any


class PackedColumns(Mapping[str, Sequence[str | None]]):
    """The columns of some rows in one Arrow batch of texts (``batch``), each read as a list of text and None."""

    __slots__ = ("batch",)

    def __init__(self, batch: Any) -> None:
        self.batch = batch

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.batch.num_rows)

    def __getitem__(self, name: str) -> list[str | None]:
        place = self.batch.schema.get_field_index(name)
        if place < 0:
            raise KeyError(name)
        found: list[str | None] = self.batch.column(place).to_pylist()
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.batch.schema.names)

    def __len__(self) -> int:
        return int(self.batch.num_columns)


def pack(pages: Sequence[Mapping[str, Sequence[str | None]]]) -> PackedColumns:
    """Return pages with the same columns packed. A few at a time, while the processor still has their texts at hand."""
    import pyarrow as pa  # noqa: PLC0415  a server that answers questions starts without it

    names = list(pages[0])
    columns = (chain.from_iterable(page[name] for page in pages) for name in names)
    return PackedColumns(pa.record_batch([pa.array(list(column), pa.string()) for column in columns], names=names))


def release_memory() -> None:
    """Give back what packing held and needs no longer."""
    import pyarrow as pa  # noqa: PLC0415

    pa.default_memory_pool().release_unused()
