"""A place on a sheet of a person's own, made ours: as though a tab had always stood there, with nothing in it."""

from __future__ import annotations

from dataclasses import dataclass

from connector.deliver.sheets.ground import FoundTab, Ground
from connector.deliver.sheets.layout import Tab
from connector.deliver.sheets.metadata import Slot, TabRecord
from connector.deliver.sheets.plan import Plan, least_rows
from connector.deliver.sheets.rows import mark_region
from connector.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Spot:
    """The upper left cell of a place: sheetId, row and column counted from 0."""

    sheet: int
    row: int
    column: int


def size(tab: Tab) -> tuple[int, int]:
    """Return the rows and columns that a tab's regions take below each other."""
    height = sum(len(region.head) + least_rows(region) + 1 for region in tab.regions)
    return height, max((len(region.columns) for region in tab.regions), default=0)


def lay_out(plan: Plan, spot: Spot) -> None:
    """Mark a place in the picture as the tab's, as though it had been there, with nothing in it."""
    [tab] = plan.layout.tabs
    if tab.id in plan.ground.tabs:
        return
    sheet = (plan.outline.ground if plan.outline else Ground()).sheets.get(spot.sheet)
    if sheet is None:
        raise UnknownName("The spreadsheet has no such tab any more.", remedy="Choose the place again.")
    sheet = plan.ground.sheets.setdefault(spot.sheet, sheet)
    height, width = size(tab)
    for dimension, there, needed in (
        ("ROWS", sheet.rows, spot.row + height), ("COLUMNS", sheet.columns, spot.column + width),
    ):  # fmt: skip
        if needed > there:
            plan.structure.append(sheet.insert(dimension, there, needed - there))  # type: ignore[arg-type]
            plan.more_cells += (needed - there) * (sheet.columns if dimension == "ROWS" else sheet.rows)
    sheet.slots |= {Slot(tab.id, number): spot.column + number for number in range(width)}
    top = spot.row
    for region in tab.regions:
        mark_region(sheet, tab.id, region, top)
        top += len(region.head) + least_rows(region) + 1
    plan.ground.tabs[tab.id] = FoundTab(TabRecord(tab.id, sheet.id, placed=True), 0, sheet)
