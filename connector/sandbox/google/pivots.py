"""Pivot tables: kept in the cell at their upper left corner, computed whenever values are asked for.

Rows, columns, values, filters, totals and orders are computed. Groups by date, by manual lists or by steps
(``groupRule``) and formulas as values (CUSTOM) are kept but not computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Book, Place
from connector.sandbox.google.grid import Error, Formula, Json, Result
from connector.sandbox.google.orders import rank
from connector.sandbox.google.pivot_values import Row, offset, shared, summed
from connector.sandbox.google.references import column_name
from connector.sandbox.google.refusals import Refused

Key = tuple[Result, ...]
GRAND_TOTAL = "Grand Total"


def pivot_results(book: Book, computed: Mapping[Place, Result]) -> dict[Place, Result]:
    """Return what the pivot tables of a book show, by place. ``computed`` are the results of its formulas."""
    found: dict[Place, Result] = {}
    for sheet in book.sheets:
        for row, column in sorted(sheet.cells.pivots):
            cell = sheet.cells.get(row, column)
            if cell.pivot is None or "source" not in cell.pivot:
                continue
            shown = _shown(book, cell.pivot, computed)
            places = {
                (sheet.id, row + down, column + across): value
                for down, line in enumerate(shown)
                for across, value in enumerate(line)
                if value is not None
            }
            others = (place[1:] for place in places if place[1:] != (row, column))
            taken = next((place for place in others if sheet.cells.value(*place) is not None), None)
            found.update(places if taken is None else {(sheet.id, row, column): _blocked(*taken)})
    return found


def _blocked(row: int, column: int) -> Error:
    place = f"{column_name(column)}{row + 1}"
    return Error("REF", f"Array result was not expanded because it would overwrite data in {place}.")


@dataclass(frozen=True)
class Pivot:
    """A pivot table and the rows of its source, heading apart, filtered."""

    spec: Json
    headings: Row
    rows: list[Row]

    def groups(self, side: str) -> list[Json]:
        return list(self.spec.get(side, ()))

    @property
    def values(self) -> list[Json]:
        return list(self.spec.get("values", ()))

    def heading(self, group: Json) -> Result:
        """Return the label of a group."""
        label = group.get("label")
        return str(label) if label else self.headings[int(group.get("sourceColumnOffset", 0))]

    def value_name(self, value: Json) -> str:
        """Return the heading of a value: SUM of Amount."""
        if value.get("name"):
            return str(value["name"])
        if "formula" in value:
            return "Calculated Field 1"
        return f"{value.get('summarizeFunction', 'SUM')} of {_text(self.headings[offset(value)])}"

    def keys(self, side: str, rows: list[Row]) -> list[Key]:
        """Return the combinations of a side's groups that occur, in their order."""
        keys: list[Key] = [()]
        for depth, group in enumerate(self.groups(side)):
            place = offset(group)
            longer: list[Key] = []
            for key in keys:
                within = [row for row in rows if _key(row, self.groups(side)[:depth]) == key]
                longer += [(*key, member) for member in self._ordered(group, within, {row[place] for row in within})]
            keys = longer
        return keys

    def _ordered(self, group: Json, rows: list[Row], members: set[Result]) -> list[Result]:
        bucket = group.get("valueBucket")
        place, falling = offset(group), group.get("sortOrder") == "DESCENDING"
        ordered = sorted(members, key=rank, reverse=falling)
        if bucket is None or not self.values:
            return ordered
        value = self.values[int(bucket.get("valuesIndex", 0))]
        totals = {member: summed(value, [row for row in rows if row[place] == member]) for member in members}
        return sorted(ordered, key=lambda member: rank(totals[member]), reverse=falling)


def _shown(book: Book, spec: Json, computed: Mapping[Place, Result]) -> list[list[Result]]:
    """The cells a pivot table fills, by rows."""
    pivot = _pivot(book, spec, computed)
    if pivot is None:
        return [[Error("REF", "Reference does not exist")]]
    columns = _members(pivot, "columns")
    lines = _head(pivot, columns)
    shown_before: Key = ()
    for key, label in _members(pivot, "rows"):
        within = [row for row in pivot.rows if _key(row, pivot.groups("rows")[: len(key)]) == key]
        lines.append(_labels(pivot, key, label, shown_before) + _figures(pivot, within, columns))
        shown_before = key
    return lines


Member = tuple[Key, str | None]
"""A combination of groups; with a label where it is a total."""


