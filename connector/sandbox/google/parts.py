"""The parts of a sheet that point at cells of it - merges, rules, filters, tables, charts - after an edit of cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox.google.areas import Area, area_of, coordinate, grid_range
from connector.sandbox.google.book import Sheet
from connector.sandbox.google.edits import Deleted, Edit, LineEdit
from connector.sandbox.google.formulas import Titles, copied, followed
from connector.sandbox.google.grid import Json

Write = Callable[[str], str]


def follow_parts(sheet: Sheet, edit: Edit, titles: Titles) -> None:
    """The parts of a sheet that hold ranges."""

    def write(text: str) -> str:
        return followed(text, sheet.id, titles, edit)

    sheet.merges[:] = [merge for merge in map(_merge_after(edit), sheet.merges) if merge is not None]
    sheet.conditional_formats[:] = [
        rule for rule in (_rule_after(rule, edit, write) for rule in sheet.conditional_formats) if rule["ranges"]
    ]
    sheet.banded_ranges[:] = [part for part in sheet.banded_ranges if follow_range(part, edit)]
    sheet.protected_ranges[:] = [part for part in sheet.protected_ranges if _follow_protected(part, edit)]
    sheet.filter_views[:] = [part for part in sheet.filter_views if _follow_filter(part, sheet.id, edit, write)]
    if sheet.basic_filter is not None and not _follow_filter(sheet.basic_filter, sheet.id, edit, write):
        sheet.basic_filter = None
    sheet.tables[:] = [part for part in sheet.tables if _follow_table(part, edit)]
    for groups in (sheet.row_groups, sheet.column_groups):
        groups[:] = [group for group in groups if follow_dimensions(group, edit)]
    sheet.slicers[:] = [part for part in sheet.slicers if _follow_slicer(part, edit, write)]
    for part in [*sheet.charts, *sheet.slicers]:
        _follow_anchor(part, edit)
    for chart in sheet.charts:
        chart["spec"] = _sources_after(chart.get("spec", {}), edit)


def follow_range(part: Json, edit: Edit, key: str = "range") -> bool:
    """Let the GridRange of a part follow; False where it is gone."""
    if key not in part:
        return True
    area = edit.area(area_of(part[key]))
    if area is not None:
        part[key] = grid_range(area)
    return area is not None


def formulas_within(part: Any, write: Write) -> Any:
    """Return a twin of a piece of JSON in which the formulas of its conditions are rewritten."""
    if isinstance(part, list):
        return [formulas_within(inner, write) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        key: write(value) if key in {"userEnteredValue", "formula"} and isinstance(value, str) else
        formulas_within(value, write)
        for key, value in part.items()
    }  # fmt: skip


def column_after(edit: Edit, sheet_id: int, column: int) -> int | None:
    """Return where a whole column went."""
    area = edit.area(Area(sheet_id, None, None, column, column + 1))
    return None if area is None else area.left


def _merge_after(edit: Edit) -> Callable[[Json], Json | None]:
    def after(merge: Json) -> Json | None:
        area = edit.area(area_of(merge))
        if area is None:
            return None
        top, left, bottom, right = area.closed(1 << 40, 1 << 40)
        return grid_range(area) if (bottom - top) * (right - left) > 1 else None

    return after


def _rule_after(rule: Json, edit: Edit, write: Write) -> Json:
    """A conditional format. Its formulas are written for the first cell of its range, so where that cell is deleted
    they are first written anew for the first one that stays."""
    first = area_of(rule["ranges"][0]) if rule.get("ranges") else None
    down, across = (0, 0) if first is None else _lost_before(first, edit)
    moved = formulas_within(rule, lambda text: write(copied(text, down, across) if down or across else text))
    areas = (edit.area(area_of(part)) for part in rule.get("ranges", ()))
    moved["ranges"] = [grid_range(area) for area in areas if area is not None]
    return dict(moved)


def _lost_before(area: Area, edit: Edit) -> tuple[int, int]:
    """How many rows and columns at the start of an area an edit deletes."""
    if not isinstance(edit, LineEdit) or not isinstance(edit.line, Deleted) or edit.sheet_id != area.sheet_id:
        return 0, 0
    start = area.along(edit.axis)[0] or 0
    lost = edit.line.end - start if edit.line.start <= start < edit.line.end else 0
    return (lost, 0) if edit.axis == "ROWS" else (0, lost)


def _follow_protected(part: Json, edit: Edit) -> bool:
    free = (edit.area(area_of(inner)) for inner in part.get("unprotectedRanges", ()))
    if "unprotectedRanges" in part:
        part["unprotectedRanges"] = [grid_range(area) for area in free if area is not None]
    return follow_range(part, edit)


def _follow_filter(part: Json, sheet_id: int, edit: Edit, write: Write) -> bool:
    """A filter or filter view, whose criteria and orders name columns of the sheet."""
    if not follow_range(part, edit):
        return False

    def numbered(specs: list[Json], key: str) -> list[Json]:
        pairs = ((spec, column_after(edit, sheet_id, int(spec.get(key, 0)))) for spec in specs)
        return [spec | {key: column} for spec, column in pairs if column is not None]

    if "criteria" in part:
        pairs = ((column_after(edit, sheet_id, int(name)), value) for name, value in part["criteria"].items())
        part["criteria"] = {str(column): value for column, value in pairs if column is not None}
    for name, key in (("filterSpecs", "columnIndex"), ("sortSpecs", "dimensionIndex")):
        if name in part:
            part[name] = numbered(part[name], key)
    part.update(formulas_within(part, write))
    return True


def _follow_table(table: Json, edit: Edit) -> bool:
    """A table; columns put into it become columns of it, with a name of their own."""
    before = area_of(table["range"])
    if not follow_range(table, edit):
        return False
    after = area_of(table["range"])
    if "columnProperties" not in table or before.left is None or after.left is None or after.right is None:
        return True
    kept: dict[int, Json] = {}
    for part in table["columnProperties"]:
        column = column_after(edit, before.sheet_id, before.left + int(part.get("columnIndex", 0)))
        if column is not None:
            kept[column - after.left] = part
    width = after.right - after.left
    table["columnProperties"] = [
        kept.get(place, {"columnName": f"Column {place + 1}"}) | {"columnIndex": place} for place in range(width)
    ]
    return True


def follow_dimensions(part: Json, edit: Edit, key: str = "range") -> bool:
    """Let a DimensionRange follow; False where it is gone."""
    before = part[key]
    axis = before["dimension"]
    area = Area(int(before.get("sheetId") or 0)).with_span(axis, (before.get("startIndex"), before.get("endIndex")))
    after = edit.area(area)
    if after is None:
        return False
    start, end = after.along(axis)
    part[key] = {"sheetId": area.sheet_id, "dimension": axis, "startIndex": start or 0}
    if end is not None:
        part[key]["endIndex"] = end
    return True


def _follow_slicer(slicer: Json, edit: Edit, write: Write) -> bool:
    spec = slicer.get("spec", {})
    before = area_of(spec.get("dataRange", {}))
    if not follow_range(spec, edit, "dataRange"):
        return False
    if "columnIndex" in spec and "dataRange" in spec:
        column = column_after(edit, before.sheet_id, (before.left or 0) + int(spec["columnIndex"]))
        spec["columnIndex"] = 0 if column is None else column - (area_of(spec["dataRange"]).left or 0)
    spec.update(formulas_within(spec, write))
    return True


def _follow_anchor(part: Json, edit: Edit) -> None:
    """A chart or slicer moves with the cell it is fastened to; where that is deleted it stays where the gap closed."""
    overlay = part.get("position", {}).get("overlayPosition", {})
    if "anchorCell" not in overlay:
        return
    cell = coordinate(overlay["anchorCell"])
    after = edit.area(cell)
    if after is None and isinstance(edit, LineEdit) and isinstance(edit.line, Deleted):
        after = cell.with_span(edit.axis, (edit.line.start, edit.line.start + 1))
    if after is not None and after.sheet_id == cell.sheet_id:
        overlay["anchorCell"] = {"sheetId": after.sheet_id, "rowIndex": after.top, "columnIndex": after.left}


def _sources_after(part: Any, edit: Edit) -> Any:
    """A chart's spec over its sources where they are now; a series all of whose cells are gone is gone."""
    if isinstance(part, list):
        return [inner for inner in (_sources_after(inner, edit) for inner in part) if not _sourceless(inner)]
    if not isinstance(part, dict):
        return part
    if "sources" in part:
        areas = (edit.area(area_of(source)) for source in part["sources"])
        return part | {"sources": [grid_range(area) for area in areas if area is not None]}
    return {key: _sources_after(value, edit) for key, value in part.items()}


