"""What a service account says of itself to the token endpoint, signed with its key."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from typing import Any

import orjson

from connector.sandbox.google.identity import Person, key

EARLY_SECONDS, LONGEST_SECONDS = 300, 3600
"""How far ahead a caller's clock may be, and how long an assertion may be good."""


class OAuthError(Exception):
    """A refusal of the token endpoint: OAuth's word and Google's sentence."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        super().__init__(description)
        self.error, self.description, self.status = error, description, status


def checked_assertion(
    assertion: str, accounts: Mapping[str, Person], audiences: Collection[str], now: float
) -> tuple[Person, dict[str, Any]]:
    """Return the account that signed an assertion, and its claims. Raises OAuthError in Google's words.

    ``accounts`` are those whose assertions are taken, by address; ``audiences`` the addresses it may be meant for;
    ``now`` is in seconds since 1970.
    """
    issuer = accounts.get(_issuer(assertion))
    if issuer is None:
        raise OAuthError("invalid_grant", "Invalid grant: account not found")
    claims = key(issuer.email).claims(assertion)
    if claims is None:
        raise OAuthError("invalid_grant", "Invalid JWT Signature.")
    if str(claims.get("aud", "")).rstrip("/") not in audiences:
        raise OAuthError("invalid_grant", "Invalid JWT: Failed audience check.")
    _check_times(claims.get("iat"), claims.get("exp"), now)
    return issuer, claims


def _check_times(made: object, ends: object, now: float) -> None:
    if not isinstance(made, int) or not isinstance(ends, int):
        raise OAuthError("invalid_grant", "Invalid JWT: iat and exp must be numbers.")
    if not made - EARLY_SECONDS <= now < ends or ends - made > LONGEST_SECONDS:
        raise OAuthError(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your "
            "iat and exp values in the JWT claim.",
        )


def _issuer(assertion: str) -> str:
    """Return whom an assertion says it is from, before anything is proved."""
    parts = assertion.split(".")
    try:
        claims = orjson.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, IndexError):
        raise OAuthError("invalid_grant", "Bad Request") from None
    return str(claims.get("iss", "")) if isinstance(claims, dict) else ""
