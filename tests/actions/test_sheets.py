"""Refreshes that meet quotas, silence and limits: what is kept, what is said, and what the spreadsheet shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import gspread
import pytest

from connector.actions.connect import ConnectRequest
from connector.actions.google_access import connect_google
from connector.actions.import_files import ImportRequest, import_files
from connector.actions.report import ReportRequest
from connector.actions.sheet_list import list_sheets
from connector.actions.sheets import (
    RefreshRequest,
    SheetMeans,
    SheetRequest,
    Written,
    create_sheet,
    raise_for,
    refresh_sheets,
)
from connector.errors import NotAllowed, QueryError, QuotaExhausted, TryLater, UserError, VendorUnavailable
from connector.sandbox.google.identity import OWNER, SERVICE
from connector.sandbox.google.start import RunningGoogle, start_google
from connector.sandbox.http.faults import WRITE_FAULTS, parse_faults
from connector.store.store import Store
from tests.cli.test_commands import DEALS
from tests.google.judge import Judge
from tests.google.redirect import redirected
from tests.http.vendor import FakeClock

HERE = frozenset({"127.0.0.1"})
FILES = "https://www.googleapis.com/drive/v3/files"
MORE = "".join(f"{number},Cy,700,Won,2024-01-03,2024-02-09\n" for number in range(4, 40))


@dataclass
class Office:
    """A workspace with three deals, a report of it in a spreadsheet of the owner, and time that passes by itself."""

    folder: Path
    clock: FakeClock = field(default_factory=FakeClock)
    google: RunningGoogle = field(init=False)
    store: Store = field(init=False)
    person: gspread.Client = field(init=False)
    judge: Judge = field(init=False)

    def __post_init__(self) -> None:
        self.google = start_google(clock=self.clock.now)
        self.google.witness = self.judge = Judge()
        self.google.tokens.delegated = {OWNER.email}
        self.session, _ = redirected(self.google.url, self.google.token)
        self.person = gspread.Client(auth=None, session=self.session)  # type: ignore[arg-type]
        self.store = Store(self.folder / "data")
        self.bring(DEALS)
        options = {"base_url": self.google.url, "subject": OWNER.email, "rate": "1000"}
        request = ConnectRequest("acme", "google", json.dumps(self.google.key_file()), options=options)
        connect_google(self.store, request, HERE, self.clock.now(), None, self.clock.clock)

    @property
    def means(self) -> SheetMeans:
        return SheetMeans(HERE, clock=self.clock.clock)

    def bring(self, deals: str, workspace: str = "acme") -> None:
        path = self.folder / "deals.csv"
        path.write_text(deals, encoding="utf-8")
        import_files(self.store, ImportRequest(workspace, (path,)), self.clock.now(), lambda _: True)

    def create(self) -> Written:
        report = ReportRequest("total_sales", date_range="all_time", language="pt")
        return create_sheet(self.store, SheetRequest("acme", report), self.means, self.clock.now())

    def refresh(self) -> Written:
        (done,) = refresh_sheets(self.store, RefreshRequest(every=True), self.means, self.clock.now())
        return done

    def fail(self, text: str) -> None:
        self.google.faults = parse_faults(text, WRITE_FAULTS)

    def shown(self) -> str:
        """What everybody sees on the report's tabs."""
        return "\n".join(str(cell) for tab in self.book().worksheets() for row in tab.get_all_values() for cell in row)

    def book(self) -> gspread.Spreadsheet:
        """The spreadsheet as its owner opens it."""
        return self.person.open_by_key(next(iter(self.google.books)).id)

    def writes(self) -> int:
        return sum(call.counted == "write" for call in self.google.traffic)

    def close(self) -> None:
        self.session.close()
        self.store.close()
        self.google.stop()
        self.judge.check()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    try:
        yield made
    finally:
        made.close()


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("rate_limit_silent,from=1,path=/v4/", QuotaExhausted),
        ("error_503,from=1,path=/v4/", VendorUnavailable),
        ("drop,from=1,path=/v4/", VendorUnavailable),
    ],
)
def test_a_google_that_gives_nothing_leaves_the_last_good_report(
    office: Office, fault: str, kind: type[TryLater]
) -> None:
    office.create()
    office.bring(DEALS + MORE)
    was = office.shown()
    office.fail(fault)
    done = office.refresh()
    office.fail("")
    assert done.state == "not refreshed"
    assert isinstance(done.error, kind)
    with pytest.raises(kind):
        raise_for([done])
    assert office.shown() == was
    (entry,) = list_sheets(office.store)
    assert entry.state != "good"
    assert entry.last_good_at is not None
    assert office.refresh().state == "refreshed"
    assert list_sheets(office.store)[0].state == "good"


