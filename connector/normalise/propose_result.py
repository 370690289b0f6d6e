"""What is proposed: a mapping, and for every column of the files what it is taken for and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connector.normalise.propose_text import mapping_text


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """What a column of a file is proposed to be.

    ``target`` is a column of ``entity`` (``amount``, ``custom.region``), or ``where`` for one that only selects
    rows; both are empty for a column that is left out. ``confidence`` runs from 0 to 1; one column may have
    several choices.
    """

    dataset: str
    column: str
    entity: str
    target: str
    confidence: float
    reason: str


@dataclass(frozen=True)
class Proposal:
    """A mapping as plain data (the format of the mapping file), with the reason of every choice."""

    mapping: dict[str, Any]
    columns: tuple[ColumnChoice, ...]
    skipped: tuple[str, ...] = ()
    """Datasets that no entity of the schema fits."""
    notes: dict[tuple[str, int, str], str] = field(default_factory=dict)
    """(dataset, number of the record, target) to the remark that the text carries beside an unsure choice."""

    @property
    def text(self) -> str:
        """The mapping as YAML, with remarks on what is unsure and what is left out."""
        unused: dict[str, list[tuple[str, str]]] = {name: [] for name in self.skipped}
        for choice in self.unused:
            unused.setdefault(choice.dataset, []).append((choice.column, choice.reason))
        return mapping_text(self.mapping, self.notes, unused)

    @property
    def unused(self) -> tuple[ColumnChoice, ...]:
        """Columns that feed nothing."""
        return tuple(choice for choice in self.columns if not choice.entity)

    @property
    def custom(self) -> tuple[ColumnChoice, ...]:
        """Columns that become custom columns."""
        return tuple(choice for choice in self.columns if choice.target.startswith("custom."))
