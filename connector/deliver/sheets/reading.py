"""Reading a spreadsheet: what of it is ours, in one call, and the outline of the rest where it is needed.

``getByDataFilter`` brings the parts that carry our metadata. For a small report these are its columns with their cells;
for a large one only marked rows, and then the cells of its small regions by their places.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from connector.deliver.sheets import metadata
from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.cells import Held, held
from connector.deliver.sheets.ground import FoundTab, Ground, Sheet

Body = dict[str, Any]

_MARKS: Final = "developerMetadata(metadataId,metadataKey,metadataValue)"
_GRID: Final = f"startRow,startColumn,rowMetadata({_MARKS}),columnMetadata({_MARKS})"
_SHEET: Final = "properties(sheetId,title,gridProperties(rowCount,columnCount))"
_BOOK: Final = f"properties(locale,timeZone),{_MARKS}"
STRUCTURE: Final = f"{_BOOK},sheets({_SHEET},{_MARKS},charts(chartId),data({_GRID}))"
"""Marks and their places."""
EVERYTHING: Final = f"{_BOOK},sheets({_SHEET},{_MARKS},charts(chartId),data({_GRID},rowData(values(userEnteredValue))))"
"""And the cells."""
CELLS: Final = "sheets(properties(sheetId),data(startRow,startColumn,rowData(values(userEnteredValue))))"
OUTLINE: Final = (
    f"{_BOOK},namedRanges,sheets(properties(sheetId,title,index,gridProperties(rowCount,columnCount)),{_MARKS},"
    "charts(chartId),"
    "protectedRanges(protectedRangeId,range,description,warningOnly))"
)
AFTER: Final = f"updatedSpreadsheet(sheets({_SHEET},data({_GRID})))"
"""What a write gives back: where our marks stand now."""
ROWS: Final = (metadata.by_key(metadata.TOP), metadata.by_key(metadata.END), metadata.by_key(metadata.STAGE))
COLUMNS: Final = (metadata.by_key(metadata.SLOT), metadata.by_key(metadata.STAGE))


@dataclass(frozen=True, slots=True)
class Outline:
    """All sheets of a spreadsheet, ours or not: titles, sizes, named and protected ranges, as Google gives them."""

    titles: dict[int, str] = field(default_factory=dict)
    sizes: dict[int, tuple[int, int]] = field(default_factory=dict)
    named: dict[str, Body] = field(default_factory=dict)
    protected: tuple[Body, ...] = ()
    ground: Ground = field(default_factory=Ground)
    """The spreadsheet's own metadata and the records of tabs, without marks."""

    @property
    def cells(self) -> int:
        """Cells of all grids: empty ones count."""
        return sum(rows * columns for rows, columns in self.sizes.values())


def read(api: SheetsApi, spreadsheet: str, *, with_cells: bool) -> Ground:
    """Read what is ours, one call: with the cells of our columns, or only where everything stands."""
    if with_cells:
        return ground_of(api.find(spreadsheet, COLUMNS, fields=EVERYTHING))
    return ground_of(api.find(spreadsheet, ROWS, fields=STRUCTURE))


def read_cells(api: SheetsApi, spreadsheet: str, ranges: Sequence[Body], ground: Ground) -> None:
    """Read the cells of some GridRanges into the picture, one call."""
    if not ranges:
        return
    answer = api.find(spreadsheet, [{"gridRange": span} for span in ranges], fields=CELLS)
    for part in answer.get("sheets", ()):
        sheet = ground.sheets.get(_id(part))
        if sheet is not None:
            _take_cells(sheet, part)


def outline(api: SheetsApi, spreadsheet: str) -> Outline:
    """Read the sheets of a spreadsheet without their cells, one call."""
    return outline_of(api.get(spreadsheet, fields=OUTLINE))


def outline_of(answer: Mapping[str, Any]) -> Outline:
    """Return the outline that an answer holds."""
    sheets = answer.get("sheets", ())
    return Outline(
        titles={_id(part): str(part["properties"].get("title", "")) for part in sheets},
        sizes={_id(part): _size(part) for part in sheets},
        named={str(each.get("name")): each for each in answer.get("namedRanges", ())},
        protected=tuple(each for part in sheets for each in part.get("protectedRanges", ())),
        ground=ground_of(answer),
    )


