"""``connect google`` and ``sheet`` as a person uses them: a Google of this machine, and somebody in the spreadsheet."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import gspread
import pytest

from connector.actions.connect import ConnectRequest
from connector.actions.google_access import connect_google
from connector.actions.google_options import read_key_file
from connector.actions.import_files import ImportRequest, import_files
from connector.model.messages import speak
from connector.sandbox.google.identity import CLIENT, OWNER, SERVICE
from connector.sandbox.google.start import RunningGoogle, start_google
from connector.sandbox.http.faults import WRITE_FAULTS, parse_faults
from connector.store.store import Store
from tests.cli.test_commands import DEALS, Shell
from tests.google.judge import Judge
from tests.google.redirect import redirected

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HERE = frozenset({"127.0.0.1"})
FILES = "https://www.googleapis.com/drive/v3/files"
MORE = "4,Cy,700,Won,2024-01-03,2024-02-09\n"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningGoogle]:
    with start_google() as made:
        yield made


@pytest.fixture(scope="module")
def prepared(running: RunningGoogle, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace of three deals that is connected to Google by a service account. Copy it."""
    folder = tmp_path_factory.mktemp("prepared")
    (folder / "deals.csv").write_text(DEALS, encoding="utf-8")
    (folder / "key.json").write_text(json.dumps(running.key_file()), encoding="utf-8")
    with Store(folder / "data") as store:
        import_files(store, ImportRequest("acme", (folder / "deals.csv",), None), NOW, lambda _: True)
        key = read_key_file((folder / "key.json").read_bytes())
        options = {"base_url": running.url, "rate": "1000"}
        connect_google(store, ConnectRequest("acme", "google", key, options=options), HERE, NOW)
    return folder


@pytest.fixture
def google(running: RunningGoogle) -> Iterator[RunningGoogle]:
    running.witness = judge = Judge()
    running.faults = []
    yield running
    judge.check()


@pytest.fixture
def person(google: RunningGoogle) -> Iterator[gspread.Client]:
    """The owner, who works by hand."""
    session, _ = redirected(google.url, google.token)
    yield gspread.Client(auth=None, session=session)  # type: ignore[arg-type]
    session.close()


@pytest.fixture
def shell(
    prepared: Path, google: RunningGoogle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Shell]:  # fmt: skip
    """The prepared workspace, for one test."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("PUENTE_ALLOWED_HOSTS", "127.0.0.1")
    yield Shell(tmp_path, monkeypatch, capsys)
    speak("en")


def shared(person: gspread.Client, title: str = "Board", role: str = "writer") -> gspread.Spreadsheet:
    """A spreadsheet of the person, shared with the service account. gspread's own share() sends an unknown field."""
    book = person.create(title)
    person.http_client.request(
        "post",
        f"{FILES}/{book.id}/permissions",
        params={"sendNotificationEmail": "false"},
        json={"type": "user", "role": role, "emailAddress": SERVICE.email},
    )
    return book


def created(shell: Shell, book: gspread.Spreadsheet, *options: str) -> str:
    code, out, err = shell(
        "sheet", "create", "total_sales", "-w", "acme", "--range", "all_time", "--into", book.id, *options
    )
    assert code == 0, err
    return out


def texts(book: gspread.Spreadsheet) -> str:
    """Everything that is shown on all tabs."""
    return "\n".join(str(cell) for tab in book.worksheets() for row in tab.get_all_values() for cell in row if cell)


def numbers(book: gspread.Spreadsheet) -> set[Any]:
    return {
        cell
        for tab in book.worksheets()
        for row in tab.get_all_values(value_render_option="UNFORMATTED_VALUE")
        for cell in row
        if isinstance(cell, int | float)
    }


def grow(shell: Shell) -> None:
    """A deal more in the CRM."""
    (shell.folder / "deals.csv").write_text(DEALS + MORE, encoding="utf-8")
    assert shell("import", "deals.csv", "-w", "acme", "--yes")[0] == 0


