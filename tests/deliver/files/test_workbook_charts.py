"""Native charts: they show the cells they name, stand on no cell that holds anything, and no page cuts one."""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from connector.deliver.files.display import Display
from connector.deliver.files.frames import block_frames
from connector.deliver.files.stacks import steps
from connector.deliver.files.workbook import write_workbook
from connector.model.report import Block, Report, Theme
from tests.deliver.files import gallery
from tests.deliver.files.workbook_readers import open_book, visible

CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
PLACE = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"


@dataclass
class Written:
    """A workbook written once: openpyxl's view of it, its chart files, where its charts stand."""

    book: Any
    charts: list[ET.Element]
    anchors: list[tuple[int, int, int, int]]
    breaks: list[int]


@cache
def written(blocks: str) -> Written:
    return read(gallery.gallery("en", getattr(gallery, blocks)()))


def read(report: Report) -> Written:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "r.xlsx"
        write_workbook(report, path)
        with zipfile.ZipFile(path) as parts:
            names = sorted(parts.namelist(), key=lambda name: [int(n) for n in re.findall(r"\d+", name)])
            charts = [ET.fromstring(parts.read(name)) for name in names if name.startswith("xl/charts/chart")]
            drawings = [parts.read(name) for name in names if name.startswith("xl/drawings/drawing")]
            sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        book = open_book(path)
    anchors = [
        tuple(
            int(spot.findtext(f"{PLACE}{end}/{PLACE}{side}") or 0) for end in ("from", "to") for side in ("row", "col")
        )
        for drawing in drawings
        for spot in ET.fromstring(drawing).iter(f"{PLACE}twoCellAnchor")
    ]
    return Written(book, charts, anchors, [int(row) for row in re.findall(r'<brk id="(\d+)"', sheet)])  # type: ignore[arg-type]


def cells(book: Any, reference: str) -> list[Any]:
    """Return the values of a reference such as ``'Chart data'!$B$2:$B$9``."""
    sheet, _, area = reference.rpartition("!")
    found = book[sheet.strip("'").replace("''", "'")][area.replace("$", "")]
    return [cell.value for row in found for cell in row] if isinstance(found, tuple) else [found.value]


def series_of(chart: ET.Element) -> list[dict[str, str]]:
    return [
        {part: one.findtext(f"{CHART}{part}/*/{CHART}f") or "" for part in ("tx", "cat", "val")}
        for one in chart.iter(f"{CHART}ser")
    ]


@pytest.mark.parametrize("blocks", ["ordinary", "awkward"])
def test_every_reference_of_a_chart_holds_what_it_needs(blocks: str) -> None:
    found = written(blocks)
    assert found.charts
    for chart in found.charts:
        for one in series_of(chart):
            assert all(isinstance(value, str) for value in cells(found.book, one["tx"])), one
            values, names = cells(found.book, one["val"]), cells(found.book, one["cat"])
            assert len(values) == len(names)
            assert any(isinstance(value, (int, float)) for value in values), one
            assert all(value is None or isinstance(value, (int, float)) for value in values), one


def test_bars_and_lines_show_the_figures_of_their_frame() -> None:
    found, show = written("ordinary"), Display("en", "USD")
    frames = [frame for block in gallery.ordinary() for frame in block_frames(block, show)]
    wanted = {
        tuple(part.values)
        for frame in frames
        if frame.kind in ("bar", "column", "line", "combo", "stacked_bar", "stacked_column", "funnel", "pie")
        for one in frame.panels or (frame,)
        for part in (*one.series[:1], *one.lines)
    }
    drawn = {tuple(cells(found.book, one["val"])) for chart in found.charts for one in series_of(chart)}
    assert len(wanted) > 20
    assert wanted - drawn == set()


@pytest.mark.parametrize("blocks", ["ordinary", "awkward"])
def test_no_chart_stands_on_a_cell_that_holds_something_or_on_another(blocks: str) -> None:
    found = written(blocks)
    sheet = visible(found.book)[0]
    for top, left, bottom, right in found.anchors:
        covered = sheet.iter_rows(top + 1, bottom + 1, left + 1, right + 1)
        assert [cell.coordinate for row in covered for cell in row if cell.value is not None] == []
    for number, (top, left, bottom, right) in enumerate(found.anchors):
        for other_top, other_left, other_bottom, other_right in found.anchors[number + 1 :]:
            assert bottom < other_top or other_bottom < top or right < other_left or other_right < left


@pytest.mark.parametrize("blocks", ["ordinary", "awkward"])
def test_no_page_ends_inside_a_chart(blocks: str) -> None:
    found = written(blocks)
    assert found.breaks
    assert [row for row in found.breaks for top, _, bottom, _ in found.anchors if top < row <= bottom] == []
    assert found.breaks == sorted(set(found.breaks))


@pytest.mark.parametrize("blocks", ["ordinary", "awkward"])
def test_a_chart_fits_the_page_that_a_printer_makes_of_the_breaks(blocks: str) -> None:
    """A4 landscape inside its margins has 1045 by 688 pixels; the width of the tab decides the scale."""
    found = written(blocks)
    sheet = visible(found.book)[0]
    widths = {
        column: dimension.width
        for dimension in sheet.column_dimensions.values()
        for column in range(dimension.min, dimension.max + 1)
    }
    furthest = max(sheet.max_column, *(right + 1 for _, _, _, right in found.anchors))
    page = 688 * max(1.0, sum(widths[column] * 7 for column in range(1, furthest)) / 1045)
    tops = [0.0]
    for row in range(1, sheet.max_row + 60):
        tops.append(tops[-1] + (sheet.row_dimensions[row].height or 16.5) * 4 / 3)
    for top, _, bottom, _ in found.anchors:
        begin = tops[max((row for row in found.breaks if row <= top), default=0)]
        assert (tops[top] - begin) // page == (tops[bottom] - begin) // page


