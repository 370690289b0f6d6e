"""A problem said in the spreadsheet itself: in the status strip, while the last good figures stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.deliver.sheets import meanwhile
from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.cells import plain
from connector.deliver.sheets.ground import Ground
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.metadata import RowMark
from connector.deliver.sheets.plan import Plan, Written
from connector.deliver.sheets.reading import AFTER, read
from connector.deliver.sheets.tripwire import tripped, tripwire
from connector.deliver.sheets.writing import put
from connector.errors import NotAllowed, UserError

Body = dict[str, Any]
ATTEMPTS = 3


def say(api: SheetsApi, spreadsheet: str, sentences: Sequence[str]) -> bool:
    """Write what is wrong and who must act into the status strip of every tab; nothing clears the line.

    Return whether there is a strip. Figures, and the record of the last good run, are not touched. Raises what the API
    raises; the sentences are in the reader's language already.
    """
    line = plain(f"⚠ {' '.join(sentences)}" if sentences else None)
    strays: list[Written] = []
    refused: list[Body] = []
    for left in reversed(range(ATTEMPTS)):
        plan = _plan(read(api, spreadsheet, with_cells=False))
        if strays:
            meanwhile.clear_strays(api, spreadsheet, plan, strays)
        for sheet, row, column in _lines(plan.ground):
            put(plan, Written(sheet, row, column, [(line,)]))
        if not plan.values:
            return False
        wire = [] if refused == plan.requests else tripwire(plan)
        body = {"requests": [*wire, *plan.requests], "includeSpreadsheetInResponse": True}
        try:
            answer = api.change(spreadsheet, body, fields=AFTER)
        except NotAllowed:
            raise
        except UserError as error:
            if not left or not tripped(error.sentence, len(wire)):
                raise
            refused = plan.requests
            continue
        moved = meanwhile.moved_sheets(plan, answer)
        if not moved:
            break
        strays = meanwhile.written(plan, moved)
    return True


def _plan(ground: Ground) -> Plan:
    stood = {number: sheet.standing() for number, sheet in ground.sheets.items()}
    return Plan(ground, Layout("", "", "", ()), stood=stood)


def _lines(ground: Ground) -> Iterator[tuple[int, int, int]]:
    """Yield sheet, row and column of every line for problems: the last row of a strip's head, in its first column."""
    for tab, found in ground.tabs.items():
        slots = found.sheet.slots_of(tab)
        for region, known in found.record.regions.items():
            row = None if known.problem is None else found.sheet.marks.get(RowMark(tab, region, known.problem))
            if row is not None and slots:
                yield found.sheet.id, row, slots[min(slots)]
