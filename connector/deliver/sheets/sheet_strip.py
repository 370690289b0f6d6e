"""The head of a tab: title, range, how fresh and complete the figures are, and a line for who must act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from connector.deliver.files.strip import range_line, strip, tab_title
from connector.deliver.files.theme import BAD, INK
from connector.deliver.sheets.layout import Column, Layout, Look, Region, Row
from connector.deliver.sheets.report_sheet import LEAST_SLOT, ReportSheet, text_pixels
from connector.model.report import Tab

STRIP: Final = "strip"
"""Id of the region on every tab."""
PROBLEM_ROW: Final = 4
"""Row of the strip's head that says who must act; empty while all is well."""
_TITLE, _RANGE, _LABELS, _VALUES = range(4)


def strip_needs(sheet: ReportSheet) -> list[int]:
    """Return the pixels that the entries of the strip need, one in a slot."""
    return [
        max(LEAST_SLOT, text_pixels(entry.label, 5.2), text_pixels(entry.value, 5.8))
        for entry in strip(sheet.report, sheet.display)
    ]


def strip_region(sheet: ReportSheet, tab: Tab, width: int) -> Region:
    """Return the strip of a tab over ``width`` slots. Its body holds the warnings of the report, a line each."""
    report, looks = sheet.report, sheet.looks
    entries = strip(report, sheet.display)
    text = sheet.scalars.text
    name = f"{report.theme.name} · " if report.theme.name else ""
    head: list[Row] = [
        (text(f"{name}{tab_title(report, tab)}"),),
        (text(range_line(report, sheet.display)),),
        tuple(text(entry.label) for entry in entries),
        tuple(text(entry.value) for entry in entries),
        (None,),
    ]
    warnings = tuple((text(f"⚠ {note.text}"),) for note in report.notes if note.level == "warning")
    styles = (looks.title(), looks.line(INK), looks.strip_label(), looks.strip_value(), looks.line(BAD, 11, bold=True))
    spans = {_LABELS: len(entries), _VALUES: len(entries)}
    return Region(
        STRIP,
        tuple(Column(f"s{slot + 1}", format=looks.line(BAD, 9, bold=True)) for slot in range(width)),
        head=tuple(head),
        body=warnings,
        looks=tuple(Look(style, row, row + 1, 0, spans.get(row)) for row, style in enumerate(styles)),
        is_strip=True,
    )


def problem_strip(layout: Layout, sentences: Sequence[str]) -> Layout:
    """Return the layout with these sentences (what is wrong, who must act) in the strip of every tab; none clears it.

    Nothing else changes, so the last good figures stay.
    """
    line: Row = (f"⚠ {' '.join(sentences)}",) if sentences else (None,)
    tabs = (
        replace(tab, regions=tuple(_said(region, line) if region.is_strip else region for region in tab.regions))
        for tab in layout.tabs
    )
    return replace(layout, tabs=tuple(tabs))


def _said(region: Region, line: Row) -> Region:
    return replace(region, head=(*region.head[:PROBLEM_ROW], line, *region.head[PROBLEM_ROW + 1 :]))
