"""Which records are linked to which: one row per parent, one column per kind of child.

A link changes without moving the timestamp of either record (sources.md 3.4.7), so every run reads again the links
of the parents that changed since the last finished pass and of all open deals.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

import orjson

from connector.errors import MissingScope, NotInAccount, VendorUnavailable
from connector.sources.hubspot.answers import LATER, Answer, Call, key_of, refuse, rows_of, texts, unreadable
from connector.sources.hubspot.catalogue import KINDS, LinkKind
from connector.sources.hubspot.objects import OVERLAP
from connector.sources.hubspot.versions import Version
from connector.sources.stream import Page, Reading, State

BATCH = 1000
"""Inputs of one call (developers.hubspot.com/changelog, "batch read limit for HubSpot associations API")."""

TRIES = 4
"""How often what a 207 has lost is asked for."""
PAGE = 500
"""Links of one page of a parent's own list, at most."""
MOST_AGAIN = 10_000
"""Parents that HubSpot did not find and that the next run asks for again, at most."""

NO_LINKS = "crm.associations.NO_ASSOCIATIONS_FOUND"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one kind of parent."""

    call: Call
    version: Version
    kind: LinkKind
    batch: int = BATCH

    def pages(self, state: State, reading: Reading, began: datetime, open_stages: frozenset[str]) -> Iterator[Page]:
        """Yield the links that may have changed. Raises NotInAccount when no child can be read at all.

        The first pass reads the parents that have no row yet, so a run that died is taken up where it stopped; what
        changed since the dead one ``began`` is read again. A ``full`` or ``reconcile`` run reads those of all parents.
        """
        under_way = dict(state) if state.get("since") else {"began": began.isoformat(), **state}
        children, gone = list(self.kind.children), set[str]()
        for ids in self._wanted(state, reading, open_stages):
            yield Page(self._columns(ids, children, gone), under_way)
        done = {"since": (began - OVERLAP).isoformat(), "again": sorted(gone)[:MOST_AGAIN]}
        yield Page({"id": ()}, done, done=True)

    def _wanted(self, state: State, reading: Reading, open_stages: frozenset[str]) -> Iterator[Sequence[str]]:
        known, parent, since = reading.known, self.kind.parent, read_since(state)
        if since is not None and reading.mode != "changes":
            yield from gathered(known.ids(parent), self.batch)
            return
        sources: list[Iterator[Sequence[str]]] = []
        if not state.get("since"):
            have = set(integers(known.ids(self.kind.stream)))
            sources.append(not_in(known.ids(parent), have))
        if since is not None:
            again = state.get("again", ())
            sources += [known.ids_since(parent, "updatedAt", since), known.changed(parent), iter([again])]
            if open_stages:
                sources.append(known.ids_where(parent, f"properties.{KINDS[parent].stage}", open_stages))
        yield from gathered(once(chain(*sources)), self.batch)

    def _columns(self, ids: Sequence[str], children: list[str], gone: set[str]) -> dict[str, list[str | None]]:
        found: dict[str, dict[str, list[dict[str, Any]]]] = {}
        for child in list(children):
            try:
                found[child] = self._linked(ids, child, gone)
            except (NotInAccount, MissingScope):
                if len(children) == 1:
                    raise
                children.remove(child)  # the account lacks this kind of record: its column stays unknown
        told = [each for each in ids if each not in gone]
        columns: dict[str, list[str | None]] = {"id": list(told), "archived": ["false"] * len(told)}
        for child, linked in found.items():
            columns[child] = [orjson.dumps(linked.get(each, [])).decode() for each in told]
        return columns

    def _linked(self, ids: Sequence[str], child: str, gone: set[str]) -> dict[str, list[dict[str, Any]]]:
        """Return the links of some parents by id of the parent; parents without any are not in it.

        What a 207 has lost without saying that there is none is asked for again. Parents that HubSpot then still does
        not find are added to ``gone``: the next run asks again, unless the parent is known to be gone by then. Raises
        VendorUnavailable when others never come: a link that was not told is not one that is gone.
        """
        linked: dict[str, list[dict[str, Any]]] = {}
        settled: set[str] = set()
        lost: set[str] = set()
        for _ in range(TRIES):
            lost.clear()
            missing = [each for each in ids if each not in settled]
            answer = self._ask([{"id": each} for each in missing], child)
            settled |= without_links(answer)
            lost |= not_found(answer)
            self._rest(self._take(answer, child, linked), child, linked)
            settled |= linked.keys()
            if settled.issuperset(ids):
                return linked
        gone |= lost - settled
        untold = set(ids) - settled - lost
        if not untold:
            return linked
        raise VendorUnavailable(
            f"HubSpot does not tell the links of {len(untold)} records.",
            place=self._place(child),
            remedy=LATER,
        )

    def _take(self, answer: Answer, child: str, linked: dict[str, list[dict[str, Any]]]) -> dict[str, str]:
        """Keep the links of an answer; return the cursors of the parents that have more."""
        more = {}
        for result in answer.rows():
            parent = key_of(result.get("from"), "id", self._place(child))
            told = Answer(200, result, place=self._place(child))
            add_links(linked.setdefault(parent, []), told.rows("to"), self._place(child))
            after = told.next_after()
            if after:
                more[parent] = after
        return more

    def _rest(self, more: dict[str, str], child: str, linked: dict[str, list[dict[str, Any]]]) -> None:
        """Read the further links of parents by their cursors.

        Where a cursor leads nowhere (HubSpot/hubspot-api-python 187), or the parent is not told of any more, all of
        its links are read from its own list.
        """
        seen: set[tuple[str, str]] = set()
        while more:
            seen.update(more.items())
            answer = self._ask([{"id": parent, "after": after} for parent, after in more.items()], child)
            following = self._take(answer, child, linked)
            told = {key_of(result.get("from"), "id", self._place(child)) for result in answer.rows()}
            stuck = {parent for parent, after in following.items() if (parent, after) in seen}
            for parent in sorted(stuck | (more.keys() - told)):
                linked[parent] = self._one_by_one(parent, child)
            more = {parent: after for parent, after in following.items() if parent not in stuck}

    def _one_by_one(self, parent: str, child: str) -> list[dict[str, Any]]:
        """Return all links of one parent, page by page of its own list."""
        links: list[dict[str, Any]] = []
        after, seen = "", {""}
        path = self.version.path("linked", parent=self.kind.parent, id=parent, child=child)
        while True:
            answer = self.call("GET", path, query={"limit": str(PAGE), **({"after": after} if after else {})})
            if not answer.ok:
                refuse(answer, self._place(child), scopes=KINDS[child].scopes)
            add_links(links, answer.rows(), self._place(child))
            after = answer.next_after()
            if not after:
                return links
            if after in seen:
                raise unreadable("paging", self._place(child))
            seen.add(after)

    def _place(self, child: str) -> str:
        return f"{self.kind.parent} to {child}"

    def _ask(self, inputs: list[dict[str, str]], child: str) -> Answer:
        path = self.version.path("associations", parent=self.kind.parent, child=child)
        answer = self.call("POST", path, body={"inputs": inputs})
        if not answer.ok:
            refuse(answer, self._place(child), scopes=KINDS[child].scopes)
        return answer


def read_since(state: State) -> datetime | None:
    """Return since when links may have changed unseen; None when none have been read."""
    if state.get("since"):
        return datetime.fromisoformat(state["since"])
    return datetime.fromisoformat(state["began"]) - OVERLAP if state.get("began") else None


def add_links(links: list[dict[str, Any]], targets: Sequence[Mapping[str, Any]], place: str) -> None:
    """Add the links that are told of, each once."""
    have = {orjson.dumps(link) for link in links}
    for target in targets:
        link = link_of(target, place)
        text = orjson.dumps(link)
        if text not in have:
            have.add(text)
            links.append(link)


def link_of(target: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Return one link as it is stored: id of the child, labels and numbers of its types, in a fixed order."""
    kinds = rows_of(target.get("associationTypes"), "associationTypes", place)
    numbers = [str(kind["typeId"]) for kind in kinds if kind.get("typeId") is not None]
    return {
        "id": key_of(target, "toObjectId", place),
        "labels": sorted({str(kind["label"]) for kind in kinds if kind.get("label")}),
        "types": sorted({int(number) for number in numbers if number.isascii() and number.isdecimal()}),
    }


