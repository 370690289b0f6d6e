"""Described reports as Looker Studio would show them: each chart asked of the connector, beside the same question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connector.actions.looker_build_sheet import shown_values
from connector.metrics.definitions import load_catalogue
from connector.model.filters import AllOf, Condition
from connector.model.period import Calendar, Days, compared, resolve
from connector.model.query import Language, Query
from connector.model.table import Cell, Table
from connector.reports.looker_report import Chart as Described
from connector.reports.looker_report import StudioReport
from tests.looker.charts import Chart

OPERATORS = {"equals": "EQUALS", "in_list": "IN_LIST", "is_null": "IS_NULL"}


@dataclass(frozen=True)
class Asked:
    """One request that the report makes: the chart for the connector, and the question that must agree."""

    chart: Chart
    question: Query


def requests(
    report: StudioReport, chart: Described, language: Language, today: date, calendar: Calendar
) -> Iterator[Asked]:
    """Yield what a chart asks: its days, and those it is compared with."""
    days = resolve(chart.range or report.range, today, calendar)
    yield _asked(chart, language, days)
    if chart.compare:
        assert report.compare != "none"
        before = compared(days, report.compare, today)
        assert before is not None
        yield _asked(chart, language, before)


def _asked(chart: Described, language: Language, days: Days) -> Asked:
    filters = tuple(
        (
            {
                "fieldName": each.field, "operator": OPERATORS[each.operator],
                "values": shown_values(each, language), "type": "EXCLUDE" if each.exclude else "INCLUDE",
            },
        )
        for each in chart.filter
    )  # fmt: skip
    tree = AllOf(tuple(Condition(each.field, each.operator, each.values, each.exclude) for each in chart.filter))
    first, last = days.first.isoformat(), days.last.isoformat()
    return Asked(
        Chart(chart.dimensions, chart.metrics, first, last, filters),
        Query(chart.metrics, chart.dimensions, tree, f"{first}..{last}", language=language),
    )


def figures(table: Table, dimensions: tuple[str, ...], language: Language) -> dict[Any, list[Any]]:
    """Return an answer as :func:`tests.looker.charts.shown` has it: figures by what the chart shows of dimensions.

    Two records of one name are one row there, and their figures are added up.
    """
    count, found = len(dimensions), dict[Any, list[Any]]()
    for row in table.rows:
        key = tuple(_shown(cell, name, language) for cell, name in zip(row[:count], dimensions, strict=True))
        values = [float(cell) if isinstance(cell, Decimal) else cell for cell in row[count:]]
        before = found.get(key, [None] * len(values))
        found[key] = [
            one if other is None else other if one is None else one + other
            for one, other in zip(before, values, strict=True)
        ]
    return found


def _shown(cell: Cell, name: str, language: Language) -> Any:
    labels = load_catalogue().null_labels
    if isinstance(cell, date):
        day = cell.date() if isinstance(cell, datetime) else cell
        week = "".join(f"{part:02}" for part in day.isocalendar()[:2])
        return {"week": week, "month": f"{day:%Y%m}"}.get(name, f"{day:%Y%m%d}")
    if name == "day_of_week" and cell is not None:
        return str(int(str(cell)) % 7)
    if name == "hour_of_day" and cell is not None:
        return f"{int(str(cell)):02}"
    if cell in (None, *(texts[language] for kind, texts in labels.items() if kind != "inactive_suffix")):
        return None
    return str(cell).removesuffix(" " + labels["inactive_suffix"][language])
