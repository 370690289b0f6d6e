"""Owners, teams, pipelines, companies, contacts and products of the demo organisation."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from connector.sandbox.company.clock import ZONE
from connector.sandbox.company.customers import Account, Contact
from connector.sandbox.company.facts import (
    DISQUALIFIED,
    LOST,
    OPEN_STAGES,
    PRODUCTS,
    TEAMS,
    WON,
    Stage,
)
from connector.sandbox.company.people import Owner
from connector.sandbox.crm.people import ExchangeRate, Person, Pipeline, PipelineStage, Team
from connector.sandbox.crm.record import to_ms
from connector.sandbox.hubspot.filling import Filling

DEFAULT_STAGES = {
    "Qualification": "appointmentscheduled",
    "Discovery": "qualifiedtobuy",
    "Demo": "presentationscheduled",
    "Proposal": "decisionmakerboughtin",
    "Negotiation": "contractsent",
    "Closed Won": "closedwon",
    "Closed Lost": "closedlost",
    "Disqualified": "193847561",
}
IBERIA = "74029183"
TICKET_STAGES = ("New", "In progress", "Waiting for customer", "Solved", "Closed")
LEAD_STAGES = {
    "New": ("new-stage-id", "New", False),
    "Contacted": ("connected-stage-id", "Connected", False),
    "Qualified": ("qualified-stage-id", "Qualified", False),
    "Converted": ("converted-stage-id", "Converted", True),
    "Unqualified": ("unqualified-stage-id", "Disqualified", True),
}
LEAD_PIPELINE = "lead-pipeline-id"
FIRST_OWNER, FIRST_USER, FIRST_TEAM = 61_526_375, 9_586_500, 8_211_000


def stage_id(stage: Stage, *, spanish: bool) -> str:
    """Return the id of a deal stage in the pipeline of its office."""
    if not spanish:
        return DEFAULT_STAGES[stage.name]
    return str(148_200_100 + 3 * list(DEFAULT_STAGES).index(stage.name))


def add_owners(filling: Filling) -> None:
    """Add everyone; who left is archived, and a queue without people answers for the tickets."""
    crm, clock = filling.crm, filling.world.clock
    for place, team in enumerate(TEAMS):
        crm.teams[str(FIRST_TEAM + place)] = Team(str(FIRST_TEAM + place), team.name)
    for place, owner in enumerate(filling.world.staff.everyone()):
        owner_id, user_id = str(FIRST_OWNER + place * 7), FIRST_USER + place * 3
        filling.people[owner.id], filling.users[owner.id] = owner_id, user_id
        first, _, last = owner.name.partition(" ")
        hired = to_ms(datetime.combine(max(owner.hired_on, clock.start), time(9), ZONE))
        left = to_ms(datetime.combine(owner.left_on, time(18), ZONE)) if owner.left_on else hired
        teams = [str(FIRST_TEAM + TEAMS.index(owner.team))]
        if owner.role == "manager" and place == 0:
            teams.append(str(FIRST_TEAM + 1))
        crm.people[owner_id] = Person(
            owner_id, owner.email, first, last, user_id, hired, left, teams, archived=owner.left_on is not None
        )


def add_pipelines(filling: Filling) -> None:
    """Add two pipelines of deals and one each of tickets and leads."""
    started = to_ms(datetime.combine(filling.world.clock.start, time(9), ZONE))
    crm = filling.crm
    crm.pipelines["deals"] = {
        "default": Pipeline("default", "Sales Pipeline", 0, _deal_stages(0, spanish=False)),
        IBERIA: Pipeline(IBERIA, "Ventas Iberia", 1, _deal_stages(started, spanish=True), started, started),
    }
    tickets = [PipelineStage(str(n + 1), label, n, label == "Closed") for n, label in enumerate(TICKET_STAGES)]
    crm.pipelines["tickets"] = {"0": Pipeline("0", "Support Pipeline", 0, tickets)}
    leads = [PipelineStage(*one[:2], n, one[2]) for n, one in enumerate(LEAD_STAGES.values())]
    crm.pipelines["leads"] = {LEAD_PIPELINE: Pipeline(LEAD_PIPELINE, "Lead pipeline", 0, leads)}


def _deal_stages(created_ms: int, *, spanish: bool) -> list[PipelineStage]:
    stages = (*OPEN_STAGES, WON, LOST, DISQUALIFIED)
    return [
        PipelineStage(
            stage_id(stage, spanish=spanish),
            stage.spanish if spanish else stage.name,
            place,
            stage not in OPEN_STAGES,
            stage.probability / 100,
            created_ms,
            created_ms,
        )
        for place, stage in enumerate(stages)
    ]


def add_currencies(filling: Filling) -> None:
    """Add the rates of the first working day of each month."""
    account, seen = filling.crm.account, set()
    for rate in filling.world.rates:
        month = (rate.currency, rate.day.year, rate.day.month)
        if month not in seen:
            seen.add(month)
            start = to_ms(datetime.combine(rate.day, time(0), ZONE))
            number = str(4_100_001 + len(account.rates))
            account.rates.append(ExchangeRate(number, rate.currency, f"{rate.dollars:.6f}", start))
    account.other_currencies = tuple(sorted({rate.currency for rate in account.rates}))


def add_products(filling: Filling) -> None:
    """Add the price list."""
    started = datetime.combine(filling.world.clock.start, time(9), ZONE)
    for place, product in enumerate(PRODUCTS):
        values = {
            "name": product.name,
            "price": str(product.price),
            "hs_sku": product.sku,
            "hs_cost_of_goods_sold": str(product.cost),
            "hs_product_type": product.category,
        }
        at = started + timedelta(minutes=place)
        filling.add("products", product.sku, values, (at, at))


def add_companies(filling: Filling) -> None:
    """Add the accounts and their parents."""
    for account in sorted(filling.world.accounts, key=lambda one: one.created_at):
        filling.add("companies", account.id, _company(filling, account), (account.created_at, _touched(account)))
    for account in filling.world.accounts:
        if account.parent_id:
            child, parent = filling.ids["companies", account.id], filling.ids["companies", account.parent_id]
            filling.crm.shelves["companies"].held[child].values["hs_parent_company_id"] = parent
            filling.link("companies", child, "companies", parent)


def _touched(account: Account) -> datetime:
    return account.created_at + timedelta(days=len(account.name) % 11, minutes=account.employees % 600)


def _company(filling: Filling, account: Account) -> dict[str, str]:
    return {
        "name": account.name,
        "domain": account.domain,
        "industry": account.industry,
        "numberofemployees": str(account.employees),
        "annualrevenue": str(account.annual_revenue),
        "country": account.country,
        "type": "PROSPECT",
        "lifecyclestage": "opportunity",
        "hubspot_owner_id": filling.owner(account.owner),
        "hs_analytics_source": account.source.name,
        "size_class": account.size,
        "branch": account.team.branch,
    }


def add_contacts(filling: Filling) -> None:
    """Add the people of the accounts; every twentieth came by one import with one timestamp for all."""
    imported = datetime.combine(filling.world.clock.today - timedelta(days=40), time(7, 30), ZONE)
    contacts = sorted(filling.world.contacts, key=lambda one: one.created_at)
    for place, contact in enumerate(contacts):
        bulk = place % 3 == 0 and contact.created_at < imported
        updated = imported if bulk else contact.created_at + timedelta(minutes=place % 90)
        contact_id = filling.add("contacts", contact.id, _contact(filling, contact), (contact.created_at, updated))
        company = filling.ids["companies", contact.account.id]
        filling.link("contacts", contact_id, "companies", company, primary=True)


def _contact(filling: Filling, contact: Contact) -> dict[str, str]:
    first, _, last = contact.name.partition(" ")
    return {
        "firstname": first,
        "lastname": last,
        "email": contact.email,
        "phone": contact.phone,
        "company": contact.account.name,
        "jobtitle": contact.job_title,
        "lifecyclestage": contact.lifecycle,
        "country": contact.country,
        "hubspot_owner_id": filling.owner(contact.account.owner),
        "associatedcompanyid": filling.ids["companies", contact.account.id],
        "preferred_language": {"US": "en", "ES": "es", "BR": "pt", "KZ": "ru"}[contact.account.team.country.code],
        "portal_user": "true" if len(contact.name) % 4 == 0 else "false",
    }


def user_number(filling: Filling, owner: Owner) -> str:
    """Return the user id of an owner as text."""
    return str(filling.users[owner.id])
