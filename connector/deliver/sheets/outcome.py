"""What a refresh has done, in numbers and findings; and the counting of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.deliver.sheets.api import SheetsApi
from connector.deliver.sheets.drift import Drift

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A refresh that is done. ``changed`` tells whether a figure was written, ``cells`` how many cells were;
    ``findings`` what a person had done to parts that are ours. ``run`` is the run that the spreadsheet shows now."""

    changed: bool
    run: str
    findings: tuple[Drift, ...] = ()
    cells: int = 0
    reads: int = 0
    writes: int = 0


@dataclass(frozen=True, slots=True)
class Made:
    """A report that was put onto a spreadsheet. ``sheets`` are the sheetIds by tab."""

    spreadsheet: str
    sheets: Mapping[str, int] = field(default_factory=dict)
    findings: tuple[Drift, ...] = ()
    cells: int = 0
    reads: int = 0
    writes: int = 0


@dataclass(slots=True)
class Counted:
    """A :class:`SheetsApi` that counts its calls as Google's quotas do: reads and writes."""

    api: SheetsApi
    reads: int = 0
    writes: int = 0

    def create(self, body: Body, *, fields: str) -> Body:
        """Count and pass on."""
        self.writes += 1
        return self.api.create(body, fields=fields)

    def get(self, spreadsheet: str, *, fields: str, ranges: Sequence[str] = ()) -> Body:
        """Count and pass on."""
        self.reads += 1
        return self.api.get(spreadsheet, fields=fields, ranges=ranges)

    def find(self, spreadsheet: str, filters: Sequence[Mapping[str, Any]], *, fields: str) -> Body:
        """Count and pass on."""
        self.reads += 1
        return self.api.find(spreadsheet, filters, fields=fields)

    def change(self, spreadsheet: str, body: Body, *, fields: str = "replies") -> Body:
        """Count and pass on."""
        self.writes += 1
        return self.api.change(spreadsheet, body, fields=fields)

    def write_values(self, spreadsheet: str, data: Sequence[Mapping[str, Any]]) -> Body:
        """Count and pass on."""
        self.writes += 1
        return self.api.write_values(spreadsheet, data)
