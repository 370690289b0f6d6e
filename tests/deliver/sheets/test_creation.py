"""A report put onto a spreadsheet for the first time: what it asks, and what then stands there."""

from __future__ import annotations

from datetime import UTC, datetime

import gspread

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.sandbox.google.start import RunningGoogle
from tests.deliver.sheets.sized_layouts import eight_tabs

NOW = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)


def test_a_small_report_is_made_by_two_calls(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> None:
    layout = eight_tabs(1, rows=12)
    made = create(api, layout, NOW, "run-1")
    assert [call.path.rpartition("/")[2].partition(":")[2] for call in google.traffic] == ["", "batchUpdate"]
    book = person.open_by_key(made.spreadsheet)
    assert [sheet.title for sheet in book.worksheets()] == [tab.title for tab in layout.tabs]
    values = book.worksheet("Tab 3").get_all_values(value_render_option="UNFORMATTED_VALUE")
    table = layout.tabs[3].regions[1]
    assert values[0][0] == "Data through May 18"
    assert tuple(values[2]) == table.head[0]
    assert [tuple(row) for row in values[3:15]] == list(table.body)
