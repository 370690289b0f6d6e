"""Score cards as a region: a card in a slot, its lines below each other; values are the numbers themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from connector.deliver.files.display import DASH, finite
from connector.deliver.files.theme import INK, MUTED
from connector.deliver.sheets.layout import Column, Look, Region, Scalar
from connector.deliver.sheets.looks import Format
from connector.deliver.sheets.report_sheet import ReportSheet, text_pixels
from connector.model.report import Block, ScoreCard

IN_A_ROW: Final = 6
_COMPARED_LINES: Final = 5
_CHANGE_LINE: Final = 2
Line = Callable[[ReportSheet, ScoreCard], tuple[Scalar, Format]]
"""One line of a card: what its cell holds and how it looks."""


def card_needs(sheet: ReportSheet, block: Block) -> list[int]:
    """Return the pixels that the cards of a block need, one in a slot."""
    needs = [0] * min(IN_A_ROW, len(block.cards))
    for place, card in enumerate(block.cards):
        shown = sheet.display.cell(card.value, card.unit)
        wide = max(text_pixels(card.label, 5.8), text_pixels(shown, 10.5), text_pixels(card.comparison_label, 5.0))
        needs[place % IN_A_ROW] = max(needs[place % IN_A_ROW], min(wide, 240))
    return needs


def card_region(sheet: ReportSheet, block: Block, title: str) -> Region:
    """Return the cards of a block, six side by side; ``title`` is its first row unless empty.

    A block that is compared has the lines for it whether or not there is a figure to compare with this time, so
    that the region is always as high.
    """
    lines: list[Line] = [_label, _value, *((_change, _comparison, _against) if is_compared(block) else ())]
    head: list[tuple[Scalar, ...]] = [(sheet.scalars.text(title),)] if title else []
    looks = [Look(sheet.looks.heading(), 0, 1)] if title else []
    rows = [block.cards[start : start + IN_A_ROW] for start in range(0, len(block.cards), IN_A_ROW)]
    for number, cards in enumerate(rows):
        if number:
            head.append(())
        for line in lines:
            made = [line(sheet, card) for card in cards]
            place = len(head)
            looks += [Look(look, place, place + 1, slot, slot + 1) for slot, (_, look) in enumerate(made)]
            head.append(tuple(scalar for scalar, _ in made))
    columns = tuple(Column(f"card{slot + 1}") for slot in range(len(rows[0])))
    return Region(f"{block.id}.cards", columns, head=tuple(head), looks=tuple(looks), title=block.title)


def card_change_rows(block: Block, title: str) -> list[tuple[int, tuple[ScoreCard, ...]]]:
    """Return the rows of the head that hold changes, each with the cards whose changes those are."""
    if not is_compared(block):
        return []
    starts = range(0, len(block.cards), IN_A_ROW)
    return [
        (bool(title) + number * (_COMPARED_LINES + 1) + _CHANGE_LINE, block.cards[start : start + IN_A_ROW])
        for number, start in enumerate(starts)
    ]


def is_compared(block: Block) -> bool:
    """Whether the figures of a block stand beside others."""
    if block.question is not None:
        return block.question.compare is not None
    return any(card.comparison_label or finite(card.comparison) is not None for card in block.cards)


def card_notes(cards: Sequence[ScoreCard]) -> list[str]:
    """Return the notes of cards as sentences that name the card."""
    return [f"{card.label}: {card.note}" for card in cards if card.note]


def _label(sheet: ReportSheet, card: ScoreCard) -> tuple[Scalar, Format]:
    return sheet.scalars.text(card.label), sheet.looks.card(MUTED, 9, label=True)


def _value(sheet: ReportSheet, card: ScoreCard) -> tuple[Scalar, Format]:
    number = finite(card.value)
    look = sheet.looks.card(INK, 16, bold=True, number=sheet.formats.unit(card.unit))
    if number is not None:
        return sheet.scalars.number(number, card.unit), look
    return sheet.scalars.text(sheet.display.cell(card.value, card.unit)), look


def _change(sheet: ReportSheet, card: ScoreCard) -> tuple[Scalar, Format]:
    look = sheet.looks.card(MUTED, 10, bold=True, number=sheet.formats.change())
    change = finite(card.change)
    return (DASH if change is None else float(change)), look


def _comparison(sheet: ReportSheet, card: ScoreCard) -> tuple[Scalar, Format]:
    number = finite(card.comparison)
    look = sheet.looks.card(MUTED, 9, number=sheet.formats.unit(card.unit))
    return (DASH if number is None else sheet.scalars.number(number, card.unit)), look


def _against(sheet: ReportSheet, card: ScoreCard) -> tuple[Scalar, Format]:
    return sheet.scalars.text(card.comparison_label) or None, sheet.looks.card(MUTED, 8)