def test_a_lost_answer_is_found_out_and_nothing_is_written_twice(office: Office) -> None:
    office.create()
    office.bring(DEALS + MORE)
    before = office.writes()
    office.fail("lost_reply,nth=1,path=batchUpdate")
    done = office.refresh()
    assert (done.state, done.error) == ("refreshed", None)
    assert office.writes() == before + 1
    assert office.refresh().state == "up to date"


def test_making_a_report_that_was_broken_off_goes_on_with_a_refresh(office: Office) -> None:
    office.fail("error_503,from=2,path=batchUpdate")
    with pytest.raises(VendorUnavailable):
        office.create()
    assert list_sheets(office.store)[0].state != "good"
    office.fail("")
    assert office.refresh().error is None
    assert len(list(office.google.books)) == 1
    assert "5000" in office.shown().replace(".", "").replace(",", "")
    assert [tab.title for tab in office.book().worksheets() if tab.title == "Sheet1"] == []
    assert office.refresh().state == "up to date"


def test_ten_million_cells_are_counted_before_anything_is_written(office: Office) -> None:
    office.create()
    there = next(iter(office.google.books)).count_cells()
    office.book().add_worksheet("Big", (10_000_000 - there) // 250, 250)
    office.bring(DEALS + MORE)
    done = office.refresh()
    assert isinstance(done.error, UserError)
    assert "10,000,000" in str(done.error)
    strip = "\n".join(office.book().get_worksheet(0).col_values(1)[:6])
    assert "⚠ A planilha tem" in strip  # in the language of the report


def _client(office: Office) -> gspread.Spreadsheet:
    """A report in a spreadsheet of somebody else's, written by the service account."""
    office.bring(DEALS, "client")
    options = {"base_url": office.google.url, "rate": "1000"}
    request = ConnectRequest("client", "google", json.dumps(office.google.key_file()), options=options)
    connect_google(office.store, request, HERE, office.clock.now(), None, office.clock.clock)
    book = office.person.create("Board")
    shared = {"type": "user", "role": "writer", "emailAddress": SERVICE.email}  # gspread's own sends an unknown field
    office.person.http_client.request("post", f"{FILES}/{book.id}/permissions", json=shared)
    report = ReportRequest("total_sales", date_range="all_time", language="es")
    create_sheet(office.store, SheetRequest("client", report, into=book.id), office.means, office.clock.now())
    return book


def test_a_protected_tab_is_said_in_the_strips_of_the_others_with_the_address_to_add(office: Office) -> None:
    book = _client(office)
    closed, *others = [tab for tab in book.worksheets() if tab.title != "Sheet1" and not tab.isSheetHidden]
    protected = {"range": {"sheetId": closed.id}, "editors": {"users": [OWNER.email]}}
    book.batch_update({"requests": [{"addProtectedRange": {"protectedRange": protected}}]})
    was = closed.get_all_values()
    office.bring(DEALS + MORE, "client")
    done = office.refresh()
    assert isinstance(done.error, NotAllowed)
    assert SERVICE.email in done.error.sentence
    assert SERVICE.email in done.error.remedy
    assert closed.get_all_values() == was
    assert others
    for tab in others:
        (line,) = [cell for cell in tab.col_values(1)[:6] if "⚠" in cell]
        assert line == (
            f"⚠ El rango '{closed.title}' está protegido y {SERVICE.email} no figura entre quienes pueden editarlo."
            f" Quien lo protegió puede añadir a {SERVICE.email} como editor del rango, o dejar que la protección solo"
            " avise."
        )


def test_a_failure_is_told_once_where_only_one_is_refreshed(office: Office) -> None:
    office.create()
    office.fail("error_503,from=1,path=/v4/")
    assert office.refresh().findings == ()
    office.fail("")
    _client(office)
    office.fail("error_503,from=1,path=/v4/")
    both = list(refresh_sheets(office.store, RefreshRequest(every=True), office.means, office.clock.now()))
    office.fail("")
    assert [len(done.findings) for done in both] == [1, 1]


def test_an_account_without_data_is_refused_before_google_is_asked(office: Office) -> None:
    office.store.create_workspace("empty", office.clock.now())
    options = {"base_url": office.google.url, "subject": OWNER.email}
    request = ConnectRequest("empty", "google", json.dumps(office.google.key_file()), options=options)
    connect_google(office.store, request, HERE, office.clock.now(), None, office.clock.clock)
    before = len(office.google.traffic)
    with pytest.raises(QueryError, match="this workspace has none"):
        create_sheet(
            office.store, SheetRequest("empty", ReportRequest("total_sales")), office.means, office.clock.now()
        )
    assert len(office.google.traffic) == before


def test_what_is_to_be_refreshed_has_to_be_named(office: Office) -> None:
    with pytest.raises(UserError, match="No spreadsheet was named"):
        list(refresh_sheets(office.store, RefreshRequest(), office.means, office.clock.now()))
