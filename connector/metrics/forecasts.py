"""The forecast as it stood at the end of a day, from the history of deals: later edits cannot rewrite it.

A deal counts as won when it was won by then, within the period; as open when it was due in the period, an overdue
one on that day itself (rules of forecasted_sales in the catalogue). What has no history, such as the forecast
category, is as it is now.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from connector.errors import QueryError, quote
from connector.metrics.sql import literal
from connector.metrics.syntax import Binary, ColumnRef, Constant, Node
from connector.model.period import parse_day

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

FORECAST_ENTITIES: Final = frozenset({"deal", "deal_history"})
TAKEN_ON: Final = "taken_on"
"""Parameter: the day at whose end the forecast is read; without it the first day of the period."""

CATEGORY: Final = (
    "COALESCE({deal}.forecast_category, CASE WHEN {row}.probability >= 0.75 THEN 'commit' "
    "WHEN {row}.probability >= 0.5 THEN 'best_case' WHEN {row}.probability > 0 THEN 'pipeline' "
    "WHEN {row}.probability = 0 THEN 'omitted' END)"
)
"""Category of a deal whose source states none (metrics.yaml, forecast_worst)."""

_SHARES: Final = (
    ("base", "weighted", "CASE WHEN stated IS DISTINCT FROM 'omitted' THEN probability END"),
    ("base", "category", "CASE WHEN category IN ('commit', 'best_case') THEN 1.0 END"),
    ("worst", "weighted", "CASE WHEN category = 'commit' THEN 1.0 END"),
    ("worst", "category", "CASE WHEN category = 'commit' THEN 1.0 END"),
    ("best", "weighted", "CASE WHEN category IN ('commit', 'best_case') THEN 1.0 END"),
    ("best", "category", "CASE WHEN category IN ('commit', 'best_case') THEN 1.0 END"),
)
"""Scenario, method, and the share of an open deal's amount that it takes; what is won counts whole in each."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """One period seen at the end of one day. ``whole_range``: the period is the range asked, not a step of it."""

    taken_on: date
    first: date
    last: date
    until: datetime
    whole_range: bool

    def sql(self) -> str:
        values = (self.taken_on, self.first, self.last, self.until, self.whole_range)
        return f"({', '.join(literal(value) for value in values)})"


def forecast_rows(rows: Rows) -> str:
    """Return SQL for the rows of ``forecast_snapshot``: one for each deal, snapshot, scenario and method.

    Each step of the time axis is seen at the end of $taken_on, else of its first day; the whole range is seen at
    the end of each step too (``whole_range``). Days to come have no rows. Raises QueryError for a wrong $taken_on.
    """
    snapshots = _snapshots(rows)
    listed = ", ".join(snapshot.sql() for snapshot in snapshots)
    ways = ", ".join(f"('{scenario}', '{method}')" for scenario, method, _ in _SHARES)
    cases = " ".join(
        f"WHEN x.scenario = '{scenario}' AND x.method = '{method}' THEN ({share})"
        for scenario, method, share in _SHARES
    )
    share = f"CASE WHEN u.status = 'won' THEN 1.0 {cases} END"
    return (
        f"WITH snapshots(taken_on, period_start, period_end, until, whole_range) AS (VALUES {listed}), "
        f"candidates AS ({_candidates(snapshots)}), won_since AS ({_won_since()}), dated AS ({_dated()}), "
        f"due AS ({_due(literal(str(rows.window.calendar.zone)))}) "
        "SELECT u.taken_on, u.period_start, u.period_end, u.whole_range, u.deal_id, u.owner_id, u.source, "
        f"u.status AS part, x.scenario, x.method, u.amount, u.currency, {share} AS share, "
        "CASE WHEN u.status = 'won' THEN u.closed_on ELSE u.taken_on END AS rated_on "
        f"FROM due AS u, (VALUES {ways}) AS x(scenario, method) WHERE {share} IS NOT NULL"
    )


