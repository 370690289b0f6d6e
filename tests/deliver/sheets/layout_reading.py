"""Reads a layout as a judge: is it whole, and does it hold exactly the figures of its report?"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from connector.deliver.sheets.layout import Chart, ColumnRange, Layout, Region, Scalar, Tab
from connector.model.report import Block, Report
from connector.model.table import Cell, TableColumn
from tests.google.discovery import faults
from tests.google.reference import reference_faults

BATCH = "https://sheets.googleapis.com/v4/spreadsheets/S:batchUpdate"


def check(layout: Layout) -> None:
    """Raise AssertionError where a layout is not one that can be written."""
    tabs = {tab.id: tab for tab in layout.tabs}
    assert len(tabs) == len(layout.tabs)
    assert len({tab.title.casefold() for tab in layout.tabs}) == len(layout.tabs)
    charts = [chart.id for tab in layout.tabs for chart in tab.charts]
    assert len(set(charts)) == len(charts)
    for tab in layout.tabs:
        assert len({region.id for region in tab.regions}) == len(tab.regions), tab.id
        for region in tab.regions:
            _check_region(region)
        for chart in tab.charts:
            _check_chart(tab, chart)
        for over in _ranges([[chart.spec for chart in tab.charts], [rule.over for rule in tab.rules]]):
            _check_range(tabs, over)
        for rule in tab.rules:
            region = next(region for region in tab.regions if region.id == rule.over[0].region)
            assert rule.head is None or 0 <= rule.head < len(region.head)
    found = google_faults(layout)
    assert found == []


def _check_region(region: Region) -> None:
    width = len(region.columns)
    assert len({column.id for column in region.columns}) == width, region.id
    assert all(len(row) <= width for row in (*region.head, *region.body)), region.id
    for value in (value for row in (*region.head, *region.body) for value in row):
        assert value is None or type(value) in (str, int, float, bool), (region.id, value)
        assert not isinstance(value, float) or math.isfinite(value), region.id
        assert not isinstance(value, str) or len(value.encode("utf-16-le")) // 2 <= 50_000, region.id
    if region.heading is not None:
        assert region.head[region.heading] == tuple(column.title for column in region.columns), region.id
    for look in region.looks:
        last_row, last_column = look.last_row or len(region.head), look.last_column or width
        assert 0 <= look.first_row < last_row <= len(region.head), (region.id, look)
        assert 0 <= look.first_column < last_column <= width, (region.id, look)
        assert not look.merge, "a merged cell keeps a person from moving a column"


def _check_chart(tab: Tab, chart: Chart) -> None:
    room = next(region for region in tab.regions if region.id == chart.region)
    assert 0 <= chart.slot < len(tab.widths)
    assert chart.width <= sum(tab.widths[chart.slot :])
    assert (chart.row * 21) + chart.height <= (len(room.head) + len(room.body)) * 21


def _check_range(tabs: dict[str, Tab], over: ColumnRange) -> None:
    region = next(region for region in tabs[over.tab].regions if region.id == over.region)
    assert over.column in {column.id for column in region.columns}
    if over.with_heading:
        assert region.heading == len(region.head) - 1, "rows between the heading and the body would be drawn"


def _ranges(value: Any) -> Iterator[ColumnRange]:
    if isinstance(value, ColumnRange):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _ranges(part)
    elif isinstance(value, (list, tuple)):
        for part in value:
            yield from _ranges(part)


def google_faults(layout: Layout) -> list[str]:
    """Return what Google's documents say against the charts, rules and formats of a layout."""
    requests: list[dict[str, Any]] = []
    place = {"overlayPosition": {"anchorCell": {"sheetId": 1, "rowIndex": 3, "columnIndex": 0}}}
    for tab in layout.tabs:
        requests += [{"addChart": {"chart": {"spec": placed(chart.spec), "position": place}}} for chart in tab.charts]
        requests += [
            {"addConditionalFormatRule": {"index": 0, "rule": {**rule.rule, "ranges": [_GRID]}}} for rule in tab.rules
        ]
        looks = [look.format for region in tab.regions for look in region.looks]
        looks += [column.format for region in tab.regions for column in region.columns if column.format]
        requests += [
            {"repeatCell": {"range": _GRID, "cell": {"userEnteredFormat": look}, "fields": "userEnteredFormat"}}
            for look in looks
        ]
    body = {"requests": requests}
    found = faults("POST", BATCH, json.dumps(body), "application/json")
    return [*found, *reference_faults(body)]


_GRID = {"sheetId": 1, "startRowIndex": 4, "endRowIndex": 9, "startColumnIndex": 1, "endColumnIndex": 2}


def placed(value: Any) -> Any:
    """Return a spec with a GridRange wherever it names a column."""
    if isinstance(value, ColumnRange):
        return _GRID
    if isinstance(value, dict):
        return {name: placed(part) for name, part in value.items()}
    return [placed(part) for part in value] if isinstance(value, (list, tuple)) else value


def compare(report: Report, layout: Layout) -> int:
    """Raise AssertionError when a figure of a report is not in its layout exactly; return how many were compared."""
    compared = 0
    assert [tab.id for tab in layout.tabs if not tab.hidden] == [tab.id for tab in report.tabs]
    for tab, sheet in zip(report.tabs, layout.tabs, strict=False):
        regions = {region.id: region for region in sheet.regions}
        for block in tab.blocks:
            if block.cards:
                compared += _cards(report, block, regions[f"{block.id}.cards"])
            if block.table is not None:
                compared += _table(report, block, regions[block.id])
    return compared


def _cards(report: Report, block: Block, region: Region) -> int:
    held = [value for row in region.head for value in row]
    for card in block.cards:
        column = TableColumn(card.metric, card.label, card.unit, "metric")
        at = held.index(card.label)
        for cell in (card.value, card.comparison):
            wanted = expected(report, cell, column)
            assert wanted is None or wanted in held[at:], (block.id, card.metric)
        if card.change is not None and math.isfinite(card.change):
            assert card.change in held, (block.id, card.metric)
    return len(block.cards)


def _table(report: Report, block: Block, region: Region) -> int:
    table = block.table
    assert table is not None
    assert [column.id for column in region.columns[: len(table.columns)]] == [column.id for column in table.columns]
    assert len(region.body) == len(table.rows), block.id
    rows = list(zip(table.rows, region.body, strict=True))
    if table.totals is not None:
        rows.append((table.totals, region.head[-1]))
    for number, (row, held) in enumerate(rows):
        for column, cell, value in zip(table.columns, row, held, strict=False):
            if column.role == "dimension" and (cell is None or number == len(table.rows)):
                continue
            wanted = expected(report, cell, column)
            assert (value, type(value)) == (wanted, type(wanted)), (block.id, column.id, cell)
    return sum(len(row) for row, _ in rows)


def expected(report: Report, cell: Cell, column: TableColumn) -> Scalar:
    """Return what a spreadsheet has to hold for a cell, worked out here anew."""
    if isinstance(cell, bool) or cell is None:
        return cell
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        wall = cell.astimezone(ZoneInfo(report.time_zone)).replace(tzinfo=None)
        return (wall - datetime(1899, 12, 30)).total_seconds() / 86_400
    if isinstance(cell, date):
        return (
            None if column.grain in ("quarter", "fiscal_period") else cell.toordinal() - date(1899, 12, 30).toordinal()
        )
    if not math.isfinite(cell):
        return None
    if column.unit == "duration_s":
        return float(cell) / 86_400
    return float(cell) if isinstance(cell, Decimal) else cell
