"""Usual bodies of HubSpot's answers, and stand-ins that give them: one for the network, one over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from urllib3 import HTTPHeaderDict

from connector.http.answer import Response, parse_json
from connector.model.packed import pack
from connector.sandbox.http.message import Answer, Request
from connector.sources.hubspot import HubspotOptions, HubspotSource, open_hubspot
from connector.sources.stream import Property, Reading
from tests.sources.hubspot.desk import Hands, Store, connect

Body = Any
NAMES = ("amount", "dealname", "hs_merged_object_ids")
READ = {"deals": [Property(name, name, "string") for name in ("dealstage", *NAMES)]}


def deal(key: str = "11", **changes: Any) -> dict[str, Any]:
    """A deal as HubSpot lists it; a change to ``...`` leaves the member out."""
    usual: dict[str, Any] = {
        "id": key,
        "properties": {"amount": "100", "dealname": f"Deal {key}", "dealstage": "a", "hs_merged_object_ids": None},
        "propertiesWithHistory": {
            "dealstage": [
                {"value": "b", "timestamp": "2026-02-02T10:00:00.000Z", "sourceType": "CRM_UI", "updatedByUserId": 7},
                {"value": "a", "timestamp": "2026-02-01T10:00:00.000Z", "sourceType": "IMPORT", "sourceId": "x"},
            ]
        },
        "createdAt": "2026-02-01T10:00:00.000Z",
        "updatedAt": "2026-02-03T10:00:00.000Z",
        "archived": False,
        "url": "https://app.hubspot.com/contacts/1/record/0-3/11",
    }
    return {name: value for name, value in (usual | changes).items() if value is not ...}


def page(*records: Any, **further: Any) -> dict[str, Any]:
    return {"results": list(records), **further}


BODIES: dict[str, dict[str, Body]] = {
    "deals": {"GET /objects/2026-03/deals": page(deal("11"), deal("12"))},
    "deal_associations": {
        "POST /deals/contacts/batch/read": {
            "completedAt": "2026-02-13T04:24:38.444Z",
            "status": "COMPLETE",
            "results": [
                {
                    "from": {"id": "11"},
                    "to": [
                        {
                            "toObjectId": 501,
                            "associationTypes": [{"category": "HUBSPOT_DEFINED", "typeId": 3, "label": "Primary"}],
                        }
                    ],
                },
                {"from": {"id": "12"}, "to": [{"toObjectId": "502", "associationTypes": []}]},
            ],
        },
        "POST /deals/companies/batch/read": {
            "results": [{"from": {"id": "11"}, "to": []}],
            "errors": [
                {
                    "status": "error",
                    "category": "OBJECT_NOT_FOUND",
                    "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
                    "message": "No company is associated with deal 12.",
                    "context": {"fromObjectId": ["12"], "fromObjectType": ["deal"]},
                }
            ],
            "numErrors": 1,
        },
    },
    "owners": {
        "GET /crm/owners/2026-03": page(
            {
                "id": "11",
                "email": "ana@example.com",
                "type": "PERSON",
                "firstName": "Ana",
                "lastName": "Ruiz",
                "userId": 7,
                "userIdIncludingInactive": 7,
                "createdAt": "2026-02-01T10:00:00.000Z",
                "updatedAt": "2026-02-01T10:00:00.000Z",
                "archived": False,
                "teams": [{"id": "3", "name": "North", "primary": True}],
            },
            {"id": "12", "email": "queue@example.com", "type": "QUEUE", "archived": False},
        )
    },
    "deal_pipelines": {
        "GET /pipelines/2026-03/deals": page(
            {
                "id": "default",
                "label": "Sales",
                "displayOrder": 0,
                "archived": False,
                "createdAt": "1970-01-01T00:00:00Z",
                "stages": [
                    {
                        "id": "11",
                        "label": "New",
                        "displayOrder": 0,
                        "metadata": {"isClosed": "false", "probability": "0.2"},
                        "createdAt": "1970-01-01T00:00:00Z",
                        "updatedAt": "",
                        "archived": False,
                    },
                    {"id": "12", "label": "Won", "metadata": {"isClosed": "true", "probability": "1.0"}},
                ],
            }
        )
    },
    "currencies": {
        "GET /exchange-rates": page(
            {
                "id": "11",
                "fromCurrencyCode": "USD",
                "toCurrencyCode": "EUR",
                "conversionRate": 0.92,
                "effectiveAt": "2026-02-01T10:00:00.000Z",
                "visibleInUI": True,
            },
            {"id": "12", "fromCurrencyCode": "GBP", "toCurrencyCode": "EUR", "conversionRate": 1.17},
        )
    },
    "campaigns": {
        "GET /marketing/campaigns/2026-03": page(
            {"id": "11", "properties": {"hs_name": "Spring"}, "createdAt": "2026-02-01T10:00:00.000Z", "assets": {}},
            {"id": "12", "properties": {}, "businessUnits": [{"id": 0}]},
        )
    },
    "lists": {
        "POST /crm/lists/2026-03/search": {
            "lists": [
                {
                    "listId": "11",
                    "name": "All",
                    "objectTypeId": "0-1",
                    "processingType": "MANUAL",
                    "additionalProperties": {"hs_list_size": "3"},
                    "deletedAt": None,
                },
                {"listId": "12", "name": "None", "additionalProperties": {}},
            ],
            "hasMore": False,
            "offset": 2,
            "total": 2,
        }
    },
}
"""A usual body for each kind of call, with rows 11 and 12 in each."""

EMPTY = {"results": [], "total": 0}


@dataclass
class Mouth:
    """What the vendor's library sends through: answers by method and end of the path, an empty list for the rest."""

    bodies: Mapping[str, Body]
    asked: list[str] = field(default_factory=list)

    def request(self, method: str, url: str, **_options: Any) -> Response:
        path, _, query = url.partition("?")
        self.asked.append(f"{method} {path}")
        body = EMPTY
        for call, found in self.bodies.items():
            verb, _, ending = call.partition(" ")
            if method == verb and path.endswith(ending) and "archived=true" not in query:
                body = found
        headers = HTTPHeaderDict({"Date": "Sat, 21 Nov 2026 09:00:00 GMT"})
        if "/lists/" in path and body is EMPTY:
            body = {"lists": []}
        data = json.dumps(body).encode()
        return Response(200, "", headers, data, parse_json(data))


