"""From a report and a spreadsheet as it stands to the one batch that makes it hold the report."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from connector.deliver.sheets import metadata
from connector.deliver.sheets.contents import close_gaps, write_tab
from connector.deliver.sheets.dressing import dress_tab
from connector.deliver.sheets.ground import Sheet
from connector.deliver.sheets.layout import Layout, Region
from connector.deliver.sheets.metadata import RegionRecord, ReportRecord, TabRecord
from connector.deliver.sheets.objects import lay_objects
from connector.deliver.sheets.places import LARGEST_ID, free_id
from connector.deliver.sheets.plan import Plan, SettledTab
from connector.deliver.sheets.rows import put_mark, settle_rows
from connector.deliver.sheets.tabs import settle_columns, settle_tabs
from connector.deliver.sheets.tripwire import guards_length, keep_guards
from connector.errors import UserError

CELL_BYTES: Final = 45
"""What a number takes as CellData; a text takes its letters beside."""
SMALL_BYTES: Final = 1_800_000
"""About 40,000 cells: a batch of so many bytes is sent as one, which stays below the 2 MB that Google advises."""


def weight(region: Region) -> int:
    """Return about how many bytes a region's body takes as CellData: Cyrillic letters take two each."""
    texts = sum(len(value.encode("utf-8", "replace")) for row in region.body for value in row if isinstance(value, str))
    return CELL_BYTES * len(region.columns) * len(region.body) + texts


def large_regions(layout: Layout) -> frozenset[tuple[str, str]]:
    """Return the regions (tab, region) whose bodies go through staging, the largest first, until the rest is small."""
    weights = {(tab.id, region.id): weight(region) for tab in layout.tabs for region in tab.regions}
    total, large = sum(weights.values()), set()
    for region, bytes_ in sorted(weights.items(), key=lambda pair: -pair[1]):
        if total <= SMALL_BYTES:
            break
        large.add(region)
        total -= bytes_
    return frozenset(large)


def fill(plan: Plan, now: datetime, run_id: str) -> None:
    """Fill a plan with everything that a report needs on this spreadsheet. ``now`` is aware."""
    _say_settings(plan)
    settle(plan)
    records = {settled.tab.id: write_tab(plan, settled) for settled in plan.tabs}
    close_gaps(plan)
    for settled in plan.tabs:
        dress_tab(plan, settled)
    lay_objects(plan)
    for settled in plan.tabs:
        _mark(plan, settled)
    made = {settled.tab.id: _record(plan, settled, records[settled.tab.id]) for settled in plan.tabs}
    if plan.requests or plan.staged:
        _record_report(plan, {tab: record for tab, record in made.items() if record is not None}, now, run_id)
        keep_guards(plan)


def settle(plan: Plan) -> None:
    """Give every tab its sheet, every region its columns and rows, and say what of ours is not there."""
    settle_tabs(plan)
    for settled in plan.tabs:
        settle_columns(plan, settled)
        settle_rows(plan, settled)


def _say_settings(plan: Plan) -> None:
    ground, record = plan.ground, plan.ground.record
    if record is None or not plan.is_same_template:
        return
    if record.locale and ground.locale != record.locale:
        plan.say("locale_changed", old=ground.locale)
    if record.time_zone and ground.time_zone != record.time_zone:
        plan.say("zone_changed", old=ground.time_zone, column=plan.layout.time_zone)


def _mark(plan: Plan, settled: SettledTab) -> None:
    """Plan the marks that Google does not know yet."""
    sheet, tab = settled.sheet, settled.tab.id
    for slot, column in sorted(sheet.slots.items(), key=lambda pair: pair[1]):
        if slot.tab == tab and slot not in sheet.numbers:
            plan.marks.append(metadata.mark_column(slot, sheet.id, column))
    for mark, row in sorted(sheet.marks.items(), key=lambda pair: pair[1]):
        if mark.tab == tab and mark not in sheet.numbers:
            plan.marks.append(metadata.mark_row(mark, sheet.id, row))


