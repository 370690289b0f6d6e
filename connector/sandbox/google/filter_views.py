"""Filter views: filters with a name, which hide nothing from anybody else."""

from __future__ import annotations

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import addressed
from connector.sandbox.google.book import Book, Sheet, twin
from connector.sandbox.google.changes import change
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.update_masks import updated


@change("addFilterView")
def add_filter_view(book: Book, request: Json) -> Json:
    """Add a filter view."""
    asked = addressed(request.get("filter", {}))
    number = asked.get("filterViewId") or book.fresh.randrange(1, 1 << 31)
    if any(part["filterViewId"] == number for sheet in book.sheets for part in sheet.filter_views):
        raise invalid(f"Cannot add a filter view with the ID {number}, it is already in use.")
    view = _checked(book, asked | {"filterViewId": number})
    book.sheet(view["range"]["sheetId"]).filter_views.append(view)
    return {"filter": view}


@change("updateFilterView")
def update_filter_view(book: Book, request: Json) -> None:
    """Change a filter view."""
    asked = addressed(request.get("filter", {}))
    sheet, before = _find(book, asked.get("filterViewId"))
    after = updated(before, asked, request.get("fields"), "FilterView", "filter")
    place = sheet.filter_views.index(before)
    sheet.filter_views[place] = _checked(book, after | {"filterViewId": before["filterViewId"]})


@change("deleteFilterView")
def delete_filter_view(book: Book, request: Json) -> None:
    """Take a filter view away."""
    sheet, view = _find(book, request.get("filterId"))
    sheet.filter_views.remove(view)


@change("duplicateFilterView")
def duplicate_filter_view(book: Book, request: Json) -> Json:
    """Copy a filter view."""
    sheet, view = _find(book, request.get("filterId"))
    copy: Json = dict(twin(view), filterViewId=book.fresh.randrange(1, 1 << 31))  # type: ignore[call-overload]
    copy["title"] = f"Copy of {view.get('title', '')}"
    sheet.filter_views.append(copy)
    return {"filter": copy}


def _find(book: Book, number: object) -> tuple[Sheet, Json]:
    for sheet in book.sheets:
        for view in sheet.filter_views:
            if view["filterViewId"] == number:
                return sheet, view
    raise invalid(f"No filter view with ID: {number}")


def _checked(book: Book, view: Json) -> Json:
    for named in book.named_ranges:
        if "range" not in view and named["namedRangeId"] == view.get("namedRangeId"):
            view = view | {"range": named["range"]}
    if "range" not in view:
        raise invalid("filter.range is required.")
    sheet, rect = rect_of(book, view["range"])
    columns = [int(spec.get("columnIndex", 0)) for spec in view.get("filterSpecs", ())]
    columns += [int(name) for name in view.get("criteria", {})]
    columns += [int(spec.get("dimensionIndex", 0)) for spec in view.get("sortSpecs", ())]
    for column in columns:
        if not rect.left <= column < rect.right:
            raise invalid(f"The column {column} of a criterion or order is outside of the filter's range.")
    return {"title": f"Filter {len(sheet.filter_views) + 1}"} | view
