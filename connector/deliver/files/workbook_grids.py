"""Charts made of cells: heatmaps, and flows as a table from where things were to where they are."""

from __future__ import annotations

from typing import Any

from connector.deliver.files.display import DASH
from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import tint
from connector.deliver.files.workbook_canvas import Canvas
from connector.deliver.files.workbook_formulas import number_cell
from connector.deliver.files.workbook_tables import Placed


def is_grid(frame: ChartFrame) -> bool:
    """Whether a chart is a grid of its own; a heatmap of plain columns colours the table instead."""
    return frame.kind == "flow" or (frame.kind == "heatmap" and not frame.rows)


def write_heatmap(canvas: Canvas, frame: ChartFrame, top: int) -> int:
    """Write a grid of categories by series with coloured cells; return the first free row below it."""
    styles, sheet = canvas.styles, canvas.sheet
    if frame.title:
        canvas.text(top, 0, one_line(frame.title), styles.get(bold=True, font_size=11))
        top += 1
    head = styles.get(
        bold=True, bg_color=tint(canvas.palette.primary, 0.88), text_wrap=True, align="center", valign="vcenter"
    )
    corner = styles.get(bold=True, bg_color=tint(canvas.palette.primary, 0.88), valign="vcenter")
    canvas.text(top, 0, one_line(frame.x.label), corner)
    sheet.set_row(top, 32)
    cell = styles.get(num_format=canvas.formats.unit(frame.y.unit), align="center", border=1, border_color="#FFFFFF")
    for place, part in enumerate(frame.series, 1):
        canvas.text(top, place, one_line(part.name), head)
        for row, value in enumerate(part.values, top + 1):
            if value is None:
                canvas.text(row, place, DASH, cell)
            else:
                sheet.write_number(row, place, number_cell(value, frame.y.unit), cell)
    for row, label in enumerate(frame.categories, top + 1):
        canvas.text(row, 0, one_line(label), styles.get(bold=True))
    last = top + len(frame.categories)
    sheet.conditional_format(top + 1, 1, last, len(frame.series), _scale(canvas, frame))
    return last + 1


def colour_columns(canvas: Canvas, frame: ChartFrame, placed: Placed) -> None:
    """Colour the metric columns of a table by value: the heatmap of a chart without a second dimension."""
    for part in frame.series:
        canvas.sheet.conditional_format(placed.first, part.column, placed.last, part.column, _scale(canvas, frame))


def heatmap_widths(frame: ChartFrame) -> list[float]:
    """Return the least column widths of a heatmap's grid, in characters."""
    names = [max((len(word) for word in part.name.split()), default=1) + 2.0 for part in frame.series]
    return [
        float(max(len(label) for label in (*frame.categories, frame.x.label)) + 2),
        *(max(10.0, name) for name in names),
    ]


def _scale(canvas: Canvas, frame: ChartFrame) -> dict[str, Any]:
    strong = tint(canvas.palette.accent if frame.y.direction == "down" else canvas.palette.primary, 0.45)
    return {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": strong}
