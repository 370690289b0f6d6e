"""A table placed anywhere: on a sheet of a person's own, at a cell of his choice, and refreshed there like the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.cells import held, shown
from connector.deliver.sheets.layout import Layout, Tab
from connector.deliver.sheets.outcome import Counted, Made
from connector.deliver.sheets.places import a1_range, span
from connector.deliver.sheets.refresh import Errand, converge
from connector.deliver.sheets.spots import Spot, size
from connector.errors import UserError, quote

__all__ = ["Spot", "place_region"]

Body = dict[str, Any]
TAKEN: Final = (
    "sheets(properties(sheetId,title),merges,data(startRow,startColumn,"
    "rowData(values(userEnteredValue,effectiveValue,pivotTable))))"
)


def place_region(api: SheetsApi, spreadsheet: str, layout: Layout, spot: Spot, now: datetime, run_id: str) -> Made:
    """Put the one tab of a layout, which is mostly one table, at a cell of a sheet that is there. ``now`` is aware.

    The tab's id has to be new in this spreadsheet; :func:`connector.deliver.sheets.refresh.refresh` with a layout of
    the same ids refreshes it. Rows that it needs later are inserted into the sheet, columns after its last one.

    Raises UserError naming the first cell that is not empty, UnknownName when the sheet is not there.
    """
    [tab] = layout.tabs
    errand = Errand(Counted(api), spreadsheet, layout, now, run_id, is_first=True)
    _check_free(errand, tab, spot)
    errand.spot = spot
    plan = converge(errand)
    sheets = {settled.tab.id: settled.sheet.id for settled in plan.tabs}
    return Made(spreadsheet, sheets, tuple(errand.findings), errand.cells, errand.api.reads, errand.api.writes)


def _check_free(errand: Errand, tab: Tab, spot: Spot) -> None:
    height, width = size(tab)
    bounds = span(spot.sheet, (spot.row, spot.row + height), (spot.column, spot.column + width))
    answer = errand.api.find(errand.spreadsheet, [{"gridRange": bounds}], fields=TAKEN)
    for part in answer.get("sheets", ()):
        title = str(part.get("properties", {}).get("title", ""))
        for merge in part.get("merges", ()):
            if _meets(merge, bounds):
                place = a1_range(
                    title,
                    (merge.get("startRowIndex", 0), merge["endRowIndex"] - 1),
                    (merge.get("startColumnIndex", 0), merge["endColumnIndex"] - 1),
                )
                raise UserError(
                    f"The cells for this table overlap merged cells at {quote(place, 120)}.",
                    place=f"spreadsheet {errand.spreadsheet}",
                    remedy=_more_room(height, width),
                )
        for row, column, data in _filled(part):
            raise UserError(
                f"The cells for this table are not empty: {quote(a1_range(title, [row], [column]), 120)} holds"
                f" {quote(_what(data))}.",
                place=f"spreadsheet {errand.spreadsheet}",
                remedy=_more_room(height, width),
            )


def _more_room(height: int, width: int) -> str:
    return f"Choose a place with {height:,} empty rows and {width:,} empty columns."


def _filled(part: Mapping[str, Any]) -> Iterator[tuple[int, int, Body]]:
    for grid in part.get("data", ()):
        for row, line in enumerate(grid.get("rowData", ()), start=grid.get("startRow", 0)):
            for column, data in enumerate(line.get("values", ()), start=grid.get("startColumn", 0)):
                if data:
                    yield row, column, data


def _what(data: Mapping[str, Any]) -> str:
    own = shown(held(data))
    return own or next((str(value) for value in data.get("effectiveValue", {}).values()), "") or "…"


def _meets(one: Mapping[str, int], other: Mapping[str, int]) -> bool:
    return all(
        one.get(f"start{line}Index", 0) < other[f"end{line}Index"]
        and other[f"start{line}Index"] < one[f"end{line}Index"]
        for line in ("Row", "Column")
    )
