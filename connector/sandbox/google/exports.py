"""Spreadsheets as files: CSV and TSV of one sheet, a workbook and a PDF of all of them."""

from __future__ import annotations

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.drive_refusals import DriveRefused
from connector.sandbox.google.views import View, shown_sheets
from connector.sandbox.http.message import Answer

MOST_BYTES = 10 * 1024 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF, CSV, TSV = "application/pdf", "text/csv", "text/tab-separated-values"
ENDINGS = {"xlsx": XLSX, "pdf": PDF, "csv": CSV, "tsv": TSV}


def export(book: Book, media: str, sheet: Sheet | None = None) -> Answer:
    """Answer ``files.export``. Raises DriveRefused for another media type, and above 10 MB."""
    if media not in ENDINGS.values():
        message = "The requested conversion is not supported." if media else "Required parameter: mimeType"
        raise DriveRefused(
            400, "badRequest" if media else "required", message, "mimeType" if not media else "convertTo"
        )
    content = _content(book, media, sheet)
    if len(content) > MOST_BYTES:
        raise DriveRefused(403, "exportSizeLimitExceeded", "This file is too large to be exported.")
    return Answer(200, raw=content, headers={"Content-Type": media})


def _content(book: Book, media: str, sheet: Sheet | None) -> bytes:
    if media == XLSX:
        from connector.sandbox.google.workbook import workbook  # noqa: PLC0415 - heavy

        return workbook(book)
    if media == PDF:
        from connector.sandbox.google.paper import pdf  # noqa: PLC0415 - heavy

        return pdf(book, sheet)
    home = sheet or next(iter(shown_sheets(book)), book.sheets[0])
    view = View(book)
    return (csv_text(view, home) if media == CSV else tsv_text(view, home)).encode()


def csv_text(view: View, sheet: Sheet) -> str:
    """Return a sheet as CSV: rows end with CRLF, the last one with nothing, each is as wide as the widest."""
    return "\r\n".join(",".join(_quoted(text) for text in line) for line in view.lines(sheet))


def tsv_text(view: View, sheet: Sheet) -> str:
    """Return a sheet as TSV, which has no quotes: tabs and line ends within a cell become blanks."""
    lines = ([" ".join(text.replace("\t", " ").splitlines()) for text in line] for line in view.lines(sheet))
    return "\r\n".join("\t".join(line) for line in lines)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
