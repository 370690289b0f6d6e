"""What the responder answers to which path: HubSpot's shapes with made-up records, and nothing ever changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from sync_pages import BEGIN, LAST_CHANGE, OWNERS, STAGES, Pages, iso, properties_of

WALL = 10_000
"""Search gives no more than this many results of one query (sources.md 3.2)."""

CHANGED = {"hs_lastmodifieddate", "lastmodifieddate"}


class Refused(Exception):
    """The vendor would not answer this; ``body`` says why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = json.dumps(
            {"status": "error", "message": message, "correlationId": "0", "category": "VALIDATION_ERROR"}
        ).encode()


def as_json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def owner(id_: str) -> dict[str, Any]:
    return {
        "id": id_, "email": f"rep{id_}@example.com", "type": "PERSON", "firstName": "Rep", "lastName": id_,
        "userId": int(id_), "userIdIncludingInactive": int(id_), "createdAt": iso(BEGIN), "updatedAt": iso(BEGIN),
        "archived": False, "teams": [{"id": "1", "name": "Sales", "primary": True}],
    }  # fmt: skip


def pipeline() -> dict[str, Any]:
    dates = {"createdAt": iso(BEGIN), "updatedAt": iso(BEGIN), "archived": False}
    stages = [
        {
            "id": name, "label": label, "displayOrder": number, "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
            "metadata": {"isClosed": str(name.startswith("closed")).lower(), "probability": probability}, **dates,
        }
        for number, (name, label, probability) in enumerate(STAGES)
    ]  # fmt: skip
    return {"id": "default", "label": "Sales pipeline", "displayOrder": 0, "stages": stages, **dates}


def field(name: str, type_: str) -> dict[str, Any]:
    return {
        "name": name, "label": name.replace("_", " ").capitalize(), "type": type_, "fieldType": "text",
        "description": "", "groupName": "information", "options": [], "hubspotDefined": True, "calculated": False,
        "archived": False, "hidden": False, "formField": False, "displayOrder": -1, "hasUniqueValue": False,
        "externalOptions": name == "hubspot_owner_id", "createdAt": iso(BEGIN), "updatedAt": iso(BEGIN),
        "modificationMetadata": {"archivable": True, "readOnlyDefinition": True, "readOnlyValue": False},
    }  # fmt: skip


def account() -> dict[str, Any]:
    return {
        "portalId": 12345678, "accountType": "STANDARD", "timeZone": "US/Eastern", "companyCurrency": "USD",
        "additionalCurrencies": ["EUR", "GBP"], "utcOffset": "-04:00", "utcOffsetMilliseconds": -14400000,
        "uiDomain": "app.hubspot.com", "dataHostingLocation": "na1",
    }  # fmt: skip


def usage() -> dict[str, Any]:
    one = {"name": "private-apps-api-calls-daily", "usageLimit": 1_000_000, "currentUsage": 0, "fetchStatus": "SUCCESS"}
    return {"results": [{**one, "collectedAt": iso(BEGIN), "resetsAt": iso(LAST_CHANGE + timedelta(days=3650))}]}


def millis(value: str) -> float:
    """Milliseconds of an epoch or of an ISO text."""
    return float(value) if value.lstrip("-").isdigit() else datetime.fromisoformat(value).timestamp() * 1000


