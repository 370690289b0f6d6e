"""The ``values`` methods: what is written, how it is read, what is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.google.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_empty_ends_are_cut_off_and_gaps_are_empty_texts(desk: Desk) -> None:
    desk.put("Data!B2:D4", [["x", None, "z"], [], ["", "y"]])
    assert desk.values() == [[], ["", "x", "", "z"], [], ["", "", "y"]]
    assert desk.values("Data!B2:C4") == [["x"], [], ["", "y"]]
    assert desk.values("Data!F1:G9") == []
    assert desk.values("Data!B2:D4", "majorDimension=COLUMNS") == [["x"], ["", "", "y"], ["z"]]


def test_null_leaves_a_cell_alone_and_an_empty_text_empties_it(desk: Desk) -> None:
    desk.put("A1", [["kept", "gone", "old"]])
    answer = desk.put("A1", [[None, "", "new"]])
    assert desk.values() == [["kept", "", "new"]]
    assert answer["updatedCells"] == 2
    assert desk.put("A5:C5", [[None, None, None]]) == {"spreadsheetId": desk.id, "updatedRange": "Data!A5:C5"}


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\tx", "2020-01-01", "10%", "TRUE", "'quoted", "https://x.example"]
)
def test_raw_text_stays_text(desk: Desk, text: str) -> None:
    desk.put("A1", [[text]])
    for option in ("FORMATTED_VALUE", "UNFORMATTED_VALUE", "FORMULA"):
        assert desk.values("A1", f"valueRenderOption={option}") == [[text]]
    cell = desk.sheet("data.rowData.values(userEnteredValue,effectiveValue,userEnteredFormat)")
    assert cell["data"][0]["rowData"][0]["values"] == [
        {"userEnteredValue": {"stringValue": text}, "effectiveValue": {"stringValue": text}}
    ]


def test_typed_text_is_parsed(desk: Desk) -> None:
    desk.put("A1", [["=1+1", "2020-01-01", "50%", "'=x"]], "USER_ENTERED")
    assert desk.values("A1:D1") == [["2", "2020-01-01", "50%", "=x"]]
    assert desk.values("A1:D1", "valueRenderOption=UNFORMATTED_VALUE") == [[2, 43831, 0.5, "=x"]]
    assert desk.values("A1:D1", "valueRenderOption=FORMULA") == [["=1+1", 43831, 0.5, "=x"]]
    spelled = "valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=FORMATTED_STRING"
    assert desk.values("A1:D1", spelled) == [[2, "2020-01-01", 0.5, "=x"]]


def test_a_format_shows_dates_that_are_written_as_serial_numbers(desk: Desk) -> None:
    date = {"numberFormat": {"type": "DATE", "pattern": "dd.mm.yyyy"}}
    rule = {"range": {"sheetId": 0}, "cell": {"userEnteredFormat": date}, "fields": "userEnteredFormat.numberFormat"}
    desk.change({"repeatCell": rule})
    desk.put("A1", [[46348]])
    assert desk.values("A1") == [["22.11.2026"]]


def test_zero_and_false_are_values(desk: Desk) -> None:
    bold = {"userEnteredFormat": {"textFormat": {"bold": True}}}
    desk.change({"repeatCell": {"range": {"sheetId": 0}, "cell": bold, "fields": "userEnteredFormat.textFormat.bold"}})
    desk.put("A1", [[0, False, "=0", "=FALSE"]], "USER_ENTERED")
    assert desk.values("A1:D1", "valueRenderOption=UNFORMATTED_VALUE") == [[0, False, 0, False]]
    assert desk.values("A1:D1") == [["0", "FALSE", "0", "FALSE"]]


def test_writing_outside_is_refused_and_changes_nothing(desk: Desk) -> None:
    put = "?valueInputOption=RAW"
    words = desk.refused("PUT", f"/values/Data!A1:B2{put}", {"values": [["a"], ["b"], ["c"]]})
    assert words == "Requested writing within range [Data!A1:B2], but tried writing to row [3]"
    words = desk.refused("PUT", f"/values/Data!A1:B2{put}", {"values": [["a", "b", "c"]]})
    assert words == "Requested writing within range [Data!A1:B2], but tried writing to column [C]"
    words = desk.refused("PUT", f"/values/Data!J100{put}", {"values": [["a", "b"]]})
    assert words == "Range (Data!J100:K100) exceeds grid limits. Max rows: 100, max columns: 10"
    assert desk.values() == []


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([["x" * 50_001]], "Your input contains more than the maximum of 50000 characters in a single cell."),
        ([["a", ["b"]]], "Invalid values[0][1]: list_value {\n}\n"),
        ([[{"a": 1}]], "Invalid values[0][0]: struct_value {\n}\n"),
        ("A1", "Invalid value at 'data.values' (type.googleapis.com/google.protobuf.ListValue), \"A1\""),
        (["A1"], "Invalid value at 'data.values[0]' (type.googleapis.com/google.protobuf.ListValue), \"A1\""),
    ],
)
def test_what_cannot_be_in_a_cell_is_refused(desk: Desk, values: Any, words: str) -> None:
    assert desk.refused("PUT", "/values/A1?valueInputOption=RAW", {"values": values}) == words


def test_fifty_thousand_characters_fit(desk: Desk) -> None:
    desk.put("A1", [["x" * 50_000]])
    assert len(desk.values("A1")[0][0]) == 50_000


def test_an_option_is_required(desk: Desk) -> None:
    assert desk.refused("PUT", "/values/A1", {"values": [[1]]}) == "'valueInputOption' is required but not specified"
    words = desk.refused("PUT", "/values/A1?valueInputOption=COOKED", {"values": [[1]]})
    assert words.startswith("Invalid value at 'value_input_option' (type.googleapis.com/google.apps.sheets.v4.Val")


def test_a_batch_of_ranges_is_all_or_nothing(desk: Desk) -> None:
    body = {"valueInputOption": "RAW", "data": [{"range": "A1", "values": [["new"]]}, {"range": "Nowhere!A1"}]}
    assert desk.refused("POST", "/values:batchUpdate", body) == "Invalid data[1]: Unable to parse range: Nowhere!A1"
    assert desk.values() == []
    body["data"] = [{"range": "A1:A4", "values": [[1], [2], [3], [4]]}, {"range": "C1", "values": [[3]]}]
    answer = desk.ask("POST", "/values:batchUpdate", body)
    totals = {name: value for name, value in answer.items() if name.startswith("total")}
    assert totals == {
        "totalUpdatedRows": 4, "totalUpdatedColumns": 2, "totalUpdatedCells": 5, "totalUpdatedSheets": 1,
    }  # fmt: skip
    assert [part["updatedRange"] for part in answer["responses"]] == ["Data!A1:A4", "Data!C1"]


def test_what_was_written_is_given_back_when_asked_for(desk: Desk) -> None:
    query = "valueInputOption=USER_ENTERED&includeValuesInResponse=true&responseValueRenderOption=UNFORMATTED_VALUE"
    answer = desk.ask("PUT", f"/values/A1?{query}", {"values": [["=2*3"]]})
    assert answer["updatedData"] == {"range": "Data!A1", "majorDimension": "ROWS", "values": [[6]]}


def test_clearing_takes_values_and_leaves_formats_and_notes(desk: Desk) -> None:
    desk.put("A1", [["a", "b"]])
    cell = {"note": "kept", "userEnteredFormat": {"textFormat": {"bold": True}}}
    place = {"sheetId": 0, "startRowIndex": 0, "endRowIndex": 1, "startColumnIndex": 0, "endColumnIndex": 1}
    desk.change({"repeatCell": {"range": place, "cell": cell, "fields": "note,userEnteredFormat.textFormat.bold"}})
    assert desk.ask("POST", "/values/Data!A1:A9:clear", {})["clearedRange"] == "Data!A1:A9"
    assert desk.values() == [["", "b"]]
    assert desk.ask("POST", "/values:batchClear", {"ranges": ["B1", "Data!C:C"]})["clearedRanges"] == [
        "Data!B1", "Data!C1:C100",
    ]  # fmt: skip
    kept = desk.sheet("data.rowData.values(note,userEnteredValue)")["data"][0]["rowData"][0]["values"]
    assert kept == [{"note": "kept"}]


TABLES = [["a", "b", "c"], ["d", "e", "f"], [], ["", "g", "h", "i"], ["", "j", "k", "l"], ["", "m", "n", "o"]]


@pytest.mark.parametrize(
    ("name", "table", "written"),
    [
        ("Data", "Data!B4:D6", "Data!B7:C7"),
        ("Data!B4", "Data!B4:D6", "Data!B7:C7"),
        ("Data!C5:D5", "Data!B4:D6", "Data!B7:C7"),
        ("Data!B2:D4", "Data!B4:D6", "Data!B7:C7"),
        ("Data!A3:G10", "Data!B4:D6", "Data!B7:C7"),
        ("Data!A1", "Data!A1:C2", "Data!A3:B3"),
        ("Data!E4", None, "Data!E4:F4"),
        ("Data!A4", None, "Data!A4:B4"),
    ],
)
def test_the_table_that_is_meant_is_found_as_the_guide_says(
    desk: Desk, name: str, table: str | None, written: str
) -> None:
    """The two tables and the ranges of Google's guide to appending values."""
    desk.put("A1", TABLES)
    answer = desk.ask("POST", f"/values/{name}:append?valueInputOption=RAW", {"values": [["new", "row"]]})
    assert (answer.get("tableRange"), answer["updates"]["updatedRange"]) == (table, written)


