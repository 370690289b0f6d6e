"""A table as HTML: aligned figures, marks, links, total row."""

from __future__ import annotations

from html import escape
from typing import Final

from connector.deliver.files.changes import direction_of, header, verdict
from connector.deliver.files.display import DASH, Display, finite
from connector.deliver.files.text import clip, page_text, web_address
from connector.model.report import Block
from connector.model.table import Cell, Table, TableColumn

MOST_ROWS: Final = 500
"""Rows of a table that a page shows."""
LONGEST_TEXT: Final = 2_000
"""Characters of a cell that a page shows."""


def table_html(block: Block, table: Table, display: Display) -> str:
    """Return the table of a block, with a legend of its marks and the note that rows are left out."""
    if not table.rows:
        return f'<p class="none">{escape(display.words["no_rows"])}</p>'
    names = [escape(page_text(header(table, column, display.words))) for column in table.columns]
    head = "".join(
        f'<th scope="col"{_class("n" if numeric(column) else "")}>{name}</th>'
        for name, column in zip(names, table.columns, strict=True)
    )
    shown = table.rows[:MOST_ROWS]
    body = "\n".join(f"<tr>{_row(block, table, number, row, display)}</tr>" for number, row in enumerate(shown))
    foot = "" if table.totals is None else f"<tfoot><tr>{_totals(table, table.totals, display)}</tr></tfoot>"
    cut = ""
    if len(shown) < len(table.rows):
        text = display.words["rows_cut"].format(shown=display.whole(len(shown)), all=display.whole(len(table.rows)))
        cut = f'<p class="caption">{escape(text)}</p>'
    grid = f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody>{foot}</table>"
    return f'<div class="scroll">{grid}</div>{cut}{_legend(block, table, display)}'


def change_html(change: Cell, direction: str, display: Display) -> str:
    """Return a change with its arrow, coloured by whether it is good."""
    number = finite(change)
    if number is None:
        return f'<span class="none">{DASH}</span>'
    text = escape(display.change(number))
    return f'<span class="change {verdict(number, direction)}">{text}</span>'


def numeric(column: TableColumn) -> bool:
    """Whether a column holds figures, which stand on the right."""
    return column.unit not in ("text", "date", "instant", "period", "boolean")


def _row(block: Block, table: Table, number: int, row: tuple[Cell, ...], display: Display) -> str:
    address = web_address(block.links.get(number, ""))
    cells = []
    for place, (column, cell) in enumerate(zip(table.columns, row, strict=True)):
        mark = block.marks.get((number, place), "")
        inner = _cell(table, (number, place), cell, display)
        if mark == "missing" and cell is None:
            inner = ""
        elif place == 0 and address is not None and cell is not None:
            inner = f'<a href="{escape(address)}" rel="noopener noreferrer">{inner}</a>'
        names = " ".join(name for name in (_look(column), _length(cell), mark) if name)
        hint = f' title="{escape(display.words[mark])}"' if mark else ""
        cells.append(f"<td{_class(names)}{hint}>{inner}</td>")
    return "".join(cells)


def _cell(table: Table, spot: tuple[int, int], cell: Cell, display: Display) -> str:
    column = table.columns[spot[1]]
    if column.role == "change":
        return change_html(cell, direction_of(table, column), display)
    if cell is None and column.role == "dimension" and column.unit == "text":
        return f'<span class="none">{escape(display.words["not_set"])}</span>'
    text = escape(page_text(clip(display.cell(cell, column.unit, column.grain), LONGEST_TEXT)))
    if spot in table.small and finite(cell) is not None:
        count = f"n={table.small_n[spot]}" if spot in table.small_n else "n&lt;5"
        return f'<span class="small">{text} ({count})</span>'
    return f'<span class="none">{text}</span>' if text == DASH else text


def _totals(table: Table, totals: tuple[Cell, ...], display: Display) -> str:
    cells, named = [], False
    for column, cell in zip(table.columns, totals, strict=True):
        if column.role == "dimension":
            cells.append(f"<td>{'' if named else escape(display.words['total'])}</td>")
            named = True
        elif column.role == "change":
            cells.append(f'<td class="n">{change_html(cell, direction_of(table, column), display)}</td>')
        else:
            text = escape(page_text(display.cell(cell, column.unit, column.grain)))
            cells.append(f"<td{_class(_look(column))}>{text}</td>")
    return "".join(cells)


def _length(cell: Cell) -> str:
    """Texts that could widen the table without end break anywhere."""
    return "long" if isinstance(cell, str) and (len(cell) > 120 or any(len(word) > 36 for word in cell.split())) else ""


def _look(column: TableColumn) -> str:
    names = ["n"] if numeric(column) else ["d"] if column.unit in ("date", "instant", "period") else []
    if column.role == "comparison":
        names.append("comparison")
    return " ".join(names)


def _legend(block: Block, table: Table, display: Display) -> str:
    used = set(block.marks.values())
    parts = [
        f'<span class="{mark}">{escape(display.words[mark])}</span>' for mark in ("missing", "wrong") if mark in used
    ]
    if table.small:
        parts.append(f'<span class="small">{escape(display.words["small"])}</span>')
    return f'<div class="legend">{"".join(parts)}</div>' if parts else ""


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""
