"""A spreadsheet as the Sheets API shows it: whole, or the parts of it that ranges and a field mask name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.sandbox.google.a1 import Rect, reach_of, within
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.grid_data import grid_data
from connector.sandbox.google.masks import Mask, below, project
from connector.sandbox.google.protection import as_seen
from connector.sandbox.google.zeros import tidy

LISTS = {
    "merges": "merges",
    "conditionalFormats": "conditional_formats",
    "filterViews": "filter_views",
    "protectedRanges": "protected_ranges",
    "charts": "charts",
    "bandedRanges": "banded_ranges",
    "rowGroups": "row_groups",
    "columnGroups": "column_groups",
    "slicers": "slicers",
    "tables": "tables",
}
DONE = frozenset({"data"})
"""GridData is made by the mask: nobody walks through its cells a second time."""
BY_RANGE = {"merges", "conditionalFormats", "protectedRanges", "bandedRanges", "tables"}
"""Lists of which only what meets the ranges is shown."""


@dataclass(frozen=True, slots=True)
class View:
    """Which parts are asked for: the ranges (None: everything), the mask, whether cells come without a mask too."""

    ranges: Sequence[tuple[Sheet, Rect]] | None = None
    mask: Mask | None = None
    with_grid: bool = False
    user: str = ""
    """Who asks (e-mail address): protected ranges look different to those who may not edit them."""


def spreadsheet(book: Book, view: View) -> Json:
    """Return the Spreadsheet, as much of it as is asked for."""
    mask = view.mask or {}
    answer: Json = {"spreadsheetId": book.id, "properties": book.properties}
    if below(mask, "sheets") is not None:
        answer["sheets"] = _sheets(book, view)
    if book.named_ranges:
        answer["namedRanges"] = tidy(book.named_ranges)
    answer["spreadsheetUrl"] = f"https://docs.google.com/spreadsheets/d/{book.id}/edit"
    metadata = [entry for entry in book.metadata if entry["location"].get("locationType") == "SPREADSHEET"]
    if metadata:
        answer["developerMetadata"] = tidy(metadata)
    return project(answer, mask, DONE)  # type: ignore[no-any-return]


def _sheets(book: Book, view: View) -> list[Json]:
    if view.ranges is None:
        return [_sheet(book, sheet, None, view) for sheet in book.sheets]
    shown = []
    for sheet in book.sheets:
        rects = [rect for owner, rect in view.ranges if owner is sheet]
        if rects:
            shown.append(_sheet(book, sheet, rects, view))
    return shown


def _sheet(book: Book, sheet: Sheet, rects: list[Rect] | None, view: View) -> Json:
    answer: Json = {"properties": shown_properties(sheet)}
    inner = below(view.mask or {}, "sheets", "data")
    if inner is not None and (view.mask or view.with_grid):
        whole = [Rect(0, 0, sheet.row_count, sheet.column_count)]
        answer["data"] = [grid_data(book, sheet, rect, inner) for rect in rects or whole]
    for name, attribute in LISTS.items():
        listed = getattr(sheet, attribute)
        if rects is not None and name in BY_RANGE:
            listed = [part for part in listed if _meets(sheet, name, part, rects)]
        if name == "protectedRanges":
            listed = [as_seen(book, part, view.user) for part in listed]
        if listed:
            answer[name] = tidy(listed)
    if sheet.basic_filter:
        answer["basicFilter"] = tidy(sheet.basic_filter)
    metadata = [entry for entry in book.metadata if _is_of_sheet(entry["location"], sheet)]
    if metadata:
        answer["developerMetadata"] = tidy(metadata)
    return answer


def _is_of_sheet(location: Json, sheet: Sheet) -> bool:
    return location.get("locationType") == "SHEET" and (location.get("sheetId") or 0) == sheet.id


def _meets(sheet: Sheet, name: str, part: Json, rects: list[Rect]) -> bool:
    ranges = [part] if name == "merges" else part.get("ranges") or [part.get("range") or {}]
    return any(within(sheet, reach_of(one)).meets(rect) for one in ranges for rect in rects)


def shown_properties(sheet: Sheet) -> Json:
    """Return SheetProperties without what is zero or false."""
    kept = {name: value for name, value in sheet.properties.items() if value or name in ("sheetId", "index", "title")}
    if "gridProperties" in kept:
        kept["gridProperties"] = {name: value for name, value in kept["gridProperties"].items() if value}
    return kept
