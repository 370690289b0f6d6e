"""A table as a region: title, column headings and the total in the head, its rows in the body.

The total stands under the headings, where it never moves however many rows come and go. Every cell holds the exact
figure and only its format rounds; nothing is a formula.
"""

from __future__ import annotations

from typing import Final

from connector.deliver.files.changes import header
from connector.deliver.files.display import finite
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, MUTED, readable_on_white
from connector.deliver.sheets.layout import Column, Look, Region, Row, Scalar
from connector.deliver.sheets.number_formats import TEXT
from connector.deliver.sheets.report_sheet import ReportSheet, text_pixels
from connector.deliver.sheets.scalars import kind_of
from connector.model.report import Block
from connector.model.table import Cell, Table, TableColumn

LINK: Final = "link"
"""Id of the column with the addresses of the records."""
PROBLEMS: Final = "marks"
"""Id of the column that says in words which cells of its row lack a value or break a rule."""
ONE_LINE: Final = 24
"""Characters of a heading that stays on one line."""
_SEEN_ROWS: Final = 2_000
"""Rows whose texts decide how wide a column is."""


def table_region(sheet: ReportSheet, block: Block, table: Table, title: str) -> Region:
    """Return the table of a block; ``title`` is its first row unless empty."""
    columns = _columns(sheet, block, table)
    head: list[Row] = [(sheet.scalars.text(title),)] if title else []
    looks = [Look(sheet.looks.heading(), 0, 1)] if title else []
    heading = len(head)
    head.append(tuple(column.title for column in columns))
    looks += [
        Look(sheet.looks.column_heading(numeric=column.kind == "number"), heading, heading + 1, slot, slot + 1)
        for slot, column in enumerate(columns)
    ]
    if has_total(block, table):
        head.append(_total(sheet, table))
        looks += _total_looks(sheet, columns, heading + 1)
    body = tuple(_row(sheet, block, table, number) for number in range(len(table.rows)))
    return Region(
        block.id, columns, head=tuple(head), body=body, heading=heading, looks=tuple(looks), title=block.title
    )


def table_needs(sheet: ReportSheet, block: Block, table: Table) -> list[int]:
    """Return the pixels that the columns of a table need."""
    needs = [_need(sheet, table, place) for place in range(len(table.columns))]
    return [*needs, *([220] if block.marks else []), *([150] if has_links(block) else [])]


def has_links(block: Block) -> bool:
    """Whether the rows of a block name records that have addresses, whether or not one has one this time."""
    asked = block.question.dimensions if block.question is not None else ()
    return bool(block.links) or any(name.endswith(".external_url") for name in asked)


def has_total(block: Block, table: Table) -> bool:
    """Whether a table has a row for its total, whether or not there is a figure for it this time."""
    return table.totals is not None or (block.question is not None and block.question.totals)


def in_quotes(label: str) -> str:
    """Return a column's name as the words about a row give it: no other name can be taken for it."""
    return f"“{label}”"


def _columns(sheet: ReportSheet, block: Block, table: Table) -> tuple[Column, ...]:
    words, made = sheet.display.words, [_column(sheet, table, place) for place in range(len(table.columns))]
    if block.marks:
        made.append(Column(PROBLEMS, words["to_correct"], "text", sheet.looks.body(TEXT, numeric=False)))
    if has_links(block):
        ink = readable_on_white(sheet.looks.palette.primary)
        made.append(Column(LINK, words["link"], "text", sheet.looks.body(TEXT, numeric=False, ink=ink)))
    return tuple(made)


def _column(sheet: ReportSheet, table: Table, place: int) -> Column:
    column = table.columns[place]
    kind = kind_of(column)
    pattern = sheet.formats.column(column)
    ink = MUTED if column.role == "comparison" else INK
    title = one_line(header(table, column, sheet.display.words), 200) or one_line(column.id, 200)
    return Column(column.id, title, kind, sheet.looks.body(pattern, numeric=kind == "number", ink=ink))


def _row(sheet: ReportSheet, block: Block, table: Table, number: int) -> Row:
    scalars = sheet.scalars
    cells: list[Scalar] = [
        _marked(sheet, block, (number, place), cell, column)
        for place, (cell, column) in enumerate(zip(table.rows[number], table.columns, strict=True))
    ]
    if block.marks:
        cells.append(_problems(sheet, block, table, number))
    if has_links(block):
        cells.append(scalars.address(block.links.get(number, "")) or None)
    return tuple(cells)


def _marked(sheet: ReportSheet, block: Block, spot: tuple[int, int], cell: Cell, column: TableColumn) -> Scalar:
    """Return a cell; one that is marked as missing stays empty, also where others say that they have no value."""
    return None if cell is None and spot in block.marks else sheet.scalars.cell(cell, column)


def _problems(sheet: ReportSheet, block: Block, table: Table, number: int) -> str | None:
    """Return in words what is missing and what is wrong in a row."""
    said = []
    for mark in ("missing", "wrong"):
        names = [
            in_quotes(c.label) for place, c in enumerate(table.columns) if block.marks.get((number, place)) == mark
        ]
        if names:
            said.append(f"{sheet.display.words[mark]}: {', '.join(names)}")
    return sheet.scalars.text(" · ".join(said)) or None


def _total(sheet: ReportSheet, table: Table) -> Row:
    totals: tuple[Cell, ...] = table.totals if table.totals is not None else (None,) * len(table.columns)
    cells: list[Scalar] = []
    for place, (cell, column) in enumerate(zip(totals, table.columns, strict=True)):
        if place == 0 and column.role == "dimension":
            cells.append(sheet.display.words["total"])
        else:
            cells.append(None if column.role == "dimension" and cell is None else sheet.scalars.cell(cell, column))
    return tuple(cells)


def _total_looks(sheet: ReportSheet, columns: tuple[Column, ...], row: int) -> list[Look]:
    return [
        Look(
            sheet.looks.total(column.format.get("numberFormat", TEXT), numeric=column.kind == "number"),
            row, row + 1, slot, slot + 1,
        )
        for slot, column in enumerate(columns)
    ]  # fmt: skip


def _need(sheet: ReportSheet, table: Table, place: int) -> int:
    """Numbers are measured at their extremes, texts at what nine in ten of them need; a heading may take two lines."""
    column, show = table.columns[place], sheet.display.cell
    rows = table.rows[:_SEEN_ROWS]
    cells = [row[place] for row in (*rows, *([table.totals] if table.totals else []))]
    numbers = [number for cell in cells if (number := finite(cell)) is not None]
    longest = 0
    if numbers:
        longest = max(len(show(edge, column.unit)) for edge in (min(numbers), max(numbers))) + 1
    texts = sorted(len(show(cell, column.unit, column.grain)) for cell in cells if isinstance(cell, (str, type(None))))
    if texts and not numbers:
        longest = max(longest, texts[int((len(texts) - 1) * 0.9)])
    if column.unit == "instant":
        longest = max(longest, 17)
    label = one_line(header(table, column, sheet.display.words))
    words = max((len(word) for word in label.split()), default=1)
    head = len(label) if len(label) <= ONE_LINE else max(words, -(-len(label) // 2) + 2)
    return max(text_pixels("m" * longest), text_pixels("m" * head, 7.0))
