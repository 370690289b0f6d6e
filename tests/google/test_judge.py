"""The witness of a running sandbox: it sees every request, and a test in which one is invalid fails."""

from __future__ import annotations

from collections.abc import Iterator

import gspread
import pytest
import requests

from connector.sandbox.google.start import RunningGoogle, start_google
from tests.google.judge import Judge
from tests.google.redirect import InvalidRequest, redirected


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def google(judge: Judge) -> Iterator[RunningGoogle]:
    with start_google() as running:
        running.witness = judge
        yield running


def send(google: RunningGoogle, path: str, body: str, agent: str = "python") -> int:
    headers = {"Authorization": f"Bearer {google.token}", "Content-Type": "application/json", "User-Agent": agent}
    return requests.post(f"{google.url}{path}", data=body, headers=headers, timeout=30).status_code


def test_good_requests_are_counted_and_pass(google: RunningGoogle, judge: Judge) -> None:
    session, adapter = redirected(google.url, google.token)
    book = gspread.Client(auth=None, session=session).create("Book")  # type: ignore[arg-type]
    book.add_worksheet("More", 10, 5).update([["=1", 2]], "A1", raw=True)
    session.close()
    judge.check()
    assert judge.methods["sheets.spreadsheets.batchUpdate"] == 1
    assert judge.methods["drive.files.create"] == 1
    assert judge.changes == {"addSheet": 1}
    assert sum(judge.methods.values()) == len(adapter.sent) == len(google.traffic)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/v4/spreadsheets", '{"propertiez": {}}', "no field propertiez"),
        ("/v4/spreadsheets/x:batchUpdate", '{"requests": [{"addShet": {}}]}', "no field addShet"),
        ("/v4/spreadsheets/x:batchUpdate?fields=replys", '{"requests": []}', "no field replys"),
        ("/v4/spreadsheets/x:batchChange", '{"requests": []}', "no such method"),
        ("/drive/v3/files", '{"title": "x"}', "no field title"),
        ("/v4/spreadsheets/x:batchUpdate", '{"requests": [{"addChart": {"chart": {"spec": {}}}}]}', "one kind"),
    ],
)
def test_a_request_that_google_would_refuse_is_said(
    google: RunningGoogle, judge: Judge, path: str, body: str, said: str
) -> None:
    send(google, path, body)
    with pytest.raises(InvalidRequest, match=said):
        judge.check()


def test_data_of_ours_that_would_be_read_like_typing_is_said(google: RunningGoogle, judge: Judge) -> None:
    body = '{"valueInputOption": "USER_ENTERED", "data": []}'
    send(google, "/v4/spreadsheets/x/values:batchUpdate", body)
    judge.check()
    send(google, "/v4/spreadsheets/x/values:batchUpdate", body, agent="Puente (gzip)")
    with pytest.raises(InvalidRequest, match="read like typing"):
        judge.check()


def test_tokens_and_pages_are_no_business_of_the_judge(google: RunningGoogle, judge: Judge) -> None:
    send(google, "/token", "grant_type=refresh_token")
    assert judge.methods == {}
