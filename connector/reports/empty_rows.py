"""Rows of a table that nothing fell into and that must be seen all the same: active people, reasons not logged."""

from __future__ import annotations

from dataclasses import replace

from connector.metrics.definitions import Catalogue, DimensionDefinition, MetricDefinition
from connector.metrics.syntax import Aggregate, Binary, Call, MetricRef, Total, walk
from connector.model.query import Language
from connector.model.table import Cell, Table, TableColumn


def with_people(table: Table, people: Table, catalogue: Catalogue, *, rising: bool) -> Table:
    """Add active owners without rows (rule E12): 0 in counts and sums, nothing in ratios.

    ``people`` has a row for each owner and whether he is active. They stand first in a table that is sorted upwards.
    """
    shown = {key[0] for key in table.keys}
    zero = _nothing(table, catalogue)
    added = [
        (key, (row[0], *zero))
        for key, row in zip(people.keys, people.rows, strict=True)
        if key[0] is not None and key[0] not in shown and row[1]
    ]
    pairs = list(zip(table.keys, table.rows, strict=True))
    last = [pair for pair in pairs if pair[0][0] is None]
    first = [pair for pair in pairs if pair[0][0] is not None]
    ordered = [*added, *first, *last] if rising else [*first, *added, *last]
    if rising and added:
        table = _moved(table, len(added))
    return replace(table, rows=tuple(row for _, row in ordered), keys=tuple(key for key, _ in ordered))


def with_unset(table: Table, label: str, catalogue: Catalogue) -> Table:
    """Add the group without a value where nothing fell into it (rule E19); ``label`` is what it is called."""
    if any(row[0] == label for row in table.rows):
        return table
    row = (label, *_nothing(table, catalogue))
    return replace(table, rows=(*table.rows, row), keys=(*table.keys, (None,)))


def with_listed(table: Table, definition: DimensionDefinition, language: Language, catalogue: Catalogue) -> Table:
    """Show each value of an ordered dimension in its order, those that nothing fell into with 0."""
    held = dict(zip((key[0] for key in table.keys), table.rows, strict=True))
    zero = _nothing(table, catalogue)
    rows: dict[str | None, tuple[Cell, ...]] = {
        value: held.get(value, (labels[language], *zero)) for value, labels in (definition.values or {}).items()
    }
    rows |= {value: row for value, row in held.items() if value not in rows}
    return replace(table, rows=tuple(rows.values()), keys=tuple((value,) for value in rows))


def adds_up(definition: MetricDefinition, catalogue: Catalogue) -> bool:
    """True when a figure over no rows is 0: counts, sums and what is added from them."""
    parts = list(walk(definition.formula))
    functions = {part.function for part in parts if isinstance(part, Aggregate)}
    divides = any(isinstance(part, Binary) and part.op == "/" for part in parts)
    named = [part.metric for part in parts if isinstance(part, MetricRef) and not part.by_parameter]
    return functions <= {"COUNT", "SUM"} and not divides and all(adds_up(catalogue.metric(n), catalogue) for n in named)


def _nothing(table: Table, catalogue: Catalogue) -> tuple[Cell, ...]:
    """Cells of a row that nothing fell into."""
    return tuple(_cell(table, column, catalogue) for column in table.columns[1:])


def _cell(table: Table, column: TableColumn, catalogue: Catalogue) -> Cell:
    if column.role == "change":
        return None
    definition = catalogue.metric(column.of or column.id)
    if isinstance(definition.formula, Call) and definition.formula.name == "RANK":
        return _last_place(table, column, definition.formula)
    if _is_share(definition):
        place = table.index(column.id)
        return 0 if any(row[place] is not None for row in table.rows) else None
    return 0 if adds_up(definition, catalogue) else None


def _is_share(definition: MetricDefinition) -> bool:
    """True for a part of a total: nothing is 0 % of it, as long as the total is not zero."""
    formula = definition.formula
    return isinstance(formula, Binary) and formula.op == "/" and isinstance(formula.right, Total)


def _last_place(table: Table, column: TableColumn, formula: Call) -> Cell:
    """The place of 0 behind all that is more, where the table shows the figure that is ranked."""
    ranked = formula.arguments[0]
    shown = {each.id for each in table.columns}
    if column.role != "metric" or not isinstance(ranked, MetricRef) or ranked.metric not in shown:
        return None
    place, figure = table.index(column.id), table.index(ranked.metric)
    places = [row[place] for row in table.rows if isinstance(row[place], int)]
    zero = [row[place] for row in table.rows if row[figure] == 0 and row[place] is not None]
    return zero[0] if zero else max((int(str(each)) for each in places), default=0) + 1


def _moved(table: Table, by: int) -> Table:
    """Small samples stay with their rows when others come before them."""
    small_n = {(row + by, place): n for (row, place), n in table.small_n.items()}
    return replace(table, small=frozenset((row + by, place) for row, place in table.small), small_n=small_n)
