"""The faults of a stand-in: each falls where its rule says and looks as it should on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from threading import Thread

import pytest
import urllib3

from connector.sandbox.crm.truth import truth
from connector.sandbox.http.faults import FAULTS, FaultError, parse_faults
from connector.sandbox.hubspot import start_hubspot
from tests.sandbox.hubspot_caller import DEALS, LIVE_DEALS, START, Caller, Clock, small_account
from tests.sandbox.test_hubspot_tokens import consent, exchange, refresh

DETAILS = "/account-info/v3/details"
BATCH = f"{DEALS}/batch/read"


@contextmanager
def faulty(faults: str, clock: Clock | None = None) -> Iterator[Caller]:
    """A small account with faults."""
    with start_hubspot(small_account(clock or Clock()), faults=faults) as running:
        caller = Caller(running)
        yield caller
        caller.pool.clear()


def statuses(hubspot: Caller, count: int, path: str = DETAILS) -> list[int]:
    return [hubspot.get(path).status for _ in range(count)]


def rows(hubspot: Caller, **query: object) -> list[str]:
    """Ids of a whole list, page after page."""
    return [row["id"] for page in hubspot.pages(DEALS, **({"limit": 50} | query)) for row in page]


# --- rules and their text ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("nth=2", [200, 500, 200, 200, 200, 200]),
        ("every=3", [200, 200, 500, 200, 200, 500]),
        ("every=2,times=2", [200, 500, 200, 500, 200, 200]),
        ("from=4", [200, 200, 200, 500, 500, 500]),
        ("every=1,once", [500, 200, 200, 200, 200, 200]),
        ("every=1,path=/crm/*", [200] * 6),
        ("every=1,path=details,times=1", [500, 200, 200, 200, 200, 200]),
        ("every=1,method=POST", [200] * 6),
    ],
)
def test_a_rule_picks_its_requests(rule: str, expected: list[int]) -> None:
    with faulty(f"error_500,{rule}") as hubspot:
        assert statuses(hubspot, 6) == expected
        assert [entry.faults == ("error_500",) for entry in hubspot.running.log] == [one == 500 for one in expected]


def test_several_faults_count_on_their_own() -> None:
    with faulty("error_500,nth=2; html_502,nth=3") as hubspot:
        assert statuses(hubspot, 4) == [200, 500, 502, 200]
        hubspot.running.clear_faults()
        assert statuses(hubspot, 4) == [200] * 4


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("explode", "There is no fault 'explode'. There are: rate_limit, "),
        ("drop,nth=0", "nth must be a whole number from 1 on"),
        ("drop,every=often", "every must be a whole number from 1 on"),
        ("drop,size=3", "has no setting 'size'. It has: nth, every, from, times, path, method"),
        ("drop,nth", "is not of the form name=value"),
        ("drip,seconds=slow", "seconds must be a number"),
    ],
)
def test_a_wrong_text_is_refused_in_words(text: str, says: str) -> None:
    with pytest.raises(FaultError, match="fault") as refused:
        parse_faults(text)
    assert says in str(refused.value)


def test_every_fault_can_be_declared_by_its_name_alone() -> None:
    declared = parse_faults(";".join(FAULTS))
    assert [fault.name for fault in declared] == list(FAULTS)
    assert all(fault.rule.nth or fault.rule.every or fault.rule.start for fault in declared)
    assert parse_faults("") == []


# --- refusals ----------------------------------------------------------------------------------------


def test_rate_limits_come_with_and_without_a_time_to_wait() -> None:
    with faulty("rate_limit,nth=1,seconds=3;rate_limit_silent,nth=2") as hubspot:
        loud, silent = hubspot.get(DETAILS), hubspot.get(DETAILS)
        assert (loud.status, loud.headers["retry-after"]) == (429, "3")
        assert (silent.status, "retry-after" in silent.headers) == (429, False)
        assert loud.json["policyName"] == silent.json["policyName"] == "TEN_SECONDLY_ROLLING"
        assert loud.json["errorType"] == "RATE_LIMIT"


def test_a_bad_gateway_is_a_page_of_html() -> None:
    with faulty("html_502,nth=1") as hubspot:
        reply = hubspot.get(DETAILS)
        assert (reply.status, reply.headers["content-type"], reply.body[:6]) == (502, "text/html", b"<html>")


def test_the_daily_quota_is_gone_until_midnight_where_the_account_is() -> None:
    clock = Clock()
    with faulty("daily_quota,from=2", clock) as hubspot:
        assert statuses(hubspot, 3, DEALS) == [200, 429, 429]
        reply = hubspot.get(DEALS)
        assert (reply.json["policyName"], reply.headers["retry-after"]) == ("DAILY", str(14 * 3600))
        assert hubspot.get("/account-info/v3/api-usage/daily/private-apps").json["results"][0]["resetsAt"] == (
            "2026-11-02T23:00:00Z"
        )
        clock.forward(hours=14)
        assert statuses(hubspot, 2, DEALS) == [200, 200]


def test_a_token_expires_in_the_middle_and_oauth_must_refresh() -> None:
    with faulty(f"expired_token,nth=2,path={DEALS}") as hubspot:
        tokens = exchange(hubspot, consent(hubspot)["code"]).json
        hubspot.token = tokens["access_token"]
        assert statuses(hubspot, 3, DEALS) == [200, 401, 401]
        hubspot.token = refresh(hubspot, tokens["refresh_token"]).json["access_token"]
        assert statuses(hubspot, 2, DEALS) == [200, 200]


def test_a_private_token_is_refused_once() -> None:
    with faulty("expired_token,nth=2") as hubspot:
        assert statuses(hubspot, 3) == [200, 401, 200]
        assert hubspot.running.log[1].status == 401


# --- the wire ----------------------------------------------------------------------------------------


def test_a_dropped_connection_gives_no_answer() -> None:
    with faulty("drop,nth=2") as hubspot:
        assert hubspot.get(DETAILS).status == 200
        with pytest.raises(urllib3.exceptions.ProtocolError, match="Connection aborted"):
            hubspot.get(DETAILS)
        assert hubspot.get(DETAILS).status == 200


def test_a_truncated_body_is_shorter_than_it_said() -> None:
    with faulty("truncate,nth=1") as hubspot:
        with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
            hubspot.get(DETAILS)
        assert hubspot.get(DETAILS).status == 200


def test_a_malformed_body_is_no_json() -> None:
    with faulty("malformed,nth=1") as hubspot:
        with pytest.raises(ValueError, match=r"Expecting|Unterminated|delimiter"):
            hubspot.get(DETAILS)
        assert hubspot.get(DETAILS).json["portalId"] == 44_237_313


def test_a_dripping_body_comes_whole_in_the_end() -> None:
    with faulty("drip,nth=1,seconds=0.001") as hubspot:
        assert hubspot.get(DETAILS).json["portalId"] == 44_237_313


def test_a_stopped_server_waits_for_no_drip() -> None:
    with start_hubspot(small_account(Clock()), faults="drip,nth=1,seconds=600;latency,nth=2,seconds=600") as running:
        pool = urllib3.PoolManager(retries=False)
        headers = {"Authorization": "Bearer sandbox-token"}
        answer = pool.request("GET", running.url + DETAILS, headers=headers, preload_content=False)
        stopping = Thread(target=running.stop, daemon=True)
        stopping.start()
        stopping.join(timeout=60)
        assert not stopping.is_alive(), "the drip was waited for"
        answer.close()
        pool.clear()


def test_a_clock_that_is_wrong_shows_in_date_and_stamps() -> None:
    with faulty("clock_skew,seconds=-300") as hubspot:
        new = hubspot.running.crm.create("deals", {"dealname": "new"})
        assert (parsedate_to_datetime(hubspot.get(DETAILS).headers["date"]) - START).total_seconds() == -300
        assert hubspot.get(f"{DEALS}/{new.id}").json["updatedAt"] == "2026-11-02T08:55:00.000Z"


# --- pages and records -------------------------------------------------------------------------------


def test_a_cursor_is_lost() -> None:
    with faulty("expired_cursor,nth=2") as hubspot:
        after = hubspot.get(DEALS).json["paging"]["next"]["after"]
        replies = [hubspot.get(DEALS, after=after) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 400, 200]
        assert replies[1].json["context"]["after"] == [after]


def test_a_repeated_page_has_the_rows_and_the_cursor_of_the_one_before() -> None:
    with faulty("repeat_page,nth=2") as hubspot:
        pages = [[row["id"] for row in page] for page in hubspot.pages(DEALS, limit=50)]
        assert [len(page) for page in pages] == [50, 50, 50, 50, 50, 30]
        assert pages[2] == pages[1]
        assert len({one for page in pages for one in page}) == LIVE_DEALS


def test_reordered_rows_are_the_same_rows() -> None:
    with faulty("reorder_page,every=2") as hubspot:
        pages = [[int(row["id"]) for row in page] for page in hubspot.pages(DEALS, limit=50)]
        assert [page == sorted(page) for page in pages] == [True, False, True, False, True]
        assert len({one for page in pages for one in page}) == LIVE_DEALS


def test_records_change_between_pages() -> None:
    clock = Clock()
    with faulty("change_while_paging,nth=2,count=4", clock) as hubspot:
        clock.forward(hours=1)
        assert len(rows(hubspot)) == LIVE_DEALS
        changed = [one for one in hubspot.running.crm.shelf("deals").live() if one.updated_ms > one.created_ms]
        assert len(changed) == 4


def test_records_go_away_between_pages() -> None:
    with faulty("delete_while_paging,nth=2,count=4") as hubspot:
        rows(hubspot)
        assert len(truth(hubspot.running.crm, "deals").archived) == 4


def test_a_commit_comes_late() -> None:
    clock = Clock()
    with faulty("late_commit,nth=2,seconds=90,count=2", clock) as hubspot:
        clock.forward(hours=1)
        statuses(hubspot, 3, DEALS)
        late = [one for one in hubspot.running.crm.shelf("deals").live() if one.updated_ms > one.created_ms]
        stamped = {hubspot.get(f"{DEALS}/{one.id}").json["updatedAt"] for one in late}
        assert (len(late), stamped) == (2, {"2026-11-02T09:58:30.000Z"})


def test_a_property_vanishes() -> None:
    with faulty("property_removed,nth=2,name=procurement") as hubspot:
        shown = [
            "procurement" in hubspot.get(DEALS, properties="procurement").json["results"][0]["properties"]
            for _ in range(2)
        ]
        assert shown == [True, False]


def test_a_batch_lacks_rows_that_exist() -> None:
    with faulty("partial_207,nth=1,count=2") as hubspot:
        ids = [record.id for record in hubspot.running.crm.shelf("deals").live()][:10]
        asked = {"inputs": [{"id": one} for one in ids]}
        lacking, whole = hubspot.post(BATCH, asked), hubspot.post(BATCH, asked)
        assert (lacking.status, len(lacking.json["results"]), whole.status, len(whole.json["results"])) == (
            207,
            8,
            200,
            10,
        )
        assert lacking.json["errors"][0]["context"]["ids"] == ids[8:]


def test_faults_of_pages_and_batches_leave_other_requests_alone() -> None:
    faults = ";".join(f"{name},every=1" for name, kind in FAULTS.items() if kind.needs)
    with faulty(faults) as hubspot:
        assert statuses(hubspot, 3) == [200] * 3
        assert [entry.faults for entry in hubspot.running.log] == [()] * 3
