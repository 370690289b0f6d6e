"""What to do after a try: a table from status, fault and body to one of a few actions, and how long to wait.

A vendor brings its own table, most often a few rows of its own before :data:`RULES`. The first row that fits
decides; what no row knows is handed to the caller, never repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final, Literal

from connector.http.answer import Content, Fault, Response, body_facts

Action = Literal["ok", "retry", "wait", "refresh", "quota", "scope", "not_in_account", "refuse", "stop", "fail"]
"""What follows a try.

``ok``: the answer is good. ``retry``: again after a growing, random pause. ``wait``: too many requests; everybody
who shares the budget pauses. ``refresh``: a new token, then again, once. ``quota``: QuotaExhausted. ``scope``:
MissingScope. ``not_in_account``: NotInAccount. ``refuse``: ConnectionRefused. ``stop``: VendorUnavailable at once.
``fail``: the caller gets the answer as it is.
"""

ANY: Final = range(600)


@dataclass(frozen=True, slots=True)
class Rule:
    """A row of the table. Everything given must fit; ``facts`` maps members of the body to their allowed values."""

    action: Action
    statuses: Collection[int] = ANY
    faults: tuple[Fault, ...] = ("",)
    content: tuple[Content, ...] = ()
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def fits(self, response: Response, facts: Mapping[str, str]) -> bool:
        """Say whether the row speaks of this answer."""
        return (
            response.fault in self.faults
            and response.status in self.statuses
            and (not self.content or response.content in self.content)
            and all(facts.get(name) in values for name, values in self.facts.items())
        )


RULES: Final[tuple[Rule, ...]] = (
    Rule("retry", faults=("connection", "dropped", "timeout", "truncated", "malformed")),
    Rule("refuse", faults=("certificate",)),
    Rule("stop", faults=("too_large",)),
    Rule("ok", range(200, 300)),
    Rule("wait", (429,)),
    Rule("refresh", (401,)),
    Rule("refuse", (403, 407)),
    Rule("retry", (408, 425)),
    Rule("fail", range(300, 500)),
    Rule("stop", (501, 505)),
    Rule("retry", range(500, 600)),
)
"""What HTTP itself says (RFC 9110, RFC 6585), for every vendor."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How often and how long. ``tries`` counts the first one; ``total_seconds`` bounds a call with all its waits.

    The pause before try n+1 is random between 0 and min(cap, base * 2^(n-1)) seconds: spread over all of it, so that
    many workers that failed together do not come back together.
    """

    tries: int = 8
    total_seconds: float = 600.0
    base_seconds: float = 0.5
    cap_seconds: float = 30.0
    retry_after_cap_seconds: float = 120.0

    def pause(self, failed: int, chance: float) -> float:
        """Return the seconds to wait after ``failed`` tries; ``chance`` is in [0, 1)."""
        return chance * min(self.cap_seconds, self.base_seconds * 2.0 ** min(failed - 1, 30))

    def after(self, asked: float | None, failed: int, chance: float) -> float:
        """Return the seconds to wait when the vendor asked for a time, or said "too many" without one.

        What it asked for is kept, up to the cap, and spread by a tenth; otherwise half of the pause is certain.
        """
        if asked is not None:
            return min(asked, self.retry_after_cap_seconds) * (1 + 0.1 * chance)
        longest = min(self.cap_seconds, 2 * self.base_seconds * 2.0 ** min(failed - 1, 30))
        return longest * (0.5 + 0.5 * chance)


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """Names of the headers in which a vendor tells the state of a limit; ``limit`` is its name in our budget."""

    limit: str
    maximum: str
    remaining: str
    interval_ms: str
    daily_remaining: str = ""


@dataclass(frozen=True, slots=True)
class RateFacts:
    """What the headers of one answer tell; None where they do not."""

    maximum: int | None
    remaining: int | None
    interval_seconds: float | None
    daily_remaining: int | None


def rate_facts(names: RateHeaders, response: Response) -> RateFacts:
    """Read the headers about limits. Search answers of HubSpot, for one, have none of them."""

    def whole(name: str) -> int | None:
        text = response.headers.get(name, "") if name else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None

    interval = whole(names.interval_ms)
    return RateFacts(
        whole(names.maximum),
        whole(names.remaining),
        None if interval is None else interval / 1000,
        whole(names.daily_remaining),
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """A vendor's table and words. ``quota_returns`` tells when a used-up quota comes back, None when it cannot."""

    vendor: str = "The vendor"
    rules: tuple[Rule, ...] = RULES
    backoff: Backoff = field(default_factory=Backoff)
    rate_headers: RateHeaders | None = None
    scopes: str = "context.requiredGranularScopes"
    """Member of the body that names missing scopes."""
    quota_returns: Callable[[Response, datetime], datetime | None] = lambda _response, _now: None
    reconnect: str = "Check the token or key, then connect again."

    def action(self, response: Response) -> Action:
        """Return what follows this answer."""
        facts = {} if response.fault or 200 <= response.status < 300 else body_facts(response)
        return next((rule.action for rule in self.rules if rule.fits(response, facts)), "fail")


def retry_after(response: Response, now: datetime) -> float | None:
    """Return the seconds a vendor asks us to wait, None when it does not. Both forms of RFC 9110 10.2.3."""
    text = (response.headers.get("retry-after") or "").strip()
    if not text:
        return None
    try:
        return max(0.0, min(float(text), 1e9)) if text[0].isdigit() else _until(text, now)
    except ValueError:
        return None


def _until(text: str, now: datetime) -> float:
    moment = parsedate_to_datetime(text)
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds())
