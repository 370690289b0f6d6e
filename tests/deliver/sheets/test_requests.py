"""Every kind of request that we send, sent once: each must be one that Google's documents allow (see ``judge``).

The kinds of change are looked up in our source, so that one that is added must be sent here too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import gspread
import pytest

from connector.deliver import sheets
from connector.deliver.sheets.creation import create, place
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.google_drive import GoogleDrive
from connector.deliver.sheets.layout import ColumnRange, Layout, Look, Region, Tab
from connector.deliver.sheets.placing import Spot, place_region
from connector.deliver.sheets.problems import say
from connector.deliver.sheets.refresh import refresh
from connector.deliver.sheets.report_layout import report_layout
from connector.deliver.sheets.state import inspect
from connector.errors import VendorUnavailable
from connector.sandbox.google.start import RunningGoogle
from connector.sandbox.http.faults import WRITE_FAULTS, parse_faults
from connector.sandbox.http.message import Request
from tests.deliver.files.sample_reports import SAMPLES, total_sales
from tests.deliver.hostile_reports import GROUPS, hostile_report
from tests.deliver.sheets.sized_layouts import columns_of, eight_tabs, large_table, rows_of
from tests.google.documents import document
from tests.google.judge import Judge

NOW = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)
SOURCE = Path(sheets.__file__).parent
KINDS = frozenset(document("sheets.v4")["schemas"]["Request"]["properties"])


def kinds_in_source() -> set[str]:
    """The kinds of change that our source names."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in SOURCE.glob("*.py"))
    return KINDS & set(re.findall(r'"([a-zA-Z]+)"', text))


def few_tabs(seed: int, rows: int = 20, width: int = 6, tabs: int = 2) -> Layout:
    layout = eight_tabs(seed, rows=rows, width=width)
    return replace(layout, tabs=layout.tabs[:tabs])


def changed(layout: Layout, tab: Callable[[Tab], Tab], version: int = 1) -> Layout:
    """The layout with its first tab made another, as a newer template would."""
    return replace(layout, tabs=(tab(layout.tabs[0]), *layout.tabs[1:]), template_version=version)


def with_region(tab: Tab) -> Tab:
    title = Look({"textFormat": {"bold": True}}, last_row=1, last_column=3, merge=True)
    head = (("A title",), ("A", "B", "C", "D"))
    extra = Region("extra", columns_of(4), head, rows_of(3, 4, 9), heading=1, looks=(title,))
    return replace(tab, regions=(tab.regions[0], extra, tab.regions[1]))


def creates_and_refreshes(api: GoogleSheets, person: gspread.Client) -> None:
    book = create(api, few_tabs(1), NOW, "one").spreadsheet
    refresh(api, book, few_tabs(1), NOW, "unchanged")
    refresh(api, book, few_tabs(2, rows=45), NOW, "grown")
    refresh(api, book, few_tabs(3, rows=2), NOW, "shrunk")
    refresh(api, book, few_tabs(3, width=9), NOW, "wider")
    refresh(api, book, changed(few_tabs(3, width=9), with_region, 2), NOW, "a new region and version")
    refresh(api, book, few_tabs(4, tabs=3), NOW, "without the region, with a new tab")
    refresh(api, book, replace(few_tabs(4, tabs=1), template_version=3), NOW, "without tabs")


def with_two_series(tab: Tab, title: str) -> Tab:
    """The tab with a chart of two columns, of which the second has this title; without one it is not drawn."""
    strip, table = tab.regions
    columns = tuple(replace(column, title=title) if column.id == "figure1" else column for column in table.columns)
    table = replace(table, columns=columns, head=(tuple(column.title for column in columns),))
    chart = tab.charts[0]
    first = chart.spec["basicChart"]["series"][0]
    over = ColumnRange(tab.id, "table", "figure1", with_heading=True)
    second = {**first, "series": {"sourceRange": {"sources": [over]}}}
    spec = {**chart.spec, "basicChart": {**chart.spec["basicChart"], "series": [first, second]}}
    return replace(tab, regions=(strip, table), charts=(replace(chart, spec=spec),))


def draws_anew(api: GoogleSheets, person: gspread.Client) -> None:
    book = create(api, changed(few_tabs(1), lambda tab: with_two_series(tab, "")), NOW, "one").spreadsheet
    refresh(api, book, changed(few_tabs(2), lambda tab: with_two_series(tab, "Second")), NOW, "two")


