"""A report refreshed in its spreadsheet: what is asked, what then stands there, and that a person's work stays."""

from __future__ import annotations

import gspread
import pytest

from connector.deliver.sheets.google_api import GoogleSheets
from connector.errors import NotInAccount, UserError
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.sheets.small_layouts import NOW, ROWS, Desk, report, shown

MORE = (*ROWS, ("Elif", 1, 1), ("Finn", 2, 2), ("Goran", 3, 3))


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    return Desk(google, api, person).make()


def test_new_figures_come_in_one_read_and_one_write(desk: Desk) -> None:
    rows = tuple((name, amount + 1, count) for name, amount, count in ROWS)  # type: ignore[operator]
    outcome = desk.refresh(report(rows))
    assert desk.calls() == ["getByDataFilter", "batchUpdate"]
    assert (outcome.changed, outcome.run, outcome.findings) == (True, "run-2", ())
    assert (outcome.reads, outcome.writes) == (1, 1)
    assert desk.table() == shown(rows)
    assert desk.table("More") == shown(rows[:2])


def test_unchanged_is_one_read(desk: Desk) -> None:
    outcome = desk.refresh()
    assert desk.calls() == ["getByDataFilter"]
    assert (outcome.changed, outcome.cells, outcome.writes, outcome.run) == (False, 0, 0, "run-1")


def test_unchanged_figures_write_the_strip_only(desk: Desk) -> None:
    outcome = desk.refresh(report(said="Tuesday"))
    assert desk.calls() == ["getByDataFilter", "batchUpdate"]
    assert (outcome.changed, outcome.cells, outcome.run) == (False, 2, "run-2")
    assert desk.values()[1][0] == "Tuesday"


def test_a_table_grows_in_its_middle_so_that_what_refers_to_it_grows_too(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.update_acell("F1", "=SUM(B8:B11)")
    desk.refresh(report(MORE))
    assert desk.table() == shown(MORE)
    assert sheet.acell("F1", value_render_option="FORMULA").value == "=SUM(B8:B14)"
    assert sheet.acell("F1", value_render_option="UNFORMATTED_VALUE").value == sum(row[1] for row in MORE)
    found = desk.api.get(desk.spreadsheet, fields="namedRanges,sheets(charts,conditionalFormats)")
    [chart] = found["sheets"][0]["charts"]
    [source] = chart["spec"]["basicChart"]["series"][0]["series"]["sourceRange"]["sources"]
    assert (source["startRowIndex"], source["endRowIndex"]) == (5, 14)
    [rule] = found["sheets"][0]["conditionalFormats"]
    assert (rule["ranges"][0]["startRowIndex"], rule["ranges"][0]["endRowIndex"]) == (7, 14)
    assert rule["booleanRule"]["condition"]["values"] == [{"userEnteredValue": "=B8>9"}]
    named = {each["name"]: each["range"] for each in found["namedRanges"]}
    assert named["puente_sales_deals"]["endRowIndex"] == 14


def test_a_table_shrinks_by_blanks_and_no_row_is_deleted(desk: Desk) -> None:
    desk.refresh(report(MORE))
    sheet = desk.book.worksheet("Sales")
    sheet.update_acell("E14", "mine")
    rows = sheet.row_count
    desk.refresh(report(ROWS[:1]))
    assert desk.table() == shown(ROWS[:1])
    assert sheet.acell("E14").value == "mine"
    assert desk.book.worksheet("Sales").row_count == rows
    desk.refresh(report(()))
    assert desk.table() == shown(())
    outcome = desk.refresh(report(MORE))
    assert outcome.reads == 1
    assert desk.table() == shown(MORE)


def test_more_columns_come_after_ours_and_before_a_persons(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.update([["my note"]], "D9")
    sheet.update_acell("E9", "=B9*2")
    columns = (("owner", "Owner"), ("amount", "Amount"), ("deals", "Deals"), ("won", "Won"))
    wide = tuple((*row, place) for place, row in enumerate(ROWS))
    outcome = desk.refresh(report(wide, columns=columns))
    assert desk.table(width=4) == shown(wide, ("Owner", "Amount", "Deals", "Won"))
    assert sheet.acell("E9").value == "my note"
    assert sheet.acell("F9", value_render_option="FORMULA").value == "=B9*2"
    assert (outcome.reads, outcome.writes) == (2, 1)
    desk.refresh(report())
    assert desk.table() == shown()
    assert desk.values()[5][3] == ""
    assert sheet.acell("E9").value == "my note"


def test_rows_and_columns_that_a_person_inserts_move_ours_along(desk: Desk) -> None:
    desk.ask(
        {"insertDimension": {"range": desk.lines("ROWS", 0, 3), "inheritFromBefore": False}},
        {"insertDimension": {"range": desk.lines("ROWS", 12, 14), "inheritFromBefore": True}},
        {"insertDimension": {"range": desk.lines("COLUMNS", 0, 2), "inheritFromBefore": False}},
    )
    sheet = desk.book.worksheet("Sales")
    sheet.update([["mine", 1]], "A9")
    outcome = desk.refresh(report(MORE))
    assert [line[2:5] for line in desk.values()][8:17] == shown(MORE)
    assert sheet.get("A9:B9") == [["mine", "1"]]
    assert outcome.findings == ()


def test_a_row_inserted_between_heading_and_figures_is_the_persons(desk: Desk) -> None:
    desk.ask({"insertDimension": {"range": desk.lines("ROWS", 6, 7), "inheritFromBefore": True}})
    sheet = desk.book.worksheet("Sales")
    sheet.update([["target", 99]], "A7")
    sheet.update([["below", 5]], "A13")
    desk.refresh(report(MORE))
    lines = [line[:3] for line in desk.values()]
    assert lines[5] == ["Owner", "Amount", "Deals"]
    assert lines[6] == ["target", 99, ""]
    assert lines[7:15] == shown(MORE)[1:]
    assert lines[15][:2] == ["below", 5]


def test_moved_columns_are_followed(desk: Desk) -> None:
    desk.ask({"moveDimension": {"source": desk.lines("COLUMNS", 0, 1), "destinationIndex": 3}})
    outcome = desk.refresh(report(MORE))
    lines = [line[:3] for line in desk.values()][5:14]
    assert lines == [[*line[1:], line[0]] for line in shown(MORE)]
    assert [(found.code, found.column) for found in outcome.findings] == [("column_moved", "Owner")]


def test_a_refresh_needs_a_report(desk: Desk, person: gspread.Client) -> None:
    other = person.create("Other")
    desk.spreadsheet = other.id
    with pytest.raises(NotInAccount, match="holds no report"):
        desk.refresh()


def test_the_same_run_again_changes_nothing(desk: Desk) -> None:
    desk.refresh(report(MORE))
    desk.runs -= 1
    outcome = desk.refresh(report(MORE))
    assert (outcome.changed, outcome.run, outcome.writes) == (False, "run-2", 0)
    assert NOW.tzinfo is not None


def test_growing_beyond_ten_million_cells_is_refused(desk: Desk) -> None:
    desk.ask(
        {"addSheet": {"properties": {"title": "Full", "gridProperties": {"rowCount": 9_997_500, "columnCount": 1}}}}
    )
    more = tuple((f"N{number}", number, number) for number in range(400))
    before = desk.values()
    with pytest.raises(UserError, match="Google allows 10,000,000"):
        desk.refresh(report(more))
    assert desk.values() == before
    assert "batchUpdate" not in desk.calls()
