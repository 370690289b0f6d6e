"""Protected ranges: who may write, and who is only warned (which the API does not do: it writes)."""

from __future__ import annotations

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import Area, addressed, area_of
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, guard
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.rules_pasted import without
from connector.sandbox.google.update_masks import updated
from connector.sandbox.google.zeros import without_empties

PROTECTED = (
    "You are trying to edit a protected cell or object. Please contact the spreadsheet owner to remove protection if "
    "you need to edit."
)


@guard
def refuse_protected(book: Book, area: Area) -> None:
    """Raise Refused where the user may not write the area."""
    for sheet in book.sheets:
        for part in sheet.protected_ranges:
            if not may_edit(book, part, book.user) and any(area.meets(piece) for piece in _pieces(book, sheet, part)):
                raise invalid(PROTECTED)


def may_edit(book: Book, part: Json, user: str) -> bool:
    """Whether a user may write into a protected range: its editors, the owner always among them, or anybody whom it
    only warns."""
    if part.get("warningOnly") or not user:
        return True
    editors = part.get("editors", {})
    same_domain = user.rpartition("@")[2] == book.owner.rpartition("@")[2]
    return user in editors.get("users", ()) or bool(editors.get("domainUsersCanEdit") and same_domain)


def as_seen(book: Book, part: Json, user: str) -> Json:
    """Return a protected range as a user sees it: only who may edit it sees its editors."""
    can = may_edit(book, part, user)
    seen = {name: value for name, value in part.items() if name != "editors" or can}
    return seen | {"requestingUserCanEdit": True} if can else seen


@change("addProtectedRange")
def add_protected_range(book: Book, request: Json) -> Json:
    """Protect a range, or only warn. Whoever protects it is one of its editors."""
    asked = addressed(request.get("protectedRange", {}))
    number = asked.get("protectedRangeId") or book.fresh.randrange(1, 1 << 31)
    if any(part["protectedRangeId"] == number for sheet in book.sheets for part in sheet.protected_ranges):
        raise invalid(f"Cannot add a protected range with the ID {number}, it is already in use.")
    part = _checked(book, asked | {"protectedRangeId": number})
    _sheet_of(book, part).protected_ranges.append(part)
    return {"protectedRange": as_seen(book, part, book.user)}


@change("updateProtectedRange")
def update_protected_range(book: Book, request: Json) -> None:
    """Change a protected range."""
    asked = addressed(request.get("protectedRange", {}))
    sheet, before = _find(book, asked.get("protectedRangeId"))
    after = updated(before, asked, request.get("fields"), "ProtectedRange", "protectedRange")
    after = _checked(book, after | {"protectedRangeId": before["protectedRangeId"]})
    sheet.protected_ranges.remove(before)
    _sheet_of(book, after).protected_ranges.append(after)


@change("deleteProtectedRange")
def delete_protected_range(book: Book, request: Json) -> None:
    """Take the protection away."""
    sheet, part = _find(book, request.get("protectedRangeId"))
    sheet.protected_ranges.remove(part)


def _find(book: Book, number: object) -> tuple[Sheet, Json]:
    for sheet in book.sheets:
        for part in sheet.protected_ranges:
            if part["protectedRangeId"] == number:
                if not may_edit(book, part, book.user):
                    raise invalid(PROTECTED)
                return sheet, part
    raise invalid(f"No protected range with ID: {number}")


def _checked(book: Book, asked: Json) -> Json:
    backing = [name for name in ("range", "namedRangeId", "tableId") if asked.get(name) is not None]
    if not backing:
        raise invalid("A protected range must have a range, a namedRangeId or a tableId.")
    part = {name: value for name, value in asked.items() if value is not None and name != "requestingUserCanEdit"}
    if "range" in part:
        rect_of(book, part["range"])
    if not part.get("warningOnly"):
        editors = dict(part.get("editors", {}))
        users = [*editors.get("users", ()), *(user for user in (book.owner, book.user) if user)]
        part["editors"] = without_empties(editors | {"users": list(dict.fromkeys(users))})
        part.pop("warningOnly", None)
    else:
        part.pop("editors", None)
    _sheet_of(book, part)
    return part


def _area(book: Book, part: Json) -> Area:
    """The cells a protected range covers, through its named range or table where it has one."""
    if "namedRangeId" in part:
        for named in book.named_ranges:
            if named["namedRangeId"] == part["namedRangeId"] and "range" in named:
                return area_of(named["range"])
        raise invalid(f"No named range with ID: {part['namedRangeId']}")
    if "tableId" in part:
        for sheet in book.sheets:
            for table in sheet.tables:
                if table.get("tableId") == part["tableId"]:
                    return area_of(table["range"])
        raise invalid(f"No table with ID: {part['tableId']}")
    return area_of(part["range"])


def _sheet_of(book: Book, part: Json) -> Sheet:
    return book.sheet(_area(book, part).sheet_id)


def _pieces(book: Book, sheet: Sheet, part: Json) -> list[Area]:
    """What is protected of a sheet: the range without the parts that are free."""
    pieces = [area_of(part["range"])] if "range" in part else [_area(book, part)]
    for free in part.get("unprotectedRanges", ()):
        pieces = [piece for area in pieces for piece in without(area, area_of(free))]
    return [piece for piece in pieces if piece.sheet_id == sheet.id]
