"""Targets spread over days, so that any period, split and comparison of a goal is a plain sum.

A target is divided evenly over the working days of its period (Monday to Friday, or the days that the
workspace's calendar marks; rule E17). Where goals of one scope and metric overlap, the shortest period
wins on its days. A total takes the goal of the highest scope that has one, else the sum of its parts.
Where no goal names an activity, the funnel norm makes one of the goal for won deals (units for one sale).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from connector.metrics.definitions import load_catalogue
from connector.metrics.sql import literal

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

GoalLevel = Literal["company", "department", "branch", "team", "owner"]
GOAL_ENTITIES: Final = frozenset({"goal", "owner", "team", "calendar_day", "funnel_norm"})
_NORM_METRICS: Final = {
    "inquiries": "leads_processed",
    "contacts": "contacts_made",
    "meetings": "new_client_meetings_held",
    "bookings": "bookings_made",
    "contracts": "contracts_signed",
}
"""Indicator of a funnel norm to the metric that counts what was done (catalogue, daily_activity_plan_fact)."""

_TEAMS: Final = """
    above AS (
        SELECT id AS team_id, parent_team_id AS ancestor_id FROM team
        WHERE parent_team_id IS NOT NULL AND is_deleted IS NOT TRUE
        UNION
        SELECT b.team_id, t.parent_team_id FROM above AS b JOIN team AS t ON t.id = b.ancestor_id
        WHERE t.parent_team_id IS NOT NULL
    )
"""
_METRIC_OF_NORM: Final = " ".join(f"WHEN '{name}' THEN '{metric}'" for name, metric in _NORM_METRICS.items())
_NORMS: Final = f"""
    stated AS (
        SELECT id, metric_id, scope_type, scope_id, period_start, period_end, target_value, updated_at,
               FALSE AS from_norm
        FROM goal WHERE is_deleted IS NOT TRUE AND period_end >= period_start AND target_value IS NOT NULL
    ), norms AS (
        SELECT g.* REPLACE (
                   g.id || '/' || n.indicator AS id, g.target_value * n.per_sale AS target_value, TRUE AS from_norm,
                   CASE n.indicator {_METRIC_OF_NORM} END AS metric_id)
        FROM stated AS g
        LEFT JOIN owner AS o ON g.scope_type = 'owner' AND o.id = g.scope_id
        JOIN funnel_norm AS n ON n.is_deleted IS NOT TRUE AND n.per_sale IS NOT NULL
             AND (n.valid_from IS NULL OR n.valid_from <= g.period_end)
             AND ((n.scope_type = g.scope_type AND n.scope_id = g.scope_id)
                  OR (n.scope_type = 'team' AND n.scope_id = o.team_id)
                  OR COALESCE(n.scope_type, 'company') = 'company')
        WHERE g.metric_id = 'deals_won'
        QUALIFY row_number() OVER (
            PARTITION BY g.id, n.indicator
            ORDER BY n.scope_type IS NOT DISTINCT FROM g.scope_type DESC,
                     COALESCE(n.scope_type, 'company') = 'team' DESC, n.valid_from DESC NULLS LAST, n.id) = 1
    ), targets AS (SELECT * FROM stated UNION ALL SELECT * FROM norms)
"""
_PLACES: Final = """
    SELECT {columns}, s.scope_type, s.scope_id,
           CASE WHEN s.scope_type = 'owner' THEN s.scope_id END AS owner_id,
           CASE s.scope_type WHEN 'team' THEN s.scope_id WHEN 'owner' THEN o.team_id END AS team_id,
           CASE s.scope_type WHEN 'department' THEN s.scope_id WHEN 'team' THEN p.department
                WHEN 'owner' THEN COALESCE(o.department, p.department) END AS department,
           CASE s.scope_type WHEN 'branch' THEN s.scope_id WHEN 'team' THEN p.branch
                WHEN 'owner' THEN COALESCE(o.branch, p.branch) END AS branch
    FROM {source} AS s
    LEFT JOIN owner AS o ON s.scope_type = 'owner' AND o.id = s.scope_id
    LEFT JOIN team AS p ON p.id = CASE s.scope_type WHEN 'team' THEN s.scope_id ELSE o.team_id END
