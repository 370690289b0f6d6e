"""Cells copied, cut, filled on, sorted, replaced; blocks inserted and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.grid import Error
from tests.sandbox.google.books import Json, book_of, change, come_to, grid, held, refused

BOLD = {"textFormat": {"bold": True}}


def paste(source: Json, destination: Json, kind: str = "PASTE_NORMAL", turned: bool = False) -> Json:
    orientation = "TRANSPOSE" if turned else "NORMAL"
    return {
        "copyPaste": {
            "source": source,
            "destination": destination,
            "pasteType": kind,
            "pasteOrientation": orientation,
        }
    }


def cut(source: Json, row: int, column: int, sheet: int = 0, kind: str = "PASTE_NORMAL") -> Json:
    corner = {"sheetId": sheet, "rowIndex": row, "columnIndex": column}
    return {"cutPaste": {"source": source, "destination": corner, "pasteType": kind}}


def bold(part: Json) -> Json:
    return {"repeatCell": {"range": part, "cell": {"userEnteredFormat": BOLD}, "fields": "userEnteredFormat"}}


def test_values_are_pasted_without_formulas_and_formats_and_blanks_empty() -> None:
    book = book_of([1, "=A1*2", None, "old", "old", "old"], ["x", "=1/0", "y"])
    change(book, bold(grid(0, 0, 2, 2)), paste(grid(0, 0, 2, 3), grid(0, 3, 2, 6), "PASTE_VALUES"))
    assert held(book)[0] == [1, "=A1*2", None, 1, 2, None]
    assert held(book)[1][3] == "x"
    assert isinstance(held(book)[1][4], Error)
    assert book.sheets[0].cells.get(0, 3).format is None
    assert book.sheets[0].cells.get(0, 0).format == BOLD


def test_a_multiple_of_the_source_is_filled_with_repetitions() -> None:
    book = book_of([1, 2], ["=A1", "=$A$1"])
    change(book, paste(grid(0, 0, 2, 2), grid(2, 0, 6, 2)))
    assert held(book)[2:] == [[1, 2], ["=A3", "=$A$1"], [1, 2], ["=A5", "=$A$1"]]


def test_a_smaller_destination_does_not_hold_the_source_back() -> None:
    book = book_of([1, 2], [3, 4], [None, None, "note"])
    change(book, paste(grid(0, 0, 2, 2), grid(2, 1, 3, 2), "PASTE_VALUES"))
    assert held(book)[2:] == [[None, 1, 2], [None, 3, 4]]


def test_what_does_not_divide_is_pasted_once() -> None:
    book = book_of([1], [2])
    change(book, paste(grid(0, 0, 2, 1), grid(2, 0, 5, 1)))
    assert held(book) == [[1], [2], [1], [2]]


def test_blanks_of_the_source_empty_what_was_there() -> None:
    book = book_of([1, None, "a", "b"], [None, 2, "c", "d"])
    change(book, bold(grid(0, 3, 1, 4)), paste(grid(0, 0, 2, 2), grid(0, 2, 2, 4)))
    assert held(book) == [[1, None, 1, None], [None, 2, None, 2]]
    assert book.sheets[0].cells.get(0, 3).format is None


def test_formulas_are_replaced_by_their_values_in_place() -> None:
    book = book_of([2, "=A1*2", "=B1+1"])
    change(book, paste(grid(0, 0, 1, 3), grid(0, 0, 1, 3), "PASTE_VALUES"))
    assert held(book) == [[2, 4, 5]]


def test_a_transposed_paste_turns_rows_into_columns() -> None:
    book = book_of([1, 2, 3], [4, 5, 6])
    change(book, paste(grid(0, 0, 2, 3), grid(3, 0, 4, 1), turned=True))
    assert held(book)[3:] == [[1, 4, None], [2, 5, None], [3, 6, None]]


@pytest.mark.parametrize(
    ("kind", "kept"),
    [
        ("PASTE_NORMAL", ("=B1", True)),
        ("PASTE_FORMULA", ("=B1", False)),
        ("PASTE_FORMAT", ("there", True)),
        ("PASTE_DATA_VALIDATION", ("there", False)),
    ],
)
def test_each_kind_of_paste_brings_its_part(kind: str, kept: tuple[Any, bool]) -> None:
    book = book_of(["=A1", "there"])
    change(book, bold(grid(0, 0, 1, 1)), paste(grid(0, 0, 1, 1), grid(0, 1, 1, 2), kind))
    cell = book.sheets[0].cells.get(0, 1)
    assert (held(book)[0][1], cell.format == BOLD) == kept


def test_rules_and_merges_go_with_a_copy() -> None:
    book = book_of([1], [2])
    rule = {"condition": {"type": "NOT_BLANK"}, "format": BOLD}
    change(
        book,
        {"addConditionalFormatRule": {"rule": {"ranges": [grid(0, 0, 2, 1)], "booleanRule": rule}}},
        {"mergeCells": {"range": grid(0, 2, 1, 4), "mergeType": "MERGE_ALL"}},
        paste(grid(0, 0, 1, 4), grid(5, 0, 6, 4)),
    )
    sheet = book.sheets[0]
    assert [area_of(part).rows for part in sheet.conditional_formats[0]["ranges"]] == [(0, 2), (5, 6)]
    assert [area_of(part).rows for part in sheet.merges] == [(0, 1), (5, 6)]
    change(book, paste(grid(9, 0, 10, 1), grid(1, 0, 2, 1)))
    assert [area_of(part).rows for part in sheet.conditional_formats[0]["ranges"]] == [(0, 1), (5, 6)]


def test_a_paste_across_a_merge_is_refused() -> None:
    book = book_of([1, 2])
    change(book, {"mergeCells": {"range": grid(3, 0, 4, 3), "mergeType": "MERGE_ALL"}})
    words = "You can't perform a paste that partially intersects a merge."
    assert refused(book, paste(grid(0, 0, 1, 2), grid(3, 0, 4, 2), "PASTE_VALUES")) == words
    assert refused(book, paste(grid(0, 0, 1, 2), grid(0, 25, 1, 26))).startswith("Range (Sheet1) exceeds grid limits.")


def test_what_is_cut_is_followed() -> None:
    book = book_of([1, "=A1", "=SUM(A1:A2)"], [2], Other=[["=Sheet1!A1"]])
    change(book, cut(grid(0, 0, 2, 2), 4, 4))
    assert held(book) == [
        [None, None, "=SUM(E5:E6)", None, None, None],
        [None] * 6,
        [None] * 6,
        [None] * 6,
        [None, None, None, None, 1, "=E5"],
        [None, None, None, None, 2, None],
    ]
    assert held(book, 1) == [["=Sheet1!E5"]]
    change(book, cut(grid(4, 4, 6, 6), 0, 3, sheet=1))
    assert held(book) == [[None, None, "=SUM(Other!D1:D2)"]]
    assert held(book, 1) == [
        ["=D1", None, None, 1, "=D1"],
        [None] * 3 + [2, None],
    ]


def test_parts_go_along_to_another_sheet() -> None:
    book = book_of([1, 2], [3, 4], Other=[])
    rule = {"condition": {"type": "NOT_BLANK"}, "format": BOLD}
    change(
        book,
        {"addConditionalFormatRule": {"rule": {"ranges": [grid(0, 0, 2, 1), grid(5, 0, 6, 1)], "booleanRule": rule}}},
        {"addTable": {"table": {"range": grid(0, 0, 2, 2)}}},
        {"setBasicFilter": {"filter": {"range": grid(0, 0, 2, 2)}}},
        {"mergeCells": {"range": grid(3, 3, 4, 5, 1), "mergeType": "MERGE_ALL"}},
        cut(grid(0, 0, 2, 2), 3, 3, sheet=1),
    )
    first, other = book.sheets
    assert (first.tables, first.basic_filter, other.merges) == ([], None, [])
    assert [area_of(part["range"]).rows for part in (*other.tables, other.basic_filter)] == [(3, 5), (3, 5)]
    ranges = [[area_of(part).rows for part in sheet.conditional_formats[0]["ranges"]] for sheet in book.sheets]
    assert ranges == [[(5, 6)], [(3, 5)]]


def test_overlapping_cut_keeps_every_cell() -> None:
    book = book_of([1, 2, 3])
    change(book, cut(grid(0, 0, 1, 3), 0, 1))
    assert held(book) == [[None, 1, 2, 3]]


def test_cells_inserted_in_a_band_push_only_their_columns() -> None:
    book = book_of([1, "a", "=SUM(A1:A3)+B2"], [2, "b"], [3, "c"])
    change(book, {"insertRange": {"range": grid(1, 0, 2, 1), "shiftDimension": "ROWS"}})
    assert held(book) == [[1, "a", "=SUM(A1:A4)+B2"], [None, "b", None], [2, "c", None], [3, None, None]]
    change(book, {"deleteRange": {"range": grid(0, 0, 2, 1), "shiftDimension": "ROWS"}})
    assert held(book) == [[2, "a", "=SUM(A1:A2)+B2"], [3, "b", None], [None, "c", None]]
    change(book, {"deleteRange": {"range": grid(0, 0, 1, 1), "shiftDimension": "COLUMNS"}})
    assert held(book)[0] == ["a", "=SUM(A1:A2)+B2"]


def test_rows_are_sorted_whole_with_blanks_last() -> None:
    book = book_of(["b", 2, "=B1*10"], ["A", None, "=B2*10"], ["c", 10, "=B3*10"], [None, 1, "=B4*10"])
    change(book, {"sortRange": {"range": grid(0, 0, 4, 3), "sortSpecs": [{"dimensionIndex": 0}]}})
    assert held(book) == [["A", None, "=B1*10"], ["b", 2, "=B2*10"], ["c", 10, "=B3*10"], [None, 1, "=B4*10"]]
    specs = [{"dimensionIndex": 2, "sortOrder": "DESCENDING"}]
    change(book, {"sortRange": {"range": grid(0, 0, 4, 3), "sortSpecs": specs}})
    assert [line[1] for line in held(book)] == [10, 2, 1, None]


def test_numbers_come_before_texts_before_truths() -> None:
    book = book_of(["x"], [True], [5], [None], ["Y"], [-1])
    spec = {"range": grid(0, 0, 6, 1), "sortSpecs": [{"dimensionIndex": 0}]}
    change(book, {"sortRange": spec})
    assert [line[0] for line in held(book)] == [-1, 5, "x", "Y", True]
    change(book, {"sortRange": spec | {"sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]}})
    assert [line[0] for line in held(book)] == [True, "Y", "x", 5, -1]


def test_series_go_on_and_formulas_are_copied() -> None:
    book = book_of([1, "Mon", "=A1"], [3, "Tue", "=A2"])
    source = {"dimension": "ROWS", "fillLength": 2, "source": grid(0, 0, 2, 3)}
    change(book, {"autoFill": {"sourceAndDestination": source}})
    assert held(book)[2:] == [[5, "Mon", "=A3"], [7, "Tue", "=A4"]]
    change(book, {"autoFill": {"range": grid(0, 0, 6, 1)}})
    assert [line[0] for line in held(book)] == [1, 3, 5, 7, 9, 11]


def test_text_is_replaced_where_it_is_asked_for() -> None:
    book = book_of(["Deal one", "deal", 10], ['=A1&"deal"'])
    [reply] = change(book, {"findReplace": {"find": "deal", "replacement": r"a\1", "allSheets": True}})
    assert reply["findReplace"] == {"valuesChanged": 2, "rowsChanged": 1, "sheetsChanged": 1, "occurrencesChanged": 2}
    assert held(book) == [[r"a\1 one", r"a\1", 10], ['=A1&"deal"', None, None]]
    change(book, {"findReplace": {"find": "(1)0", "replacement": "$1", "searchByRegex": True, "sheetId": 0}})
    assert held(book)[0][2] == 1
    change(book, {"findReplace": {"find": "A1", "replacement": "B1", "includeFormulas": True, "sheetId": 0}})
    assert held(book)[1] == ['=B1&"deal"', None, None]
    [reply] = change(book_of(["  a   b "]), {"trimWhitespace": {"range": grid(0, 0, 1, 1)}})
    assert reply == {"trimWhitespace": {"cellsChangedCount": 1}}


def test_rows_said_twice_are_removed() -> None:
    book = book_of(["a", 1], ["b", 2], ["A", 1], ["c", 3], ["x"])
    [reply] = change(book, {"deleteDuplicates": {"range": grid(0, 0, 4, 2)}})
    assert reply == {"deleteDuplicates": {"duplicatesRemovedCount": 1}}
    assert held(book) == [["a", 1], ["b", 2], ["c", 3], [None, None], ["x", None]]
    for columns in ({"startIndex": 1}, {"startIndex": 1, "endIndex": 5}):
        book = book_of(["a", 1, "p"], ["b", 1, "q"])
        asked = {"range": grid(0, 0, 2, 2), "comparisonColumns": [columns]}
        change(book, {"deleteDuplicates": asked})
        assert held(book) == [["a", 1, "p"], [None, None, "q"]]


def test_pasted_formulas_compute_in_their_new_place() -> None:
    book = book_of([1, 10], [2, 20], ["=SUM(A1:A2)"])
    change(book, paste(grid(2, 0, 3, 1), grid(2, 1, 3, 2)))
    assert come_to(book, 2, 1) == 30
