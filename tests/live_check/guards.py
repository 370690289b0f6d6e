"""What the guards of a refresh lean on: developer metadata that stays with its lines, under ids that are unique."""

from __future__ import annotations

from typing import Any

from connector.deliver.sheets.metadata import EDGE, GUARD, Line, forget_all, forget_there, mark_line
from tests.live_check.scratch import Scratch, refused

ROW, COLUMN = 7_000_101, 7_000_102
"""Ids of the entries."""


def guards_hold(scratch: Scratch) -> str:
    """A batch that begins with guards: taken when nothing has moved, refused as a whole when something has?"""
    sheet, title = scratch.tab(20, 8)
    rows: Line = ("ROWS", 9)
    columns: Line = ("COLUMNS", 4)
    scratch.change(mark_line(GUARD, sheet, rows, ROW), mark_line(GUARD, sheet, columns, COLUMN))
    wire = [
        forget_there(ROW, sheet, rows), mark_line(GUARD, sheet, rows, ROW),
        forget_there(COLUMN, sheet, columns), mark_line(GUARD, sheet, columns, COLUMN),
        mark_line(EDGE, sheet, ("ROWS", 19)), mark_line(EDGE, sheet, ("COLUMNS", 7)), forget_all(EDGE),
    ]  # fmt: skip
    told = [f"nothing moved: {refused(lambda: scratch.change(*wire, _typed(sheet, 'kept'))) or 'taken'}"]
    for name, there, back in _edits(sheet):
        scratch.change(there)
        said = refused(lambda: scratch.change(*wire, _typed(sheet, "WRONG")))
        told.append(f"{name}: {'refused: ' + said if said else 'NOT REFUSED'}")
        scratch.change(back, forget_all(GUARD))
        scratch.change(mark_line(GUARD, sheet, rows, ROW), mark_line(GUARD, sheet, columns, COLUMN))
    filled = [cell for line in scratch.values(f"'{title}'!A1:H20") for cell in line if cell]
    scratch.drop(sheet)
    return "; ".join([*told, f"cells written: {filled}, and ought to be ['kept']"])


def _edits(sheet: int) -> tuple[tuple[str, dict[str, Any], dict[str, Any]], ...]:
    """What a person does, and how it is undone but for guards that are lost."""

    def lines(dimension: str, start: int) -> dict[str, Any]:
        return {"sheetId": sheet, "dimension": dimension, "startIndex": start, "endIndex": start + 1}

    def inserted(dimension: str, start: int) -> dict[str, Any]:
        return {"insertDimension": {"range": lines(dimension, start), "inheritFromBefore": True}}

    def deleted(dimension: str, start: int) -> dict[str, Any]:
        return {"deleteDimension": {"range": lines(dimension, start)}}

    def moved(dimension: str, start: int, to: int) -> dict[str, Any]:
        return {"moveDimension": {"source": lines(dimension, start), "destinationIndex": to}}

    return (
        ("a row inserted above", inserted("ROWS", 3), deleted("ROWS", 3)),
        ("a row deleted above", deleted("ROWS", 3), inserted("ROWS", 3)),
        ("the row moved", moved("ROWS", 9, 14), moved("ROWS", 13, 9)),
        ("the row deleted", deleted("ROWS", 9), inserted("ROWS", 9)),
        ("a column inserted before", inserted("COLUMNS", 2), deleted("COLUMNS", 2)),
        ("the column moved", moved("COLUMNS", 4, 7), moved("COLUMNS", 6, 4)),
        ("the column deleted", deleted("COLUMNS", 4), inserted("COLUMNS", 4)),
    )


def _typed(sheet: int, text: str) -> dict[str, Any]:
    rows = [{"values": [{"userEnteredValue": {"stringValue": text}}]}]
    start = {"sheetId": sheet, "rowIndex": 0, "columnIndex": 0}
    return {"updateCells": {"start": start, "rows": rows, "fields": "userEnteredValue"}}
