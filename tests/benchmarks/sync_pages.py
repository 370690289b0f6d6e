"""Pages of HubSpot-shaped records, made so cheaply that whoever reads them is what gets measured.

A record is a head with its own id and a tail out of a few thousand prepared ones, so that ids and names are unique and
the other values differ from row to row. Nothing here ever changes: a search for later changes finds nothing.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

FIRST_ID = 10_000_000_001
VARIANTS = 8_191
"""Prepared tails; a prime, so that they fall differently on every page."""

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
LAST_CHANGE = datetime(2026, 6, 30, tzinfo=UTC)
"""No record changes after this moment."""

OWNERS = tuple(str(70_000_001 + number) for number in range(30))
STAGES = (
    ("appointmentscheduled", "Appointment scheduled", "0.2"),
    ("qualifiedtobuy", "Qualified to buy", "0.4"),
    ("presentationscheduled", "Presentation scheduled", "0.6"),
    ("decisionmakerboughtin", "Decision maker bought in", "0.8"),
    ("closedwon", "Closed won", "1.0"),
    ("closedlost", "Closed lost", "0.0"),
)
SOURCES = ("DIRECT_TRAFFIC", "ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "REFERRALS", "OFFLINE")

DEAL_PROPERTIES = {
    "amount": "number",
    "closedate": "datetime",
    "createdate": "datetime",
    "deal_currency_code": "enumeration",
    "dealname": "string",
    "dealstage": "enumeration",
    "dealtype": "enumeration",
    "hs_analytics_source": "enumeration",
    "hs_is_closed": "bool",
    "hs_is_closed_won": "bool",
    "hs_lastmodifieddate": "datetime",
    "hs_object_id": "number",
    "hs_priority": "enumeration",
    "hubspot_owner_id": "enumeration",
    "pipeline": "enumeration",
}
"""The 15 properties of a deal and their types."""

COMMON_PROPERTIES = {
    "hs_createdate": "datetime",
    "hs_lastmodifieddate": "datetime",
    "hs_object_id": "number",
    "hubspot_owner_id": "enumeration",
    "name": "string",
}
CONTACT_PROPERTIES = {
    "createdate": "datetime",
    "email": "string",
    "firstname": "string",
    "hs_object_id": "number",
    "hubspot_owner_id": "enumeration",
    "lastmodifieddate": "datetime",
    "lastname": "string",
}
PROPERTIES = {"deals": DEAL_PROPERTIES, "contacts": CONTACT_PROPERTIES}


def properties_of(object_type: str) -> dict[str, str]:
    """Names and types of the properties that the records of an object have."""
    return PROPERTIES.get(object_type, COMMON_PROPERTIES)


def iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _values(number: int) -> dict[str, str | None]:
    """All values of one variant but the id and the name."""
    dice = random.Random(number)
    created = BEGIN + timedelta(seconds=dice.randrange(60_000_000), milliseconds=dice.randrange(1000))
    changed = min(
        created + timedelta(seconds=dice.randrange(15_000_000), milliseconds=dice.randrange(1000)), LAST_CHANGE
    )
    stage = STAGES[number % len(STAGES)][0]
    return {
        "amount": None if number % 50 == 0 else f"{dice.randrange(100, 250_000)}.{dice.randrange(100):02d}",
        "closedate": iso(created + timedelta(days=dice.randrange(5, 180))),
        "createdate": iso(created),
        "deal_currency_code": dice.choice(("USD", "EUR", "GBP")),
        "dealstage": stage,
        "dealtype": dice.choice(("newbusiness", "existingbusiness")),
        "firstname": dice.choice(("Ana", "Boris", "Chloé", "Dmitri", "Eva")),
        "hs_analytics_source": dice.choice(SOURCES),
        "hs_createdate": iso(created),
        "hs_is_closed": str(stage.startswith("closed")).lower(),
        "hs_is_closed_won": str(stage == "closedwon").lower(),
        "hs_lastmodifieddate": iso(changed),
        "hs_priority": dice.choice((None, "low", "medium", "high")),
        "hubspot_owner_id": dice.choice(OWNERS),
        "lastmodifieddate": iso(changed),
        "lastname": f"Marković-{number}",
        "pipeline": "default",
    }


def _history(values: dict[str, str | None], names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    version = {"timestamp": values["createdate"], "sourceType": "CRM_UI", "sourceId": "userId:1", "updatedByUserId": 1}
    return {name: [{"value": values[name], **version}] for name in names if name in values}


def _tail(number: int, kept: Sequence[str], histories: Sequence[str]) -> bytes:
    """What follows the name of a record: its other properties, its histories, its dates."""
    values = _values(number)
    changed = values["hs_lastmodifieddate"]
    # Text of the form {"a":…}, whose brace is dropped: the head of the record has opened the object already.
    inner = json.dumps({name: values[name] for name in kept}, ensure_ascii=False, separators=(",", ":"))[1:]
    rest: dict[str, Any] = {"createdAt": values["createdate"], "updatedAt": changed, "archived": False}
    if histories:
        rest = {"propertiesWithHistory": _history(values, histories), **rest}
    return f"{inner},{json.dumps(rest, ensure_ascii=False, separators=(',', ':'))[1:]}".encode()


Record = Callable[[int], bytes]


class Pages:
    """``total`` records of one object, page by page, as the vendor writes them."""

    def __init__(self, object_type: str, total: int) -> None:
        self.object_type = object_type
        self.total = total
        self._tails: dict[tuple[frozenset[str], tuple[str, ...]], list[bytes]] = {}
        self._unique = "email" if object_type == "contacts" else "dealname" if object_type == "deals" else "name"

    @property
    def end(self) -> int:
        """The id after the last one."""
        return FIRST_ID + self.total

    def records(self, first: int, end: int, asked: Iterable[str] = (), histories: Sequence[str] = ()) -> bytes:
        """Records of the ids from ``first`` to before ``end``, separated by commas.

        ``asked`` are the wanted properties; what a record has no property for is left out, as the vendor does.
        """
        tails = self._prepared(frozenset(asked), tuple(histories))
        unique = "rep%d@example.com" if self._unique == "email" else f"{self.object_type[:-1].title()} %d"
        head = f'{{"id":"%d","properties":{{"hs_object_id":"%d","{self._unique}":"{unique}",'.encode()
        count = len(tails)
        return b",".join(
            [head % (id_, id_, id_) + tails[id_ % count] for id_ in range(max(first, FIRST_ID), min(end, self.end))]
        )

    def page(self, after: int, limit: int, asked: Iterable[str] = (), histories: Sequence[str] = ()) -> bytes:
        """The page of a list after an id (0 is the first page)."""
        first = max(after + 1, FIRST_ID)
        rows = self.records(first, first + limit, asked, histories)
        if first + limit >= self.end:
            return b'{"results":[%b]}' % rows
        return b'{"results":[%b],"paging":{"next":{"after":"%d","link":"?after=%d"}}}' % (
            rows,
            first + limit - 1,
            first + limit - 1,
        )

    def having(self, wanted: dict[str, set[str]]) -> int:
        """How many records have one of the given values in each of the given properties."""
        variants = {
            number
            for number in range(VARIANTS)
            if all(_values(number).get(name) in values for name, values in wanted.items())
        }
        rounds, rest = divmod(self.total, VARIANTS)
        return rounds * len(variants) + sum((FIRST_ID + number) % VARIANTS in variants for number in range(rest))

    def _prepared(self, asked: frozenset[str], histories: tuple[str, ...]) -> list[bytes]:
        key = (asked, histories)
        if key not in self._tails:
            names = properties_of(self.object_type)
            always = {"createdate", "hs_createdate", "hs_lastmodifieddate", "lastmodifieddate"}
            shown = [
                name
                for name in names
                if name not in {"hs_object_id", self._unique} and (name in asked or name in always or not asked)
            ]
            self._tails[key] = [_tail(number, shown, histories) for number in range(VARIANTS)]
        return self._tails[key]
