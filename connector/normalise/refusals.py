"""Rows that could not be read: found, counted, told apart from those a later import put right, written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from connector.errors import FileError, quote
from connector.model.imports import RawImport, Reject
from connector.model.quoting import identifier, literal
from connector.normalise.extract import Contribution, refusals
from connector.normalise.raw import Source

SAMPLES: Final = 10
SHOWN_CHARACTERS: Final = 200

_DANGEROUS: Final = "('=', '+', '-', '@', chr(9), chr(13))"
"""First characters that make a spreadsheet take a cell for a formula."""


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """How often one thing was wrong in one column of one file.

    ``dropped`` says that only the value was left out (``on_error: empty``), not the row.
    """

    file: str
    column: str
    reason: str
    rows: int
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused in the imports that count: rows, counts by file, column and reason, the first cells."""

    rows: int = 0
    counts: tuple[RefusalCount, ...] = ()
    samples: tuple[Reject, ...] = ()
    path: Path | None = None


@dataclass(slots=True)
class RefusalLog:
    """Collects refused cells in the temporary table ``refused`` while sources are read."""

    connection: duckdb.DuckDBPyConnection
    sources: dict[tuple[int, int], Source] = field(default_factory=dict)
    """Sources that hold refused cells, by number of the entry and rank of the import."""
    mains: dict[int, Contribution] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.connection.execute(
            "CREATE TEMP TABLE refused (entry INTEGER, rank INTEGER, line BIGINT, field VARCHAR, cell VARCHAR,"
            " reason VARCHAR, drop BOOLEAN)"
        )

    def read(self, entry: int, source: Source, contributions: Sequence[Contribution]) -> str:
        """Find the refused cells of one import; return the table of refused lines, empty text when there are none.

        Raises :class:`FileError` when no row of the import can be read.
        """
        selects = [select for one in contributions for select in refusals(one, source)]
        if not selects:
            return ""
        cells = " UNION ".join(f"({select})" for select in selects)
        self.connection.execute(f"INSERT INTO refused SELECT {entry}, {source.rank}, * FROM ({cells})")
        found = f"FROM refused WHERE entry = {entry} AND rank = {source.rank}"
        total, lines = self._one(f"SELECT count(*), count(DISTINCT line) FILTER (WHERE NOT drop) {found}")
        if not total:
            return ""
        self.sources[entry, source.rank] = source
        self.mains[entry] = contributions[0]
        if not lines:
            return ""
        if source.replaced_at is None:
            self._stop_if_all(source, contributions[0], lines, found)
        table = f"refused_{entry}_{source.rank}"
        self.connection.execute(f"CREATE TEMP TABLE {table} AS SELECT DISTINCT line {found} AND NOT drop")
        return table

    def _one(self, sql: str) -> tuple[int, ...]:
        return tuple(self.connection.execute(sql).fetchone() or ())

    def _stop_if_all(self, source: Source, main: Contribution, lines: int, found: str) -> None:
        scan = f"FROM {source.relation()} WHERE {source.where(main.record)}"
        (rows,) = self._one(f"SELECT count(DISTINCT line) {scan}")
        if lines < rows:
            return
        example = self.connection.execute(
            f"SELECT reason, field, min(line), count(*) AS n, min_by(cell, line) {found} AND NOT drop"
            f" GROUP BY reason, field ORDER BY n DESC, field LIMIT 1"
        ).fetchone()
        assert example is not None
        reason, column, line, _, cell = example
        shown = "the cell is empty" if cell is None else f"{quote(cell)} is {_article(reason)}{reason}"
        raise FileError(
            f"none of the {rows:,} rows can be read; most often {shown}.",
            place=f"{source.raw.dataset}, line {line}, column {quote(column)}",
            remedy="Check which column the mapping takes, and its `dates`, `decimal` or `aliases`.",
        )

    def keep_current(self, rows: dict[int, str], several: bool) -> None:
        """Forget what no longer matters: imports that were replaced, the same row in a later import of its
        dataset, and records that a later import brought in order. ``rows`` names the versions of each entry's
        main record.
        """
        if not self.sources:
            return
        for (entry, rank), source in self.sources.items():
            if source.replaced_at is not None:
                self.connection.execute(f"DELETE FROM refused WHERE entry = {entry} AND rank = {rank}")
        if several:
            self._forget_repeated(rows)

    def _forget_repeated(self, rows: dict[int, str]) -> None:
        identified = []
        for (entry, rank), source in self.sources.items():
            main = self.mains[entry]
            key = next((value.text(source) for value in main.values if value.name == "id"), "NULL::VARCHAR")
            lines = f"(SELECT DISTINCT line FROM refused WHERE entry = {entry} AND rank = {rank})"
            identified.append(
                f"SELECT {entry} AS entry, {rank} AS rank, {source.dataset} AS dataset, line,"
                f" {source.row_hash()} AS hash, {key} AS id FROM {source.relation()} SEMI JOIN {lines} USING (line)"
            )
        self.connection.execute(f"CREATE TEMP TABLE refused_row AS {' UNION ALL '.join(identified)}")
        self.connection.execute(
            "CREATE TEMP TABLE outdated AS SELECT entry, rank, line FROM refused_row"
            " QUALIFY rank < max(rank) OVER (PARTITION BY entry, dataset, hash)"
        )
        for entry, relation in rows.items():
            if entry in self.mains:
                self.connection.execute(
                    f"INSERT INTO outdated SELECT r.entry, r.rank, r.line FROM refused_row r JOIN (SELECT id,"
                    f" max(position >> 50) AS last FROM {relation} SEMI JOIN refused_row USING (id) GROUP BY id) v"
                    f" ON r.id = v.id WHERE r.entry = {entry} AND v.last > r.rank"
                )
        self.connection.execute("DELETE FROM refused USING outdated o WHERE refused.entry = o.entry"
                                " AND refused.rank = o.rank AND refused.line = o.line")  # fmt: skip

    def finish(self, imports: Sequence[RawImport], data_dir: Path, target: Path) -> Refused:
        """Write the reject file and count; the file reader's own problems are included."""
        parts = [self._listed(entry, rank, source) for (entry, rank), source in self.sources.items()]
        parts += [_problems(raw, data_dir) for raw in _current(imports) if raw.problems]
        if not parts:
            return Refused()
        listed = " UNION ALL ".join(f"({part})" for part in parts)
        self.connection.execute(  # a broken line that a later export of the file repeats counts once
            f"CREATE TEMP TABLE reject AS SELECT * FROM ({listed}) QUALIFY \"row\" <> ''"
            ' OR rank = max(rank) OVER (PARTITION BY file, "column", value, reason, "row")'
        )
        (rows,) = self._one("SELECT count(DISTINCT (file, rank, line)) FROM reject WHERE NOT drop")
        counts = self.connection.execute(
            'SELECT file, "column", reason, count(DISTINCT (rank, line)) AS n, drop FROM reject'
            ' GROUP BY ALL ORDER BY n DESC, file, "column", reason, drop'
        ).fetchall()
        samples = self.connection.execute(
            'SELECT file, line, "column", value, reason FROM reject WHERE NOT drop'
            f' ORDER BY file, line, "column" LIMIT {SAMPLES}'
        ).fetchall()
        if not counts:
            return Refused()
        self._write(target)
        return Refused(
            rows, tuple(RefusalCount(*row) for row in counts), tuple(Reject(*row) for row in samples), target
        )

    def _listed(self, entry: int, rank: int, source: Source) -> str:
        cells = ", ".join(f"{literal(name)}, {identifier(name)}" for name in source.raw.columns)
        found = (
            f"(SELECT DISTINCT line, field, cell, reason, drop FROM refused WHERE entry = {entry} AND rank = {rank}) r"
        )
        return (
            f'SELECT {literal(source.raw.dataset)} AS file, {rank} AS rank, r.line, r.field AS "column",'
            f" coalesce(left(r.cell, {SHOWN_CHARACTERS}), '') AS value, r.reason, r.drop,"
            f' json_object({cells})::VARCHAR AS "row"'
            f' FROM {found} JOIN read_parquet({literal(source.path)}) p ON r.line = p."_line"'
        )

    def _write(self, target: Path) -> None:
        columns = ", ".join(
            f"{_guarded(identifier(name))} AS {identifier(name)}" for name in ("column", "value", "reason", "row")
        )
        self.connection.execute(
            f'COPY (SELECT {_guarded("file")} AS file, line, {columns} FROM reject ORDER BY file, rank, line, "column")'
            f" TO {literal(target)} (FORMAT csv, HEADER true)"
        )