class Answers:
    """What is answered to which path. ``rows`` maps object names to numbers of records."""

    def __init__(self, rows: dict[str, int], *, histories: bool = True) -> None:
        self.pages = {name: Pages(name, total) for name, total in rows.items()}
        self.histories = histories
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., bytes]]] = [
            (method, re.compile(pattern), work)
            for method, pattern, work in (
                ("GET", r"/crm/(?:v3/objects|objects/[\d-]+)/([\w-]+)", self.listed),
                ("POST", r"/crm/(?:v3/objects|objects/[\d-]+)/([\w-]+)/search", self.search),
                ("POST", r"/crm/(?:v3/objects|objects/[\d-]+)/([\w-]+)/batch/read", self.batch),
                ("POST", r"/crm/(?:v\d/associations|associations/[\d-]+)/([\w-]+)/([\w-]+)/batch/read", self.links),
                ("GET", r"/crm/(?:v3/owners|owners/[\d-]+)", self.owners),
                ("GET", r"/crm/(?:v3/pipelines|pipelines/[\d-]+)/([\w-]+)", self.pipelines),
                ("GET", r"/crm/(?:v3/properties|properties/[\d-]+)/([\w-]+)", self.properties),
                ("GET", r"/account-info/[\w-]+/details", lambda **_: as_json(account())),
                ("GET", r"/account-info/[\w-]+/api-usage/daily/private-apps", lambda **_: as_json(usage())),
                ("GET", r"/settings/[\w/-]*teams", lambda **_: as_json({"results": [{"id": "1", "name": "Sales"}]})),
                ("POST", r"/crm/(?:v3/lists|lists/[\d-]+)/search", lambda **_: as_json(
                    {"lists": [], "total": 0, "hasMore": False, "offset": 0})),
                ("GET", r"/.*", lambda **_: b'{"results":[]}'),
            )
        ]  # fmt: skip

    def answer(self, method: str, path: str, query: str, body: bytes) -> tuple[int, bytes]:
        """Status and JSON bytes of one request."""
        for wanted, pattern, work in self._routes:
            match = pattern.fullmatch(path) if wanted == method else None
            if match:
                try:
                    found = work(*match.groups(), query=parse_qs(query), body=json.loads(body or b"{}"))
                except Refused as refused:
                    return refused.status, refused.body
                return (207 if b'"numErrors":' in found[-40:] else 200), found
        return 404, as_json({"status": "error", "message": f"No answer for {method} {path}", "correlationId": "0"})

    def listed(self, name: str, query: dict[str, list[str]], **_: Any) -> bytes:
        pages = self.pages.get(kind(name))
        if pages is None or "true" in query.get("archived", ()):
            return b'{"results":[]}'
        histories = names(query.get("propertiesWithHistory", ())) if self.histories else []
        limit = int(query.get("limit", ["10"])[0])
        if not 0 < limit <= (50 if "propertiesWithHistory" in query else 100):
            raise Refused(400, f"limit {limit} is too much")
        after = int(query.get("after", ["0"])[0])
        return pages.page(after, limit, names(query.get("properties", ())), histories)

    def search(self, name: str, body: dict[str, Any], **_: Any) -> bytes:
        """Counts of what is asked; rows only where they are bounded by nothing but ids."""
        pages = self.pages.get(kind(name))
        groups = body.get("filterGroups") or [{"filters": []}]
        if pages is None or all(never(group["filters"]) for group in groups):
            return b'{"total":0,"results":[]}'
        limit, offset = int(body.get("limit", 10)), int(body.get("after") or 0)
        if len(groups) > 1 or limit > 200 or offset + limit > WALL:
            raise Refused(400, "This search is more than the responder can answer.")
        first, end, rest = by_id(pages, groups[0]["filters"])
        if rest:
            if limit > 1 or (first, end) != (pages.end - pages.total, pages.end):
                raise Refused(400, "Only counts are answered for this filter.")
            return as_json({"total": pages.having(values_of(rest)), "results": []})
        rows = pages.records(first + offset, min(first + offset + limit, end), body.get("properties", ()))
        more = b',"paging":{"next":{"after":"%d"}}' % (offset + limit) if first + offset + limit < end else b""
        return b'{"total":%d,"results":[%b]%b}' % (max(end - first, 0), rows, more)

    def batch(self, name: str, body: dict[str, Any], **_: Any) -> bytes:
        pages, asked = self.pages.get(kind(name)), body.get("properties", ())
        histories = body.get("propertiesWithHistory") or [] if self.histories else []
        found, missing = [], []
        for one in body["inputs"]:
            row = pages.records(int(one["id"]), int(one["id"]) + 1, asked, histories) if pages else b""
            (found if row else missing).append(row or str(one["id"]))
        error = {"status": "error", "category": "OBJECT_NOT_FOUND", "message": f"Could not get some {name}."}
        return self._batch(found, [as_json({**error, "context": {"ids": missing}})] if missing else [])

    def links(self, name: str, other: str, body: dict[str, Any], **_: Any) -> bytes:
        """No record is associated with another, which the vendor says in an entry for each (as recorded)."""
        error = (
            b'{"status":"error","category":"OBJECT_NOT_FOUND","subCategory":"crm.associations.NO_ASSOCIATIONS_FOUND",'
            b'"message":"No %b is associated with %b %b.","context":{"fromObjectId":["%b"]}}'
        )
        ids = [str(one["id"]).encode() for one in body["inputs"]]
        errors = [error % (other.encode(), name.encode(), id_, id_) for id_ in ids]
        return self._batch([], errors)

    def owners(self, query: dict[str, list[str]], **_: Any) -> bytes:
        gone = "true" in query.get("archived", ())
        return as_json({"results": [] if gone else [owner(id_) for id_ in OWNERS]})

    def pipelines(self, name: str, **_: Any) -> bytes:
        return as_json({"results": [pipeline()] if kind(name) == "deals" else []})

    def properties(self, name: str, **_: Any) -> bytes:
        return as_json({"results": [field(*pair) for pair in properties_of(kind(name)).items()]})

    def _batch(self, found: Sequence[bytes], errors: Sequence[bytes]) -> bytes:
        times = b'"startedAt":"2026-01-01T00:00:00.000Z","completedAt":"2026-01-01T00:00:00.000Z"'
        text = b'{"status":"COMPLETE",%b,"results":[%b]' % (times, b",".join(found))
        return text + (b',"errors":[%b],"numErrors":%d}' % (b",".join(errors), len(errors)) if errors else b"}")


