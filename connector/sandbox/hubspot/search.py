"""HubSpot's search: it lags behind the store, ends at 10,000 results and never shows archived records."""

from __future__ import annotations

from binascii import crc32
from bisect import bisect_left
from collections.abc import Callable
from typing import Any

import orjson

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import FieldList
from connector.sandbox.crm.record import Record
from connector.sandbox.crm.shelf import Shelf
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.conditions import BadFilter, Test, make_test, reader
from connector.sandbox.hubspot.kinds import ObjectType
from connector.sandbox.hubspot.refusals import bad_request
from connector.sandbox.hubspot.rows import Asked, Rows

WALL = 10_000
"""Results of one query that can be paged through."""
LONGEST_PAGE = 200
MOST_GROUPS, MOST_FILTERS = 6, 18
LONGEST_QUERY = 3000
Look = Callable[[Record, str], str | None]
"""Gives the value of a property as the index knows it."""


class Search:
    """Answers the searches of one CRM whose index is ``lag_seconds`` behind."""

    def __init__(self, crm: Crm, lag_seconds: float = 0.0) -> None:
        self._crm = crm
        self.lag_ms = round(lag_seconds * 1000)

    def answer(self, kind: ObjectType, request: Request) -> Answer:
        """Answer ``POST …/objects/{type}/search``."""
        body = request.json
        if not isinstance(body, dict):
            return bad_request("Invalid input JSON on line 1, column 1: the body must be an object")
        try:
            limit, after = _window(body)
            found = self._found(kind, body)
        except BadFilter as reason:
            return bad_request(str(reason))
        rows = Rows(self._crm, kind, Asked(tuple(body.get("properties") or ())))
        shown: dict[str, Any] = {
            "total": len(found),
            "results": [rows.row(record) for record in found[after : after + limit]],
        }
        if after + limit < len(found):
            shown["paging"] = {"next": {"after": str(after + limit)}}
        return Answer(200, shown)

    def _found(self, kind: ObjectType, body: dict[str, Any]) -> list[Record]:
        """Return every record that fits, in the order asked for. Kept until the records or the index change."""
        shelf = self._crm.shelf(kind.name)
        groups = _groups(body)
        cut = self._crm.now_ms() - self.lag_ms if self.lag_ms else 0
        question = orjson.dumps([groups, body.get("sorts"), body.get("query")], option=orjson.OPT_SORT_KEYS)
        found: list[Record] = shelf.kept(("search", question, cut), lambda: self._look_up(kind, shelf, body, groups))
        return found

    def _look_up(
        self, kind: ObjectType, shelf: Shelf, body: dict[str, Any], groups: list[list[dict[str, Any]]]
    ) -> list[Record]:
        fields = self._crm.fields[kind.name]
        tests = [[make_test(fields, entry) for entry in group] for group in groups]
        look, records = self._index(kind, shelf, groups)
        words = str(body.get("query") or "").lower().split()
        found = [
            record
            for record in records
            if (not tests or any(all(test(look(record, name)) for name, test in group) for group in tests))
            and (not words or _mentions(record, words))
        ]
        return _sorted(fields, found, body.get("sorts"), look)

    def _index(self, kind: ObjectType, shelf: Shelf, groups: list[list[dict[str, Any]]]) -> tuple[Look, list[Record]]:
        """Return how the index sees values, and the records in it."""
        if self.lag_ms:
            cut = self._crm.now_ms() - self.lag_ms
            known = [record for record in shelf.live() if record.written_ms <= cut]
            return lambda record, name: record.value_when(name, cut), known
        return lambda record, name: record.values.get(name), _recent(kind, shelf, groups)


def _recent(kind: ObjectType, shelf: Shelf, groups: list[list[dict[str, Any]]]) -> list[Record]:
    """Return the records that can fit when every group asks for changes since a moment; else all."""
    starts = [min((int(entry["value"]) for entry in group if _is_start(kind, entry)), default=None) for group in groups]
    if not starts or None in starts:
        return shelf.live()
    records = shelf.by_update()
    moments: list[int] = shelf.kept("moments", lambda: [record.updated_ms for record in records])
    return records[bisect_left(moments, min(start for start in starts if start is not None)) :]


def _is_start(kind: ObjectType, entry: dict[str, Any]) -> bool:
    return (
        entry.get("propertyName") == kind.modified
        and entry.get("operator") in ("GTE", "GT", "EQ", "BETWEEN")
        and str(entry.get("value", "")).isdecimal()
    )


def _window(body: dict[str, Any]) -> tuple[int, int]:
    limit, after = body.get("limit", 10), str(body.get("after") or "0")
    if not str(limit).isdecimal() or not 1 <= int(limit) <= LONGEST_PAGE:
        raise BadFilter(f"Invalid limit {str(limit)[:20]}: must be between 1 and {LONGEST_PAGE}")
    if not after.isdecimal():
        raise BadFilter(f"Invalid paging cursor: {after[:80]}")
    if int(after) + int(limit) > WALL:
        raise BadFilter(f"The offset and limit of a query must not exceed {WALL} results")
    return int(limit), int(after)


def _groups(body: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Return the filters of each group; a bare ``filters`` is one group."""
    groups = [group.get("filters") or [] for group in body.get("filterGroups") or []]
    if body.get("filters"):
        groups.append(body["filters"])
    if len(groups) > MOST_GROUPS:
        raise BadFilter(f"Too many filter groups: at most {MOST_GROUPS} are allowed")
    if sum(map(len, groups)) > MOST_FILTERS:
        raise BadFilter(f"Too many filters: at most {MOST_FILTERS} are allowed")
    if len(str(body.get("query") or "")) > LONGEST_QUERY:
        raise BadFilter(f"The maximum length of a query is {LONGEST_QUERY} characters")
    return groups


def _mentions(record: Record, words: list[str]) -> bool:
    text = " ".join(value for name, value in record.values.items() if not name.startswith("hs_")).lower()
    return all(word in text for word in words)


def _sorted(fields: FieldList, records: list[Record], sorts: Any, look: Look) -> list[Record]:
    """Order the records. Equal ones come in an order of the index's own, which is not that of their ids."""
    if not sorts:
        return sorted(records, key=lambda record: (record.created_ms, record.number))
    if not isinstance(sorts, list) or len(sorts) > 1:
        raise BadFilter("Only one sort is allowed")
    sort = sorts[0] if isinstance(sorts[0], dict) else _spelt(str(sorts[0]))
    name = str(sort.get("propertyName", ""))
    read: Test | Callable[[str], Any] = reader(fields, name)
    valued = [(read(value), crc32(record.id.encode()), record) for record in records if (value := look(record, name))]
    valued.sort(key=lambda entry: entry[:2], reverse=str(sort.get("direction", "")).upper().startswith("DESC"))
    return [record for *_, record in valued] + [record for record in records if not look(record, name)]


def _spelt(text: str) -> dict[str, str]:
    down = text.startswith("-")
    return {"propertyName": text.lstrip("-"), "direction": "DESCENDING" if down else "ASCENDING"}
