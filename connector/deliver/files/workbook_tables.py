"""A table on a sheet: widths, header with filter buttons, cells, marks, links, total row."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from xlsxwriter.format import Format

from connector.deliver.files.changes import COLOURS, direction_of, header, verdict
from connector.deliver.files.display import DASH, Figure, finite
from connector.deliver.files.text import cell_text, one_line, web_address
from connector.deliver.files.theme import BAD, FAINT, INK, MISSING, MUTED, RULE, WRONG, tint
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_formulas import NUMERIC, TableFormulas, number_cell
from connector.deliver.files.workbook_styles import with_text
from connector.errors import FileError
from connector.model.report import Block
from connector.model.table import Cell, Table, TableColumn

NARROWEST: Final = 9.0
WIDEST: Final = 46.0
MOST_LINES: Final = 3
"""A row is at most so many lines high, however long its texts are."""
MOST_ROWS: Final = 1_048_576
MOST_COLUMNS: Final = 16_384
MOST_LINKS: Final = 60_000
MOST_COMMENTS: Final = 200
_ESCAPE: Final = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""Excel reads ``_x0041_`` in a column name as an escaped letter and would then miss the cell of that name."""
_FIRST_DAY: Final = date(1900, 3, 1)
"""Days before it have no serial number that all spreadsheet programs agree on."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a table stands: its header row, its first and last row of cells, the first free row below."""

    header: int
    first: int
    last: int
    after: int


def table_widths(canvas: Canvas, table: Table) -> list[float]:
    """Return the width of each column from its longest word, number and name, in characters."""
    rows = table.rows if table.totals is None else (*table.rows, table.totals)
    widths = [
        _width(canvas, column, header(table, column, canvas.display.words), [row[place] for row in rows])
        for place, column in enumerate(table.columns)
    ]
    greyed = {place for _, place in table.small}
    return [width + 6 if place in greyed else width for place, width in enumerate(widths)]


def write_table(canvas: Canvas, block: Block, table: Table, top: int) -> Placed:
    """Write the table of a block with its header in row ``top``. Raises FileError when a sheet cannot hold it."""
    _check_size(canvas, table, top)
    first = top + 1
    formulas = TableFormulas(table, first)
    columns = [_ColumnWriter(canvas, formulas, table, place) for place in range(len(table.columns))]
    names = _header(canvas, columns, top)
    for number, row in enumerate(table.rows):
        _write_row(canvas, columns, block, first + number, number, row)
    last = top + len(table.rows)
    if not table.rows:
        canvas.paragraph(
            first, canvas.display.words["no_rows"], canvas.styles.get(font_color=MUTED, italic=True, text_wrap=True)
        )
        return Placed(top, first, first, first + 1)
    options = {"columns": names, "style": None, "autofilter": True}
    canvas.sheet.add_table(top, 0, last, len(columns) - 1, options)
    if table.totals is None:
        return Placed(top, first, last, last + 1)
    _totals(canvas, columns, table.totals, last + 1)
    return Placed(top, first, last, last + 2)


