"""Dimensions of a request: how each is read on the rows of a relation, labelled, and filtered by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, cast, get_args

from connector.errors import FilterNotApplied, QueryError, UnknownName, quote
from connector.metrics import basis
from connector.metrics.definitions import Catalogue, DimensionDefinition, DimensionType
from connector.metrics.kinds import FAMILIES
from connector.metrics.related import first_reference
from connector.metrics.relation import PARENTS, Relation, Value, anchor_name, finite
from connector.metrics.sql import identifier, literal
from connector.metrics.syntax import Node
from connector.metrics.window import Window
from connector.model.filters import ARITY, AllOf, AnyOf, Condition, Filter
from connector.model.period import Grain, start_of
from connector.model.query import LANGUAGES, Language
from connector.model.schema import ENTITIES
from connector.model.workspace import Profile

TIME_AXES: Final[dict[str, Grain]] = {
    "date": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year",
    "fiscal_period": "fiscal_period",
}  # fmt: skip
CLOCK_AXES: Final = ("hour_of_day", "day_of_week")
NAMES: Final = {"contact": "full_name", "service_case": "number", "invoice": "number", "activity": "subject"}
"""Column that names a record where it is not ``name``."""
SPLIT: Final = "*"
"""Marks the path of a dimension that splits a deal over its product lines."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A dimension as asked for. ``id`` is what the answer's column is called."""

    id: str
    definition: DimensionDefinition
    grain: Grain | None = None
    label: str = ""

    @property
    def is_axis(self) -> bool:
        """True for date, week, month ...: each figure is placed by its own time anchor."""
        return self.definition.id in TIME_AXES or self.definition.id in CLOCK_AXES

    @property
    def sql_type(self) -> str:
        """Type that every relation's key is cast to, so that they can stand in one column."""
        if self.grain is not None or self.definition.type in ("date", "period"):
            return "DATE"
        return {"integer": "BIGINT", "boolean": "BOOLEAN"}.get(self.definition.type, "VARCHAR")


def request_dimension(text: str, catalogue: Catalogue, profile: Profile, language: Language) -> Requested:
    """Read ``id``, ``id:grain``, ``entity.column`` or ``entity.custom.name``. Raises UnknownName, QueryError."""
    name, colon, grain_text = text.partition(":")
    definition = _column_dimension(name, profile) if "." in name else catalogue.dimension(name)
    grain = _grain(name, grain_text, definition) if colon else TIME_AXES.get(definition.id)
    return Requested(text, definition, grain, definition.labels[language])


def _grain(name: str, text: str, definition: DimensionDefinition) -> Grain:
    grains = get_args(Grain)
    if text not in grains or text == "hour" or definition.type not in ("date", "period"):
        raise QueryError(
            f"{quote(name)} cannot be grouped by {quote(text)}.",
            remedy=f"Time dimensions take {', '.join(g for g in grains if g != 'hour')}.",
        )
    return cast("Grain", text)


def _column_dimension(name: str, profile: Profile) -> DimensionDefinition:
    """A column of the schema, or one of the customer's own, as a dimension."""
    entity, _, column = name.partition(".")
    if entity in ENTITIES and column.startswith("custom."):
        for custom in profile.custom:
            if custom.entity == entity and custom.name == column.removeprefix("custom."):
                own: dict[str, DimensionType] = {"date": "date", "instant": "date", "boolean": "boolean"}
                kind = own.get(custom.kind, "text")
                labels = dict.fromkeys(LANGUAGES, custom.label or custom.name)
                return DimensionDefinition(name, labels, "custom", kind, {entity: column}, null_label="not_set")
    elif entity in ENTITIES and column in ENTITIES[entity].columns:
        held = ENTITIES[entity].columns[column]
        kinds: dict[str, DimensionType] = {
            "ref": "ref", "date": "date", "instant": "date", "boolean": "boolean", "integer": "integer",
        }  # fmt: skip
        labels = dict.fromkeys(LANGUAGES, name)
        return DimensionDefinition(
            name, labels, "column", kinds.get(held.kind, "text"), {entity: column}, target=held.target or "",
            null_label="not_set",
        )  # fmt: skip
    raise UnknownName(
        f"There is no column {quote(name)} to group or filter by.", remedy="Write entity.column or entity.custom.name."
    )


