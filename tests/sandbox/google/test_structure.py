"""Rows, columns and sheets inserted, deleted, moved and copied: everything that points at cells goes along."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Book
from connector.sandbox.google.calculation import results
from connector.sandbox.google.following import titles_of
from connector.sandbox.google.formulas import areas
from connector.sandbox.google.grid import Error, Formula
from connector.sandbox.google.sheet_copies import carried
from tests.sandbox.google.books import Json, book_of, change, grid, held, lines, refused

COLOUR = {"red": 1.0}
BAND = {"firstBandColorStyle": {"rgbColor": COLOUR}}
BOLD = {"textFormat": {"bold": True}}


def insert(dimension: str, start: int, end: int, before: bool = False, sheet: int = 0) -> Json:
    return {"insertDimension": {"range": lines(dimension, start, end, sheet), "inheritFromBefore": before}}


def delete(dimension: str, start: int, end: int, sheet: int = 0) -> Json:
    return {"deleteDimension": {"range": lines(dimension, start, end, sheet)}}


def move(dimension: str, start: int, end: int, to: int) -> Json:
    return {"moveDimension": {"source": lines(dimension, start, end), "destinationIndex": to}}


def sources(part: Json) -> Json:
    return {"sourceRange": {"sources": [part]}}


def chart(part: Json, anchor: tuple[int, int] = (0, 20)) -> Json:
    spec = {"basicChart": {"chartType": "LINE", "series": [{"series": sources(part)}]}}
    place = {"anchorCell": {"sheetId": 0, "rowIndex": anchor[0], "columnIndex": anchor[1]}}
    return {"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": place}}}}


def everything(part: Json) -> list[Json]:
    """Requests that make one of each thing that points at a range of one column."""
    rule = {"condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=$A$1>0"}]}, "format": BOLD}
    return [
        {"addNamedRange": {"namedRange": {"name": "deals", "range": part}}},
        {"addProtectedRange": {"protectedRange": {"range": part, "warningOnly": True}}},
        {"addConditionalFormatRule": {"rule": {"ranges": [part], "booleanRule": rule}}},
        {"addBanding": {"bandedRange": {"range": part, "rowProperties": BAND}}},
        {"addFilterView": {"filter": {"title": "Mine", "range": part}}},
        {"setBasicFilter": {"filter": {"range": part}}},
        {"addSlicer": {"slicer": {"spec": {"dataRange": part}, "position": {"overlayPosition": {}}}}},
        chart(part),
    ]


def pointed_at(book: Book) -> dict[str, Any]:
    """Where each of those points now; absent where it is gone."""
    sheet = book.sheets[0]
    found = {
        "name": [part["range"] for part in book.named_ranges if "range" in part],
        "protection": [part["range"] for part in sheet.protected_ranges],
        "rule": [part for rule in sheet.conditional_formats for part in rule["ranges"]],
        "banding": [part["range"] for part in sheet.banded_ranges],
        "view": [part["range"] for part in sheet.filter_views],
        "filter": [sheet.basic_filter["range"]] if sheet.basic_filter else [],
        "slicer": [part["spec"]["dataRange"] for part in sheet.slicers],
        "chart": [
            source
            for part in sheet.charts
            for series in part["spec"]["basicChart"]["series"]
            for source in series["series"]["sourceRange"]["sources"]
        ],
    }
    return {name: area_of(parts[0]) for name, parts in found.items() if parts}


def test_rows_inserted_before_the_last_of_a_range_make_it_grow_and_at_its_edge_do_not() -> None:
    book = book_of(["Amount"], [1], [2], ["=SUM(A2:A3)"])
    change(book, insert("ROWS", 2, 4, before=True))
    assert held(book) == [["Amount"], [1], [None], [None], [2], ["=SUM(A2:A5)"]]
    change(book, insert("ROWS", 5, 6, before=True))
    assert held(book)[-1] == ["=SUM(A2:A5)"]
    assert book.sheets[0].row_count == 1003


def test_inserted_rows_take_formats_and_sizes_of_the_row_before_or_after() -> None:
    book = book_of([1], [2])
    change(
        book,
        {"repeatCell": {"range": grid(0, 0, 1, 1), "cell": {"userEnteredFormat": BOLD}, "fields": "userEnteredFormat"}},
        {
            "updateDimensionProperties": {
                "range": lines("ROWS", 0, 1),
                "properties": {"pixelSize": 40},
                "fields": "pixelSize",
            }
        },
        insert("ROWS", 1, 2, before=True),
        insert("ROWS", 0, 1),
        insert("ROWS", 4, 5, before=True),
    )
    looks = [book.sheets[0].cells.get(row, 0).format for row in range(5)]
    assert [look is not None for look in looks] == [True, True, True, False, False]
    assert {row: shape["pixelSize"] for row, shape in book.sheets[0].row_properties.items()} == {0: 40, 1: 40, 2: 40}


def test_everything_follows_and_goes_with_its_cells() -> None:
    book = book_of(["=SUM(C3:C6)"])
    change(book, *everything(grid(2, 2, 6, 3)))
    change(book, insert("ROWS", 0, 2), insert("COLUMNS", 1, 2), delete("ROWS", 5, 6), move("COLUMNS", 3, 4, 10))
    assert held(book)[2][0] == "=SUM(J5:J7)"
    where = pointed_at(book)
    assert set(where) == {"name", "protection", "rule", "banding", "view", "filter", "slicer", "chart"}
    assert {part.rows for part in where.values()} == {(4, 7)}
    assert {part.columns for part in where.values()} == {(9, 10)}
    change(book, delete("ROWS", 4, 7))
    assert pointed_at(book) == {}
    assert held(book)[2][0] == "=SUM(#REF!)"
    sheet = book.sheets[0]
    assert [named["name"] for named in book.named_ranges] == ["deals"]
    assert [len(parts) for parts in (sheet.protected_ranges, sheet.conditional_formats, sheet.charts)] == [0, 0, 1]


steps = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "move"]),
        st.sampled_from(["ROWS", "COLUMNS"]),
        st.integers(0, 9),
        st.integers(1, 3),
        st.integers(0, 9),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_whatever_happens_all_that_point_at_the_same_cells_agree(steps: list[tuple[str, str, int, int, int]]) -> None:
    book = book_of()
    part = grid(3, 3, 6, 4)
    change(book, *everything(part))
    change(
        book,
        {"addSheet": {"properties": {"sheetId": 7, "title": "Elsewhere"}}},
        {
            "updateCells": {
                "range": grid(0, 0, 1, 1, 7),
                "rows": [{"values": [{"userEnteredValue": {"formulaValue": "=SUM(Sheet1!D4:D6)"}}]}],
                "fields": "userEnteredValue",
            }
        },
    )
    for kind, dimension, start, count, to in steps:
        made = {"insert": insert, "delete": delete}.get(kind)
        change(book, made(dimension, start, start + count) if made else move(dimension, start, start + count, to))
        formula = book.sheet(7).cells.value(0, 0)
        assert isinstance(formula, Formula)
        found = areas(formula.text, 7, titles_of(book))
        where = pointed_at(book)
        assert set(where.values()) == set(found)
        assert len(where) == (8 if found else 0)


SIDE = 5
"""Of a square of numbers that differ."""
edits = st.lists(
    st.tuples(
        st.sampled_from(["insert", "delete", "move", "push", "pull", "cut"]),
        st.sampled_from(["ROWS", "COLUMNS"]),
        st.integers(0, SIDE),
        st.integers(1, 2),
        st.integers(0, SIDE + 2),
    ),
    min_size=1,
    max_size=5,
)


def edit(kind: str, dimension: str, start: int, count: int, other: int, free_row: int) -> Json:
    """Return one change; blocks that are pushed, pulled or cut are as wide as they are long."""
    block = grid(start, other, start + count, other + count)
    if kind == "cut":
        corner = {"sheetId": 0, "rowIndex": free_row, "columnIndex": other}
        return {"cutPaste": {"source": block, "destination": corner}}
    if kind in {"push", "pull"}:
        name = "insertRange" if kind == "push" else "deleteRange"
        return {name: {"range": block, "shiftDimension": dimension}}
    if kind == "move":
        return move(dimension, start, start + count, other)
    return (insert if kind == "insert" else delete)(dimension, start, start + count)


@settings(max_examples=60, deadline=None)
@given(edits)
def test_who_watches_a_cell_sees_it_wherever_it_goes(edits: list[tuple[str, str, int, int, int]]) -> None:
    numbers = [[row * SIDE + column + 1 for column in range(SIDE)] for row in range(SIDE)]
    watching = [[f"=Sheet1!{'ABCDE'[column]}{row + 1}" for column in range(SIDE)] for row in range(SIDE)]
    book = book_of(*numbers, Watch=watching)
    for place, one in enumerate(edits):
        change(book, edit(*one, free_row=100 + 20 * place))
    seen = results(book)
    there = {value for line in held(book) for value in line if value is not None}
    for row in range(SIDE):
        for column in range(SIDE):
            if numbers[row][column] in there:
                assert seen[1, row, column] == numbers[row][column]
            else:
                assert seen[1, row, column] == Error("REF", "Reference does not exist")


def test_conditions_and_validations_keep_their_meaning() -> None:
    book = book_of([1], [2], [3])
    formula = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=$A2>B2"}]}
    listed = {"type": "ONE_OF_RANGE", "values": [{"userEnteredValue": "=Sheet1!$A$1:$A$3"}]}
    change(
        book,
        {
            "addConditionalFormatRule": {
                "rule": {"ranges": [grid(1, 0, 9, 1)], "booleanRule": {"condition": formula, "format": BOLD}}
            }
        },
        {"setDataValidation": {"range": grid(0, 3, 1, 4), "rule": {"condition": listed}}},
        insert("ROWS", 1, 2),
    )
    sheet = book.sheets[0]
    texts = [rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"] for rule in sheet.conditional_formats]
    assert texts == ["=$A3>B3"]
    validation = sheet.cells.get(0, 3).validation
    assert validation is not None
    assert validation["condition"]["values"][0]["userEnteredValue"] == "=Sheet1!$A$1:$A$4"
    change(book, delete("ROWS", 1, 4))
    rule = sheet.conditional_formats[0]
    assert rule["booleanRule"]["condition"]["values"][0]["userEnteredValue"] == "=$A2>B2"
    assert area_of(rule["ranges"][0]).rows == (1, 7)


def test_filters_and_tables_go_by_the_same_columns() -> None:
    book = book_of(["Deal", "Owner", "Amount"], ["A", "Ann", 1], ["B", "Bob", 2])
    criterion = {"columnIndex": 1, "filterCriteria": {"hiddenValues": ["Bob"]}}
    change(
        book,
        {"addFilterView": {"filter": {"range": grid(0, 0, 3, 3), "filterSpecs": [criterion]}}},
        {"addTable": {"table": {"name": "Deals", "range": grid(0, 0, 3, 3)}}},
        move("COLUMNS", 1, 2, 3),
        insert("COLUMNS", 1, 2),
        delete("COLUMNS", 0, 1),
    )
    sheet = book.sheets[0]
    assert [spec["columnIndex"] for spec in sheet.filter_views[0]["filterSpecs"]] == [2]
    assert [part["columnName"] for part in sheet.tables[0]["columnProperties"]] == ["Column 2", "Amount", "Owner"]
    assert [part["columnIndex"] for part in sheet.tables[0]["columnProperties"]] == [0, 1, 2]


def test_a_chart_stays_over_its_cell() -> None:
    book = book_of()
    change(book, chart(grid(0, 0, 3, 1), anchor=(8, 5)), insert("ROWS", 2, 4), delete("COLUMNS", 4, 7))
    place = book.sheets[0].charts[0]["position"]["overlayPosition"]["anchorCell"]
    assert place == {"sheetId": 0, "rowIndex": 10, "columnIndex": 4}


def test_merges_sizes_frozen_and_groups_follow() -> None:
    book = book_of()
    change(
        book,
        {"mergeCells": {"range": grid(2, 0, 4, 2), "mergeType": "MERGE_ALL"}},
        {"addDimensionGroup": {"range": lines("ROWS", 5, 8)}},
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "gridProperties": {"frozenRowCount": 2}},
                "fields": "gridProperties.frozenRowCount",
            }
        },
        insert("ROWS", 1, 2),
        insert("ROWS", 4, 5),
    )
    sheet = book.sheets[0]
    assert [area_of(merge).rows for merge in sheet.merges] == [(3, 6)]
    assert [(part["range"]["startIndex"], part["range"]["endIndex"]) for part in sheet.row_groups] == [(7, 10)]
    assert sheet.properties["gridProperties"]["frozenRowCount"] == 3
    change(book, delete("ROWS", 0, 5))
    assert "frozenRowCount" not in sheet.properties["gridProperties"]
    assert [area_of(merge).rows for merge in sheet.merges] == [(0, 1)]
    change(book, delete("COLUMNS", 1, 2))
    assert sheet.merges == []


def test_groups_nest_and_come_apart_as_google_describes() -> None:
    book = book_of()

    def groups() -> set[tuple[int, int, int]]:
        found = book.sheets[0].column_groups
        return {(part["range"]["startIndex"], part["range"]["endIndex"], part["depth"]) for part in found}

    change(book, *({"addDimensionGroup": {"range": lines("COLUMNS", *span)}} for span in ((1, 5), (2, 4))))
    assert groups() == {(1, 5, 1), (2, 4, 2)}
    change(book, {"deleteDimensionGroup": {"range": lines("COLUMNS", 3, 5)}})
    assert groups() == {(1, 4, 1), (2, 3, 2)}
    change(book, {"deleteDimensionGroup": {"range": lines("COLUMNS", 1, 4)}})
    change(book, {"deleteDimensionGroup": {"range": lines("COLUMNS", 2, 3)}})
    assert groups() == set()
    change(book, *({"addDimensionGroup": {"range": lines("COLUMNS", *span)}} for span in ((1, 4), (2, 5))))
    assert groups() == {(1, 5, 1), (2, 4, 2)}
    fold = {"range": lines("COLUMNS", 2, 4), "depth": 2, "collapsed": True}
    change(book, {"updateDimensionGroup": {"dimensionGroup": fold, "fields": "collapsed"}})
    assert book.sheets[0].column_properties == {2: {"hiddenByUser": True}, 3: {"hiddenByUser": True}}


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (
            insert("ROWS", 1000, 1001),
            "range.startIndex must be less than the grid size (1000) if inheritFromBefore is false.",
        ),
        (insert("ROWS", 1001, 1002, before=True), "range.startIndex is larger than current grid size (1000)"),
        (insert("ROWS", 0, 1, before=True), "inheritFromBefore cannot be true if inserting at the start of the grid."),
        (delete("ROWS", 0, 1000), "You can't delete all the rows on the sheet."),
        (delete("ROWS", 2, 1000), "Sorry, it is not possible to delete all non-frozen rows."),
        ({"deleteSheet": {"sheetId": 0}}, "You can't remove all the sheets in a document."),
        ({"deleteSheet": {"sheetId": 5}}, "No sheet with id: 5"),
        (move("ROWS", 0, 3, 2000), "destinationIndex[2000] and source must be within the grid size[1000]."),
        ({"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 0}}, "length must be greater than 0."),
        (
            {"appendDimension": {"sheetId": 0, "dimension": "ROWS", "length": 400_000}},
            "This action would increase the number of cells in the workbook above the limit of 10000000 cells.",
        ),
    ],
)
def test_what_google_refuses_is_refused(request_: Json, words: str) -> None:
    book = book_of([1])
    book.sheets[0].properties["gridProperties"]["frozenRowCount"] = 2
    assert refused(book, request_) == words


def test_a_deleted_sheet_leaves_broken_references() -> None:
    book = book_of(["=Data!A1+1", "='Data'!A:A"], Data=[[5]])
    change(
        book, chart(grid(0, 0, 3, 1, 1)), {"addNamedRange": {"namedRange": {"name": "x", "range": grid(0, 0, 1, 1, 1)}}}
    )
    change(book, {"deleteSheet": {"sheetId": 1}})
    assert held(book) == [["=#REF!+1", "=#REF!"]]
    assert book.sheets[0].charts[0]["spec"]["basicChart"]["series"] == []
    assert book.named_ranges[0].get("range") is None


def test_a_renamed_sheet_keeps_its_readers() -> None:
    book = book_of(["=Data!A1", "=SUM(Data!A1:A2)"], Data=[[5]])
    change(
        book,
        {"updateSheetProperties": {"properties": {"sheetId": 1, "title": "Raw data"}, "fields": "title"}},
    )
    assert held(book) == [["='Raw data'!A1", "=SUM('Raw data'!A1:A2)"]]


def test_a_shorter_sheet_loses_what_stood_there() -> None:
    book = book_of(["=SUM(A2:A9)", "=A900"])
    change(
        book,
        {
            "updateSheetProperties": {
                "properties": {"sheetId": 0, "gridProperties": {"rowCount": 5, "columnCount": 26}},
                "fields": "gridProperties",
            }
        },
    )
    assert held(book) == [["=SUM(A2:A5)", "=#REF!"]]
    assert book.sheets[0].row_count == 5


def test_a_duplicate_has_its_own_charts_names_and_metadata() -> None:
    book = book_of(["Amount", "=SUM(A2:A3)+Sheet1!A2"], [1], [2])
    change(
        book,
        chart(grid(0, 0, 3, 1)),
        {"addNamedRange": {"namedRange": {"name": "amounts", "range": grid(1, 0, 3, 1)}}},
        {"addProtectedRange": {"protectedRange": {"range": grid(0, 0, 1, 1), "warningOnly": True}}},
        {
            "createDeveloperMetadata": {
                "developerMetadata": {
                    "metadataKey": "slot",
                    "metadataValue": "0",
                    "visibility": "DOCUMENT",
                    "location": {"dimensionRange": lines("COLUMNS", 0, 1)},
                }
            }
        },
    )
    [reply] = change(book, {"duplicateSheet": {"sourceSheetId": 0, "newSheetId": 9, "insertSheetIndex": 1}})
    properties = reply["duplicateSheet"]["properties"]
    assert (properties["title"], properties["sheetId"], properties["index"]) == ("Copy of Sheet1", 9, 1)
    first, second = book.sheets
    assert held(book, 9) == held(book)
    assert second.charts[0]["chartId"] != first.charts[0]["chartId"]
    assert second.charts[0]["position"]["overlayPosition"]["anchorCell"]["sheetId"] == 9
    assert second.protected_ranges[0]["protectedRangeId"] != first.protected_ranges[0]["protectedRangeId"]
    assert [named["name"] for named in book.named_ranges] == ["amounts", "'Copy of Sheet1'!amounts"]
    assert [entry["location"]["dimensionRange"]["sheetId"] for entry in book.metadata] == [0, 9]
    assert len({entry["metadataId"] for entry in book.metadata}) == 2
    change(book, insert("ROWS", 0, 1, sheet=9))
    assert held(book)[0][1] == "=SUM(A2:A3)+Sheet1!A2"
    assert held(book, 9)[1][1] == "=SUM(A3:A4)+Sheet1!A2"


def test_a_sheet_carried_to_another_book_leaves_the_others_behind() -> None:
    book = book_of(["=A2+Other!A1", "=SUM(Sheet1!A2:A3)"], [1], Other=[[5]])
    change(
        book,
        chart(grid(1, 0, 3, 1)),
        {
            "createDeveloperMetadata": {
                "developerMetadata": {"metadataKey": "tab", "visibility": "DOCUMENT", "location": {"sheetId": 0}}
            }
        },
    )
    target = book_of(["mine"])
    fresh = carried(book, 0, target, "Copy of Sheet1")
    assert held(target, fresh.id) == [["=A2+#REF!", "=SUM(Sheet1!A2:A3)"], [1, None]]
    assert held(book)[0][0] == "=A2+Other!A1"
    [series] = fresh.charts[0]["spec"]["basicChart"]["series"]
    assert series["series"]["sourceRange"]["sources"][0]["sheetId"] == fresh.id
    assert [entry["location"]["sheetId"] for entry in target.metadata] == [fresh.id]
