"""Quotas, faults and counts of the sandbox's Google."""

from __future__ import annotations

import gzip
import json

import pytest
import urllib3

from connector.sandbox.google.identity import CLIENT, OTHER, OWNER, PROJECT_NUMBER, SERVICE, person_of
from connector.sandbox.http.faults import WRITE_FAULTS, FaultError, parse_faults
from connector.sandbox.http.message import Request
from tests.sandbox.google.web import FILES, SPREADSHEET, Web, web

BATCH = {"requests": [{"addSheet": {"properties": {"title": title}}} for title in ("A", "B", "C")]}


def put(google: Web, file: str, text: str = "x") -> int:
    """Write one cell; 0 where the connection ended without an answer."""
    path = f"/v4/spreadsheets/{file}/values/A1?valueInputOption=RAW"
    try:
        return google.send("PUT", path, {"values": [[text]]}).status
    except urllib3.exceptions.HTTPError:
        return 0


# --- quotas --------------------------------------------------------------------------------------------


def test_a_user_writes_sixty_times_a_minute() -> None:
    with web(enforce_limits=True) as google:
        file = google.make()
        assert [put(google, file) for _ in range(60)] == [200] * 60
        assert put(google, file) == 429
        assert google.values(file) == [["x"]]  # reads have a quota of their own
        google.clock.pass_seconds(61)
        assert put(google, file) == 200


def test_a_refusal_is_worded_as_googles() -> None:
    with web(enforce_limits=True) as google:
        file = google.make()
        for _ in range(60):
            google.values(file)
        error = google.send("GET", f"/v4/spreadsheets/{file}").json()["error"]
        assert (error["code"], error["status"]) == (429, "RESOURCE_EXHAUSTED")
        assert error["message"] == (
            "Quota exceeded for quota metric 'Read requests' and limit 'Read requests per minute per user' of service "
            f"'sheets.googleapis.com' for consumer 'project_number:{PROJECT_NUMBER}'."
        )
        assert error["details"][0]["reason"] == "RATE_LIMIT_EXCEEDED"
        assert error["details"][0]["metadata"]["quota_limit_value"] == "60"


def test_the_project_has_a_quota_for_all_its_users() -> None:
    with web(enforce_limits=True) as google:
        file = google.make()
        people = [OWNER, OTHER, CLIENT, SERVICE, person_of("dora@other.example"), person_of("emil@other.example")]
        for person in people[1:]:
            google.share(file, person, "reader")
        statuses = [
            google.send("GET", f"/v4/spreadsheets/{file}", person=person).status for person in people for _ in range(55)
        ]
        assert statuses == [200] * 300 + [429] * 30
        refused = google.send("GET", f"/v4/spreadsheets/{file}", person=people[-1]).json()["error"]
        assert "'Read requests per minute'" in refused["message"]


def test_a_batch_is_one_request_and_some_posts_are_reads() -> None:
    with web() as google:
        file = google.make()
        google.ask("POST", f"/v4/spreadsheets/{file}:batchUpdate", BATCH)
        google.ask("POST", f"/v4/spreadsheets/{file}:getByDataFilter", {"dataFilters": [{"a1Range": "A1"}]})
        google.ask("POST", f"/v4/spreadsheets/{file}/developerMetadata:search", {"dataFilters": [{"a1Range": "A1"}]})
        google.values(file)
        assert [call.counted for call in google.running.traffic] == ["drive", "write", "read", "read", "read"]


def test_without_limits_nothing_is_refused() -> None:
    with web() as google:
        file = google.make()
        assert {put(google, file) for _ in range(130)} == {200}


# --- counts --------------------------------------------------------------------------------------------


def test_calls_and_bytes_are_counted() -> None:
    with web() as google:
        file = google.make()
        body = json.dumps({"values": [["é" * 10]]}).encode()
        answer = google.send("PUT", f"/v4/spreadsheets/{file}/values/A1?valueInputOption=RAW", body)
        call = google.running.traffic[-1]
        assert (call.method, call.path, call.api) == ("PUT", f"/v4/spreadsheets/{file}/values/A1", "sheets")
        assert (call.user, call.status) == (OWNER.email, 200)
        assert (call.request_bytes, call.response_bytes) == (len(body), len(answer.data))


