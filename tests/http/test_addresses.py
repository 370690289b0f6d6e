"""Which hosts may be asked, and what an address shows of itself."""

from __future__ import annotations

import copy
import pickle

import pytest

from connector.errors import UserError
from connector.http.addresses import check_host, origin
from connector.http.redaction import Token, shown_address, without

ALLOWED = frozenset({"api.hubapi.com", "gateway.example.com:8443", "127.0.0.1", "Localhost", "[::1]"})


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://api.hubapi.com", "https://api.hubapi.com"),
        ("https://API.hubapi.com:443/", "https://api.hubapi.com:443"),
        ("https://gateway.example.com:8443/hubspot/", "https://gateway.example.com:8443/hubspot"),
        ("http://127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("http://localhost:9/x", "http://localhost:9/x"),
        ("http://[::1]:9", "http://[::1]:9"),
    ],
)
def test_listed_hosts_are_allowed(url: str, kept: str) -> None:
    assert check_host(url, ALLOWED) == kept


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.test",
        "https://api.hubapi.com.evil.test",
        "https://gateway.example.com",
        "https://gateway.example.com:443",
        "https://api.hubapi.co\u043c",
        "http://127.0.0.2:80",
    ],
)
def test_other_hosts_are_refused_with_the_setting(url: str) -> None:
    with pytest.raises(UserError, match=r"host '.*' is not one .*PUENTE_ALLOWED_HOSTS|not a web address"):
        check_host(url, ALLOWED)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.hubapi.com@evil.test",
        "https://evil.test#@api.hubapi.com",
        "https://user:geheim77@api.hubapi.com",
        "https://api.hubapi.com?token=geheim77",
        "https://evil.test\\@api.hubapi.com",
        "https:// api.hubapi.com",
        "https://api.hubapi.com\r\nHost: x",
        "https://api.hubapi.com:99999",
        "ftp://api.hubapi.com",
        "file:///etc/passwd",
        "api.hubapi.com",
        "",
        "https://",
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(UserError, match=r"not a web address|not one that") as caught:
        check_host(url, ALLOWED)
    assert "geheim77" not in str(caught.value)


def test_only_this_machine_may_be_asked_without_encryption() -> None:
    with pytest.raises(UserError, match="not encrypted"):
        check_host("http://api.hubapi.com", ALLOWED)


def test_an_origin_is_what_is_connected_to() -> None:
    assert origin("https://API.hubapi.com./x?y=1#z") == ("https", "api.hubapi.com", 443)


def test_an_address_is_shown_without_what_it_carries() -> None:
    token = "CJK" + "x" * 60
    assert shown_address(f"https://me:pw@h.test/oauth/{token}/x?k=1#f") == "https://h.test/oauth/*****/x"


def test_a_token_shows_stars_however_it_is_asked() -> None:
    token = Token("geheim/77")
    shown = f"{token} {token!r} {[token]} {token!s:>20}"
    assert "geheim" not in shown
    assert copy.deepcopy(token) == token
    assert token != Token("geheim")
    assert len({token, Token("geheim/77")}) == 1
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(token)
    assert without("a geheim/77 b geheim%2F77 c", [token, Token("")]) == "a ***** b ***** c"


@pytest.mark.parametrize("url", ["https://a@h.test/x", "https://h.test\\@evil.test", "https://h.test/a b", "//h.test/"])
def test_no_request_goes_to_an_address_that_parsers_read_differently(url: str) -> None:
    with pytest.raises(UserError, match="not a web address"):
        origin(url)
