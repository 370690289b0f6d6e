"""What HubSpot's refusals mean to the client that sends the requests, and how many requests it allows.

Statuses and bodies: sources.md 3.6 and 3.7, with the recordings named there.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connector.http.answer import Response
from connector.http.budget import Limit
from connector.http.pool import Route
from connector.http.retry import RULES, Policy, RateHeaders, Rule

GENERAL = "general"
SEARCH = "search"
PRIVATE_APP = 190
OAUTH_APP = 110
SEARCHES = 4

HUBSPOT_RULES = (
    Rule("ok", range(200, 300)),
    Rule("fail", faults=("too_large",)),  # the source asks for fewer records
    Rule("quota", (429,), facts={"policyName": ("DAILY",)}),
    Rule("quota", (429,), facts={"message": ("You have reached your daily limit.",)}),
    Rule("wait", (429, 477)),  # 477: the account is being moved to another data centre
    Rule("retry", (423,)),  # a lock of two seconds (developers.hubspot.com, "Handling errors")
    Rule("fail", (402, 403, 404)),  # what the account, its edition or the key lacks: the stream says which
    Rule("refuse", (530,)),  # a token of the wrong shape
    *RULES,
)

POLICY = Policy(
    vendor="HubSpot",
    rules=HUBSPOT_RULES,
    rate_headers=RateHeaders(
        limit=GENERAL,
        maximum="x-hubspot-ratelimit-max",
        remaining="x-hubspot-ratelimit-remaining",
        interval_ms="x-hubspot-ratelimit-interval-milliseconds",
        daily_remaining="x-hubspot-ratelimit-daily-remaining",
    ),
    reconnect="Check the access token of the private app, or connect again.",
)


def hubspot_policy(time_zone: str = "") -> Policy:
    """Return the policy for an account; its daily quota comes back at midnight of ``time_zone`` (IANA name)."""
    return replace(POLICY, quota_returns=midnight_of(time_zone))


def midnight_of(time_zone: str) -> Callable[[Response, datetime], datetime | None]:
    """Return a function that gives the next midnight of a time zone, UTC where it is unknown."""
    try:
        zone: ZoneInfo | None = ZoneInfo(time_zone) if time_zone else None
    except (ZoneInfoNotFoundError, ValueError):
        zone = None

    def returns(_response: Response, now: datetime) -> datetime | None:
        local = now.astimezone(zone or UTC)
        tomorrow = datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)
        return tomorrow.astimezone(UTC)

    return returns


def route(_method: str, path: str) -> Route:
    """Return what a path means to the client. Everything that is read here may be asked twice."""
    family = SEARCH if path.endswith("/search") and "/objects/" in path else GENERAL
    return Route(family, repeatable=True)


def limits(per_ten_seconds: int = PRIVATE_APP, searches_per_second: int = SEARCHES) -> dict[str, tuple[Limit, ...]]:
    """Return the limits of an account by endpoint family.

    Searches count against their own limit, which the whole account shares (5 a second; the margin is for others),
    and their answers carry no headers to learn it from. ``per_ten_seconds``: 190 for private apps of professional
    editions, 100 for free ones, 110 for OAuth.
    """
    return {
        GENERAL: (Limit(GENERAL, per_ten_seconds, 10.0),),
        SEARCH: (Limit(GENERAL, per_ten_seconds, 10.0), Limit(SEARCH, searches_per_second, 1.0)),
    }
