"""Rows of imports as typed rows of one entity: the SQL of one record of the mapping over one import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import duckdb

from connector.model.quoting import identifier, literal
from connector.model.schema import ENTITIES
from connector.normalise import numbers
from connector.normalise.cells import alias_found
from connector.normalise.mapping import RecordMapping, WorkspaceRules
from connector.normalise.raw import Source
from connector.normalise.styles import Styles
from connector.normalise.values import Style, Value

LOOKUP_PREFIX: Final = "lookup:"
"""Columns that hold what is looked up later, next to the columns of the entity."""
UPDATED: Final = "source_updated_at"

FOUND_PREFIX: Final = "found:"
"""Columns that hold the text an alias put right."""


@dataclass(frozen=True, slots=True)
class Clock:
    """What tells when a row was last changed: the record's own rule, else that of another record of its file."""

    value: Value
    styles: Styles
    own: bool = True
    """The styles were found in the rows of this very record."""

    def style(self, source: Source) -> Style:
        """Return how the update times of an import are written; of other rows nothing is sure."""
        style = self.styles.of(source, self.value)
        return style if self.own else replace(style, sure=False)


@dataclass(slots=True)
class Contribution:
    """One record of the mapping with all imports that feed it."""

    number: int
    record: RecordMapping
    is_main: bool
    """The first record of its file: a row without its id is refused, not skipped."""
    sources: Sequence[Source]
    values: list[Value]
    styles: Styles = field(default_factory=Styles)
    clock: Clock | None = None
    hashed_repeats: set[int] = field(default_factory=set)
    """Ranks of the imports that hold equal rows, where rows have no id of their own."""
    is_keyed: bool = False
    """No two rows of its only import have the same id."""

    @property
    def entity(self) -> str:
        return self.record.entity

    @property
    def columns(self) -> list[str]:
        """Names of the entity columns it fills directly, ``id`` first, then the custom ones."""
        names = [value.name for value in self.values if value.rule.lookup is None and value.name != "id"]
        return ["id", *names, *(["currency"] if self.currency_beside and "currency" not in names else [])]

    @property
    def lookups(self) -> list[Value]:
        return [value for value in self.values if value.rule.lookup is not None]

    @property
    def aliased(self) -> list[Value]:
        return [value for value in self.values if value.rule.aliases]

    @property
    def currency_beside(self) -> list[Value]:
        """Money columns whose cells may name the currency, where no rule does."""
        if "currency" not in ENTITIES[self.entity].columns or "currency" in self.record.columns:
            return []
        return [
            value
            for value in self.values
            if value.kind == "money"
            and any(self.styles.of(source, value).mode == "canonical" for source in self.sources)
        ]

    def extra_columns(self) -> list[str]:
        """Names of the helper columns behind the entity's."""
        looked_up = [LOOKUP_PREFIX + value.name for value in self.lookups]
        return [*looked_up, *(FOUND_PREFIX + value.name for value in self.aliased)]


def rows(contribution: Contribution, source: Source, rules: WorkspaceRules, skipped: str = "") -> str:
    """SQL of the typed rows of one import.

    Columns: those of the contribution, ``updated``, ``synced_at``, ``position`` and the helper columns. ``skipped``
    names a table of lines (column ``line``) that were refused.
    """
    texts, typed = [], []
    for number, value in enumerate(contribution.values):
        style = contribution.styles.of(source, value)
        text = (value.bare(source) if style.bare else None) or value.text(source)
        texts.append(f"{value.canonical(text, style)} AS v{number}")
        typed.append(_typed(value, f"v{number}", style))
    texts += [
        f"{alias_found(value.rule, source)} AS {identifier(FOUND_PREFIX + value.name)}"
        for value in contribution.aliased
    ]
    if contribution.currency_beside:
        texts.append(f"{_currency_beside(contribution, source, rules)} AS currency")
        typed.append("currency")
    if "id" not in contribution.record.columns:
        texts.append(f"{_hashed_id(contribution, source)} AS id")
        typed.append("id")
    if contribution.record.group:
        texts.append(f"{_hashed_id(contribution, source)} AS event")
        typed += ["event", f"({source.order}::BIGINT << 50) + (line << 16) + part AS turn"]
    if contribution.clock is not None:
        style = contribution.clock.style(source)
        clock = contribution.clock.value
        texts.append(f"{clock.canonical(clock.text(source), style)} AS clock")
        typed.append(f"{clock.typed('clock', style)} AS updated")
    typed += [identifier(FOUND_PREFIX + value.name) for value in contribution.aliased]
    refused = f" ANTI JOIN {skipped} USING (line)" if skipped else ""
    inner = ", ".join(["line", "part", *texts])
    outer = ", ".join([*typed, f"{source.imported_at()} AS synced_at", f"{source.position()} AS position"])
    read = f"SELECT {inner} FROM {source.relation()}{refused} WHERE {source.where(contribution.record)}"
    return f"SELECT {outer} FROM ({read}){_with_id(contribution, source)}"


