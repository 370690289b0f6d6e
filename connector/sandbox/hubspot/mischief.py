"""How HubSpot looks when something goes wrong: the faults in its own words and shapes."""

from __future__ import annotations

import orjson

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.record import iso, to_ms
from connector.sandbox.http.faults import Fault
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot import refusals
from connector.sandbox.hubspot.account import midnight
from connector.sandbox.hubspot.kinds import ALIASES
from connector.sandbox.hubspot.paths import locate
from connector.sandbox.hubspot.service import HubSpot, bearer


class HubSpotVendor:
    """HubSpot as the shared server and its faults see it."""

    def __init__(self, service: HubSpot) -> None:
        self.service = service
        self.crm: Crm = service.crm
        self._quota_back_ms = 0

    def answer(self, request: Request) -> Answer:
        """Answer a request without a fault."""
        return self.service.answer(request)

    def kind(self, request: Request) -> str:
        """Return the kind of record of a request for records or links."""
        place = locate(request.path)
        if place is None or place.area not in ("objects", "associations") or not place.rest:
            return ""
        found = ALIASES.get(place.rest[0])
        return found.name if found is not None else ""

    def traits(self, request: Request) -> frozenset[str]:
        """Tell further pages, batches and answers with rows."""
        place = locate(request.path)
        if place is None or place.area == "oauth":
            return frozenset()
        traits = {"page"} if place.area in ("objects", "owners", "campaigns", "lists") else set()
        if place.area in ("objects", "associations"):
            traits.add("records")
        if place.rest[-2:] == ("batch", "read"):
            traits.add("batch")
        if _cursor(request):
            traits.add("cursor")
        return frozenset(traits)

    def page_key(self, request: Request) -> str:
        """Return what the pages of a list or search have in common; empty for anything else."""
        if "page" not in self.traits(request) or "batch" in self.traits(request):
            return ""
        query = [part for part in request.target.split("?")[-1].split("&") if not part.startswith("after=")]
        body = request.json if isinstance(request.json, dict) else {}
        asked = {name: value for name, value in body.items() if name not in ("after", "offset")}
        return f"{request.path}?{'&'.join(query)} {orjson.dumps(asked, option=orjson.OPT_SORT_KEYS).decode()}"

    def refuse(self, fault: Fault, request: Request) -> Answer | None:
        """Return HubSpot's refusal for a fault."""
        if fault.name == "rate_limit":
            return refusals.too_many("TEN_SECONDLY_ROLLING", fault.number("seconds"))
        if fault.name == "rate_limit_silent":
            return refusals.too_many("TEN_SECONDLY_ROLLING")
        if fault.name == "error_500":
            return refusals.broken()
        if fault.name == "html_502":
            return refusals.bad_gateway()
        if fault.name == "expired_cursor":
            return refusals.bad_request("The paging cursor is invalid or has expired", after=[_cursor(request)[:80]])
        if fault.name == "daily_quota":
            return self._quota(request)
        return self._expire(request) if fault.name == "expired_token" else None

    def _quota(self, request: Request) -> Answer | None:
        """Refuse until midnight in the account's zone; the account itself can still be asked about its limits."""
        if request.path.startswith(("/account-info/", "/oauth/")):
            return None
        now = self.crm.now_ms()
        self._quota_back_ms = self._quota_back_ms or to_ms(midnight(self.crm))
        return refusals.too_many("DAILY", (self._quota_back_ms - now) // 1000) if now < self._quota_back_ms else None

    def _expire(self, request: Request) -> Answer | None:
        if request.path.startswith("/oauth/"):
            return None
        self.service.tokens.expire(bearer(request))
        return refusals.expired_token(iso(self.crm.now_ms()))

    def spoil(self, fault: Fault, answer: Answer) -> Answer:
        """Turn the rows of a page round, or leave some out of a batch."""
        content = answer.content if isinstance(answer.content, dict) else {}
        rows = content.get("results")
        if not isinstance(rows, list) or not rows:
            return answer
        if fault.name == "reorder_page":
            answer.content = content | {"results": rows[1::2] + rows[::2][::-1]}
        elif fault.name == "partial_207" and "startedAt" in content:
            count = min(int(fault.number("count")), len(rows))
            lost = [str(row.get("id") or row.get("from", {}).get("id")) for row in rows[-count:]]
            entry = refusals.missing_entry(
                "Could not get some objects, they may be deleted or not exist. Check that ids are valid.", ids=lost
            )
            errors = [*content.get("errors", []), entry]
            answer.status = 207
            answer.content = content | {"results": rows[:-count], "errors": errors, "numErrors": len(errors)}
        return answer


def _cursor(request: Request) -> str:
    """Return the cursor of a request for a further page; empty for a first one."""
    body = request.json if isinstance(request.json, dict) else {}
    cursor = request.first("after") or str(body.get("after") or body.get("offset") or "")
    return "" if cursor == "0" else cursor
