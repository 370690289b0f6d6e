"""Keys, scopes and the consent page of the stand-in of HubSpot."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from connector.sandbox.hubspot import start_hubspot
from connector.sandbox.hubspot.kinds import SCOPES
from tests.sandbox.hubspot_caller import DEALS, Caller, Clock, Reply, small_account

BACK = "http://127.0.0.1:7/back"
WANTED = "crm.objects.deals.read crm.objects.owners.read"
TOKEN = "/oauth/2026-03/token"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hubspot(clock: Clock) -> Iterator[Caller]:
    with start_hubspot(small_account(clock), enforce_limits=True) as running:
        caller = Caller(running)
        yield caller
        caller.pool.clear()


def consent(hubspot: Caller, **more: str) -> dict[str, str]:
    """Go through the consent page and return what the redirect says."""
    asked = {"client_id": "sandbox-client", "redirect_uri": BACK, "scope": WANTED, "state": "s1"} | more
    reply = hubspot.get("/oauth/authorize", **asked)
    assert reply.status == 302
    target = urlsplit(reply.headers["location"])
    assert f"{target.scheme}://{target.netloc}{target.path}" == BACK
    return {name: values[0] for name, values in parse_qs(target.query).items()}


def exchange(hubspot: Caller, code: str, path: str = TOKEN, **more: str) -> Reply:
    keys = {"client_id": "sandbox-client", "client_secret": "sandbox-secret"}
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    return hubspot.form(path, **keys, **(fields | more))


def refresh(hubspot: Caller, token: str) -> Reply:
    return exchange(hubspot, "", grant_type="refresh_token", refresh_token=token)


def test_a_wrong_token_is_refused(hubspot: Caller) -> None:
    hubspot.token = "nonsense"
    reply = hubspot.get(DEALS)
    assert (reply.status, reply.json["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_missing_scope_is_named() -> None:
    with start_hubspot(small_account(Clock()), scopes=SCOPES - {"crm.objects.owners.read"}) as running:
        hubspot = Caller(running)
        reply = hubspot.get("/crm/owners/2026-03")
        assert (reply.status, reply.json["category"]) == (403, "MISSING_SCOPES")
        assert reply.json["context"]["requiredGranularScopes"] == ["crm.objects.owners.read"]
        assert hubspot.get(DEALS).status == 200
        hubspot.pool.clear()


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/crm/objects/2026-03/products", "crm.objects.products.read"),
        ("/crm/objects/2026-03/products", "e-commerce"),
        ("/settings/currencies/2026-03/exchange-rates", "settings.currencies.read"),
        ("/settings/currencies/2026-03/exchange-rates", "multi-currency-read"),
    ],
)
def test_any_of_the_scopes_that_open_a_path_is_enough(path: str, scope: str) -> None:
    with start_hubspot(small_account(Clock()), scopes=frozenset({scope})) as running:
        hubspot = Caller(running)
        assert hubspot.get(path).status == 200
        assert hubspot.get(DEALS).status == 403
        hubspot.pool.clear()


@pytest.mark.parametrize("path", ["/oauth/v1/token", TOKEN])
def test_a_code_becomes_tokens_that_open_only_what_was_allowed(hubspot: Caller, path: str) -> None:
    said = consent(hubspot)
    assert said["state"] == "s1"
    tokens = exchange(hubspot, said["code"], path).json
    assert tokens["expires_in"] == 1800
    assert tokens["scopes"] == WANTED.split()
    hubspot.token = tokens["access_token"]
    reply = hubspot.get(DEALS)
    assert (reply.status, reply.headers["x-hubspot-ratelimit-max"]) == (200, "110")
    assert "x-hubspot-ratelimit-daily" not in reply.headers
    assert hubspot.get("/crm/objects/2026-03/contacts").status == 403
    assert exchange(hubspot, said["code"], path).json["status"] == "BAD_AUTH_CODE"


def test_an_access_token_expires_and_is_renewed(hubspot: Caller, clock: Clock) -> None:
    tokens = exchange(hubspot, consent(hubspot)["code"]).json
    hubspot.token = tokens["access_token"]
    clock.forward(minutes=30)
    expired = hubspot.get(DEALS)
    assert (expired.status, expired.json["category"]) == (401, "EXPIRED_AUTHENTICATION")
    renewed = refresh(hubspot, tokens["refresh_token"]).json
    hubspot.token = renewed["access_token"]
    assert hubspot.get(DEALS).status == 200
    assert renewed["refresh_token"] != tokens["refresh_token"]


def test_a_refresh_token_that_is_used_twice_costs_the_grant(hubspot: Caller) -> None:
    tokens = exchange(hubspot, consent(hubspot)["code"]).json
    renewed = refresh(hubspot, tokens["refresh_token"]).json
    again = refresh(hubspot, tokens["refresh_token"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert refresh(hubspot, renewed["refresh_token"]).status == 400
    hubspot.token = renewed["access_token"]
    assert hubspot.get(DEALS).status == 401


def test_what_the_user_or_the_vendor_refuses(hubspot: Caller) -> None:
    hubspot.running.tokens.consents = False
    assert consent(hubspot)["error"] == "access_denied"
    away = {"client_id": "sandbox-client", "redirect_uri": "https://elsewhere.example/back", "scope": WANTED}
    assert hubspot.get("/oauth/authorize", **away).status == 400
    wrong = hubspot.form(TOKEN, client_id="sandbox-client", client_secret="wrong", grant_type="refresh_token")
    assert (wrong.status, wrong.json["error"]) == (400, "invalid_client")


def test_a_code_with_a_challenge_needs_the_verifier(hubspot: Caller) -> None:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(b"verifier").digest()).rstrip(b"=").decode()
    code = consent(hubspot, code_challenge=challenge, code_challenge_method="S256")["code"]
    assert exchange(hubspot, code, code_verifier="other").status == 400
    code = consent(hubspot, code_challenge=challenge, code_challenge_method="S256")["code"]
    assert exchange(hubspot, code, code_verifier="verifier").status == 200


def test_a_token_can_be_looked_up_and_revoked(hubspot: Caller) -> None:
    tokens = exchange(hubspot, consent(hubspot)["code"]).json
    shown = hubspot.form(f"{TOKEN}/introspect", token=tokens["access_token"]).json
    assert (shown["hub_id"], shown["expires_in"], shown["scopes"]) == (44_237_313, 1800, WANTED.split())
    old = hubspot.get(f"/oauth/v1/access-tokens/{tokens['access_token']}").json
    assert old["hub_id"] == 44_237_313
    hubspot.form(f"{TOKEN}/revoke", token=tokens["refresh_token"])
    hubspot.token = tokens["access_token"]
    assert hubspot.get(DEALS).status == 401
