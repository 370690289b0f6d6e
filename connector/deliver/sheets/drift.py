"""What a person has done to parts that are ours, found by a refresh: as data, and as a sentence made in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from connector.errors import quote

Code = Literal[
    "tab_deleted", "region_deleted", "row_deleted", "column_deleted", "chart_deleted", "chart_redrawn", "column_moved",
    "heading_renamed", "cell_changed", "row_changed", "cells_changed", "cells_emptied", "tab_added", "tab_removed",
    "region_added", "region_removed", "locale_changed", "zone_changed", "edited_meanwhile", "edited_beside",
]  # fmt: skip
LOST: Final = ("tab_deleted", "region_deleted", "row_deleted", "column_deleted", "chart_deleted")
"""What stays away until somebody asks for it with ``restore``."""

ASK: Final = "It comes back when you ask for it: sheet refresh --restore."
SENTENCES: Final[dict[Code, str]] = {
    "tab_deleted": "Somebody deleted the tab {tab}. " + ASK,
    "region_deleted": "Somebody deleted {region} on the tab {tab}. " + ASK,
    "row_deleted": "Somebody deleted a row above the figures of {region} on the tab {tab}. " + ASK,
    "column_deleted": "Somebody deleted the column {column} of {region} on the tab {tab}. " + ASK,
    "chart_deleted": "Somebody deleted a chart on the tab {tab}. " + ASK,
    "chart_redrawn": "The chart {column} on the tab {tab} has a new part; it was drawn anew as the report has it.",
    "column_moved": "Somebody moved the column {column}; it is refreshed where it stands now, at {place}.",
    "heading_renamed": "Somebody renamed the column {column} to {old}, at {place}; the new name stays.",
    "cell_changed": "Somebody had put {old} into {place}; the value of the report is back there.",
    "row_changed": "Somebody had changed the row {old} at {place}; the values of the report are back there.",
    "cells_changed": "Somebody had changed cells of {region} at {place}; the values of the report are back there.",
    "cells_emptied": "Somebody had emptied cells of {region} at {place}; the values of the report are back there.",
    "tab_added": "The report now has a tab {tab}; it was added.",
    "tab_removed": "The report no longer has the tab {tab}; its cells were emptied, and the tab is yours.",
    "region_added": "The report now has {region} on the tab {tab}; it was added.",
    "region_removed": "The report no longer has {region} on the tab {tab}; its cells were emptied.",
    "locale_changed": "The spreadsheet's locale is now {old}, so numbers and dates are shown its way.",
    "zone_changed": "The spreadsheet's time zone is now {old}; the moments of the report stay those of {column}.",
    "edited_beside": "Somebody edited the tab {tab} at the very moment of the refresh; the report was put right.",
    "edited_meanwhile": "Somebody edited the tab {tab} at the very moment of the refresh, and cells near {place} may"
    " have been overwritten; the report is right. File, Version history shows what stood there.",
}
FORESEEN: Final[dict[Code, str]] = {
    "chart_redrawn": "The chart {column} on the tab {tab} has a new part; the next refresh draws it anew.",
    "cell_changed": "Somebody has put {old} into {place}; the next refresh puts the value of the report back.",
    "row_changed": "Somebody has changed the row {old} at {place}; the next refresh puts the values of the report"
    " back.",
    "cells_changed": "Somebody has changed cells of {region} at {place}; the next refresh puts the values of the report"
    " back.",
    "cells_emptied": "Somebody has emptied cells of {region} at {place}; the next refresh puts the values of the report"
    " back.",
    "tab_added": "The report now has a tab {tab}; the next refresh adds it.",
    "tab_removed": "The report no longer has the tab {tab}; the next refresh empties its cells.",
    "region_added": "The report now has {region} on the tab {tab}; the next refresh adds it.",
    "region_removed": "The report no longer has {region} on the tab {tab}; the next refresh empties its cells.",
}
"""What a look at the spreadsheet says, which changes nothing, where a refresh says what it has done."""


@dataclass(frozen=True, slots=True)
class Drift:
    """One finding. ``tab``, ``region`` and ``column`` are titles that people read, ``place`` is A1 text, ``old`` what
    stood there; ids are in ``where`` (tab, region, column)."""

    code: Code
    tab: str = ""
    region: str = ""
    column: str = ""
    place: str = ""
    old: str = ""
    where: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The finding in English; :func:`connector.model.messages.told` says it in the reader's language."""
        return self._said(SENTENCES[self.code])

    @property
    def foreseen(self) -> str:
        """The same before anything is done about it."""
        return self._said(FORESEEN.get(self.code, SENTENCES[self.code]))

    def _said(self, sentence: str) -> str:
        values = {"tab": self.tab, "region": self.region, "column": self.column, "old": self.old}
        shown = {name: quote(value) for name, value in values.items()}
        return sentence.format(place=quote(self.place, 120), **shown)

    @property
    def is_edit(self) -> bool:
        """Whether cells of ours held something else."""
        return self.code in ("cell_changed", "row_changed", "cells_changed", "cells_emptied")

    @property
    def is_loss(self) -> bool:
        """Whether a part of the report is away until somebody asks for it."""
        return self.code in LOST
