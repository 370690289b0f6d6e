"""Visits of deals to stages, made from whatever log of stage changes the source gives.

The log may hold one row per change, per visit or per export of it. Rows are put in order by ``entered_at``,
then by the position of the stage (a file that only knows days lists a day's stages in any order), then by
id; rows in a row of the same stage are one visit. Nothing is made up for a deal without rows. A first row that
names the stage it came from proves one earlier visit: it is added, entered when the deal was created.
"""

from __future__ import annotations

from typing import Final

from connector.store import sql
from connector.store.derive_staging import Staging, columns, projection
from connector.store.derive_witnesses import USABLE

STAGE_FACTS: Final = """
    SELECT *, max(step) OVER (PARTITION BY pipeline_id) AS steps
    FROM (
        SELECT id, pipeline_id, kind, position, probability, forecast_category,
               CASE WHEN kind = 'open' AND position IS NOT NULL THEN
                   dense_rank() OVER (PARTITION BY pipeline_id, kind = 'open' AND position IS NOT NULL
                                      ORDER BY position)
               END AS step
        FROM (SELECT DISTINCT ON (id) * FROM {stages} ORDER BY id, position, kind, pipeline_id)
    )
"""
"""One row per stage; ``step`` counts the open stages of its pipeline up to it, ``steps`` all of them."""

_NEEDED: Final = ("id", "deal_id", "pipeline_id", "from_stage_id", "stage_id", "entered_at", "exited_at", "owner_id",
                  "amount", "currency", "is_deleted")  # fmt: skip
_COMPUTED: Final = frozenset({"duration_seconds", "is_backward", "is_skip"})

_ENTRIES: Final = f"""
    SELECT *, row_number() OVER line AS turn,
           last_value(exited_at) OVER (line ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS left_at,
           coalesce(lag(stage_id) OVER line, nullif(from_stage_id, stage_id)) AS came_from
    FROM (
        SELECT d.deal, {{columns}},
               coalesce(s.kind, CASE WHEN h.stage_id = d.stage_id THEN d.status END, 'open') AS status,
               s.probability AS chance, s.pipeline_id AS stage_pipeline_id, s.position
        FROM (SELECT * FROM {{log}} WHERE {USABLE}) h
        JOIN traced d ON d.id = h.deal_id
        LEFT JOIN stage_fact s ON s.id = h.stage_id
    )
    WINDOW line AS (PARTITION BY deal ORDER BY entered_at, position NULLS LAST, length(id), id)
    QUALIFY stage_id IS DISTINCT FROM lag(stage_id) OVER line
"""

_PROVEN: Final = """
    SELECT e.* REPLACE (
        e.id || '@from' AS id, e.came_from AS stage_id, NULL AS came_from, NULL AS exited_at, d.born_at AS entered_at,
        0 AS turn, NULL AS pipeline_id, s.position AS position, s.probability AS chance,
        s.pipeline_id AS stage_pipeline_id,
        coalesce(s.kind, CASE WHEN e.came_from = d.stage_id THEN d.status END, 'open') AS status)
    FROM entry e JOIN traced d ON d.deal = e.deal LEFT JOIN stage_fact s ON s.id = e.came_from
    WHERE e.turn = 1 AND e.came_from IS NOT NULL AND d.born_at < e.entered_at
"""
"""The stage that the first row of a log says it left, entered when the deal was created."""


def unusable_rows(staging: Staging) -> int:
    """Return how many rows of the log lack a deal, a stage or a time and cannot be part of a history."""
    source = staging.scan("deal_stage_history")
    return staging.number(f"SELECT count(*) FROM {source} WHERE is_deleted IS NOT TRUE AND NOT ({USABLE})")


def load_visits(staging: Staging) -> int:
    """Make the table ``visit``: the visits of the deals of the table ``traced``; return their number.

    Beside columns of deal_stage_history it holds the number of the ``deal``, the ``turn`` of the visit, ``status``
    and ``chance`` (probability) by its stage, ``next_entered_at``, and ``left_at``, the end that the source itself
    gave for the last visit.
    """
    log = staging.scan("deal_stage_history")
    filled = staging.filled("deal_stage_history")
    kept = ", ".join(f"h.{sql.identifier(name)}" for name in columns("deal_stage_history")
                     if name in _NEEDED or name in filled - _COMPUTED)  # fmt: skip
    staging.run(f"CREATE OR REPLACE TEMP TABLE entry AS {_ENTRIES.format(columns=kept, log=log)}")
    if "from_stage_id" in filled:
        staging.run(f"INSERT INTO entry BY NAME {_PROVEN}")
    staging.run("""
        CREATE OR REPLACE TEMP TABLE visit AS
        SELECT v.* EXCLUDE (came_from, stage_pipeline_id, position) REPLACE (
                   coalesce(v.pipeline_id, v.stage_pipeline_id, d.pipeline_id) AS pipeline_id,
                   v.came_from AS from_stage_id, coalesce(v.currency, d.currency) AS currency),
               lead(v.entered_at) OVER (PARTITION BY v.deal ORDER BY v.turn) AS next_entered_at
        FROM entry v JOIN traced d ON d.deal = v.deal
    """)
    staging.run("DROP TABLE entry")
    return staging.number("SELECT count(*) FROM visit")


def write_visits(staging: Staging, part: int) -> None:
    """Write the loaded visits, each ended by the next visit or by ``departure``.

    The table ``departure`` (deal, departed_at) says when history sees a deal leave the stage of its last visit.
    Moves between pipelines are neither backward nor skips: positions of two do not compare.
    """
    left_at = "coalesce(v.next_entered_at, CASE WHEN v.left_at >= v.entered_at THEN v.left_at END, e.departed_at)"
    same_pipeline = "coalesce(f.pipeline_id = t.pipeline_id, true)"
    kept = {name for name in _NEEDED if name != "exited_at"} | staging.filled("deal_stage_history") - _COMPUTED
    fills = {name: f"v.{sql.identifier(name)}" for name in kept} | {
        "exited_at": left_at,
        "duration_seconds": f"(epoch_us({left_at}) - epoch_us(v.entered_at)) // 1000000",
        "is_backward": f"coalesce({same_pipeline} AND t.step < f.step, false)",
        "is_skip": f"""coalesce({same_pipeline} AND CASE
                       WHEN t.kind = 'won' THEN f.step < f.steps ELSE t.step > f.step + 1 END, false)""",
    }
    staging.write(
        "deal_stage_history",
        f"""SELECT {projection("deal_stage_history", fills)}
            FROM visit v
            LEFT JOIN departure e ON e.deal = v.deal
            LEFT JOIN stage_fact f ON f.id = v.from_stage_id
            LEFT JOIN stage_fact t ON t.id = v.stage_id""",
        part,
    )
