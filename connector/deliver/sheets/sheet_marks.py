"""Marks of cells that lack a value or break a rule: colours that follow what the row itself says in words."""

from __future__ import annotations

import re
from typing import Any, Final

from connector.deliver.files.theme import BAD, MISSING, WRONG
from connector.deliver.sheets.layout import ColumnRange, Rule
from connector.deliver.sheets.looks import colour
from connector.deliver.sheets.report_sheet import TabParts
from connector.deliver.sheets.sheet_tables import PROBLEMS, in_quotes
from connector.model.report import Block
from connector.model.table import Table

_PLAIN: Final = re.compile(r"[\w\s\-.,:;/%()&+#№°]{1,100}")
"""Names that may stand in a formula: without quotation marks, braces and backslashes."""


def mark_rules(parts: TabParts, block: Block, table: Table) -> None:
    """Add the rules that colour the cells which a row's last words name: yellow for missing, red for wrong.

    The rules read the words, so they stay right whatever rows and marks the next refresh brings. A column whose name
    could end a text within a formula has no rule; the words are there all the same.
    """
    if not block.marks:
        return
    for column in table.columns:
        if column.role != "dimension" or not _PLAIN.fullmatch(column.label):
            continue
        over = (ColumnRange(parts.id, block.id, column.id),)
        named = f'ISNUMBER(FIND("{in_quotes(column.label)}",{{column:{PROBLEMS}}}{{row}}))'
        empty = "ISBLANK({column}{row})"
        parts.rules += [
            Rule(_rule(f"=AND({empty},{named})", {"backgroundColorStyle": colour(MISSING)}), over),
            Rule(_rule(f"=AND(NOT({empty}),{named})", _WRONG), over),
        ]


_WRONG: Final[dict[str, Any]] = {
    "backgroundColorStyle": colour(WRONG),
    "textFormat": {"foregroundColorStyle": colour(BAD), "bold": True},
}


def _rule(formula: str, look: dict[str, Any]) -> dict[str, Any]:
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": formula}]}
    return {"booleanRule": {"condition": condition, "format": look}}
