"""The derived columns of deals: what they learn from their stage, lead, activities and history."""

from __future__ import annotations

from typing import Final

from connector.store.derive_staging import Staging
from connector.store.derive_witnesses import CLOSED

IS_DONE: Final = "coalesce(status = 'done', completed_at IS NOT NULL)"
IS_PLANNED: Final = "coalesce(status = 'planned', completed_at IS NULL)"
IS_FIRST_ACTION: Final = f"type IN ('call', 'email') AND direction = 'outbound' AND {IS_DONE}"
"""An outbound call or email that took place (schema: ``first_action_at`` of leads and deals)."""

_LEADS: Final = """
    CREATE OR REPLACE TEMP TABLE deal_lead AS
    WITH candidate AS (
        SELECT d.id AS deal_id, l.id, l.created_at, l.source, l.source_category
        FROM {deals} d JOIN {leads} l ON l.id = d.lead_id WHERE l.is_deleted IS NOT TRUE
        UNION
        SELECT converted_deal_id, id, created_at, source, source_category
        FROM {leads} WHERE converted_deal_id IS NOT NULL AND is_deleted IS NOT TRUE
    )
    SELECT * EXCLUDE (id) FROM candidate
    QUALIFY row_number() OVER (PARTITION BY deal_id ORDER BY created_at NULLS LAST, id) = 1
"""
"""The lead of a deal: the earliest that names the deal or is named by it (metrics.yaml, notation)."""

_ACTIVITIES: Final = f"""
    CREATE OR REPLACE TEMP TABLE deal_activity AS
    SELECT deal_id, min(due_at) FILTER ({IS_PLANNED}) AS next_at,
           min(coalesce(started_at, completed_at)) FILTER ({IS_FIRST_ACTION}) AS first_action_at
    FROM {{activities}} WHERE deal_id IS NOT NULL AND is_deleted IS NOT TRUE GROUP BY deal_id
"""

_STATUS: Final = "coalesce(r.status, s.kind)"


def derive_deals(staging: Staging, *, has_history: bool) -> None:
    """Write the deals with their derived and inherited columns; joins only what was staged.

    Needs the tables ``stage_fact`` and, with ``has_history``, ``deal_fact``.
    """
    fills = {
        "status": _STATUS,
        "pipeline_id": "coalesce(r.pipeline_id, s.pipeline_id)",
        "probability": "coalesce(r.probability, s.probability)",
        "forecast_category": "coalesce(r.forecast_category, s.forecast_category)",
        "closed_at": f"CASE WHEN {_STATUS} = 'open' THEN NULL ELSE r.closed_at END",
        "closing_owner_id": "r.owner_id",
        "last_open_stage_id": f"CASE WHEN {_STATUS} {CLOSED} THEN NULL ELSE r.stage_id END",
        "lead_created_at": "NULL",
    }
    joins = "LEFT JOIN stage_fact s ON s.id = r.stage_id"
    if has_history:
        joins += " LEFT JOIN deal_fact f ON f.deal_id = r.id"
        fills |= {
            "closed_at": f"CASE WHEN {_STATUS} = 'open' THEN NULL ELSE coalesce(r.closed_at, f.closed_at) END",
            "closing_owner_id": "coalesce(f.closing_owner_id, r.owner_id)",
            "last_open_stage_id": f"CASE WHEN {_STATUS} {CLOSED} THEN f.last_open_stage_id ELSE r.stage_id END",
            "reopened_count": "coalesce(r.reopened_count, f.reopened_count)",
        }
    if staging.rows("lead"):
        staging.run(_LEADS.format(deals=staging.scan("deal"), leads=staging.scan("lead")))
        joins += " LEFT JOIN deal_lead l ON l.deal_id = r.id"
        fills |= {
            "lead_created_at": "l.created_at",
            "source": "coalesce(r.source, l.source)",
            "source_category": "coalesce(r.source_category, l.source_category)",
        }
    if staging.rows("activity"):
        staging.run(_ACTIVITIES.format(activities=staging.scan("activity")))
        joins += " LEFT JOIN deal_activity a ON a.deal_id = r.id"
        fills |= {
            "next_activity_at": "coalesce(r.next_activity_at, a.next_at)",
            "first_action_at": "coalesce(r.first_action_at, a.first_action_at)",
        }
    staging.rewrite("deal", fills, f"{staging.scan('deal')} r {joins}")
