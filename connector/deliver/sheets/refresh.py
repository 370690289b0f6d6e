"""A report onto its spreadsheet: one read, one batch, and looking again where something came in between.

A batch is all or nothing, so a reader sees the old report or the new one. When no answer comes, the spreadsheet is
read again: either the run is there, or the batch is made anew for what stands there now. A batch that arrives late
meets an id that is taken (:func:`connector.deliver.sheets.planning.fill`) and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from connector.deliver.sheets import meanwhile, staging
from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.budget import check_cells
from connector.deliver.sheets.drift import Drift
from connector.deliver.sheets.ground import Ground
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.outcome import Counted, Outcome
from connector.deliver.sheets.places import span
from connector.deliver.sheets.plan import Plan, Written
from connector.deliver.sheets.planning import fill, large_regions
from connector.deliver.sheets.protection import named_protection
from connector.deliver.sheets.reading import AFTER, Outline, outline, read, read_cells
from connector.deliver.sheets.spots import Spot, lay_out
from connector.deliver.sheets.tabs import is_retitled
from connector.errors import NotAllowed, NotInAccount, UserError, VendorUnavailable

Body = dict[str, Any]
MOST_READ: Final = 100_000
"""A table of more cells than these is not read where an answer was too long."""
ATTEMPTS: Final = 4
"""So often a refresh begins anew after a lost reply or an edit that came in between."""


@dataclass(slots=True)
class Errand:
    """One report on its way to one spreadsheet, over as many attempts as it takes."""

    api: Counted
    spreadsheet: str
    layout: Layout
    now: datetime
    run_id: str
    restore: bool = False
    known: Outline | None = None
    """A spreadsheet that nothing of ours stands in yet, so that nothing has to be read."""
    is_first: bool = False
    """Whether the report may not be there yet."""
    stages: staging.Stages = field(default_factory=dict)
    strays: list[Written] = field(default_factory=list)
    findings: dict[Drift, None] = field(default_factory=dict)
    changed: bool = False
    cells: int = 0
    spot: Spot | None = None
    """Where on a person's own sheet the layout is put."""
    deletes: tuple[int, ...] = ()
    """Sheets that go once the report is there: the empty one that Google puts into a new spreadsheet."""


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


def converge(errand: Errand) -> Plan:
    """Read, plan and write until the spreadsheet holds the report, a bounded number of times. Return the last plan."""
    lost: VendorUnavailable | None = None
    refused: tuple[UserError, list[Body]] | None = None
    for _ in range(ATTEMPTS):
        plan = prepared(errand)
        errand.findings |= dict.fromkeys(found for found in plan.findings if not (errand.strays and found.is_edit))
        if plan.is_empty:
            return plan
        if refused is not None and refused[1] == plan.requests:
            raise refused[0]
        try:
            answer = _send(errand, plan)
        except VendorUnavailable as error:
            lost = error
            errand.changed |= plan.data_changed
        except NotAllowed as error:
            raise named_protection(errand.api, errand.spreadsheet, plan, error) from error
        except UserError as error:
            refused = error, plan.requests
        else:
            errand.changed |= plan.data_changed
            errand.cells += sum(len(line) for written in plan.written for line in written.rows)
            errand.cells += sum(len(staged.values) * len(staged.columns) for staged in plan.staged)
            moved = meanwhile.moved_sheets(plan, answer)
            if not moved:
                return plan
            errand.strays = meanwhile.written(plan, moved)
    if refused is not None and lost is None:
        raise refused[0]
    raise lost or VendorUnavailable(
        "Somebody kept editing the spreadsheet while the report was being written.",
        place=f"spreadsheet {errand.spreadsheet}",
        remedy="Refresh again when nobody is editing it.",
    )


def prepared(errand: Errand) -> Plan:
    """Read a spreadsheet and plan what it needs."""
    plan = observed(errand)
    if errand.strays:
        meanwhile.clear_strays(errand.api, errand.spreadsheet, plan, errand.strays)
    if errand.spot is not None:
        lay_out(plan, errand.spot)
    fill(plan, errand.now, errand.run_id)
    if plan.more_cells and not plan.staged:
        plan.outline = plan.outline or outline(errand.api, errand.spreadsheet)
        check_cells(plan.outline.cells, plan.more_cells, errand.spreadsheet)
    return plan