def paths(
    definition: DimensionDefinition, catalogue: Catalogue, entity: str, anchor: str, *, owners_of_today: bool = False
) -> list[str]:
    """Return the paths that lead from a row of an entity to a dimension, best first; empty when none does.

    ``owners_of_today``: a part of a deal or lead belongs to who owns that record now (rule E13).
    """
    found: list[str] = []
    if owners_of_today and definition.id == "owner" and entity in PARENTS:
        target = ENTITIES[entity].columns[PARENTS[entity]].target or ""
        if target in definition.paths:
            return [f"{PARENTS[entity]}.{definition.paths[target]}"]
    if definition.of is not None:
        base, column = definition.of
        parent = catalogue.dimension(base)
        if parent.target == entity:
            found.append(column)
        above = paths(parent, catalogue, entity, anchor, owners_of_today=owners_of_today)
        found += [f"{path}.{column}" for path in above if path != "id"]
    own = definition.paths.get(f"{entity}@{anchor}") or definition.paths.get(entity)
    found += [own] if own else []
    if not found and entity in PARENTS:
        reference = PARENTS[entity]
        target = ENTITIES[entity].columns[reference].target or ""
        above = paths(definition, catalogue, target, anchor)
        found = [f"{reference}.{path}" for path in above if not path.startswith(SPLIT)]
    return found


