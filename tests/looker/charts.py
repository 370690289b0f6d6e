"""A chart as Looker Studio makes it from a connector's answer, written from the contract.

It asks for the fields of the chart and, for a formula field, for those of its formula; it filters itself where the
connector has not, groups by what the chart shows, adds up what may be added, and takes everything else as delivered.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Row = dict[str, Any]
_PART = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Chart:
    """``coarser`` shows dimensions that are days as year and month, as a person may choose in the chart."""

    dimensions: tuple[str, ...]
    metrics: tuple[str, ...]
    first: str
    last: str
    filters: tuple[tuple[dict[str, Any], ...], ...] = ()
    coarser: bool = False


def asked_fields(chart: Chart, schema: dict[str, Row]) -> list[str]:
    """Return the ids that getData is asked for."""
    names = list(chart.dimensions)
    for metric in chart.metrics:
        names += _PART.findall(schema[metric].get("formula", "")) or [metric]
    return list(dict.fromkeys(names))


def request(chart: Chart, schema: dict[str, Row], config: dict[str, str]) -> dict[str, Any]:
    """Return the request of getData for a chart."""
    names = asked_fields(chart, schema)
    fields: list[dict[str, Any]] = [{"name": name} for name in names]
    filtered = dict.fromkeys(each["fieldName"] for group in chart.filters for each in group)
    fields += [{"name": name, "forFilterOnly": True} for name in filtered if name not in names]
    return {
        "configParams": config,
        "scriptParams": {"lastRefresh": "1758425096065"},
        "dateRange": {"startDate": chart.first, "endDate": chart.last},
        "fields": fields,
        "dimensionsFilters": [list(group) for group in chart.filters],
    }


def shown(chart: Chart, schema: dict[str, Row], asked: dict[str, Any], answer: dict[str, Any]) -> dict[Any, list[Any]]:
    """Return what the chart shows: its metrics by its dimensions. Fails where the answer breaks the contract."""
    names = [field["name"] for field in answer["schema"]]
    hidden = {field["name"] for field in asked["fields"] if field.get("forFilterOnly")}
    wanted = [field["name"] for field in asked["fields"] if not (answer["filtersApplied"] and field["name"] in hidden)]
    assert names == wanted, "the fields of the answer are not those of the request, in its order"
    rows = [dict(zip(names, row["values"], strict=True)) for row in answer["rows"]]
    for row in rows:
        assert all(value is None or isinstance(value, str | int | float | bool) for value in row.values())
    if not answer["filtersApplied"]:
        rows = [row for row in rows if all(any(_holds(each, row) for each in group) for group in chart.filters)]
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        key = tuple(
            row[name][:6] if chart.coarser and _is_day(name, schema) and row[name] else row[name]
            for name in chart.dimensions
        )
        groups[key].append(row)
    return {key: [_metric(name, schema, members) for name in chart.metrics] for key, members in groups.items()}


def _is_day(name: str, schema: dict[str, Row]) -> bool:
    return bool(schema[name]["semantics"]["semanticType"] == "YEAR_MONTH_DAY")


def _metric(name: str, schema: dict[str, Row], rows: list[Row]) -> Any:
    formula = schema[name].get("formula", "")
    if formula:
        above, below = (_sum(part, rows) for part in _PART.findall(formula))
        return above / below if above is not None and below else None
    if schema[name]["semantics"]["isReaggregatable"]:
        return _sum(name, rows)
    assert len(rows) == 1, f"{name} cannot be added up, and its rows are finer than the chart"
    return rows[0][name]


def _sum(name: str, rows: list[Row]) -> float | None:
    """Durations come as texts."""
    known = [float(row[name]) for row in rows if row[name] is not None]
    return sum(known) if known else None


def _holds(condition: dict[str, Any], row: Row) -> bool:
    value, operator = row[condition["fieldName"]], condition["operator"]
    text = str(value).lower() if isinstance(value, bool) else str(value)
    holds = value is None if operator == "IS_NULL" else value is not None and _matches(operator, text, condition)
    return bool(holds) != (condition["type"] == "EXCLUDE")


def _matches(operator: str, text: str, condition: dict[str, Any]) -> bool:
    texts = condition["values"]
    if operator == "BETWEEN" or operator.startswith("NUMERIC_"):
        value, *edges = (_number(each) for each in (text, *texts))
        return value is not None and None not in edges and _COMPARES[operator.removeprefix("NUMERIC_")](value, *edges)
    tests: dict[str, Callable[[], bool]] = {
        "EQUALS": lambda: text == texts[0],
        "IN_LIST": lambda: text in texts,
        "CONTAINS": lambda: texts[0] in text,
        "REGEXP_PARTIAL_MATCH": lambda: re.search(texts[0], text) is not None,
        "REGEXP_EXACT_MATCH": lambda: re.fullmatch(texts[0], text) is not None,
    }
    return tests[operator]()


_COMPARES: dict[str, Callable[..., bool]] = {
    "BETWEEN": lambda value, first, last: first <= value <= last,
    "GREATER_THAN": lambda value, edge: value > edge,
    "GREATER_THAN_OR_EQUAL": lambda value, edge: value >= edge,
    "LESS_THAN": lambda value, edge: value < edge,
    "LESS_THAN_OR_EQUAL": lambda value, edge: value <= edge,
}


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
