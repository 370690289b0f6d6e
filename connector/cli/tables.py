"""Tables that fit the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from connector.model.messages import told

_FOLDED: Final = 12
"""Text may be folded to this many characters, but words of up to twice as many stay whole."""
_AROUND: Final = 3
"""Characters between two columns."""


def print_rows(
    heads: Sequence[str], rows: Iterable[Sequence[object]], *, right: frozenset[int] = frozenset(), ruled: bool = False
) -> None:
    """Print rows of plain text; nothing in them is read as markup. ``ruled`` draws a line above the last row.

    Heads and the counts of right-hand columns are put into the spoken language, other cells stay as they are.
    """
    heads = [told(head) for head in heads]
    listed = [[_clean(_counted(cell) if place in right else cell) for place, cell in enumerate(row)] for row in rows]
    console = Console(highlight=False, soft_wrap=False)
    widths = _widths(heads, listed, right, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    for place, (head, width) in enumerate(zip(heads, widths, strict=True)):
        justify: Literal["left", "right"] = "right" if place in right else "left"
        table.add_column(Text(head), justify=justify, overflow="fold", width=width)
    if sum(widths) + _AROUND * len(heads) > console.width:
        # A line that the terminal breaks is better than a column that is not shown.
        console = Console(highlight=False, soft_wrap=False, width=sum(widths) + _AROUND * len(heads))
    for number_of_row, row in enumerate(listed):
        table.add_row(*(Text(cell) for cell in row), end_section=ruled and number_of_row == len(listed) - 2)
    console.print(table)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], right: frozenset[int], terminal: int) -> list[int]:
    """Return the width of each column: numbers stay whole, text folds, a head breaks at its spaces."""
    widest = [max((cell_len(row[place]) for row in rows), default=1) for place in range(len(heads))]
    words = [max((cell_len(word) for word in head.split()), default=1) for head in heads]
    longest = [
        max((cell_len(word) for row in rows for word in row[place].split()), default=1) for place in range(len(heads))
    ]
    found = [
        max(
            words[place],
            widest[place] if place in right else min(widest[place], max(_FOLDED, min(longest[place], 2 * _FOLDED))),
        )
        for place in range(len(heads))
    ]
    spare = terminal - _AROUND * len(heads) - sum(found)
    for place in sorted(range(len(heads)), key=lambda place: place in right):
        more = max(0, min(spare, max(widest[place], cell_len(heads[place])) - found[place]))
        found[place] += more
        spare -= more
    return found


def _counted(cell: object) -> object:
    """Return a count as the spoken language writes it, anything else as it is."""
    return told(f"{cell:,}") if type(cell) is int else cell


def _clean(cell: object) -> str:
    return "".join(char if char.isprintable() else " " for char in ("" if cell is None else str(cell)))
