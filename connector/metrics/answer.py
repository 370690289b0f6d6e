"""Shapes the rows of a statement into a Table: labels, keys, small samples, notes."""

from __future__ import annotations

from operator import itemgetter
from typing import Any, Final, Literal

from connector.metrics.basis import as_recorded
from connector.metrics.definitions import MetricDefinition
from connector.metrics.dimension import band_label
from connector.metrics.evaluation import Evaluation
from connector.metrics.notes import notes_of
from connector.metrics.plan import Planned
from connector.metrics.rates import WITHOUT_RATE
from connector.metrics.select import Counter
from connector.metrics.syntax import Binary, Leaf, MetricRef, Node, Total, walk
from connector.model.table import Cell, Note, Table, TableColumn, Unit

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
        cells = [self._cells(position) for position in range(len(self._held.dimensions))]
        cells += [self._column(name) for name in shown]
        rows = list(zip(*cells, strict=True)) if cells else [() for _ in self._rows]
        small: dict[tuple[int, int], int] = {}
        for place, column in enumerate(columns):
            if f"{column.id}__base" in self._at:
                self._held.reader.check_time()
                bases = enumerate(self._small_base(column, row) for row in self._rows)
                small |= {(number, place): base for number, base in bases if base}
        return Table(
            tuple(columns), tuple(rows), None, self._notes(), self._held.reader.freshness, self._keys(),
            frozenset(small), small, self._orders(),
        )  # fmt: skip

    def _notes(self) -> tuple[Note, ...]:
        told = [name for name in self._counters if name in self._at]
        counts = {name: self._rows[0][self._at[name]] or 0 if self._rows else 0 for name in told}
        notes = notes_of(self._held, [(self._counters[name], int(count)) for name, count in counts.items()])
        return tuple(one for one in notes if not self._held.query.is_bare or one.code == WITHOUT_RATE)

    def _orders(self) -> dict[str, tuple[Cell, ...]]:
        """Cells of each dimension whose values stand in an order of their own, in that order."""
        found: dict[str, tuple[Cell, ...]] = {}
        for position, wanted in enumerate(self._held.dimensions):
            if f"o{position}" in self._at:
                places = dict(zip(self._cells(position), self._column(f"o{position}"), strict=True))
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

    def _column(self, name: str) -> list[Any]:
        self._held.reader.check_time()
        return list(map(itemgetter(self._at[name]), self._rows))

    def _cells(self, position: int) -> list[Any]:
        """Return the shown cells of a dimension. Column by column: a call for each cell costs more than the answer."""
        wanted = self._held.dimensions[position]
        definition, language = wanted.definition, self._held.query.language
        label, key = f"l{position}", f"k{position}"
        cells = self._column(label if label in self._at else key)
        keys = self._column(key) if key in self._at else cells
        if definition.values:
            values = {value: words[language] for value, words in definition.values.items()}
            cells = [values.get(key, cell) for key, cell in zip(keys, cells, strict=True)]
        elif definition.edges:
            cells = [None if key is None else band_label(int(key), definition.edges) for key in keys]
        if self._held.query.is_unworded or None not in keys:
            return cells
        labels = self._held.catalogue.null_labels.get(definition.null_label or "not_set")
        unset = labels[language] if labels else None
        return [unset if key is None else cell for key, cell in zip(keys, cells, strict=True)]

    def _keys(self) -> tuple[tuple[str | None, ...], ...]:
        """Return the ids behind the cells of each row, None where the cell stands for itself."""
        if self._held.query.is_bare:
            return ()
        columns = [self._keys_of(position) for position in range(len(self._held.dimensions))]
        return tuple(zip(*columns, strict=True)) if columns else tuple(() for _ in self._rows)

    def _keys_of(self, position: int) -> list[str | None]:
        wanted = self._held.dimensions[position]
        if not (wanted.definition.type == "ref" or wanted.definition.values):
            return [None] * len(self._rows)
        return [None if key is None else str(key) for key in self._column(f"k{position}")]

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
