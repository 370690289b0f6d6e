"""What formulas come to, and how errors are said."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.sandbox.google import calculation
from connector.sandbox.google.calculation import ONLY_GOOGLE, calculate
from connector.sandbox.google.grid import Error, Formula
from tests.sandbox.google.books import book_of, change, come_to, grid, lines
from tests.sandbox.google.desk import Desk

DEALS = [["Deal", "Owner", "Amount"], ["A", "Ann", 100], ["B", "Bob", 50], ["C", "Ann", 25.5]]


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("=SUM(C2:C)", 175.5),
        ("=SUM(C:C)/COUNT(C:C)", 58.5),
        ('=SUMIFS(C2:C,B2:B,"Ann")', 125.5),
        ('=XLOOKUP("B",A2:A4,C2:C4)', 50),
        ('=COUNTIF(B2:B4;"Ann")', 2),
        ("=LET(x,C2,x*2)", 200),
        ('=UPPER(A2)&"; "&TEXT(C4,"0.00")', "A; 25.50"),
        ("=C2>C3", True),
        ("=SUM({1,2;3,4})", 10),
        ('=INDIRECT("C2")', 100),
        ("=SUM(Amounts)", 175.5),
        ("=SUM(2:2)", 100),
        ("=TODAY()", 46348),
        ('=IFERROR(1/0,"none")', "none"),
        ("=D99", None),
        ("='Other sheet'!A1+1", 8),
    ],
)
def test_a_formula_comes_to_its_value(formula: str, result: object) -> None:
    book = book_of(*DEALS, **{"Other sheet": [[7]]})
    change(book, {"addNamedRange": {"namedRange": {"name": "Amounts", "range": grid(1, 2, 4, 3)}}})
    book.sheets[0].cells.enter(9, 9, Formula(formula))
    assert come_to(book, 9, 9) == result


@pytest.mark.parametrize(
    ("formula", "kind"),
    [
        ("=1/0", "DIVIDE_BY_ZERO"),
        ("=NA()", "N_A"),
        ('=VALUE("x")', "VALUE"),
        ("=SUM(#REF!)", "REF"),
        ("=Gone!A1", "REF"),
        ("=A2000", "REF"),
        ("=J10", "REF"),
        ("=NOTHING", "NAME"),
        ("=SUM((", "ERROR"),
        ("=", "ERROR"),
        ("=SQRT(-1)", "NUM"),
    ],
)
def test_an_error_is_an_error_not_a_text(formula: str, kind: str) -> None:
    book = book_of(*DEALS)
    book.sheets[0].cells.enter(9, 9, Formula(formula))
    result = come_to(book, 9, 9)
    assert isinstance(result, Error)
    assert result.type == kind


@pytest.mark.parametrize("name", ONLY_GOOGLE)
def test_functions_only_google_has_say_so(name: str) -> None:
    book = book_of([f"={name}(A2)"])
    result = come_to(book, 0, 0)
    assert isinstance(result, Error)
    assert result.type == "NAME"


def test_a_formula_may_fill_more_cells_than_its_own() -> None:
    book = book_of(*DEALS)
    book.sheets[0].cells.enter(0, 5, Formula('=FILTER(A2:A,B2:B="Ann")'))
    book.sheets[0].cells.enter(0, 6, Formula("=ARRAYFORMULA(C2:C4*2)"))
    found = calculate(book)
    assert [found.get((0, row, 5)) for row in range(3)] == ["A", "C", None]
    assert [found[0, row, 6] for row in range(3)] == [200, 100, 51]
    book.results = None
    book.sheets[0].cells.enter(1, 5, "in the way")
    blocked = calculate(book)[0, 0, 5]
    assert isinstance(blocked, Error)
    assert blocked.type == "REF"


def test_errors_and_texts_that_look_like_them_are_read_as_what_they_are() -> None:
    book = book_of(["#N/A", "=A1", "=ISERROR(A1)", "=ISERROR(E1)", Error("N_A")])
    assert [come_to(book, 0, column) for column in (1, 2, 3)] == ["#N/A", False, True]


def test_results_are_kept_until_something_changes() -> None:
    book = book_of([1, "=A1*2"])
    assert calculate(book)[0, 0, 1] == 2
    assert calculate(book) is calculate(book)
    draft = book.draft()
    draft.sheets[0].cells.enter(0, 0, 5)
    assert (calculate(draft)[0, 0, 1], calculate(book)[0, 0, 1]) == (10, 2)


def test_a_book_without_formulas_needs_no_engine() -> None:
    assert calculate(book_of([1, "text"])) == {}


def test_titles_that_no_workbook_may_have_are_computed_with() -> None:
    title = "It's [a] very/long: title? " + "x" * 60
    book = book_of(["=SUM('" + title.replace("'", "''") + "'!A1:A)"], **{title: [[3], [4]]})
    assert come_to(book, 0, 0) == 7


amounts = st.lists(st.integers(-1000, 1000), min_size=2, max_size=12)


@settings(max_examples=40, deadline=None)
@given(amounts, st.data())
def test_totals_stay_the_totals_of_what_is_left(amounts: list[int], data: st.DataObject) -> None:
    book = book_of(["=SUM(A2:A)", f"=SUM(A2:A{len(amounts) + 1})"], *[[amount] for amount in amounts])
    start = data.draw(st.integers(1, len(amounts)))
    end = data.draw(st.integers(start + 1, len(amounts) + 1))
    change(book, {"deleteDimension": {"range": lines("ROWS", start, end)}})
    left = amounts[: start - 1] + amounts[end - 1 :]
    change(book, {"insertDimension": {"range": lines("ROWS", 1, 3), "inheritFromBefore": True}})
    assert come_to(book, 0, 0) == sum(left)
    bounded = come_to(book, 0, 1)
    assert bounded == sum(left) if left else isinstance(bounded, Error)


def test_what_was_looked_at_on_the_way_is_not_shown_afterwards() -> None:
    desk = Desk()
    desk.put("Data!A1:A2", [[1], [2]])
    desk.put("Data!C1", [["=SUM(A1:A)"]], "USER_ENTERED")
    desk.ask("POST", "/values/Data!A1:A2:append?valueInputOption=RAW", {"values": [[10]]})
    assert desk.values("Data!C1") == [["13"]]
    number = desk.sheet("properties(sheetId)")["properties"].get("sheetId", 0)
    desk.change(
        {"autoResizeDimensions": {"dimensions": lines("COLUMNS", 0, 3, number)}},
        {"findReplace": {"find": "10", "replacement": "20", "allSheets": True}},
        {
            "copyPaste": {
                "source": grid(0, 2, 1, 3, number),
                "destination": grid(0, 3, 1, 4, number),
                "pasteType": "PASTE_VALUES",
            }
        },
    )
    assert desk.values("Data!C1:D1") == [["23", "23"]]


def test_the_functions_only_google_has_are_documented() -> None:
    page = (Path(calculation.__file__).parent / "SHEETS.md").read_text(encoding="utf-8")
    listed = page.partition("come to `#NAME?` here: ")[2].partition("`SORT`")[0]
    assert tuple(re.findall(r"`(\w+)`", listed)) == ONLY_GOOGLE
