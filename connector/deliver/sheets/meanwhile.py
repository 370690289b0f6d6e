"""A person who edits between our reading and our writing: noticed in the answer of the write, and put right at once.

Google cannot be asked to write only if nothing has moved. So the answer of the batch tells where our marks stand; where
one stands elsewhere than planned, what was written is looked at, cells of ours in a wrong place are emptied, and the
report is written where it belongs now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.cells import same
from connector.deliver.sheets.ground import Ground, Sheet
from connector.deliver.sheets.layout import Tab
from connector.deliver.sheets.places import a1_range, runs, span
from connector.deliver.sheets.plan import Plan, Written
from connector.deliver.sheets.reading import ground_of, read_cells

Body = dict[str, Any]


def moved_sheets(plan: Plan, answer: Mapping[str, Any]) -> set[int]:
    """Return the sheets on which a mark of ours does not stand where the plan put it."""
    return moved_between(plan, ground_of(answer.get("updatedSpreadsheet", {})).sheets)


def moved_between(plan: Plan, sheets: Mapping[int, Sheet]) -> set[int]:
    """As :func:`moved_sheets`, for sheets that were read."""
    found = {number: sheet.places() for number, sheet in sheets.items()}
    return {
        sheet.id
        for sheet in plan.ground.sheets.values()
        for mark, index in sheet.places().items()
        if found.get(sheet.id, {}).get(mark) != index
    }


def written(plan: Plan, sheets: set[int]) -> list[Written]:
    """Return every rectangle that a batch wrote on these sheets, staged ones included."""
    found = [each for each in plan.written if each.sheet in sheets]
    for staged in (each for each in plan.staged if each.sheet in sheets):
        for top, bottom in runs(staged.rows):
            first = staged.rows.index(top)
            for place, column in enumerate(staged.columns):
                rows = [(line[place],) for line in staged.values[first : first + bottom - top]]
                found.append(Written(staged.sheet, top, column, list(rows)))
    return found


def clear_strays(api: SheetsApi, spreadsheet: str, plan: Plan, strays: Sequence[Written]) -> None:
    """Plan to empty the cells that a batch wrote where our rectangles no longer are, and say so. One read."""
    ranges = [
        span(each.sheet, (each.top, each.top + len(each.rows)), (each.left, each.left + len(each.rows[0])))
        for each in strays
        if each.sheet in plan.ground.sheets
    ]
    around = Ground(sheets={sheet: Sheet(sheet) for sheet in plan.ground.sheets})
    read_cells(api, spreadsheet, ranges, around)
    for number, sheet in plan.ground.sheets.items():
        ours = _ours(plan.ground, sheet)
        cells = _wrong(around.sheets[number], strays, ours)
        if cells:
            _clear(plan, sheet, cells)
        if any(each.sheet == number for each in strays):
            _say(plan, sheet, cells)


def _ours(ground: Ground, sheet: Sheet) -> set[tuple[int, int]]:
    """Return the cells that belong to our regions now."""
    cells = set()
    for tab, found in ground.tabs.items():
        if found.sheet is sheet:
            slots = sheet.slots_of(tab)
            for region, known in found.record.regions.items():
                extent = sheet.extent(tab, region, known)
                columns = [slots[slot] for slot, column in enumerate(known.columns) if column and slot in slots]
                cells |= {(row, column) for row in (extent.rows if extent else ()) for column in columns}
    return cells


def _wrong(sheet: Sheet, strays: Sequence[Written], ours: set[tuple[int, int]]) -> list[tuple[int, int]]:
    return [
        (row, column)
        for each in strays
        if each.sheet == sheet.id
        for row, line in enumerate(each.rows, start=each.top)
        for column, value in enumerate(line, start=each.left)
        if value is not None and (row, column) not in ours and same(sheet.held(row, column), value)
    ]


def _clear(plan: Plan, sheet: Sheet, cells: Sequence[tuple[int, int]]) -> None:
    """First in the batch, before rows move."""
    for column in sorted({column for _, column in cells}):
        for top, bottom in runs(row for row, other in cells if other == column):
            bounds = span(sheet.id, (top, bottom), (column, column + 1))
            plan.sheets.append({"updateCells": {"range": bounds, "fields": "userEnteredValue"}})


def _say(plan: Plan, sheet: Sheet, cells: Sequence[tuple[int, int]]) -> None:
    rows, columns = [row for row, _ in cells], [column for _, column in cells]
    place = a1_range(sheet.title, rows, columns) if cells else ""
    plan.say("edited_meanwhile" if cells else "edited_beside", Tab("", sheet.title, ()), place=place)
