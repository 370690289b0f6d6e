"""Google refuses a batch whole when rows or columns of ours have moved since they were read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import gspread
import pytest

from connector.deliver.sheets.api import Body
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Column, Region, Tab
from connector.deliver.sheets.placing import Spot, place_region
from connector.deliver.sheets.problems import say
from connector.deliver.sheets.refresh import ATTEMPTS, refresh
from connector.deliver.sheets.tripwire import MOST_COLUMNS, tripped
from connector.errors import UserError, VendorUnavailable
from connector.sandbox.google.start import RunningGoogle
from connector.sandbox.http.message import Request
from tests.deliver.sheets.small_layouts import NOW, ROWS, Desk, deals, report, shown

MORE = (*ROWS, ("Elif", 1, 1), ("Finn", 2, 2), ("Goran", 3, 3))
LESS = (("Ana", 1, 1), ("Boris", 2, 2))


class Dead(BaseException):
    """The process is dead."""


@dataclass
class Mortal:
    """Sheets whose asker dies right after a write, whatever the answer."""

    api: GoogleSheets

    def __getattr__(self, name: str) -> Any:
        return getattr(self.api, name)

    def change(self, spreadsheet: str, body: Body, *, fields: str = "replies") -> Body:
        with suppress(UserError):
            self.api.change(spreadsheet, body, fields=fields)
        raise Dead


@dataclass
class Odd:
    """A Google that does not let an id be used again within a batch, and says so in words of its own."""

    api: GoogleSheets
    words: str
    refused: int = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self.api, name)

    def change(self, spreadsheet: str, body: Body, *, fields: str = "replies") -> Body:
        if "metadataLocation" in str(body["requests"][0]):
            self.refused += 1
            raise UserError(self.words)
        return self.api.change(spreadsheet, body, fields=fields)


Edit = Callable[[Desk], Mapping[str, Any]]
EDITS: dict[str, Edit] = {
    "rows above": lambda desk: {"insertDimension": {"range": desk.lines("ROWS", 0, 2)}},
    "a row in the table": lambda desk: {
        "insertDimension": {"range": desk.lines("ROWS", 9, 10), "inheritFromBefore": True},
    },
    "rows of ours gone": lambda desk: {"deleteDimension": {"range": desk.lines("ROWS", 8, 10)}},
    "the end of everything gone": lambda desk: {"deleteDimension": {"range": desk.lines("ROWS", 10, 15)}},
    "the table moved above the strip": lambda desk: {
        "moveDimension": {"source": desk.lines("ROWS", 4, 12), "destinationIndex": 0},
    },
    "the headings moved into the body": lambda desk: {
        "moveDimension": {"source": desk.lines("ROWS", 5, 6), "destinationIndex": 9},
    },
    "columns before": lambda desk: {"insertDimension": {"range": desk.lines("COLUMNS", 0, 1)}},
    "a column between": lambda desk: {"insertDimension": {"range": desk.lines("COLUMNS", 1, 2)}},
    "columns changed about": lambda desk: {
        "moveDimension": {"source": desk.lines("COLUMNS", 1, 2), "destinationIndex": 3},
    },
    "the last column of ours gone": lambda desk: {"deleteDimension": {"range": desk.lines("COLUMNS", 2, 3)}},
}  # fmt: skip


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    made = Desk(google, api, person).make()
    made.book.worksheet("Sales").update([["mine"], ["=1+1"]], "F2", raw=False)
    return made


def refusals(desk: Desk) -> int:
    return [call.status for call in desk.google.traffic].count(400)


@pytest.mark.parametrize("edit", EDITS)
def test_a_batch_that_was_planned_before_an_edit_does_nothing(desk: Desk, edit: str) -> None:
    desk.before_write(lambda: desk.ask(EDITS[edit](desk)))  # type: ignore[arg-type]
    with suppress(Dead):
        refresh(Mortal(desk.api), desk.spreadsheet, report(LESS), NOW, "run-2")  # type: ignore[arg-type]
    seen = desk.values()
    assert refusals(desk) == 1
    twin = Desk(desk.google, desk.api, desk.person).make()
    twin.book.worksheet("Sales").update([["mine"], ["=1+1"]], "F2", raw=False)
    twin.ask(EDITS[edit](twin))  # type: ignore[arg-type]
    assert seen == twin.values(), "what the edit alone leaves"


@pytest.mark.parametrize("edit", EDITS)
def test_whoever_is_refused_reads_again_and_lands(desk: Desk, edit: str) -> None:
    desk.before_write(lambda: desk.ask(EDITS[edit](desk)))  # type: ignore[arg-type]
    outcome = desk.refresh(report(MORE))
    assert (outcome.run, outcome.changed, outcome.writes, refusals(desk)) == ("run-2", True, 2, 1)
    assert not {found.code for found in outcome.findings} & {"edited_beside", "edited_meanwhile"}
    filled = [str(cell) for line in desk.values() for cell in line if cell != ""]
    if "gone" not in edit:
        expected = [cell for line in shown(MORE) for cell in line]
        rest = ["Sales", "Monday", "Deals by owner", "Closed deals only.", "mine", 2]
        assert sorted(filled) == sorted(map(str, [*expected, *rest]))
    assert filled.count("mine") == 1
    assert desk.refresh().writes == 0


def test_somebody_who_never_stops_inserting_rows_is_waited_for_no_longer_than_promised(desk: Desk) -> None:
    before = desk.table()
    sheet = desk.book.worksheet("Sales")

    def again(request: Request) -> None:
        if b"includeSpreadsheetInResponse" in request.body:
            sheet.insert_rows([[]], 1)

    desk.google.before_each = again
    with pytest.raises(VendorUnavailable, match="kept editing"):
        desk.refresh(report(MORE))
    desk.google.before_each = None
    assert refusals(desk) == ATTEMPTS
    assert desk.table() == before
    assert desk.refresh(report(MORE)).writes == 1


def test_rows_that_are_deleted_below_cost_one_more_try(desk: Desk) -> None:
    desk.before_write(lambda: desk.book.worksheet("Sales").delete_rows(40, 50))
    assert desk.refresh(report(MORE)).writes == 2
    assert desk.table() == shown(MORE)


def test_an_edit_below_and_beside_stops_nothing(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    desk.before_write(lambda: (sheet.insert_rows([["x"]], 40), sheet.insert_cols([["y"]], 8)))
    assert desk.refresh(report(MORE)).writes == 1
    assert refusals(desk) == 0


def test_only_the_words_of_the_strip_and_somebody_inserts_rows_and_columns(desk: Desk) -> None:
    for edit in ("rows above", "columns before"):
        desk.before_write(lambda edit=edit: desk.ask(EDITS[edit](desk)))  # type: ignore[misc]
        outcome = desk.refresh(report(said=edit))
        assert (outcome.changed, refusals(desk)) == (False, 1)
    lines = [[cell for cell in line if cell != ""] for line in desk.values()]
    assert [line[0] for line in lines if line][:2] == ["Sales", "columns before"]
    assert lines.count(["columns before", "mine"]) == 1
    assert desk.refresh().writes == 0


def test_a_problem_is_said_where_the_strip_is_by_then(desk: Desk) -> None:
    desk.before_write(lambda: desk.ask(EDITS["rows above"](desk)))  # type: ignore[arg-type]
    assert say(desk.api, desk.spreadsheet, ["The CRM did not answer."])
    assert refusals(desk) == 1
    assert [line[0] for line in desk.values()][:5] == ["", "", "Sales", "Monday", "⚠ The CRM did not answer."]


WORDS = (
    "Google refuses this: 'Invalid requests[1].createDeveloperMetadata: no'.",
    "Google refuses this: 'Not so.'.",
)


@pytest.mark.parametrize("words", WORDS)
def test_a_google_that_takes_guards_otherwise_costs_two_calls_and_not_the_report(desk: Desk, words: str) -> None:
    odd = Odd(desk.api, words)
    outcome = refresh(odd, desk.spreadsheet, report(LESS), NOW, "run-2")  # type: ignore[arg-type]
    assert desk.table() == shown(LESS)
    assert (outcome.reads, outcome.writes, odd.refused) == (2, 2, 1)
    assert say(odd, desk.spreadsheet, ["The CRM did not answer."])  # type: ignore[arg-type]
    assert odd.refused == 2
    assert desk.values()[2][0] == "⚠ The CRM did not answer."


def test_a_refusal_of_something_else_is_not_taken_for_one_of_ours() -> None:
    assert tripped("Invalid requests[3].createDeveloperMetadata: taken", 4)
    assert not tripped("Invalid requests[4].updateCells: no", 4)
    assert not tripped("Not so.", 0)
    assert tripped("Not so.", 4)


def test_guards_stand_where_regions_begin_and_end_and_on_every_column(desk: Desk) -> None:
    assert desk.guards() == {"ROWS": [0, 3, 4, 7, 11, 12, 14], "COLUMNS": [0, 1, 2]}
    columns = (("owner", "Owner"), ("amount", "Amount"), ("deals", "Deals"), ("won", "Won"))
    desk.refresh(report([(*row, 1) for row in MORE], columns=columns))
    assert desk.guards() == {"ROWS": [0, 3, 4, 7, 14, 15, 17], "COLUMNS": [0, 1, 2, 3]}


def test_a_spreadsheet_of_an_older_version_gets_guards_with_its_next_change_only(desk: Desk) -> None:
    guards = desk.guards()
    desk.drop_guards()
    assert desk.refresh().writes == 0
    assert desk.guards()["ROWS"] == []
    assert (desk.refresh(report(LESS)).writes, refusals(desk)) == (1, 0)
    assert desk.guards() == guards


def test_guards_that_were_deleted_with_their_rows_are_put_back_with_the_next_change(desk: Desk) -> None:
    desk.ask({"deleteDimension": {"range": desk.lines("ROWS", 11, 12)}})
    assert desk.refresh().writes == 0
    desk.refresh(report(LESS))
    assert desk.guards()["ROWS"] == [0, 3, 4, 7, 10, 11, 13]


def test_a_duplicated_tab_is_no_hindrance_and_neither_are_the_persons_colours(desk: Desk) -> None:
    white = {"red": 1, "green": 1, "blue": 1}
    band = {"range": {"sheetId": desk.id_of()}, "rowProperties": {"firstBandColor": white, "secondBandColor": white}}
    desk.ask({"addBanding": {"bandedRange": band}}, {"duplicateSheet": {"sourceSheetId": desk.id_of()}})
    desk.refresh(report(MORE))
    assert (desk.table(), refusals(desk)) == (shown(MORE), 0)


def test_a_table_on_a_persons_own_sheet_is_guarded_too(desk: Desk) -> None:
    sheet = desk.book.add_worksheet("Mine", 40, 12)
    layout = replace(report(), template="", tabs=(replace(report().tabs[1], id="query", regions=(deals(),)),))
    place_region(desk.api, desk.spreadsheet, layout, Spot(sheet.id, 5, 4), NOW, "run-q")
    assert desk.guards("Mine") == {"ROWS": [5, 8, 12], "COLUMNS": [4, 5, 6]}
    new = replace(layout, tabs=(replace(layout.tabs[0], regions=(deals(LESS),)),))
    desk.before_write(lambda: sheet.insert_rows([["x"]], 2))
    desk.google.traffic.clear()
    refresh(desk.api, desk.spreadsheet, new, NOW, "run-r")
    assert refusals(desk) == 1
    assert [line[4:7] for line in sheet.get_all_values()[6:9]] == [
        ["Deals by owner", "", ""], ["Owner", "Amount", "Deals"], ["Total", "3", "3"],
    ]  # fmt: skip


@pytest.mark.conformance
@pytest.mark.parametrize(("count", "guarded"), [(90, 90), (250, 84), (387, 0)])
def test_a_very_wide_table_has_few_guards_and_one_that_fills_the_metadata_has_none(
    desk: Desk, count: int, guarded: int
) -> None:
    columns = tuple(Column(f"created_date_of_the_deal:{n}", f"T{n}") for n in range(count))
    table = Region("wide", columns, (tuple(column.title for column in columns),), ((1,) * count,), heading=0)
    wide = Tab("wide", "Wide", (table,))
    desk.refresh(replace(report(), tabs=(*report().tabs, wide), template_version=2))
    assert len(desk.guards("Wide")["COLUMNS"]) == guarded <= MOST_COLUMNS
    assert desk.refresh().writes == 0
    more = replace(table, body=((2,) * count,))
    desk.refresh(replace(desk.layout, tabs=(*report().tabs, replace(wide, regions=(more,)))))
    assert desk.values("Wide")[1] == [2] * count


def test_a_late_batch_is_refused_by_its_guards_or_its_run(desk: Desk) -> None:
    late: list[Request] = []
    desk.google.before_each = lambda request: late.append(request) if request.path.endswith(":batchUpdate") else None
    desk.refresh(report(MORE))
    desk.google.before_each = None
    before = desk.values()
    assert desk.google.handle(late[0]).status == 400
    assert desk.values() == before
