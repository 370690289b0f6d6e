"""What a build tells the reports: the owner's settings, custom columns, allowed values, repairs by alias."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import duckdb

from connector.model.quoting import identifier
from connector.model.schema import ENTITIES
from connector.model.workspace import CustomColumn, Profile, Repair
from connector.normalise.extract import FOUND_PREFIX, Contribution
from connector.normalise.mapping import CUSTOM_PREFIX, AllowedFrom, Mapping
from connector.normalise.values import Value
from connector.normalise.versions import Settled

MAX_ALLOWED: Final = 10_000


def build_profile(
    connection: duckdb.DuckDBPyConnection,
    mapping: Mapping,
    contributions: Sequence[Contribution],
    settled: dict[int, Settled],
    written: dict[str, str],
) -> Profile:
    """Return the profile as far as mapping and build know it; the store fills in the rest."""
    rules = mapping.workspace
    return Profile(
        currency=rules.currency,
        time_zone=rules.time_zone,
        week_start=rules.week_start,
        fiscal_year_start=rules.fiscal_year_start,
        revenue=rules.revenue,
        conversion=rules.conversion,
        custom=_custom(contributions),
        allowed=_allowed(connection, contributions, written),
        repairs=_repairs(connection, contributions, settled),
    )


def _custom(contributions: Sequence[Contribution]) -> tuple[CustomColumn, ...]:
    found: dict[tuple[str, str], CustomColumn] = {}
    for contribution in contributions:
        for value in contribution.values:
            if value.is_custom:
                name = value.name.removeprefix(CUSTOM_PREFIX)
                label = value.rule.label or value.rule.column or name.replace("_", " ").capitalize()
                column = CustomColumn(contribution.entity, name, value.rule.type or "text", label)
                found.setdefault((contribution.entity, name), column)
    return tuple(found.values())


def _allowed(
    connection: duckdb.DuckDBPyConnection, contributions: Sequence[Contribution], written: dict[str, str]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for contribution in contributions:
        for value in contribution.values:
            allowed = value.rule.allowed
            stated = _values_of(connection, allowed, written) if isinstance(allowed, AllowedFrom) else allowed
            values = stated or ()
            if values:
                name = f"{contribution.entity}.{value.name}"
                found[name] = tuple(dict.fromkeys((*found.get(name, ()), *values)))
    return found


def _values_of(connection: duckdb.DuckDBPyConnection, allowed: AllowedFrom, written: dict[str, str]) -> tuple[str, ...]:
    scan = written.get(allowed.entity)
    if scan is None:
        return ()
    column = identifier(allowed.column)
    if allowed.column not in ENTITIES[allowed.entity].columns:
        column = f"custom['{allowed.column.removeprefix(CUSTOM_PREFIX)}']"
    rows = connection.execute(
        f"SELECT DISTINCT {column}::VARCHAR AS value FROM {scan} WHERE NOT is_deleted AND {column} IS NOT NULL"
        f" ORDER BY value LIMIT {MAX_ALLOWED}"
    )
    return tuple(row[0] for row in rows.fetchall())


def _repairs(
    connection: duckdb.DuckDBPyConnection, contributions: Sequence[Contribution], settled: dict[int, Settled]
) -> tuple[Repair, ...]:
    """Count what aliases put right, over the rows that count.

    A cell of the file that several rules take counts once, for a column of the schema before a custom one.
    """
    found: list[Repair] = []
    seen: set[tuple[str, tuple[str, ...], str]] = set()
    both = [(contribution, value) for contribution in contributions for value in contribution.aliased]
    for contribution, value in sorted(both, key=lambda pair: pair[1].is_custom):
        file = contribution.sources[0].entry.file
        column = identifier(FOUND_PREFIX + value.name)
        counted = connection.execute(
            f"SELECT {column}, count(*) FROM {settled[contribution.number].final}"
            f" WHERE gone_at IS NULL AND {column} IS NOT NULL GROUP BY 1 ORDER BY 1"
        )
        for text, rows in counted.fetchall():
            meant = _meant(value, text)
            if (file, value.rule.sources(), text) not in seen and meant != text:
                seen.add((file, value.rule.sources(), text))
                found.append(Repair(contribution.entity, value.name, text, meant, rows))
    return tuple(found)


def _meant(value: Value, text: str) -> str:
    aliases = dict(value.rule.aliases)
    folded = {found.lower(): meant for found, meant in value.rule.aliases}
    return aliases.get(text, folded.get(text.lower(), aliases.get("", "")))