def read_whole(stream: str, bodies: Mapping[str, Body]) -> Store:
    """Read a stream to its end; every page fits the file it is kept in."""
    hands, store = Hands(), Store()
    store.rows["deals"] = {key: {"id": key, "archived": "false"} for key in ("11", "12")} if "_assoc" in stream else {}
    source = open_hubspot(HubspotOptions("http://127.0.0.1", clock=hands), Mouth(bodies))
    for one in source.read(stream, {}, Reading(hands.now, "changes", store, READ)):
        if one.rows:
            pack([one.columns])
        store.keep(stream, one)
    return store


@dataclass
class Desk:
    """Answers with what ``answer`` gives, and for None as an account without records does."""

    answer: Callable[[Request], Answer | None] = lambda _request: None
    asked: list[Request] = field(default_factory=list)
    url: str = ""

    def __call__(self, request: Request) -> Answer:
        self.asked.append(request)
        told = self.answer(request)
        return Answer(200, {"lists": []} if "/lists/" in request.path else EMPTY) if told is None else told

    def calls(self, ending: str) -> list[Request]:
        return [request for request in self.asked if request.path.endswith(ending)]


def hubspot(desk: Desk) -> HubspotSource:
    return connect(desk.url, Hands())


def read(
    desk: Desk, stream: str = "deals", state: Mapping[str, Any] | None = None, store: Store | None = None
) -> Store:
    store = Store() if store is None else store
    for one in hubspot(desk).read(stream, state or {}, Reading(Hands().now, "changes", store, READ)):
        store.keep(stream, one)
    return store


def is_list(request: Request, archived: bool = False) -> bool:
    asked = request.first("archived") == ("true" if archived else "false")
    return asked and request.path.endswith("/objects/2026-03/deals")


def listed(body: Any, *, archived: bool = False, **further: Any) -> Callable[[Request], Answer | None]:
    """Return what answers the list of deals with a body."""
    return lambda request: Answer(200, body, **further) if is_list(request, archived) else None


def refusal(message: str, category: str = "", **further: Any) -> dict[str, Any]:
    return (
        {"status": "error", "message": message, "correlationId": "c"}
        | ({"category": category} if category else {})
        | further
    )
