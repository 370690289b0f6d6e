"""Accounts and the people who work there."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from connector.sandbox.company.clock import Clock, at_work
from connector.sandbox.company.facts import INDUSTRIES, ROUBLE, SOURCES, TEAMS, Source, Team
from connector.sandbox.company.people import NameDrawer, Owner, Staff
from connector.sandbox.company.pools import (
    COMPANY_KINDS,
    COMPANY_STEMS,
    JOB_TITLES,
    RUSSIAN_JOB_TITLES,
    latin,
)

ACCOUNTS = 400
CONTACTS = 900
SIZES = (("Small", 0.52, 20, 199), ("Mid", 0.34, 200, 1499), ("Large", 0.14, 1500, 18_000))
"""Size class, share of the accounts, employees from and to."""


@dataclass(slots=True)
class Contact:
    """One person at an account."""

    id: str
    account: Account
    name: str
    email: str
    phone: str
    job_title: str
    created_at: datetime
    lifecycle: str = "lead"
    country: str = ""


@dataclass(slots=True)
class Account:
    """One company. ``country`` is the text as people typed it."""

    id: str
    name: str
    domain: str
    team: Team
    owner: Owner | None
    industry: str
    size: str
    employees: int
    annual_revenue: int
    currency: str
    country: str
    source: Source
    created_at: datetime
    parent_id: str = ""
    contacts: list[Contact] = field(default_factory=list)


def win_customers(rng: Random, clock: Clock, staff: Staff) -> list[Account]:
    """Make the accounts, most of them older than the first deal."""
    taken: set[str] = set()
    accounts: list[Account] = []
    for number in range(ACCOUNTS):
        team = rng.choices(TEAMS, [team.share for team in TEAMS])[0]
        name = _company_name(rng, team, taken)
        size, _, low, high = rng.choices(SIZES, [size[1] for size in SIZES])[0]
        employees = int(low * (high / low) ** rng.random())
        day = clock.start + timedelta(days=rng.randrange(-500, (clock.today - clock.start).days - 60))
        account = Account(
            id=f"A{1001 + number}",
            name=name,
            domain=f"{latin(name)[:24]}.example",
            team=team,
            owner=rng.choice(staff.reps_of(team, max(day, clock.start))),
            industry=rng.choice(INDUSTRIES),
            size=size,
            employees=employees,
            annual_revenue=int(employees * rng.uniform(90_000, 260_000) * team.country.per_dollar) // 1000 * 1000,
            currency=_currency(rng, team),
            country=team.country.name,
            source=rng.choices(SOURCES, [source.weight for source in SOURCES])[0],
            created_at=at_work(rng, day, team.zone),
        )
        accounts.append(account)
    for child in rng.sample(accounts, 24):
        parents = [
            other for other in accounts if other.team is child.team and not other.parent_id and other.size == "Large"
        ]
        if child.size != "Large" and parents:
            child.parent_id = rng.choice(parents).id
    return accounts


def meet_people(rng: Random, clock: Clock, accounts: list[Account]) -> list[Contact]:
    """Make the contacts: one for each account, the others where the company is large."""
    names = NameDrawer(rng)
    weights = [{"Small": 1.0, "Mid": 2.0, "Large": 4.0}[account.size] for account in accounts]
    chosen = accounts + rng.choices(accounts, weights, k=CONTACTS - len(accounts))
    latest = clock.cut - timedelta(days=2)
    contacts: list[Contact] = []
    for number, account in enumerate(chosen):
        country = account.team.country
        name = names.draw_full(country)
        first, last = (latin(part) for part in name.split(" ", 1))
        met = min(
            account.created_at + timedelta(days=rng.expovariate(1 / 90) if number >= len(accounts) else 0.01), latest
        )
        contact = Contact(
            id=f"C{5001 + number}",
            account=account,
            name=name,
            email=f"{first}.{last}{number}@{account.domain}",
            phone=f"{country.phone}{rng.randrange(10, 100)}",
            job_title=rng.choice(RUSSIAN_JOB_TITLES if country.code == "KZ" else JOB_TITLES),
            created_at=met.replace(microsecond=0),
            country=country.name,
        )
        account.contacts.append(contact)
        contacts.append(contact)
    return contacts


def hand_over(rng: Random, staff: Staff, account: Account, day: date) -> Owner:
    """Return who sells to the account on ``day``: its owner, sometimes a colleague."""
    owner = account.owner
    if owner is not None and owner.works_on(day) and rng.random() < 0.85:
        return owner
    return rng.choice(staff.reps_of(account.team, day))


def _company_name(rng: Random, team: Team, taken: set[str]) -> str:
    code = team.country.code
    towns = ("", "", " North", " South", " West", " II") if code == "US" else ("", "", " Norte", " Sur", " II", " III")
    if code == "KZ":
        towns = ("", "", " Север", " Восток", " Юг", " Плюс")
    while True:
        name = f"{rng.choice(COMPANY_STEMS[code])}{rng.choice(towns)} {rng.choice(COMPANY_KINDS[code])}"
        if code == "KZ":
            name = f'ТОО "{name}"'
        if name not in taken:
            taken.add(name)
            return name


def _currency(rng: Random, team: Team) -> str:
    if team.country.code == "KZ" and rng.random() < 0.2:
        return ROUBLE[0]
    return team.country.currency
