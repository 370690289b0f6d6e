"""The versions of the rows of one stream and which of them count, as DuckDB relations. ``fold`` tells the rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow.parquet as pq

from connector.model.quoting import identifier, literal, literals

LINE: Final = "_line"
STATE: Final = ("archived", "archivedAt", "merged_into")
"""Columns that say whether a record is there: settled together, the others one by one."""

_ROW_BITS: Final = 40
"""A position is the number of a file and, in its lower bits, that of a row in the file."""
_LOW: Final = f"{1 << 64}::HUGEINT"
"""An age is the time of the last change and, in its lower bits, the position."""


def position_of(numbers: Collection[int]) -> str:
    """SQL of the position of a row in a ``read_parquet`` of the files of these numbers, in their order."""
    listed = ", ".join(map(str, numbers))
    number = f"[{listed}][file_index::BIGINT + 1]" if len(numbers) > 1 else listed
    return f"({number}::BIGINT << {_ROW_BITS}) + file_row_number"


@dataclass(frozen=True, slots=True)
class Shape:
    """Files with the same columns, by their numbers in reading order. The previous file is number 0."""

    columns: frozenset[str]
    files: dict[int, Path] = field(default_factory=dict)

    @property
    def content(self) -> frozenset[str]:
        """Columns that are settled one by one."""
        return self.columns - {"id", LINE, *STATE}

    def cell(self, name: str) -> str:
        return identifier(name) if name in self.columns else "NULL::VARCHAR"

    def cells(self, names: Sequence[str]) -> str:
        """SQL of columns under their own names; those that the files lack are NULL."""
        return ", ".join(f"{self.cell(name)} AS {identifier(name)}" for name in names)

    def scan(self, select: str, numbers: frozenset[int] | None = None) -> str:
        """SQL of ``position`` and a select list over the rows of all files, or of some by their numbers."""
        files = {number: path for number, path in self.files.items() if numbers is None or number in numbers}
        read = f"read_parquet([{literals(files.values())}], hive_partitioning=false)"
        return f"SELECT {position_of(files)} AS position, {select} FROM {read}"

    @property
    def gone(self) -> str:
        """SQL: the row says that its record is archived."""
        return f"(coalesce({self.cell('archived')} = 'true', false) OR {self.cell('merged_into')} IS NOT NULL)"


def _nulls(names: Sequence[str]) -> dict[str, str]:
    return dict.fromkeys(names, "NULL::VARCHAR")


def read_shapes(
    connection: duckdb.DuckDBPyConnection, previous: Path | None, chunks: Sequence[Path], found_at: datetime | None
) -> Versions:
    """Read which columns each file has."""
    known = Shape(_columns(previous), {0: previous}) if previous is not None else None
    shapes: dict[frozenset[str], Shape] = {}
    for number, path in enumerate(chunks, 1):
        columns = _columns(path)
        shapes.setdefault(columns, Shape(columns)).files[number] = path
    return Versions(connection, known, tuple(shapes.values()), found_at)


def _columns(path: Path) -> frozenset[str]:
    return frozenset(pq.read_schema(path).names)


@dataclass(frozen=True, slots=True)
class Versions:
    """All versions of the rows of a stream. ``known`` is the previous file, ``shapes`` are the chunks."""

    connection: duckdb.DuckDBPyConnection
    known: Shape | None
    shapes: tuple[Shape, ...]
    found_at: datetime | None

    @property
    def all_shapes(self) -> tuple[Shape, ...]:
        return (self.known, *self.shapes) if self.known is not None else self.shapes

    @property
    def content(self) -> tuple[str, ...]:
        return tuple(sorted(frozenset[str]().union(*(shape.content for shape in self.all_shapes))))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of the result without the line number."""
        return ("id", *sorted({*self.content, *STATE}))

    def counted(self, path: Path) -> tuple[int, int]:
        """Return the rows of a folded file, and those that are not archived."""
        read = f"read_parquet({literal(path)}, hive_partitioning=false)"
        rows, live = self._row(f"SELECT count(*), count(*) FILTER (WHERE archived = 'false') FROM {read}")
        return int(rows), int(live)

    # --- every id once -------------------------------------------------------------------------------------

    def may_repeat(self) -> bool:
        """Whether an id may stand twice in the chunks. Hashes can only say so too often, never too seldom."""
        ids = " UNION ALL ".join(shape.scan("id") for shape in self.shapes)
        return bool(self._row(f"SELECT count(*) > count(DISTINCT hash(id)) FROM ({ids})")[0])

    def unsettled(self) -> str:
        """SQL of the rows of the chunks, for chunks in which no id stands twice."""
        files = sorted((number, path) for shape in self.shapes for number, path in shape.files.items())
        counts = [int(pq.read_metadata(path).num_rows) for _, path in files]
        before = f"[{', '.join(map(str, accumulate(counts[:-1], initial=0)))}]"
        line = f"{before}[position >> {_ROW_BITS}] + (position & {(1 << _ROW_BITS) - 1}) + 1"
        names = ("id", *self.content, *STATE)
        read = " UNION ALL ".join(shape.scan(f"{shape.cells(names)}, {shape.gone} AS is_gone") for shape in self.shapes)
        return f"SELECT * REPLACE ({self._state('')}), {line} AS {LINE} FROM ({read})"

    def _state(self, row: str) -> str:
        """SQL of the state columns of a row that has ``is_gone``, ``archivedAt`` and ``merged_into``."""
        return (
            f"CASE WHEN {row}is_gone THEN 'true' ELSE 'false' END AS archived,"
            f' CASE WHEN {row}is_gone THEN coalesce({row}"archivedAt", {self._found_at()}) END AS "archivedAt",'
            f" CASE WHEN {row}is_gone THEN {row}merged_into END AS merged_into"
        )

    def _found_at(self) -> str:
        if self.found_at is None:
            return "NULL"
        return literal(self.found_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))

    # --- several versions ----------------------------------------------------------------------------------

    def settle(self) -> None:
        """Create ``touched`` (ids of the chunks) and ``pick``: per id its state, line and the rows that count."""
        ids = " UNION ALL ".join(shape.scan("id") for shape in self.shapes) or "SELECT NULL AS id WHERE false"
        self._run(f"CREATE TEMP TABLE touched AS SELECT DISTINCT id FROM ({ids})")
        seen = " UNION ALL ".join(
            part for number, shape in enumerate(self.all_shapes) for part in self._seen(number, shape)
        )
        self._run(f"CREATE TEMP TABLE seen AS SELECT * FROM ({seen})")
        places = ", ".join(f"{self._place(group)} AS place_{index}" for index, group in enumerate(self._groups()))
        self._run(f"""
            CREATE TEMP TABLE pick AS
            SELECT id, min(line) AS line, min(position) AS first, arg_max(is_gone, age) AS is_gone,
                   max(changed_at) > max(changed_at) FILTER (line IS NOT NULL) AS is_newer,
                   CASE WHEN max(age) FILTER (archived_at IS NOT NULL) > coalesce(max(age) FILTER (NOT is_gone), -1)
                        THEN arg_max(archived_at, age) END AS "archivedAt",
                   CASE WHEN max(age) FILTER (merged_into IS NOT NULL) > coalesce(max(age) FILTER (NOT is_gone), -1)
                        THEN arg_max(merged_into, age) END AS merged_into{", " if places else ""}{places}
            FROM ({self._aged()}) GROUP BY id
        """)
        self._run("DROP TABLE seen")
        last = f"SELECT max({LINE}) FROM ({self.known.scan(LINE)})" if self.known is not None else "SELECT 0"
        self._run(f"""
            CREATE TEMP TABLE numbered AS
            SELECT first, coalesce(({last}), 0) + row_number() OVER (ORDER BY first) AS line
            FROM pick WHERE line IS NULL
        """)

    def _seen(self, number: int, shape: Shape) -> list[str]:
        """SQL of the narrow rows of a shape; of the previous file only those that the chunks have too."""
        narrow = (
            f"id, {number} AS shape, epoch_us(try_cast({shape.cell('updatedAt')} AS TIMESTAMPTZ)) AS changed_at,"
            f" {shape.gone} AS is_gone, {shape.cell('archivedAt')} AS archived_at,"
            f" {shape.cell('merged_into')} AS merged_into"
        )
        if shape is self.known:
            rows = shape.scan(f"{narrow}, {LINE} AS line")
            return [f"SELECT *, false AS is_bare FROM ({rows}) SEMI JOIN touched USING (id)"]
        narrow += ", NULL::BIGINT AS line"
        if not {"archived", "merged_into"} & shape.columns:
            return [f"{shape.scan(f'{narrow}, false AS is_bare')}"]
        # Only rows that say "archived" are looked at whole, which is cheap: a file has few of them or nothing else.
        filled = ", ".join(identifier(name) for name in sorted(shape.content))
        bare = f"coalesce({filled}, NULL) IS NULL" if filled else "true"
        return [
            f"{shape.scan(f'{narrow}, false AS is_bare')} WHERE NOT {shape.gone}",
            f"{shape.scan(f'{narrow}, {bare} AS is_bare')} WHERE {shape.gone}",
        ]

    def _aged(self) -> str:
        """SQL of ``seen`` with ``age``; a version without a time is as old as the newest one read before it."""
        timed, untimed = self._row("SELECT count(changed_at), count(*) - count(changed_at) FROM seen")
        at, joined = "s.changed_at", ""
        if timed and untimed:
            self._run("""
                CREATE TEMP TABLE dated AS
                SELECT position, max(changed_at) OVER (PARTITION BY id ORDER BY position) AS changed_at
                FROM seen SEMI JOIN (SELECT id FROM seen WHERE changed_at IS NULL) USING (id)
            """)
            at, joined = "coalesce(s.changed_at, d.changed_at)", "LEFT JOIN dated d ON d.position = s.position"
        age = f"coalesce({at} + {1 << 60}, 0)::HUGEINT * {_LOW} + s.position"
        return f"SELECT s.*, {age} AS age FROM seen s {joined}"

    def _groups(self) -> list[tuple[int, ...]]:
        """Columns known to the same shapes are settled together: their shapes, those of most columns first."""
        return sorted(self._grouped(), key=lambda group: (-len(self._grouped()[group]), group))

    def _grouped(self) -> dict[tuple[int, ...], list[str]]:
        found: dict[tuple[int, ...], list[str]] = {}
        for name in self.content:
            having = tuple(number for number, shape in enumerate(self.all_shapes) if name in shape.columns)
            found.setdefault(having, []).append(name)
        return found

    @staticmethod
    def _place(group: tuple[int, ...]) -> str:
        chosen = f"FILTER (NOT is_bare AND shape IN ({', '.join(map(str, group))}))"
        return f"(max(age) {chosen} % {_LOW})::BIGINT"

    # --- the rows that count -------------------------------------------------------------------------------

    def differ(self, *, whole: bool) -> bool:
        """Whether any row or column is not what the previous file holds."""
        known = self.known
        assert known is not None
        if set(self.columns) != known.columns - {LINE} or self._row("SELECT count(*) FROM numbered")[0]:
            return True
        if self._row("SELECT bool_or(is_newer) FROM pick")[0]:  # a change of updatedAt is one: spares reading rows
            return True
        if whole and self._row(f"SELECT count(*) FROM ({self._untouched(known)}) WHERE archived = 'false'")[0]:
            return True
        held = known.scan(known.cells(self.columns))
        before = f"SELECT * FROM ({held}) SEMI JOIN touched USING (id)"
        return bool(self._digest(before) != self._digest(self._touched()))

    def _digest(self, rows: str) -> Any:
        listed = ", ".join(identifier(name) for name in self.columns)
        return self._row(f"SELECT count(*), sum(hash({listed})::HUGEINT) FROM ({rows})")

    def settled(self, *, whole: bool) -> str:
        """SQL of all rows, each id once. ``whole``: rows that the chunks lack are gone."""
        touched = self._touched()
        if self.known is None:
            return touched
        rest = self._untouched(self.known)
        if whole:
            gone = f"""CASE WHEN archived = 'false' THEN {self._found_at()} ELSE "archivedAt" END AS "archivedAt\""""
            rest = f"SELECT * REPLACE ({gone}, 'true' AS archived) FROM ({rest})"
        return f"{rest} UNION ALL BY NAME ({touched})"  # in brackets: it is a UNION ALL itself, by position

    def _untouched(self, known: Shape) -> str:
        rows = known.scan(f"{known.cells(self.columns)}, {LINE}")
        return f"SELECT * EXCLUDE (position) FROM ({rows}) ANTI JOIN touched USING (id)"

    def _touched(self) -> str:
        """SQL of the rows that the chunks have, put together from the versions that count."""
        groups, named = self._groups(), self._grouped()
        joins = ["LEFT JOIN numbered n ON n.first = p.first"]
        for index, group in enumerate(groups[1:], 1):
            joins.append(f"LEFT JOIN ({self._rows_of(index, group)}) g{index} ON g{index}.position = p.place_{index}")
        cells = {name: f"g{index}.{identifier(name)}" for index, group in enumerate(groups) for name in named[group]}
        lacking = cells | _nulls(named[groups[0]] if groups else ())
        without = f"{self._put_together(lacking)} FROM pick p {' '.join(joins)}"
        if not groups:
            return without
        main = f"({self._rows_of(0, groups[0])}) g0 JOIN pick p ON g0.position = p.place_0 {' '.join(joins)}"
        return f"{self._put_together(cells)} FROM {main} UNION ALL {without} WHERE p.place_0 IS NULL"

    def _put_together(self, cells: Mapping[str, str]) -> str:
        content = "".join(f"{cells[name]} AS {identifier(name)}, " for name in self.content)
        return f"SELECT p.id, {content}{self._state('p.')}, coalesce(p.line, n.line) AS {LINE}"

    def _rows_of(self, index: int, group: tuple[int, ...]) -> str:
        """SQL of the columns of a group in the files that hold rows that count."""
        found = self.connection.execute(f"SELECT DISTINCT place_{index} >> {_ROW_BITS} FROM pick").fetchall()
        used = frozenset(row[0] for row in found if row[0] is not None)
        names = self._grouped()[group]
        scans = [
            shape.scan(shape.cells(names), used)
            for shape in (self.all_shapes[number] for number in group)
            if used & shape.files.keys()
        ]
        empty = ", ".join(f"NULL::VARCHAR AS {identifier(name)}" for name in names)
        return " UNION ALL ".join(scans) or f"SELECT NULL::BIGINT AS position, {empty} WHERE false"

    def _run(self, statement: str) -> None:
        self.connection.execute(statement)

    def _row(self, query: str) -> Any:
        return self.connection.execute(query).fetchone()
