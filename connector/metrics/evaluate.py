"""Answers a query over one workspace: the only place where figures are computed.

Metrics with different entities or time anchors are each aggregated on their own and then joined on the
shared dimensions, so a fan-out can never multiply a number. Ratios are computed from their parts, and a
zero denominator gives null. Totals are computed from rows, never by adding shown cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Protocol

from connector.errors import QueryError, quote
from connector.metrics.definitions import Catalogue, load_catalogue
from connector.metrics.dimension import NAMES, Requested, request_dimension
from connector.metrics.notes import notes_of
from connector.metrics.plan import Plan, Planned, make_plan
from connector.metrics.quality import dq_relation
from connector.metrics.rates import rates_relation
from connector.metrics.relation import Request
from connector.metrics.select import Pass, PassWriter
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
from connector.metrics.window import Window, calendar_of
from connector.model.filters import AllOf, AnyOf, Condition, Filter, conditions
from connector.model.period import compared, resolve
from connector.model.query import Query, Sort
from connector.model.schema import ENTITIES
from connector.model.table import Cell, Freshness, Table, TableColumn, Unit
from connector.model.workspace import Profile

MAX_COLUMNS: Final = 60


class Answer(Protocol):
    """What running SQL gives back: names and rows."""

    @property
    def columns(self) -> list[str]: ...
    @property
    def rows(self) -> list[tuple[Any, ...]]: ...


class Reader(Protocol):
    """The reading door of the store for one workspace at one published state."""

    @property
    def profile(self) -> Profile: ...
    @property
    def freshness(self) -> Freshness: ...
    def run(self, sql: str, entities: Any) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one evaluation works with."""

    reader: Reader
    catalogue: Catalogue
    query: Query
    request: Request
    dimensions: list[Requested]
    plan: Plan


def evaluate(reader: Reader, query: Query, now: datetime, catalogue: Catalogue | None = None) -> Table:
    """Answer a query as of ``now`` (aware). Raises QueryError, FormulaError, UnknownName."""
    held = _prepare(reader, query, now, catalogue or load_catalogue())
    body = _Statement(held).run()
    totals = None
    if query.totals:
        plain = replace(held, dimensions=[], query=replace(query, dimensions=(), sort=(), limit=None))
        values = _Statement(plain).run().rows[0]
        totals = (*(None for _ in held.dimensions), *values)
    return replace(body, totals=totals)


def _prepare(reader: Reader, query: Query, now: datetime, catalogue: Catalogue) -> Evaluation:
    if not query.metrics:
        raise QueryError("The query has no metric.", remedy="Name at least one, for example total_sales.")
    if len(query.metrics) + len(query.dimensions) > MAX_COLUMNS:
        raise QueryError(f"The query has more than {MAX_COLUMNS} columns.", remedy="Split it into several.")
    profile = reader.profile
    calendar = calendar_of(profile, query.time_zone)
    today = calendar.local_date(now)
    days = resolve(query.date_range, today, calendar)
    other = compared(days, query.compare or "previous_period", today)
    request = Request(
        profile=profile,
        currency=query.currency or profile.currency,
        parameters=query.parameters,
        window=Window(days, now, calendar),
        compared=Window(other, now, calendar) if other is not None else None,
    )
    dimensions = [request_dimension(text, catalogue, profile, query.language) for text in query.dimensions]
    names = [wanted.id for wanted in dimensions]
    if len(set(names)) < len(names) or len(set(query.metrics)) < len(query.metrics):
        raise QueryError("A metric or dimension is named twice.", remedy="Name each once.")
    plan = make_plan(query.metrics, catalogue, compare=query.compare is not None)
    return Evaluation(reader, catalogue, query, request, dimensions, plan)


