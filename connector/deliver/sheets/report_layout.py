"""An evaluated report as the layout of a spreadsheet: the same tabs, figures and words as every other output.

Nothing here asks or computes anything. Ids of tabs, regions and columns come from the template, so that they are the
same at every refresh; what depends on the figures of the day are only rows.
"""

from __future__ import annotations

from connector.deliver.files.sheet_names import sheet_names
from connector.deliver.files.strip import block_notes
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.layout import Tab as SheetTab
from connector.deliver.sheets.number_formats import SHEET_LOCALES
from connector.deliver.sheets.report_sheet import ReportSheet, TabParts
from connector.deliver.sheets.sheet_cards import card_needs, card_notes, card_region
from connector.deliver.sheets.sheet_changes import card_change_rules, table_change_rules
from connector.deliver.sheets.sheet_charts import add_charts, chart_sentences
from connector.deliver.sheets.sheet_grids import add_grids, grid_needs, grids, shade_columns
from connector.deliver.sheets.sheet_marks import mark_rules
from connector.deliver.sheets.sheet_notes import (
    cut_sentence,
    legend_sentences,
    note_sentences,
    notes_region,
    text_region,
)
from connector.deliver.sheets.sheet_strip import strip_needs, strip_region
from connector.deliver.sheets.sheet_tables import table_needs, table_region
from connector.model.report import Block, Report, Tab


def report_layout(report: Report) -> Layout:
    """Return the layout of a report: a tab each in its order, and a hidden one for what the charts draw."""
    sheet = ReportSheet(report)
    names = [tab.title or tab.id for tab in report.tabs]
    hidden = list(dict.fromkeys(sheet.data_tabs.values()))
    titles = sheet_names([*names, *(sheet.display.words["chart_data"] for _ in hidden)])
    tabs = [_tab(sheet, tab, title) for tab, title in zip(report.tabs, titles, strict=False)]
    tabs += [
        SheetTab(name, title, tuple(sheet.data[name]), hidden=True)
        for name, title in zip(hidden, titles[len(tabs) :], strict=True)
        if name in sheet.data
    ]
    palette = sheet.looks.palette
    return Layout(
        sheet.scalars.text(report.title), SHEET_LOCALES[sheet.display.language], str(sheet.display.zone), tuple(tabs),
        font=palette.font, accents=tuple(palette.series(6)), template=report.template, language=sheet.display.language,
    )  # fmt: skip


def _tab(sheet: ReportSheet, tab: Tab, title: str) -> SheetTab:
    parts = TabParts(tab.id)
    parts.needs = [strip_needs(sheet), *(need for block in tab.blocks for need in _needs(sheet, block))]
    parts.settle()
    parts.regions.append(strip_region(sheet, tab, len(parts.widths)))
    for block in tab.blocks:
        _block(sheet, parts, block, tab)
    if tab is sheet.report.tabs[0]:
        told = note_sentences(note for note in sheet.report.notes if note.level == "info")
        _notes(sheet, parts, "notes", [*told, *cut_sentence(sheet)])
    return SheetTab(
        tab.id, title, tuple(parts.regions), tuple(parts.charts), tuple(parts.rules), tuple(parts.widths),
        frozen_rows=_frozen(parts), colour=sheet.looks.palette.primary,
    )  # fmt: skip


def _frozen(parts: TabParts) -> int:
    """Return the rows that stay in sight: down to the headings of a tab's only table, where that is right below the
    strip. A region ends with a row of its own."""
    strip, *others = parts.regions
    tables = [region for region in others if region.heading is not None]
    if len(tables) != 1 or not others or others[0] is not tables[0]:
        return 0
    return len(strip.head) + len(strip.body) + 1 + len(tables[0].head)


def _needs(sheet: ReportSheet, block: Block) -> list[list[int]]:
    """Return the pixels that each part of a block wants of the slots."""
    needs = [card_needs(sheet, block)] if block.cards else []
    if block.table is not None:
        needs.append(table_needs(sheet, block, block.table))
        needs += [grid_needs(drawn.frame) for drawn in grids(sheet, block)]
    return needs


def _block(sheet: ReportSheet, parts: TabParts, block: Block, tab: Tab) -> None:
    """Add the regions of a block: its text, its cards, its table with the charts, its notes."""
    title, pixels = block.title, sum(parts.widths)
    sentences = note_sentences(block_notes(block, tab))
    if block.text:
        parts.regions.append(text_region(sheet, block, title, pixels))
        title = ""
    if block.cards:
        parts.regions.append(card_region(sheet, block, title))
        card_change_rules(parts, block, parts.regions[-1].id, title)
        sentences = card_notes(block.cards) + sentences
        title = ""
    if block.table is not None:
        sentences = _table(sheet, parts, block, title) + sentences
    _notes(sheet, parts, f"{block.id}.notes", sentences)


def _notes(sheet: ReportSheet, parts: TabParts, name: str, sentences: list[str]) -> None:
    """Add notes where there are any."""
    if sentences:
        parts.regions.append(notes_region(sheet, name, sentences, sum(parts.widths)))


def _table(sheet: ReportSheet, parts: TabParts, block: Block, title: str) -> list[str]:
    """Add a table with its heat maps and charts above it; return the sentences that explain them."""
    assert block.table is not None
    if block.charts:
        add_charts(sheet, parts, block, title)
        add_grids(sheet, parts, block)
        title = ""
    parts.regions.append(table_region(sheet, block, block.table, title))
    shade_columns(sheet, parts, block)
    mark_rules(parts, block, block.table)
    table_change_rules(parts, block, block.table)
    return legend_sentences(sheet, block.table) + chart_sentences(sheet, block)
