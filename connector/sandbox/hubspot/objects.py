"""Lists, single records and batches of records."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.record import Record, iso
from connector.sandbox.crm.shelf import Shelf
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.kinds import ObjectType
from connector.sandbox.hubspot.refusals import bad_request, missing_entry, not_found
from connector.sandbox.hubspot.rows import Asked, Rows

BIN_MS = 90 * 24 * 3600 * 1000
"""How long an archived record can still be listed."""


def _asked(request: Request) -> Asked:
    return Asked(request.names("properties"), request.names("propertiesWithHistory"), request.names("associations"))


def list_records(crm: Crm, kind: ObjectType, request: Request) -> Answer:
    """Answer ``GET …/objects/{type}``: records by id, live or archived ones."""
    asked, after = _asked(request), request.first("after", "0")
    limit = _limit(request.first("limit", "10"), asked.longest_page)
    if isinstance(limit, Answer):
        return limit
    if not after.isdecimal():
        return bad_request(f"Invalid paging cursor: {after[:80]}", after=["must be a cursor of an earlier page"])
    archived = request.first("archived") == "true"
    shelf = crm.shelf(kind.name)
    records = _from(shelf, int(after), archived=archived)
    if archived:
        oldest = crm.now_ms() - BIN_MS
        records = [record for record in records if record.archived_ms is None or record.archived_ms >= oldest]
    page, rows = records[:limit], Rows(crm, kind, asked)
    body: dict[str, Any] = {"results": [rows.row(record) for record in page]}
    if len(records) > limit:
        body["paging"] = {"next": _next(request, str(page[-1].number + 1))}
    return Answer(200, body)


def _from(shelf: Shelf, first: int, *, archived: bool) -> list[Record]:
    records = shelf.archived() if archived else shelf.live()
    start = bisect_left(shelf.numbers(archived=archived), first)
    return records[start:] if archived else records[start : start + 101]


def _limit(text: str, most: int) -> int | Answer:
    if not text.isdecimal() or not 1 <= int(text) <= most:
        return bad_request(f"Invalid input: limit must be between 1 and {most}", limit=[text[:20]])
    return int(text)


def _next(request: Request, after: str) -> dict[str, str]:
    path, _, query = request.target.partition("?")
    others = [part for part in query.split("&") if part and not part.startswith("after=")]
    host = f"http://{request.headers.get('host', 'api.hubapi.com')}"
    return {"after": after, "link": f"{host}{path}?{'&'.join([*others, f'after={after}'])}"}


def get_record(crm: Crm, kind: ObjectType, record_id: str, request: Request) -> Answer:
    """Answer ``GET …/objects/{type}/{id}``; a record that was merged away is not found."""
    id_property, archived = request.first("idProperty"), request.first("archived") == "true"
    record = find(crm, kind, record_id, id_property)
    if record is None or (record.archived_ms is not None) != archived:
        return not_found("Object not found.  objectId are usually numeric.")
    return Answer(200, Rows(crm, kind, _asked(request)).row(record))


def find(crm: Crm, kind: ObjectType, record_id: str, id_property: str = "") -> Record | None:
    """Return a record by its id, or by the value of another property."""
    if id_property in ("", "hs_object_id"):
        return crm.find(kind.name, record_id)
    found = (record for record in crm.shelf(kind.name).live() if record.values.get(id_property) == record_id)
    return next(found, None)


def read_batch(crm: Crm, kind: ObjectType, request: Request) -> Answer:
    """Answer ``POST …/objects/{type}/batch/read``: 207 when some of the ids are not there."""
    body = request.json
    if not isinstance(body, dict) or not isinstance(body.get("inputs"), list):
        return bad_request("Invalid input JSON on line 1, column 1: inputs is required")
    asked = Asked(tuple(body.get("properties") or ()), tuple(body.get("propertiesWithHistory") or ()))
    ids = list(dict.fromkeys(str(entry.get("id", "")) for entry in body["inputs"]))
    if len(ids) > asked.longest_page:
        return bad_request(_too_many(asked), inputs=[str(len(ids))])
    archived, rows = request.first("archived") == "true", Rows(crm, kind, asked)
    results, missing = [], []
    for record_id in ids:
        record = find(crm, kind, record_id, str(body.get("idProperty") or ""))
        if record is None or (record.archived_ms is not None) != archived:
            missing.append(record_id)
        else:
            results.append(rows.row(record))
    return batch_answer(crm, results, [_not_there(kind, missing)] if missing else [])


def _too_many(asked: Asked) -> str:
    if asked.histories:
        return "The maximum number of inputs supported in a batch request for property histories is 50"
    return "The maximum number of inputs supported in a batch request is 100"


def _not_there(kind: ObjectType, ids: list[str]) -> dict[str, Any]:
    """As recorded: one entry with all the ids."""
    message = (
        f"Could not get some {kind.singular.upper()} objects, they may be deleted or not exist. "
        "Check that ids are valid."
    )
    return missing_entry(message, ids=ids)


def batch_answer(crm: Crm, results: list[dict[str, Any]], errors: list[dict[str, Any]], lost: int = 0) -> Answer:
    """Return the envelope of a batch: 200, or 207 where some of it failed. ``lost`` overrides the number of errors."""
    moment = iso(crm.now_ms())
    body: dict[str, Any] = {"completedAt": moment, "status": "COMPLETE", "startedAt": moment, "results": results}
    if not errors:
        return Answer(200, body)
    return Answer(207, body | {"errors": errors, "numErrors": lost or len(errors)})
