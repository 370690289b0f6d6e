"""Layouts of one report on two days, put into a sandbox spreadsheet one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.report_layout import report_layout
from connector.model.report import Block, ChartSpec, Report
from connector.model.table import Table, TableColumn
from tests.deliver.files.gallery import gallery, ordinary
from tests.deliver.files.sample_reports import data_quality, pipeline_overview, total_sales
from tests.http.vendor import FakeClock

if TYPE_CHECKING:
    from connector.sandbox.google.start import RunningGoogle

COLUMNS = (
    TableColumn("month", "Month", "text", "dimension"),
    TableColumn("reason", "Reason", "text", "dimension"),
    TableColumn("lost", "Lost", "count", "metric"),
)


def lost_deals(*reasons: str) -> Report:
    """Two months of lost deals as stacked columns, a part for each reason."""
    rows = tuple((month, reason, 1 + n) for month in ("May", "June") for n, reason in enumerate(reasons))
    chart = ChartSpec("stacked_column", "Lost deals", "month", ("lost",), "reason")
    return gallery(blocks=[Block("by_reason", "By reason", table=Table(COLUMNS, rows), charts=(chart,))])


def emptied(report: Report) -> Report:
    """The report on a day without any rows."""
    tabs = (
        replace(tab, blocks=tuple(replace(block, table=_without_rows(block.table)) for block in tab.blocks))
        for tab in report.tabs
    )
    return replace(report, tabs=tuple(tabs))


def _without_rows(table: Table | None) -> Table | None:
    return None if table is None else replace(table, rows=(), keys=(), small=frozenset(), small_n={}, orders={})


@pytest.mark.parametrize("sample", [total_sales, pipeline_overview, data_quality])
def test_heads_and_columns_do_not_depend_on_the_rows(sample: object) -> None:
    """Only parts with nothing to show may be away: charts' data, grids, notes."""
    report = sample()  # type: ignore[operator]
    full = {(tab.id, region.id): region for tab in report_layout(report).tabs for region in tab.regions}
    for tab in report_layout(emptied(report)).tabs:
        for region in tab.regions:
            before = full.get((tab.id, region.id))
            if before is None:
                assert region.id.endswith("notes"), region.id
                continue
            assert [column.id for column in region.columns] == [column.id for column in before.columns], region.id
            assert len(region.head) == len(before.head), region.id
            assert [column.format for column in region.columns] == [column.format for column in before.columns]


def test_a_chart_shows_a_part_that_was_not_there_when_it_was_made(
    api: GoogleSheets, google: RunningGoogle, clock: FakeClock
) -> None:
    made = create(api, report_layout(lost_deals("Price", "Timing")), clock.now(), "run1")
    more = report_layout(lost_deals("Price", "Timing", "Legal"))
    outcome = refresh(api, made.spreadsheet, more, clock.now(), "run2")
    assert [(one.code, one.column) for one in outcome.findings] == [("chart_redrawn", "Lost deals")]
    assert drawn_series(api, made.spreadsheet) == 3
    assert refresh(api, made.spreadsheet, more, clock.now(), "run3").changed is False
    fewer = refresh(api, made.spreadsheet, report_layout(lost_deals("Price")), clock.now(), "run4")
    assert fewer.findings == ()
    assert google.bugs == []


def drawn_series(api: GoogleSheets, spreadsheet: str) -> int:
    book = api.get(spreadsheet, fields="sheets(charts(spec(title,basicChart(series(targetAxis)))))")
    charts = [chart for sheet in book["sheets"] for chart in sheet.get("charts", [])]
    assert [chart["spec"]["title"] for chart in charts] == ["Lost deals"]
    return len(charts[0]["spec"]["basicChart"]["series"])


def test_every_kind_of_chart_is_made_in_a_spreadsheet(
    api: GoogleSheets, google: RunningGoogle, clock: FakeClock
) -> None:
    layout = report_layout(gallery(blocks=ordinary()))
    made = create(api, layout, clock.now(), "run1")
    assert refresh(api, made.spreadsheet, layout, clock.now(), "run2").changed is False
    book = api.get(made.spreadsheet, fields="sheets(charts(chartId))")
    there = sum(len(sheet.get("charts", [])) for sheet in book["sheets"])
    assert there == sum(len(tab.charts) for tab in layout.tabs) > 20
    assert google.bugs == []
