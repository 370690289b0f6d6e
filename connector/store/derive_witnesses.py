"""The witnesses of a deal's history, as rows on one line of time that set some columns and leave the others.

A row of the temporary table ``witness`` stands for a visit to a stage, a version of the deal in an export, or
the deal as it is now. A tracked column that is NULL is left as it was; one that was said to be empty holds the
value that :data:`EMPTY` names. The rules are told in :mod:`connector.store.history`.
"""

from __future__ import annotations

from typing import Final

from connector.store.derive_staging import Staging, in_bucket

CLOSED: Final = "IN ('won', 'lost', 'unqualified')"

USABLE: Final = "deal_id IS NOT NULL AND stage_id IS NOT NULL AND entered_at IS NOT NULL AND is_deleted IS NOT TRUE"
"""Which rows of the log of stages can be part of a history."""

EMPTY: Final = {
    "pipeline_id": "''",
    "stage_id": "''",
    "status": "''",
    "amount": "-999999999999999.9999",
    "currency": "''",
    "probability": "'-infinity'::DOUBLE",
    "expected_close_date": "DATE '-infinity'",
    "owner_id": "''",
}
"""What stands for "known to be empty" in a witness; no source can say it. Windows that skip NULL are cheap so."""

_TICK: Final = "INTERVAL 1 MICROSECOND"
"""Keeps the order of two changes that carry the same moment, such as two moves on one day."""

_LAST_TURN: Final = 1_000_000_000
"""At one moment visits come first, in their order, then versions, then the deal as it is now."""

_DEAL_NOW: Final = """
    SELECT d.id, coalesce(d.pipeline_id, s.pipeline_id) AS pipeline_id, d.stage_id,
           coalesce(d.status, s.kind) AS status, d.amount, d.currency,
           coalesce(d.probability, s.probability) AS probability, d.expected_close_date, d.owner_id,
           coalesce(d.is_deleted, false) AS is_deleted, coalesce(d.created_at, d.source_created_at) AS born_at,
           d.synced_at, d.closed_at, coalesce(d.source_system <> 'file', false) AS is_told,
           CASE WHEN d.closed_at IS NOT NULL THEN least(d.closed_at, d.synced_at) END AS closing_at,
           least(d.source_updated_at, d.synced_at) AS seen_at,
           CASE WHEN d.is_deleted THEN coalesce(d.deleted_at, least(d.source_updated_at, d.synced_at)) END
               AS removed_at
    FROM {deals} d LEFT JOIN stage_fact s ON s.id = d.stage_id
"""
"""The tracked columns as they are now, and the dates that place changes. ``least`` and ``greatest`` skip NULL.

``is_told``: versions of the deal are what its CRM says about the past, not what one export after another showed.
"""

_TRACED: Final = f"""
    SELECT row_number() OVER () AS deal, c.id, d.id IS NOT NULL AS is_known, d.* EXCLUDE (id),
           coalesce(d.status {CLOSED}, false) AS is_closed
    FROM (
        SELECT deal_id AS id FROM {{log}} WHERE {USABLE} AND {{log_bucket}}
        UNION
        SELECT id FROM {{versions}} WHERE observed_at IS NOT NULL AND {{version_bucket}}
        GROUP BY id HAVING min(observed_at) < max(observed_at)
        UNION
        SELECT o.id FROM {{versions}} o JOIN deal_now d ON d.id = o.id
        WHERE observed_at IS NOT NULL AND d.born_at IS NULL AND {{deal_bucket}}
    ) c LEFT JOIN deal_now d ON d.id = c.id
"""
"""Deals whose history needs witnesses: a single version says no more than the deal itself."""

_COVERED: Final = "s.deal IS NULL OR o.moment < s.first_at OR o.moment >= s.last_at"


def _version_says(name: str) -> str:
    """Inside the span of a deal's visits a version does not say where the deal stood, nor what that stage promises."""
    said = f"coalesce(o.{name}, {EMPTY[name]})"
    if name in ("pipeline_id", "stage_id", "status"):
        said = f"CASE WHEN {_COVERED} THEN {said} END"
    if name == "probability":
        said = f"CASE WHEN {_COVERED} THEN {said} ELSE o.own_probability END"
    return f"{said} AS {name}"


