"""What a native chart draws, as columns on a hidden tab: names, figures, words beside the marks.

A chart's data are its own, so that a table can be sorted, filtered and moved by the person who reads it without
changing a chart, and so that the table can have its total under its headings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from connector.deliver.files.folds import MOST_BANDS, MOST_SERIES
from connector.deliver.files.frames import ChartFrame, Number, Series
from connector.deliver.files.stacks import FAR, is_stacked, line_name, same_scale, shares
from connector.deliver.files.text import one_line
from connector.deliver.sheets.layout import Column, ColumnRange, Kind, Region, Row
from connector.deliver.sheets.number_formats import TEXT, Format
from connector.deliver.sheets.report_sheet import CHART_DATA, ReportSheet
from connector.deliver.sheets.scalars import SECONDS_A_DAY
from connector.model.report import Block, ChartSpec
from connector.model.table import Table, Unit

NAMES: Final = "x"
"""Id of the column with the names of the marks."""
_LONGEST_NAME: Final = 60
_SPLIT: Final = ("bar", "column", "line")


@dataclass(frozen=True, slots=True)
class DataColumn:
    """One column. ``number`` counts within its role; ``running`` holds the period that is not over alone."""

    id: str
    role: Literal["series", "line", "label"]
    number: int
    name: str
    cells: tuple[Number | str | None, ...]
    format: Format
    running: bool = False
    other_scale: bool = False


@dataclass(frozen=True, slots=True)
class ChartData:
    """The data of one chart. ``totals`` are the places that a waterfall draws from the floor; ``split`` says that the
    running period has a series of its own, ``room`` for how many series there are columns."""

    region: str
    tab: str
    names: tuple[str, ...]
    columns: tuple[DataColumn, ...]
    heading: str
    totals: frozenset[int] = frozenset()
    subtitle: str = ""
    split: bool = False
    room: int = 0
    legend: tuple[str, ...] = ()
    """Names of a waterfall's colours: what rises, what falls, what stands on the floor."""

    def range(self, column: str) -> ColumnRange:
        """Return a column as a chart's source, its name included."""
        return ColumnRange(self.tab, self.region, column, with_heading=True)

    def as_region(self) -> Region:
        """Return the data as a region of the hidden tab.

        A chart whose series come from the data has room for as many as such a chart ever has, so that the region
        keeps its width when one comes or goes.
        """
        made = sum(one.role == "series" for one in self.columns)
        plain = self.columns[-1].format
        columns = (
            Column(NAMES, self.heading, "text", {"numberFormat": TEXT}),
            *(Column(one.id, one.name, _kind(one), {"numberFormat": one.format}) for one in self.columns),
            *(Column(f"s{n + 1}", "", "number", {"numberFormat": plain}) for n in range(made, self.room)),
        )
        body: tuple[Row, ...] = tuple(zip(self.names, *(one.cells for one in self.columns), strict=True))
        return Region(self.region, columns, (tuple(column.title for column in columns),), body, heading=0)


def chart_data(sheet: ReportSheet, block: Block, spec: ChartSpec, frame: ChartFrame, region: str) -> ChartData:
    """Return the data of a chart as the kind of chart wants them."""
    data = _plain(sheet, spec, frame, region)
    if frame.kind == "pie":
        data = replace(data, names=_slices(sheet, frame))
    elif frame.kind == "waterfall" and block.table is not None:
        data = _steps(sheet, block.table, frame, data)
    elif frame.kind == "box":
        data = _boxes(sheet, frame, data)
    return replace(data, tab=sheet.data_tabs[block.id])


def _plain(sheet: ReportSheet, spec: ChartSpec, frame: ChartFrame, region: str) -> ChartData:
    """Return a column for each series, those for lines and words before them."""
    split = frame.kind in _SPLIT and frame.over_time and not spec.series and len(frame.series) == 1 and not frame.lines
    columns = [_line(sheet, frame, number) for number in range(len(frame.lines))]
    columns += [_labels(sheet, frame)] if frame.labels else []
    columns += _split(sheet, frame) if split else [_column(sheet, frame, n) for n in range(len(frame.series))]
    names = tuple(
        f"{_name(label)} *" if place == frame.running and not split else _name(label)
        for place, label in enumerate(frame.categories)
    )
    room = 0 if not spec.series else MOST_BANDS if frame.kind == "flow" else MOST_SERIES
    subtitle = _subtitle(sheet, frame, split=split)
    heading = one_line(frame.x.label, _LONGEST_NAME)
    return ChartData(region, CHART_DATA, names, tuple(columns), heading, subtitle=subtitle, split=split, room=room)


def _subtitle(sheet: ReportSheet, frame: ChartFrame, *, split: bool) -> str:
    """Return the line under a chart's title: what the words beside a mark are, how a running period is marked."""
    parts = [" · ".join(part.name for part in (frame.series[0], *frame.labels))] if frame.labels else []
    if frame.running is not None:
        mark = "running_star" if not split else "running_line" if frame.kind == "line" else "running_pale"
        parts.append(sheet.display.words[mark])
    return " · ".join(parts)


def _column(sheet: ReportSheet, frame: ChartFrame, number: int) -> DataColumn:
    """Return a series: parts of 100 % as shares, bars to the left as figures below zero."""
    part, shown = frame.series[number], _format(sheet, frame.series)
    values = part.values
    if frame.kind == "percent_bar":
        values, shown = shares(frame, number), sheet.formats.compact("percent")
    elif frame.kind == "diverging_bar":
        shown = sheet.formats.unsigned(part.unit, _largest(frame.series))
        values = tuple(None if value is None else -value for value in values) if number == 1 else values
    if is_stacked(frame):  # a part without length has no place for its figure
        values = tuple(value or None for value in values)
    cells = tuple(_figure(value, part.unit) for value in values)
    return DataColumn(f"s{number + 1}", "series", number, one_line(part.name, _LONGEST_NAME), cells, shown)


