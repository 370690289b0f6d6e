"""What HubSpot answers, and what an answer that is not a success means.

Bodies as recorded: ``{"status": "error", "message", "category"?, "context"?, "policyName"?}``. The client below
has already waited, tried again and refreshed the token where that helps; what arrives here stays refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, Protocol

from connector.errors import (
    ConnectionRefused,
    CursorLost,
    MissingScope,
    NotInAccount,
    QuotaExhausted,
    VendorUnavailable,
    quote,
)

SCOPE_REMEDY = "Add the scopes to the private app (Settings, Integrations, Private apps) or grant access again."
KEY_REMEDY = "Check the access token of the private app, or sign in again."


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and parsed body of one call; ``served_at`` is the vendor's own clock, None when it does not tell."""

    status: int
    body: Any
    served_at: datetime | None = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def rows(self, key: str) -> list[Any]:
        """Return a list of the body; an absent one is empty. Raises VendorUnavailable for any other shape."""
        found = self.body.get(key) if isinstance(self.body, dict) else None
        if found is None and isinstance(self.body, dict):
            return []
        if not isinstance(found, list):
            raise VendorUnavailable(f"HubSpot answered without a list of {key}.", remedy="Run the sync again later.")
        return found

    def next_after(self) -> str:
        """Return the cursor of the next page; empty on the last one."""
        paging = self.body.get("paging") if isinstance(self.body, dict) else None
        following = paging.get("next") if isinstance(paging, dict) else None
        return str(following.get("after") or "") if isinstance(following, dict) else ""


class Call(Protocol):
    """One call to HubSpot; its path says which budget it is charged to (``policy.route``)."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
    ) -> Answer:
        """Return the answer, whatever its status. Raises the errors that no answer can mend."""
        ...


def refuse(answer: Answer, place: str, *, scopes: tuple[str, ...] = (), paging: bool = False) -> NoReturn:
    """Raise what an answer that is not a success means; ``paging`` when the call carried a cursor."""
    body = answer.body if isinstance(answer.body, dict) else {}
    message = quote(body.get("message") or f"status {answer.status}", 200)
    category = str(body.get("category") or "")
    if answer.status in (401, 530):
        raise ConnectionRefused("HubSpot does not accept the key.", place=place, remedy=KEY_REMEDY)
    if answer.status == 403 and category == "MISSING_SCOPES":
        missing = named_scopes(body) or scopes
        listed = ", ".join(missing) or "not named"
        raise MissingScope(f"The key lacks a scope: {listed}.", scopes=missing, place=place, remedy=SCOPE_REMEDY)
    if answer.status in (402, 403, 404) or "infer object type" in message:
        raise NotInAccount(
            f"This HubSpot account or key does not offer {place}: {message}.",
            place=place,
            remedy="Nothing to do unless you use it: then check the edition of the account and the scopes of the key.",
        )
    if answer.status == 429:
        raise QuotaExhausted(f"HubSpot's quota is used up: {message}.", place=place, remedy="Run the sync again later.")
    if paging and answer.status in (400, 410):
        raise CursorLost(f"HubSpot no longer knows the place in the list: {message}.", place=place)
    raise VendorUnavailable(
        f"HubSpot answered {answer.status}: {message}.",
        place=place,
        remedy="Run the sync again later; if it stays so, report this sentence.",
    )


def named_scopes(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the scopes that a refusal names (recorded key: ``context.requiredGranularScopes``)."""
    context = body.get("context")
    named = (
        context.get("requiredGranularScopes") or context.get("requiredScopes") if isinstance(context, dict) else None
    )
    return tuple(str(scope) for scope in named) if isinstance(named, list) else ()
