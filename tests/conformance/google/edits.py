"""What a person may do to a spreadsheet with a report, one edit at a time, drawn at random."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import gspread

from tests.deliver.sheets.small_layouts import Desk

MINE = "Mine"
"""Title of the person's own tab; the edits leave it alone."""
Edit = Callable[[Desk, Random], object]


def sheet_of(desk: Desk, random: Random) -> gspread.Worksheet:
    return random.choice([sheet for sheet in desk.book.worksheets() if sheet.title != MINE])


def lines(sheet: gspread.Worksheet, dimension: str, start: int, count: int = 1) -> dict[str, Any]:
    return {"sheetId": sheet.id, "dimension": dimension, "startIndex": start, "endIndex": start + count}


def cells(sheet: gspread.Worksheet, random: Random) -> dict[str, int]:
    top, left = random.randrange(20), random.randrange(6)
    return {
        "sheetId": sheet.id, "startRowIndex": top, "endRowIndex": top + random.randint(1, 5), "startColumnIndex": left,
        "endColumnIndex": left + random.randint(1, 3),
    }  # fmt: skip


def insert_rows(desk: Desk, random: Random) -> object:
    start = random.randrange(25)
    place = lines(sheet_of(desk, random), "ROWS", start, random.randint(1, 2))
    return desk.ask({"insertDimension": {"range": place, "inheritFromBefore": start > 0}})


def insert_columns(desk: Desk, random: Random) -> object:
    return desk.ask({"insertDimension": {"range": lines(sheet_of(desk, random), "COLUMNS", random.randrange(6))}})


def move_columns(desk: Desk, random: Random) -> object:
    start = random.randrange(6)
    target = random.choice([place for place in range(7) if place not in (start, start + 1)])
    source = lines(sheet_of(desk, random), "COLUMNS", start)
    return desk.ask({"moveDimension": {"source": source, "destinationIndex": target}})


def rename_tab(desk: Desk, random: Random) -> object:
    return sheet_of(desk, random).update_title(f"T{random.randrange(10**6)}")


def hide_lines(desk: Desk, random: Random) -> object:
    dimension, most = random.choice((("ROWS", 20), ("COLUMNS", 6)))
    place = lines(sheet_of(desk, random), dimension, random.randrange(most))
    properties = {"hiddenByUser": random.random() < 0.7}
    return desk.ask({
        "updateDimensionProperties": {"range": place, "properties": properties, "fields": "hiddenByUser"}
    })  # fmt: skip


def format_cells(desk: Desk, random: Random) -> object:
    cell = {"userEnteredFormat": {"textFormat": {"bold": True}, "backgroundColor": {"red": random.random()}}}
    fields = "userEnteredFormat(textFormat.bold,backgroundColor)"
    return desk.ask({
        "repeatCell": {"range": cells(sheet_of(desk, random), random), "cell": cell, "fields": fields}
    })  # fmt: skip


def write_note(desk: Desk, random: Random) -> object:
    area = cells(sheet_of(desk, random), random)
    return desk.ask({"repeatCell": {"range": area, "cell": {"note": "look here"}, "fields": "note"}})


def set_filter(desk: Desk, random: Random) -> object:
    sheet = sheet_of(desk, random)
    if random.random() < 0.3:
        return desk.ask({"clearBasicFilter": {"sheetId": sheet.id}})
    return desk.ask({"setBasicFilter": {"filter": {"range": cells(sheet, random)}}})


def add_chart(desk: Desk, random: Random) -> object:
    sheet = sheet_of(desk, random)

    def source(column: int) -> dict[str, Any]:
        area = {"sheetId": sheet.id, "startRowIndex": 6, "endRowIndex": 10} | {
            "startColumnIndex": column, "endColumnIndex": column + 1,
        }  # fmt: skip
        return {"sourceRange": {"sources": [area]}}

    basic = {"chartType": "LINE", "domains": [{"domain": source(0)}], "series": [{"series": source(1)}]}
    anchor = {"overlayPosition": {"anchorCell": {"sheetId": sheet.id, "rowIndex": 2, "columnIndex": 3}}}
    return desk.ask({"addChart": {"chart": {"spec": {"basicChart": basic}, "position": anchor}}})


def warn_on_cells(desk: Desk, random: Random) -> object:
    protected = {"range": cells(sheet_of(desk, random), random), "warningOnly": True}
    return desk.ask({"addProtectedRange": {"protectedRange": protected}})


def freeze(desk: Desk, random: Random) -> object:
    properties = {"sheetId": sheet_of(desk, random).id, "gridProperties": {"frozenRowCount": random.randrange(4)}}
    return desk.ask({
        "updateSheetProperties": {"properties": properties, "fields": "gridProperties.frozenRowCount"}
    })  # fmt: skip


def move_tab(desk: Desk, random: Random) -> object:
    return sheet_of(desk, random).update_index(random.randrange(3))


GENTLE: dict[str, Edit] = {
    each.__name__: each
    for each in (
        insert_rows, insert_columns, move_columns, rename_tab, hide_lines, format_cells, write_note, set_filter,
        add_chart, warn_on_cells, freeze, move_tab,
    )
}  # fmt: skip
"""Edits that take nothing away that is ours."""


def delete_rows(desk: Desk, random: Random) -> object:
    place = lines(sheet_of(desk, random), "ROWS", random.randrange(25), random.randint(1, 2))
    return desk.ask({"deleteDimension": {"range": place}})


def delete_columns(desk: Desk, random: Random) -> object:
    return desk.ask({"deleteDimension": {"range": lines(sheet_of(desk, random), "COLUMNS", random.randrange(6))}})


def move_rows(desk: Desk, random: Random) -> object:
    start = random.randrange(25)
    target = random.choice([place for place in range(25) if place not in (start, start + 1)])
    return desk.ask({
        "moveDimension": {"source": lines(sheet_of(desk, random), "ROWS", start), "destinationIndex": target}
    })  # fmt: skip


def type_somewhere(desk: Desk, random: Random) -> object:
    value = random.choice(("zz", 5, "=1+2", ""))
    return sheet_of(desk, random).update_cell(random.randint(1, 24), random.randint(1, 6), value)


def sort_rows(desk: Desk, random: Random) -> object:
    start = random.randrange(5, 15)
    area = {"sheetId": sheet_of(desk, random).id, "startRowIndex": start, "endRowIndex": start + 5}
    area |= {"startColumnIndex": 0, "endColumnIndex": 4}
    return desk.ask({"sortRange": {"range": area, "sortSpecs": [{"dimensionIndex": 0, "sortOrder": "DESCENDING"}]}})


def duplicate_tab(desk: Desk, random: Random) -> object:
    if len(desk.book.worksheets()) > 4:
        return None
    return desk.ask({"duplicateSheet": {"sourceSheetId": sheet_of(desk, random).id}})


HARSH: dict[str, Edit] = GENTLE | {
    each.__name__: each for each in (delete_rows, delete_columns, move_rows, type_somewhere, sort_rows, duplicate_tab)
}
"""Edits of every kind, also in the middle of what is ours."""
