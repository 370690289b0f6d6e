"""The judge of requests by Google's documents, judged: good requests pass, each single mistake is caught."""

from __future__ import annotations

import json
from collections import Counter
from random import Random
from typing import Any

import pytest

from tests.google.discovery import faults
from tests.google.documents import find_method
from tests.google.masks import MaskError, paths
from tests.google.mistakes import mistakes
from tests.google.redirect import InvalidRequest, check, google_address
from tests.google.samples import DRIVE, RANGE, SHEETS, requests

JSON = "application/json"
BATCH = f"{SHEETS}/ID:batchUpdate"


def batch(kind: str, body: Any) -> str:
    return json.dumps({"requests": [{kind: body}]})


@pytest.mark.parametrize("name", requests())
def test_a_good_request_passes(name: str) -> None:
    verb, url, body = requests()[name]
    assert faults(verb, url, json.dumps(body) if body is not None else None, JSON) == []


def test_every_single_mistake_is_caught() -> None:
    made: Counter[str] = Counter()
    for name, (verb, url, body) in requests().items():
        for mistake in mistakes(verb, url, body, Random(name)):
            made[mistake.kind] += 1
            assert faults(mistake.verb, mistake.url, mistake.body, JSON), mistake
    assert made.total() > 5000
    assert min(made.values()) >= 50


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (batch("updateCells", {"rows": [], "range": RANGE}), "needs a mask"),
        (batch("repeatCell", {"cell": {}, "range": RANGE, "fields": ""}), "needs a mask"),
        (batch("updateCells", {"range": RANGE, "fields": "userEnteredFormat.nothing"}), "has no field nothing"),
        (batch("updateCells", {"range": RANGE, "fields": "chipRuns.chip"}), "is a list"),
        (batch("updateSheetProperties", {"properties": {}, "fields": "title,"}), "should stand"),
        (json.dumps({"requests": [{}]}), "needs exactly one field, not []"),
        (json.dumps({"requests": [{"addSheet": {}}, {"a": 1, "cutPaste": {}}]}), "requests[1]: Request has no field a"),
        (json.dumps({"requests": [{"addSheet": {}, "deleteSheet": {}}]}), "needs exactly one field"),
        (batch("deleteSheet", {"sheetId": 2**31}), "not within int32"),
        (batch("deleteSheet", {"sheetId": 1.5}), "not a whole number"),
        (batch("deleteSheet", {"sheetId": float("nan")}), "NaN"),
        ('{"requests": [], "requests": []}', "a field twice"),
        ("{", "not JSON"),
        (
            batch("appendCells", {"sheetId": 1, "rows": [{"values": [{"dataSourceFormula": {}}]}], "fields": "*"}),
            "only be read",
        ),
        (
            batch("updateCells", {"rows": [{"values": [{"userEnteredValue": {"stringValue": "", "numberValue": 1}}]}]}),
            "takes one field",
        ),
        (
            batch("addSheet", {"properties": {"tabColorStyle": {"rgbColor": {}, "themeColor": "TEXT"}}}),
            "takes one field",
        ),
        (batch("addSheet", {"properties": {"title": "\ud800"}}), "half a character"),
    ],
)  # fmt: skip
def test_a_wrong_body_is_said(body: str, said: str) -> None:
    assert said in "\n".join(faults("POST", BATCH, body, JSON))


