"""A report on its way to a spreadsheet, over as many attempts as it takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from connector.deliver.sheets.drift import Drift
from connector.deliver.sheets.layout import Layout
from connector.deliver.sheets.outcome import Counted
from connector.deliver.sheets.plan import Memory, Plan, Written
from connector.deliver.sheets.reading import Outline
from connector.deliver.sheets.spots import Spot
from connector.deliver.sheets.staging import Stages


@dataclass(slots=True)
class Errand:
    """One report and one spreadsheet. ``now`` is aware."""

    api: Counted
    spreadsheet: str
    layout: Layout
    now: datetime
    run_id: str
    restore: bool = False
    known: Outline | None = None
    """A spreadsheet that nothing of ours stands in yet, so that nothing has to be read."""
    is_first: bool = False
    """Whether the report may not be there yet."""
    stages: Stages = field(default_factory=dict)
    strays: list[Written] = field(default_factory=list)
    memory: Memory | None = None
    unsure: Plan | None = None
    """What was sent and never answered."""
    findings: dict[Drift, None] = field(default_factory=dict)
    changed: bool = False
    cells: int = 0
    spot: Spot | None = None
    """Where on a person's own sheet the layout is put."""
    deletes: tuple[int, ...] = ()
    """Sheets that go once the report is there: the empty one that Google puts into a new spreadsheet."""
