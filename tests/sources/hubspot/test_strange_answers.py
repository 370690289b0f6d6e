"""Answers over HTTP as HubSpot, or somebody in between, may give them: the right rows, or an error; nothing is lost."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest

from connector.errors import PuenteError, VendorUnavailable
from connector.sandbox.http.message import Answer, Request
from connector.sources.stream import Reading
from tests.sources.hubspot.bodies import (
    BODIES,
    EMPTY,
    READ,
    Body,
    Desk,
    deal,
    hubspot,
    is_list,
    listed,
    page,
    read,
    read_whole,
    refusal,
)
from tests.sources.hubspot.desk import Hands, Store

LISTED = json.dumps(page(deal("11"), deal("12")))
WIRES: dict[str, tuple[bytes, dict[str, str]]] = {
    "byte order mark": (b"\xef\xbb\xbf" + LISTED.encode(), {}),
    "blanks around": (f"\r\n {LISTED}\n".encode(), {}),
    "compressed": (gzip.compress(LISTED.encode()), {"Content-Encoding": "gzip"}),
    "upper case charset": (LISTED.encode(), {"Content-Type": "application/json;charset=UTF-8"}),
    "no charset": (LISTED.encode(), {"Content-Type": "application/json"}),
    "another type": (LISTED.encode(), {"Content-Type": "text/plain"}),
    "half a surrogate": (LISTED.replace("Deal 11", "Deal 11\\ud800").encode(), {}),
    "a broken cookie and date": (LISTED.encode(), {"Set-Cookie": "=;;", "Date": "yesterday", "Retry-After": "soon"}),
}


@pytest.mark.parametrize("name", WIRES)
def test_bytes_of_an_answer_may_come_in_many_ways(desk: Desk, name: str) -> None:
    raw, headers = WIRES[name]
    desk.answer = listed(None, raw=raw, headers=headers)
    rows = read(desk).live("deals")
    assert set(rows) == {"11", "12"}
    assert rows["11"]["properties.dealname"] == ("Deal 11\ufffd" if name == "half a surrogate" else "Deal 11")


NOTHING: dict[str, tuple[int, bytes]] = {
    "no content": (204, b""),
    "an empty body": (200, b""),
    "null": (200, b"null"),
    "a page": (200, b"<html><body>Welcome</body></html>"),
    "plain text": (200, b"OK"),
    "latin letters": (200, LISTED.encode().replace(b"Deal 11", b"Jos\xe9")),
    "not a number": (200, LISTED.replace('"100"', "NaN").encode()),
    "nested deeply": (200, b"[" * 50_000),
    "an error with status 200": (200, b'{"status":"error","message":"internal error","correlationId":"x"}'),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("stream", ["deals", "owners", "lists", "campaigns"])
def test_a_good_status_without_a_list_is_not_an_empty_account(desk: Desk, stream: str, name: str) -> None:
    status, raw = NOTHING[name]
    desk.answer = lambda request: None if request.path.endswith("/details") else Answer(status, raw=raw)
    with pytest.raises(VendorUnavailable) as told:
        read(desk, stream)
    assert told.value.place
    assert told.value.remedy
    if name == "an error with status 200":
        assert "internal error" in str(told.value)


@pytest.mark.parametrize("raw", [b"null", b"[]", b"{}", b'{"portalId": null}'])
def test_an_account_that_does_not_say_who_it_is_is_refused(desk: Desk, raw: bytes) -> None:
    desk.answer = lambda _request: Answer(200, raw=raw)
    with pytest.raises(VendorUnavailable, match="which account"):
        hubspot(desk).account()


LAST_PAGES: tuple[Any, ...] = (
    None,
    {},
    {"next": None},
    {"next": {}},
    {"next": {"after": ""}},
    {"next": {"after": None}},
)
MORE = "https://api.hubapi.com/crm/v3/objects/deals?limit=100&after=Mg%3D%3D"


@pytest.mark.parametrize("paging", LAST_PAGES, ids=str)
def test_a_page_without_a_cursor_is_the_last(desk: Desk, paging: Any) -> None:
    desk.answer = listed(page(deal("11"), deal("12"), paging=paging))
    assert set(read(desk).live("deals")) == {"11", "12"}


@pytest.mark.parametrize(
    ("following", "after"),
    [({"after": "2"}, "2"), ({"after": 2}, "2"), ({"after": "Mg%3D%3D"}, "Mg%3D%3D"), ({"link": MORE}, "Mg==")],
    ids=str,
)
def test_a_cursor_is_followed_in_every_form(desk: Desk, following: Any, after: str) -> None:
    def answer(request: Request) -> Answer | None:
        if not is_list(request):
            return None
        rest = page(deal("12")) if request.first("after") == after else EMPTY
        return Answer(200, rest if request.first("after") else page(deal("11"), paging={"next": following}))

    desk.answer = answer
    assert set(read(desk).live("deals")) == {"11", "12"}


@pytest.mark.parametrize("paging", [[], "x", {"next": "x"}, {"next": ["x"]}, {"next": {"link": "https://x/"}}], ids=str)
def test_a_cursor_that_cannot_be_read_is_no_last_page(desk: Desk, paging: Any) -> None:
    desk.answer = listed(page(deal("11"), paging=paging or [1]))
    with pytest.raises(VendorUnavailable, match="paging"):
        read(desk)


def test_cursors_that_lead_round_in_a_circle_end_with_an_error(desk: Desk) -> None:
    ring = {"": "1", "1": "2", "2": "1"}

    def answer(request: Request) -> Answer | None:
        after = request.first("after")
        found = page(deal(f"1{len(desk.asked)}"), paging={"next": {"after": ring[after]}})
        return Answer(200, found) if is_list(request) else None

    desk.answer = answer
    with pytest.raises(VendorUnavailable, match="same page"):
        read(desk)


SINCE = {"since": "2026-11-21T07:00:00+00:00", "buried_since": "2026-11-21T07:00:00+00:00"}


def test_a_full_page_of_a_search_without_a_total_is_not_the_last(desk: Desk) -> None:
    keys = [str(number) for number in range(1, 301)]

    def answer(request: Request) -> Answer | None:
        if request.path.endswith("/search"):
            beyond = [one["value"] for one in request.json["filterGroups"][0]["filters"] if one["operator"] == "GT"]
            some = [key for key in keys if int(key) > int((beyond or ["0"])[0])][:200]
            return Answer(200, {"results": [{"id": int(key)} for key in some]})
        if request.path.endswith("/batch/read"):
            return Answer(200, page(*(deal(one["id"]) for one in request.json["inputs"])))
        return None

    desk.answer = answer
    assert set(read(desk, state=SINCE).live("deals")) == set(keys)


def test_a_count_that_is_not_told_is_not_zero(desk: Desk) -> None:
    desk.answer = lambda request: Answer(200, {"results": []}) if request.path.endswith("/search") else None
    with pytest.raises(VendorUnavailable, match="total"):
        list(hubspot(desk).counts(Reading(Hands().now, "changes", Store(), READ)))


@pytest.mark.parametrize("told", [{"archived": ...}, {"archived": None}, {"archived": True}, {"archived": "true"}])
def test_what_comes_from_the_archive_is_archived(desk: Desk, told: dict[str, Any]) -> None:
    gone = deal("12", archivedAt=1_795_251_600_000, **told)

    def answer(request: Request) -> Answer | None:
        if request.path.endswith("/batch/read") and request.first("archived") == "true":
            return Answer(207, page(gone))
        return Answer(200, page(gone)) if is_list(request, archived=True) else None

    desk.answer = answer
    row = read(desk, state=SINCE).rows["deals"]["12"]
    assert (row["archived"], row["archivedAt"]) == ("true", "2026-11-21T09:00:00.000+00:00")
    assert row["properties.amount"] == "100"


def doubtful(alone: Answer) -> Callable[[Request], Answer | None]:
    """Return what lists record 11 and never hands it out in a batch; alone it answers as told."""

    def answer(request: Request) -> Answer | None:
        if request.path.endswith("/search"):
            return Answer(200, {"total": 1, "results": [{"id": "11"}]})
        return alone if request.path.endswith("/deals/11") else None

    return answer


@pytest.mark.parametrize(
    ("alone", "merged_into"),
    [
        (Answer(404, {"status": "error", "message": "resource not found"}), None),
        (Answer(404, raw=b""), None),
        (Answer(200, deal("99")), "99"),
        (Answer(200, {"id": 99}), "99"),
        (Answer(301, raw=b"", headers={"Location": "/crm/objects/2026-03/deals/99?properties=hs_object_id"}), "99"),
    ],
    ids=["gone", "gone without words", "merged", "merged, a number", "redirected"],
)
def test_what_became_of_a_record_is_understood(desk: Desk, alone: Answer, merged_into: str | None) -> None:
    desk.answer = doubtful(alone)
    row = read(desk, state=SINCE).rows["deals"]["11"]
    assert (row["archived"], row.get("merged_into")) == ("true", merged_into)


@pytest.mark.parametrize(
    "alone",
    [
        Answer(200, {}),
        Answer(200, {"id": None}),
        Answer(200, []),
        Answer(301, raw=b"", headers={"Location": "/login"}),
        Answer(403, raw=b"<html>blocked</html>"),
    ],
    ids=["no id", "null", "a list", "redirected elsewhere", "barred"],
)
def test_an_answer_that_is_no_word_on_a_record_removes_nothing(desk: Desk, alone: Answer) -> None:
    desk.answer, store = doubtful(alone), Store()
    with pytest.raises(VendorUnavailable) as told:
        read(desk, state=SINCE, store=store)
    assert told.value.place
    assert store.rows.get("deals", {}) == {}


def test_a_page_of_somebody_in_between_removes_nothing(desk: Desk) -> None:
    desk.answer, store = doubtful(Answer(404, raw=b"<html>Not found</html>")), Store()
    with pytest.raises(PuenteError):
        read(desk, state=SINCE, store=store)
    assert store.rows.get("deals", {}) == {}


def test_a_record_without_its_properties_keeps_those_it_had(desk: Desk) -> None:
    store = read_whole("deals", BODIES["deals"])
    desk.answer = listed(page(deal("11", properties=None, propertiesWithHistory=None), deal("12")))
    read(desk, store=store)
    row = store.rows["deals"]["11"]
    assert row["properties.amount"] == "100"
    assert row["history.dealstage"]


# --- links -----------------------------------------------------------------------------------------------------


def linked(*keys: Any, after: str = "") -> dict[str, Any]:
    targets = [{"toObjectId": key, "associationTypes": [{"typeId": 3, "label": None}]} for key in keys]
    return {"from": {"id": "11"}, "to": targets} | ({"paging": {"next": {"after": after}}} if after else {})


def links_of(desk: Desk) -> list[str]:
    store = Store()
    store.rows["deals"] = {"11": {"id": "11", "archived": "false"}}
    read(desk, "deal_associations", store=store)
    return [link["id"] for link in json.loads(str(store.rows["deal_associations"]["11"]["contacts"]))]


def answers_links(
    first: dict[str, Any], again: dict[str, Any], alone: Body = None
) -> Callable[[Request], Answer | None]:
    def answer(request: Request) -> Answer | None:
        if request.path.endswith("/contacts/batch/read"):
            return Answer(200, page(again if "after" in request.json["inputs"][0] else first))
        if request.path.endswith("/associations/contacts"):
            return Answer(200, alone(request) if callable(alone) else alone)
        return Answer(200, page(linked())) if request.path.endswith("/companies/batch/read") else None

    return answer


def test_links_of_a_record_are_paged_by_their_cursor(desk: Desk) -> None:
    desk.answer = answers_links(linked(1, 2, after="MC0y%3D"), linked(2, 3))
    assert links_of(desk) == ["1", "2", "3"]
    again = desk.calls("/contacts/batch/read")[1].json
    assert again == {"inputs": [{"id": "11", "after": "MC0y%3D"}]}


def test_a_cursor_of_links_that_is_not_heeded_leads_to_the_records_own_list(desk: Desk) -> None:
    def alone(request: Request) -> Body:
        targets = {"": [1, 2], "x": [3, 4]}[request.first("after")]
        return page(*linked(*targets)["to"], paging=None if request.first("after") else {"next": {"after": "x"}})

    desk.answer = answers_links(linked(1, 2, after="MC0y"), linked(1, 2, after="MC0y"), alone)
    assert links_of(desk) == ["1", "2", "3", "4"]


def test_links_that_are_lost_behind_a_cursor_come_from_the_records_own_list(desk: Desk) -> None:
    def answer(request: Request) -> Answer | None:
        if request.path.endswith("/contacts/batch/read") and "after" in request.json["inputs"][0]:
            return Answer(207, {"results": [], "errors": [refusal("internal error")], "numErrors": 1})
        return whole(request)

    whole = answers_links(linked(1, 2, after="MC0y"), {}, page(*linked(1, 2, 3)["to"]))
    desk.answer = answer
    assert links_of(desk) == ["1", "2", "3"]


def test_links_that_lead_round_in_a_circle_end_with_an_error(desk: Desk) -> None:
    stuck = page(*linked(1)["to"], paging={"next": {"after": "x"}})
    desk.answer = answers_links(linked(1, after="MC0y"), linked(1, after="MC0y"), stuck)
    with pytest.raises(VendorUnavailable, match="paging") as told:
        links_of(desk)
    assert told.value.place == "deals to contacts"
