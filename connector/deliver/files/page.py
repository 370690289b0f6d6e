"""A report as one HTML file that needs nothing else: style and charts inside, no script, no request.

Every text passes :func:`html.escape`; the content security policy forbids scripts and any load. A table shows
its first rows only (the workbook and the CSV have all), so that a page opens at once on a phone.
"""

from __future__ import annotations

import math
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Final

from connector.deliver.files.display import Display, finite
from connector.deliver.files.frames import ChartFrame, block_frames, caption
from connector.deliver.files.page_style import style_sheet
from connector.deliver.files.page_tables import change_html, table_html
from connector.deliver.files.strip import StripEntry, block_notes, block_title, range_line, strip
from connector.deliver.files.svg import render_chart_svg
from connector.deliver.files.svg_text import text_width
from connector.deliver.files.targets import write_bytes
from connector.deliver.files.text import one_line, page_text
from connector.deliver.files.theme import Palette, palette, readable_on_white
from connector.model.report import Block, Report, ScoreCard, Tab, Theme
from connector.model.table import Note, Table

WIDE: Final = 540
LONG: Final = 860
BROAD: Final = 1080
NARROW: Final = 330
"""Widths of the two drawings of each chart: for a laptop, by what the chart is, and for a phone."""
_LONG_AXIS: Final = 8
_SLIM, _TALL = 4, 12
"""A table of so few columns and more rows than that stands beside its charts even when there are several."""
_BESIDE: Final = 13
"""Rows of a table that are about as high as a chart."""
_MOST_CARDS: Final = 6
_ROOMY, _HUGE = 160, 235
"""Pixels of a figure that need a smaller letter, and that need a card with more room."""
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def write_page(report: Report, target: Path) -> None:
    """Write a report as one self-contained HTML file in one step. Raises FileError, StorageFull."""
    write_bytes(target, page_html(report).encode())


def page_html(report: Report) -> str:
    """Return the HTML of a report."""
    display = Display(report.language, report.currency, report.time_zone)
    colours = palette(report.theme)
    title = escape(one_line(f"{report.title} · {report.workspace}"))
    sections = "\n".join(_section(tab, number, display, colours) for number, tab in enumerate(report.tabs))
    return f"""<!DOCTYPE html>
<html lang="{display.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style_sheet(colours, readable_on_white(colours.primary))}</style>
</head>
<body>
{_header(report, display)}
<main>
{sections}
{_notes([note for note in report.notes if note.level == "info"])}
</main>
<footer>{escape(page_text(report.theme.name))}</footer>
</body>
</html>
"""


def _header(report: Report, display: Display) -> str:
    facts = "".join(_fact(entry) for entry in strip(report, display))
    links = "".join(
        f'<a href="#tab-{number}">{escape(page_text(tab.title))}</a>' for number, tab in enumerate(report.tabs)
    )
    menu = f'<nav aria-label="{escape(display.words["contents"])}">{links}</nav>' if len(report.tabs) > 1 else ""
    return f"""<header>
{_brand(report.theme)}
<h1>{escape(page_text(report.title))}</h1>
<p class="range">{escape(page_text(range_line(report, display)))}</p>
<dl class="strip">{facts}</dl>
{_notes([note for note in report.notes if note.level == "warning"])}
{menu}
</header>"""


def _brand(theme: Theme) -> str:
    """Return logo and name; the logo is part of the file."""
    logo = ""
    if theme.logo and theme.logo_type in ("image/png", "image/jpeg"):
        logo = f'<img alt="" src="data:{theme.logo_type};base64,{b64encode(theme.logo).decode("ascii")}">'
    return f'<div class="brand">{logo}<span>{escape(page_text(theme.name))}</span></div>'


def _fact(entry: StripEntry) -> str:
    value = escape(page_text(entry.value))
    return f"<div><dt>{escape(entry.label)}</dt><dd{_class('warns' if entry.warns else '')}>{value}</dd></div>"


def _section(tab: Tab, number: int, display: Display, colours: Palette) -> str:
    blocks = "\n".join(_block(block, tab, display, colours) for block in tab.blocks)
    heading = f"<h2>{escape(page_text(tab.title))}</h2>" if tab.title else ""
    return f'<section id="tab-{number}">\n{heading}\n{blocks}\n</section>'