def _candidates(snapshots: list[_Snapshot]) -> str:
    """SQL of the states that some snapshot can count: the few that are left stand beside every snapshot then.

    What is won counts by the day it was closed on, or by when it became won, which no later state of it precedes.
    """
    untils = [snapshot.until for snapshot in snapshots]
    begin = min(snapshot.first for snapshot in snapshots)
    early = literal(max(begin, date(2, 1, 1)) - timedelta(days=2))  # a day of any zone
    late = literal(max(snapshot.last for snapshot in snapshots))
    return (
        f"SELECT v.id, v.deal_id, v.status, v.amount, v.currency, v.probability, v.expected_close_date, v.owner_id, "
        "v.valid_from, v.valid_to, d.source, d.forecast_category AS stated, d.closing_owner_id, "
        f"{CATEGORY.format(deal='d', row='v')} AS category, "
        "CASE WHEN d.status = 'won' THEN d.closed_at END AS closed_at "
        "FROM deal_history AS v JOIN deal AS d ON d.id = v.deal_id WHERE v.is_deleted IS NOT TRUE "
        f"AND v.valid_from < {literal(max(untils))} AND (v.valid_to IS NULL OR v.valid_to >= {literal(min(untils))}) "
        f"AND ((v.status = 'open' AND v.expected_close_date <= {late}) OR (v.status = 'won' AND "
        f"(v.valid_from >= {early} OR d.closed_at >= {early})))"
    )


def _won_since() -> str:
    """SQL of when each won version became won, for those of which the close date of the deal does not say it.

    Only the deals of such versions are gone through: most were closed when they were won and never opened again.
    """
    unsure = "SELECT deal_id FROM candidates WHERE status = 'won' AND (closed_at <= valid_from) IS NOT TRUE"
    changed = (
        "SELECT id, deal_id, valid_from, status IS DISTINCT FROM lag(status) OVER (PARTITION BY deal_id "
        f"ORDER BY valid_from, id) AS changed FROM deal_history WHERE deal_id IN ({unsure})"
    )
    return (
        "SELECT id, MAX(CASE WHEN changed THEN valid_from END) OVER (PARTITION BY deal_id ORDER BY valid_from, id "
        f"ROWS UNBOUNDED PRECEDING) AS since FROM ({changed})"
    )


def _dated() -> str:
    return "SELECT c.*, w.since FROM candidates AS c LEFT JOIN won_since AS w ON w.id = c.id"


def _due(zone: str) -> str:
    """SQL of the states that count in a snapshot: won in its period by then, or open and due in it."""
    stood = "d.valid_from < s.until AND (d.valid_to IS NULL OR d.valid_to >= s.until)"
    closed_on = f"CAST((CASE WHEN d.closed_at < s.until THEN d.closed_at ELSE d.since END) AT TIME ZONE {zone} AS DATE)"
    due_on = "GREATEST(d.expected_close_date, s.taken_on)"
    return (
        "SELECT s.*, d.deal_id, d.status, d.amount, d.currency, d.probability, d.source, d.stated, d.category, "
        f"CASE WHEN d.status = 'won' THEN {closed_on} END AS closed_on, "
        "CASE WHEN d.status = 'won' AND d.closed_at < s.until THEN d.closing_owner_id ELSE d.owner_id END AS owner_id "
        f"FROM snapshots AS s JOIN dated AS d ON {stood} "
        f"AND ((d.status = 'won' AND {closed_on} BETWEEN s.period_start AND s.period_end) OR (d.status = 'open' "
        f"AND d.expected_close_date IS NOT NULL AND {due_on} BETWEEN s.period_start AND s.period_end))"
    )


def _snapshots(rows: Rows) -> list[_Snapshot]:
    """The days and periods asked for, those to come left out; one that nothing is due in when none is left."""
    window = rows.window
    chosen = taken_on(rows.request.parameters, window.today)
    first, last = window.days.first, window.days.last
    steps = [(first, last, window.report_date)]
    if rows.grain is not None:
        steps = [(step.first, step.last, step.report_date) for step in window.buckets(rows.grain)]
    asked = [whole for whole in (True, False) if _whole_range(whole=not whole) not in rows.kept]
    found = [(chosen or step_first, step_first, step_last, False) for step_first, step_last, _ in steps]
    found += [(seen_on, first, last, True) for _, _, seen_on in steps]
    past = [each for each in found if each[0] <= window.today and each[3] in asked]
    nothing = (window.today, date.min, date.min, False)
    return [
        _Snapshot(day, begin, end, min(window.now, window.calendar.midnight(day + timedelta(days=1))), whole)
        for day, begin, end, whole in past or [nothing]
    ]


def _whole_range(*, whole: bool) -> Node:
    return Binary("=", ColumnRef("forecast_snapshot", "whole_range"), Constant(whole))


def taken_on(parameters: dict[str, str], today: date) -> date | None:
    """Return the day that $taken_on names; None when it is not set. Raises QueryError."""
    text = parameters.get(TAKEN_ON, "")
    if not text:
        return None
    day = parse_day(text)
    if day > today:
        raise QueryError(
            f"{quote(text)} is still to come.", place=f"parameter {TAKEN_ON}", remedy=f"Use a day up to {today}."
        )
    return day
