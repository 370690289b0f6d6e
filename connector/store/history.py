"""What was known of each deal at each moment: the intervals of ``deal_history``.

Three witnesses tell where a deal stood: visits to stages that the source recorded (origin ``vendor``),
versions of the deal seen in one export after another (``observed``; those of a CRM are its own account of the past,
``vendor``), and its creation and closing dates (``reconstructed``). They are laid on one line of time:

* a visit sets pipeline, stage, status and the usual probability of the stage, and owner and amount when it
  names them; between its first and its last visit a deal's stage follows the visits alone;
* a version sets everything. A version that is the first to be closed counts from ``closed_at`` when that lies
  between it and the witness before;
* the deal as it is now comes last. Where it differs from the last witness, the change is dated by ``closed_at``
  (a closing), ``deleted_at`` (a deletion), else by the source's last update or the import that brought it, but
  never before the last witness.

What no witness has said yet is taken from the first that says it, so the first state reaches back to the
creation of the deal. A deal first seen closed was open from its creation until ``closed_at``, in a stage that
nobody knows. A closing date after the import that brought it counts as that import. A deal without a creation
date begins with its first witness or its closing, else with its last update, else with its import, else at
1970-01-01.
"""

from __future__ import annotations

from typing import Final

from connector.store.derive_staging import Staging, in_bucket, projection
from connector.store.derive_witnesses import CLOSED, EMPTY

FOREVER: Final = 2**62
"""Epoch microseconds after every moment."""

_STATE: Final = (*EMPTY, "is_deleted")
_IS_NEW: Final = " OR ".join(f"{name} IS DISTINCT FROM lag({name}) OVER line" for name in _STATE)
_READ: Final = ", ".join(f"nullif({name}, {empty}) AS {name}" for name, empty in EMPTY.items())
_READ_OPEN: Final = ", ".join(
    {"stage_id": "NULL AS stage_id", "probability": "NULL AS probability", "status": "'open' AS status"}.get(
        name, f"nullif({name}, {empty}) AS {name}"
    )
    for name, empty in EMPTY.items()
)
"""The state before a closing that is the first thing known: open, in a stage that nobody knows."""

_INTERVALS: Final = f"""
    WITH told AS (
        SELECT deal, moment, turn, origin, is_witness, is_dated, {{carried}},
               coalesce(last_value(is_deleted IGNORE NULLS) OVER past, false) AS is_deleted
        FROM witness
        WINDOW line AS (PARTITION BY deal ORDER BY moment, turn),
               past AS (PARTITION BY deal ORDER BY moment, turn ROWS UNBOUNDED PRECEDING),
               later AS (PARTITION BY deal ORDER BY moment, turn ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING)
        QUALIFY moment IS DISTINCT FROM lead(moment) OVER line
    ), changed AS (
        SELECT *, lag(deal) OVER line IS NULL AS is_first
        FROM told
        WINDOW line AS (PARTITION BY deal ORDER BY moment)
        QUALIFY is_first OR {_IS_NEW}
    ), begun AS (
        SELECT c.*, d.id, d.born_at,
               c.is_first AND coalesce(d.born_at < c.moment, false) AS is_late,
               c.is_first AND c.status {CLOSED} AND c.is_dated AS is_closing
        FROM changed c JOIN traced d ON d.deal = c.deal
    ), reaching AS (
        SELECT deal, id, CASE WHEN is_late AND NOT is_closing THEN born_at ELSE moment END AS valid_from, {_READ},
               is_deleted,
               CASE WHEN is_first AND origin = 'observed' AND (is_late OR is_closing) THEN 'reconstructed'
                    ELSE origin END AS origin,
               is_witness AND (origin = 'vendor' OR NOT is_first) AS is_change,
               CASE WHEN is_first THEN moment END AS known_at
        FROM begun
        UNION ALL BY NAME
        SELECT deal, id, born_at AS valid_from, {_READ_OPEN}, false AS is_deleted,
               'reconstructed' AS origin, false AS is_change, NULL AS known_at
        FROM begun WHERE is_late AND is_closing
    )
    SELECT *, lead(valid_from) OVER (PARTITION BY deal ORDER BY valid_from) AS valid_to FROM reaching
"""
"""Intervals of the traced deals. ``is_change``: a witness saw it begin; ``known_at``: when the first witness spoke."""