class Reading:
    """Reads the dimensions of a request on one relation, and compiles filters for it."""

    def __init__(self, relation: Relation, catalogue: Catalogue) -> None:
        self._relation = relation
        self._catalogue = catalogue

    def supports(self, wanted: Requested) -> bool:
        if wanted.definition.id in CLOCK_AXES:
            return self._relation.anchor is not None
        if wanted.is_axis:
            return self._relation.anchor is not None or self._relation.grain is not None
        definition = wanted.definition
        if self._relation.entity in definition.one_of:
            return True
        return bool(self._paths(definition)) or self._expression(definition) is not None

    def _expression(self, definition: DimensionDefinition) -> Node | None:
        """What a dimension computes on a row of this relation, or on the record that the row is a part of."""
        entity = self._relation.entity
        parent = ENTITIES[entity].columns[PARENTS[entity]].target if entity in PARENTS else None
        return definition.expressions.get(entity) or definition.expressions.get(parent or "")

    def needs_split(self, wanted: Requested) -> bool:
        return not wanted.is_axis and any(path.startswith(SPLIT) for path in self._paths(wanted.definition))

    def _paths(self, definition: DimensionDefinition) -> list[str]:
        relation = self._relation
        return paths(
            definition, self._catalogue, relation.entity, anchor_name(relation.anchor),
            owners_of_today=basis.owners_of_today(relation.request.parameters),
        )  # fmt: skip

    def key(self, wanted: Requested) -> str:
        """Return the SQL that rows are grouped by."""
        value = self._axis(wanted) if wanted.is_axis else self._value(wanted.definition, split_as="p.")
        sql = self._truncated(value, wanted.grain) if wanted.sql_type == "DATE" else value.sql
        if wanted.definition.edges:
            sql = _banded(sql, wanted.definition.edges)
        return f"CAST({sql} AS {wanted.sql_type})"

    def _axis(self, wanted: Requested) -> Value:
        relation = self._relation
        if relation.anchor is None:
            return Value("e.label", "date")
        anchor = relation.expression(relation.anchor)
        if wanted.definition.id == "hour_of_day":
            return Value(f"hour({relation.local_time(anchor.sql)})" if anchor.kind == "instant" else "NULL", "integer")
        if wanted.definition.id == "day_of_week":
            day = anchor.sql if anchor.kind == "date" else relation.local_date(anchor.sql)
            return Value(f"isodow({day})", "integer")
        return anchor

    def _truncated(self, value: Value, grain: Grain | None) -> str:
        relation = self._relation
        if value.sql == "e.label" and grain == relation.grain:
            return value.sql
        day = value.sql if value.kind == "date" else relation.local_date(value.sql)
        if grain in (None, "day"):
            return day
        if grain == "week":
            start = relation.window.calendar.week_start
            return f"(CAST(date_trunc('week', {day} - {start}) AS DATE) + {start})"
        if grain == "fiscal_period":
            months = relation.window.calendar.fiscal_start - 1
            return f"(date_trunc('year', {day} - INTERVAL {months} MONTH) + INTERVAL {months} MONTH)"
        return f"date_trunc({literal(grain)}, {day})"

    def _value(self, definition: DimensionDefinition, *, split_as: str) -> Value:
        if self._relation.entity in definition.one_of:
            return first_reference(self._relation, definition.one_of[self._relation.entity])
        values: list[Value] = []
        computed = self._expression(definition)
        if computed is not None:
            values.append(self._relation.expression(computed))
        for path in self._paths(definition):
            if path.startswith(SPLIT):
                values.append(self._split_value(path, split_as))
            elif ".custom." in f".{path}":
                values.append(self._custom_value(definition))
            else:
                values.append(self._relation.path(path, whole=True))
        if not values:
            raise QueryError(f"{self._relation.entity} has no {quote(definition.id)}.", remedy="Leave it out.")
        sql = values[0].sql if len(values) == 1 else f"COALESCE({', '.join(value.sql for value in values)})"
        return Value(sql, values[0].kind, values[0].target)

    def _custom_value(self, definition: DimensionDefinition) -> Value:
        from connector.metrics.syntax import ColumnRef  # noqa: PLC0415 - one use

        entity, _, name = definition.id.split(".", 2)
        return self._relation.column(ColumnRef(entity, name, custom=True))

    def _split_value(self, path: str, split_as: str) -> Value:
        """A product path such as ``*product_id`` or ``*product_id.category`` inside the split of a deal."""
        _, _, column = path.removeprefix(SPLIT).partition(".")
        sql = f"lp.{identifier(column)}" if column else "l.product_id"
        if not split_as:
            return Value(sql, "text", "product")
        name = f"s{len(self._relation.split)}" if sql not in self._relation.split.values() else ""
        if name:
            self._relation.split[name] = sql
        name = next(key for key, held in self._relation.split.items() if held == sql)
        return Value(f"p.{name}", "text", "product")

    # -- filters

    def condition(self, tree: Filter, requested: dict[str, Requested]) -> str:
        """Return a filter tree as SQL over the relation; product conditions go into the split."""
        if isinstance(tree, Condition):
            wanted = requested[tree.field]
            if self.needs_split(wanted):
                self._relation.split_where.append(self._single(tree, wanted, split_as=""))
                return "TRUE"
            return self._single(tree, wanted, split_as="p.")
        if isinstance(tree, AnyOf):
            return self._any_of(tree, requested)
        if not tree.parts:
            return "TRUE"
        return "(" + " AND ".join(self.condition(part, requested) for part in tree.parts) + ")"

    def _any_of(self, tree: AnyOf, requested: dict[str, Requested]) -> str:
        from connector.model.filters import conditions  # noqa: PLC0415 - one use

        splits = [self.needs_split(requested[part.field]) for part in conditions(tree)]
        if all(splits) and splits:
            alternatives = [self._single(part, requested[part.field], split_as="") for part in conditions(tree)]
            if any(isinstance(part, AllOf) for part in tree.parts):
                raise FilterNotApplied("Product conditions nest too deep.", remedy="Use a plain list of products.")
            self._relation.split_where.append("(" + " OR ".join(alternatives) + ")")
            return "TRUE"
        if any(splits):
            raise FilterNotApplied(
                "A condition on a product cannot stand in one OR with other conditions.",
                remedy="Ask two queries, or join them by AND.",
            )
        return "(" + (" OR ".join(self.condition(part, requested) for part in tree.parts) or "FALSE") + ")"

    def _single(self, condition: Condition, wanted: Requested, *, split_as: str) -> str:
        check_arity(condition)
        sql = self._matches(condition, wanted, split_as)
        return f"(({sql}) IS NOT TRUE)" if condition.exclude else f"({sql})"

    def _matches(self, condition: Condition, wanted: Requested, split_as: str) -> str:
        if wanted.sql_type == "DATE":
            key = self.key(wanted)
            return _compare_dates(key, condition)
        null_too = False
        if not self._relation.request.as_shown:
            condition, null_too = _without_null_labels(condition, wanted, self._catalogue)
        if wanted.definition.edges or wanted.is_axis:
            sql, kind = self.key(wanted), "text"
        else:
            value = self._value(wanted.definition, split_as=split_as)
            sql, kind = value.sql, value.kind
        if condition.operator == "is_null" or not condition.values:
            return f"{sql} IS NULL"
        matched = self._matches_value(condition, wanted, sql, kind, split_as)
        return f"{sql} IS NULL OR {matched}" if null_too else matched

    def _matches_value(self, condition: Condition, wanted: Requested, sql: str, kind: str, split_as: str) -> str:
        """A condition on a value that is there: by number, by key or label, or by the text that is shown."""
        is_named = bool(wanted.definition.target) and wanted.definition.type == "ref"
        if is_named and self._relation.request.as_shown:
            return _compare_texts(f"COALESCE({self._name_of(wanted.definition, split_as)}, {sql})", condition)
        if condition.operator in NUMERIC_OPERATORS:
            return compare_numbers(sql, condition)
        exact = condition.operator in ("equals", "in_list")
        if exact and FAMILIES.get(kind) == "number":  # type: ignore[call-overload]
            return _equal_numbers(sql, condition)
        text = f"CAST({sql} AS VARCHAR)"
        if is_named:
            name = self._name_of(wanted.definition, split_as)
            if exact:
                return f"{_compare_texts(text, _by_key(condition, wanted))} OR {_compare_texts(name, condition)}"
            return _compare_texts(f"COALESCE({name}, {text})", condition)
        return _compare_texts(text, _by_key(condition, wanted) if exact else condition)

    def _name_of(self, definition: DimensionDefinition, split_as: str) -> str:
        name = NAMES.get(definition.target, "name")
        if name not in ENTITIES[definition.target].columns:
            return "NULL"
        if not split_as:
            return f"lp.{identifier(name)}"
        names = [
            self._relation.path(f"{path}.{name}").sql
            for path in self._paths(definition)
            if path != "id" and not path.startswith(SPLIT)
        ]
        if self._relation.entity == definition.target:
            names.append(self._relation.path(name).sql)
        return f"COALESCE({', '.join(names)})"


