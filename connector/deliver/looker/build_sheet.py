"""The sheet a person builds a master report by, since no programming interface of Looker Studio makes one.

All text stands in it already, in the reader's language; here it becomes Markdown or one HTML file with a drawing of
each page. https://docs.cloud.google.com/data-studio/
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from connector.deliver.files.display import Display
from connector.deliver.files.targets import write_bytes
from connector.deliver.files.text import page_text
from connector.deliver.files.theme import INK, MUTED, PANEL, RULE, palette, readable_on_white
from connector.deliver.looker.wireframe import Box, page_drawing
from connector.errors import FileError, quote
from connector.model.report import Theme

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE: Final = Template("""
body { margin: 0 auto; max-width: 1240px; padding: 24px; color: $ink; background: #fff;
  font: 14px/1.5 "$font", "Segoe UI", system-ui, Arial, sans-serif; }
h1 { margin: 0; font-size: 26px; color: $title; }
h2 { margin: 36px 0 8px; font-size: 20px; color: $title; border-bottom: 2px solid $primary; }
.question { margin: 4px 0 0; color: $muted; }
li { margin: 6px 0; overflow-wrap: anywhere; }
code { background: $panel; padding: 1px 4px; font-size: 13px; }
svg { display: block; width: 100%; height: auto; border: 1px solid $rule; margin: 12px 0; background: #fff; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13px; width: 100%; }
th, td { padding: 5px 8px; text-align: left; vertical-align: top; border-bottom: 1px solid $rule; }
th { background: $panel; border-bottom: 2px solid $primary; }
td:first-child { font-weight: 600; }
td:last-child { white-space: nowrap; }
@media print { h2 { break-before: page; } svg, tr { break-inside: avoid; } }
""")


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """One chart or control: its number on the page, where it stands, and what to set, cell by cell."""

    box: Box
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """One page: its name, its height in pixels, its parts."""

    title: str
    height: int
    parts: tuple[BuiltPart, ...]


@dataclass(frozen=True, slots=True)
class BuildSheet:
    """Everything a person needs. ``before`` and ``after`` are steps; back ticks around text are kept as code."""

    title: str
    question: str
    language: str
    before: tuple[str, ...]
    heads: tuple[str, ...]
    pages: tuple[BuiltPage, ...]
    after: tuple[str, ...]
    theme: Theme
    display: Display
    """How the figures of its drawings are written."""


def write_build_sheet(sheet: BuildSheet, target: Path) -> None:
    """Write the sheet as .html or .md in one step. Raises FileError, StorageFull."""
    check_target(target)
    write_bytes(target, (page_html(sheet) if target.suffix == ".html" else markdown(sheet)).encode())


def check_target(target: Path) -> None:
    """Refuse a file that is no kind of build sheet. Raises FileError."""
    if target.suffix not in (".html", ".md"):
        raise FileError(
            f"{quote(target.suffix)} is no kind of build sheet.", place="--out", remedy="Name .html or .md."
        )


def markdown(sheet: BuildSheet) -> str:
    """Return the sheet as Markdown, without drawings."""
    lines = [f"# {sheet.title}", "", sheet.question, ""]
    lines += _numbered(sheet.before, 1)
    for page in sheet.pages:
        lines += ["", f"## {page.title}", "", _row(sheet.heads), _row(["---"] * len(sheet.heads))]
        lines += [_row([str(part.box.number), *part.cells]) for part in page.parts]
    return "\n".join([*lines, "", *_numbered(sheet.after, len(sheet.before) + 1), ""])


def _numbered(steps: tuple[str, ...], first: int) -> list[str]:
    return [f"{number}. {step}" for number, step in enumerate(steps, first)]


def _row(cells: list[str] | tuple[str, ...]) -> str:
    kept = [cell.replace("|", "\\|") for cell in cells]
    return f"| {' | '.join(kept)} |"


def page_html(sheet: BuildSheet) -> str:
    """Return the sheet as one page that needs nothing else: no script, no request."""
    colours = palette(sheet.theme)
    style = _STYLE.substitute(
        ink=INK, muted=MUTED, panel=PANEL, rule=RULE, primary=colours.primary, font=colours.font,
        title=readable_on_white(colours.primary),
    )  # fmt: skip
    heads = "".join(f"<th>{_html(head)}</th>" for head in sheet.heads)
    pages = "".join(_page(page, heads, sheet) for page in sheet.pages)
    return (
        f'<!DOCTYPE html>\n<html lang="{sheet.language}"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_html(sheet.title)}</title>'
        f"<style>{style}</style></head><body><h1>{_html(sheet.title)}</h1>"
        f'<p class="question">{_html(sheet.question)}</p>{_steps(sheet.before, 1)}{pages}'
        f"<h2></h2>{_steps(sheet.after, len(sheet.before) + 1)}</body></html>\n"
    )


def _page(page: BuiltPage, heads: str, sheet: BuildSheet) -> str:
    boxes = [part.box for part in page.parts]
    drawing = page_drawing(boxes, page.height, palette(sheet.theme), page.title, sheet.display)
    rows = "".join(
        f"<tr><td>{part.box.number}</td>{''.join(f'<td>{_html(cell)}</td>' for cell in part.cells)}</tr>"
        for part in page.parts
    )
    table = f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    return f"<h2>{_html(page.title)}</h2>{drawing}{table}"


def _steps(steps: tuple[str, ...], first: int) -> str:
    return f'<ol start="{first}">{"".join(f"<li>{_html(step)}</li>" for step in steps)}</ol>'


def _html(text: str) -> str:
    """Escape text; what stands between back ticks is code."""
    parts = escape(page_text(text)).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
