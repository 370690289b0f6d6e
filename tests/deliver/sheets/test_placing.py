"""A table placed at a cell of a person's own sheet and refreshed there; problems in the strip; what stands there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gspread
import pytest

from connector.deliver.sheets.creation import place
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout, Row, Tab
from connector.deliver.sheets.placing import Spot, place_region
from connector.deliver.sheets.problems import say
from connector.deliver.sheets.state import inspect
from connector.errors import NotInAccount, UserError
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.sheets.small_layouts import COLUMNS, NOW, ROWS, Desk, deals, report, shown

MORE = (*ROWS, ("Elif", 1, 1), ("Finn", 2, 2), ("Goran", 3, 3))


def query(rows: Sequence[Row] = ROWS, id_: str = "query-1", columns: Sequence[tuple[str, str]] = COLUMNS) -> Layout:
    return Layout("", "en_US", "Europe/Berlin", (Tab(id_, "", (deals(rows, columns, id_),)),))


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    """A person's own spreadsheet with a little in it."""
    desk = Desk(google, api, person)
    desk.book = person.create("Mine")
    desk.spreadsheet = desk.book.id
    sheet = desk.book.sheet1
    sheet.update_title("Sales")
    sheet.update([["plan", 5], ["sum", "=B1*2"]], "A1", raw=False)
    sheet.update([["below"]], "C20")
    return desk


def put(desk: Desk, layout: Layout, row: int, column: int) -> None:
    place_region(desk.api, desk.spreadsheet, layout, Spot(desk.id_of(), row, column), NOW, "run-1")


def block(desk: Desk, row: int, column: int, lines: int) -> list[list[object]]:
    padded = [[*line, *[""] * 20] for line in desk.values()]
    return [line[column : column + 3] for line in padded[row : row + lines]]


def test_a_table_is_placed_and_refreshed_where_it_stands(desk: Desk) -> None:
    put(desk, query(), 4, 2)
    assert block(desk, 4, 2, 7) == [["Deals by owner", "", ""], *shown()]
    desk.ask({"insertDimension": {"range": desk.lines("ROWS", 0, 1)}})
    outcome = desk.refresh(query(MORE))
    assert (outcome.reads, outcome.writes) == (2, 1)
    assert block(desk, 5, 2, 10) == [["Deals by owner", "", ""], *shown(MORE)]
    values = desk.values()
    assert values[1][:2] == ["plan", 5]
    assert values[23][2] == "below"
    assert desk.refresh(query(MORE)).writes == 0


def test_two_tables_side_by_side_do_not_disturb_each_other(desk: Desk) -> None:
    put(desk, query(), 4, 2)
    put(desk, query(ROWS[:3], "query-2"), 4, 7)
    desk.refresh(query(MORE))
    assert block(desk, 4, 2, 10) == [["Deals by owner", "", ""], *shown(MORE)]
    desk.refresh(query(MORE[:6], "query-2"))
    assert block(desk, 4, 7, 9) == [["Deals by owner", "", ""], *shown(MORE[:6])]
    assert block(desk, 4, 2, 10) == [["Deals by owner", "", ""], *shown(MORE)]
    assert [tab.tab for tab in inspect(desk.api, desk.spreadsheet).tabs] == ["query-1", "query-2"]


def test_cells_that_are_not_empty_are_not_covered(desk: Desk) -> None:
    before = desk.values()
    for row, column, said in ((0, 0, "Sales!A1"), (12, 1, "Sales!C20"), (1, 1, "Sales!B2")):
        with pytest.raises(UserError) as caught:
            put(desk, query(MORE), row, column)
        assert f"'{said}'" in caught.value.sentence
        assert "10 empty rows" in caught.value.remedy or "11 empty rows" in caught.value.remedy
    merge = {"sheetId": desk.id_of(), "startRowIndex": 5, "endRowIndex": 7, "startColumnIndex": 4, "endColumnIndex": 6}
    desk.ask({"mergeCells": {"range": merge, "mergeType": "MERGE_ALL"}})
    with pytest.raises(UserError, match="merged"):
        put(desk, query(), 4, 2)
    assert desk.values() == before