def _block(block: Block, tab: Tab, display: Display, colours: Palette) -> str:
    title = block_title(block, tab)
    parts = [f"<h3>{escape(page_text(title))}</h3>"] if title else []
    parts += [f"<p>{escape(page_text(line))}</p>" for line in block.text.split("\n") if line.strip()]
    if block.cards:
        cards = "".join(_card(card, display) for card in block.cards)
        parts.append(f'<div class="cards{_card_sizes(block.cards, display)}">{cards}</div>')
    frames = block_frames(block, display)
    wide_table = block.table is not None and len(block.table.columns) > _SLIM + 1
    drawn = "".join(
        _figure(frame, block.title, _drawn_width(frame, alone=len(frames) == 1 and wide_table), display, colours)
        for frame in frames
    )
    charts = f'<div class="charts">{drawn}</div>' if drawn else ""
    table = "" if block.table is None else f'<div class="table">{table_html(block, block.table, display)}</div>'
    if charts or table:
        together = _stand_together(block.table, frames)
        parts.append(f'<div class="{"pair" if together else "stack"}">{charts}{table}</div>')
    parts.append(_notes(block_notes(block, tab)))
    return "\n".join(part for part in parts if part)


def _stand_together(table: Table | None, frames: list[ChartFrame]) -> bool:
    """Whether a table stands beside its charts: not one so long that white is left under them."""
    if table is None or not frames or any(frame.panels for frame in frames):
        return False
    if len(table.rows) > max(_BESIDE * len(frames), *(len(frame.categories) for frame in frames)):
        return False
    return len(frames) == 1 or (len(table.columns) <= _SLIM and len(table.rows) > _TALL)


def _card_sizes(cards: tuple[ScoreCard, ...], display: Display) -> str:
    """Return the classes of a group of cards: how large their figures can be, and rows that are evenly filled."""
    longest = max(text_width(display.cell(card.value, card.unit), 25, bold=True) for card in cards)
    size = " huge" if longest > _HUGE else " big" if longest > _ROOMY else ""
    rows = math.ceil(len(cards) / (_MOST_CARDS - 1 if size else _MOST_CARDS))
    return size + (f" in{math.ceil(len(cards) / rows)}" if rows > 1 and not size.endswith("huge") else "")


def _card(card: ScoreCard, display: Display) -> str:
    against = ""
    if card.comparison_label or card.comparison is not None:
        label = f"{card.comparison_label}: " if card.comparison_label else ""
        against = f"{label}{display.cell(card.comparison, card.unit)}"
    change = ""
    if finite(card.change) is not None or card.comparison_label:
        change = change_html(card.change, card.direction, display)
    parts = [
        f'<div class="label">{escape(page_text(card.label))}</div>',
        f'<div class="value">{escape(page_text(display.cell(card.value, card.unit)))}</div>',
        f"<div>{change}</div>" if change else "",
        f'<div class="against">{escape(page_text(against))}</div>' if against else "",
        f'<div class="note">{escape(page_text(card.note))}</div>' if card.note else "",
    ]
    return f'<div class="card">{"".join(parts)}</div>'


def _drawn_width(frame: ChartFrame, *, alone: bool) -> int:
    """Return the width for a laptop: panels take it all, a long time axis above a wide table most of it."""
    if frame.panels:
        return BROAD
    standing = frame.kind in ("column", "stacked_column", "line", "combo", "percent_bar")
    return LONG if alone and frame.over_time and standing and len(frame.categories) > _LONG_AXIS else WIDE


def _figure(frame: ChartFrame, block_name: str, laptop: int, display: Display, colours: Palette) -> str:
    name = frame.title or block_name
    wide, narrow = (render_chart_svg(frame, colours, display, width, name) for width in (laptop, NARROW))
    heading = f"<figcaption>{escape(page_text(frame.title))}</figcaption>" if frame.title else ""
    below = caption(frame, display, "running_pale")
    line = f'<p class="caption">{escape(below)}</p>' if below else ""
    label = escape(page_text(name))
    return (
        f'<figure{_class({BROAD: "broad", LONG: "long"}.get(laptop, ""))} role="group" aria-label="{label}">{heading}'
        f'<div class="wide">{wide}</div><div class="narrow">{narrow}</div>{line}</figure>'
    )


def _notes(notes: list[Note]) -> str:
    lines = "".join(
        f"<li{_class('warning' if note.level == 'warning' else '')}>{escape(page_text(note.text))}</li>"
        for note in notes
    )
    return f'<ul class="notes">{lines}</ul>' if lines else ""


def _class(name: str) -> str:
    return f' class="{name}"' if name else ""
