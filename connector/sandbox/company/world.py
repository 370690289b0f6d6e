"""The whole company at one moment: everything the exports are written from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random

from connector.sandbox.company.activities import Activity, keep_busy
from connector.sandbox.company.clock import Clock
from connector.sandbox.company.customers import Account, Contact, meet_people, win_customers
from connector.sandbox.company.deals import Deal, sell
from connector.sandbox.company.leads import Lead, enquire
from connector.sandbox.company.marketing import Campaign, Cost, WebDay, campaign_on, plan_campaigns, spend, visit_site
from connector.sandbox.company.people import Owner, Staff, hire
from connector.sandbox.company.service import Answer, Ticket, ask, help_customers
from connector.sandbox.company.targets import Goal, Rate, quotas, quote_rates, set_goals


@dataclass(slots=True)
class World:
    """Every record of the company. ``as_of`` is the moment of the export, UTC."""

    seed: int
    clock: Clock
    as_of: datetime
    staff: Staff
    accounts: list[Account]
    contacts: list[Contact]
    campaigns: list[Campaign]
    deals: list[Deal]
    leads: list[Lead]
    activities: list[Activity]
    tickets: list[Ticket]
    answers: list[Answer]
    costs: list[Cost]
    web: list[WebDay]
    rates: list[Rate]
    quotas: list[tuple[Owner, dict[date, int | None]]]
    goals: list[Goal]
    changes: dict[str, int] = field(default_factory=dict)
    """What happened on the day after the first export, by kind; empty for the first export."""

    def random(self, area: str) -> Random:
        """Return the random numbers of one area, so that a change in one leaves the others as they were."""
        return dice(self.seed, area)


def dice(seed: int, area: str) -> Random:
    """Return the random numbers of one area of the company."""
    return Random(f"{seed}:{area}")  # noqa: S311 - a believable company, not a secret


def found_company(today: date, seed: int) -> World:
    """Make the company with clean records as they stand when ``today`` begins."""
    clock = Clock(today)
    staff = hire(dice(seed, "staff"), clock)
    accounts = win_customers(dice(seed, "accounts"), clock, staff)
    contacts = meet_people(dice(seed, "contacts"), clock, accounts)
    campaigns = plan_campaigns(clock)
    deals = sell(dice(seed, "deals"), clock, staff, accounts)
    leads = enquire(dice(seed, "leads"), clock, staff, deals)
    for deal in deals:
        deal.campaign_id = campaign_on(campaigns, deal.source, deal.created_at.date())
    for lead in leads:
        lead.campaign_id = campaign_on(campaigns, lead.source, lead.created_at.date())
    tickets = help_customers(dice(seed, "tickets"), clock, staff, deals)
    table = quotas(dice(seed, "quotas"), clock, staff)
    return World(
        seed=seed,
        clock=clock,
        as_of=clock.cut,
        staff=staff,
        accounts=accounts,
        contacts=contacts,
        campaigns=campaigns,
        deals=deals,
        leads=leads,
        activities=keep_busy(dice(seed, "activities"), clock, deals, leads),
        tickets=tickets,
        answers=ask(dice(seed, "answers"), clock, deals, tickets),
        costs=spend(dice(seed, "costs"), clock, campaigns),
        web=list(visit_site(dice(seed, "web"), clock)),
        rates=quote_rates(dice(seed, "rates"), clock),
        quotas=table,
        goals=set_goals(clock, table),
    )
