"""Ranges that somebody else has protected: which they are, and who may change that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.places import a1_range
from connector.deliver.sheets.plan import Plan
from connector.deliver.sheets.refusals import SOMEBODY, RangeProtected
from connector.errors import NotAllowed, PuenteError, quote

Body = dict[str, Any]
PROTECTED: Final = (
    "sheets(properties(sheetId,title),protectedRanges(range,unprotectedRanges,warningOnly,requestingUserCanEdit,"
    "editors(users,groups)))"
)


def named_protection(api: SheetsApi, spreadsheet: str, plan: Plan, refusal: NotAllowed) -> NotAllowed:
    """Return the refusal with the range and who may edit it, where a protected range is the reason; else as it is."""
    try:
        answer = api.get(spreadsheet, fields=PROTECTED)
    except PuenteError:
        return refusal
    for part in answer.get("sheets", ()):
        sheet = plan.ground.sheets.get(part.get("properties", {}).get("sheetId", 0))
        for each in _closed(part) if sheet is not None else ():
            place = _place(str(part["properties"].get("title", "")), each.get("range", {}))
            me = refusal.me if isinstance(refusal, RangeProtected) else SOMEBODY
            return protected(place, me, each.get("editors", {}), refusal.place or f"spreadsheet {spreadsheet}")
    return refusal


def protected(place: str, me: str, editors: Mapping[str, Any], where: str = "") -> NotAllowed:
    """Return the error for a range, as A1 text, that ``me`` may not edit."""
    return NotAllowed(
        f"The range {quote(place, 120)} is protected, and {me} is not among those who may edit it.",
        place=where,
        remedy=_remedy(me, editors),
    )


def closed_parts(api: SheetsApi, spreadsheet: str) -> list[Body]:
    """Return the protected ranges that we may not edit, as Google gives them. One read."""
    answer = api.get(spreadsheet, fields=PROTECTED)
    return [each for part in answer.get("sheets", ()) for each in _closed(part)]


def is_closed(parts: Sequence[Body], sheet: int, row: int, column: int) -> bool:
    """Whether a cell lies in one of these protected ranges, and not in what they leave open."""
    return any(
        _holds(part.get("range", {}), sheet, row, column)
        and not any(_holds(open_, sheet, row, column) for open_ in part.get("unprotectedRanges", ()))
        for part in parts
    )


def _holds(bounds: Mapping[str, int], sheet: int, row: int, column: int) -> bool:
    """Google leaves out what begins with the sheet or ends with it, and a sheet's id when it is 0."""
    return (
        bounds.get("sheetId", 0) == sheet
        and bounds.get("startRowIndex", 0) <= row < bounds.get("endRowIndex", row + 1)
        and bounds.get("startColumnIndex", 0) <= column < bounds.get("endColumnIndex", column + 1)
    )


def _closed(part: Mapping[str, Any]) -> Iterator[Body]:
    for each in part.get("protectedRanges", ()):
        if not each.get("warningOnly") and not each.get("requestingUserCanEdit"):
            yield each


def _remedy(me: str, editors: Mapping[str, Any]) -> str:
    named = [*editors.get("users", ()), *editors.get("groups", ())]
    if not named:
        return f"Whoever protected it can add {me} as an editor of the range, or let the protection only warn."
    who = quote(", ".join(named), 200)
    return f"{who} can add {me} as an editor of the range, or let the protection only warn."


def _place(title: str, bounds: Mapping[str, int]) -> str:
    if "endRowIndex" not in bounds or "endColumnIndex" not in bounds:
        return title
    rows = (bounds.get("startRowIndex", 0), bounds["endRowIndex"] - 1)
    return a1_range(title, rows, (bounds.get("startColumnIndex", 0), bounds["endColumnIndex"] - 1))