def _record(plan: Plan, settled: SettledTab, regions: dict[str, RegionRecord]) -> TabRecord | None:
    """Plan to remember a tab as it is now; None for one that the report no longer has."""
    found = settled.found
    if found is not None and not settled.tab.regions and plan.is_upgrade:
        _release(plan, settled)
        return None
    kept = _from_the_top(settled, regions)
    record = TabRecord(
        settled.tab.id, settled.sheet.id, settled.title, settled.placed, kept, settled.charts,
    )  # fmt: skip
    text = _text(record, settled.sheet, metadata.MOST_CHARACTERS - _taken(plan, settled))
    if found is None or not found.number:
        plan.records.append(metadata.mark_tab(record.sheet, text))
    elif metadata.read_tab(text, record.sheet) != found.record:
        plan.records.append(metadata.rewrite(found.number, text))
    return record


def _text(record: TabRecord, sheet: Sheet, room: int) -> str:
    """Return the text of a tab's record; a sheet whose columns leave no room for guards has none."""
    try:
        return metadata.tab_text(record, room - guards_length(sheet))
    except UserError:
        sheet.is_guarded = False
        return metadata.tab_text(record, room)


def _taken(plan: Plan, settled: SettledTab) -> int:
    """Return how many characters of a sheet's metadata are taken: by marks, and by other tabs that stand on it."""
    others = [
        found for found in plan.ground.tabs.values() if found.sheet is settled.sheet and found is not settled.found
    ]
    records = sum(len(metadata.TAB) + len(metadata.tab_text(found.record)) for found in others)
    return records + _marks_length(settled.sheet)


def _marks_length(sheet: Sheet) -> int:
    slots = sum(len(metadata.SLOT) + len(metadata.slot_text(slot, sheet.id)) for slot in sheet.slots)
    return slots + sum(len(metadata.TOP) + len(metadata.row_text(mark, sheet.id)) for mark in sheet.marks)


def _from_the_top(settled: SettledTab, regions: dict[str, RegionRecord]) -> dict[str, RegionRecord]:
    """Return the records in the order in which the regions stand; those that are away come last."""
    tops: dict[str, int] = {}
    for mark, row in settled.sheet.marks.items():
        if mark.tab == settled.tab.id and mark not in settled.sheet.astray:
            tops[mark.region] = min(row, tops.get(mark.region, row))
    kept = [region for region in regions if region not in settled.dropped]
    return {region: regions[region] for region in sorted(kept, key=lambda each: tops.get(each, LARGEST_ID))}


def _release(plan: Plan, settled: SettledTab) -> None:
    sheet, tab = settled.sheet, settled.tab.id
    for mark in [mark for mark in sheet.marks if mark.tab == tab]:
        put_mark(plan, settled, mark, None)
    for slot in [slot for slot in sheet.slots if slot.tab == tab]:
        del sheet.slots[slot]
        plan.marks.append(metadata.forget(sheet.numbers.pop(slot)))
    if settled.found is not None:
        plan.marks.append(metadata.forget(settled.found.number))


def _record_report(plan: Plan, made: dict[str, TabRecord], now: datetime, run_id: str) -> None:
    """Plan to remember the run under an id that follows from the one before: a batch that comes late, or from another
    writer who read the same state, meets an id that is taken and is refused as a whole."""
    ground, layout, before = plan.ground, plan.layout, plan.ground.record
    left = {settled.tab.id for settled in plan.tabs} - set(made)
    tabs = {tab: sheet for tab, sheet in (before.tabs if before else {}).items() if tab not in left}
    tabs |= {tab: record.sheet for tab, record in made.items()}
    titles = {tab: title for tab, title in (before.titles if before else {}).items() if tab in tabs}
    titles |= {tab: found.sheet.title for tab, found in ground.tabs.items() if tab in tabs and found.record.placed}
    record = ReportRecord(run=run_id, at=now.isoformat(), tabs=tabs, titles=titles)
    kept = before or ReportRecord("", "", locale=ground.locale, time_zone=ground.time_zone)
    record = replace(record, locale=kept.locale, time_zone=kept.time_zone)
    if layout.template or before is None:
        record = replace(record, template=layout.template, version=layout.template_version, language=layout.language)
    else:
        record = replace(record, template=before.template, version=before.version, language=before.language)
    if ground.number:
        plan.records.append(metadata.forget(ground.number))
    number = free_id({ground.number}, "report", ground.number, ground.record.run if ground.record else "")
    plan.records.append(metadata.mark_report(record, number))
