"""A report as a spreadsheet that has no places yet: tabs, regions stacked on them, charts over columns of regions.

The words of the sheet contract. A **tab** is made of **slots**, the columns that Puente owns, counted from the left as
they were when the tab was made; each carries its number in developer metadata, so a column that a person has moved is
found where it stands now. A **region** is a rectangle: the first ``len(columns)`` slots, from its top row to the row
before its end row; both rows carry metadata too. Rows that a person inserts above or inside move them along.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Scalar = str | int | float | bool | None
"""What a cell holds. A date or an instant is a serial number: days since 1899-12-30 in the report's time zone. A text
is a text, whatever it begins with. None is an empty cell."""
Row = tuple[Scalar, ...]
Kind = Literal["text", "number", "date", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a region. ``id`` is stable between refreshes; ``format`` is a CellFormat of the Sheets API, given
    to the body when the region is made and never again."""

    id: str
    title: str = ""
    kind: Kind = "text"
    format: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Look:
    """A CellFormat for a part of a region's head, given when the region is made. ``last_row`` and ``last_column`` are
    exclusive; None is to the end."""

    format: Mapping[str, Any]
    first_row: int = 0
    last_row: int | None = None
    first_column: int = 0
    last_column: int | None = None
    merge: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle that Puente owns. ``id`` is stable and alone on its tab.

    ``head`` are rows that are always as many (title, column headings, the total); ``body`` the rows that become more
    and fewer. Rows are at most as wide as ``columns``; shorter ones are filled with empty cells. A region without
    columns is room for charts: its rows are kept free, not written. ``heading`` is the number of the head's row with
    the column headings, where a person may rename; None where there is none.
    """

    id: str
    columns: tuple[Column, ...]
    head: tuple[Row, ...] = ()
    body: tuple[Row, ...] = ()
    heading: int | None = None
    looks: tuple[Look, ...] = ()
    title: str = ""
    """What a person calls it, where its head does not begin with its title."""
    is_strip: bool = False
    """The status strip: it may change although no figure did, so it does not count as data. The last row of its head is
    for what is wrong and who must act."""


@dataclass(frozen=True, slots=True)
class ColumnRange:
    """One column of a region, wherever it will stand: stands in chart specs and rules in the place of a GridRange.

    ``with_heading`` begins at the heading row, whose text names the series, and goes through the body; rows of the head
    between them belong to the range too, so a region of chart data has none.
    """

    tab: str
    region: str
    column: str
    with_heading: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A native chart. ``spec`` is a ChartSpec of the Sheets API in which every GridRange is a :class:`ColumnRange`.

    It is laid over its tab at the top row of ``region``, ``row`` rows below it, in the slot ``slot``; sizes in pixels.
    """

    id: str
    region: str
    spec: Mapping[str, Any]
    row: int = 0
    slot: int = 0
    width: int = 600
    height: int = 320


@dataclass(frozen=True, slots=True)
class Rule:
    """A conditional format: a ConditionalFormatRule of the Sheets API without ``ranges``, over columns of one tab.

    In a custom formula ``{column}`` is put for the column's letters and ``{row}`` for its first row's number;
    ``{column:ID}`` for the letters of another column of the same region.
    """

    rule: Mapping[str, Any]
    over: tuple[ColumnRange, ...]
    head: int | None = None
    """Number of the head's row that the rule is for, instead of the body."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One sheet. ``id`` is stable; ``title`` is what a person reads, and may rename. ``widths`` are pixels by slot."""

    id: str
    title: str
    regions: tuple[Region, ...]
    charts: tuple[Chart, ...] = ()
    rules: tuple[Rule, ...] = ()
    widths: tuple[int, ...] = ()
    frozen_rows: int = 0
    hidden: bool = False
    colour: str = ""
    """Colour of the tab, ``#RRGGBB``; empty for none."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole spreadsheet. ``locale`` is Google's (``en_US``, ``pt_BR``), ``time_zone`` an IANA name."""

    title: str
    locale: str
    time_zone: str
    tabs: tuple[Tab, ...]
    font: str = ""
    accents: tuple[str, ...] = ()
    """Six colours (``#RRGGBB``) of the spreadsheet's theme: of slices, and of charts that a person makes himself."""
    template: str = ""
    template_version: int = 0
    language: str = "en"
