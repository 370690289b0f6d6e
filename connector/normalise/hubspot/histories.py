"""Former values of properties as rows: visits to stages, versions of deals, changes of the status of leads."""

from __future__ import annotations

from typing import Final

from connector.normalise.hubspot.stages import lead_stages, lead_word
from connector.normalise.hubspot.tables import Tables, value_at

TRACKED: Final = {
    "dealstage": "stage_id",
    "pipeline": "pipeline_id",
    "amount": "amount",
    "deal_currency_code": "currency",
    "closedate": "close_date",
    "hubspot_owner_id": "owner_id",
}
"""Property of a deal whose former values are asked for to the column of the datasets made of them."""

READ: Final = ("id", "updatedAt", *(f"{kind}.{name}" for name in TRACKED for kind in ("history", "properties")))
"""Columns of the deals from which both datasets of a deal are made."""


def deal_stage_events(tables: Tables) -> str | None:
    """One row per entry of a deal into a stage, with the pipeline, amount, currency and owner of that moment."""
    if not tables.has("deals", "history.dealstage"):
        return None
    others = {name: column for name, column in TRACKED.items() if name != "dealstage"}
    read = ", ".join(f"{tables.history('deals', name)} AS h_{column}" for name, column in TRACKED.items())
    told = ", ".join(f"{value_at(f'h_{column}', 'step.stamp')} AS {column}" for column in others.values())
    listed = ", ".join(f"h_{column}" for column in others.values())
    steps = f"SELECT id, unnest(h_stage_id) AS step, {listed} FROM (SELECT id, {read} FROM {tables.scan('deals')})"
    return (
        f"SELECT id || '/' || epoch_ms(step.stamp) || '/' || step.value AS id, id AS deal_id, step.value AS stage_id,"
        f" step.stamp AS entered_at, step.author AS changed_by, step.source AS source, {told}"
        f" FROM ({steps}) WHERE step.value IS NOT NULL"
    )


def deal_versions(tables: Tables) -> str | None:
    """Every deal that has changed, as it stood after each change of a tracked property, and as it stands now.

    Columns as in :data:`TRACKED` and ``updated_at``. The last row of a deal is what its own properties say. A deal
    whose values never changed has no rows here: its own row says it all.
    """
    known = {name: column for name, column in TRACKED.items() if tables.has("deals", f"history.{name}")}
    if not known or "updatedAt" not in tables.columns("deals"):
        return None
    read = ", ".join(f"{tables.history('deals', name)} AS h_{column}" for name, column in known.items())
    now = ", ".join(f"{tables.property('deals', name)} AS n_{column}" for name, column in TRACKED.items())
    updated = 'try_cast("updatedAt" AS TIMESTAMPTZ) AS updated_at'
    moments = ", ".join(f"list_transform(h_{column}, lambda h: h.stamp)" for column in known.values())
    source = (
        f"SELECT *, list_sort(list_distinct(flatten([{moments}]))) AS moments"
        f" FROM (SELECT id, {updated}, {read}, {now} FROM {tables.scan('deals')})"
    )
    chosen = f"SELECT * FROM ({source}) WHERE len(moments) > 1"
    # A moment that is NULL stands for now: so the histories are read once.
    then = ", ".join(
        f"CASE WHEN moment IS NULL THEN n_{column} ELSE {value_at(f'h_{column}', 'moment')} END AS {column}"
        if column in known.values()
        else f"n_{column} AS {column}"
        for column in TRACKED.values()
    )
    now_at = "greatest(updated_at, moments[-1] + INTERVAL 1 MICROSECOND)"
    unnested = f"SELECT *, unnest(list_append(moments, NULL)) AS moment FROM ({chosen})"
    return f"SELECT id, coalesce(moment, {now_at}) AS updated_at, {then} FROM ({unnested})"


def lead_status_events(tables: Tables) -> str | None:
    """One row per change of the stage of a lead, in our words for the status of a lead."""
    if not tables.has("leads", "history.hs_pipeline_stage"):
        return None
    history = tables.history("leads", "hs_pipeline_stage")
    pair = "{'stamp': h.stamp, 'stage': h.value, 'before': history[i - 1].value}"
    read = f"SELECT id, {history} AS history FROM {tables.scan('leads')}"
    steps = f"SELECT id, unnest(list_transform(history, lambda h, i: {pair})) AS step FROM ({read})"
    to_word = lead_word("step.stage", "t.label", "t.is_closed")
    from_word = lead_word("step.before", "f.label", "f.is_closed")
    return (
        f"SELECT e.id || '/' || epoch_ms(step.stamp) || '/' || step.stage AS id, e.id AS lead_id,"
        f" {from_word} AS from_status, {to_word} AS to_status, step.stamp AS changed_at FROM ({steps}) e"
        f" LEFT JOIN ({lead_stages(tables)}) t ON t.stage = step.stage"
        f" LEFT JOIN ({lead_stages(tables)}) f ON f.stage = step.before WHERE step.stage IS NOT NULL"
    )
