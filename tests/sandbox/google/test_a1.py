"""Names of ranges are read and written as Google's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.sandbox.google.a1 import Reach, Rect, find_range, range_name, read_cells
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.defaults import new_book, sheet_properties
from connector.sandbox.google.refusals import Refused

TITLES = ("Data", "Q4 (draft)", "It's", "A1", "R1C1", "Лист1", "Wow! Such", "2026", "Wow")


@pytest.fixture(scope="module")
def book() -> Book:
    made = new_book("1", "Names")
    made.sheets = [Sheet(sheet_properties(number, title, 50, 8)) for number, title in enumerate(TITLES)]
    made.named_ranges = [{"name": "Quota", "range": {"sheetId": 2, "startRowIndex": 1, "endRowIndex": 3}}]
    corner = {"startRowIndex": 4, "endRowIndex": 5, "startColumnIndex": 0, "endColumnIndex": 1}
    made.named_ranges.append({"name": "Wow", "range": {"sheetId": 0, **corner}})
    return made


@pytest.mark.parametrize(
    ("text", "reach"),
    [
        ("A1", Reach(0, 0, 1, 1)),
        ("b3:C7", Reach(2, 1, 7, 3)),
        ("C7:B3", Reach(2, 1, 7, 3)),
        ("A:C", Reach(0, 0, None, 3)),
        ("2:4", Reach(1, 0, 4, None)),
        ("A5:A", Reach(4, 0, None, 1)),
        ("A1:1", Reach(0, 0, 1, None)),
        ("AA10", Reach(9, 26, 10, 27)),
        ("R2C3:R4C5", Reach(1, 2, 4, 5)),
        ("R2C3", Reach(1, 2, 2, 3)),
    ],
)
def test_ranges_are_read(text: str, reach: Reach) -> None:
    assert read_cells(text) == reach


@pytest.mark.parametrize("text", ["", "A", "7", ":", "A1:", ":B2", "A0", "$A$1", "A1:B2:C3", "ABCD1", "R0C1", "1A"])
def test_what_is_no_range_is_none(text: str) -> None:
    assert read_cells(text) is None


@pytest.mark.parametrize(
    ("text", "title", "rect"),
    [
        ("Data!A1:B2", "Data", Rect(0, 0, 2, 2)),
        ("data!A1:B2", "Data", Rect(0, 0, 2, 2)),
        ("'It''s'!C:C", "It's", Rect(0, 2, 50, 3)),
        ("'Q4 (draft)'", "Q4 (draft)", Rect(0, 0, 50, 8)),
        ("A1", "Data", Rect(0, 0, 1, 1)),
        ("'A1'!A1", "A1", Rect(0, 0, 1, 1)),
        ("'A1'", "A1", Rect(0, 0, 50, 8)),
        ("'Wow! Such'!A2", "Wow! Such", Rect(1, 0, 2, 1)),
        ("Quota", "It's", Rect(1, 0, 3, 8)),
        ("Data!quota", "It's", Rect(1, 0, 3, 8)),
        ("'Лист1'!Quota", "It's", Rect(1, 0, 3, 8)),
        ("Data", "Data", Rect(0, 0, 50, 8)),
        ("Wow", "Data", Rect(4, 0, 5, 1)),
        ("'Wow'", "Wow", Rect(0, 0, 50, 8)),
        ("Wow!A1", "Wow", Rect(0, 0, 1, 1)),
        ("Data!H40:Z999", "Data", Rect(39, 7, 50, 8)),
    ],
)
def test_names_are_found_in_a_spreadsheet(book: Book, text: str, title: str, rect: Rect) -> None:
    sheet, found = find_range(book, text)
    assert (sheet.title, found) == (title, rect)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Nowhere!A1", "Unable to parse range: Nowhere!A1"),
        ("Data!", "Unable to parse range: Data!"),
        ("Data!$A$1", r"Unable to parse range: Data!\$A\$1"),
        ("nothing", "Unable to parse range: nothing"),
        ("Nowhere!Quota", "Unable to parse range: Nowhere!Quota"),
        ("'Quota'", "Unable to parse range: 'Quota'"),
        ("Data!nothing", "Unable to parse range: Data!nothing"),
        ("Data!A51", r"Range \(Data!A51\) exceeds grid limits. Max rows: 50, max columns: 8"),
        ("Data!ZZ1:ZZ2", r"Range \(Data!ZZ1:ZZ2\) exceeds grid limits. Max rows: 50, max columns: 8"),
    ],
)
def test_what_is_not_there_is_refused_in_googles_words(book: Book, text: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        find_range(book, text)


def test_a_range_without_a_title_means_the_first_sheet_that_is_shown(book: Book) -> None:
    draft = book.draft()
    draft.sheets[0].properties["hidden"] = True
    assert find_range(draft, "A1")[0].title == "Q4 (draft)"


@given(st.sampled_from(TITLES), st.integers(0, 49), st.integers(0, 7), st.integers(1, 50), st.integers(1, 8))
def test_a_written_name_is_read_as_what_it_names(title: str, top: int, left: int, height: int, width: int) -> None:
    held = new_book("1", "Names")
    held.sheets = [Sheet(sheet_properties(number, one, 50, 8)) for number, one in enumerate(TITLES)]
    sheet = held.sheet_titled(title)
    assert sheet is not None
    rect = Rect(top, left, min(50, top + height), min(8, left + width))
    assert find_range(held, range_name(sheet, rect)) == (sheet, rect)
