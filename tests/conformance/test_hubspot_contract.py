"""The stand-in of HubSpot held against HubSpot's own contracts and against bodies recorded from it.

A contract names a schema for each path, method and status; an answer must fit it, without keys that the contract
does not know. Where recorded traffic and contract disagree, the traffic is followed; :data:`KNOWN` lists each place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, FormatChecker

from connector.sandbox.crm.crm import Crm
from connector.sandbox.hubspot import RunningHubspot, build_world, start_hubspot
from connector.sandbox.hubspot.kinds import OBJECT_TYPES, SCOPES
from connector.sandbox.hubspot.rows import is_live
from tests.sandbox.hubspot_caller import Caller, Reply, where

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CHECKER = FormatChecker(formats=())
pytestmark = pytest.mark.conformance


@CHECKER.checks("date-time", raises=ValueError)
def is_moment(text: object) -> bool:
    return not isinstance(text, str) or datetime.fromisoformat(text).tzinfo is not None


@CHECKER.checks("uuid", raises=ValueError)
def is_uuid(text: object) -> bool:
    return not isinstance(text, str) or re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


# --- contracts ---------------------------------------------------------------------------------------

KNOWN: dict[tuple[str, str], dict[str, Any]] = {
    ("SimplePublicObject", "properties"): {"additionalProperties": {"type": ["string", "null"]}},
    ("SimplePublicObjectWithAssociations", "properties"): {"additionalProperties": {"type": ["string", "null"]}},
    ("AssociationSpecWithLabel", "label"): {"type": ["string", "null"]},
    ("PublicOwner", "userId"): {"type": ["integer", "null"]},
    ("MultiAssociatedObjectWithLabel", "toObjectId"): {"type": ["string", "integer"]},
    ("StandardError", "subCategory"): {"type": "string"},
    ("Error", "status"): {"type": "string"},
    ("Error", "error"): {"type": "string"},
    ("Error", "error_description"): {"type": "string"},
}
"""Schema and property to what recorded traffic holds there: values that are not set and links without a label are
null, owners who left have no user, links of version 4 carry numbers, errors have a status (and OAuth's own names)."""


@dataclass(frozen=True)
class Operation:
    """One answer a contract speaks of: a method on a path, and the schema of each status."""

    method: str
    path: re.Pattern[str]
    placeholders: int
    contract: dict[str, Any]
    responses: dict[str, Any]

    def schema(self, status: int) -> dict[str, Any]:
        """Return the schema of a status as one document with everything it refers to."""
        response = self.responses.get(str(status)) or self.responses["default"]
        if "$ref" in response:
            response = self.contract["components"]["responses"][response["$ref"].rpartition("/")[2]]
        content = next(iter(response["content"].values()))
        return {"components": self.contract["components"], **content["schema"]}


def contracts(folder: Path) -> list[Operation]:
    """Read every contract of a folder; operations with the fewest placeholders come first."""
    found = []
    for file in sorted(folder.glob("*.json")):
        contract = strict(json.loads(file.read_text(encoding="utf-8")))
        for template, methods in contract["paths"].items():
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))
            for method, operation in methods.items():
                one = Operation(method.upper(), pattern, template.count("{"), contract, operation["responses"])
                found.append(one)
    return sorted(found, key=lambda one: one.placeholders)


def strict(contract: dict[str, Any]) -> dict[str, Any]:
    """Let a contract allow only the keys it names, and what is known to differ."""
    for name, schema in contract["components"]["schemas"].items():
        for (owner, key), change in KNOWN.items():
            if owner == name and schema.get("properties"):
                schema["properties"][key] = schema["properties"].get(key, {}) | change
        if schema.get("properties"):
            schema["additionalProperties"] = False
    return contract


def violations(operations: list[Operation], method: str, path: str, reply: Reply) -> list[str]:
    """Return what is wrong with an answer, one line each; an answer that no contract speaks of is wrong."""
    bare = path.partition("?")[0]
    fitting = [one for one in operations if one.method == method and one.path.fullmatch(bare)]
    if not fitting:
        return [f"no contract speaks of {method} {bare}"]
    validator = Draft7Validator(fitting[0].schema(reply.status), format_checker=CHECKER)
    return [f"{error.json_path}: {error.message}"[:300] for error in validator.iter_errors(reply.json)]


