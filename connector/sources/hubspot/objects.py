"""How one kind of CRM record is kept complete: list, changes, archived, restored, and the ids of all of them.

The nine rules of ``sources.md`` are kept here; ``BEHAVIOR.md`` beside this file says which line keeps which.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from connector.errors import CursorLost, MissingScope, NotInAccount, VendorUnavailable
from connector.sources.hubspot.columns import Record, Shape, losers, merged, moment_of, tombstones
from connector.sources.hubspot.place import Place
from connector.sources.hubspot.records import TRIES, Found, ListPage, Records
from connector.sources.stream import Columns, Page, Reading

INDEX_LAG = timedelta(minutes=5)
"""How far the search, which also counts, may be behind the store."""

OVERLAP = timedelta(hours=1) + INDEX_LAG
"""What every run reads again: what the search index may lag, and one hour for commits that come late."""

ARCHIVED_FOR = timedelta(days=90)
"""How long HubSpot lists archived records."""

RESTARTS = 3
"""How often a list may begin again in one run because its cursor was lost."""

BARE = Shape(())


class Walk:
    """One run over one kind of record. ``began`` is the run's start by the earlier of both clocks, ``clock`` ours."""

    def __init__(
        self, records: Records, place: Place, reading: Reading, began: datetime, clock: Callable[[], datetime]
    ) -> None:
        self._records = records
        self._place = place
        self._reading = reading
        self._began = began
        self._clock = clock
        self._loaded_before = place.since is not None
        self._resumed = place.phase == "list"
        """An earlier run died while it listed: what it has kept may be gone by now."""
        self._wide = records.wide
        self._seen: set[int] = set()
        """What the search of this run has given."""
        self._read_before: set[int] = set()
        """What a run that died has read of the same changes; since ``_again_since`` they may have changed again."""
        self._again_since: datetime | None = None
        self._waits = None if place.phase else place.uncounted
        """When an earlier run ended whose list has not been compared with HubSpot's count."""
        is_due = self._waits is not None and began >= self._waits + INDEX_LAG
        self._counts = is_due and reading.mode == "changes"
        """This run compares them, because the count knows by now of all that happened until then."""
        self._told: dict[str, bool] = {}
        """Whether records are live, of those that a run that counts has read."""

    def pages(self) -> Iterator[Page]:
        """Yield the pages of the run; each carries the state after it. Raises NotInAccount, MissingScope, TryLater."""
        again = self._reading.mode == "full" and self._loaded_before and self._place.phase != "list"
        if again or self._place.phase == "list" or not self._loaded_before:
            yield from self._list(restart=again)
        yield from self._changes()
        listed = yield from self._archived()
        yield from self._restored(listed)
        yield from self._changed_meanwhile()
        reconciles = (self._loaded_before or self._resumed) and self._reading.mode != "changes"
        differ = self._counts_differ() if self._counts else None
        if reconciles or differ:
            yield from self._reconcile()
        uncounted = None
        if self._place.uncounted is not None and not reconciles and differ is None:
            now = self._clock() - (self._reading.started_at - self._began)
            uncounted = min(self._waits or now, now)
        final = Place(since=self._began - OVERLAP, buried_since=self._began - OVERLAP, uncounted=uncounted)
        yield Page({"id": ()}, final.state(), done=True)

    # --- everything, by id ---------------------------------------------------------------------------

    def _list(self, *, restart: bool) -> Iterator[Page]:
        resumed = self._place.phase == "list" and not restart
        place = replace(self._place, phase="list") if resumed else self._first_place()
        if not resumed and not self._loaded_before:
            yield from self._archived_before(place)
        for page in self._list_pages(place.after):
            self._place = replace(place, after=page.after)
            yield from self._list_page(page, place)
            place = self._place
        began = place.began or self._began
        since = began - OVERLAP if resumed else began
        self._place = Place(since=since, buried_since=place.buried_since, uncounted=self._began)

    def _first_place(self) -> Place:
        buried_since = self._place.buried_since or self._began - OVERLAP
        return Place(
            since=self._place.since, buried_since=buried_since, phase="list", began=self._began, uncounted=self._began
        )

    def _archived_before(self, place: Place) -> Iterator[Page]:
        """Keep the archived ones by id before the live ones are listed: one that is restored meanwhile is noticed."""
        for page in self._list_pages("", archived=True, bare=True):
            if page.records:
                yield Page(BARE.columns(page.records), place.state())

    def _list_page(self, page: ListPage, before: Place) -> Iterator[Page]:
        if not self._wide:
            known = None if page.columns is None else [page.columns]
            yield from self._emit(Found(list(page.records)), before, known)
            return
        ids = list(dict.fromkeys(str(record["id"]) for record in page.records))
        yield from self._emit(self._records.resolve(ids), before)

    def _list_pages(self, after: str, *, archived: bool = False, bare: bool = False) -> Iterator[ListPage]:
        bare = bare or self._wide
        restarts = 0
        previous: frozenset[str] = frozenset()
        seen = {after}
        while True:
            try:
                page = self._list_page_after(after, previous, seen, archived=archived, bare=bare)
            except CursorLost:
                restarts += 1
                if not after or restarts > RESTARTS:
                    raise
                after, previous, seen = "", frozenset(), set()
                continue
            yield page
            if not page.after:
                return
            after, previous = page.after, page.ids
            seen.add(after)

    def _list_page_after(
        self, after: str, previous: frozenset[str], seen: set[str], *, archived: bool, bare: bool
    ) -> ListPage:
        for _ in range(TRIES):
            page = self._records.page(after, archived=archived, bare=bare)
            if not (page.ids and page.ids <= previous) and not (page.after and page.after in seen):
                return page
        raise VendorUnavailable(
            "HubSpot's list gives the same page again and again.",
            place=self._records.kind.stream,
            remedy="Run the sync again later.",
        )

    # --- what changed --------------------------------------------------------------------------------

    def _changes(self) -> Iterator[Page]:
        place = self._place
        kept = Place(since=place.since, buried_since=place.buried_since, uncounted=place.uncounted)
        window = None
        if place.phase == "changes" and place.above and place.began:  # a run died here: what it had not come to
            yield from self._changed_since(place)
            self._again_since = window = place.began - OVERLAP
            if place.window is None:  # of one dead run it is known from when on things may have changed again
                self._remember(place)
        yield from self._changed_since(replace(kept, phase="changes", began=self._began, window=window))
        # Not beyond the start of this search before the archived ones are known as well: a record that was archived
        # while we searched and is restored before the next run shows in neither.
        self._place = kept

    def _remember(self, place: Place) -> None:
        """Note what a run that died has read: what changed after the overlap that its window began with."""
        if place.since is not None:
            stream, known = self._records.kind.stream, self._reading.known
            for batch in known.ids_since(stream, "updatedAt", place.since + OVERLAP):
                self._read_before.update(map(int, batch))

    def _changed_since(self, place: Place) -> Iterator[Page]:
        since, more = place.window or place.since, True
        while more and since is not None:
            ids, more = self._records.changed(since, place.above)
            self._seen.update(map(int, ids))
            for start in range(0, len(ids), self._records.page_size):
                some = ids[start : start + self._records.page_size]
                found = self._records.resolve(some)
                self._place = replace(place, above=int(some[-1]))
                yield from self._emit(found, place)
                place = self._place

    def _changed_meanwhile(self) -> Iterator[Page]:
        """Search again for what was archived at the first search and no longer when the archived ones were listed."""
        yield from self._searched_again(self._place.since, self._seen | self._read_before)
        if self._read_before:
            yield from self._searched_again(self._again_since, self._seen)

    def _searched_again(self, since: datetime | None, known: set[int]) -> Iterator[Page]:
        """Yield what changed since a moment, but what is known to have been read."""
        above, more = 0, True
        while more and since is not None:
            ids, more = self._records.changed(since, above)
            yield from self._look_up([each for each in ids if int(each) not in known])
            above = int(ids[-1]) if ids else above

    # --- what went, and what came back ---------------------------------------------------------------

    def _archived(self) -> Generator[Page, None, set[int]]:
        """Yield what was archived lately; return all ids that HubSpot lists as archived."""
        since = self._place.buried_since or self._began - OVERLAP
        self._place = replace(self._place, buried_since=since, phase="rest")
        listed: set[int] = set()
        for page in self._list_pages("", archived=True, bare=True):
            listed.update(int(record["id"]) for record in page.records)
            lately = [record for record in page.records if archived_since(record, since)]
            if lately:
                yield from self._buried(lately)
        return listed

    def _buried(self, records: Sequence[Record]) -> Iterator[Page]:
        whole = self._records.read([str(record["id"]) for record in records], archived=True)
        thin = [record for record in records if str(record["id"]) not in whole]
        if thin:
            self._note({str(record["id"]): False for record in thin})
            yield Page(BARE.columns(thin), self._place.state())
        if whole:
            yield from self._emit(Found(list(whole.values())), self._place)

    def _restored(self, listed: set[int]) -> Iterator[Page]:
        """Records archived here and no longer listed as archived: a restored one comes back with its old timestamp."""
        since = self._began - ARCHIVED_FOR
        for batch in self._reading.known.ids_since(self._records.kind.stream, "archivedAt", since):
            doubtful = [each for each in batch if int(each) not in listed]
            back = self._records.read(doubtful) if doubtful else {}
            if back:
                yield from self._emit(Found(list(back.values())), self._place)

    def _counts_differ(self) -> bool | None:
        """Say whether HubSpot counts other live records than those known here; None when it does not count them.

        A record that is archived when a list comes by, and restored before that run lists the archived ones, shows in
        neither and keeps its timestamp: only its number tells of it.
        """
        number = sum(self._told.values())
        for batch in self._reading.known.ids(self._records.kind.stream):
            number += sum(each not in self._told for each in batch)
        try:
            return self._records.count() != number
        except (VendorUnavailable, MissingScope, NotInAccount):
            return None  # all else is read: the next run asks again

    def _reconcile(self) -> Iterator[Page]:
        """Compare the ids of all live records with those known here; nothing is believed gone on a list's word."""
        theirs: set[int] = set()
        for page in self._list_pages("", bare=True):
            theirs.update(int(record["id"]) for record in page.records)
        for batch in self._reading.known.ids(self._records.kind.stream):
            missing = [each for each in batch if int(each) not in theirs]
            theirs.difference_update(map(int, batch))
            yield from self._look_up(missing)
        yield from self._look_up([str(each) for each in sorted(theirs)])

    def _look_up(self, ids: Sequence[str]) -> Iterator[Page]:
        size = self._records.page_size
        for start in range(0, len(ids), size):
            yield from self._emit(self._records.resolve(ids[start : start + size]), self._place)

    def _note(self, told: Mapping[str, bool]) -> None:
        """Note which records are live, for the comparison with HubSpot's count: not all are known before the end."""
        if self._counts:
            self._told |= told

    def _emit(self, found: Found, before: Place, known: Sequence[Columns] | None = None) -> Iterator[Page]:
        """Yield the page of some records; what they have swallowed comes before it, with the state before it.

        ``known`` are the records where they are columns already.
        """
        parts = known or self._records.shape.parts(found.records, self._records.kind.stream)
        swallowed = [pair for columns in parts for pair in losers(columns)] + found.merged
        if self._counts:
            for columns in parts:
                flags = zip(columns["id"], columns["archived"], strict=True)
                self._note({str(each): flag != "true" for each, flag in flags})
            self._note(dict.fromkeys([*found.gone, *(loser for loser, _ in swallowed)], False))
        if swallowed:
            yield Page(merged(swallowed), before.state())
        if found.gone:
            yield Page(tombstones(found.gone), before.state())
        for columns in parts[:-1]:
            yield Page(columns, before.state())
        yield Page(parts[-1], self._place.state())


def archived_since(record: Record, since: datetime) -> bool:
    """Say whether a record was archived at or after a moment; one that does not tell counts as archived now."""
    try:
        moment = datetime.fromisoformat(moment_of(record.get("archivedAt")) or "")
    except ValueError:
        return True
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) >= since
