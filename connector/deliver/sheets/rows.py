"""Rows of regions: a new region is put after the one before it, a body that needs more rows grows in its middle.

Rows are inserted before the last row of a body, so that charts, pivots, named ranges and formulas over it grow too;
they are never deleted, for a person's cells may stand beside them.
"""

from __future__ import annotations

from connector.deliver.sheets import metadata
from connector.deliver.sheets.ground import Extent, Sheet
from connector.deliver.sheets.layout import Region
from connector.deliver.sheets.metadata import RegionRecord, RowMark
from connector.deliver.sheets.plan import Plan, SettledRegion, SettledTab, least_rows


def settle_rows(plan: Plan, settled: SettledTab) -> None:
    """Give the regions of a tab their rows; a region that a person deleted is left out, unless it is asked for."""
    there: list[SettledRegion] = []
    bottom = _top(settled)
    for part in settled.regions:
        extent = _extent(settled, part)
        if extent is None and part.known is not None and not plan.restore:
            plan.say("region_deleted", settled.tab, part.region)
            settled.kept[part.region.id] = part.known
            continue
        if extent is None:
            _make(plan, settled, part, bottom)
        elif part.known is not None:
            _fit_head(plan, settled, part, part.known)
            _fit_body(plan, settled, part, part.known)
        bottom = settled.extent(part.region.id).bottom
        there.append(part)
    settled.regions = there


def _top(settled: SettledTab) -> int:
    """Return where a first region would begin: above the others that are there."""
    extents = [_extent(settled, part) for part in settled.regions]
    return min((extent.rows[0] for extent in extents if extent is not None), default=0)


def _extent(settled: SettledTab, part: SettledRegion) -> Extent | None:
    tab, region = settled.tab.id, part.region.id
    if not any((mark.tab, mark.region) == (tab, region) for mark in settled.sheet.marks):
        return None
    extent = settled.sheet.extent(tab, region, part.known or RegionRecord())
    return extent if extent is not None and extent.rows else None


def _make(plan: Plan, settled: SettledTab, part: SettledRegion, at: int) -> None:
    sheet, tab, region = settled.sheet, settled.tab.id, part.region
    for mark in [mark for mark in sheet.marks if (mark.tab, mark.region) == (tab, region.id)]:
        put_mark(plan, settled, mark, None)
    if part.known is None and settled.found is not None and plan.is_upgrade:
        plan.say("region_added", settled.tab, region)
    part.known = None
    body = least_rows(region)
    height = len(region.head) + body + 1
    if not sheet.is_new:
        plan.structure.append(sheet.insert("ROWS", at, height))
        plan.more_cells += height * sheet.columns
    mark_region(sheet, tab, region, at)


def mark_region(sheet: Sheet, tab: str, region: Region, top: int) -> None:
    """Mark the rows of a new region from ``top`` on."""
    body, start = least_rows(region), top + len(region.head)
    for number in range(len(region.head)):
        sheet.marks[RowMark(tab, region.id, number)] = top + number
    if body:
        sheet.marks[RowMark(tab, region.id, "first")] = start
        sheet.marks[RowMark(tab, region.id, "last")] = start + body - 1
    sheet.marks[RowMark(tab, region.id, "end")] = start + body


def put_mark(plan: Plan, settled: SettledTab, mark: RowMark, row: int | None) -> None:
    """Move a mark, or take it away with None."""
    sheet = settled.sheet
    if row is not None and sheet.marks.get(mark) == row:
        return
    number = sheet.numbers.pop(mark, None)
    if number is not None:
        plan.marks.append(metadata.forget(number))
    sheet.marks.pop(mark, None)
    if row is not None:
        sheet.marks[mark] = row


def _fit_head(plan: Plan, settled: SettledTab, part: SettledRegion, known: RegionRecord) -> None:
    region, is_said = part.region, False
    for number in range(len(region.head)):
        extent = _extent(settled, part)
        if extent is None or number in extent.heads:
            continue
        if number < known.heads and not plan.restore:
            if not is_said:
                plan.say("row_deleted", settled.tab, region)
            is_said = True
            continue
        above = [row for head, row in extent.heads.items() if head < number]
        at = max(above) + 1 if above else extent.rows[0]
        plan.structure.append(settled.sheet.insert("ROWS", at, 1))
        plan.more_cells += settled.sheet.columns
        settled.sheet.marks[RowMark(settled.tab.id, region.id, number)] = at
        part.new_heads = True


def _fit_body(plan: Plan, settled: SettledTab, part: SettledRegion, known: RegionRecord) -> None:
    sheet, region = settled.sheet, part.region
    extent = sheet.extent(settled.tab.id, region.id, known)
    assert extent is not None
    body, missing = list(extent.body), least_rows(region) - len(extent.body)
    if missing > 0:
        at = body[-1] if body else max(extent.heads.values(), default=-1) + 1
        plan.structure.append(sheet.insert("ROWS", at, missing))
        plan.more_cells += missing * sheet.columns
        new = list(range(at, at + missing))
        body = [*body[:-1], *new, at + missing] if body else new
    if body:
        put_mark(plan, settled, RowMark(settled.tab.id, region.id, "first"), body[0])
        put_mark(plan, settled, RowMark(settled.tab.id, region.id, "last"), body[-1])
