"""What a chart draws: its categories and series, taken from the table of its block.

The page and the workbook draw the same frame. Nulls are left out (rule E1): a category without any value is
dropped, except on a time axis, where it stays as a gap.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from connector.deliver.files.display import Display, finite
from connector.errors import Bug
from connector.model.report import Block, ChartKind, ChartSpec
from connector.model.table import Cell, Table, TableColumn

MOST_SERIES: Final = 8
"""Series drawn at most; the rest of a stacked chart is added up as one more, the rest of a line chart left out."""

Number = int | float


@dataclass(frozen=True, slots=True)
class Series:
    """One colour of a chart. ``column`` is its table column; None when its values come from several rows."""

    name: str
    values: tuple[Number | None, ...]
    column: int


@dataclass(frozen=True, slots=True)
class ChartFrame:
    """Categories and series of one chart, in drawing order.

    ``rows`` are the table rows behind the categories, empty when the chart folds several rows into one.
    ``running`` is the position of the category whose period is not over (rule E18). ``all_categories`` counts
    those before ``limit`` was applied.
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

    @property
    def over_time(self) -> bool:
        return self.x.unit in ("period", "date", "instant")

    @property
    def gaps(self) -> bool:
        """Whether a value is missing somewhere."""
        return any(value is None for part in self.series for value in part.values)


def block_frames(block: Block, display: Display) -> list[ChartFrame]:
    """Return the charts of a block that have something to draw; an only one named like its block has no title."""
    frames = [frame for spec in block.charts if (frame := chart_frame(block, spec, display)) is not None]
    return [replace(frames[0], title="")] if len(frames) == 1 and frames[0].title == block.title else frames


def chart_frame(block: Block, spec: ChartSpec, display: Display) -> ChartFrame | None:
    """Return what ``spec`` draws over the table of ``block``; None when there is nothing to draw.

    Raises Bug when the chart names a column that the table lacks.
    """
    table = block.table
    if table is None or not table.rows or not spec.y:
        return None
    frame = _folded(block, table, spec, display) if spec.series else _plain(block, table, spec, display)
    if not any(value is not None for part in frame.series for value in part.values):
        return None
    return _limited(frame, spec.limit)


def caption(frame: ChartFrame, display: Display, bar_mark: Literal["running_hatched", "running_pale"]) -> str:
    """Return the sentences under a chart: how much of the table it shows, and the mark of a running period."""
    parts = []
    shown = len(frame.categories)
    if shown < frame.all_categories:
        text = display.words["last_of" if frame.over_time else "first_of"]
        parts.append(text.format(shown=display.whole(shown), all=display.whole(frame.all_categories)))
    if frame.running is not None and frame.kind != "heatmap":
        parts.append(display.words["running_line" if frame.kind == "line" else bar_mark])
    return " · ".join(parts)


def _plain(block: Block, table: Table, spec: ChartSpec, display: Display) -> ChartFrame:
    x, ys = _position(table, spec.x), [_position(table, name) for name in spec.y]
    column = table.columns[x]
    keep_gaps = column.unit in ("period", "date", "instant")
    rows = tuple(
        number for number, row in enumerate(table.rows) if keep_gaps or any(finite(row[y]) is not None for y in ys)
    )
    series = tuple(
        Series(table.columns[y].label, tuple(_number(table.rows[number][y]) for number in rows), y) for y in ys
    )
    cells = [table.rows[number][x] for number in rows]
    return ChartFrame(
        spec.kind, spec.title, column, x, table.columns[ys[0]], tuple(_label(cell, column, display) for cell in cells),
        series, rows, _running(cells, block.running_x), len(rows),
    )  # fmt: skip


def _folded(block: Block, table: Table, spec: ChartSpec, display: Display) -> ChartFrame:
    """One series per value of the second dimension; both keep the order in which the table brings them."""
    x, y, by = _position(table, spec.x), _position(table, spec.y[0]), _position(table, spec.series)
    xs: dict[Cell, int] = {}
    names: dict[Cell, dict[int, Number]] = {}
    for row in table.rows:
        place = xs.setdefault(row[x], len(xs))
        values = names.setdefault(row[by], {})
        number = _number(row[y])
        if number is not None:
            values[place] = values.get(place, 0) + number
    column, second = table.columns[x], table.columns[by]
    series = tuple(
        Series(_label(name, second, display), tuple(values.get(place) for place in range(len(xs))), y)
        for name, values in names.items()
    )
    if spec.kind != "heatmap":
        series = _most(series, display.words["other"] if spec.kind.startswith("stacked") else "")
    labels = tuple(_label(cell, column, display) for cell in xs)
    running = _running(list(xs), block.running_x)
    return ChartFrame(spec.kind, spec.title, column, x, table.columns[y], labels, series, (), running, len(xs))


def _most(series: tuple[Series, ...], other: str) -> tuple[Series, ...]:
    """Keep the largest series in their order; the others become one when ``other`` names it."""
    if len(series) <= MOST_SERIES:
        return series
    size = {id(part): sum(abs(value) for value in part.values if value is not None) for part in series}
    largest = {id(part) for part in sorted(series, key=lambda part: -size[id(part)])[: MOST_SERIES - 1]}
    kept = tuple(part for part in series if id(part) in largest)
    if not other:
        return kept
    rest = [part.values for part in series if id(part) not in largest]
    sums = tuple(_sum(values) for values in zip(*rest, strict=True))
    return (*kept, Series(f"{other} ({len(rest)})", sums, kept[0].column))


def _sum(values: tuple[Number | None, ...]) -> Number | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _limited(frame: ChartFrame, limit: int) -> ChartFrame:
    """Keep the first categories, on a time axis the last ones."""
    count = len(frame.categories)
    if count <= limit or limit < 1:
        return frame
    start = count - limit if frame.over_time else 0
    part = slice(start, start + limit)
    running = None if frame.running is None or not start <= frame.running < start + limit else frame.running - start
    series = tuple(replace(one, values=one.values[part]) for one in frame.series)
    return replace(frame, categories=frame.categories[part], series=series, rows=frame.rows[part], running=running)


def _position(table: Table, column_id: str) -> int:
    try:
        return table.index(column_id)
    except KeyError:
        raise Bug(f"A chart names the column {column_id!r}, which its table lacks.", place="report") from None


def _number(cell: Cell) -> Number | None:
    number = finite(cell)
    return number if number is None or isinstance(number, int) else float(number)


def _label(cell: Cell, column: TableColumn, display: Display) -> str:
    return display.words["not_set"] if cell is None else display.cell(cell, column.unit, column.grain)


def _running(cells: list[Cell], running_x: Cell) -> int | None:
    return None if running_x is None or running_x not in cells else cells.index(running_x)
