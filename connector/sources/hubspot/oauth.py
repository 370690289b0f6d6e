"""Signing in by OAuth: the address people go to, and the exchange of codes for tokens.

``/oauth/v1`` is deprecated on 16 February 2027; the dated path takes the same form (contracts ``2026-03/oauth.json``).
HubSpot may hand out another refresh token with every exchange: whoever exchanges keeps the new one before using it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from connector.errors import ConnectionRefused, VendorUnavailable, quote
from connector.http.answer import Request, Response, body_facts
from connector.http.client import Client
from connector.http.loopback import Loopback
from connector.http.redaction import Token, without
from connector.http.tokens import Grant
from connector.sources.hubspot.catalogue import needed_scopes
from connector.sources.hubspot.versions import Version

CONSENT_URL = "https://app.hubspot.com/oauth/authorize"
BACK_TO = "http://localhost:{port}/callback"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
SECRET_FIELDS = frozenset({"code", "refresh_token", "client_secret"})
"""Fields of a token form that are shown to nobody."""


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """The registered app that people allow: its id is public, its secret is not."""

    client_id: str
    client_secret: Token = field(repr=False)


def consent_url(app: OAuthApp, redirect_uri: str, state: str, base: str = CONSENT_URL) -> str:
    """Return the address where a person allows the app to read; what an account may lack is asked for as optional."""
    required = needed_scopes(optional=False)
    optional = [scope for scope in needed_scopes() if scope not in required]
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(("oauth", *required)),
        "optional_scope": " ".join(optional),
        "state": state,
    }
    return f"{base}?{urlencode(query)}"


def code_form(app: OAuthApp, code: str, redirect_uri: str) -> dict[str, str]:
    """Return the form that trades the code of a redirect for tokens."""
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, **identity(app)}


def refresh_form(app: OAuthApp, refresh: Token) -> dict[str, str]:
    """Return the form that trades a refresh token for new tokens."""
    return {"grant_type": "refresh_token", "refresh_token": refresh.reveal(), **identity(app)}


def identity(app: OAuthApp) -> dict[str, str]:
    """Return the fields by which the app says who it is."""
    return {"client_id": app.client_id, "client_secret": app.client_secret.reveal()}


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Where tokens are had. ``client`` has no token of its own; ``base_url`` is that of the interface."""

    client: Client
    version: Version
    base_url: str
    app: OAuthApp

    def exchange_code(self, code: str, redirect_uri: str) -> Grant:
        """Return the tokens for a code. Raises ConnectionRefused for one that is wrong, used or too old."""
        return self._grant(code_form(self.app, code, redirect_uri))

    def exchange_refresh(self, refresh: Token) -> Grant:
        """Return new tokens; what :class:`connector.http.tokens.OAuthToken` asks for. Raises ConnectionRefused."""
        return self._grant(refresh_form(self.app, refresh))

    def _grant(self, form: Mapping[str, str]) -> Grant:
        url = self.base_url.rstrip("/") + self.version.token
        # Not repeatable: a code is good once, and a refresh token may be spent although its answer was lost.
        response = self.client.send(Request("POST", url, headers=FORM, body=urlencode(form).encode()))
        if not 200 <= response.status < 300:
            raise refused(response, [Token(form[name]) for name in SECRET_FIELDS & form.keys()])
        return read_grant(response.value, self.client.options.clock.now())


def refused(response: Response, secrets: Iterable[Token]) -> ConnectionRefused:
    """Return the error for a token endpoint that said no; its words are quoted without the secrets it was sent."""
    facts = body_facts(response)
    said = facts.get("message") or facts.get("error_description") or facts.get("error") or f"status {response.status}"
    return ConnectionRefused(
        f"HubSpot does not give a token: {quote(without(said, secrets), 200)}.",
        place="sign-in",
        remedy="Sign in again: connect hubspot --oauth, with the same workspace and name. Check the client id, the "
        "client secret and the redirect address of the app.",
    )


def read_grant(told: Any, now: datetime) -> Grant:
    """Return the tokens of an answer. Raises VendorUnavailable for one that has none."""
    if not isinstance(told, dict) or not told.get("access_token"):
        raise VendorUnavailable("HubSpot answered without a token.", place="sign-in", remedy="Sign in again.")
    try:
        expires_at = now + timedelta(seconds=float(told["expires_in"])) if told.get("expires_in") else None
    except (TypeError, ValueError, OverflowError):  # what lasts for an unknown time is renewed when it is refused
        expires_at = None
    return Grant(Token(str(told["access_token"])), Token(str(told.get("refresh_token") or "")), expires_at)


def hubspot_loopback(port: int = 0) -> Loopback:
    """Return what waits for the browser to come back from HubSpot. Raises UserError when the port is taken."""
    return Loopback(port, "HubSpot", BACK_TO)
