"""From the rows of all imports to one row per record.

Of several versions of a record the one with the greatest ``source_updated_at`` wins, then the later import, then
the later line. A version is gone when a later import of its dataset replaced it and did not bring the record
back; a record is gone when all its versions are, and stays as a deleted row.

The rows themselves are never sorted: a narrow pass over ids finds the positions of the versions that win, in
buckets of the id's hash so that memory does not grow with the number of rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import duckdb

from connector.model.quoting import identifier
from connector.model.schema import ENTITIES
from connector.normalise.extract import Contribution
from connector.normalise.mapping import Pick
from connector.normalise.raw import timestamp

BUCKET_ROWS: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Settled:
    """The relations of one contribution. ``rows`` holds every version, ``final`` one row per id with ``gone_at``."""

    rows: str
    final: str
    several: bool
    """Whether any record may have more than one version, or be gone."""


def settle(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows_sql: Sequence[str]) -> Settled:
    """Create the views ``rows_N`` and ``final_N`` of a contribution from the SQL of its imports' rows."""
    number = contribution.number
    rows, final = f"rows_{number}", f"final_{number}"
    connection.execute(f"CREATE TEMP VIEW {rows} AS {' UNION ALL '.join(rows_sql)}")
    key = "event" if contribution.record.group else "id"
    several = _may_repeat(connection, contribution, rows, key)
    alive = f"SELECT *, NULL::TIMESTAMPTZ AS gone_at FROM {rows}"
    if several:
        _find_winners(connection, contribution, rows, key)
        alive = _only_winners(connection, contribution, rows_sql)
    connection.execute(f"CREATE TEMP VIEW {final} AS {_grouped(contribution, alive) if key == 'event' else alive}")
    return Settled(rows, final, several and key == "id")


def _only_winners(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows_sql: Sequence[str]) -> str:
    """SQL of the winning rows of all imports with ``gone_at``.

    Of each import the smaller side is joined, those that won or those that lost: of a new export nearly all win, of
    the one before nearly none, and neither takes memory.
    """
    won = f"won_{contribution.number}"
    counted = f"SELECT position >> 50, count(*), count(gone_at) FROM {won} GROUP BY 1"
    winners = {rank: (count, gone) for rank, count, gone in connection.execute(counted).fetchall()}
    selects = []
    for source, select in zip(contribution.sources, rows_sql, strict=True):
        count, gone = winners.get(source.rank, (0, 0))
        row = connection.execute(f"SELECT count(*) FROM ({select})").fetchone()
        total = row[0] if row is not None else 0
        mine = f"(SELECT position, gone_at FROM {won} WHERE position >> 50 = {source.rank})"
        if count == total and not gone:
            selects.append(f"SELECT *, NULL::TIMESTAMPTZ AS gone_at FROM ({select})")
        elif count <= total // 2 or gone:
            selects.append(f"SELECT r.*, w.gone_at FROM ({select}) r JOIN {mine} w USING (position)")
        else:
            lost = f"lost_{contribution.number}_{source.rank}"
            others = f"SELECT position FROM ({select}) ANTI JOIN {mine} w USING (position)"
            connection.execute(f"CREATE TEMP TABLE {lost} AS {others}")
            selects.append(f"SELECT *, NULL::TIMESTAMPTZ AS gone_at FROM ({select}) ANTI JOIN {lost} USING (position)")
    return " UNION ALL ".join(selects)


def _may_repeat(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows: str, key: str) -> bool:
    """Whether a key may stand twice. Hashes can only say so too often, never too seldom."""
    if len(contribution.sources) > 1:
        return True
    if key == "event" or "id" not in contribution.record.columns or contribution.is_keyed:
        return False
    row = connection.execute(f"SELECT count(*) > count(DISTINCT hash(id)) FROM {rows}").fetchone()
    return bool(row is not None and row[0])


def _find_winners(connection: duckdb.DuckDBPyConnection, contribution: Contribution, rows: str, key: str) -> None:
    """Create ``won_N``: positions of the versions that count, with the moment from which a record is gone."""
    won = f"won_{contribution.number}"
    connection.execute(f"CREATE TEMP TABLE {won} (position BIGINT, gone_at TIMESTAMPTZ)")
    buckets = 1 + sum(source.raw.rows for source in contribution.sources) // BUCKET_ROWS
    for bucket in range(buckets):
        part = f" WHERE hash({key}) % {buckets} = {bucket}" if buckets > 1 else ""
        narrow = f"SELECT {key} AS key, position, {_age(contribution, key)} AS age FROM {rows}{part}"
        connection.execute(f"INSERT INTO {won} {_winners(contribution, narrow)}")


def _age(contribution: Contribution, key: str) -> str:
    """SQL of a number that orders versions: update time first (none is oldest), then position.

    A position takes the lower 64 bits, microseconds since 1970 shifted above zero the 62 bits above.
    """
    if contribution.clock is None or key == "event":
        return "position::HUGEINT"
    moment = f"coalesce(epoch_us(updated) + {1 << 60}, 0)"
    return f"{moment}::HUGEINT * {1 << 64}::HUGEINT + position"


def _winners(contribution: Contribution, narrow: str) -> str:
    """SQL of the winning positions of one bucket; what was replaced and not brought back wins only over its like."""
    position = f"(max(age) % {1 << 64}::HUGEINT)::BIGINT"
    if all(source.replaced_at is None for source in contribution.sources):
        return f"SELECT {position}, NULL FROM ({narrow}) GROUP BY key"
    moments = [(one, timestamp(one.replaced_at) if one.replaced_at else "NULL") for one in contribution.sources]
    facts = ", ".join(f"({source.rank}, {source.dataset}, {moment}::TIMESTAMPTZ)" for source, moment in moments)
    fact = f"(VALUES {facts}) AS fact(rank, dataset, replaced_at)"
    by_dataset = (
        f"SELECT key, max(age) + CASE WHEN bool_or(replaced_at IS NULL) THEN {1 << 126}::HUGEINT ELSE 0 END AS age"
        f" FROM ({narrow}) JOIN {fact} ON position >> 50 = fact.rank GROUP BY key, dataset"
    )
    chosen = f"SELECT {position} AS position, max(age) < {1 << 126}::HUGEINT AS gone FROM ({by_dataset}) GROUP BY key"
    return (
        f"SELECT position, CASE WHEN gone THEN replaced_at END FROM ({chosen})"
        f" JOIN {fact} ON position >> 50 = fact.rank"
    )


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
