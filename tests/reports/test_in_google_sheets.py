"""Every report of the demo organisation in a spreadsheet of the sandbox: the same figures, charts, valid requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gspread
import pytest

from connector.actions.report import ReportRequest, evaluate
from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Layout, Region
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.report_layout import report_layout
from connector.deliver.sheets.state import inspect
from connector.model.query import Language
from connector.reports.template import template_ids
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.sheets.conftest import api, clock, drive, google, judge, person, route
from tests.reports.conftest import Demo

__all__ = ["api", "clock", "drive", "google", "judge", "person", "route"]


QUICK = ("total_sales", "win_loss")
CHANGING = ("total_sales", "data_quality", "sales_funnel")
"""Reports whose tables have other rows and widths in another language."""
TEMPLATES = [
    pytest.param(name, marks=() if name in QUICK else pytest.mark.conformance)  # together they take a minute
    for name in template_ids()
]


def layout_of(demo: Demo, template: str, language: Language) -> Layout:
    return report_layout(evaluate(demo.store, demo.workspace, ReportRequest(template, language=language), demo.now))


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_figure_stands_in_the_spreadsheet_and_is_not_written_twice(
    template: str, demo: Demo, google: RunningGoogle, api: GoogleSheets, person: gspread.Client
) -> None:
    layout = layout_of(demo, template, "en")
    made = create(api, layout, demo.now, "one")
    assert count_same(person.open_by_key(made.spreadsheet), layout, api) > 20
    charts = sum(len(sheet.charts) for sheet in google.books.find(made.spreadsheet).sheets)
    assert charts == sum(len(tab.charts) for tab in layout.tabs)
    again = refresh(api, made.spreadsheet, layout, demo.now, "two")
    assert (again.changed, again.reads, again.writes, again.findings) == (False, 1, 0, ())


@pytest.mark.parametrize("template", [one for one in TEMPLATES if one.values[0] in CHANGING])
def test_the_same_report_in_another_language_takes_its_place(
    template: str, demo: Demo, api: GoogleSheets, person: gspread.Client
) -> None:
    book = create(api, layout_of(demo, template, "es"), demo.now, "one").spreadsheet
    russian = layout_of(demo, template, "ru")
    refresh(api, book, russian, demo.now, "two")
    again = refresh(api, book, russian, demo.now, "three")
    assert (again.changed, again.writes) == (False, 0)


def count_same(book: gspread.Spreadsheet, layout: Layout, api: GoogleSheets) -> int:
    """Compare each region with the cells where it is said to stand; return how many figures were compared."""
    state = inspect(api, book.id, layout)
    assert state.is_current
    regions = {(tab.id, region.id): region for tab in layout.tabs for region in tab.regions}
    places = {(tab.tab, region.region): region.place for tab in state.tabs for region in tab.regions if region.place}
    titled = {tab.tab: tab.title for tab in state.tabs}
    assert places.keys() == {key for key, region in regions.items() if region.columns}
    names = [cells if "!" in cells else f"'{titled[key[0]]}'!{cells}" for key, cells in places.items()]
    wanted = {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER"}
    answers = book.values_batch_get(names, wanted)["valueRanges"]
    return sum(compared(regions[key], answer.get("values", [])) for key, answer in zip(places, answers, strict=True))


def compared(region: Region, found: Sequence[Sequence[Any]]) -> int:
    figures = 0
    for number, row in enumerate((*region.head, *region.body)):
        line = found[number] if number < len(found) else []
        for place, value in enumerate(row):
            shown = line[place] if place < len(line) else ""
            assert shown == (("" if value is None else value) if not isinstance(value, str) else clean(value))
            figures += isinstance(value, int | float)
    return figures


def clean(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
