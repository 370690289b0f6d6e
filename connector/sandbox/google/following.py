"""When cells move, everything in the book that points at cells points at the same ones afterwards: formulas,
validations, pivot tables, named ranges, merges, rules, bandings, filters, protection, tables, slicers, charts, groups
and developer metadata. What pointed only at cells that are gone is gone too; a formula then says ``#REF!``."""

from __future__ import annotations

from collections.abc import Callable

from connector.sandbox.google.areas import Area, area_of, cell_area, grid_range
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.edits import Edit
from connector.sandbox.google.formulas import Titles, followed, renamed
from connector.sandbox.google.grid import Formula, Json
from connector.sandbox.google.parts import (
    Write,
    column_after,
    follow_dimensions,
    follow_parts,
    follow_range,
    formulas_within,
)


def titles_of(book: Book) -> Titles:
    """Return the titles of a book's sheets."""
    return Titles({sheet.id: sheet.title for sheet in book.sheets})


def follow(book: Book, edit: Edit) -> None:
    """Let everything follow an edit of cells that is about to be made: call it before the cells themselves move."""
    titles = titles_of(book)
    for sheet in book.sheets:
        _follow_formulas(sheet, edit, titles)
        _follow_furnished(sheet, edit, titles)
        follow_parts(sheet, edit, titles)
    for named in book.named_ranges:
        if not follow_range(named, edit):
            named.pop("range", None)
    book.metadata[:] = [entry for entry in book.metadata if _follow_location(entry["location"], edit)]


def rename_sheet(book: Book, old: str, new: str) -> None:
    """Write every formula, rule and validation anew that names a sheet by its old title."""

    def write(text: str) -> str:
        return renamed(text, old, new)

    write_formulas(book, write)


def write_formulas(book: Book, write: Write) -> None:
    """Write every formula of a book anew, those of rules and validations too."""
    for sheet in book.sheets:
        _write_formulas(sheet, lambda _row, _column, text: write(text))
        for row, column, cell in list(sheet.cells.furnished()):
            validation = formulas_within(cell.validation, write)
            if validation != cell.validation:
                sheet.cells.put(row, column, cell._replace(validation=validation))
        for parts in (sheet.conditional_formats, sheet.filter_views, sheet.slicers):
            parts[:] = formulas_within(parts, write)
        sheet.basic_filter = formulas_within(sheet.basic_filter, write)


def _follow_formulas(sheet: Sheet, edit: Edit, titles: Titles) -> None:
    def write(row: int, column: int, text: str) -> str:
        place = edit.area(cell_area(sheet.id, row, column))
        return followed(text, sheet.id, titles, edit, place.sheet_id if place else None)

    _write_formulas(sheet, write)


def _write_formulas(sheet: Sheet, write: Callable[[int, int, str], str]) -> None:
    for row, column in sorted(sheet.cells.formulas):
        entered = sheet.cells.value(row, column)
        assert isinstance(entered, Formula)
        text = write(row, column, entered.text)
        if text != entered.text:
            sheet.cells.put(row, column, sheet.cells.get(row, column)._replace(entered=Formula(text)))


def _follow_furnished(sheet: Sheet, edit: Edit, titles: Titles) -> None:
    """Validations and pivot tables, which live in cells."""

    def write(text: str) -> str:
        return followed(text, sheet.id, titles, edit)

    for row, column, cell in list(sheet.cells.furnished()):
        validation = formulas_within(cell.validation, write)
        pivot = None if cell.pivot is None else _pivot_after(cell.pivot, edit)
        if validation != cell.validation or pivot != cell.pivot:
            sheet.cells.put(row, column, cell._replace(validation=validation, pivot=pivot))


def _pivot_after(pivot: Json, edit: Edit) -> Json:
    """The pivot over its source where that is now; a source that is gone leaves it without one."""
    if "source" not in pivot:
        return pivot
    before = area_of(pivot["source"])
    after = edit.area(before)
    if after is None:
        return {key: value for key, value in pivot.items() if key != "source"}

    def offset(part: Json, key: str) -> Json | None:
        if key not in part:
            return part
        column = column_after(edit, before.sheet_id, (before.left or 0) + int(part[key]))
        return None if column is None else part | {key: column - (after.left or 0)}

    moved = dict(pivot, source=grid_range(after))
    for name, key in PIVOT_OFFSETS.items():
        if name in pivot:
            moved[name] = [part for part in (offset(inner, key) for inner in pivot[name]) if part is not None]
    return moved


PIVOT_OFFSETS = {
    "rows": "sourceColumnOffset",
    "columns": "sourceColumnOffset",
    "values": "sourceColumnOffset",
    "filterSpecs": "columnOffsetIndex",
}


def _follow_location(location: Json, edit: Edit) -> bool:
    """Where developer metadata stands."""
    if "dimensionRange" in location:
        return follow_dimensions(location, edit, "dimensionRange")
    if location.get("locationType") == "SHEET":
        return edit.area(Area(int(location.get("sheetId") or 0))) is not None
    return True
