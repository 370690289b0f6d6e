"""From the rows of all imports to one row per record.

Of several versions of a record the one with the greatest ``source_updated_at`` wins, then the later import, then
the later line. A version is gone when a later import of its dataset replaced it and did not bring the record
back; a record is gone when all its versions are, and stays as a deleted row.

The rows themselves are never sorted: a narrow pass over ids finds the positions of the rows that lost, in
buckets of the id's hash so that memory does not grow with the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from connector.model.schema import ENTITIES
from connector.normalise.extract import Contribution
from connector.normalise.mapping import Pick
from connector.normalise.quoting import identifier
from connector.normalise.raw import Source, timestamp

BUCKET_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Settled:
    """The relations of one contribution. ``rows`` holds every version, ``final`` one row per id with ``gone_at``."""

    rows: str
    final: str
    several: bool
    """Whether any record has more than one version, or is gone."""


def settle(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows_sql: Sequence[str]) -> Settled:
    """Create the views ``rows_N`` and ``final_N`` of a contribution from the SQL of its imports' rows."""
    number = contribution.number
    rows, final = f"rows_{number}", f"final_{number}"
    connection.execute(f"CREATE TEMP VIEW {rows} AS {' UNION ALL '.join(rows_sql)}")
    key = "event" if contribution.record.group else "id"
    several = _may_repeat(connection, contribution, rows, key)
    if several:
        _find_lost(connection, contribution, rows, key)
        lost, gone = _count(connection, f"lost_{number}"), _count(connection, f"gone_{number}")
        several = bool(lost or gone)
    gone_at = f"gone_{number}.gone_at" if several else "NULL::TIMESTAMPTZ AS gone_at"
    joins = f"ANTI JOIN lost_{number} USING (position) LEFT JOIN gone_{number} USING (position)" if several else ""
    alive = f"SELECT {rows}.*, {gone_at} FROM {rows} {joins}"
    connection.execute(f"CREATE TEMP VIEW {final} AS {_grouped(contribution, alive) if key == 'event' else alive}")
    return Settled(rows, final, several and key == "id")


def _count(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row is not None else 0


def _may_repeat(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows: str, key: str) -> bool:
    """Whether a key may stand twice. Hashes can only say so too often, never too seldom."""
    if len(contribution.sources) > 1:
        return True
    if key == "event" or "id" not in contribution.record.columns:
        return False
    row = connection.execute(f"SELECT count(*) > count(DISTINCT hash(id)) FROM {rows}").fetchone()
    return bool(row is not None and row[0])


def _find_lost(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows: str, key: str) -> None:
    number = contribution.number
    updated = "updated" if contribution.clock is not None and key == "id" else "NULL"
    connection.execute(f"CREATE TEMP TABLE lost_{number} (position BIGINT)")
    connection.execute(f"CREATE TEMP TABLE gone_{number} (position BIGINT, gone_at TIMESTAMPTZ)")
    replaced = {source.rank: source for source in contribution.sources if source.replaced_at is not None}
    buckets = 1 + sum(source.raw.rows for source in contribution.sources) // BUCKET_ROWS
    for bucket in range(buckets):
        part = f"WHERE hash({key}) % {buckets} = {bucket}" if buckets > 1 else ""
        narrow = f"SELECT {key} AS key, {updated} AS updated, position FROM {rows} {part}"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE turn AS {_ranked(contribution, narrow, replaced)}")
        connection.execute(f"INSERT INTO lost_{number} SELECT position FROM turn WHERE turn > 1")
        if replaced:
            connection.execute(
                f"INSERT INTO gone_{number} SELECT position, gone_at FROM turn WHERE turn = 1 AND gone_at IS NOT NULL"
            )
    connection.execute("DROP TABLE turn")


def _ranked(contribution: Contribution, narrow: str, replaced: dict[int, Source]) -> str:
    """SQL of every version with its turn: 1 for the one that wins."""
    order = "updated DESC NULLS LAST, position DESC"
    if not replaced:
        return f"SELECT position, row_number() OVER (PARTITION BY key ORDER BY {order}) AS turn FROM ({narrow})"
    moments = [(one, timestamp(one.replaced_at) if one.replaced_at else "NULL") for one in contribution.sources]
    facts = ", ".join(f"({source.rank}, {source.dataset}, {moment}::TIMESTAMPTZ)" for source, moment in moments)
    gone = "replaced_at IS NOT NULL AND NOT bool_or(replaced_at IS NULL) OVER (PARTITION BY key, dataset)"
    return f"""
        SELECT position, gone_at, row_number() OVER (PARTITION BY key ORDER BY gone_at IS NOT NULL, {order}) AS turn
        FROM (SELECT key, updated, position, CASE WHEN {gone} THEN replaced_at END AS gone_at
              FROM ({narrow}) JOIN (VALUES {facts}) AS fact(rank, dataset, replaced_at) ON position >> 50 = fact.rank)
    """


# --- event logs ---------------------------------------------------------------------------------------------


def _grouped(contribution: Contribution, alive: str) -> str:
    """SQL of one row per id of an event log; events that are gone count only where all of a record's are."""
    rules = contribution.record.columns
    picks = {name: rules[name].pick if name in rules else None for name in contribution.columns[1:]}
    picks |= {name: _pick_of(contribution, name) for name in contribution.extra_columns()}
    picked = [f"{_picked(identifier(name), pick)} AS {identifier(name)}" for name, pick in picks.items()]
    picked += [f"max({name}) AS {name}" for name in ("synced_at", "position", "gone_at")]
    casts = {
        name: ENTITIES[contribution.entity].columns[name].storage_type
        for name, rule in rules.items()
        if rule.pick in ("sum", "count") and name in ENTITIES[contribution.entity].columns
    }
    changed = ", ".join(f"try_cast({identifier(name)} AS {kind}) AS {identifier(name)}" for name, kind in casts.items())
    events = f"SELECT * FROM ({alive}) QUALIFY gone_at IS NULL OR NOT bool_or(gone_at IS NULL) OVER (PARTITION BY id)"
    grouped = f"SELECT id, {', '.join(picked)} FROM ({events}) GROUP BY id"
    return f"SELECT * REPLACE ({changed}) FROM ({grouped})" if changed else grouped


def _pick_of(contribution: Contribution, helper: str) -> Pick | None:
    """How a helper column is picked: as the column it belongs to."""
    rule = contribution.record.columns.get(helper.partition(":")[2])
    return rule.pick if rule is not None and rule.pick in ("first", "last") else None


def _picked(column: str, pick: Pick | None) -> str:
    """SQL of one value out of several; empty cells never count, ``last`` is the default."""
    if pick in ("min", "max", "sum", "count"):
        return f"{pick}({column})"
    return f"{'arg_min' if pick == 'first' else 'arg_max'}({column}, turn)"
