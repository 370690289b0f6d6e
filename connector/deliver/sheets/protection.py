"""Ranges that somebody else has protected: who may change that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.places import a1_range
from connector.deliver.sheets.plan import Plan
from connector.errors import NotAllowed, PuenteError, quote

Body = dict[str, Any]
PROTECTED: Final = (
    "sheets(properties(sheetId,title),protectedRanges(range,warningOnly,requestingUserCanEdit,editors(users,groups)))"
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
            return NotAllowed(
                f"The range {quote(place, 120)} is protected, and Puente is not among those who may edit it.",
                place=refusal.place or f"spreadsheet {spreadsheet}",
                remedy=_remedy(each.get("editors", {})),
            )
    return refusal


def _closed(part: Mapping[str, Any]) -> Iterator[Body]:
    for each in part.get("protectedRanges", ()):
        if not each.get("warningOnly") and not each.get("requestingUserCanEdit"):
            yield each


def _remedy(editors: Mapping[str, Any]) -> str:
    named = [*editors.get("users", ()), *editors.get("groups", ())]
    if not named:
        return "Whoever protected it can add Puente's account as an editor of the range, or let it only warn."
    who = quote(", ".join(named), 200)
    return f"{who} can add Puente's account as an editor of the range, or let it only warn."


def _place(title: str, bounds: Mapping[str, int]) -> str:
    if "endRowIndex" not in bounds or "endColumnIndex" not in bounds:
        return title
    rows = (bounds.get("startRowIndex", 0), bounds["endRowIndex"] - 1)
    return a1_range(title, rows, (bounds.get("startColumnIndex", 0), bounds["endColumnIndex"] - 1))
