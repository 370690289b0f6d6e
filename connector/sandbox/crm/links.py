"""Links between records, in both directions and with labels. They change without touching the records."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class LinkType(NamedTuple):
    """What a link means: ``inverse`` is the type number seen from the other end."""

    number: int
    inverse: int
    label: str | None = None
    inverse_label: str | None = None
    custom: bool = False

    def turned(self) -> LinkType:
        return LinkType(self.inverse, self.number, self.inverse_label, self.label, self.custom)


class Links:
    """Every link of the CRM, kept at both ends."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], dict[str, dict[str, tuple[LinkType, ...]]]] = {}

    def add(self, kind: str, record_id: str, to_kind: str, to_id: str, *types: LinkType) -> None:
        """Link two records; types that the link has already are kept."""
        self._join(kind, record_id, to_kind, to_id, types)
        self._join(to_kind, to_id, kind, record_id, tuple(held.turned() for held in types))

    def _join(self, kind: str, record_id: str, to_kind: str, to_id: str, types: tuple[LinkType, ...]) -> None:
        links = self._held.setdefault((kind, to_kind), {}).setdefault(record_id, {})
        links[to_id] = tuple(dict.fromkeys((*links.get(to_id, ()), *types)))

    def remove(self, kind: str, record_id: str, to_kind: str, to_id: str) -> None:
        """Take a link away at both ends; nothing happens where there is none."""
        self._held.get((kind, to_kind), {}).get(record_id, {}).pop(to_id, None)
        self._held.get((to_kind, kind), {}).get(to_id, {}).pop(record_id, None)

    def of(self, kind: str, record_id: str, to_kind: str) -> dict[str, tuple[LinkType, ...]]:
        """Return the records of a kind that a record is linked to, in order of linking."""
        return self._held.get((kind, to_kind), {}).get(record_id, {})

    def pairs(self, kind: str, to_kind: str) -> Iterator[tuple[str, str, tuple[LinkType, ...]]]:
        """Yield every link between two kinds: id, id at the other end, types."""
        for record_id, links in self._held.get((kind, to_kind), {}).items():
            for to_id, types in links.items():
                yield record_id, to_id, types

    def drop(self, kind: str, record_id: str) -> None:
        """Take away every link of a record."""
        for to_kind, to_id, _ in self._everything(kind, record_id):
            self.remove(kind, record_id, to_kind, to_id)

    def move(self, kind: str, loser: str, winner: str) -> None:
        """Give every link of a record to another of its kind."""
        for to_kind, to_id, types in self._everything(kind, loser):
            self.remove(kind, loser, to_kind, to_id)
            if (to_kind, to_id) != (kind, winner):
                self.add(kind, winner, to_kind, to_id, *types)

    def _everything(self, kind: str, record_id: str) -> list[tuple[str, str, tuple[LinkType, ...]]]:
        return [
            (to_kind, to_id, types)
            for (from_kind, to_kind), held in self._held.items()
            if from_kind == kind
            for to_id, types in held.get(record_id, {}).items()
        ]
