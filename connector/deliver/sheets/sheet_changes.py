"""Colours of changes: green where a change is good news, red where it is not, by rules that follow the figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from connector.deliver.files.changes import COLOURS, direction_of, verdict
from connector.deliver.sheets.layout import ColumnRange, Rule
from connector.deliver.sheets.looks import colour
from connector.deliver.sheets.report_sheet import TabParts
from connector.deliver.sheets.sheet_cards import card_change_rows
from connector.model.report import Block
from connector.model.table import Table

_SIGNS: Final[dict[str, float]] = {"NUMBER_GREATER": 1.0, "NUMBER_LESS": -1.0}


def table_change_rules(parts: TabParts, block: Block, table: Table) -> None:
    """Add the rules for the columns of changes of a table."""
    for direction in ("up", "down"):
        over = tuple(
            ColumnRange(parts.id, block.id, column.id)
            for column in table.columns
            if column.role == "change" and direction_of(table, column) == direction
        )
        if over:
            parts.rules += [Rule(rule, over) for rule in _rules(direction)]


def card_change_rules(parts: TabParts, block: Block, region: str, title: str) -> None:
    """Add the rules for the changes of cards."""
    for row, cards in card_change_rows(block, title):
        for direction in ("up", "down"):
            over = tuple(
                ColumnRange(parts.id, region, f"card{slot + 1}")
                for slot, card in enumerate(cards)
                if card.direction == direction
            )
            if over:
                parts.rules += [Rule(rule, over, head=row) for rule in _rules(direction)]


def _rules(direction: str) -> Iterator[dict[str, Any]]:
    for condition, sign in _SIGNS.items():
        look = {"textFormat": {"foregroundColorStyle": colour(COLOURS[verdict(sign, direction)])}}
        yield {"booleanRule": {"condition": {"type": condition, "values": [{"userEnteredValue": "0"}]}, "format": look}}
