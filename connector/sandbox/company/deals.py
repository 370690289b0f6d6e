"""Deals and the way each of them takes through the stages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from connector.sandbox.company.clock import ZONE, BusyDays, Clock, at_work
from connector.sandbox.company.customers import Account, Contact, hand_over
from connector.sandbox.company.facts import (
    COMPETITORS,
    DISQUALIFIED,
    LOSS_REASONS,
    LOST,
    OPEN_STAGES,
    PROCUREMENT,
    SOURCES,
    WON,
    Stage,
)
from connector.sandbox.company.people import Owner, Staff
from connector.sandbox.company.pools import PROJECTS
from connector.sandbox.company.pricing import Line, quote_lines

DEALS = 1500
BASE_WIN = 0.31
CYCLE_DAYS = {"Small": 38.0, "Mid": 56.0, "Large": 84.0}
SIZE_WIN = {"Small": 1.12, "Mid": 1.0, "Large": 0.78}
FORGOTTEN_SHARE = 0.03
"""Deals that nobody ever closes."""


@dataclass(slots=True)
class Visit:
    """One entry of the stage log. ``amount`` is the deal's amount at that moment, cents."""

    stage: Stage
    entered_at: datetime
    owner: Owner | None
    amount: int | None


@dataclass(slots=True)
class Deal:
    """One opportunity as it stands at the export, with the log of its stages."""

    id: str
    name: str
    account: Account
    contact: Contact | None
    owner: Owner | None
    source: str
    campaign_id: str
    type: str
    procurement: str
    months: str
    currency: str
    amount: int | None
    created_at: datetime
    updated_at: datetime
    expected_close: date
    visits: list[Visit]
    probability: int = 0
    score: int | None = None
    closed_at: datetime | None = None
    loss_reason: str = ""
    competitor: str = ""
    lines: list[Line] = field(default_factory=list)
    lead_id: str = ""
    is_logged: bool = True
    """False for deals typed in afterwards: they have no stage log."""

    @property
    def stage(self) -> Stage:
        return self.visits[-1].stage

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES

    @property
    def is_spanish(self) -> bool:
        """Deals of the Madrid office live in a system of their own."""
        return self.account.team.name == "Iberia"


def sell(rng: Random, clock: Clock, staff: Staff, accounts: list[Account]) -> list[Deal]:
    """Make all deals up to the cut of the clock, in order of creation."""
    busy = BusyDays(clock)
    days = sorted(busy.draw(rng) for _ in range(DEALS))
    weights = [{"Small": 1.0, "Mid": 1.7, "Large": 3.0}[account.size] for account in accounts]
    deals: list[Deal] = []
    for day in days:
        account = rng.choices(accounts, weights)[0]
        while account.created_at.date() >= day:
            account = rng.choices(accounts, weights)[0]
        created = at_work(rng, day, account.team.zone)
        if created < clock.cut - timedelta(hours=3):
            deals.append(_sell_one(rng, clock, staff, account, created))
    deals.sort(key=lambda deal: deal.created_at)
    for number, deal in enumerate(deals):
        deal.id = deal_id(deal, number)
    return deals


def deal_id(deal: Deal, number: int) -> str:
    """Return the id of the deal with a running number, in the style of the system in which it lives."""
    return f"ES-{2001 + number}" if deal.is_spanish else f"006{10_001 + number}"


def open_deal(rng: Random, staff: Staff, account: Account, created: datetime) -> Deal:
    """Return a deal that has just been created, in the first stage."""
    source = account.source if rng.random() < 0.6 else rng.choices(SOURCES, [source.weight for source in SOURCES])[0]
    owner = hand_over(rng, staff, account, created.date())
    lines = quote_lines(rng, account.size, account.currency)
    kinds, odds = ("New Business", "Renewal", "Upsell", "Cross-sell"), (0.62, 0.12, 0.17, 0.09)
    amount = sum(line.amount for line in lines)
    return Deal(
        id="",
        name=f"{account.name} {rng.choice(PROJECTS[account.team.country.code])}",
        account=account,
        contact=rng.choice(account.contacts),
        owner=owner,
        source=source.name,
        campaign_id="",
        type=rng.choices(kinds, odds)[0],
        procurement=rng.choices(tuple(PROCUREMENT), (0.66, 0.2, 0.14))[0],
        months=str(rng.choice((12, 12, 12, 24, 36))),
        currency=account.currency,
        amount=amount,
        created_at=created,
        updated_at=created,
        expected_close=created.date() + timedelta(days=round(CYCLE_DAYS[account.size])),
        visits=[Visit(OPEN_STAGES[0], created, owner, amount)],
        probability=OPEN_STAGES[0].probability,
        score=rng.randrange(5, 30),
        lines=lines,
    )


def _sell_one(rng: Random, clock: Clock, staff: Staff, account: Account, created: datetime) -> Deal:
    deal = open_deal(rng, staff, account, created)
    end = _walk(rng, clock, deal)
    _settle(rng, clock, deal, end)
    _replace_leaver(rng, clock, staff, deal)
    return deal


