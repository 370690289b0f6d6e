"""A report that is put onto a spreadsheet for the first time: a new one, or one that a person has shared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.looks import theme
from connector.deliver.sheets.outcome import Counted, Made
from connector.deliver.sheets.plan import Plan
from connector.deliver.sheets.reading import OUTLINE, outline, outline_of
from connector.deliver.sheets.refresh import Errand, converge
from connector.errors import UserError, quote

Body = dict[str, Any]


def start(api: SheetsApi, layout: Layout) -> Body:
    """Make an empty spreadsheet with the title, locale and time zone of a report.

    Return its ``spreadsheetId``, ``spreadsheetUrl`` and ``sheets``. Remember the id before the next step: a reply that
    is lost here leaves an empty file behind, a later one leaves nothing undone.
    """
    properties: Body = {"title": layout.title, "locale": layout.locale, "timeZone": layout.time_zone}
    if layout.accents:
        properties["spreadsheetTheme"] = theme(layout.font, layout.accents)
    return api.create({"properties": properties}, fields=f"spreadsheetId,spreadsheetUrl,{OUTLINE}")


def create(api: SheetsApi, layout: Layout, now: datetime, run_id: str) -> Made:
    """Make a spreadsheet with a report in it: two calls for a small one. ``now`` is aware."""
    counted = Counted(api)
    book = start(counted, layout)
    around = outline_of({"properties": {"locale": layout.locale, "timeZone": layout.time_zone}, **book})
    errand = Errand(counted, str(book["spreadsheetId"]), layout, now, run_id, known=around, is_first=True)
    errand.deletes = tuple(around.titles)
    return _made(errand, converge(errand))


def place(api: SheetsApi, spreadsheet: str, layout: Layout, now: datetime, run_id: str) -> Made:
    """Put a report into a spreadsheet that is there: its tabs come after the person's own.

    Raises UserError when another report of ours stands in it. The same report again is refreshed.
    """
    counted = Counted(api)
    around = outline(counted, spreadsheet)
    known = around.ground.record
    if known is not None and known.template not in ("", layout.template):
        raise UserError(
            f"This spreadsheet holds the report {quote(known.template)} already.",
            place=f"spreadsheet {spreadsheet}",
            remedy="Take another spreadsheet for this report, or refresh the one that is there: sheet refresh.",
        )
    errand = Errand(counted, spreadsheet, layout, now, run_id, is_first=True)
    errand.known = around if known is None else None
    return _made(errand, converge(errand))


def _made(errand: Errand, plan: Plan) -> Made:
    sheets = {settled.tab.id: settled.sheet.id for settled in plan.tabs}
    return Made(errand.spreadsheet, sheets, tuple(errand.findings), errand.cells, errand.api.reads, errand.api.writes)
