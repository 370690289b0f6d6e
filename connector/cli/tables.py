"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_rows(heads: Sequence[str], rows: Iterable[Sequence[object]], *, right: frozenset[int] = frozenset()) -> None:
    """Print rows of plain text; nothing in them is read as markup."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for place, head in enumerate(heads):
        table.add_column(Text(head), justify="right" if place in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_clean(cell)) for cell in row))
    Console(highlight=False, soft_wrap=False).print(table)


def _clean(cell: object) -> str:
    return "".join(char if char.isprintable() else " " for char in ("" if cell is None else str(cell)))