def test_a_place_at_the_edge_gets_more_room(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    put(desk, query(), sheet.row_count - 1, sheet.col_count - 1)
    assert desk.book.worksheet("Sales").col_count == sheet.col_count + 2
    top, left = sheet.row_count - 1, sheet.col_count - 1
    found = desk.book.worksheet("Sales").get_all_values(value_render_option="UNFORMATTED_VALUE")
    assert [line[left : left + 3] for line in found[top : top + 7]] == [["Deals by owner", "", ""], *shown()]


def test_a_report_comes_into_a_persons_spreadsheet_after_his_tabs(desk: Desk) -> None:
    put(desk, query(), 4, 2)
    layout = replace(report(), tabs=tuple(replace(tab, title="Sales") for tab in report().tabs[:1]))
    place(desk.api, desk.spreadsheet, layout, NOW, "run-2")
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales", "Sales 2"]
    assert desk.table("Sales 2") == shown()
    assert block(desk, 4, 2, 7) == [["Deals by owner", "", ""], *shown()]
    with pytest.raises(UserError, match="holds the report 'sales_report' already"):
        place(desk.api, desk.spreadsheet, replace(report(), template="other"), NOW, "run-3")
    assert desk.refresh(layout).findings == ()
    assert desk.refresh(query(MORE)).findings == ()
    assert desk.refresh(layout).writes == 0
    assert desk.table("Sales 2") == shown()


# --- problems and state --------------------------------------------------------------------------------


@pytest.fixture
def made(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    return Desk(google, api, person).make()


def test_a_problem_is_said_in_the_strip_and_the_figures_stay(made: Desk) -> None:
    made.ask({"insertDimension": {"range": made.lines("ROWS", 0, 1)}})
    made.google.traffic.clear()
    assert say(made.api, made.spreadsheet, ["Connect HubSpot again.", "=Ana must act."])
    assert made.calls() == ["getByDataFilter", "batchUpdate"]
    assert made.values()[3][0] == "⚠ Connect HubSpot again. =Ana must act."
    assert made.values("More")[2][0] == "⚠ Connect HubSpot again. =Ana must act."
    assert made.table() == shown()
    assert inspect(made.api, made.spreadsheet).run == "run-1"
    assert made.refresh().changed is False
    assert made.values()[3][0] == ""


def test_there_is_nothing_to_say_a_problem_in(desk: Desk) -> None:
    put(desk, query(), 4, 2)
    assert say(desk.api, desk.spreadsheet, ["x"]) is False


def test_the_deleted_tab_of_a_query_is_called_by_its_name_and_comes_back_under_it(desk: Desk) -> None:
    desk.book.add_worksheet("Other", 10, 3)
    put(desk, query(), 4, 2)
    desk.book.worksheet("Sales").update_title("Board")
    desk.refresh(query(MORE))
    desk.book.del_worksheet(desk.book.worksheet("Board"))
    [found] = desk.refresh(query(ROWS)).findings
    assert (found.code, found.tab) == ("tab_deleted", "Board")
    desk.refresh(query(ROWS), restore=True)
    assert [tab.title for tab in desk.book.worksheets()] == ["Other", "Board"]
    assert desk.refresh(query(ROWS)).findings == ()
    place(desk.api, desk.spreadsheet, report(), NOW, "run-9")
    desk.refresh(report(version=2))  # another version of a report leaves it alone
    assert desk.table("Board") == shown()


def test_a_look_says_what_a_refresh_will_do_and_not_that_it_is_done(made: Desk) -> None:
    made.book.worksheet("Sales").update_acell("B9", 1)
    [seen] = inspect(made.api, made.spreadsheet, report()).findings
    assert seen.foreseen == (
        "Somebody has put '1' into 'Sales!B9'; the next refresh puts the value of the report back."
    )
    [done] = made.refresh().findings
    assert done.sentence == "Somebody had put '1' into 'Sales!B9'; the value of the report is back there."


def test_what_stands_in_a_spreadsheet_is_told_without_writing(made: Desk) -> None:
    made.book.worksheet("Sales").update_acell("B9", 1)
    made.ask({"moveDimension": {"source": made.lines("COLUMNS", 0, 1), "destinationIndex": 3}})
    made.book.del_worksheet(made.book.worksheet("More"))
    made.google.traffic.clear()
    state = inspect(made.api, made.spreadsheet)
    assert (state.run, state.at, state.template, state.version) == ("run-1", NOW, "sales_report", 1)
    assert [(tab.tab, tab.title) for tab in state.tabs] == [("sales", "Sales")]
    assert ("deals", "Sales!A5:C11") in [(region.region, region.place) for region in state.tabs[0].regions]
    assert {found.code for found in state.findings} == {"column_moved", "tab_deleted"}
    assert state.is_current is None
    state = inspect(made.api, made.spreadsheet, report())
    assert {found.code for found in state.findings} == {"column_moved", "tab_deleted", "cell_changed"}
    assert state.is_current is False
    assert "batchUpdate" not in made.calls()


def test_a_spreadsheet_without_a_report_has_no_state(desk: Desk) -> None:
    with pytest.raises(NotInAccount):
        inspect(desk.api, desk.spreadsheet)