class _ColumnWriter:
    """Writes the cells of one column; knows its formats."""

    def __init__(self, canvas: Canvas, formulas: TableFormulas, table: Table, place: int) -> None:
        column = table.columns[place]
        self.canvas = canvas
        self.formulas = formulas
        self.column = column
        self.place = place
        self.numeric = column.unit in NUMERIC
        self.name = header(table, column, canvas.display.words)
        whole = all(float(number).is_integer() for row in table.rows if (number := finite(row[place])) is not None)
        self._direction = direction_of(table, column)
        formats = canvas.formats
        self._code = formats.change() if column.role == "change" else formats.unit(column.unit, whole=whole)
        self._frame = {"align": "right" if self.numeric else "left", "bottom": 4, "bottom_color": RULE}

    def total(self, row: int, cell: Cell, **look: Any) -> None:
        """Write one cell of the total row."""
        self._write(row, cell, self.formulas.total(self.place), look)

    def write(self, row: int, cell: Cell, **look: Any) -> None:
        """Write one cell in a sheet row; ``look`` adds properties to the format of its kind."""
        self._write(row, cell, self.formulas.cell(row, self.place), look)

    def _write(self, row: int, cell: Cell, formula: str, look: dict[str, Any]) -> None:
        sheet, place = self.canvas.sheet, self.place
        number = finite(cell)
        if number is not None:
            value, style = number_cell(number, self.column.unit), self._number_style(number, look)
            if formula:
                sheet.write_formula(row, place, formula, style, value)
            else:
                sheet.write_number(row, place, value, style)
        elif formula:
            sheet.write_formula(row, place, formula, self._style(look, font_color=FAINT), DASH)
        elif isinstance(cell, date) and _has_serial(cell) and not self._named(cell):
            moment = isinstance(cell, datetime)
            code = self.canvas.formats.instant() if moment else self.canvas.formats.day(self.column.grain)
            local = self.canvas.display.local(cell) if isinstance(cell, datetime) else cell
            sheet.write_datetime(row, place, local, self._style(look, num_format=code, align="left"))
        elif cell is None or isinstance(cell, float):
            self.canvas.text(row, place, self._nothing(), self._style(look, font_color=FAINT))
        else:
            text = self.canvas.display.cell(cell, self.column.unit, self.column.grain)
            self.canvas.text(row, place, text, self._style(look, text_wrap=True))

    def blank(self, row: int, **look: Any) -> None:
        self.canvas.sheet.write_blank(row, self.place, None, self._style(look))

    def link(self, row: int, address: str, text: str, **look: Any) -> None:
        style = self._style(look, font_color=self.canvas.palette.primary, underline=1, text_wrap=True)
        self.canvas.sheet.write_url(row, self.place, address, style, cell_text(text))

    def _named(self, cell: Cell) -> bool:
        """Whether a period has a name that no date format can show, such as a quarter's."""
        return not isinstance(cell, datetime) and self.column.grain in ("quarter", "fiscal_period")

    def _nothing(self) -> str:
        words = self.canvas.display.words
        return words["not_set"] if self.column.role == "dimension" and self.column.unit == "text" else DASH

    def _number_style(self, number: Figure, look: dict[str, Any]) -> Format:
        properties: dict[str, Any] = {"num_format": self._code, "align": "right"}
        if self.column.role == "comparison":
            properties["font_color"] = MUTED
        if self.column.role == "change":
            properties["font_color"] = COLOURS[verdict(number, self._direction)]
        after = look.pop("after", "")
        if after:
            properties |= {"num_format": with_text(self._code, after=after), "font_color": FAINT, "italic": True}
        return self._style(look, **properties)

    def _style(self, look: dict[str, Any], **properties: Any) -> Format:
        look.pop("after", None)
        return self.canvas.styles.get(**(self._frame | properties | look))


def _check_size(canvas: Canvas, table: Table, top: int) -> None:
    if top + len(table.rows) + 60 > MOST_ROWS or len(table.columns) > MOST_COLUMNS:
        raise FileError(
            f"A table of {len(table.rows):,} rows and {len(table.columns):,} columns does not fit a sheet.",
            place=f"tab {canvas.name}",
            remedy="Narrow the date range or the filters, or ask for CSV or JSON.",
        )


def _header(canvas: Canvas, columns: list[_ColumnWriter], top: int) -> list[dict[str, Any]]:
    """Write the header row; return what XlsxWriter needs to know: names, each of them once."""
    fill = tint(canvas.palette.primary, 0.88)
    canvas.sheet.set_row(top, 32)
    names, taken = [], set[str]()
    for writer in columns:
        stem = _ESCAPE.sub("-", one_line(writer.name, 200) or one_line(writer.column.id, 200) or "—")
        name, number = stem, 2
        while name.casefold() in taken:
            name, number = f"{stem} ({number})", number + 1
        taken.add(name.casefold())
        align: dict[str, Any] = {"align": "right", "indent": 2} if writer.numeric else {"align": "left"}
        look = {"bold": True, "bg_color": fill, "bottom": 2, "bottom_color": canvas.palette.primary, "text_wrap": True}
        style = canvas.styles.get(**(look | align))
        canvas.text(top, writer.place, name, style)
        names.append({"header": name, "header_format": style})
    return names