_WITNESSES: Final = f"""
    WITH version AS (
        SELECT d.deal, o.observed_at AS moment, coalesce(o.pipeline_id, s.pipeline_id) AS pipeline_id, o.stage_id,
               coalesce(o.status, s.kind) AS status, o.amount, o.currency,
               coalesce(o.probability, s.probability) AS probability, o.probability AS own_probability,
               o.expected_close_date, o.owner_id, coalesce(o.is_deleted, false) AS is_deleted,
               CASE WHEN d.is_closed THEN d.closed_at END AS closed_at, d.synced_at, d.is_told,
               o.stage_id IS DISTINCT FROM d.stage_id
               OR coalesce(o.status, s.kind) IS DISTINCT FROM d.status AS is_elsewhere
        FROM {{versions}} o
        JOIN traced d ON d.id = o.id AND d.is_known
        LEFT JOIN stage_fact s ON s.id = o.stage_id
        WHERE o.observed_at IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY d.deal, o.observed_at ORDER BY
            row(o.stage_id, o.amount, o.expected_close_date, o.owner_id)
            IS DISTINCT FROM row(d.stage_id, d.amount, d.expected_close_date, d.owner_id),
            o.pipeline_id, o.stage_id, o.status, o.amount, o.currency, o.probability, o.expected_close_date,
            o.owner_id, o.is_deleted) = 1
    ), seen AS (
        SELECT v.deal, v.entered_at AS moment, v.turn, 'vendor' AS origin,
               coalesce(v.pipeline_id, '') AS pipeline_id, v.stage_id, v.status, {{visit_says}},
               NULL::BOOLEAN AS is_deleted,
               NULL::TIMESTAMPTZ AS closed_at, NULL::TIMESTAMPTZ AS synced_at,
               v.stage_id IS DISTINCT FROM d.stage_id OR v.status IS DISTINCT FROM d.status AS is_elsewhere
        FROM visit v JOIN traced d ON d.deal = v.deal AND d.is_known
        UNION ALL BY NAME
        SELECT o.deal, o.moment, {_LAST_TURN} AS turn, CASE WHEN o.is_told THEN 'vendor' ELSE 'observed' END AS origin,
               {", ".join(map(_version_says, EMPTY))},
               o.is_deleted, o.closed_at, o.synced_at, ({_COVERED}) AND o.is_elsewhere AS is_elsewhere
        FROM version o
        LEFT JOIN (SELECT deal, min(entered_at) AS first_at, max(entered_at) AS last_at FROM visit GROUP BY deal) s
             USING (deal)
    ), ordered AS (
        SELECT *, lag(moment) OVER line AS moment_before, lead(moment) OVER line AS moment_after,
               coalesce(status {CLOSED} AND closed_at > coalesce(lag(moment) OVER line, '-infinity')
                        AND (status IS DISTINCT FROM lag(status) OVER line
                             OR stage_id IS DISTINCT FROM lag(stage_id) OVER line)
                        AND NOT bool_or(is_elsewhere) OVER rest, false) AS is_closing
        FROM seen
        WINDOW line AS (PARTITION BY deal ORDER BY moment, turn),
               rest AS (PARTITION BY deal ORDER BY moment, turn ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
    )
    SELECT * EXCLUDE (closed_at, synced_at, moment_before, moment_after, is_closing, is_elsewhere)
           REPLACE (CASE WHEN is_closing THEN greatest(moment_before + {_TICK}, least(closed_at,
                             CASE WHEN moment_after IS NOT NULL THEN moment
                                  WHEN synced_at IS NOT NULL THEN greatest(synced_at, moment) END))
                         ELSE moment END AS moment),
           true AS is_witness, origin = 'vendor' OR is_closing AS is_dated
    FROM ordered
"""
"""Visits and versions. The version that closed the deal for good moves to ``closed_at`` where the others allow it."""

_VISIT_SAYS: Final = {
    "amount": "v.amount",
    "currency": "CASE WHEN v.amount IS NOT NULL THEN coalesce(v.currency, '') END",
    "probability": f"coalesce(v.chance, CASE WHEN v.status = d.status THEN d.probability END, {EMPTY['probability']})",
    "expected_close_date": "NULL::DATE",
    "owner_id": "v.owner_id",
}

