"""Charts and slicers: things that lie over the cells."""

from __future__ import annotations

from collections.abc import Iterator

from connector.sandbox.google.a1 import check_coordinate, rect_of
from connector.sandbox.google.areas import addressed
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change
from connector.sandbox.google.chart_rules import check_chart
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.update_masks import updated

WIDTH, HEIGHT = 600, 371
"""Of a chart that says nothing of its size."""
SLICER_WIDTH = 200
PLACES = ("newSheet", "sheetId", "overlayPosition")


@change("addChart")
def add_chart(book: Book, request: Json) -> Json:
    """Add a chart over cells, or on a sheet of its own."""
    asked = addressed(request.get("chart", {}))
    number = _fresh(book, asked.get("chartId"))
    spec = asked.get("spec") or {}
    check_chart(book, spec)
    sheet, position = _placed(book, asked.get("position") or {"newSheet": True}, WIDTH, HEIGHT)
    chart = {"chartId": number, "spec": spec, "position": position}
    if "border" in asked:
        chart["border"] = asked["border"]
    sheet.charts.append(chart)
    return {"chart": chart}


@change("updateChartSpec")
def update_chart_spec(book: Book, request: Json) -> None:
    """Replace the whole specification of a chart."""
    spec = addressed(request.get("spec", {}))
    for sheet in book.sheets:
        for chart in sheet.charts:
            if chart["chartId"] == request.get("chartId"):
                check_chart(book, spec)
                chart["spec"] = spec
                return
    raise invalid(f"No chart with id: {request.get('chartId')}")


@change("updateEmbeddedObjectPosition")
def update_position(book: Book, request: Json) -> Json:
    """Move or size a chart or slicer, or move it to another sheet."""
    sheet, part = _find(book, request.get("objectId"))
    asked = addressed(request.get("newPosition", {}))
    before = part.get("position", {})
    if asked.get("newSheet") or asked.get("sheetId") is not None:
        position = asked
    else:
        position = updated(before, asked, request.get("fields"), "EmbeddedObjectPosition", "newPosition")
        position.pop("sheetId", None)
    siblings = _siblings(sheet, part)
    target, placed = _placed(book, position, WIDTH, HEIGHT)
    siblings.remove(part)
    part["position"] = placed
    (target.charts if "chartId" in part else target.slicers).append(part)
    return {"position": placed}


@change("updateEmbeddedObjectBorder")
def update_border(book: Book, request: Json) -> None:
    """Change the border of a chart."""
    _sheet, part = _find(book, request.get("objectId"))
    if "chartId" not in part:
        raise invalid(f"No chart with id: {request.get('objectId')}")
    border = updated(
        part.get("border", {}), request.get("border", {}), request.get("fields"), "EmbeddedObjectBorder", "border"
    )
    part["border"] = border


@change("deleteEmbeddedObject")
def delete_object(book: Book, request: Json) -> None:
    """Take a chart or slicer away; the sheet that held nothing but a chart goes with it."""
    sheet, part = _find(book, request.get("objectId"))
    _siblings(sheet, part).remove(part)
    if sheet.properties.get("sheetType") == "OBJECT":
        book.sheets.remove(sheet)


@change("addSlicer")
def add_slicer(book: Book, request: Json) -> Json:
    """Add a slicer."""
    asked = addressed(request.get("slicer", {}))
    number = _fresh(book, asked.get("slicerId"))
    spec = _checked_slicer(book, asked.get("spec") or {})
    if "overlayPosition" not in asked.get("position", {}):
        raise invalid("A slicer must have an overlayPosition.")
    sheet, position = _placed(book, asked["position"], SLICER_WIDTH, 30)
    slicer = {"slicerId": number, "spec": spec, "position": position}
    sheet.slicers.append(slicer)
    return {"slicer": slicer}


@change("updateSlicerSpec")
def update_slicer_spec(book: Book, request: Json) -> None:
    """Change what a slicer filters."""
    for sheet in book.sheets:
        for slicer in sheet.slicers:
            if slicer["slicerId"] == request.get("slicerId"):
                spec = addressed(request.get("spec", {}))
                new = updated(slicer["spec"], spec, request.get("fields"), "SlicerSpec", "spec")
                slicer["spec"] = _checked_slicer(book, new)
                return
    raise invalid(f"No slicer with id: {request.get('slicerId')}")


def _objects(book: Book) -> Iterator[tuple[Sheet, Json]]:
    for sheet in book.sheets:
        yield from ((sheet, part) for part in [*sheet.charts, *sheet.slicers])


def _number(part: Json) -> int:
    return int(part["chartId"] if "chartId" in part else part["slicerId"])


def _siblings(sheet: Sheet, part: Json) -> list[Json]:
    return sheet.charts if "chartId" in part else sheet.slicers


def _find(book: Book, number: object) -> tuple[Sheet, Json]:
    for sheet, part in _objects(book):
        if _number(part) == number:
            return sheet, part
    raise invalid(f"No embedded object with id: {number}")


def _fresh(book: Book, asked: int | None) -> int:
    taken = {_number(part) for _sheet, part in _objects(book)}
    if not asked:
        return book.fresh_id(iter(taken))
    if asked in taken:
        raise invalid(f"An object with id {asked} already exists.")
    return int(asked)


def _placed(book: Book, position: Json, width: int, height: int) -> tuple[Sheet, Json]:
    """The sheet an object lies on, and its position with what Google fills in. Raises Refused."""
    kinds = [name for name in PLACES if position.get(name) is not None and position[name] is not False]
    if len(kinds) != 1:
        raise invalid("A position must have exactly one of newSheet, sheetId and overlayPosition.")
    if kinds == ["newSheet"]:
        sheet = _own_sheet(book)
        return sheet, {"sheetId": sheet.id}
    if kinds == ["sheetId"]:
        return book.sheet(position["sheetId"]), {"sheetId": position["sheetId"]}
    overlay = dict(position["overlayPosition"])
    anchor = overlay.get("anchorCell", {"sheetId": 0})
    row, column = int(anchor.get("rowIndex") or 0), int(anchor.get("columnIndex") or 0)
    sheet = book.sheet(anchor.get("sheetId"))
    check_coordinate(sheet, row, column)
    overlay["anchorCell"] = {"sheetId": sheet.id, "rowIndex": row, "columnIndex": column}
    return sheet, {"overlayPosition": {"widthPixels": width, "heightPixels": height} | overlay}


def _own_sheet(book: Book) -> Sheet:
    title, number = "Chart1", 1
    while book.sheet_titled(title) is not None:
        number += 1
        title = f"Chart{number}"
    properties = {"sheetId": book.fresh_id(), "title": title, "sheetType": "OBJECT", "gridProperties": {}}
    sheet = Sheet(properties)
    book.sheets.append(sheet)
    book.number_sheets()
    return sheet


def _checked_slicer(book: Book, spec: Json) -> Json:
    if "dataRange" not in spec:
        raise invalid("slicer.spec.dataRange is required.")
    _sheet, rect = rect_of(book, spec["dataRange"])
    if not 0 <= int(spec.get("columnIndex") or 0) < rect.right - rect.left:
        raise invalid("slicer.spec.columnIndex is outside of the data range.")
    return spec