class _Statement:
    """Builds and runs the one SQL statement of an evaluation."""

    def __init__(self, held: Evaluation) -> None:
        self._held = held
        self._entities: set[str] = set()
        self._row_filter, self._figure_filter = _divide(held.query.filter, {m.definition.id for m in held.plan.metrics})
        self._passes = self._write_passes()
        self._columns = {leaf: name for done in self._passes for leaf, name in done.columns.items()}
        self._counters = {name: counter for done in self._passes for name, counter in done.counters.items()}

    def run(self) -> Table:
        names, sql = self._sql()
        try:
            answer = self._held.reader.run(sql, sorted(self._entities - {"dq_result"}))
        except ValueError as error:
            raise QueryError(str(error), remedy="Check the filter's pattern.") from error
        return _Answered(self._held, names, answer.rows, self._counters).table()

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

    def _sql(self) -> tuple[list[str], str]:
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
        names = [name for name, _ in selected]
        listed = ", ".join(f"{sql} AS {identifier(name)}" for name, sql in selected)
        inner = f"SELECT {listed} FROM {source}{joins}"
        statement = f"WITH {', '.join(ctes)}, f AS ({inner}) SELECT * FROM f"
        if self._figure_filter.parts:
            statement += f" WHERE {_figures(self._figure_filter)}"
        return names, statement + self._order() + self._limit()

    def _support(self) -> list[str]:
        held = self._held
        ctes: list[str] = []
        if any(done.uses_rates for done in self._passes):
            ctes.append(f"rates AS ({rates_relation(held.request.currency)})")
        if "dq_result" in self._entities:
            relation = dq_relation(held.request, held.reader)
            self._entities |= relation.entities
            ctes.append(f"dq_result AS ({relation.sql})")
        return ctes

    def _joined(self, rows: list[Pass]) -> str:
        """Join the passes on their keys: stacked, then one row a key, so that nothing multiplies."""
        keys = [f"k{position}" for position in range(len(self._held.dimensions))]
        columns = [name for done in rows for name in (*done.columns.values(), *done.counters)]
        if len(rows) == 1:
            return f"SELECT {', '.join([*keys, *columns])} FROM g0"
        if not rows:
            return "SELECT 1 AS one"
        parts = []
        for number, done in enumerate(rows):
            own = {*done.columns.values(), *done.counters}
            listed = [*keys, *(name if name in own else f"NULL AS {name}" for name in columns)]
            parts.append(f"SELECT {', '.join(listed)} FROM g{number}")
        values = [f"any_value({name}) AS {name}" for name in columns]
        grouping = f" GROUP BY {', '.join(keys)}" if keys else ""
        return f"SELECT {', '.join([*keys, *values])} FROM ({' UNION ALL BY NAME '.join(parts)}){grouping}"

    def _selected(self) -> tuple[list[tuple[str, str]], str]:
        selected: list[tuple[str, str]] = []
        joins = ""
        for position, wanted in enumerate(self._held.dimensions):
            label, order, join = self._label(position, wanted)
            joins += join
            selected += [(f"k{position}", f"r.k{position}"), (f"l{position}", label), (f"o{position}", order)]
        for planned in self._held.plan.metrics:
            selected += self._figures_of(planned)
        selected += [(name, f"SUM({name}) OVER ()") for name in self._counters]
        return selected, joins

    def _label(self, position: int, wanted: Requested) -> tuple[str, str, str]:
        """Name, sort key and join of a dimension whose value is the id of a record."""
        key, target = f"r.k{position}", wanted.definition.target
        name = NAMES.get(target, "name")
        if wanted.definition.type != "ref" or not target or name not in ENTITIES[target].columns:
            return key, key, ""
        self._entities.add(target)
        alias = f"n{position}"
        label = f"COALESCE({alias}.{name}, {key})"
        order = f"lower({label})"
        if target == "owner":
            suffix = literal(" " + self._held.catalogue.null_labels["inactive_suffix"][self._held.query.language])
            label = f"({label} || CASE WHEN {alias}.is_active = FALSE THEN {suffix} ELSE '' END)"
        if target == "stage":
            order = (
                f"CASE {alias}.kind WHEN 'won' THEN 1000001 WHEN 'lost' THEN 1000002 WHEN 'unqualified' THEN 1000003 "
                f"ELSE COALESCE({alias}.position, 1000000) END"
            )
        return label, order, f" LEFT JOIN {identifier(target)} AS {alias} ON {alias}.id = {key}"

    def _figures_of(self, planned: Planned) -> list[tuple[str, str]]:
        name = planned.definition.id
        value = self._final(planned.formula)
        selected = [(name, value)]
        if self._held.query.compare is not None:
            other = self._final(planned.compared) if planned.compared is not None else "NULL"
            selected.append((f"{name}__comparison", other))
            change = f"((CAST({value} AS DOUBLE) - {other}) / NULLIF(abs({other}), 0))"
            selected.append((f"{name}__change", change if planned.compared is not None else "NULL"))
        if planned.small_base is not None:
            selected.append((f"{name}__base", self._final(planned.small_base)))
        return selected

    def _final(self, node: Node) -> str:
        """SQL of a formula over finished aggregates."""
        if isinstance(node, Leaf):
            name = self._columns.get(node)
            if name is None:
                return "NULL"
            zero = node.aggregate.function in ("COUNT", "SUM")
            return f"COALESCE({name}, 0)" if zero else name
        if isinstance(node, Number):
            return node.text
        if isinstance(node, Text | Constant):
            return literal(node.value)
        if isinstance(node, Parameter):
            return self._parameter(node)
        if isinstance(node, Binary):
            return self._arithmetic(node)
        if isinstance(node, Negation):
            return f"({node.op} {self._final(node.part)})"
        if isinstance(node, IsNull):
            return f"({self._final(node.part)} IS {'NOT ' if node.negated else ''}NULL)"
        if isinstance(node, InList):
            options = ", ".join(self._final(option) for option in node.options)
            return f"({self._final(node.part)} {'NOT ' if node.negated else ''}IN ({options}))"
        if isinstance(node, Call):
            return self._function(node)
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
        if node.name not in ("GREATEST", "LEAST", "COALESCE", "ABS", "ROUND"):
            raise QueryError(f"{node.name} works on rows, not on figures.", remedy="Put it inside SUM or AVG.")
        return f"{node.name.lower()}({', '.join(parts)})"

    def _parameter(self, node: Parameter) -> str:
        value = self._held.request.parameters.get(node.name)
        if value is None:
            raise QueryError(f"The parameter {quote(node.name)} is missing.", remedy=f"Give {node.name}=VALUE.")
        try:
            return literal(float(value))
        except ValueError:
            return literal(value)

    # -- order

    def _order(self) -> str:
        held = self._held
        if not held.dimensions:
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


