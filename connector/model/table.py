"""A table of figures: what a query answers with and what every output renders."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Cell = str | int | float | Decimal | bool | date | datetime | None
Unit = Literal[
    "text", "date", "instant", "period", "boolean",
    "money", "count", "percent", "ratio", "number", "days", "hours", "duration_s", "score", "index", "area", "by_goal",
]  # fmt: skip
Role = Literal["dimension", "metric", "comparison", "change"]


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column. ``id`` is stable; ``label`` is in the reader's language.

    ``percent`` cells are fractions (0.7647), ``days`` days, ``duration_s`` seconds, ``money`` the report
    currency. A ``period`` cell is the first day of the period and ``grain`` says how long that is.
    For role ``comparison`` and ``change``, ``of`` is the id of the metric column they belong to.
    """

    id: str
    label: str
    unit: Unit
    role: Role
    grain: str = ""
    of: str = ""
    direction: Literal["up", "down", "neutral"] = "neutral"
    adds: bool = False
    """Cells of a metric, or of its comparison, that add up: where no record stands in two rows and none is cut off,
    their sum is the total."""
    share_of: str = ""
    """Id of the metric column of whose total the cells are the parts, where the metric is such a share."""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence the reader must see beside the figures. ``code`` is stable, ``level`` orders the eye."""

    code: str
    text: str
    level: Literal["info", "warning"] = "info"
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old the figures are and what they cover. Instants are aware, in UTC."""

    data_through: datetime | None = None
    """Newest import or sync behind the figures."""
    history_since: datetime | None = None
    """From when as-of figures rest on observed history; None means it was only reconstructed."""
    rows_rejected: int = 0
    generation: int = 0
    """Number of the published state the figures were read from."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under columns, with an optional total row, notes and freshness.

    ``keys`` holds, per row, the ids behind dimension cells that name a record (same length as the
    dimensions, None where the dimension is no record).
    """

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None
    notes: tuple[Note, ...] = ()
    freshness: Freshness = field(default_factory=Freshness)
    keys: tuple[tuple[str | None, ...], ...] = ()
    small: frozenset[tuple[int, int]] = frozenset()
    """(row, column) of ratio cells whose denominator is under 5 (rule E16)."""
    small_n: dict[tuple[int, int], int] = field(default_factory=dict)
    """The denominators of the cells in ``small``, where known; outputs print them beside the value."""
    orders: dict[str, tuple[Cell, ...]] = field(default_factory=dict)
    """Of dimension columns with an order of their own, such as stages: their cells in it, each once."""

    def index(self, column_id: str) -> int:
        """Return the position of a column. Raises KeyError when there is none."""
        for position, column in enumerate(self.columns):
            if column.id == column_id:
                return position
        raise KeyError(column_id)
