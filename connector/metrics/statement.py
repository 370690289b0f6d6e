"""Builds the one SQL statement of an evaluation: passes, their join, formulas, labels, order."""

from __future__ import annotations

from typing import Final

from connector.errors import QueryError, quote
from connector.metrics.dimension import NAMES, Requested, check_arity, compare_numbers, request_dimension
from connector.metrics.evaluation import Evaluation
from connector.metrics.lead_funnel import STEP_ORDER
from connector.metrics.plan import Planned
from connector.metrics.quality import dq_relation
from connector.metrics.quality_groups import GROUPS, group_relation
from connector.metrics.rates import WITHOUT_RATE, rates_relation
from connector.metrics.related import related_label
from connector.metrics.relation import finite
from connector.metrics.select import Counter, Pass, PassWriter
from connector.metrics.sql import identifier, literal
from connector.metrics.syntax import (
    Binary,
    Call,
    Constant,
    InList,
    IsNull,
    Leaf,
    Negation,
    Node,
    Number,
    Parameter,
    Text,
)
from connector.metrics.unrated import Unrated
from connector.model.filters import AllOf, Condition, Filter, conditions
from connector.model.query import Sort
from connector.model.schema import ENTITIES

COMPUTED: Final = frozenset(name for name, entity in ENTITIES.items() if entity.computed)
TEXT_OPERATORS: Final = ("contains", "starts_with", "regexp_partial", "regexp_exact")
FIGURE_FUNCTIONS: Final = ("GREATEST", "LEAST", "COALESCE", "ABS", "ROUND")


