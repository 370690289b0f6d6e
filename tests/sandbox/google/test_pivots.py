"""Pivot tables are computed as Google lays them out."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.google.book import Book
from connector.sandbox.google.calculation import results
from connector.sandbox.google.grid import Error
from tests.sandbox.google.books import Json, book_of, change, grid, lines

DEALS = [
    ["Region", "Owner", "Amount"],
    ["North", "Ann", 100],
    ["South", "Bob", 50],
    ["North", "Bob", 25],
    ["South", "Ann", None],
    ["North", "Ann", 10],
]


def group(offset: int, **others: Any) -> Json:
    return {"sourceColumnOffset": offset, "sortOrder": "ASCENDING", "showTotals": True} | others


def value(offset: int, function: str = "SUM", **others: Any) -> Json:
    return {"sourceColumnOffset": offset, "summarizeFunction": function} | others


def pivot(book: Book, spec: Json, row: int = 0, column: int = 5) -> list[list[Any]]:
    """Put a pivot table and return what it shows."""
    source = grid(0, 0, 6, 3)
    cell = {"pivotTable": {"source": source} | spec}
    start = {"sheetId": 0, "rowIndex": row, "columnIndex": column}
    change(book, {"updateCells": {"start": start, "rows": [{"values": [cell]}], "fields": "pivotTable"}})
    return shown(book, column)


def shown(book: Book, left: int = 5) -> list[list[Any]]:
    found = {place[1:]: result for place, result in results(book).items() if place[2] >= left}
    bottom, right = max(row for row, _ in found) + 1, max(column for _, column in found) + 1
    return [[found.get((row, column)) for column in range(left, right)] for row in range(bottom)]


def test_one_group_by_rows_with_its_total() -> None:
    assert pivot(book_of(*DEALS), {"rows": [group(0)], "values": [value(2), value(2, "COUNTA")]}) == [
        ["Region", "SUM of Amount", "COUNTA of Amount"],
        ["North", 135, 3],
        ["South", 50, 1],
        ["Grand Total", 185, 4],
    ]


def test_rows_and_columns_with_totals_on_both_sides() -> None:
    assert pivot(book_of(*DEALS), {"rows": [group(0)], "columns": [group(1)], "values": [value(2)]}) == [
        ["SUM of Amount", "Owner", None, None],
        ["Region", "Ann", "Bob", "Grand Total"],
        ["North", 110, 25, 135],
        ["South", 0, 50, 50],
        ["Grand Total", 110, 75, 185],
    ]


def test_groups_within_groups_have_subtotals() -> None:
    assert pivot(book_of(*DEALS), {"rows": [group(0), group(1)], "values": [value(2, name="Total")]}) == [
        ["Region", "Owner", "Total"],
        ["North", "Ann", 110],
        [None, "Bob", 25],
        ["North Total", None, 135],
        ["South", "Ann", 0],
        [None, "Bob", 50],
        ["South Total", None, 50],
        ["Grand Total", None, 185],
    ]


def test_totals_that_are_not_asked_for_are_not_shown() -> None:
    spec = {"rows": [group(0, showTotals=False), group(1, repeatHeadings=True)], "values": [value(2)]}
    spec["rows"][0]["repeatHeadings"] = True
    assert [line[:2] for line in pivot(book_of(*DEALS), spec)[1:]] == [
        ["North", "Ann"],
        ["North", "Bob"],
        ["South", "Ann"],
        ["South", "Bob"],
    ]


def test_several_values_by_columns_have_their_names_below() -> None:
    spec = {"rows": [group(0, showTotals=False)], "columns": [group(1)], "values": [value(2), value(2, "COUNT")]}
    assert pivot(book_of(*DEALS), spec) == [
        [None, "Owner", None, None, None, None, None],
        [None, "Ann", None, "Bob", None, "Grand Total", None],
        ["Region", *["SUM of Amount", "COUNT of Amount"] * 3],
        ["North", 110, 2, 25, 1, 135, 3],
        ["South", 0, 0, 50, 1, 50, 1],
    ]


def test_filters_orders_and_shares() -> None:
    spec = {
        "rows": [group(1, sortOrder="DESCENDING", showTotals=False)],
        "values": [value(2, calculatedDisplayType="PERCENT_OF_GRAND_TOTAL")],
        "filterSpecs": [{"columnOffsetIndex": 0, "filterCriteria": {"visibleValues": ["North"]}}],
    }
    assert pivot(book_of(*DEALS), spec) == [["Owner", "SUM of Amount"], ["Bob", 25 / 135], ["Ann", 110 / 135]]
    by_value = {"rows": [group(1, valueBucket={"valuesIndex": 0}, showTotals=False)], "values": [value(2)]}
    assert [line[0] for line in pivot(book_of(*DEALS), by_value)[1:]] == ["Bob", "Ann"]


CUSTOM = {"formula": "=SUM(Amount)", "summarizeFunction": "CUSTOM"}


def test_each_function_is_what_it_says() -> None:
    functions = ("SUM", "COUNT", "COUNTA", "COUNTUNIQUE", "AVERAGE", "MAX", "MIN", "MEDIAN", "PRODUCT")
    found = pivot(book_of(*DEALS), {"rows": [group(0)], "values": [value(2, each) for each in functions]})
    assert found[1][1:] == [135, 3, 3, 3, 45, 100, 10, 25, 25000]
    custom = pivot(book_of(*DEALS), {"rows": [group(0)], "values": [CUSTOM]})
    assert isinstance(custom[1][1], Error)


def test_a_pivot_follows_its_source_and_feeds_formulas() -> None:
    book = book_of(*DEALS)
    pivot(book, {"rows": [group(0, showTotals=False)], "values": [value(2)]})
    formula = {"values": [{"userEnteredValue": {"formulaValue": "=SUM(G2:G)"}}]}
    start = {"sheetId": 0, "rowIndex": 9, "columnIndex": 0}
    change(
        book,
        {"updateCells": {"start": start, "rows": [formula], "fields": "userEnteredValue"}},
        {"insertDimension": {"range": lines("ROWS", 5, 6)}},
        {"insertDimension": {"range": lines("COLUMNS", 1, 2)}},
        {"deleteDimension": {"range": lines("ROWS", 1, 2)}},
    )
    spec = book.sheets[0].cells.get(0, 6).pivot
    assert spec is not None
    assert spec["values"][0]["sourceColumnOffset"] == 3
    assert shown(book, 6) == [["Region", "SUM of Amount"], ["North", 35], ["South", 50]]
    assert results(book)[0, 9, 0] == 85


def test_a_column_that_the_source_has_not_is_an_error() -> None:
    [[found]] = pivot(book_of(*DEALS), {"rows": [group(0)], "values": [value(7)]})
    assert isinstance(found, Error)


def test_what_stands_in_the_way_is_not_covered() -> None:
    book = book_of(*DEALS)
    book.sheets[0].cells.enter(2, 6, "mine")
    found = pivot(book, {"rows": [group(0)], "values": [value(2)]})
    assert isinstance(found[0][0], Error)
    assert len(found) == 1


deals = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ab"), st.integers(-9, 9)), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(deals)
def test_totals_are_the_sums_of_their_parts(deals: list[tuple[str, str, int]]) -> None:
    book = book_of(["R", "C", "V"], *[list(deal) for deal in deals])
    found = pivot(book, {"rows": [group(0)], "columns": [group(1)], "values": [value(2)]})
    width = len({deal[1] for deal in deals})
    for line in found[2:]:
        row = [deal for deal in deals if line[0] in {deal[0], "Grand Total"}]
        assert line[-1] == sum(deal[2] for deal in row)
        assert sum(number or 0 for number in line[1 : width + 1]) == line[-1]
