"""What a person does to parts that are ours: it is noticed and said, and nothing comes back unasked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import gspread
import pytest

from connector.deliver.sheets.contents import MOST_ROWS_KNOWN
from connector.deliver.sheets.drift import FORESEEN, SENTENCES
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout, Row
from connector.deliver.sheets.outcome import Outcome
from connector.model.messages import told
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.sheets.small_layouts import ROWS, Desk, deals, report, shown, strip, with_tab

MORE = (*ROWS, ("Elif", 1, 1), ("Finn", 2, 2), ("Goran", 3, 3))


@pytest.fixture
def desk(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> Desk:
    return Desk(google, api, person).make()


def said(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    return [
        (found.code, found.column or found.region or found.tab, found.place, found.old) for found in outcome.findings
    ]


def test_a_renamed_heading_stays_and_follows_its_column(desk: Desk) -> None:
    desk.book.worksheet("Sales").update_acell("B6", "Umsatz")
    outcome = desk.refresh(report(MORE))
    assert said(outcome) == [("heading_renamed", "Amount", "Sales!B6", "Umsatz")]
    assert desk.table()[0] == ["Owner", "Umsatz", "Deals"]
    turned = (("owner", "Owner"), ("deals", "Deals"), ("amount", "Amount"))
    desk.refresh(report([(name, deals_, amount) for name, amount, deals_ in MORE], columns=turned))
    assert desk.table()[0] == ["Owner", "Deals", "Umsatz"]
    desk.refresh(report(MORE, columns=(("owner", "Inhaber"), ("amount", "Betrag"), ("deals", "Deals"))))
    assert desk.table()[0] == ["Inhaber", "Umsatz", "Deals"]


def test_changed_cells_are_put_right_and_said_with_what_stood_there(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.update_acell("B9", 999)
    sheet.update_acell("C10", "=1+1")
    outcome = desk.refresh()
    assert said(outcome) == [
        ("cell_changed", "Deals by owner", "Sales!B9", "999"),
        ("cell_changed", "Deals by owner", "Sales!C10", "=1+1"),
    ]
    assert desk.table() == shown()
    assert desk.refresh().findings == ()


def test_a_changed_row_is_said_as_a_whole_when_the_report_changed_too(desk: Desk) -> None:
    desk.book.worksheet("Sales").update_acell("B9", 999)
    rows = tuple((name, amount + 1, count) for name, amount, count in ROWS)  # type: ignore[operator]
    outcome = desk.refresh(report(rows))
    assert said(outcome) == [("row_changed", "Deals by owner", "Sales!A9:C9", "Boris | 999 | 4")]
    assert desk.table() == shown(rows)


def test_a_table_that_somebody_sorted_is_put_right_without_a_word(desk: Desk) -> None:
    bounds = {
        "sheetId": desk.id_of(),
        "startRowIndex": 7,
        "endRowIndex": 11,
        "startColumnIndex": 0,
        "endColumnIndex": 3,
    }
    desk.ask({"sortRange": {"range": bounds, "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]}})
    assert desk.table()[2][0] == "Dora"
    assert desk.refresh().findings == ()
    assert desk.table() == shown()


def test_a_row_of_the_head_that_somebody_moved_is_followed(desk: Desk) -> None:
    desk.ask({"moveDimension": {"source": desk.lines("ROWS", 6, 7), "destinationIndex": 9}})
    assert desk.refresh(report(MORE)).findings == ()
    lines = shown(MORE)
    assert desk.table() == [lines[0], *lines[2:4], lines[1], *lines[4:]]
    desk.ask({"moveDimension": {"source": desk.lines("ROWS", 1, 2), "destinationIndex": 10}})
    desk.refresh(report(ROWS, said="Tuesday"))
    assert [line[0] for line in desk.values()][4:12] == [
        "Owner",
        "Ana",
        "Boris",
        "Total",
        "Chen",
        "Tuesday",
        "Dora",
        "",
    ]
    assert desk.refresh().writes == 0


def test_a_chart_is_restored_although_the_headings_went_elsewhere(desk: Desk) -> None:
    desk.ask({"moveDimension": {"source": desk.lines("ROWS", 5, 6), "destinationIndex": 20}})
    [chart] = desk.api.get(desk.spreadsheet, fields="sheets(charts)")["sheets"][0]["charts"]
    desk.ask({"deleteEmbeddedObject": {"objectId": chart["chartId"]}})
    desk.refresh(report(MORE), restore=True)
    [chart] = desk.api.get(desk.spreadsheet, fields="sheets(charts)")["sheets"][0]["charts"]
    [source] = chart["spec"]["basicChart"]["series"][0]["series"]["sourceRange"]["sources"]
    assert source["endRowIndex"] - source["startRowIndex"] == len(MORE)


def test_tabs_that_nobody_renamed_follow_the_reports_language(desk: Desk) -> None:
    desk.book.worksheet("More").update_title("Meine")
    layout = report()
    turned = replace(layout, tabs=tuple(replace(tab, title=f"{tab.title} (es)") for tab in layout.tabs))
    desk.refresh(turned)
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales (es)", "Meine"]
    assert desk.refresh(turned).writes == 0


def test_rows_that_the_report_changed_are_no_ones_edits(desk: Desk) -> None:
    assert desk.refresh(report(MORE)).findings == ()
    assert desk.refresh(report(MORE[2:])).findings == ()
    assert desk.refresh(report(())).findings == ()


def test_a_deleted_column_stays_away_until_it_is_asked_for(desk: Desk) -> None:
    desk.ask({"deleteDimension": {"range": desk.lines("COLUMNS", 1, 2)}})
    outcome = desk.refresh(report(MORE))
    assert said(outcome) == [("column_deleted", "Amount", "", "")]
    without = [[line[0], line[2]] for line in shown(MORE)]
    assert desk.table(width=2) == without
    assert said(desk.refresh()) == [("column_deleted", "Amount", "", "")]
    assert desk.calls() == ["getByDataFilter"]
    wider = (("owner", "Owner"), ("amount", "Amount"), ("deals", "Deals"), ("won", "Won"))
    desk.refresh(report([(*row, 1) for row in MORE], columns=wider))
    assert desk.table(width=3)[0] == ["Owner", "Deals", "Won"]
    outcome = desk.refresh(report(MORE), restore=True)
    assert outcome.findings == ()
    assert desk.table() == shown(MORE)
    assert desk.refresh().writes == 0


def test_a_deleted_tab_stays_away_until_it_is_asked_for(desk: Desk) -> None:
    desk.book.del_worksheet(desk.book.worksheet("More"))
    outcome = desk.refresh(report(MORE))
    assert said(outcome) == [("tab_deleted", "More", "", "")]
    assert [sheet.title for sheet in desk.book.worksheets()] == ["Sales"]
    assert desk.table() == shown(MORE)
    outcome = desk.refresh(restore=True)
    assert desk.table("More") == shown(MORE[:2])
    assert desk.refresh().findings == ()


def test_a_deleted_table_stays_away_until_it_is_asked_for(desk: Desk) -> None:
    desk.ask({"deleteDimension": {"range": desk.lines("ROWS", 4, 12)}})
    outcome = desk.refresh(report(MORE))
    assert ("region_deleted", "Deals by owner", "", "") in said(outcome)
    assert all(line[0] != "Owner" for line in desk.values())
    desk.refresh(report(MORE), restore=True)
    assert desk.table() == shown(MORE)
    assert desk.refresh().findings == ()
    [chart] = desk.api.get(desk.spreadsheet, fields="sheets(charts)")["sheets"][0]["charts"]
    [source] = chart["spec"]["basicChart"]["series"][0]["series"]["sourceRange"]["sources"]
    assert source["endRowIndex"] - source["startRowIndex"] == 2 + len(MORE)


def test_a_deleted_total_stays_away_and_formulas_keep_their_meaning(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.update_acell("E1", "=SUM(B8:B11)")
    desk.ask({"deleteDimension": {"range": desk.lines("ROWS", 6, 7)}})
    outcome = desk.refresh(report(MORE))
    assert said(outcome) == [("row_deleted", "Deals by owner", "", "")]
    assert desk.table() == [shown(MORE)[0], *shown(MORE)[2:]]
    assert sheet.acell("E1", value_render_option="UNFORMATTED_VALUE").value == sum(row[1] for row in MORE)
    desk.refresh(restore=True)
    assert desk.table() == shown(MORE)
    assert sheet.acell("E1", value_render_option="UNFORMATTED_VALUE").value == sum(row[1] for row in MORE)


def test_deleted_figures_come_back(desk: Desk) -> None:
    desk.ask({"deleteDimension": {"range": desk.lines("ROWS", 8, 12)}})
    assert desk.refresh().findings == ()
    assert desk.table()[:6] == shown()
    desk.refresh(report(MORE))
    assert desk.table()[:9] == shown(MORE)


def test_a_deleted_chart_stays_away_until_it_is_asked_for(desk: Desk) -> None:
    [chart] = desk.api.get(desk.spreadsheet, fields="sheets(charts)")["sheets"][0]["charts"]
    desk.ask({"deleteEmbeddedObject": {"objectId": chart["chartId"]}})
    assert said(desk.refresh(report(MORE))) == [("chart_deleted", "chart", "", "")]
    desk.refresh(restore=True)
    assert len(desk.api.get(desk.spreadsheet, fields="sheets(charts)")["sheets"][0]["charts"]) == 1


def test_a_duplicated_tab_is_the_persons(desk: Desk) -> None:
    desk.ask({"duplicateSheet": {"sourceSheetId": desk.id_of(), "newSheetName": "Mine"}})
    outcome = desk.refresh(report(MORE))
    assert outcome.findings == ()
    assert desk.table("Mine") == shown()
    assert desk.table() == shown(MORE)
    desk.book.del_worksheet(desk.book.worksheet("Sales"))
    assert said(desk.refresh(report(ROWS))) == [("tab_deleted", "Sales", "", "")]
    assert desk.table("Mine") == shown()


def test_renamed_tabs_and_other_settings_are_left(desk: Desk) -> None:
    desk.book.worksheet("Sales").update_title("Vertrieb 'neu'")
    desk.ask({"updateSpreadsheetProperties": {
        "properties": {"locale": "de_DE", "timeZone": "America/Lima"}, "fields": "locale,timeZone"}})  # fmt: skip
    desk.book.worksheet("Vertrieb 'neu'").update_acell("A9", "x")
    outcome = desk.refresh()
    assert said(outcome)[:2] == [
        ("locale_changed", "", "", "de_DE"),
        ("zone_changed", "Europe/Berlin", "", "America/Lima"),
    ]
    assert outcome.findings[2].place == "Vertrieb 'neu'!A9"
    assert desk.table("Vertrieb 'neu'") == shown()


def test_a_new_version_adds_and_empties(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.update_acell("E16", "mine")
    second = deals(ROWS[:2], id_="again")
    layout = with_tab(report(version=2), "sales", strip("Monday"), deals(), second)
    outcome = desk.refresh(layout)
    assert [(found.code, found.where) for found in outcome.findings] == [
        ("region_removed", ("sales", "notes")),
        ("region_added", ("sales", "again")),
    ]
    lines = [line[:3] for line in desk.values()]
    assert lines[12:17] == [["Deals by owner", "", ""], *shown(ROWS[:2])]
    assert desk.table() == shown()
    assert not any("Closed deals only." in line for line in desk.values())
    assert any("mine" in line for line in desk.values())
    assert desk.refresh(layout).writes == 0


def test_a_part_without_anything_to_show_keeps_its_place(desk: Desk) -> None:
    layout = with_tab(report(), "sales", strip("Monday"), deals())
    assert desk.refresh(layout).findings == ()
    assert not any("Closed deals only." in line for line in desk.values())
    rows = desk.book.worksheet("Sales").row_count
    assert desk.refresh(report()).findings == ()
    assert any("Closed deals only." in line for line in desk.values())
    assert desk.book.worksheet("Sales").row_count == rows


def test_a_table_whose_title_stands_elsewhere_is_not_called_by_its_total(desk: Desk) -> None:
    table = deals(MORE, id_="untitled")
    table = replace(table, head=table.head[1:], heading=0, title="By owner")
    layout = with_tab(report(version=2), "sales", strip("Monday"), table)
    desk.refresh(layout)
    desk.ask({"deleteDimension": {"range": desk.lines("COLUMNS", 1, 2)}})
    assert [found.region for found in desk.refresh(layout).findings] == ["By owner"]
    nameless = with_tab(layout, "sales", strip("Monday"), replace(table, title=""))
    assert [found.region for found in desk.refresh(nameless).findings] == ["untitled"]


def test_a_finding_names_the_tab_as_the_person_calls_it_now(desk: Desk) -> None:
    desk.book.worksheet("Sales").update_title("Meine")
    desk.ask({"deleteDimension": {"range": desk.lines("ROWS", 6, 7, "Meine")}})
    assert [(found.code, found.tab) for found in desk.refresh(report(MORE)).findings] == [("row_deleted", "Meine")]


def test_dates_are_said_as_dates(desk: Desk) -> None:
    days = tuple((name, 46_000 + number, 3) for number, (name, *_) in enumerate(ROWS))
    columns = (("owner", "Owner"), ("day", "Day"), ("deals", "Deals"))

    def dated(rows: Sequence[Row]) -> Layout:
        table = deals(rows, columns, "dated")
        made = tuple(replace(each, kind="date") if each.id == "day" else each for each in table.columns)
        return with_tab(report(version=2), "sales", strip("Monday"), replace(table, columns=made))

    desk.refresh(dated(days))
    desk.book.worksheet("Sales").update_acell("B8", 46_070)
    desk.book.worksheet("Sales").update_acell("B9", 46_070.75)
    assert [found.old for found in desk.refresh().findings] == ["2026-02-17", "2026-02-17 18:00"]
    desk.book.worksheet("Sales").update_acell("C8", 9)
    moved = dated(tuple((name, day + 1, count) for name, day, count in days))  # type: ignore[operator]
    assert said(desk.refresh(moved))[0][3] == "Ana | 2025-12-09 | 9"


def test_emptied_cells_are_said_as_emptied(desk: Desk) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.batch_clear(["B9"])
    assert said(desk.refresh()) == [("cells_emptied", "Deals by owner", "Sales!B9", "")]
    sheet.batch_clear(["A9:C10"])
    assert said(desk.refresh()) == [("cells_emptied", "Deals by owner", "Sales!A9:C10", "")]
    assert desk.table() == shown()
    assert desk.refresh().findings == ()


@pytest.mark.parametrize("cells", ["A8:C11", "A7:C11"])
def test_a_table_that_somebody_emptied_is_put_right_and_said(desk: Desk, cells: str) -> None:
    sheet = desk.book.worksheet("Sales")
    sheet.batch_clear([cells])
    assert said(desk.refresh()) == [("cells_emptied", "Deals by owner", f"Sales!{cells}", "")]
    assert desk.table() == shown()
    sheet.batch_clear([cells])
    rows = tuple((name, amount + 1, count) for name, amount, count in ROWS)  # type: ignore[operator]
    assert said(desk.refresh(report(rows))) == [("cells_emptied", "Deals by owner", f"Sales!{cells}", "")]
    assert desk.table() == shown(rows)
    assert desk.refresh().findings == ()


def test_a_long_table_that_somebody_emptied_is_said_too(desk: Desk) -> None:
    rows = tuple((f"N{number}", number, 1) for number in range(MOST_ROWS_KNOWN))
    desk.refresh(report(rows))
    desk.book.worksheet("Sales").batch_clear([f"A6:C{len(rows) + 7}"])
    [found] = desk.refresh(report(rows[:-1])).findings
    assert (found.code, found.place) == ("cells_emptied", f"Sales!A7:C{len(rows) + 7}")


@pytest.mark.parametrize("language", ["es", "pt", "ru"])
def test_every_finding_is_said_in_the_readers_language(language: str) -> None:
    for sentence in (*SENTENCES.values(), *FORESEEN.values()):
        filled = sentence.format(tab="'A'", region="'B'", column="'C'", place="'D'", old="'E'")
        assert told(filled, language) != filled  # type: ignore[arg-type]
        assert "restore" in told(filled, language) or "restore" not in filled  # type: ignore[arg-type]


def test_a_tab_that_lost_all_of_our_columns_gets_them_back(desk: Desk) -> None:
    desk.ask({"deleteDimension": {"range": desk.lines("COLUMNS", 0, 3)}})
    outcome = desk.refresh(report(MORE))
    assert {found.code for found in outcome.findings} == {"column_deleted"}
    wider = (("owner", "Owner"), ("amount", "Amount"), ("deals", "Deals"), ("won", "Won"))
    desk.refresh(report([(*row, 1) for row in MORE], columns=wider))
    assert desk.values()[:5] == [[]] or not any(cell for line in desk.values() for cell in line)
    desk.refresh(report(MORE), restore=True)
    assert desk.table() == shown(MORE)
    assert desk.refresh().findings == ()


def test_nothing_of_a_persons_columns_is_read(desk: Desk, google: RunningGoogle) -> None:
    desk.book.worksheet("Sales").update([["private"]], "E8")
    answers: list[str] = []
    read = desk.api.find
    desk.api.find = lambda *given, **named: answers.append(str(read(*given, **named))) or read(*given, **named)  # type: ignore[method-assign,func-returns-value]
    desk.refresh(report(MORE))
    assert len(answers) == 1
    assert "private" not in answers[0]
