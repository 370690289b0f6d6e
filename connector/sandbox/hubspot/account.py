"""The account, its use of the API, its currencies, campaigns and lists."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.people import ExchangeRate
from connector.sandbox.crm.record import Record, iso
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot.kinds import CAMPAIGNS, LISTS
from connector.sandbox.hubspot.refusals import bad_request, not_found


def server_time(crm: Crm) -> datetime:
    """Return what the server's clock shows, UTC."""
    return datetime.fromtimestamp(crm.now_ms() / 1000, UTC)


def midnight(crm: Crm) -> datetime:
    """Return the next midnight in the account's time zone, when the daily limit comes back."""
    local = server_time(crm).astimezone(ZoneInfo(crm.account.time_zone))
    return (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def details(crm: Crm) -> Answer:
    """Answer ``GET /account-info/…/details``."""
    zone = server_time(crm).astimezone(ZoneInfo(crm.account.time_zone))
    offset = zone.utcoffset() or timedelta(0)
    text = zone.strftime("%z")
    body = {
        "portalId": crm.account.id,
        "accountType": "STANDARD",
        "timeZone": crm.account.time_zone,
        "companyCurrency": crm.account.currency,
        "additionalCurrencies": list(crm.account.other_currencies),
        "utcOffset": f"{text[:3]}:{text[3:]}",
        "utcOffsetMilliseconds": int(offset.total_seconds() * 1000),
        "uiDomain": "app.hubspot.com",
        "dataHostingLocation": "na1",
    }
    return Answer(200, body)


def usage(crm: Crm, used: int, limit: int) -> Answer:
    """Answer ``GET /account-info/…/api-usage/daily/private-apps``."""
    moment = midnight(crm).astimezone(UTC)
    entry = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": limit,
        "currentUsage": used,
        "collectedAt": iso(crm.now_ms()),
        "fetchStatus": "SUCCESS",
        "resetsAt": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return Answer(200, {"results": [entry]})


def currencies(crm: Crm, rest: tuple[str, ...]) -> Answer:
    """Answer ``/settings/…/currencies``: the company currency and the rates to it, the newest ones or all."""
    if rest == ("company-currency",):
        body = {"currencyCode": crm.account.currency, "currencyName": crm.account.currency, "id": "1"}
        return Answer(200, body | {"createdAt": iso(0), "updatedAt": iso(0)})
    if rest == ("codes",):
        codes = [crm.account.currency, *crm.account.other_currencies]
        return Answer(200, {"results": [{"currencyCode": code, "currencyName": code} for code in codes]})
    if rest not in (("exchange-rates",), ("exchange-rates", "current")):
        return not_found()
    rates = crm.account.rates
    if len(rest) == 2:
        rates = list({rate.currency: rate for rate in sorted(rates, key=lambda rate: rate.from_ms)}.values())
    return Answer(200, {"results": [_rate(crm, rate) for rate in rates]})


def _rate(crm: Crm, rate: ExchangeRate) -> dict[str, Any]:
    return {
        "id": rate.id,
        "fromCurrencyCode": rate.currency,
        "toCurrencyCode": crm.account.currency,
        "conversionRate": float(rate.rate),
        "effectiveAt": iso(rate.from_ms),
        "createdAt": iso(rate.from_ms),
        "updatedAt": iso(rate.from_ms),
        "visibleInUI": True,
    }


def campaigns(crm: Crm, rest: tuple[str, ...], request: Request) -> Answer:
    """Answer ``GET /marketing/…/campaigns``: ids are GUIDs, the cursor is coded, no properties unless asked."""
    names = request.names("properties")
    if rest:
        record = crm.find(CAMPAIGNS, rest[0])
        return Answer(200, _campaign(record, names)) if record else not_found("Campaign not found")
    limit, cursor = request.first("limit", "50"), request.first("after")
    start = _decoded(cursor)
    if not limit.isdecimal() or not 1 <= int(limit) <= 100 or start is None:
        return bad_request("Invalid request: limit must be between 1 and 100, after a cursor of an earlier page")
    found = sorted(crm.shelf(CAMPAIGNS).held.values(), key=lambda record: (record.created_ms, record.id))
    page = found[start : start + int(limit)]
    body: dict[str, Any] = {"total": len(found), "results": [_campaign(record, names) for record in page]}
    if start + len(page) < len(found):
        after = base64.b64encode(str(start + len(page)).encode()).decode().replace("=", "%3D")
        body["paging"] = {"next": {"after": after, "link": f"https://api.hubapi.com{request.path}?after={after}"}}
    return Answer(200, body)


def _decoded(cursor: str) -> int | None:
    """As recorded, the cursor comes quoted for a URL; it is understood both ways."""
    try:
        text = base64.b64decode(cursor.replace("%3D", "="), validate=True).decode()
    except ValueError:
        return None
    return int(text or 0) if (text or "0").isdecimal() else None


def _campaign(record: Record, names: list[str]) -> dict[str, Any]:
    return {
        "id": record.id,
        "properties": {name: record.values[name] for name in names if record.values.get(name)},
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.updated_ms),
        "businessUnits": [{"id": 0}],
    }


def search_lists(crm: Crm, request: Request) -> Answer:
    """Answer ``POST …/lists/search``: pages by offset, names as recorded."""
    body = request.json if isinstance(request.json, dict) else {}
    offset, count = int(body.get("offset") or 0), min(int(body.get("count") or 20), 500)
    found = sorted(crm.shelf(LISTS).live(), key=lambda record: record.number)
    wanted = {str(one) for one in body.get("listIds") or ()}
    found = [record for record in found if not wanted or record.id in wanted]
    page = found[offset : offset + count]
    shown = {
        "offset": offset + len(page),
        "hasMore": offset + len(page) < len(found),
        "lists": [_list(record) for record in page],
        "total": len(found),
    }
    return Answer(200, shown)


def _list(record: Record) -> dict[str, Any]:
    values = record.values
    more = {"hs_list_size": values["size"], "hs_list_reference_count": "0"}
    if values["size"] != "0":
        more["hs_last_record_added_at"] = str(record.updated_ms)
    return {
        "listId": record.id,
        "listVersion": 1,
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.updated_ms),
        "filtersUpdatedAt": iso(record.created_ms),
        "processingStatus": "COMPLETE",
        "createdById": "61526375",
        "updatedById": "61526375",
        "processingType": values["processing_type"],
        "objectTypeId": values["object_type_id"],
        "name": values["name"],
        "additionalProperties": more,
    }


def memberships(crm: Crm, list_id: str, request: Request) -> Answer:
    """Answer ``GET …/lists/{id}/memberships``."""
    record = crm.find(LISTS, list_id)
    if record is None:
        return not_found("List does not exist")
    limit, after = int(request.first("limit", "100")), request.first("after", "0")
    members = sorted((m for m in record.values.get("members", "").split(";") if m), key=int)
    rest = [member for member in members if int(member) >= int(after)]
    moment = iso(record.created_ms)
    shown: dict[str, Any] = {
        "results": [{"recordId": member, "membershipTimestamp": moment} for member in rest[:limit]],
        "total": len(members),
    }
    if len(rest) > limit:
        shown["paging"] = {"next": {"after": rest[limit], "link": ""}}
    return Answer(200, shown)
