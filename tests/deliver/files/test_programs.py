"""Real programs open what we write: LibreOffice the workbook, Chromium the page."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from connector.deliver.files.page import write_page
from connector.deliver.files.workbook import write_workbook
from tests.deliver.files.sample_reports import SAMPLES
from tests.deliver.files.workbook_readers import open_book

LANGUAGES = ("en", "es", "pt", "ru")


def program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.mark.conformance
@pytest.mark.parametrize("name", SAMPLES)
def test_libreoffice_recalculates_to_the_same_cells(name: str, tmp_path: Path) -> None:
    """LibreOffice opens the workbook, recalculates and saves it anew; every number and text is still there."""
    office = program("soffice")
    write_workbook(SAMPLES[name]("pt"), tmp_path / "r.xlsx")
    command = [
        office,
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "xlsx:Calc MS Excel 2007 XML",
    ]
    subprocess.run(
        [*command, "--outdir", str(tmp_path / "out"), str(tmp_path / "r.xlsx")],
        check=True,
        capture_output=True,
        timeout=180,
    )
    ours, theirs = open_book(tmp_path / "r.xlsx"), open_book(tmp_path / "out" / "r.xlsx")
    assert theirs.sheetnames == ours.sheetnames
    compared = 0
    for sheet in ours.worksheets:
        other = theirs[sheet.title]
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, (int, float)):
                    assert other[cell.coordinate].value == pytest.approx(cell.value, rel=1e-14)
                    compared += 1
                elif cell.value is not None and cell.data_type == "s" and "\t" not in cell.value:
                    assert other[cell.coordinate].value == cell.value
    assert compared > 100


@pytest.mark.browser
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SAMPLES)
def test_a_browser_shows_the_page_without_a_complaint(name: str, language: str, tmp_path: Path) -> None:
    """Nothing is refused by the policy and nothing is fetched; the page's own text is in the document."""
    browser = program("chromium")
    report = SAMPLES[name](language)
    write_page(report, tmp_path / "r.html")
    flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        f"--user-data-dir={tmp_path}/profile",
        "--enable-logging=stderr",
    ]
    address = (tmp_path / "r.html").as_uri()
    shown = subprocess.run(
        [browser, *flags, "--dump-dom", address], check=True, capture_output=True, text=True, timeout=120
    )
    complaints = [line for line in shown.stderr.splitlines() if "CONSOLE" in line or "Refused" in line]
    assert complaints == []
    assert report.title in shown.stdout
    assert shown.stdout.count("<svg") == 2 * sum(len(block.charts) for tab in report.tabs for block in tab.blocks)