_UNTRACED: Final = f"""
    WITH dated AS NOT MATERIALIZED (
        SELECT *, CASE WHEN status {CLOSED} THEN closing_at END AS ended_at FROM deal_now d WHERE {{chosen}}
    ), placed AS NOT MATERIALIZED (
        SELECT *, coalesce(ended_at, born_at, seen_at, to_timestamp(0)) AS moment FROM dated
    ), gone AS NOT MATERIALIZED (
        SELECT *, CASE WHEN is_deleted THEN greatest(removed_at, moment) END AS gone_at FROM placed
    )
    SELECT id, moment AS valid_from, CASE WHEN gone_at > moment THEN gone_at END AS valid_to, pipeline_id,
           stage_id, status, amount, currency, probability, expected_close_date, owner_id,
           coalesce(gone_at = moment, false) AS is_deleted
    FROM gone
    UNION ALL
    SELECT id, gone_at, NULL, pipeline_id, stage_id, status, amount, currency, probability, expected_close_date,
           owner_id, true
    FROM gone WHERE gone_at > moment
    UNION ALL
    SELECT id, born_at, moment, pipeline_id, NULL, 'open', amount, currency, NULL, expected_close_date, owner_id, false
    FROM gone WHERE ended_at > born_at
"""
"""Intervals of deals that have only their own dates: open from creation, closed from ``closed_at``.

Reading the narrow columns three times costs less than keeping them, in time and in memory.
"""

_DEPARTURES: Final = """
    SELECT v.deal, min(e.valid_from) AS departed_at
    FROM visit v JOIN era e ON e.deal = v.deal AND e.valid_from >= v.entered_at
    WHERE v.next_entered_at IS NULL AND (e.stage_id IS DISTINCT FROM v.stage_id OR e.status IS DISTINCT FROM v.status)
    GROUP BY v.deal
"""

_FACTS: Final = f"""
    WITH told AS (
        SELECT e.deal, e.valid_from, e.stage_id, e.owner_id, e.is_change, d.closed_at, d.is_closed,
               coalesce(e.status {CLOSED}, false) AS was_closed,
               e.stage_id IS DISTINCT FROM d.stage_id OR e.status IS DISTINCT FROM d.status AS is_elsewhere
        FROM era e JOIN traced d ON d.deal = e.deal
    ), placed AS (
        SELECT *, lag(was_closed) OVER line AS closed_before,
               max(CASE WHEN is_elsewhere THEN valid_from END) OVER (PARTITION BY deal) AS elsewhere_at
        FROM told WINDOW line AS (PARTITION BY deal ORDER BY valid_from)
    ), arrived AS (
        SELECT *, min(CASE WHEN elsewhere_at IS NULL OR valid_from > elsewhere_at THEN valid_from END)
                      OVER (PARTITION BY deal) AS arrived_at
        FROM placed
    ), closed AS (
        SELECT * REPLACE (coalesce(closed_at, min(CASE WHEN is_closed AND is_change AND valid_from = arrived_at
                                                       THEN valid_from END) OVER (PARTITION BY deal)) AS closed_at)
        FROM arrived
    ), dated AS (
        SELECT *, CASE WHEN closed_at = closed_at::DATE::TIMESTAMPTZ AND arrived_at::DATE = closed_at::DATE
                       THEN greatest(arrived_at, closed_at) ELSE closed_at END AS signed_at
        FROM closed
    ), facts AS (
        SELECT deal, arg_max_null(owner_id, valid_from) FILTER (is_closed AND valid_from <= signed_at)
                   AS closing_owner_id,
               arg_max(stage_id, valid_from) FILTER (NOT was_closed) AS last_open_stage_id,
               count(*) FILTER (closed_before AND NOT was_closed) AS reopened_count, any_value(closed_at) AS closed_at
        FROM dated GROUP BY deal
    )
    SELECT d.id AS deal_id, f.* EXCLUDE (deal) FROM facts f JOIN traced d ON d.deal = f.deal
"""
"""What deal rows learn from their history. A ``closed_at`` that is a bare day means the change of that day."""


def write_untraced(staging: Staging, bucket: int, buckets: int, *, has_traced: bool) -> None:
    """Write the intervals of the deals of a bucket that have no witness beside themselves."""
    chosen = in_bucket("d.id", bucket, buckets)
    if has_traced:
        chosen += " AND NOT EXISTS (SELECT 1 FROM traced t WHERE t.id = d.id)"
    _write(staging, f"SELECT *, 'reconstructed' AS origin FROM ({_UNTRACED.format(chosen=chosen)})", 2 * bucket)


