"""The Sheets calls of :class:`connector.deliver.sheets.api.SheetsApi`, sent by gspread over our own transport.

gspread's plain ``HTTPClient`` is used, never its ``BackOffHTTPClient``; ours retries what may be retried.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import gspread
from gspread.urls import (
    SPREADSHEET_BATCH_UPDATE_URL,
    SPREADSHEET_URL,
    SPREADSHEET_VALUES_BATCH_UPDATE_URL,
    SPREADSHEETS_API_V4_BASE_URL,
)

from connector.deliver.sheets.api import Body
from connector.deliver.sheets.transport import GoogleSession, Route
from connector.errors import UserError, quote

FIND_URL: Final = SPREADSHEET_URL + ":getByDataFilter"
_ID: Final = re.compile(r"[A-Za-z0-9_-]{5,200}")
_ADDRESS: Final = re.compile(r"/spreadsheets/(?:u/\d+/)?d/([A-Za-z0-9_-]{5,200})(?:[/?#]|\Z)")


class GoogleSheets:
    """See :class:`connector.deliver.sheets.api.SheetsApi`. One request a call, one budget turn a request."""

    def __init__(self, route: Route) -> None:
        # gspread's annotation wants credentials; its documentation allows None beside a session that signs by itself.
        self._http = gspread.Client(auth=cast("Any", None), session=GoogleSession(route)).http_client

    def create(self, body: Body, *, fields: str) -> Body:
        """``spreadsheets.create``."""
        return self._ask("post", SPREADSHEETS_API_V4_BASE_URL, {"fields": fields}, body)

    def get(self, spreadsheet: str, *, fields: str, ranges: Sequence[str] = ()) -> Body:
        """``spreadsheets.get``."""
        asked: dict[str, Any] = {"fields": fields}
        if ranges:
            asked["ranges"] = list(ranges)
        return self._ask("get", SPREADSHEET_URL % checked_id(spreadsheet), asked)

    def find(self, spreadsheet: str, filters: Sequence[Mapping[str, Any]], *, fields: str) -> Body:
        """``spreadsheets.getByDataFilter``; cells come only as far as ``fields`` names them."""
        body = {"dataFilters": list(filters)}
        return self._ask("post", FIND_URL % checked_id(spreadsheet), {"fields": fields}, body)

    def change(self, spreadsheet: str, body: Body, *, fields: str = "replies") -> Body:
        """``spreadsheets.batchUpdate``."""
        return self._ask("post", SPREADSHEET_BATCH_UPDATE_URL % checked_id(spreadsheet), {"fields": fields}, body)

    def write_values(self, spreadsheet: str, data: Sequence[Mapping[str, Any]]) -> Body:
        """``spreadsheets.values.batchUpdate`` with RAW."""
        body = {"valueInputOption": "RAW", "data": list(data)}
        return self._ask("post", SPREADSHEET_VALUES_BATCH_UPDATE_URL % checked_id(spreadsheet), {}, body)

    def close(self) -> None:
        """Close idle connections."""
        self._http.session.close()

    def _ask(self, method: str, url: str, asked: dict[str, Any], body: Body | None = None) -> Body:
        return cast("Body", self._http.request(method, url, params=asked, json=body).json())


def checked_id(spreadsheet: str) -> str:
    """Return the id of a spreadsheet, safe in an address. Raises UserError."""
    if _ID.fullmatch(spreadsheet) is None:
        raise UserError(
            f"{quote(spreadsheet)} is no id of a spreadsheet.",
            place="spreadsheet",
            remedy="Copy the whole address of the spreadsheet from the browser.",
        )
    return spreadsheet


def spreadsheet_id(text: str) -> str:
    """Return the id that a person means by an address from the browser or by the id itself. Raises UserError."""
    found = _ADDRESS.search(text.strip())
    return found[1] if found else checked_id(text.strip())
