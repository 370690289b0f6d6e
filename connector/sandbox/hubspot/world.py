"""The demo organisation as an account of HubSpot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from connector.sandbox.company.clock import EXPORT_TIME, ZONE
from connector.sandbox.company.dirt import soil
from connector.sandbox.company.world import World, dice, found_company
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import FieldList
from connector.sandbox.crm.record import EPOCH, Record, to_ms
from connector.sandbox.hubspot.catalogue import all_fields
from connector.sandbox.hubspot.filling import Filling
from connector.sandbox.hubspot.filling_people import (
    add_companies,
    add_contacts,
    add_currencies,
    add_owners,
    add_pipelines,
    add_products,
)
from connector.sandbox.hubspot.filling_sales import add_deals, add_goals, add_leads
from connector.sandbox.hubspot.filling_service import (
    add_activities,
    add_answers,
    add_campaigns,
    add_lists,
    add_tickets,
)
from connector.sandbox.hubspot.kinds import crm_kinds

SEED = 20_261_121
MERGED = {"contacts": 12, "companies": 6, "deals": 3}
ARCHIVED = {"contacts": 15, "companies": 4, "deals": 10, "tickets": 6, "tasks": 9, "leads": 8, "line_items": 5}
DELETED = {"contacts": 5, "notes": 3}


def build_world(seed: int, now: datetime, clock: Callable[[], datetime] | None = None) -> Crm:
    """Return the demo organisation as it stands at ``now`` (aware); its clock stands still unless one is given."""
    return fill(_company(seed, now), clock or (lambda: now))


def empty_crm(clock: Callable[[], datetime]) -> Crm:
    """Return an account without records: only the properties that HubSpot and the account itself have."""
    crm = Crm(clock, crm_kinds())
    for kind, fields in all_fields(to_ms(datetime(2021, 3, 4, 9, tzinfo=UTC))).items():
        crm.fields[kind] = FieldList(fields)
    return crm


def _company(seed: int, now: datetime) -> World:
    """Make the company as its last night saw it."""
    local = now.astimezone(ZONE)
    today = local.date() if local.time() >= EXPORT_TIME else local.date() - timedelta(days=1)
    world = found_company(today, seed)
    soil(world)
    return world


def fill(world: World, clock: Callable[[], datetime]) -> Crm:
    """Put a company into a new CRM, then merge, archive and delete some of its records, months ago and yesterday."""
    crm = empty_crm(clock)
    filling = Filling(crm, world)
    for step in (
        add_owners, add_pipelines, add_currencies, add_campaigns, add_products, add_companies, add_contacts, add_deals,
        add_leads, add_activities, add_tickets, add_answers, add_goals, add_lists,
    ):  # fmt: skip
        step(filling)
    _tidy(crm, world)
    return crm


def _tidy(crm: Crm, world: World) -> None:
    """Merge doubles and throw records away, each at a moment of its own in the last hundred days."""
    rng = dice(world.seed, "tidying")
    yesterday = datetime.combine(world.clock.today, time(0), ZONE) - timedelta(hours=6)

    def pick(kind: str, count: int) -> list[str]:
        return rng.sample([record.id for record in crm.shelves[kind].live()], count)

    def moment(*records: Record, days: int) -> datetime:
        """Return a moment of the last days after everything else that happened to the records."""
        last = max(record.updated_ms for record in records) + 1
        return max(yesterday - timedelta(days=rng.random() * days), EPOCH + timedelta(milliseconds=last))

    for kind, count in MERGED.items():
        ids, shelf = pick(kind, count + 1), crm.shelves[kind]
        for place in range(count):
            # A neighbour that went into the one before makes a chain.
            winner, loser = (shelf.held[shelf.final(one)] for one in (ids[place + 1], ids[place]))
            if place % 4 != 3:
                winner, loser = loser, winner
            with crm.at(moment(winner, loser, days=90)):
                crm.merge(kind, winner.id, loser.id)
    for kind, count in ARCHIVED.items():
        for record_id in pick(kind, count):
            with crm.at(moment(crm.shelves[kind].held[record_id], days=120)):
                crm.archive(kind, record_id)
    for kind, count in DELETED.items():
        for record_id in pick(kind, count):
            crm.delete(kind, record_id)
