"""The mapping that an account gets unasked, where it has more properties of its own than there are columns for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connector.errors import quote
from connector.model.imports import RawImport
from connector.normalise.mapping import CUSTOM_PREFIX
from connector.normalise.mapping_reader import parse_mapping

NAMED: Final = 5
"""Properties that a note names; all of them are listed in the mapping."""


@dataclass(frozen=True, slots=True)
class AccountMapping:
    """A mapping that Puente wrote. ``left_out`` are the properties that it had no room for, by stream."""

    text: str
    left_out: Mapping[str, Sequence[str]]


def preferred_columns(
    raw: Sequence[RawImport], data_dir: Path, before: str | None, many: int
) -> dict[str, tuple[str, ...]]:
    """Return the columns of each dataset with more than ``many`` of them, those to be chosen first in front.

    These are the ones that the mapping before chose, so that no column that reports may use is ever pushed out, and
    then those with the most values. The counts come from the files' footers, no row is read.
    """
    chosen = _chosen(before)
    found = {}
    for one in raw:
        if len(one.columns) > many:
            filled = _filled(data_dir / one.path)
            first = chosen.get(one.dataset, frozenset())
            found[one.dataset] = tuple(
                sorted(one.columns, key=lambda name: (name not in first, -filled.get(name, 0), name))
            )
    return found


def left_out_notes(left_out: Mapping[str, Sequence[str]], workspace: str, connection: str) -> list[str]:
    """Return a sentence for each stream that has properties without a column: how many, which, and what to do."""
    notes = []
    for stream, names in left_out.items():
        count = f"{len(names):,}"
        listed = ", ".join(quote(name) for name in names[:NAMED])
        notes.append(
            f"{stream}: {count} custom properties are kept but have no column, such as {listed}. To choose which have"
            f" one, save what mapping show -w {workspace} --connection {connection} prints, change it, and apply it"
            " with mapping use."
        )
    return notes


def _chosen(text: str | None) -> dict[str, frozenset[str]]:
    """Return the columns that custom columns of a mapping are read from, by dataset."""
    if text is None:
        return {}
    return {
        entry.file: frozenset(
            rule.column
            for record in entry.records
            for name, rule in record.columns.items()
            if name.startswith(CUSTOM_PREFIX) and rule.column is not None
        )
        for entry in parse_mapping(text, "mapping").files
    }


def _filled(path: Path) -> dict[str, int]:
    """Return how many rows of a raw file hold a value, by column."""
    import pyarrow.parquet as pq  # noqa: PLC0415  only accounts with very many properties pay for it

    footer = pq.read_metadata(path)
    found: dict[str, int] = {}
    for number in range(footer.num_row_groups):
        group = footer.row_group(number)
        for place in range(group.num_columns):
            column = group.column(place)
            told = column.statistics
            empty = told.null_count if told is not None and told.has_null_count else 0
            found[column.path_in_schema] = found.get(column.path_in_schema, 0) + group.num_rows - empty
    return found
