"""Keys to the account: private tokens and the OAuth of public apps, with refresh tokens that are good for one use."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlencode, urlsplit

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.record import iso
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.refusals import correlation, not_found

PRIVATE_TOKEN = "sandbox-token"
CLIENT_ID, CLIENT_SECRET = "sandbox-client", "sandbox-secret"
LIFETIME_SECONDS = 1800


@dataclass(slots=True)
class Grant:
    """What one user allowed one app. Each refresh gives a new pair of tokens."""

    number: int
    scopes: frozenset[str]
    refresh: str = ""
    access: str = ""
    expires_ms: int = 0
    spent: set[str] = field(default_factory=set)
    """Refresh tokens that were used: whoever uses one again loses the grant."""


@dataclass(frozen=True, slots=True)
class _Code:
    scopes: frozenset[str]
    redirect: str
    challenge: str


class Tokens:
    """Every key of the account. ``scopes`` is what the private token and a new grant may at most."""

    def __init__(self, crm: Crm, scopes: frozenset[str]) -> None:
        self.scopes = scopes
        self.consents = True
        """Whether the user clicks on Allow."""
        self.revoked: set[str] = set()
        self._crm = crm
        self._lock = Lock()
        self._codes: dict[str, _Code] = {}
        self._grants: list[Grant] = []

    # --- checking ----------------------------------------------------------------------------------

    def allowed(self, token: str) -> frozenset[str] | None:
        """Return the scopes of a token; None where it is unknown, expired or revoked."""
        if token == PRIVATE_TOKEN and token not in self.revoked:
            return self.scopes
        grant = self._grant_of(token)
        return grant.scopes if grant is not None and grant.expires_ms > self._crm.now_ms() else None

    def expired_at(self, token: str) -> str:
        """Return when a token expired; empty for one that never was."""
        grant = self._grant_of(token)
        return iso(grant.expires_ms) if grant is not None else ""

    def is_public(self, token: str) -> bool:
        """Say whether the token belongs to a public app, which has other limits."""
        return token != PRIVATE_TOKEN

    def expire(self, token: str) -> None:
        """Let a token expire now. A private token does not expire."""
        grant = self._grant_of(token)
        if grant is not None:
            grant.expires_ms = self._crm.now_ms()

    def _grant_of(self, token: str) -> Grant | None:
        return next((grant for grant in self._grants if token and token == grant.access), None)

    # --- the consent page --------------------------------------------------------------------------

    def authorize(self, request: Request) -> Answer:
        """Answer the consent page: the user allows at once and is sent back with a code."""
        redirect, state = request.first("redirect_uri"), request.first("state")
        host = urlsplit(redirect).hostname
        if request.first("client_id") != CLIENT_ID or host not in ("127.0.0.1", "localhost", "::1"):
            page = b"<html><body><h1>This app cannot be installed</h1><p>Unknown client or redirect.</p></body></html>"
            return Answer(400, raw=page, headers={"Content-Type": "text/html"})
        if not self.consents:
            return _back(redirect, {"error": "access_denied", "error_description": "The user said no", "state": state})
        wanted = frozenset(f"{request.first('scope')} {request.first('optional_scope')}".split())
        with self._lock:
            code = f"code-{len(self._codes) + 1:06}"
            self._codes[code] = _Code(wanted & self.scopes, redirect, request.first("code_challenge"))
        return _back(redirect, {"code": code, "state": state})

    # --- the token endpoint ------------------------------------------------------------------------

    def answer(self, version: str, rest: tuple[str, ...], request: Request) -> Answer:
        """Answer ``/oauth/{version}/…``: token, introspect, revoke, and the lookups of version 1."""
        if request.method == "GET":
            token = rest[1] if len(rest) == 2 else ""
            return self._introspect(token, version) if rest[:1] != ("token",) else not_found()
        if rest == ("token",):
            return self._token(request.form)
        if rest == ("token", "introspect"):
            return self._introspect(request.form.get("token", ""), version)
        if rest == ("token", "revoke"):
            return self._revoke(request.form.get("token", ""))
        return not_found()

    def _token(self, form: dict[str, str]) -> Answer:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return _wrong("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id or secret")
        with self._lock:
            if form.get("grant_type") == "authorization_code":
                return self._exchange(form)
            if form.get("grant_type") == "refresh_token":
                return self._refresh(form.get("refresh_token", ""))
        return _wrong("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type")

    def _exchange(self, form: dict[str, str]) -> Answer:
        code = self._codes.pop(form.get("code", ""), None)
        if code is None or code.redirect != form.get("redirect_uri") or not _proves(code, form):
            return _wrong("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code")
        grant = Grant(len(self._grants) + 1, code.scopes)
        self._grants.append(grant)
        return self._renew(grant)

    def _refresh(self, token: str) -> Answer:
        for grant in list(self._grants):
            if token and token == grant.refresh:
                return self._renew(grant)
            if token in grant.spent:
                self._grants.remove(grant)
        return _wrong("BAD_REFRESH_TOKEN", "invalid_grant", "missing or unknown refresh token")

    def _renew(self, grant: Grant) -> Answer:
        if grant.refresh:
            grant.spent.add(grant.refresh)
        turn = len(grant.spent) + 1
        grant.access, grant.refresh = f"access-{grant.number}-{turn}", f"refresh-{grant.number}-{turn}"
        grant.expires_ms = self._crm.now_ms() + LIFETIME_SECONDS * 1000
        body = {
            "token_type": "bearer",
            "token_use": "access_token",
            "access_token": grant.access,
            "refresh_token": grant.refresh,
            "expires_in": LIFETIME_SECONDS,
            "hub_id": self._crm.account.id,
            "user_id": 61_526_375,
            "scopes": sorted(grant.scopes),
        }
        return Answer(200, body)

    def _introspect(self, token: str, version: str) -> Answer:
        grant = next((one for one in self._grants if token and token in (one.access, one.refresh)), None)
        if grant is None:
            return not_found("token not found")
        left = max(0, (grant.expires_ms - self._crm.now_ms()) // 1000)
        shown: dict[str, Any] = {
            "token": token,
            "token_type": "access" if token == grant.access else "refresh",
            "client_id": CLIENT_ID,
            "hub_id": self._crm.account.id,
            "user_id": 61_526_375,
            "app_id": 2_871_904,
            "scopes": sorted(grant.scopes),
        }
        if version == "v1" and token == grant.access:
            del shown["client_id"]  # version 1 names the client of a refresh token only
        if version != "v1":
            shown |= {"active": True, "token_use": f"{shown['token_type']}_token"}
        if token == grant.access:
            shown |= {"expires_in": left, "is_private_distribution": False, "signed_access_token": _signed(shown)}
        return Answer(200, shown)

    def _revoke(self, token: str) -> Answer:
        with self._lock:
            self._grants = [one for one in self._grants if token not in (one.access, one.refresh)]
        return Answer(200, {})


def _signed(shown: dict[str, Any]) -> dict[str, Any]:
    texts = ("appInstallId", "audience", "hublet", "newSignature", "scopeToScopeGroupPks", "scopes", "signature",
             "trialScopeToScopeGroupPks", "trialScopes")  # fmt: skip
    flags = ("isPrivateDistribution", "isServiceAccount", "isUserLevel")
    ids = {"appId": shown["app_id"], "hubId": shown["hub_id"], "userId": shown["user_id"], "expiresAt": 0}
    return dict.fromkeys(texts, "") | dict.fromkeys(flags, False) | ids | {"installingUserId": shown["user_id"]}


def _proves(code: _Code, form: dict[str, str]) -> bool:
    """Say whether the caller holds the secret behind the challenge of the consent page, where there was one."""
    if not code.challenge:
        return True
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge


def _back(redirect: str, fields: dict[str, str]) -> Answer:
    joint = "&" if "?" in redirect else "?"
    shown = {name: value for name, value in fields.items() if value}
    return Answer(302, raw=b"", headers={"Location": f"{redirect}{joint}{urlencode(shown)}"})


def _wrong(status: str, error: str, message: str) -> Answer:
    """HubSpot's own names and the ones of OAuth stand side by side."""
    body = {
        "status": status,
        "message": message,
        "error": error,
        "error_description": message,
        "correlationId": correlation(),
        "category": "VALIDATION_ERROR",
    }
    return Answer(400, body)