@pytest.mark.parametrize(
    ("verb", "url", "body", "said"),
    [
        ("GET", f"{SHEETS}/ID?fields=sheets(propertiez)", None, "no field propertiez"),
        ("GET", f"{SHEETS}/ID?fields=sheets(properties", None, "never closed"),
        ("GET", f"{SHEETS}/ID?includeGridData=perhaps", None, "neither true nor false"),
        ("GET", f"{SHEETS}/ID?includeGridData=true&includeGridData=true", None, "more than once"),
        ("GET", f"{SHEETS}/ID", "{}", "takes none"),
        ("GET", f"{SHEETS}/ID/values:batchGet?valueRenderOption=PLAIN", None, "not one of"),
        ("GET", f"{DRIVE}?pageSize=many", None, "not a whole number"),
        ("GET", f"{DRIVE}/ID/export", None, "mimeType is missing"),
        ("GET", f"{DRIVE}/ID/exports", None, "no such method"),
        ("DELETE", f"{SHEETS}/ID", None, "no such method"),
        ("GET", f"{SHEETS}/ID?spreadsheetId=ID", None, "not belong into the query"),
        ("PUT", f"{SHEETS}/ID/values/A1?valueInputOption=RAW", '{"values": [[["a"]]]}', "what a cell can hold"),
        ("PUT", f"{SHEETS}/ID/values/A1?valueInputOption=RAW", '{"values": "A1"}', "not a list"),
    ],
)
def test_a_wrong_address_or_call_is_said(verb: str, url: str, body: str | None, said: str) -> None:
    assert said in "\n".join(faults(verb, url, body, JSON))


def test_a_body_of_another_type_is_said_and_an_upload_is_judged_by_its_description() -> None:
    assert "sent as text/plain" in faults("POST", BATCH, '{"requests": []}', "text/plain")[0]
    upload = "https://www.googleapis.com/upload/drive/v3/files?uploadType=multipart"
    parts = (
        '--b\r\nContent-Type: application/json\r\n\r\n{"%s": "x"}\r\n--b\r\nContent-Type: text/csv\r\n\r\n1,2\r\n--b--'
    )
    kind = "multipart/related; boundary=b"
    assert faults("POST", upload, parts % "name", kind) == []
    assert "no field title" in faults("POST", upload, parts % "title", kind)[0]


def test_masks_are_read_as_google_writes_them() -> None:
    assert paths("a.b/c") == [("a", "b", "c")]
    assert paths("a(b, c.d(e,f)),*") == [("a", "b"), ("a", "c", "d", "e"), ("a", "c", "d", "f"), ("*",)]
    for wrong in ("", "a,", ",a", "a(b", "a)", "a..b", "a b c", "a(b)c", "()"):
        with pytest.raises(MaskError):
            paths(wrong)


def test_of_several_methods_the_most_literal_one_is_meant() -> None:
    found = {
        ("GET", f"{DRIVE}/generateIds"): "drive.files.generateIds",
        ("GET", f"{DRIVE}/ID"): "drive.files.get",
        ("DELETE", f"{DRIVE}/trash"): "drive.files.emptyTrash",
        ("POST", f"{SHEETS}/ID/values/A1%3AB2:append"): "sheets.spreadsheets.values.append",
        ("GET", f"{SHEETS}/ID/values/A1%3AB2"): "sheets.spreadsheets.values.get",
        ("POST", f"{SHEETS}/ID/values:batchUpdate"): "sheets.spreadsheets.values.batchUpdate",
        ("POST", f"{SHEETS}/ID:batchUpdate"): "sheets.spreadsheets.batchUpdate",
    }
    for call, name in found.items():
        method, _ = find_method(*call)
        assert method is not None
        assert method.name == name
    _, path = find_method("GET", f"{SHEETS}/ID/values/%27My%20sheet%27%21A1")
    assert path == {"spreadsheetId": "ID", "range": "'My sheet'!A1"}


def test_addresses_of_a_stand_in_are_judged_as_googles_and_others_are_not() -> None:
    assert google_address("http://127.0.0.1:5/sheets/v4/x?y=1") == "https://sheets.googleapis.com/v4/x?y=1"
    assert google_address("/drive/v3/files") == DRIVE
    assert google_address("http://127.0.0.1:5/token") == ""
    check("POST", "/token", b"grant_type=refresh_token")
    with pytest.raises(InvalidRequest, match="no field wrong"):
        check("POST", "/v4/spreadsheets/ID:batchUpdate", b'{"wrong": 1}', JSON)