def test_a_compressed_body_is_read_and_counted_as_it_came() -> None:
    with web() as google:
        file = google.make()
        packed = gzip.compress(json.dumps({"values": [["x" * 5000]]}).encode())
        headers = {"Authorization": f"Bearer {google.running.token}", "Content-Encoding": "gzip"}
        url = f"{google.running.url}/v4/spreadsheets/{file}/values/A1?valueInputOption=RAW"
        assert google.pool.request("PUT", url, body=packed, headers=headers).status == 200
        assert google.running.traffic[-1].request_bytes == len(packed)
        assert google.values(file) == [["x" * 5000]]


def test_a_long_question_may_come_as_a_post() -> None:
    with web() as google:
        file = google.make("Long")
        headers = {"Authorization": f"Bearer {google.running.token}", "X-HTTP-Method-Override": "GET"}
        body = b"fields=properties.title"
        answer = google.pool.request("POST", f"{google.running.url}/v4/spreadsheets/{file}", body=body, headers=headers)
        assert answer.json() == {"properties": {"title": "Long"}}


# --- faults --------------------------------------------------------------------------------------------

OUTCOMES = {
    "rate_limit": (429, False), "rate_limit_silent": (429, False), "error_500": (500, False),
    "error_503": (503, False), "error_503_after": (503, True), "html_502": (502, False), "drop": (0, False),
    "lost_reply": (0, True), "late_reply": (200, True), "drip": (200, True), "truncate": (0, True),
    "malformed": (200, True), "latency": (200, True), "expired_token": (401, False),
}  # fmt: skip
"""Fault to the status that the caller sees (0: none) and whether the change was made."""


def test_every_fault_is_tried() -> None:
    assert set(OUTCOMES) == set(WRITE_FAULTS)


@pytest.mark.parametrize("fault", OUTCOMES)
def test_a_fault_falls_before_or_after_the_change(fault: str) -> None:
    settings = ",seconds=0.01" if WRITE_FAULTS[fault].settings else ""
    with web(f"{fault},nth=2{settings}") as google:
        file = google.make()
        seen = put(google, file, "written")
        made = google.running.books.find(file).sheets[0].cells.value(0, 0) == "written"
        assert (seen, made) == OUTCOMES[fault]
        assert google.running.traffic[-1].faults == (fault,)


def test_drive_words_its_refusals_in_its_own_way() -> None:
    with web("rate_limit,nth=1;error_503,nth=2") as google:
        body = {"name": "x", "mimeType": SPREADSHEET}
        assert google.refused("POST", FILES, body) == (403, "userRateLimitExceeded")
        assert google.refused("POST", FILES, body) == (503, "backendError")
        assert google.send("GET", FILES, q="").json()["files"] == []


def test_signing_in_and_looking_do_not_count_for_faults() -> None:
    with web("error_500,nth=1") as google:
        assert google.pool.request("GET", google.running.url + "/").status == 200
        assert google.form("/token", grant_type="x")[0] == 400
        assert google.send("GET", FILES).status == 500


def test_a_fault_can_be_aimed_at_signing_in() -> None:
    with web("error_503,every=1,path=/token") as google:
        assert google.form("/token", grant_type="x")[0] == 503
        assert google.send("GET", FILES).status == 200


def test_somebody_else_can_be_quicker() -> None:
    with web() as google:
        file = google.make()

        def edit(request: Request) -> None:
            if request.path.endswith(":batchUpdate"):
                book = google.running.books.find(file).draft()
                book.sheets[0].cells.enter(0, 0, "a user's")
                google.running.books.keep(book)

        google.running.before_each = edit
        google.ask("POST", f"/v4/spreadsheets/{file}:batchUpdate", BATCH)
        google.running.before_each = None
        assert google.values(file) == [["a user's"]]


def test_hubspots_faults_are_not_googles() -> None:
    with pytest.raises(FaultError, match="no fault 'partial_207'"):
        parse_faults("partial_207", WRITE_FAULTS)
