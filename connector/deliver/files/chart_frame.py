"""What a chart draws, ready for any output: categories, series, lines over them, labels beside them."""

from __future__ import annotations

from dataclasses import dataclass

from connector.model.report import ChartKind
from connector.model.table import TableColumn, Unit

Number = int | float


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart. ``column`` is its table column, also when its values are sums of several rows."""

    name: str
    values: tuple[Number | None, ...]
    column: int
    unit: Unit = "number"


@dataclass(frozen=True, slots=True)
class ChartFrame:
    """Categories and series of one chart, in drawing order.

    ``rows`` are the table rows behind the categories, empty when the chart folds several rows into one.
    ``running`` is the position of the category whose period is not over (rule E18). ``all_categories`` counts
    those before ``limit`` was applied. ``lines`` and ``labels`` hold a value per category; ``totals`` are the
    positions that a waterfall draws from the floor; ``panels`` are small charts that stand for this one, each
    of which is a ``panel``.
    """

    kind: ChartKind
    title: str
    x: TableColumn
    x_place: int
    y: TableColumn
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    rows: tuple[int, ...]
    running: int | None
    all_categories: int
    lines: tuple[Series, ...] = ()
    labels: tuple[Series, ...] = ()
    totals: frozenset[int] = frozenset()
    panels: tuple[ChartFrame, ...] = ()
    all_panels: int = 0
    panel: bool = False
    reach: tuple[float, ...] = ()
    """Values that the scale holds too, so that charts side by side can be compared."""

    @property
    def over_time(self) -> bool:
        return self.x.unit in ("period", "date", "instant")

    @property
    def gaps(self) -> bool:
        """Whether a value is missing somewhere."""
        return any(value is None for part in (*self.series, *self.lines) for value in part.values)
