"""HubSpot's side of a conversation: who may ask, how often, and who answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.sandbox.crm.crm import Crm
from connector.sandbox.http.message import Answer, Request
from connector.sandbox.hubspot import account, definitions, objects, refusals
from connector.sandbox.hubspot.associations import Associations, labels
from connector.sandbox.hubspot.kinds import ALIASES, ObjectType
from connector.sandbox.hubspot.limits import PRIVATE_A_DAY, Limits
from connector.sandbox.hubspot.paths import Place, locate
from connector.sandbox.hubspot.search import Search
from connector.sandbox.hubspot.tokens import Tokens

LONGEST_TARGET = 16_000
"""Characters of a URL beyond which the front server refuses."""
READS = {
    "owners": ("crm.objects.owners.read",),
    "lists": ("crm.lists.read",),
    "campaigns": ("marketing.campaigns.read",),
    "currencies": ("settings.currencies.read", "multi-currency-read"),
    "users": ("settings.users.teams.read",),
    "schemas": ("crm.schemas.custom.read",),
}
"""Area to the scopes of which any opens it; records are opened by those of their type. No contract names those of
the currencies: the documentation has one for the dated paths and one for v3, and both are accepted."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How this account behaves. ``ticks`` gives the seconds by which limits are counted."""

    ticks: Callable[[], float]
    enforce_limits: bool = False
    index_lag_seconds: float = 0.0


class HubSpot:
    """Answers requests about one CRM."""

    def __init__(self, crm: Crm, tokens: Tokens, habits: Habits) -> None:
        self.crm = crm
        self.tokens = tokens
        self.search = Search(crm, habits.index_lag_seconds)
        self.limits = Limits(habits.ticks, enforced=habits.enforce_limits)
        self.associations = Associations(crm)

    def answer(self, request: Request) -> Answer:
        """Answer one request as HubSpot would without a fault."""
        if len(request.target) > LONGEST_TARGET:
            return refusals.too_long()
        if request.path == "/oauth/authorize":
            return self.tokens.authorize(request)
        place = locate(request.path)
        if place is None:
            return refusals.no_such_path()
        if place.area == "oauth":
            return self.tokens.answer(place.version, place.rest, request)
        token = bearer(request)
        scopes = self.tokens.allowed(token)
        if scopes is None:
            expired = self.tokens.expired_at(token)
            return refusals.expired_token(expired) if expired else refusals.unknown_token()
        return self._counted(place, request, scopes, is_public=self.tokens.is_public(token))

    def _counted(self, place: Place, request: Request, scopes: frozenset[str], *, is_public: bool) -> Answer:
        is_search = place.area == "objects" and place.rest[-1:] == ("search",)
        refused = self.limits.refuse(is_search=is_search, is_public=is_public)
        if refused is not None:
            return refused
        needed = self._scopes(place)
        if needed and not scopes.intersection(needed):
            return refusals.missing_scopes(needed)
        with self.crm.lock:
            answer = self._route(place, request)
        answer.headers |= self.limits.headers(is_search=is_search, is_public=is_public)
        return answer

    def _scopes(self, place: Place) -> tuple[str, ...]:
        kind = ALIASES.get(place.rest[0]) if place.rest else None
        if kind is not None and place.area in ("objects", "properties", "pipelines", "associations"):
            return kind.scopes
        return READS.get(place.area, ())

    def _route(self, place: Place, request: Request) -> Answer:
        area, rest = place.area, place.rest
        if area == "objects":
            return self._objects(place, request)
        if area == "associations":
            return self._links(place, request)
        if area in ("properties", "pipelines"):
            return self._definitions(place, request)
        if area == "owners":
            found = definitions.get_owner(self.crm, rest[0], request) if rest else None
            return found or definitions.list_owners(self.crm, request)
        if area == "users":
            return definitions.list_teams(self.crm) if rest == ("teams",) else refusals.no_such_path()
        return self._account(place, request)

    def _account(self, place: Place, request: Request) -> Answer:
        area, rest = place.area, place.rest
        if area == "account-info":
            if rest == ("details",):
                return account.details(self.crm)
            return account.usage(self.crm, self.limits.used_today, PRIVATE_A_DAY)
        if area == "currencies":
            return account.currencies(self.crm, rest)
        if area == "campaigns":
            return account.campaigns(self.crm, rest, request)
        if area == "schemas":
            named = [part for part in rest if part != "schemas"]
            return definitions.get_schema(self.crm, named[0]) if named else definitions.list_schemas()
        if rest == ("search",) and request.method == "POST":
            return account.search_lists(self.crm, request)
        if rest[1:2] == ("memberships",):
            return account.memberships(self.crm, rest[0], request)
        return refusals.no_such_path()

    def _objects(self, place: Place, request: Request) -> Answer:
        kind, rest = _kind(place.rest), place.rest[1:]
        if kind is None:
            return refusals.unknown_type(place.rest[0] if place.rest else "")
        if request.method == "POST":
            if rest == ("search",):
                return self.search.answer(kind, request)
            return objects.read_batch(self.crm, kind, request) if rest == ("batch", "read") else _closed()
        if not rest:
            return objects.list_records(self.crm, kind, request)
        if len(rest) == 1:
            return objects.get_record(self.crm, kind, rest[0], request)
        other = ALIASES.get(rest[2]) if len(rest) == 3 and rest[1] == "associations" else None
        if other is None:
            return refusals.no_such_path()
        return self.associations.of_record(kind, rest[0], other, place.version, request)

    def _links(self, place: Place, request: Request) -> Answer:
        kind, other = _kind(place.rest), ALIASES.get(place.rest[1]) if len(place.rest) > 1 else None
        if kind is None or other is None:
            return refusals.unknown_type("/".join(place.rest[:2]))
        if place.rest[2:] == ("batch", "read") and request.method == "POST":
            return self.associations.read_batch(kind, other, place.version, request)
        return labels(kind, other) if place.rest[2:] == ("labels",) else refusals.no_such_path()

    def _definitions(self, place: Place, request: Request) -> Answer:
        kind, rest = _kind(place.rest), list(place.rest[1:])
        if kind is None:
            return refusals.unknown_type(place.rest[0] if place.rest else "")
        if place.area == "pipelines":
            found = definitions.get_pipeline(self.crm, kind, rest) if rest else None
            return found or definitions.list_pipelines(self.crm, kind)
        if rest == ["properties"]:  # /properties/v2/deals/properties, which older readers still ask for
            listed = definitions.list_fields(self.crm, kind, request)
            return Answer(200, listed.content["results"])
        found = definitions.get_field(self.crm, kind, rest[0]) if rest else None
        return found or definitions.list_fields(self.crm, kind, request)


def bearer(request: Request) -> str:
    """Return the token of a request; empty where there is none."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _kind(rest: tuple[str, ...]) -> ObjectType | None:
    return ALIASES.get(rest[0]) if rest else None


def _closed() -> Answer:
    return refusals.refusal(405, "The sandbox only reads", "METHOD_NOT_ALLOWED")
