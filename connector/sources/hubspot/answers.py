"""What HubSpot answers, and what an answer that is not a success means.

Bodies as recorded: ``{"status": "error", "message", "category"?, "context"?, "policyName"?}``. The client below
has already waited, tried again and refreshed the token where that helps; what arrives here stays refused. A good
answer of another shape than the contract's is an error that names its place, never an empty list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn, Protocol
from urllib.parse import parse_qs, urlsplit

from connector.errors import (
    ConnectionRefused,
    CursorLost,
    MissingScope,
    NotInAccount,
    QuotaExhausted,
    VendorUnavailable,
    quote,
)
from connector.http.answer import Parse

SCOPE_REMEDY = "Add the scopes to the private app (Settings, Integrations, Private apps) or grant access again."
KEY_REMEDY = "Check the access token of the private app, or sign in again."
LATER = "Run the sync again later."
_OBJECTS = frozenset({dict})
TOO_LARGE = 413
"""Status of an answer that is longer than we take in, whoever says so."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and parsed body of one call.

    ``body`` is None when it cannot be read, ``{}`` when a refusal came without one. ``served_at`` is the vendor's own
    clock, None when it does not tell. ``place`` is the method and path of the call, ``moved_to`` a redirect's address.
    """

    status: int
    body: Any
    served_at: datetime | None = None
    place: str = ""
    moved_to: str = ""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def rows(self, key: str = "results") -> list[Mapping[str, Any]]:
        """Return a list of objects in the body. Raises VendorUnavailable where there is none.

        Only ``errors``, and what a ``total`` of 0 counts, may be absent or null: a list that is not there is not empty.
        """
        found = self.body.get(key) if isinstance(self.body, dict) else False
        if found is None and (key == "errors" or self.body.get("total") == 0):
            return []
        if not isinstance(found, list) or not _OBJECTS.issuperset(map(type, found)):
            raise self.unreadable(key)
        return found

    def records(self) -> tuple[list[Mapping[str, Any]], list[str]]:
        """Return the records of the body and their ids, which are whole numbers. Raises VendorUnavailable."""
        found = self.rows()
        try:
            ids = [str(record["id"]) for record in found]
        except KeyError:
            raise self.unreadable("id") from None
        joined = "".join(ids)
        if ids and not (all(ids) and joined.isascii() and joined.isdecimal()):
            raise self.unreadable("id")
        return found, ids

    def number(self, key: str) -> int | None:
        """Return a whole number of the body, None where it is absent or null. Raises VendorUnavailable."""
        found = self.body.get(key) if isinstance(self.body, dict) else None
        if found is None:
            return None
        text = str(found)
        if not (text.isascii() and text.isdecimal()):
            raise self.unreadable(key)
        return int(text)

    def next_after(self) -> str:
        """Return the cursor of the next page; empty on the last one. Raises VendorUnavailable for one without it."""
        paging = self.body.get("paging") if isinstance(self.body, dict) else None
        following = paging.get("next") if isinstance(paging, dict) else paging
        if not following:
            return ""
        if not isinstance(following, dict):
            raise self.unreadable("paging")
        after, link = following.get("after"), str(following.get("link") or "")
        if after in (None, "") and link:  # the link of the next page holds the same cursor
            after = parse_qs(urlsplit(link).query).get("after", [""])[0]
            if not after:
                raise self.unreadable("paging")
        return "" if after is None else str(after)

    def unreadable(self, key: str) -> VendorUnavailable:
        """Return the error for a body that has something else, or nothing, under a key."""
        return unreadable(key, self.place, said(self.body) if isinstance(self.body, dict) else "")


class Call(Protocol):
    """One call to HubSpot; its path says which budget it is charged to (``policy.route``)."""

    def __call__(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        parse: Parse | None = None,
    ) -> Answer:
        """Return the answer, whatever its status; ``parse`` may make the body of a good one.

        Raises the errors that no answer can mend.
        """
        ...


def refuse(answer: Answer, place: str, *, scopes: tuple[str, ...] = (), paging: bool = False) -> NoReturn:
    """Raise what an answer that is not a success means; ``paging`` when the call carried a cursor."""
    body = answer.body if isinstance(answer.body, dict) else {}
    message = quote(said(body) or f"status {answer.status}", 200)
    if answer.status in (401, 530):
        raise ConnectionRefused("HubSpot does not accept the key.", place=place, remedy=KEY_REMEDY)
    if answer.status == 403 and body.get("category") == "MISSING_SCOPES":
        missing = named_scopes(body, scopes)
        listed = ", ".join(missing) or "not named"
        raise MissingScope(f"The key lacks a scope: {listed}.", scopes=missing, place=place, remedy=SCOPE_REMEDY)
    # A page of somebody in between (a firewall's 403 in HTML) says nothing about the account.
    barred = answer.status in (402, 403) and answer.body is not None
    if barred or answer.status == 404 or "infer object type" in message:
        raise NotInAccount(
            f"This HubSpot account or key does not offer {place}: {message}.",
            place=place,
            remedy="Nothing to do unless you use it: then check the edition of the account and the scopes of the key.",
        )
    if answer.status == 429:
        raise QuotaExhausted(f"HubSpot's quota is used up: {message}.", place=place, remedy=LATER)
    if paging and answer.status in (400, 410):
        raise CursorLost(f"HubSpot no longer knows the place in the list: {message}.", place=place)
    raise VendorUnavailable(
        f"HubSpot answered {answer.status}: {message}.",
        place=place,
        remedy="Run the sync again later; if it stays so, report this sentence.",
    )


def unreadable(key: str, place: str, told: str = "") -> VendorUnavailable:
    """Return the error for an answer that has something else than it should under a key; ``told`` is what it says."""
    reason = f" It says {quote(told, 200)}." if told else ""
    return VendorUnavailable(
        f"HubSpot's answer has nothing readable under {quote(key)}.{reason}",
        place=place,
        remedy="Run the sync again later; if it stays so, report this sentence.",
    )


def said(body: Mapping[str, Any]) -> str:
    """Return the sentence of a refusal: its own, else that of the first error it lists."""
    listed = body.get("errors")
    for each in (body, *(listed if isinstance(listed, list) else ())):
        told = each.get("message") or each.get("error_description") if isinstance(each, dict) else each
        if told and isinstance(told, str):
            return told
    return str(body.get("error") or "")


def named_scopes(body: Mapping[str, Any], known: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the scopes that a refusal names; ``known`` come first where it names only the old words for them.

    Recorded: ``context.requiredGranularScopes``; older bodies have ``errors[].context.requiredScopes`` with words
    such as ``contacts`` even for owners (HubSpot/hubspot-api-nodejs 268), which nobody finds among the scopes.
    """
    listed = body.get("errors")
    contexts = [
        each["context"]
        for each in (body, *(listed if isinstance(listed, list) else ()))
        if isinstance(each, dict) and isinstance(each.get("context"), dict)
    ]
    granular = [scope for context in contexts for scope in texts(context.get("requiredGranularScopes"))]
    old = [scope for context in contexts for scope in texts(context.get("requiredScopes"))]
    return tuple(dict.fromkeys(granular or (*known, *old)))


def key_of(row: Any, name: str, place: str) -> str:
    """Return what names a row, as text. Raises VendorUnavailable for a row without it."""
    told = row.get(name) if isinstance(row, dict) else None
    if told is None or isinstance(told, dict | list | bool) or not str(told).strip():
        raise unreadable(name, place)
    return str(told)


def rows_of(value: Any, key: str, place: str) -> list[Mapping[str, Any]]:
    """Return a list inside of a row; null and absent are empty. Raises VendorUnavailable for anything else."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise unreadable(key, place)
    return value


def texts(value: Any) -> list[str]:
    """Return the members of a list as texts, a single text as a list of it; nothing for anything else."""
    if isinstance(value, list):
        return [str(each) for each in value if isinstance(each, str | int)]
    return [value] if isinstance(value, str) and value else []


def flag(value: Any) -> bool:
    """Return whether a value says yes, as a boolean or a text. What says neither is a no: it never hides a record."""
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")