def _with_id(contribution: Contribution, source: Source) -> str:
    """Rows without an id are no records; of the main record they were refused before."""
    for number, value in enumerate(contribution.values):
        if value.name == "id":
            known = contribution.is_main or not contribution.styles.may_lack_id(source)
            return "" if known else f" WHERE v{number} IS NOT NULL"
    return " WHERE id IS NOT NULL"


def _typed(value: Value, text: str, style: Style) -> str:
    if value.rule.lookup is not None:
        return f"{text} AS {identifier(LOOKUP_PREFIX + value.name)}"
    typed = value.typed(text, style)
    if value.rule.default is not None:
        typed = f"coalesce({typed}, {value.default()})"
    return f"{typed} AS {identifier(value.name)}"


def _currency_beside(contribution: Contribution, source: Source, rules: WorkspaceRules) -> str:
    found = (numbers.currency_of(value.text(source), rules.currency) for value in contribution.currency_beside)
    return f"coalesce({', '.join([*found, 'NULL::VARCHAR'])})"


def _hashed_id(contribution: Contribution, source: Source) -> str:
    """Hash of the row; the second and later of equal rows get a number. Empty rows get none."""
    hashed = source.row_hash()
    if source.rank in contribution.hashed_repeats:
        turn = f"row_number() OVER (PARTITION BY {hashed} ORDER BY line, part)"
        hashed = f"{hashed} || CASE WHEN {turn} > 1 THEN '-' || {turn} ELSE '' END"
    filled = " OR ".join(f"{source.cell(name)} IS NOT NULL" for name in source.columns)
    return f"CASE WHEN {filled} THEN {hashed} END"


def find_repeats(connection: duckdb.DuckDBPyConnection, contribution: Contribution) -> None:
    """Note the imports that hold equal rows, for records whose rows have no id of their own."""
    if "id" in contribution.record.columns and not contribution.record.group:
        return
    for source in contribution.sources:
        scan = f"FROM {source.relation()} WHERE {source.where(contribution.record)}"
        counted = connection.execute(f"SELECT count(*) > count(DISTINCT hash({source.row_hash()})) {scan}").fetchone()
        if counted is not None and counted[0]:
            contribution.hashed_repeats.add(source.rank)


def typed_null(entity: str, column: str) -> str:
    """SQL of a missing value of a column."""
    return f"NULL::{ENTITIES[entity].columns[column].storage_type}"


def refusals(contribution: Contribution, source: Source) -> list[str]:
    """SQL of every refused cell of one import, one statement per column that can fail.

    Columns: ``line``, ``field`` (name of the file's column), ``cell``, ``reason``, ``drop`` (the value is
    left out instead of the row).
    """
    found = []
    scan = f"FROM {source.relation()} WHERE {source.where(contribution.record)}"
    for value in contribution.values:
        if value.name == "id" and contribution.is_main and contribution.styles.may_lack_id(source):
            label = literal(value.rule.named())
            found.append(
                f"SELECT line, {label} AS field, NULL::VARCHAR AS cell, 'no id' AS reason, false AS drop"
                f" {scan} AND {value.text(source)} IS NULL"
            )
        if not contribution.styles.may_fail(source, value):
            continue
        style = contribution.styles.of(source, value)
        text = value.text(source)
        label, drop = literal(value.rule.named()), "true" if value.rule.on_error == "empty" else "false"
        inner = f"SELECT line, {text} AS cell, {value.canonical(text, style)} AS v {scan}"
        found.append(
            f"SELECT line, {label} AS field, cell, {value.reason('cell', 'v', style)} AS reason, {drop} AS drop"
            f" FROM ({inner}) WHERE cell IS NOT NULL AND {value.typed('v', style)} IS NULL"
        )
    return found
