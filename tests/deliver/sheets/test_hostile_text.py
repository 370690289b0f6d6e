"""Text of a CRM in spreadsheets: it arrives as text, whatever it begins with and wherever it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import gspread
import pytest

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout, Region, Scalar
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.report_layout import report_layout
from connector.sandbox.google.grid import Formula
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.hostile_reports import GROUPS, hostile_report
from tests.hostile_text import HOSTILE

NOW = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)
CELL = 50_000
"""Characters of a cell of Google Sheets."""


def cleaned(text: str) -> str:
    """What a cell can hold of a text: no control characters, no half characters, not too long."""
    held = re.sub("[\ud800-\udfff]", "\ufffd", text)
    held = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", " ", held)
    return held if len(held) <= CELL else f"{held[: CELL - 1]}…"


def table(layout: Layout, tab: int) -> Region:
    return next(region for region in layout.tabs[tab].regions if region.id == "b")


def texts(value: Any) -> Iterator[str]:
    """Every text within a part of a layout."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for inner in value.values() for text in texts(inner))
    elif isinstance(value, tuple | list):
        yield from (text for inner in value for text in texts(inner))


@pytest.mark.parametrize("names", GROUPS)
def test_the_layout_holds_the_text_as_it_is(names: tuple[str, ...]) -> None:
    layout = report_layout(hostile_report(*names))
    for number, name in enumerate(names):
        region, text = table(layout, number), cleaned(HOSTILE[name])
        first, second, third = region.body
        assert (first[0], second[0]) == (text, cleaned(f"x{HOSTILE[name]}"))
        assert (first[1], third[1]) == (text, text)
        assert [row[2] for row in region.body] == [1, 2, 3]
        assert region.heading is not None
        if text.isprintable() and 0 < len(text.strip()) < 200:  # headings are one line
            assert text.strip() in region.head[region.heading]
    for region in (region for tab in layout.tabs for region in tab.regions):
        for cell in (cell for row in (*region.head, *region.body) for cell in row):
            assert_can_be_held(cell)


def assert_can_be_held(cell: Scalar) -> None:
    if isinstance(cell, str):
        assert len(cell.encode("utf-16-le")) <= 2 * CELL
        assert "\x00" not in cell


@pytest.mark.parametrize("names", GROUPS)
def test_titles_of_tabs_are_ones_that_a_sheet_may_have(names: tuple[str, ...]) -> None:
    titles = [tab.title for tab in report_layout(hostile_report(*names)).tabs]
    assert len({title.casefold() for title in titles}) == len(titles)
    for title in titles:
        assert 0 < len(title) <= 100
        assert title.isprintable()


@pytest.mark.parametrize("names", GROUPS)
def test_no_text_of_a_crm_becomes_a_part_of_a_rule(names: tuple[str, ...]) -> None:
    layout = report_layout(hostile_report(*names))
    words = {HOSTILE[name].strip() for name in names if len(HOSTILE[name].strip()) > 3}
    for rule in (rule for tab in layout.tabs for rule in tab.rules):
        assert not [text for text in texts(rule.rule) if any(word in text for word in words)]


@pytest.mark.parametrize("names", GROUPS)
def test_the_spreadsheet_holds_the_text_and_no_formula(
    names: tuple[str, ...], google: RunningGoogle, api: GoogleSheets, person: gspread.Client
) -> None:
    layout = report_layout(hostile_report(*names))
    made = create(api, layout, NOW, "one")
    book = person.open_by_key(made.spreadsheet)
    titles = [sheet.title for sheet in book.worksheets()]
    assert titles == [tab.title for tab in layout.tabs]
    ranges = ["'{}'".format(title.replace("'", "''")) for title in titles]
    read = book.values_batch_get(ranges, {"valueRenderOption": "FORMULA"})["valueRanges"]
    for name, sheet in zip(names, read, strict=False):
        found = {cell for row in sheet["values"] for cell in row}
        assert cleaned(HOSTILE[name]).replace("\r", "\n") in found  # a line end is one character in a spreadsheet
        assert cleaned(f"x{HOSTILE[name]}").replace("\r", "\n") in found
    entered = [cell.entered for sheet in google.books.find(book.id).sheets for _, _, cell in sheet.cells.cells()]
    assert not [value for value in entered if isinstance(value, Formula)]
    again = refresh(api, made.spreadsheet, layout, NOW, "two")
    assert (again.changed, again.writes, again.findings) == (False, 0, ())


def test_a_workspace_or_a_brand_of_hostile_text_is_read_as_text(
    google: RunningGoogle, api: GoogleSheets, person: gspread.Client
) -> None:
    """Typed by a person, the same text would have been a formula: the sandbox can tell the two apart."""
    made = create(api, report_layout(hostile_report("a link as a formula")), NOW, "one")
    sheet = person.open_by_key(made.spreadsheet).get_worksheet(0)
    strip = [cell for row in sheet.get("A1:A8") for cell in row]
    assert any('=HYPERLINK("http://evil.example","click")' in text for text in strip)
    below = f"A{sheet.row_count}"
    sheet.update([["=1+1"]], below, raw=False)
    assert sheet.acell(below).value == "2"
    assert len([1 for sheet in google.books.find(made.spreadsheet).sheets for _ in sheet.cells.formulas]) == 1
