"""Recorded traffic of HubSpot, replayed over HTTP: every fitting body becomes the right rows or the right error.

Files are read where they lie. ``amp`` are raw bodies of the present interface, ``v1_ruby`` conversations of interfaces
that are gone: of these the refusals and the lists of properties still have the present shape, and
:data:`NOT_OURS` says of each other address why its body does not.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from connector.errors import (
    MissingScope,
    NotInAccount,
    PuenteError,
    QuotaExhausted,
    VendorUnavailable,
)
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.http.server import Server
from connector.sources.hubspot.source import HubspotSource
from connector.sources.stream import Property, Reading
from tests.sources.hubspot.desk import Hands, Store, connect

pytestmark = pytest.mark.conformance

EMPTY = {"results": []}


@dataclass
class Replay:
    """Answers by the end of the path: the next of its bodies, the last one for ever; an empty list for the rest."""

    bodies: dict[str, list[tuple[int, Any]]] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    url: str = ""

    def answer(self, request: Request) -> Answer:
        self.asked.append(request)
        if request.first("archived") == "true":
            return Answer(200, EMPTY)
        for ending, bodies in self.bodies.items():
            if request.path.endswith(ending):
                status, body = bodies.pop(0) if len(bodies) > 1 else bodies[0]
                return Answer(status, body) if not isinstance(body, str) else Answer(status, raw=body.encode())
        return Answer(200, {"results": [], "total": 0})


@pytest.fixture
def recordings(shared_dir: Path) -> Path:
    folder = shared_dir / "recordings" / "hubspot"
    if not folder.is_dir():
        pytest.skip("needs the recordings of HubSpot in the shared material")
    return folder


@pytest.fixture
def replay() -> Iterator[Replay]:
    book = Replay()
    server = Server(book.answer, Hands())
    server.start()
    book.url = server.url
    yield book
    server.stop()


def load(recordings: Path, name: str) -> Any:
    return json.loads((recordings / "amp" / name).read_text(encoding="utf-8"))


def source(replay: Replay) -> HubspotSource:
    return connect(replay.url, Hands())


def read(replay: Replay, stream: str, names: tuple[str, ...] = ()) -> Store:
    """Read a stream to its end; ``names`` are the properties that the account is said to have."""
    store, kind = Store(), stream.removesuffix("_associations")
    properties = {kind: [Property(name, name, "string") for name in names]}
    for page in source(replay).read(stream, {}, Reading(Hands().now, "changes", store, properties)):
        store.keep(stream, page)
    assert store.pages[-1][1].done
    return store


CONTACT_NAMES = ("email", "firstname", "lastname", "company", "createdate", "lastmodifieddate")
PAGES = (
    (("search/contacts/1-first-page.json", "search/contacts/2-second-page.json"), {"501", "103107104018"}),
    (("read-via-search/contacts-response.json",), {"220006890315"}),
    (("read/objects-api/contacts-response.json",), {"1", "51", "101"}),
    (("read/objects-api/contacts-batch.json",), {"110338039632", "110323586992"}),
    (("batch/create/contacts/success.json",), None),
    (("batch/update/contacts/success.json",), None),
    (("batch/create/contacts/err-partial-success.json",), {"171596044870"}),
    (("batch/update/contacts/err-partial-success.json",), None),
)


@pytest.mark.parametrize(("files", "ids"), PAGES, ids=[files[0] for files, _ in PAGES])
def test_recorded_records_become_rows(
    recordings: Path, replay: Replay, files: tuple[str, ...], ids: set[str] | None
) -> None:
    bodies = [load(recordings, name) for name in files]
    records = {record["id"]: record for body in bodies for record in body["results"]}
    replay.bodies["/objects/2026-03/contacts"] = [*((200, body) for body in bodies), (200, EMPTY)]
    store = read(replay, "contacts", CONTACT_NAMES)
    assert set(store.live("contacts")) == set(records)
    assert ids is None or ids <= set(records)
    for number, record in records.items():
        row = store.rows["contacts"][number]
        assert row["updatedAt"] == record["updatedAt"]
        assert {name: row.get(f"properties.{name}") for name in CONTACT_NAMES} == {
            name: record["properties"].get(name) for name in CONTACT_NAMES
        }


def test_recorded_search_pages_are_walked_to_their_end(recordings: Path, replay: Replay) -> None:
    first, second = (load(recordings, f"search/contacts/{name}-page.json") for name in ("1-first", "2-second"))
    both = {"results": first["results"] + second["results"]}
    replay.bodies["/contacts/search"] = [(200, first), (200, second), (200, {"total": 0, "results": []})]
    replay.bodies["/contacts/batch/read"] = [
        (200, {**both, "results": first["results"]}),
        (200, {**both, "results": second["results"]}),
    ]
    replay.bodies["/objects/2026-03/contacts"] = [(200, EMPTY)]
    store = read(replay, "contacts", CONTACT_NAMES)
    assert set(store.live("contacts")) == {"501", "103107104018"}
    bodies = [request.json for request in replay.asked if request.path.endswith("/search")]
    assert [
        [filter_["value"] for filter_ in body["filterGroups"][0]["filters"] if filter_["operator"] == "GT"]
        for body in bodies
    ] == [[], ["501"], ["103107104018"], []]


def test_recorded_associations_become_one_row_per_parent(recordings: Path, replay: Replay) -> None:
    body = load(recordings, "search/contacts/contacts-to-companies.json")
    replay.bodies["/contacts/companies/batch/read"] = [(207, body)]
    store = Store()
    store.rows["contacts"] = {each: {"id": each, "archived": "false"} for each in ("501", "103107104018")}
    for page in source(replay).read("contact_associations", {}, Reading(Hands().now, "changes", store, {})):
        store.keep("contact_associations", page)
    rows = store.live("contact_associations")
    assert json.loads(str(rows["501"]["companies"])) == [
        {"id": "29022297485", "labels": ["Primary"], "types": [1, 279]}
    ]
    assert rows["103107104018"]["companies"] == "[]"
    assert sum(request.path.endswith("/batch/read") for request in replay.asked) == 1


def test_recorded_campaigns_are_paged_by_their_coded_cursor(recordings: Path, replay: Replay) -> None:
    pages = [load(recordings, f"read/campaigns/{name}-page.json") for name in ("1-first", "2-last")]
    replay.bodies["/marketing/campaigns/2026-03"] = [(200, page) for page in pages]
    store = read(replay, "campaigns")
    assert {row["properties.hs_name"] for row in store.live("campaigns").values()} == {
        "Clothing Promotion",
        "Breaking news",
        "Inbound",
    }
    notes = {row["id"]: row["properties.hs_notes"] for row in store.live("campaigns").values()}
    assert notes["430318c4-abb7-4bf7-a75e-9c5fa8f475a6"] == "Sports t-shirts and pants"
    assert notes["36137b99-47a6-40fe-986d-839a5e3deebb"] is None


@pytest.mark.parametrize("name", ["read-via-search/campaigns-response.json", "batch/read/campaigns/ok-200.json"])
def test_other_recorded_campaigns_have_the_shape_of_a_list(recordings: Path, replay: Replay, name: str) -> None:
    body = load(recordings, name)
    replay.bodies["/marketing/campaigns/2026-03"] = [(200, body)]
    store = read(replay, "campaigns")
    assert {row["id"]: row["properties.hs_name"] for row in store.live("campaigns").values()} == {
        each["id"]: each["properties"]["hs_name"] for each in body["results"]
    }


def test_recorded_lists_are_read_with_their_size(recordings: Path, replay: Replay) -> None:
    pages = [load(recordings, f"read-lists-{name}-page.json") for name in ("1-first", "2-second")]
    replay.bodies["/crm/lists/2026-03/search"] = [(200, page) for page in pages]
    store = read(replay, "lists")
    assert {row["id"]: (row["name"], row["size"]) for row in store.live("lists").values()} == {
        "3": ("Test List", "4993"),
        "4": ("Test static company list", "3"),
        "5": ("My static contacts list", "0"),
    }
    assert [request.json["offset"] for request in replay.asked if request.path.endswith("/search")] == [0, 2]


def test_recorded_pipelines_give_a_row_per_stage(recordings: Path, replay: Replay) -> None:
    body = load(recordings, "metadata-deals-external-pipelines.json")
    replay.bodies["/pipelines/2026-03/deals"] = [(200, body)]
    rows = read(replay, "deal_pipelines").live("deal_pipelines")
    stages = [stage for pipeline in body["results"] for stage in pipeline["stages"]]
    assert set(rows) == {stage["id"] for stage in stages}
    assert rows["appointmentscheduled"]["pipeline_label"] == "Sales Pipeline"
    assert rows["appointmentscheduled"]["probability"] == "0.2"
    assert {row["is_closed"] for row in rows.values()} <= {"true", "false"}


def test_recorded_contact_pipelines_tell_the_state_of_a_stage(recordings: Path, replay: Replay) -> None:
    replay.bodies["/pipelines/2026-03/tickets"] = [(200, load(recordings, "metadata-contacts-external-pipelines.json"))]
    rows = read(replay, "ticket_pipelines").live("ticket_pipelines")
    assert rows["subscriber"]["stage_state"] == "OPEN"


@pytest.mark.parametrize("kind", ["contacts", "deals"])
def test_recorded_properties_are_known_with_their_choices(recordings: Path, replay: Replay, kind: str) -> None:
    body = load(recordings, f"metadata-{kind}-properties-sampled.json")
    replay.bodies[f"/properties/2026-03/{kind}"] = [(200, body)]
    found = {each.name: each for each in source(replay).properties()[kind]}
    told = {each["name"]: each for each in body["results"] if not each.get("archived")}
    assert set(found) == set(told)
    for name, each in told.items():
        assert found[name].type == each["type"]
        assert found[name].label == each["label"]
        assert found[name].custom != each.get("hubspotDefined", False)
        assert [value for value, _ in found[name].options] == [choice["value"] for choice in each["options"]]


def test_recorded_new_properties_are_custom(recordings: Path, replay: Replay) -> None:
    replay.bodies["/properties/2026-03/deals"] = [
        (200, load(recordings, "custom/create/4-response-batch-create-properties.json"))
    ]
    found = {each.name: each for each in source(replay).properties()["deals"]}
    assert found["age__c"].custom
    assert found["age__c"].type == "number"


def test_the_recorded_account_says_who_it_is(recordings: Path, replay: Replay) -> None:
    replay.bodies["/details"] = [(200, load(recordings, "post-auth/account-info.json"))]
    account = source(replay).account()
    assert (account.id, account.currency, account.ui_host) == ("12345678", "USD", "app.hubspot.com")
    assert account.time_zone == "US/Eastern"


REFUSALS = (
    ("metadata-err-schemas-scope.json", 403, MissingScope, "custom-object-read"),
    ("search/error-invalid-object.json", 400, NotInAccount, "butterflies"),
    ("batch/create/contacts/err-conflict.json", 409, VendorUnavailable, "already exists"),
    ("batch/create/contacts/err-many-invalid-properties.json", 400, VendorUnavailable, "first000name"),
    ("batch/update/contacts/err-many-invalid-properties.json", 400, VendorUnavailable, "first000name"),
    ("batch/update/contacts/err-duplicate-ids.json", 400, VendorUnavailable, "123456"),
)


@pytest.mark.parametrize(("name", "status", "kind", "words"), REFUSALS, ids=[row[0] for row in REFUSALS])
def test_recorded_refusals_become_clear_errors(
    recordings: Path, replay: Replay, name: str, status: int, kind: type[PuenteError], words: str
) -> None:
    replay.bodies["/objects/2026-03/deals"] = [(status, load(recordings, name))]
    with pytest.raises(kind, match=words) as told:
        read(replay, "deals")
    assert told.value.remedy
    assert told.value.place


def test_the_documented_daily_limit_stops_and_says_until_when(recordings: Path, replay: Replay) -> None:
    told = json.loads((recordings / "docs-examples" / "429-daily.json").read_text(encoding="utf-8"))["response"]
    replay.bodies["/objects/2026-03/deals"] = [(told["status"], told["body"])]
    with pytest.raises(QuotaExhausted) as error:
        read(replay, "deals")
    assert error.value.until is not None
    assert error.value.until > Hands().now
    asked = [request for request in replay.asked if request.path.endswith("/deals")]
    assert [request.first("archived") for request in asked] == ["true", "false"]


# --- the old interfaces ------------------------------------------------------------------------------

NOT_OURS = {
    r"/companies/v2/": "ids are companyId and values {value, timestamp}; the v2 interface is gone",
    r"/contacts/v1/": "ids are vid and values {value, versions}; the v1 interface is gone",
    r"/deals/v1/(deal|pipelines|groups)": "dealId, stageId and bare lists; pipelines v1 ends on 4 December 2026",
    r"/engagements/v1/": "one kind for all activities, {engagement, associations, metadata}",
    r"/properties/v1/\w+/groups": "groups of properties are not read",
    r"/owners/v2/": "a bare list with ownerId and remoteList",
    r"/(email|subscriptions|forms|uploads|oauth|webhooks|events|broadcast|content|cosemail|blog|marketing)": "not read",
    r"/\w+/v\d/.*": "an address that is not read",
}


def old_conversations(recordings: Path) -> list[tuple[str, str, str, int, Any]]:
    """(file, method, path, status, body) of every recorded exchange of the old interfaces."""
    found = []
    for file in sorted((recordings / "v1_ruby").glob("*.json")):
        for each in json.loads(file.read_text(encoding="utf-8")).get("interactions", []):
            request, response = each["request"], each["response"]
            path = re.sub(r"^https?://[^/]+", "", str(request.get("uri") or request.get("url"))).partition("?")[0]
            found.append((file.name, request["method"], path, int(response["status"]), response.get("body")))
    return found


def is_property_list(body: Any) -> bool:
    return isinstance(body, list) and bool(body) and all({"name", "type", "fieldType"} <= each.keys() for each in body)


def test_old_lists_of_properties_still_have_the_present_shape(recordings: Path, replay: Replay) -> None:
    lists = [body for *_, body in old_conversations(recordings) if is_property_list(body)]
    assert len(lists) >= 2
    for body in lists:
        replay.bodies["/properties/2026-03/deals"] = [(200, {"results": body})]
        found = {each.name: each.type for each in source(replay).properties()["deals"]}
        assert found == {each["name"]: each["type"] for each in body}


def test_old_refusals_become_errors_that_quote_them(recordings: Path, replay: Replay) -> None:
    refused = [row for row in old_conversations(recordings) if row[3] >= 400]
    assert len(refused) >= 20
    for name, _, _, status, body in refused:
        replay.bodies["/objects/2026-03/deals"] = [(status, body if body is not None else "")]
        with pytest.raises(PuenteError) as told:
            read(replay, "deals")
        expected = NotInAccount if status == 404 else VendorUnavailable
        assert type(told.value) is expected, f"{name}: {told.value!r}"
        message = body.get("message") if isinstance(body, dict) else None
        assert not message or message[:40].replace("\n", " ") in str(told.value), name


def reason(path: str) -> str:
    return next((why for form, why in NOT_OURS.items() if re.match(form, path)), "")


def test_every_other_old_exchange_is_left_out_for_a_reason(recordings: Path) -> None:
    left = [row for row in old_conversations(recordings) if row[3] < 400 and not is_property_list(row[4])]
    assert left
    assert not [(name, path) for name, _, path, _, _ in left if not reason(path)]


NOT_READ = {
    "custom/": "bodies of writing properties and their groups (one answer is read above)",
    "internal/": "answers to writing associations, and the schema of contacts",
    "read/campaigns/influenced-contacts.json": "what a campaign influenced is not read",
    "read/campaigns/marketing-email-assets": "assets of a campaign are not read",
    "read/events/": "behavioural events are not read",
    "read/marketing-": "marketing e-mails, events and forms are not read",
    "read/meeting-links.json": "links for booking a meeting are not read",
    "payload": "a request, not an answer",
    "batch/read/campaigns/multi-207.json": "campaigns are listed, never read by id; its rows are those of ok-200",
}


def test_every_present_recording_is_replayed_or_left_out_for_a_reason(recordings: Path) -> None:
    text = Path(__file__).read_text(encoding="utf-8")
    for file in sorted((recordings / "amp").rglob("*.json")):
        name = file.relative_to(recordings / "amp").as_posix()
        numbered = re.sub(r"(1-first|2-last|2-second)-page", "{name}-page", name)
        kinds = re.sub(r"metadata-(contacts|deals)-properties", "metadata-{kind}-properties", name)
        replayed = any(spelling in text for spelling in (name, numbered, kinds))
        assert replayed or any(part in name for part in NOT_READ), name
