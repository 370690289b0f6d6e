"""A spreadsheet with everything that a page and a workbook can show."""

from __future__ import annotations

from typing import Any

from tests.sandbox.google.web import Web

Json = dict[str, Any]
HEAD = ["Month", "Sales", "Target", "Margin", "Deals", "Low", "Open", "Close", "High", "Step", "Parent", "Change"]
ROWS = [
    ["Jan", 120_000, 130_000, 0.31, 20, 90, 95, 93, 110, "Start", "", 100],
    ["Feb", 135_000, 139_000, 0.33, 23, 91, 97, 99, 112, "New", "Region", 40],
    ["Mar", 138_000, 148_000, 0.35, 26, 92, 99, 95, 114, "Lost", "Region", -25],
    ["Apr", 165_000, 157_000, 0.37, 29, 93, 101, 108, 116, "Upsell", "Nord", 30],
    ["May", 156_000, 166_000, 0.39, 32, 94, 103, 101, 118, "Churn", "Nord", -12],
    ["Jun", 195_000, 175_000, 0.41, 35, 95, 105, 109, 120, "Other", "Sud", 8],
]
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> &amp; ]]> </style><!--style-->"
DATA, CHARTS, HIDDEN = 0, 5, 6


def area(top: int, bottom: int, left: int, right: int, sheet: int = DATA) -> Json:
    """A GridRange."""
    places = {"startRowIndex": top, "endRowIndex": bottom, "startColumnIndex": left, "endColumnIndex": right}
    return {"sheetId": sheet} | places


def source(column: int, top: int = 0) -> Json:
    """A ChartData of one column of the data."""
    return {"sourceRange": {"sources": [area(top, 7, column, column + 1)]}}


def series(column: int, **more: Any) -> Json:
    return {"series": source(column), "targetAxis": "LEFT_AXIS"} | more


def basic(kind: str, *shown: Json, **more: Any) -> Json:
    chart = {"chartType": kind, "headerCount": 1, "domains": [{"domain": source(0)}], "series": list(shown)}
    return {"title": f"Basic {kind}", "basicChart": chart | more}


CANDLES = {name: {"data": source(column)} for name, column in
           (("lowSeries", 5), ("openSeries", 6), ("closeSeries", 7), ("highSeries", 8))}  # fmt: skip
SPECS: dict[str, Json] = {
    "column": basic("COLUMN", series(1), series(2), legendPosition="BOTTOM_LEGEND"),
    "stacked": basic("COLUMN", series(1, dataLabel={"type": "DATA"}), series(2), stackedType="STACKED"),
    "bar": basic("BAR", {"series": source(1), "targetAxis": "BOTTOM_AXIS", "dataLabel": {"type": "DATA"}}),
    "line": basic("LINE", series(1), series(2, lineStyle={"type": "MEDIUM_DASHED"}), lineSmoothing=True),
    "area": basic("AREA", series(1), series(2), stackedType="PERCENT_STACKED"),
    "stepped": basic("STEPPED_AREA", series(1)),
    "scatter": basic("SCATTER", series(1)) | {},
    "combo": basic("COMBO", series(1, type="COLUMN"), series(3, type="LINE", targetAxis="RIGHT_AXIS")),
    "pie": {"title": "Pie", "pieChart": {"domain": source(0), "series": source(1), "legendPosition": "RIGHT_LEGEND"}},
    "ring": {"title": "Ring", "pieChart": {"domain": source(0), "series": source(1), "pieHole": 0.5}},
    "waterfall": {
        "title": "Waterfall",
        "waterfallChart": {
            "domain": {"data": source(9)},
            "series": [{"data": source(11), "dataLabel": {"type": "DATA"},
                        "customSubtotals": [{"subtotalIndex": 2, "label": "Half"}]}],
            "firstValueIsTotal": True,
        },
    },
    "histogram": {"title": "Histogram", "histogramChart": {"series": [{"data": source(1)}], "bucketSize": 20_000}},
    "candlestick": {"title": "Candles", "candlestickChart": {"domain": {"data": source(0)}, "data": [CANDLES]}},
    "treemap": {
        "title": "Tree",
        "treemapChart": {"labels": source(9, 1), "parentLabels": source(10, 1), "sizeData": source(4, 1)},
    },
    "scorecard": {
        "title": "Sales",
        "scorecardChart": {
            "keyValueData": source(1), "aggregateType": "SUM", "baselineValueData": source(2),
            "baselineValueFormat": {"comparisonType": "PERCENTAGE_DIFFERENCE", "description": "against target"},
        },
    },
    "bubble": {
        "title": "Bubbles",
        "bubbleChart": {"domain": source(4), "series": source(1), "bubbleLabels": source(0), "groupIds": source(10),
                        "bubbleSizes": source(2)},
    },
    "organisation": {"title": "Organisation", "orgChart": {"labels": source(9, 1), "parentLabels": source(10, 1)}},
}  # fmt: skip
"""A chart of every kind that a ChartSpec can hold."""


