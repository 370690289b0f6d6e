"""Nothing of one workspace reaches a key of another: every address, every way to ask, caches and ETags included.

``ASKED`` says for each address how it is asked for a workspace. An address that the service has and the table has not
fails the first test, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from connector.actions.direct import TableRequest
from connector.actions.keys import close_to_key, create_key, open_with_key, revoke_key
from connector.actions.links import LinkRequest, create_link, revoke_link
from connector.app import Doors, open_store
from connector.model.query import Query
from connector.model.workspace import CustomColumn, Profile
from connector.settings import Settings
from connector.store.store import Publication, Store
from connector.web.application import create_app
from tests.store.staged import stage

NOW = datetime(2024, 5, 15, 12, tzinfo=UTC)
MINE, THEIRS, NOBODY = "Acme", "Globex secret", "Initech secret"
SECRET = re.compile(rb"(?i:globex|zelda|hush)|9876|4242|XTS")
"""What only the other workspace holds: its name, its people and columns, its figures and counts, its currency."""
CHART = {
    "fields": [{"name": "owner"}, {"name": "total_sales"}],
    "dateRange": {"startDate": "2024-01-01", "endDate": "2024-12-31"},
}
PUBLIC = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/openapi.json"), ("GET", "/_ah/warmup")}
BY_TOKEN = {("GET", "/v1/links/{token}.csv"), ("GET", "/v1/links/{token}.json")}
NAMELESS = {("GET", "/v1/looker/auth")}
"""Addresses at which no workspace is named: they speak of those that the key opens."""
HIDDEN = {"/odata/{rest}", "/odata/{workspace}/$batch"}
"""Addresses that only refuse."""
ASKING_AGAIN = {("POST", "/v1/looker/config")}
"""Addresses that ask which workspace is meant, and take the answer of another one for none."""

Asked = Callable[[str], tuple[str, Any]]
"""The name of a workspace to the address that asks for it, and the body if there is one."""


def getting(path: str) -> Asked:
    return lambda name: (path.replace("{workspace}", quote(name, safe="")), None)


def posting(path: str, body: Callable[[str], dict[str, Any]]) -> Asked:
    return lambda name: (path, body(name))


def source(name: str) -> dict[str, Any]:
    return {"configParams": {"workspace": name, "report_type": "everything"}}


ASKED: dict[tuple[str, str], Asked] = {
    ("POST", "/v1/query"): posting(
        "/v1/query", lambda name: {"workspace": name, "metrics": ["total_sales"], "dimensions": ["owner"]}
    ),
    ("GET", "/v1/metrics"): getting("/v1/metrics?workspace={workspace}"),
    ("GET", "/v1/dimensions"): getting("/v1/dimensions?workspace={workspace}"),
    ("GET", "/v1/data"): getting("/v1/data?workspace={workspace}&metrics=total_sales&dimensions=owner"),
    ("POST", "/v1/looker/schema"): posting("/v1/looker/schema", source),
    ("POST", "/v1/looker/data"): posting("/v1/looker/data", lambda name: source(name) | CHART),
    ("POST", "/v1/looker/config"): posting("/v1/looker/config", lambda name: source(name) | {"languageCode": "en"}),
    ("GET", "/v1/looker/auth"): getting("/v1/looker/auth"),
    ("GET", "/odata/{workspace}/"): getting("/odata/{workspace}/"),
    ("GET", "/odata/{workspace}/$metadata"): getting("/odata/{workspace}/$metadata"),
    ("GET", "/odata/{workspace}/{entity_set}"): getting("/odata/{workspace}/sales?$select=owner,total_sales"),
    ("GET", "/odata/{workspace}/{entity_set}/$count"): getting("/odata/{workspace}/sales/$count?$select=owner"),
}
CASES = [pytest.param(each, id=" ".join(each)) for each in ASKED]
NAMED = [pytest.param(each, id=" ".join(each)) for each in ASKED if each not in NAMELESS | ASKING_AGAIN]


@dataclass
class World:
    """Two workspaces, and who holds what."""

    store: Store
    client: FlaskClient
    mine: str
    theirs: str
    both: str

    def ask(self, address: tuple[str, str], name: str, key: str, **headers: str) -> TestResponse:
        path, body = ASKED[address](name)
        headers = ({"Authorization": f"Bearer {key}"} if key else {}) | headers
        return self.client.open(path, method=address[0], json=body, headers=headers)


def fill(store: Store, name: str, deal: dict[str, str], person: str, profile: Profile, rows: int = 6) -> None:
    workspace = store.create_workspace(name, NOW)
    connection = store.connection(workspace, "exports", "file", NOW)
    facts = {
        "id": "'d' || i", "owner_id": "'o'", "closing_owner_id": "'o'", "status": "'won'", "is_deleted": "false",
        "currency": f"'{profile.currency}'", "created_at": "TIMESTAMPTZ '2024-01-10 12:00:00+00'",
        "closed_at": "TIMESTAMPTZ '2024-03-10 12:00:00+00'",
    }  # fmt: skip
    with store.writing(workspace, "import", NOW) as writing:
        stage(writing.staging, "deal", facts | deal, rows)
        stage(writing.staging, "owner", {"id": "'o'", "name": f"'{person}'", "is_deleted": "false"})
        writing.publish(connection, Publication(writing.staging, (), "", profile), NOW)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("isolation"), threads=1)
    with open_store(settings) as store:
        fill(store, MINE, {"name": "'Renewal'", "amount": "10"}, "Ana", Profile(currency="USD"))
        own = CustomColumn("deal", "hush_level", "text", "Hush level")
        theirs = {"name": "'Hush'", "amount": "9876.5", "custom": "MAP {'hush_level': 'hush'}"}
        fill(store, THEIRS, theirs, "Zelda", Profile(currency="XTS", custom=(own,)), 4242)
        client = create_app(Doors(store, settings, lambda: NOW)).test_client()
        keys = [create_key(store, names, "test", NOW).text for names in (MINE, THEIRS, [MINE, THEIRS])]
        yield World(store, client, *keys)


def held(answer: TestResponse) -> bytes:
    """Return all that an answer says: status, headers and body, without what differs from request to request."""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers if name not in ("X-Request-Id", "Date"))
    body = answer.data.replace(answer.headers["X-Request-Id"].encode(), b"")
    return f"{answer.status}\n{headers}\n".encode() + body


def test_every_address_of_the_service_is_in_the_table(world: World) -> None:
    document = world.client.get("/openapi.json").get_json()
    described = {(method.upper(), path) for path, item in document["paths"].items() for method in item}
    application: Any = world.client.application
    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in application.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    hidden = {path for _, path in routed - described - PUBLIC}
    assert hidden == {"/static/{filename}", *HIDDEN}
    assert described | PUBLIC == set(ASKED) | PUBLIC | BY_TOKEN


def test_public_addresses_speak_of_no_workspace(world: World) -> None:
    for _, path in PUBLIC:
        answer = world.client.get(path)
        assert answer.status_code == 200
        assert not SECRET.search(answer.data)
        assert MINE.encode() not in answer.data


@pytest.mark.parametrize("address", CASES)
def test_the_right_key_is_answered(world: World, address: tuple[str, str]) -> None:
    for name, key in ((MINE, world.mine), (THEIRS, world.theirs), (THEIRS, world.both), (MINE, world.both)):
        answer = world.ask(address, name, key)
        assert answer.status_code == 200, answer.data
    secret = SECRET.search(world.ask(address, THEIRS, world.theirs).data)
    assert secret or address in {("GET", "/v1/metrics"), ("GET", "/odata/{workspace}/{entity_set}/$count")}


@pytest.mark.parametrize("address", CASES)
def test_without_a_good_key_nothing_is_told(world: World, address: tuple[str, str]) -> None:
    revoked = create_key(world.store, THEIRS, "short", NOW)
    revoke_key(world.store, THEIRS, revoked.id, NOW)
    basic = base64.b64encode(f"zelda:{revoked.text}".encode()).decode()
    told = set()
    for key in ("", revoked.text, world.theirs[:-1], world.theirs + "x", "puente_" + "a" * 43):
        told.add(held(world.ask(address, THEIRS, key)).replace(b', error="invalid_token"', b""))
    told.add(held(world.ask(address, NOBODY, "")))
    answer = held(world.ask(address, THEIRS, "", Authorization=f"Basic {basic}"))
    told.add(answer.replace(b', error="invalid_token"', b""))
    assert len(told) == 1
    (text,) = told
    assert text.startswith(b"401")
    assert not SECRET.search(text)


@pytest.mark.parametrize("address", NAMED)
def test_a_key_of_another_workspace_learns_nothing(world: World, address: tuple[str, str]) -> None:
    before = held(world.ask(address, MINE, world.mine))
    known = world.ask(address, THEIRS, world.theirs)
    tag = known.headers.get("ETag", '"none"')
    told = []
    for name in (THEIRS, NOBODY):
        for headers in ({}, {"If-None-Match": tag}, {"If-None-Match": "*"}, {"Accept-Encoding": "gzip"}):
            answer = world.ask(address, name, world.mine, **headers)
            assert answer.status_code == 403
            assert not {"ETag", "Content-Disposition", "Last-Modified"} & set(answer.headers.keys())
            text = held(answer).replace(name.encode(), b"?").replace(quote(name).encode(), b"?")
            told.append(re.sub(rb"Content-Length: \d+", b"", text))
    assert len(set(told)) == 1, "one that is there and one that is not are told alike"
    assert not SECRET.search(told[0])
    assert held(world.ask(address, MINE, world.mine)) == before, "what others asked meanwhile changes nothing"
    assert not SECRET.search(before)


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("rest", ["", "/$batch", "/sales(1)", "/sales/owner", "/nothing", "/$entity", "//sales"])
def test_addresses_that_only_refuse_tell_nothing_either(world: World, method: str, rest: str) -> None:
    told = set()
    for name in (THEIRS, NOBODY):
        path = f"/odata/{quote(name)}{rest}"
        answer = world.client.open(path, method=method, headers={"Authorization": f"Bearer {world.mine}"})
        assert answer.status_code in (308, 403, 405)
        text = held(answer).replace(name.encode(), b"?").replace(quote(name).encode(), b"?")
        told.add(re.sub(rb"Content-Length: \d+", b"", text))
    assert len(told) == 1
    assert not SECRET.search(told.pop())


@pytest.mark.parametrize("address", NAMED)
def test_a_key_of_several_keeps_them_apart(world: World, address: tuple[str, str]) -> None:
    for name, key in ((THEIRS, world.theirs), (MINE, world.mine), (THEIRS, world.theirs)):
        alone, among = world.ask(address, name, key), world.ask(address, name, world.both)
        assert held(among) == held(alone)
    assert world.ask(address, NOBODY, world.both).status_code == 403


def test_a_key_that_opens_less_than_before_learns_no_more(world: World) -> None:
    key = create_key(world.store, MINE, "short", NOW)
    for address in ASKED.keys() - NAMELESS - ASKING_AGAIN:
        open_with_key(world.store, key.id, THEIRS)
        assert world.ask(address, THEIRS, key.text).status_code == 200
        close_to_key(world.store, key.id, THEIRS)
        assert world.ask(address, THEIRS, key.text).status_code == 403


def test_addresses_that_name_no_workspace_speak_of_the_own_one(world: World) -> None:
    for name in (MINE, THEIRS, NOBODY):
        for address in NAMELESS | ASKING_AGAIN:
            answer = world.ask(address, name, world.mine)
            assert answer.status_code == 200
            assert not SECRET.search(answer.data)


@pytest.mark.parametrize(
    ("metric", "dimension"),
    [("total_sales", "deal.custom.hush_levels"), ("SUM(deal.custom.hush_levl)", "owner"), ("total_sales", "hush")],
)
def test_a_name_that_is_not_known_is_not_answered_with_names_of_others(
    world: World, metric: str, dimension: str
) -> None:
    for method, path, body in (
        ("POST", "/v1/query", {"metrics": [f"x={metric}" if "(" in metric else metric], "dimensions": [dimension]}),
        ("GET", f"/v1/data?metrics={quote(metric)}&dimensions={dimension}", None),
        ("POST", "/v1/looker/data", source(MINE) | {"fields": [{"name": "deal__own__hush_5f_level"}]}),
    ):
        answer = world.client.open(path, method=method, json=body, headers={"Authorization": f"Bearer {world.mine}"})
        assert answer.status_code in (404, 422)
        said = answer.data.lower()
        for own in (b"hush_levels", b"hush_levl", b"hush_5f_level", b"'hush'", b"'x=sum(deal.custom.hush_levl)'"):
            said = said.replace(own, b"")
        assert not SECRET.search(said), answer.data


def test_a_link_opens_its_question_whoever_comes_with_it(world: World) -> None:
    question = Query(("total_sales",), ("owner",))
    link = create_link(world.store, THEIRS, LinkRequest(TableRequest(question)), NOW)
    for form in ("csv", "json"):
        path = f"/v1/links/{link.token}.{form}"
        told = {
            world.client.get(f"{path}{more}", headers={"Authorization": f"Bearer {key}"} if key else {}).data
            for key in ("", world.mine, world.theirs)
            for more in ("", f"?workspace={MINE}&metrics=deals_won")
        }
        assert len(told) == 1
        assert b"Zelda" in told.pop()
        tag = world.client.get(path).headers["ETag"]
        revoked = create_link(world.store, THEIRS, LinkRequest(TableRequest(question)), NOW)
        revoke_link(world.store, THEIRS, revoked.id, NOW)
        refused = {
            held(world.client.get(f"/v1/links/{token}.{form}", headers={"If-None-Match": tag}))
            for token in (revoked.token, link.token[:-1], world.theirs, "nothing")
        }
        assert len(refused) == 1
        (text,) = refused
        assert text.startswith(b"404")
        assert not SECRET.search(text)


def test_a_link_of_a_workspace_that_is_gone_is_gone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", threads=1)
    with open_store(settings) as store:
        fill(store, THEIRS, {"name": "'Hush'", "amount": "9876.5"}, "Zelda", Profile())
        link = create_link(store, THEIRS, LinkRequest(TableRequest(Query(("total_sales",)))), NOW)
        client = create_app(Doors(store, settings, lambda: NOW)).test_client()
        assert client.get(f"/v1/links/{link.token}.csv").status_code == 200
        store.remove_workspace(store.workspace(THEIRS), NOW)
        assert client.get(f"/v1/links/{link.token}.csv").status_code == 404
