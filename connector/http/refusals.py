"""The error that ends a call: what a person reads when a vendor did not give what we asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from connector.errors import (
    ConnectionRefused,
    MissingScope,
    NotInAccount,
    PuenteError,
    QuotaExhausted,
    VendorUnavailable,
    quote,
)
from connector.http.answer import Fault, Response, body_facts
from connector.http.redaction import Token, without
from connector.http.retry import Action, Policy, retry_after

FAULTS: Final[dict[Fault, str]] = {
    "connection": "cannot be reached",
    "certificate": "shows a certificate that is not its own or not trusted here",
    "dropped": "closed the connection before it answered",
    "timeout": "did not answer in time",
    "truncated": "broke off in the middle of an answer",
    "malformed": "answered with what is no JSON",
    "too_large": "answered with more than we take in",
}

MESSAGES: Final = ("message", "error_description", "error.message", "error", "errorCode")
"""Members of an error body that hold its sentence."""

TOO_MANY: Final = 429
LATER: Final = "Nothing is wrong here: try again later."


def refusal(
    action: Action, response: Response, policy: Policy, place: str, token: Token | None, now: datetime
) -> PuenteError:
    """Return the error of a call that ends with ``action``. The vendor's words are quoted, without our secrets."""
    facts = body_facts(response)
    said = next((facts[name] for name in MESSAGES if facts.get(name)), "")
    reason = f" It says {quote(without(said, [token] if token else []), 200)}." if said else ""
    vendor = policy.vendor
    if action in ("refuse", "refresh"):
        what = FAULTS[response.fault] if response.fault else f"does not let us in (status {response.status})"
        return ConnectionRefused(f"{vendor} {what}.{reason}", place=place, remedy=policy.reconnect)
    if action == "scope":
        return _missing_scope(facts.get(policy.scopes, ""), reason, policy, place)
    if action == "not_in_account":
        return NotInAccount(
            f"This {vendor} account does not have this kind of record.{reason}",
            place=place,
            remedy="Leave it out, or ask for it where the account is managed.",
        )
    if action in ("quota", "wait"):
        return _quota(action, response, policy, place, now)
    what = FAULTS[response.fault] if response.fault else f"could not answer (status {response.status})"
    return VendorUnavailable(f"{vendor} {what}, as often as we tried.{reason}", place=place, remedy=LATER)


def _missing_scope(named: str, reason: str, policy: Policy, place: str) -> MissingScope:
    scopes = tuple(named.replace(",", " ").split())
    missing = f"lacks the scopes {', '.join(quote(scope) for scope in scopes)}" if scopes else "lacks a scope"
    return MissingScope(
        f"The {policy.vendor} token {missing}.{'' if scopes else reason}",
        scopes=scopes,
        place=place,
        remedy=f"Grant them in {policy.vendor}, then connect again.",
    )


def _quota(action: Action, response: Response, policy: Policy, place: str, now: datetime) -> QuotaExhausted:
    if action == "quota":
        until, what = policy.quota_returns(response, now), "The quota of today is used up"
    else:
        asked = retry_after(response, now)
        until = None if asked is None else now + timedelta(seconds=asked)
        busy = response.status == TOO_MANY
        what = "It still says that there are too many requests" if busy else f"It asks us to wait ({response.status})"
    when = f" It comes back at {until:%Y-%m-%d %H:%M %Z}." if until else ""
    return QuotaExhausted(
        f"{policy.vendor}: {what}.{when}",
        until=until,
        place=place,
        remedy="Try again then." if until else "Try again in some minutes.",
    )
