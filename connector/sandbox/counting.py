"""What the exports hold, counted from the same records: the yardstick for tests of the import and its reports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from connector.sandbox.company.deals import Deal
from connector.sandbox.company.dirt import FORMULA_NAME, TEST_DEALS, TEST_LEADS, WRONG_SOURCE
from connector.sandbox.company.facts import COUNTRIES, MISSPELT, TEAMS, WON
from connector.sandbox.company.leads import Lead
from connector.sandbox.company.targets import LATE_CURRENCY, first_late_rate
from connector.sandbox.company.world import World
from connector.sandbox.deal_exports import BROKEN_DEALS

MISSING_WORDS = {"", "n/a", "-", "unknown"}
"""Texts in the exports that stand for no value, in lower case and without outer spaces."""


@dataclass(frozen=True, slots=True)
class ExpectedDirt:
    """Facts about one set of exports. Counts are of readable records; both deal files count together."""

    records: dict[str, int]
    """Readable records by entity."""
    unreadable_rows: int
    """Rows of deals.csv that no reader can use."""
    open_deals: int
    won_deals: int
    won_amount: dict[str, Decimal]
    """Sum of the won deals by currency."""
    deals_without_owner: int
    deals_without_amount: int
    deals_zero_amount: int
    deals_without_source: int
    deals_wrong_source: int
    deals_closed_before_created: int
    open_deals_overdue: int
    """Open deals whose expected close lies before the day of the export."""
    won_deals_without_rate: int
    """Won deals in a currency that had no rate yet on the day of the close."""
    test_deals: int
    formula_names: int
    lines_misspelt: dict[str, int]
    """Wrong product name to its number of lines."""
    leads_without_owner: int
    leads_without_email: int
    leads_without_source: int
    test_leads: int
    repeated_leads: int
    """Leads with the address of an earlier one, double submissions included."""
    double_submissions: int
    """Leads sent again through the same form within ten minutes."""
    accounts_without_owner: int
    accounts_without_industry: int
    countries_repairable: dict[str, int]
    """Spelling of a country that the mapping repairs to its number of accounts."""
    countries_wrong: dict[str, int]
    """Spelling that nobody has mapped to its number of accounts."""
    contacts_without_email: int


def count_dirt(world: World) -> ExpectedDirt:
    """Count the facts of a world."""
    won = [deal for deal in world.deals if deal.stage is WON]
    repairable = {spelling for country in COUNTRIES for spelling in country.spellings}
    unknown = {country.unknown for country in COUNTRIES}
    countries = Counter(account.country for account in world.accounts)
    return ExpectedDirt(
        records=_records(world),
        unreadable_rows=len(BROKEN_DEALS),
        open_deals=_count(deal.is_open for deal in world.deals),
        won_deals=len(won),
        won_amount=_by_currency(won),
        deals_without_owner=_count(deal.owner is None for deal in world.deals),
        deals_without_amount=_count(deal.amount is None for deal in world.deals),
        deals_zero_amount=_count(deal.amount == 0 for deal in world.deals),
        deals_without_source=_count(_missing(deal.source) for deal in world.deals),
        deals_wrong_source=_count(deal.source == WRONG_SOURCE for deal in world.deals),
        deals_closed_before_created=_count(
            deal.closed_at is not None and deal.closed_at < deal.created_at for deal in world.deals
        ),
        open_deals_overdue=_count(deal.is_open and deal.expected_close < _day(world) for deal in world.deals),
        won_deals_without_rate=_count(_lacks_rate(world, deal) for deal in won),
        test_deals=_count(deal.name in TEST_DEALS for deal in world.deals),
        formula_names=_count(deal.name == FORMULA_NAME for deal in world.deals),
        lines_misspelt=_misspelt(world),
        leads_without_owner=_count(lead.owner is None for lead in world.leads),
        leads_without_email=_count(not lead.email for lead in world.leads),
        leads_without_source=_count(_missing(lead.source) for lead in world.leads),
        test_leads=_count(lead.name in TEST_LEADS for lead in world.leads),
        repeated_leads=_repeated(world.leads),
        double_submissions=_double_submissions(world.leads),
        accounts_without_owner=_count(account.owner is None for account in world.accounts),
        accounts_without_industry=_count(_missing(account.industry) for account in world.accounts),
        countries_repairable={name: count for name, count in sorted(countries.items()) if name in repairable},
        countries_wrong={name: count for name, count in sorted(countries.items()) if name in unknown},
        contacts_without_email=_count(not contact.email for contact in world.contacts),
    )


def _records(world: World) -> dict[str, int]:
    return {
        "owner": len(world.staff.everyone()),
        "team": len(TEAMS) + 1,
        "account": len(world.accounts),
        "contact": len(world.contacts),
        "campaign": len(world.campaigns),
        "lead": len(world.leads),
        "deal": len(world.deals),
        "deal_stage_history": sum(len(deal.visits) for deal in world.deals if deal.is_logged),
        "deal_line": sum(len(deal.lines) for deal in world.deals),
        "activity": len(world.activities),
        "goal": len(world.goals) + sum(target is not None for _, row in world.quotas for target in row.values()),
        "cost": len(world.costs),
        "service_case": len(world.tickets),
        "survey_response": len(world.answers),
        "web_daily": len(world.web),
        "fx_rate": len(world.rates),
    }


def _count(facts: Iterable[bool]) -> int:
    return sum(facts)


def _missing(text: str) -> bool:
    return text.strip().lower() in MISSING_WORDS


def _day(world: World) -> date:
    """Day on which the exports are made: one later for the changed ones."""
    return world.clock.today + (world.as_of - world.clock.cut) // timedelta(days=1) * timedelta(days=1)


def _by_currency(deals: list[Deal]) -> dict[str, Decimal]:
    cents: Counter[str] = Counter()
    for deal in deals:
        cents[deal.currency] += deal.amount or 0
    return {currency: Decimal(total) / 100 for currency, total in sorted(cents.items())}


def _lacks_rate(world: World, deal: Deal) -> bool:
    closed = deal.closed_at or deal.created_at
    return deal.currency == LATE_CURRENCY and closed.date() < first_late_rate(world.clock)


def _misspelt(world: World) -> dict[str, int]:
    names = Counter(line.product_name for deal in world.deals for line in deal.lines)
    return {wrong: names[wrong] for wrong in MISSPELT.values()}


def _repeated(leads: list[Lead]) -> int:
    addresses = [lead.email for lead in leads if lead.email]
    return len(addresses) - len(set(addresses))


def _double_submissions(leads: list[Lead]) -> int:
    """Count as the catalogue does: same address and form as a lead of the ten minutes before."""
    last: dict[tuple[str, str], Lead] = {}
    doubles = 0
    for lead in sorted(leads, key=lambda lead: (lead.created_at, lead.id)):
        key = (lead.email, lead.form)
        if lead.email and lead.form:
            before = last.get(key)
            doubles += before is not None and lead.created_at - before.created_at <= timedelta(minutes=10)
            last[key] = lead
    return doubles
