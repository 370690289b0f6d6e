"""Streams that are read whole every time: owners, teams, pipelines, rates, campaigns, lists.

All are small. A pass that was cut short begins again: its first page says that what came before is void.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connector.errors import VendorUnavailable
from connector.sources.hubspot.answers import LATER, Answer, Call, flag, key_of, refuse, rows_of
from connector.sources.hubspot.catalogue import PIPELINE_OBJECTS, SNAPSHOT_SCOPES
from connector.sources.hubspot.columns import Shape, table
from connector.sources.hubspot.records import TRIES
from connector.sources.hubspot.versions import Version
from connector.sources.stream import Columns, Page

OWNER_COLUMNS = (
    "id",
    "email",
    "type",
    "firstName",
    "lastName",
    "userId",
    "userIdIncludingInactive",
    "createdAt",
    "updatedAt",
    "archived",
    "teams",
    "team_id",
)
TEAM_COLUMNS = ("id", "name", "archived")
STAGE_COLUMNS = (
    "id",
    "pipeline_id",
    "pipeline_label",
    "pipeline_order",
    "stage_label",
    "display_order",
    "is_closed",
    "probability",
    "stage_state",
    "createdAt",
    "updatedAt",
    "archived",
)
RATE_COLUMNS = (
    "id",
    "fromCurrencyCode",
    "toCurrencyCode",
    "conversionRate",
    "effectiveAt",
    "visibleInUI",
    "createdAt",
    "updatedAt",
    "archived",
)
LIST_COLUMNS = (
    "id",
    "name",
    "objectTypeId",
    "processingType",
    "processingStatus",
    "size",
    "createdAt",
    "updatedAt",
    "archived",
    "archivedAt",
)
CAMPAIGN_PROPERTIES = (
    "hs_name",
    "hs_campaign_status",
    "hs_start_date",
    "hs_end_date",
    "hs_owner",
    "hs_goal",
    "hs_audience",
    "hs_notes",
    "hs_utm",
    "hs_currency_code",
    "hs_budget_items_sum_amount",
    "hs_spend_items_sum_amount",
    "hs_object_id",
)
LISTS_PAGE = 250
STATE_NAMES = ("ticketState", "leadState", "state")


@dataclass(frozen=True, slots=True)
class Snapshots:
    """The calls of the streams that are read whole."""

    call: Call
    version: Version

    def pages(self, stream: str) -> Iterator[Page]:
        """Yield all rows of a stream. Raises NotInAccount, MissingScope, TryLater."""
        first = True
        for columns in self._readers()[stream](stream):
            yield Page(columns, {}, first=first)
            first = False
        yield Page({"id": ()}, {}, done=True, first=first)

    def _readers(self) -> Mapping[str, Callable[[str], Iterator[Columns]]]:
        return {
            "owners": self._owners,
            "teams": self._teams,
            "deal_pipelines": self._pipelines,
            "ticket_pipelines": self._pipelines,
            "lead_pipelines": self._pipelines,
            "currencies": self._rates,
            "campaigns": self._campaigns,
            "lists": self._lists,
        }

    def stages(self, stream: str) -> list[dict[str, Any]]:
        """Return one row per pipeline stage; archived ones say so."""
        path = self.version.path("pipelines", object=PIPELINE_OBJECTS[stream])
        answer = self._ask(stream, "GET", path)
        return [
            stage_row(pipeline, stage, stream)
            for pipeline in answer.rows()
            for stage in Answer(200, pipeline, place=stream).rows("stages")
        ]

    def _owners(self, stream: str) -> Iterator[Columns]:
        for owners in self._owner_pages(stream):
            yield table([owner_row(owner, stream) for owner in owners], OWNER_COLUMNS)

    def _teams(self, stream: str) -> Iterator[Columns]:
        """Teams have no list of their own that a key for owners may read: they are those that owners are in."""
        teams: dict[str, dict[str, Any]] = {}
        for owners in self._owner_pages(stream):
            for owner in owners:
                for team in rows_of(owner.get("teams"), "teams", stream):
                    key = key_of(team, "id", stream)
                    teams[key] = {"id": key, "name": team.get("name"), "archived": "false"}
        yield table(list(teams.values()), TEAM_COLUMNS)

    def _owner_pages(self, stream: str) -> Iterator[Sequence[Mapping[str, Any]]]:
        for archived in ("false", "true"):
            pages = self._paged(stream, self.version.owners, {"limit": "100", "archived": archived})
            for owners in pages:  # one who does not tell is what was asked for
                yield [
                    owner if owner.get("archived") is not None else {**owner, "archived": archived} for owner in owners
                ]

    def _pipelines(self, stream: str) -> Iterator[Columns]:
        yield table(self.stages(stream), STAGE_COLUMNS)

    def _rates(self, stream: str) -> Iterator[Columns]:
        for rates in self._paged(stream, self.version.currencies, {"limit": "100"}):
            rows = [{**rate, "id": key_of(rate, "id", stream), "archived": "false"} for rate in rates]
            yield table(rows, RATE_COLUMNS)

    def _campaigns(self, stream: str) -> Iterator[Columns]:
        shape = Shape(CAMPAIGN_PROPERTIES)
        query = {"limit": "100", "properties": ",".join(CAMPAIGN_PROPERTIES)}
        for campaigns in self._paged(stream, self.version.campaigns, query):
            named = [{**campaign, "id": key_of(campaign, "id", stream)} for campaign in campaigns]
            rows = [row for some in shape.alike(named, stream) for row in some]
            yield with_all(shape.columns(rows), CAMPAIGN_PROPERTIES)

    def _lists(self, stream: str) -> Iterator[Columns]:
        offset, more = 0, True
        while more:
            answer = self._list_search(stream, offset)
            yield table([list_row(each, stream) for each in answer.rows("lists")], LIST_COLUMNS)
            offset, more = answer.number("offset") or 0, flag(answer.body.get("hasMore"))

    def _list_search(self, stream: str, offset: int) -> Answer:
        body = {
            "offset": offset,
            "count": LISTS_PAGE,
            "listIds": [],
            "processingTypes": [],
            "additionalProperties": [],
        }
        for _ in range(TRIES):
            answer = self._ask(stream, "POST", self.version.lists, body=body)
            answer.rows("lists")
            if not flag(answer.body.get("hasMore")) or (answer.number("offset") or 0) > offset:
                return answer
        raise same_page(stream)

    def _paged(self, stream: str, path: str, query: Mapping[str, str]) -> Iterator[Sequence[Mapping[str, Any]]]:
        after = ""
        seen = {""}
        while True:
            answer = self._next_page(stream, path, {**query, **({"after": after} if after else {})}, seen)
            yield answer.rows()
            after = answer.next_after()
            if not after:
                return
            seen.add(after)

    def _next_page(self, stream: str, path: str, query: Mapping[str, str], seen: set[str]) -> Answer:
        for _ in range(TRIES):
            answer = self._ask(stream, "GET", path, query=query)
            following = answer.next_after()
            if not following or following not in seen:
                return answer
        raise same_page(stream)

    def _ask(
        self, stream: str, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Answer:
        answer = self.call(method, path, query=query, body=body)
        if not answer.ok:
            refuse(answer, stream, scopes=SNAPSHOT_SCOPES[stream], paging="after" in (query or {}))
        return answer


def owner_row(owner: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """Return an owner with the team that is the primary one, else the first."""
    teams = rows_of(owner.get("teams"), "teams", stream)
    primary = [team for team in teams if flag(team.get("primary"))] or teams
    return {
        **owner,
        "id": key_of(owner, "id", stream),
        "archived": "true" if flag(owner.get("archived")) else "false",
        "teams": teams,
        "team_id": key_of(primary[0], "id", stream) if primary else None,
    }


def stage_row(pipeline: Mapping[str, Any], stage: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """Return a stage with what is known of its pipeline; the metadata's values are texts."""
    metadata = stage.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return {
        "id": key_of(stage, "id", stream),
        "pipeline_id": key_of(pipeline, "id", stream),
        "pipeline_label": pipeline.get("label"),
        "pipeline_order": pipeline.get("displayOrder"),
        "stage_label": stage.get("label"),
        "display_order": stage.get("displayOrder"),
        "is_closed": metadata.get("isClosed"),
        "probability": metadata.get("probability"),
        "stage_state": next((metadata[name] for name in STATE_NAMES if metadata.get(name)), None),
        "createdAt": stage.get("createdAt"),
        "updatedAt": stage.get("updatedAt"),
        "archived": "true" if flag(stage.get("archived")) or flag(pipeline.get("archived")) else "false",
    }


def list_row(found: Mapping[str, Any], stream: str) -> dict[str, Any]:
    """Return a list of records with its size; a deleted one counts as archived."""
    further = found.get("additionalProperties")
    return {
        **found,
        "id": key_of(found, "listId", stream),
        "size": further.get("hs_list_size") if isinstance(further, dict) else None,
        "archived": "true" if found.get("deletedAt") else "false",
        "archivedAt": found.get("deletedAt"),
    }


def with_all(columns: Columns, names: Sequence[str]) -> Columns:
    """Return columns with an empty one for every property that no record has: campaigns leave out what is unset."""
    nothing = [None] * len(columns["id"])
    return {**{f"properties.{name}": nothing for name in names}, **columns}


def same_page(stream: str) -> VendorUnavailable:
    """Return the error for a cursor that leads nowhere."""
    return VendorUnavailable("HubSpot's list gives the same page again and again.", place=stream, remedy=LATER)
