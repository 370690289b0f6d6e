"""One record of the CRM and the versions of its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_ms(moment: datetime) -> int:
    """Return an aware moment as milliseconds since 1970."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


@lru_cache(maxsize=200_000)
def iso(ms: int) -> str:
    """Return milliseconds since 1970 as ISO text in UTC, ``2026-11-21T09:00:00.123Z``."""
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{ms % 1000:03}Z"


class Version(NamedTuple):
    """A value that a property had from ``at_ms`` on; ``written_ms`` is when the server really stored it."""

    value: str
    at_ms: int
    written_ms: int
    source: str = "CRM_UI"
    user_id: int | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record, and the properties that the CRM itself keeps on it (empty name: not kept)."""

    name: str
    identity: str = ""
    created: str = ""
    modified: str = ""
    merged: str = ""
    first_id: int = 1
    stamp: Callable[[int], str] = iso


@dataclass(slots=True, eq=False)
class Record:
    """One record. A property that was never set is not in ``values``; a cleared one holds an empty text."""

    kind: str
    id: str
    values: dict[str, str]
    created_ms: int
    updated_ms: int
    written_ms: int
    histories: dict[str, list[Version]] = field(default_factory=dict)
    """In order of writing, of the properties that were set after the record was made."""
    archived_ms: int | None = None
    merged_ids: tuple[str, ...] = ()
    """Every record that went into this one, chains included."""

    @property
    def number(self) -> int:
        """The id as a number, by which vendors sort it."""
        return int(self.id) if self.id.isdecimal() else 0

    def put(self, name: str, version: Version) -> None:
        """Give a property a value; the one it had from the beginning becomes the first version.

        What is written last holds, so a commit that comes late is never older than the version before it.
        """
        versions = self.histories.get(name)
        if versions is None:
            versions = self.histories[name] = []
            if name in self.values:
                versions.append(Version(self.values[name], self.created_ms, self.written_ms))
        if versions and version.at_ms < versions[-1].at_ms:
            version = version._replace(at_ms=versions[-1].at_ms)
        versions.append(version)
        self.values[name] = version.value

    def versions(self, name: str) -> list[Version]:
        """Return the versions of a property, newest first."""
        if name in self.histories:
            return self.histories[name][::-1]
        if name in self.values:
            return [Version(self.values[name], self.created_ms, self.written_ms)]
        return []

    def value_when(self, name: str, written_ms: int) -> str | None:
        """Return the value as it stood in the store at a moment; None where it was not set."""
        versions = self.histories.get(name)
        if versions is None:
            return self.values.get(name)
        known = [version for version in versions if version.written_ms <= written_ms]
        return known[-1].value if known else None