def check_arity(condition: Condition) -> None:
    """Refuse a condition with too few or too many values."""
    least, most = ARITY[condition.operator]
    if not least <= len(condition.values) <= most:
        raise FilterNotApplied(
            f"{condition.operator} on {quote(condition.field)} takes {least} to {most} values.",
            remedy="Check the filter.",
        )


def _without_null_labels(condition: Condition, wanted: Requested, catalogue: Catalogue) -> tuple[Condition, bool]:
    """Take the label of the group without a value out of a list; tell whether it was there."""
    labels = catalogue.null_labels.get(wanted.definition.null_label or "not_set", {}).values()
    if condition.operator not in ("equals", "in_list"):
        return condition, False
    values = tuple(value for value in condition.values if value not in labels)
    return replace(condition, values=values), len(values) < len(condition.values)


def _by_key(condition: Condition, wanted: Requested) -> Condition:
    """Read the labels of bands and of listed values as the keys they stand for."""
    definition = wanted.definition
    keys = {label: key for key, labels in (definition.values or {}).items() for label in labels.values()}
    if wanted.sql_type == "BOOLEAN":
        keys |= {"True": "true", "False": "false", "TRUE": "true", "FALSE": "false"}
    if definition.edges:
        keys |= {band_label(band, definition.edges): str(band) for band in range(len(definition.edges) + 1)}
    return replace(condition, values=tuple(keys.get(value, value) for value in condition.values))


def band_label(band: int, edges: tuple[float, ...]) -> str:
    """Return how a band of values is called, such as ``20 – 40``."""
    if band == 0:
        return f"< {edges[0]:g}"
    return f"≥ {edges[-1]:g}" if band == len(edges) else f"{edges[band - 1]:g} – {edges[band]:g}"


