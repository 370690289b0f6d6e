"""What charts draw: order, limits, gaps, folding, the running period."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.deliver.files.display import Display
from connector.deliver.files.frames import MOST_SERIES, block_frames, caption, chart_frame
from connector.deliver.files.svg import render_chart_svg
from connector.deliver.files.theme import palette
from connector.errors import Bug
from connector.model.report import Block, ChartKind, ChartSpec, Theme
from connector.model.table import Cell, Table, TableColumn

SHOW = Display("en", "USD")
X = TableColumn("x", "X", "text", "dimension")
MONTH = TableColumn("x", "X", "period", "dimension", grain="month")
BY = TableColumn("by", "By", "text", "dimension")
Y = TableColumn("y", "Y", "money", "metric")
KINDS: tuple[ChartKind, ...] = ("bar", "column", "stacked_bar", "stacked_column", "line", "funnel", "heatmap")


def block(columns: tuple[TableColumn, ...], *rows: tuple[Cell, ...], **fields: Any) -> Block:
    return Block("b", "B", table=Table(columns, rows), **fields)


def test_rows_without_a_figure_are_left_out_of_bars_and_gaps_on_a_line_over_time() -> None:
    bars = chart_frame(
        block((X, Y), ("a", Decimal(1)), ("b", None), ("c", 0)), ChartSpec("bar", "t", "x", ("y",)), SHOW
    )
    assert bars is not None
    assert bars.categories == ("a", "c")
    assert bars.series[0].values == (1.0, 0)
    months = block((MONTH, Y), (date(2024, 1, 1), 1), (date(2024, 2, 1), None), (date(2024, 3, 1), 2))
    line = chart_frame(months, ChartSpec("line", "t", "x", ("y",)), SHOW)
    assert line is not None
    assert line.categories == ("Jan 2024", "Feb 2024", "Mar 2024")
    assert line.series[0].values == (1, None, 2)
    assert line.gaps


def test_nothing_to_draw() -> None:
    spec = ChartSpec("bar", "t", "x", ("y",))
    assert chart_frame(block((X, Y)), spec, SHOW) is None
    assert chart_frame(block((X, Y), ("a", None), ("b", float("nan"))), spec, SHOW) is None
    assert chart_frame(Block("b", "B"), spec, SHOW) is None
    with pytest.raises(Bug, match="lacks"):
        chart_frame(block((X, Y), ("a", 1)), ChartSpec("bar", "t", "x", ("z",)), SHOW)


def test_limits_keep_the_first_bars_and_the_last_months() -> None:
    names = block((X, Y), *((f"n{n}", 100 - n) for n in range(30)))
    bars = chart_frame(names, ChartSpec("bar", "t", "x", ("y",), limit=5), SHOW)
    assert bars is not None
    assert bars.categories == ("n0", "n1", "n2", "n3", "n4")
    assert caption(bars, SHOW, "running_pale") == "First 5 of 30; the table has them all"
    months = block((MONTH, Y), *((date(2024, n, 1), n) for n in range(1, 13)), running_x=date(2024, 12, 1))
    line = chart_frame(months, ChartSpec("line", "t", "x", ("y",), limit=3), SHOW)
    assert line is not None
    assert line.categories == ("Oct 2024", "Nov 2024", "Dec 2024")
    assert line.running == 2
    assert caption(line, SHOW, "running_pale").endswith("Dashed: the period is still running")


def test_one_series_per_second_dimension_and_the_smallest_together() -> None:
    rows = [(f"s{n}", f"o{m}", Decimal(100 - m)) for n in range(2) for m in range(12)]
    frame = chart_frame(block((X, BY, Y), *rows), ChartSpec("stacked_bar", "t", "x", ("y",), "by"), SHOW)
    assert frame is not None
    assert len(frame.series) == MOST_SERIES
    assert [part.name for part in frame.series] == [f"o{m}" for m in range(7)] + ["Other (5)"]
    assert sum(value or 0 for part in frame.series for value in part.values) == sum(float(row[2]) for row in rows)
    line = chart_frame(block((X, BY, Y), *rows), ChartSpec("line", "t", "x", ("y",), "by"), SHOW)
    assert line is not None
    assert [part.name for part in line.series] == [f"o{m}" for m in range(7)]


def test_a_chart_named_like_its_block_has_no_second_title() -> None:
    charts = (ChartSpec("bar", "B", "x", ("y",)),)
    assert block_frames(block((X, Y), ("a", 1), charts=charts), SHOW)[0].title == ""
    both = (*charts, ChartSpec("line", "C", "x", ("y",)))
    assert [frame.title for frame in block_frames(block((X, Y), ("a", 1), charts=both), SHOW)] == ["B", "C"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_kind_is_drawn_with_its_labels(kind: ChartKind, language: str) -> None:
    show = Display(language, "USD")
    rows = [("Ärger & <Söhne>", "Один", 1200), ("b", "Один", 34_000), ("b", "two", 5), ("c", "two", -3)]
    spec = ChartSpec(kind, "t", "x", ("y",), "by" if kind.startswith(("stacked", "heat")) else "")
    frame = chart_frame(block((X, BY, Y), *rows, running_x="b"), spec, show)
    assert frame is not None
    svg = render_chart_svg(frame, palette(Theme()), show)
    assert svg.startswith("<svg")
    assert "Ärger &amp; &lt;Söhne&gt;" in svg
    assert "<script" not in svg
    assert "viewBox" in svg
    assert not re.search(r"<svg[^>]* width=", svg)
    if not spec.series:
        assert show.compact(34_000, "money") in svg


def test_columns_print_their_values_only_where_there_is_room() -> None:
    frame = chart_frame(
        block((X, Y), *((f"n{n}", 100_000 + n) for n in range(9))), ChartSpec("column", "t", "x", ("y",)), SHOW
    )
    assert frame is not None
    assert len(re.findall(">100K</text>", render_chart_svg(frame, palette(Theme()), SHOW, 540))) == 9
    assert len(re.findall(">100K</text>", render_chart_svg(frame, palette(Theme()), SHOW, 300))) == 1  # the axis


def test_equal_names_stay_apart() -> None:
    frame = chart_frame(block((X, Y), ("same", 1), ("same", 2), ("same", 3)), ChartSpec("bar", "t", "x", ("y",)), SHOW)
    assert frame is not None
    assert render_chart_svg(frame, palette(Theme()), SHOW).count(">same</text>") == 3


@settings(deadline=None, max_examples=25)
@given(st.text(min_size=1, max_size=30), st.text(max_size=30))
def test_no_name_can_be_code_or_markup(name: str, other: str) -> None:
    rows = [(name, other, 1), (other, name, 2)]
    frame = chart_frame(block((X, BY, Y), *rows), ChartSpec("stacked_bar", "t", "x", ("y",), "by"), SHOW)
    assert frame is not None
    svg = render_chart_svg(frame, palette(Theme()), SHOW)
    assert set(re.findall(r"<(\w+)", svg)) <= {"svg", "rect", "g", "path", "text", "line", "circle", "title"}
