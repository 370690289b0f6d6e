"""A batch that Google itself refuses when rows or columns of ours have moved since they were read.

Google knows no write on a condition, but two things of its description of developer metadata make one: an entry stays
with its row or column wherever that goes, and an entry's id is unique in the spreadsheet. **Guards** are entries on
rows and columns of ours. A batch begins by removing each guard *if it stands where it was read* (a lookup by id and
place) and making it anew there under the same id. One that stands elsewhere by now is not met by the lookup, its id is
in use, and Google refuses the batch as a whole. Guards lie beside the marks of regions and are no marks themselves:
should Google behave otherwise, nothing that we know a report by is touched.

Whether rows or columns at the very end are gone, guards with them, is asked by putting an entry on the last row and the
last column that there were. It goes with the same batch.

https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.developerMetadata
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from connector.deliver.sheets import metadata
from connector.deliver.sheets.ground import Sheet, Standing
from connector.deliver.sheets.metadata import Line, RowMark
from connector.deliver.sheets.plan import Plan

Body = dict[str, Any]
MOST_COLUMNS: Final = 100
"""So many columns of a sheet are guarded one by one; of more, every second, third ... and the last."""
_REFUSED: Final = re.compile(r"Invalid requests\[(\d+)\]")
"""How Google names the request for which it refuses a batch."""


# --- guards that stay ------------------------------------------------------------------------------------


def keep_guards(plan: Plan) -> None:
    """Plan the guards that are missing, where things will stand after the batch, and remove those of no use."""
    for sheet in {settled.sheet.id: settled.sheet for settled in plan.tabs}.values():
        missing = dict.fromkeys(_lines(sheet))
        for number, line in sorted(sheet.guards.items()):
            if line in missing:
                del missing[line]
            else:
                plan.guards.append(metadata.forget(number))
        plan.guards += [metadata.mark_line(metadata.GUARD, sheet.id, line) for line in missing]


def guards_length(sheet: Sheet) -> int:
    """Return how many characters of metadata the guards of a sheet take at most, those of one batch included."""
    return len(metadata.GUARD) * len(_lines(sheet)) + 2 * len(metadata.EDGE)


def _lines(sheet: Sheet) -> list[Line]:
    """Return the rows and columns to guard: where regions and their bodies begin and end, and every column of ours."""
    if not sheet.is_guarded:
        return []
    columns = sorted(set(sheet.slots.values()))
    step = -(-len(columns) // MOST_COLUMNS) or 1
    kept = sorted({*columns[::step], *columns[-1:]})
    return [*(("ROWS", row) for row in _rows(sheet)), *(("COLUMNS", column) for column in kept)]


def _rows(sheet: Sheet) -> list[int]:
    regions: dict[tuple[str, str], list[tuple[RowMark, int]]] = {}
    for mark, row in sheet.marks.items():
        regions.setdefault((mark.tab, mark.region), []).append((mark, row))
    rows = set()
    for marks in regions.values():
        found = [row for _, row in marks]
        rows |= {min(found), max(found), *(row for mark, row in marks if mark.row == "first")}
    return sorted(rows)


# --- the wire of one batch -------------------------------------------------------------------------------


def tripwire(plan: Plan) -> list[Body]:
    """Return the requests that stand first in the batch of a plan. Without guards there are none, as on a sheet that
    an older version has written: it gets them with this batch."""
    moved, worded = _touched(plan)
    wire: list[Body] = []
    edges: list[Body] = []
    for number, standing in plan.stood.items():
        if not standing.guards or number not in (moved | set(worded)):
            continue
        lines = standing.guards if number in moved else _few(standing, worded[number])
        for guard, line in lines.items():
            wire += [
                metadata.forget_there(guard, number, line), metadata.mark_line(metadata.GUARD, number, line, guard),
            ]  # fmt: skip
        if number in moved:
            ends: tuple[Line, ...] = (("ROWS", standing.rows - 1), ("COLUMNS", standing.columns - 1))
            edges += [metadata.mark_line(metadata.EDGE, number, line) for line in ends]
    return [*wire, *edges, metadata.forget_all(metadata.EDGE)] if edges else wire


def tripped(words: str, wire: int) -> bool:
    """Whether a refusal may come from the first ``wire`` requests: Google's words name the request, if they are what
    we know."""
    named = _REFUSED.search(words)
    return wire > 0 and (named is None or int(named[1]) < wire)


def _touched(plan: Plan) -> tuple[set[int], dict[int, set[int]]]:
    """Return the sheets on which more than words of the strip is written, and the columns of words on the others."""
    parts = [*plan.sheets, *plan.structure, *plan.looks, *plan.marks, *plan.objects]
    moved = {*_sheets(parts), *plan.figures, *(staged.sheet for staged in plan.staged)}
    worded: dict[int, set[int]] = {}
    for each in plan.written:
        if each.sheet not in moved:
            worded.setdefault(each.sheet, set()).update(range(each.left, each.left + len(each.rows[0])))
    return moved, worded


def _sheets(value: object) -> Iterator[int]:
    """Yield the sheets that requests name."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            if name == "sheetId":
                yield int(part)
            else:
                yield from _sheets(part)
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for part in value:
            yield from _sheets(part)


def _few(standing: Standing, columns: set[int]) -> dict[int, Line]:
    """Return the guards that words lean on: the lowest row, which any row above it moves, and their own columns."""
    rows = {number: line for number, line in standing.guards.items() if line[0] == "ROWS"}
    last = max(rows, key=lambda number: rows[number], default=None)
    beside = {number: line for number, line in standing.guards.items() if line[0] == "COLUMNS" and line[1] in columns}
    return ({} if last is None else {last: rows[last]}) | beside
