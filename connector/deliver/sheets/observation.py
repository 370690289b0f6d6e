"""Looking at a spreadsheet before anything is planned: one read, and others only where something is missing or new."""

from __future__ import annotations

from typing import Any, Final

from connector.deliver.sheets.errand import Errand
from connector.deliver.sheets.ground import Ground
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.places import span
from connector.deliver.sheets.plan import Plan
from connector.deliver.sheets.planning import large_regions
from connector.deliver.sheets.reading import Outline, outline, read, read_cells
from connector.deliver.sheets.tabs import is_retitled
from connector.errors import NotInAccount, VendorUnavailable

Body = dict[str, Any]
MOST_READ: Final = 100_000
"""A table of more cells than these is not read where an answer was too long."""


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
    stood = {number: sheet.standing() for number, sheet in ground.sheets.items()}
    return Plan(ground, errand.layout, around, errand.restore, large, errand.memory, stood=stood)


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
    if is_known and not errand.restore and not _is_new_in_part(errand.layout, ground):
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
    for sheet in ground.sheets.values():
        sheet.charts |= around.ground.sheets[sheet.id].charts if sheet.id in around.ground.sheets else set()
    hidden = [tab for tab in around.ground.tabs if tab not in ground.tabs and tab in wanted]
    if hidden:
        _find_rows(errand, ground, around, hidden)
    ground.locale, ground.time_zone = around.ground.locale, around.ground.time_zone
    return around


def _find_rows(errand: Errand, ground: Ground, around: Outline, tabs: list[str]) -> None:
    """Find tabs that have lost all of their columns by their rows. One read."""
    rows = read(errand.api, errand.spreadsheet, with_cells=False)
    for tab in tabs:
        found = rows.tabs.get(tab, around.ground.tabs[tab])
        found.sheet = ground.sheets.setdefault(found.sheet.id, found.sheet)
        ground.tabs[tab] = found


def _is_new_in_part(layout: Layout, ground: Ground) -> bool:
    """Whether a table has columns that it did not have, a region is new, a tab has another title (then names matter),
    or a chart did not come with what was read."""
    for tab in layout.tabs:
        found = ground.tabs.get(tab.id)
        if found is None:
            continue
        if is_retitled(tab, found) or not set(found.record.charts.values()) <= found.sheet.charts:
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