def without_links(answer: Answer) -> set[str]:
    """Return the parents of which a 207 says that they have no links (recorded sub-category)."""
    parents: set[str] = set()
    for error in answer.rows("errors"):
        if error.get("subCategory") == NO_LINKS:
            parents.update(named_in(error, "fromObjectId"))
    return parents


def named_in(error: Mapping[str, Any], key: str) -> list[str]:
    """Return the ids that the context of an error names under a key."""
    context = error.get("context")
    return texts(context.get(key)) if isinstance(context, dict) else []


def not_found(answer: Answer) -> set[str]:
    """Return the parents that a 207 says it cannot find."""
    return {
        str(each)
        for error in answer.rows("errors")
        if error.get("category") == "OBJECT_NOT_FOUND" and error.get("subCategory") != NO_LINKS
        for each in named_in(error, "ids")
    }


def gathered(batches: Iterable[Sequence[str]], size: int) -> Iterator[list[str]]:
    """Yield the ids of batches of any size in batches of one size."""
    held: list[str] = []
    for batch in batches:
        held += batch
        while len(held) >= size:
            yield held[:size]
            held = held[size:]
    if held:
        yield held


def not_in(batches: Iterable[Sequence[str]], have: set[int]) -> Iterator[list[str]]:
    """Yield ids that are not among some."""
    for batch in batches:
        yield [each for each in batch if int(each) not in have]


def once(batches: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Yield every id the first time it comes."""
    seen: set[int] = set()
    for batch in batches:
        fresh = [each for each in dict.fromkeys(batch) if int(each) not in seen]
        seen.update(map(int, fresh))
        yield fresh


def integers(batches: Iterable[Sequence[str]]) -> Iterator[int]:
    """Yield ids as numbers: a set of a million takes a third of what their texts take."""
    for batch in batches:
        yield from map(int, batch)