@pytest.fixture(scope="module")
def operations(shared_dir: Path) -> list[Operation]:
    folder = shared_dir / "contracts" / "hubspot"
    if not folder.is_dir():
        pytest.skip("needs contracts/hubspot of the shared material: set PUENTE_SHARED to its folder")
    found = contracts(folder / "2026-03") + contracts(folder / "v3")
    return sorted(found, key=lambda one: one.placeholders)


# --- answers -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hubspot() -> Iterator[Caller]:
    with start_hubspot(build_world(1, NOW)) as running:
        caller = Caller(running)
        yield caller
        caller.pool.clear()


SHAPES: dict[str, Callable[[str], str]] = {
    "2026-03": lambda area: f"/crm/{area}/2026-03",
    "v3": lambda area: f"/crm/v3/{area}",
}


def name_of(kind: str) -> str:
    """Contracts spell the paths of deals with their type id."""
    return "0-3" if kind == "deals" else kind


def ids_of(hubspot: Caller, kind: str, count: int = 3) -> list[str]:
    return [record.id for record in hubspot.running.crm.shelf(kind).live()[:count]]


@pytest.mark.parametrize("version", SHAPES)
@pytest.mark.parametrize("kind", [kind.name for kind in OBJECT_TYPES])
def test_records_fit_the_contract(hubspot: Caller, operations: list[Operation], version: str, kind: str) -> None:
    base = f"{SHAPES[version]('objects')}/{name_of(kind)}"
    names = ",".join(field.name for field in hubspot.running.crm.fields[kind].all())
    ids = ids_of(hubspot, kind)
    some = {"inputs": [{"id": one} for one in ids], "properties": names.split(","), "propertiesWithHistory": []}
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"{base}?limit=50&properties={names}&propertiesWithHistory=hs_object_id", None),
        ("GET", f"{base}?limit=2&archived=true", None),
        ("GET", f"{base}?limit=20&associations=contacts,companies,deals", None),
        ("GET", f"{base}?limit=1000", None),
        ("GET", f"{base}/{ids[0]}?properties={names}", None),
        ("GET", f"{base}/17", None),
        ("POST", f"{base}/batch/read", some),
        ("POST", f"{base}/batch/read", some | {"inputs": [*some["inputs"], {"id": "17"}]}),
        ("POST", f"{base}/batch/read", {}),
        ("POST", f"{base}/search", {"limit": 100, "properties": names.split(",")}),
        ("POST", f"{base}/search", {"filterGroups": [{"filters": [where("nope", "EQ", 1)]}]}),
    ]
    wanted = [200, 200, 200, 400, 200, 404, 200, 207, 400, 200, 400]
    check_all(hubspot, operations, calls, wanted)


def check_all(
    hubspot: Caller, operations: list[Operation], calls: list[tuple[str, str, Any]], wanted: list[int]
) -> None:
    """Make calls; each must be answered with the wanted status and fit its contract."""
    replies = [hubspot.get(path) if method == "GET" else hubspot.post(path, body) for method, path, body in calls]
    assert [reply.status for reply in replies] == wanted
    wrong = {
        f"{method} {path[:80]} {reply.status}": found[:3]
        for (method, path, _), reply in zip(calls, replies, strict=True)
        if (found := violations(operations, method, path, reply))
    }
    assert wrong == {}


def any_living(crm: Crm, deal: str, kind: str) -> bool:
    return any(is_live(crm, kind, one) for one in crm.links.of("deals", deal, kind))