def _split(sheet: ReportSheet, frame: ChartFrame) -> list[DataColumn]:
    """Return a series over time in two: what is over, and the period that is still running.

    A line's second part begins at the last point of the first, so that the two meet.
    """
    whole, place = _column(sheet, frame, 0), frame.running
    count = len(whole.cells)
    alone = set() if place is None else {place - 1, place} if frame.kind == "line" else {place}
    over = tuple(None if at == place else whole.cells[at] for at in range(count))
    runs = tuple(whole.cells[at] if at in alone else None for at in range(count))
    return [replace(whole, cells=over), replace(whole, id="running", cells=runs, running=True)]


def _line(sheet: ReportSheet, frame: ChartFrame, number: int) -> DataColumn:
    """Return a line over the bars; one of another unit is measured at the right."""
    line = frame.lines[number]
    other = line not in same_scale(frame)
    shown = _format(sheet, (line,) if other else (*frame.series, *frame.lines))
    cells = tuple(_figure(value, line.unit) for value in line.values)
    name = one_line(line_name(line, sheet.display), _LONGEST_NAME)
    return DataColumn(f"line{number + 1}", "line", number, name, cells, shown, other_scale=other)


def _labels(sheet: ReportSheet, frame: ChartFrame) -> DataColumn:
    """Return the words beside each mark: its figure and the rates that the template wants there."""
    parts, show = (frame.series[0], *frame.labels), sheet.display.compact
    cells = tuple(
        " · ".join(show(value, part.unit) for part in parts if (value := part.values[place]) is not None)
        for place in range(len(frame.categories))
    )
    name = one_line(" · ".join(part.name for part in parts), _LONGEST_NAME)
    return DataColumn("label", "label", 0, name, cells, TEXT)


def _slices(sheet: ReportSheet, frame: ChartFrame) -> tuple[str, ...]:
    """Return the names of slices with figure and share, so that the legend says all."""
    part, display = frame.series[0], sheet.display
    whole = float(sum(value or 0 for value in part.values)) or 1.0
    return tuple(
        f"{one_line(name, 40)} · {display.compact(value or 0, part.unit)} · "
        f"{display.percent(display.fixed(float(value or 0) / whole * 100, 1))}"
        for name, value in zip(frame.categories, part.values, strict=True)
    )


def _steps(sheet: ReportSheet, table: Table, frame: ChartFrame, data: ChartData) -> ChartData:
    """Return a waterfall's steps: every row of the table, so that each keeps its place when one has no figure."""
    part, display = frame.series[0], sheet.display
    figures = dict(zip(frame.rows, part.values, strict=True))
    cells = tuple(_figure(figures.get(row), part.unit) for row in range(len(table.rows)))
    names = tuple(_name(display.cell(row[frame.x_place], frame.x.unit, frame.x.grain)) for row in table.rows)
    column = DataColumn("s1", "series", 0, one_line(part.name, _LONGEST_NAME), cells, _format(sheet, (part,)))
    totals = frozenset(frame.rows[place] for place in frame.totals)
    legend = tuple(display.words[word] for word in ("increase", "decrease", "total"))
    return replace(data, names=names, columns=(column,), totals=totals, legend=legend)


def _boxes(sheet: ReportSheet, frame: ChartFrame, data: ChartData) -> ChartData:
    """Return the four edges of each box; a native box has no mark for the middle figure, so its name says it.

    A whisker that would leave no room for the boxes is cut, and the name of its box says how far it goes.
    """
    low, first, half, third, high = range(5)
    most = FAR * _largest((frame.series[third],))
    far = tuple(value is not None and 0 < most < value for value in frame.series[high].values)
    columns = [replace(_column(sheet, frame, number), number=0) for number in (low, first, third, high)]
    cut = tuple(most if is_far else cell for cell, is_far in zip(columns[-1].cells, far, strict=True))
    columns[-1] = replace(columns[-1], cells=cut)
    names = tuple(_box_name(sheet, frame, place, is_far=is_far) for place, is_far in enumerate(far))
    words = [frame.x.label, frame.series[half].name, *([f"↑ {frame.series[high].name}"] if any(far) else [])]
    return replace(data, names=names, columns=tuple(columns), subtitle=" · ".join(words))


def _box_name(sheet: ReportSheet, frame: ChartFrame, place: int, *, is_far: bool) -> str:
    show, half, high = sheet.display.compact, frame.series[2], frame.series[4]
    middle, end = half.values[place], high.values[place]
    words = [_name(frame.categories[place]), "" if middle is None else show(middle, half.unit)]
    words.append(f"↑ {show(end, high.unit)}" if is_far and end is not None else "")
    return " · ".join(word for word in words if word)


def _format(sheet: ReportSheet, parts: tuple[Series, ...]) -> Format:
    below = any(value is not None and value < 0 for part in parts for value in part.values)
    formats = sheet.formats
    return (formats.signed if below else formats.compact)(parts[0].unit, _largest(parts))


def _largest(parts: tuple[Series, ...]) -> float:
    return max((abs(float(value)) for part in parts for value in part.values if value is not None), default=0.0)


def _figure(value: Number | None, unit: Unit) -> Number | None:
    return value if value is None or unit != "duration_s" else value / SECONDS_A_DAY


def _name(label: str) -> str:
    return one_line(label, _LONGEST_NAME)


def _kind(column: DataColumn) -> Kind:
    return "text" if column.role == "label" else "number"
