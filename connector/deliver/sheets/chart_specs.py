"""Native charts as the Sheets API describes them: one ChartSpec for each kind of chart.

Every source is a column of the chart's own data, see :mod:`connector.deliver.sheets.chart_data`: names in the first
row, figures below. A spec holds nothing that depends on the figures of the day, because a chart is made once and then
belongs to the person who looks at it; its data change under it. Rules of the specs: the Sheets API's discovery
document and its guide to charts.
"""

from __future__ import annotations

from typing import Any, Final

from connector.deliver.files.frames import ChartFrame
from connector.deliver.files.stacks import is_stacked, labelled, lies, same_scale
from connector.deliver.files.text import one_line
from connector.deliver.files.theme import BAD, GOOD, INK, MUTED, Palette, readable_on, tint
from connector.deliver.sheets.chart_data import NAMES, ChartData, DataColumn
from connector.deliver.sheets.looks import colour, text_format

Spec = dict[str, Any]

_STEPS: Final = ("positive", "negative", "subtotal")
NAMES_ABOVE: Final = 5
LABELLED_PARTS: Final = 30
"""Stacked bars of at most so many parts print their figures inside."""


def chart_spec(frame: ChartFrame, data: ChartData, palette: Palette) -> Spec:
    """Return the ChartSpec of a frame over its data."""
    words = one_line(frame.title, 120)
    spec: Spec = {
        "altText": _told(frame), "fontName": palette.font, "hiddenDimensionStrategy": "SHOW_ALL",
        "backgroundColorStyle": colour("#FFFFFF"),
    }  # fmt: skip
    if words:
        spec |= {"title": words, "titleTextFormat": text_format(INK, 12, bold=True)}
    if data.subtitle:
        spec |= {"subtitle": one_line(data.subtitle, 200), "subtitleTextFormat": text_format(MUTED, 9)}
    return spec | _shape(frame, data, palette)


def _shape(frame: ChartFrame, data: ChartData, palette: Palette) -> Spec:
    if frame.kind == "pie":
        return _pie(data)
    if frame.kind == "waterfall":
        return _waterfall(frame, data, palette)
    return _box(data) if frame.kind == "box" else _basic(frame, data, palette)


def _basic(frame: ChartFrame, data: ChartData, palette: Palette) -> Spec:
    """Bars, columns and lines; lines over bars stand over columns."""
    kind = _basic_type(frame)
    chart: Spec = {
        "chartType": kind, "headerCount": 1, "domains": [{"domain": _source(data, NAMES)}],
        "legendPosition": _legend(frame),
        "series": [_series(frame, data, column, palette) for column in data.columns if column.role != "label"],
        "axis": _axes(frame),
    }  # fmt: skip
    if frame.kind == "percent_bar":
        chart["stackedType"] = "PERCENT_STACKED"
    elif is_stacked(frame) or frame.kind == "flow" or data.split:
        chart["stackedType"] = "STACKED"
    if kind == "LINE":
        chart.pop("stackedType", None)
    return {"basicChart": chart}


def _basic_type(frame: ChartFrame) -> str:
    if frame.kind == "line":
        return "LINE"
    if frame.lines:
        return "COMBO"
    return "BAR" if lies(frame) or frame.kind == "flow" else "COLUMN"


def _legend(frame: ChartFrame) -> str:
    """Return where the names of the series stand: many of them do not fit above a chart."""
    names = len(frame.series) + len(frame.lines)
    return "NO_LEGEND" if names < 2 else "TOP_LEGEND" if names <= NAMES_ABOVE else "RIGHT_LEGEND"


def _axes(frame: ChartFrame) -> list[Spec]:
    """Return the axes with the font of their words; bars begin at zero by themselves."""
    names = {"format": text_format(INK, 9)}
    axes: list[Spec] = [{"position": "BOTTOM_AXIS", **names}, {"position": "LEFT_AXIS", **names}]
    if any(line not in same_scale(frame) for line in frame.lines):
        axes.append({"position": "RIGHT_AXIS", **names})
    return axes


