"""A report on its way onto a spreadsheet: which regions stand where, and what will be asked of Google in one batch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector.deliver.sheets.cells import Held
from connector.deliver.sheets.drift import Code, Drift
from connector.deliver.sheets.ground import Extent, FoundTab, Ground, Sheet, Standing
from connector.deliver.sheets.layout import Column, Layout, Region, Scalar, Tab
from connector.deliver.sheets.metadata import RegionRecord
from connector.deliver.sheets.reading import Outline

Body = dict[str, Any]


@dataclass(slots=True)
class SettledRegion:
    """A region that has its rows and columns.

    ``columns`` are those that are shown: the column, its place in the region's rows, its slot. ``known`` is what was
    written last, None for a region that is made now. ``gone`` are columns that a person has deleted.
    """

    region: Region
    known: RegionRecord | None = None
    columns: tuple[tuple[Column, int, int], ...] = ()
    gone: tuple[str, ...] = ()
    new_slots: frozenset[int] = frozenset()
    new_heads: bool = False


@dataclass(slots=True)
class SettledTab:
    """A tab with its sheet. ``found`` is None for one that is made now."""

    tab: Tab
    sheet: Sheet
    found: FoundTab | None = None
    regions: list[SettledRegion] = field(default_factory=list)
    kept: dict[str, RegionRecord] = field(default_factory=dict)
    """Records of regions that a person has deleted."""
    resting: dict[str, RegionRecord] = field(default_factory=dict)
    """Regions with nothing to show this time: emptied, and their place is kept."""
    dropped: dict[str, RegionRecord] = field(default_factory=dict)
    """Regions that the report no longer has: emptied, and their rows are no longer ours."""
    charts: dict[str, int] = field(default_factory=dict)
    placed: bool = False
    title: str = ""
    """The title that we gave the sheet."""
    new_slots: frozenset[int] = frozenset()

    def extent(self, region: str) -> Extent:
        """Return where a settled region stands; its marks are whole by now."""
        extent = self.sheet.extent(self.tab.id, region, RegionRecord())
        assert extent is not None
        return extent

    def positions(self, settled: SettledRegion) -> list[int]:
        """Return where a region's columns stand, in their order."""
        slots = self.sheet.slots_of(self.tab.id)
        return [slots[slot] for _, _, slot in settled.columns]


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows that go through a hidden tab: the body of a large region, and where it will be pasted."""

    tab: str
    region: str
    digest: str
    values: list[tuple[Scalar, ...]]
    sheet: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]


@dataclass(slots=True)
class Written:
    """A rectangle of values that a batch puts on a sheet."""

    sheet: int
    top: int
    left: int
    rows: list[tuple[Held, ...]]


@dataclass(slots=True)
class Memory:
    """What a batch that went to the wrong places knew: the next one cannot read it any more."""

    names: dict[tuple[str, str], dict[str, Held]] = field(default_factory=dict)
    """Names that a person gave to columns, by tab and region."""
    widths: dict[tuple[str, str], int] = field(default_factory=dict)
    """How many slots a region had, by tab and region."""


@dataclass(slots=True)
class Plan:
    """Everything one refresh will ask for. The lists are sent in this order, as one batch: all of it or nothing."""

    ground: Ground
    layout: Layout
    outline: Outline | None = None
    restore: bool = False
    large: frozenset[tuple[str, str]] = frozenset()
    """Regions whose body is staged."""
    before: Memory | None = None
    memory: Memory = field(default_factory=Memory)
    tabs: list[SettledTab] = field(default_factory=list)
    order: list[int] = field(default_factory=list)
    """Sheets from left to right, as far as they are known."""
    findings: list[Drift] = field(default_factory=list)
    sheets: list[Body] = field(default_factory=list)
    structure: list[Body] = field(default_factory=list)
    looks: list[Body] = field(default_factory=list)
    values: list[Body] = field(default_factory=list)
    marks: list[Body] = field(default_factory=list)
    objects: list[Body] = field(default_factory=list)
    records: list[Body] = field(default_factory=list)
    guards: list[Body] = field(default_factory=list)
    staged: list[Staged] = field(default_factory=list)
    written: list[Written] = field(default_factory=list)
    more_cells: int = 0
    """Cells by which the grids grow."""
    data_changed: bool = False
    figures: set[int] = field(default_factory=set)
    """Sheets on which more than the strip is written."""
    stood: dict[int, Standing] = field(default_factory=dict)
    """Sheets as they were read."""

    @property
    def is_upgrade(self) -> bool:
        """Whether this is another version of the template that was written last."""
        record, layout = self.ground.record, self.layout
        return self.is_same_template and record is not None and record.version != layout.template_version

    @property
    def is_same_template(self) -> bool:
        """Whether the layout is the whole report that was written last, and not a query beside it."""
        record, layout = self.ground.record, self.layout
        return record is not None and bool(layout.template) and record.template == layout.template

    @property
    def is_empty(self) -> bool:
        """Whether nothing has to be written."""
        return not self.requests and not self.staged

    @property
    def requests(self) -> list[Body]:
        """The batch, without what a staged paste adds."""
        return [
            *self.sheets, *self.structure, *self.looks, *self.values, *self.marks, *self.objects, *self.records,
            *self.guards,
        ]  # fmt: skip

    def say(self, code: Code, tab: Tab | None = None, region: Region | None = None, **words: str) -> None:
        """Add a finding."""
        where = tuple(part.id for part in (tab, region) if part is not None)
        found = self.ground.tabs.get(tab.id) if tab is not None else None
        title = (found.sheet.title if found is not None else "") or (tab.title if tab is not None else "")
        titles = {"tab": title, "region": region_title(region) if region else ""}
        self.findings.append(Drift(code, **{**titles, **words}, where=where))


def region_title(region: Region) -> str:
    """Return what a person calls a region: its title, else the first text above its headings, else its id."""
    above = region.head[: region.heading]
    return region.title or next((str(row[0]) for row in above if row and row[0]), region.id)


def least_rows(region: Region) -> int:
    """Return the rows that a region's body has at least, so that what refers to it can grow with it."""
    if not region.columns or (region.heading is None and not region.body):
        return len(region.body)
    return max(2, len(region.body))