def _write_row(
    canvas: Canvas, columns: list[_ColumnWriter], block: Block, row: int, number: int, cells: tuple[Cell, ...]
) -> None:
    table = block.table
    assert table is not None
    link = web_address(block.links.get(number, "")) if number < MOST_LINKS else None
    for writer, cell in zip(columns, cells, strict=True):
        spot = (number, writer.place)
        mark = block.marks.get(spot)
        if mark == "missing" and cell is None:
            writer.blank(row, bg_color=MISSING)
        elif mark is not None:
            writer.write(row, cell, **_mark_look(canvas, row, writer.place, mark, len(block.marks)))
        elif writer.place == 0 and link is not None and cell is not None:
            writer.link(row, link, canvas.display.cell(cell, writer.column.unit, writer.column.grain))
        elif spot in table.small:
            writer.write(row, cell, after=f"(n={table.small_n[spot]})" if spot in table.small_n else "(n<5)")
        else:
            writer.write(row, cell)
    lines = max(
        (len(cell) / canvas.widths[place] for place, cell in enumerate(cells) if isinstance(cell, str)), default=0
    )
    if lines > 1 or any("\n" in cell for cell in cells if isinstance(cell, str)):
        canvas.sheet.set_row(row, 13.5 * min(MOST_LINES, max(2, math.ceil(lines))) + 2)


def _mark_look(canvas: Canvas, row: int, place: int, mark: str, marks: int) -> dict[str, Any]:
    if mark == "missing":
        return {"bg_color": MISSING}
    if marks <= MOST_COMMENTS:
        canvas.sheet.write_comment(row, place, canvas.display.words["wrong"], {"x_scale": 1.2, "y_scale": 0.5})
    # Excel draws the hatch; programs without patterns show the mixed colour, so the border carries the mark too
    return {"pattern": 14, "fg_color": "#E58A84", "bg_color": WRONG, "border": 1, "border_color": BAD}


def _totals(canvas: Canvas, columns: list[_ColumnWriter], totals: tuple[Cell, ...], row: int) -> None:
    look = {"bold": True, "top": 1, "top_color": INK, "bottom": 0}
    named = False
    for writer, cell in zip(columns, totals, strict=True):
        if writer.column.role != "dimension":
            writer.total(row, cell, **look)
        elif named:
            writer.blank(row, **look)
        else:
            canvas.text(row, writer.place, canvas.display.words["total"], canvas.styles.get(**look))
            named = True


def _has_serial(cell: date) -> bool:
    return (cell.date() if isinstance(cell, datetime) else cell) >= _FIRST_DAY


def _width(canvas: Canvas, column: TableColumn, name: str, cells: list[Cell]) -> float:
    """Numbers are measured at their extremes only; a header may take two lines, and leaves room for its button."""
    show = canvas.display.cell
    numbers = [number for cell in cells if (number := finite(cell)) is not None]
    longest = 1
    if numbers:
        longest = max(len(show(edge, column.unit)) for edge in (min(numbers), max(numbers)))
        longest += 6 if column.role == "change" else 1
    texts = (cell for cell in cells if isinstance(cell, str))
    longest = max(longest, max((len(text) for text in texts), default=0))
    if any(isinstance(cell, date) for cell in cells):
        longest = max(longest, 17 if column.unit == "instant" else 12)
    label = one_line(name)
    words = max((len(word) for word in label.split()), default=1)
    head = max(words, -(-len(label) // 2) + 2) + 3
    return min(WIDEST, max(NARROWEST, longest + 2.0, float(head)))
