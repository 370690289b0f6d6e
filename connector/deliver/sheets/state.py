"""What stands in a spreadsheet: the run that it shows, our tabs, what people have done to them. Nothing is written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.drift import Drift
from connector.deliver.sheets.errand import Errand
from connector.deliver.sheets.ground import FoundTab, Ground
from connector.deliver.sheets.layout import Column, Layout, Region, Tab
from connector.deliver.sheets.metadata import RegionRecord, ReportRecord
from connector.deliver.sheets.observation import observed
from connector.deliver.sheets.outcome import Counted
from connector.deliver.sheets.places import a1_range
from connector.deliver.sheets.planning import fill, settle

NEVER: Final = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RegionState:
    """A region and where it stands, as A1 text; empty when it is not there."""

    region: str
    place: str


@dataclass(frozen=True, slots=True)
class TabState:
    """A tab that is there: its title is the one that people see now."""

    tab: str
    sheet: int
    title: str
    regions: tuple[RegionState, ...] = ()


@dataclass(frozen=True, slots=True)
class State:
    """A spreadsheet with a report. ``at`` is the aware moment of the run that it shows; ``staging`` are hidden tabs
    of a dead run; ``is_current`` whether a refresh would change nothing, None when no layout was given to tell."""

    run: str
    at: datetime
    template: str
    version: int
    language: str
    tabs: tuple[TabState, ...] = ()
    findings: tuple[Drift, ...] = ()
    staging: tuple[int, ...] = ()
    is_current: bool | None = None


def inspect(api: SheetsApi, spreadsheet: str, layout: Layout | None = None) -> State:
    """Read a spreadsheet; with a layout, also say which cells people have changed and whether it is up to date.

    Raises NotInAccount for a spreadsheet without a report of ours, and what the API raises.
    """
    errand = Errand(Counted(api), spreadsheet, layout or Layout("", "", "", ()), NEVER, "")
    plan = observed(errand)
    ground, record = plan.ground, plan.ground.record
    assert record is not None
    tabs = tuple(_tab(found) for found in ground.tabs.values())
    if layout is None:
        plan.layout = _remembered(ground, record)
        settle(plan)
    else:
        fill(plan, NEVER, record.run)
    return State(
        record.run, datetime.fromisoformat(record.at), record.template, record.version, record.language, tabs,
        tuple(dict.fromkeys(plan.findings)), tuple(ground.stages), None if layout is None else plan.is_empty,
    )  # fmt: skip


def _tab(found: FoundTab) -> TabState:
    sheet, tab = found.sheet, found.record.tab
    slots = sheet.slots_of(tab)
    regions = []
    for region, known in found.record.regions.items():
        extent = sheet.extent(tab, region, known)
        columns = [slots[slot] for slot, column in enumerate(known.columns) if column and slot in slots]
        is_there = extent is not None and extent.rows and columns
        place = a1_range(sheet.title, extent.rows, columns) if extent is not None and is_there else ""
        regions.append(RegionState(region, place))
    return TabState(tab, sheet.id, sheet.title, tuple(regions))


def _remembered(ground: Ground, record: ReportRecord) -> Layout:
    """Return the layout that was written last, without its values."""
    tabs = []
    for tab in record.tabs:
        found = ground.tabs.get(tab)
        regions = found.record.regions.items() if found else ()
        tabs.append(Tab(tab, found.sheet.title if found else tab, tuple(_region(*pair) for pair in regions)))
    return Layout("", ground.locale, ground.time_zone, tuple(tabs))


def _region(region: str, known: RegionRecord) -> Region:
    ids = [column.id for column in known.columns if column is not None]
    columns = tuple(Column(column, column) for column in dict.fromkeys([*ids, *known.gone]))
    return Region(region, columns, ((),) * known.heads, heading=known.heading)