@pytest.mark.parametrize("version", SHAPES)
def test_links_fit_the_contract(hubspot: Caller, operations: list[Operation], version: str) -> None:
    dated = version != "v3"
    links = "/crm/associations/2026-03" if dated else "/crm/v4/associations"
    schema = "/crm/associations/2026-03" if dated else "/crm/associations/v4"
    single = "/crm/objects/2026-03" if dated else "/crm/v4/objects"
    crm = hubspot.running.crm
    deals = ids_of(hubspot, "deals", 60)
    ids = [one for one in deals if any_living(crm, one, "companies") and any_living(crm, one, "contacts")][:40]
    hubspot.running.service.associations.page = 1
    inputs = [{"id": one} for one in ids]
    calls: list[tuple[str, str, Any]] = [
        ("POST", f"{links}/deals/companies/batch/read", {"inputs": inputs}),
        ("POST", f"{links}/deals/contacts/batch/read", {"inputs": inputs}),
        ("POST", f"{links}/deals/contacts/batch/read", {"inputs": [*inputs, {"id": "17"}]}),
        ("POST", f"{links}/deals/contacts/batch/read", {}),
        ("GET", f"{single}/deals/{ids[0]}/associations/contacts", None),
        ("GET", f"{schema}/deals/contacts/labels", None),
    ]
    check_all(hubspot, operations, calls, [200, 200, 207, 400, 200, 200])
    hubspot.running.service.associations.page = 100


@pytest.mark.parametrize("version", SHAPES)
def test_definitions_fit_the_contract(hubspot: Caller, operations: list[Operation], version: str) -> None:
    at = SHAPES[version]
    owner = next(iter(hubspot.running.crm.people))
    schemas = f"/crm-object-schemas/{version}/schemas"
    calls: list[tuple[str, str, Any]] = [
        ("GET", f"{at('owners')}?limit=5", None),
        ("GET", f"{at('owners')}?archived=true", None),
        ("GET", f"{at('owners')}/{owner}", None),
        ("GET", f"{at('owners')}/1", None),
        ("GET", f"{at('pipelines')}/deals", None),
        ("GET", f"{at('pipelines')}/tickets", None),
        ("GET", f"{at('pipelines')}/leads", None),
        ("GET", f"{at('pipelines')}/deals/default", None),
        ("GET", f"{at('pipelines')}/deals/default/stages", None),
        ("GET", f"{at('pipelines')}/deals/default/stages/closedwon", None),
        ("GET", f"{at('pipelines')}/deals/default/stages/closedwon/audit", None),
        *[("GET", f"{at('properties')}/{kind.name}", None) for kind in OBJECT_TYPES],
        ("GET", f"{at('properties')}/deals/amount", None),
        ("GET", f"{at('properties')}/deals/nope", None),
        ("GET", schemas, None),
        ("GET", f"{schemas}/contacts", None),
        ("POST", f"{at('lists')}/search", {"count": 2}),
        ("GET", f"{at('lists')}/4/memberships?limit=5", None),
        ("GET", f"/account-info/{version}/details", None),
        ("GET", f"/account-info/{version}/api-usage/daily/private-apps", None),
    ]
    wanted = [200, 200, 200, 404] + [200] * (len(calls) - 4)
    wanted[11 + len(OBJECT_TYPES) + 1] = 404
    check_all(hubspot, operations, calls, wanted)


@pytest.mark.parametrize("path", ["/oauth/2026-03/token", "/oauth/v1/token", "/oauth/v3/token"])
def test_tokens_fit_the_contract(hubspot: Caller, operations: list[Operation], path: str) -> None:
    asked = "client_id=sandbox-client&redirect_uri=http://127.0.0.1:7/&scope=oauth"
    code = hubspot.get(f"/oauth/authorize?{asked}").headers["location"].partition("code=")[2]
    keys = {"client_id": "sandbox-client", "client_secret": "sandbox-secret", "redirect_uri": "http://127.0.0.1:7/"}
    given = hubspot.form(path, grant_type="authorization_code", code=code, **keys)
    refused = hubspot.form(path, grant_type="authorization_code", code=code, **keys)
    assert (given.status, refused.status) == (200, 400)
    assert violations(operations, "POST", path, given) == []
    assert violations(operations, "POST", path, refused) == []
    if path.endswith("v1/token"):
        place = f"/oauth/v1/access-tokens/{given.json['access_token']}"
        assert violations(operations, "GET", place, hubspot.get(place)) == []
        return
    shown = hubspot.form(f"{path}/introspect", token=given.json["access_token"])
    assert violations(operations, "POST", f"{path}/introspect", shown) == []


