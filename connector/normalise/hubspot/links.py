"""Links between records: who and what a record belongs to, the people of a deal, the lines of a deal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from connector.normalise.hubspot.tables import Tables, first_link, links

TARGETS: Final = {
    "contacts": "contact_id",
    "companies": "account_id",
    "deals": "deal_id",
    "leads": "lead_id",
    "tickets": "case_id",
}
"""Kind of the linked record to the column that takes its id."""

ACTIVITIES: Final = {"call": "calls", "email": "emails", "meeting": "meetings", "task": "tasks", "note": "notes"}
"""Type of an activity to its stream."""


def first_links(associations: str, parents: str) -> Callable[[Tables], str | None]:
    """Return the statement of one row per record that is linked to anything: ``id`` and a column per kind.

    Of several links of a kind the primary one counts, else the one with the lowest id. Links of records that were
    never read are left out.
    """

    def query(tables: Tables) -> str | None:
        found = [name for name in TARGETS if tables.has(associations, name)]
        if not found:
            return None
        cells = ", ".join(f"{first_link(name)} AS {TARGETS[name]}" for name in found)
        filled = ", ".join(TARGETS[name] for name in found)
        read = f"SELECT id, {cells} FROM {tables.scan(associations)} SEMI JOIN {tables.scan(parents)} p USING (id)"
        return f"SELECT * FROM ({read}) WHERE coalesce({filled}, NULL) IS NOT NULL"

    return query


def activity_links(kind: str, parents: str) -> Callable[[Tables], str | None]:
    """Return the statement of what activities of a kind belong to."""
    return first_links(f"{kind}_associations", parents)


def deal_contacts(tables: Tables) -> str | None:
    """One row per person of a deal. The primary one is that which the deal itself names as its contact."""
    if not tables.has("deal_associations", "contacts"):
        return None
    listed = f"SELECT id, {links('contacts')} AS people FROM {tables.scan('deal_associations')}"
    people = f"SELECT id AS deal_id, unnest(people) AS one, people[1].id AS first_id FROM ({listed})"
    return (
        "SELECT deal_id || '/' || one.id AS id, deal_id, one.id AS contact_id, one.role AS role,"
        f" CASE WHEN one.id = first_id THEN 'true' ELSE 'false' END AS is_primary FROM ({people})"
    )


def deal_lines(tables: Tables) -> str | None:
    """The line items of deals with ``deal_id`` and ``cost``: the copies that quotes have are not lines of a deal."""
    if not tables.has("line_item_associations", "deals"):
        return None
    cost = (
        f"try_cast({tables.property('line_items', 'hs_cost_of_goods_sold')} AS DECIMAL(19,4))"
        f" * coalesce(try_cast({tables.property('line_items', 'quantity')} AS DECIMAL(18,4)), 1)"
    )
    deals = f"SELECT id, {first_link('deals')} AS deal_id FROM {tables.scan('line_item_associations')}"
    return (
        f"SELECT l.* EXCLUDE (_line), d.deal_id, {cost} AS line_cost FROM {tables.scan('line_items')} l"
        f" JOIN ({deals}) d USING (id) WHERE d.deal_id IS NOT NULL"
    )