def _walk(rng: Random, clock: Clock, deal: Deal) -> datetime:
    """Fill the stage log up to the cut and return when the deal ends, or would."""
    size, owner = deal.account.size, deal.visits.pop().owner
    source = next(source for source in SOURCES if source.name == deal.source)
    skill = owner.skill if owner is not None else 1.0
    wins = rng.random() < min(0.9, BASE_WIN * skill * source.win * SIZE_WIN[size])
    path = _path(rng, wins=wins)
    forgotten = path.pop() if rng.random() < FORGOTTEN_SHARE else None
    days = min(CYCLE_DAYS[size] * source.cycle * rng.lognormvariate(0, 0.5) * (1.0 if wins else 0.9), 300.0)
    weights = [max(stage.weight, 0.4) * rng.uniform(0.4, 1.6) for stage in path[:-1]]
    moment = deal.created_at
    moments = [moment]
    for weight in weights:
        moment = _next_step(rng, moment, days * weight / sum(weights), deal.account.team.zone)
        moments.append(moment)
    if path[-1] is WON:
        moments[-1] = _rush(rng, moments[-1], moments[-2], deal)
    elif path[-1] is LOST and rng.random() < 0.05:
        _reopen(rng, deal, path, moments)
    for stage, entered in zip(path, moments, strict=True):
        if entered < clock.cut:
            deal.visits.append(Visit(stage, entered, owner, _amount_then(rng, deal)))
    return moments[-1] if forgotten is None else moments[-1] + timedelta(days=30)


def _path(rng: Random, *, wins: bool) -> list[Stage]:
    """Return the stages a deal enters, with skipped stages and steps back; the last one is closed."""
    if not wins and rng.random() < 0.09:
        return [OPEN_STAGES[0], DISQUALIFIED]
    last = len(OPEN_STAGES) - 1
    if not wins:
        last = rng.choices(range(len(OPEN_STAGES)), [stage.dies_here for stage in OPEN_STAGES])[0]
    path = [OPEN_STAGES[0]]
    for position in range(1, last + 1):
        if position < last and rng.random() < 0.08:
            continue
        path.append(OPEN_STAGES[position])
        if position >= 2 and rng.random() < 0.06:
            path += [OPEN_STAGES[position - 1], OPEN_STAGES[position]]
    return [*path, WON if wins else LOST]


def _next_step(rng: Random, moment: datetime, days: float, zone: str) -> datetime:
    """Return a working moment about ``days`` later, on a later day than ``moment``."""
    return at_work(rng, (moment + timedelta(days=max(1.0, days))).date(), zone) + timedelta(seconds=rng.randrange(60))


def _rush(rng: Random, closed: datetime, earliest: datetime, deal: Deal) -> datetime:
    """Move some signatures to the end of the month: Americans sign in the evening, which is past midnight in Madrid."""
    local = closed.astimezone(ZONE).date()
    first_of_next = date(local.year + local.month // 12, local.month % 12 + 1, 1)
    wait = (first_of_next - local).days
    if deal.account.team.country.code == "US" and wait <= 5:
        minutes = rng.randrange(4, 40)
        return datetime.combine(first_of_next, time(0, minutes, rng.randrange(60)), ZONE).astimezone(UTC)
    if wait <= 12 and rng.random() < 0.4:
        last_days = first_of_next - timedelta(days=rng.randrange(1, 4))
        moved = at_work(rng, last_days, deal.account.team.zone)
        return moved if moved > earliest + timedelta(days=1) else closed
    return closed


def _reopen(rng: Random, deal: Deal, path: list[Stage], moments: list[datetime]) -> None:
    """Let a lost customer come back: two more stages and a new end."""
    zone = deal.account.team.zone
    path += [OPEN_STAGES[3], OPEN_STAGES[4], WON if rng.random() < 0.5 else LOST]
    for days in (rng.uniform(15, 70), rng.uniform(5, 20), rng.uniform(5, 25)):
        moments.append(_next_step(rng, moments[-1], days, zone))


def _amount_then(rng: Random, deal: Deal) -> int | None:
    """Amount in the stage log: what was known then, which in early stages is often an estimate."""
    if deal.amount is None or len(deal.visits) >= 3:
        return deal.amount
    return round(deal.amount * rng.choice((1, 1, 1, 0.8, 0.9, 1.15)) / 100) * 100


def _settle(rng: Random, clock: Clock, deal: Deal, end: datetime) -> None:
    """Set what follows from the stage reached at the cut: close, expected close, probability, reasons."""
    deal.visits[-1].amount = deal.amount
    entered = deal.visits[-1].entered_at
    deal.probability = deal.stage.probability
    if deal.is_open:
        planned = max(end.date(), clock.today + timedelta(days=3))
        deal.expected_close = planned + timedelta(days=rng.randrange(0, 21))
        deal.score = min(99, max(3, round(rng.gauss(deal.probability, 12))))
        if rng.random() < 0.15:
            deal.probability = max(5, min(95, deal.probability + rng.choice((-10, 5, 10))))
        deal.updated_at = min(entered + timedelta(days=rng.expovariate(1 / 12)), clock.cut - timedelta(minutes=30))
        deal.updated_at = max(deal.updated_at.replace(microsecond=0), entered)
        return
    deal.closed_at = deal.updated_at = entered
    deal.score = None
    deal.expected_close = entered.astimezone(ZONE).date() + timedelta(days=rng.choice((0, 0, 0, -9, -4, 3, 8, 15)))
    if deal.stage is LOST:
        deal.loss_reason = rng.choices(tuple(LOSS_REASONS), (0.28, 0.2, 0.16, 0.2, 0.09, 0.07))[0]
    if deal.loss_reason == "Chose a competitor" or rng.random() < 0.12:
        deal.competitor = rng.choice(COMPETITORS)


def _replace_leaver(rng: Random, clock: Clock, staff: Staff, deal: Deal) -> None:
    """Hand most open deals of people who left to a colleague; closed ones keep who closed them."""
    left = deal.owner.left_on if deal.owner is not None else None
    if left is None:
        return
    later = [visit for visit in deal.visits if visit.entered_at.date() >= left]
    if not later and (not deal.is_open or rng.random() < 0.3):
        return
    heir = rng.choice(staff.reps_of(deal.account.team, clock.today))
    deal.owner = heir
    for visit in later:
        visit.owner = heir
