"""A table in a PDF: measured columns, wrapped text, a head that comes again on every page."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from connector.deliver.files.changes import COLOURS, direction_of, header, verdict
from connector.deliver.files.display import DASH, Display, finite
from connector.deliver.files.page_tables import numeric
from connector.deliver.files.pdf_canvas import Area, TextLook, lines_svg, measure, rect_svg, rule_svg, wrap
from connector.deliver.files.pdf_pages import Piece
from connector.deliver.files.text import web_address
from connector.deliver.files.theme import BAD, FAINT, INK, MISSING, MUTED, RULE, WRONG, Palette, tint
from connector.model.report import Block
from connector.model.table import Cell, Table, TableColumn

MOST_ROWS: Final = 150
"""Rows of a table that a PDF shows: five pages; nobody reads more on paper, and the workbook has them all."""
SIZES: Final = (8.5, 8.0, 7.5, 7.0, 6.5)
"""Sizes of the text that are tried, largest first."""
PAD: Final = 5.0
NARROWEST: Final = 46.0
WIDEST: Final = 230.0
MOST_LINES: Final = 12


@dataclass(frozen=True, slots=True)
class TextCell:
    """A cell ready to be drawn."""

    text: str
    colour: str = INK
    bold: bool = False
    ground: str = ""
    edge: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as text: names, rows, the total row, and which columns hold figures."""

    names: tuple[str, ...]
    right: tuple[bool, ...]
    rows: tuple[tuple[TextCell, ...], ...]
    totals: tuple[TextCell, ...] | None
    size: float = SIZES[0]
    widths: tuple[float, ...] = ()

    def columns(self, kept: list[int]) -> Grid:
        """Return the grid with some of its columns."""

        def cells(row: tuple[TextCell, ...]) -> tuple[TextCell, ...]:
            return tuple(row[place] for place in kept)

        return Grid(
            tuple(self.names[place] for place in kept),
            tuple(self.right[place] for place in kept),
            tuple(map(cells, self.rows)),
            None if self.totals is None else cells(self.totals),
            self.size,
            tuple(self.widths[place] for place in kept) if self.widths else (),
        )


def grid_of(block: Block, table: Table, display: Display) -> Grid:
    """Return the table of a block as text, the same words and figures as on the page."""
    rows = tuple(_row(block, table, number, row, display) for number, row in enumerate(table.rows[:MOST_ROWS]))
    return Grid(
        tuple(header(table, column, display.words) for column in table.columns),
        tuple(numeric(column) for column in table.columns),
        rows,
        None if table.totals is None else _totals(table, table.totals, display),
    )


def natural_width(grid: Grid, size: float = SIZES[0]) -> float:
    """Return how wide a grid wants to be: no text wrapped but long ones and names."""
    return sum(_natural(grid, place, size) for place in range(len(grid.names)))


def fitted(grid: Grid, room: float) -> list[Grid]:
    """Return the grid with widths and a size of text, cut into several when it is too wide for ``room``.

    Each of the several repeats the first column. Text columns give way first.
    """
    for size in SIZES:
        if natural_width(grid, size) <= room:
            widths = tuple(_natural(grid, place, size) for place in range(len(grid.names)))
            return [replace(grid, size=size, widths=widths)]
    size = SIZES[-1]
    squeezed = _squeezed(grid, size, room)
    whole = replace(grid, size=size, widths=tuple(squeezed))
    if sum(squeezed) <= room + 0.5:
        return [whole]
    return [whole.columns(part) for part in _parts(squeezed, room)]


def table_pieces(grid: Grid, palette: Palette, left: float = 0.0) -> list[Piece]:
    """Return head, rows and total row of a fitted grid as pieces."""
    head = _head(grid, palette, left)
    body = [_line(grid, row, left) for row in grid.rows]
    if grid.totals is not None:
        body.append(_line(grid, tuple(replace(cell, bold=True) for cell in grid.totals), left, total=True))
    pieces = [replace(piece, head=head) for piece in body]
    if len(pieces) > 1:  # neither a total nor a last row stands alone on a page
        pieces[-2] = replace(pieces[-2], stays=True)
    return [replace(head, stays=True), *pieces]


# --- cells


def _row(block: Block, table: Table, number: int, row: tuple[Cell, ...], display: Display) -> tuple[TextCell, ...]:
    address = web_address(block.links.get(number, "")) or ""
    made = []
    for place, cell in enumerate(row):
        shown = _cell(table, (number, place), cell, display)
        mark = block.marks.get((number, place), "")
        if mark:
            shown = replace(shown, ground=MISSING if mark == "missing" else WRONG, edge=BAD if mark == "wrong" else "")
        if mark == "missing" and cell is None:
            shown = replace(shown, text="")
        elif place == 0 and address and cell is not None:
            shown = replace(shown, address=address)
        made.append(shown)
    return tuple(made)


def _cell(table: Table, spot: tuple[int, int], cell: Cell, display: Display) -> TextCell:
    column = table.columns[spot[1]]
    if column.role == "change":
        return _change(table, column, cell, display)
    if cell is None and column.role == "dimension" and column.unit == "text":
        return TextCell(display.words["not_set"], FAINT)
    text = display.cell(cell, column.unit, column.grain)
    if spot in table.small and finite(cell) is not None:
        count = f"n={table.small_n[spot]}" if spot in table.small_n else "n<5"
        return TextCell(f"{text} ({count})", MUTED)
    return TextCell(text, FAINT if text == DASH else MUTED if column.role == "comparison" else INK)


