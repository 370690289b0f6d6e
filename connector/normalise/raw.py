"""Raw imports as relations: the rows of one import as one entry of the mapping sees them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connector.model.imports import RawImport
from connector.model.quoting import identifier, literal
from connector.normalise.cells import conditions, template_text
from connector.normalise.mapping import FileMapping, Mapping, RecordMapping, ValueRule

MAX_IMPORTS = 8192
"""Imports of one connection that are told apart; their rank takes 13 bits of a row's position."""


@dataclass(frozen=True, slots=True)
class Source:
    """One import under one entry of the mapping.

    ``rank`` orders all imports of the connection by sequence. ``order`` orders them by dataset name, then by
    sequence, so that an event log in several files reads the same whichever file came first. ``replaced_at`` is
    set when a later import of the dataset replaced this one.
    """

    raw: RawImport
    entry: FileMapping
    path: Path
    rank: int
    order: int
    dataset: int
    replaced_at: datetime | None

    @property
    def columns(self) -> tuple[str, ...]:
        """Names that rules may use: the file's columns, after turning a wide file."""
        unpivot = self.entry.unpivot
        if unpivot is None:
            return self.raw.columns
        melted = unpivot.melted(self.raw.columns)
        return (*(name for name in self.raw.columns if name not in melted), unpivot.name, unpivot.value)

    def cell(self, name: str) -> str:
        """SQL of a column inside :meth:`relation`; NULL for one that this file lacks."""
        columns = self.columns
        return f"c{columns.index(name)}" if name in columns else "NULL::VARCHAR"

    def imported_at(self) -> str:
        """SQL of the moment of the import."""
        return timestamp(self.raw.imported_at)

    def template(self, text: str) -> str:
        """SQL of a text with columns in it, which :meth:`relation` computes once for all rules that use it."""
        return f"t{list(self._templates()).index(text)}"

    def _templates(self) -> dict[str, ValueRule]:
        rules = (rule for record in self.entry.records for rule in record.columns.values())
        return {rule.text: rule for rule in rules if rule.text is not None}

    def relation(self) -> str:
        """SQL of the rows: ``line``, ``part`` (which cell of a wide row), the columns as :meth:`cell` names them, and
        the texts that are put together from several columns.
        """
        rows = self._melted() if self.entry.unpivot is not None else self._scan()
        texts = [f"{template_text(rule, self)} AS {self.template(text)}" for text, rule in self._templates().items()]
        return f"(SELECT {', '.join(['*', *texts])} FROM ({rows}))" if texts else f"({rows})"

    def _scan(self) -> str:
        named = "".join(f", {identifier(name)} AS {self.cell(name)}" for name in self.raw.columns)
        return f'SELECT "_line" AS line, 0 AS part{named} FROM read_parquet({literal(self.path)})'

    def _melted(self) -> str:
        unpivot = self.entry.unpivot
        assert unpivot is not None
        melted = unpivot.melted(self.raw.columns)
        kept = [name for name in self.raw.columns if name not in melted]
        named = "".join(f", {identifier(name)} AS {self.cell(name)}" for name in kept)
        cells = ", ".join(
            f"{{'part': {part}, 'name': {literal(name)}, 'value': {identifier(name)}}}"
            for part, name in enumerate(melted)
        )
        turned = f'SELECT "_line" AS line{named}, unnest([{cells}]) AS one FROM read_parquet({literal(self.path)})'
        passed = "".join(f", {self.cell(name)}" for name in kept)
        return (
            f"SELECT line, one.part AS part{passed}, one.name AS {self.cell(unpivot.name)},"
            f" one.value AS {self.cell(unpivot.value)} FROM ({turned}) WHERE filled(one.value) IS NOT NULL"
        )

    def where(self, record: RecordMapping) -> str:
        """SQL of the conditions of the file and of a record; never NULL."""
        return conditions(self.entry.where + record.where, self)

    def position(self) -> str:
        """SQL of a number unique to each row of all imports that grows with import, line and cell."""
        return f"({self.rank}::BIGINT << 50) + (line << 16) + part"

    def row_hash(self) -> str:
        """SQL of a text that is the same for equal rows: names and values of the filled cells."""
        cells = ", ".join(f"{literal(name + '=')} || {self.cell(name)}" for name in sorted(self.columns))
        return f"md5(concat_ws(chr(31), {cells}))"


def timestamp(moment: datetime) -> str:
    """SQL of an aware moment."""
    return f"TIMESTAMPTZ {literal(moment.astimezone(UTC).strftime('%Y-%m-%d %H:%M:%S.%f+00'))}"


def sources(mapping: Mapping, imports: Sequence[RawImport], data_dir: Path) -> list[Source]:
    """Pair every import with the entries of the mapping that apply to it; imports no entry names are left out."""
    ranked = sorted(imports, key=lambda raw: (raw.sequence, raw.dataset, raw.id))
    named = sorted(imports, key=lambda raw: (raw.dataset, raw.sequence, raw.id))
    datasets = sorted({raw.dataset for raw in imports})
    replaced = {raw.dataset: raw for raw in ranked if raw.replace}
    found = []
    for rank, raw in enumerate(ranked):
        last = replaced.get(raw.dataset)
        gone_at = last.imported_at if last is not None and raw.sequence < last.sequence else None
        order, dataset = named.index(raw), datasets.index(raw.dataset)
        found += [
            Source(raw, entry, data_dir / raw.path, rank, order, dataset, gone_at)
            for entry in mapping.files_for(raw.dataset)
        ]
    return found
