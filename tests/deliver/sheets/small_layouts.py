"""A small report that grows and shrinks, and a spreadsheet with it that a person can work in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import gspread

from connector.deliver.sheets.creation import create
from connector.deliver.sheets.google_api import GoogleSheets
from connector.deliver.sheets.layout import Chart, Column, ColumnRange, Layout, Region, Row, Rule, Scalar, Tab
from connector.deliver.sheets.metadata import GUARD, by_key
from connector.deliver.sheets.outcome import Outcome
from connector.deliver.sheets.refresh import refresh
from connector.sandbox.google.start import RunningGoogle
from connector.sandbox.http.message import Request

SPREADSHEETS = "https://sheets.googleapis.com/v4/spreadsheets"
NOW = datetime(2026, 5, 18, 7, 0, tzinfo=UTC)
NUMBER = {"numberFormat": {"type": "NUMBER", "pattern": "#,##0.00"}}
ROWS: tuple[Row, ...] = (("Ana", 10.5, 3), ("Boris", 20, 4), ("Chen", 30.25, 5), ("Dora", 7, 1))
COLUMNS = (("owner", "Owner"), ("amount", "Amount"), ("deals", "Deals"))


def deals(rows: Sequence[Row] = ROWS, columns: Sequence[tuple[str, str]] = COLUMNS, id_: str = "deals") -> Region:
    """A table with a title, headings and a total in its head."""
    made = tuple(Column(name, title, "number" if place else "text", NUMBER if place else {})
                 for place, (name, title) in enumerate(columns))  # fmt: skip
    sums = [sum(row[place] for row in rows) for place in range(1, len(columns))]  # type: ignore[misc]
    head: tuple[Row, ...] = (("Deals by owner",), tuple(title for _, title in columns), ("Total", *sums))
    return Region(id_, made, head, tuple(rows), heading=1)


def notes(*lines: str) -> Region:
    return Region("notes", (Column("note"),), (), tuple((line,) for line in lines))


def strip(said: str, width: int = 3) -> Region:
    columns = tuple(Column(f"s{slot}") for slot in range(width))
    return Region("strip", columns, (("Sales",), (said,), (None,)), is_strip=True)


def report(
    rows: Sequence[Row] = ROWS, *, columns: Sequence[tuple[str, str]] = COLUMNS, said: str = "Monday", version: int = 1
) -> Layout:
    """Two tabs: a strip, a table and notes, with a chart and a rule; and a second table."""
    chart = Chart("chart", "deals", _spec("sales", "deals"), slot=2)
    condition = {"type": "CUSTOM_FORMULA", "values": [{"userEnteredValue": "={column}{row}>9"}]}
    rule = {"booleanRule": {"condition": condition, "format": {"textFormat": {"bold": True}}}}
    first = Tab("sales", "Sales", (strip(said), deals(rows, columns), notes("Closed deals only.")), (chart,),
                (Rule(rule, (ColumnRange("sales", "deals", "amount"),)),), (180, 90, 90), 1)  # fmt: skip
    second = Tab("more", "More", (strip(said), deals(rows[:2], columns)))
    return Layout(
        "Sales", "en_US", "Europe/Berlin", (first, second), "Roboto", template="sales_report", template_version=version
    )


def _spec(tab: str, region: str) -> dict[str, Any]:
    def source(column: str) -> dict[str, Any]:
        return {"sourceRange": {"sources": [ColumnRange(tab, region, column, with_heading=True)]}}

    basic = {"chartType": "COLUMN", "headerCount": 1, "domains": [{"domain": source("owner")}],
             "series": [{"series": source("amount"), "targetAxis": "LEFT_AXIS"}]}  # fmt: skip
    return {"title": "Amounts", "basicChart": basic}


def with_tab(layout: Layout, tab: str, *regions: Region) -> Layout:
    """The layout with other regions on one tab."""
    return replace(
        layout, tabs=tuple(replace(each, regions=regions) if each.id == tab else each for each in layout.tabs)
    )


@dataclass
class Desk:
    """A spreadsheet with our report, the person who works in it, and the runs that refresh it."""

    google: RunningGoogle
    api: GoogleSheets
    person: gspread.Client
    layout: Layout = field(default_factory=report)
    runs: int = 1
    spreadsheet: str = ""

    def make(self) -> Desk:
        self.spreadsheet = create(self.api, self.layout, NOW, "run-1").spreadsheet
        self.book = self.person.open_by_key(self.spreadsheet)
        return self

    def refresh(self, layout: Layout | None = None, *, restore: bool = False) -> Outcome:
        """Refresh; the traffic begins anew, so that it is what the refresh asked."""
        self.layout = layout or self.layout
        self.runs += 1
        self.google.traffic.clear()
        now = NOW + timedelta(hours=self.runs)
        return refresh(self.api, self.spreadsheet, self.layout, now, f"run-{self.runs}", restore)

    def before_write(self, edit: Callable[[], object], nth: int = 1) -> None:
        """Let somebody be quicker, once, than the nth batch of ours from now on."""
        seen: list[Request] = []

        def quicker(request: Request) -> None:
            if request.path.endswith(":batchUpdate") and b"includeSpreadsheetInResponse" in request.body:
                seen.append(request)
                if len(seen) == nth:
                    self.google.before_each = None
                    edit()

        self.google.before_each = quicker

    def drop_guards(self) -> None:
        """Make the spreadsheet one that an older version has written: without guards."""
        self.ask({"deleteDeveloperMetadata": {"dataFilter": by_key(GUARD)}})

    def guards(self, tab: str = "Sales") -> dict[str, list[int]]:
        """Return the guarded rows and columns of a tab, counted from 0, as Google tells them."""
        url = f"{SPREADSHEETS}/{self.book.id}/developerMetadata:search"
        answer = self.book.client.request("post", url, json={"dataFilters": [by_key(GUARD)]}).json()
        found: dict[str, list[int]] = {"ROWS": [], "COLUMNS": []}
        for match in answer.get("matchedDeveloperMetadata", ()):
            place = match["developerMetadata"]["location"]["dimensionRange"]
            if place["sheetId"] == self.id_of(tab):
                found[place["dimension"]].append(place.get("startIndex", 0))
        return {dimension: sorted(places) for dimension, places in found.items()}

    def calls(self) -> list[str]:
        return [call.path.rpartition("/")[2].partition(":")[2] or call.method for call in self.google.traffic]

    def values(self, tab: str = "Sales") -> list[list[Scalar]]:
        sheet = self.book.worksheet(tab)
        return sheet.get_all_values(value_render_option="UNFORMATTED_VALUE")  # type: ignore[return-value]

    def table(self, tab: str = "Sales", *, width: int = 3) -> list[list[Scalar]]:
        """The lines from the heading to the last row of the table, as they stand."""
        lines = [line[:width] for line in self.values(tab)]
        start = next(number for number, line in enumerate(lines) if line[0] in ("Owner", "Inhaber"))
        end = next((n for n in range(start, len(lines)) if not any(cell != "" for cell in lines[n])), len(lines))
        return lines[start:end]

    def ask(self, *requests: dict[str, Any]) -> dict[str, Any]:
        """What a person does by hand, as requests."""
        return self.book.batch_update({"requests": list(requests)})

    def id_of(self, tab: str = "Sales") -> int:
        return self.book.worksheet(tab).id

    def lines(self, dimension: str, start: int, end: int, tab: str = "Sales") -> dict[str, Any]:
        return {"sheetId": self.id_of(tab), "dimension": dimension, "startIndex": start, "endIndex": end}


def shown(rows: Sequence[Row] = ROWS, titles: Sequence[str] = ("Owner", "Amount", "Deals")) -> list[list[Scalar]]:
    """The lines that a table of these rows has."""
    sums = [sum(row[place] for row in rows) for place in range(1, len(titles))]  # type: ignore[misc]
    return [list(titles), ["Total", *sums], *(list(row) for row in rows)]