def _compare_texts(sql: str, condition: Condition) -> str:
    values = [literal(value) for value in condition.values]
    if condition.operator in ("equals", "in_list"):
        return f"{sql} IN ({', '.join(values)})"
    if condition.operator == "contains":
        return f"contains(lower({sql}), lower({values[0]}))"
    if condition.operator == "starts_with":
        return f"starts_with(lower({sql}), lower({values[0]}))"
    function = "regexp_matches" if condition.operator == "regexp_partial" else "regexp_full_match"
    if condition.operator in ("regexp_partial", "regexp_exact"):
        _check_pattern(condition)
        return f"{function}({sql}, {values[0]})"
    return compare_numbers(sql, condition)


def _check_pattern(condition: Condition) -> None:
    """Refuse a pattern that the engine cannot read; both use RE2, so they agree."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only patterns need it
    import pyarrow.compute as pc  # noqa: PLC0415

    try:
        pc.match_substring_regex(pa.array([""]), pattern=condition.values[0])
    except (pa.ArrowInvalid, ValueError) as error:
        raise FilterNotApplied(
            f"{quote(condition.values[0])} in the filter on {quote(condition.field)} is no pattern.",
            remedy=f"Correct the regular expression ({quote(str(error), 120)}).",
        ) from None


NUMERIC_OPERATORS: Final = ("greater", "greater_or_equal", "less", "less_or_equal", "between")
_SIGNS: Final = {"greater": ">", "greater_or_equal": ">=", "less": "<", "less_or_equal": "<="}


def _numbers(condition: Condition) -> list[str]:
    numbers: list[str] = []
    for value in condition.values:
        number = finite(value)
        if number is None:
            raise FilterNotApplied(
                f"{quote(value)} in the filter on {quote(condition.field)} is no number.",
                remedy="Write it like 1000.5.",
            )
        numbers.append(literal(number))
    return numbers


def _equal_numbers(sql: str, condition: Condition) -> str:
    return f"TRY_CAST({sql} AS DOUBLE) IN ({', '.join(_numbers(condition))})"


def compare_numbers(sql: str, condition: Condition) -> str:
    numbers = _numbers(condition)
    number = f"TRY_CAST({sql} AS DOUBLE)"
    if condition.operator == "between":
        return f"{number} BETWEEN {numbers[0]} AND {numbers[1]}"
    return f"{number} {_SIGNS[condition.operator]} {numbers[0]}"


def _compare_dates(sql: str, condition: Condition) -> str:
    if condition.operator == "is_null":
        return f"{sql} IS NULL"
    if condition.operator not in (*_SIGNS, "equals", "in_list", "between"):
        raise FilterNotApplied(
            f"{condition.operator} does not fit the date {quote(condition.field)}.",
            remedy="Use between or less/greater.",
        )
    days: list[str] = []
    for value in condition.values:
        try:
            days.append(literal(date.fromisoformat(value)))
        except ValueError:
            raise FilterNotApplied(
                f"{quote(value)} in the filter on {quote(condition.field)} is no date.",
                remedy="Write it as 2024-03-31.",
            ) from None
    if condition.operator in ("equals", "in_list"):
        return f"{sql} IN ({', '.join(days)})"
    if condition.operator == "between":
        return f"{sql} BETWEEN {days[0]} AND {days[1]}"
    return f"{sql} {_SIGNS[condition.operator]} {days[0]}"


def _banded(sql: str, edges: tuple[float, ...]) -> str:
    """Number of the band a value falls into: 0 below the first edge; left edges belong to the band above."""
    cases = " ".join(f"WHEN {sql} < {literal(edge)} THEN {position}" for position, edge in enumerate(edges))
    return f"(CASE WHEN {sql} IS NULL THEN NULL {cases} ELSE {len(edges)} END)"


def shifted(sql: str, grain: Grain, current: Window, other: Window) -> str:
    """Move a time key of the comparison period onto the step of the current period it stands beside.

    The steps that hold the first days stand beside each other, so a moved week is a week and a quarter a quarter.
    """
    here, there = (start_of(each.days.first, grain, each.calendar) for each in (current, other))
    months = (here.year - there.year) * 12 + here.month - there.month
    if grain in ("month", "quarter", "year", "fiscal_period") or (
        grain == "day" and other.days.token == "previous_year"
    ):
        return f"CAST({sql} + INTERVAL {months} MONTH AS DATE)"
    return f"CAST({sql} + {(here - there).days} AS DATE)"
