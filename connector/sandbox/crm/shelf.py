"""The records of one kind, with the orders in which vendors list them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from connector.sandbox.crm.record import Kind, Record

Made = TypeVar("Made")


def _by_id(record: Record) -> tuple[int, str]:
    return record.number, record.id


class Shelf:
    """Records of one kind by id. ``revision`` moves with every change, so that orders can be kept until then."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.held: dict[str, Record] = {}
        self.revision = 0
        self.survivors: dict[str, str] = {}
        """Record that went into another one to that other one."""
        self._next = kind.first_id
        self._orders: dict[Hashable, tuple[int, Any]] = {}

    def next_id(self) -> str:
        """Return an id larger than every one before, with gaps as vendors leave them."""
        self._next += 1 + self._next * 7 % 13
        return str(self._next)

    def live(self) -> list[Record]:
        """Records that are not archived, by id as a number. Do not change the list."""
        return self.kept("live", lambda: sorted(self._where(archived=False), key=_by_id))

    def archived(self) -> list[Record]:
        """Archived records by id as a number. Do not change the list."""
        return self.kept("archived", lambda: sorted(self._where(archived=True), key=_by_id))

    def by_update(self) -> list[Record]:
        """Live records by time of the last change, then id. Do not change the list."""
        return self.kept("updated", lambda: sorted(self.live(), key=lambda record: (record.updated_ms, record.number)))

    def numbers(self, *, archived: bool) -> list[int]:
        """Ids of ``live()`` or ``archived()`` as numbers, to find a place in them."""
        records = self.archived if archived else self.live
        return self.kept(("numbers", archived), lambda: [record.number for record in records()])

    def kept(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """Return what ``make`` gives, made anew only after a change; at most some hundred things are kept."""
        entry = self._orders.get(key)
        if entry is None or entry[0] != self.revision:
            if len(self._orders) > 200:
                self._orders.clear()
            entry = self._orders[key] = (self.revision, make())
        made: Made = entry[1]
        return made

    def final(self, record_id: str) -> str:
        """Return the record in which a merged one lives on; the id itself when it was not merged."""
        while record_id in self.survivors:
            record_id = self.survivors[record_id]
        return record_id

    def _where(self, *, archived: bool) -> list[Record]:
        return [record for record in self.held.values() if (record.archived_ms is not None) == archived]
