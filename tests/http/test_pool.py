"""hubspot-api-client with our client as its pool: all goes through it, and its exceptions show no secret."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import urllib3
from hubspot.crm.objects import ApiClient, ApiException, BasicApi, Configuration
from hypothesis import example, given
from hypothesis import strategies as st

from connector.errors import Bug, ConnectionRefused, VendorUnavailable
from connector.http.pool import Route, VendorPool
from connector.http.retry import Backoff, Policy
from tests.http.test_client import Noted
from tests.http.vendor import Step, Vendor, answer, client_of, cut_off, drip, vendor

TOKEN = "pat-na1-7c1f0000-secret"
PATH = "/crm/objects/2026-03/deals"
PAGE = {"results": [{"id": "1", "properties": {"amount": None}}]}


def route(method: str, path: str) -> Route:
    reads = path.endswith(("/search", "/batch/read"))
    return Route("search" if path.endswith("/search") else "ordinary", repeatable=method == "GET" or reads)


@contextmanager
def library(*steps: Step, **options: Any) -> Iterator[tuple[Vendor, ApiClient]]:
    """The library with our client in it, aimed at a vendor on this machine."""
    with vendor(*steps) as acme, client_of(TOKEN, **options) as client:
        configuration = Configuration()
        configuration.host = acme.url
        configuration.access_token = "a token of the library"
        with ApiClient(configuration) as api:
            api.rest_client.pool_manager = VendorPool(client, route)
            yield acme, api


def call(api: ApiClient, method: str, path: str, **options: Any) -> Any:
    return api.call_api(path, method, _preload_content=False, **options)


def test_a_page_comes_back_without_models() -> None:
    noted = Noted()
    with library(answer(503), answer(200, PAGE), budget=noted) as (acme, api):
        response = call(api, "GET", PATH, query_params=[("limit", 100), ("properties", "amount,näme")])
    assert response.value == PAGE
    assert response.status == 200
    assert acme.heard[1].path == f"{PATH}?limit=100&properties=amount%2Cn%C3%A4me"
    assert acme.heard[1].token == TOKEN
    assert acme.heard[1].headers["user-agent"] == "Puente"
    assert noted.taken == ["ordinary"] * 2


def test_a_search_is_repeated_and_a_write_is_not() -> None:
    noted = Noted()
    body = {"limit": 200, "filterGroups": []}
    with library(cut_off, answer(200, PAGE), cut_off, budget=noted) as (acme, api):
        assert call(api, "POST", f"{PATH}/search", body=body).value == PAGE
        with pytest.raises(VendorUnavailable):
            call(api, "POST", PATH, body=body)
    assert [json.loads(heard.body) for heard in acme.heard] == [body] * 3
    assert noted.taken == ["search", "search", "ordinary"]


def test_the_models_work_too() -> None:
    page = {"results": [{"id": "1", "properties": {}, "createdAt": "2026-01-01T00:00:00Z", "archived": False}]}
    for part in page["results"]:
        part["updatedAt"] = part["createdAt"]
    with library(answer(200, page)) as (acme, api):
        found = BasicApi(api).get_page("deals", limit=1)
    assert [deal.id for deal in found.results] == ["1"]
    assert acme.heard[0].token == TOKEN  # what the library would send is not what we send


@pytest.mark.parametrize("status", [400, 404, 414])
def test_answers_for_the_caller_come_as_exceptions_without_secrets(status: int) -> None:
    body = b'{"message": "Unknown \xff ' + TOKEN.encode() + b'"}'
    step = answer(status, body, {"Set-Cookie": "s=geheim77"})
    with library(step) as (_, api), pytest.raises(ApiException) as caught:
        call(api, "GET", PATH)
    assert caught.value.status == status
    assert json.loads(caught.value.body) == {"message": "Unknown \ufffd *****"}
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert TOKEN not in shown
    assert "geheim77" not in shown


def test_our_errors_pass_through_the_library() -> None:
    step = answer(401, {"message": "Bad token"})
    with library(step) as (_, api), pytest.raises(ConnectionRefused, match=r"Acme.*'Bad token'"):
        call(api, "GET", PATH)


def test_a_time_limit_of_the_library_bounds_a_try() -> None:
    policy = Policy(vendor="Acme", backoff=Backoff(tries=1))
    with library(drip("body"), policy=policy) as (_, api), pytest.raises(VendorUnavailable, match="in time"):
        call(api, "GET", PATH, _request_timeout=0.3)


@pytest.mark.parametrize(
    ("options", "kind"),
    [({"encode_multipart": False}, "application/x-www-form-urlencoded"), ({}, "multipart/form-data; boundary=")],
)
def test_forms_are_sent_as_urllib3_would(options: Mapping[str, bool], kind: str) -> None:
    with vendor(answer()) as acme, client_of() as client:
        pool = VendorPool(client, route)
        pool.request("POST", acme.url + "/oauth", fields={"code": "a b"}, headers={"content-type": "x"}, **options)
    assert acme.heard[0].headers["content-type"].startswith(kind)
    assert (b"code=a+b" if options else b"a b") in acme.heard[0].body


def test_a_pool_takes_what_urllib3_takes() -> None:
    with vendor(answer(200, PAGE)) as acme, client_of() as client:
        pool = VendorPool(client, route)
        timeout = urllib3.Timeout(connect=3, read=4)
        assert pool.request("GET", acme.url + PATH, preload_content=True, timeout=timeout).value == PAGE
        assert pool.request("HEAD", acme.url + PATH, preload_content=True, timeout=None).value is None
        pool.clear()


def test_an_answer_is_read_as_the_caller_wants_it_and_asked_again_where_that_fails() -> None:
    read: list[bytes] = []

    def parse(data: bytes) -> str:
        read.append(data)
        if len(read) == 1:
            raise ValueError(data)
        return data.decode()[:10]

    with (
        vendor(answer(200, PAGE), answer(200, PAGE), answer(404, {"message": "no"})) as acme,
        client_of(TOKEN) as client,
    ):
        pool = VendorPool(client, route)
        assert pool.request("GET", acme.url + PATH, parse=parse).value == '{"results"'
        assert pool.request("GET", acme.url + PATH, parse=parse).status == 404
    assert len(read) == 2


@example("?a/b").via("no path")
@example("#a/b").via("no path")
@example("/a?b/c").via("a slash behind the path")
@given(st.text(st.characters(codec="ascii", exclude_characters="[]"), max_size=20))
def test_the_route_is_told_the_path_of_the_address(rest: str) -> None:
    told: list[str] = []

    def routed(method: str, path: str) -> Route:
        told.append(path)
        raise Bug("enough")

    address = (
        f"https://api.example.com{rest.strip()}" if rest[:1] in ("/", "?", "#") else f"https://api.example.com/{rest}"
    )
    address = "".join(each for each in address if each.isprintable() and each != " ")
    with client_of(TOKEN) as client, pytest.raises(Bug):
        VendorPool(client, routed).request("GET", address)
    assert told == [urlsplit(address).path]
