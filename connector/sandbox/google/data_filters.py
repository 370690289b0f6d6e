"""DataFilters: parts of a spreadsheet named by a range or by developer metadata."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.sandbox.google.a1 import Rect, beyond_grid, find_range, reach_of, within
from connector.sandbox.google.areas import Area
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid

KINDS = ("a1Range", "gridRange", "developerMetadataLookup")
EXACT, INTERSECTING = "EXACT_LOCATION", "INTERSECTING_LOCATION"
ABOVE_ALL = "DeveloperMetadataLookup.spreadsheet is true, but locationMatchingStrategy was specified as INTERSECTING"
SAME = ("metadataId", "metadataKey", "metadataValue", "visibility")


def ranges(book: Book, filters: Sequence[Json]) -> list[tuple[Sheet, Rect]]:
    """Return the rectangles that filters select, in their order, each once. Developer metadata selects its row, column
    or sheet; that of the spreadsheet selects no cells. Raises Refused."""
    found: list[tuple[Sheet, Rect]] = []
    for data_filter in filters:
        found += [part for part in _selected(book, data_filter) if part not in found]
    return found


def matching(book: Book, data_filter: Json) -> list[Json]:
    """Return the developer metadata that a filter selects: a range selects that of every row, column and sheet it
    meets. Raises Refused."""
    kind = _kind(data_filter)
    if kind == "developerMetadataLookup":
        lookup = data_filter[kind]
        _check_lookup(lookup)
        wanted = None if lookup.get("metadataLocation") is None else located(book, lookup["metadataLocation"])
        return [entry for entry in book.metadata if _matches(entry, lookup, wanted)]
    sheet, rect = _rectangle(book, data_filter)
    area = Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right)
    return [entry for entry in book.metadata if _meets(entry["location"], area)]


def located(book: Book, location: Json) -> Json:
    """Return a DeveloperMetadataLocation with its type, as it is kept. Raises Refused where it is no one place."""
    kinds = [name for name in ("spreadsheet", "sheetId", "dimensionRange") if location.get(name) is not None]
    if len(kinds) != 1:
        raise invalid("A developer metadata location must be exactly one of spreadsheet, sheetId and dimensionRange.")
    if kinds == ["spreadsheet"]:
        return {"locationType": "SPREADSHEET", "spreadsheet": True}
    if kinds == ["sheetId"]:
        return {"locationType": "SHEET", "sheetId": book.sheet(location["sheetId"]).id}
    return _dimension(book, location["dimensionRange"])


def _dimension(book: Book, part: Json) -> Json:
    sheet, dimension = book.sheet(part.get("sheetId")), part.get("dimension")
    start, end = int(part.get("startIndex") or 0), part.get("endIndex")
    if dimension not in {"ROWS", "COLUMNS"}:
        raise invalid("dimensionRange.dimension must be ROWS or COLUMNS.")
    there = sheet.row_count if dimension == "ROWS" else sheet.column_count
    if end is None:
        raise invalid("DimensionRange must specify both a startIndex and an endIndex")
    if int(end) != start + 1:
        raise invalid("DimensionRange must represent a single row or column")
    if start < 0 or int(end) > there:
        raise invalid(f"dimensionRange.endIndex[{end}] is after last {dimension.lower()[:-1]} in grid[{there}]")
    place = {"sheetId": sheet.id, "dimension": dimension, "startIndex": start, "endIndex": start + 1}
    return {"locationType": "ROW" if dimension == "ROWS" else "COLUMN", "dimensionRange": place}


def _kind(data_filter: Json) -> str:
    kinds = [kind for kind in KINDS if data_filter.get(kind) is not None]
    if len(kinds) != 1:
        raise invalid("A data filter must have exactly one of a1Range, gridRange and developerMetadataLookup.")
    return kinds[0]


def _rectangle(book: Book, data_filter: Json) -> tuple[Sheet, Rect]:
    if data_filter.get("a1Range") is not None:
        return find_range(book, str(data_filter["a1Range"]))
    return _grid_rectangle(book, data_filter["gridRange"])


def _grid_rectangle(book: Book, grid_range: Json) -> tuple[Sheet, Rect]:
    """Return what a GridRange means to those who read: an end beyond the grid is drawn in, nothing may be in it.

    The rules are backlot's, whose author measured them.
    """
    sheet, reach = book.sheet(grid_range.get("sheetId")), reach_of(grid_range)
    if any(place is not None and place < 0 for place in reach):
        raise invalid("GridRange indexes must be >= 0")
    for start, end, line in ((reach.top, reach.bottom, "Row"), (reach.left, reach.right, "Column")):
        if end is not None and end < start and grid_range.get(f"start{line}Index") is not None:
            raise invalid(f"end{line}Index[{end}] cannot be before start{line}Index[{start}]")
    if reach.top >= sheet.row_count or reach.left >= sheet.column_count:
        raise beyond_grid(sheet, reach)
    return sheet, within(sheet, reach)


def _selected(book: Book, data_filter: Json) -> list[tuple[Sheet, Rect]]:
    if _kind(data_filter) != "developerMetadataLookup":
        return [_rectangle(book, data_filter)]
    found: list[tuple[Sheet, Rect]] = []
    for entry in matching(book, data_filter):
        location = entry["location"]
        if location["locationType"] != "SPREADSHEET":
            area = _area(location)
            sheet = book.sheet(area.sheet_id)
            top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
            found.append((sheet, Rect(top, left, bottom, right)))
    return found


def _area(location: Json) -> Area:
    """The cells of a row, a column or a sheet."""
    part: dict[str, Any] | None = location.get("dimensionRange")
    if part is None:
        return Area(int(location.get("sheetId") or 0))
    span = part.get("startIndex") or 0, part.get("endIndex")
    area = Area(int(part.get("sheetId") or 0))
    return area.with_span("ROWS" if part["dimension"] == "ROWS" else "COLUMNS", span)


def _meets(location: Json, area: Area) -> bool:
    return location["locationType"] != "SPREADSHEET" and _area(location).meets(area)


def _check_lookup(lookup: Json) -> None:
    """What Google's description says of a lookup."""
    strategy, kind = lookup.get("locationMatchingStrategy"), lookup.get("locationType")
    if strategy == INTERSECTING and (lookup.get("metadataLocation") or {}).get("spreadsheet"):
        raise invalid(ABOVE_ALL)
    if strategy and lookup.get("metadataLocation") is None:
        raise invalid("locationMatchingStrategy may only be set with a metadataLocation.")
    if kind and strategy == EXACT:
        raise invalid("locationType must not be set where locationMatchingStrategy is EXACT_LOCATION.")
    if kind == "SPREADSHEET" and (strategy == INTERSECTING or _is_place(lookup.get("metadataLocation"))):
        raise invalid("Developer metadata of the spreadsheet intersects no other location.")


def _is_place(location: Json | None) -> bool:
    return location is not None and not location.get("spreadsheet")


def _matches(entry: Json, lookup: Json, wanted: Json | None) -> bool:
    if any(lookup.get(name) not in {None, entry.get(name)} for name in SAME):
        return False
    location = entry["location"]
    if lookup.get("locationType") not in {None, location["locationType"]}:
        return False
    if wanted is None:
        return True
    if lookup.get("locationMatchingStrategy") == EXACT or wanted["locationType"] == "SPREADSHEET":
        return bool(wanted == location)
    return _meets(location, _area(wanted))
