"""The OpenAPI document is valid and true: schemathesis asks everything it describes and checks each answer."""

from __future__ import annotations

import json

import hypothesis
import schemathesis
from schemathesis.checks import load_all_checks

from connector.web.application import create_app
from tests.web.fuzzing import load
from tests.web.stand_in import KEY, StandIn

load_all_checks()
REFUSED = [400, 401, 403, 404, 405, 413, 415, 422]
CHECKS = {
    # 422 also answers what has the right form and makes no sense, such as 2024-02-31; 403 a workspace of others.
    "positive_data_acceptance": {"expected-statuses": ["2xx", 403, 422]},
    "negative_data_rejection": {"expected-statuses": REFUSED},
}
LINKS = {
    # A token that somebody makes up leads nowhere.
    "include-path-regex": "^/v1/links/",
    "checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", 404]}},
}
FEED = {
    # Options of OData are texts with a grammar of their own: most texts are none, and what is not built says 501.
    "include-path-regex": "^/odata/",
    "checks": {
        "positive_data_acceptance": {"expected-statuses": ["2xx", 400, 403, 404, 406, 410, 501]},
        "negative_data_rejection": {"expected-statuses": [400, 401, 403, 404, 406, 410, 501]},
        "not_a_server_error": {"expected-statuses": ["2xx", "4xx", 501]},
    },
}
SCHEMA = load(create_app(StandIn()), {"checks": CHECKS, "operations": [LINKS, FEED]})


@SCHEMA.parametrize()
@hypothesis.settings(max_examples=30, deadline=None, derandomize=True, database=None)
def test_every_endpoint_does_what_the_document_says(case: schemathesis.Case) -> None:
    # Without a server between, nobody unpacks an answer for the checks.
    case.call_and_validate(headers={"Authorization": f"Bearer {KEY}", "Accept-Encoding": "identity"})


def test_the_document_describes_every_address_and_what_guards_it() -> None:
    document = create_app(StandIn()).test_client().get("/openapi.json").get_json()
    guarded = {path: "security" in operation for path, item in document["paths"].items() for operation in item.values()}
    assert guarded == {
        "/healthz": False, "/readyz": False, "/v1/query": True, "/v1/metrics": True, "/v1/dimensions": True,
        "/v1/data": True, "/v1/links/{token}.csv": False, "/v1/links/{token}.json": False,
        "/v1/looker/auth": True, "/v1/looker/config": True, "/v1/looker/schema": True, "/v1/looker/data": True,
        "/odata/{workspace}/": True, "/odata/{workspace}/$metadata": True, "/odata/{workspace}/{entity_set}": True,
        "/odata/{workspace}/{entity_set}/$count": True,
    }  # fmt: skip
    assert document["openapi"].startswith("3.1")


def test_every_reference_of_the_document_leads_somewhere() -> None:
    text = create_app(StandIn()).test_client().get("/openapi.json").get_data(as_text=True)
    document = json.loads(text)
    for part in text.split('"$ref":')[1:]:
        path = part.split('"')[1]
        place = document
        for step in path.removeprefix("#/").split("/"):
            assert step in place, path
            place = place[step]


def test_the_example_of_the_document_is_accepted() -> None:
    client = create_app(StandIn()).test_client()
    body = client.get("/openapi.json").get_json()["paths"]["/v1/query"]["post"]["requestBody"]
    example = body["content"]["application/json"]["example"]
    answer = client.post("/v1/query", json=example, headers={"Authorization": f"Bearer {KEY}"})
    assert answer.status_code == 200
