"""A report as a PDF to print, mail and present: real text, vector charts, links, contents; A4 landscape.

Each page is composed as SVG, drawn by vl-convert (resvg's svg2pdf: no browser, no system library, no network) with a
bundled font, and the pages are joined by pypdf. A page of a desktop browser and this file show the same words.
"""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from connector.deliver.files.display import Display
from connector.deliver.files.pdf_blocks import BlockPieces
from connector.deliver.files.pdf_canvas import TextLook, fit, font_folder, measure, rule_svg, text_svg
from connector.deliver.files.pdf_pages import HEIGHT, ROOM, SIDE, TOP, WIDTH, Page, Piece, paginate
from connector.deliver.files.targets import write_bytes
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import MUTED, RULE, palette
from connector.model.report import Report, Theme

if TYPE_CHECKING:
    from pypdf import PdfWriter

_HEAD: Final = TextLook(8.5, colour=MUTED)
_LOGO_WIDTH, _LOGO_HEIGHT = 120.0, 26.0


def write_pdf(report: Report, target: Path) -> None:
    """Write a report as one PDF in one step. Raises FileError, StorageFull."""
    write_bytes(target, pdf_bytes(report))


def pdf_bytes(report: Report) -> bytes:
    """Return the PDF of a report."""
    import vl_convert  # noqa: PLC0415 - heavy
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - heavy

    font_folder()
    display = Display(report.language, report.currency, report.time_zone)
    pages = paginate(_pieces(report, display))
    writer = PdfWriter()
    for number, page in enumerate(pages):
        svg = _page_svg(report, display, page, number + 1, len(pages))
        writer.add_page(PdfReader(io.BytesIO(vl_convert.svg_to_pdf(svg))).pages[0])
        _decorate(writer, page, number)
    for _ in range(2):  # the logo is on every page and kept once: first its mask, then the picture that names it
        writer.compress_identical_objects()
    writer.add_metadata(_facts(report))
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def _pieces(report: Report, display: Display) -> list[Piece]:
    blocks = BlockPieces(display, palette(report.theme))
    pieces = blocks.opening(report)
    for number, tab in enumerate(report.tabs):
        pieces += blocks.tab(tab, fresh=number > 0)
    return pieces + blocks.notes([note for note in report.notes if note.level == "info"])


def _page_svg(report: Report, display: Display, page: Page, number: int, count: int) -> str:
    parts = [_head(report, page, first=number == 1), _foot(report, display, number, count), *page.parts]
    size = f'width="{WIDTH:g}" height="{HEIGHT:g}" viewBox="0 0 {WIDTH:g} {HEIGHT:g}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>{"".join(parts)}</svg>'


def _head(report: Report, page: Page, *, first: bool) -> str:
    """Logo and name of the brand on the left, what the page is about on the right."""
    logo, x = _logo(report.theme)
    middle = TOP - 27
    parts = [logo, text_svg(SIDE + x, middle + 3, fit(report.theme.name, _HEAD, 260), _HEAD)]
    if not first:
        about = "  ·  ".join(part for part in (report.title, page.running) if part)
        look = TextLook(8.5, colour=MUTED, anchor="end")
        parts.append(text_svg(WIDTH - SIDE, middle + 3, fit(about, look, ROOM - x - 280), look))
        parts.append(rule_svg(SIDE, TOP - 10, ROOM, RULE))
    return "".join(parts)


def _logo(theme: Theme) -> tuple[str, float]:
    """Return the picture and the width it takes; it stands in a box of its own proportions."""
    if not theme.logo:
        return "", 0.0
    from PIL import Image  # noqa: PLC0415 - heavy

    with Image.open(io.BytesIO(theme.logo), formats=("PNG", "JPEG")) as image:
        wide, high = image.size
    scale = min(_LOGO_WIDTH / wide, _LOGO_HEIGHT / high)
    width, height = wide * scale, high * scale
    data = base64.b64encode(theme.logo).decode("ascii")
    size = f'x="{SIDE:g}" y="{TOP - 27 - height / 2:.2f}" width="{width:.2f}" height="{height:.2f}"'
    return f'<image {size} href="data:{theme.logo_type};base64,{data}"/>', width + 9


def _foot(report: Report, display: Display, number: int, count: int) -> str:
    look = TextLook(8, colour=MUTED)
    text = display.words["page_of"].format(page=number, pages=count)
    made = f"{display.words['generated']} {display.instant(report.generated_at)}"
    left = fit("  ·  ".join(part for part in (report.workspace, report.range_label, made) if part), look, ROOM - 120)
    y = HEIGHT - 22
    return text_svg(SIDE, y, left, look) + text_svg(WIDTH - SIDE - measure(text, look), y, text, look)


def _decorate(writer: PdfWriter, page: Page, number: int) -> None:
    """Add what SVG cannot say: links to records, and the contents of the file."""
    from pypdf.annotations import Link  # noqa: PLC0415 - heavy
    from pypdf.generic import Fit  # noqa: PLC0415 - heavy

    for area in page.links:
        box = (area.x, HEIGHT - area.y - area.height, area.x + area.width, HEIGHT - area.y)
        writer.add_annotation(number, Link(rect=box, url=area.address))
    for name in page.bookmarks:
        if name.strip():
            writer.add_outline_item(title=one_line(name, 120), page_number=number, fit=Fit.fit())


def _facts(report: Report) -> dict[str, str]:
    title = one_line(f"{report.title} · {report.workspace}" if report.workspace else report.title)
    return {"/Title": title, "/Author": one_line(report.theme.name or "Puente"), "/Creator": "Puente"}