"""
_DAYS: Final = f"""
    days AS (
        SELECT g.*, CAST(d.day AS DATE) AS date FROM targets AS g,
               LATERAL (SELECT unnest(generate_series(g.period_start, g.period_end, INTERVAL 1 DAY)) AS day) AS d
    ), marked AS (
        SELECT x.*, COALESCE(c.is_working_day, isodow(x.date) < 6) AS is_working_day FROM days AS x
        LEFT JOIN (SELECT date, bool_or(is_working_day) AS is_working_day FROM calendar_day
                   WHERE is_deleted IS NOT TRUE GROUP BY 1) AS c USING (date)
    ), counted AS (
        SELECT *, COUNT(*) FILTER (WHERE is_working_day) OVER w AS working, COUNT(*) OVER w AS length FROM marked
        WINDOW w AS (PARTITION BY id)
    ), shared AS (
        SELECT * EXCLUDE (target_value, working), CASE WHEN is_working_day THEN target_value / working
               WHEN working = 0 THEN target_value / length ELSE 0 END AS target FROM counted
    ), shortest AS (
        SELECT * FROM shared QUALIFY row_number() OVER (
            PARTITION BY metric_id, scope_type, scope_id, date
            ORDER BY from_norm, length, updated_at DESC NULLS LAST, id) = 1
    ), rounded AS (
        SELECT *, SUM(target) OVER (
                   PARTITION BY metric_id, scope_type, scope_id, date_trunc('month', date) ORDER BY date) AS so_far
        FROM shortest
    ), placed AS ({
    _PLACES.format(
        columns="s.metric_id, s.date, s.target, s.is_working_day, "
        "round(round(s.so_far, 6)) - round(round(s.so_far - s.target, 6)) AS whole",
        source="rounded",
    )
}), flagged AS (
        SELECT p.*, a.metric_id IS NOT NULL AS in_team_with_goal,
               bool_or(p.scope_type = 'company') OVER (PARTITION BY p.metric_id, p.date) AS of_company,
               bool_or(p.scope_type = 'department') OVER (PARTITION BY p.metric_id, p.date) AS of_departments,
               p.department IS NOT NULL AND bool_or(p.scope_type = 'department')
                   OVER (PARTITION BY p.metric_id, p.date, p.department) AS of_department,
               p.branch IS NOT NULL AND bool_or(p.scope_type = 'branch')
                   OVER (PARTITION BY p.metric_id, p.date, p.branch) AS of_branch,
               p.team_id IS NOT NULL AND bool_or(p.scope_type = 'team')
                   OVER (PARTITION BY p.metric_id, p.date, p.team_id) AS of_team
        FROM placed AS p
        LEFT JOIN (SELECT DISTINCT g.metric_id, g.date, b.team_id FROM placed AS g
                   JOIN above AS b ON g.scope_type = 'team' AND b.ancestor_id = g.team_id) AS a
             ON a.metric_id = p.metric_id AND a.date = p.date AND a.team_id = p.team_id
    )
"""

_IN_TEAMS: Final = (
    "((scope_type = 'team' AND NOT in_team_with_goal) OR "
    "(scope_type = 'owner' AND NOT of_team AND NOT in_team_with_goal))"
)
_KEPT: Final[dict[GoalLevel, str]] = {
    "owner": "scope_type = 'owner'",
    "team": "scope_type = 'team' OR (scope_type = 'owner' AND NOT of_team)",
    "branch": f"scope_type = 'branch' OR (NOT of_branch AND {_IN_TEAMS})",
    "department": f"scope_type = 'department' OR (NOT of_department AND {_IN_TEAMS})",
    "company": (
        "scope_type = 'company' OR (NOT of_company AND (scope_type = 'department' OR "
        "(scope_type = 'branch' AND NOT of_departments) OR "
        f"(NOT of_department AND (of_departments OR NOT of_branch) AND {_IN_TEAMS})))"
    ),
}
"""Level to the goals that count at it: each of its own, and lower ones that nothing between contains."""


def goal_level(dimensions: set[str]) -> GoalLevel:
    """Return the scope whose goals a split or filter by these dimensions reads."""
    named: tuple[tuple[GoalLevel, set[str]], ...] = (
        ("owner", {"owner", "manager"}),
        ("team", {"team", "manager_group"}),
        ("branch", {"branch"}),
        ("department", {"department"}),
    )
    return next((level for level, names in named if dimensions & names), "company")


def goal_days(rows: Rows) -> str:
    """Return SQL for the rows of ``goal_day`` at the level asked: the share of each day that goals of it name."""
    return (
        f"WITH RECURSIVE {_TEAMS}, {_NORMS}, {_DAYS} "
        "SELECT metric_id, scope_type, owner_id, team_id, department, branch, date, is_working_day, "
        f"target * {_rate(rows)} AS target, whole FROM flagged WHERE {_KEPT[rows.level]}"
    )


def goal_periods(rows: Rows) -> str:
    """Return SQL for the rows of ``goal_period``: the goal that covers a whole period, the shortest of them.

    One row for each scope, metric and step of the time axis, or the whole period without one. What cannot be
    prorated, such as a rate, is met or not over a period as a whole (metrics.yaml, goal_target).
    """
    if rows.grain is None:
        steps = [(rows.window.days.first, rows.window.days.last)]
    else:
        steps = [(step.first, step.last) for step in rows.window.buckets(rows.grain)]
    values = ", ".join(f"({literal(first)}, {literal(last)})" for first, last in steps)
    covering = (
        f"SELECT g.*, e.first_day FROM targets AS g JOIN (VALUES {values}) AS e(first_day, last_day) "
        "ON g.period_start <= e.first_day AND g.period_end >= e.last_day QUALIFY row_number() OVER ("
        "PARTITION BY g.metric_id, g.scope_type, g.scope_id, e.first_day "
        "ORDER BY g.from_norm, g.period_end - g.period_start, g.updated_at DESC NULLS LAST, g.id) = 1"
    )
    placed = _PLACES.format(columns="s.metric_id, s.first_day, s.target_value AS target", source="covering")
    return (
        f"WITH {_NORMS}, covering AS ({covering}), placed AS ({placed}) "
        "SELECT metric_id, scope_type, owner_id, team_id, department, branch, first_day, "
        f"target * {_rate(rows)} AS target FROM placed WHERE scope_type = {literal(rows.level)}"
    )


def _rate(rows: Rows) -> str:
    """What a target is multiplied by: money is typed in the workspace's currency and read in that of the report.

    The rate is the latest that is not after the report date; without one the target is null (rule E3).
    """
    home, wanted = rows.request.profile.currency, rows.request.currency
    if home == wanted:
        return "1"
    rows.uses_rates = True
    rows.entities.add("fx_rate")
    money = ", ".join(literal(metric.id) for metric in load_catalogue().metrics.values() if metric.unit == "money")
    day = literal(rows.window.report_date)
    rate = f"(SELECT arg_max(rate, day) FROM rates WHERE currency = {literal(home)} AND day <= {day})"
    return f"(CASE WHEN metric_id IN ({money}) THEN {rate} ELSE 1 END)"
