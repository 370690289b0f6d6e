"""The charts of a block on its tab: room for them under the block's title, and where each of them stands."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from connector.deliver.files.frames import ChartFrame, caption, chart_frame
from connector.deliver.files.stacks import is_stacked, lies
from connector.deliver.files.text import one_line
from connector.deliver.sheets.chart_data import chart_data
from connector.deliver.sheets.chart_specs import chart_spec
from connector.deliver.sheets.layout import Chart, Column, Look, Region
from connector.deliver.sheets.report_sheet import ReportSheet, TabParts
from connector.model.report import Block, ChartSpec

ROW_PIXELS: Final = 21
"""Height of a row that nobody has changed."""
CHART_PIXELS: Final = 600
ALONE_PIXELS: Final = 720
_GAP: Final = 14
_PANELS_IN_LINE: Final = 3
_TALLEST: Final = 640


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart that has something to draw. ``id`` is stable; small charts side by side are charts of their own."""

    id: str
    spec: ChartSpec
    frame: ChartFrame


def drawn_charts(sheet: ReportSheet, block: Block) -> list[Drawn]:
    """Return the charts of a block. Each has its title, also where the block has the same: a person may move it."""
    return [
        Drawn(f"{block.id}.chart{number}{part}", spec, panel)
        for number, spec, frame in _frames(sheet, block)
        for part, panel in _panels(frame)
    ]


def _frames(sheet: ReportSheet, block: Block) -> list[tuple[int, ChartSpec, ChartFrame]]:
    """Return what there is to draw, by the number of the chart in its block."""
    known = sheet.frames.get(id(block))
    if known is None:
        known = [
            (number, spec, frame)
            for number, spec in enumerate(block.charts, 1)
            if (frame := chart_frame(block, spec, sheet.display)) is not None
        ]
        sheet.frames[id(block)] = known
    return known


def add_charts(sheet: ReportSheet, parts: TabParts, block: Block, title: str) -> None:
    """Add the room for a block's native charts, and the charts over it. Its rows are owned and empty.

    The block's title stands above, also when there is nothing to draw this time: heads are always the same.
    """
    region, below = f"{block.id}.charts", int(bool(title))
    natives = [drawn for drawn in drawn_charts(sheet, block) if drawn.frame.kind != "heatmap"]
    for line in _lines_of(natives):
        starts = _starts(parts.widths, line)
        height = max(_height(drawn.frame) for drawn in line)
        for place, drawn in enumerate(line):
            wide = sum(parts.widths[starts[place] : starts[place + 1]]) - _GAP
            chart = _chart(sheet, block, drawn, parts.id)
            chart = replace(chart, region=region, row=below, slot=starts[place], width=wide, height=height)
            parts.charts.append(chart)
        below += -(-(height + _GAP) // ROW_PIXELS)
    head = ((sheet.scalars.text(title),),) if title else ()
    looks = (Look(sheet.looks.heading(), 0, 1),) if title else ()
    if below:
        room = ((),) * (below - len(head))
        parts.regions.append(Region(region, (Column("title"),), head, room, looks=looks))


def chart_sentences(sheet: ReportSheet, block: Block) -> list[str]:
    """Return how much of its table each chart shows, where that is not all, and what the edges of boxes are."""
    said = []
    for number, _, frame in _frames(sheet, block):
        if frame.kind == "heatmap":
            continue
        still = replace(frame, running=None, panels=tuple(replace(panel, running=None) for panel in frame.panels))
        words = [caption(still, sheet.display, "running_pale")]
        if frame.kind == "box":
            words.append(" – ".join(part.name for part in frame.series))
        said += [f"{one_line(frame.title) or number}: {' · '.join(filter(None, words))}"] if any(words) else []
    return said


def _chart(sheet: ReportSheet, block: Block, drawn: Drawn, tab: str) -> Chart:
    """Return a chart without its place, and keep its data; of two blocks with one id, the later has its tab's too."""
    taken = {region.id for regions in sheet.data.values() for region in regions}
    name = f"{tab}.{drawn.id}" if drawn.id in taken else drawn.id
    data = chart_data(sheet, block, drawn.spec, drawn.frame, name)
    sheet.data.setdefault(data.tab, []).append(data.as_region())
    return Chart(name, "", chart_spec(drawn.frame, data, sheet.looks.palette))


def _panels(frame: ChartFrame) -> list[tuple[str, ChartFrame]]:
    """Return the small charts that stand for one; each is known by what it is of, wherever that stands in the order."""
    return [(f".{_mark(panel.title)}", replace(panel, title=_joined(frame, panel))) for panel in frame.panels] or [
        ("", frame)
    ]


def _joined(whole: ChartFrame, panel: ChartFrame) -> str:
    return f"{whole.title} — {panel.title}" if whole.title else panel.title


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:6]


def _lines_of(charts: list[Drawn]) -> list[list[Drawn]]:
    """Return the charts line by line: two in a line, three small ones."""
    lines: list[list[Drawn]] = []
    for drawn in charts:
        most = _PANELS_IN_LINE if drawn.frame.panel else 2
        if lines and len(lines[-1]) < most and lines[-1][0].frame.panel == drawn.frame.panel:
            lines[-1].append(drawn)
        else:
            lines.append([drawn])
    return lines


def _starts(widths: list[int], line: list[Drawn]) -> list[int]:
    """Return the slots at which charts side by side begin, and the one after the last: they stand on the columns."""
    count = _PANELS_IN_LINE if line[0].frame.panel else len(line)
    whole = min(sum(widths), ALONE_PIXELS if count == 1 else 2 * CHART_PIXELS)
    edges = [sum(widths[:slot]) for slot in range(len(widths) + 1)]
    return [min(range(len(edges)), key=lambda slot: abs(edges[slot] - whole * n / count)) for n in range(count + 1)]


def _height(frame: ChartFrame) -> int:
    """Return the height of a chart in pixels: bars that lie need room for each name."""
    if lies(frame) or frame.kind == "flow":
        each = (
            26 if is_stacked(frame) or len(frame.series) == 1 or frame.kind == "flow" else 14 * len(frame.series) + 12
        )
        return min(_TALLEST, max(260 if frame.panel else 300, 110 + each * len(frame.categories)))
    return 280 if frame.panel else 340
