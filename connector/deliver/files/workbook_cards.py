"""Score cards on a sheet: label, big figure, change with its arrow, the figure compared with."""

from __future__ import annotations

from typing import Any, Final

from xlsxwriter.utility import xl_rowcol_to_cell

from connector.deliver.files.changes import COLOURS, verdict
from connector.deliver.files.display import DASH, finite
from connector.deliver.files.theme import MUTED, PANEL
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_formulas import agree, change_formula, change_of, number_cell
from connector.deliver.files.workbook_styles import with_text
from connector.model.report import ScoreCard

IN_A_ROW: Final = 6
Run = tuple[int, int]
"""First and last column of a card."""


def write_cards(canvas: Canvas, cards: tuple[ScoreCard, ...], row: int) -> int:
    """Write the cards from ``row`` on, six in a row; return the first free row below them."""
    for start in range(0, len(cards), IN_A_ROW):
        row = _card_row(canvas, cards[start : start + IN_A_ROW], row + bool(start))
    return row


def _card_row(canvas: Canvas, cards: tuple[ScoreCard, ...], row: int) -> int:
    """Write cards side by side; a line that none of them fills is left out."""
    lines = [_label, _value]
    if any(card.comparison_label or finite(card.comparison) is not None for card in cards):
        lines += [_change, _comparison]
    if any(card.note for card in cards):
        lines.append(_note)
    widest = max(len(canvas.display.cell(card.value, card.unit)) * 12 + 24 for card in cards)
    longest = max(len(card.label) * 6 + 24 for card in cards)
    against = max(_against_pixels(canvas, card) for card in cards)
    runs = canvas.groups(len(cards), max(150, widest, min(longest, 280), against))
    for number, line in enumerate(lines):
        canvas.sheet.set_row(row + number, HEIGHTS[line])
        for run, card in zip(runs, cards, strict=True):
            line(canvas, card, run, row + number)
    return row + len(lines)


def _against_pixels(canvas: Canvas, card: ScoreCard) -> int:
    """Pixels that the figure compared with needs beside its words: a number that does not fit shows as ####."""
    if finite(card.comparison) is None:
        return 0
    return len(f"{card.comparison_label}: {canvas.display.cell(card.comparison, card.unit)}") * 6 + 24


def _label(canvas: Canvas, card: ScoreCard, run: Run, row: int) -> None:
    _text(canvas, row, run, card.label, font_size=9, font_color=MUTED, top=2, top_color=canvas.palette.primary)


def _value(canvas: Canvas, card: ScoreCard, run: Run, row: int) -> None:
    value, look = finite(card.value), {"font_size": 18, "bold": True}
    if value is None:
        _text(canvas, row, run, canvas.display.cell(card.value, card.unit), **look)
    else:
        _number(canvas, row, run, number_cell(value, card.unit), num_format=canvas.formats.unit(card.unit), **look)


def _change(canvas: Canvas, card: ScoreCard, run: Run, row: int) -> None:
    change, formula = finite(card.change), _formula(card, run, row)
    if change is None and formula:
        _result(canvas, row, run, formula, DASH, font_color=MUTED)
    elif change is None:
        _text(canvas, row, run, DASH if card.comparison_label else "", font_color=MUTED)
    else:
        look = {"num_format": canvas.formats.change(), "font_color": COLOURS[verdict(change, card.direction)]}
        if formula:
            _result(canvas, row, run, formula, float(change), bold=True, **look)
        else:
            _number(canvas, row, run, float(change), bold=True, **look)


def _formula(card: ScoreCard, run: Run, row: int) -> str:
    """Return the formula of the change in ``row`` from the figures above and below it; empty where they differ."""
    value, comparison = finite(card.value), finite(card.comparison)
    if value is None or comparison is None:
        return ""
    now, before = float(number_cell(value, card.unit)), float(number_cell(comparison, card.unit))
    if not agree(change_of(now, before), card.change):
        return ""
    return change_formula(xl_rowcol_to_cell(row - 1, run[0]), xl_rowcol_to_cell(row + 1, run[0]))


def _comparison(canvas: Canvas, card: ScoreCard, run: Run, row: int) -> None:
    comparison, look = finite(card.comparison), {"font_size": 9, "font_color": MUTED}
    label = f"{card.comparison_label}:" if card.comparison_label else ""
    if comparison is None:
        _text(canvas, row, run, f"{label} {DASH}" if label else "", **look)
    else:
        code = with_text(canvas.formats.unit(card.unit), before=label)
        _number(canvas, row, run, number_cell(comparison, card.unit), num_format=code, **look)


def _note(canvas: Canvas, card: ScoreCard, run: Run, row: int) -> None:
    _text(canvas, row, run, card.note, font_size=8, font_color=MUTED)


def _text(canvas: Canvas, row: int, run: Run, text: str, **look: Any) -> None:
    style = canvas.styles.get(**(_frame() | look))
    canvas.span(row, run, style)
    canvas.text(row, run[0], text, style)


def _number(canvas: Canvas, row: int, run: Run, number: float, **look: Any) -> None:
    style = canvas.styles.get(**(_frame() | look))
    canvas.span(row, run, style)
    canvas.sheet.write_number(row, run[0], number, style)


def _result(canvas: Canvas, row: int, run: Run, formula: str, value: float | str, **look: Any) -> None:
    style = canvas.styles.get(**(_frame() | look))
    canvas.span(row, run, style)
    canvas.sheet.write_formula(row, run[0], formula, style, value)


def _frame() -> dict[str, Any]:
    return {"bg_color": PANEL, "align": "left", "indent": 1, "valign": "vcenter", "right": 5, "right_color": "#FFFFFF"}


HEIGHTS: Final = {_label: 18.0, _value: 30.0, _change: 17.0, _comparison: 16.0, _note: 15.0}
"""Height in points of each line of a card."""
