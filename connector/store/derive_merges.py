"""References to records that were merged into others point to the survivor, so that no figure loses their rows.

The merged row itself stays, deleted, with ``merged_into_id``. What it has lived through stays with it too: its
visits to stages, its changes of status and its people are those of a deleted record and count nowhere, because the
survivor brings its own, and the vendor gives it the links of both. Everything else that pointed to it (activities,
lines, leads, accounts below it ...) follows the survivor, over any number of merges; a circle of merges, which no
vendor should tell, is left as it is.
"""

from __future__ import annotations

from typing import Final

from connector.model.schema import ENTITIES, STORED
from connector.store import sql
from connector.store.derive_staging import Staging

STAYING: Final = frozenset({"deal_stage_history.deal_id", "deal_history.deal_id", "deal_contact.deal_id",
                            "lead_status_history.lead_id"})  # fmt: skip
"""References of rows that are part of the record they point to."""

_DOUBLINGS: Final = 20
"""A chain of merges is followed by joining the map with itself: this many times reaches a million links."""


def follow_merges(staging: Staging) -> None:
    """Rewrite the references of all staged entities to merged records. Costs one look at a column without merges."""
    merged = [entity for entity in STORED if staging.rows(entity) and _load_merges(staging, entity)]
    if not merged:
        return
    for entity in STORED:
        if staging.rows(entity):
            _rewrite(staging, entity, frozenset(merged))
    if "contact" in merged and staging.rows("deal_contact"):
        _drop_doubles(staging)


def _load_merges(staging: Staging, entity: str) -> bool:
    """Make the table ``merge_<entity>`` (id, survivor) of the merged records; return whether there are any."""
    found = f"FROM {staging.scan(entity)} WHERE merged_into_id <> id AND is_deleted"
    if not staging.number(f"SELECT count(*) {found}"):
        return False
    table = f"merge_{entity}"
    staging.run(f"CREATE TEMP TABLE {table} AS SELECT id, any_value(merged_into_id) AS survivor {found} GROUP BY id")
    follow = f"""
        CREATE OR REPLACE TEMP TABLE {table} AS
        SELECT m.id, coalesce(n.survivor, m.survivor) AS survivor
        FROM {table} m LEFT JOIN {table} n ON n.id = m.survivor
    """
    for _ in range(_DOUBLINGS):
        if not staging.number(f"SELECT count(*) FROM {table} m SEMI JOIN {table} n ON n.id = m.survivor"):
            break
        staging.run(follow)
    else:
        staging.run(f"DELETE FROM {table} WHERE survivor IN (SELECT id FROM {table})")
    return bool(staging.number(f"SELECT count(*) FROM {table}"))


def _rewrite(staging: Staging, entity: str, merged: frozenset[str]) -> None:
    """Rewrite the references of one entity, if any of them points to a merged record."""
    scan = staging.scan(entity)
    fills, joins = {}, ""
    for column in ENTITIES[entity].columns.values():
        if column.target not in merged or f"{entity}.{column.name}" in STAYING:
            continue
        name, table = sql.identifier(column.name), f"merge_{column.target}"
        if not staging.number(f"SELECT count(*) FROM {scan} r SEMI JOIN {table} m ON m.id = r.{name}"):
            continue
        joins += f" LEFT JOIN {table} m_{column.name} ON m_{column.name}.id = r.{name}"
        fills[column.name] = f"coalesce(m_{column.name}.survivor, r.{name})"
        if column.target == entity:  # what was below a merged record may now be that which survived
            fills[column.name] = f"nullif({fills[column.name]}, r.id)"
    if fills:
        staging.rewrite(entity, fills, f"{scan} r{joins}")


def _drop_doubles(staging: Staging) -> None:
    """A deal that had both the merged person and the survivor has one of them: the primary one, else with a role."""
    live = f"(SELECT * FROM {staging.scan('deal_contact')} WHERE is_deleted IS NOT TRUE)"
    staging.run(f"""
        CREATE TEMP TABLE double_contact AS
        SELECT d.id FROM {live} d SEMI JOIN merge_contact m ON m.survivor = d.contact_id
        QUALIFY row_number() OVER (PARTITION BY deal_id, contact_id
            ORDER BY is_primary IS NOT TRUE, role IS NULL, length(id), id) > 1
    """)
    if staging.number("SELECT count(*) FROM double_contact"):
        scan = staging.scan("deal_contact")
        fills = {"is_deleted": "r.is_deleted OR x.id IS NOT NULL"}
        staging.rewrite("deal_contact", fills, f"{scan} r LEFT JOIN double_contact x ON x.id = r.id")
