"""One kind of CRM record at HubSpot: its list, its search, its batches. Says what the calls return, keeps no state.

Limits (sources.md 3.2, 3.4): list pages of 100, 50 with histories; batches of 100, 50 with histories; search pages
of 200 and never deeper than one page, so that the wall at 10,000 rows is never met; addresses below 15,000 characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from connector.errors import VendorUnavailable
from connector.sources.hubspot.answers import LATER, TOO_LARGE, Answer, Call, refuse
from connector.sources.hubspot.catalogue import ObjectKind
from connector.sources.hubspot.columns import Record, Shape
from connector.sources.hubspot.plain_pages import PlainPage, PlainPages
from connector.sources.hubspot.versions import Version
from connector.sources.stream import Columns

LIST_PAGE = 100
HISTORY_PAGE = 50
SEARCH_PAGE = 200
LONGEST_ADDRESS = 15_000
TRIES = 3
"""How often a page is asked for that repeats the one before it."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """Records of one list page, their ids, and the cursor of the next, empty on the last.

    Plain records come as ``columns`` and not as ``records``.
    """

    records: Sequence[Record]
    ids: frozenset[str]
    after: str
    columns: Columns | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What has become of some ids: records (archived ones say so), merged into another one, or gone for good."""

    records: list[Record] = field(default_factory=list)
    merged: list[tuple[str, str]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Records:
    """The calls for one kind of record with a fixed set of properties."""

    call: Call
    version: Version
    kind: ObjectKind
    shape: Shape
    plain: PlainPages

    @property
    def page_size(self) -> int:
        return HISTORY_PAGE if self.shape.histories else LIST_PAGE

    @property
    def wide(self) -> bool:
        """Whether the names of all properties are too many for the address of a list page."""
        return len(urlencode(self._list_query("9" * 20, archived=True, bare=False))) + 500 > LONGEST_ADDRESS

    def page(self, after: str, *, archived: bool = False, bare: bool = False) -> ListPage:
        """Read one list page; ``bare`` asks for no properties. Raises CursorLost when ``after`` has expired."""
        query = self._list_query(after, archived=archived, bare=bare)
        parse = None if bare or archived else self.plain.read
        answer = self.call("GET", self._path("records"), query=query, parse=parse)
        while answer.status == TOO_LARGE and query["limit"] != "1":
            query["limit"] = str(int(query["limit"]) // 2)
            answer = self.call("GET", self._path("records"), query=query, parse=parse)
        if not answer.ok:
            self._refuse(answer, paging=bool(after))
        if isinstance(answer.body, PlainPage):
            page = answer.body
            following = replace(answer, body={"paging": page.paging}).next_after()
            return ListPage((), frozenset(map(str, page.columns["id"])), following, page.columns)
        records, ids = answer.records()
        return ListPage(as_asked(records) if archived else records, frozenset(ids), answer.next_after())

    def changed(self, since: datetime, above: int) -> tuple[list[str], bool]:
        """Return ids above a number of records changed since a moment, in the order of ids, and whether more follow.

        Walking by id instead of by time makes ties on the timestamp, the wall at 10,000 rows and records that move
        while they are paged harmless: each page is the first one of its own query.
        """
        moved = {"propertyName": self.kind.cursor, "operator": "GTE", "value": str(int(since.timestamp() * 1000))}
        beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": str(above)}
        body = {
            "filterGroups": [{"filters": [moved, beyond] if above else [moved]}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["hs_object_id"],
            "limit": SEARCH_PAGE,
        }
        for _ in range(TRIES):
            answer = self._search(body)
            _, listed = answer.records()
            fresh = sorted({each for each in listed if int(each) > above}, key=int)
            total = answer.number("total")
            more = len(listed) >= SEARCH_PAGE if total is None else total > len(listed)
            if fresh or not listed:
                return fresh, bool(fresh) and (more or bool(answer.next_after()))
        raise VendorUnavailable(
            "HubSpot's search gives the same page again and again.",
            place=self.kind.stream,
            remedy=LATER,
        )

    def count(self, column: str = "", value: str = "") -> int:
        """Return how many live records the vendor counts, all or those with a value."""
        filters = [{"propertyName": column, "operator": "EQ", "value": value}] if column else []
        groups = [{"filters": filters}] if filters else []
        answer = self._search({"filterGroups": groups, "sorts": [], "properties": ["hs_object_id"], "limit": 1})
        total = answer.number("total")
        if total is None:
            raise answer.unreadable("total")
        return total

    def read(self, ids: Sequence[str], *, archived: bool = False) -> dict[str, Record]:
        """Return the records of some ids, by id; what a batch lost (a 207) is asked for once more."""
        found: dict[str, Record] = {}
        for _ in range(2):
            missing = [each for each in ids if each not in found]
            for start in range(0, len(missing), self.page_size):
                found.update(self._batch(missing[start : start + self.page_size], archived=archived))
            if len(found) == len(ids):
                break
        return found

    def resolve(self, ids: Sequence[str]) -> Found:
        """Return what has become of ids that HubSpot has named or that are known here; none is dropped silently."""
        live = self.read(ids)
        missing = [each for each in ids if each not in live]
        buried = self.read(missing, archived=True) if missing else {}
        found = Found([*live.values(), *buried.values()])
        for each in missing:
            if each not in buried:
                self._resolve_one(each, found)
        return found

    def _resolve_one(self, each: str, found: Found) -> None:
        path = self.version.path("record", object=self.kind.object, id=each)
        answer = self.call("GET", path, query={"properties": "hs_object_id"})
        if answer.status == 404 and answer.body is not None:  # in HTML it is not HubSpot's word on a record
            found.gone.append(each)
            return
        survivor = self._survivor(answer)
        if survivor != each:  # the address of a merged record leads to the one it was merged into
            found.merged.append((each, survivor))
            return
        record = self.read([each]).get(each)
        if record is None:
            raise VendorUnavailable(
                f"HubSpot lists record {each} and does not hand it out.", place=self.kind.stream, remedy=LATER
            )
        found.records.append(record)

    def _survivor(self, answer: Answer) -> str:
        """Return the id of the record to which the address of a record leads."""
        moved = re.search(r"/(\d+)/?(?:\?|$)", answer.moved_to) if 300 <= answer.status < 400 else None
        if moved:
            return moved[1]
        if not answer.ok or answer.status == 404:
            self._refuse(answer)
        _, (survivor,) = Answer(200, {"results": [answer.body]}, place=answer.place).records()
        return survivor

    def _list_query(self, after: str, *, archived: bool, bare: bool) -> dict[str, str]:
        size = LIST_PAGE if bare else self.page_size
        query = {"limit": str(size), "archived": "true" if archived else "false"}
        names = ("hs_object_id",) if bare else self.shape.names
        if names:
            query["properties"] = ",".join(names)
        if self.shape.histories and not bare:
            query["propertiesWithHistory"] = ",".join(self.shape.histories)
        if after:
            query["after"] = after
        return query

    def _batch(self, ids: Sequence[str], *, archived: bool) -> dict[str, Record]:
        body = {
            "inputs": [{"id": each} for each in ids],
            "properties": list(self.shape.names),
            "propertiesWithHistory": list(self.shape.histories),
        }
        query = {"archived": "true"} if archived else None
        answer = self.call("POST", self._path("batch"), query=query, body=body)
        if answer.status == TOO_LARGE and len(ids) > 1:
            half = len(ids) // 2
            return self._batch(ids[:half], archived=archived) | self._batch(ids[half:], archived=archived)
        if not answer.ok:
            self._refuse(answer)
        asked = set(ids)
        records, found = answer.records()
        told = as_asked(records) if archived else records
        return {each: record for each, record in zip(found, told, strict=True) if each in asked}

    def _search(self, body: dict[str, object]) -> Answer:
        answer = self.call("POST", self._path("search"), body=body)
        if not answer.ok:
            self._refuse(answer)
        return answer

    def _path(self, kind: str) -> str:
        return self.version.path(kind, object=self.kind.object)

    def _refuse(self, answer: Answer, *, paging: bool = False) -> None:
        refuse(answer, self.kind.stream, scopes=self.kind.scopes, paging=paging)


def as_asked(records: Sequence[Record]) -> list[Record]:
    """Return records of which archived ones were asked for; one that does not tell whether it is archived is so."""
    return [record if record.get("archived") is not None else {**record, "archived": True} for record in records]
