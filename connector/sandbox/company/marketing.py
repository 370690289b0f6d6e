"""Campaigns, what the channels cost, and the visits of the web site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from connector.sandbox.company.clock import SEASON, Clock
from connector.sandbox.company.facts import BR, ES, SOURCES, US, Source


@dataclass(frozen=True, slots=True)
class Campaign:
    """One campaign of a paid source in one quarter."""

    id: str
    name: str
    type: str
    source: Source
    start: date
    end: date
    budget: int


@dataclass(frozen=True, slots=True)
class Cost:
    """One booking of marketing cost, in cents of its currency."""

    id: str
    day: date
    campaign: Campaign
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class WebDay:
    """One day of one channel on the web site."""

    day: date
    channel: str
    source: str
    medium: str
    country: str
    device: str
    sessions: int
    engaged: int
    users: int
    new_users: int
    views: int
    key_events: int
    seconds: float


PAID = {
    "Google Ads": ("ads", 3200),
    "LinkedIn": ("ads", 2100),
    "Trade show": ("event", 2600),
    "Webinar": ("email", 700),
}
"""Campaign type and dollars a week of each paid source."""
CHANNELS = (
    ("Organic Search", "google", "organic", 130, 0.61, 0.016),
    ("Paid Search", "google", "cpc", 74, 0.52, 0.028),
    ("Paid Social", "linkedin", "paid_social", 41, 0.44, 0.015),
    ("Email", "newsletter", "email", 27, 0.66, 0.034),
    ("Referral", "partners", "referral", 15, 0.70, 0.041),
    ("Direct", "(direct)", "(none)", 68, 0.57, 0.019),
)
"""Channel group, source, medium, sessions a day at the start, engaged share, key events a session."""


def plan_campaigns(clock: Clock) -> list[Campaign]:
    """Make one campaign per paid source and quarter, up to the running quarter."""
    campaigns: list[Campaign] = []
    start = date(clock.start.year, (clock.start.month - 1) // 3 * 3 + 1, 1)
    while start < clock.today:
        end = date(start.year + (start.month + 3) // 13, (start.month + 2) % 12 + 1, 1) - timedelta(days=1)
        for source in SOURCES:
            if source.name in PAID:
                kind, weekly = PAID[source.name]
                name = f"{start.year} Q{start.month // 3 + 1} {source.name}"
                number = f"CMP-{len(campaigns) + 1:03}"
                campaigns.append(Campaign(number, name, kind, source, start, end, weekly * 13 // 100 * 100))
        start = end + timedelta(days=1)
    return campaigns


def campaign_on(campaigns: list[Campaign], source: str, day: date) -> str:
    """Return the id of the campaign of a source that runs on ``day``, empty when there is none."""
    found = (c.id for c in campaigns if c.source.name == source and c.start <= day <= c.end)
    return next(found, "")


def spend(rng: Random, clock: Clock, campaigns: list[Campaign]) -> list[Cost]:
    """Make the weekly bookings, one a week and campaign, on Mondays before the export."""
    costs: list[Cost] = []
    monday = clock.start + timedelta(days=-clock.start.weekday() % 7)
    while monday < clock.today:
        for campaign in campaigns:
            if campaign.start <= monday <= campaign.end:
                country = rng.choices((US, ES, BR), (0.6, 0.2, 0.2))[0]
                dollars = PAID[campaign.source.name][1] * SEASON[monday.month - 1] * rng.uniform(0.7, 1.3)
                amount = round(dollars * country.per_dollar * 100)
                costs.append(Cost(f"K{len(costs) + 1:05}", monday, campaign, amount, country.currency))
        monday += timedelta(days=7)
    return costs


def visit_site(rng: Random, clock: Clock) -> Iterator[WebDay]:
    """Yield the daily web figures by channel, with weekly rhythm, season and growth."""
    for number, day in enumerate(clock.days()):
        rhythm = SEASON[day.month - 1] * (1 + number / 1400) * (1.0 if day.weekday() < 5 else 0.38)
        for channel, source, medium, daily, engaged_share, key_rate in CHANNELS:
            sessions = max(1, round(daily * rhythm * rng.uniform(0.75, 1.25)))
            engaged = min(sessions, round(sessions * engaged_share * rng.uniform(0.9, 1.1)))
            users = max(1, round(sessions * rng.uniform(0.8, 0.95)))
            yield WebDay(
                day=day,
                channel=channel,
                source=source,
                medium=medium,
                country=rng.choices(("United States", "Spain", "Brazil", "Kazakhstan"), (0.5, 0.2, 0.2, 0.1))[0],
                device=rng.choices(("desktop", "mobile"), (0.66, 0.34))[0],
                sessions=sessions,
                engaged=engaged,
                users=users,
                new_users=round(users * rng.uniform(0.55, 0.8)),
                views=round(sessions * rng.uniform(1.8, 3.4)),
                key_events=min(engaged, round(sessions * key_rate * rng.uniform(0.3, 1.8))),
                seconds=round(sessions * rng.uniform(50, 140), 1),
            )
