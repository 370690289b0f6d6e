"""``sheet create`` and what stands around it: checks before, what was made with the error, room, and remedies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from random import Random

import gspread
import pytest

from connector.actions import google_access
from connector.deliver.sheets import refusals
from connector.http.retry import Backoff
from connector.sandbox.google.identity import CLIENT, OWNER
from connector.sandbox.google.start import RunningGoogle
from connector.sandbox.http.faults import WRITE_FAULTS, parse_faults
from tests.cli.test_commands import Shell
from tests.cli.test_sheets import (
    created,
    google,
    person,
    prepared,
    running,
    shared,
    shell,
)
from tests.conftest import ROOT

__all__ = ["google", "person", "prepared", "running", "shell"]


@pytest.fixture
def maker(shell: Shell, google: RunningGoogle) -> Iterator[Shell]:
    """A workspace whose one more account may make spreadsheets, in a Google whose ids are those of another start."""
    google.tokens.delegated = {OWNER.email}
    options = ("--option", f"base_url={google.url}", "--option", f"subject={OWNER.email}", "--option", "rate=1000")
    assert shell("connect", "google", "-w", "acme", "--name", "ana", "--key-file", "key.json", *options)[0] == 0
    yield shell
    google.tokens.delegated = set()


def make(shell: Shell, *options: str) -> tuple[int, str, str]:
    return shell("sheet", "create", "total_sales", "-w", "acme", "--connection", "ana", "--range", "all_time", *options)


def test_what_another_google_had_under_the_same_id_is_stale(
    maker: Shell, google: RunningGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(google.books, "fresh", Random(99))
    code, out, err = make(maker)
    assert code == 0, err
    made = re.findall(r"/d/([\w-]{44})/", out)
    for number in made:
        google.files.delete(google.files.find(number))
    monkeypatch.setattr(google.books, "fresh", Random(99))
    code, out, err = make(maker)
    assert code == 0, err
    assert re.findall(r"/d/([\w-]{44})/", out) == made
    assert maker("sheet", "status")[1].count(made[0]) == 1


def test_addresses_are_looked_at_before_anything_is_made(maker: Shell, google: RunningGoogle) -> None:
    before = len(list(google.books))
    for wrong in ("notanemail", "ana@acme", "a@b.example,c@d.example", "@acme.example"):
        code, out, err = make(maker, "--share", CLIENT.email, "--share", wrong)
        assert code == 2
        assert f"'{wrong}' is no e-mail address" in err
        assert not out
    assert len(list(google.books)) == before


def test_a_refused_share_is_told_after_what_was_made(maker: Shell, google: RunningGoogle) -> None:
    google.faults = parse_faults("error_503,from=1,times=99,path=/permissions", WRITE_FAULTS)
    before = len(list(google.books))
    code, out, err = make(maker, "--share", CLIENT.email)
    assert code == 4
    assert "made  http" in out
    assert f"not shared with {CLIENT.email}" in out
    assert "Google" in err
    assert len(list(google.books)) == before + 1


def test_a_folder_that_is_none_is_called_a_folder(maker: Shell, person: gspread.Client) -> None:
    book = person.create("No folder")
    for folder, says in (
        ("garbage", "no such folder"),
        ("gar bage", "is no folder of Google Drive"),
        ("https://docs.google.com/spreadsheets/d/x/edit", "is no folder of Google Drive"),
        (book.id, "'No folder' is no folder of Google Drive"),
    ):
        code, _, err = make(maker, "--folder", folder)
        assert code == 2
        assert says in err
        assert "Open the folder in the browser" in err


def test_a_quota_that_is_used_up_leaves_a_spreadsheet_that_is_named(
    maker: Shell, google: RunningGoogle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refusals, "POLICY", replace(refusals.POLICY, backoff=Backoff(tries=1)))
    monkeypatch.setattr(google_access, "POLICY", refusals.POLICY)
    google.faults = parse_faults("rate_limit_silent,from=1,path=/v4/", WRITE_FAULTS)
    code, out, err = make(maker)
    assert code == 4
    (address,) = set(re.findall(r"http\S+/d/[\w-]{44}/edit", out))
    assert f"Go on with: sheet refresh {address}" in out
    assert "Try again in some minutes." in err
    google.faults = []
    code, out, err = maker("sheet", "refresh", address)
    assert code == 0, err
    assert "made" in out


def test_the_named_range_of_the_contract_is_there_and_its_formulas_hold(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    contract = (ROOT / "connector/deliver/sheets/CONTRACT.md").read_text(encoding="utf-8")
    formulas = re.findall(r"`(=[A-Z]+\([^`]*puente_[^`]*)`", contract)
    assert len(formulas) == 3
    names = {each["name"] for each in book.list_named_ranges()}
    assert {name for formula in formulas for name in re.findall(r"puente_\w+", formula)} <= names
    board = book.sheet1
    board.update([[formula] for formula in formulas], "A1", raw=False)
    found = [line[0] for line in board.get_all_values(value_render_option="UNFORMATTED_VALUE")]
    assert found == [2000, 5000, 5000]


def test_a_tab_is_made_larger_for_a_question_as_far_as_google_allows(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    other = book.add_worksheet("Other", 100, 5)
    asked = ("sheet", "query", book.id, "-w", "acme", "-m", "total_sales", "-d", "owner", "--range", "all_time", "--at")
    for place, cell in (("Other!A2000", "A2000"), ("Other!ZZ1", "ZZ1"), ("Other!ZY2005", "ZY2005")):
        code, _, err = shell(*asked, place)
        assert code == 0, err
        assert other.acell(cell).value.startswith("Total sales")  # type: ignore[union-attr]
    sizes = [(tab.row_count, tab.col_count) for tab in person.open_by_key(book.id).worksheets()]
    for place in ("Other!B99999999", "Sheet1!ZZZ900", "Sheet1!A9999999"):
        code, _, err = shell(*asked, place)
        assert code == 2
        assert "Google allows 10,000,000" in err
        assert "Choose a place further up or further left." in err
    assert [(tab.row_count, tab.col_count) for tab in person.open_by_key(book.id).worksheets()] == sizes
    code, _, err = shell(*asked, "Other!AAAA1")
    assert code == 2
    assert "is no place in a spreadsheet" in err


def test_a_workspace_alone_means_all_of_it(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    code, out, err = shell("sheet", "refresh", "-w", "acme")
    assert code == 0, err
    assert "up to date" in out
    code, _, err = shell("sheet", "refresh")
    assert code == 2
    assert "--all" in err


def test_a_deleted_variant_is_offered_for_restoring(shell: Shell) -> None:
    named = ("total_sales", "Mine", "-w", "acme")
    assert shell("variants", "save", *named, "--range", "all_time")[0] == 0
    assert shell("variants", "delete", *named)[0] == 0
    for command in (("sheet", "create", *named[:1], "-w", "acme", "--variant", "Mine"), ("variants", "show", *named)):
        code, _, err = shell(*command)
        assert code == 2
        assert "variants restore" in err
    assert "variants restore" not in shell("variants", "show", "total_sales", "Nobody", "-w", "acme")[2]


def test_remedies_name_the_workspace_and_the_guide(shell: Shell, google: RunningGoogle) -> None:
    shell("workspace", "create", "globex")
    code, _, err = shell("sheet", "create", "total_sales", "-w", "globex")
    assert code == 2
    assert "connect google --workspace globex" in err
    assert "connector/deliver/sheets/SETUP.md" in err
    google.faults = parse_faults("expired_token,from=1,path=/drive/", WRITE_FAULTS)
    code, _, err = shell("sheet", "create", "total_sales", "-w", "acme", "--into", "1" * 44)
    assert code == 2
    assert "connect google --workspace acme" in err
    assert shell("--language", "es", "sheet", "create", "total_sales", "-w", "acme", "--into", "1" * 44)[2].count(
        "Vuelva a conectar Google"
    )


def test_a_long_state_has_lines_of_its_own(shell: Shell, person: gspread.Client) -> None:
    book = shared(person)
    created(shell, book)
    person.del_spreadsheet(book.id)
    assert shell("sheet", "refresh", book.id)[0] == 2
    lines = shell("sheet", "status")[1].splitlines()
    place = next(number for number, line in enumerate(lines) if book.id in line)
    assert "was deleted, its address is wrong" in lines[place + 1]
    assert len(lines) < 8

    board = shared(person, "Mine")
    title = ("--title", "by\x1b[2Jname", "--at", "A1")
    assert shell("sheet", "query", board.id, "-w", "acme", "-m", "total_sales", *title)[0] == 0
    out = shell("sheet", "status")[1]
    assert "name: good" in out
    assert "\x1b" not in out
