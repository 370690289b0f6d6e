"""Targets spread over days, so that any period, split and comparison of a goal is a plain sum.

A target is divided evenly over the working days of its period (Monday to Friday, or the days that the
workspace's calendar marks; rule E17). Where goals of one scope and metric overlap, the shortest period
wins on its days. A total takes the goal of the highest scope that has one, else the sum of its parts.
"""

from __future__ import annotations

from typing import Final, Literal

GoalLevel = Literal["company", "team", "owner"]
GOAL_ENTITIES: Final = frozenset({"goal", "owner", "calendar_day"})
_SCOPES: Final = {"company": 0, "department": 1, "branch": 1, "team": 2, "owner": 3}


def goal_level(dimensions: set[str]) -> GoalLevel:
    """Return the scope whose goals a split or filter by these dimensions reads."""
    if "owner" in dimensions:
        return "owner"
    return "team" if dimensions & {"team", "manager_group"} else "company"


def goal_relation(level: GoalLevel) -> str:
    """Return SQL for rows (metric_id, scope_type, owner_id, team_id, date, target) at one level."""
    ranks = " ".join(f"WHEN '{name}' THEN {rank}" for name, rank in _SCOPES.items())
    days = (
        "SELECT g.*, CAST(d.day AS DATE) AS date FROM goal AS g, "
        "LATERAL (SELECT unnest(generate_series(g.period_start, g.period_end, INTERVAL 1 DAY)) AS day) AS d "
        "WHERE g.is_deleted IS NOT TRUE AND g.period_end >= g.period_start"
    )
    marked = (
        "SELECT x.*, COALESCE(c.is_working_day, isodow(x.date) < 6) AS works FROM days AS x "
        "LEFT JOIN (SELECT date, bool_or(is_working_day) AS is_working_day FROM calendar_day GROUP BY 1) AS c "
        "USING (date)"
    )
    counted = (
        "SELECT *, COUNT(*) FILTER (WHERE works) OVER w AS working, COUNT(*) OVER w AS length FROM marked "
        "WINDOW w AS (PARTITION BY id)"
    )
    shared = (
        "SELECT metric_id, scope_type, scope_id, date, length, CASE WHEN works THEN target_value / working "
        "WHEN working = 0 THEN target_value / length ELSE 0 END AS target FROM counted"
    )
    shortest = (
        "SELECT * FROM shared "
        "QUALIFY row_number() OVER (PARTITION BY metric_id, scope_type, scope_id, date ORDER BY length) = 1"
    )
    placed = (
        f"SELECT s.metric_id, s.scope_type, s.date, s.target, CASE s.scope_type {ranks} ELSE 9 END AS rank, "
        "CASE WHEN s.scope_type = 'owner' THEN s.scope_id END AS owner_id, "
        "CASE WHEN s.scope_type = 'team' THEN s.scope_id WHEN s.scope_type = 'owner' THEN o.team_id END AS team_id "
        "FROM shortest AS s LEFT JOIN owner AS o ON s.scope_type = 'owner' AND o.id = s.scope_id"
    )
    chosen = {
        "owner": "WHERE scope_type = 'owner'",
        "team": "WHERE rank IN (2, 3) QUALIFY rank = MIN(rank) OVER (PARTITION BY metric_id, team_id, date)",
        "company": "WHERE rank <= 3 QUALIFY rank = MIN(rank) OVER (PARTITION BY metric_id, date)",
    }[level]
    return (
        f"WITH days AS ({days}), marked AS ({marked}), counted AS ({counted}), shared AS ({shared}), "
        f"shortest AS ({shortest}), placed AS ({placed}) "
        f"SELECT metric_id, scope_type, owner_id, team_id, date, target FROM placed {chosen}"
    )