def test_a_report_is_made_refreshed_and_listed(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    out = created(shell, book)
    assert f"/spreadsheets/d/{book.id}/edit" in out
    assert 5000 in numbers(book)
    own = book.add_worksheet("My notes", 10, 5)
    own.update([["mine", "=1+1"]], "A1", raw=False)

    assert "up to date" in shell("sheet", "refresh", book.id)[1]
    grow(shell)
    code, out, _ = shell("sheet", "refresh", f"https://docs.google.com/spreadsheets/d/{book.id}/edit#gid=0")
    assert code == 0
    assert "refreshed" in out
    assert 5700 in numbers(book)
    assert own.get_all_values() == [["mine", "2"]]

    code, out, _ = shell("sheet", "status")
    assert code == 0
    assert "Board" in out
    assert "total_sales" in out
    assert "good" in out


def test_nothing_is_written_when_nothing_has_changed(
    shell: Shell, person: gspread.Client, google: RunningGoogle
) -> None:
    book = shared(person)
    created(shell, book)
    shell("sheet", "refresh", book.id)
    before = len(google.traffic)
    assert shell("sheet", "refresh", book.id)[0] == 0
    counted = [call.counted for call in google.traffic[before:]]
    assert counted.count("read") == 1
    assert counted.count("write") <= 1  # the minute in the strip


def test_what_a_person_did_is_said(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    tab = next(tab for tab in book.worksheets() if tab.title != "Sheet1")
    found = next(
        (row, column)
        for row, line in enumerate(tab.get_all_values(value_render_option="UNFORMATTED_VALUE"), start=1)
        for column, cell in enumerate(line, start=1)
        if cell == 5000
    )
    tab.update_cell(*found, 12345)
    code, out, _ = shell("sheet", "status", book.id)
    assert code == 0
    assert "12345" in out
    code, out, _ = shell("sheet", "refresh", book.id)
    assert code == 0
    assert "12345" in out
    assert tab.cell(*found, value_render_option="UNFORMATTED_VALUE").value == 5000


def test_a_question_is_placed_and_refreshed_with_the_rest(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    board = book.sheet1
    board.update([["My board"]], "A1")
    asked = ("sheet", "query", book.id, "-w", "acme", "-m", "total_sales,deals_won", "-d", "owner")
    code, _, err = shell(*asked, "--at", "Sheet1!B3", "--title", "Sales by person")
    assert code == 0, err
    values = board.get_all_values(value_render_option="UNFORMATTED_VALUE")
    assert values[0][0] == "My board"
    assert values[2][1].startswith("Sales by person")
    assert ["Bo", 3000, 1] in [line[1:4] for line in values]

    grow(shell)
    code, out, _ = shell("sheet", "refresh", "--all")
    assert code == 0
    assert "refreshed" in out
    values = board.get_all_values(value_render_option="UNFORMATTED_VALUE")
    assert ["Cy", 700, 1] in [line[1:4] for line in values]
    assert values[0][0] == "My board"

    code, _, err = shell(*asked, "--at", "Sheet1!A1")
    assert code == 2
    assert "My board" in err
    code, _, err = shell(*asked, "--at", "Nowhere!A1")
    assert code == 2
    assert "Sheet1" in err
    assert shell(*asked, "--at", "B")[0] == 2


def test_a_report_and_a_question_live_in_one_spreadsheet(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    asked = ("sheet", "query", book.id, "-w", "acme", "-m", "total_sales", "-d", "owner", "--at", "Sheet1!A1")
    assert shell(*asked)[0] == 0
    grow(shell)
    code, out, _ = shell("sheet", "refresh", book.id)
    assert code == 0
    assert out.count("refreshed") == 2
    code, out, _ = shell("sheet", "refresh", book.id)
    assert code == 0
    assert out.count("up to date") == 2
    assert ["Cy", 700] in [line[:2] for line in book.sheet1.get_all_values(value_render_option="UNFORMATTED_VALUE")]


# --- what bad input gets --------------------------------------------------------------------------------------


def test_a_title_cannot_command_the_terminal(shell: Shell, person: gspread.Client) -> None:
    book = shared(person, "Q3\x1b[2J\u202eevil")
    assert "\x1b" not in created(shell, book)
    out = shell("sheet", "status")[1]
    assert "\x1b" not in out
    assert "\u202e" not in out


def test_no_permission(shell: Shell, person: gspread.Client) -> None:
    book = person.create("Private")
    code, _, err = shell("sheet", "create", "total_sales", "-w", "acme", "--into", book.id)
    assert code == 2
    assert f"share it with {SERVICE.email} as an editor" in err

    book = shared(person)
    created(shell, book)
    was = texts(book)
    for permission in book.list_permissions():
        if permission["emailAddress"] == SERVICE.email:
            book.client.remove_permission(book.id, permission["id"])
    code, _, err = shell("sheet", "refresh", book.id)
    assert code == 2
    assert SERVICE.email in err
    assert texts(book) == was
    code, out, _ = shell("sheet", "status")
    assert "as an editor" in " ".join(out.split())


def test_a_reader_only_may_not_write(shell: Shell, person: gspread.Client) -> None:
    book = shared(person, "Read only", "reader")
    code, _, err = shell("sheet", "create", "total_sales", "-w", "acme", "--into", book.id)
    assert code == 2
    assert "may not change" in err


def test_a_spreadsheet_in_the_bin_and_one_that_is_gone(
    shell: Shell, person: gspread.Client, google: RunningGoogle
) -> None:
    book = shared(person)
    created(shell, book)
    person.http_client.request("patch", f"{FILES}/{book.id}", json={"trashed": True})
    code, _, err = shell("sheet", "refresh", book.id)
    assert code == 2
    assert "bin" in err
    assert "restore" in err
    person.del_spreadsheet(book.id)
    code, _, err = shell("sheet", "refresh", book.id)
    assert code == 2
    assert "deleted" in err
    code, out, _ = shell("sheet", "forget", book.id)
    assert code == 0
    assert "untouched" in out
    assert "no spreadsheets yet" in shell("sheet", "refresh", "--all")[1]


def test_google_is_connected_by_a_key_file(shell: Shell, google: RunningGoogle) -> None:
    options = ("--option", f"base_url={google.url}", "--name", "second")
    code, out, err = shell("connect", "google", "-w", "acme", "--key-file", "key.json", *options)
    assert code == 0, err
    assert f"Share spreadsheets that Puente shall write with {SERVICE.email}" in out
    code, _, err = shell("connect", "google", "-w", "acme", "--key-file", "deals.csv", *options)
    assert code == 2
    assert "no key file" in err
    code, _, err = shell("connect", "google", "-w", "acme", "--key-file", "nothing.json", *options)
    assert code == 2
    assert "cannot be read" in err
    code, _, err = shell("connect", "facebook", "-w", "acme")
    assert code == 2
    assert "google" in err


def test_a_deleted_tab_stays_away_until_it_is_asked_for(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book, "--language", "es")
    visible = [tab for tab in book.worksheets() if tab.title != "Sheet1" and not tab.isSheetHidden]
    gone = visible[-1].title
    book.del_worksheet(visible[-1])
    code, out, _ = shell("sheet", "refresh", book.id)
    assert code == 0
    assert gone in out
    assert "--restore" in out
    assert gone not in [tab.title for tab in book.worksheets()]
    strip = visible[0].get_all_values()
    assert "⚠ " in "".join(cell for row in strip[:8] for cell in row)
    before = shell("sheet", "status")[1]
    assert gone in before

    code, out, _ = shell("sheet", "refresh", book.id, "--restore")
    assert code == 0
    assert gone in [tab.title for tab in book.worksheets()]
    assert "⚠ " not in "".join(cell for row in visible[0].get_all_values()[:8] for cell in row)
    assert "good" in shell("sheet", "status")[1]


def test_a_range_that_somebody_else_protects(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    was = texts(book)
    for tab in book.worksheets():
        if tab.title != "Sheet1" and not tab.isSheetHidden:
            tab.add_protected_range("A1:F30", editor_users_emails=[OWNER.email], warning_only=False)
    grow(shell)
    code, _, err = shell("sheet", "refresh", book.id)
    assert code == 2
    assert "protected" in err
    assert texts(book) == was


def test_a_report_that_can_no_longer_be_asked_says_so_in_its_strip(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    assert shell("variants", "save", "total_sales", "Mine", "-w", "acme", "--range", "all_time")[0] == 0
    code, _, err = shell(
        "sheet", "create", "total_sales", "-w", "acme", "--variant", "Mine", "--into", book.id, "--language", "ru"
    )
    assert code == 0, err
    assert shell("variants", "delete", "total_sales", "Mine", "-w", "acme")[0] == 0
    code, _, err = shell("sheet", "refresh", book.id)
    assert code == 2
    assert "There is no variant" in err
    shown = texts(book)
    assert re.search("⚠ .*вариант", shown, re.IGNORECASE)
    assert 5000 in numbers(book)
    assert shell("variants", "restore", "total_sales", "Mine", "-w", "acme")[0] == 0
    assert shell("sheet", "refresh", book.id)[0] == 0
    assert "⚠" not in texts(book)


def test_a_service_account_is_told_what_it_needs_for_a_new_spreadsheet(shell: Shell) -> None:
    code, _, err = shell("sheet", "create", "total_sales", "-w", "acme")
    assert code == 2
    assert "--into" in err
    assert "--oauth" in err


def test_one_that_fails_does_not_keep_the_others_from_it(shell: Shell, person: gspread.Client) -> None:
    first, second = shared(person, "First"), shared(person, "Second")
    created(shell, first)
    created(shell, second)
    person.del_spreadsheet(first.id)
    grow(shell)
    code, out, err = shell("sheet", "refresh", "--all")
    assert code == 2
    assert "First: not refreshed" in out
    assert "Second: refreshed" in out
    assert "1 of 2" in err
    assert 5700 in numbers(second)


def test_a_spreadsheet_takes_one_report(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    code, _, err = shell("sheet", "create", "win_loss", "-w", "acme", "--into", book.id)
    assert code == 2
    assert "holds a report already" in err


@pytest.mark.parametrize("named", ["https://example.com/x", "../..", "1234"])
def test_what_is_no_spreadsheet_is_refused(shell: Shell, named: str) -> None:
    code, _, err = shell("sheet", "create", "total_sales", "-w", "acme", "--into", named)
    assert code == 2
    assert "no id of a spreadsheet" in err


def test_another_process_that_writes_is_waited_for_and_then_named(
    shell: Shell, person: gspread.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = shared(person)
    created(shell, book)
    monkeypatch.setenv("PUENTE_LOCK_WAIT_SECONDS", "0")
    with Store(shell.folder / "data") as other, other.writing_sheet(book.id):
        code, _, err = shell("sheet", "refresh", book.id)
    assert code == 4
    assert "Another run is writing" in err


def test_a_person_signs_in_and_owns_new_spreadsheets(
    shell: Shell, google: RunningGoogle, person: gspread.Client
) -> None:
    google.tokens.delegated = {OWNER.email}
    options = ("--option", f"base_url={google.url}", "--option", f"subject={OWNER.email}", "--option", "rate=1000")
    assert shell("connect", "google", "-w", "acme", "--name", "ana", "--key-file", "key.json", *options)[0] == 0
    google.faults = parse_faults("lost_reply,nth=1,method=POST,path=/drive/v3/files", WRITE_FAULTS)
    code, _, err = shell(
        "sheet", "create", "total_sales", "-w", "acme", "--connection", "ana", "--range", "all_time",
        "--share", CLIENT.email,
    )  # fmt: skip
    assert code == 0, err
    made = [file for file in person.list_spreadsheet_files() if "Total sales" in file["name"]]
    assert len(made) == 1  # the lost answer did not make a second one
    book = person.open_by_key(made[0]["id"])
    assert "Sheet1" not in [tab.title for tab in book.worksheets()]
    assert 5000 in numbers(book)
    assert CLIENT.email in {permission["emailAddress"] for permission in book.list_permissions()}
    code, _, err = shell("sheet", "create", "total_sales", "-w", "acme")
    assert code == 2
    assert "--connection" in err
