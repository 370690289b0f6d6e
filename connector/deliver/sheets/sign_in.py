"""Signing in to Google: a service account that signs for itself, or a person who allows an app in the browser.

Service account: https://developers.google.com/identity/protocols/oauth2/service-account (an RS256 assertion of at most
an hour is changed for a token). Person: https://developers.google.com/identity/protocols/oauth2/native-app (loopback
address, PKCE). Every request goes through our own client; google-auth only signs.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, Final
from urllib.parse import urlencode

from connector.deliver.sheets.transport import CONSENT, TOKENS, rewritten
from connector.errors import ConnectionRefused, FileError, VendorUnavailable, quote
from connector.http.answer import Request, Response, body_facts, parse_json
from connector.http.client import Client
from connector.http.clock import REAL, Clock
from connector.http.redaction import Token, without
from connector.http.tokens import Grant, OAuthToken, TokenSource

SHEETS_SCOPE: Final = "https://www.googleapis.com/auth/spreadsheets"
DRIVE_SCOPE: Final = "https://www.googleapis.com/auth/drive"
FILE_SCOPE: Final = "https://www.googleapis.com/auth/drive.file"
SERVICE_SCOPES: Final = (SHEETS_SCOPE, DRIVE_SCOPE)
"""A service account sees nothing but what is shared with it, so wide scopes open no more than that."""
PERSON_SCOPES: Final = (FILE_SCOPE,)
"""Only files that Puente made, or that the person opened with it: the one scope that Google need not verify."""
ALL_SHEETS_SCOPES: Final = (FILE_SCOPE, SHEETS_SCOPE)
"""Every spreadsheet of the person as well; Google calls this one sensitive."""

ASSERTION_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_SECONDS: Final = 3600
CLOCK_SLACK_SECONDS: Final = 30
"""An assertion is dated so much earlier: Google refuses one that its own clock has not reached."""
FORM: Final = {"content-type": "application/x-www-form-urlencoded"}
SECRET_FIELDS: Final = frozenset({"code", "refresh_token", "client_secret", "code_verifier", "assertion"})
BACK_TO: Final = "http://127.0.0.1:{port}/"
"""Desktop apps come back to this machine, whatever the port; nothing of it has to be registered."""


@dataclass(frozen=True, slots=True)
class ServiceKey:
    """A service account's key file. ``subject`` is the person it acts for, where an administrator allows that."""

    email: str
    key_id: str
    private_key: Token = field(repr=False)
    token_url: str = f"{TOKENS}/token"
    subject: str = ""


@dataclass(frozen=True, slots=True)
class AppKey:
    """An OAuth client of the kind "desktop app". Its secret is none in Google's eyes; it is kept like one."""

    client_id: str
    client_secret: Token = field(repr=False)


def read_service_key(text: str, subject: str = "") -> ServiceKey:
    """Read a key file of a service account. Raises FileError, which never quotes the file."""
    told = _json(text)
    email, key_id, key = (told.get(name) for name in ("client_email", "private_key_id", "private_key"))
    if told.get("type") != "service_account" or not email or not key:
        raise FileError(
            "This is no key file of a Google service account.",
            place="key file",
            remedy="In the Google Cloud console open the service account, then Keys, Add key, JSON.",
        )
    made = ServiceKey(str(email), str(key_id or ""), Token(str(key)), str(told.get("token_uri") or ""), subject)
    _signer(made)
    return made


def read_app_key(text: str) -> AppKey:
    """Read a client file of a desktop app. Raises FileError."""
    told = _json(text).get("installed")
    if not isinstance(told, dict) or not told.get("client_id") or not told.get("client_secret"):
        raise FileError(
            "This is no client file of a desktop app.",
            place="key file",
            remedy="In the Google Cloud console open Clients, create one of the type Desktop app, download its JSON.",
        )
    return AppKey(str(told["client_id"]), Token(str(told["client_secret"])))


def _json(text: str) -> dict[str, Any]:
    try:
        told = parse_json(text.encode())
    except ValueError:
        told = None
    return told if isinstance(told, dict) else {}


