"""A report onto its spreadsheet: one read, one batch, and looking again where something came in between.

A batch is all or nothing, so a reader sees the old report or the new one. When no answer comes, the spreadsheet is
read again: either the run is there, or the batch is made anew for what stands there now. A batch that arrives late
meets an id that is taken (:func:`connector.deliver.sheets.planning.fill`) and changes nothing, and so does one that
finds rows or columns moved (:mod:`connector.deliver.sheets.tripwire`): what stands there now is read and planned for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from connector.deliver.sheets import meanwhile, staging
from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.budget import check_cells
from connector.deliver.sheets.errand import Errand
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.observation import observed
from connector.deliver.sheets.outcome import Counted, Outcome
from connector.deliver.sheets.plan import Plan
from connector.deliver.sheets.planning import fill
from connector.deliver.sheets.protection import named_protection
from connector.deliver.sheets.reading import AFTER, outline
from connector.deliver.sheets.spots import lay_out
from connector.deliver.sheets.tripwire import tripped, tripwire
from connector.errors import NotAllowed, UserError, VendorUnavailable

__all__ = ["Errand", "converge", "prepared", "refresh"]

Body = dict[str, Any]
ATTEMPTS: Final = 4
"""So often a refresh begins anew after a lost reply or an edit that came in between."""


def refresh(
    api: SheetsApi, spreadsheet: str, layout: Layout, now: datetime, run_id: str, restore: bool = False
) -> Outcome:
    """Make a spreadsheet hold this report. ``now`` is aware; ``run_id`` names the run, the same again after a crash.

    What a person has made stays: see CONTRACT.md. ``restore`` makes anew what he deleted of ours.

    Raises NotInAccount for a spreadsheet without a report of ours, NotAllowed naming who protects a range, UserError
    for one that would be too large, VendorUnavailable when Google did not confirm: then the old report is whole, or
    the new one. What the API raises passes through.
    """
    errand = Errand(Counted(api), spreadsheet, layout, now, run_id, restore)
    plan = converge(errand)
    record = plan.ground.record
    landed = record.run if plan.is_empty and record is not None else run_id
    return Outcome(errand.changed, landed, tuple(errand.findings), errand.cells, errand.api.reads, errand.api.writes)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A batch that Google refused, and its plan; ``tripped`` when that may have been for what has moved."""

    error: UserError
    plan: Plan
    tripped: bool

    def is_again(self, plan: Plan) -> bool:
        """Whether a plan asks for the same."""
        return self.plan.requests == plan.requests


def converge(errand: Errand) -> Plan:
    """Read, plan and write until the spreadsheet holds the report, a bounded number of times. Return the last plan.

    A batch that is refused although nothing has moved is sent once more without the wire, so that a Google that takes
    guards otherwise than it says costs two calls and never the report.
    """
    lost: VendorUnavailable | None = None
    refused: _Refused | None = None
    for _ in range(ATTEMPTS):
        plan = prepared(errand)
        errand.findings |= dict.fromkeys(found for found in plan.findings if not (errand.strays and found.is_edit))
        if plan.is_empty:
            return plan
        wire = tripwire(plan)
        if refused is not None and refused.is_again(plan):
            if not refused.tripped:
                raise refused.error
            wire = [] if refused.plan.stood == plan.stood else wire
        try:
            answer = _send(errand, plan, wire)
        except VendorUnavailable as error:
            lost, errand.unsure = error, plan
            errand.changed |= plan.data_changed
        except NotAllowed as error:
            raise named_protection(errand.api, errand.spreadsheet, plan, error) from None
        except UserError as error:
            refused = _Refused(error, plan, tripped(error.sentence, len(wire)))
        else:
            if _is_done(errand, plan, answer):
                return plan
    raise lost or _given_up(errand, refused)


def _given_up(errand: Errand, refused: _Refused | None) -> UserError | VendorUnavailable:
    if refused is not None and not refused.tripped:
        return refused.error
    return VendorUnavailable(
        "Somebody kept editing the spreadsheet while the report was being written.",
        place=f"spreadsheet {errand.spreadsheet}",
        remedy="Refresh again when nobody is editing it.",
    )


def _is_done(errand: Errand, plan: Plan, answer: Body) -> bool:
    """Take note of a batch that was done, and whether everything stands where it was meant to."""
    errand.changed, errand.deletes = errand.changed or plan.data_changed, ()
    errand.cells += sum(len(line) for written in plan.written for line in written.rows)
    errand.cells += sum(len(staged.values) * len(staged.columns) for staged in plan.staged)
    moved = meanwhile.moved_sheets(plan, answer)
    if moved:
        errand.strays, errand.memory = meanwhile.written(plan, moved), plan.memory
    return not moved


def prepared(errand: Errand) -> Plan:
    """Read a spreadsheet and plan what it needs."""
    plan = observed(errand)
    if errand.unsure is not None and plan.ground.record is not None and plan.ground.record.run == errand.run_id:
        moved = meanwhile.moved_between(errand.unsure, plan.ground.sheets)
        errand.strays, errand.memory = meanwhile.written(errand.unsure, moved), errand.unsure.memory
        plan.before, errand.deletes = errand.memory if moved else None, ()
    errand.unsure = None
    errand.stages = {name: each for name, each in errand.stages.items() if each.sheet in plan.ground.stages}
    if errand.strays:
        meanwhile.clear_strays(errand.api, errand.spreadsheet, plan, errand.strays)
    if errand.spot is not None:
        lay_out(plan, errand.spot)
    fill(plan, errand.now, errand.run_id)
    if plan.more_cells and not plan.staged:
        plan.outline = plan.outline or outline(errand.api, errand.spreadsheet)
        check_cells(plan.outline.cells, plan.more_cells, errand.spreadsheet)
    return plan


def _send(errand: Errand, plan: Plan, wire: list[Body]) -> Body:
    """Stage what is large, then send the batch; the answer tells where our marks stand now."""
    if plan.staged:
        staging.stage(errand.api, errand.spreadsheet, plan, errand.run_id, errand.stages)
    requests = [
        *wire, *plan.sheets, *plan.structure, *plan.looks, *plan.values, *staging.swap(plan, errand.stages),
        *plan.marks, *plan.objects, *plan.records, *plan.guards, *staging.clean(plan, errand.stages),
        *({"deleteSheet": {"sheetId": sheet}} for sheet in errand.deletes),
    ]  # fmt: skip
    body = {"requests": requests, "includeSpreadsheetInResponse": True}
    return errand.api.change(errand.spreadsheet, body, fields=AFTER)
