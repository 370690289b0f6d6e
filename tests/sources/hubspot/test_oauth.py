"""Signing in by OAuth: the consent address, the loopback, codes and refresh tokens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3

from connector.errors import ConnectionRefused, UserError
from connector.http.answer import Response
from connector.http.client import Client, ClientOptions
from connector.http.clock import REAL, Clock
from connector.http.loopback import Loopback
from connector.http.redaction import Token
from connector.sandbox.hubspot.start import RunningHubspot, start_hubspot
from connector.sandbox.hubspot.tokens import CLIENT_ID, CLIENT_SECRET
from connector.sources.hubspot.oauth import OAuthApp, TokenDesk, consent_url, hubspot_loopback, read_grant, refused
from connector.sources.hubspot.policy import hubspot_policy
from connector.sources.hubspot.versions import VERSIONS
from tests.sources.hubspot.desk import START, Hands, connect, small_account

APP = OAuthApp(CLIENT_ID, Token(CLIENT_SECRET))


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def account(hands: Hands) -> Iterator[RunningHubspot]:
    running = start_hubspot(small_account(hands))
    yield running
    running.stop()


def desk(account: RunningHubspot, hands: Hands, version: str = "2026-03") -> TokenDesk:
    clock = Clock(now=hands, sleep=lambda _seconds: None)
    client = Client(frozenset({"127.0.0.1"}), None, None, ClientOptions(policy=hubspot_policy(), clock=clock))
    return TokenDesk(client, VERSIONS[version], account.url, APP)


def visit(url: str) -> urllib3.BaseHTTPResponse:
    """Open an address as a browser does, on this machine by its number."""
    with urllib3.PoolManager(timeout=5, retries=False) as browser:
        return browser.request("GET", url.replace("//localhost", "//127.0.0.1", 1), redirect=False)


def allow(account: RunningHubspot, loopback: Loopback) -> str:
    """Go to the consent page, allow, and follow the redirect back; return the code."""
    page = visit(consent_url(APP, loopback.redirect_uri, loopback.state, f"{account.url}/oauth/authorize"))
    back = threading.Thread(target=visit, args=(page.headers["Location"],))
    back.start()
    code = loopback.wait(10, REAL)
    back.join(10)
    return code


@pytest.mark.parametrize("version", list(VERSIONS))
def test_a_person_allows_and_the_tokens_open_the_account(account: RunningHubspot, hands: Hands, version: str) -> None:
    with hubspot_loopback() as loopback:
        code = allow(account, loopback)
        grant = desk(account, hands, version).exchange_code(code, loopback.redirect_uri)
    assert grant.expires_at is not None
    assert (grant.expires_at - hands.now).total_seconds() == 1800
    assert connect(account.url, hands, token=grant.access.reveal()).account().id
    renewed = desk(account, hands, version).exchange_refresh(grant.refresh)
    assert connect(account.url, hands, token=renewed.access.reveal()).account().id
    assert grant.access.reveal() not in repr(grant)


def test_a_code_is_good_once_and_the_refusal_hides_the_secret(account: RunningHubspot, hands: Hands) -> None:
    with hubspot_loopback() as loopback:
        code = allow(account, loopback)
        desk(account, hands).exchange_code(code, loopback.redirect_uri)
        with pytest.raises(ConnectionRefused) as told:
            desk(account, hands).exchange_code(code, loopback.redirect_uri)
    assert CLIENT_SECRET not in f"{told.value} {told.value!r} {APP!r}"


def test_a_refusal_that_repeats_what_it_was_sent_is_shown_without_it() -> None:
    body = b'{"message": "refresh token geheim-1 of client secret geheim%2F2 is unknown"}'
    told = str(refused(Response(status=400, data=body), [Token("geheim-1"), Token("geheim/2")]))
    assert "geheim" not in told
    assert "is unknown" in told
    assert "connect hubspot --oauth" in told


def test_a_visit_with_another_state_is_not_ours() -> None:
    with hubspot_loopback() as loopback:
        strangers = (
            f"{loopback.redirect_uri}?code=stolen&state=other",
            f"{loopback.redirect_uri}?code=stolen",
            loopback.redirect_uri.replace("/callback", f"/other?code=x&state={loopback.state}"),
        )
        browser = threading.Thread(
            target=lambda: [
                visit(url) for url in (*strangers, f"{loopback.redirect_uri}?code=mine&state={loopback.state}")
            ]
        )
        browser.start()
        assert loopback.wait(10, REAL) == "mine"
        browser.join(10)


def test_a_person_who_says_no_is_heard() -> None:
    with hubspot_loopback() as loopback:
        refusal = f"{loopback.redirect_uri}?error=access_denied&error_description=Not+now&state={loopback.state}"
        browser = threading.Thread(target=visit, args=(refusal,))
        browser.start()
        with pytest.raises(ConnectionRefused, match="Not now"):
            loopback.wait(10, REAL)
        browser.join(10)


def test_nobody_coming_back_ends_the_wait() -> None:
    with hubspot_loopback() as loopback, pytest.raises(ConnectionRefused, match="in time"):
        loopback.wait(0.05, REAL)


def test_a_port_that_is_taken_is_said_so() -> None:
    with hubspot_loopback() as first:
        port = urlsplit(first.redirect_uri).port
        assert port is not None
        with pytest.raises(UserError, match=str(port)):
            hubspot_loopback(port)


def test_the_consent_address_asks_for_the_scopes_and_keeps_the_rest_optional() -> None:
    query = parse_qs(urlsplit(consent_url(APP, "http://localhost:1/callback", "s")).query)
    assert "crm.objects.deals.read" in query["scope"][0].split()
    assert "crm.objects.leads.read" in query["optional_scope"][0].split()
    assert not set(query["scope"][0].split()) & set(query["optional_scope"][0].split())
    assert CLIENT_SECRET not in str(query)


@pytest.mark.parametrize("lasts", [None, "", "soon", [], 1e300, {}])
def test_a_token_of_unknown_length_is_renewed_when_it_is_refused(lasts: object) -> None:
    grant = read_grant({"access_token": "a", "refresh_token": None, "expires_in": lasts}, START)
    assert (grant.access.reveal(), grant.refresh.reveal(), grant.expires_at) == ("a", "", None)
    assert read_grant({"access_token": "a", "expires_in": "1800"}, START).expires_at == START + timedelta(minutes=30)