def ground_of(answer: Mapping[str, Any]) -> Ground:
    """Return the picture that an answer holds. What belongs to a tab that a person duplicated is not in it."""
    properties = answer.get("properties", {})
    ground = Ground(locale=properties.get("locale", ""), time_zone=properties.get("timeZone", ""))
    for number, key, value in _metadata(answer):
        record = metadata.read_report(value) if key == metadata.REPORT else None
        if record is not None and (ground.record is None or record.at >= ground.record.at):
            ground.record, ground.number = record, number
    for part in answer.get("sheets", ()):
        sheet = _sheet(part, ground)
        ground.sheets[sheet.id] = sheet
        for number, key, value in _metadata(part):
            known = metadata.read_tab(value, sheet.id) if key == metadata.TAB else None
            if known is not None:
                ground.tabs.setdefault(known.tab, FoundTab(known, number, sheet))
    return ground


def _sheet(part: Mapping[str, Any], ground: Ground) -> Sheet:
    rows, columns = _size(part)
    sheet = Sheet(_id(part), str(part.get("properties", {}).get("title", "")), rows, columns)
    sheet.charts = {chart["chartId"] for chart in part.get("charts", ()) if "chartId" in chart}
    for grid in part.get("data", ()):
        _take_rows(sheet, grid, ground)
        for index, number, key, value in _lines(grid, "columnMetadata", "startColumn"):
            slot = metadata.read_slot(value, sheet.id) if key == metadata.SLOT else None
            if slot is not None:
                sheet.slots.setdefault(slot, index)
                sheet.numbers.setdefault(slot, number)
            if key == metadata.GUARD:
                sheet.guards[number] = ("COLUMNS", index)
    _take_cells(sheet, part)
    return sheet


def _take_rows(sheet: Sheet, grid: Mapping[str, Any], ground: Ground) -> None:
    for index, number, key, value in _lines(grid, "rowMetadata", "startRow"):
        if key == metadata.STAGE:
            ground.stages[sheet.id] = value
        if key == metadata.GUARD:
            sheet.guards[number] = ("ROWS", index)
        mark = metadata.read_row(value, sheet.id) if key in (metadata.TOP, metadata.END) else None
        if mark is not None:
            sheet.marks.setdefault(mark, index)
            sheet.numbers.setdefault(mark, number)


def _take_cells(sheet: Sheet, part: Mapping[str, Any]) -> None:
    for grid in part.get("data", ()):
        left, top = grid.get("startColumn", 0), grid.get("startRow", 0)
        for row, line in enumerate(grid.get("rowData", ()), start=top):
            for column, data in enumerate(line.get("values", ()), start=left):
                value = held(data) if data else None
                if value is not None:
                    _put(sheet.cells.setdefault(column, []), row, value)


def _put(values: list[Held], row: int, value: Held) -> None:
    if row >= len(values):
        values.extend([None] * (row + 1 - len(values)))
    values[row] = value


def _lines(grid: Mapping[str, Any], name: str, start: str) -> Iterator[tuple[int, int, str, str]]:
    for index, line in enumerate(grid.get(name, ()), start=grid.get(start, 0)):
        if line:
            yield from ((index, *found) for found in _metadata(line))


def _metadata(part: Mapping[str, Any]) -> Iterable[tuple[int, str, str]]:
    for each in part.get("developerMetadata", ()):
        yield each.get("metadataId", 0), each.get("metadataKey", ""), each.get("metadataValue", "")


def _id(part: Mapping[str, Any]) -> int:
    return int(part.get("properties", {}).get("sheetId", 0))


def _size(part: Mapping[str, Any]) -> tuple[int, int]:
    grid = part.get("properties", {}).get("gridProperties", {})
    return int(grid.get("rowCount", 0)), int(grid.get("columnCount", 0))
