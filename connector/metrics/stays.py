"""How long records stayed in a state.

``stage_stay``: all visits of one deal to one stage, once the deal has left it (rules E6, E23). ``lead_state``: the
status of a lead from one change to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

STAY_ENTITIES: Final = frozenset({"deal_stage_history"})

_STAYS: Final = """
    SELECT deal_id || '/' || stage_id AS id, deal_id, stage_id, any_value(pipeline_id) AS pipeline_id,
           arg_max(owner_id, entered_at) AS owner_id,
           SUM(epoch(exited_at) - epoch(entered_at)) AS seconds, COUNT(*) AS visits, MAX(exited_at) AS exited_at
    FROM deal_stage_history
    WHERE is_deleted IS NOT TRUE
    GROUP BY deal_id, stage_id
    HAVING COUNT(*) = COUNT(exited_at) AND bool_and(exited_at >= entered_at)
"""

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
    """Return the stays. A deal that is still in the stage is left out, and so is a visit that ends before it begins."""
    del rows
    return _STAYS
