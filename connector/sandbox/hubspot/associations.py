"""Links between records, version 4 and dates, and the batch of version 3."""

from __future__ import annotations

from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.links import LinkType
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.kinds import DEFAULT_LINKS, PRIMARY, ROLES, ObjectType, default_link
from connector.sandbox.hubspot.objects import batch_answer
from connector.sandbox.hubspot.refusals import bad_request, missing_entry, not_found
from connector.sandbox.hubspot.rows import is_live

LONGEST_BATCH = 1000


class Associations:
    """Answers about the links of one CRM; ``page`` is how many of one record's links a batch shows at once."""

    def __init__(self, crm: Crm) -> None:
        self._crm = crm
        self.page = 100

    def read_batch(self, kind: ObjectType, to_kind: ObjectType, version: str, request: Request) -> Answer:
        """Answer ``POST …/associations/{from}/{to}/batch/read``: 207 when some records have no links."""
        body = request.json
        inputs = body.get("inputs") if isinstance(body, dict) else None
        if not isinstance(inputs, list) or not inputs:
            return bad_request("Invalid input JSON: inputs is required")
        if len(inputs) > LONGEST_BATCH:
            return bad_request(f"The maximum number of inputs supported in a batch request is {LONGEST_BATCH}")
        results, errors = [], []
        for entry in inputs:
            record_id = str(entry.get("id", ""))
            linked = self._living(kind, record_id, to_kind)
            if linked:
                results.append(self._result(record_id, linked, str(entry.get("after") or ""), version, (kind, to_kind)))
            else:
                errors.append(_none(kind, record_id, to_kind))
        return batch_answer(self._crm, results, errors)

    def of_record(
        self, kind: ObjectType, record_id: str, to_kind: ObjectType, version: str, request: Request
    ) -> Answer:
        """Answer ``GET …/objects/{type}/{id}/associations/{to}``."""
        if not is_live(self._crm, kind.name, record_id):
            return not_found()
        limit, after = request.first("limit", "500"), request.first("after")
        if not limit.isdecimal() or not 1 <= int(limit) <= 500:
            return bad_request("limit must be between 1 and 500")
        linked = self._living(kind, record_id, to_kind)
        shown, following = _page(linked, after, int(limit))
        body: dict[str, Any] = {"results": [_entry(to_id, types, version) for to_id, types in shown]}
        if following:
            body["paging"] = {"next": {"after": following}}
        return Answer(200, body)

    def _living(self, kind: ObjectType, record_id: str, to_kind: ObjectType) -> dict[str, tuple[LinkType, ...]]:
        if not is_live(self._crm, kind.name, record_id):
            return {}
        linked = self._crm.links.of(kind.name, record_id, to_kind.name)
        return {to_id: types for to_id, types in linked.items() if is_live(self._crm, to_kind.name, to_id)}

    def _result(
        self,
        record_id: str,
        linked: dict[str, tuple[LinkType, ...]],
        after: str,
        version: str,
        kinds: tuple[ObjectType, ObjectType],
    ) -> dict[str, Any]:
        shown, following = _page(linked, after, self.page)
        if version == "v3":
            name = f"{kinds[0].singular}_to_{kinds[1].singular}"
            entries = [{"id": to_id, "type": name} for to_id, _ in shown]
        else:
            entries = [_entry(to_id, types, version) for to_id, types in shown]
        result: dict[str, Any] = {"from": {"id": record_id}, "to": entries}
        if following:
            result["paging"] = {"next": {"after": following}}
        return result


def _page(
    linked: dict[str, tuple[LinkType, ...]], after: str, size: int
) -> tuple[list[tuple[str, tuple[LinkType, ...]]], str]:
    """Return one page of links by id, and the cursor of the next one; empty when there is none."""
    ordered = sorted(linked.items(), key=lambda entry: int(entry[0]))
    rest = [entry for entry in ordered if not after.isdecimal() or int(entry[0]) >= int(after)]
    return rest[:size], rest[size][0] if len(rest) > size else ""


def _entry(to_id: str, types: tuple[LinkType, ...], version: str) -> dict[str, Any]:
    """Version 4 was recorded with ids as numbers; the contract of the dated versions has texts."""
    shown = [
        {
            "category": "USER_DEFINED" if held.custom else "HUBSPOT_DEFINED",
            "typeId": held.number,
            "label": held.label,
        }
        for held in types
    ]
    return {"toObjectId": int(to_id) if version == "v4" else to_id, "associationTypes": shown}


def _none(kind: ObjectType, record_id: str, to_kind: ObjectType) -> dict[str, Any]:
    """As recorded."""
    entry = missing_entry(
        f"No {to_kind.singular} is associated with {kind.singular} {record_id}.",
        fromObjectId=[record_id],
        fromObjectType=[kind.singular],
        toObjectType=[to_kind.singular],
    )
    return entry | {"subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND"}


def labels(kind: ObjectType, to_kind: ObjectType) -> Answer:
    """Answer ``GET …/associations/{from}/{to}/labels``."""
    found: list[LinkType] = []
    here, there = (kind.name, to_kind.name), (to_kind.name, kind.name)
    if here in DEFAULT_LINKS or there in DEFAULT_LINKS:
        found.append(default_link(*here))
    found += [PRIMARY[here]] if here in PRIMARY else [PRIMARY[there].turned()] if there in PRIMARY else []
    if set(here) == {"deals", "contacts"}:
        found += [role if here[0] == "deals" else role.turned() for role in ROLES.values()]
    shown = [
        {"category": "USER_DEFINED" if one.custom else "HUBSPOT_DEFINED", "typeId": one.number, "label": one.label}
        for one in found
    ]
    return Answer(200, {"results": shown})