def _series(frame: ChartFrame, data: ChartData, column: DataColumn, palette: Palette) -> Spec:
    kind, line = _basic_type(frame), column.role == "line" or frame.kind == "line"
    series: Spec = {
        "series": _source(data, column.id), "colorStyle": colour(_colour(frame, column, palette)),
        "targetAxis": "BOTTOM_AXIS" if kind == "BAR" else "RIGHT_AXIS" if column.other_scale else "LEFT_AXIS",
    }  # fmt: skip
    if kind == "COMBO":
        series["type"] = "LINE" if column.role == "line" else "COLUMN"
    if line:
        dashed = column.running or (column.role == "line" and column.number > 0)
        series["lineStyle"] = {"type": "MEDIUM_DASHED" if dashed else "SOLID", "width": 2}
        if column.role != "line":
            series["pointStyle"] = {"shape": "CIRCLE", "size": 5 if len(frame.categories) <= 31 else 2}
    label = _label(frame, data, column, palette)
    return series | ({"dataLabel": label} if label else {})


def _label(frame: ChartFrame, data: ChartData, column: DataColumn, palette: Palette) -> Spec:
    """Return the printed figures of a series; none where they would run into each other."""
    if column.role != "series" or frame.lines:
        return {}
    if labelled(frame):
        place = {"LINE": "ABOVE"}.get(_basic_type(frame), "CENTER" if data.split else "OUTSIDE_END")
        ink = INK if place != "CENTER" or column.running else readable_on(palette.primary)
        custom = next((one.id for one in data.columns if one.role == "label"), None)
        if custom is not None and not data.split:
            return {
                "type": "CUSTOM", "placement": place, "textFormat": text_format(ink, 9),
                "customLabelData": _source(data, custom),
            }  # fmt: skip
        return {"type": "DATA", "placement": place, "textFormat": text_format(ink, 9)}
    parts = len(frame.categories) * len(frame.series)
    if (is_stacked(frame) or frame.kind == "flow") and parts <= LABELLED_PARTS:
        ink = readable_on(_colour(frame, column, palette))
        return {"type": "DATA", "placement": "CENTER", "textFormat": text_format(ink, 8)}
    return {}


def _colour(frame: ChartFrame, column: DataColumn, palette: Palette) -> str:
    if column.role == "line":
        return (palette.accent if len(frame.series) == 1 else INK, MUTED)[column.number % 2]
    plain = palette.series(max(len(frame.series), column.number + 1))[column.number]
    return tint(plain, 0.5) if column.running and frame.kind != "line" else plain


def _pie(data: ChartData) -> Spec:
    """A ring. Its slices have the colours of the spreadsheet's theme: the API has no others for them."""
    return {
        "pieChart": {
            "domain": _source(data, NAMES), "series": _source(data, data.columns[0].id),
            "legendPosition": "RIGHT_LEGEND", "pieHole": 0.56,
        }
    }  # fmt: skip


def _waterfall(frame: ChartFrame, data: ChartData, palette: Palette) -> Spec:
    """Steps from where it opens to where it closes; the rows that stand on the floor are subtotals of the data."""
    rise, fall = (BAD, GOOD) if frame.y.direction == "down" else (GOOD, BAD)
    totals = [
        {"subtotalIndex": place, "label": data.names[place], "dataIsSubtotal": True} for place in sorted(data.totals)
    ]
    series: Spec = {
        "data": _source(data, data.columns[0].id),
        **{
            f"{name}ColumnsStyle": {"colorStyle": colour(code), "label": words}
            for name, code, words in zip(_STEPS, (rise, fall, palette.primary), data.legend, strict=True)
        },
        "hideTrailingSubtotal": True,
        "dataLabel": {"type": "DATA", "textFormat": text_format(INK, 9)},
    }  # fmt: skip
    if totals:
        series["customSubtotals"] = totals
    return {
        "waterfallChart": {
            "domain": {"data": _source(data, NAMES)}, "series": [series], "stackedType": "STACKED",
            "firstValueIsTotal": 0 in data.totals,
            "connectorLineStyle": {"type": "MEDIUM_DASHED", "width": 1},
        }
    }  # fmt: skip


def _box(data: ChartData) -> Spec:
    """Candles from quarter to quarter with whiskers; the middle figure stands in the name of each."""
    low, first, third, high = ({"data": _source(data, column.id)} for column in data.columns)
    return {
        "candlestickChart": {
            "domain": {"data": _source(data, NAMES)},
            "data": [{"lowSeries": low, "openSeries": first, "closeSeries": third, "highSeries": high}],
        }
    }


def _source(data: ChartData, column: str) -> Spec:
    return {"sourceRange": {"sources": [data.range(column)]}}


def _told(frame: ChartFrame) -> str:
    """Return what a reader hears who cannot see the chart."""
    names = ", ".join(part.name for part in (*frame.series, *frame.lines))
    parts = (frame.title, frame.x.label, names if frame.kind != "pie" else frame.y.label)
    return one_line(" · ".join(part for part in parts if part), 400)
