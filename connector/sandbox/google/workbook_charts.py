"""Charts of a workbook: native ones where workbooks know the kind, pictures of the others."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Sheet
from connector.sandbox.google.chart_data import Points, header_count, read_source
from connector.sandbox.google.grid import Json
from connector.sandbox.google.views import View, colour

KINDS = {
    "COLUMN": "column", "BAR": "bar", "LINE": "line", "AREA": "area", "STEPPED_AREA": "area", "SCATTER": "scatter",
}  # fmt: skip
LEGENDS = {"BOTTOM_LEGEND": "bottom", "LEFT_LEGEND": "left", "RIGHT_LEGEND": "right", "TOP_LEGEND": "top"}
WIDTH, HEIGHT = 600, 371
"""Size of a chart that says none."""
SCALE = 0.75
"""Pictures are drawn with 72 pixels to an inch, and a workbook has 96."""
STACKS = {"STACKED": "stacked", "PERCENT_STACKED": "percent_stacked"}


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where charts are put: the file, what is seen, the titles of the sheets in the file."""

    file: Any
    view: View
    titles: dict[int, str]

    def place(self, points: Points, skip: int) -> list[Any] | None:
        """Return a source as a workbook's reference, so many headings skipped; None for no single rectangle."""
        if len(points.ranges) != 1:
            return None
        sheet = self.view.book.sheet(points.ranges[0].get("sheetId"))
        area = area_of(points.ranges[0])
        top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
        bottom = min(bottom, max(self.view.used(sheet).bottom, top + 1)) if area.bottom is None else bottom
        if right - left == 1:
            top = min(top + skip, bottom - 1)
        else:
            left = min(left + skip, right - 1)
        return [self.titles[sheet.id], top, left, bottom - 1, right - 1]

    def heading(self, points: Points, skip: int) -> list[Any] | None:
        """Return the cell that names a series; None where no heading is."""
        whole = self.place(points, 0)
        return [*whole[:3]] if skip and whole is not None else None


def add_charts(file: Any, page: Any, view: View, sheet: Sheet, titles: dict[int, str]) -> None:
    """Put the charts of a sheet onto its page."""
    canvas = Canvas(file, view, titles)
    for part in sheet.charts:
        overlay = (part.get("position") or {}).get("overlayPosition") or {}
        anchor, spec = overlay.get("anchorCell") or {}, part.get("spec") or {}
        width, height = overlay.get("widthPixels") or WIDTH, overlay.get("heightPixels") or HEIGHT
        place = (anchor.get("rowIndex") or 0, anchor.get("columnIndex") or 0)
        shift = {"x_offset": overlay.get("offsetXPixels") or 0, "y_offset": overlay.get("offsetYPixels") or 0}
        chart = _native(canvas, spec)
        if chart is None:
            picture = _picture(view, spec, (width, height))
            options = {"image_data": io.BytesIO(picture), "object_position": 1, "x_scale": SCALE, "y_scale": SCALE}
            page.insert_image(*place, "chart.png", options | shift)
            continue
        if spec.get("title"):
            chart.set_title({"name": spec["title"], "overlay": False})
        else:
            chart.set_title({"none": True})
        chart.set_size({"width": width, "height": height})
        page.insert_chart(*place, chart, shift)


def _picture(view: View, spec: Json, size: tuple[int, int]) -> bytes:
    import vl_convert  # noqa: PLC0415 - heavy

    from connector.sandbox.google.charts_drawn import draw  # noqa: PLC0415 - heavy

    return bytes(vl_convert.svg_to_png(draw(view, spec, *size)))


def _native(canvas: Canvas, spec: Json) -> Any:
    if "basicChart" in spec:
        return _basic(canvas, spec["basicChart"], str(spec.get("hiddenDimensionStrategy") or ""))
    if "pieChart" in spec:
        return _pie(canvas, spec["pieChart"])
    return _candlestick(canvas, spec["candlestickChart"]) if "candlestickChart" in spec else None