def _article(reason: str) -> str:
    return "a " if reason.startswith(("number", "year")) else "an " if reason.startswith("impossible") else ""


def _guarded(column: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"CASE WHEN left({column}, 1) IN {_DANGEROUS} THEN '''' || {column} ELSE {column} END"


def _current(imports: Sequence[RawImport]) -> list[RawImport]:
    """The latest import of every dataset and content; earlier ones that a replacing import followed do not count."""
    replaced = {raw.dataset: raw.sequence for raw in sorted(imports, key=lambda raw: raw.sequence) if raw.replace}
    found = {
        (raw.dataset, raw.sha256): raw
        for raw in sorted(imports, key=lambda raw: raw.sequence)
        if raw.sequence >= replaced.get(raw.dataset, raw.sequence)
    }
    return list(found.values())


def _problems(raw: RawImport, data_dir: Path) -> str:
    """SQL of the rows that the file reader itself could not read; it lists them beside the raw file."""
    path = data_dir / f"{raw.path}.problems.csv"
    return (
        f'SELECT {literal(raw.dataset)} AS file, {raw.sequence} AS rank, try_cast(line AS BIGINT) AS line, "column",'
        f" coalesce(value, '') AS value, reason, false AS drop, '' AS \"row\""
        f" FROM read_csv({literal(path)}, header = true, all_varchar = true, delim = ',', quote = '\"')"
    )
