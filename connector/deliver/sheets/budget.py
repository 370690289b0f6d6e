"""How many cells a spreadsheet may have: counted before anything is written. Empty cells of a grid count too."""

from __future__ import annotations

from typing import Final

from connector.errors import UserError

MOST_CELLS: Final = 10_000_000
"""https://support.google.com/drive/answer/37603"""


def check_cells(there: int, more: int, spreadsheet: str) -> None:
    """Raise UserError when a spreadsheet of so many cells would grow beyond what Google allows."""
    if there + more > MOST_CELLS:
        raise UserError(
            f"The spreadsheet has {there:,} cells and would need {more:,} more; Google allows {MOST_CELLS:,}.",
            place=f"spreadsheet {spreadsheet}",
            remedy="Delete tabs, or empty rows and columns, or give the report a filter or a shorter range.",
        )