_NOW_SAYS: Final = ", ".join(f"coalesce({name}, {empty}) AS {name}" for name, empty in EMPTY.items())

_PRESENT: Final = f"""
    WITH last_seen AS (
        SELECT deal, max(moment) AS seen_until, arg_max(stage_id, (moment, turn)) AS last_stage,
               arg_max(status, (moment, turn)) AS last_status
        FROM witness GROUP BY deal
    ), placed AS (
        SELECT d.*, seen_until + {_TICK} AS next_at,
               is_closed AND closing_at IS NOT NULL
               AND (status <> last_status OR coalesce(stage_id, '') <> last_stage) AS is_closing
        FROM last_seen l JOIN traced d ON d.deal = l.deal
    ), dated AS (
        SELECT *, greatest(next_at, CASE WHEN is_closing THEN closing_at ELSE least(seen_at, removed_at) END) AS moment
        FROM placed
    )
    SELECT deal, moment, {_LAST_TURN} + 1 AS turn,
           CASE WHEN is_closing THEN 'reconstructed' ELSE 'observed' END AS origin, {_NOW_SAYS},
           CASE WHEN NOT is_deleted THEN false END AS is_deleted, false AS is_witness, true AS is_dated
    FROM dated
    UNION ALL
    SELECT deal, greatest(removed_at, moment), {_LAST_TURN} + 2, 'observed', {_NOW_SAYS},
           true, false, true
    FROM dated WHERE is_deleted
"""
"""The deal as it is now, and its deletion."""


def prepare_current(staging: Staging) -> None:
    """Make the relation ``deal_now``: every deal as it is now. The relation ``stage_fact`` must exist."""
    staging.run(f"CREATE TEMP VIEW deal_now AS {_DEAL_NOW.format(deals=staging.scan('deal'))}")


def first_witness(staging: Staging) -> int | None:
    """Return the moment of the first visit or, of two or more observations, the first, in epoch microseconds.

    None means that there is neither a visit nor a second observation.
    """
    (moment,) = staging.row(f"""
        SELECT epoch_us(least(
            (SELECT min(entered_at) FROM {staging.scan("deal_stage_history")} WHERE {USABLE}),
            (SELECT CASE WHEN min(observed_at) < max(observed_at) THEN min(observed_at) END
             FROM {staging.scan("deal_version")})))
    """)
    return None if moment is None else int(moment)


def load_traced(staging: Staging, bucket: int, buckets: int) -> int:
    """Make the table ``traced``: the deals of a bucket that need witnesses, numbered. Return how many are known."""
    query = _TRACED.format(
        log=staging.scan("deal_stage_history"),
        versions=staging.scan("deal_version"),
        log_bucket=in_bucket("deal_id", bucket, buckets),
        version_bucket=in_bucket("id", bucket, buckets),
        deal_bucket=in_bucket("d.id", bucket, buckets),
    )
    staging.run(f"CREATE OR REPLACE TEMP TABLE traced AS {query}")
    return staging.number("SELECT count(*) FILTER (is_known) FROM traced")


def loose_columns(staging: Staging) -> frozenset[str]:
    """Return the tracked columns that some witness may leave as they were: only those need to be carried on."""
    if not staging.rows("deal_stage_history"):
        return frozenset()
    if staging.rows("deal_version"):
        return frozenset(EMPTY)
    filled = staging.filled("deal_stage_history")
    return frozenset(({"amount", "currency"} if "amount" in filled else set()) | ({"owner_id"} & filled))


def load_witnesses(staging: Staging, loose: frozenset[str]) -> None:
    """Make the table ``witness`` of a bucket from the tables ``visit`` and ``traced``.

    A visit takes a column that is not ``loose`` from the deal as it is now: no other witness speaks of it.
    """
    visit_says = ", ".join(
        f"{says if name in loose or name == 'probability' else f'coalesce(d.{name}, {EMPTY[name]})'} AS {name}"
        for name, says in _VISIT_SAYS.items()
    )
    query = _WITNESSES.format(versions=staging.scan("deal_version"), visit_says=visit_says)
    staging.run(f"CREATE OR REPLACE TEMP TABLE witness AS {query}")
    staging.run(f"INSERT INTO witness BY NAME {_PRESENT}")
