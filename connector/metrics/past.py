"""Deals as they were: the versions of ``deal_history`` in place of the deal as it is now."""

from __future__ import annotations

from typing import Final

HISTORY_COLUMNS: Final = (
    "pipeline_id", "stage_id", "status", "amount", "currency", "probability", "expected_close_date", "owner_id",
    "is_deleted",
)  # fmt: skip

_CHANGED: Final = (
    "SELECT *, status IS DISTINCT FROM lag(status) OVER (PARTITION BY deal_id ORDER BY valid_from, id) AS changed "
    "FROM deal_history"
)
_SINCE: Final = (
    "SELECT *, MAX(CASE WHEN changed THEN valid_from END) OVER (PARTITION BY deal_id ORDER BY valid_from, id "
    "ROWS UNBOUNDED PRECEDING) AS since, "
    "MAX(CASE WHEN changed THEN valid_from END) OVER (PARTITION BY deal_id) AS latest "
    f"FROM ({_CHANGED})"
)
_CLOSINGS: Final = (
    "SELECT *, FIRST_VALUE(owner_id) OVER (PARTITION BY deal_id, since ORDER BY valid_from, id) AS first_owner_id "
    f"FROM ({_SINCE})"
)


def past_deals(*, closed: bool, owners_of_today: bool) -> str:
    """Return SQL for the versions of deals as rows like those of ``deal``, each from ``valid_from`` to ``valid_to``.

    ``closed``: a version says when and by whom the deal was closed by then. The closing that still holds is dated
    as the source dates it; one that was undone later has the moment it was recorded. ``owners_of_today`` leaves a
    deal with its current owner (rule E13).
    """
    past = [name for name in HISTORY_COLUMNS if not (owners_of_today and name == "owner_id")]
    replaced = ", ".join(f"h.{name} AS {name}" for name in past)
    source, day, owner = "deal_history", "d.closed_at", "h.owner_id"
    if closed:
        source = f"({_CLOSINGS})"
        day = "CASE WHEN h.since = h.latest THEN d.closed_at ELSE h.since END"
        owner = "CASE WHEN h.since = h.latest THEN d.closing_owner_id ELSE h.first_owner_id END"
    owner = "d.owner_id" if owners_of_today else owner
    return (
        f"(SELECT d.* REPLACE ({replaced}, CASE WHEN h.status = 'open' THEN NULL ELSE {day} END AS closed_at, "
        f"{owner} AS closing_owner_id), h.valid_from, h.valid_to, h.id AS version_id "
        f"FROM {source} AS h JOIN deal AS d ON d.id = h.deal_id)"
    )
