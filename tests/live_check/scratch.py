"""A scratch spreadsheet: raw requests to it, which are all recorded."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from connector.actions.google_access import Google
from connector.deliver.sheets.transport import SHEETS, compact
from connector.errors import PuenteError

Body = dict[str, Any]


@dataclass
class Scratch:
    """One spreadsheet of ours. ``taken`` are the exchanges so far, as pairs of request and answer."""

    google: Google
    spreadsheet: str
    taken: list[Body] = field(default_factory=list)
    sheets: int = 0

    def ask(self, method: str, path: str, body: Any = None, *, packed: bool = False, **query: str) -> Any:
        """Return the JSON of an answer; a refusal is raised, and recorded as well."""
        url = f"{SHEETS}/v4/spreadsheets/{self.spreadsheet}{path}" + (f"?{urlencode(query)}" if query else "")
        sent = None if body is None else compact(body)
        headers = {"content-type": "application/json"} if sent else {}
        if packed and sent is not None:
            sent, headers["content-encoding"] = gzip.compress(sent), "gzip"
        exchange: Body = {"request": {"method": method, "uri": url, "body": body}}
        self.taken.append(exchange)
        try:
            answer = self.google.route.send(method, url, headers, sent)
        except PuenteError as error:
            exchange["response"] = {"refused": str(error)}
            raise
        exchange["response"] = {"status": answer.status, "body": answer.value}
        return answer.value

    def change(self, *requests: Body, **query: str) -> Any:
        """Send one batch."""
        return self.ask("POST", ":batchUpdate", {"requests": list(requests)}, **query)

    def values(self, place: str, **query: str) -> list[list[Any]]:
        """Return the values of a place."""
        found: list[list[Any]] = self.ask("GET", f"/values/{quote(place, safe='')}", **query).get("values", [])
        return found

    def put(self, *ranges: tuple[str, list[list[Any]]], packed: bool = False) -> Any:
        """Write values to places, RAW, in one request."""
        data = [{"range": place, "values": values} for place, values in ranges]
        return self.ask("POST", "/values:batchUpdate", {"valueInputOption": "RAW", "data": data}, packed=packed)

    def tab(self, rows: int, columns: int) -> tuple[int, str]:
        """Make a tab; return its sheetId and its title."""
        self.sheets += 1
        number, title = 7_000_000 + self.sheets, f"check {self.sheets}"
        grid = {"rowCount": rows, "columnCount": columns}
        properties = {"sheetId": number, "title": title, "gridProperties": grid}
        self.change({"addSheet": {"properties": properties}})
        return number, title

    def drop(self, *sheets: int) -> None:
        """Delete tabs."""
        self.change(*({"deleteSheet": {"sheetId": sheet}} for sheet in sheets))

    def record(self, path: Path) -> None:
        """Keep what was asked and answered, without any token: bodies longer than a page are left out."""
        shown = [
            exchange
            if len(json.dumps(exchange)) < 20_000
            else {"request": {"uri": exchange["request"]["uri"]}, "long": True}
            for exchange in self.taken
        ]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"interactions": shown}, ensure_ascii=False, indent=1), encoding="utf-8")


def seconds_of(work: Callable[[], Any]) -> float:
    """Return how long something takes."""
    begun = time.monotonic()
    work()
    return time.monotonic() - begun


def refused(work: Callable[[], Any]) -> str:
    """Return what a request is refused with; empty when it is not."""
    try:
        work()
    except PuenteError as error:
        return str(error)
    return ""
