"""A spreadsheet on paper: LibreOffice prints the workbook; without it, pictures of the sheets are put on pages."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.workbook import workbook

SECONDS = 60
"""Time in which a workbook must be printed."""


def pdf(book: Book, sheet: Sheet | None = None) -> bytes:
    """Return a PDF of a whole spreadsheet without its hidden sheets, or of one sheet."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    draft = book.draft(now=book.now)
    kept = [
        one for one in draft.sheets if (one.id == sheet.id if sheet is not None else not one.properties.get("hidden"))
    ]
    for one in draft.sheets:
        one.properties["hidden"] = one.id not in {shown.id for shown in kept}
    if office is not None:
        return _printed(workbook(draft), office)
    from connector.sandbox.google.paper_pictures import pictured  # noqa: PLC0415 - only without LibreOffice

    return pictured(draft)


def _printed(content: bytes, office: str) -> bytes:
    """Let LibreOffice print a workbook, with a profile of its own so that it disturbs no other."""
    with tempfile.TemporaryDirectory(prefix="sandbox-google-") as folder:
        place = Path(folder)
        (place / "book.xlsx").write_bytes(content)
        profile = f"-env:UserInstallation={(place / 'profile').as_uri()}"
        command = [office, profile, "--headless", "--convert-to", "pdf", "--outdir", folder, str(place / "book.xlsx")]
        subprocess.run(command, check=True, capture_output=True, timeout=SECONDS)  # noqa: S603 - our own words
        return (place / "book.pdf").read_bytes()