def prepare_traces(staging: Staging) -> None:
    """Make the empty tables that gather over all buckets: ``deal_fact`` and ``blind``."""
    staging.run("""
        CREATE TEMP TABLE deal_fact (
            deal_id VARCHAR, closing_owner_id VARCHAR, last_open_stage_id VARCHAR, reopened_count BIGINT,
            closed_at TIMESTAMPTZ);
        CREATE TEMP TABLE blind (from_us BIGINT, to_us BIGINT)
    """)


def load_eras(staging: Staging, loose: frozenset[str]) -> None:
    """Make the tables ``era``, the intervals of the traced deals of a bucket, and ``departure`` from ``witness``.

    ``departure`` says when a deal was seen to leave the stage of its last visit.
    """
    carried = ", ".join(_carried(name) if name in loose else name for name in EMPTY)
    staging.run(f"CREATE OR REPLACE TEMP TABLE era AS {_INTERVALS.format(carried=carried)}")
    staging.run(f"CREATE OR REPLACE TEMP TABLE departure AS {_DEPARTURES}")


def _carried(name: str) -> str:
    said, later = f"last_value({name} IGNORE NULLS) OVER past", f"first_value({name} IGNORE NULLS) OVER later"
    return f"coalesce({said}, {later}) AS {name}"


def write_traced(staging: Staging, bucket: int) -> None:
    """Write the intervals of the table ``era``."""
    _write(staging, "SELECT * FROM era", 2 * bucket + 1)


def keep_facts(staging: Staging) -> None:
    """Add to the table ``deal_fact`` what the deals of a bucket learn from the table ``era``."""
    staging.run(f"INSERT INTO deal_fact BY NAME {_FACTS}")


def keep_blind_spans(staging: Staging, bucket: int, buckets: int, since: int) -> None:
    """Add to the table ``blind`` the spans in which a deal's state is a guess, in epoch microseconds from ``since``."""
    chosen = in_bucket("d.id", bucket, buckets)
    staging.run(f"""
        INSERT INTO blind
        SELECT from_us, to_us FROM (
            SELECT min(epoch_us(valid_from)) AS from_us, max(epoch_us(known_at)) AS to_us FROM era GROUP BY deal
            UNION ALL
            SELECT epoch_us(coalesce(born_at, known_at, to_timestamp(0))), coalesce(epoch_us(known_at), {FOREVER})
            FROM (
                SELECT d.id, born_at, coalesce(CASE WHEN status {CLOSED} THEN closing_at END,
                           least(seen_at, o.observed_at)) AS known_at
                FROM deal_now d LEFT JOIN (
                    SELECT id, min(observed_at) AS observed_at FROM {staging.scan("deal_version")} d
                    WHERE {chosen} GROUP BY id
                ) o ON o.id = d.id
            ) d
            WHERE {chosen} AND NOT EXISTS (SELECT 1 FROM traced t WHERE t.id = d.id)
        ) WHERE to_us > greatest({since}, from_us)
    """)


def trusted_since(staging: Staging, since: int) -> int | None:
    """Return the first moment from ``since`` on at which no deal's state was a guess, in epoch microseconds.

    Deals created later do not count: for them the guess only covers the time until the next export. None means
    that there is no such moment.
    """
    reached = staging.number(f"""
        WITH ordered AS (
            SELECT from_us, to_us, max(to_us) OVER (ORDER BY from_us, to_us
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reach
            FROM blind
        )
        SELECT greatest({since}, max(to_us)) FROM ordered
        WHERE from_us < coalesce((
            SELECT min(from_us) FROM ordered WHERE from_us > greatest({since}, reach)), {FOREVER})
    """)
    return reached if reached < FOREVER else None


def _write(staging: Staging, query: str, part: int) -> None:
    told = ("valid_from", "valid_to", "pipeline_id", "stage_id", "status", "amount", "currency",
            "probability", "expected_close_date", "owner_id", "is_deleted", "origin")  # fmt: skip
    fills = {name: f"h.{name}" for name in told} | {"id": "h.id || '@' || epoch_us(h.valid_from)", "deal_id": "h.id"}
    staging.write("deal_history", f"SELECT {projection('deal_history', fills)} FROM ({query}) h", part)
