"""Speaks to the sandbox's Sheets without a network: one call, one answer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from connector.sandbox.google.book import Books
from connector.sandbox.google.sheets import GoogleSheets
from connector.sandbox.http.message import Answer, Request

ROOT = "/v4/spreadsheets"


@dataclass
class Desk:
    """A Sheets service with one spreadsheet, whose first sheet is ``Data`` (100 x 10)."""

    sheets: GoogleSheets = field(default_factory=lambda: GoogleSheets(Books(7)))
    id: str = ""

    def __post_init__(self) -> None:
        grid = {"rowCount": 100, "columnCount": 10}
        made = self.ask("POST", ROOT, {"sheets": [{"properties": {"title": "Data", "gridProperties": grid}}]})
        self.id = made["spreadsheetId"]

    def send(self, method: str, target: str, body: Any = None) -> Answer:
        """Send one request; a target that is not a whole one goes to the spreadsheet."""
        target = target if target.startswith("/v4") else f"{ROOT}/{self.id}{target}"
        raw = b"" if body is None else json.dumps(body).encode()
        return self.sheets.answer(Request(method, target, {}, raw), "ana@agency.example")

    def ask(self, method: str, target: str, body: Any = None) -> Any:
        """Return the body of an answer that has to be good."""
        answer = self.send(method, target, body)
        assert answer.status == 200, answer.content
        return answer.content

    def refused(self, method: str, target: str, body: Any = None) -> str:
        """Return Google's words for a request that has to be refused as senseless."""
        answer = self.send(method, target, body)
        assert answer.status == 400, answer.content
        return str(answer.content["error"]["message"])

    def put(self, name: str, values: list[list[Any]], option: str = "RAW") -> Any:
        """``values.update``."""
        return self.ask("PUT", f"/values/{quote(name)}?valueInputOption={option}", {"values": values})

    def values(self, name: str = "Data", query: str = "") -> Any:
        """``values.get``; empty where there are no values."""
        return self.ask("GET", f"/values/{quote(name)}?{query}").get("values", [])

    def change(self, *requests: dict[str, Any]) -> list[dict[str, Any]]:
        """``batchUpdate``; returns the replies."""
        replies: list[dict[str, Any]] = self.ask("POST", ":batchUpdate", {"requests": list(requests)})["replies"]
        return replies

    def not_changed(self, *requests: dict[str, Any]) -> str:
        """``batchUpdate`` that has to be refused; returns Google's words."""
        return self.refused("POST", ":batchUpdate", {"requests": list(requests)})

    def sheet(self, fields: str = "", number: int = 0) -> Any:
        """Return a sheet, as much of it as ``fields`` (of Sheet) names."""
        return self.ask("GET", f"?fields=sheets({fields})" if fields else "?includeGridData=true")["sheets"][number]
