"""Keys to the sandbox's Google: access and refresh tokens, service accounts' assertions, the consent page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any

from connector.sandbox.google.assertions import OAuthError, checked_assertion
from connector.sandbox.google.consent import Code, asked, blocked, sent_back, what_is_wrong, wrong_proof
from connector.sandbox.google.identity import CLIENT_ID, CLIENT_SECRET, OWNER, SERVICE, Person, person_of
from connector.sandbox.google.openid import identity_token, profile
from connector.sandbox.http.message import Answer, Request

LIFETIME_SECONDS = 3599
ALL_SCOPES = frozenset(
    f"https://www.googleapis.com/auth/{name}"
    for name in ("drive", "drive.file", "drive.readonly", "spreadsheets", "spreadsheets.readonly", "userinfo.email")
)
ASSERTION = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class Pass:
    """What an access token opens: whose it is, which app holds it and what it may."""

    person: Person
    client: str
    scopes: frozenset[str]
    expires_at: float = float("inf")


@dataclass(slots=True)
class Grant:
    """What a person allowed an app."""

    person: Person
    client: str
    scopes: frozenset[str]
    refresh: str
    access: list[str] = field(default_factory=list)


class Tokens:
    """Every key there is. ``now`` is the clock (aware); ``lifetime_seconds`` how long an access token is good."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.lifetime_seconds = LIFETIME_SECONDS
        self.consent: Person | None = OWNER
        """Who clicks on Allow on the consent page; None clicks on Cancel."""
        self.accounts = {SERVICE.email: SERVICE}
        """Service accounts whose assertions are taken."""
        self.delegated: set[str] = set()
        """Addresses as which a service account may act (domain-wide delegation)."""
        self.url = ""
        self._now = now
        self._lock = Lock()
        self._count = 0
        self._passes: dict[str, Pass] = {}
        self._grants: list[Grant] = []
        self._codes: dict[str, Code] = {}

    # Handing out without HTTP, for those who start the sandbox

    def give(self, person: Person, scopes: frozenset[str] = ALL_SCOPES, client: str = CLIENT_ID) -> str:
        """Return an access token that does not expire by itself."""
        with self._lock:
            return self._access(Pass(person, client, scopes))

    def grant(self, person: Person, scopes: frozenset[str] = ALL_SCOPES) -> str:
        """Return a refresh token, as if the person had allowed the app."""
        with self._lock:
            return self._granted(person, scopes).refresh

    def revoke(self, token: str) -> bool:
        """Make a refresh or access token worthless, with all that came of it; say whether it was known."""
        with self._lock:
            for grant in self._grants:
                if token == grant.refresh or token in grant.access:
                    self._grants.remove(grant)
                    for access in grant.access:
                        self._passes.pop(access, None)
                    return True
            return self._passes.pop(token, None) is not None

    def expire(self, token: str) -> None:
        """Let an access token be too old from now on."""
        with self._lock:
            self._passes.pop(token, None)

    def opened_by(self, request: Request) -> Pass | None:
        """Return what the token of a request opens; None where there is none that is good."""
        return self._good(bearer(request))

    def _good(self, token: str) -> Pass | None:
        found = self._passes.get(token)
        return found if found is not None and found.expires_at > self._now().timestamp() else None

    # accounts.google.com

    def consent_page(self, request: Request) -> Answer:
        """Answer the consent page: the person decides at once and is sent back to the app."""
        reason = what_is_wrong(request)
        if reason:
            return blocked(reason)
        if self.consent is None:
            return sent_back(request, {"error": "access_denied"})
        asks = asked(request, self.consent)
        with self._lock:
            code = f"4/0sandbox-{self._next():06}"
            self._codes[code] = asks
        return sent_back(request, {"code": code, "scope": " ".join(sorted(asks.scopes))})

    # oauth2.googleapis.com

    def answer(self, request: Request) -> Answer:
        """Answer the token endpoint."""
        form = request.form
        try:
            with self._lock:
                return Answer(200, self._token(form))
        except OAuthError as error:
            body = {"error": error.error} | ({"error_description": error.description} if error.description else {})
            return Answer(error.status, body)

    def _token(self, form: dict[str, str]) -> dict[str, Any]:
        kind = form.get("grant_type", "")
        if kind == ASSERTION:
            return self._assert(form.get("assertion", ""))
        if not kind:
            raise OAuthError("invalid_request", "Required parameter is missing: grant_type")
        if kind not in ("authorization_code", "refresh_token"):
            raise OAuthError("unsupported_grant_type", f"Invalid grant_type: {kind}")
        if form.get("client_id") != CLIENT_ID:
            raise OAuthError("invalid_client", "The OAuth client was not found.", 401)
        if form.get("client_secret") != CLIENT_SECRET:
            raise OAuthError("invalid_client", "Unauthorized", 401)
        return self._exchange(form) if kind == "authorization_code" else self._refresh(form)

    def _exchange(self, form: dict[str, str]) -> dict[str, Any]:
        code = self._codes.get(form.get("code", ""))
        if code is None:
            raise OAuthError("invalid_grant", "Malformed auth code.")
        if code.redirect != form.get("redirect_uri"):
            raise OAuthError("redirect_uri_mismatch", "Bad Request")
        wrong = wrong_proof(code, form.get("code_verifier", ""))
        if wrong:
            raise OAuthError("invalid_grant", wrong)
        del self._codes[form["code"]]
        grant = self._granted(code.person, code.scopes)
        body = self._handed(grant) | {"refresh_token": grant.refresh}
        if "openid" in code.scopes:
            body["id_token"] = identity_token(code.person, code.nonce, self._now())
        return body

    def _refresh(self, form: dict[str, str]) -> dict[str, Any]:
        token = form.get("refresh_token", "")
        for grant in self._grants:
            if token and token == grant.refresh:
                return self._handed(grant)
        raise OAuthError("invalid_grant", "Token has been expired or revoked.")

    def _assert(self, assertion: str) -> dict[str, Any]:
        audiences = {f"{self.url}/token", "https://oauth2.googleapis.com/token"}
        now = self._now().timestamp()
        issuer, claims = checked_assertion(assertion, self.accounts, audiences, now)
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            raise OAuthError("invalid_scope", "Invalid OAuth scope or ID token audience provided.")
        person = self._acting(issuer, str(claims.get("sub") or issuer.email))
        access = self._access(Pass(person, issuer.email, scopes, now + self.lifetime_seconds))
        return {"access_token": access, "expires_in": self.lifetime_seconds, "token_type": "Bearer"}

    def _acting(self, issuer: Person, subject: str) -> Person:
        if subject == issuer.email:
            return issuer
        if subject.lower() in self.delegated:
            return person_of(subject)
        raise OAuthError(
            "unauthorized_client",
            "Client is unauthorized to retrieve access tokens using this method, or client not authorized for any of "
            "the scopes requested.",
            401,
        )

    def revoke_answer(self, request: Request) -> Answer:
        """Answer the endpoint that takes tokens back."""
        token = request.form.get("token") or request.first("token")
        if self.revoke(token):
            return Answer(200, {})
        return Answer(400, {"error": "invalid_token", "error_description": "Token expired or revoked"})

    def info(self, request: Request) -> Answer:
        """Answer ``tokeninfo``: what an access token opens."""
        found = self._good(request.first("access_token") or request.form.get("access_token", "") or bearer(request))
        if found is None:
            return Answer(400, {"error": "invalid_token", "error_description": "Invalid Value"})
        left = min(found.expires_at - self._now().timestamp(), LIFETIME_SECONDS)
        body = {
            "azp": found.client, "aud": found.client, "sub": found.person.number,
            "scope": " ".join(sorted(found.scopes)),
            "exp": str(int(self._now().timestamp() + left)), "expires_in": str(int(left)), "access_type": "offline",
            "email": found.person.email, "email_verified": "true",
        }  # fmt: skip
        return Answer(200, body)

    def user_info(self, request: Request) -> Answer:
        """Answer OpenID Connect's ``userinfo``."""
        found = self.opened_by(request)
        if found is None:
            return Answer(401, {"error": "invalid_request", "error_description": "Invalid Credentials"})
        return Answer(200, profile(found.person))

    # Within

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _access(self, opens: Pass) -> str:
        token = f"ya29.sandbox-{self._next():06}"
        self._passes[token] = opens
        return token

    def _granted(self, person: Person, scopes: frozenset[str]) -> Grant:
        grant = Grant(person, CLIENT_ID, scopes, f"1//sandbox-refresh-{self._next():06}")
        self._grants.append(grant)
        return grant

    def _handed(self, grant: Grant) -> dict[str, Any]:
        expires = self._now().timestamp() + self.lifetime_seconds
        access = self._access(Pass(grant.person, grant.client, grant.scopes, expires))
        grant.access.append(access)
        return {
            "access_token": access,
            "expires_in": self.lifetime_seconds,
            "scope": " ".join(sorted(grant.scopes)),
            "token_type": "Bearer",
        }


def bearer(request: Request) -> str:
    """Return the token of a request; empty where there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else request.first("access_token")
