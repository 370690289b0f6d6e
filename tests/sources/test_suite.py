"""What every source must keep: the nine rules of sources with a cursor, tried on each vendor's sandbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from connector.errors import MissingScope, NotInAccount
from connector.sandbox.crm.truth import truth
from connector.sandbox.http.faults import parse_faults
from connector.sources.stream import Page
from tests.sources.suite.desk import Desk
from tests.sources.suite.hubspot import HUBSPOT
from tests.sources.suite.vendor import SPARE, Hands, Vendor

VENDORS = (HUBSPOT,)
"""Every source is one entry."""
FEW = 230
"""Records: more than two pages of the longest kind."""
OLD_ENOUGH = timedelta(hours=6)
"""Longer than any source reads again."""


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    found: Vendor = request.param
    return found


@pytest.fixture
def desk(vendor: Vendor, tmp_path: Path) -> Iterator[Desk]:
    yield from opened(vendor, tmp_path, FEW)


@pytest.fixture
def small_desk(vendor: Vendor, tmp_path: Path) -> Iterator[Desk]:
    yield from opened(vendor, tmp_path, 12)


def opened(vendor: Vendor, folder: Path, records: int) -> Iterator[Desk]:
    hands = Hands()
    running = vendor.start(vendor.fill(hands, records), None, "")
    try:
        with Desk(folder, vendor, running, hands) as made:
            yield made
    finally:
        running.stop()


def ids(desk: Desk) -> list[str]:
    return [record.id for record in desk.crm.shelf(desk.vendor.kind).live()]


def loaded(desk: Desk, *streams: str) -> list[str]:
    """Read the first time, let time pass, and return the ids of the live records."""
    desk.sync(streams or [desk.vendor.kind])
    desk.hands.now += OLD_ENOUGH
    return ids(desk)


def brought(desk: Desk, stream: str) -> set[str]:
    """Return the ids of the rows that a change run would bring now."""
    source = desk.open()
    state = desk.journal.progress()[stream].state
    try:
        return {str(key) for page in source.read(stream, state, desk.reading("changes")) for key in page.columns["id"]}
    finally:
        source.close()


# --- completeness -------------------------------------------------------------------------------------------------


def test_the_parts_are_the_streams_of_the_source(desk: Desk) -> None:
    assert [stream.name for stream in desk.open().streams()] == list(desk.vendor.streams)


def test_a_first_load_is_complete(desk: Desk) -> None:
    desk.sync(list(desk.vendor.streams))
    assert all(part.kind == "" or desk.agrees(part.stream) for part in desk.vendor.parts)
    assert all(desk.live(part.stream) for part in desk.vendor.parts)
    assert len(desk.live(desk.vendor.kind)) == len(ids(desk))


def test_a_change_run_brings_the_changes_and_nothing_else(desk: Desk) -> None:
    kind = desk.vendor.kind
    first, *_ = loaded(desk)
    assert brought(desk, kind) == set()
    desk.crm.edit(kind, first, {SPARE: "changed"})
    made = desk.crm.create(kind, {SPARE: "new"}).id
    desk.hands.forward(minutes=1)
    assert brought(desk, kind) == {first, made}
    desk.sync([kind])
    assert desk.agrees(kind)


# --- timestamps ---------------------------------------------------------------------------------------------------


def test_more_equal_timestamps_than_a_page_are_all_read(vendor: Vendor, tmp_path: Path) -> None:
    for desk in opened(vendor, tmp_path, 5 * vendor.page):
        everyone = loaded(desk)
        assert len(everyone) > 2 * vendor.page
        desk.crm.edit_many(vendor.kind, {each: {SPARE: "bulk"} for each in everyone})
        desk.hands.forward(minutes=1)
        desk.sync([vendor.kind])
        assert desk.agrees(vendor.kind)


def test_more_equal_timestamps_than_the_wall_are_all_read(
    vendor: Vendor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not vendor.wall:
        pytest.skip("no query of this vendor ends early")
    monkeypatch.setattr(vendor.wall, vendor.page + 20)
    for desk in opened(vendor, tmp_path, 5 * vendor.page):
        everyone = loaded(desk)
        desk.crm.edit_many(vendor.kind, {each: {SPARE: "bulk"} for each in everyone})
        desk.hands.forward(minutes=1)
        desk.sync([vendor.kind])
        assert desk.agrees(vendor.kind)


def test_a_record_that_changes_again_while_it_is_read_is_read_again(desk: Desk) -> None:
    kind = desk.vendor.kind
    everyone = loaded(desk)
    desk.crm.edit_many(kind, {each: {SPARE: "one"} for each in everyone})
    desk.notice_properties()
    source = desk.open()
    state = desk.journal.progress()[kind].state
    for number, page in enumerate(source.read(kind, state, desk.reading("changes"))):
        desk.keep(kind, page)
        if number == 0:
            desk.crm.edit_many(kind, {each: {SPARE: "two"} for each in everyone[:3]})
            desk.hands.forward(seconds=5)
    source.close()
    desk.fold([kind])
    desk.hands.forward(minutes=20)
    desk.sync([kind])
    assert desk.agrees(kind)


def test_a_commit_that_comes_late_is_read_by_the_overlap(desk: Desk) -> None:
    kind = desk.vendor.kind
    first, second, *_ = loaded(desk)
    desk.crm.edit_late(kind, first, {SPARE: "late"}, delay_seconds=600)
    desk.crm.create_late(kind, {SPARE: "late"}, delay_seconds=600)
    desk.hands.forward(minutes=5)
    desk.crm.edit(kind, second, {SPARE: "in time"})
    desk.sync([kind])
    assert SPARE not in truth(desk.crm, kind).live[first]
    desk.hands.forward(minutes=20)
    desk.sync([kind])
    assert desk.agrees(kind)
    assert desk.values(kind)[first][SPARE] == "late"


def test_an_index_that_is_behind_hides_nothing_for_good(desk: Desk) -> None:
    kind = desk.vendor.kind
    first, *_ = loaded(desk)
    desk.vendor.lag(desk.running, 240)
    desk.crm.edit(kind, first, {SPARE: "hidden"})
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    desk.hands.forward(minutes=30)
    desk.sync([kind])
    assert desk.agrees(kind)


# --- what goes and comes back -------------------------------------------------------------------------------------


def test_archived_restored_and_merged_records_are_noticed(desk: Desk) -> None:
    kind = desk.vendor.kind
    first, second, third, *_ = loaded(desk)
    desk.crm.archive(kind, first)
    survivor = desk.crm.merge(kind, second, third)
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    assert desk.agrees(kind)
    assert desk.rows(kind)[first]["archived"] == "true"
    assert desk.rows(kind)[third]["merged_into"] == survivor
    desk.hands.now += OLD_ENOUGH
    desk.crm.restore(kind, first)
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    assert desk.agrees(kind)
    assert first in desk.live(kind)


def test_a_merge_that_gives_a_new_record_leaves_both_former_ones(desk: Desk) -> None:
    kind = desk.vendor.kind
    first, second, *_ = loaded(desk)
    survivor = desk.crm.merge(kind, first, second, new_id=True)
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    assert desk.agrees(kind)
    assert {desk.rows(kind)[each]["merged_into"] for each in (first, second)} == {survivor}


def test_a_reconcile_finds_what_was_deleted_without_a_trace_and_what_nobody_told(desk: Desk) -> None:
    kind = desk.vendor.kind
    first, second, *_ = loaded(desk)
    desk.crm.delete(kind, first)
    unknown = desk.crm.create(kind, {SPARE: "from the past"}, at=desk.hands.now - timedelta(days=30)).id
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    assert first in desk.live(kind), "a change run cannot know"
    assert unknown not in desk.live(kind), "a change run cannot know"
    desk.sync([kind], "reconcile")
    assert desk.agrees(kind)
    assert (first in desk.live(kind), unknown in desk.live(kind), second in desk.live(kind)) == (False, True, True)


def test_links_change_without_a_timestamp_and_are_read_all_the_same(desk: Desk) -> None:
    vendor = desk.vendor
    first, second, *_ = loaded(desk, vendor.kind, vendor.links)
    others = [record.id for record in desk.crm.shelf(vendor.linked).live()]
    vendor.link(desk.crm, first, others[-1])
    for other in list(desk.crm.links.of(vendor.kind, second, vendor.linked)):
        desk.crm.links.remove(vendor.kind, second, vendor.linked, other)
    desk.hands.forward(minutes=1)
    desk.sync([vendor.kind, vendor.links])
    part = vendor.part(vendor.links)
    assert desk.agrees(vendor.links)
    assert others[-1] in desk.linked(part)[vendor.linked][first]
    assert second not in desk.linked(part)[vendor.linked]


# --- stops --------------------------------------------------------------------------------------------------------


def pages(desk: Desk, stream: str, most: int) -> bool:
    """Read and keep at most so many pages of a stream, as a run does that is killed; say whether it came to the end."""
    known = desk.journal.progress().get(stream)
    source = desk.open()
    try:
        told: Iterator[Page] = source.read(stream, known.state if known else {}, desk.reading("changes"))
        for number, page in enumerate(told, 1):
            desk.keep(stream, page, loaded=bool(known and known.loaded))
            if page.done or number == most:
                return page.done
    finally:
        source.close()
    return False


@pytest.mark.parametrize("change_run", [False, True], ids=["first load", "change run"])
def test_a_run_that_stops_at_any_page_is_taken_up_behind_it(vendor: Vendor, tmp_path: Path, change_run: bool) -> None:
    streams = [vendor.kind, vendor.links]
    finished, stop = False, 0
    while not finished:
        stop += 1
        assert stop < 40, "the number of pages is bounded"
        for desk in opened(vendor, tmp_path / str(stop), FEW):
            if change_run:
                everyone = loaded(desk, *streams)
                desk.crm.edit_many(vendor.kind, {each: {SPARE: "bulk"} for each in everyone[:110]})
                desk.crm.archive(vendor.kind, everyone[-1])
                desk.crm.merge(vendor.kind, everyone[-2], everyone[0])
                desk.hands.forward(minutes=1)
            desk.notice_properties()
            finished = pages(desk, vendor.kind, stop)
            desk.hands.forward(minutes=3)
            last = ids(desk)[-1]
            desk.crm.edit(vendor.kind, last, {SPARE: f"changed behind page {stop}"})
            desk.hands.forward(minutes=3)
            desk.sync(streams)
            assert desk.agrees(vendor.kind), stop
            assert desk.agrees(vendor.links), stop
    assert stop > 3, "a world of one page proves nothing"


def test_a_page_that_is_read_twice_does_no_harm(desk: Desk) -> None:
    kind = desk.vendor.kind
    desk.notice_properties()
    source = desk.open()
    for page in source.read(kind, {}, desk.reading("changes")):
        desk.keep(kind, page)
        desk.keep(kind, page)
    source.close()
    desk.fold([kind])
    assert desk.agrees(kind)


def test_a_used_up_quota_is_partial_with_a_moment_and_goes_on_later(desk: Desk) -> None:
    kind = desk.vendor.kind
    desk.notice_properties()
    desk.running.faults[:] = parse_faults("daily_quota,from=4")
    assert desk.attempt([kind]) == "unfinished"
    until = desk.outcomes[kind].until
    assert until is not None
    assert until > desk.hands.now
    kept = desk.journal.progress()[kind]
    assert not kept.loaded
    desk.running.clear_faults()
    desk.hands.now = until
    desk.sync([kind])
    assert desk.agrees(kind)


# --- absent, null, missing ----------------------------------------------------------------------------------------


def test_absent_and_empty_are_not_the_same(small_desk: Desk) -> None:
    desk, kind = small_desk, small_desk.vendor.kind
    first, second, *_ = ids(desk)
    desk.crm.edit_many(kind, {first: {SPARE: "kept"}, second: {SPARE: "cleared"}})
    loaded(desk)
    desk.crm.edit(kind, second, {SPARE: ""})
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    column = f"properties.{SPARE}"
    assert desk.rows(kind)[first][column] == "kept"
    assert not desk.rows(kind)[second].get(column)
    desk.hands.now += OLD_ENOUGH
    desk.crm.remove_field(kind, SPARE)
    desk.crm.edit(kind, first, {})
    desk.hands.forward(minutes=1)
    desk.sync([kind])
    assert desk.rows(kind)[first][column] == "kept", "a property that vanished says nothing about its values"


def test_an_optional_stream_that_the_key_may_not_read_is_a_note(vendor: Vendor, tmp_path: Path) -> None:
    hands = Hands()
    running = vendor.start(vendor.fill(hands, 12), vendor.scopes, "")
    try:
        with Desk(tmp_path, vendor, running, hands) as desk:
            assert desk.attempt(list(vendor.streams)) == "read"
            skipped = {name: one.note for name, one in desk.outcomes.items() if one.status == "skipped"}
            assert vendor.optional in skipped
            assert "scope" in skipped[vendor.optional]
            desk.fold([vendor.kind])
            assert desk.agrees(vendor.kind)
            with pytest.raises((NotInAccount, MissingScope)):
                list(desk.open().read(vendor.optional, {}, desk.reading("changes")))
    finally:
        running.stop()
