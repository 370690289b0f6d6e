"""What a spreadsheet remembers for us, in developer metadata: which rectangles are ours and what we wrote there last.

========================  ================  =====================================================================
Key                       Where             Value
========================  ================  =====================================================================
``puente.report``         the spreadsheet   JSON: run, moment, template, tabs (:class:`ReportRecord`)
``puente.tab``            a sheet           JSON: tab, sheet, regions, charts (:class:`TabRecord`)
``puente.slot``           a column          JSON list: slot number, sheetId, tab
``puente.top``            a row of a head   JSON list: region, number of the head's row, sheetId, tab
``puente.end``            a row             JSON list: region, ``first`` or ``last`` row of its body or ``end``
                                            (the row after it), sheetId, tab
``puente.stage``          first row         run of a hidden tab that holds values on their way
``puente.at``             a row, a column   nothing: a guard (:mod:`connector.deliver.sheets.tripwire`)
========================  ================  =====================================================================

Every value that belongs to a sheet names the sheet it was made for: a tab that a person has duplicated carries copies
of the metadata, and they do not count. Visibility is DOCUMENT, so that a copy of the file can be claimed and another
Cloud project of the same operator goes on. Google allows 30,000 characters, keys and values together, for the
spreadsheet and 30,000 for each sheet (https://developers.google.com/workspace/sheets/api/guides/metadata).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, Literal

from connector.errors import UserError

Body = dict[str, Any]
Edge = Literal["first", "last", "end"]
Dimension = Literal["ROWS", "COLUMNS"]
Line = tuple[Dimension, int]
"""A row or a column, counted from 0."""

REPORT: Final = "puente.report"
TAB: Final = "puente.tab"
SLOT: Final = "puente.slot"
TOP: Final = "puente.top"
END: Final = "puente.end"
STAGE: Final = "puente.stage"
GUARD: Final = "puente.at"
EDGE: Final = "puente.edge"
"""Never outlives the batch that makes it."""
CONTRACT: Final = 1
MOST_CHARACTERS: Final = 30_000
LARGEST_ID: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Slot:
    """A column that is ours: the mark that moves with it."""

    tab: str
    number: int


@dataclass(frozen=True, slots=True)
class RowMark:
    """A row by which a region is found: of its head by number, the first or last of its body, or the end after it."""

    tab: str
    region: str
    row: int | Edge


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """A column as it was written last: fingerprints of its title and of its format."""

    id: str
    title: str = ""
    format: str = ""


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """A region as it was written last. ``columns`` stand by slot number, None where the slot was not there.

    ``gone`` are columns that a person has deleted. ``rows`` is the body's capacity; ``digest`` is of all its values,
    ``rows_digest`` holds four letters for each row of a body that is not too long.
    """

    columns: tuple[ColumnRecord | None, ...] = ()
    gone: tuple[str, ...] = ()
    heads: int = 0
    heading: int | None = None
    problem: int | None = None
    rows: int = 0
    digest: str = ""
    rows_digest: str = ""

    @property
    def width(self) -> int:
        return len(self.columns)


@dataclass(frozen=True, slots=True)
class TabRecord:
    """A tab as it was written last. ``placed`` is a query that stands on a person's own sheet."""

    tab: str
    sheet: int
    title: str = ""
    placed: bool = False
    regions: Mapping[str, RegionRecord] = field(default_factory=dict)
    charts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """The whole report: the run that wrote it, when (ISO, UTC), and the sheet of every tab that was made."""

    run: str
    at: str
    template: str = ""
    version: int = 0
    language: str = "en"
    tabs: Mapping[str, int] = field(default_factory=dict)
    locale: str = ""
    time_zone: str = ""
    """The spreadsheet's own, when the report was put into it."""
    contract: int = CONTRACT
    titles: Mapping[str, str] = field(default_factory=dict)
    """Names of the sheets of placed queries, which have none of ours."""


# --- texts -------------------------------------------------------------------------------------------


def _json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def slot_text(slot: Slot, sheet: int) -> str:
    """Return the value of a column's mark."""
    return _json([slot.number, sheet, slot.tab])


def row_text(mark: RowMark, sheet: int) -> str:
    """Return the value of a row's mark."""
    return _json([mark.region, mark.row, sheet, mark.tab])


def report_text(record: ReportRecord) -> str:
    """Return the value of the spreadsheet's record."""
    parts = asdict(record)
    return _json(parts if record.titles else {name: part for name, part in parts.items() if name != "titles"})


def tab_text(record: TabRecord, room: int = MOST_CHARACTERS) -> str:
    """Return the value of a tab's record in ``room`` characters, key included: where that is too few, without the
    fingerprints of rows, which only help to name changed cells; those of the longest tables go first.

    Raises UserError when the tab has more columns than Google leaves room to remember.
    """
    longest = sorted(record.regions, key=lambda region: -len(record.regions[region].rows_digest))
    while len(text := _json(_tab_parts(record))) + len(TAB) > room:
        if not longest or not record.regions[longest[0]].rows_digest:
            raise UserError(
                "This tab has more columns than Google Sheets can remember as ours.",
                place=f"tab {record.tab}",
                remedy="Ask for fewer columns: a coarser period or fewer values across.",
            )
        region = longest.pop(0)
        shorter = {**record.regions, region: replace(record.regions[region], rows_digest="")}
        record = replace(record, regions=shorter)
    return text


