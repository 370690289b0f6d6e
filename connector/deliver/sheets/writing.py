"""Cells that do not hold what they shall, written: neighbours in one request, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from connector.deliver.sheets.cells import Formula, Held, cell, same
from connector.deliver.sheets.ground import Sheet
from connector.deliver.sheets.places import runs, span
from connector.deliver.sheets.plan import Plan, Written

Body = dict[str, Any]
Line = tuple[Held, ...]
GAP: Final = 2
"""So many unchanged rows between changed ones are written again rather than named in two requests."""


def compare(
    plan: Plan, sheet: Sheet, lines: Mapping[int, Line], columns: Sequence[int], is_strip: bool = False
) -> None:
    """Plan to write the cells that do not hold what they shall: neighbouring columns and rows in one request."""
    places = {column: place for place, column in enumerate(columns)}
    for left, right in runs(columns):
        block = {
            row: tuple(line[places[column]] if places[column] < len(line) else None for column in range(left, right))
            for row, line in lines.items()
        }
        wrong = {
            row: amiss
            for row, line in block.items()
            if (amiss := [n for n, value in enumerate(line) if not same(sheet.held(row, left + n), value)])
        }
        for top, bottom in _spans(list(wrong), block):
            found = [place for row in range(top, bottom) for place in wrong.get(row, ())]
            first, last = min(found), max(found) + 1
            rows = [block[row][first:last] for row in range(top, bottom)]
            put(plan, Written(sheet.id, top, left + first, rows))
        if wrong and not is_strip:
            plan.data_changed = True
            plan.figures.add(sheet.id)


def _spans(changed: Sequence[int], known: Mapping[int, Line]) -> list[tuple[int, int]]:
    """Return runs of rows to write; a short gap of rows that are ours is written over rather than jumped."""
    wide = set(changed)
    for row in sorted(changed):
        gap = list(range(row + 1, row + 1 + GAP))
        end = next((place for place, other in enumerate(gap) if other in wide), None)
        if end is not None and all(other in known for other in gap[:end]):
            wide.update(gap[:end])
    return runs(wide)


def put(plan: Plan, written: Written) -> None:
    """Plan to write a rectangle of values."""
    rows = [{"values": [_cell_of(value) for value in line]} for line in written.rows]
    right = written.left + len(written.rows[0])
    bounds = span(written.sheet, (written.top, written.top + len(rows)), (written.left, right))
    plan.values.append({"updateCells": {"range": bounds, "rows": rows, "fields": "userEnteredValue"}})
    plan.written.append(written)


def _cell_of(value: Held) -> Body:
    """Only a heading that a person has made a formula of can be one, and it is his own."""
    return {"userEnteredValue": {"formulaValue": value.text}} if isinstance(value, Formula) else cell(value)


def clear(plan: Plan, sheet: int, rows: Sequence[int], columns: Sequence[int]) -> None:
    for top, bottom in runs(rows):
        for left, right in runs(columns):
            bounds = span(sheet, (top, bottom), (left, right))
            plan.values.append({"updateCells": {"range": bounds, "fields": "userEnteredValue"}})
    plan.data_changed = True
    plan.figures.add(sheet)
