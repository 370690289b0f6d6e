"""The delivered page as a PDF by WeasyPrint: an extra (requirements-weasyprint.txt) for whoever has its libraries.

It sets the brand's own font when the machine has it and writes small files; the built-in way
(:mod:`connector.deliver.files.pdf`) needs no system library and looks the same everywhere.
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any, Final

from connector.deliver.files.display import Display
from connector.deliver.files.page import page_html
from connector.deliver.files.targets import write_bytes
from connector.deliver.files.theme import MUTED
from connector.errors import SettingsError
from connector.model.report import Report

_PRINT: Final = """  /* a sheet of the user: the page's own rules go first unless these are important */
@page { size: A4 landscape; margin: 14mm 13mm 15mm;
  @bottom-right { content: "%(pages)s"; color: %(muted)s; font-size: 8pt; } }
.cards { display: block !important; margin: 12px 0 !important; }
.card { display: inline-block !important; vertical-align: top; width: 176px; margin: 0 10px 10px 0; }
.card .value { font-size: 19px !important; }
.charts { display: block !important; }
figure { max-width: 560px !important; }
figure svg { width: 560px !important; }
td, th { padding: 4px 7px !important; }
"""


def write_pdf(report: Report, target: Path) -> None:
    """Write a report as one PDF in one step. Raises SettingsError without WeasyPrint, FileError, StorageFull."""
    write_bytes(target, pdf_bytes(report))


def pdf_bytes(report: Report) -> bytes:
    """Return the PDF of a report. Raises SettingsError when WeasyPrint cannot be loaded."""
    weasyprint = _weasyprint()
    words = Display(report.language).words["page_of"].replace('"', "").replace("\\", "")
    pages = words.replace("{page}", '" counter(page) "').replace("{pages}", '" counter(pages) "')
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))  # a page holds all it needs
    sheet = weasyprint.CSS(string=_PRINT % {"pages": pages, "muted": MUTED}, url_fetcher=fetcher)
    made: bytes = weasyprint.HTML(string=page_html(report), url_fetcher=fetcher).write_pdf(stylesheets=[sheet])
    return made


def _weasyprint() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of a library that its future versions will need
            import weasyprint  # noqa: PLC0415 - an extra, and heavy
            import weasyprint.urls  # noqa: PLC0415
    except (ImportError, OSError):  # not installed, or without Pango
        raise SettingsError(
            "WeasyPrint or the Pango library that it needs is not installed.",
            place="PUENTE_PDF_ENGINE",
            remedy="Install requirements-weasyprint.txt and Pango, or set PUENTE_PDF_ENGINE=built_in.",
        ) from None
    logging.getLogger("weasyprint").setLevel(logging.ERROR)  # it tells every property that it does not print
    return weasyprint
