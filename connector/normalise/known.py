"""What is known of a vendor's streams so far: the rows folded in before and the chunks read since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow.parquet as pq

from connector.model.quoting import identifier, literal, literals
from connector.normalise.fold_versions import position_of

BATCH: Final = 10_000


class KnownRows:
    """Answers which ids a stream has. ``folded`` is the file of each stream, ``chunks`` what was read since, in order.

    Good for several threads: each question opens a session of its own.
    """

    def __init__(
        self, folded: Mapping[str, Path], chunks: Callable[[str], Sequence[Path]], memory_limit: str = "256MB"
    ) -> None:
        self._folded = folded
        self._chunks = chunks
        self._memory_limit = memory_limit

    def ids(self, stream: str) -> Iterator[Sequence[str]]:
        """Yield the ids of all live rows of a stream, in batches, each id once."""
        yield from self._batches(self._newest(stream, ()), "archived IS DISTINCT FROM 'true'")

    def live(self, stream: str) -> int:
        """Return the number of live rows of a stream."""
        return sum(len(batch) for batch in self.ids(stream))

    def ids_where(self, stream: str, column: str, values: frozenset[str]) -> Iterator[Sequence[str]]:
        """Yield the ids of live rows whose column holds one of the values."""
        if values:
            found = f"{identifier(column)} IN ({literals(sorted(values))})"
            condition = f"archived IS DISTINCT FROM 'true' AND {found}"
            yield from self._batches(self._newest(stream, (column,), found), condition)

    def ids_since(self, stream: str, column: str, moment: datetime) -> Iterator[Sequence[str]]:
        """Yield the ids of rows, archived ones included, whose column holds an instant at or after a moment.

        An instant is ISO text, or milliseconds since 1970 as vendors also write it.
        """
        cell = identifier(column)
        read = f"coalesce(try_cast({cell} AS TIMESTAMPTZ), make_timestamptz(try_cast({cell} AS BIGINT) * 1000))"
        condition = f"{read} >= TIMESTAMPTZ {literal(moment.astimezone(UTC).isoformat())}"
        yield from self._batches(self._newest(stream, (column,), condition), condition)

    def changed(self, stream: str) -> Iterator[Sequence[str]]:
        """Yield the ids of the rows that the chunks brought."""
        files = list(self._chunks(stream))
        read = f"SELECT DISTINCT id FROM read_parquet([{literals(files)}], hive_partitioning=false)"
        yield from self._batches(read if files else "", "true")

    def _newest(self, stream: str, columns: Sequence[str], found: str = "") -> str:
        """SQL of id, archived and some columns of a stream, as each was told last; empty text for no file.

        ``found`` is a condition on the one column: rows of which no file says it are left out, where that is cheap.
        """
        files = [*([self._folded[stream]] if stream in self._folded else []), *self._chunks(stream)]
        names = ["archived", *columns]
        alike: dict[tuple[str, ...], dict[int, Path]] = {}
        for number, file in enumerate(files):
            present = pq.read_schema(file).names
            alike.setdefault(tuple(name for name in names if name in present), {})[number] = file
        selects, saying = [], []
        for told, group in alike.items():
            read = f"read_parquet([{literals(group.values())}], hive_partitioning=false)"
            if found and columns[0] in told:
                saying.append(f"SELECT id FROM {read} WHERE {found}")
            cells = ", ".join(
                f"{identifier(name) if name in told else 'NULL::VARCHAR'} AS {identifier(name)},"
                f" {position_of(group) if name in told else '-1'} AS {identifier(f'{name} from')}"
                for name in names
            )
            selects.append(f"SELECT id, {cells} FROM {read}")
        if not selects:
            return ""
        if stream in self._folded and len(files) == 1:  # no id stands twice in it
            return selects[0]
        newest = ", ".join(
            f"arg_max_null({identifier(name)}, {identifier(f'{name} from')}) AS {identifier(name)}" for name in names
        )
        only = f" SEMI JOIN ({' UNION ALL '.join(saying)}) USING (id)" if saying else ""
        return f"SELECT id, {newest} FROM ({' UNION ALL '.join(selects)}){only} GROUP BY id"

    def _batches(self, query: str, condition: str) -> Iterator[Sequence[str]]:
        if not query:
            return
        with duckdb.connect(config={"memory_limit": self._memory_limit, "threads": "1"}) as session:
            found = session.execute(f"SELECT id FROM ({query}) WHERE {condition}")
            while rows := found.fetchmany(BATCH):
                yield [row[0] for row in rows]
