"""Puts records of the demo organisation into the CRM, in the order in which they came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from connector.sandbox.company.clock import ZONE
from connector.sandbox.company.people import Owner
from connector.sandbox.company.world import World
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.links import LinkType
from connector.sandbox.crm.record import Record, Version, iso, to_ms
from connector.sandbox.hubspot.kinds import PRIMARY, default_link

History = Iterable[tuple[datetime, str, Owner | None]]
"""When a property got which value, and from whom; oldest first."""


@dataclass(slots=True)
class Filling:
    """The CRM that is filled, the organisation it is filled from, and which id each thing of it got."""

    crm: Crm
    world: World
    people: dict[str, str] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    """(kind, id in the organisation) to id in the CRM."""

    def add(
        self,
        kind: str,
        own_id: str,
        values: Mapping[str, str],
        when: tuple[datetime, datetime],
        histories: Mapping[str, History] | None = None,
    ) -> str:
        """Make a record that was created and last changed at two moments, and return its id."""
        created, updated = when
        record = self.crm.create(kind, values, at=created)
        self.ids[kind, own_id] = record.id
        last = max(to_ms(updated), record.created_ms)
        for name, history in (histories or {}).items():
            last = max(last, self._replay(record, name, history))
        self._stamp(record, last)
        return record.id

    def _replay(self, record: Record, name: str, history: History) -> int:
        """Write the versions of a property and return when the last one was set."""
        versions = []
        for at, value, by in history:
            user = self.users.get(by.id) if by is not None else None
            versions.append(Version(value, max(to_ms(at), record.created_ms), to_ms(at), "CRM_UI", user))
        if not versions:
            return 0
        record.histories[name] = versions
        record.values[name] = versions[-1].value
        return versions[-1].at_ms

    def _stamp(self, record: Record, last_ms: int) -> None:
        modified = self.crm.shelves[record.kind].kind.modified
        if last_ms != record.created_ms:
            record.updated_ms = last_ms
            if modified:
                record.put(modified, Version(iso(last_ms), last_ms, last_ms))

    def dollars(self, currency: str) -> float:
        """Return the last rate of a currency in dollars; 1 for the dollar itself."""
        rates = [rate.dollars for rate in self.world.rates if rate.currency == currency]
        return rates[-1] if rates else 1.0

    def owner(self, owner: Owner | None) -> str:
        """Return the id of an owner; empty for nobody."""
        return self.people[owner.id] if owner is not None else ""

    def link(self, kind: str, record_id: str, to_kind: str, to_id: str, *more: LinkType, primary: bool = False) -> None:
        """Link two records the ordinary way; empty ids are not linked."""
        if not record_id or not to_id:
            return
        types = [default_link(kind, to_kind), *more]
        if primary and (kind, to_kind) in PRIMARY:
            types.insert(0, PRIMARY[kind, to_kind])
        self.crm.links.add(kind, record_id, to_kind, to_id, *types)


def money(cents: int | None) -> str:
    """Return cents as HubSpot keeps amounts: no zeros behind the point that say nothing."""
    if cents is None:
        return ""
    return f"{cents / 100:.2f}".rstrip("0").rstrip(".")


def moment(at: datetime | None) -> str:
    """Return a moment as a datetime property holds it."""
    return iso(to_ms(at)) if at is not None else ""


def noon(day: date) -> datetime:
    """Return the middle of a day where the head office is."""
    return datetime.combine(day, time(12), ZONE)


def iso_day(day: date) -> str:
    """Return a day as a date property holds it."""
    return day.isoformat()