def test_rows_are_inserted_or_overwrite_what_is_below(desk: Desk) -> None:
    desk.put("A1", [["head"], ["row"], [], ["below"]])
    desk.ask("POST", "/values/A1:append?valueInputOption=RAW&insertDataOption=INSERT_ROWS", {"values": [[1], [2]]})
    assert desk.values() == [["head"], ["row"], ["1"], ["2"], [], ["below"]]
    assert desk.sheet("properties.gridProperties.rowCount")["properties"]["gridProperties"]["rowCount"] == 102


def test_appending_at_the_end_makes_the_grid_longer(desk: Desk) -> None:
    desk.put("A100", [["last"]])
    desk.ask("POST", "/values/Data!A100:append?valueInputOption=RAW", {"values": [["more"], ["still more"]]})
    assert desk.values("Data!A100:A102") == [["last"], ["more"], ["still more"]]


@given(
    st.lists(st.lists(st.sampled_from(["", None, "x", 1, 2.5, True, "=1", "0012"]), max_size=5), min_size=1, max_size=6)
)
def test_what_is_written_is_read_back(rows: list[list[Any]]) -> None:
    desk = Desk()
    desk.put("A1", rows)
    expected = [["" if value is None else value for value in row] for row in rows]
    for row in expected:
        while row and row[-1] == "":
            row.pop()
    while expected and not expected[-1]:
        expected.pop()
    assert desk.values("Data", "valueRenderOption=UNFORMATTED_VALUE") == expected


def test_a_hundred_thousand_rows_are_written_and_read_in_one_piece() -> None:
    desk = Desk()
    grid = {"sheetId": 0, "gridProperties": {"rowCount": 30_000}}
    desk.change({"updateSheetProperties": {"properties": grid, "fields": "gridProperties.rowCount"}})
    rows = [[row, f"deal {row}", row * 1.5, row % 2 == 0, ""] for row in range(30_000)]
    assert desk.put("A1", rows)["updatedCells"] == 150_000
    back = desk.values("Data", "valueRenderOption=UNFORMATTED_VALUE")
    assert back == [row[:4] for row in rows]


def test_writers_at_the_same_time_lose_nothing(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as writers:
        answers = list(writers.map(lambda row: desk.put(f"A{row}", [[row]]), range(1, 101)))
    assert len(answers) == 100
    assert desk.values("Data", "valueRenderOption=UNFORMATTED_VALUE") == [[row] for row in range(1, 101)]
