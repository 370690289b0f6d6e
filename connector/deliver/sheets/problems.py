"""A problem said in the spreadsheet itself: in the status strip, while the last good figures stay as they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connector.deliver.sheets import meanwhile
from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.cells import plain
from connector.deliver.sheets.ground import Ground
from connector.deliver.sheets.layout import Layout, Scalar
from connector.deliver.sheets.metadata import RowMark
from connector.deliver.sheets.plan import Plan, Written
from connector.deliver.sheets.protection import closed_parts, is_closed
from connector.deliver.sheets.reading import AFTER, read
from connector.deliver.sheets.tripwire import tripped, tripwire
from connector.deliver.sheets.writing import put
from connector.errors import NotAllowed, UserError

Body = dict[str, Any]
ATTEMPTS = 3


def say(api: SheetsApi, spreadsheet: str, sentences: Sequence[str]) -> bool:
    """Write what is wrong and who must act into the status strip of every tab; nothing clears the line.

    A strip that somebody else has protected is left out. Return whether there is one to write. Figures, and the record
    of the last good run, are not touched. Raises what the API raises; the sentences are in the reader's language
    already.
    """
    line = plain(f"⚠ {' '.join(sentences)}" if sentences else None)
    strays: list[Written] = []
    refused: list[Body] = []
    closed: list[Body] = []
    for left in reversed(range(ATTEMPTS)):
        plan = _planned(api, spreadsheet, line, strays, closed)
        if not plan.values:
            return False
        wire = [] if refused == plan.requests else tripwire(plan)
        body = {"requests": [*wire, *plan.requests], "includeSpreadsheetInResponse": True}
        try:
            answer = api.change(spreadsheet, body, fields=AFTER)
        except NotAllowed as error:
            closed = _closed(api, spreadsheet, closed, error)
        except UserError as error:
            if not left or not tripped(error.sentence, len(wire)):
                raise
            refused = plan.requests
        else:
            moved = meanwhile.moved_sheets(plan, answer)
            if not moved:
                break
            strays = meanwhile.written(plan, moved)
    return True


def _planned(api: SheetsApi, spreadsheet: str, line: Scalar, strays: Sequence[Written], closed: Sequence[Body]) -> Plan:
    """Read where the strips stand, and plan to write the line into those that are not closed."""
    plan = _plan(read(api, spreadsheet, with_cells=False))
    if strays:
        meanwhile.clear_strays(api, spreadsheet, plan, strays)
    for spot in _lines(plan.ground):
        if not is_closed(closed, *spot):
            put(plan, Written(*spot, [(line,)]))
    return plan


def _closed(api: SheetsApi, spreadsheet: str, known: Sequence[Body], refusal: NotAllowed) -> list[Body]:
    """Return the ranges for which a batch was refused. Raises the refusal where it was for something else."""
    found = [] if known else closed_parts(api, spreadsheet)
    if not found:
        raise refusal
    return found


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
