"""A small account behind the stand-in of HubSpot, and a plain way to call it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import urllib3

from connector.sandbox.crm.crm import Crm
from connector.sandbox.hubspot import RunningHubspot, empty_crm
from connector.sandbox.hubspot.kinds import default_link

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LIVE_DEALS = 230
DEALS = "/crm/objects/2026-03/deals"
OLD_DEALS = "/crm/v3/objects/deals"


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes
    json: Any


@dataclass
class Caller:
    """Calls one stand-in with a token, over a pool that never repeats a call by itself."""

    running: RunningHubspot
    token: str = ""
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(retries=False, timeout=5.0))

    def get(self, path: str, **query: object) -> Reply:
        joint = "&" if "?" in path else "?"
        return self.call("GET", f"{path}{joint}{urlencode(query)}" if query else path)

    def post(self, path: str, body: object) -> Reply:
        return self.call("POST", path, json=body)

    def form(self, path: str, **fields: str) -> Reply:
        return self.call("POST", path, body=urlencode(fields))

    def call(self, method: str, path: str, **more: Any) -> Reply:
        headers = {"Authorization": f"Bearer {self.token or self.running.token}"}
        answer = self.pool.request(method, self.running.url + path, headers=headers, redirect=False, **more)
        is_json = answer.headers.get("Content-Type", "").startswith("application/json")
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, lowered, answer.data, answer.json() if is_json and answer.data else None)

    def pages(self, path: str, **query: object) -> Iterator[list[dict[str, Any]]]:
        """Yield the rows of each page of a list, at most a hundred pages."""
        after: dict[str, object] = {}
        for _ in range(100):
            reply = self.get(path, **query, **after)
            assert reply.status == 200, reply.json
            yield reply.json["results"]
            if "paging" not in reply.json:
                return
            after = {"after": reply.json["paging"]["next"]["after"]}
        raise AssertionError("the list never ends")

    def search(self, *filters: dict[str, Any], path: str = DEALS, **more: Any) -> Reply:
        body = {"filterGroups": [{"filters": list(filters)}] if filters else [], "limit": 200} | more
        return self.post(f"{path}/search", body)

    def found(self, *filters: dict[str, Any], **more: Any) -> list[str]:
        """Ids of the first page of a search."""
        reply = self.search(*filters, **more)
        assert reply.status == 200, reply.json
        return [row["id"] for row in reply.json["results"]]


def where(name: str, operator: str, value: object = None, **more: object) -> dict[str, Any]:
    """One filter of a search."""
    return {"propertyName": name, "operator": operator, **({} if value is None else {"value": str(value)}), **more}


def small_account(clock: Clock) -> Crm:
    """230 deals a minute apart, each linked to one of ten contacts."""
    crm = empty_crm(clock)
    contacts = [crm.create("contacts", {"firstname": f"Ana {n}", "email": f"ana{n}@a.example"}) for n in range(10)]
    for number in range(LIVE_DEALS):
        values = {"dealname": f"Deal {number}", "amount": str(number * 10), "dealstage": "appointmentscheduled"}
        deal = crm.create("deals", values, at=START - timedelta(minutes=LIVE_DEALS - number))
        crm.links.add("deals", deal.id, "contacts", contacts[number % 10].id, default_link("deals", "contacts"))
    return crm
