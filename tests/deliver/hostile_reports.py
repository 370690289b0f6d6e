"""Reports with hostile text wherever a report can hold text, for every kind of output."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import cycle

from connector.model.report import Block, ChartSpec, Report, ScoreCard, Tab, Theme
from connector.model.table import Note, Table, TableColumn
from tests.deliver.files import sample_reports
from tests.hostile_text import HOSTILE

_NAMES = tuple(HOSTILE)
GROUPS = tuple(_NAMES[start : start + 8] for start in range(0, len(_NAMES), 8))
"""The names of the texts in groups that fit one report."""


def hostile_report(*names: str) -> Report:
    """A report with one tab for each text: its titles, headings, cells, cards, notes, charts and links are the text.

    The one table of a tab has columns ``name`` (the text, the text behind an x, nothing), ``other`` (the text) and
    ``amount`` (1, 2, 3). Workspace, title, brand and so on are the texts in turn.
    """
    tabs = tuple(_tab(f"tab{number}", HOSTILE[name]) for number, name in enumerate(names))
    turn = cycle(HOSTILE[name] for name in names)
    report = sample_reports.report("t", next(turn), tabs, "en")
    return replace(
        report,
        workspace=next(turn),
        theme=Theme(name=next(turn)),
        range_label=next(turn),
        comparison_label=next(turn),
        filters_label=next(turn),
        notes=tuple(Note("r", HOSTILE[name], "warning") for name in names),
    )


def _tab(tab: str, text: str) -> Tab:
    columns = (
        TableColumn("name", text, "text", "dimension"),
        TableColumn("other", f"{text}!", "text", "dimension"),
        TableColumn("amount", text, "money", "metric", direction="up"),
    )
    rows = ((text, text, Decimal(1)), (f"x{text}", text, Decimal(2)), (None, text, Decimal(3)))
    table = Table(columns, rows, (text, text, Decimal(6)), (Note("t", text),))
    card = ScoreCard("m", text, "count", 1, 2, text, -0.5, "up", text)
    chart = ChartSpec("bar", text, "name", ("amount",))
    block = Block("b", text, (card,), table, (chart,), text, links={0: text}, notes=(Note("n", text),))
    return Tab(tab, text, (block,))
