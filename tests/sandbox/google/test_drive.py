"""Drive of the sandbox: files, who may do what with them, searches, copies, uploads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httplib2
import pytest
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload

from connector.sandbox.google.drive_files import FOLDER, File
from connector.sandbox.google.identity import CLIENT, OTHER, OWNER, SERVICE, Person
from tests.sandbox.google.web import FILES, SPREADSHEET, Web, web

SCOPE = "https://www.googleapis.com/auth/"
NO_STORAGE = (403, "storageQuotaExceeded")


@pytest.fixture
def google() -> Iterator[Web]:
    with web() as caller:
        yield caller


def names(google: Web, query: str = "", person: Person = OWNER, **more: object) -> list[str]:
    """Names of a list, sorted."""
    found = google.ask("GET", FILES, None, person, q=query, **more)["files"]
    return sorted(file["name"] for file in found)


def shared_drive(google: Web, person: Person, role: str) -> str:
    """A shared drive that a person may use."""
    now = google.clock()
    drive = File("0ASharedDrivePVA", "Reports", FOLDER, now, now, is_drive=True)
    google.running.files.add(drive, OWNER)
    google.share(drive.id, person, role)
    return drive.id


# --- with Google's own client --------------------------------------------------------------------------


class Bearer(httplib2.Http):  # type: ignore[misc]
    """httplib2 with a token."""

    def __init__(self, token: str) -> None:
        super().__init__(proxy_info=None)
        self.token = token

    def request(self, uri: str, *args: Any, **kwargs: Any) -> Any:
        kwargs["headers"] = dict(kwargs.get("headers") or {}) | {"Authorization": f"Bearer {self.token}"}
        return super().request(uri.replace("https://127.0.0.1", "http://127.0.0.1"), *args, **kwargs)


def test_googles_own_client_works(google: Web) -> None:
    place = {"api_endpoint": f"{google.running.url}/drive/v3/"}
    drive = build("drive", "v3", http=Bearer(google.running.token), client_options=place, static_discovery=True)
    files = drive.files()
    made = files.create(body={"name": "Sales", "mimeType": SPREADSHEET}, fields="id,webViewLink").execute()
    assert made["webViewLink"] == f"{google.running.url}/spreadsheets/d/{made['id']}/edit"
    copied = files.copy(fileId=made["id"], body={"name": "Copy", "appProperties": {"key": "k1"}}).execute()
    query = "appProperties has { key='key' and value='k1' } and trashed = false"
    assert [file["id"] for file in files.list(q=query).execute()["files"]] == [copied["id"]]
    given = drive.permissions().create(fileId=made["id"], body={"type": "anyone", "role": "reader"}).execute()
    assert given["id"] == "anyoneWithLink"
    assert files.export(fileId=made["id"], mimeType="text/csv").execute() == b""
    media = MediaInMemoryUpload(b"a,b\n1,=1+1\n", mimetype="text/csv")
    table = files.create(body={"name": "Table", "mimeType": SPREADSHEET}, media_body=media).execute()
    assert google.values(table["id"]) == [["a", "b"], ["1", "2"]]
    files.update(fileId=made["id"], body={"trashed": True}).execute()
    files.delete(fileId=made["id"]).execute()
    with pytest.raises(HttpError, match="File not found") as caught:
        files.get(fileId=made["id"]).execute()
    assert caught.value.error_details[0]["reason"] == "notFound"
    drive.close()


def test_a_resumable_upload_in_one_piece_makes_a_spreadsheet(google: Web) -> None:
    body = {"name": "Table", "mimeType": SPREADSHEET}
    begun = google.send("POST", "/upload/drive/v3/files", body, uploadType="resumable")
    target = begun.headers["Location"].removeprefix(google.running.url)
    done = google.send("PUT", target, b"x,y\n1,2", media="text/csv")
    assert google.values(done.json()["id"]) == [["x", "y"], ["1", "2"]]


# --- who may do what -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "reads", "writes", "deletes"),
    [("", False, False, False), ("reader", True, False, False), ("commenter", True, False, False),
     ("writer", True, True, False), ("owner", True, True, True)],
)  # fmt: skip
def test_each_role_opens_what_it_should(google: Web, role: str, reads: bool, writes: bool, deletes: bool) -> None:
    file = google.make()
    if role == "owner":
        body = {"type": "user", "role": "owner", "emailAddress": OTHER.email}
        google.ask("POST", f"{FILES}/{file}/permissions", body, transferOwnership="true")
    elif role:
        google.share(file, OTHER, role)
    sheets = f"/v4/spreadsheets/{file}"
    put = (f"{sheets}/values/A1?valueInputOption=RAW", {"values": [["x"]]})
    assert google.send("GET", sheets, person=OTHER).status == (200 if reads else 403)
    assert google.send("GET", f"{FILES}/{file}", person=OTHER).status == (200 if reads else 404)
    assert google.send("PUT", *put, person=OTHER).status == (200 if writes else 403)
    renamed = google.send("PATCH", f"{FILES}/{file}", {"name": "New"}, OTHER).status
    assert renamed == (200 if writes else 403 if reads else 404)
    assert google.send("DELETE", f"{FILES}/{file}", person=OTHER).status == (204 if deletes else 403 if reads else 404)


def test_refusals_say_what_google_says(google: Web) -> None:
    file = google.make()
    assert google.refused("GET", f"/v4/spreadsheets/{file}", person=OTHER) == (403, "PERMISSION_DENIED")
    assert google.refused("GET", "/v4/spreadsheets/nowhere") == (404, "NOT_FOUND")
    assert google.refused("GET", f"{FILES}/{file}", person=OTHER) == (404, "notFound")
    google.share(file, OTHER, "reader")
    assert google.refused("PATCH", f"{FILES}/{file}", {"name": "x"}, OTHER) == (403, "insufficientFilePermissions")
    answer = google.send("GET", f"{FILES}/nowhere").json()["error"]
    assert answer["errors"][0] == {
        "domain": "global", "reason": "notFound", "message": "File not found: nowhere.", "location": "fileId",
        "locationType": "parameter",
    }  # fmt: skip
    assert answer["code"] == 404


def test_a_service_account_owns_no_storage(google: Web) -> None:
    file = google.make()
    google.share(file, SERVICE, "writer")
    google.write(file, [["by the service account"]], person=SERVICE)
    body = {"name": "x", "mimeType": SPREADSHEET}
    assert google.refused("POST", FILES, body, SERVICE) == NO_STORAGE
    assert google.refused("POST", f"{FILES}/{file}/copy", {}, SERVICE) == NO_STORAGE
    assert google.refused("POST", "/v4/spreadsheets", {}, SERVICE) == (403, "PERMISSION_DENIED")
    said = google.send("POST", FILES, body, SERVICE).json()["error"]
    assert said["message"].startswith("Service Accounts do not have storage quota.")
    assert said["errors"][0]["domain"] == "usageLimits"
    assert names(google, person=SERVICE) == ["Report"]


def test_a_service_account_can_make_files_in_a_shared_drive(google: Web) -> None:
    drive = shared_drive(google, SERVICE, "writer")
    file = google.make("In the drive", SERVICE, parents=[drive])
    assert google.ask("GET", f"{FILES}/{file}", None, SERVICE, fields="driveId,owners") == {"driveId": drive}
    assert google.values(file) == []
    assert names(google, person=SERVICE) == []
    assert names(google, person=SERVICE, includeItemsFromAllDrives="true") == ["In the drive"]
    assert google.refused("GET", f"{FILES}/{file}", person=OTHER) == (404, "notFound")


def test_a_token_for_the_apps_own_files_sees_no_others(google: Web) -> None:
    ours, theirs = google.make("Ours"), google.make("Theirs")
    google.running.files.find(theirs).by_app = False
    narrow = google.running.token_of(OWNER, [f"{SCOPE}drive.file"])
    listed = google.send("GET", FILES, token=narrow).json()["files"]
    assert [file["name"] for file in listed] == ["Ours"]
    answers = [google.send("GET", f"{path}/{theirs}", token=narrow).status for path in (FILES, "/v4/spreadsheets")]
    assert answers == [404, 404]
    assert google.send("GET", f"/v4/spreadsheets/{ours}", token=narrow).status == 200


@pytest.mark.parametrize(
    ("scope", "reads_sheets", "writes_sheets", "reads_drive", "writes_drive"),
    [
        ("spreadsheets", 200, 200, 403, 403),
        ("spreadsheets.readonly", 200, 403, 403, 403),
        ("drive", 200, 200, 200, 200),
        ("drive.readonly", 200, 403, 200, 403),
        ("drive.file", 200, 200, 200, 200),
        ("gmail.send", 403, 403, 403, 403),
    ],
)
def test_each_scope_opens_what_it_should(
    google: Web, scope: str, reads_sheets: int, writes_sheets: int, reads_drive: int, writes_drive: int
) -> None:
    file = google.make()
    token = google.running.token_of(OWNER, [f"{SCOPE}{scope}"])
    sheets = f"/v4/spreadsheets/{file}"
    assert google.send("GET", sheets, token=token).status == reads_sheets
    put = google.send("PUT", f"{sheets}/values/A1?valueInputOption=RAW", {"values": [[1]]}, token=token)
    assert put.status == writes_sheets
    assert google.send("GET", FILES, token=token).status == reads_drive
    assert google.send("PATCH", f"{FILES}/{file}", {"name": "x"}, token=token).status == writes_drive


# --- permissions ---------------------------------------------------------------------------------------


def test_sharing_sends_a_mail_unless_it_is_told_not_to(google: Web) -> None:
    file = google.make()
    google.share(file, OTHER, "writer")
    assert google.running.files.mails == []
    body = {"type": "user", "role": "reader", "emailAddress": CLIENT.email}
    google.ask("POST", f"{FILES}/{file}/permissions", body)
    assert google.running.files.mails == [(file, CLIENT.email)]


def test_permissions_are_listed_changed_and_taken(google: Web) -> None:
    file = google.make()
    number = google.share(file, OTHER, "reader")["id"]
    path = f"{FILES}/{file}/permissions"
    assert google.ask("PATCH", f"{path}/{number}", {"role": "writer"})["role"] == "writer"
    listed = google.ask("GET", path, fields="permissions(emailAddress,role)")["permissions"]
    assert listed == [{"emailAddress": OWNER.email, "role": "owner"}, {"emailAddress": OTHER.email, "role": "writer"}]
    google.ask("DELETE", f"{path}/{number}")
    assert google.refused("GET", f"{path}/{number}") == (404, "notFound")
    assert google.send("GET", f"/v4/spreadsheets/{file}", person=OTHER).status == 403


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"role": "reader"}, "required"),
        ({"type": "user", "emailAddress": "a@b.example"}, "required"),
        ({"type": "user", "role": "reader", "emailAddress": "nobody"}, "invalidSharingRequest"),
        ({"type": "user", "role": "king", "emailAddress": "a@b.example"}, "invalid"),
        ({"type": "user", "role": "owner", "emailAddress": "a@b.example"}, "forbidden"),
    ],
)
def test_a_permission_that_makes_no_sense_is_refused(google: Web, body: dict[str, str], reason: str) -> None:
    assert google.refused("POST", f"{FILES}/{google.make()}/permissions", body)[1] == reason


def test_a_reader_shares_nothing_and_may_leave(google: Web) -> None:
    file = google.make()
    number = google.share(file, OTHER, "reader")["id"]
    body = {"type": "user", "role": "reader", "emailAddress": CLIENT.email}
    assert google.refused("POST", f"{FILES}/{file}/permissions", body, OTHER)[0] == 403
    google.ask("DELETE", f"{FILES}/{file}/permissions/{number}", None, OTHER)
    assert google.refused("GET", f"{FILES}/{file}", person=OTHER)[0] == 404


def test_a_domain_and_everybody_can_be_let_in(google: Web) -> None:
    ours, everybodys = google.make("Ours"), google.make("Everybody's")
    domain = {"type": "domain", "role": "reader", "domain": OTHER.domain}
    google.ask("POST", f"{FILES}/{ours}/permissions", domain)
    google.ask("POST", f"{FILES}/{everybodys}/permissions", {"type": "anyone", "role": "reader"})
    seen = [google.send("GET", f"{FILES}/{file}", person=person).status for file in (ours, everybodys) for person in
            (OTHER, CLIENT)]  # fmt: skip
    assert seen == [200, 404, 200, 200]
    assert names(google, person=CLIENT) == []  # a link opens a file, it does not list it


def test_a_permission_can_end(google: Web) -> None:
    file = google.make()
    body = {"type": "user", "role": "reader", "emailAddress": OTHER.email, "expirationTime": "2026-11-22T10:00:00.000Z"}
    google.ask("POST", f"{FILES}/{file}/permissions", body)
    assert google.send("GET", f"/v4/spreadsheets/{file}", person=OTHER).status == 200
    google.clock.pass_seconds(3601)
    assert google.send("GET", f"/v4/spreadsheets/{file}", person=OTHER).status == 403


# --- searching -----------------------------------------------------------------------------------------


@pytest.fixture
def shelf(google: Web) -> Web:
    folder = google.ask("POST", FILES, {"name": "Folder", "mimeType": FOLDER})["id"]
    google.make("Sales 2026", parents=[folder], appProperties={"key": "k1"})
    google.clock.pass_seconds(60)
    google.make("Ana's report")
    google.ask("PATCH", f"{FILES}/{google.make('Old sales')}", {"trashed": True})
    body = {"type": "user", "role": "reader", "emailAddress": OWNER.email}
    bruno = google.make("Bruno shares", OTHER)
    google.ask("POST", f"{FILES}/{bruno}/permissions", body, OTHER)
    return google


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("trashed = true", ["Old sales"]),
        ("trashed = false", ["Ana's report", "Bruno shares", "Folder", "Sales 2026"]),
        ('mimeType="application/vnd.google-apps.spreadsheet" and name = "Sales 2026"', ["Sales 2026"]),
        (f"mimeType != '{SPREADSHEET}'", ["Folder"]),
        ("name = 'Ana\\'s report'", ["Ana's report"]),
        ("name contains 'sales'", ["Old sales", "Sales 2026"]),
        ("name contains 'ales'", []),
        ("fullText contains 'ales'", ["Old sales", "Sales 2026"]),
        ("not name contains 'sales' and trashed=false", ["Ana's report", "Bruno shares", "Folder"]),
        ("(name = 'Folder' or name = 'Old sales') and trashed = false", ["Folder"]),
        ("appProperties has { key='key' and value='k1' }", ["Sales 2026"]),
        ("appProperties has {key='key' and value='k2'}", []),
        ("'root' in parents and trashed = false", ["Ana's report", "Folder"]),
        (f"'{OTHER.email}' in owners", ["Bruno shares"]),
        (f"'{OWNER.email}' in readers and sharedWithMe", ["Bruno shares"]),
        ("modifiedTime > '2026-11-22T09:00:30' and trashed = false", ["Ana's report", "Bruno shares"]),
    ],
)
def test_a_search_finds_what_it_asks_for(shelf: Web, query: str, found: list[str]) -> None:
    assert names(shelf, query) == found


@pytest.mark.parametrize(
    "query",
    [
        "name", "name =", "name = Sales", "name ~ 'x'", "colour = 'red'", "'x' in", "name = 'a' and", "(name = 'a'",
        "appProperties has 'key'", "name = 'a' name = 'b'", "name > 'a'", "name = 'unclosed",
    ],
)  # fmt: skip
def test_a_search_that_cannot_be_read_is_refused(google: Web, query: str) -> None:
    assert google.refused("GET", FILES, q=query) == (400, "invalid")


def test_a_list_comes_in_pages(google: Web) -> None:
    for number in range(5):
        google.make(f"Report {number}")
    found: list[str] = []
    more: dict[str, object] = {}
    for _page in range(10):
        page = google.ask("GET", FILES, pageSize=2, orderBy="name", fields="nextPageToken,files/name", **more)
        found += [file["name"] for file in page["files"]]
        if "nextPageToken" not in page:
            break
        more = {"pageToken": page["nextPageToken"]}
    assert found == [f"Report {number}" for number in range(5)]
    assert google.refused("GET", FILES, pageSize=0) == (400, "invalidParameter")
    assert google.refused("GET", FILES, pageToken="wrong") == (400, "invalid")


def test_fields_choose_what_is_shown(google: Web) -> None:
    file = google.make()
    path = f"{FILES}/{file}"
    assert set(google.ask("GET", path)) == {"kind", "id", "name", "mimeType"}
    assert google.ask("GET", path, fields="owners(emailAddress),trashed") == {
        "owners": [{"emailAddress": OWNER.email}],
        "trashed": False,
    }
    assert {"capabilities", "permissions", "exportLinks"} <= set(google.ask("GET", path, fields="*"))
    assert google.refused("GET", path, fields="owners(") == (400, "invalidParameter")


# --- copies, changes, the bin --------------------------------------------------------------------------


def test_a_copy_holds_everything_but_who_may_use_it(google: Web) -> None:
    file = google.make("Template", appProperties={"kind": "template"})
    google.write(file, [["a", 1], ["b", 2]])
    google.share(file, OTHER, "writer")
    mark = {
        "metadataKey": "puente.report",
        "metadataValue": "x",
        "visibility": "DOCUMENT",
        "location": {"spreadsheet": True},
    }
    google.change(file, {"createDeveloperMetadata": {"developerMetadata": mark}})
    copied = google.ask("POST", f"{FILES}/{file}/copy", {"appProperties": {"key": "k"}}, fields="*")
    assert (copied["name"], copied["appProperties"]) == ("Copy of Template", {"kind": "template", "key": "k"})
    assert google.values(copied["id"]) == [["a", "1"], ["b", "2"]]
    shown = google.ask("GET", f"/v4/spreadsheets/{copied['id']}", fields="properties.title,developerMetadata")
    assert shown["properties"]["title"] == "Copy of Template"
    assert shown["developerMetadata"][0]["metadataKey"] == "puente.report"
    assert google.refused("GET", f"{FILES}/{copied['id']}", person=OTHER)[0] == 404
    google.write(copied["id"], [["changed"]])
    assert google.values(file) == [["a", "1"], ["b", "2"]]


def test_a_file_can_be_closed_to_copies_of_readers(google: Web) -> None:
    file = google.make()
    google.ask("PATCH", f"{FILES}/{file}", {"copyRequiresWriterPermission": True})
    google.share(file, OTHER, "reader")
    assert google.refused("POST", f"{FILES}/{file}/copy", {}, OTHER) == (403, "cannotCopyFile")


def test_the_name_is_the_title(google: Web) -> None:
    file = google.make("Before")
    google.ask("PATCH", f"{FILES}/{file}", {"name": "After"})
    assert google.ask("GET", f"/v4/spreadsheets/{file}", fields="properties.title") == {
        "properties": {"title": "After"}
    }
    change = {"updateSpreadsheetProperties": {"properties": {"title": "Third"}, "fields": "title"}}
    google.change(file, change)
    assert google.ask("GET", f"{FILES}/{file}")["name"] == "Third"


def test_a_spreadsheet_made_through_sheets_lies_in_drive(google: Web) -> None:
    made = google.ask("POST", "/v4/spreadsheets", {"properties": {"title": "Made"}})
    assert names(google) == ["Made"]
    assert made["spreadsheetUrl"] == google.running.page(made["spreadsheetId"])
    google.ask("DELETE", f"{FILES}/{made['spreadsheetId']}")
    assert google.refused("GET", f"/v4/spreadsheets/{made['spreadsheetId']}") == (404, "NOT_FOUND")


def test_what_is_in_the_bin_is_still_there_and_says_so(google: Web) -> None:
    file = google.make()
    google.share(file, OTHER, "writer")
    assert google.refused("PATCH", f"{FILES}/{file}", {"trashed": True}, OTHER)[0] == 403
    google.ask("PATCH", f"{FILES}/{file}", {"trashed": True})
    assert google.ask("GET", f"{FILES}/{file}", fields="trashed") == {"trashed": True}
    assert google.values(file) == []


def test_a_change_of_the_cells_is_a_change_of_the_file(google: Web) -> None:
    file = google.make()
    google.clock.pass_seconds(90)
    google.write(file, [["x"]])
    shown = google.ask("GET", f"{FILES}/{file}", fields="createdTime,modifiedTime")
    assert shown == {"createdTime": "2026-11-22T09:00:00.000Z", "modifiedTime": "2026-11-22T09:01:30.000Z"}


def test_a_csv_file_takes_the_place_of_all_sheets(google: Web) -> None:
    file = google.make("Table")
    raw = 'name,when,sum\n"Müller, Anna",2026-03-04,=1+2\n'.encode()
    path = f"/upload/drive/v2/files/{file}"
    assert google.send("PUT", path, raw, media="text/csv", uploadType="media", convert="True").status == 200
    shown = google.ask("GET", f"/v4/spreadsheets/{file}", fields="sheets.properties.title")
    assert shown == {"sheets": [{"properties": {"title": "Table"}}]}
    assert google.values(file) == [["name", "when", "sum"], ["Müller, Anna", "2026-03-04", "3"]]
