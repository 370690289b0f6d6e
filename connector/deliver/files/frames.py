"""What a chart draws: its categories and series, taken from the table of its block.

The page and the workbook draw the same frame. Nulls are left out (rule E1): a category without any value is
dropped, except on a time axis, where it stays as a gap.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, Literal

from connector.deliver.files.chart_frame import ChartFrame, Number, Series
from connector.deliver.files.display import Display, finite
from connector.deliver.files.folds import (
    MOST_BANDS,
    MOST_SERIES,
    largest_series,
    largest_sources,
    limited,
    slices,
    taken,
    without_negatives,
)
from connector.errors import Bug
from connector.model.report import Block, ChartKind, ChartSpec
from connector.model.table import Cell, Table, TableColumn, Unit

__all__ = ["MOST_SERIES", "ChartFrame", "Number", "Series", "block_frames", "caption", "chart_frame"]

MOST_PANELS: Final = 6
_WHOLE: Final[frozenset[ChartKind]] = frozenset({"waterfall", "funnel", "flow", "pie"})
"""Kinds that mean nothing without all their rows; no limit cuts them."""
_PARTS: Final[frozenset[ChartKind]] = frozenset({"pie", "percent_bar", "flow"})
_ADDED: Final[frozenset[ChartKind]] = frozenset({"stacked_bar", "stacked_column", "percent_bar", "combo", "flow"})
"""Kinds whose series add up, so that the smallest can stand together."""


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
    if spec.panels:
        return _in_panels(block, table, spec, display)
    frame = _folded(block, table, spec, display) if spec.series else _plain(block, table, spec, display)
    frame = without_negatives(frame)
    if frame.kind == "pie":
        frame = slices(frame, display)
    if not _has_something(frame):
        return None
    return frame if spec.kind in _WHOLE else limited(frame, spec.limit)


def _has_something(frame: ChartFrame) -> bool:
    """Whether there is anything to draw; parts of nothing are nothing."""
    known = [value for part in frame.series for value in part.values if value is not None]
    return any(value > 0 for value in known) if frame.kind in _PARTS else bool(known)


def caption(frame: ChartFrame, display: Display, bar_mark: Literal["running_hatched", "running_pale"]) -> str:
    """Return the sentences under a chart: how much of the table it shows, and the mark of a running period."""
    parts = []
    shown, whole = len(frame.categories), frame.all_categories
    if frame.panels:
        shown, whole = len(frame.panels), frame.all_panels
    if shown < whole:
        text = display.words["last_of" if frame.over_time and not frame.panels else "first_of"]
        parts.append(text.format(shown=display.whole(shown), all=display.whole(whole)))
    if any(one.running is not None for one in frame.panels or (frame,)) and frame.kind != "heatmap":
        parts.append(display.words["running_line" if frame.kind == "line" else bar_mark])
    return " · ".join(parts)


def _in_panels(block: Block, table: Table, spec: ChartSpec, display: Display) -> ChartFrame | None:
    """One chart for each value of the dimension ``panels``, in the order in which the table brings them."""
    by = _position(table, spec.panels)
    groups: dict[Cell, list[int]] = {}
    for number, row in enumerate(table.rows):
        groups.setdefault(row[by], []).append(number)
    frames = []
    for value, rows in groups.items():
        keys = tuple(table.keys[number] for number in rows) if table.keys else ()
        part = replace(table, rows=tuple(table.rows[number] for number in rows), keys=keys, small=frozenset())
        title = _label(value, table.columns[by], display)
        frame = chart_frame(replace(block, table=part), replace(spec, panels="", title=title), display)
        if frame is not None:
            frames.append(replace(frame, panel=True, rows=tuple(rows[number] for number in frame.rows)))
    if not frames:
        return None
    return replace(frames[0], title=spec.title, panels=tuple(frames[:MOST_PANELS]), all_panels=len(frames))


def _plain(block: Block, table: Table, spec: ChartSpec, display: Display) -> ChartFrame:
    x, ys = _position(table, spec.x), [_position(table, name) for name in spec.y]
    column = table.columns[x]
    keep_gaps = column.unit in ("period", "date", "instant")
    rows = tuple(
        number for number, row in enumerate(table.rows) if keep_gaps or any(finite(row[y]) is not None for y in ys)
    )
    cells = [table.rows[number][x] for number in rows]
    totals = {place for place, number in enumerate(rows) if _names_of(table, number, x) & set(spec.totals)}
    return ChartFrame(
        spec.kind, spec.title, column, x, table.columns[ys[0]], tuple(_label(cell, column, display) for cell in cells),
        _columns(table, spec.y, rows), rows, _running(cells, block.running_x), len(rows),
        _columns(table, spec.lines, rows), _columns(table, spec.labels, rows), frozenset(totals),
    )  # fmt: skip


def _columns(table: Table, names: tuple[str, ...], rows: tuple[int, ...]) -> tuple[Series, ...]:
    places = [_position(table, name) for name in names]
    return tuple(
        Series(table.columns[y].label, tuple(_number(table.rows[number][y]) for number in rows), y, _unit(table, y))
        for y in places
    )


def _names_of(table: Table, number: int, x: int) -> set[str]:
    """Return what a template may call a row by: the key of its record or its cell."""
    names = {str(table.rows[number][x])}
    if table.keys:
        dimensions = [place for place, column in enumerate(table.columns) if column.role == "dimension"]
        key = table.keys[number][dimensions.index(x)] if x in dimensions else None
        names |= {key} if key is not None else set()
    return names


def _folded(block: Block, table: Table, spec: ChartSpec, display: Display) -> ChartFrame:
    """One series per value of the second dimension, in its own order; else as the table brings them."""
    x, y, by = _position(table, spec.x), _position(table, spec.y[0]), _position(table, spec.series)
    xs: dict[Cell, int] = {}
    names: dict[Cell, dict[int, Number]] = {}
    for row in table.rows:
        place = xs.setdefault(row[x], len(xs))
        _add(names.setdefault(row[by], {}), place, row[y])
    if spec.series in table.orders:
        names = {name: names[name] for name in (*table.orders[spec.series], *names) if name in names}
    column, second, unit = table.columns[x], table.columns[by], _unit(table, y)
    series = tuple(
        Series(_label(name, second, display), tuple(values.get(place) for place in range(len(xs))), y, unit)
        for name, values in names.items()
    )
    if spec.kind != "heatmap":
        series = tuple(part for part in series if any(value is not None for value in part.values)) or series
        most = MOST_BANDS if spec.kind == "flow" else MOST_SERIES
        series = largest_series(series, display.words["other"] if spec.kind in _ADDED else "", most)
    labels = tuple(_label(cell, column, display) for cell in xs)
    running = _running(list(xs), block.running_x)
    lines = tuple(_line_over(table, xs, x, _position(table, name)) for name in spec.lines)
    frame = ChartFrame(
        spec.kind, spec.title, column, x, table.columns[y], labels, series, (), running, len(xs), lines
    )  # fmt: skip
    frame = frame if spec.kind == "heatmap" or frame.over_time else _known(frame)
    return largest_sources(frame, display) if spec.kind == "flow" else frame


def _known(frame: ChartFrame) -> ChartFrame:
    """Leave out the categories without any value (rule E1)."""
    places = range(len(frame.categories))
    kept = [place for place in places if any(part.values[place] is not None for part in frame.series)]
    return replace(taken(frame, kept), all_categories=len(kept)) if kept else frame


def _line_over(table: Table, xs: dict[Cell, int], x: int, y: int) -> Series:
    """Return a line's value for each category: the same everywhere (a mean), or the sum of its rows (a goal)."""
    known = {number for row in table.rows if (number := _number(row[y])) is not None}
    values: dict[int, Number] = {}
    for row in table.rows:
        _add(values, xs[row[x]], row[y])
    if len(known) == 1:
        values = dict.fromkeys(values, known.pop())
    return Series(
        table.columns[y].label, tuple(values.get(place) for place in range(len(xs))), y, _unit(table, y)
    )  # fmt: skip


def _add(values: dict[int, Number], place: int, cell: Cell) -> None:
    number = _number(cell)
    if number is not None:
        values[place] = values.get(place, 0) + number


def _position(table: Table, column_id: str) -> int:
    try:
        return table.index(column_id)
    except KeyError:
        raise Bug(f"A chart names the column {column_id!r}, which its table lacks.", place="report") from None


def _unit(table: Table, place: int) -> Unit:
    return table.columns[place].unit


def _number(cell: Cell) -> Number | None:
    number = finite(cell)
    return number if number is None or isinstance(number, int) else float(number)


def _label(cell: Cell, column: TableColumn, display: Display) -> str:
    return display.words["not_set"] if cell is None else display.cell(cell, column.unit, column.grain)


def _running(cells: list[Cell], running_x: Cell) -> int | None:
    return None if running_x is None or running_x not in cells else cells.index(running_x)