def restores(api: GoogleSheets, person: gspread.Client) -> None:
    book = create(api, few_tabs(1), NOW, "one").spreadsheet
    theirs = person.open_by_key(book)
    first, second = theirs.worksheets()[:2]
    charts = api.get(book, fields="sheets.charts.chartId")["sheets"][0]["charts"]
    theirs.batch_update({"requests": [{"deleteEmbeddedObject": {"objectId": charts[0]["chartId"]}}]})
    first.delete_columns(2)
    first.delete_rows(3, 5)
    theirs.del_worksheet(second)
    refresh(api, book, few_tabs(2), NOW, "two")
    refresh(api, book, few_tabs(2), NOW, "three", restore=True)
    refresh(api, book, changed(few_tabs(2), lambda tab: replace(tab, charts=()), 2), NOW, "without a chart")


def places(api: GoogleSheets, person: gspread.Client) -> None:
    theirs = person.create("Theirs")
    place(api, theirs.id, few_tabs(1), NOW, "one")
    sheet = theirs.worksheet("Sheet1")
    table = Region("query", columns_of(5), (("a", "b", "c", "d", "e"),), rows_of(4, 5, 1), heading=0)
    layout = replace(few_tabs(1), tabs=(Tab("query", "Query", (table,)),))
    place_region(api, theirs.id, layout, Spot(sheet.id, 995, 23), NOW, "two")


def large(seed: int, rows: int = 300) -> Layout:
    """Few cells, but too many bytes for one batch."""
    return large_table(seed, rows=rows, padding=" and sons" * 900)


def writes_large(api: GoogleSheets, person: gspread.Client) -> None:
    book = create(api, large(1), NOW, "one").spreadsheet
    refresh(api, book, large(2, rows=320), NOW, "two")


def says_and_looks(api: GoogleSheets, person: gspread.Client) -> None:
    book = create(api, report_layout(total_sales()), NOW, "one").spreadsheet
    assert say(api, book, ["The CRM did not answer.", "Ask Ann."])
    inspect(api, book)
    inspect(api, book, report_layout(total_sales("es")))


def writes_samples(api: GoogleSheets, person: gspread.Client) -> None:
    for language, sample in zip(("en", "es", "ru"), SAMPLES.values(), strict=False):
        book = create(api, report_layout(sample(language)), NOW, "one").spreadsheet
        refresh(api, book, report_layout(sample("pt")), NOW, "in another language")


def writes_hostile_text(api: GoogleSheets, person: gspread.Client) -> None:
    create(api, report_layout(hostile_report(*GROUPS[0])), NOW, "one")


WORK = (
    creates_and_refreshes, draws_anew, restores, places, writes_large, says_and_looks, writes_samples,
    writes_hostile_text,
)  # fmt: skip


def disturbed(google: RunningGoogle, api: GoogleSheets, person: gspread.Client) -> None:
    """Somebody moves cells between our read and our write; a reply is lost; a run has died over its staging."""
    book = create(api, few_tabs(1), NOW, "one").spreadsheet
    sheet = person.open_by_key(book).worksheets()[0]
    quick = iter([lambda: sheet.insert_rows([["mine"]], 2)])

    def before(request: Request) -> None:
        if request.path.endswith(":batchUpdate") and "Puente" in request.headers["user-agent"]:
            for act in quick:
                act()

    google.before_each = before
    refresh(api, book, few_tabs(2), NOW, "two")
    google.before_each = None
    google.faults = parse_faults("lost_reply,nth=1,path=:batchUpdate", WRITE_FAULTS)
    refresh(api, book, few_tabs(3), NOW, "three")
    book = create(api, large(1), NOW, "four").spreadsheet
    google.faults = parse_faults("error_503,from=1,path=values:batchUpdate", WRITE_FAULTS)
    with pytest.raises(VendorUnavailable):
        refresh(api, book, large(2), NOW, "dies")
    google.faults = []
    refresh(api, book, large(2), NOW, "cleans up")


@pytest.fixture
def sent(google: RunningGoogle, api: GoogleSheets, person: gspread.Client, judge: Judge) -> Judge:
    for work in WORK:
        work(api, person)
    disturbed(google, api, person)
    return judge


def test_every_kind_of_change_that_we_know_is_sent_and_valid(sent: Judge) -> None:
    sent.check()
    assert kinds_in_source() - set(sent.ours) == set()
    assert set(sent.ours) - kinds_in_source() == set()


def test_every_call_to_drive_is_valid(drive: GoogleDrive, judge: Judge) -> None:
    made = drive.make("A report", "key")
    drive.describe(made["id"])
    drive.copy(made["id"], "A copy", "it's another key")
    assert drive.find("it's another key")
    drive.share(made["id"], "somebody@example.org", "writer")
    drive.export(made["id"], "text/csv")
    drive.whoami()
    judge.check()
    assert set(judge.methods) == {
        "drive.files.create", "drive.files.get", "drive.files.copy", "drive.files.list", "drive.permissions.create",
        "drive.files.export", "drive.about.get",
    }  # fmt: skip
