"""What a spreadsheet remembers for us, and the plain form of values."""

from __future__ import annotations

import json
import math

import pytest

from connector.deliver.sheets import metadata
from connector.deliver.sheets.cells import Formula, cell, digest, held, plain, same, shown
from connector.deliver.sheets.layout import Scalar
from connector.deliver.sheets.metadata import ColumnRecord, RegionRecord, ReportRecord, RowMark, Slot, TabRecord
from connector.deliver.sheets.places import a1, free_title, letters, on_tab, range_name, runs
from connector.errors import UserError


def wide(columns: int, rows: int) -> TabRecord:
    known = tuple(ColumnRecord(f"created_date:{number}", "abcd", "efgh") for number in range(columns))
    region = RegionRecord(known, ("lost",), 3, 1, None, rows, "d" * 16, "wxyz" * rows)
    return TabRecord("tab", 7, "Title", False, {"r": region, "strip": RegionRecord(problem=2)}, {"chart": 5})


def test_records_and_marks_come_back_as_they_went() -> None:
    record = wide(20, 50)
    assert metadata.read_tab(metadata.tab_text(record), 7) == record
    report = ReportRecord("run", "2026-05-18T07:00:00+00:00", "sales", 3, "ru", {"tab": 7}, "ru_RU", "Europe/Moscow")
    assert metadata.read_report(metadata.report_text(report)) == report
    slot, mark = Slot("tab 'x'", 4), RowMark("таб", "r", "last")
    assert metadata.read_slot(metadata.slot_text(slot, 7), 7) == slot
    assert metadata.read_row(metadata.row_text(mark, 7), 7) == mark


def test_marks_of_another_sheet_are_not_ours() -> None:
    assert metadata.read_tab(metadata.tab_text(wide(2, 2)), 8) is None
    assert metadata.read_slot(metadata.slot_text(Slot("tab", 0), 7), 8) is None
    assert metadata.read_row(metadata.row_text(RowMark("tab", "r", 0), 7), 8) is None


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", "[1,2]", '{"contract":2}', '{"tab":"t","sheet":7,"regions":[1]}', '[null,7,"tab"]']
)
def test_what_somebody_else_wrote_there_is_passed_over(text: str) -> None:
    assert metadata.read_report(text) is None
    assert metadata.read_tab(text, 7) is None
    assert metadata.read_slot(text, 7) is None
    assert metadata.read_row(text, 7) is None


def test_a_record_gives_up_what_only_names_changed_cells_before_it_is_too_long() -> None:
    assert json.loads(metadata.tab_text(wide(20, 1_000)))["regions"]["r"]["rows_digest"]
    text = metadata.tab_text(wide(400, 1_500), 20_000)
    assert len(text) <= 20_000
    assert "rows_digest" not in json.loads(text)["regions"]["r"]
    with pytest.raises(UserError, match="more columns than Google Sheets can remember"):
        metadata.tab_text(wide(2_000, 10))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (5.0, 5), (0.5, 0.5), (math.nan, None), (math.inf, None), (2**60, str(2**60)), (True, True), ("", None),
        ("=1+1", "=1+1"), ("a\r\nb\rc", "a\nb\nc"), ("a\0b", "ab"), ("\ud800x", "x"), ("x" * 60_000, "x" * 50_000),
        ("😀" * 40_000, "😀" * 25_000), (None, None), ("  ", "  "),
    ],
)  # fmt: skip
def test_values_become_what_a_cell_can_hold(given: Scalar, kept: Scalar) -> None:
    assert plain(given) == kept
    assert type(plain(given)) is type(kept)
    assert same(held(cell(plain(given))), kept)


def test_a_true_is_no_one_and_a_formula_no_text() -> None:
    assert not same(True, 1)
    assert not same(0, False)
    assert same(0.1 + 0.2, 0.3)
    assert not same(1000.01, 1000.02)
    assert held({"userEnteredValue": {"formulaValue": "=A1"}}) == Formula("=A1")
    assert not same(Formula("=A1"), "=A1")
    assert digest(["a", 1]) != digest(["a1"])
    assert (shown(True), shown(None), shown(Formula("=A1"))) == ("TRUE", "", "=A1")


def test_places_have_the_names_that_google_gives_them() -> None:
    assert [letters(number) for number in (0, 25, 26, 701, 702, 18_277)] == ["A", "Z", "AA", "ZZ", "AAA", "ZZZ"]
    assert a1(8, 2) == "C9"
    assert on_tab("It's", "A1") == "'It''s'!A1"
    assert runs([7, 3, 4, 3]) == [(3, 5), (7, 8)]
    assert free_title("Sales", ["sales", "Sales 2"]) == "Sales 3"
    assert range_name([], "übersicht", "by owner.cards") == "puente_ubersicht_by_owner_cards"
    assert range_name(["puente_a_b"], "a", "b") == "puente_a_b_2"
