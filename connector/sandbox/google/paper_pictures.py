"""Sheets as pictures on pages as large as they are: the PDF of a machine without LibreOffice."""

from __future__ import annotations

import io
from collections.abc import Iterator

import vl_convert
from pypdf import PdfReader, PdfWriter

from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.charts_drawn import draw
from connector.sandbox.google.page_measures import CHART_HEIGHT, CHART_WIDTH, Measures, measure
from connector.sandbox.google.svg_words import svg, text
from connector.sandbox.google.views import View, colour, shown_sheets


def pictured(book: Book) -> bytes:
    """Return a PDF with a page for every sheet that is shown."""
    writer, view, buffer = PdfWriter(), View(book), io.BytesIO()
    for sheet in shown_sheets(book):
        page = vl_convert.svg_to_pdf(_picture(view, sheet))
        writer.add_page(PdfReader(io.BytesIO(page)).pages[0])
    writer.write(buffer)
    return buffer.getvalue()


def _picture(view: View, sheet: Sheet) -> str:
    measures = measure(view, sheet)
    size = measures.left(1 << 40), measures.top(1 << 40)
    return svg(*size, *_cells(view, sheet, measures), *_charts(view, sheet, measures))


def _cells(view: View, sheet: Sheet, measures: Measures) -> Iterator[str]:
    for row in measures.rows:
        for column in measures.columns:
            spot = view.spot(sheet, row, column)
            left, top = measures.lefts[column], measures.tops[row]
            width, height = measures.widths[column], measures.heights[row]
            background = colour(spot.format, "backgroundColor", view.theme)
            if background:
                yield f'<rect x="{left}" y="{top}" width="{width}" height="{height}" fill="{background}"/>'
            if spot.text:
                look = spot.format.get("textFormat") or {}
                is_right = isinstance(spot.value, int | float) and not isinstance(spot.value, bool)
                yield text(
                    left + width - 3 if is_right else left + 3,
                    top + height - 6,
                    spot.text.replace("\n", " "),
                    size=float(look.get("fontSize") or 10) * 4 / 3,
                    colour=colour(look, "foregroundColor", view.theme) or "#000000",
                    anchor="end" if is_right else "start",
                    weight="bold" if look.get("bold") else "normal",
                )


def _charts(view: View, sheet: Sheet, measures: Measures) -> Iterator[str]:
    for part in sheet.charts:
        overlay = (part.get("position") or {}).get("overlayPosition") or {}
        anchor = overlay.get("anchorCell") or {}
        left = measures.left(anchor.get("columnIndex") or 0) + (overlay.get("offsetXPixels") or 0)
        top = measures.top(anchor.get("rowIndex") or 0) + (overlay.get("offsetYPixels") or 0)
        size = overlay.get("widthPixels") or CHART_WIDTH, overlay.get("heightPixels") or CHART_HEIGHT
        yield f'<g transform="translate({left} {top})">{draw(view, part.get("spec") or {}, *size)}</g>'
