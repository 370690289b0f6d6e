"""The funnel of leads: all that came, those that were qualified, then their deals from stage to stage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connector.metrics.funnel import STEP_COLUMNS, arrived, once, with_ctes
from connector.metrics.ladder import LADDER_ENTITIES, WON, cohort, counted, created_in_window, same_pipeline

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

LEAD_FUNNEL_ENTITIES: Final = LADDER_ENTITIES | {"lead"}
LEAD: Final = ":lead"
QUALIFIED: Final = ":qualified"
"""Keys of the steps before the stages; no source names a stage so."""
STEP_ORDER: Final = {LEAD: -2, QUALIFIED: -1, WON: 1_000_001}
"""Places of the steps that are no stage, among the positions of those that are."""
_FLAGS: Final = ("reached", "reached_before", "reached_next", "is_member")


def lead_funnel_rows(rows: Rows) -> str:
    """Return SQL for the rows of ``lead_funnel_step``: what is true of a lead and step, each in a row of its own.

    A lead is in the funnel of every pipeline, for it belongs to none before it has a deal. Its deal is the one it was
    converted into, else the first that names it, whenever created. A lead is owned by its owner now, a deal at a stage
    as in ``funnel_step``. Where no lead has a date of qualification that step is left out.
    """
    by_owner = "owner_id" in rows.used
    known = "qualified_at" in rows.request.profile.filled.get("lead", ())
    ctes = {
        "leads": _leads(created_in_window(rows, "lead_funnel_step", "l")),
        "cohort": cohort("d.id IN (SELECT deal_id FROM leads)"),
        "pipelines": _pipelines(),
        **counted(rows, by_owner=by_owner),
        "arrived": arrived(by_owner=by_owner),
        "rungs": _rungs(known=known),
        "come": _come(known=known),
    }
    found = _rows()
    if not set(STEP_COLUMNS) & rows.used:
        found = once(
            found, ("lead_id", "pipeline_id", "owner_id"), ("created_at",), (*_FLAGS, "is_assumed", "is_unordered")
        )
    return with_ctes(ctes, found)


def _leads(condition: str) -> str:
    named = "SELECT lead_id, arg_min(id, created_at) AS deal_id FROM deal WHERE lead_id IS NOT NULL GROUP BY lead_id"
    return (
        "SELECT l.id AS lead_id, l.owner_id, l.created_at, l.qualified_at IS NOT NULL AS is_qualified, "
        f"COALESCE(l.converted_deal_id, n.deal_id) AS deal_id FROM lead AS l LEFT JOIN ({named}) AS n "
        f"ON n.lead_id = l.id WHERE l.is_deleted IS NOT TRUE AND {condition}"
    )


def _pipelines() -> str:
    """Pipelines that a deal of a lead could go through, whether any did; one without a name where there is none."""
    named = (
        "SELECT pipeline_id FROM stage WHERE pipeline_id IS NOT NULL AND is_deleted IS NOT TRUE "
        "UNION SELECT pipeline_id FROM cohort"
    )
    return f"SELECT pipeline_id FROM ({named}) UNION SELECT NULL WHERE NOT EXISTS (SELECT 1 FROM ({named}))"


def _steps(*, known: bool) -> tuple[str, ...]:
    return (LEAD, QUALIFIED) if known else (LEAD,)


def _rungs(*, known: bool) -> str:
    """The steps of each pipeline with those of leads before them."""
    own = _steps(known=known)
    first = ", ".join(f"('{step}', {rung})" for rung, step in enumerate(own, 1))
    return (
        "SELECT pipeline_id, step AS stage_id, step, NULL AS position, rung "
        f"FROM pipelines, (VALUES {first}) AS v(step, rung) "
        f"UNION ALL SELECT pipeline_id, stage_id, step, position, rung + {len(own)} FROM ladder"
    )


def _come(*, known: bool) -> str:
    """One row a lead and step that it counts for."""
    own = _steps(known=known)
    parts = [
        f"SELECT l.lead_id, p.pipeline_id, '{step}' AS step, {rung} AS rung, l.owner_id, l.created_at, "
        f"FALSE AS is_assumed FROM leads AS l, pipelines AS p{' WHERE l.is_qualified' if step == QUALIFIED else ''}"
        for rung, step in enumerate(own, 1)
    ]
    parts.append(
        f"SELECT l.lead_id, a.pipeline_id, a.step, a.rung + {len(own)}, a.owner_id, l.created_at, "
        "a.is_assumed AND a.rung = 1 FROM arrived AS a JOIN leads AS l ON l.deal_id = a.deal_id"
    )
    return " UNION ALL ".join(parts)


def _rows() -> str:
    parts = {
        "at": ("come", "r.step = c.step", {"reached": "TRUE", "is_assumed": "COALESCE(c.is_assumed, FALSE)"}),
        "before": ("come", "r.rung = c.rung + 1", {"reached_before": "TRUE"}),
        "next": ("come", "r.rung = c.rung - 1", {"reached_next": "TRUE"}),
        "member": (
            "(SELECT l.*, p.pipeline_id FROM leads AS l, pipelines AS p)",
            "TRUE",
            {"is_member": "TRUE", "reached_before": "COALESCE(r.rung = 1, FALSE)"},
        ),
    }
    return " UNION ALL ".join(
        "SELECT c.lead_id, c.pipeline_id, r.stage_id, r.step, r.position, c.owner_id, c.created_at, "
        f"'{part}' AS part, r.rung IS NULL AS is_unordered, "
        + ", ".join(f"{true.get(name, 'FALSE')} AS {name}" for name in (*_FLAGS, "is_assumed"))
        + f" FROM {source} AS c JOIN rungs AS r ON {same_pipeline('r', 'c')} AND {condition}"
        for part, (source, condition, true) in parts.items()
    )
