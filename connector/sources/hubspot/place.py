"""Where the reading of one kind of record stands: the state that a page carries, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.sources.stream import State


@dataclass(frozen=True, slots=True)
class Place:
    """``since``: every change before it has been read. ``buried_since``: every archiving before it has.

    ``phase`` is ``list`` or ``changes`` while such a pass is under way that ``began`` at a moment, and ``rest`` from
    there to the end of the run. ``after`` is the cursor of the list, ``above`` the highest id that the search has
    given, ``window`` the moment it searches from where that is not ``since``. ``uncounted`` is there from the start of
    a list until what it gave was compared with the number that HubSpot counts: the end of the run that listed, anything
    while it has not ended.
    """

    since: datetime | None = None
    buried_since: datetime | None = None
    phase: str = ""
    began: datetime | None = None
    after: str = ""
    above: int = 0
    window: datetime | None = None
    uncounted: datetime | None = None

    def state(self) -> State:
        """Return the place as JSON data."""
        state: dict[str, str | int] = {
            name: moment.isoformat()
            for name in ("since", "buried_since", "began", "window", "uncounted")
            if (moment := getattr(self, name)) is not None
        }
        if self.phase:
            state["phase"] = self.phase
        if self.after:
            state["after"] = self.after
        if self.above:
            state["above"] = self.above
        return state


def read_place(state: State) -> Place:
    """Return the place that a state describes; ``{}`` is the place before everything."""

    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(state[name]) if state.get(name) else None

    return Place(
        since=moment("since"),
        buried_since=moment("buried_since"),
        phase=str(state.get("phase", "")),
        began=moment("began"),
        after=str(state.get("after", "")),
        above=int(state.get("above", 0)),
        window=moment("window"),
        uncounted=moment("uncounted"),
    )
