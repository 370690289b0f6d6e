"""What HubSpot, or somebody in between, refuses: one sentence with place and remedy. And the fields of an account."""

from __future__ import annotations

from typing import Any

import pytest

from connector.errors import (
    ConnectionRefused,
    CursorLost,
    MissingScope,
    NotInAccount,
    PuenteError,
    QuotaExhausted,
    UserError,
    VendorUnavailable,
)
from connector.http.answer import Response
from connector.sandbox.http.message import Answer, Request
from connector.sources.hubspot import HubspotOptions, open_hubspot
from connector.sources.hubspot.policy import hubspot_policy
from connector.sources.stream import Property, Reading
from tests.sources.hubspot.bodies import (
    BODIES,
    READ,
    Body,
    Desk,
    Mouth,
    deal,
    hubspot,
    is_list,
    page,
    read,
    refusal,
)
from tests.sources.hubspot.desk import Hands, Store

HTML = b"<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title></html>"
SCOPES_OF_OLD = {
    "message": "One or more of the following scopes are required.",
    "context": {"requiredScopes": ["contacts"]},
}
REFUSALS: tuple[tuple[int, Body, type[PuenteError], str, int], ...] = (
    (400, refusal("There was a problem with the request."), VendorUnavailable, "There was a problem", 1),
    (400, {"errors": [{"message": "Invalid sort"}]}, VendorUnavailable, "Invalid sort", 1),
    (400, {"error": "bad_request"}, VendorUnavailable, "bad_request", 1),
    (400, b"", VendorUnavailable, "400", 1),
    (400, refusal("Unable to infer object type from: deals"), NotInAccount, "infer", 1),
    (401, refusal("The OAuth token used to make this call expired 0 second(s) ago.", "EXPIRED_AUTHENTICATION",
                context={"expire time": ["2026-03-10T23:04:41.164Z"]}), ConnectionRefused, "expired 0 second", 1),
    (401, refusal("Authentication not found.", "INVALID_AUTHENTICATION"), ConnectionRefused, "not found", 1),
    (401, HTML, ConnectionRefused, "401", 1),
    (402, refusal("The account does not have access.", "PAYMENT_REQUIRED"), NotInAccount, "access", 1),
    (403, refusal("x", "MISSING_SCOPES", context={"requiredGranularScopes": ["crm.objects.deals.read"]}),
     MissingScope, "crm.objects.deals.read", 1),
    (403, refusal("This app hasn't been granted all required scopes.", "MISSING_SCOPES", errors=[SCOPES_OF_OLD]),
     MissingScope, "crm.objects.deals.read, contacts", 1),
    (403, refusal("x", "MISSING_SCOPES", context=None, errors=None), MissingScope, "crm.objects.deals.read", 1),
    (403, refusal("x", "MISSING_SCOPES", context="{missingScopes=[a]}"), MissingScope, "crm.objects.deals.read", 1),
    (403, refusal("This API call isn't available for public use."), NotInAccount, "public use", 1),
    (403, refusal("User lacks permissions", "USER_DOES_NOT_HAVE_PERMISSIONS"), NotInAccount, "permissions", 1),
    (403, HTML, VendorUnavailable, "403", 1),
    (404, refusal("resource not found"), NotInAccount, "resource not found", 1),
    (409, refusal("Conflict", "CONFLICT"), VendorUnavailable, "Conflict", 1),
    (410, refusal("Gone"), VendorUnavailable, "Gone", 1),
    (423, refusal("Locked"), VendorUnavailable, "423", 8),
    (429, refusal("You have reached your daily limit.", errorType="RATE_LIMIT", policyName="DAILY"),
     QuotaExhausted, "today", 1),
    (429, refusal("You have reached your daily limit.", "RATE_LIMITS"), QuotaExhausted, "today", 1),
    (429, refusal("You have reached your secondly limit.", policyName="SECONDLY"), QuotaExhausted, "too many", 8),
    (429, refusal("You have reached your ten_secondly_rolling limit.", policyName="TEN_SECONDLY_ROLLING"),
     QuotaExhausted, "too many", 8),
    (429, HTML, QuotaExhausted, "too many", 8),
    (477, refusal("Migration in progress"), QuotaExhausted, "asks us to wait .477", 8),
    (500, refusal("internal error"), VendorUnavailable, "internal error", 8),
    (502, HTML, VendorUnavailable, "502", 8),
    (503, b"upstream connect error", VendorUnavailable, "503", 8),
    (504, HTML, VendorUnavailable, "504", 8),
    *((status, HTML, VendorUnavailable, str(status), 8) for status in (520, 521, 522, 523, 524)),
    (530, HTML, ConnectionRefused, "530", 1),
    (418, {"message": ["x"], "errors": "x", "context": 5}, VendorUnavailable, "418", 1),
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "words", "tries"), REFUSALS, ids=[f"{n} {row[0]}" for n, row in enumerate(REFUSALS)]
)
def test_a_refusal_is_one_clear_sentence(
    desk: Desk, status: int, body: Body, kind: type[PuenteError], words: str, tries: int
) -> None:
    answer = Answer(status, raw=body) if isinstance(body, bytes) else Answer(status, body)
    desk.answer = lambda request: answer if is_list(request) else None
    with pytest.raises(PuenteError, match=words) as told:
        read(desk)
    assert type(told.value) is kind
    assert told.value.place
    assert told.value.remedy
    assert len([request for request in desk.asked if is_list(request)]) == tries


