"""How long records stayed in a state.

``stage_stay``: all visits of one deal to one stage, once the deal has left it (rules E6, E23). ``lead_state``: the
status of a lead from one change to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connector.metrics.basis import with_open_stays
from connector.metrics.sql import literal

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

STAY_ENTITIES: Final = frozenset({"deal_stage_history"})

_STAYS: Final = """
    SELECT deal_id || '/' || stage_id AS id, deal_id, stage_id, any_value(pipeline_id) AS pipeline_id,
           arg_max(owner_id, entered_at) AS owner_id,
           SUM(epoch(exited_at) - epoch(entered_at)) AS seconds, COUNT(*) AS visits, MAX(exited_at) AS exited_at,
           bool_or(still_there) AS still_there
    FROM {visits}
    WHERE is_deleted IS NOT TRUE
    GROUP BY deal_id, stage_id
    HAVING COUNT(*) = COUNT(exited_at) AND bool_and(exited_at >= entered_at)
"""

_LEFT: Final = "(SELECT *, FALSE AS still_there FROM deal_stage_history)"

_UNTIL_NOW: Final = """(
    SELECT h.* REPLACE (CASE WHEN {open} THEN {now} ELSE h.exited_at END AS exited_at), {open} AS still_there
    FROM deal_stage_history AS h LEFT JOIN deal AS d ON d.id = h.deal_id
)"""
_OPEN: Final = "(h.exited_at IS NULL AND d.status = 'open' AND d.stage_id = h.stage_id)"

LEAD_STATE_ENTITIES: Final = frozenset({"lead_status_history"})

_STATES: Final = """
    SELECT id, lead_id, to_status AS status, changed_at AS valid_from,
           LEAD(changed_at) OVER (PARTITION BY lead_id ORDER BY changed_at, id) AS valid_to
    FROM lead_status_history
    WHERE is_deleted IS NOT TRUE
"""


def lead_states(rows: Rows) -> str:
    """Return the states of leads, one row from each change to the next."""
    del rows
    return _STATES


def stage_stays(rows: Rows) -> str:
    """Return the stays. A deal that is still in the stage is left out, and so is a visit that ends before it begins.

    ``$include_open`` 1 takes deals that are still in the stage too, as if they left it now (rule E23): they count in
    a period that holds this moment.
    """
    visits = _LEFT
    if with_open_stays(rows.request.parameters):
        rows.entities.add("deal")
        visits = _UNTIL_NOW.format(open=_OPEN, now=literal(rows.window.now))
    return _STAYS.format(visits=visits)
