"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_rows(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, right: frozenset[int] = frozenset(), ruled: bool = False
) -> None:
    """Print rows of plain text; nothing in them is read as markup. ``ruled`` draws a line above the last row."""
    listed = [[_clean(cell) for cell in row] for row in rows]
    console = Console(highlight=False, soft_wrap=False)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    widest = [max((len(row[place]) for row in listed), default=0) for place in range(len(heads))]
    needed = sum(max(widest[n], *map(len, heads[n].split()), 1) if n in right else 12 for n in range(len(heads)))
    fits = needed + 2 * len(heads) <= console.width
    for place, head in enumerate(heads):
        number = place in right
        least = widest[place] if number and fits else None
        table.add_column(Text(head), justify="right" if number else "left", overflow="fold", min_width=least)
    for number_of_row, row in enumerate(listed):
        table.add_row(*(Text(cell) for cell in row), end_section=ruled and number_of_row == len(listed) - 2)
    console.print(table)


def _clean(cell: object) -> str:
    return "".join(char if char.isprintable() else " " for char in ("" if cell is None else str(cell)))