@pytest.mark.parametrize("body", [refusal("Cursor expired"), HTML, b""])
def test_a_refused_cursor_begins_the_list_again_and_then_gives_up(desk: Desk, body: Body) -> None:
    refused = Answer(400, raw=body) if isinstance(body, bytes) else Answer(400, body)
    first = Answer(200, page(deal("11"), paging={"next": {"after": "x"}}))
    desk.answer = lambda request: (refused if request.first("after") else first) if is_list(request) else None
    with pytest.raises(CursorLost):
        read(desk)


def test_the_rows_of_an_answer_that_is_too_long_come_in_smaller_ones(desk: Desk) -> None:
    def answer(request: Request) -> Answer | None:
        if is_list(request):
            return Answer(200, page(deal("11"), deal("12"))) if int(request.first("limit")) <= 25 else Answer(413, {})
        if request.path.endswith("/search"):
            return (
                Answer(200, {"total": 3, "results": [{"id": key} for key in "123"]}) if not desk.calls("read") else None
            )
        if request.path.endswith("/batch/read"):
            some = [one["id"] for one in request.json["inputs"]]
            return Answer(413, {}) if len(some) > 1 else Answer(200, page(deal(some[0])))
        return None

    desk.answer = answer
    assert set(read(desk).live("deals")) == {"1", "2", "3", "11", "12"}


def test_an_answer_that_is_longer_than_we_take_in_is_asked_for_in_parts() -> None:
    class Flood(Mouth):
        def request(self, method: str, url: str, **options: Any) -> Response:
            if "/deals?" in url and "archived=false" in url and "limit=3&" not in url:
                return Response(200, fault="too_large")
            return super().request(method, url, **options)

    source = open_hubspot(HubspotOptions("http://127.0.0.1", clock=Hands()), Flood(BODIES["deals"]))
    store = Store()
    for one in source.read("deals", {}, Reading(Hands().now, "changes", store, READ)):
        store.keep("deals", one)
    assert set(store.live("deals")) == {"11", "12"}
    assert hubspot_policy().action(Response(200, fault="too_large")) == "fail"


# --- fields of the account -------------------------------------------------------------------------------------

FIELD = {"name": "age__c", "label": "Age", "type": "number", "fieldType": "number", "options": []}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Property("age__c", "Age", "number", custom=True)),
        ({"hubspotDefined": True}, Property("age__c", "Age", "number")),
        ({"hubspotDefined": "false", "archived": "false"}, Property("age__c", "Age", "number", custom=True)),
        ({"label": None, "type": None, "options": None}, Property("age__c", "age__c", "", custom=True)),
        (
            {"options": [{"value": 1, "label": None, "hidden": True}, {"label": "no value"}]},
            Property("age__c", "Age", "number", custom=True, options=(("1", ""),)),
        ),
        ({"name": "=a'b\x1b\u202e", "label": "\x00"}, Property("=a'b\x1b\u202e", "\x00", "number", custom=True)),
        ({"archived": True}, None),
        ({"archived": "true"}, None),
    ],
    ids=str,
)
def test_a_field_is_read_in_every_form(desk: Desk, change: dict[str, Any], expected: Property | None) -> None:
    desk.answer = lambda _request: Answer(200, page({**FIELD, **change}))
    assert list(hubspot(desk).properties()["deals"]) == ([expected] if expected else [])


@pytest.mark.parametrize("change", [{"name": None}, {"name": " "}, {"options": "x"}, {"options": ["x"]}], ids=str)
def test_a_field_that_cannot_be_read_is_not_one_that_is_gone(desk: Desk, change: dict[str, Any]) -> None:
    desk.answer = lambda _request: Answer(200, page({**FIELD, **change}))
    with pytest.raises(VendorUnavailable) as told:
        hubspot(desk).properties()
    assert told.value.place == "companies"


@pytest.mark.parametrize(("names", "words"), [(("age", "Age"), "'age' and 'Age'"), (("a\x00ge",), "'a ge'")])
def test_names_that_cannot_be_columns_of_their_own_are_refused(desk: Desk, names: tuple[str, ...], words: str) -> None:
    desk.answer = lambda _request: Answer(200, page(*({**FIELD, "name": name} for name in names)))
    with pytest.raises(UserError, match=words) as told:
        hubspot(desk).properties()
    assert (told.value.place, told.value.exit_code) == ("companies", 2)
    assert told.value.remedy


def test_owners_of_both_passes_are_what_they_say(desk: Desk) -> None:
    usual = {"id": "1", "archived": False}
    gone: dict[str, Any] = {"id": "2", "userId": None, "userIdIncludingInactive": 7, "teams": None}
    bodies = {"false": page(usual, {"id": 3}), "true": page(usual, gone)}
    desk.answer = lambda request: Answer(200, bodies[request.first("archived")]) if "owners" in request.path else None
    rows = read(desk, "owners").rows["owners"]
    assert {key: row["archived"] for key, row in rows.items()} == {"1": "false", "2": "true", "3": "false"}
