"""An evaluated report: everything an output needs and nothing it has to compute.

A template names metrics and dimensions; ``reports/`` evaluates it for a workspace into this form; each
output (workbook, page, CSV, JSON, later sheet and PDF) renders the same object, so a number is the same
everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from connector.model.query import Query
from connector.model.table import Cell, Freshness, Note, Table, Unit

ChartKind = Literal[
    "bar", "column", "stacked_bar", "stacked_column", "percent_bar", "diverging_bar", "line", "combo", "pie", "funnel",
    "heatmap", "waterfall", "flow", "box",
]  # fmt: skip
"""``percent_bar``: stacked bars of 100 %. ``diverging_bar``: ``y`` is (to the right, to the left). ``combo``: stacked
columns of ``y`` and lines of ``lines``. ``waterfall``: rows in order, ``totals`` names those that stand on the floor.
``flow``: bands from ``x`` to ``series``, as wide as ``y``. ``box``: ``y`` is (low, first quartile, median, third
quartile, high)."""


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """One big figure. ``comparison`` is the figure it stands next to, ``change`` the fraction between them."""

    metric: str
    label: str
    unit: Unit
    value: Cell
    comparison: Cell = None
    comparison_label: str = ""
    change: float | None = None
    direction: Literal["up", "down", "neutral"] = "neutral"
    note: str = ""


@dataclass(frozen=True, slots=True)
class ChartSpec:
    """A chart over the table of its block. ``x`` and ``series`` are dimension column ids, ``y`` metric ids."""

    kind: ChartKind
    title: str
    x: str
    y: tuple[str, ...]
    series: str = ""
    limit: int = 20
    """Points shown at most; the table has them all."""
    lines: tuple[str, ...] = ()
    """Metrics of the table drawn as a line over the columns or bars: a goal, a mean."""
    labels: tuple[str, ...] = ()
    """Metrics printed beside each mark: on a funnel the step rate between the bars, the cumulative one at the right."""
    panels: str = ""
    """Dimension that gets a small chart of its own for each value."""
    totals: tuple[str, ...] = ()
    """Keys of ``x`` that a waterfall draws from the floor: where it opens and closes."""


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a tab: score cards, a table with or without charts, a text.

    ``marks`` maps (row, column) of the table to ``missing`` (yellow) or ``wrong`` (the second mark).
    ``links`` maps a row number to the address of its record in the source system, checked to be http(s).
    ``filtered`` is False when a filter of the report could not apply here; a note then says so.
    """

    id: str
    title: str
    cards: tuple[ScoreCard, ...] = ()
    table: Table | None = None
    charts: tuple[ChartSpec, ...] = ()
    text: str = ""
    marks: dict[tuple[int, int], Literal["missing", "wrong"]] = field(default_factory=dict)
    links: dict[int, str] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()
    filtered: bool = True
    running_x: Cell = None
    """Value of the time axis that is still running (rule E18); outputs mark its bar."""
    question: Query | None = None
    """The query behind the figures, as a reader can ask it himself."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One sheet of a workbook, one section of a page."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """Brand of the reader: at most three colours (hex), a font, a name and a logo.

    ``logo`` is an image written anew by :mod:`connector.actions.logo`, empty for none; ``logo_type`` its media type.
    """

    name: str = ""
    primary: str = "#1F4E79"
    accent: str = "#D9752F"
    neutral: str = "#5F6B7A"
    font: str = "Calibri"
    logo: bytes = b""
    logo_type: Literal["image/png", "image/jpeg"] = "image/png"


@dataclass(frozen=True, slots=True)
class Report:
    """An evaluated template. ``language`` is en, es, pt or ru; labels inside are already in it."""

    template: str
    title: str
    workspace: str
    language: str
    currency: str
    time_zone: str
    first_day: date | None
    last_day: date | None
    range_label: str
    comparison_label: str
    generated_at: datetime
    tabs: tuple[Tab, ...]
    notes: tuple[Note, ...] = ()
    freshness: Freshness = field(default_factory=Freshness)
    filters_label: str = ""
    theme: Theme = field(default_factory=Theme)
