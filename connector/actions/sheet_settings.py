"""How a spreadsheet's report or question is asked, as the state database keeps it, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from connector.actions.report import ReportRequest
from connector.model.filter_text import parse_filters
from connector.model.period import Comparison
from connector.model.query import LANGUAGES, Language, Query, Sort

REPORT_FIELDS: Final = (
    "template", "date_range", "compare", "filters", "time_zone", "currency", "parameters", "variant", "person",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """A question as a person asked it. ``filters`` are texts, because a query holds them read."""

    query: Query
    filters: tuple[str, ...] = ()
    title: str = ""


def kept_report(request: ReportRequest) -> dict[str, Any]:
    """Return a request as JSON data. The brand is not kept: a refresh shows the workspace's own."""
    told = {name: getattr(request, name) for name in REPORT_FIELDS}
    return told | {"filters": list(request.filters)}


def report_request(settings: Mapping[str, Any], language: str) -> ReportRequest:
    """Return the request of settings that were kept, in the language of the spreadsheet."""
    known = {name: settings[name] for name in REPORT_FIELDS if name in settings}
    return ReportRequest(**(known | {"filters": tuple(known.get("filters", ())), "language": known_language(language)}))


def kept_question(question: Question) -> dict[str, Any]:
    """Return a question as JSON data."""
    query = question.query
    return {
        "title": question.title,
        "metrics": list(query.metrics),
        "dimensions": list(query.dimensions),
        "filters": list(question.filters),
        "date_range": query.date_range,
        "compare": query.compare,
        "sort": [[each.field, each.descending] for each in query.sort],
        "limit": query.limit,
        "time_zone": query.time_zone,
        "currency": query.currency,
        "parameters": dict(query.parameters),
        "totals": query.totals,
    }


def question(settings: Mapping[str, Any], language: str) -> Question:
    """Return the question of settings that were kept. Raises QueryError for a filter that no longer reads."""
    filters = tuple(settings["filters"])
    query = Query(
        metrics=tuple(settings["metrics"]),
        dimensions=tuple(settings["dimensions"]),
        filter=parse_filters(filters),
        date_range=settings["date_range"],
        compare=cast("Comparison | None", settings["compare"]),
        sort=tuple(Sort(field, descending) for field, descending in settings["sort"]),
        limit=settings["limit"],
        time_zone=settings["time_zone"],
        currency=settings["currency"],
        language=known_language(language),
        parameters=dict(settings["parameters"]),
        totals=settings["totals"],
    )
    return Question(query, filters, settings["title"])


def known_language(text: str) -> Language:
    """Return a language that was kept, English for one that is no longer spoken."""
    return next((known for known in LANGUAGES if known == text), "en")