class Statement:
    """Builds and runs the one SQL statement of an evaluation."""

    def __init__(self, held: Evaluation) -> None:
        self._held = held
        self._entities: set[str] = set()
        self._row_filter, self._figure_filter = _divide(held.query.filter, {m.definition.id for m in held.plan.metrics})
        self._passes = self._write_passes()
        self._columns = {leaf: name for done in self._passes for leaf, name in done.columns.items()}
        counted = {leaf: names for done in self._passes for leaf, names in done.unrated.items()}
        self._unrated = Unrated(self._columns, counted)
        self._counters: dict[str, Counter] = {
            name: counter for done in self._passes for name, counter in done.counters.items()
        }

    @property
    def counters(self) -> dict[str, Counter]:
        """Hidden columns of the statement that count what figures left out."""
        return self._counters

    @property
    def entities(self) -> list[str]:
        """Stored entities that the statement reads; complete once :meth:`sql` was called."""
        return sorted(self._entities - COMPUTED - {GROUPS})

    def _write_passes(self) -> list[Pass]:
        held = self._held
        writer = PassWriter(held.request, held.catalogue, held.dimensions, self._row_filter)
        profile, language = held.request.profile, held.query.language
        writer.use_filters(
            {
                c.field: request_dimension(c.field, held.catalogue, profile, language)
                for c in conditions(self._row_filter)
            }
        )
        written = [writer.write(key, leaves, held.plan) for key, leaves in held.plan.groups.items()]
        return [done for done in written if done is not None]

    # -- the statement

    def sql(self) -> tuple[list[str], str]:
        """Return the names of the selected columns and the statement."""
        rows = [done for done in self._passes if not done.total]
        totals = [done for done in self._passes if done.total]
        for done in self._passes:
            self._entities |= done.entities
        ctes = self._support()
        ctes += [f"g{number} AS ({done.sql})" for number, done in enumerate(rows)]
        ctes += [f"t{number} AS ({done.sql})" for number, done in enumerate(totals)]
        ctes.append(f"r AS ({self._joined(rows)})")
        source = "r" + "".join(f" CROSS JOIN t{number}" for number in range(len(totals)))
        selected, joins = self._selected()
        only_sorted_by = self._only_sorted_by()
        names = [name for name, _ in selected if name not in only_sorted_by]
        listed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in selected)
        inner = f"SELECT {listed} FROM {source}{joins}"
        statement = f"WITH {', '.join(ctes)}, f AS ({inner}) SELECT {', '.join(map(identifier, names))} FROM f"
        if self._figure_filter.parts:
            statement += f" WHERE {_figures(self._figure_filter)}"
        return names, statement + self._order() + self._limit()

    def _support(self) -> list[str]:
        held = self._held
        ctes: list[str] = []
        if any(done.uses_rates for done in self._passes):
            ctes.append(f"rates AS ({rates_relation(held.request.currency)})")
        if "dq_result" in self._entities:
            relation = dq_relation(held.request)
            self._entities |= relation.entities
            ctes.append(f"dq_result AS ({relation.sql})")
        if GROUPS in self._entities:
            relation = group_relation(held.request)
            self._entities |= relation.entities
            ctes.append(f"{GROUPS} AS ({relation.sql})")
        return ctes

    def _joined(self, rows: list[Pass]) -> str:
        """Join the passes on their keys: stacked, then one row a key, so that nothing multiplies."""
        keys = [f"k{position}" for position in range(len(self._held.dimensions))]
        columns = [name for done in rows for name in done.names]
        if len(rows) == 1:
            return f"SELECT {', '.join([*keys, *columns])} FROM g0"
        if not rows:
            if keys:
                raise QueryError(
                    "Nothing in the query can be split: each figure is a constant or a total.",
                    remedy="Leave the dimensions out, or add a metric.",
                )
            return "SELECT 1 AS one"
        parts = []
        for number, done in enumerate(rows):
            own = set(done.names)
            listed = [*keys, *(name if name in own else f"NULL AS {name}" for name in columns)]
            parts.append(f"SELECT {', '.join(listed)} FROM g{number}")
        values = [f"any_value({name}) AS {name}" for name in columns]
        grouping = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {', '.join([*keys, *values])} FROM ({' UNION ALL BY NAME '.join(parts)}){grouping}"

    def _selected(self) -> tuple[list[tuple[str, str]], str]:
        selected: list[tuple[str, str]] = []
        joins, is_bare = "", self._held.query.is_bare
        for position, wanted in enumerate(self._held.dimensions):
            label, order, join = self._label(position, wanted)
            joins += join
            if label != f"r.k{position}":
                selected.append((f"l{position}", label))
            if label == f"r.k{position}" or wanted.definition.values or not is_bare:
                selected.append((f"k{position}", f"r.k{position}"))
            if not is_bare:
                selected.append((f"o{position}", order))
        for planned in self._held.plan.metrics:
            selected += self._figures_of(planned)
        told = [name for name, counter in self._counters.items() if not is_bare or counter.kind == WITHOUT_RATE]
        selected += [(name, f"SUM({name}) OVER ()") for name in told]
        return selected, joins

    def _only_sorted_by(self) -> set[str]:
        """Columns that the order of the rows needs and nobody reads: each costs time in every row of the answer."""
        dimensions = [wanted.definition for wanted in self._held.dimensions]
        return {f"o{place}" for place, each in enumerate(dimensions) if not (each.target == "stage" or each.ordered)}

    def _label(self, position: int, wanted: Requested) -> tuple[str, str, str]:
        """Name, sort key and join of a dimension whose value is the id of a record."""
        key, target = f"r.k{position}", wanted.definition.target
        if wanted.definition.one_of:
            label, joins, entities = related_label(wanted.definition, key, f"n{position}", NAMES)
            self._entities |= entities
            return label, f"lower({label})", joins
        name = NAMES.get(target, "name")
        if wanted.definition.type != "ref" or not target or name not in ENTITIES[target].columns:
            return key, _listed_first(key, wanted, 0, key), ""
        self._entities.add(target)
        alias = f"n{position}"
        label = f"COALESCE({alias}.{name}, {key})"
        order = f"lower({label})"
        if target == "owner" and not self._held.query.is_unworded:
            suffix = literal(" " + self._held.catalogue.null_labels["inactive_suffix"][self._held.query.language])
            label = f"({label} || CASE WHEN {alias}.is_active = FALSE THEN {suffix} ELSE '' END)"
        if target == "stage":
            order = (
                f"CASE {alias}.kind WHEN 'won' THEN 1000001 WHEN 'lost' THEN 1000002 WHEN 'unqualified' THEN 1000003 "
                f"ELSE COALESCE({alias}.position, 1000000) END"
            )
        if wanted.definition.id == "funnel_stage":
            steps = " ".join(f"WHEN {literal(step)} THEN {place}" for step, place in STEP_ORDER.items())
            order = f"(CASE {key} {steps} ELSE {order} END)"
        order = _listed_first(key, wanted, 2_000_000, order)
        return label, order, f" LEFT JOIN {identifier(target)} AS {alias} ON {alias}.id = {key}"

    def _figures_of(self, planned: Planned) -> list[tuple[str, str]]:
        name = planned.definition.id
        value = self._known(planned.formula)
        is_money = planned.definition.unit == "money"
        # Such tools compute with doubles, and to hand over decimals takes twice as long.
        selected = [(name, f"CAST({value} AS DOUBLE)" if self._held.query.is_bare and is_money else value)]
        if self._held.query.compare is not None:
            other = self._known(planned.compared) if planned.compared is not None else "NULL"
            selected.append((f"{name}__comparison", other))
            change = f"((CAST({value} AS DOUBLE) - {other}) / NULLIF(abs({other}), 0))"
            changes = planned.compared is not None and planned.definition.unit not in ("date", "instant")
            selected.append((f"{name}__change", change if changes else "NULL"))
        if planned.small_base is not None:
            selected.append((f"{name}__base", self._final(planned.small_base)))
        return selected

    def _known(self, node: Node) -> str:
        """SQL of a figure, NULL where no record behind it has an exchange rate."""
        value, unknown = self._final(node), self._unrated.condition(node)
        return f"(CASE WHEN {unknown} THEN NULL ELSE {value} END)" if unknown else value

    def _final(self, node: Node) -> str:
        """SQL of a formula over finished aggregates."""
        if isinstance(node, Leaf):
            return self._aggregate(node)
        if isinstance(node, Number):
            return node.text
        if isinstance(node, Text | Constant):
            return literal(node.value)
        if isinstance(node, Parameter):
            return self._parameter(node)
        if isinstance(node, Binary):
            return self._arithmetic(node)
        if isinstance(node, Call):
            return self._function(node)
        return self._test(node)

    def _aggregate(self, leaf: Leaf) -> str:
        """A finished aggregate; counts and sums over nothing are 0, anything over no period is NULL."""
        name = self._columns.get(leaf)
        if name is None:
            return "NULL"
        return f"COALESCE({name}, 0)" if leaf.aggregate.function in ("COUNT", "SUM") else name

    def _test(self, node: Node) -> str:
        if isinstance(node, Negation):
            return f"({node.op} {self._final(node.part)})"
        if isinstance(node, IsNull):
            return f"({self._final(node.part)} IS {'NOT ' if node.negated else ''}NULL)"
        if isinstance(node, InList):
            options = ", ".join(self._final(option) for option in node.options)
            return f"({self._final(node.part)} {'NOT ' if node.negated else ''}IN ({options}))"
        raise QueryError("The formula cannot be computed here.", remedy="Put columns inside SUM, COUNT, AVG ...")

    def _arithmetic(self, node: Binary) -> str:
        left, right = self._final(node.left), self._final(node.right)
        if node.op == "/":
            return f"(CAST({left} AS DOUBLE) / NULLIF(CAST({right} AS DOUBLE), 0))"
        if node.op == "*":
            return f"(CAST({left} AS DOUBLE) * CAST({right} AS DOUBLE))"
        return f"({left} {node.op} {right})"

    def _function(self, node: Call) -> str:
        parts = [self._final(part) for part in node.arguments]
        if node.name == "IF":
            return f"(CASE WHEN {parts[0]} THEN {parts[1]} ELSE {parts[2]} END)"
        if node.name == "RANK":
            return self._rank(parts[0])
        if node.name not in FIGURE_FUNCTIONS:
            raise QueryError(f"{node.name} works on rows, not on figures.", remedy="Put it inside SUM or AVG.")
        return f"{node.name.lower()}({', '.join(parts)})"

    def _rank(self, figure: str) -> str:
        """Dense rank of a group, the largest figure first; groups without a value have none (rule E2)."""
        keys = [f"r.k{position}" for position in range(len(self._held.dimensions))]
        if not keys:
            return "NULL"
        ranked = " AND ".join(f"{part} IS NOT NULL" for part in (*keys, figure))
        place = f"dense_rank() OVER (PARTITION BY ({ranked}) ORDER BY {figure} DESC NULLS LAST)"
        return f"(CASE WHEN {ranked} THEN {place} END)"

    def _parameter(self, node: Parameter) -> str:
        value = self._held.request.parameters.get(node.name)
        if value is None:
            raise QueryError(f"The parameter {quote(node.name)} is missing.", remedy=f"Give {node.name}=VALUE.")
        if not value:
            return "NULL"
        number = finite(value)
        if number is None:
            raise QueryError(
                f"{quote(value)} is no number.", place=f"parameter {node.name}", remedy=f"Give {node.name}=NUMBER."
            )
        return literal(number)

    # -- order

    def _order(self) -> str:
        held = self._held
        if not held.dimensions or held.query.is_bare:
            return ""
        positions = {wanted.id: number for number, wanted in enumerate(held.dimensions)}
        terms = [f"(k{number} IS NULL)" for number, wanted in enumerate(held.dimensions) if not wanted.is_axis][:1]
        for sort in held.query.sort or _default_sort(held):
            direction = "DESC" if sort.descending else "ASC"
            if sort.field in positions:
                terms.append(f"o{positions[sort.field]} {direction} NULLS LAST")
            elif any(planned.definition.id == sort.field for planned in held.plan.metrics):
                terms.append(f"{identifier(sort.field)} {direction} NULLS LAST")
            else:
                raise QueryError(
                    f"{quote(sort.field)} is not in the query.", place="sort", remedy="Sort by a shown column."
                )
        terms += [f"o{number} ASC NULLS LAST, k{number} ASC NULLS LAST" for number in range(len(held.dimensions))]
        return f" ORDER BY {', '.join(terms)}"

    def _limit(self) -> str:
        limit = self._held.query.limit
        if limit is None:
            return ""
        if limit < 1:
            raise QueryError("The limit must be at least 1.", place="limit", remedy="Leave it out for all rows.")
        return f" LIMIT {int(limit)}"


