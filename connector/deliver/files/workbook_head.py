"""The head of a tab: brand, title, range, and how fresh and complete the figures are."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from xlsxwriter.image import Image

from connector.deliver.files.strip import range_line, strip, tab_title
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import BAD, INK, MUTED, RULE, readable_on_white
from connector.deliver.files.workbook_canvas import DEFAULT_POINTS, Canvas
from connector.model.report import Report, Tab, Theme

LOGO_PIXELS: Final = (240, 40)
"""Box that a logo is shown in."""


def write_head(canvas: Canvas, report: Report, tab: Tab) -> int:
    """Write brand, title, range line and status strip; return the first free row."""
    styles, sheet = canvas.styles, canvas.sheet
    sheet.hide_gridlines(2)
    sheet.set_default_row(DEFAULT_POINTS)
    sheet.set_tab_color(canvas.palette.primary)
    top = _brand(canvas, report.theme)
    ink = readable_on_white(canvas.palette.primary)
    sheet.set_row(top, 28)
    canvas.text(top, 0, tab_title(report, tab), styles.get(font_size=18, bold=True, font_color=ink, valign="vcenter"))
    canvas.paragraph(top + 1, range_line(report, canvas.display), styles.get(text_wrap=True, font_color=INK))
    entries = strip(report, canvas.display)
    longest = max(max(len(entry.label), len(entry.value)) for entry in entries)
    for run, entry in zip(canvas.groups(len(entries), max(96, longest * 6 + 10)), entries, strict=True):
        label = styles.get(font_size=8, font_color=MUTED, top=1, top_color=RULE)
        colour = BAD if entry.warns else INK
        value = styles.get(font_size=9, font_color=colour, bold=entry.warns, bottom=1, bottom_color=RULE)
        for row, text, style in ((top + 2, entry.label, label), (top + 3, entry.value, value)):
            canvas.span(row, run, style)
            canvas.text(row, run[0], text, style)
    return top + 4


def _brand(canvas: Canvas, theme: Theme) -> int:
    """Write logo and name into the first row; return the number of rows that took."""
    name = one_line(theme.name)
    if not name and not theme.logo:
        return 0
    column = 0
    if theme.logo:
        picture = Image(BytesIO(theme.logo))
        scale = min(LOGO_PIXELS[0] / picture.width, LOGO_PIXELS[1] / picture.height, 1.0)
        options = {
            "image_data": BytesIO(theme.logo), "description": name or "Logo", "object_position": 2, "x_offset": 2,
            "y_offset": 4, "x_scale": scale * picture.x_dpi / 96, "y_scale": scale * picture.y_dpi / 96,
        }  # fmt: skip
        canvas.sheet.set_row(0, (picture.height * scale + 8) * 0.75)
        canvas.sheet.insert_image(0, 0, "logo", options)
        column = canvas.column_after(0, int(picture.width * scale) + 12)
    canvas.text(0, column, name, canvas.styles.get(font_size=10, font_color=MUTED, valign="vcenter"))
    return 1
