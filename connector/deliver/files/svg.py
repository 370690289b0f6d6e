"""Charts as SVG, drawn mark by mark: the same picture in a browser, in resvg and in WeasyPrint.

Text is measured before it is placed, so that names are cut with an ellipsis instead of running into each other;
a tip shows the whole name and the exact figure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from connector.deliver.files.display import Display
from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.stacks import panels
from connector.deliver.files.svg_bars import draw_bars
from connector.deliver.files.svg_boxes import draw_boxes
from connector.deliver.files.svg_canvas import Drawing
from connector.deliver.files.svg_columns import draw_columns, draw_lines
from connector.deliver.files.svg_flows import draw_flow
from connector.deliver.files.svg_funnels import draw_funnel
from connector.deliver.files.svg_grids import draw_heatmap
from connector.deliver.files.svg_pies import draw_pie
from connector.deliver.files.svg_text import LINE
from connector.deliver.files.svg_waterfalls import draw_waterfall
from connector.deliver.files.theme import Palette
from connector.model.report import ChartKind

PANEL: Final = 250.0
"""Least width of a small chart."""
_GAP: Final = 24.0


def render_chart_svg(frame: ChartFrame, palette: Palette, display: Display, width: int = 540, label: str = "") -> str:
    """Return a chart ``width`` pixels wide as an ``<svg>`` element that scales with its container.

    ``label`` names the chart for readers who do not see it. All text of the data is escaped; the element holds no
    script, style sheet, id or address.
    """
    drawing = Drawing(float(width), palette, display)
    if frame.panels:
        _panels(drawing, frame)
    else:
        _draw(drawing, frame)
    return drawing.svg(label or frame.title)


def _draw(drawing: Drawing, frame: ChartFrame) -> None:
    if frame.kind == "percent_bar" and frame.over_time:
        draw_columns(drawing, frame)
    else:
        _BUILDERS[frame.kind](drawing, frame)


def _panels(drawing: Drawing, frame: ChartFrame) -> None:
    """Draw small charts side by side, to one scale where sizes are compared, each under its name."""
    every = panels(frame)
    across = max(1, min(3, len(every), int((drawing.width + _GAP) // (PANEL + _GAP))))
    wide = (drawing.width - _GAP * (across - 1)) / across
    top = 0.0
    for start in range(0, len(every), across):
        small = []
        for panel in every[start : start + across]:
            part = Drawing(wide, drawing.palette, drawing.display)
            _draw(part, replace(panel, title=""))
            small.append(part)
        for number, part in enumerate(small):
            x = number * (wide + _GAP)
            drawing.text(x, top + LINE, every[start + number].title, bold=True, room=wide)
            drawing.nested(part, x, top + LINE + 10)
        top += max(part.height for part in small) + LINE + 10 + _GAP
    drawing.height = top - _GAP


_BUILDERS: Final[dict[ChartKind, Callable[[Drawing, ChartFrame], None]]] = {
    "bar": draw_bars, "stacked_bar": draw_bars, "percent_bar": draw_bars, "diverging_bar": draw_bars,
    "column": draw_columns, "stacked_column": draw_columns, "combo": draw_columns, "line": draw_lines,
    "pie": draw_pie, "funnel": draw_funnel, "heatmap": draw_heatmap, "waterfall": draw_waterfall,
    "flow": draw_flow, "box": draw_boxes,
}  # fmt: skip
