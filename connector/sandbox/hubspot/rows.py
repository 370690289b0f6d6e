"""Records as HubSpot shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.record import Record, Version, iso
from connector.sandbox.hubspot.kinds import ALIASES, ObjectType


@dataclass(frozen=True, slots=True)
class Asked:
    """What a caller wants of each record."""

    properties: Sequence[str] = ()
    histories: Sequence[str] = ()
    links: Sequence[str] = field(default=())

    @property
    def longest_page(self) -> int:
        """Rows of a list or batch that HubSpot allows at most."""
        return 50 if self.histories else 100


class Rows:
    """Turns records of one kind into rows."""

    def __init__(self, crm: Crm, kind: ObjectType, asked: Asked) -> None:
        self._crm = crm
        self._kind = kind
        fields = crm.fields[kind.name]
        always = [kind.created, kind.modified, "hs_object_id"]
        wanted = asked.properties or ([kind.title] if kind.title else [])
        self._names = [name for name in dict.fromkeys([*wanted, *always]) if name in fields]
        self._histories = [name for name in asked.histories if name in fields]
        self._asked = asked

    def row(self, record: Record) -> dict[str, Any]:
        """Return one record. Values that are not set are null, properties that do not exist are left out."""
        values = record.values
        row: dict[str, Any] = {
            "id": record.id,
            "properties": {name: values.get(name) for name in self._names},
            "createdAt": iso(record.created_ms),
            "updatedAt": iso(record.updated_ms),
            "archived": record.archived_ms is not None,
            "url": f"https://app.hubspot.com/contacts/{self._crm.account.id}/record/{self._kind.type_id}/{record.id}",
        }
        if record.archived_ms is not None:
            row["archivedAt"] = iso(record.archived_ms)
        if self._asked.histories:
            row["propertiesWithHistory"] = {
                name: [_version(version) for version in record.versions(name)] for name in self._histories
            }
        if self._asked.links:
            row["associations"] = self._links(record)
        return row

    def _links(self, record: Record) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name in self._asked.links:
            other = ALIASES.get(name)
            linked = self._crm.links.of(self._kind.name, record.id, other.name) if other is not None else {}
            if other is None or not linked:
                continue
            kind = f"{self._kind.singular}_to_{other.singular}"
            living = [to_id for to_id in linked if is_live(self._crm, other.name, to_id)]
            if living:
                found[other.name.replace("_", " ")] = {"results": [{"id": to_id, "type": kind} for to_id in living]}
        return found


def is_live(crm: Crm, kind: str, record_id: str) -> bool:
    """Say whether a record is there and not archived."""
    record = crm.shelves[kind].held.get(record_id)
    return record is not None and record.archived_ms is None


def _version(version: Version) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "value": version.value,
        "timestamp": iso(version.at_ms),
        "sourceType": version.source,
        "sourceId": f"userId:{version.user_id}" if version.user_id else "",
    }
    if version.user_id:
        shown["updatedByUserId"] = version.user_id
    return shown
