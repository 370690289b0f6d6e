"""One more day at the company: what has changed when the same exports are made again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from connector.sandbox.company.clock import ZONE
from connector.sandbox.company.deals import Deal, Visit, deal_id, open_deal
from connector.sandbox.company.dirt import FORMULA_NAME, TEST_DEALS
from connector.sandbox.company.facts import LOSS_REASONS, LOST, OPEN_STAGES, WON, Stage
from connector.sandbox.company.leads import Lead
from connector.sandbox.company.world import World

MOVED, WINS, LOSSES, REPRICED, CREATED, REOPENED, ASSIGNED, NEW_LEADS = 7, 4, 3, 5, 4, 1, 2, 6


def live_one_day(world: World) -> None:
    """Change the world from its export to the one a day later; ``world.changes`` counts what happened."""
    rng = world.random("next day")
    untouched = [deal for deal in world.deals if deal.name not in (*TEST_DEALS, FORMULA_NAME) and deal.is_logged]
    rng.shuffle(untouched)

    def take(count: int, fits: Callable[[Deal], bool]) -> list[Deal]:
        chosen = [deal for deal in untouched if fits(deal)][:count]
        untouched[:] = [deal for deal in untouched if not any(deal is other for other in chosen)]
        return chosen

    recent = world.as_of - timedelta(days=90)
    late = OPEN_STAGES[3:]
    won = take(WINS, lambda deal: deal.stage in late and deal.owner is not None and bool(deal.amount))
    lost = take(LOSSES, lambda deal: deal.is_open and deal.owner is not None)
    moved = take(MOVED, lambda deal: deal.stage in OPEN_STAGES[:-1] and deal.owner is not None)
    repriced = take(REPRICED, lambda deal: deal.is_open and deal.lines != [])
    reopened = take(
        REOPENED, lambda deal: deal.stage is LOST and deal.closed_at is not None and deal.closed_at > recent
    )
    assigned = take(ASSIGNED, lambda deal: deal.owner is None and deal.is_open)
    for deal in won:
        _enter(rng, world, deal, WON)
    for deal in lost:
        _enter(rng, world, deal, LOST)
        deal.loss_reason = rng.choice(tuple(LOSS_REASONS))
    for deal in moved:
        _enter(rng, world, deal, OPEN_STAGES[OPEN_STAGES.index(deal.stage) + 1])
    for deal in repriced:
        _reprice(rng, world, deal)
    for deal in reopened:
        deal.loss_reason = ""
        deal.expected_close = world.clock.today + timedelta(days=rng.randrange(14, 40))
        deal.score = rng.randrange(40, 70)
        _enter(rng, world, deal, OPEN_STAGES[3])
    for deal in assigned:
        deal.owner = rng.choice(world.staff.reps_of(deal.account.team, world.clock.today))
        deal.updated_at = _moment(rng, world)
    created = _create(rng, world)
    new_leads = _enquire(rng, world)
    _next_figures(world)
    world.changes = {
        "won": len(won), "lost": len(lost), "moved": len(moved), "repriced": len(repriced), "reopened": len(reopened),
        "owner_assigned": len(assigned), "created": len(created), "leads_created": len(new_leads),
    }  # fmt: skip
    world.as_of += timedelta(days=1)


def _moment(rng: Random, world: World) -> datetime:
    """Return a moment of the office hours of the new day."""
    return world.as_of + timedelta(hours=7, seconds=rng.randrange(10 * 3600))


def _enter(rng: Random, world: World, deal: Deal, stage: Stage) -> None:
    moment = _moment(rng, world)
    deal.visits.append(Visit(stage, moment, deal.owner, deal.amount))
    deal.updated_at, deal.probability = moment, stage.probability
    deal.closed_at = None if deal.is_open else moment
    if not deal.is_open:
        deal.expected_close, deal.score = moment.astimezone(ZONE).date(), None


def _reprice(rng: Random, world: World, deal: Deal) -> None:
    """Let the customer order more of one product."""
    line = deal.lines[0]
    extra = max(1, line.quantity // 4)
    line.cost = line.cost * (line.quantity + extra) // line.quantity
    line.quantity += extra
    deal.amount = (deal.amount or 0) + extra * line.unit_price
    deal.updated_at = _moment(rng, world)


def _create(rng: Random, world: World) -> list[Deal]:
    moments = sorted(_moment(rng, world) for _ in range(CREATED))
    first = len(world.deals)
    created: list[Deal] = []
    for number, moment in enumerate(moments):
        deal = open_deal(rng, world.staff, rng.choice(world.accounts), moment)
        deal.id = deal_id(deal, first + number)
        created.append(deal)
    world.deals += created
    return created


def _enquire(rng: Random, world: World) -> list[Lead]:
    """Add leads that came in over the day; people seen before under another form of their address."""
    models = rng.sample([lead for lead in world.leads if lead.deal is None and lead.email], NEW_LEADS)
    added = [
        Lead(
            id=f"L{40_001 + place}",
            name=model.name,
            company=model.company,
            email=f"info{place}@{model.email.split('@')[1]}",
            phone=model.phone,
            team=model.team,
            owner=rng.choice(world.staff.reps_of(model.team, world.clock.today)),
            source="Website",
            campaign_id="",
            form="quote",
            product=model.product,
            score=model.score,
            created_at=_moment(rng, world),
        )
        for place, model in enumerate(models)
    ]
    world.leads += added
    return added


def _next_figures(world: World) -> None:
    """Add the day's web figures, like those of a week ago, and its exchange rates, a little higher."""
    today = world.clock.today
    week_ago = today - timedelta(days=7)
    world.web += [replace(row, day=today) for row in world.web if row.day == week_ago]
    if today.weekday() < 5:
        last = {rate.currency: rate for rate in world.rates}
        world.rates += [replace(rate, day=today, dollars=rate.dollars * 1.001) for _, rate in sorted(last.items())]