def _change(table: Table, column: TableColumn, cell: Cell, display: Display) -> TextCell:
    number = finite(cell)
    if number is None:
        return TextCell(DASH, FAINT)
    return TextCell(display.change(number), COLOURS[verdict(number, direction_of(table, column))], bold=True)


def _totals(table: Table, totals: tuple[Cell, ...], display: Display) -> tuple[TextCell, ...]:
    made, named = [], False
    for column, cell in zip(table.columns, totals, strict=True):
        if column.role == "dimension":
            made.append(TextCell("" if named else display.words["total"]))
            named = True
        elif column.role == "change":
            made.append(_change(table, column, cell, display))
        else:
            made.append(TextCell(display.cell(cell, column.unit, column.grain)))
    return tuple(made)


# --- widths


def _look(grid: Grid, cell: TextCell) -> TextLook:
    return TextLook(grid.size, 600 if cell.bold else 400, cell.colour)


def _natural(grid: Grid, place: int, size: float) -> float:
    plain, bold = TextLook(size), TextLook(size, 600)
    cells = [row[place] for row in grid.rows]
    if grid.totals is not None:
        cells.append(replace(grid.totals[place], bold=True))
    longest = max((measure(cell.text, bold if cell.bold else plain) for cell in cells), default=0.0)
    if not grid.right[place]:
        longest = min(longest, WIDEST)
    words = max((measure(word, bold) for word in grid.names[place].split()), default=0.0)
    half = measure(grid.names[place], bold) * 0.56
    return max(longest, words, half, NARROWEST - 2 * PAD) + 2 * PAD


def _squeezed(grid: Grid, size: float, room: float) -> list[float]:
    """Narrow the text columns, the widest most, until the grid fits or none can give way."""
    widths = [_natural(grid, place, size) for place in range(len(grid.names))]
    texts = [place for place, right in enumerate(grid.right) if not right]
    least = 64.0
    while sum(widths) > room:
        widest = max((place for place in texts if widths[place] > least), key=lambda place: widths[place], default=None)
        if widest is None:
            break
        widths[widest] = max(least, widths[widest] - max(1.0, min(8.0, sum(widths) - room)))
    return widths


def _parts(widths: list[float], room: float) -> list[list[int]]:
    parts, used = [[0]], widths[0]
    for place, width in enumerate(widths[1:], start=1):
        if used + width > room and len(parts[-1]) > 1:
            parts.append([0])
            used = widths[0]
        parts[-1].append(place)
        used += width
    return parts


# --- drawing


def _head(grid: Grid, palette: Palette, left: float) -> Piece:
    look = TextLook(grid.size, 600)
    lines = [wrap(name, look, width - 2 * PAD, 4) for name, width in zip(grid.names, grid.widths, strict=True)]
    tallest = max(len(each) for each in lines)
    height = tallest * look.line + 8
    total = sum(grid.widths)
    parts = [rect_svg((left, 0, total, height), tint(palette.primary, 0.88))]
    parts += _row_texts(grid, [(each, look) for each in lines], left, height - 4)
    parts.append(rule_svg(left, height, total, palette.primary, 1.2))
    return Piece(height + 0.6, "".join(parts))


def _line(grid: Grid, row: tuple[TextCell, ...], left: float, *, total: bool = False) -> Piece:
    looks = [_look(grid, cell) for cell in row]
    lines = [
        wrap(cell.text, look, width - 2 * PAD + 0.2, MOST_LINES)
        for cell, look, width in zip(row, looks, grid.widths, strict=True)
    ]
    height = max(len(each) for each in lines) * grid.size * 1.28 + 5
    parts, links, x = [], [], left
    for cell, width in zip(row, grid.widths, strict=True):
        if cell.ground:
            parts.append(rect_svg((x + 0.5, 0.5, width - 1, height - 1), cell.ground, cell.edge))
        if cell.address:
            links.append(Area(x, 0, width, height, cell.address))
        x += width
    for number, cell in enumerate(row):
        if cell.address:
            looks[number] = replace(looks[number], colour=INK, weight=600)
    parts += _row_texts(grid, list(zip(lines, looks, strict=True)), left, None)
    edge = rule_svg(left, 0, sum(grid.widths), INK, 1.0) if total else rule_svg(left, height, sum(grid.widths), RULE)
    return Piece(height, "".join([*parts, edge]), tuple(links))


def _row_texts(grid: Grid, cells: list[tuple[list[str], TextLook]], left: float, bottom: float | None) -> list[str]:
    """Draw the texts of a row; those of a head stand on its ``bottom``, others hang from the top."""
    parts, x = [], left
    for (lines, look), width, right in zip(cells, grid.widths, grid.right, strict=True):
        top = 2.0 if bottom is None else bottom - len(lines) * look.line
        place = x + width - PAD if right else x + PAD
        parts.append(lines_svg(place, top, lines, replace(look, anchor="end" if right else "start")))
        x += width
    return parts
