"""Google's libraries over our transport: what is asked again, what never is, and what a refusal says."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from connector.deliver.sheets.google_api import GoogleSheets, spreadsheet_id
from connector.deliver.sheets.google_drive import GoogleDrive
from connector.deliver.sheets.refusals import POLICY
from connector.deliver.sheets.transport import Route, google_limits
from connector.errors import (
    Bug,
    ConnectionRefused,
    MissingScope,
    NotAllowed,
    NotInAccount,
    PuenteError,
    QuotaExhausted,
    UserError,
    VendorUnavailable,
)
from connector.http.budget import Budget
from tests.http.vendor import FakeClock, Step, Vendor, answer, client_of, cut_off, refused_connection, vendor

ME = "puente@project.iam.gserviceaccount.com"
SHEET = "1AbcDEF_ghi-JKL23456789"
SECRET = "ya29.very-secret"


def refusal(status: int, message: str, code: str = "", reason: str = "") -> Step:
    """Google's way to say no: Sheets has a status, Drive a list of reasons."""
    error: dict[str, Any] = {"code": status, "message": message}
    error |= {"status": code} if code else {}
    error |= {"errors": [{"domain": "usageLimits", "reason": reason, "message": message}]} if reason else {}
    return answer(status, {"error": error})


@contextmanager
def google(*steps: Step, clock: FakeClock | None = None, budget: Any = None) -> Iterator[tuple[Vendor, Route]]:
    with (
        vendor(*steps) as serving,
        client_of(SECRET, policy=POLICY, clock=clock or FakeClock(), budget=budget) as client,
    ):
        yield serving, Route(client, ME, serving.url)


def test_each_call_is_one_request_with_a_compact_body() -> None:
    with google(answer(200, {"replies": []})) as (serving, route):
        GoogleSheets(route).change(SHEET, {"requests": [{"updateCells": {"fields": "*"}}], "x": "Ж"}, fields="replies")
        GoogleSheets(route).write_values(SHEET, [{"range": "A1", "values": [[1, "=1+1", None]]}])
        GoogleSheets(route).get(SHEET, fields="sheets(properties(sheetId))", ranges=["A1", "B2:C3"])
        GoogleSheets(route).find(SHEET, [{"developerMetadataLookup": {"metadataKey": "k"}}], fields="sheets")
        GoogleSheets(route).create({"properties": {"title": "T"}}, fields="spreadsheetId")
    assert [(heard.method, heard.path) for heard in serving.heard] == [
        ("POST", f"/v4/spreadsheets/{SHEET}:batchUpdate?fields=replies"),
        ("POST", f"/v4/spreadsheets/{SHEET}/values:batchUpdate"),
        ("GET", f"/v4/spreadsheets/{SHEET}?fields=sheets%28properties%28sheetId%29%29&ranges=A1&ranges=B2%3AC3"),
        ("POST", f"/v4/spreadsheets/{SHEET}:getByDataFilter?fields=sheets"),
        ("POST", "/v4/spreadsheets?fields=spreadsheetId"),
    ]
    bodies = [heard.body.decode() for heard in serving.heard if heard.body]
    assert bodies[0] == '{"requests":[{"updateCells":{"fields":"*"}}],"x":"Ж"}'
    assert json.loads(bodies[1]) == {
        "valueInputOption": "RAW",
        "data": [{"range": "A1", "values": [[1, "=1+1", None]]}],
    }
    assert {heard.token for heard in serving.heard} == {SECRET}
    assert {heard.headers.get("content-type") for heard in serving.heard if heard.body} == {"application/json"}


def test_drive_is_asked_through_the_same_transport() -> None:
    file = {"id": SHEET, "trashed": False, "files": [{"id": "f"}], "user": {"emailAddress": ME}}
    with google(answer(200, file), answer(200, file), answer(200, file), answer(200, file), answer(200, b"%PDF")) as (
        serving,
        route,
    ):
        drive = GoogleDrive(route)
        assert drive.whoami() == {"emailAddress": ME}
        assert drive.describe(SHEET)["id"] == SHEET
        assert drive.find("it's") == [{"id": "f"}]
        assert drive.share(SHEET, "a@b.example", "writer")["id"] == SHEET
        assert drive.export(SHEET, "application/pdf") == b"%PDF"
    paths = [heard.path.partition("?")[0] for heard in serving.heard]
    assert paths == [
        "/drive/v3/about",
        f"/drive/v3/files/{SHEET}",
        "/drive/v3/files",
        f"/drive/v3/files/{SHEET}/permissions",
        f"/drive/v3/files/{SHEET}/export",
    ]
    assert "sendNotificationEmail=false" in serving.heard[3].path
    assert json.loads(serving.heard[3].body) == {"type": "user", "role": "writer", "emailAddress": "a@b.example"}


@pytest.mark.parametrize("failure", [refusal(503, "busy"), refusal(500, "oops"), cut_off, refused_connection])
def test_a_read_is_asked_again(failure: Step) -> None:
    with google(failure, failure, answer(200, {"sheets": []})) as (serving, route):
        assert GoogleSheets(route).find(SHEET, [], fields="sheets") == {"sheets": []}
        assert len(serving.heard) == 3


@pytest.mark.parametrize("failure", [refusal(503, "busy"), refusal(500, "oops"), cut_off, refused_connection])
def test_a_write_is_not_repeated_because_nobody_knows_whether_it_was_done(failure: Step) -> None:
    with google(failure, answer(200, {"replies": []})) as (serving, route):
        with pytest.raises(VendorUnavailable):
            GoogleSheets(route).change(SHEET, {"requests": []})
        assert len(serving.heard) == 1


