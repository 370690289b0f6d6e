"""Records as HubSpot prints them, turned into columns.

The path of every record of a first load: comprehensions over whole pages, no row is looked at twice. Absent, null and
empty differ: a property that no record of a page has gives no column, a null gives None, a cleared one an empty text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

import orjson

from connector.sources.hubspot.answers import flag, unreadable
from connector.sources.stream import Columns

Record = Mapping[str, Any]
"""One record: id, properties, createdAt, updatedAt, archived, archivedAt?, propertiesWithHistory?"""

MERGED_IDS = "hs_merged_object_ids"
"""Complete list ``id;id`` of the records merged into one (fivetran/dbt_hubspot 168, 172: other properties are not)."""

PLAIN = frozenset({str, type(None)})
_TEXT = frozenset({str})
_FLAG = frozenset({bool})
_BAG = frozenset({dict})
_MOMENT_LENGTH = len("2026-03-01T00:00:00Z")
_FEWEST_MS = 100_000_000_000
"""Numbers from here on are taken for milliseconds since 1970: the first is in 1973."""
_STANDING = itemgetter("id", "createdAt", "updatedAt", "archived")


def text_of(value: Any) -> str | None:
    """Return a value as the vendor's own text: JSON for what is not text already."""
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def moments(values: Sequence[Any]) -> Sequence[str | None]:
    """Return moments as ISO text, None for empty ones; milliseconds since 1970, as in older bodies, become it."""
    if _TEXT.issuperset(map(type, values)) and min(map(len, values), default=0) >= _MOMENT_LENGTH:
        return values
    return [moment_of(value) for value in values]


def moment_of(value: Any) -> str | None:
    """Return one moment as ISO text, None for a number that is none; other texts stay as they are."""
    text = text_of(value)
    if not text or not text.isascii() or not text.isdecimal() or int(text) < _FEWEST_MS:
        return text or None
    try:
        return datetime.fromtimestamp(int(text) / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return None


def plain(values: Sequence[Any]) -> Sequence[str | None]:
    """Return values that are all text or None; they are untouched where they are so already."""
    return values if PLAIN.issuperset(map(type, values)) else [text_of(value) for value in values]


class Shape:
    """Which properties of a kind of record are wanted, and how their columns are cut out of a page."""

    def __init__(self, names: Sequence[str], histories: Sequence[str] = ()) -> None:
        self.names = tuple(names)
        self.histories = tuple(histories)
        self._labels = tuple(f"properties.{name}" for name in self.names)
        self._cut = itemgetter(*self.names) if len(self.names) > 1 else None

    def columns(self, records: Sequence[Record]) -> Columns:
        """Return the columns of some records, in the order of the records."""
        columns = dict(_standing(records))
        columns.update(self._properties([record.get("properties") or {} for record in records]))
        if self.histories:
            columns.update(self._histories([record.get("propertiesWithHistory") or {} for record in records]))
        return columns

    def alike(self, records: Sequence[Record], place: str) -> list[Sequence[Record]]:
        """Return the records in groups that tell of the same things.

        A record without its properties or without its histories says nothing about them: it has no row with others
        that do, in which it would seem to say that they are empty. Raises VendorUnavailable for what is neither.
        """
        names = ("properties", "propertiesWithHistory") if self.histories else ("properties",)
        if _BAG.issuperset({type(record.get(name)) for name in names for record in records}):
            return [records]
        told = [tuple(isinstance(record.get(name), dict) for name in names) for record in records]
        kinds = sorted(set(told), reverse=True)
        odd = [name for name in names for record in records if not isinstance(record.get(name) or {}, dict)]
        if odd:
            raise unreadable(odd[0], place)
        return [[record for record, one in zip(records, told, strict=True) if one == kind] for kind in kinds]

    def _properties(self, bags: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[str | None]]:
        if self._cut is not None and bags:
            try:
                values = zip(*map(self._cut, bags), strict=True)
                return {label: plain(column) for label, column in zip(self._labels, values, strict=True)}
            except KeyError:  # a property is missing somewhere: column by column
                pass
        seen: set[str] = set().union(*bags)
        return {
            label: plain([bag.get(name) for bag in bags])
            for label, name in zip(self._labels, self.names, strict=True)
            if name in seen
        }

    def _histories(self, bags: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[str | None]]:
        seen: set[str] = set().union(*bags)
        return {
            f"history.{name}": [orjson.dumps(bag[name]).decode() if bag.get(name) else None for bag in bags]
            for name in self.histories
            if name in seen
        }


def _standing(records: Sequence[Record]) -> Columns:
    """Return what every record says of itself."""
    archived_at = [record.get("archivedAt") for record in records]
    archived_at = [moment_of(each) for each in archived_at] if any(archived_at) else [None] * len(records)
    ids: Sequence[Any]
    created: Sequence[Any]
    updated: Sequence[Any]
    archived: Sequence[Any]
    try:
        ids, created, updated, archived = zip(*map(_STANDING, records), strict=True)
    except (KeyError, ValueError):  # something is missing in a record, or there is none
        ids, created, updated = ([record.get(name) for record in records] for name in ("id", "createdAt", "updatedAt"))
        archived = (None,)
    if not _FLAG.issuperset(map(type, archived)):
        archived = [is_archived(record) for record in records]
    return {
        "id": ids if _TEXT.issuperset(map(type, ids)) else [str(each) for each in ids],
        "createdAt": moments(created),
        "updatedAt": moments(updated),
        "archived": ["true" if each else "false" for each in archived],
        "archivedAt": archived_at,
    }


def is_archived(record: Record) -> bool:
    """Return whether a record says that it is archived; one that does not tell is so when it knows since when."""
    told = record.get("archived")
    return bool(record.get("archivedAt")) if told in (None, "") else flag(told)


def tombstones(ids: Iterable[str]) -> Columns:
    """Return rows that say of each id that its record is gone, and nothing else."""
    listed = list(ids)
    return {"id": listed, "archived": ["true"] * len(listed)}


def merged(pairs: Sequence[tuple[str, str]]) -> Columns:
    """Return rows for (id, id of the surviving record)."""
    return {
        "id": [loser for loser, _ in pairs],
        "archived": ["true"] * len(pairs),
        "merged_into": [winner for _, winner in pairs],
    }


def losers(columns: Columns) -> list[tuple[str, str]]:
    """Return (id, surviving id) of every record that the records of a page have swallowed."""
    swallowed = columns.get(f"properties.{MERGED_IDS}")
    if swallowed is None or not any(swallowed):
        return []
    return [
        (loser.strip(), winner)
        for winner, listed in zip(columns["id"], swallowed, strict=True)
        if winner and listed
        for loser in listed.split(";")
        if loser.strip().isdecimal() and loser.strip() != winner
    ]


def table(rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Columns:
    """Return plain rows as columns; a name that a row lacks is empty there."""
    return {name: [text_of(row.get(name)) for row in rows] for name in names}
