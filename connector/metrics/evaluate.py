"""Answers a query over one workspace: the only place where figures are computed.

Metrics with different entities or time anchors are each aggregated on their own and then joined on the
shared dimensions, so a fan-out can never multiply a number. Ratios are computed from their parts, and a
zero denominator gives null. Totals are computed from rows, never by adding shown cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from connector.errors import Bug, QueryError, quote
from connector.metrics.answer import Answered
from connector.metrics.definitions import Catalogue, load_catalogue
from connector.metrics.dimension import request_dimension
from connector.metrics.evaluation import Answer, Evaluation, Reader
from connector.metrics.notes import TOTALS_UNFILTERED, note
from connector.metrics.parameters import check_parameters
from connector.metrics.plan import make_plan
from connector.metrics.relation import Request
from connector.metrics.statement import Statement, figures_only, rows_only
from connector.metrics.window import Window, calendar_of
from connector.metrics.workspace import for_workspace
from connector.model.currency import CODES
from connector.model.period import compared, resolve
from connector.model.query import Query
from connector.model.table import Freshness, Table
from connector.model.workspace import Profile

MAX_COLUMNS: Final = 60


def evaluate(reader: Reader, query: Query, now: datetime, catalogue: Catalogue | None = None) -> Table:
    """Answer a query as of ``now`` (aware). Raises QueryError, FormulaError, UnknownName."""
    known = for_workspace(catalogue or load_catalogue(), reader.profile)
    held = _prepare(reader, query, now, known)
    body = _run(held)
    totals, notes = None, body.notes
    if query.totals:
        metrics = {planned.definition.id for planned in held.plan.metrics}
        kept = rows_only(query.filter, metrics)
        plain = replace(held, dimensions=[], query=replace(query, dimensions=(), sort=(), limit=None, filter=kept))
        values = _run(plain).rows[0]
        totals = (*(None for _ in held.dimensions), *values)
        if held.dimensions and figures_only(query.filter, metrics) and not query.is_bare:
            notes = (*notes, note(TOTALS_UNFILTERED, query.language))
    return replace(body, totals=totals, notes=notes)


def check_query(query: Query, now: datetime) -> None:
    """Raise what :func:`evaluate` raises for names and combinations of a query, without reading any data."""
    Statement(_prepare(_NoData(), query, now, load_catalogue())).sql()


@dataclass(frozen=True, slots=True)
class _NoData:
    """A reading door with nothing behind it."""

    profile: Profile = field(default_factory=Profile)
    freshness: Freshness = field(default_factory=Freshness)

    def run(self, sql: str, entities: Iterable[str]) -> Answer:  # noqa: ARG002 - there is nothing to read
        raise Bug("a check of a query reads no data", place="metrics")

    def check_time(self) -> None:
        """There is no answer that could take long."""


def _prepare(reader: Reader, query: Query, now: datetime, catalogue: Catalogue) -> Evaluation:
    if not query.metrics:
        raise QueryError("The query has no metric.", remedy="Name at least one, for example total_sales.")
    if len(query.metrics) + len(query.dimensions) > MAX_COLUMNS:
        raise QueryError(f"The query has more than {MAX_COLUMNS} columns.", remedy="Split it into several.")
    check_parameters(query.parameters, query.metrics, catalogue)
    profile = reader.profile
    calendar = calendar_of(profile, query.time_zone)
    today = calendar.local_date(now)
    days = resolve(query.date_range, today, calendar)
    other = compared(days, query.compare or "previous_period", today)
    request = Request(
        profile=profile,
        currency=_currency(query.currency, profile.currency),
        parameters=catalogue.defaults | query.parameters,
        window=Window(days, now, calendar),
        compared=Window(other, now, calendar) if other is not None else None,
        as_shown=query.is_unworded,
    )
    dimensions = [request_dimension(text, catalogue, profile, query.language) for text in query.dimensions]
    names = [wanted.id for wanted in dimensions]
    if len(set(names)) < len(names) or len(set(query.metrics)) < len(query.metrics):
        raise QueryError("A metric or dimension is named twice.", remedy="Name each once.")
    plan = make_plan(query.metrics, catalogue, compare=query.compare is not None, parameters=query.parameters)
    shown = [planned.definition.id.lower() for planned in plan.metrics] + [name.lower() for name in names]
    if len(set(shown)) < len(shown):
        raise QueryError("A formula has the name of another column.", remedy="Give each formula a name of its own.")
    return Evaluation(reader, catalogue, query, request, dimensions, plan)


def _currency(code: str, own: str) -> str:
    """Return the currency of the answer; ``own`` is the workspace's."""
    if code and code != own and code not in CODES:
        raise QueryError(
            f"{quote(code)} is no currency.", place="currency", remedy="Write its ISO 4217 code, such as EUR."
        )
    return code or own


def _run(held: Evaluation) -> Table:
    statement = Statement(held)
    names, sql = statement.sql()
    answer = held.reader.run(sql, statement.entities)
    return Answered(held, names, answer.rows, statement.counters).table()