def _listed_first(key: str, wanted: Requested, first: int, otherwise: str) -> str:
    """Sort key of a dimension: places from ``first`` on for values whose order is declared."""
    if not wanted.definition.ordered:
        return otherwise
    cases = " ".join(
        f"WHEN {literal(value)} THEN {first + place}" for place, value in enumerate(wanted.definition.values or ())
    )
    return f"(CASE {key} {cases} ELSE {otherwise if first else first - 1} END)"


def _default_sort(held: Evaluation) -> tuple[Sort, ...]:
    """Time runs forward and stages stand in their order; else the largest first figure comes first."""
    ordered = tuple(
        Sort(wanted.id)
        for wanted in held.dimensions
        if wanted.sql_type == "DATE"
        or wanted.definition.target == "stage"
        or wanted.is_axis
        or wanted.definition.edges
        or wanted.definition.ordered
    )
    return ordered or (Sort(held.plan.metrics[0].definition.id, descending=True),)


def _divide(tree: Filter, metrics: set[str]) -> tuple[Filter, AllOf]:
    """Split a filter into conditions on rows and, at its top level, conditions on finished figures."""
    parts = tree.parts if isinstance(tree, AllOf) else (tree,)
    figures = tuple(part for part in parts if isinstance(part, Condition) and part.field in metrics)
    rows = tuple(part for part in parts if part not in figures)
    for part in rows:
        for condition in conditions(part):
            if condition.field in metrics:
                raise QueryError(
                    f"The condition on the metric {quote(condition.field)} stands inside an OR.",
                    remedy="Conditions on metrics can only be joined by AND.",
                )
    return AllOf(rows), AllOf(figures)


def rows_only(tree: Filter, metrics: set[str]) -> Filter:
    """Return a filter without its conditions on finished figures: a total is of all rows behind the table."""
    return _divide(tree, metrics)[0]


def figures_only(tree: Filter, metrics: set[str]) -> tuple[Condition, ...]:
    """Return the conditions of a filter on finished figures."""
    return tuple(part for part in _divide(tree, metrics)[1].parts if isinstance(part, Condition))


def _figures(tree: AllOf) -> str:
    terms: list[str] = []
    for part in tree.parts:
        assert isinstance(part, Condition)
        check_arity(part)
        sql = f"{identifier(part.field)}"
        if part.operator == "is_null":
            term = f"{sql} IS NULL"
        elif part.operator in TEXT_OPERATORS:
            raise QueryError(
                f"{part.operator} does not fit the metric {quote(part.field)}.", remedy="Use =, >=, between or is null."
            )
        elif part.operator in ("equals", "in_list"):
            term = " OR ".join(compare_numbers(sql, Condition(part.field, "between", (v, v))) for v in part.values)
        else:
            term = compare_numbers(sql, part)
        terms.append(f"(({term}) IS NOT TRUE)" if part.exclude else f"({term})")
    return " AND ".join(terms)