def add_chart(number: int, spec: Json, sheet: int = CHARTS) -> Json:
    """The request for a chart, three beside each other."""
    anchor = {"sheetId": sheet, "rowIndex": 1 + number // 3 * 16, "columnIndex": number % 3 * 5}
    overlay = {"anchorCell": anchor, "widthPixels": 480, "heightPixels": 320}
    return {"addChart": {"chart": {"chartId": 100 + number, "spec": spec, "position": {"overlayPosition": overlay}}}}


def look(where: Json, cell_format: Json, fields: str) -> Json:
    return {
        "repeatCell": {
            "range": where,
            "cell": {"userEnteredFormat": cell_format},
            "fields": f"userEnteredFormat.{fields}",
        }
    }


def cell(row: int, column: int, **data: Any) -> Json:
    start = {"sheetId": DATA, "rowIndex": row, "columnIndex": column}
    return {"updateCells": {"start": start, "rows": [{"values": [data]}], "fields": "*"}}


def rule(where: Json, **kind: Any) -> Json:
    return {"addConditionalFormatRule": {"rule": {"ranges": [where]} | kind, "index": 0}}


def make_gallery(google: Web) -> str:
    """Make the spreadsheet; return its id."""
    sheets = [
        {"properties": {"sheetId": DATA, "title": "Data", "gridProperties": {"frozenRowCount": 1, "rowCount": 200}}},
        {"properties": {"sheetId": CHARTS, "title": "Charts", "gridProperties": {"hideGridlines": True}}},
        {"properties": {"sheetId": HIDDEN, "title": "Hidden", "hidden": True}},
    ]
    body = {"properties": {"title": "Gallery"}, "sheets": sheets}
    file = str(google.ask("POST", "/v4/spreadsheets", body)["spreadsheetId"])
    google.write(file, [HEAD, *ROWS], "Data!A1")
    blue, white = {"red": 0.1, "green": 0.2, "blue": 0.4}, {"red": 1, "green": 1, "blue": 1}
    money = {"numberFormat": {"type": "CURRENCY", "pattern": '"R$" #,##0'}}
    google.change(
        file,
        look(area(1, 8, 1, 3), money, "numberFormat"),
        look(area(1, 7, 3, 4), {"numberFormat": {"type": "PERCENT", "pattern": "0.0%"}}, "numberFormat"),
        look(area(0, 1, 0, 12), {"backgroundColor": blue, "textFormat": {"bold": True, "foregroundColor": white}},
             "backgroundColor,userEnteredFormat.textFormat"),
        cell(7, 1, userEnteredValue={"formulaValue": "=SUM(B2:B7)"}, userEnteredFormat=money),
        cell(7, 2, userEnteredValue={"formulaValue": "=1/0"}),
        cell(8, 0, userEnteredValue={"stringValue": "A heading over four cells"}, note="Made by hand"),
        {"mergeCells": {"range": area(8, 9, 0, 4), "mergeType": "MERGE_ALL"}},
        cell(9, 0, userEnteredValue={"stringValue": "=not a formula"}),
        cell(9, 1, userEnteredValue={"boolValue": True}, dataValidation={"condition": {"type": "BOOLEAN"}}),
        rule(area(1, 7, 11, 12), booleanRule={
            "condition": {"type": "NUMBER_LESS", "values": [{"userEnteredValue": "0"}]},
            "format": {"backgroundColor": {"red": 1, "green": 0.9, "blue": 0.9}}}),
        rule(area(1, 7, 0, 1), booleanRule={
            "condition": {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "=$B2>$C2"}]},
            "format": {"backgroundColor": {"red": 0.8, "green": 1, "blue": 0.8}}}),
        rule(area(1, 7, 4, 5), gradientRule={
            "minpoint": {"type": "MIN", "color": white}, "maxpoint": {"type": "MAX", "color": {"green": 0.5}}}),
        {"addNamedRange": {"namedRange": {"name": "sales", "range": area(0, 7, 1, 2)}}},
        {"addProtectedRange": {"protectedRange": {"range": area(0, 1, 0, 12), "warningOnly": True}}},
        *[add_chart(number, spec) for number, spec in enumerate(SPECS.values())],
    )  # fmt: skip
    return file


def hide(dimension: str, start: int, end: int) -> Json:
    """The request that hides rows or columns of the data."""
    where = {"sheetId": DATA, "dimension": dimension, "startIndex": start, "endIndex": end}
    return {
        "updateDimensionProperties": {"range": where, "properties": {"hiddenByUser": True}, "fields": "hiddenByUser"}
    }