def test_refusals_fit_the_contract(operations: list[Operation]) -> None:
    path = "/crm/owners/2026-03"
    with start_hubspot(build_world(1, NOW), scopes=SCOPES - {"crm.objects.owners.read"}) as running:
        scope, token = Caller(running), Caller(running, token="wrong")
        replies = [scope.get(path), token.get(path)]
        scope.pool.clear()
        token.pool.clear()
    assert [reply.status for reply in replies] == [403, 401]
    assert [violations(operations, "GET", path, reply) for reply in replies] == [[], []]


# --- the check itself --------------------------------------------------------------------------------


def drop(*path: str | int) -> Callable[[Any], None]:
    """Return what takes a key out of a body."""

    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        del body[path[-1]]

    return change


def put(value: object, *path: str | int) -> Callable[[Any], None]:
    """Return what puts a value into a body."""

    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        body[path[-1]] = value

    return change


MISTAKES: list[tuple[str, Callable[[Any], None]]] = [
    ("/crm/objects/2026-03/contacts", drop("results")),
    ("/crm/objects/2026-03/contacts", drop("results", 0, "updatedAt")),
    ("/crm/objects/2026-03/contacts", put(17, "results", 0, "id")),
    ("/crm/objects/2026-03/contacts", put(17, "results", 0, "properties", "firstname")),
    ("/crm/objects/2026-03/contacts", put("yesterday", "results", 0, "createdAt")),
    ("/crm/objects/2026-03/contacts", put("false", "results", 0, "archived")),
    ("/crm/objects/2026-03/contacts", put("2026-11-21T09:00:00Z", "results", 0, "updated_at")),
    ("/crm/objects/2026-03/contacts", put(10, "paging", "next", "after")),
    ("/crm/owners/2026-03", put("ROBOT", "results", 0, "type")),
    ("/crm/owners/2026-03", put("17", "results", 0, "userId")),
    ("/crm/owners/2026-03", drop("results", 0, "teams", 0, "primary")),
    ("/crm/pipelines/2026-03/deals", put({"isClosed": True}, "results", 0, "stages", 0, "metadata")),
    ("/crm/pipelines/2026-03/deals", drop("results", 0, "stages", 0, "writePermissions")),
    ("/crm/properties/2026-03/deals", drop("results", 0, "groupName")),
    ("/crm/properties/2026-03/deals", put("yes", "results", 0, "calculated")),
    ("/account-info/2026-03/details", drop("companyCurrency")),
    ("/account-info/2026-03/details", put("44237313", "portalId")),
    ("/crm/objects/2026-03/contacts/17", drop("category")),
    ("/crm/objects/2026-03/contacts/17", put("not-a-uuid", "correlationId")),
]


@pytest.mark.parametrize(("path", "spoil"), MISTAKES, ids=[f"{n} {path}" for n, (path, _) in enumerate(MISTAKES)])
def test_a_seeded_mistake_is_found(
    hubspot: Caller, operations: list[Operation], path: str, spoil: Callable[[Any], None]
) -> None:
    reply = hubspot.get(path)
    assert violations(operations, "GET", path, reply) == []
    body = deepcopy(reply.json)
    spoil(body)
    assert violations(operations, "GET", path, Reply(reply.status, reply.headers, b"", body))


# --- recordings --------------------------------------------------------------------------------------


