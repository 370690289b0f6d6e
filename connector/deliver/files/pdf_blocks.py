"""The parts of a report as pieces of PDF pages: title, cards, charts beside or above their tables, notes."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from connector.deliver.files.changes import COLOURS, verdict
from connector.deliver.files.display import DASH, Display, finite
from connector.deliver.files.frames import ChartFrame, block_frames, caption
from connector.deliver.files.pdf_canvas import FONT, TextLook, lines_svg, measure, moved, rect_svg, rule_svg, wrap
from connector.deliver.files.pdf_pages import BODY, ROOM, Piece
from connector.deliver.files.pdf_tables import MOST_ROWS, Grid, fitted, grid_of, natural_width, table_pieces
from connector.deliver.files.strip import block_notes, block_title, range_line, strip
from connector.deliver.files.svg import render_chart_svg
from connector.deliver.files.theme import BAD, MISSING, MUTED, PANEL, RULE, WRONG, Palette, readable_on_white
from connector.model.report import Block, Report, ScoreCard, Tab
from connector.model.table import Note, Table

GAP: Final = 16.0
SCALE: Final = 0.75
"""Points to a pixel of a chart, so that its letters are a bit smaller than those of the tables."""
MOST_CARDS: Final = 5
"""Cards in a row."""
_LAST_ROWS: Final = 4
"""Pieces before the notes of a block that stand on their page."""
_AROUND: Final = 80.0
"""Points that title, notes and white space around a chart and its table take."""
_CARD_PAD: Final = 9.0
_H2: Final = TextLook(15, 700)
_H3: Final = TextLook(11.5, 600)
_PLAIN: Final = TextLook(9)
_SMALL: Final = TextLook(8, colour=MUTED)


class BlockPieces:
    """Turns the blocks of one report into pieces."""

    def __init__(self, display: Display, palette: Palette) -> None:
        self._display = display
        self._palette = replace(palette, font=FONT)
        self._title_colour = readable_on_white(palette.primary)

    # -- the frame

    def opening(self, report: Report) -> list[Piece]:
        """Title, range, status strip and warnings of the first page."""
        title = TextLook(22, 700, self._title_colour)
        pieces = [_text(report.title, title, after=2), _text(range_line(report, self._display), _PLAIN, after=6)]
        pieces.append(self._strip(report))
        pieces += self.notes([note for note in report.notes if note.level == "warning"])
        return [replace(piece, stays=True) for piece in pieces]

    def _strip(self, report: Report) -> Piece:
        entries = strip(report, self._display)
        width = ROOM / max(1, len(entries))
        parts, height = [], 0.0
        for number, entry in enumerate(entries):
            label = wrap(entry.label, _SMALL, width - 8, 2)
            look = TextLook(9, 600, BAD) if entry.warns else _PLAIN
            value = wrap(entry.value, look, width - 8, 2)
            parts.append(lines_svg(number * width, 6, label, _SMALL))
            parts.append(lines_svg(number * width, 7 + len(label) * _SMALL.line, value, look))
            height = max(height, 12 + len(label) * _SMALL.line + len(value) * look.line)
        edges = rule_svg(0, 0, ROOM, RULE) + rule_svg(0, height, ROOM, RULE)
        return Piece(height + GAP / 2, edges + "".join(parts))

    def tab(self, tab: Tab, *, fresh: bool) -> list[Piece]:
        """The pieces of a tab; its title stays with what follows."""
        look = replace(_H2, colour=self._title_colour)
        lines = wrap(tab.title, look, ROOM, 2)
        height = len(lines) * look.line + 6
        svg = lines_svg(0, 0, lines, look) + rule_svg(0, height - 2, ROOM, self._palette.primary, 1.5)
        blocks = [piece for block in tab.blocks for piece in self.block(block, tab)]
        title = Piece(height + 6, svg, stays=True, fresh=fresh, bookmark=tab.title, whole=_height(blocks))
        return [title, *blocks]

    # -- one block

    def block(self, block: Block, tab: Tab) -> list[Piece]:
        pieces: list[Piece] = []
        title = block_title(block, tab)
        if title:
            look = replace(_H3, colour=self._title_colour)
            pieces.append(replace(_text(title, look, before=8, after=3), stays=True))
        pieces += [_text(line, _PLAIN, after=4) for line in block.text.split("\n") if line.strip()]
        pieces += self._cards(block.cards)
        pieces += self._figures(block)
        said = self.notes(block_notes(block, tab))
        return [*_held_together(pieces, said), Piece(GAP / 2)] if pieces or said else []

    def notes(self, notes: list[Note]) -> list[Piece]:
        """Sentences below a block, warnings in red."""
        made = []
        for note in notes:
            look = replace(_SMALL, colour=BAD, weight=600) if note.level == "warning" else _SMALL
            made.append(_text(f"· {note.text}", look, after=1))
        return made

    def _cards(self, cards: tuple[ScoreCard, ...]) -> list[Piece]:
        rows = [cards[start : start + MOST_CARDS] for start in range(0, len(cards), MOST_CARDS)]
        width = (ROOM - GAP * 0.75 * (MOST_CARDS - 1)) / MOST_CARDS
        return [self._card_row(row, min(width * 1.3, (ROOM - 12 * (len(cards) - 1)) / len(cards), 190)
                               if len(rows) == 1 else width) for row in rows]  # fmt: skip

    def _card_row(self, cards: tuple[ScoreCard, ...], width: float) -> Piece:
        drawn = [self._card(card, width - 2 * _CARD_PAD) for card in cards]
        height = max(high for _, high in drawn) + 2 * _CARD_PAD - 4
        parts = []
        for number, (svg, _) in enumerate(drawn):
            x = number * (width + GAP * 0.75)
            parts.append(rect_svg((x, 0, width, height), PANEL) + rule_svg(x, 1, width, self._palette.primary, 2))
            parts.append(moved(x + _CARD_PAD, _CARD_PAD, svg))
        return Piece(height + GAP * 0.75, "".join(parts))

    def _card(self, card: ScoreCard, room: float) -> tuple[str, float]:
        """Return the inside of a card and its height."""
        display = self._display
        lines = [(line, _SMALL) for line in wrap(card.label, _SMALL, room, 3)]
        value = display.cell(card.value, card.unit)
        lines.append((value, _largest(value, room)))
        if finite(card.change) is not None or card.comparison_label:
            number = finite(card.change)
            colour = MUTED if number is None else COLOURS[verdict(number, card.direction)]
            lines.append((DASH if number is None else display.change(number), TextLook(9, 600, colour)))
        if card.comparison_label or card.comparison is not None:
            label = f"{card.comparison_label}: " if card.comparison_label else ""
            against = f"{label}{display.cell(card.comparison, card.unit)}"
            lines += [(line, _SMALL) for line in wrap(against, _SMALL, room, 3)]
        lines += [(line, _SMALL) for line in (wrap(card.note, _SMALL, room, 4) if card.note else [])]
        parts, y = [], 0.0
        for text, look in lines:
            parts.append(lines_svg(0, y, [text], look))
            y += look.line
        return "".join(parts), y

    # -- charts and tables

    def _figures(self, block: Block) -> list[Piece]:
        frames = block_frames(block, self._display)
        table = block.table
        if table is None or not table.rows:
            none = [_text(self._display.words["no_rows"], _SMALL, after=4)] if table is not None else []
            return [*self._charts(frames, block), *none]
        grid = grid_of(block, table, self._display)
        beside = self._beside(frames, block, grid)
        if beside is not None:
            return [beside, *self._below(block, table)]
        rows: list[Piece] = []
        for part in fitted(grid, ROOM):
            rows += [*table_pieces(part, self._palette), Piece(GAP / 2)]
        rows += self._below(block, table)
        return [*self._above(frames, block, _height(rows)), *rows]

    def _above(self, frames: list[ChartFrame], block: Block, below: float) -> list[Piece]:
        """The charts of a table ``below`` points high, a bit smaller when the page can then hold both."""
        charts = self._charts(frames, block)
        room = BODY - below - _AROUND
        high = _height(charts)
        if high <= room or room < high * 0.68:
            return charts
        return self._charts(frames, block, room - 45 if len(frames) <= 2 else BODY * 0.8)

    def _beside(self, frames: list[ChartFrame], block: Block, grid: Grid) -> Piece | None:
        """An only chart and a small table share the width, when both fit a part of a page."""
        width = natural_width(grid)
        if len(frames) != 1 or width > ROOM * 0.52:
            return None
        rows = table_pieces(fitted(grid, width)[0], self._palette)
        high = sum(piece.height for piece in rows)
        if high > BODY * 0.7:
            return None
        room = min(ROOM - width - GAP * 1.5, 470)
        drawn = self._chart(frames[0], block, room, BODY * 0.7)
        parts, y, links = [drawn.svg], 0.0, []
        for piece in rows:
            parts.append(moved(room + GAP * 1.5, y, piece.svg))
            links += [replace(link, x=link.x + room + GAP * 1.5, y=link.y + y) for link in piece.links]
            y += piece.height
        return Piece(max(high, drawn.height) + 4, "".join(parts), tuple(links))

    def _charts(self, frames: list[ChartFrame], block: Block, most: float = BODY * 0.8) -> list[Piece]:
        """Charts two by two, an only one and small multiples by themselves; drawings at most ``most`` points high."""
        half = (ROOM - GAP) / 2
        pieces: list[Piece] = []
        waiting: list[Piece] = []
        for frame in frames:
            if frame.panels or len(frames) == 1:
                pieces.append(self._chart(frame, block, ROOM if frame.panels else min(ROOM, 620), most))
            else:
                waiting.append(self._chart(frame, block, half, most))
        for start in range(0, len(waiting), 2):
            row = waiting[start : start + 2]
            drawn = "".join(moved(place * (half + GAP), 0, piece.svg) for place, piece in enumerate(row))
            pieces.append(Piece(max(piece.height for piece in row), drawn))
        return pieces

    def _chart(self, frame: ChartFrame, block: Block, width: float, most: float) -> Piece:
        """A chart ``width`` points wide with its title above and its caption below; a high one is made smaller."""
        drawn = render_chart_svg(frame, self._palette, self._display, round(width / SCALE))
        box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
        wide, high = (float(box[1]), float(box[2])) if box else (width / SCALE, 240.0)
        scale = min(width / wide, most / high)
        parts, y = [], 0.0
        if frame.title and frame.title != block.title:
            lines = wrap(frame.title, TextLook(9.5, 600), width, 2)
            parts.append(lines_svg(0, 0, lines, TextLook(9.5, 600)))
            y += len(lines) * TextLook(9.5).line + 3
        size = f'x="0" y="{y:.2f}" width="{wide * scale:.2f}" height="{high * scale:.2f}"'
        parts.append(drawn.replace("<svg", f"<svg {size}", 1))
        y += high * scale
        below = caption(frame, self._display, "running_pale")
        if below:
            lines = wrap(below, _SMALL, width, 3)
            parts.append(lines_svg(0, y + 2, lines, _SMALL))
            y += len(lines) * _SMALL.line + 2
        return Piece(y + 8, "".join(parts))

    def _below(self, block: Block, table: Table) -> list[Piece]:
        """The note that rows are left out, and what the marks mean."""
        words, whole = self._display.words, self._display.whole
        pieces = []
        if len(table.rows) > MOST_ROWS:
            text = words["rows_cut"].format(shown=whole(MOST_ROWS), all=whole(len(table.rows)))
            pieces.append(_text(text, _SMALL, after=1))
        used = set(block.marks.values())
        for mark, ground in (("missing", MISSING), ("wrong", WRONG)):
            if mark in used:
                box = rect_svg((0, 1, 8, 8), ground, BAD if mark == "wrong" else "")
                pieces.append(Piece(_SMALL.line + 1, box + lines_svg(12, 0, [words[mark]], _SMALL)))
        return pieces + ([_text(words["small"], _SMALL, after=1)] if table.small else [])


def _held_together(pieces: list[Piece], notes: list[Piece]) -> list[Piece]:
    """Keep notes on the page of the rows they speak of: a page with a note alone says nothing."""
    if not notes:
        return pieces
    kept = len(pieces) - _LAST_ROWS
    last = [replace(piece, stays=True) if number >= kept else piece for number, piece in enumerate(pieces)]
    return [*last, *(replace(piece, stays=True) for piece in notes[:-1]), notes[-1]]


def _height(pieces: list[Piece]) -> float:
    return sum(piece.height for piece in pieces)


def _text(text: str, look: TextLook, before: float = 0, after: float = 0) -> Piece:
    lines = wrap(text, look, ROOM, 12)
    return Piece(before + len(lines) * look.line + after, lines_svg(0, before, lines, look))


def _largest(value: str, room: float) -> TextLook:
    """The figure of a card as large as its card allows."""
    sizes = (18.0, 16.0, 14.0, 12.0, 10.0, 8.0)
    return next((look for size in sizes if measure(value, look := TextLook(size, 700)) <= room), TextLook(7, 700))
