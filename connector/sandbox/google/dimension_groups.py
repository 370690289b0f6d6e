"""Groups of rows and columns that can be folded.

A place is as deep as there are groups over it. Adding a group makes its places one deeper, deleting one less deep; the
groups are then the longest runs of each depth, which is what Google's description of both requests comes to.
"""

from __future__ import annotations

from connector.sandbox.google.areas import Axis
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.structure import axis_of, closed_span, length
from connector.sandbox.google.update_masks import updated
from connector.sandbox.google.zeros import tidy

DEEPEST = 8
CONTROLS = {"ROWS": "rowGroupControlAfter", "COLUMNS": "columnGroupControlAfter"}


@change("addDimensionGroup")
def add_group(book: Book, request: Json) -> Json:
    """Group rows or columns."""
    sheet, axis, start, end = _read(book, request)
    depths = _depths(sheet, axis)
    for place in range(start, end):
        depths[place] = depths.get(place, 0) + 1
    if max(depths.values()) > DEEPEST:
        raise invalid(f"Groups may not be deeper than {DEEPEST}.")
    sheet.properties["gridProperties"].setdefault(CONTROLS[axis], True)
    return _regroup(sheet, axis, depths)


@change("deleteDimensionGroup")
def delete_group(book: Book, request: Json) -> Json:
    """Take one group away from rows or columns."""
    sheet, axis, start, end = _read(book, request)
    depths = _depths(sheet, axis)
    if not any(depths.get(place) for place in range(start, end)):
        raise invalid("There is no group over the range.")
    for place in range(start, end):
        depths[place] = max(0, depths.get(place, 0) - 1)
    return _regroup(sheet, axis, depths)


@change("updateDimensionGroup")
def update_group(book: Book, request: Json) -> None:
    """Fold or unfold a group: its rows or columns are hidden or shown."""
    asked = request.get("dimensionGroup", {})
    sheet, axis, start, end = _read(book, asked)
    for group in _groups(sheet, axis):
        part = group["range"]
        if (part["startIndex"], part["endIndex"], group["depth"]) == (start, end, asked.get("depth")):
            new = updated(group, asked, request.get("fields"), "DimensionGroup", "dimensionGroup")
            group["collapsed"] = bool(new.get("collapsed"))
            _hide(sheet, axis, range(start, end), group["collapsed"])
            return
    raise invalid("There is no group with this range and depth.")


def _read(book: Book, request: Json) -> tuple[Sheet, Axis, int, int]:
    part = request.get("range", {})
    sheet, axis = book.sheet(part.get("sheetId")), axis_of(part)
    start, end = closed_span(sheet, part, axis)
    if end > length(sheet, axis):
        raise invalid(f"range.endIndex[{end}] is after last {axis[:-1].lower()} in grid[{length(sheet, axis)}]")
    return sheet, axis, start, end


def _groups(sheet: Sheet, axis: Axis) -> list[Json]:
    return sheet.row_groups if axis == "ROWS" else sheet.column_groups


def _depths(sheet: Sheet, axis: Axis) -> dict[int, int]:
    depths: dict[int, int] = {}
    for group in _groups(sheet, axis):
        for place in range(group["range"]["startIndex"], group["range"]["endIndex"]):
            depths[place] = max(depths.get(place, 0), int(group["depth"]))
    return depths


def _regroup(sheet: Sheet, axis: Axis, depths: dict[int, int]) -> Json:
    """Make the groups anew from how deep each place is; folded ones that stay as they are stay folded."""
    groups = _groups(sheet, axis)
    folded = {(part["range"]["startIndex"], part["range"]["endIndex"], part["depth"]): part for part in groups}
    fresh = []
    for depth in range(1, max(depths.values(), default=0) + 1):
        for start, end in _runs([place for place in sorted(depths) if depths[place] >= depth]):
            place = {"sheetId": sheet.id, "dimension": axis, "startIndex": start, "endIndex": end}
            fresh.append(folded.get((start, end, depth), {"range": place, "depth": depth}))
    groups[:] = fresh
    return {"dimensionGroups": tidy(fresh)} if fresh else {}


def _runs(places: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in places:
        if runs and runs[-1][1] == place:
            runs[-1] = (runs[-1][0], place + 1)
        else:
            runs.append((place, place + 1))
    return runs


def _hide(sheet: Sheet, axis: Axis, places: range, hidden: bool) -> None:
    shapes = sheet.row_properties if axis == "ROWS" else sheet.column_properties
    for place in places:
        shape = {name: value for name, value in shapes.get(place, {}).items() if name != "hiddenByUser"}
        if hidden:
            shape["hiddenByUser"] = True
        if shape:
            shapes[place] = shape
        else:
            shapes.pop(place, None)
