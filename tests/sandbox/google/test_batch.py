"""``batchUpdate``: cells, sheets, sizes and merges; all of a batch or nothing of it."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.google.colours import step
from connector.sandbox.google.refusals import Refused
from connector.sandbox.google.schema import read
from tests.sandbox.google.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def box(top: int, bottom: int, left: int, right: int, sheet: int = 0) -> dict[str, int]:
    return {
        "sheetId": sheet, "startRowIndex": top, "endRowIndex": bottom,
        "startColumnIndex": left, "endColumnIndex": right,
    }  # fmt: skip


def cells(*rows: list[Any]) -> list[dict[str, Any]]:
    kinds = {str: "stringValue", bool: "boolValue", int: "numberValue", float: "numberValue"}
    return [
        {"values": [{} if value is None else {"userEnteredValue": {kinds[type(value)]: value}} for value in row]}
        for row in rows
    ]


def add(title: str, **more: Any) -> dict[str, Any]:
    return {"addSheet": {"properties": {"title": title, **more}}}


def titles(desk: Desk) -> list[str]:
    sheets = desk.ask("GET", "?fields=sheets.properties.title")["sheets"]
    return [sheet["properties"]["title"] for sheet in sheets]


def test_nothing_of_a_batch_is_kept_when_one_request_is_refused(desk: Desk) -> None:
    before = desk.ask("GET", "?includeGridData=true")
    words = desk.not_changed(
        {"updateCells": {"range": box(0, 1, 0, 1), "rows": cells(["x"]), "fields": "userEnteredValue"}},
        add("Second"),
        {"deleteSheet": {"sheetId": 99}},
    )
    assert words.startswith("Invalid requests[2].deleteSheet: ")
    assert desk.ask("GET", "?includeGridData=true") == before


def test_cells_of_the_range_that_rows_do_not_reach_are_emptied(desk: Desk) -> None:
    desk.put("A1", [["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]])
    desk.change({"updateCells": {"range": box(0, 3, 0, 2), "rows": cells(["new"]), "fields": "userEnteredValue"}})
    assert desk.values() == [["new", "", "c"], ["", "", "f"], ["", "", "i"]]


def test_only_masked_parts_of_a_cell_change(desk: Desk) -> None:
    desk.put("A1", [["kept"]])
    rows = [{"values": [{"note": "a note", "userEnteredValue": {"stringValue": "ignored"}}]}]
    desk.change(
        {"updateCells": {"start": {"sheetId": 0, "rowIndex": 0, "columnIndex": 0}, "rows": rows, "fields": "note"}}
    )
    cell = desk.sheet("data.rowData.values(note,userEnteredValue)")["data"][0]["rowData"][0]["values"][0]
    assert cell == {"userEnteredValue": {"stringValue": "kept"}, "note": "a note"}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"range": box(0, 1, 0, 1), "rows": cells(["a", "b"])}, "Attempting to write column: 1, beyond the last"),
        ({"range": box(0, 1, 0, 1), "rows": cells(["a"], ["b"])}, "Attempting to write row: 1, beyond the last"),
        ({"range": box(0, 101, 0, 1)}, r"range.endRowIndex[101] is after last row in grid[100]"),
        ({"range": box(2, 2, 0, 1)}, "range.endRowIndex[2] must be after range.startRowIndex[2]"),
        (
            {"start": {"rowIndex": 100}, "rows": cells(["a"])},
            "GridCoordinate.rowIndex[100] is after last row in grid[99]",
        ),
        ({"range": box(0, 1, 0, 1, sheet=5)}, "No grid with id: 5"),
        ({"range": box(0, 1, 0, 1), "fields": ""}, "At least one field must be listed in 'fields'."),
        ({"range": box(0, 1, 0, 1), "fields": "value"}, "Invalid field: value"),
        (
            {"range": box(0, 1, 0, 1), "rows": cells(["x" * 50_001])},
            "Your input contains more than the maximum of 50000 characters in a single cell.",
        ),
        (
            {
                "range": box(0, 1, 0, 1),
                "rows": [{"values": [{"userEnteredValue": {"numberValue": 1, "boolValue": True}}]}],
            },
            "A userEnteredValue may have only one kind of value.",
        ),
    ],
)
def test_cells_that_cannot_be_written_are_refused(desk: Desk, request_: dict[str, Any], words: str) -> None:
    refused = desk.not_changed({"updateCells": {"fields": "userEnteredValue", **request_}})
    assert refused.startswith(f"Invalid requests[0].updateCells: {words}")


def test_a_text_value_is_never_a_formula_and_a_formula_value_is_one(desk: Desk) -> None:
    row = [{"userEnteredValue": {"stringValue": "=1+1"}}, {"userEnteredValue": {"formulaValue": "=1+1"}}]
    desk.change({"updateCells": {"range": box(0, 1, 0, 2), "rows": [{"values": row}], "fields": "userEnteredValue"}})
    assert desk.values("Data", "valueRenderOption=UNFORMATTED_VALUE") == [["=1+1", 2]]


def test_a_repeated_formula_shifts_with_its_place(desk: Desk) -> None:
    desk.put("A1", [[1], [2], [3]])
    cell = {"userEnteredValue": {"formulaValue": "=A1*$A$1"}}
    desk.change({"repeatCell": {"range": box(0, 3, 1, 2), "cell": cell, "fields": "userEnteredValue"}})
    assert desk.values("Data!B1:B3", "valueRenderOption=FORMULA") == [["=A1*$A$1"], ["=A2*$A$1"], ["=A3*$A$1"]]
    assert desk.values("Data!B1:B3") == [["1"], ["2"], ["3"]]


def test_colours_come_back_in_steps_and_under_both_names(desk: Desk) -> None:
    cell = {"userEnteredFormat": {"backgroundColorStyle": {"rgbColor": {"red": 0.5, "green": 0, "blue": 1}}}}
    fields = "userEnteredFormat.backgroundColorStyle"
    desk.change({"repeatCell": {"range": box(0, 1, 0, 1), "cell": cell, "fields": fields}})
    shown = desk.sheet("data.rowData.values.userEnteredFormat")["data"][0]["rowData"][0]["values"][0]
    grey = {"red": 0.49803922, "blue": 1}
    assert shown["userEnteredFormat"] == {"backgroundColor": grey, "backgroundColorStyle": {"rgbColor": grey}}
    assert [step(number / 255) for number in (4, 66, 133)] == [0.015686275, 0.25882354, 0.52156866]


def test_sheets_get_the_ids_places_and_titles_that_are_asked_for(desk: Desk) -> None:
    replies = desk.change(
        add("First", index=0, sheetId=77), {"addSheet": {}}, add("Tiny", gridProperties={"rowCount": 2})
    )
    assert replies[0]["addSheet"]["properties"]["sheetId"] == 77
    assert titles(desk) == ["First", "Data", "Sheet3", "Tiny"]
    tiny = desk.sheet("properties(index,gridProperties)", 3)["properties"]
    assert tiny == {"index": 3, "gridProperties": {"rowCount": 2, "columnCount": 26}}


MANY_COLUMNS = "This action would increase the number of columns in the sheet above the limit of 18278 columns."


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (add("data"), 'A sheet with the name "data" already exists. Please enter another name.'),
        (add("x", sheetId=0), "Sheet id 0 already exists."),
        (add("x", gridProperties={"rowCount": 400_000, "columnCount": 26}), "This action would increase the number"),
        (add("x", gridProperties={"rowCount": 1, "columnCount": 18_279}), MANY_COLUMNS),
        ({"updateSheetProperties": {"properties": {"hidden": True}, "fields": "hidden"}}, "You can't hide all"),
        ({"updateSheetProperties": {"properties": {"title": ""}, "fields": "title"}}, "The sheet name cannot be"),
        (
            {"updateSheetProperties": {"properties": {"gridProperties": {"frozenRowCount": 100}},
                                       "fields": "gridProperties.frozenRowCount"}},
            "You can't freeze all visible rows on the sheet.",
        ),
        ({"updateSheetProperties": {"properties": {"sheetId": 9}, "fields": "title"}}, "No sheet with id: 9"),
    ],
)  # fmt: skip
def test_sheets_that_cannot_be_are_refused(desk: Desk, request_: dict[str, Any], words: str) -> None:
    kind = next(iter(request_))
    assert desk.not_changed(request_).startswith(f"Invalid requests[0].{kind}: {words}")


def test_a_moved_sheet_counts_places_as_they_were_before(desk: Desk) -> None:
    desk.change(add("B"), add("C"))
    move = {"properties": {"sheetId": 0, "index": 2}, "fields": "index"}
    desk.change({"updateSheetProperties": move})
    assert titles(desk) == ["B", "Data", "C"]


def test_a_new_title_is_followed_by_formulas_and_ranges(desk: Desk) -> None:
    desk.change(add("Other", sheetId=5))
    desk.put("Data!A1", [[7]])
    desk.put("Other!A1", [["=Data!A1+1"]], "USER_ENTERED")
    desk.change({"updateSheetProperties": {"properties": {"sheetId": 0, "title": "New data"}, "fields": "title"}})
    assert desk.values("Other!A1", "valueRenderOption=FORMULA") == [["='New data'!A1+1"]]
    assert desk.values("Other!A1") == [["8"]]
    assert desk.ask("GET", "/values/'New%20data'!A1")["range"] == "'New data'!A1"


def test_a_smaller_grid_loses_what_stood_beyond_it(desk: Desk) -> None:
    desk.put("A1", [["a", "b"], ["c", "d"]])
    small = {
        "properties": {"gridProperties": {"rowCount": 1, "columnCount": 1}},
        "fields": "gridProperties(rowCount,columnCount)",
    }
    desk.change({"updateSheetProperties": small})
    big = {
        "properties": {"gridProperties": {"rowCount": 9, "columnCount": 9}},
        "fields": "gridProperties(rowCount,columnCount)",
    }
    desk.change({"updateSheetProperties": big})
    assert desk.values() == [["a"]]


def test_a_merge_keeps_the_first_value_and_swallows_what_lies_within(desk: Desk) -> None:
    desk.put("A1", [["a", "b"], ["c", "d"]])
    desk.change({"mergeCells": {"range": box(0, 1, 0, 2), "mergeType": "MERGE_ALL"}})
    desk.change({"mergeCells": {"range": box(0, 2, 0, 2), "mergeType": "MERGE_COLUMNS"}})
    columns = [{"startColumnIndex": left, "endColumnIndex": left + 1} for left in (0, 1)]
    assert desk.sheet("merges")["merges"] == [{"startRowIndex": 0, "endRowIndex": 2} | part for part in columns]
    assert desk.values() == [["a"]]
    words = desk.not_changed({"unmergeCells": {"range": box(0, 1, 0, 1)}})
    assert words.endswith("You must select all cells in a merged range to merge or unmerge them.")


def test_sizes_and_hiding_of_lines_are_kept(desk: Desk) -> None:
    part = {"sheetId": 0, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 3}
    properties = {"pixelSize": 250, "hiddenByUser": True}
    desk.change({"updateDimensionProperties": {"range": part, "properties": properties, "fields": "*"}})
    columns = desk.sheet("data.columnMetadata")["data"][0]["columnMetadata"]
    hidden = {"pixelSize": 250, "hiddenByUser": True}
    assert columns[:4] == [{"pixelSize": 100}, hidden, hidden, {"pixelSize": 100}]


def test_the_spreadsheet_after_the_change_comes_along_when_asked_for(desk: Desk) -> None:
    body = {
        "requests": [{"updateCells": {"range": box(0, 1, 0, 1), "rows": cells([5]), "fields": "userEnteredValue"}}],
        "includeSpreadsheetInResponse": True,
        "responseRanges": ["Data!A1:B1"],
        "responseIncludeGridData": True,
    }
    fields = "replies,updatedSpreadsheet(sheets(properties.title,data.rowData.values.userEnteredValue))"
    answer = desk.ask("POST", f":batchUpdate?fields={fields}", body)
    rows = [{"values": [{"userEnteredValue": {"numberValue": 5}}]}]
    assert answer == {
        "replies": [{}],
        "updatedSpreadsheet": {"sheets": [{"properties": {"title": "Data"}, "data": [{"rowData": rows}]}]},
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"requests": []}, "Must specify at least one request."),
        ({"requests": [{}]}, "Invalid requests[0]: No request set."),
        ({"requests": [{"addSheet": {}, "addChart": {}}]}, "Invalid value at 'requests[0]' (oneof)"),
        ({"requests": [{"addShet": {}}]}, "Invalid JSON payload received. Unknown name \"addShet\" at 'requests[0]'"),
        (
            {"requests": [{"addSheet": {"properties": {"colour": 1, "index": "x"}}}]},
            (
                "Invalid JSON payload received. Unknown name \"colour\" at 'requests[0].add_sheet.properties': "
                "Cannot find field.\nInvalid value at 'requests[0].add_sheet.properties.index' (TYPE_INT32), \"x\""
            ),
        ),
        (
            {"requests": [{"mergeCells": {"mergeType": "MERGE"}}]},
            "Invalid value at 'requests[0].merge_cells.merge_type' (type.googleapis.com/google.apps.",
        ),
        ({"requests": [{"addSheet": {"properties": []}}]}, "Invalid value at 'requests[0].add_sheet.properties'"),
        ({"requests": [{"deleteSheet": {"sheetId": True}}]}, "Invalid value at 'requests[0].delete_sheet.sheet_id'"),
    ],
)
def test_bodies_that_google_does_not_know_are_refused(desk: Desk, body: Any, words: str) -> None:
    assert desk.refused("POST", ":batchUpdate", body).startswith(words)


def test_both_spellings_of_a_field_are_read_and_null_is_as_absent() -> None:
    body = {"requests": [{"add_sheet": {"properties": {"sheet_id": 3, "title": None}}}]}
    assert read(body, "BatchUpdateSpreadsheetRequest") == {"requests": [{"addSheet": {"properties": {"sheetId": 3}}}]}
    with pytest.raises(Refused):
        read({"requests": [{"addSheet": {"properties": {"sheetId": 2**31}}}]}, "BatchUpdateSpreadsheetRequest")


def test_more_requests_than_google_takes_are_refused(desk: Desk) -> None:
    requests = [{"clearBasicFilter": {"sheetId": 0}}] * 100_001
    assert desk.not_changed(*requests) == "Cannot exceed 100000 requests in a single batch."


def test_unknown_methods_parameters_and_books_are_refused(desk: Desk) -> None:
    assert desk.send("GET", "/v4/spreadsheets/unknown").status == 404
    assert desk.send("GET", "/v4/other").status == 404
    assert "Cannot bind query parameter" in desk.refused("GET", "?includeGrid=true")
    assert desk.refused("POST", ":batchUpdate", None) == "Must specify at least one request."


def test_parts_of_a_spreadsheet_by_ranges(desk: Desk) -> None:
    desk.change(add("Other"), {"mergeCells": {"range": box(0, 2, 0, 2)}}, {"mergeCells": {"range": box(5, 7, 0, 2)}})
    desk.put("B6", [["x"]])
    shown = desk.ask("GET", "?ranges=Data!A5:B7&fields=sheets(properties.title,merges,data)")["sheets"]
    assert [sheet["properties"]["title"] for sheet in shown] == ["Data"]
    assert [merge["startRowIndex"] for merge in shown[0]["merges"]] == [5]
    data = shown[0]["data"][0]
    assert data["startRow"] == 4
    assert [len(row.get("values", [])) for row in data["rowData"]] == [0, 2]
    assert (len(data["rowMetadata"]), len(data["columnMetadata"])) == (3, 2)


def test_a_sheet_is_copied_into_another_spreadsheet(desk: Desk) -> None:
    desk.put("A1", [["copied"]])
    target = desk.ask("POST", "/v4/spreadsheets", {"properties": {"title": "Target"}})["spreadsheetId"]
    copy = desk.ask("POST", "/sheets/0:copyTo", {"destinationSpreadsheetId": target})
    assert (copy["title"], copy["index"]) == ("Copy of Data", 1)
    values = desk.ask("GET", f"/v4/spreadsheets/{target}/values/'Copy%20of%20Data'!A1")["values"]
    assert values == [["copied"]]


def test_a_new_spreadsheet_has_what_its_body_says(desk: Desk) -> None:
    rows = [{"values": [{"userEnteredValue": {"stringValue": "here"}, "note": "why"}]}]
    body = {
        "properties": {"title": "Made", "locale": "pt_BR", "timeZone": "America/Sao_Paulo"},
        "sheets": [
            {"properties": {"title": "One"}, "data": [{"startRow": 1, "startColumn": 2, "rowData": rows}]},
            {"properties": {"title": "Two", "sheetId": 12, "gridProperties": {"rowCount": 5, "columnCount": 5}}},
        ],
    }
    made = desk.ask("POST", "/v4/spreadsheets", body)
    assert made["properties"]["locale"] == "pt_BR"
    assert [sheet["properties"]["sheetId"] for sheet in made["sheets"]][1] == 12
    assert desk.ask("GET", f"/v4/spreadsheets/{made['spreadsheetId']}/values/One!C2")["values"] == [["here"]]


def test_pasted_text_is_read_as_typed_and_makes_room(desk: Desk) -> None:
    place = {"sheetId": 0, "rowIndex": 98, "columnIndex": 8}
    desk.change({"pasteData": {"coordinate": place, "data": 'a,"b, c",5\n=1+1\nlast', "delimiter": ","}})
    shown = desk.values("Data!I99:K101", "valueRenderOption=UNFORMATTED_VALUE")
    assert shown == [["a", "b, c", 5], [2], ["last"]]


def test_texts_are_split_over_columns(desk: Desk) -> None:
    desk.put("A1", [["x;y;3"], ["alone"], [7]])
    desk.change({"textToColumns": {"source": box(0, 3, 0, 1), "delimiterType": "SEMICOLON"}})
    assert desk.values("Data", "valueRenderOption=UNFORMATTED_VALUE") == [["x", "y", 3], ["alone"], [7]]


def test_a_shuffled_range_keeps_its_rows(desk: Desk) -> None:
    desk.put("A1", [[number, f"row {number}"] for number in range(20)])
    desk.change({"randomizeRange": {"range": box(0, 20, 0, 2)}})
    rows = desk.values("Data", "valueRenderOption=UNFORMATTED_VALUE")
    assert rows != sorted(rows)
    assert sorted(rows) == [[number, f"row {number}"] for number in range(20)]


def test_cells_are_appended_below_the_last_data_and_the_grid_grows(desk: Desk) -> None:
    desk.put("C100", [["last"]])
    desk.change({"appendCells": {"sheetId": 0, "rows": cells(["a", 1], ["b"]), "fields": "userEnteredValue"}})
    assert desk.values("Data!A100:C102") == [["", "", "last"], ["a", "1"], ["b"]]


def test_cells_are_appended_to_a_table(desk: Desk) -> None:
    desk.put("B2", [["Deal", "Amount"], ["a", 1], ["below", "the table"]])
    desk.change({"addTable": {"table": {"name": "Deals", "tableId": "t1", "range": box(1, 3, 1, 3)}}})
    desk.change({"appendCells": {"tableId": "t1", "rows": cells(["b", 2]), "fields": "userEnteredValue"}})
    assert desk.values("Data!B2:C5") == [["Deal", "Amount"], ["a", "1"], ["b", "2"], ["below", "the table"]]
    assert desk.sheet("tables.range")["tables"][0]["range"]["endRowIndex"] == 4


@pytest.mark.parametrize("fields", ["userEnteredValue", "userEnteredValue,note"])
def test_an_empty_text_leaves_an_empty_cell(desk: Desk, fields: str) -> None:
    desk.put("A1", [["a", "b"]])
    desk.change({"updateCells": {"range": box(0, 1, 0, 2), "rows": cells(["", ""]), "fields": fields}})
    assert desk.sheet("data.rowData") == {"data": [{}]}


def test_a_basic_filter_covers_the_grid_and_can_be_taken_away(desk: Desk) -> None:
    desk.change({"setBasicFilter": {"filter": {"range": {"sheetId": 0, "startColumnIndex": 2}}}})
    covered = {"startRowIndex": 0, "endRowIndex": 100, "startColumnIndex": 2, "endColumnIndex": 10}
    assert desk.sheet("basicFilter") == {"basicFilter": {"range": covered}}
    desk.change({"clearBasicFilter": {"sheetId": 0}})
    assert desk.sheet("basicFilter") == {}


def test_a_cell_shows_what_its_formula_came_to(desk: Desk) -> None:
    desk.put("A1", [["=6*7", "=1/0"]], "USER_ENTERED")
    shown = desk.sheet("data.rowData.values(effectiveValue,formattedValue)")["data"][0]["rowData"][0]["values"]
    assert shown[0] == {"effectiveValue": {"numberValue": 42}, "formattedValue": "42"}
    assert shown[1]["effectiveValue"]["errorValue"]["type"] == "DIVIDE_BY_ZERO"
    assert shown[1]["formattedValue"] == "#DIV/0!"