def observed(errand: Errand) -> Plan:
    """Read what a spreadsheet holds, into a plan that plans nothing yet."""
    large = large_regions(errand.layout)
    around, errand.known = errand.known, None
    if around is not None:
        ground = Ground(locale=around.ground.locale, time_zone=around.ground.time_zone)
    else:
        ground, large = _read(errand, large)
    around = around or _outline(errand, ground)
    for tab, found in ground.tabs.items():
        found.sheet.follow(tab, found.record.regions)
    if large:
        read_cells(errand.api, errand.spreadsheet, _small_parts(errand.layout, ground, large), ground)
    return Plan(ground, errand.layout, around, errand.restore, large)


def _read(errand: Errand, large: frozenset[tuple[str, str]]) -> tuple[Ground, frozenset[tuple[str, str]]]:
    """Read what is ours. A table that was large and has become small may be too much for one answer: then it is left
    unread, and goes the way of large ones once more."""
    if large:
        return read(errand.api, errand.spreadsheet, with_cells=False), large
    try:
        return read(errand.api, errand.spreadsheet, with_cells=True), large
    except VendorUnavailable:
        ground = read(errand.api, errand.spreadsheet, with_cells=False)
        known = {
            (tab, region): each for tab, found in ground.tabs.items() for region, each in found.record.regions.items()
        }
        large = frozenset(name for name, each in known.items() if each.rows * each.width > MOST_READ)
        if not large:
            raise
        return ground, large


def _outline(errand: Errand, ground: Ground) -> Outline | None:
    """Read the other sheets where they matter: something of ours is missing, or something new needs a name."""
    wanted = {tab.id for tab in errand.layout.tabs}
    is_known = ground.record is not None and wanted <= set(ground.tabs)
    if is_known and not errand.restore and not _is_wider(errand.layout, ground):
        return None
    around = outline(errand.api, errand.spreadsheet)
    if ground.record is None:
        ground.record, ground.number = around.ground.record, around.ground.number
    if ground.record is None and not errand.is_first:
        raise NotInAccount(
            "This spreadsheet holds no report of Puente.",
            place=f"spreadsheet {errand.spreadsheet}",
            remedy="Make one in it: sheet create TEMPLATE --into SPREADSHEET.",
        )
    for tab, found in around.ground.tabs.items():
        if tab not in ground.tabs and tab in wanted:
            sheet = ground.sheets.setdefault(found.sheet.id, found.sheet)
            found.sheet = sheet
            ground.tabs[tab] = found
    ground.locale, ground.time_zone = around.ground.locale, around.ground.time_zone
    return around


def _is_wider(layout: Layout, ground: Ground) -> bool:
    """Whether a table has columns that it did not have, a region is new or a tab has another title: names matter."""
    for tab in layout.tabs:
        found = ground.tabs.get(tab.id)
        if found is None:
            continue
        if is_retitled(tab, found):
            return True
        slots = len(found.sheet.slots_of(tab.id))
        for region in tab.regions:
            known = found.record.regions.get(region.id)
            if known is None or len(region.columns) - len(known.gone) > max(slots, 0):
                return True
    return False


def _small_parts(layout: Layout, ground: Ground, large: frozenset[tuple[str, str]]) -> list[Body]:
    """Return the ranges whose cells are compared: small regions and the heads of large ones."""
    ranges = []
    for tab in layout.tabs:
        found = ground.tabs.get(tab.id)
        slots = list(found.sheet.slots_of(tab.id).values()) if found else []
        for region in tab.regions if found and slots else ():
            known = found.record.regions.get(region.id) if found else None
            extent = found.sheet.extent(tab.id, region.id, known) if found and known else None
            if extent is None:
                continue
            rows = list(extent.heads.values()) if (tab.id, region.id) in large else extent.rows
            if rows and found:
                ranges.append(span(found.sheet.id, (min(rows), max(rows) + 1), (min(slots), max(slots) + 1)))
    return ranges


def _send(errand: Errand, plan: Plan) -> Body:
    """Stage what is large, then send the batch; the answer tells where our marks stand now."""
    if plan.staged:
        staging.stage(errand.api, errand.spreadsheet, plan, errand.run_id, errand.stages)
    requests = [
        *plan.sheets, *plan.structure, *plan.looks, *plan.values, *staging.swap(plan, errand.stages), *plan.marks,
        *plan.objects, *plan.records, *staging.clean(plan, errand.stages),
        *({"deleteSheet": {"sheetId": sheet}} for sheet in errand.deletes),
    ]  # fmt: skip
    body = {"requests": requests, "includeSpreadsheetInResponse": True}
    return errand.api.change(errand.spreadsheet, body, fields=AFTER)
