"""Answers of Google that no recording holds, but that programs which use its API in earnest have met and quote."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.sandbox.google.book import Book
from connector.sandbox.google.calculation import results
from connector.sandbox.google.grid import Error
from connector.sandbox.google.identity import OTHER, OWNER
from connector.sandbox.google.refusals import Refused
from tests.sandbox.google.books import Json, book_of, change, grid, lines, refused
from tests.sandbox.google.desk import Desk
from tests.sandbox.google.web import FILES, Web, web


@pytest.fixture
def desk() -> Desk:
    return Desk()


def column(book: Book, number: int = 0) -> list[object]:
    """What stands in a column, from its first row on."""
    cells = book.sheets[0].cells
    return [cells.value(row, number) for row in range(max(row for row, _, _ in cells.cells()) + 1)]


# --- values --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "words"),
    [
        ({"range": "Nowhere!A1", "values": [[1]]}, "Unable to parse range: Nowhere!A1"),
        ({"range": "A101", "values": [[1]]}, "Range (Data!A101) exceeds grid limits. Max rows: 100, max columns: 10"),
        (
            {"range": "A1:A2", "values": [[1, 2]]},
            "Requested writing within range [Data!A1:A2], but tried writing to column [B]",
        ),
        (
            {"range": "A99:B101", "values": [[1], [2], [3]]},
            "Range (Data!A99:B101) exceeds grid limits. Max rows: 100, max columns: 10",
        ),
        (
            {"range": "J1:K1", "values": [[1, 2]]},
            "Range (Data!J1:K1) exceeds grid limits. Max rows: 100, max columns: 10",
        ),
    ],
)
def test_a_refused_batch_says_which_piece_it_is_about(desk: Desk, piece: Json, words: str) -> None:
    body = {"valueInputOption": "RAW", "data": [{"range": "B1", "values": [["kept out"]]}, piece]}
    assert desk.refused("POST", "/values:batchUpdate", body) == f"Invalid data[1]: {words}"
    assert desk.values() == []


def test_a_batch_refused_by_a_data_filter_says_which_piece_too(desk: Desk) -> None:
    piece = {"dataFilter": {"a1Range": "Nowhere!A1"}, "values": [[1]]}
    body = {"valueInputOption": "RAW", "data": [piece]}
    words = desk.refused("POST", "/values:batchUpdateByDataFilter", body)
    assert words == "Invalid data[0]: Unable to parse range: Nowhere!A1"


def test_a_range_may_end_beyond_the_grid_where_its_values_do_not(desk: Desk) -> None:
    assert desk.put("A99:B101", [[1], [2]])["updatedRange"] == "Data!A99:A100"


def test_a_named_range_may_stand_behind_a_title(desk: Desk) -> None:
    desk.put("A1:B2", [[1, 2], [3, 4]])
    desk.change({"addNamedRange": {"namedRange": {"name": "corner", "range": grid(1, 0, 2, 2, 0)}}})
    assert desk.ask("GET", "/values/'Data'!corner") == {
        "range": "Data!A2:B2", "majorDimension": "ROWS", "values": [["3", "4"]],
    }  # fmt: skip


# --- sorting -------------------------------------------------------------------------------------------


def sort(part: Json, dimension: int = 0) -> Json:
    return {"sortRange": {"range": part, "sortSpecs": [{"dimensionIndex": dimension}]}}


def test_a_range_to_sort_may_end_beyond_the_grid_but_not_begin_there() -> None:
    book = book_of([3], [1], [2])
    change(book, sort(grid(0, 0, 5000, 300)))
    assert column(book) == [1, 2, 3]
    assert refused(book, sort(grid(1000, 0, 1001, 1))) == "range.startRowIndex is larger than current grid size (1000)"


def test_only_merges_over_several_rows_stop_a_sort() -> None:
    book = book_of([3, "c"], [1, "a"], [2, "b"])
    change(book, {"mergeCells": {"range": grid(0, 3, 1, 5)}})
    change(book, sort(grid(0, 0, 3, 5)))
    assert column(book) == [1, 2, 3]
    change(book, {"mergeCells": {"range": grid(1, 3, 3, 4)}})
    words = "You can't sort a range containing vertical merges. There is a vertical merge at D2:D3"
    assert refused(book, sort(grid(0, 0, 3, 5))) == words


def test_developer_metadata_goes_with_its_row_when_rows_are_sorted() -> None:
    book = book_of([3], [1], [2])
    for row in (0, 2, 3):
        place = {"dimensionRange": lines("ROWS", row, row + 1)}
        entry = {"metadataKey": f"row {row}", "location": place, "visibility": "DOCUMENT"}
        change(book, {"createDeveloperMetadata": {"developerMetadata": entry}})
    change(book, sort(grid(0, 0, 3, 1)))
    places = {entry["metadataKey"]: entry["location"]["dimensionRange"] for entry in book.metadata}
    assert [places[f"row {row}"]["startIndex"] for row in (0, 2, 3)] == [2, 1, 3]
    assert [part["endIndex"] - part["startIndex"] for part in places.values()] == [1, 1, 1]


# --- words ---------------------------------------------------------------------------------------------


def scale(**points: Json) -> Json:
    return {"addConditionalFormatRule": {"rule": {"ranges": [grid(0, 0, 1, 1)], "gradientRule": points}}}


def tag(part: Json) -> Json:
    entry = {"metadataKey": "k", "location": {"dimensionRange": part}, "visibility": "DOCUMENT"}
    return {"createDeveloperMetadata": {"developerMetadata": entry}}


def table(*columns: Json) -> Json:
    return {"addTable": {"table": {"name": "Deals", "range": grid(0, 0, 3, 2), "columnProperties": list(columns)}}}


def named(name: str) -> Json:
    return {"addNamedRange": {"namedRange": {"name": name, "range": grid(0, 0, 1, 1)}}}


NO_KIND = (
    "One of basicChart, pieChart, bubbleChart, candelstickChart, histogramChart, or orgChart must be set on chartSpec"
)
CROSSES = (
    "Sorry, it is not possible to move a row to a position that crosses a merged cell. Please unmerge and try again."
)
ONE_OF = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "x"}]}}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (named("two words"), "The name given to this range is invalid"),
        (named("taken"), "Cannot add named range with name taken, a named range with that name already exists."),
        (scale(minpoint={"type": "MIN"}), "No interpolationPointType specified."),
        (
            scale(minpoint={"type": "MIN"}, maxpoint={"type": "NUMBER"}),
            "InterpolationPoint.value is required.",
        ),
        (tag(lines("ROWS", 0, 2)), "DimensionRange must represent a single row or column"),
        (
            tag({"sheetId": 0, "dimension": "ROWS", "startIndex": 1}),
            "DimensionRange must specify both a startIndex and an endIndex",
        ),
        (table({"columnType": "DROPDOWN"}), "Condition must be set for dropdown column type."),
        (
            table({"columnType": "DOUBLE", "dataValidationRule": ONE_OF}),
            "Cannot set condition for non-dropdown column type.",
        ),
        (
            {"addChart": {"chart": {"spec": {"title": "Nothing"}}}},
            NO_KIND,
        ),
        (
            {"moveDimension": {"source": lines("ROWS", 5, 6), "destinationIndex": 0}},
            CROSSES,
        ),
    ],
)
def test_a_refusal_has_googles_words(request_: Json, words: str) -> None:
    book = book_of(["a", "b"], [1, 2], [3, 4])
    change(book, named("taken"), {"mergeCells": {"range": grid(5, 5, 7, 6)}})
    assert refused(book, request_) == words


def test_a_column_of_a_table_that_is_sent_anew_has_a_name() -> None:
    book = book_of(["a", "b"], [1, 2], [3, 4])
    [reply] = change(book, table())
    part = {"tableId": reply["addTable"]["table"]["tableId"], "columnProperties": [{"columnType": "DOUBLE"}]}
    request = {"updateTable": {"table": part, "fields": "columnProperties"}}
    assert refused(book, request) == "Table header row cell must have a value."


def test_a_basic_chart_of_nothing_breaks_google() -> None:
    book = book_of([1])
    spec = {"basicChart": {"chartType": "LINE"}}
    with pytest.raises(Refused, match="Internal error encountered") as caught:
        change(book, {"addChart": {"chart": {"spec": spec}}})
    assert (caught.value.status, caught.value.code) == (500, "INTERNAL")


def pivot(spec: Json) -> Json:
    start = {"sheetId": 0, "rowIndex": 0, "columnIndex": 4}
    cells = {"values": [{"pivotTable": spec}]}
    return {"updateCells": {"start": start, "rows": [cells], "fields": "pivotTable"}}


SOURCE = {"source": grid(0, 0, 3, 2)}
GROUP = {"sourceColumnOffset": 0, "sortOrder": "ASCENDING", "showTotals": True}
SUM = {"sourceColumnOffset": 1, "summarizeFunction": "SUM"}


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"rows": [GROUP], "values": [SUM]}, "At least one source data must be specified"),
        (SOURCE | {"columns": [{"sourceColumnOffset": 0}], "values": [{}]}, "No sort order specified."),
        (SOURCE | {"rows": [GROUP], "values": [{}]}, "No PivotValue.summarizeFunction specified."),
        (
            SOURCE | {"values": [{"formula": "=1", "summarizeFunction": "MAX"}]},
            'Invalid summarizeFunction: MAX. Only "CUSTOM" or "SUM" are valid if PivotValue.calculatedField is set.',
        ),
        (
            SOURCE | {"values": [SUM | {"summarizeFunction": "CUSTOM"}]},
            '"CUSTOM" may not be used in PivotValue.summarizeFunction unless PivotValue.calculatedField is set.',
        ),
        (
            SOURCE | {"rows": [GROUP | {"groupRule": {"histogramRule": {"start": 1}}}]},
            "Histogram group rules require a positive value for interval.",
        ),
        (
            SOURCE | {"rows": [GROUP | {"groupRule": {"histogramRule": {"interval": 5, "start": 9, "end": 9}}}]},
            "Start must be less than end.",
        ),
    ],
)
def test_a_pivot_table_that_google_would_not_take_is_refused_in_its_words(spec: Json, words: str) -> None:
    assert refused(book_of(["n", "a"], ["x", 1], ["y", 2]), pivot(spec)) == words


def test_what_a_pivot_table_shows_cannot_be_merged_and_is_not_written_over_what_stands_there() -> None:
    book = book_of(["n", "a"], ["x", 1], ["y", 2])
    change(book, pivot(SOURCE | {"rows": [GROUP], "values": [SUM]}))
    words = "You can't merge cells that are part of a pivot table."
    assert refused(book, {"mergeCells": {"range": grid(1, 5, 2, 8)}}) == words
    change(book, {"mergeCells": {"range": grid(1, 6, 2, 8)}})
    book.sheets[0].cells.enter(2, 5, "in the way")
    shown = Error("REF", "Array result was not expanded because it would overwrite data in F3.")
    book.results = None
    assert {place: result for place, result in results(book).items() if place[2] >= 4} == {(0, 0, 4): shown}


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        (1000, 0, "GridCoordinate.rowIndex[1000] is after last row in grid[999]"),
        (0, 30, "GridCoordinate.columnIndex[30] is after last column in grid[25]"),
    ],
)
def test_a_corner_that_is_not_on_the_grid_is_told_its_last_line(row: int, place: int, words: str) -> None:
    corner = {"sheetId": 0, "rowIndex": row, "columnIndex": place}
    spec = {
        "basicChart": {"chartType": "LINE", "series": [{"series": {"sourceRange": {"sources": [grid(0, 0, 9, 1)]}}}]}
    }
    chart = {"spec": spec, "position": {"overlayPosition": {"anchorCell": corner}}}
    assert refused(book_of([1]), {"addChart": {"chart": chart}}) == words
    assert (
        refused(book_of([1]), {"updateCells": {"start": corner, "rows": [{"values": [{}]}], "fields": "note"}}) == words
    )


# --- what goes, and what is not shown ------------------------------------------------------------------


def test_the_conditional_formats_over_a_table_go_with_it() -> None:
    book = book_of(["a", "b"], [1, 2], [3, 4])
    for part in (grid(0, 0, 3, 2), grid(1, 0, 9, 1)):
        rule = {"condition": {"type": "NOT_BLANK"}, "format": {"textFormat": {"bold": True}}}
        change(book, {"addConditionalFormatRule": {"rule": {"ranges": [part], "booleanRule": rule}}})
    [reply] = change(book, table())
    assert len(book.sheets[0].conditional_formats) == 2
    change(book, {"deleteTable": {"tableId": reply["addTable"]["table"]["tableId"]}})
    [left] = book.sheets[0].conditional_formats
    assert left["ranges"] == [grid(3, 0, 9, 1)]


def test_the_ends_of_a_colour_scale_keep_no_value_that_they_do_not_need() -> None:
    book = book_of([1])
    change(book, scale(minpoint={"type": "MIN", "value": "2"}, maxpoint={"type": "NUMBER", "value": "9"}))
    [rule] = book.sheets[0].conditional_formats
    assert rule["gradientRule"] == {"minpoint": {"type": "MIN"}, "maxpoint": {"type": "NUMBER", "value": "9"}}


def test_what_is_false_or_empty_in_a_validation_or_among_editors_is_not_shown(desk: Desk) -> None:
    rule = {"condition": {"type": "BOOLEAN", "values": []}, "strict": False, "showCustomUi": False, "inputMessage": ""}
    desk.change({"setDataValidation": {"range": grid(0, 0, 1, 1, 0), "rule": rule}})
    [shown] = desk.sheet("data.rowData.values.dataValidation")["data"][0]["rowData"][0]["values"]
    assert shown == {"dataValidation": {"condition": {"type": "BOOLEAN"}}}
    part = {"range": grid(0, 0, 1, 1, 0), "editors": {"users": [], "groups": [], "domainUsersCanEdit": False}}
    [reply] = desk.change({"addProtectedRange": {"protectedRange": part}})
    assert list(reply["addProtectedRange"]["protectedRange"]["editors"]) == ["users"]


# --- Drive ---------------------------------------------------------------------------------------------


@pytest.fixture
def google() -> Iterator[Web]:
    with web() as caller:
        yield caller


def test_the_folder_may_stand_behind_the_word_parents(google: Web) -> None:
    folder = google.ask("POST", FILES, {"name": "F", "mimeType": "application/vnd.google-apps.folder"})["id"]
    google.make("Inside", parents=[folder])
    found = google.ask("GET", FILES, q=f'trashed = false and parents in "{folder}"')["files"]
    assert [file["name"] for file in found] == ["Inside"]
    for query in ('parents in "gone"', "'gone' in parents"):
        assert google.refused("GET", FILES, q=query) == (404, "notFound")


def test_an_owner_is_first_offered_a_file_and_then_takes_it(google: Web) -> None:
    file = google.make("Report")
    body = {"type": "user", "role": "writer", "emailAddress": OTHER.email}
    number = google.ask("POST", f"{FILES}/{file}/permissions", body)["id"]
    place = f"{FILES}/{file}/permissions/{number}"
    take = {"role": "owner"}
    assert google.refused("PATCH", place, take, OTHER, transferOwnership="true") == (403, "insufficientFilePermissions")
    google.ask("PATCH", place, {"role": "writer", "pendingOwner": True})
    assert google.ask("GET", place, fields="pendingOwner,role") == {"role": "writer", "pendingOwner": True}
    google.ask("PATCH", place, take, OTHER, transferOwnership="true")
    listed = google.ask("GET", f"{FILES}/{file}/permissions", fields="permissions(emailAddress,role,pendingOwner)")
    roles = {one["emailAddress"]: (one["role"], one["pendingOwner"]) for one in listed["permissions"]}
    assert roles == {OWNER.email: ("writer", False), OTHER.email: ("owner", False)}
