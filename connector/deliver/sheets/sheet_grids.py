"""Heat maps: a grid of cells that a colour rule shades by their figures, or the columns of a table shaded so.

Flows, for which Google has no chart, are such a grid too (from where down, to where across) beside stacked bars.
"""

from __future__ import annotations

from typing import Any

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import INK, tint
from connector.deliver.sheets.layout import Column, ColumnRange, Look, Region, Row, Rule
from connector.deliver.sheets.looks import PADDING, border, cell_format, colour, text_format
from connector.deliver.sheets.number_formats import TEXT
from connector.deliver.sheets.report_sheet import ReportSheet, TabParts, text_pixels
from connector.deliver.sheets.scalars import SECONDS_A_DAY
from connector.deliver.sheets.sheet_charts import Drawn, drawn_charts
from connector.model.report import Block


def grids(sheet: ReportSheet, block: Block) -> list[Drawn]:
    """Return the heat maps and flows of a block that are grids of their own."""
    return [one for one in drawn_charts(sheet, block) if _is_grid(one.frame)]


def grid_needs(frame: ChartFrame) -> list[int]:
    """Return the pixels that the columns of a grid need."""
    names = max((text_pixels(label) for label in (*frame.categories, frame.x.label)), default=0)
    return [names, *(text_pixels(max(part.name.split(), key=len, default=""), 7.0) for part in frame.series)]


def add_grids(sheet: ReportSheet, parts: TabParts, block: Block) -> None:
    """Add the grids of a block with their colours."""
    for drawn in grids(sheet, block):
        region = _region(sheet, drawn)
        parts.regions.append(region)
        over = tuple(ColumnRange(parts.id, region.id, column.id) for column in region.columns[1:])
        parts.rules.append(Rule(_scale(sheet, drawn.frame), over))


def shade_columns(sheet: ReportSheet, parts: TabParts, block: Block) -> None:
    """Shade columns of a table by value: the heat map of a chart without a second dimension."""
    for drawn in drawn_charts(sheet, block):
        if drawn.frame.kind != "heatmap" or _is_grid(drawn.frame) or block.table is None:
            continue
        for part in drawn.frame.series:
            over = ColumnRange(parts.id, block.id, block.table.columns[part.column].id)
            parts.rules.append(Rule(_scale(sheet, drawn.frame), (over,)))


def _is_grid(frame: ChartFrame) -> bool:
    return frame.kind == "flow" or (frame.kind == "heatmap" and not frame.rows)


def _region(sheet: ReportSheet, drawn: Drawn) -> Region:
    frame, looks = drawn.frame, sheet.looks
    pattern = sheet.formats.unit(frame.y.unit)
    shaded = cell_format(
        text_format(INK), numberFormat=pattern, horizontalAlignment="CENTER",
        borders={side: border("#FFFFFF") for side in ("right", "bottom")},
    )  # fmt: skip
    columns = (
        Column(
            "x",
            one_line(frame.x.label),
            "text",
            cell_format(text_format(INK, bold=True), numberFormat=TEXT, padding=PADDING),
        ),
        *(Column(f"s{n}", one_line(part.name), "number", shaded) for n, part in enumerate(frame.series, 1)),
    )
    head: list[Row] = [(sheet.scalars.text(frame.title),)] if frame.title else []
    styles = [Look(looks.line(INK, 11, bold=True), 0, 1)] if frame.title else []
    heading = len(head)
    head.append(tuple(column.title for column in columns))
    styles.append(Look(looks.column_heading(numeric=False), heading, heading + 1, 0, 1))
    styles.append(
        Look(looks.column_heading(numeric=False) | {"horizontalAlignment": "CENTER"}, heading, heading + 1, 1)
    )
    body = tuple(
        (one_line(label, 200), *(_figure(part.values[row], frame) for part in frame.series))
        for row, label in enumerate(frame.categories)
    )
    return Region(f"{drawn.id}.grid", columns, tuple(head), body, heading, tuple(styles))


def _figure(value: float | None, frame: ChartFrame) -> float | None:
    return value / SECONDS_A_DAY if value is not None and frame.y.unit == "duration_s" else value


def _scale(sheet: ReportSheet, frame: ChartFrame) -> dict[str, Any]:
    palette = sheet.looks.palette
    strong = tint(palette.accent if frame.y.direction == "down" else palette.primary, 0.45)
    return {
        "gradientRule": {
            "minpoint": {"colorStyle": colour("#FFFFFF"), "type": "MIN"},
            "maxpoint": {"colorStyle": colour(strong), "type": "MAX"},
        }
    }
