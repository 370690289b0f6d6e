"""What a described report shows for a workspace: its figures, so that a built report can be held beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from connector.actions.query import query
from connector.deliver.files.display import Display
from connector.deliver.files.frames import chart_frame
from connector.deliver.looker.wireframe import Filling
from connector.model.filters import AllOf, Condition
from connector.model.query import Language, Query, Sort
from connector.model.report import Block, ChartKind, ChartSpec
from connector.model.table import Table
from connector.reports.looker_report import Chart, Kind, StudioReport
from connector.store.store import Store

DRAWN: Final[dict[Kind, ChartKind]] = {
    "bar": "bar", "column": "column", "stacked_column": "stacked_column", "line": "line", "combo": "combo",
    "donut": "pie", "pivot": "heatmap",
}  # fmt: skip
"""Kind of chart to the drawing that stands for it."""
MOST_ROWS: Final = 30
"""Rows of a table that are drawn."""


def preview(
    store: Store, workspace: str, report: StudioReport, language: Language, now: datetime
) -> dict[str, Filling]:  # fmt: skip
    """Return what each chart shows, by its id, over the days of the report. Raises UnknownName, TryLater."""
    display = display_of(store, workspace, language)
    charts = [chart for _, chart in report.charts() if chart.metrics]
    return {
        each.id: _filling(query(store, workspace, _question(report, each, language), now), each, display)
        for each in charts
    }


def display_of(store: Store, workspace: str, language: Language) -> Display:
    """Return how figures of a workspace are written. Raises UnknownName."""
    with store.reader(store.workspace(workspace)) as reader:
        return Display(language, reader.profile.currency, reader.profile.time_zone)


def _question(report: StudioReport, chart: Chart, language: Language) -> Query:
    tree = AllOf(tuple(Condition(each.field, each.operator, each.values, each.exclude) for each in chart.filter))
    sort = (Sort(chart.sort.lstrip("-"), chart.sort.startswith("-")),) if chart.sort else ()
    return Query(
        chart.metrics, chart.dimensions, tree, chart.range or report.range, language=language, sort=sort,
        compare=report.compare if chart.compare and report.compare != "none" else None,
        limit=chart.rows if chart.rows and not chart.breakdown else None,
    )  # fmt: skip


def _filling(table: Table, chart: Chart, display: Display) -> Filling:
    if chart.kind == "card":
        return _card(table, display)
    if chart.kind == "table":
        return Filling(rows=tuple(_rows(table, display)))
    metrics = chart.metrics[:-1] if chart.kind == "combo" else chart.metrics
    lines = chart.metrics[-1:] if chart.kind == "combo" else ()
    spec = ChartSpec(DRAWN[chart.kind], "", chart.dimension, metrics, chart.breakdown, chart.rows or 20, lines=lines)
    frame = chart_frame(Block(chart.id, "", table=table, charts=(spec,)), spec, display)
    return Filling(chart=frame) if frame is not None else Filling(figure=display.cell(None, "number"))


def _card(table: Table, display: Display) -> Filling:
    (row,) = table.rows
    figure = display.cell(row[0], table.columns[0].unit)
    change = next((cell for cell, column in zip(row, table.columns, strict=True) if column.role == "change"), None)
    return Filling(figure, "" if not isinstance(change, float | int) else display.change(change))


def _rows(table: Table, display: Display) -> list[tuple[str, ...]]:
    shown = [
        tuple(display.cell(cell, column.unit, column.grain) for cell, column in zip(row, table.columns, strict=True))
        for row in table.rows[:MOST_ROWS]
    ]
    return [tuple(column.label for column in table.columns), *shown]