def _members(pivot: Pivot, side: str) -> list[Member]:
    """The rows or columns of the result: each combination, totals of outer groups after theirs, the
    grand total last."""
    groups = pivot.groups(side)
    members: list[Member] = []
    keys = pivot.keys(side, pivot.rows)
    for index, key in enumerate(keys):
        members.append((key, None))
        for depth in range(len(groups) - 1, 0, -1):
            ends = index + 1 == len(keys) or keys[index + 1][:depth] != key[:depth]
            if ends and groups[depth - 1].get("showTotals"):
                members.append((key[:depth], f"{_text(key[depth - 1])} Total"))
    if groups and groups[0].get("showTotals"):
        members.append(((), GRAND_TOTAL))
    return members


def _head(pivot: Pivot, columns: list[Member]) -> list[list[Result]]:
    """The heading lines."""
    row_labels: list[Result] = [pivot.heading(group) for group in pivot.groups("rows")]
    names: list[Result] = [pivot.value_name(value) for value in pivot.values]
    column_groups = pivot.groups("columns")
    if not column_groups:
        return [row_labels + names]
    blank: list[Result] = [None] * len(row_labels)
    lines: list[list[Result]] = [[*blank, *(pivot.heading(group) for group in column_groups[:1])]]
    if row_labels and len(names) == 1:
        lines[0][0] = names[0]
    each = max(1, len(names))
    for depth in range(len(column_groups)):
        line: list[Result] = list(row_labels) if depth + 1 == len(column_groups) and each == 1 else list(blank)
        for key, label in columns:
            shown = label if depth == max(0, len(key) - (label is None)) else None
            line += [key[depth] if label is None and depth < len(key) else shown, *([None] * (each - 1))]
        lines.append(line)
    if each > 1:
        lines.append(row_labels + names * len(columns))
    return lines


def _labels(pivot: Pivot, key: Key, label: str | None, before: Key) -> list[Result]:
    """The cells left of the figures; an outer group is named once unless its headings repeat."""
    groups = pivot.groups("rows")
    labels: list[Result] = [None] * len(groups)
    if label is not None:
        labels[max(0, len(key) - 1)] = label
        return labels
    for depth, member in enumerate(key):
        again = depth + 1 < len(key) and before[: depth + 1] == key[: depth + 1]
        labels[depth] = None if again and not groups[depth].get("repeatHeadings") else member
    return labels


def _figures(pivot: Pivot, rows: list[Row], columns: list[Member]) -> list[Result]:
    if not pivot.groups("columns"):
        columns = [((), None)]
    figures: list[Result] = []
    for key, _label in columns:
        groups = pivot.groups("columns")[: len(key)]
        within = [row for row in rows if _key(row, groups) == key]
        everywhere = [row for row in pivot.rows if _key(row, groups) == key]
        for value in pivot.values:
            figure = summed(value, within) if within else None
            wholes = {"ROW": rows, "COLUMN": everywhere, "GRAND": pivot.rows}
            figures.append(shared(figure, value, wholes))
    return figures


def _pivot(book: Book, spec: Json, computed: Mapping[Place, Result]) -> Pivot | None:
    area = area_of(spec["source"])
    try:
        sheet = book.sheet(area.sheet_id)
    except Refused:
        return None
    top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
    if bottom <= top or not all(0 <= place < right - left for place in _offsets(spec)):
        return None

    def value(row: int, column: int) -> Result:
        entered = sheet.cells.value(row, column)
        if entered is None or isinstance(entered, Formula):
            return computed.get((sheet.id, row, column))
        return entered

    rows = [tuple(value(row, column) for column in range(left, right)) for row in range(top, bottom)]
    filled = [row for row in rows[1:] if any(cell is not None for cell in row)]
    return Pivot(spec, rows[0], [row for row in filled if _kept(row, spec)])


def _offsets(spec: Json) -> list[int]:
    """The columns of its source that a pivot table is about."""
    parts = [*spec.get("rows", ()), *spec.get("columns", ()), *spec.get("values", ())]
    return [offset(part) for part in parts] + list(_criteria(spec))


def _criteria(spec: Json) -> dict[int, Json]:
    criteria = {int(name): part for name, part in spec.get("criteria", {}).items()}
    specs = spec.get("filterSpecs", ())
    return criteria | {int(part.get("columnOffsetIndex", 0)): part.get("filterCriteria", {}) for part in specs}


def _kept(row: Row, spec: Json) -> bool:
    """Whether a row passes the filters by visible values."""
    for column, part in _criteria(spec).items():
        if "visibleValues" in part and _text(row[column]) not in part["visibleValues"]:
            return False
    return True


def _key(row: Row, groups: list[Json]) -> Key:
    return tuple(row[offset(group)] for group in groups)


def _text(value: Result) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return value.type if isinstance(value, Error) else str(value)
