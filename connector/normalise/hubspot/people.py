"""What an owner's row says in pieces: the name and the team."""

from __future__ import annotations

from connector.normalise.hubspot.tables import Tables


def owner_links(tables: Tables) -> str:
    """One row per owner: ``name``, else the address; ``team_id`` is the primary team, else that of the lowest id."""
    first, last, email = (tables.cell("owners", name) for name in ("firstName", "lastName", "email"))
    teams = "NULL::VARCHAR"
    if tables.has("owners", "teams"):
        read = """from_json(teams, '[{"id": "VARCHAR", "primary": "BOOLEAN"}]')"""
        ranked = "{'rank': CASE WHEN t.primary THEN 0 ELSE 1 END, 'number': try_cast(t.id AS BIGINT), 'id': t.id}"
        teams = f"list_sort(list_transform({read}, lambda t: {ranked}))[1].id"
    name = f"coalesce(nullif(trim(concat_ws(' ', {first}, {last})), ''), {email})"
    return f"SELECT id, {name} AS name, {teams} AS team_id FROM {tables.scan('owners')}"