def _default_sort(held: Evaluation) -> tuple[Sort, ...]:
    """Time runs forward and stages stand in their order; else the largest first figure comes first."""
    ordered = tuple(
        Sort(wanted.id)
        for wanted in held.dimensions
        if wanted.sql_type == "DATE" or wanted.definition.target == "stage" or wanted.is_axis or wanted.definition.edges
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


def _figures(tree: AllOf) -> str:
    from connector.metrics.dimension import _compare_numbers  # noqa: PLC0415 - one use

    terms: list[str] = []
    for part in tree.parts:
        assert isinstance(part, Condition)
        sql = f"{identifier(part.field)}"
        if part.operator == "is_null":
            term = f"{sql} IS NULL"
        elif part.operator in ("equals", "in_list"):
            term = " OR ".join(_compare_numbers(sql, Condition(part.field, "between", (v, v))) for v in part.values)
        else:
            term = _compare_numbers(sql, part)
        terms.append(f"(({term}) IS NOT TRUE)" if part.exclude else f"({term})")
    return " AND ".join(terms)


class _Answered:
    """Shapes the rows of the statement into a Table."""

    def __init__(
        self, held: Evaluation, names: list[str], rows: list[tuple[Any, ...]], counters: dict[str, Any]
    ) -> None:
        self._held = held
        self._at = {name: position for position, name in enumerate(names)}
        self._rows = rows
        self._counters = counters

    def table(self) -> Table:
        columns = [*self._dimension_columns(), *self._metric_columns()]
        shown = [column.id for column in columns[len(self._held.dimensions) :]]
        rows: list[tuple[Cell, ...]] = []
        keys: list[tuple[str | None, ...]] = []
        small: set[tuple[int, int]] = set()
        for number, row in enumerate(self._rows):
            cells = [self._dimension_cell(position, row) for position in range(len(self._held.dimensions))]
            rows.append((*cells, *(row[self._at[name]] for name in shown)))
            keys.append(tuple(self._key(position, row) for position in range(len(self._held.dimensions))))
            small |= {(number, place) for place, column in enumerate(columns) if self._is_small(column, row)}
        counts = {name: self._rows[0][self._at[name]] or 0 if self._rows else 0 for name in self._counters}
        notes = notes_of(self._held, [(self._counters[name], int(count)) for name, count in counts.items()])
        return Table(
            tuple(columns), tuple(rows), None, notes, self._held.reader.freshness, tuple(keys), frozenset(small)
        )

    def _dimension_columns(self) -> list[TableColumn]:
        columns: list[TableColumn] = []
        for wanted in self._held.dimensions:
            unit: Unit = "text"
            if wanted.sql_type == "DATE":
                unit = "date" if wanted.grain in (None, "day") else "period"
            elif wanted.sql_type == "BOOLEAN":
                unit = "boolean"
            elif wanted.sql_type == "BIGINT" and not wanted.definition.edges:
                unit = "number"
            columns.append(TableColumn(wanted.id, wanted.label, unit, "dimension", wanted.grain or ""))
        return columns

    def _metric_columns(self) -> list[TableColumn]:
        columns: list[TableColumn] = []
        for planned in self._held.plan.metrics:
            definition = planned.definition
            label = definition.labels[self._held.query.language]
            columns.append(TableColumn(definition.id, label, definition.unit, "metric", direction=definition.direction))
            if self._held.query.compare is not None:
                for suffix, role, unit in (
                    ("comparison", "comparison", definition.unit),
                    ("change", "change", "percent"),
                ):
                    columns.append(
                        TableColumn(
                            f"{definition.id}__{suffix}",
                            label,
                            unit,
                            role,
                            of=definition.id,
                            direction=definition.direction,
                        )  # type: ignore[arg-type]
                    )
        return columns

    def _dimension_cell(self, position: int, row: tuple[Any, ...]) -> Cell:
        wanted = self._held.dimensions[position]
        definition, language = wanted.definition, self._held.query.language
        key = row[self._at[f"k{position}"]]
        if key is None:
            labels = self._held.catalogue.null_labels.get(definition.null_label or "not_set")
            return labels[language] if labels else None
        if definition.values and key in definition.values:
            return definition.values[key][language]
        if definition.edges:
            return _band_label(int(key), definition.edges)
        label: Cell = row[self._at[f"l{position}"]]
        return label

    def _key(self, position: int, row: tuple[Any, ...]) -> str | None:
        wanted = self._held.dimensions[position]
        key = row[self._at[f"k{position}"]]
        return str(key) if key is not None and (wanted.definition.type == "ref" or wanted.definition.values) else None

    def _is_small(self, column: TableColumn, row: tuple[Any, ...]) -> bool:
        place = self._at.get(f"{column.id}__base")
        if column.role != "metric" or place is None or row[place] is None:
            return False
        return 0 < row[place] < int(self._held.query.parameters.get("small_sample_n", "5"))


def _band_label(band: int, edges: tuple[float, ...]) -> str:
    if band == 0:
        return f"< {edges[0]:g}"
    return f"≥ {edges[-1]:g}" if band == len(edges) else f"{edges[band - 1]:g} – {edges[band]:g}"


__all__ = ["AnyOf", "Evaluation", "Reader", "evaluate"]