def chart_of(block: Block, kind: str) -> tuple[Written, ET.Element]:
    charts = tuple(spec for spec in block.charts if spec.kind == kind)
    found = read(gallery.gallery("en", [replace(block, charts=charts)]))
    return found, found.charts[0]


def of(name: str) -> Block:
    return next(block for block in gallery.ordinary() if block.id == name)


def test_the_columns_of_a_waterfall_float_between_its_steps() -> None:
    """The parts above and below zero reach exactly from where a step begins to where it ends."""
    for name in ("Waterfall", "Cash"):
        found, chart = chart_of(of(name), "waterfall")
        bars = next(chart.iter(f"{CHART}barChart"))
        columns = [cells(found.book, one.findtext(f"{CHART}val/*/{CHART}f") or "") for one in bars.iter(f"{CHART}ser")]
        frame = block_frames(of(name), Display("en", "USD"))[0]
        frame = frame.panels[0] if frame.panels else frame
        for step in steps(frame):
            base, *parts = [column[step.place] or 0 for column in columns]
            up, down = sum(part for part in parts if part > 0), sum(part for part in parts if part < 0)
            edges = {max(base, 0) + up, min(base, 0) + down} | ({base} if base else set())
            assert {step.begin, step.end} - edges <= {0.0} | ({step.begin} if step.begin == step.end else set())
            assert max(step.begin, step.end, 0) == pytest.approx(max(base, 0) + up)
            assert min(step.begin, step.end, 0) == pytest.approx(min(base, 0) + down)


def test_boxes_stand_on_their_first_quarter_and_carry_whiskers() -> None:
    found, chart = chart_of(of("Sales cycle"), "box")
    table = of("Sales cycle").table
    assert table is not None
    first, to_half, to_third = (cells(found.book, one["val"]) for one in series_of(chart))
    assert first == [row[2] for row in table.rows]
    assert to_half == [row[3] - row[2] for row in table.rows]  # type: ignore[operator]
    assert to_third == [row[4] - row[3] for row in table.rows]  # type: ignore[operator]
    below = [cells(found.book, one.text or "") for one in chart.iter(f"{CHART}f") if one.text in whiskers(chart)]
    assert [row[2] - row[1] for row in table.rows] in below  # type: ignore[operator]
    assert [row[5] - row[4] for row in table.rows] in below  # type: ignore[operator]


def whiskers(chart: ET.Element) -> set[str]:
    return {one.text or "" for bars in chart.iter(f"{CHART}errBars") for one in bars.iter(f"{CHART}f")}


def test_shares_of_a_bar_add_up_and_bars_to_the_left_are_below_zero() -> None:
    found, chart = chart_of(of("Stage distribution"), "percent_bar")
    columns = [cells(found.book, one["val"]) for one in series_of(chart)]
    assert all(sum(value or 0 for value in row) == pytest.approx(1) for row in zip(*columns, strict=True))
    found, chart = chart_of(of("Won and lost"), "diverging_bar")
    won, lost = (cells(found.book, one["val"]) for one in series_of(chart))
    assert min(won) > 0 > max(lost)
    code = next(chart.iter(f"{CHART}numFmt")).attrib["formatCode"]
    assert "-" not in code


def test_a_flow_is_a_table_coloured_by_size() -> None:
    found = read(gallery.gallery("en", [of("Moves")]))
    assert found.charts == []
    sheet = visible(found.book)[0]
    (area,) = [rules for rules in sheet.conditional_formatting if rules.rules[0].type == "colorScale"]
    values = [cell.value for row in sheet[str(area.sqref)] for cell in row if isinstance(cell.value, (int, float))]
    table = of("Moves").table
    assert table is not None
    assert sorted(values) == sorted(row[2] for row in table.rows)  # type: ignore[type-var]


def test_no_column_is_too_narrow_for_its_figures() -> None:
    """A figure wider than its cell would show as ####."""
    show = Display("en", "USD")
    for blocks in ("ordinary", "awkward"):
        sheet = visible(written(blocks).book)[0]
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, (int, float)) and cell.number_format.startswith("[$$"):
                    width = sheet.column_dimensions[cell.column_letter].width
                    assert len(show.number(cell.value, "money")) <= width, cell.coordinate


def test_logo_and_name_head_every_tab() -> None:
    images = pytest.importorskip("PIL.Image")
    packed = io.BytesIO()
    images.new("RGB", (600, 150), "#AA0000").save(packed, "PNG")
    theme = Theme("Nordwind", logo=packed.getvalue())
    found = read(replace(gallery.gallery("en"), theme=theme))
    for sheet in visible(found.book):
        (image,) = sheet._images
        assert (image.anchor._from.row, image.anchor._from.col) == (0, 0)
        names = [cell for cell in sheet[1] if cell.value == "Nordwind"]
        assert len(names) == 1
        assert names[0].column > 1
        assert sheet.row_dimensions[1].height == pytest.approx((40 + 8) * 0.75)