def differences(recorded: Any, ours: Any, place: str = "$") -> list[str]:
    """Return where a body of ours lacks a key that was recorded, or has another kind of value there."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        if place.endswith((".properties", ".assets")):
            return []
        missing = [f"{place}.{key} is missing" for key in recorded if key not in ours]
        below = [differences(value, ours[key], f"{place}.{key}") for key, value in recorded.items() if key in ours]
        return missing + [one for found in below for one in found]
    if isinstance(recorded, list) and isinstance(ours, list):
        return differences(recorded[0], ours[0], f"{place}[0]") if recorded and ours else []
    if recorded is None or ours is None or type(recorded) is type(ours):
        return []
    return [f"{place} is {type(ours).__name__}, recorded as {type(recorded).__name__}"]


def recorded(shared_dir: Path, name: str) -> Any:
    file = shared_dir / "recordings" / "hubspot" / name
    if not file.exists():
        pytest.skip(f"needs recordings/hubspot/{name} of the shared material: set PUENTE_SHARED to its folder")
    return json.loads(file.read_text(encoding="utf-8"))


def batch_of(running: RunningHubspot, kind: str) -> dict[str, Any]:
    return {"inputs": [{"id": running.crm.shelf(kind).live()[0].id}, {"id": "17"}]}


RECORDED: dict[str, Callable[[Caller], Reply]] = {
    "amp/search/error-invalid-object.json": lambda h: h.post("/crm/v3/objects/butterflies/search", {}),
    "amp/search/contacts/1-first-page.json": lambda h: h.search(path="/crm/v3/objects/contacts"),
    "amp/search/contacts/contacts-to-companies.json": lambda h: h.post(
        "/crm/v4/associations/contacts/companies/batch/read", batch_of(h.running, "contacts")
    ),
    "amp/read/objects-api/contacts-batch.json": lambda h: h.post(
        "/crm/v3/objects/contacts/batch/read", {"inputs": [{"id": ids_of(h, "contacts")[0]}]}
    ),
    "amp/read/objects-api/contacts-response.json": lambda h: h.get("/crm/v3/objects/contacts"),
    "amp/batch/update/contacts/err-partial-success.json": lambda h: h.post(
        "/crm/v3/objects/contacts/batch/read", batch_of(h.running, "contacts")
    ),
    "amp/metadata-deals-external-pipelines.json": lambda h: h.get("/crm/v3/pipelines/deals"),
    "amp/metadata-deals-properties-sampled.json": lambda h: h.get("/crm/v3/properties/deals"),
    "amp/metadata-contacts-properties-sampled.json": lambda h: h.get("/crm/v3/properties/contacts"),
    "amp/custom/update/5-response-update-property-age.json": lambda h: h.get("/crm/v3/properties/deals/fit_score"),
    "amp/post-auth/account-info.json": lambda h: h.get("/account-info/v3/details"),
    "amp/read-lists-1-first-page.json": lambda h: h.post("/crm/v3/lists/search", {"count": 2}),
    "amp/read/campaigns/1-first-page.json": lambda h: h.get("/marketing/campaigns/2026-03?limit=2&properties=hs_name"),
    "amp/internal/associations/contacts-schema-resp.json": lambda h: h.get("/crm-object-schemas/v3/schemas/contacts"),
}
"""Recording to the call that the stand-in answers alike."""
NOT_OURS = {
    "$.restorable", "$.metaType", "$.createdByUserId", "$.updatedByUserId", "$.associations[0]",
}  # fmt: skip
"""Keys of the recorded schema that no contract has; nothing reads them."""


@pytest.mark.parametrize("name", RECORDED)
def test_an_answer_has_what_the_recorded_one_has(hubspot: Caller, shared_dir: Path, name: str) -> None:
    found = differences(recorded(shared_dir, name), RECORDED[name](hubspot).json)
    assert [one for one in found if one.split(" ")[0] not in NOT_OURS] == []


def test_refusals_are_as_recorded(shared_dir: Path) -> None:
    with start_hubspot(build_world(1, NOW), scopes=[], faults="daily_quota,nth=2") as running:
        caller = Caller(running)
        scope, quota = caller.get("/crm/v3/schemas"), caller.get("/crm/v3/schemas")
        caller.pool.clear()
    missing = recorded(shared_dir, "amp/metadata-err-schemas-scope.json")
    assert differences(missing, scope.json) == []
    assert (scope.json["message"], scope.json["category"]) == (missing["message"], missing["category"])
    daily = recorded(shared_dir, "docs-examples/429-daily.json")["response"]
    assert (quota.status, differences(daily["body"], quota.json)) == (429, [])
    assert {key: quota.json[key] for key in ("message", "errorType", "policyName")} == {
        key: daily["body"][key] for key in ("message", "errorType", "policyName")
    }


def test_a_body_of_another_shape_is_found() -> None:
    assert differences({"a": {"b": [{"c": "1"}]}}, {"a": {"b": [{"c": 1}]}}) == ["$.a.b[0].c is int, recorded as str"]
    assert differences({"a": 1, "b": 2}, {"a": 1}) == ["$.b is missing"]
