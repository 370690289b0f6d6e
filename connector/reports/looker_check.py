"""Checks a described Looker Studio report: names exist and go together, nothing overlaps, each page tells freshness."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import combinations
from typing import Final

from connector.errors import PuenteError
from connector.metrics.definitions import load_catalogue
from connector.metrics.evaluate import check_query
from connector.metrics.parts import ratio_parts
from connector.metrics.report_types import ALWAYS, ReportType, load_report_types
from connector.model.filters import AllOf, Condition
from connector.model.query import Query
from connector.reports.looker_report import COLUMNS, MOST_ROWS, Chart, Control, Described, Page

_NOW: Final = datetime(2024, 5, 15, 12, tzinfo=UTC)
_METRICS: Final = {
    "card": (1, 1), "table": (1, 10), "bar": (1, 3), "column": (1, 3), "stacked_column": (1, 1), "line": (1, 3),
    "combo": (2, 3), "donut": (1, 1), "pivot": (1, 1), "text": (0, 0), "freshness": (0, 0),
}  # fmt: skip
"""Least and most metrics of a kind of chart."""
_PLAIN: Final = ("card", "text", "freshness")
"""Kinds without a dimension."""
_BROKEN_DOWN: Final = ("stacked_column", "pivot")
"""Kinds that need a breakdown."""
_STACKED: Final = ("stacked_column", "donut", "pivot")
"""Kinds whose parts a reader adds up in the mind."""


def mistakes_of(described: Described, name: str) -> list[str]:
    """Return one sentence for each mistake, with its line; empty for a sound description."""
    report = described.report
    found: list[str] = []
    if report.id != name:
        found.append(f"line {described.line('id')}: the id {report.id} is not the name of the file {name}")
    types = load_report_types()
    for number, source in enumerate(report.sources):
        if source not in types:
            found.append(f"line {described.line('sources', number)}: there is no report type {source}")
    ids = [chart.id for _, chart in report.charts()]
    pages = [page.id for page in report.pages]
    found += [f"the chart id {each} is used twice" for each in sorted({n for n in ids if ids.count(n) > 1})]
    found += [f"the page id {each} is used twice" for each in sorted({n for n in pages if pages.count(n) > 1})]
    found += [f"no chart uses the source {each}" for each in report.sources if not _is_used(described, each)]
    for number, page in enumerate(report.pages):
        found += _page_mistakes(described, number, page)
    return found


def _is_used(described: Described, source: str) -> bool:
    return any(chart.source == source and chart.asks for _, chart in described.report.charts())


def _page_mistakes(described: Described, number: int, page: Page) -> Iterator[str]:
    where = ("pages", number)
    for place, chart in enumerate(page.charts):
        line = described.line(*where, "charts", place)
        yield from (f"line {line}, chart {chart.id}: {mistake}" for mistake in _chart_mistakes(described, chart))
    for place, control in enumerate(page.controls):
        line = described.line(*where, "controls", place)
        yield from (f"line {line}, control: {mistake}" for mistake in _control_mistakes(page, control))
    for item in page.items:
        left, top, width, height = item.at
        if min(item.at) < 0 or width < 1 or height < 1 or left + width > COLUMNS or top + height > MOST_ROWS:
            yield f"page {page.id}: {_name(item)} leaves the page of {COLUMNS} columns and {MOST_ROWS} rows"
    for one, other in combinations(page.items, 2):
        if one.overlaps(other):
            yield f"page {page.id}: {_name(one)} and {_name(other)} overlap"
    told = {chart.source for chart in page.charts if chart.kind == "freshness"}
    for source in sorted({chart.source for chart in page.charts if chart.asks} - told):
        yield f"line {described.line(*where)}, page {page.id}: it does not tell how fresh the data of {source} are"


def _name(item: Chart | Control) -> str:
    return item.id if isinstance(item, Chart) else item.field or item.kind


def _control_mistakes(page: Page, control: Control) -> Iterator[str]:
    if control.kind == "date_range":
        if control.field:
            yield "a date range has no field"
        return
    types = load_report_types()
    sources = {chart.source for chart in page.charts if chart.asks}
    for source in sources & types.keys():
        if control.field not in types[source].dimensions:
            yield f"the report type {source} has no dimension {control.field or '(none)'}"


def _chart_mistakes(described: Described, chart: Chart) -> Iterator[str]:
    yield from _shape_mistakes(chart)
    if chart.compare and described.report.compare == "none":
        yield "it is compared, but the report names no comparison"
    if not chart.asks:
        return
    if chart.source not in described.report.sources:
        yield f"the report has no source {chart.source}"
    elif chart.source in load_report_types():
        yield from _field_mistakes(described, chart, load_report_types()[chart.source])


def _shape_mistakes(chart: Chart) -> Iterator[str]:
    least, most = _METRICS[chart.kind]
    if not least <= len(chart.metrics) <= most:
        yield f"a {chart.kind} has {least} to {most} metrics, this has {len(chart.metrics)}"
    if bool(chart.dimension) == (chart.kind in _PLAIN):
        yield f"a {chart.kind} has {'no' if chart.dimension else 'a'} dimension"
    if chart.kind in _BROKEN_DOWN and not chart.breakdown:
        yield f"a {chart.kind} has a breakdown"
    if chart.title is None and chart.kind not in ("card", "freshness"):
        yield "it has no title"
    if chart.compare and chart.kind != "card":
        yield "only a card is compared"
    if chart.sort and chart.sort.lstrip("-") not in (*chart.dimensions, *chart.metrics):
        yield f"it is sorted by {chart.sort.lstrip('-')}, which it does not show"


def _field_mistakes(described: Described, chart: Chart, kind: ReportType) -> Iterator[str]:
    wanted = (*chart.dimensions, *(each.field for each in chart.filter))
    lacking = [f"the report type {kind.id} has no metric {name}" for name in chart.metrics if name not in kind.metrics]
    lacking += [f"the report type {kind.id} has no dimension {name}" for name in wanted if name not in kind.dimensions]
    yield from lacking
    if lacking or not chart.metrics:
        return
    tree = AllOf(tuple(Condition(each.field, each.operator, each.values, each.exclude) for each in chart.filter))
    query = Query(
        chart.metrics, chart.dimensions, tree, chart.range or described.report.range, language="en"
    )  # fmt: skip
    try:
        check_query(query, _NOW)
    except PuenteError as error:
        yield f"{error.sentence} {error.remedy}".strip()
        return
    if chart.sort in chart.dimensions and load_catalogue().dimensions[chart.sort].group != ALWAYS:
        yield f"it is sorted by {chart.sort}, which Looker Studio sorts by the alphabet; sort by a metric or by time"
    yield from _sum_mistakes(chart)


def _sum_mistakes(chart: Chart) -> Iterator[str]:
    catalogue = load_catalogue()
    for name in chart.metrics:
        metric = catalogue.metrics[name]
        if chart.kind in _STACKED and metric.aggregation not in ("sum", "sum_except_time", "sum_two_dates"):
            yield f"{name} does not add up, so it cannot be drawn as a {chart.kind}"
        if chart.summary and metric.aggregation != "sum" and ratio_parts(metric, catalogue) is None:
            yield f"{name} does not add up, so the table cannot have a summary row"