def _basic(canvas: Canvas, basic: Json, strategy: str) -> Any:
    kind = str(basic.get("chartType") or "COLUMN")
    domains = [read_source(canvas.view, one.get("domain"), strategy) for one in basic.get("domains") or []]
    series = [(one, read_source(canvas.view, one.get("series"), strategy)) for one in basic.get("series") or []]
    skip = header_count(domains, [points for _one, points in series], basic.get("headerCount"))
    categories = canvas.place(domains[0], skip) if domains else None
    groups: dict[tuple[str, bool], Any] = {}
    for number, (one, points) in enumerate(series):
        own = str(one.get("type") or ("COLUMN" if kind == "COMBO" else kind))
        second = one.get("targetAxis") == "RIGHT_AXIS"
        key = (KINDS.get(own, "column"), second)
        values = canvas.place(points, skip)
        if values is None:
            return None
        described = {"values": values, "categories": categories, "name": canvas.heading(points, skip)}
        paint = colour(one, "color", canvas.view.theme) or canvas.view.theme[f"ACCENT{number % 6 + 1}"]
        look: Json = {"y2_axis": second} | _look(key[0], paint)
        if (one.get("dataLabel") or {}).get("type") == "DATA":
            look["data_labels"] = {"value": True}
        if key not in groups:
            groups[key] = _chart(canvas, key[0], basic)
        groups[key].add_series({name: value for name, value in (described | look).items() if value is not None})
    charts = list(groups.values())
    if not 1 <= len(charts) <= 2:
        return None
    if len(charts) == 2:
        charts[0].combine(charts[1])
    _axes(charts, basic)
    charts[0].set_legend(_legend(basic.get("legendPosition"), len(series)))
    return charts[0]


def _chart(canvas: Canvas, kind: str, basic: Json) -> Any:
    described: Json = {"type": kind}
    stack = STACKS.get(str(basic.get("stackedType")))
    if stack and kind in ("column", "bar", "area"):
        described["subtype"] = stack
    if kind == "scatter":
        described["subtype"] = "marker_only"
    return canvas.file.add_chart(described)


def _look(kind: str, paint: str) -> Json:
    if not paint:
        return {}
    if kind == "line":
        return {"line": {"color": paint, "width": 2}}
    if kind == "scatter":
        return {"marker": {"type": "circle", "size": 7, "fill": {"color": paint}, "border": {"color": paint}}}
    return {"fill": {"color": paint}, "border": {"color": paint}}


def _axes(charts: list[Any], basic: Json) -> None:
    for axis in basic.get("axis") or []:
        title, position = axis.get("title"), axis.get("position")
        if not title:
            continue
        if position == "BOTTOM_AXIS":
            charts[0].set_x_axis({"name": title})
        elif position == "LEFT_AXIS":
            charts[0].set_y_axis({"name": title})
        elif position == "RIGHT_AXIS":
            charts[-1].set_y2_axis({"name": title})


def _legend(position: object, count: int) -> Json:
    if position == "NO_LEGEND" or (position not in LEGENDS and count < 2):
        return {"none": True}
    return {"position": LEGENDS.get(str(position), "right")}


def _pie(canvas: Canvas, pie: Json) -> Any:
    domain, series = read_source(canvas.view, pie.get("domain")), read_source(canvas.view, pie.get("series"))
    skip = header_count([domain], [series], None)
    values, categories = canvas.place(series, skip), canvas.place(domain, skip)
    if values is None or categories is None:
        return None
    hole = float(pie.get("pieHole") or 0)
    chart = canvas.file.add_chart({"type": "doughnut" if hole else "pie"})
    chart.add_series({"values": values, "categories": categories, "data_labels": {"percentage": True}})
    if hole:
        chart.set_hole_size(int(min(max(hole * 100, 10), 90)))
    chart.set_legend(_legend(pie.get("legendPosition"), 2))
    return chart


def _candlestick(canvas: Canvas, candles: Json) -> Any:
    domain = read_source(canvas.view, (candles.get("domain") or {}).get("data"))
    data = (candles.get("data") or [{}])[0]
    chart = canvas.file.add_chart({"type": "stock"})
    for name in ("openSeries", "highSeries", "lowSeries", "closeSeries"):
        points = read_source(canvas.view, (data.get(name) or {}).get("data"))
        skip = header_count([domain], [points], None)
        values = canvas.place(points, skip)
        if values is None:
            return None
        described = {"values": values, "categories": canvas.place(domain, skip), "name": canvas.heading(points, skip)}
        chart.add_series({key: value for key, value in described.items() if value is not None})
    chart.set_up_down_bars({"up": {"fill": {"color": "#34a853"}}, "down": {"fill": {"color": "#ea4335"}}})
    chart.set_legend({"none": True})
    return chart
