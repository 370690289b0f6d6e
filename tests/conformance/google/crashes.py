"""A refresh that dies: before a request, after one whose reply was lost, with somebody editing at the same moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.deliver.sheets.api import Body, SheetsApi
from connector.deliver.sheets.layout import Layout
from connector.errors import VendorUnavailable
from tests.deliver.sheets.sized_layouts import rows_of, tab_of

PADDING = " and sons" * 1_700
"""Makes a text of 15,000 letters, so that few rows weigh as much as a large table."""


class Killed(BaseException):
    """The process is dead: nothing of it goes on."""


@dataclass(frozen=True)
class Size:
    """A report of so many tabs, each with a table; ``rows`` before and after; ``large`` goes through staging."""

    name: str
    tabs: int
    rows: tuple[int, int]
    large: bool = False

    def layout(self, is_new: bool) -> Layout:
        """Return the old report, or the new one."""
        count, said = self.rows[is_new], ("Data through Monday", "Data through Tuesday")[is_new]
        padding = PADDING if self.large else ""
        made = tuple(
            tab_of(f"tab{n}", f"Tab {n}", rows_of(count, 6, 1000 * is_new + n, padding), said) for n in range(self.tabs)
        )
        return Layout("Report", "en_US", "Europe/Berlin", made, template="crash", template_version=1)


@dataclass
class Mortal:
    """A :class:`SheetsApi` on which something happens at the call number ``at``, counted from 1."""

    api: SheetsApi
    at: int = 0
    fate: str = ""
    edit: Callable[[], object] | None = None
    calls: int = 0

    def _call(self, made: Callable[[], Body]) -> Body:
        self.calls += 1
        if self.calls != self.at:
            return made()
        if self.edit is not None:
            self.edit()
        if self.fate == "killed before":
            raise Killed
        if self.fate == "not sent":
            raise VendorUnavailable("No answer.")
        try:
            return made()
        finally:  # whatever the answer was, a refusal as well
            if self.fate == "killed after":
                raise Killed
            if self.fate == "reply lost":
                raise VendorUnavailable("No answer.")

    def create(self, body: Body, *, fields: str) -> Body:
        return self._call(lambda: self.api.create(body, fields=fields))

    def get(self, spreadsheet: str, *, fields: str, ranges: Sequence[str] = ()) -> Body:
        return self._call(lambda: self.api.get(spreadsheet, fields=fields, ranges=ranges))

    def find(self, spreadsheet: str, filters: Sequence[Mapping[str, Any]], *, fields: str) -> Body:
        return self._call(lambda: self.api.find(spreadsheet, filters, fields=fields))

    def change(self, spreadsheet: str, body: Body, *, fields: str = "replies") -> Body:
        return self._call(lambda: self.api.change(spreadsheet, body, fields=fields))

    def write_values(self, spreadsheet: str, data: Sequence[Mapping[str, Any]]) -> Body:
        return self._call(lambda: self.api.write_values(spreadsheet, data))


def expected(layout: Layout) -> dict[str, Counter[Any]]:
    """Return the values of each tab of a report, wherever on it they stand."""
    return {
        tab.id: Counter(
            value
            for region in tab.regions
            for row in (*region.head, *region.body)
            for value in row
            if value not in (None, "")
        )
        for tab in layout.tabs
    }


def version_of(tabs: Mapping[str, Counter[Any]], old: Layout, new: Layout, lost: Counter[Any]) -> str:
    """Say which report a reader sees: ``old``, ``new``, or what is wrong with it. ``lost`` are figures of the old one
    that the person has deleted from its first tab."""
    before, after = expected(old), expected(new)
    before[next(iter(before))] -= lost
    if tabs == before:
        return "old"
    if tabs == after:
        return "new"
    parts = []
    for tab, found in tabs.items():
        kinds = [name for name, each in (("old", before), ("new", after)) if found == each[tab]]
        parts.append(kinds[0] if kinds else "mixed")
    return "bad: " + ", ".join(parts)
