"""Tabs and their columns: what is there is followed, what is new is made, what a person deleted stays away.

Columns are inserted after the last of ours, before a person's; a new tab gets spare rows and columns for his own cells.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from connector.deliver.sheets.ground import FoundTab, Sheet, in_order
from connector.deliver.sheets.layout import Region, Tab
from connector.deliver.sheets.metadata import RegionRecord, Slot
from connector.deliver.sheets.places import free_id, free_title, letters
from connector.deliver.sheets.plan import Plan, SettledRegion, SettledTab, least_rows

Body = dict[str, Any]
SPARE_ROWS: Final = 50
SPARE_COLUMNS: Final = 6
"""What a new tab has beyond its regions."""


def settle_tabs(plan: Plan) -> None:
    """Give every tab of the layout that is there or may be made its sheet."""
    plan.order = list(plan.outline.titles) if plan.outline else []
    titles = plan.ground.record.titles if plan.ground.record is not None else {}
    for each in plan.layout.tabs:
        found = plan.ground.tabs.get(each.id)
        tab = replace(each, title=titles[each.id]) if each.id in titles else each
        if found is not None:
            plan.tabs.append(_known_tab(plan, tab, found))
        elif _may_be_made(plan, tab):
            plan.tabs.append(_new_tab(plan, tab, placed=tab.id in titles))
    if plan.is_same_template:
        wanted = {tab.id for tab in plan.layout.tabs}
        left = (found for name, found in plan.ground.tabs.items() if name not in wanted and not found.record.placed)
        plan.tabs += [_known_tab(plan, Tab(found.record.tab, found.sheet.title, ()), found) for found in left]


def _may_be_made(plan: Plan, tab: Tab) -> bool:
    record = plan.ground.record
    if record is None:
        return True
    if tab.id in record.tabs and not plan.restore:
        plan.say("tab_deleted", tab)
        return False
    if tab.id not in record.tabs and plan.is_upgrade:
        plan.say("tab_added", tab)
    return True


def _known_tab(plan: Plan, tab: Tab, found: FoundTab) -> SettledTab:
    settled = SettledTab(tab, found.sheet, found, charts=dict(found.record.charts), placed=found.record.placed)
    settled.title = found.record.title
    wanted = {region.id for region in tab.regions}
    for region, known in found.record.regions.items():
        if region in wanted:
            continue
        (settled.dropped if plan.is_upgrade else settled.resting)[region] = known
        if plan.is_upgrade and wanted:
            plan.say("region_removed", tab, Region(region, ()))
    if plan.is_upgrade and not wanted:
        plan.say("tab_removed", tab)
    if wanted and is_retitled(tab, found) and plan.outline is not None:
        others = [title for sheet, title in plan.outline.titles.items() if sheet != found.sheet.id]
        found.sheet.title = free_title(tab.title[:100], others)
        settled.title = found.sheet.title
        properties = {"sheetId": found.sheet.id, "title": settled.title}
        plan.sheets.append({"updateSheetProperties": {"properties": properties, "fields": "title"}})
    return settled


def is_retitled(tab: Tab, found: FoundTab) -> bool:
    """Whether the report calls a tab by another name now, and no person has named it."""
    ours = found.record.title
    same = tab.title[:100] == re.sub(r" \d+\Z", "", ours) or tab.title[:100] == ours
    return bool(tab.title) and not found.record.placed and found.sheet.title == ours and not same


def _new_tab(plan: Plan, tab: Tab, *, placed: bool) -> SettledTab:
    titles = {sheet.id: sheet.title for sheet in plan.ground.sheets.values()}
    titles |= plan.outline.titles if plan.outline else {}
    sheet = Sheet(free_id(titles, "tab", tab.id), free_title(tab.title[:100] or tab.id, titles.values()), is_new=True)
    width = max((len(region.columns) for region in tab.regions), default=0)
    sheet.columns = max(width, len(tab.widths)) + SPARE_COLUMNS
    sheet.rows = sum(len(region.head) + least_rows(region) + 1 for region in tab.regions) + SPARE_ROWS
    plan.ground.sheets[sheet.id] = sheet
    plan.more_cells += sheet.rows * sheet.columns
    before = plan.tabs[-1].sheet.id if plan.tabs else None
    place = plan.order.index(before) + 1 if before in plan.order else len(plan.order)
    plan.order.insert(place, sheet.id)
    plan.sheets.append({"addSheet": {"properties": _properties(tab, sheet, place)}})
    return SettledTab(tab, sheet, title=sheet.title, placed=placed)


def _properties(tab: Tab, sheet: Sheet, place: int) -> Body:
    grid: Body = {"rowCount": sheet.rows, "columnCount": sheet.columns, "hideGridlines": True}
    if tab.frozen_rows:
        grid["frozenRowCount"] = tab.frozen_rows
    properties: Body = {"sheetId": sheet.id, "title": sheet.title, "index": place, "gridProperties": grid}
    if tab.hidden:
        properties["hidden"] = True
    if tab.colour:
        channels = [int(tab.colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
        properties["tabColorStyle"] = {"rgbColor": dict(zip(("red", "green", "blue"), channels, strict=True))}
    return properties


# --- columns -------------------------------------------------------------------------------------------


def settle_columns(plan: Plan, settled: SettledTab) -> None:
    """Give the regions of a tab their columns: those that are there, those inserted for more, those restored."""
    tab = settled.tab.id
    known = settled.found.record.regions if settled.found else {}
    gone = {} if plan.restore else {region.id: _gone(settled, region, known) for region in settled.tab.regions}
    wanted = max((len(region.columns) - len(gone.get(region.id, ())) for region in settled.tab.regions), default=0)
    before = set(settled.sheet.slots_of(tab))
    if plan.restore:
        _restore(plan, settled, wanted)
    was_emptied = not settled.sheet.slots_of(tab) and any(record.columns or record.gone for record in known.values())
    if not was_emptied:
        _add(plan, settled, wanted, max((record.width for record in known.values()), default=0))
    slots = list(settled.sheet.slots_of(tab))
    settled.new_slots = frozenset(set(slots) - before) if settled.found else frozenset()
    for region in settled.tab.regions:
        part = SettledRegion(region, known.get(region.id), gone=gone.get(region.id, ()))
        shown = [(column, place) for place, column in enumerate(region.columns) if column.id not in part.gone]
        part.columns = tuple((column, place, slot) for (column, place), slot in zip(shown, slots, strict=False))
        settled.regions.append(part)
    _say_gone(plan, settled)
    _say_moved(plan, settled)


def _gone(settled: SettledTab, region: Region, known: Mapping[str, RegionRecord]) -> tuple[str, ...]:
    """Return the ids of a region's columns whose slot a person has deleted, now or before."""
    record = known.get(region.id)
    if record is None:
        return ()
    there = settled.sheet.slots_of(settled.tab.id)
    lost = {column.id for slot, column in enumerate(record.columns) if column and slot not in there} | set(record.gone)
    return tuple(column.id for column in region.columns if column.id in lost)


