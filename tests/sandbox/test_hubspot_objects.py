"""Lists, batches, searches, links and definitions of the stand-in of HubSpot, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.people import Person
from connector.sandbox.crm.record import to_ms
from connector.sandbox.hubspot import start_hubspot
from connector.sandbox.hubspot.kinds import ROLES, default_link
from tests.sandbox.hubspot_caller import DEALS, LIVE_DEALS, OLD_DEALS, START, Caller, Clock, small_account, where


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(clock: Clock) -> Crm:
    return small_account(clock)


@pytest.fixture
def hubspot(crm: Crm) -> Iterator[Caller]:
    with start_hubspot(crm) as running:
        caller = Caller(running)
        yield caller
        caller.pool.clear()


@pytest.fixture
def ids(crm: Crm) -> list[str]:
    return [record.id for record in crm.shelf("deals").live()]


# --- lists and batches -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [DEALS, OLD_DEALS, "/crm/objects/2026-03/0-3", "/crm/v3/objects/deal"])
def test_a_list_gives_every_record_once_by_id(hubspot: Caller, ids: list[str], path: str) -> None:
    pages = list(hubspot.pages(path, limit=100))
    assert [len(page) for page in pages] == [100, 100, 30]
    assert [row["id"] for page in pages for row in page] == ids


def test_a_row_has_what_was_asked_null_for_unset_and_nothing_for_unknown(hubspot: Caller) -> None:
    row = hubspot.get(DEALS, properties="amount,closedate,no_such_property").json["results"][0]
    assert row["properties"] == {
        "amount": "0",
        "closedate": None,
        "createdate": "2026-11-02T05:10:00.000Z",
        "hs_lastmodifieddate": "2026-11-02T05:10:00.000Z",
        "hs_object_id": row["id"],
    }
    assert (row["archived"], row["createdAt"]) == (False, "2026-11-02T05:10:00.000Z")
    assert len(hubspot.get(DEALS).json["results"]) == 10


def test_histories_come_newest_first_and_halve_the_page(
    hubspot: Caller, crm: Crm, clock: Clock, ids: list[str]
) -> None:
    clock.forward(hours=1)
    crm.edit("deals", ids[0], {"dealstage": "closedwon"})
    asked = {"propertiesWithHistory": "dealstage", "limit": 50}
    row = hubspot.get(DEALS, **asked).json["results"][0]
    assert [version["value"] for version in row["propertiesWithHistory"]["dealstage"]] == [
        "closedwon",
        "appointmentscheduled",
    ]
    assert row["propertiesWithHistory"]["dealstage"][0]["timestamp"] == "2026-11-02T10:00:00.000Z"
    assert hubspot.get(DEALS, **(asked | {"limit": 51})).status == 400
    inputs = [{"id": one} for one in ids[:51]]
    refused = hubspot.post(f"{DEALS}/batch/read", {"inputs": inputs, "propertiesWithHistory": ["dealstage"]})
    assert refused.status == 400
    assert "property histories is 50" in refused.json["message"]


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"limit": "x"}, {"after": "zzz"}])
def test_a_list_refuses_what_hubspot_refuses(hubspot: Caller, query: dict[str, object]) -> None:
    reply = hubspot.get(DEALS, **query)
    assert (reply.status, reply.json["category"]) == (400, "VALIDATION_ERROR")


def test_a_url_that_is_too_long_is_refused_by_the_front_server(hubspot: Caller) -> None:
    names = ",".join(f"property_number_{number:05}" for number in range(800))
    reply = hubspot.get(DEALS, properties=names)
    assert (reply.status, reply.headers["content-type"]) == (414, "text/html")


def test_archived_records_are_listed_apart_for_ninety_days_and_never_searched(
    hubspot: Caller, crm: Crm, clock: Clock, ids: list[str]
) -> None:
    crm.archive("deals", ids[3])
    assert ids[3] not in {row["id"] for page in hubspot.pages(DEALS, limit=100) for row in page}
    row = hubspot.get(DEALS, archived="true").json["results"][0]
    assert (row["id"], row["archived"], row["archivedAt"]) == (ids[3], True, "2026-11-02T09:00:00.000Z")
    assert ids[3] not in hubspot.found(where("hs_object_id", "EQ", ids[3]))
    assert hubspot.get(f"{DEALS}/{ids[3]}").status == 404
    assert hubspot.get(f"{DEALS}/{ids[3]}", archived="true").status == 200
    clock.forward(days=91)
    assert hubspot.get(DEALS, archived="true").json["results"] == []


def test_a_batch_with_missing_ids_is_a_207_that_names_them(hubspot: Caller, ids: list[str]) -> None:
    reply = hubspot.post(f"{DEALS}/batch/read", {"inputs": [{"id": ids[0]}, {"id": "77"}], "properties": ["amount"]})
    assert reply.status == 207
    assert [row["id"] for row in reply.json["results"]] == [ids[0]]
    assert reply.json["errors"][0]["context"] == {"ids": ["77"]}
    assert reply.json["numErrors"] == 1
    whole = hubspot.post(f"{DEALS}/batch/read", {"inputs": [{"id": one} for one in ids[:100]]})
    assert (whole.status, len(whole.json["results"]), "errors" in whole.json) == (200, 100, False)
    assert hubspot.post(f"{DEALS}/batch/read", {"inputs": [{"id": one} for one in ids[:101]]}).status == 400
    assert hubspot.post(f"{DEALS}/batch/read", {"properties": []}).status == 400


def test_a_merged_record_is_gone_and_its_winner_names_it(hubspot: Caller, crm: Crm, ids: list[str]) -> None:
    crm.merge("deals", ids[1], ids[0])
    assert hubspot.get(f"{DEALS}/{ids[0]}").status == 404
    assert hubspot.get(DEALS, archived="true").json["results"] == []
    winner = hubspot.get(f"{DEALS}/{ids[1]}", properties="hs_merged_object_ids").json
    assert winner["properties"]["hs_merged_object_ids"] == ids[0]


# --- search ------------------------------------------------------------------------------------------

OPERATORS = [
    (where("amount", "EQ", "50.0"), lambda n: n == 5),
    (where("amount", "NEQ", 50), lambda n: n != 5),
    (where("amount", "LT", 100), lambda n: n < 10),
    (where("amount", "LTE", 100), lambda n: n <= 10),
    (where("amount", "GT", 2200), lambda n: n > 220),
    (where("amount", "GTE", 2200), lambda n: n >= 220),
    (where("amount", "BETWEEN", 90, highValue="120"), lambda n: 9 <= n <= 12),
    (where("amount", "IN", values=["10", "20", "5"]), lambda n: n in (1, 2)),
    (where("amount", "NOT_IN", values=["10", "20"]), lambda n: n not in (1, 2)),
    (where("amount", "HAS_PROPERTY"), lambda n: n >= 0),
    (where("amount", "NOT_HAS_PROPERTY"), lambda n: n < 0),
    (where("dealname", "EQ", "deal 7"), lambda n: n == 7),
    (where("dealname", "CONTAINS_TOKEN", "22*"), lambda n: str(n).startswith("22")),
    (where("dealname", "CONTAINS_TOKEN", "22"), lambda n: n == 22),
    (where("dealname", "NOT_CONTAINS_TOKEN", "22"), lambda n: n != 22),
    (where("createdate", "LT", "2026-11-02T05:12:00Z"), lambda n: n < 2),
    (where("createdate", "LT", to_ms(START - timedelta(minutes=228))), lambda n: n < 2),
]


@pytest.mark.parametrize(("condition", "fits"), OPERATORS, ids=lambda one: str(one) if isinstance(one, dict) else "")
def test_every_operator_finds_what_it_says(hubspot: Caller, ids: list[str], condition: dict, fits) -> None:  # type: ignore[no-untyped-def, type-arg]
    reply = hubspot.search(condition, sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}])
    expected = [one for number, one in enumerate(ids) if fits(number)]
    assert reply.json["total"] == len(expected)
    assert [row["id"] for row in reply.json["results"]] == expected[:200]


def test_ids_compare_as_numbers(hubspot: Caller, crm: Crm) -> None:
    for number in range(400):
        crm.create("deals", {"dealname": f"late {number}"})
    later = [one.id for one in crm.shelf("deals").live() if len(one.id) == 10]
    found = hubspot.found(where("hs_object_id", "GTE", "1000000000"), sorts=["hs_object_id"])
    assert later
    assert found == later[:200]


def test_groups_are_alternatives_and_filters_in_one_group_are_not(hubspot: Caller, ids: list[str]) -> None:
    groups = [
        {"filters": [where("amount", "LT", 30), where("amount", "GT", 0)]},
        {"filters": [where("amount", "EQ", 100)]},
    ]
    reply = hubspot.search(filterGroups=groups, sorts=["hs_object_id"])
    assert [row["id"] for row in reply.json["results"]] == [ids[1], ids[2], ids[10]]


def test_pages_of_a_search_are_offsets_and_ties_come_in_no_order_of_ids(
    hubspot: Caller, crm: Crm, clock: Clock, ids: list[str]
) -> None:
    clock.forward(minutes=5)
    crm.edit_many("deals", {one: {"dealname": "bulk"} for one in ids})
    condition = where("hs_lastmodifieddate", "GTE", to_ms(clock.now))
    sorts = [{"propertyName": "hs_lastmodifieddate", "direction": "ASCENDING"}]
    first = hubspot.search(condition, sorts=sorts, limit=150)
    assert (first.json["total"], first.json["paging"]) == (LIVE_DEALS, {"next": {"after": "150"}})
    second = hubspot.search(condition, sorts=sorts, limit=150, after="150")
    assert "paging" not in second.json
    found = [row["id"] for row in first.json["results"] + second.json["results"]]
    assert sorted(found) == sorted(ids)
    assert found != sorted(found, key=int)
    tied = where("hs_lastmodifieddate", "EQ", to_ms(clock.now))
    drained = hubspot.found(tied, where("hs_object_id", "GT", ids[99]), sorts=["hs_object_id"])
    assert drained == ids[100:]


def test_a_query_ends_at_ten_thousand_results(hubspot: Caller, crm: Crm) -> None:
    for number in range(10_050 - LIVE_DEALS):
        crm.create("deals", {"amount": str(number)})
    last = hubspot.search(limit=200, after="9800")
    assert (last.status, last.json["total"], last.json["paging"]["next"]["after"]) == (200, 10_050, "10000")
    assert hubspot.search(limit=200, after="10000").status == 400
    assert hubspot.search(limit=200, after="9801").status == 400


REFUSED_SEARCHES = [
    {"limit": 201},
    {"limit": 0},
    {"after": "abc"},
    {"filterGroups": [{"filters": []}] * 7},
    {"filterGroups": [{"filters": [where("amount", "EQ", 1)] * 19}]},
    {"filterGroups": [{"filters": [where("no_such_property", "EQ", 1)]}]},
    {"filterGroups": [{"filters": [where("amount", "NEAR", 1)]}]},
    {"filterGroups": [{"filters": [where("amount", "IN", 1)]}]},
    {"filterGroups": [{"filters": [where("amount", "EQ")]}]},
    {"sorts": ["amount", "hs_object_id"]},
    {"sorts": ["no_such_property"]},
    {"query": "x" * 3001},
]


@pytest.mark.parametrize("body", REFUSED_SEARCHES, ids=str)
def test_a_search_refuses_what_hubspot_refuses(hubspot: Caller, body: dict[str, object]) -> None:
    reply = hubspot.search(**body)
    assert (reply.status, reply.json["status"]) == (400, "error")


@pytest.mark.parametrize(("enforced", "most"), [(True, "190"), (False, "100000")])
def test_a_search_shows_no_rate_limit_and_other_calls_do(crm: Crm, enforced: bool, most: str) -> None:
    """Where nothing is refused the headers ask nobody to wait."""
    with start_hubspot(crm, enforce_limits=enforced) as running:
        hubspot = Caller(running)
        assert not [name for name in hubspot.search().headers if name.startswith("x-hubspot")]
        listed = hubspot.get(DEALS).headers
        hubspot.pool.clear()
    assert listed["x-hubspot-ratelimit-max"] == most
    assert listed["x-hubspot-ratelimit-interval-milliseconds"] == "10000"


def test_the_index_lags_but_shows_the_body_of_now(crm: Crm, clock: Clock, ids: list[str]) -> None:
    clock.forward(hours=2)
    with start_hubspot(crm, index_lag_seconds=60) as running:
        hubspot = Caller(running)
        crm.edit("deals", ids[0], {"amount": "999"})
        new = crm.create("deals", {"dealname": "new"})
        old = where("hs_lastmodifieddate", "LT", to_ms(clock.now))
        changed = where("hs_lastmodifieddate", "GTE", to_ms(clock.now))
        row = hubspot.search(old, where("hs_object_id", "EQ", ids[0]), properties=["amount"]).json["results"][0]
        assert (row["properties"]["amount"], row["updatedAt"]) == ("999", "2026-11-02T11:00:00.000Z")
        assert hubspot.found(changed) == []
        assert hubspot.get(f"{DEALS}/{new.id}").status == 200
        clock.forward(seconds=60)
        assert sorted(hubspot.found(changed)) == sorted([ids[0], new.id])
        hubspot.pool.clear()


def test_limits_are_enforced_on_demand_and_the_policy_is_named(crm: Crm) -> None:
    with start_hubspot(crm, enforce_limits=True) as running:
        hubspot = Caller(running)
        replies = [hubspot.search(limit=1) for _ in range(6)]
        assert [reply.status for reply in replies] == [200] * 5 + [429]
        assert replies[-1].json["policyName"] == "SECONDLY"
        calls = [hubspot.get("/account-info/v3/details") for _ in range(191)]
        assert calls[-1].json["policyName"] == "TEN_SECONDLY_ROLLING"
        assert calls[189].status == 200
        hubspot.pool.clear()


# --- links -------------------------------------------------------------------------------------------


def test_links_come_with_labels_and_page_per_record(hubspot: Caller, crm: Crm, ids: list[str]) -> None:
    contacts = [record.id for record in crm.shelf("contacts").live()]
    for contact in contacts[1:5]:
        crm.links.add("deals", ids[0], "contacts", contact, default_link("deals", "contacts"), ROLES["Budget holder"])
    hubspot.running.service.associations.page = 2
    path = "/crm/associations/2026-03/deals/contacts/batch/read"
    seen, ask = [], [{"id": ids[0]}]
    for _ in range(5):
        result = hubspot.post(path, {"inputs": ask}).json["results"][0]
        seen += result["to"]
        if "paging" not in result:
            break
        ask = [{"id": ids[0], "after": result["paging"]["next"]["after"]}]
    assert [one["toObjectId"] for one in seen] == contacts[:5]
    assert [kind["label"] for kind in seen[1]["associationTypes"]] == [None, "Budget holder"]
    single = hubspot.get(f"/crm/v4/objects/deals/{ids[0]}/associations/contacts").json
    assert [one["toObjectId"] for one in single["results"]] == [int(one) for one in contacts[:5]]


def test_records_without_links_are_errors_of_a_207(hubspot: Caller, crm: Crm, ids: list[str]) -> None:
    crm.archive("contacts", next(iter(crm.links.of("deals", ids[1], "contacts"))))
    path = "/crm/v4/associations/deals/contacts/batch/read"
    reply = hubspot.post(path, {"inputs": [{"id": ids[0]}, {"id": ids[1]}]})
    assert (reply.status, [one["from"]["id"] for one in reply.json["results"]]) == (207, [ids[0]])
    assert reply.json["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert reply.json["errors"][0]["context"]["fromObjectId"] == [ids[1]]


def test_a_changed_link_does_not_touch_the_record(hubspot: Caller, crm: Crm, clock: Clock, ids: list[str]) -> None:
    contacts = [record.id for record in crm.shelf("contacts").live()]
    before = hubspot.get(f"{DEALS}/{ids[0]}", associations="contacts").json
    clock.forward(days=1)
    crm.links.remove("deals", ids[0], "contacts", contacts[0])
    crm.links.add("deals", ids[0], "contacts", contacts[7], default_link("deals", "contacts"))
    after = hubspot.get(f"{DEALS}/{ids[0]}", associations="contacts").json
    assert before["updatedAt"] == after["updatedAt"]
    assert before["associations"]["contacts"]["results"] == [{"id": contacts[0], "type": "deal_to_contact"}]
    assert after["associations"]["contacts"]["results"] == [{"id": contacts[7], "type": "deal_to_contact"}]


# --- definitions and the account ---------------------------------------------------------------------


def test_owners_come_in_two_passes(hubspot: Caller, crm: Crm) -> None:
    for number, archived in enumerate((False, False, True)):
        one = Person(str(100 + number), f"p{number}@a.example", "P", str(number), 7 + number, 0, 0, archived=archived)
        crm.people[one.id] = one
    assert [[row["id"] for row in page] for page in hubspot.pages("/crm/owners/2026-03", limit=1)] == [["100"], ["101"]]
    left = hubspot.get("/crm/v3/owners", archived="true").json["results"]
    assert [(one["id"], one["userId"], one["userIdIncludingInactive"]) for one in left] == [("102", None, 9)]


def test_fields_say_what_they_are_and_a_removed_one_is_gone(hubspot: Caller, crm: Crm) -> None:
    listed = {one["name"]: one for one in hubspot.get("/crm/properties/2026-03/deals").json["results"]}
    assert (listed["amount"]["type"], listed["amount"]["hubspotDefined"]) == ("number", True)
    assert [one["value"] for one in listed["procurement"]["options"]] == ["direct", "tender", "framework"]
    assert "hubspotDefined" not in listed["procurement"]
    crm.remove_field("deals", "procurement")
    assert hubspot.get("/crm/v3/properties/deals/procurement").status == 404
    assert "procurement" not in hubspot.get(DEALS, properties="procurement").json["results"][0]["properties"]


def test_an_unknown_type_and_an_unknown_path_are_refused(hubspot: Caller) -> None:
    unknown = hubspot.get("/crm/objects/2026-03/butterflies")
    assert (unknown.status, unknown.json["message"]) == (400, "Unable to infer object type from: butterflies")
    assert "category" not in unknown.json
    assert hubspot.get("/crm/v9/objects/deals").status == 404
    assert hubspot.post(DEALS, {}).status == 405


def test_calls_are_logged_and_counted(hubspot: Caller) -> None:
    hubspot.get(DEALS)
    hubspot.get(DEALS, limit=5)
    hubspot.search()
    assert hubspot.running.calls() == {f"GET {DEALS}": 2, f"POST {DEALS}/search": 1}
    assert [entry.status for entry in hubspot.running.log] == [200, 200, 200]