# --- tokens -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenDesk:
    """Where tokens are had. ``client`` signs nothing itself; ``base_url`` stands in for Google where it is given."""

    client: Client
    base_url: str = ""

    def by_code(self, app: AppKey, code: str, redirect_uri: str, verifier: str) -> Grant:
        """Return the grant for the code of a redirect. Raises ConnectionRefused."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return self._ask({**form, "code_verifier": verifier, **_identity(app)})

    def by_refresh(self, app: AppKey, refresh: Token) -> Grant:
        """Return a new access token for a person's grant. Raises ConnectionRefused when it was taken back."""
        return self._ask({"grant_type": "refresh_token", "refresh_token": refresh.reveal(), **_identity(app)})

    def by_key(self, key: ServiceKey, scopes: tuple[str, ...]) -> Grant:
        """Return an access token for a service account. Raises ConnectionRefused for a key that was deleted."""
        told = assertion(key, scopes, self.client.options.clock.now())
        return self._ask({"grant_type": ASSERTION_GRANT, "assertion": told}, key.token_url)

    def _ask(self, form: Mapping[str, str], url: str = "") -> Grant:
        place = rewritten(url or f"{TOKENS}/token", self.base_url)
        # A token that was handed out twice does no harm: neither kind of grant is used up by it, but a code is.
        again = form["grant_type"] != "authorization_code"
        response = self.client.send(
            Request("POST", place, headers=FORM, body=urlencode(form).encode(), repeatable=again)
        )
        if not 200 <= response.status < 300:
            raise _refused(response, [Token(form[name]) for name in SECRET_FIELDS & form.keys()])
        return _grant(response.value, self.client.options.clock.now())


def _identity(app: AppKey) -> dict[str, str]:
    return {"client_id": app.client_id, "client_secret": app.client_secret.reveal()}


def _grant(told: Any, now: datetime) -> Grant:
    if not isinstance(told, dict) or not told.get("access_token"):
        raise VendorUnavailable("Google answered without a token.", place="sign-in", remedy="Try again later.")
    lasts = told.get("expires_in")
    expires_at = now + timedelta(seconds=float(lasts)) if lasts else None
    return Grant(Token(str(told["access_token"])), Token(str(told.get("refresh_token") or "")), expires_at)


def _refused(response: Response, sent: list[Token]) -> ConnectionRefused:
    facts = body_facts(response)
    said = facts.get("error_description") or facts.get("error") or f"status {response.status}"
    return ConnectionRefused(
        f"Google does not let Puente sign in: {quote(without(said, sent), 200)}.",
        place="sign-in",
        remedy="The key was deleted, or the access taken back or never allowed: connect google --workspace NAME.",
    )


def assertion(key: ServiceKey, scopes: tuple[str, ...], now: datetime) -> str:
    """Return the signed text that a service account shows for a token."""
    from google.auth import jwt  # noqa: PLC0415 - loads where it signs

    issued = int(now.timestamp()) - CLOCK_SLACK_SECONDS
    claims = {
        "iss": key.email, "scope": " ".join(scopes), "aud": key.token_url or f"{TOKENS}/token",
        "iat": issued, "exp": issued + ASSERTION_SECONDS,
    } | ({"sub": key.subject} if key.subject else {})  # fmt: skip
    encoded: bytes = jwt.encode(_signer(key), claims)  # type: ignore[no-untyped-call]
    return encoded.decode()


def _signer(key: ServiceKey) -> Any:
    from google.auth import crypt  # noqa: PLC0415 - loads where it signs

    try:
        return crypt.RSASigner.from_string(key.private_key.reveal(), key.key_id)  # type: ignore[no-untyped-call]
    except Exception:  # noqa: BLE001 - whatever the library says of a key, its text must not be shown
        raise FileError(
            "The private key in the key file cannot be read.",
            place="key file",
            remedy="Download the file again, and change nothing in it.",
        ) from None


class _OwnGrant:
    """Keeps the token of a service account in this process: whoever else needs one can sign for it."""

    def __init__(self) -> None:
        self._grant = Grant(Token(""), Token(""), None)
        self._lock = RLock()

    def load(self) -> Grant:
        return self._grant

    def save(self, grant: Grant) -> None:
        self._grant = grant

    def exchange_under_lock(self) -> AbstractContextManager[Any]:
        return self._lock


def service_token(desk: TokenDesk, key: ServiceKey, scopes: tuple[str, ...], clock: Clock = REAL) -> TokenSource:
    """Return what a service account signs in with: fetched at first use, renewed by one thread when it ends."""
    return OAuthToken(_OwnGrant(), lambda _refresh: desk.by_key(key, scopes), clock)


# --- the consent of a person ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proof:
    """PKCE (RFC 7636): only who holds the verifier can change the code for tokens."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)

    @property
    def challenge(self) -> str:
        """What the consent page is told of it."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def consent_url(
    app: AppKey, redirect_uri: str, state: str, proof: Proof, scopes: tuple[str, ...], base_url: str = ""
) -> str:
    """Return the address where a person allows the app, for as long as they do not take it back."""
    query = {
        "client_id": app.client_id,
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": " ".join(scopes),
        "code_challenge": proof.challenge,
        "code_challenge_method": "S256",
        "state": state,
        "access_type": "offline",
        "prompt": "consent",
    }
    return f"{rewritten(f'{CONSENT}/o/oauth2/v2/auth', base_url)}?{urlencode(query)}"
