"""Lost replies, late batches, other writers, and a person who edits between our reading and our writing."""

from __future__ import annotations

from collections.abc import Callable

import gspread
import pytest

from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.google_drive import GoogleDrive
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.refusals import POLICY
from connector.deliver.sheets.transport import Route
from connector.errors import NotAllowed, VendorUnavailable
from connector.sandbox.google import identity
from connector.sandbox.google.start import RunningGoogle
from connector.sandbox.http.faults import WRITE_FAULTS, parse_faults
from connector.sandbox.http.message import Request
from tests.deliver.sheets.small_layouts import NOW, ROWS, Desk, report, shown
from tests.http.vendor import FakeClock, client_of

MORE = (*ROWS, ("Elif", 1, 1), ("Finn", 2, 2), ("Goran", 3, 3))


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    return Desk(google, api, person).make()


@pytest.mark.parametrize("fault", ["lost_reply", "error_503", "error_503_after", "drop"])
def test_a_lost_reply_is_made_good(desk: Desk, fault: str) -> None:
    desk.google.faults[:] = parse_faults(f"{fault},nth=1,path=*:batchUpdate", WRITE_FAULTS)
    outcome = desk.refresh(report(MORE))
    assert desk.table() == shown(MORE)
    assert (outcome.run, outcome.changed, outcome.findings) == ("run-2", True, ())
    landed = fault in ("lost_reply", "error_503_after")
    assert outcome.writes == (1 if landed else 2)


def test_nobody_answers_and_the_old_report_stays(desk: Desk) -> None:
    desk.google.faults[:] = parse_faults("drop,from=1,path=*:batchUpdate", WRITE_FAULTS)
    with pytest.raises(VendorUnavailable):
        desk.refresh(report(MORE))
    desk.google.faults.clear()
    assert desk.table() == shown()
    desk.refresh()
    assert desk.table() == shown(MORE)


def test_a_batch_that_arrives_late_changes_nothing(desk: Desk) -> None:
    late: list[Request] = []
    desk.google.before_each = lambda request: late.append(request) if request.path.endswith(":batchUpdate") else None
    desk.google.faults[:] = parse_faults("drop,nth=1,path=*:batchUpdate", WRITE_FAULTS)
    desk.refresh(report(MORE))
    desk.google.before_each = None
    before = desk.values()
    rows = desk.book.worksheet("Sales").row_count
    answer = desk.google.handle(late[0])
    assert answer.status == 400
    assert desk.values() == before
    assert desk.book.worksheet("Sales").row_count == rows


def test_another_writer_who_read_the_same_is_refused_and_reads_again(desk: Desk) -> None:
    other = Desk(desk.google, desk.api, desk.person, spreadsheet=desk.spreadsheet, runs=10)
    other.book = desk.book
    desk.before_write(lambda: other.refresh(report(ROWS[:2])))
    outcome = desk.refresh(report(MORE))
    assert desk.table() == shown(MORE)
    assert outcome.run == "run-2"


EDITS: dict[str, Callable[[Desk], dict[str, object]]] = {
    "rows above": lambda desk: {"insertDimension": {"range": desk.lines("ROWS", 0, 2)}},
    "rows inside": lambda desk: {"insertDimension": {"range": desk.lines("ROWS", 9, 10), "inheritFromBefore": True}},
    "rows gone": lambda desk: {"deleteDimension": {"range": desk.lines("ROWS", 8, 10)}},
    "columns before": lambda desk: {"insertDimension": {"range": desk.lines("COLUMNS", 0, 1)}},
    "a column between": lambda desk: {"insertDimension": {"range": desk.lines("COLUMNS", 1, 2)}},
    "a column moved": lambda desk: {
        "moveDimension": {"source": desk.lines("COLUMNS", 0, 1), "destinationIndex": 3},
    },
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_in_between_is_noticed_and_put_right(desk: Desk, edit: str) -> None:
    """Where Google refuses nothing: a spreadsheet without guards."""
    desk.drop_guards()
    desk.book.worksheet("Sales").update([["mine"], ["=1+1"]], "F2", raw=False)
    desk.before_write(lambda: desk.ask(EDITS[edit](desk)))
    outcome = desk.refresh(report(MORE))
    columns = {"columns before": [1, 2, 3], "a column between": [0, 2, 3], "a column moved": [2, 0, 1]}
    lines = [[line[at] for at in columns.get(edit, [0, 1, 2])] for line in desk.values()]
    start = next(number for number, line in enumerate(lines) if line[0] == "Owner")
    assert lines[start : start + 9] == shown(MORE)
    assert [line[0] for line in lines].count("Owner") == 1
    assert {found.code for found in outcome.findings} & {"edited_beside", "edited_meanwhile"}
    filled = [cell for line in desk.values() for cell in line if cell != ""]
    expected = [cell for line in shown(MORE) for cell in line]
    assert sorted(map(str, filled)) == sorted(
        map(str, [*expected, "Sales", "Monday", "Deals by owner", "Closed deals only.", "mine", 2])
    )
    assert desk.refresh().writes == 0


def test_a_range_protected_by_somebody_else_is_named(desk: Desk, drive: GoogleDrive, clock: FakeClock) -> None:
    drive.share(desk.spreadsheet, identity.OTHER.email, "writer")
    bounds = {
        "sheetId": desk.id_of(),
        "startRowIndex": 9,
        "endRowIndex": 11,
        "startColumnIndex": 1,
        "endColumnIndex": 2,
    }
    desk.ask({"addProtectedRange": {
        "protectedRange": {"range": bounds, "editors": {"users": [identity.OWNER.email]}}}})  # fmt: skip
    before = desk.values()
    with client_of(desk.google.token_of(identity.OTHER), policy=POLICY, clock=clock) as client:
        theirs = GoogleSheets(Route(client, identity.OTHER.email, desk.google.url))
        with pytest.raises(NotAllowed) as caught:
            refresh(theirs, desk.spreadsheet, report(MORE), NOW, "run-2")
    assert "Sales!B10:B11" in caught.value.sentence
    assert desk.values() == before


def test_a_tab_deleted_in_between_is_said(desk: Desk) -> None:
    desk.before_write(lambda: desk.book.del_worksheet(desk.book.worksheet("More")))
    outcome = desk.refresh(report(MORE))
    assert desk.table() == shown(MORE)
    assert [found.code for found in outcome.findings] == ["tab_deleted"]


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_in_between_and_no_answer_either(desk: Desk, edit: str) -> None:
    desk.book.worksheet("Sales").update_acell("B6", "Umsatz")
    desk.refresh()
    desk.drop_guards()
    desk.before_write(lambda: desk.ask(EDITS[edit](desk)))
    desk.google.faults[:] = parse_faults("lost_reply,nth=1,path=*:batchUpdate", WRITE_FAULTS)
    narrow = [row[:2] for row in MORE]
    desk.refresh(report(narrow, columns=(("owner", "Owner"), ("amount", "Amount"))))
    filled = [str(cell) for line in desk.values() for cell in line if cell != ""]
    expected = [cell for line in shown(narrow, ("Owner", "Umsatz")) for cell in line]
    rest = ["Sales", "Monday", "Deals by owner", "Closed deals only."]
    assert sorted(filled) == sorted(map(str, [*expected, *rest]))
    assert desk.refresh().writes == 0
