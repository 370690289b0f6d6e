"""Writes the SQL of one pass over one relation: the keys, the aggregates, and what had to be left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.errors import NotApplicable, quote
from connector.metrics.basis import with_open_stays
from connector.metrics.computed import READING_STATES
from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import CLOCK_AXES, Reading, Requested, request_dimension, shifted
from connector.metrics.funnel import flags_asked, tells_steps_apart
from connector.metrics.goals import goal_level
from connector.metrics.movement import States
from connector.metrics.plan import GroupKey, Plan
from connector.metrics.quality_groups import GROUPS, count_of_groups, groups_suffice
from connector.metrics.rates import WITHOUT_RATE, rates_relation
from connector.metrics.relation import Relation, Request
from connector.metrics.sql import identifier
from connector.metrics.syntax import Aggregate, Binary, ColumnRef, InPeriod, Leaf, Node, conjuncts, walk
from connector.metrics.window import Window
from connector.model.filters import AllOf, Filter, conditions, top_level
from connector.model.period import Grain
from connector.model.query import Language
from connector.model.schema import ENTITIES

_FINEST: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year", "fiscal_period")


@dataclass(frozen=True, slots=True)
class Counter:
    """A hidden column that counts rows a figure had to leave out. ``kind`` names the note."""

    kind: str
    metric: str
    entity: str


@dataclass
class Pass:
    """One SELECT: its SQL, the leaf behind each aggregate column, and its counters."""

    sql: str
    columns: dict[Leaf, str]
    counters: dict[str, Counter] = field(default_factory=dict)
    unrated: dict[Leaf, list[str]] = field(default_factory=dict)
    """Columns that count the records of a sum that have no exchange rate."""
    entities: set[str] = field(default_factory=set)
    uses_rates: bool = False
    total: bool = False

    @property
    def names(self) -> list[str]:
        """Names of the columns beside the keys."""
        counts = (name for listed in self.unrated.values() for name in listed)
        return list(dict.fromkeys((*self.columns.values(), *self.counters, *counts)))


class PassWriter:
    """Writes passes for one request; numbers columns so that they can stand side by side."""

    def __init__(self, request: Request, catalogue: Catalogue, dimensions: list[Requested], tree: Filter) -> None:
        self._request = request
        self._catalogue = catalogue
        self._dimensions = dimensions
        self._tree = tree
        self._filters: dict[str, Requested] = {}
        self._count = 0

    def use_filters(self, requested: dict[str, Requested]) -> None:
        """Give the dimensions that the filter tree names."""
        self._filters = requested

    def write(self, key: GroupKey, leaves: list[Leaf], plan: Plan) -> Pass | None:
        """Return the pass of a group; None when it needs a comparison period and there is none."""
        window = self._request.compared if key.comparison else self._request.window
        if window is None:
            return None
        dimensions = [] if key.total else self._dimensions
        relation = self._relation(key, window, dimensions)
        reading = Reading(relation, self._catalogue)
        self._check(reading, dimensions, plan.users[leaves[0]])
        relation.is_split = any(reading.needs_split(wanted) for wanted in (*dimensions, *self._filters.values()))
        tree = self._tree if key.entity not in READING_STATES else self._filter_states(relation)
        keys = [self._key(reading, wanted, key) for wanted in dimensions]
        kept = reading.condition(tree, self._filters) if tree != AllOf() else ""
        if key.entity == "dq_result" and groups_suffice(self._request, leaves, relation.used):
            relation.read_from(GROUPS)
        shared = _shared_conditions(leaves)
        relation.kept = shared
        relation.is_by_step = tells_steps_apart(key.entity, {wanted.definition.id for wanted in dimensions})
        where = [relation.condition(part) for part in shared]
        where += relation.base_conditions()
        where += [kept] if kept else []
        done = Pass("", {}, total=key.total)
        selected = [f"{sql} AS k{position}" for position, sql in enumerate(keys)]
        selected += self._aggregates(relation, leaves, shared, plan, done)
        grouping = f" GROUP BY {', '.join(str(i + 1) for i in range(len(keys)))}" if keys else ""
        done.sql = f"SELECT {', '.join(selected)} {relation.source()} WHERE {' AND '.join(where) or 'TRUE'}{grouping}"
        done.entities = relation.entities
        done.uses_rates = relation.uses_rates
        return done

    def _relation(self, key: GroupKey, window: Window, dimensions: list[Requested]) -> Relation:
        axes = [wanted.grain for wanted in dimensions if wanted.is_axis and wanted.grain is not None]
        grain = min(axes, key=_FINEST.index) if (key.stock or key.history) and axes else None
        history = key.history and (grain is not None or not window.is_current)
        named = {wanted.definition.id for wanted in (*dimensions, *self._filters.values())}
        return Relation(
            key.entity, self._request, window, history=history, grain=grain, anchor=key.anchor, level=goal_level(named)
        )

    def _filter_states(self, relation: Relation) -> Filter:
        """Give a relation made of states of deals the conditions that one state answers; return the others."""
        states = Relation("deal_history", self._request, relation.window)
        reading = Reading(states, self._catalogue)
        parts = list(top_level(self._tree))
        own = [part for part in parts if all(reading.supports(self._filters[c.field]) for c in conditions(part))]
        inside = reading.condition(AllOf(tuple(own)), self._filters)
        relation.states = States(states.source(), inside)
        relation.entities |= states.entities
        relation.uses_rates = relation.uses_rates or states.uses_rates
        return AllOf(tuple(part for part in parts if part not in own))

    def _check(self, reading: Reading, dimensions: list[Requested], metric: str) -> None:
        for wanted in dimensions:
            if not reading.supports(wanted):
                raise NotApplicable(
                    f"{metric} cannot be split by {wanted.id}.",
                    dimension=wanted.id,
                    remedy=f"Leave {quote(wanted.id)} out, or ask for {metric} on its own.",
                )
        for name, wanted in self._filters.items():
            if not reading.supports(wanted):
                raise NotApplicable(
                    f"{metric} cannot be filtered by {name}.",
                    dimension=name,
                    remedy=f"Leave the filter on {quote(name)} out, or ask for {metric} on its own.",
                )

    def _key(self, reading: Reading, wanted: Requested, key: GroupKey) -> str:
        sql = reading.key(wanted)
        moved = key.comparison and wanted.is_axis and wanted.definition.id not in CLOCK_AXES
        if moved and wanted.grain is not None and self._request.compared is not None:
            return shifted(sql, wanted.grain, self._request.window, self._request.compared)
        return sql

    # -- aggregates

    def _aggregates(
        self, relation: Relation, leaves: list[Leaf], shared: list[Node], plan: Plan, done: Pass
    ) -> list[str]:
        selected: list[str] = []
        for leaf in leaves:
            own = [part for part in conjuncts(leaf.aggregate.where) if part not in shared]
            condition = " AND ".join(relation.condition(part) for part in own)
            name = self._name()
            done.columns[leaf] = name
            selected.append(f"{_aggregate(relation, leaf.aggregate, condition)} AS {name}")
            is_told = not leaf.comparison and not leaf.total
            for kind, missing in _left_out(relation, leaf.aggregate):
                is_rate = kind == WITHOUT_RATE and leaf.aggregate.function == "SUM"
                if not (is_told or is_rate):
                    continue
                counter = self._name()
                both = f"{condition} AND {missing}" if condition else missing
                selected.append(f"COUNT(*) FILTER (WHERE {both}) AS {counter}")
                if is_told:
                    done.counters[counter] = Counter(kind, plan.users[leaf], relation.entity)
                if is_rate:
                    done.unrated.setdefault(leaf, []).append(counter)
        return selected

    def _name(self) -> str:
        self._count += 1
        return f"m{self._count}"


def _shared_conditions(leaves: list[Leaf]) -> list[Node]:
    """Conditions that all leaves of a group have: they narrow the rows once."""
    first, *others = [conjuncts(leaf.aggregate.where) for leaf in leaves]
    return [part for part in first if all(part in other for other in others)]


def _aggregate(relation: Relation, node: Aggregate, condition: str) -> str:
    narrowed = [condition] if condition else []
    if node.function == "COUNT":
        call, needed = _count(relation, node)
        narrowed += needed
    else:
        value = relation.expression(node.arguments[0])
        if node.function not in ("MIN", "MAX"):
            relation.need(value, "number", node)
        sql = value.sql
        if node.function == "SUM" and value.kind == "money" and not isinstance(node.arguments[0], ColumnRef):
            sql = f"CAST({sql} AS DECIMAL(38, 6))"
        call = f"{ {'STDDEV': 'STDDEV_SAMP'}.get(node.function, node.function) }({sql})"
        if node.function == "QUANTILE":
            call = f"QUANTILE_CONT({sql}, {relation.expression(node.arguments[1]).sql})"
    return f"{call} FILTER (WHERE {' AND '.join(narrowed)})" if narrowed else call


def _count(relation: Relation, node: Aggregate) -> tuple[str, list[str]]:
    """COUNT of rows, of filled values, or of distinct values; ids are never empty."""
    if relation.stand_in == GROUPS:
        return count_of_groups(node)
    if not node.arguments:
        return "COUNT(*)", []
    values = [relation.expression(argument) for argument in node.arguments]
    if not node.distinct:
        return ("COUNT(*)", []) if values[0].kind == "key" else (f"COUNT({values[0].sql})", [])
    if len(values) == 1:
        if values[0].kind == "key" and relation.grain is None and values[0].sql == 't."id"':
            return "COUNT(*)", []
        if relation.is_by_step and values[0].sql == 't."deal_id"' and flags_asked(node.where):
            return "COUNT(*)", []
        return f"COUNT(DISTINCT {values[0].sql})", []
    filled = [f"{value.sql} IS NOT NULL" for value in values]
    return f"COUNT(DISTINCT ({', '.join(value.sql for value in values)}))", filled


def _left_out(relation: Relation, node: Aggregate) -> list[tuple[str, str]]:
    """Rows an aggregate of money or of a quotient cannot use, as (kind of note, condition); funnels without order."""
    if relation.entity in ("funnel_step", "lead_funnel_step") and node.function == "COUNT":
        return [("assumed_stage", "t.is_assumed"), ("unordered_stages", "t.is_unordered")]
    if relation.entity == "stage_stay" and with_open_stays(relation.request.parameters):
        return [("still_there", "t.still_there")] if node.function != "COUNT" else []
    if node.function not in ("SUM", "AVG", "MEDIAN", "QUANTILE"):
        return []
    return _without_value(relation, node)


def _without_value(relation: Relation, node: Aggregate) -> list[tuple[str, str]]:
    """Rows whose amount or exchange rate is missing, and those that would divide by zero."""
    found: list[tuple[str, str]] = []
    for part in walk(node.arguments[0]):
        if isinstance(part, ColumnRef) and not part.custom and part.entity == relation.entity:
            name = part.column.removesuffix("_base")
            if part.entity in READING_STATES and ENTITIES[part.entity].columns[name].kind == "money":
                found.append((WITHOUT_RATE, f"t.{identifier(name)} IS NULL"))
                continue
            column = ENTITIES[part.entity].columns.get(name)
            if column is not None and column.kind == "money":
                raw = f"t.{identifier(name)}"
                found.append(("without_amount", f"{raw} IS NULL"))
                if relation.uses_rates:
                    converted = relation.expression(part).sql
                    found.append((WITHOUT_RATE, f"{raw} IS NOT NULL AND {converted} IS NULL"))
        if isinstance(part, Binary) and part.op == "/":
            found.append(("zero_divisor", f"({relation.expression(part.right).sql}) = 0"))
    if relation.entity == "funnel_step" and "stopped" not in flags_asked(node.where):
        return [(kind, f"{condition} AND t.is_first") for kind, condition in found]
    return found


def has_period(leaf: Leaf) -> bool:
    """True when the date range narrows a leaf."""
    where = leaf.aggregate.where
    return where is not None and any(isinstance(part, InPeriod) for part in walk(where))


@dataclass(frozen=True, slots=True)
class Matching:
    """SQL of the ids of matching records, empty when every record matches, and the stored entities it reads."""

    sql: str
    entities: tuple[str, ...] = ()


def matching_records(entity: str, request: Request, catalogue: Catalogue, tree: Filter, language: Language) -> Matching:
    """Return the records of an entity that a filter keeps. Raises NotApplicable, UnknownName, QueryError."""
    requested = {
        condition.field: request_dimension(condition.field, catalogue, request.profile, language)
        for condition in conditions(tree)
    }
    if not requested:
        return Matching("")
    relation = Relation(entity, request, request.window)
    reading = Reading(relation, catalogue)
    for name, wanted in requested.items():
        if wanted.is_axis or not reading.supports(wanted):
            raise NotApplicable(f"{entity} cannot be filtered by {name}.", dimension=name, remedy="Leave it out.")
    relation.is_split = any(reading.needs_split(wanted) for wanted in requested.values())
    condition = reading.condition(tree, requested)
    rates = f"WITH rates AS ({rates_relation(request.currency)}) " if relation.uses_rates else ""
    return Matching(f"{rates}SELECT t.id {relation.source()} WHERE {condition}", tuple(sorted(relation.entities)))