def _tab_parts(record: TabRecord) -> Body:
    regions = {}
    for region, known in record.regions.items():
        parts = {name: value for name, value in asdict(known).items() if value not in (None, (), "", 0)}
        parts["columns"] = [_column_parts(column) for column in known.columns]
        regions[region] = parts | ({"problem": known.problem} if known.problem is not None else {})
        if known.heading is not None:
            regions[region]["heading"] = known.heading
    return {
        "tab": record.tab, "sheet": record.sheet, "title": record.title, "placed": record.placed,
        "regions": regions, "charts": dict(record.charts),
    }  # fmt: skip


def _column_parts(column: ColumnRecord | None) -> list[str] | None:
    return None if column is None else [column.id, column.title, column.format]


def read_slot(text: str, sheet: int) -> Slot | None:
    """Return the mark that a value means on this sheet; None for one of another sheet, or of nobody we know."""
    match _read(text):
        case [int() as number, int() as home, str() as tab] if home == sheet:
            return Slot(tab, number)
    return None


def read_row(text: str, sheet: int) -> RowMark | None:
    """As :func:`read_slot`, for rows."""
    match _read(text):
        case [str() as region, int() | "first" | "last" | "end" as row, int() as home, str() as tab] if home == sheet:
            return RowMark(tab, region, row)
    return None


def read_report(text: str) -> ReportRecord | None:
    """Return the spreadsheet's record, None when it is not one that we can read."""
    parts = _read(text)
    if not isinstance(parts, dict) or parts.get("contract") != CONTRACT:
        return None
    return ReportRecord(**{name: parts[name] for name in ReportRecord.__slots__ if name in parts})


def read_tab(text: str, sheet: int) -> TabRecord | None:
    """Return a tab's record, None for that of another sheet."""
    parts = _read(text)
    if not isinstance(parts, dict) or parts.get("sheet") != sheet or not isinstance(parts.get("tab"), str):
        return None
    try:
        regions = {region: _region(known) for region, known in parts.get("regions", {}).items()}
    except (TypeError, AttributeError):
        return None
    return TabRecord(
        parts["tab"], sheet, parts.get("title", ""), bool(parts.get("placed")), regions, parts.get("charts", {})
    )


def _region(parts: Mapping[str, Any]) -> RegionRecord:
    columns = tuple(ColumnRecord(*column) if column else None for column in parts.get("columns", ()))
    given = {name: parts[name] for name in RegionRecord.__slots__ if name in parts}
    return RegionRecord(**given | {"columns": columns, "gone": tuple(parts.get("gone", ()))})


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return None


# --- requests ----------------------------------------------------------------------------------------


def _create(key: str, value: str, location: Body, number: int | None = None) -> Body:
    metadata: Body = {"metadataKey": key, "location": location, "visibility": "DOCUMENT"}
    if value:
        metadata["metadataValue"] = value
    if number is not None:
        metadata["metadataId"] = number
    return {"createDeveloperMetadata": {"developerMetadata": metadata}}


def _line(sheet: int, dimension: Dimension, index: int) -> Body:
    return {"dimensionRange": {"sheetId": sheet, "dimension": dimension, "startIndex": index, "endIndex": index + 1}}


def mark_column(slot: Slot, sheet: int, index: int) -> Body:
    """Return the request that makes a column ours."""
    return _create(SLOT, slot_text(slot, sheet), _line(sheet, "COLUMNS", index))


def mark_row(mark: RowMark, sheet: int, index: int) -> Body:
    """Return the request that marks a row."""
    key = END if isinstance(mark.row, str) else TOP
    return _create(key, row_text(mark, sheet), _line(sheet, "ROWS", index))


def mark_stage(run: str, sheet: int) -> Body:
    """Return the request that marks a staging tab, on its first row, so that finding it does not bring its cells."""
    return _create(STAGE, run, _line(sheet, "ROWS", 0))


def mark_line(key: str, sheet: int, line: Line, number: int | None = None) -> Body:
    """Return the request that puts an entry without a value on a row or column; an id in use is refused."""
    return _create(key, "", _line(sheet, *line), number)


def mark_tab(sheet: int, text: str) -> Body:
    """Return the request that remembers a new tab by the text of its record."""
    return _create(TAB, text, {"sheetId": sheet})


def mark_report(record: ReportRecord, number: int) -> Body:
    """Return the request that remembers the report under a metadata id of its own; an id in use is refused."""
    return _create(REPORT, report_text(record), {"spreadsheet": True}, number)


def rewrite(number: int, value: str) -> Body:
    """Return the request that gives a mark a new value."""
    return {
        "updateDeveloperMetadata": {
            "dataFilters": [by_number(number)],
            "developerMetadata": {"metadataValue": value},
            "fields": "metadataValue",
        }
    }


def forget(number: int) -> Body:
    """Return the request that removes a mark."""
    return {"deleteDeveloperMetadata": {"dataFilter": by_number(number)}}


def forget_there(number: int, sheet: int, line: Line) -> Body:
    """Return the request that removes an entry if it stands on this row or column, and else nothing."""
    lookup = {"metadataId": number, "metadataLocation": _line(sheet, *line)}
    return {"deleteDeveloperMetadata": {"dataFilter": {"developerMetadataLookup": lookup}}}


def forget_all(key: str) -> Body:
    """Return the request that removes everything under a key."""
    return {"deleteDeveloperMetadata": {"dataFilter": by_key(key)}}


def by_number(number: int) -> Body:
    """Return the filter that meets one piece of metadata."""
    return {"developerMetadataLookup": {"metadataId": number}}


def by_key(key: str) -> Body:
    """Return the filter that meets everything under a key."""
    return {"developerMetadataLookup": {"metadataKey": key}}
