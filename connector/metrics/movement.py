"""How the pipeline of one moment became that of another: the lines of ``deal_move``, made from deal_history.

The first moment is the end of the day before the period, the second the end of its last day, or now while it runs.
Every state of a deal that was open in the shown pipeline then or in between gives lines that add up (metrics.yaml,
PIPELINE MOVEMENT): opening, added or reopened; increased or decreased when it was there at the start; removed, won,
lost or unqualified, or closing. ``amount`` has the sign it moves the pipeline by, so all lines but closing sum to
closing, per deal, group and total.

A filter on what deal_history knows (pipeline, stage, owner ...) asks about the state: a deal that comes into it is
added, one that leaves it removed. A deal has one group in all its lines: that of its last state in the pipeline; of
one that closed, the stage it closed from. Both amounts are converted at the rate of the second moment (rule E3), and
a deal one of whose amounts has no rate is in none of the sums. Deletion is judged at each moment (rule E8).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connector.metrics.sql import literal

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

MOVEMENT_ENTITIES: Final = frozenset({"deal_history", "stage"})

SPLIT_AMOUNT: Final = "CAST(t.amount * p.whole + t.per_line * p.amount AS DECIMAL(19,4))"
"""Part of a line that falls to a group of product lines: theirs, and what they leave where the rest is in it."""

_SHOWN: Final = ("pipeline_id", "stage_id", "owner_id", "amount", "currency", "probability", "expected_close_date")
_IS_END: Final = "step = 3"


@dataclass(frozen=True, slots=True)
class States:
    """The states of deals as ``t``, and which of them lie in the shown pipeline."""

    source: str = "FROM deal_history AS t"
    inside: str = "TRUE"


def movement_relation(relation: Rows) -> str:
    """Return SQL for the rows of ``deal_move``: one a deal and line, between the two ends of the window."""
    ctes = {
        "seen": _seen(relation),
        "judged": _judged(),
        "deals": _deals(),
        "rated": _rated(relation),
        "placed": _placed(),
    }
    return f"WITH {', '.join(f'{name} AS ({sql})' for name, sql in ctes.items())} {_lines()}"


def _seen(relation: Rows) -> str:
    """States that reach into the window; of those that fill it all only the open ones, for nothing else moves."""
    window, states = relation.window, relation.states
    start = literal(window.start)
    ends, begins = "t.valid_to IS NULL", ""
    if not window.is_current:
        end = literal(window.end)
        ends = f"(t.valid_to IS NULL OR t.valid_to >= {end})"
        begins = f"t.valid_from < {end} AND "
    alive = "t.is_deleted IS NOT TRUE"
    shown = ", ".join(f"t.{name}" for name in _SHOWN)
    rows = (
        f"SELECT t.deal_id, t.valid_from, t.valid_to, {shown}, t.status, t.valid_from < {start} AS at_start, "
        f"{ends} AS at_end, COALESCE({alive} AND t.status IN ('won', 'lost', 'unqualified'), FALSE) AS is_closed, "
        f"COALESCE({alive} AND ({states.inside}), FALSE) AS is_inside "
        f"{states.source} WHERE {begins}(t.valid_to IS NULL OR t.valid_to >= {start})"
    )
    return (
        f"SELECT *, is_inside AND COALESCE(status = 'open', FALSE) AS is_open FROM ({rows}) "
        "WHERE NOT (at_start AND at_end) OR is_open"
    )


def _judged() -> str:
    """States with whether the deal was in the pipeline by them: open, or closed at once on coming in."""
    closed = "SELECT DISTINCT deal_id, valid_to FROM seen WHERE is_closed AND NOT at_end"
    return (
        "SELECT s.*, s.is_open OR (s.is_inside AND s.is_closed AND NOT s.at_start AND c.deal_id IS NULL) AS is_member "
        f"FROM seen AS s LEFT JOIN ({closed}) AS c ON c.deal_id = s.deal_id AND c.valid_to = s.valid_from"
    )


def _deals() -> str:
    """One row a deal that is in any line: where it stood at the start, and where when last in the pipeline."""
    begun = ", ".join(
        f"any_value({name}) FILTER (WHERE is_open AND at_start) AS start_{name}"
        for name in ("stage_id", "amount", "currency")
    )
    last = ", ".join(
        f"arg_max_null({name}, valid_from) FILTER (WHERE is_member) AS {name}" for name in _SHOWN if name != "stage_id"
    )
    return (
        "SELECT deal_id, bool_or(is_open AND at_start) AS was_open, bool_or(is_closed AND at_start) AS was_closed, "
        f"bool_or(is_open AND at_end) AS stays, {begun}, {last}, "
        "CASE WHEN bool_or(is_open) THEN arg_max_null(stage_id, valid_from) FILTER (WHERE is_open) "
        "ELSE arg_max_null(stage_id, valid_from) FILTER (WHERE is_member) END AS stage_id, "
        "COALESCE(any_value(status) FILTER (WHERE at_end AND is_inside AND is_closed), 'removed') AS outcome "
        "FROM judged GROUP BY deal_id HAVING bool_or(is_open AND (at_start OR at_end)) "
        "OR (bool_or(is_member) AND NOT bool_or(is_closed AND at_start))"
    )


def _rated(relation: Rows) -> str:
    """The deals with both amounts in the report currency, at the rate of one day; an empty amount is 0."""
    held = relation.request.profile.currencies.get("deal_history")
    if held is not None and set(held) <= {relation.request.currency}:
        return (
            "SELECT *, COALESCE(start_amount, 0) AS first_value, COALESCE(amount, 0) AS last_value, 1 AS last_rate "
            "FROM deals"
        )
    relation.uses_rates = True
    relation.entities.add("fx_rate")
    home, usual = literal(relation.request.currency), literal(relation.request.profile.currency)
    day = relation.window.moment("report_date")
    rates = f"SELECT currency, arg_max(rate, day) AS rate FROM rates WHERE day <= {day} GROUP BY currency"

    def rate(prefix: str, alias: str) -> str:
        return f"CASE WHEN COALESCE(d.{prefix}currency, {usual}) = {home} THEN 1 ELSE {alias}.rate END"

    def value(prefix: str, alias: str) -> str:
        amount = f"COALESCE(d.{prefix}amount, 0)"
        return (
            f"CASE WHEN COALESCE(d.{prefix}currency, {usual}) = {home} THEN {amount} "
            f"ELSE CAST({amount} * {alias}.rate AS DECIMAL(19,4)) END"
        )

    return (
        f"SELECT d.*, {value('start_', 'a')} AS first_value, {value('', 'b')} AS last_value, "
        f"{rate('', 'b')} AS last_rate FROM deals AS d "
        f"LEFT JOIN ({rates}) AS a ON a.currency = COALESCE(d.start_currency, {usual}) "
        f"LEFT JOIN ({rates}) AS b ON b.currency = COALESCE(d.currency, {usual})"
    )


def _placed() -> str:
    """The deals with how they moved between stages, and with what happened to each in one word."""
    same = " AND ".join(f"d.{name} IS NOT DISTINCT FROM d.start_{name}" for name in ("stage_id", "amount", "currency"))
    happened = (
        "CASE WHEN NOT d.stays THEN d.outcome WHEN d.was_closed THEN 'reopened' WHEN NOT d.was_open THEN 'added' "
        "WHEN b.position > a.position THEN 'advanced' WHEN b.position < a.position THEN 'moved_back' "
        "WHEN d.last_value > d.first_value THEN 'increased' WHEN d.last_value < d.first_value THEN 'decreased' "
        f"WHEN {same} THEN 'unchanged' ELSE 'other' END"
    )
    return (
        "SELECT d.*, CASE WHEN d.was_open THEN d.last_value - d.first_value END AS difference, "
        "CASE WHEN d.was_open THEN 'opening' WHEN d.was_closed THEN 'reopened' ELSE 'added' END AS origin, "
        f"{happened} AS happened, "
        "d.last_value IS NOT NULL AND (NOT d.was_open OR d.first_value IS NOT NULL) AS is_rated "
        "FROM rated AS d LEFT JOIN stage AS a ON a.id = d.start_stage_id LEFT JOIN stage AS b ON b.id = d.stage_id"
    )


def _lines() -> str:
    """Three steps a deal: it comes, its amount changes, it goes or stays."""
    leg = (
        "CASE step WHEN 1 THEN origin WHEN 2 THEN CASE WHEN difference > 0 THEN 'increased' ELSE 'decreased' END "
        "ELSE CASE WHEN stays THEN 'closing' ELSE outcome END END"
    )
    amount = (
        "CASE WHEN NOT is_rated THEN NULL WHEN step = 2 THEN difference WHEN step = 1 AND was_open THEN first_value "
        "WHEN step = 1 OR stays THEN last_value ELSE -last_value END"
    )
    return (
        f"SELECT deal_id || '/' || CAST(step AS VARCHAR) AS id, deal_id, {leg} AS leg, happened, {amount} AS amount, "
        "CASE WHEN step = 2 THEN 0 WHEN step = 1 OR stays THEN 1 ELSE -1 END AS deals, "
        f"{_IS_END} AS is_end, pipeline_id, stage_id, owner_id, probability, expected_close_date, "
        "CASE WHEN was_open THEN start_stage_id ELSE ':' || origin END AS start_stage_id, "
        "CASE WHEN stays THEN stage_id ELSE ':' || outcome END AS end_stage_id, "
        "last_value AS end_amount, "
        f"{_per_line()} AS per_line FROM placed, (VALUES (1), (2), (3)) AS steps(step) "
        "WHERE step <> 2 OR difference <> 0"
    )


def _per_line() -> str:
    """How much of a line one unit of a product line of today is; 0 where the line is not split over products.

    Product lines have no history, so those of today stand at both moments, and what an amount leaves of them is
    without product. An amount that is empty is not split; when one comes or goes, the lines come or go with it.
    """
    comes = "CASE WHEN was_open THEN start_amount IS NOT NULL ELSE amount IS NOT NULL END"
    changes = "(amount IS NULL) <> (start_amount IS NULL)"
    sign = "CASE WHEN step = 2 THEN sign(difference) WHEN step = 1 OR stays THEN 1 ELSE -1 END"
    return (
        f"CASE WHEN CASE step WHEN 1 THEN {comes} WHEN 2 THEN {changes} ELSE amount IS NOT NULL END "
        f"THEN {sign} * last_rate ELSE 0 END"
    )


def movement_split(relation: Rows) -> str:
    """Return the join ``p`` that splits lines over the product lines of their deals (rule E14).

    A row of ``p`` is a deal and split key; ``whole`` is 1 where what the product lines leave is in it. That rest
    is left out where it is nothing.
    """
    keys = "".join(f", {sql} AS {name}" for name, sql in relation.split.items())
    names = "".join(f", {name}" for name in relation.split)
    lines = "FROM deal_line AS n WHERE n.is_deleted IS NOT TRUE"
    rows = (
        f"SELECT n.deal_id, n.product_id, n.amount, 0 AS whole, 1 AS held, TRUE AS has_lines {lines} UNION ALL "
        "SELECT d.id, NULL, -COALESCE(s.amount, 0), 1, 0, s.deal_id IS NOT NULL FROM deal AS d LEFT JOIN "
        f"(SELECT n.deal_id, SUM(n.amount) AS amount {lines} GROUP BY 1) AS s ON s.deal_id = d.id"
    )
    where = f"WHERE {' AND '.join(relation.split_where)} " if relation.split_where else ""
    parts = (
        f"SELECT l.deal_id{keys}, COALESCE(SUM(l.amount), 0) AS amount, SUM(l.whole) AS whole, "
        f"SUM(l.held) = 0 AND bool_or(l.has_lines) AS is_rest FROM ({rows}) AS l "
        f"LEFT JOIN product AS lp ON lp.id = l.product_id {where}GROUP BY l.deal_id{names}"
    )
    return f"JOIN ({parts}) AS p ON p.deal_id = t.deal_id AND NOT (p.is_rest AND COALESCE({SPLIT_AMOUNT} = 0, FALSE))"
