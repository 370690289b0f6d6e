"""The CRM itself: every way in which its records come, change and go. Safe for several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import RLock

from connector.sandbox.crm.fields import Field, FieldList
from connector.sandbox.crm.links import Links
from connector.sandbox.crm.people import AccountFacts, Person, Pipeline, Team
from connector.sandbox.crm.record import Kind, Record, Version, to_ms
from connector.sandbox.crm.shelf import Shelf

Clock = Callable[[], datetime]


class Crm:
    """Records of several kinds under one clock. ``skew`` is how far the server's clock is wrong."""

    def __init__(self, clock: Clock, kinds: Iterable[Kind]) -> None:
        self.lock = RLock()
        self.skew = timedelta(0)
        self.links = Links()
        self.account = AccountFacts()
        self.people: dict[str, Person] = {}
        self.teams: dict[str, Team] = {}
        self.pipelines: dict[str, dict[str, Pipeline]] = {}
        self.fields: dict[str, FieldList] = {}
        self.shelves = {kind.name: Shelf(kind) for kind in kinds}
        self._clock = clock
        self._late: list[tuple[int, Callable[[], object]]] = []

    def now_ms(self) -> int:
        """What the server's clock shows, milliseconds since 1970."""
        return to_ms(self._clock() + self.skew)

    @contextmanager
    def at(self, moment: datetime) -> Iterator[Crm]:
        """Let what is done inside have happened at another moment (aware)."""
        with self.lock:
            clock, self._clock = self._clock, lambda: moment
            try:
                yield self
            finally:
                self._clock = clock

    # --- reading -----------------------------------------------------------------------------------

    def shelf(self, kind: str) -> Shelf:
        """Return the records of a kind, late commits that are due included."""
        self.settle()
        return self.shelves[kind]

    def find(self, kind: str, record_id: str) -> Record | None:
        """Return a record, archived ones too; None when it never was, was merged away or is gone for good."""
        return self.shelf(kind).held.get(record_id)

    def settle(self) -> None:
        """Make the late commits visible whose time has come."""
        if not self._late:
            return
        with self.lock:
            now = self.now_ms()
            due = [commit for visible, commit in self._late if visible <= now]
            self._late = [(visible, commit) for visible, commit in self._late if visible > now]
            for commit in due:
                commit()

    # --- coming and changing -----------------------------------------------------------------------

    def create(
        self, kind: str, values: Mapping[str, str], *, at: datetime | None = None, record_id: str = ""
    ) -> Record:
        """Make a record with the values; empty ones are left out. ``at`` stamps it with another time than now."""
        with self.lock:
            shelf, stamp = self.shelves[kind], self.now_ms() if at is None else to_ms(at)
            written = stamp if at is not None and stamp <= self.now_ms() else self.now_ms()
            record_id = record_id or shelf.next_id()
            held = {name: value for name, value in values.items() if value != ""}
            record = Record(kind, record_id, held, stamp, stamp, written)
            if shelf.kind.identity:
                held[shelf.kind.identity] = record_id
            if shelf.kind.created:
                held[shelf.kind.created] = shelf.kind.stamp(stamp)
            if shelf.kind.modified:
                held[shelf.kind.modified] = shelf.kind.stamp(stamp)
            shelf.held[record_id] = record
            shelf.revision += 1
            return record

    def edit(self, kind: str, record_id: str, changes: Mapping[str, str], *, at: datetime | None = None) -> None:
        """Change properties of one record; ``at`` stamps the change with another time than now."""
        self.edit_many(kind, {record_id: changes}, at=at)

    def edit_many(self, kind: str, changes: Mapping[str, Mapping[str, str]], *, at: datetime | None = None) -> None:
        """Change properties of many records in one go: all get the same timestamp."""
        with self.lock:
            now = self.now_ms()
            stamp = now if at is None else to_ms(at)
            for record_id, values in changes.items():
                self._write(self.shelves[kind], self.shelves[kind].held[record_id], values, (stamp, now))
            self.shelves[kind].revision += 1

    def edit_late(self, kind: str, record_id: str, changes: Mapping[str, str], delay_seconds: float) -> None:
        """Change a record with the timestamp of now, which nobody can see before the delay is over."""
        stamp = self._clock() + self.skew
        self._later(delay_seconds, lambda: self.edit(kind, record_id, changes, at=stamp))

    def create_late(self, kind: str, values: Mapping[str, str], delay_seconds: float) -> None:
        """Make a record with the timestamp of now, which nobody can see before the delay is over."""
        stamp = self._clock() + self.skew

        def commit() -> None:
            self.create(kind, values, at=stamp).written_ms = self.now_ms()

        self._later(delay_seconds, commit)

    def _later(self, delay_seconds: float, commit: Callable[[], object]) -> None:
        with self.lock:
            self._late.append((self.now_ms() + round(delay_seconds * 1000), commit))

    def _write(self, shelf: Shelf, record: Record, values: Mapping[str, str], when: tuple[int, int]) -> None:
        """Set values with (timestamp, time of storing); a late commit never turns the record's clock back."""
        stamp, written = when
        for name, value in values.items():
            if record.values.get(name) != value:
                record.put(name, Version(value, stamp, written))
        record.updated_ms = max(record.updated_ms, stamp)
        if shelf.kind.modified:
            modified = shelf.kind.stamp(record.updated_ms)
            record.put(shelf.kind.modified, Version(modified, record.updated_ms, written))

    # --- going -------------------------------------------------------------------------------------

    def archive(self, kind: str, record_id: str) -> None:
        """Put a record into the bin. Its time of change stays what it was."""
        with self.lock:
            self.shelves[kind].held[record_id].archived_ms = self.now_ms()
            self.shelves[kind].revision += 1

    def restore(self, kind: str, record_id: str, *, touch: bool = False) -> None:
        """Take a record out of the bin, under its own id; ``touch`` moves its time of change."""
        with self.lock:
            self.shelves[kind].held[record_id].archived_ms = None
            self.shelves[kind].revision += 1
            if touch:
                self.edit(kind, record_id, {})

    def delete(self, kind: str, record_id: str) -> None:
        """Remove a record for good, without a trace."""
        with self.lock:
            del self.shelves[kind].held[record_id]
            self.links.drop(kind, record_id)
            self.shelves[kind].revision += 1

    def merge(self, kind: str, winner: str, loser: str, *, new_id: bool = False) -> str:
        """Merge two records and return the id of what remains: the winner's, or a new one that replaces both."""
        with self.lock:
            shelf = self.shelves[kind]
            kept = shelf.held[winner]
            survivor = self.create(kind, kept.values).id if new_id else winner
            for gone in (winner, loser) if new_id else (loser,):
                self._absorb(shelf, survivor, gone)
            remaining = shelf.held[survivor]
            changes = {shelf.kind.merged: ";".join(remaining.merged_ids)} if shelf.kind.merged else {}
            self.edit(kind, survivor, changes)
            return survivor

    def _absorb(self, shelf: Shelf, survivor: str, gone: str) -> None:
        record, kept = shelf.held.pop(gone), shelf.held[survivor]
        now = self.now_ms()
        missing = {name: value for name, value in record.values.items() if not kept.values.get(name)}
        self._write(shelf, kept, missing, (now, now))
        kept.merged_ids = tuple(dict.fromkeys((*kept.merged_ids, *record.merged_ids, gone)))
        shelf.survivors[gone] = survivor
        self.links.move(shelf.kind.name, gone, survivor)
        shelf.revision += 1

    # --- fields ------------------------------------------------------------------------------------

    def add_field(self, kind: str, field: Field) -> None:
        """Add a field; records have no value in it yet."""
        with self.lock:
            self.fields[kind].add(field)
            self.shelves[kind].revision += 1

    def rename_field(self, kind: str, name: str, new_name: str) -> None:
        """Replace a field by one of another name and move the values: one bulk edit of all records that have one."""
        with self.lock:
            old = self.fields[kind].get(name)
            if old is None:
                raise KeyError(name)
            self.fields[kind].add(Field(new_name, old.label, old.type, old.custom, old.options))
            held = self.shelves[kind].held
            moved = {key: {new_name: record.values[name]} for key, record in held.items() if name in record.values}
            self.edit_many(kind, moved)
            self.remove_field(kind, name)

    def remove_field(self, kind: str, name: str) -> None:
        """Remove a field with all its values. No record's time of change moves."""
        with self.lock:
            self.fields[kind].remove(name)
            for record in self.shelves[kind].held.values():
                record.values.pop(name, None)
                record.histories.pop(name, None)
            self.shelves[kind].revision += 1
