"""Records as HubSpot prints them, turned into columns.

Arrow takes the texts of a whole page out of its records before they leave the processor's cache; a page with anything
in it that is no text goes the longer way, over lists. List pages of plain texts do not come here (``plain_pages``).
Absent, null and empty differ: a property that no record of a page has gives no column, a null gives None, a cleared
one an empty text.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import orjson

from connector.model.packed import PackedColumns
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
MOMENT_LENGTH = len("2026-03-01T00:00:00Z")
"""A text of this length is no number of milliseconds, and stays as it is."""
_FEWEST_MS = 100_000_000_000
"""Numbers from here on are taken for milliseconds since 1970: the first is in 1973."""
_TEXTS = ("id", "createdAt", "updatedAt")


def text_of(value: Any) -> str | None:
    """Return a value as the vendor's own text: JSON for what is not text already."""
    return value if value is None or isinstance(value, str) else _printed(value)


def _printed(value: Any) -> str:
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # nested more than 254 deep
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def moment_of(value: Any) -> str | None:
    """Return a moment as ISO text, None for an empty one and for a number that is none; other texts stay as they are.

    Milliseconds since 1970, as in older bodies, become ISO text.
    """
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
        self.labels = tuple(f"properties.{name}" for name in self.names)
        self._bags = ("properties", "propertiesWithHistory") if self.histories else ("properties",)
        self._type: Any = None

    def parts(self, records: Sequence[Record], place: str) -> list[Columns]:
        """Return the columns of some records, in groups that tell of the same things (:meth:`alike`)."""
        packed = self._packed(records)
        return [packed] if packed is not None else [self._loose(some) for some in self.alike(records, place)]

    def columns(self, records: Sequence[Record]) -> Columns:
        """Return the columns of some records, in the order of the records."""
        packed = self._packed(records)
        return self._loose(records) if packed is None else packed

    def _packed(self, records: Sequence[Record]) -> PackedColumns | None:
        """Return the columns of records in which every value is text or null; None for any others."""
        import pyarrow as pa  # noqa: PLC0415  only a sync pays for it

        try:
            bags, *told = ([record[name] for record in records] for name in self._bags)
            archived = [record["archived"] for record in records]
            if not (self._is_plain(records, archived) and _BAG.issuperset(map(type, chain(bags, *told)))):
                return None
            whole = pa.array(records, self._struct())
        except (KeyError, ValueError, TypeError):  # something is missing, or no text; there may be no record at all
            return None
        found = {name: whole.field(at) for at, name in enumerate(_TEXTS)}
        found["archived"], found["archivedAt"] = _archived(archived, [record.get("archivedAt") for record in records])
        cells = whole.field(len(_TEXTS))
        for at, (label, name) in enumerate(zip(self.labels, self.names, strict=True)):
            column = cells.field(at)
            if column.null_count < len(bags) or any(name in bag for bag in bags):
                found[label] = column
        for listed in told:
            found |= {label: pa.array(texts, pa.string()) for label, texts in self.histories_of(listed).items()}
        return PackedColumns(pa.record_batch(list(found.values()), names=list(found)))

    @staticmethod
    def _is_plain(records: Sequence[Record], archived: Sequence[Any]) -> bool:
        """Return whether what records say of themselves can be taken as it is."""
        moments = [record[name] for name in ("createdAt", "updatedAt") for record in records]
        return (
            _FLAG.issuperset(map(type, archived))
            and _TEXT.issuperset(map(type, chain(moments, (record["id"] for record in records))))
            and min(map(len, moments)) >= MOMENT_LENGTH
        )

    def _struct(self) -> Any:
        """Return the Arrow type of what is taken from a record; threads that make it at once make the same."""
        import pyarrow as pa  # noqa: PLC0415

        if self._type is None:
            cells = pa.struct([(name, pa.string()) for name in self.names])
            self._type = pa.struct([*((name, pa.string()) for name in _TEXTS), ("properties", cells)])
        return self._type

    def _loose(self, records: Sequence[Record]) -> Columns:
        columns = dict(_standing(records))
        columns.update(self._properties([record.get("properties") or {} for record in records]))
        if self.histories:
            columns.update(self.histories_of([record.get("propertiesWithHistory") or {} for record in records]))
        return columns

    def alike(self, records: Sequence[Record], place: str) -> list[Sequence[Record]]:
        """Return the records in groups that tell of the same things.

        A record without its properties or without its histories says nothing about them: it has no row with others
        that do, in which it would seem to say that they are empty. Raises VendorUnavailable for what is neither.
        """
        names = self._bags
        if _BAG.issuperset({type(record.get(name)) for name in names for record in records}):
            return [records]
        told = [tuple(isinstance(record.get(name), dict) for name in names) for record in records]
        kinds = sorted(set(told), reverse=True)
        odd = [name for name in names for record in records if not isinstance(record.get(name) or {}, dict)]
        if odd:
            raise unreadable(odd[0], place)
        return [[record for record, one in zip(records, told, strict=True) if one == kind] for kind in kinds]

    def _properties(self, bags: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[str | None]]:
        seen: set[str] = set().union(*bags)
        return {
            label: plain([bag.get(name) for bag in bags])
            for label, name in zip(self.labels, self.names, strict=True)
            if name in seen
        }

    def histories_of(self, bags: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[str | None]]:
        """Return the histories of records as columns of JSON texts, without those that none of them has."""
        seen: set[str] = set().union(*bags)
        return {
            f"history.{name}": [_printed(bag[name]) if bag.get(name) else None for bag in bags]
            for name in self.histories
            if name in seen
        }


def _archived(archived: Sequence[bool], since: Sequence[Any]) -> tuple[Any, Any]:
    """Return whether records are archived and since when, as Arrow texts."""
    import pyarrow as pa  # noqa: PLC0415

    flags = pa.array(["true" if each else "false" for each in archived], pa.string())
    return flags, pa.array(map(moment_of, since), pa.string()) if any(since) else pa.nulls(len(since), pa.string())


def _standing(records: Sequence[Record]) -> Columns:
    """Return what every record says of itself."""
    archived_at = [record.get("archivedAt") for record in records]
    archived_at = [moment_of(each) for each in archived_at] if any(archived_at) else [None] * len(records)
    return {
        "id": [str(record.get("id")) for record in records],
        "createdAt": [moment_of(record.get("createdAt")) for record in records],
        "updatedAt": [moment_of(record.get("updatedAt")) for record in records],
        "archived": ["true" if is_archived(record) else "false" for record in records],
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