def _restore(plan: Plan, settled: SettledTab, wanted: int) -> None:
    sheet, tab = settled.sheet, settled.tab.id
    for number in range(wanted if settled.found else 0):
        there = sheet.slots_of(tab)
        if number in there:
            continue
        below = [column for slot, column in there.items() if slot < number]
        above = [column for slot, column in there.items() if slot > number]
        at = below[-1] + 1 if below else above[0] if above else 0
        _insert(plan, settled, at, [number])


def _add(plan: Plan, settled: SettledTab, wanted: int, ever: int) -> None:
    """Add slots until there are as many as wanted; ``ever`` so many there were once."""
    sheet, there = settled.sheet, settled.sheet.slots_of(settled.tab.id)
    missing = wanted - len(there)
    if missing <= 0:
        return
    start = max([ever, *(slot + 1 for slot in there)])
    numbers = list(range(start, start + missing))
    if sheet.is_new:
        sheet.slots |= {Slot(settled.tab.id, number): number for number in numbers}
    else:
        _insert(plan, settled, there[max(there)] + 1 if there else 0, numbers)


def _insert(plan: Plan, settled: SettledTab, at: int, numbers: list[int]) -> None:
    sheet = settled.sheet
    plan.structure.append(sheet.insert("COLUMNS", at, len(numbers)))
    plan.more_cells += sheet.rows * len(numbers)
    sheet.slots |= {Slot(settled.tab.id, number): at + place for place, number in enumerate(numbers)}


def _say_gone(plan: Plan, settled: SettledTab) -> None:
    parts = [part for part in settled.regions if part.gone]
    for part in [part for part in parts if part.region.heading is not None] or parts[:1]:
        titles = {column.id: column.title or column.id for column in part.region.columns}
        for column in part.gone:
            plan.say("column_deleted", settled.tab, part.region, column=titles[column])


def _say_moved(plan: Plan, settled: SettledTab) -> None:
    """Say which columns stand in another order than ours: the fewest whose moving explains it."""
    order = list(settled.sheet.slots_of(settled.tab.id).items())
    kept = in_order(order)
    for slot, position in (pair for pair in order if pair not in kept):
        for part in settled.regions:
            column = next((column for column, _, number in part.columns if number == slot), None)
            if column is not None and part.region.heading is not None:
                place = f"{settled.sheet.title}, {letters(position)}"
                plan.say("column_moved", settled.tab, part.region, column=column.title or column.id, place=place)
                break
