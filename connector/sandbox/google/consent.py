"""The consent page of accounts.google.com: a person allows an app at once, or does not, and is sent back to it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode, urlsplit

from connector.sandbox.google.identity import CLIENT_ID, Person
from connector.sandbox.http.message import Answer, Request


@dataclass(frozen=True, slots=True)
class Code:
    """What stands behind a code that the app changes for tokens."""

    person: Person
    scopes: frozenset[str]
    redirect: str
    challenge: str
    method: str
    nonce: str


def asked(request: Request, person: Person) -> Code:
    """Return what a request for consent asks of a person."""
    method = request.first("code_challenge_method", "plain")
    scopes = frozenset(request.first("scope").split())
    redirect, nonce = request.first("redirect_uri"), request.first("nonce")
    return Code(person, scopes, redirect, request.first("code_challenge"), method, nonce)


def what_is_wrong(request: Request) -> str:
    """Return why a request for consent is not shown to the person at all; empty when nothing is."""
    redirect = urlsplit(request.first("redirect_uri"))
    if request.first("client_id") != CLIENT_ID:
        return "Error 401: invalid_client. The OAuth client was not found."
    if redirect.scheme != "http" or redirect.hostname not in ("127.0.0.1", "localhost", "::1"):
        return "Error 400: redirect_uri_mismatch"
    if request.first("response_type") != "code":
        return "Error 400: invalid_request. Required parameter is missing: response_type"
    return "" if request.first("scope").split() else "Error 400: invalid_request. Missing required parameter: scope"


def blocked(reason: str) -> Answer:
    """Return the page that says so."""
    page = f"<!doctype html><title>Error 400</title><h1>Access blocked</h1><p>{escape(reason)}</p>"
    return Answer(400, raw=page.encode(), headers={"Content-Type": "text/html; charset=utf-8"})


def sent_back(request: Request, fields: dict[str, str]) -> Answer:
    """Return the redirect to the app, with the state it gave."""
    redirect = request.first("redirect_uri")
    joint = "&" if "?" in redirect else "?"
    shown = {name: value for name, value in (fields | {"state": request.first("state")}).items() if value}
    return Answer(302, raw=b"", headers={"Location": f"{redirect}{joint}{urlencode(shown)}"})


def wrong_proof(code: Code, verifier: str) -> str:
    """Return what is wrong with the secret behind the challenge; empty when nothing is, or there was no challenge."""
    if not code.challenge:
        return ""
    if not verifier:
        return "Missing code verifier."
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return "" if code.challenge == (digest if code.method == "S256" else verifier) else "Invalid code verifier."