def test_a_write_that_came_too_soon_is_repeated_because_it_was_not_done() -> None:
    clock = FakeClock()
    with google(refusal(429, "Quota exceeded", "RESOURCE_EXHAUSTED"), answer(200, {"replies": []}), clock=clock) as (
        serving,
        route,
    ):
        GoogleSheets(route).change(SHEET, {"requests": []})
        assert len(serving.heard) == 2
    assert clock.slept


def test_a_storm_of_429_ends_with_an_error_that_says_so() -> None:
    with google(refusal(429, "Quota exceeded for quota metric 'Write requests'", "RESOURCE_EXHAUSTED")) as (
        serving,
        route,
    ):
        with pytest.raises(QuotaExhausted, match="too many requests"):
            GoogleSheets(route).change(SHEET, {"requests": []})
        assert 1 < len(serving.heard) <= 8


def test_of_the_403_only_those_about_the_pace_are_repeated() -> None:
    pace = refusal(403, "User rate limit exceeded.", reason="userRateLimitExceeded")
    with google(pace, answer(200, {"id": SHEET})) as (serving, route):
        assert GoogleDrive(route).describe(SHEET) == {"id": SHEET}
        assert len(serving.heard) == 2
    plain = refusal(403, "The caller does not have permission", "PERMISSION_DENIED")
    with google(plain) as (serving, route):
        with pytest.raises(NotAllowed, match="may not change"):
            GoogleSheets(route).get(SHEET, fields="sheets")
        assert len(serving.heard) == 1
    day = refusal(403, "Daily limit", reason="dailyLimitExceeded")
    with google(day) as (serving, route), pytest.raises(QuotaExhausted) as caught:
        GoogleDrive(route).describe(SHEET)
    assert caught.value.until is not None


REFUSALS: list[tuple[Step, type[PuenteError], str]] = [
    (refusal(404, "Requested entity was not found.", "NOT_FOUND"), NotInAccount, ME),
    (refusal(404, "File not found: x.", reason="notFound"), NotInAccount, "sheet create"),
    (
        refusal(400, "Invalid requests[0].updateCells: You are trying to edit a protected cell or object. Please"),
        NotAllowed,
        "Whoever protected it",
    ),
    (
        refusal(
            400, "This action would increase the number of cells in the workbook above the limit of 10000000 cells."
        ),
        UserError,
        "10,000,000",
    ),
    (refusal(400, "This operation is not supported for this document"), UserError, "Excel workbook"),
    (
        refusal(403, "The user's Drive storage quota has been exceeded.", reason="storageQuotaExceeded"),
        NotAllowed,
        "--into",
    ),
    (
        refusal(403, "Request had insufficient authentication scopes.", "PERMISSION_DENIED"),
        MissingScope,
        "allow everything",
    ),
    (
        refusal(403, "Google Sheets API has not been used in project 1 before or it is disabled."),
        NotAllowed,
        "switched on",
    ),
    (refusal(403, "Sharing is not allowed", reason="cannotShareTeamDriveWithNonGoogleAccounts"), NotAllowed, "share"),
    (refusal(400, "Invalid requests[0]: <b>odd</b>"), UserError, "odd"),
    (refusal(401, "Request had invalid authentication credentials.", "UNAUTHENTICATED"), ConnectionRefused, "connect"),
    (answer(400, b"<html>no JSON at all</html>"), UserError, "status 400"),
]


@pytest.mark.parametrize(("step", "kind", "words"), REFUSALS)
def test_a_refusal_says_who_has_to_act(step: Step, kind: type[PuenteError], words: str) -> None:
    with google(step) as (_, route), pytest.raises(kind) as caught:
        GoogleSheets(route).change(SHEET, {"requests": []})
    assert words in str(caught.value)
    assert SECRET not in str(caught.value)


def test_our_own_pace_keeps_googles_limits(tmp_path: Path) -> None:
    clock = FakeClock()
    budget = Budget(tmp_path / "budgets.db", "google me", google_limits(10), clock.clock)
    with google(answer(200, {}), clock=clock, budget=budget) as (_, route):
        api = GoogleSheets(route)
        for _ in range(10):
            api.get(SHEET, fields="sheets")
            api.change(SHEET, {"requests": []})
        assert not clock.slept  # reads and writes have a minute of their own
        api.get(SHEET, fields="sheets")
    assert sum(clock.slept) >= 60


def test_a_number_that_is_none_is_never_sent() -> None:
    with google(answer(200, {})) as (serving, route):
        with pytest.raises(Bug):
            GoogleSheets(route).write_values(SHEET, [{"range": "A1", "values": [[math.nan]]}])
        GoogleSheets(route).write_values(SHEET, [{"range": "A1", "values": [["half \ud83d of a pair"]]}])
        assert len(serving.heard) == 1


@pytest.mark.parametrize(
    "text",
    [
        SHEET,
        f"https://docs.google.com/spreadsheets/d/{SHEET}/edit#gid=0",
        f"https://docs.google.com/spreadsheets/u/1/d/{SHEET}/edit?usp=sharing",
        f"  http://127.0.0.1:8091/spreadsheets/d/{SHEET}  ",
    ],
)
def test_a_spreadsheet_is_named_by_its_address_or_its_id(text: str) -> None:
    assert spreadsheet_id(text) == SHEET


@pytest.mark.parametrize(
    "text", ["", "../../etc", "a b c d e f", "x?fields=*", f"{SHEET}/values/A1", "https://example.com"]
)
def test_what_is_no_id_is_refused_before_anything_is_asked(text: str) -> None:
    with pytest.raises(UserError, match="no id of a spreadsheet"):
        spreadsheet_id(text)
    with google(answer(200, {})) as (serving, route):
        with pytest.raises(UserError):
            GoogleSheets(route).get(text, fields="sheets")
        assert not serving.heard
