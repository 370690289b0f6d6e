"""What every part of a report's layout needs: the report, how it shows figures, its looks, the widths of a tab."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from connector.deliver.files.display import Display
from connector.deliver.files.frames import MOST_PANELS, ChartFrame
from connector.deliver.files.theme import palette
from connector.deliver.sheets.layout import Chart, Region, Rule
from connector.deliver.sheets.looks import Looks
from connector.deliver.sheets.number_formats import NumberFormats
from connector.deliver.sheets.scalars import Scalars
from connector.model.report import ChartSpec, Report

CHART_DATA: Final = "chart_data"
"""Id of the hidden tab; those after the first have a number too."""
MOST_CHARTS: Final = 40
"""Charts whose data stand on one hidden tab: Google remembers 30,000 characters about a tab of ours."""
LEAST_SLOT: Final = 112
"""Pixels of the narrowest column: an entry of the status strip fits."""
WIDEST_SLOT: Final = 340
LEAST_SLOTS: Final = 10
"""Columns of a tab at least, whatever its tables need: two charts stand side by side over them. It does not depend on
figures, so the strip is as wide at every refresh."""


def data_tabs(report: Report) -> dict[str, str]:
    """Return the hidden tab of the charts of each block. It depends on the template alone."""
    tabs: dict[str, str] = {}
    count, number = 0, 1
    for block in (block for tab in report.tabs for block in tab.blocks):
        more = sum(MOST_PANELS if spec.panels else 1 for spec in block.charts)
        if count and count + more > MOST_CHARTS:
            count, number = 0, number + 1
        count += more
        tabs[block.id] = CHART_DATA if number == 1 else f"{CHART_DATA}{number}"
    return tabs


@dataclass(slots=True)
class ReportSheet:
    """A report on its way into a layout."""

    report: Report
    display: Display = field(init=False)
    looks: Looks = field(init=False)
    formats: NumberFormats = field(init=False)
    scalars: Scalars = field(init=False)
    data_tabs: dict[str, str] = field(init=False)
    data: dict[str, list[Region]] = field(default_factory=dict)
    """Regions of chart data by hidden tab."""
    frames: dict[int, list[tuple[int, ChartSpec, ChartFrame]]] = field(default_factory=dict)
    """What the charts of a block draw, by the block's identity: it is asked for more than once."""

    def __post_init__(self) -> None:
        report = self.report
        self.display = Display(report.language, report.currency, report.time_zone)
        self.looks = Looks(palette(report.theme))
        self.formats = NumberFormats(self.display)
        self.scalars = Scalars(self.display)
        self.data_tabs = data_tabs(report)


@dataclass(slots=True)
class TabParts:
    """A tab under construction. ``needs`` are pixels that the slots of one part want."""

    id: str
    regions: list[Region] = field(default_factory=list)
    charts: list[Chart] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)
    needs: list[list[int]] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)

    def settle(self) -> None:
        """Fix the widths of the slots from what the parts need."""
        count = max(LEAST_SLOTS, *(len(need) for need in self.needs))
        self.widths = [
            min(WIDEST_SLOT, max((LEAST_SLOT, *(need[slot] for need in self.needs if slot < len(need)))))
            for slot in range(count)
        ]


def text_pixels(text: str, each: float = 6.6) -> int:
    """Return about how many pixels a line of text is wide."""
    return int(len(text) * each) + 24
