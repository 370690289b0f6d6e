"""Shapes the rows of a statement into a Table: labels, keys, small samples, notes."""

from __future__ import annotations

from typing import Any, Final, Literal

from connector.metrics.basis import as_recorded
from connector.metrics.definitions import MetricDefinition
from connector.metrics.dimension import band_label
from connector.metrics.evaluation import Evaluation
from connector.metrics.notes import notes_of
from connector.metrics.plan import Planned
from connector.metrics.select import Counter
from connector.metrics.syntax import Binary, Leaf, MetricRef, Node, Total, walk
from connector.model.table import Cell, Table, TableColumn, Unit

_COMPARED: Final[tuple[Literal["comparison", "change"], ...]] = ("comparison", "change")


class Answered:
    """Shapes the rows of the statement into a Table."""

    def __init__(
        self, held: Evaluation, names: list[str], rows: list[tuple[Any, ...]], counters: dict[str, Counter]
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
        small: dict[tuple[int, int], int] = {}
        for number, row in enumerate(self._rows):
            cells = [self._dimension_cell(position, row) for position in range(len(self._held.dimensions))]
            rows.append((*cells, *(row[self._at[name]] for name in shown)))
            keys.append(tuple(self._key(position, row) for position in range(len(self._held.dimensions))))
            small |= {
                (number, place): n for place, column in enumerate(columns) if (n := self._small_base(column, row))
            }
        counts = {name: self._rows[0][self._at[name]] or 0 if self._rows else 0 for name in self._counters}
        notes = notes_of(self._held, [(self._counters[name], int(count)) for name, count in counts.items()])
        return Table(
            tuple(columns), tuple(rows), None, notes, self._held.reader.freshness, tuple(keys), frozenset(small),
            small, self._orders(),
        )  # fmt: skip

    def _orders(self) -> dict[str, tuple[Cell, ...]]:
        """Cells of each dimension whose values stand in an order of their own, in that order."""
        found: dict[str, tuple[Cell, ...]] = {}
        for position, wanted in enumerate(self._held.dimensions):
            if wanted.definition.target == "stage" or wanted.definition.ordered:
                places = {self._dimension_cell(position, row): row[self._at[f"o{position}"]] for row in self._rows}
                found[wanted.id] = tuple(sorted(places, key=lambda cell: (places[cell] is None, places[cell])))
        return found

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
            columns.append(self._metric_column(planned))
            if self._held.query.compare is not None:
                columns += [self._compared_column(planned, role) for role in _COMPARED]
        return columns

    def _metric_column(self, planned: Planned) -> TableColumn:
        definition = planned.definition
        label = definition.labels[self._held.query.language]
        return TableColumn(
            definition.id, label, definition.unit, "metric", direction=definition.direction,
            adds=self._adds(definition), share_of=_share_of(definition.formula),
        )  # fmt: skip

    def _adds(self, definition: MetricDefinition) -> bool:
        """Whether the rows of a metric add up: flows always, stocks as long as the rows are no dates (E10).

        So it is with deals as they were recorded: each step of time is seen from its own end.
        """
        if definition.aggregation in ("sum_except_time", "sum_two_dates") or self._as_recorded(definition):
            split = [wanted.definition for wanted in self._held.dimensions]
            return not any(each.group == "time" and not each.paths for each in split)
        return definition.aggregation == "sum"

    def _as_recorded(self, definition: MetricDefinition) -> bool:
        planned = next(each for each in self._held.plan.metrics if each.definition is definition)
        leaves = [part for part in walk(planned.formula) if isinstance(part, Leaf)]
        return any(as_recorded(leaf.aggregate, self._held.request.parameters) for leaf in leaves)

    def _compared_column(self, planned: Planned, role: Literal["comparison", "change"]) -> TableColumn:
        own = self._metric_column(planned)
        unit: Unit = "percent" if role == "change" else own.unit
        return TableColumn(
            f"{own.id}__{role}",
            own.label,
            unit,
            role,
            of=own.id,
            direction=own.direction,
            adds=role == "comparison" and own.adds,
        )

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
            return band_label(int(key), definition.edges)
        label: Cell = row[self._at[f"l{position}"]]
        return label

    def _key(self, position: int, row: tuple[Any, ...]) -> str | None:
        wanted = self._held.dimensions[position]
        key = row[self._at[f"k{position}"]]
        return str(key) if key is not None and (wanted.definition.type == "ref" or wanted.definition.values) else None

    def _small_base(self, column: TableColumn, row: tuple[Any, ...]) -> int:
        """Denominator of a ratio where it is under 5 (rule E16), else 0."""
        place = self._at.get(f"{column.id}__base")
        if column.role != "metric" or place is None or row[place] is None:
            return 0
        base = int(row[place])
        return base if 0 < base < float(self._held.request.parameters["small_sample_n"]) else 0


def _share_of(formula: Node) -> str:
    """The metric of whose total a metric is the part, for ``@metric / TOTAL(@metric)``; empty for others."""
    whole = formula.right if isinstance(formula, Binary) and formula.op == "/" else None
    if isinstance(formula, Binary) and isinstance(whole, Total) and formula.left == whole.part:
        part = formula.left
        return part.metric if isinstance(part, MetricRef) and part == MetricRef(part.metric) else ""
    return ""
