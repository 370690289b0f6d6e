"""gspread, as it comes from PyPI, works with the sandbox over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import gspread
import pytest
import requests
from gspread.utils import DateTimeOption, ValueInputOption, ValueRenderOption
from requests.adapters import HTTPAdapter

from connector.sandbox.google.start import RunningGoogle, start_google

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
HOSTS = ("https://sheets.googleapis.com/", "https://www.googleapis.com/")


class Redirect(HTTPAdapter):
    """Sends what is for Google to the sandbox; nothing of gspread is touched."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        for host in HOSTS:
            if (request.url or "").startswith(host):
                request.url = f"{self.url}/{(request.url or '')[len(host) :]}"
        return super().send(request, *args, **kwargs)


@pytest.fixture(scope="module")
def google() -> Iterator[RunningGoogle]:
    with start_google(clock=lambda: NOW) as running:
        yield running


@pytest.fixture
def client(google: RunningGoogle) -> Iterator[gspread.Client]:
    with requests.Session() as session:
        session.mount("https://", Redirect(google.url))
        session.headers["Authorization"] = f"Bearer {google.token}"
        yield gspread.Client(auth=None, session=session)


@pytest.fixture
def book(client: gspread.Client) -> gspread.Spreadsheet:
    return client.create("Pipeline")


def test_values_come_back_as_they_were_written(book: gspread.Spreadsheet) -> None:
    sheet = book.sheet1
    sheet.update([["Deal", "Amount"], ["Ørsted", 1250.5], ["=1+1", True]], "A1")
    assert sheet.get_all_values() == [["Deal", "Amount"], ["Ørsted", "1250.5"], ["=1+1", "TRUE"]]
    assert sheet.get(value_render_option=ValueRenderOption.unformatted)[1:] == [["Ørsted", 1250.5], ["=1+1", True]]
    assert sheet.get_all_records()[0] == {"Deal": "Ørsted", "Amount": 1250.5}


def test_what_a_person_types_becomes_formulas_and_dates(book: gspread.Spreadsheet) -> None:
    sheet = book.sheet1
    sheet.update([["=2*21", "2026-11-22"]], "A1", value_input_option=ValueInputOption.user_entered)
    assert sheet.get("A1:B1") == [["42", "2026-11-22"]]
    unformatted = ValueRenderOption.unformatted
    assert sheet.get("A1:B1", value_render_option=unformatted) == [[42, 46348]]
    spelled = sheet.get("B1", value_render_option=unformatted, date_time_render_option=DateTimeOption.formatted_string)
    assert spelled == [["2026-11-22"]]
    assert sheet.acell("A1", value_render_option=ValueRenderOption.formula).value == "=2*21"


def test_sheets_are_added_renamed_and_deleted(book: gspread.Spreadsheet) -> None:
    added = book.add_worksheet("Q4 (draft)", rows=10, cols=3)
    added.update_title("Q4")
    added.resize(rows=5)
    assert [(sheet.title, sheet.row_count) for sheet in book.worksheets()] == [("Sheet1", 1000), ("Q4", 5)]
    book.del_worksheet(added)
    assert [sheet.title for sheet in book.worksheets()] == ["Sheet1"]


def test_rows_are_appended_inserted_sorted_and_deleted(book: gspread.Spreadsheet) -> None:
    sheet = book.sheet1
    sheet.append_rows([["b", 2], ["a", 1]])
    sheet.insert_row(["c", 3], 1)
    sheet.sort((1, "asc"), range="A1:B3")
    assert sheet.get_all_values() == [["a", "1"], ["b", "2"], ["c", "3"]]
    sheet.delete_rows(2)
    assert sheet.col_values(1) == ["a", "c"]
    assert sheet.find("c").row == 2  # type: ignore[union-attr]


def test_formats_notes_merges_and_frozen_rows_are_kept(book: gspread.Spreadsheet) -> None:
    sheet = book.sheet1
    sheet.format("A1:B1", {"textFormat": {"bold": True}})
    sheet.insert_note("A1", "from the CRM")
    sheet.merge_cells("A3:B4")
    sheet.freeze(rows=1)
    assert sheet.get_note("A1") == "from the CRM"
    fresh = book.fetch_sheet_metadata({"includeGridData": "true"})["sheets"][0]
    assert fresh["properties"]["gridProperties"]["frozenRowCount"] == 1
    assert fresh["merges"] == [{"startRowIndex": 2, "endRowIndex": 4, "startColumnIndex": 0, "endColumnIndex": 2}]
    cell = fresh["data"][0]["rowData"][0]["values"][0]
    assert cell["userEnteredFormat"]["textFormat"]["bold"] is True


def test_batches_of_ranges_are_written_read_and_cleared(book: gspread.Spreadsheet) -> None:
    sheet = book.sheet1
    sheet.batch_update([{"range": "A1:B1", "values": [["x", "y"]]}, {"range": "D4", "values": [[4]]}])
    assert [list(part) for part in sheet.batch_get(["A1:B1", "D4"])] == [[["x", "y"]], [["4"]]]
    sheet.batch_clear(["A1"])
    assert sheet.row_values(1) == ["", "y"]


def test_a_refusal_is_googles(book: gspread.Spreadsheet, client: gspread.Client) -> None:
    with pytest.raises(gspread.exceptions.APIError, match="Unable to parse range: Nowhere!A1"):
        book.values_get("Nowhere!A1")
    with pytest.raises(gspread.exceptions.SpreadsheetNotFound):
        client.open_by_key("1-not-there")


def test_a_copy_has_the_cells_and_lists_find_it(book: gspread.Spreadsheet, client: gspread.Client) -> None:
    book.sheet1.update([["kept"]], "A1")
    copy = client.copy(book.id, title="A copy of the pipeline")
    assert copy.sheet1.acell("A1").value == "kept"
    assert client.open("A copy of the pipeline").id == copy.id
    client.del_spreadsheet(copy.id)
    assert copy.id not in {entry["id"] for entry in client.list_spreadsheet_files()}
