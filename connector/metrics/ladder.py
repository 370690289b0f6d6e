"""Which steps of its pipeline each deal counts for, by rule E5 and ``$funnel_mode``, as SQL over stage history.

``reached`` (default): the furthest open stage ever entered and all before it; won deals every stage. ``visited``: the
stages really entered. ``ordered``: those entered after all stages before them. History is read to now, whatever the
period; the period says which deals are looked at, and others are left out before history is read.

A deal without any history counts for its current, or last open, stage and is marked ``is_assumed``. A stage without
a position has no place in the order: it counts only deals that entered it, and has no step before or after.

The steps a deal counts for are the bits of one number: bit 0 is the first stage, the bit after the last stage is won,
and stages without a position follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connector.metrics.sql import literal
from connector.metrics.syntax import ColumnRef, InPeriod

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

LADDER_ENTITIES: Final = frozenset({"deal", "deal_stage_history", "stage"})
WON: Final = ":won"
"""Key of the step that is no stage; no source names a stage so."""
_ONE: Final = "CAST(1 AS HUGEINT)"


def same_pipeline(left: str, right: str) -> str:
    return f"{left}.pipeline_id IS NOT DISTINCT FROM {right}.pipeline_id"


# -- who is looked at


def created_in_window(rows: Rows, entity: str, alias: str) -> str:
    """Return a condition that leaves out what was created outside of the period, where every figure asks for that."""
    asked = any(
        isinstance(part, InPeriod)
        and isinstance(part.part, ColumnRef)
        and (part.part.entity, part.part.column) == (entity, "created_at")
        for part in rows.kept
    )
    if not asked or rows.window.all_time:
        return "TRUE"
    start, end = literal(rows.window.start), literal(rows.window.end)
    return f"{alias}.created_at >= {start} AND {alias}.created_at < {end}"


def cohort(condition: str) -> str:
    """Return SQL for the deals that are looked at; a deal without a pipeline is in that of its stage."""
    return (
        "SELECT d.id AS deal_id, COALESCE(d.pipeline_id, s.pipeline_id) AS pipeline_id, d.status, d.created_at, "
        "d.closed_at, d.amount, d.currency, d.owner_id, d.closing_owner_id, d.last_open_stage_id FROM deal AS d "
        f"LEFT JOIN stage AS s ON s.id = d.stage_id WHERE d.is_deleted IS NOT TRUE AND {condition}"
    )


# -- which steps each deal counts for


def counted(rows: Rows, *, by_owner: bool) -> dict[str, str]:
    """Return tables: the steps of each pipeline (``ladder``), and for each deal the bits it counts for (``counted``).

    They read ``cohort`` and ``pipelines``.
    """
    mode = rows.request.parameters.get("funnel_mode", "reached")
    ctes = {"open_stages": _open_stages(), "ladder": _ladder()}
    if mode == "ordered" or by_owner:
        told = "owner_id" in rows.request.profile.filled.get("deal_stage_history", ())
        ctes |= {"entries": _entries("h.owner_id" if told else "c.owner_id"), "past": _past_of_entries()}
    else:
        ctes["past"] = f"SELECT h.deal_id, {_SEEN}, CAST(NULL AS HUGEINT) AS ordered {_HISTORY} GROUP BY h.deal_id"
    ctes["known"] = _known()
    ctes["counted"] = f"SELECT *, {_bits(mode)} AS counted FROM known"
    return ctes


def _open_stages() -> str:
    """Open stages with their turn in the pipeline; a stage of no pipeline is one of each."""
    return (
        "SELECT p.pipeline_id, s.id AS stage_id, s.position, "
        "COUNT(s.position) OVER (PARTITION BY p.pipeline_id) AS steps, "
        "row_number() OVER (PARTITION BY p.pipeline_id ORDER BY s.position NULLS LAST, s.id) AS turn "
        f"FROM pipelines AS p JOIN stage AS s ON s.pipeline_id IS NULL OR {same_pipeline('s', 'p')} "
        "WHERE COALESCE(s.kind, 'open') = 'open' AND s.is_deleted IS NOT TRUE"
    )


def _ladder() -> str:
    """The steps: ``rung`` counts those that have an order, ``bit`` says where a deal keeps whether it counts."""
    won = (
        f"SELECT MIN(s.id) FROM stage AS s WHERE s.kind = 'won' AND s.is_deleted IS NOT TRUE "
        f"AND (s.pipeline_id IS NULL OR {same_pipeline('s', 'p')})"
    )
    return (
        "SELECT pipeline_id, stage_id, stage_id AS step, position, "
        "CASE WHEN position IS NOT NULL THEN turn END AS rung, "
        "CASE WHEN position IS NULL THEN turn ELSE turn - 1 END AS bit, steps FROM open_stages UNION ALL "
        f"SELECT p.pipeline_id, COALESCE(({won}), '{WON}'), '{WON}', NULL, n.steps + 1, n.steps, n.steps FROM "
        f"(SELECT p.pipeline_id, COALESCE(MAX(o.steps), 0) AS steps FROM pipelines AS p LEFT JOIN open_stages AS o "
        f"ON {same_pipeline('o', 'p')} GROUP BY 1) AS n JOIN pipelines AS p ON {same_pipeline('n', 'p')}"
    )


_HISTORY: Final = (
    "FROM deal_stage_history AS h JOIN cohort AS c ON c.deal_id = h.deal_id "
    f"LEFT JOIN ladder AS l ON l.step = h.stage_id AND {same_pipeline('l', 'c')} WHERE h.is_deleted IS NOT TRUE"
)


_SEEN: Final = f"bit_or({_ONE} << bit) AS visited, max(rung) AS furthest"


def _entries(owner: str) -> str:
    """One row a deal and stage: its first and last entry, and the owner at the first."""
    return (
        "SELECT h.deal_id, l.bit, l.rung, min(h.entered_at) AS first_at, max(h.entered_at) AS last_at, "
        f"arg_min({{'id': {owner}}}, h.entered_at).id AS owner_id {_HISTORY} GROUP BY ALL"
    )


def _past_of_entries() -> str:
    """The bits of the stages entered, and of those entered after every stage before them.

    Two entries of one moment, from files that know only days, are taken in the order of the stages.
    """
    before = "(PARTITION BY deal_id ORDER BY rung ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    passed = (
        f"SELECT *, rung IS NOT NULL AND COUNT(rung) OVER w = rung - 1 "
        f"AND COALESCE(max(first_at) OVER w <= last_at, TRUE) AS is_ordered FROM entries WINDOW w AS {before}"
    )
    return (
        f"SELECT deal_id, {_SEEN}, bit_or({_ONE} << bit) FILTER (WHERE is_ordered) AS ordered "
        f"FROM ({passed}) GROUP BY deal_id"
    )


def _known() -> str:
    """Every deal with what is known of its way; of one without history, its current or last open stage."""
    return (
        f"SELECT c.*, z.steps, p.deal_id IS NULL AS is_assumed, ({_ONE} << z.bit) - 1 AS stages, "
        f"COALESCE(CASE WHEN p.deal_id IS NULL THEN {_ONE} << a.bit ELSE p.visited END, 0) AS visited, "
        "COALESCE(CASE WHEN p.deal_id IS NULL THEN a.rung ELSE p.furthest END, 0) AS furthest, "
        "COALESCE(CASE WHEN p.deal_id IS NULL THEN CAST(a.rung = 1 AS HUGEINT) ELSE p.ordered END, 0) AS ordered, "
        "a.bit AS here "
        "FROM cohort AS c LEFT JOIN past AS p ON p.deal_id = c.deal_id "
        f"LEFT JOIN ladder AS a ON a.step = c.last_open_stage_id AND {same_pipeline('a', 'c')} "
        f"JOIN ladder AS z ON z.step = '{WON}' AND {same_pipeline('z', 'c')}"
    )


def _bits(mode: str) -> str:
    """The steps that a deal counts for by rule E5; stages without a position count when they were entered."""
    won = f"({_ONE} << steps)"
    passed = {
        "reached": f"CASE WHEN status = 'won' THEN stages | {won} ELSE ({_ONE} << furthest) - 1 END",
        "visited": f"(visited & stages) | CASE WHEN status = 'won' THEN {won} ELSE 0 END",
        "ordered": f"ordered | CASE WHEN status = 'won' AND ordered = stages THEN {won} ELSE 0 END",
    }[mode]
    return f"({passed}) | ((visited >> (steps + 1)) << (steps + 1))"


def counts_at(bit: str) -> str:
    """Return a condition on a row of ``counted``: the deal counts for the step of this bit."""
    return f"((c.counted >> ({bit})) & 1 = 1)"
