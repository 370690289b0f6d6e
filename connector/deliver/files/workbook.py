"""A report as a workbook: a tab each, status strip, score cards, tables with filters, native charts.

Every cell holds the evaluated figure; changes, shares and totals that the cells beside them give too are formulas
with that figure as their value. Text from customers is written as a string whatever it begins with. A cell holds the
exact figure; only its format rounds. The one exception is a duration, which is stored in days so that ``[h]:mm:ss``
can show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Final

from xlsxwriter.workbook import Workbook

from connector.deliver.files.display import Display
from connector.deliver.files.frames import ChartFrame, block_frames
from connector.deliver.files.sheet_names import sheet_names
from connector.deliver.files.stacks import panels
from connector.deliver.files.strip import block_notes, block_title
from connector.deliver.files.targets import replacing
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import BAD, INK, MISSING, MUTED, WRONG, palette, readable_on_white
from connector.deliver.files.workbook_canvas import SPARE_COLUMNS, SPARE_WIDTH, Canvas, ExactWorksheet
from connector.deliver.files.workbook_cards import write_cards
from connector.deliver.files.workbook_chart_data import ChartData
from connector.deliver.files.workbook_grids import colour_columns, heatmap_widths, is_grid, write_heatmap
from connector.deliver.files.workbook_head import write_head
from connector.deliver.files.workbook_places import (
    NARROW_TABLE,
    ROW_PIXELS,
    chart_lines,
    line_rows,
    page_breaks,
    place_charts,
    stands_beside,
)
from connector.deliver.files.workbook_styles import NumberFormats, Styles
from connector.deliver.files.workbook_tables import WIDEST, Placed, table_widths, write_table
from connector.model.report import Block, Report, Tab
from connector.model.table import Note, Table

DEEPEST_FROZEN: Final = 16
"""Header rows further down are not frozen: they would take the screen away."""


def write_workbook(report: Report, target: Path) -> None:
    """Write a report as an XLSX file in one step. Raises FileError, StorageFull."""
    with replacing(target) as temporary:
        packed = BytesIO()  # XlsxWriter hides an error of the disk in one of its own
        options = {
            "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        book = Workbook(packed, options)
        _fill(book, report)
        book.close()
        temporary.write_bytes(packed.getbuffer())


def _fill(book: Workbook, report: Report) -> None:
    display = Display(report.language, report.currency, report.time_zone)
    colours = palette(report.theme)
    styles, formats = Styles(book, colours), NumberFormats(display)
    *names, hidden = sheet_names([*(tab.title or tab.id for tab in report.tabs), display.words["chart_data"]])
    data = ChartData(hidden)
    _properties(book, report)
    for tab, name in zip(report.tabs, names, strict=True):
        sheet = book.add_worksheet(name, ExactWorksheet)
        canvas = Canvas(book, sheet, name, styles, formats, display, colours)
        _tab(canvas, report, tab, data)
    if not report.tabs:
        book.add_worksheet(hidden)
    data.write(book, styles, formats)


def _properties(book: Workbook, report: Report) -> None:
    author = one_line(report.theme.name) or "Puente"
    book.set_properties({
        "title": one_line(report.title), "subject": one_line(f"{report.workspace} · {report.range_label}"),
        "author": author, "company": one_line(report.theme.name), "category": one_line(report.template),
        "created": report.generated_at.astimezone(UTC).replace(tzinfo=None),
    })  # fmt: skip


@dataclass(slots=True)
class Layout:
    """A tab under construction: its sheet, the charts of its blocks, the tables placed so far."""

    report: Report
    canvas: Canvas
    data: ChartData
    frames: dict[str, list[ChartFrame]]
    placed: list[Placed] = field(default_factory=list)


def _tab(canvas: Canvas, report: Report, tab: Tab, data: ChartData) -> None:
    layout = Layout(report, canvas, data, {block.id: _frames(block, canvas.display) for block in tab.blocks})
    canvas.widths = _widths(canvas, tab, layout.frames)
    for column, width in enumerate(canvas.widths):
        canvas.sheet.set_column(column, column, width)
    spare = len(canvas.widths)
    canvas.sheet.set_column(spare, spare + SPARE_COLUMNS, SPARE_WIDTH)
    row = write_head(canvas, report, tab)
    first = tab is report.tabs[0]
    if first:
        row = _notes(canvas, row, (note for note in report.notes if note.level == "warning"))
    for block in tab.blocks:
        row = _block(layout, block, row + 1, tab)
    if first:
        _notes(canvas, row + 1, (note for note in report.notes if note.level == "info"))
    _freeze(canvas, layout.placed)
    _print_setup(canvas, report, layout.placed)


def _widths(canvas: Canvas, tab: Tab, frames: dict[str, list[ChartFrame]]) -> list[float]:
    """Every column is as wide as the widest of the tables that share it."""
    needs = [table_widths(canvas, block.table) for block in tab.blocks if block.table is not None]
    needs += [heatmap_widths(frame) for group in frames.values() for frame in group if is_grid(frame)]
    count = max((len(need) for need in needs), default=0)
    return [min(WIDEST, max(need[column] for need in needs if column < len(need))) for column in range(count)]


def _frames(block: Block, display: Display) -> list[ChartFrame]:
    """Return the charts of a block; small charts side by side are charts of their own here."""
    frames = []
    for frame in block_frames(block, display):
        frames += [replace(panel, title=_joined(frame.title, panel.title)) for panel in panels(frame)] or [frame]
    return frames


def _joined(title: str, part: str) -> str:
    return f"{title} — {part}" if title else part


def _block(layout: Layout, block: Block, row: int, tab: Tab) -> int:
    """Write one block from ``row`` on; return the first free row below it."""
    canvas, first, heading = layout.canvas, row, block_title(block, tab)
    if heading:
        canvas.sheet.set_row(row, 22)
        ink = readable_on_white(canvas.palette.primary)
        canvas.text(row, 0, heading, canvas.styles.get(font_size=13, bold=True, font_color=ink, valign="vcenter"))
        row += 1
    for line in block.text.split("\n") if block.text else ():
        canvas.paragraph(row, line, canvas.styles.get(text_wrap=True))
        row += 1
    if block.cards:
        row = write_cards(canvas, block.cards, row)
    before = len(canvas.together)
    if block.table is not None:
        row = _table(layout, block, block.table, row)
    made = canvas.together[before:]
    begin = min((start for start, _ in made), default=row)
    last = max((end for start, end in made if start == begin), default=row)
    canvas.together.append((first, last))  # a heading stays with what it stands over
    return _notes(canvas, row, block_notes(block, tab))


def _table(layout: Layout, block: Block, table: Table, row: int) -> int:
    """Write a table with its charts; return the first free row below both."""
    canvas, frames = layout.canvas, layout.frames[block.id]
    for frame in frames:
        if is_grid(frame):
            row = write_heatmap(canvas, frame, row) + 1
    charts = [frame for frame in frames if frame.kind not in ("heatmap", "flow")]
    width = sum(canvas.pixels(column) for column in range(len(table.columns)))
    beside = stands_beside(charts, table, width)
    lines = chart_lines(charts, beside=beside)
    above = 0 if beside else sum(line_rows(line) for line in lines)
    spot = write_table(canvas, block, table, row + above)
    canvas.together.append((spot.header, min(spot.last, spot.header + 3)))
    layout.placed.append(spot)
    for frame in frames:
        if frame.kind == "heatmap" and not is_grid(frame):
            colour_columns(canvas, frame, spot)
    after = _legend(canvas, block, table, spot.after)
    corner = (row, canvas.column_after(0, width) + 1) if beside else (row, 0)
    below = place_charts(canvas, lines, spot, layout.data, corner)
    return max(after, below) if beside else after


def _legend(canvas: Canvas, block: Block, table: Table, row: int) -> int:
    """Explain the marks that the table carries."""
    words, base = canvas.display.words, {"font_size": 9, "font_color": MUTED}
    used = set(block.marks.values())
    if "missing" in used:
        canvas.text(row, 0, words["missing"], canvas.styles.get(**(base | {"bg_color": MISSING, "font_color": INK})))
        row += 1
    if "wrong" in used:
        look = {
            "pattern": 14,
            "fg_color": "#E58A84",
            "bg_color": WRONG,
            "border": 1,
            "border_color": BAD,
            "font_color": INK,
        }
        canvas.text(row, 0, words["wrong"], canvas.styles.get(**(base | look)))
        row += 1
    if table.small:
        canvas.text(row, 0, words["small"], canvas.styles.get(**(base | {"italic": True})))
        row += 1
    return row


def _notes(canvas: Canvas, row: int, notes: Iterable[Note]) -> int:
    for note in notes:
        warns = note.level == "warning"
        style = canvas.styles.get(font_size=9, font_color=BAD if warns else MUTED, bold=warns, text_wrap=True)
        canvas.paragraph(row, f"• {note.text}", style, points=12)
        row += 1
    return row


def _freeze(canvas: Canvas, placed: list[Placed]) -> None:
    """Keep the header of a tab's only table in sight; wide tables keep their first column too."""
    if len(placed) == 1 and placed[0].header <= DEEPEST_FROZEN:
        wide = sum(canvas.pixels(column) for column in range(len(canvas.widths))) > 2 * NARROW_TABLE
        canvas.sheet.freeze_panes(placed[0].header + 1, int(wide))


def _print_setup(canvas: Canvas, report: Report, placed: list[Placed]) -> None:
    sheet, words = canvas.sheet, canvas.display.words
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    left = one_line(f"{report.workspace} · {report.title}", 90).replace("&", "&&")
    pages = words["page_of"].format(page="&P", pages="&N")
    sheet.set_footer(f"&L&8 {left}&C&8 {canvas.display.instant(report.generated_at)}&R&8 {pages}")
    repeats = len(placed) == 1 and not canvas.chart_in(placed[0].header)
    if repeats:
        sheet.repeat_rows(placed[0].header)
    breaks = page_breaks(canvas, repeated=2 * ROW_PIXELS if repeats else 0)
    if breaks:
        sheet.set_h_pagebreaks(breaks)