def _sourceless(part: Any) -> bool:
    """Whether a series (or domain) has lost every source."""
    if not isinstance(part, dict):
        return False
    return any(isinstance(value, dict) and value.get("sourceRange", {}).get("sources") == [] for value in part.values())


CARRIED = ("merges", "banded_ranges", "protected_ranges", "filter_views", "tables")


def carry_parts(source: Sheet, target: Sheet) -> None:
    """Let parts that followed their cells to another sheet be parts of that one."""
    for name in CARRIED:
        parts: list[Json] = getattr(source, name)
        getattr(target, name).extend(part for part in parts if _is_on(part, target))
        parts[:] = [part for part in parts if not _is_on(part, target)]
    if source.basic_filter is not None and _is_on(source.basic_filter, target):
        source.basic_filter, target.basic_filter = None, target.basic_filter or source.basic_filter
    for rule in source.conditional_formats:
        away = [part for part in rule["ranges"] if part.get("sheetId") == target.id]
        rule["ranges"] = [part for part in rule["ranges"] if part.get("sheetId") != target.id]
        if away:
            target.conditional_formats.append(rule | {"ranges": away})
    source.conditional_formats[:] = [rule for rule in source.conditional_formats if rule["ranges"]]


def _is_on(part: Json, sheet: Sheet) -> bool:
    return bool(part.get("range", part).get("sheetId") == sheet.id)
