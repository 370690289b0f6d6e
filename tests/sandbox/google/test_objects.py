"""Charts, slicers, rules, bandings, protected ranges, named ranges, filter views and tables."""

from __future__ import annotations

from typing import Any

import pytest

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.protection import PROTECTED, as_seen
from tests.sandbox.google.books import OTHER, OWNER, Json, book_of, change, grid, held, lines, refused

BOLD = {"textFormat": {"bold": True}}


def data(*parts: Json) -> Json:
    return {"sourceRange": {"sources": list(parts)}}


def basic(kind: str = "COLUMN", **others: Any) -> Json:
    chart = {
        "chartType": kind,
        "domains": [{"domain": data(grid(0, 0, 5, 1))}],
        "series": [{"series": data(grid(0, 1, 5, 2))}],
    }
    return {"basicChart": chart | others}


def add(spec: Json, **others: Any) -> Json:
    return {"addChart": {"chart": {"spec": spec, "position": {"overlayPosition": {}}} | others}}


GOOD: dict[str, Json] = {
    "columns": basic(),
    "several sources": basic(
        domains=[{"domain": data(grid(0, 0, 5, 1), grid(9, 0, 12, 1))}],
        series=[{"series": data(grid(0, 1, 5, 2), grid(9, 3, 12, 4))}],
    ),
    "rows": basic(domains=[], series=[{"series": data(grid(0, 0, 1, 9))}]),
    "one cell": {"scorecardChart": {"keyValueData": data(grid(0, 0, 1, 1))}},
    "pie": {"pieChart": {"domain": data(grid(0, 0, 5, 1)), "series": data(grid(0, 1, 5, 2))}},
    "waterfall": {
        "waterfallChart": {"domain": {"data": data(grid(0, 0, 5, 1))}, "series": [{"data": data(grid(0, 1, 5, 2))}]}
    },
    "open": basic(domains=[], series=[{"series": data({"startColumnIndex": 0, "endColumnIndex": 1})}]),
    "combo": basic("COMBO", series=[{"series": data(grid(0, 1, 5, 2)), "type": "LINE", "targetAxis": "RIGHT_AXIS"}]),
}
BAD: dict[str, Json] = {
    "no kind": {"title": "x"},
    "two kinds": basic() | {"pieChart": {}},
    "no series": basic(series=[]),
    "two columns wide": basic(series=[{"series": data(grid(0, 1, 5, 3))}]),
    "unknown sheet": basic(series=[{"series": data(grid(0, 1, 5, 2, 44))}]),
    "other count of sources": basic(series=[{"series": data(grid(0, 1, 3, 2), grid(3, 1, 5, 2))}]),
    "across and down": basic(domains=[], series=[{"series": data(grid(0, 1, 5, 2), grid(0, 1, 1, 9))}]),
    "off the grid": basic(series=[{"series": data(grid(2000, 1, 2005, 2))}]),
    "no source": basic(series=[{"series": data()}]),
    "no type": {"basicChart": {"series": [{"series": data(grid(0, 1, 5, 2))}]}},
    "two domains": basic(domains=[{"domain": data(grid(0, 0, 5, 1))}] * 2),
    "a line in columns": basic(series=[{"series": data(grid(0, 1, 5, 2)), "type": "LINE"}]),
    "wrong axis": basic("BAR", series=[{"series": data(grid(0, 1, 5, 2)), "targetAxis": "LEFT_AXIS"}]),
    "candle without lows": {"candlestickChart": {"domain": {"data": data(grid(0, 0, 5, 1))}, "data": [{}]}},
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_chart_is_added(name: str) -> None:
    book = book_of([1])
    [reply] = change(book, add(GOOD[name]))
    chart = reply["addChart"]["chart"]
    assert chart["chartId"] == book.sheets[0].charts[0]["chartId"]
    assert chart["position"]["overlayPosition"]["widthPixels"] == 600


@pytest.mark.parametrize("name", BAD)
def test_a_chart_google_would_not_draw_is_refused(name: str) -> None:
    assert refused(book_of([1]), add(BAD[name]))


def test_a_chart_is_replaced_moved_and_deleted() -> None:
    book = book_of([1], Other=[])
    change(book, add(basic(), chartId=7))
    assert refused(book, add(basic(), chartId=7)) == "An object with id 7 already exists."
    change(book, {"updateChartSpec": {"chartId": 7, "spec": GOOD["pie"]}})
    assert "basicChart" not in book.sheets[0].charts[0]["spec"]
    assert refused(book, {"updateChartSpec": {"chartId": 8, "spec": GOOD["pie"]}}) == "No chart with id: 8"
    place = {"overlayPosition": {"anchorCell": {"sheetId": 1, "rowIndex": 3}, "widthPixels": 300}}
    [reply] = change(book, {"updateEmbeddedObjectPosition": {"objectId": 7, "newPosition": place, "fields": "*"}})
    assert reply["updateEmbeddedObjectPosition"]["position"]["overlayPosition"]["widthPixels"] == 300
    assert (len(book.sheets[0].charts), len(book.sheets[1].charts)) == (0, 1)
    change(book, {"deleteEmbeddedObject": {"objectId": 7}})
    assert book.sheets[1].charts == []
    assert refused(book, {"deleteEmbeddedObject": {"objectId": 7}}) == "No embedded object with id: 7"


def test_a_chart_may_have_a_sheet_of_its_own() -> None:
    book = book_of([1])
    [reply] = change(book, add(basic(), position={"newSheet": True}, chartId=3))
    assert [sheet.title for sheet in book.sheets] == ["Sheet1", "Chart1"]
    assert reply["addChart"]["chart"]["position"] == {"sheetId": book.sheets[1].id}
    change(book, {"deleteEmbeddedObject": {"objectId": 3}})
    assert len(book.sheets) == 1


def rule(condition: Json, *parts: Json) -> Json:
    return {"ranges": list(parts) or [grid(0, 0, 5, 1)], "booleanRule": {"condition": condition, "format": BOLD}}


def test_rules_are_kept_in_their_order() -> None:
    book = book_of([1])
    first, second = rule({"type": "BLANK"}), rule({"type": "NOT_BLANK"})
    change(book, *({"addConditionalFormatRule": {"rule": each, "index": 0}} for each in (first, second)))
    assert book.sheets[0].conditional_formats == [second, first]
    change(book, {"updateConditionalFormatRule": {"sheetId": 0, "index": 0, "newIndex": 1}})
    assert book.sheets[0].conditional_formats == [first, second]
    [reply] = change(book, {"updateConditionalFormatRule": {"index": 1, "rule": first}})
    assert reply["updateConditionalFormatRule"]["oldRule"]["booleanRule"] == second["booleanRule"]
    change(book, {"deleteConditionalFormatRule": {"sheetId": 0, "index": 0}})
    assert len(book.sheets[0].conditional_formats) == 1
    words = "No conditional format on sheet: 0 at index: 4"
    assert refused(book, {"deleteConditionalFormatRule": {"sheetId": 0, "index": 4}}) == words


@pytest.mark.parametrize(
    "bad",
    [
        {"ranges": [], "booleanRule": {"condition": {"type": "BLANK"}}},
        {"ranges": [grid(0, 0, 1, 1)]},
        rule({"type": "NUMBER_GREATER"}),
        rule({"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "x"}]}),
        rule({"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "A1>2"}]}),
        rule({"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=Other!A1>2"}]}),
        rule({"type": "BLANK"}, grid(0, 0, 1, 1), grid(0, 0, 1, 1, 1)),
        {"ranges": [grid(0, 0, 1, 1)], "gradientRule": {"minpoint": {"type": "MIN"}}},
        {
            "ranges": [grid(0, 0, 1, 1)],
            "gradientRule": {"minpoint": {"type": "MIN"}, "maxpoint": {"type": "NUMBER"}},
        },
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(bad: Json) -> None:
    assert refused(book_of([1], Other=[]), {"addConditionalFormatRule": {"rule": bad}})


def test_alternating_colours_do_not_overlap() -> None:
    book = book_of([1])
    band = {"bandedRangeId": 5, "range": grid(0, 0, 5, 2), "rowProperties": {"firstBandColor": {"red": 1}}}
    change(book, {"addBanding": {"bandedRange": band}})
    again = {"addBanding": {"bandedRange": band | {"bandedRangeId": 6}}}
    assert refused(book, again).startswith("You cannot add alternating background colors")
    larger = {"bandedRange": {"bandedRangeId": 5, "range": grid(0, 0, 9, 2)}, "fields": "range"}
    change(book, {"updateBanding": larger})
    assert area_of(book.sheets[0].banded_ranges[0]["range"]).rows == (0, 9)
    change(book, {"deleteBanding": {"bandedRangeId": 5}})
    assert book.sheets[0].banded_ranges == []


def write(part: Json) -> Json:
    return {"updateCells": {"range": part, "rows": [], "fields": "userEnteredValue"}}


def test_a_range_protected_by_someone_else_cannot_be_written() -> None:
    book = book_of(["a", "b"], ["c", "d"])
    part = {"range": grid(0, 0, 2, 1), "unprotectedRanges": [grid(1, 0, 2, 1)], "protectedRangeId": 4}
    change(book, {"addProtectedRange": {"protectedRange": part}})
    paste = {"source": grid(0, 1, 1, 2), "destination": grid(0, 0, 1, 1)}
    for request in (
        write(grid(0, 0, 1, 2)),
        {"copyPaste": paste},
        {"deleteDimension": {"range": lines("ROWS", 0, 1)}},
        {"sortRange": {"range": grid(0, 0, 2, 2), "sortSpecs": []}},
        {"deleteProtectedRange": {"protectedRangeId": 4}},
        {"updateProtectedRange": {"protectedRange": part | {"warningOnly": True}, "fields": "warningOnly"}},
    ):
        assert refused(book, request, user=OTHER) == PROTECTED
    change(book, write(grid(1, 0, 2, 2)), user=OTHER)
    assert held(book) == [["a", "b"]]
    change(book, write(grid(0, 0, 1, 1)), user=OWNER)
    assert held(book) == [[None, "b"]]


def test_editors_may_write_and_a_warning_stops_nobody() -> None:
    book = book_of(["a"], ["b"])
    change(
        book,
        {"addProtectedRange": {"protectedRange": {"range": grid(0, 0, 1, 1), "editors": {"users": [OTHER]}}}},
        {"addProtectedRange": {"protectedRange": {"range": grid(1, 0, 2, 1), "warningOnly": True}}},
    )
    change(book, write(grid(0, 0, 2, 1)), user=OTHER)
    assert held(book) == []
    part = book.sheets[0].protected_ranges[0]
    assert part["editors"]["users"] == [OTHER, OWNER]
    assert as_seen(book, part, OTHER)["requestingUserCanEdit"] is True
    stranger = as_seen(book, part, "third@example.com")
    assert "editors" not in stranger
    assert "requestingUserCanEdit" not in stranger


def test_the_owner_may_write_what_somebody_else_protected() -> None:
    book = book_of(["a"])
    change(book, {"addProtectedRange": {"protectedRange": {"range": grid(0, 0, 1, 1)}}}, user=OTHER)
    assert refused(book, write(grid(0, 0, 1, 1)), user="third@example.com") == PROTECTED
    change(book, write(grid(0, 0, 1, 1)), user=OTHER)
    change(book, write(grid(0, 0, 1, 1)), user=OWNER)


def test_protection_goes_by_a_named_range() -> None:
    book = book_of(["a"])
    name = {"namedRangeId": "n1", "name": "kept", "range": grid(0, 0, 1, 1)}
    change(book, {"addNamedRange": {"namedRange": name}})
    change(book, {"addProtectedRange": {"protectedRange": {"namedRangeId": "n1"}}})
    change(book, {"insertDimension": {"range": lines("ROWS", 0, 1)}})
    assert refused(book, write(grid(1, 0, 2, 1)), user=OTHER) == PROTECTED
    change(book, write(grid(0, 0, 1, 1)), user=OTHER)


def test_named_ranges_are_unique_well_named_and_renamed_in_formulas() -> None:
    book = book_of([1, '=SUM(deals)&"deals"&mydeals'])
    change(book, {"addNamedRange": {"namedRange": {"namedRangeId": "1", "name": "deals", "range": grid(0, 0, 1, 1)}}})
    for name in ("Deals", "A1", "R1C1", "two words", "1st", "true", "", "x" * 251):
        assert refused(book, {"addNamedRange": {"namedRange": {"name": name, "range": grid(0, 0, 1, 1)}}})
    new = {"namedRangeId": "1", "name": "won_deals", "range": grid(0, 0, 3, 1)}
    change(book, {"updateNamedRange": {"namedRange": new, "fields": "name,range"}})
    assert held(book) == [[1, '=SUM(won_deals)&"deals"&mydeals']]
    assert area_of(book.named_ranges[0]["range"]).rows == (0, 3)
    change(book, {"deleteNamedRange": {"namedRangeId": "1"}})
    assert book.named_ranges == []


def test_a_table_names_its_columns_by_their_headings() -> None:
    book = book_of(["Deal", None], ["A", 1], ["below"])
    columns = [{"columnIndex": 1, "columnName": "Amount", "columnType": "DOUBLE"}]
    table = {"tableId": "t", "name": "Deals", "range": grid(0, 0, 2, 2), "columnProperties": columns}
    change(book, {"addTable": {"table": table}})
    assert held(book)[0] == ["Deal", "Amount"]
    assert [part["columnName"] for part in book.sheets[0].tables[0]["columnProperties"]] == ["Deal", "Amount"]
    assert (
        refused(book, {"addTable": {"table": table | {"tableId": "u", "name": "Other"}}}) == "Tables may not overlap."
    )
    change(book, {"updateTable": {"table": {"tableId": "t", "range": grid(0, 0, 3, 2)}, "fields": "range"}})
    assert area_of(book.sheets[0].tables[0]["range"]).rows == (0, 3)
    change(book, {"deleteTable": {"tableId": "t"}})
    assert (held(book), book.sheets[0].tables) == ([], [])


def test_filter_views_and_slicers_come_and_go() -> None:
    book = book_of(["Deal", "Owner"], ["A", "Ann"])
    view = {"filterViewId": 3, "title": "Mine", "range": grid(0, 0, 2, 2)}
    change(book, {"addFilterView": {"filter": view}})
    [reply] = change(book, {"duplicateFilterView": {"filterId": 3}})
    assert reply["duplicateFilterView"]["filter"]["title"] == "Copy of Mine"
    change(book, {"updateFilterView": {"filter": view | {"title": "Ours"}, "fields": "title"}})
    assert [part["title"] for part in book.sheets[0].filter_views] == ["Ours", "Copy of Mine"]
    wrong = {"filterSpecs": [{"columnIndex": 5, "filterCriteria": {}}], "range": grid(0, 0, 2, 2)}
    assert "outside of the filter" in refused(book, {"addFilterView": {"filter": wrong}})
    change(book, {"deleteFilterView": {"filterId": 3}})
    spec = {"dataRange": grid(0, 0, 2, 2), "columnIndex": 1}
    slicer = {"slicerId": 8, "spec": spec, "position": {"overlayPosition": {}}}
    change(book, {"addSlicer": {"slicer": slicer}})
    change(book, {"updateSlicerSpec": {"slicerId": 8, "spec": {"title": "Owner"}, "fields": "title"}})
    assert book.sheets[0].slicers[0]["spec"] == spec | {"title": "Owner"}
    change(book, {"deleteEmbeddedObject": {"objectId": 8}})
    assert book.sheets[0].slicers == []


def test_validation_is_set_and_taken_away() -> None:
    book = book_of([1])
    listed = {"condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "a"}]}, "strict": True}
    change(book, {"setDataValidation": {"range": grid(0, 0, 2, 1), "rule": listed}})
    assert book.sheets[0].cells.get(1, 0).validation == listed
    change(book, {"setDataValidation": {"range": grid(0, 0, 2, 1)}})
    assert book.sheets[0].cells.get(1, 0).validation is None
    assert refused(book, {"setDataValidation": {"range": grid(0, 0, 1, 1), "rule": {"condition": {}}}})