def kind(name: str) -> str:
    """The name of an object, which paths also spell by its number or in the singular."""
    numbers = {"0-1": "contacts", "0-2": "companies", "0-3": "deals", "0-5": "tickets"}
    singular = {"contact": "contacts", "company": "companies", "deal": "deals", "ticket": "tickets"}
    return numbers.get(name) or singular.get(name, name)


def names(values: Sequence[str]) -> list[str]:
    return [part for value in values for part in value.split(",") if part]


def never(filters: Sequence[dict[str, Any]]) -> bool:
    """Whether this asks only for changes later than the last one there is."""
    limit = LAST_CHANGE.timestamp() * 1000
    return any(
        one["propertyName"] in CHANGED
        and one["operator"] in {"GT", "GTE", "BETWEEN", "EQ"}
        and millis(one["value"]) > limit
        for one in filters
    )


def values_of(filters: Sequence[dict[str, Any]]) -> dict[str, set[str]]:
    """What each property must be one of."""
    if any(one["operator"] not in {"EQ", "IN"} for one in filters):
        raise Refused(400, "This filter is more than the responder can answer.")
    return {one["propertyName"]: set(one.get("values") or [one.get("value")]) for one in filters}


def by_id(pages: Pages, filters: Sequence[dict[str, Any]]) -> tuple[int, int, list[dict[str, Any]]]:
    """Ids from and to before that a search is about, and the filters that say something else."""
    first, end, rest = pages.end - pages.total, pages.end, []
    for one in filters:
        shift = {"GT": 1, "GTE": 0, "LT": 0, "LTE": 1}.get(one["operator"])
        if one["propertyName"] in CHANGED and one["operator"] in {"LT", "LTE"}:
            if millis(one["value"]) <= LAST_CHANGE.timestamp() * 1000:
                rest.append(one)
        elif one["propertyName"] in CHANGED and one["operator"] in {"GT", "GTE"}:
            if millis(one["value"]) >= BEGIN.timestamp() * 1000:
                rest.append(one)
        elif one["propertyName"] != "hs_object_id" or shift is None:
            rest.append(one)
        elif one["operator"].startswith("G"):
            first = max(first, int(one["value"]) + shift)
        else:
            end = min(end, int(one["value"]) + shift)
    return first, end, rest
