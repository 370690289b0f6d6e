# ruff: noqa: E501 (tables of requests)
"""Good requests written by hand from Google's reference pages, of kinds that no recording holds.

Each is a pair of a name and (verb, address, body). The body of a kind of change is the value of its field in Request.
"""

from __future__ import annotations

from typing import Any

SHEETS = "https://sheets.googleapis.com/v4/spreadsheets"
DRIVE = "https://www.googleapis.com/drive/v3/files"
RANGE = {"sheetId": 7, "startRowIndex": 0, "endRowIndex": 10, "startColumnIndex": 1, "endColumnIndex": 2}
COLUMN = {"sourceRange": {"sources": [RANGE]}}
RED = {"rgbColor": {"red": 1, "green": 0.25, "blue": 0.5}}
POSITION = {
    "overlayPosition": {
        "anchorCell": {"sheetId": 7, "rowIndex": 2, "columnIndex": 4},
        "offsetXPixels": 5, "offsetYPixels": 5, "widthPixels": 600, "heightPixels": 320,
    }
}  # fmt: skip
FORMAT = {
    "numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"},
    "backgroundColorStyle": RED, "horizontalAlignment": "RIGHT", "wrapStrategy": "CLIP",
    "borders": {"bottom": {"style": "SOLID", "colorStyle": RED}}, "padding": {"left": 3},
    "textFormat": {"bold": True, "fontFamily": "Arial", "fontSize": 11, "foregroundColorStyle": {"themeColor": "TEXT"}},
}  # fmt: skip
COLUMN_PLACE = {"dimensionRange": {"sheetId": 7, "dimension": "COLUMNS", "startIndex": 3, "endIndex": 4}}
METADATA = {"metadataKey": "a.key", "metadataValue": "7", "visibility": "DOCUMENT", "location": COLUMN_PLACE}
LOOKUP = {
    "developerMetadataLookup": {
        "metadataKey": "a.key", "visibility": "DOCUMENT", "locationType": "COLUMN",
        "locationMatchingStrategy": "EXACT_LOCATION", "metadataLocation": COLUMN_PLACE,
    }
}  # fmt: skip
CONDITION = {"type": "NUMBER_GREATER", "values": [{"userEnteredValue": "5"}]}


def _chart(**spec: Any) -> dict[str, Any]:
    return {"chart": {"chartId": 12, "spec": {"title": "Sales", **spec}, "position": POSITION}}


CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "basic chart": ("addChart", _chart(
        altText="Sales by month", hiddenDimensionStrategy="SHOW_ALL", fontName="Arial",
        backgroundColorStyle=RED, titleTextPosition={"horizontalAlignment": "LEFT"},
        basicChart={
            "chartType": "COMBO", "stackedType": "STACKED", "legendPosition": "BOTTOM_LEGEND", "headerCount": 1,
            "axis": [{"position": "LEFT_AXIS", "title": "EUR", "viewWindowOptions": {"viewWindowMin": 0}}],
            "domains": [{"domain": COLUMN, "reversed": False}],
            "series": [{
                "series": COLUMN, "targetAxis": "LEFT_AXIS", "type": "LINE", "colorStyle": RED,
                "lineStyle": {"width": 2, "type": "SOLID"}, "pointStyle": {"shape": "CIRCLE", "size": 4},
                "styleOverrides": [{"index": 3, "colorStyle": RED}],
                "dataLabel": {"type": "DATA", "placement": "ABOVE", "textFormat": {"bold": True}},
            }],
        },
    )),
    "pie": ("addChart", _chart(pieChart={
        "domain": COLUMN, "series": COLUMN, "legendPosition": "RIGHT_LEGEND", "pieHole": 0.5, "threeDimensional": False,
    })),
    "waterfall": ("addChart", _chart(waterfallChart={
        "domain": {"data": COLUMN, "reversed": False}, "stackedType": "SEQUENTIAL", "firstValueIsTotal": True,
        "series": [{
            "data": COLUMN, "hideTrailingSubtotal": True, "positiveColumnsStyle": {"colorStyle": RED, "label": "Up"},
            "customSubtotals": [{"subtotalIndex": 4, "dataIsSubtotal": True, "label": "End"}],
        }],
    })),
    "candles": ("addChart", _chart(candlestickChart={
        "domain": {"data": COLUMN},
        "data": [{
            "lowSeries": {"data": COLUMN}, "openSeries": {"data": COLUMN},
            "closeSeries": {"data": COLUMN}, "highSeries": {"data": COLUMN},
        }],
    })),
    "histogram": ("addChart", _chart(histogramChart={
        "series": [{"data": COLUMN, "barColorStyle": RED}], "bucketSize": 5, "outlierPercentile": 0.05,
        "legendPosition": "NO_LEGEND",
    })),
    "tree map": ("addChart", _chart(treemapChart={
        "labels": COLUMN, "parentLabels": COLUMN, "sizeData": COLUMN, "colorData": COLUMN, "levels": 2,
        "colorScale": {"minValueColorStyle": RED, "maxValueColorStyle": RED, "noDataColorStyle": RED},
    })),
    "score card": ("addChart", _chart(scorecardChart={
        "keyValueData": COLUMN, "baselineValueData": COLUMN, "aggregateType": "SUM", "numberFormatSource": "CUSTOM",
        "keyValueFormat": {"textFormat": {"bold": True}, "position": {"horizontalAlignment": "CENTER"}},
        "baselineValueFormat": {"comparisonType": "PERCENTAGE_DIFFERENCE", "positiveColorStyle": RED},
        "customFormatOptions": {"prefix": "€"}, "scaleFactor": 1000,
    })),
    "bubbles": ("addChart", _chart(bubbleChart={
        "domain": COLUMN, "series": COLUMN, "bubbleLabels": COLUMN, "groupIds": COLUMN, "bubbleSizes": COLUMN,
        "bubbleOpacity": 0.5, "bubbleMaxRadiusSize": 40, "legendPosition": "RIGHT_LEGEND",
    })),
    "chart again": ("updateChartSpec", {"chartId": 12, "spec": {"title": "x", "pieChart": {"domain": COLUMN, "series": COLUMN}}}),
    "chart moved": ("updateEmbeddedObjectPosition", {"objectId": 12, "newPosition": POSITION, "fields": "*"}),
    "chart gone": ("deleteEmbeddedObject", {"objectId": 12}),
    "colour scale": ("addConditionalFormatRule", {"index": 0, "rule": {"ranges": [RANGE], "gradientRule": {
        "minpoint": {"type": "MIN", "colorStyle": RED}, "midpoint": {"type": "PERCENTILE", "value": "50", "colorStyle": RED},
        "maxpoint": {"type": "MAX", "colorStyle": RED},
    }}}),
    "rule": ("addConditionalFormatRule", {"index": 1, "rule": {
        "ranges": [RANGE], "booleanRule": {"condition": CONDITION, "format": {"textFormat": {"bold": True}}},
    }}),
    "rule again": ("updateConditionalFormatRule", {"index": 0, "sheetId": 7, "newIndex": 2}),
    "rule gone": ("deleteConditionalFormatRule", {"index": 0, "sheetId": 7}),
    "pivot": ("updateCells", {
        "start": {"sheetId": 7, "rowIndex": 0, "columnIndex": 8}, "fields": "pivotTable",
        "rows": [{"values": [{"pivotTable": {
            "source": RANGE, "valueLayout": "HORIZONTAL",
            "rows": [{
                "sourceColumnOffset": 0, "showTotals": True, "sortOrder": "ASCENDING", "label": "Owner",
                "groupRule": {"dateTimeRule": {"type": "YEAR_MONTH"}},
            }],
            "columns": [{"sourceColumnOffset": 1, "sortOrder": "DESCENDING", "showTotals": False}],
            "values": [{"summarizeFunction": "SUM", "sourceColumnOffset": 2, "name": "Sum", "calculatedDisplayType": "PERCENT_OF_ROW_TOTAL"}],
            "filterSpecs": [{"columnOffsetIndex": 3, "filterCriteria": {"visibleValues": ["a"]}}],
        }}]}],
    }),
    "cells": ("updateCells", {
        "range": RANGE, "fields": "userEnteredValue,userEnteredFormat(numberFormat,borders/bottom),note,textFormatRuns",
        "rows": [{"values": [
            {"userEnteredValue": {"stringValue": "=not a formula"}, "note": "n"},
            {"userEnteredValue": {"numberValue": 45000.5}, "userEnteredFormat": FORMAT},
            {"userEnteredValue": {"boolValue": False}},
            {"userEnteredValue": {"formulaValue": "=SUM(A1:A2)"}},
            {"textFormatRuns": [{"startIndex": 0, "format": {"italic": True, "link": {"uri": "https://example.org"}}}]},
            {},
        ]}],
    }),
    "one format": ("repeatCell", {"range": RANGE, "cell": {"userEnteredFormat": FORMAT}, "fields": "userEnteredFormat(numberFormat,borders/bottom)"}),
    "appended": ("appendCells", {"sheetId": 7, "rows": [{"values": [{"note": "x"}]}], "fields": "*"}),
    "sheet": ("addSheet", {"properties": {
        "sheetId": 9, "title": "Новый", "index": 2, "sheetType": "GRID", "hidden": True, "tabColorStyle": RED,
        "gridProperties": {"rowCount": 5, "columnCount": 3, "frozenRowCount": 1, "hideGridlines": True},
    }}),
    "sheet again": ("updateSheetProperties", {"properties": {"sheetId": 9, "gridProperties": {"rowCount": 9}}, "fields": "gridProperties.rowCount"}),
    "sheet copied": ("duplicateSheet", {"sourceSheetId": 7, "insertSheetIndex": 1, "newSheetId": 10, "newSheetName": "Copy"}),
    "sheet gone": ("deleteSheet", {"sheetId": 9}),
    "properties": ("updateSpreadsheetProperties", {
        "properties": {"title": "t", "locale": "pt_BR", "timeZone": "America/Sao_Paulo", "autoRecalc": "ON_CHANGE"},
        "fields": "title,locale,time_zone",
    }),
    "rows in": ("insertDimension", {"range": {"sheetId": 7, "dimension": "ROWS", "startIndex": 4, "endIndex": 6}, "inheritFromBefore": True}),
    "rows out": ("deleteDimension", {"range": {"sheetId": 7, "dimension": "ROWS", "startIndex": 4, "endIndex": 6}}),
    "rows moved": ("moveDimension", {"source": {"sheetId": 7, "dimension": "COLUMNS", "startIndex": 1, "endIndex": 2}, "destinationIndex": 5}),
    "rows more": ("appendDimension", {"sheetId": 7, "dimension": "ROWS", "length": 100}),
    "widths": ("updateDimensionProperties", {
        "range": {"sheetId": 7, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1},
        "properties": {"pixelSize": 120, "hiddenByUser": False}, "fields": "pixelSize,hiddenByUser",
    }),
    "cells in": ("insertRange", {"range": RANGE, "shiftDimension": "ROWS"}),
    "cells out": ("deleteRange", {"range": RANGE, "shiftDimension": "COLUMNS"}),
    "copied": ("copyPaste", {"source": RANGE, "destination": RANGE, "pasteType": "PASTE_VALUES", "pasteOrientation": "NORMAL"}),
    "cut": ("cutPaste", {"source": RANGE, "destination": {"sheetId": 7, "rowIndex": 1, "columnIndex": 1}, "pasteType": "PASTE_NORMAL"}),
    "sorted": ("sortRange", {"range": RANGE, "sortSpecs": [{"dimensionIndex": 1, "sortOrder": "DESCENDING"}]}),
    "replaced": ("findReplace", {"find": "a", "replacement": "b", "allSheets": True, "matchCase": True}),
    "merged": ("mergeCells", {"range": RANGE, "mergeType": "MERGE_ALL"}),
    "named": ("addNamedRange", {"namedRange": {"namedRangeId": "n1", "name": "puente_sales", "range": RANGE}}),
    "named again": ("updateNamedRange", {"namedRange": {"namedRangeId": "n1", "range": RANGE}, "fields": "range"}),
    "protected": ("addProtectedRange", {"protectedRange": {
        "range": RANGE, "description": "written by a program", "warningOnly": True, "unprotectedRanges": [RANGE],
    }}),
    "protected again": ("updateProtectedRange", {
        "protectedRange": {"protectedRangeId": 3, "editors": {"users": ["a@example.org"], "domainUsersCanEdit": False}},
        "fields": "editors.users",
    }),
    "metadata": ("createDeveloperMetadata", {"developerMetadata": METADATA}),
    "metadata again": ("updateDeveloperMetadata", {
        "dataFilters": [LOOKUP], "developerMetadata": {"metadataValue": "8"}, "fields": "metadataValue",
    }),
    "metadata gone": ("deleteDeveloperMetadata", {"dataFilter": {"gridRange": RANGE}}),
    "filter": ("setBasicFilter", {"filter": {"range": RANGE, "filterSpecs": [{"columnIndex": 1, "filterCriteria": {"condition": CONDITION}}]}}),
    "filter view": ("addFilterView", {"filter": {"title": "v", "range": RANGE, "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "ASCENDING"}]}}),
    "filter view again": ("updateFilterView", {"filter": {"filterViewId": 4, "range": RANGE}, "fields": "range"}),
    "slicer": ("addSlicer", {"slicer": {"spec": {"dataRange": RANGE, "columnIndex": 0, "title": "Owner", "applyToPivotTables": True}, "position": POSITION}}),
    "slicer again": ("updateSlicerSpec", {"slicerId": 5, "spec": {"title": "x"}, "fields": "title"}),
    "bands": ("addBanding", {"bandedRange": {"range": RANGE, "rowProperties": {"headerColorStyle": RED, "firstBandColorStyle": RED}}}),
    "bands again": ("updateBanding", {"bandedRange": {"bandedRangeId": 6, "range": RANGE}, "fields": "range"}),
    "table": ("addTable", {"table": {
        "tableId": "t1", "name": "Deals", "range": RANGE,
        "columnProperties": [{"columnIndex": 0, "columnName": "Stage", "columnType": "DROPDOWN", "dataValidationRule": {
            "condition": {"type": "ONE_OF_LIST", "values": [{"userEnteredValue": "Won"}]},
        }}],
    }}),
    "table again": ("updateTable", {"table": {"tableId": "t1", "range": RANGE}, "fields": "range"}),
    "validated": ("setDataValidation", {"range": RANGE, "rule": {"condition": CONDITION, "strict": True, "showCustomUi": True, "inputMessage": "i"}}),
    "grouped": ("addDimensionGroup", {"range": {"sheetId": 7, "dimension": "ROWS", "startIndex": 1, "endIndex": 3}}),
}  # fmt: skip
"""Kinds of change, by what they are for."""


def requests() -> dict[str, tuple[str, str, Any]]:
    """Return every good request by its name: verb, address, body (None for none)."""
    found: dict[str, tuple[str, str, Any]] = {
        name: ("POST", f"{SHEETS}/ID:batchUpdate", {"requests": [{kind: body}]})
        for name, (kind, body) in CHANGES.items()
    }
    return found | {
        "whole batch": ("POST", f"{SHEETS}/ID:batchUpdate?fields=replies,updatedSpreadsheet(sheets.properties)", {
            "requests": [{kind: body} for kind, body in CHANGES.values()][:5], "includeSpreadsheetInResponse": True,
            "responseIncludeGridData": False, "responseRanges": ["Sheet1!A1"],
        }),
        "created": ("POST", f"{SHEETS}?fields=spreadsheetId,spreadsheetUrl", {
            "properties": {"title": "t", "locale": "ru_RU"}, "sheets": [{
                "properties": {"title": "One"}, "developerMetadata": [METADATA], "conditionalFormats": [{"ranges": [RANGE]}],
                "data": [{"startRow": 1, "rowData": [{"values": [{"userEnteredValue": {"numberValue": 1}}]}], "columnMetadata": [{"pixelSize": 9}]}],
            }],
        }),
        "found": ("POST", f"{SHEETS}/ID:getByDataFilter?fields=sheets(properties(sheetId,title),data(rowData(values(userEnteredValue))))", {
            "dataFilters": [LOOKUP, {"a1Range": "A1:B2"}], "includeGridData": True,
        }),
        "searched": ("POST", f"{SHEETS}/ID/developerMetadata:search", {"dataFilters": [LOOKUP]}),
        "read": ("GET", f"{SHEETS}/ID?includeGridData=false&ranges=A1&ranges=B2&fields=sheets.data.rowData.values", None),
        "values read": ("GET", f"{SHEETS}/ID/values:batchGet?ranges=A1&valueRenderOption=UNFORMATTED_VALUE", None),
        "values": ("POST", f"{SHEETS}/ID/values:batchUpdate", {
            "valueInputOption": "RAW", "data": [{"range": "Sheet1!A1", "majorDimension": "ROWS", "values": [["=x", 1, None, True, 2.5]]}],
        }),
        "values by filter": ("POST", f"{SHEETS}/ID/values:batchUpdateByDataFilter", {
            "valueInputOption": "RAW", "data": [{"dataFilter": LOOKUP, "majorDimension": "COLUMNS", "values": [["x"]]}],
        }),
        "appended values": ("POST", f"{SHEETS}/ID/values/A1%3AB2:append?valueInputOption=RAW&insertDataOption=OVERWRITE", {"values": [["x"]]}),
        "sheet elsewhere": ("POST", f"{SHEETS}/ID/sheets/7:copyTo", {"destinationSpreadsheetId": "other"}),
        "file copied": ("POST", f"{DRIVE}/ID/copy?supportsAllDrives=true&fields=id,webViewLink", {
            "name": "Copy", "parents": ["folder"], "appProperties": {"key": "k1"},
        }),
        "file described": ("GET", f"{DRIVE}/ID?fields=id,name,trashed,capabilities(canEdit),appProperties&supportsAllDrives=true", None),
        "files": ("GET", f"{DRIVE}?q=trashed%3Dfalse&pageSize=10&orderBy=name&fields=nextPageToken,files(id,name)", None),
        "file shared": ("POST", f"{DRIVE}/ID/permissions?sendNotificationEmail=false", {
            "type": "user", "role": "writer", "emailAddress": "a@example.org", "expirationTime": "2026-11-22T10:00:00Z",
        }),
        "file exported": ("GET", f"{DRIVE}/ID/export?mimeType=application%2Fpdf", None),
        "file in the bin": ("PATCH", f"{DRIVE}/ID?supportsAllDrives=true", {"trashed": True}),
    }  # fmt: skip
