"""Runs over a stand-in account: after each of them the rows are the account's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from connector.errors import QuotaExhausted, TryLater, VendorUnavailable
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.truth import truth
from connector.sandbox.hubspot.start import RunningHubspot, start_hubspot
from connector.sources.hubspot import records
from connector.sources.hubspot.source import HubspotSource
from connector.sources.stream import Reading
from tests.sources.hubspot.desk import START, Hands, Store, connect, run, small_account

KINDS = ("companies", "contacts", "deals")


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def account(hands: Hands) -> Iterator[RunningHubspot]:
    running = start_hubspot(small_account(hands))
    yield running
    running.stop()


def calls(account: RunningHubspot) -> Counter[str]:
    return Counter(f"{entry.method} {entry.path}" for entry in account.log)


def agrees(store: Store, account: RunningHubspot, kind: str = "deals") -> bool:
    return store.values(kind) == truth(account.crm, kind).live


def test_a_first_load_brings_every_record_with_every_value(account: RunningHubspot, hands: Hands) -> None:
    store = Store()
    run(connect(account.url, hands), store, KINDS, hands.now)
    assert all(agrees(store, account, kind) for kind in KINDS)
    assert len(store.live("deals")) == 7


def test_a_run_with_nothing_new_searches_twice_and_lists_the_archived_once(
    account: RunningHubspot, hands: Hands
) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, KINDS, hands.now)
    properties = source.properties()
    for searches in (3, 2, 2):  # the first run after a list compares its rows with the vendor's count
        hands.pass_time(hours=3)
        account.log.clear()
        run(source, store, KINDS, hands.now, properties=properties)
        assert calls(account) == {
            f"{method} /crm/objects/2026-03/{kind}{rest}": number
            for kind in KINDS
            for method, rest, number in (("POST", "/search", searches), ("GET", "", 1))
        }
        assert not store.brought.get("deals")


def archive_while_listed(account: RunningHubspot, hands: Hands) -> tuple[Store, HubspotSource, str]:
    """A first load during which a record is archived before its page comes, and restored after it."""
    store, source = Store(), connect(account.url, hands)
    reading = Reading(hands.now, "changes", store, source.properties())
    last = max(truth(account.crm, "deals").live, key=int)
    for number, page in enumerate(source.read("deals", {}, reading)):
        store.keep("deals", page)
        if number == 0:
            account.crm.archive("deals", last)
        elif number == 1:
            assert last not in store.live("deals")
            account.crm.restore("deals", last)
    return store, source, last


@pytest.mark.parametrize("minutes", [1, 4, 6, 300])
def test_a_record_that_was_archived_while_the_list_went_by_is_found_by_the_count(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, minutes: int
) -> None:
    monkeypatch.setattr(records, "HISTORY_PAGE", 4)
    with start_hubspot(small_account(hands), index_lag_seconds=250) as account:
        store, source, last = archive_while_listed(account, hands)
        assert last not in store.live("deals")
        hands.pass_time(minutes=minutes)
        run(source, store, ["deals"], hands.now)
        assert (last in store.live("deals")) == (minutes > 5), "what HubSpot counts by may be minutes old"
        hands.pass_time(minutes=6)
        run(source, store, ["deals"], hands.now)
        assert agrees(store, account)
        assert "uncounted" not in store.states["deals"]


def test_runs_in_quick_succession_count_as_soon_as_the_index_has_caught_up(
    account: RunningHubspot, hands: Hands
) -> None:
    store, source = Store(), connect(account.url, hands)
    for searches in (2, 2, 3, 2):
        account.log.clear()
        run(source, store, ["deals"], hands.now)
        assert calls(account)["POST /crm/objects/2026-03/deals/search"] == searches
        hands.pass_time(minutes=3)


def test_the_index_has_time_from_the_end_of_the_run_that_listed(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    reading = Reading(hands.now, "changes", store, source.properties())
    for page in source.read("deals", {}, reading):
        store.keep("deals", page)
        hands.pass_time(minutes=0 if page.done else 10)
    hands.pass_time(minutes=1)
    run(source, store, ["deals"], hands.now)
    assert "uncounted" in store.states["deals"]
    hands.pass_time(minutes=6)
    run(source, store, ["deals"], hands.now)
    assert "uncounted" not in store.states["deals"]


def test_a_clock_that_was_ahead_puts_the_count_off_by_one_run(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    store.states["deals"] = {**store.states["deals"], "uncounted": (hands.now + timedelta(days=30)).isoformat()}
    for waits in (True, False):
        hands.pass_time(hours=1)
        run(source, store, ["deals"], hands.now)
        assert ("uncounted" in store.states["deals"]) == waits


def test_a_run_that_dies_after_the_list_leaves_the_count_to_the_one_after_the_next(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "HISTORY_PAGE", 4)
    with start_hubspot(small_account(hands)) as account:
        store, source = Store(), connect(account.url, hands)
        gone, hidden = min(truth(account.crm, "deals").live, key=int), max(truth(account.crm, "deals").live, key=int)
        reading = Reading(hands.now, "changes", store, source.properties())
        for page in source.read("deals", {}, reading):
            store.keep("deals", page)
            if page.state.get("phase") == "rest":
                break  # the run dies when it has kept the first archived record
            if store.live("deals"):
                hands.pass_time(minutes=1)
                for each in (gone, hidden):
                    if each in truth(account.crm, "deals").live:
                        account.crm.archive("deals", each)
        assert store.rows["deals"][gone]["archived"] == "true"
        hands.pass_time(hours=1)
        account.crm.restore("deals", hidden)
        for searches in (2, 3, 2):
            account.log.clear()
            run(source, store, ["deals"], hands.now)
            assert calls(account)["POST /crm/objects/2026-03/deals/search"] == searches
            hands.pass_time(minutes=10)
        assert agrees(store, account)


@pytest.mark.parametrize("deaths", [1, 2])
def test_what_a_dead_run_has_read_and_changed_again_is_not_taken_as_read(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, deaths: int
) -> None:
    """It is archived when the next run searches, and restored before that run lists the archived ones."""
    monkeypatch.setattr(records, "HISTORY_PAGE", 2)
    with start_hubspot(small_account(hands)) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, ["deals"], hands.now)
        live = sorted(store.live("deals"))
        for death in range(deaths):
            hands.pass_time(days=1)
            account.crm.edit_many("deals", {each: {"amount": f"{death}5"} for each in live})
            reading = Reading(hands.now, "changes", store, source.properties())
            store.keep("deals", next(source.read("deals", store.states["deals"], reading)))
        assert store.rows["deals"][live[0]]["properties.amount"] == "05"
        hands.pass_time(days=1)
        account.crm.edit("deals", live[0], {"amount": "7"})
        account.crm.archive("deals", live[0])
        reading = Reading(hands.now, "changes", store, source.properties())
        restored = False
        for page in source.read("deals", store.states["deals"], reading):
            store.keep("deals", page)
            if "window" in page.state and page.state["began"] == hands.now.isoformat() and not restored:
                account.crm.restore("deals", live[0])
                restored = True
        assert restored
        assert agrees(store, account)


def test_a_count_that_cannot_be_had_is_asked_for_again(
    account: RunningHubspot, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    with monkeypatch.context() as patched:

        def count(_: records.Records) -> int:
            raise VendorUnavailable("It does not count.")

        patched.setattr(records.Records, "count", count)
        for _ in range(2):
            hands.pass_time(hours=1)
            run(source, store, ["deals"], hands.now)
            assert "uncounted" in store.states["deals"]
    run(source, store, ["deals"], hands.now)
    assert "uncounted" not in store.states["deals"]


def test_an_archived_record_of_which_only_the_id_is_told_is_not_counted(
    account: RunningHubspot, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    hands.pass_time(hours=1)
    before = [*store.live("deals")]
    account.crm.archive("deals", before[0])
    monkeypatch.setattr(store, "ids", lambda _: iter([before]))
    read = records.Records.read
    monkeypatch.setattr(records.Records, "read", lambda self, ids, archived=False: {} if archived else read(self, ids))
    account.log.clear()
    run(source, store, ["deals"], hands.now)
    assert calls(account)["GET /crm/objects/2026-03/deals"] == 1
    assert before[0] not in store.live("deals")


def test_a_reconcile_leaves_nothing_to_count(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    assert "uncounted" in store.states["deals"]
    run(source, store, ["deals"], hands.now, "reconcile")
    assert "uncounted" not in store.states["deals"]


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(("kind", "new_id"), [("deals", False), ("deals", True), ("contacts", False)])
def test_a_count_that_is_as_it_should_be_looks_nothing_up(
    hands: Hands, kind: str, new_id: bool, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether what the run reads is known while it runs (``kept``) or only later, when its chunk is full."""
    crm = small_account(hands)
    for number in range(4):
        crm.create(kind, {"hubspot_owner_id": str(number)})
    with start_hubspot(crm) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, [kind], hands.now)
        first, second, third, fourth, *_ = sorted(store.live(kind))
        crm.archive(kind, first)
        hands.pass_time(minutes=1)
        run(source, store, [kind], hands.now)
        hands.pass_time(days=1)
        crm.restore(kind, first)
        crm.archive(kind, second)
        crm.merge(kind, third, fourth, new_id=new_id)
        crm.create(kind, {"hubspot_owner_id": "1"})
        hands.pass_time(minutes=10)
        account.log.clear()
        before = [*store.live(kind)]
        if not kept:
            monkeypatch.setattr(store, "ids", lambda _: iter([before]))
        run(source, store, [kind], hands.now)
        assert agrees(store, account, kind)
        assert calls(account)[f"POST /crm/objects/2026-03/{kind}/search"] == 3
        assert calls(account)[f"GET /crm/objects/2026-03/{kind}"] == 1, "the archived ones only: no list of all ids"


def test_a_list_that_was_cut_short_is_compared_when_it_is_whole(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "HISTORY_PAGE", 4)
    with start_hubspot(small_account(hands)) as account:
        store, source = Store(), connect(account.url, hands)
        reading = Reading(hands.now, "changes", store, source.properties())
        store.keep("deals", next(source.read("deals", {}, reading)))
        assert store.states["deals"]["phase"] == "list"
        for searches in (2, 3, 2):
            hands.pass_time(hours=3)
            account.log.clear()
            run(source, store, ["deals"], hands.now)
            assert calls(account)["POST /crm/objects/2026-03/deals/search"] == searches


@pytest.mark.parametrize("version", ["2026-03", "v3"])
def test_both_versions_of_the_interface_give_the_same_rows(account: RunningHubspot, hands: Hands, version: str) -> None:
    store = Store()
    run(connect(account.url, hands, version=version), store, KINDS, hands.now)
    assert agrees(store, account)
    spelt = "/crm/v3/objects/deals" if version == "v3" else "/crm/objects/2026-03/deals"
    assert calls(account)[f"GET {spelt}"] == 3


def test_edits_creations_and_archives_come_with_the_next_run(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    for _ in range(2):
        run(source, store, ["deals"], hands.now)
        hands.pass_time(days=1)
    first, second, third, *_ = sorted(store.live("deals"))
    account.crm.edit("deals", first, {"amount": "999", "dealname": ""})
    account.crm.archive("deals", second)
    account.crm.delete("deals", third)
    created = account.crm.create("deals", {"dealname": "New"}).id
    hands.pass_time(minutes=1)
    run(source, store, ["deals"], hands.now)
    assert store.rows["deals"][first]["properties.amount"] == "999"
    assert store.rows["deals"][first]["properties.dealname"] in ("", None)
    assert second not in store.live("deals")
    assert store.rows["deals"][second]["archivedAt"]
    assert created in store.live("deals")
    assert third in store.live("deals"), "a hard delete leaves no trace; the reconcile finds it"
    run(source, store, ["deals"], hands.now, "reconcile")
    assert agrees(store, account)


def test_thousands_of_equal_timestamps_are_walked_by_id(hands: Hands) -> None:
    with start_hubspot(small_account(hands, deals=650)) as account:
        store, source = Store(), connect(account.url, hands, histories=False)
        for _ in range(2):
            run(source, store, ["deals"], hands.now)
            hands.pass_time(days=1)
        account.crm.edit_many("deals", {each: {"amount": "5"} for each in store.live("deals")})
        account.log.clear()
        run(source, store, ["deals"], hands.now, properties=None)
        assert agrees(store, account)
        assert calls(account)["POST /crm/objects/2026-03/deals/search"] == 4 * 2


def test_a_restored_record_comes_back_although_its_timestamp_stood_still(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    first = min(store.live("deals"))
    hands.pass_time(days=1)
    account.crm.archive("deals", first)
    run(source, store, ["deals"], hands.now)
    assert first not in store.live("deals")
    hands.pass_time(days=5)
    account.crm.restore("deals", first)
    run(source, store, ["deals"], hands.now)
    assert agrees(store, account)


def test_a_record_archived_before_the_first_load_is_noticed_when_it_comes_back(
    account: RunningHubspot, hands: Hands
) -> None:
    first = min(truth(account.crm, "deals").live)
    account.crm.archive("deals", first)
    hands.pass_time(days=3)
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    account.crm.restore("deals", first)
    run(source, store, ["deals"], hands.now)
    assert agrees(store, account)


def test_a_record_that_was_edited_archived_and_restored_around_a_dead_run_is_read(
    account: RunningHubspot, hands: Hands
) -> None:
    store, source = Store(), connect(account.url, hands)
    properties = source.properties()
    run(source, store, ["deals"], hands.now, properties=properties)
    first, second, *_ = sorted(store.live("deals"))
    hands.pass_time(days=1)
    account.crm.edit("deals", first, {"amount": "62"})
    account.crm.archive("deals", first)
    account.crm.edit("deals", second, {"amount": "63"})
    hands.pass_time(days=1)
    for page in source.read("deals", store.states["deals"], Reading(hands.now, "changes", store, properties)):
        store.keep("deals", page)
        break
    account.crm.restore("deals", first)
    hands.pass_time(days=1)
    run(source, store, ["deals"], hands.now, properties=properties)
    assert agrees(store, account)


@pytest.mark.parametrize("new_id", [False, True])
def test_a_merged_record_leads_to_the_one_that_survives(account: RunningHubspot, hands: Hands, new_id: bool) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["companies"], hands.now)
    winner, loser, _ = sorted(store.live("companies"))
    hands.pass_time(days=1)
    survivor = account.crm.merge("companies", winner, loser, new_id=new_id)
    run(source, store, ["companies"], hands.now)
    assert store.rows["companies"][loser]["merged_into"] == survivor
    assert store.rows["companies"][loser]["properties.name"], "what is known of it stays"
    assert agrees(store, account, "companies")


def test_a_change_that_was_committed_late_is_read_by_the_overlap(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    hands.pass_time(hours=2)
    first = min(store.live("deals"))
    account.crm.edit_late("deals", first, {"amount": "77"}, 30 * 60)
    run(source, store, ["deals"], hands.now)
    assert not agrees(store, account) or store.rows["deals"][first]["properties.amount"] != "77"
    hands.pass_time(hours=1)
    run(source, store, ["deals"], hands.now)
    assert store.rows["deals"][first]["properties.amount"] == "77"


def test_an_index_that_lags_is_read_again(hands: Hands) -> None:
    with start_hubspot(small_account(hands), index_lag_seconds=240) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, ["deals"], hands.now)
        hands.pass_time(days=1)
        account.crm.edit("deals", min(store.live("deals")), {"amount": "31"})
        hands.pass_time(seconds=5)
        run(source, store, ["deals"], hands.now)
        hands.pass_time(minutes=15)
        run(source, store, ["deals"], hands.now)
        assert agrees(store, account)


def test_our_clock_may_be_hours_ahead(account: RunningHubspot, hands: Hands) -> None:
    ours = Hands(START + timedelta(hours=9))
    store, source = Store(), connect(account.url, ours)
    run(source, store, ["deals"], ours.now)
    for clock in (hands, ours):
        clock.pass_time(minutes=30)
    account.crm.edit("deals", min(store.live("deals")), {"amount": "8"})
    for clock in (hands, ours):
        clock.pass_time(minutes=30)
    run(source, store, ["deals"], ours.now)
    assert agrees(store, account)


def test_a_run_that_died_goes_on_after_the_last_page_that_was_kept(hands: Hands) -> None:
    with start_hubspot(small_account(hands, deals=230)) as account:
        store, source = Store(), connect(account.url, hands)
        properties = source.properties()
        for page in source.read("deals", {}, Reading(hands.now, "changes", store, properties)):
            store.keep("deals", page)
            if len(store.pages) == 3:
                break
        assert len(store.live("deals")) == 150
        hands.pass_time(days=2)
        account.crm.edit("deals", min(store.live("deals")), {"amount": "4321"})
        account.log.clear()
        run(source, store, ["deals"], hands.now, properties=properties)
        assert agrees(store, account), "what changed behind the dead run's back is read too"
        assert calls(account)["GET /crm/objects/2026-03/deals"] == 2 + 1


def test_a_change_run_that_died_misses_nothing(hands: Hands) -> None:
    with start_hubspot(small_account(hands, deals=230)) as account:
        store, source = Store(), connect(account.url, hands)
        properties = source.properties()
        run(source, store, ["deals"], hands.now, properties=properties)
        hands.pass_time(days=1)
        account.crm.edit_many("deals", {each: {"amount": "1"} for each in store.live("deals")})
        reading = Reading(hands.now, "changes", store, properties)
        for page in source.read("deals", store.states["deals"], reading):
            store.keep("deals", page)
            break
        hands.pass_time(days=1)
        account.crm.edit("deals", min(store.live("deals")), {"amount": "2"})
        run(source, store, ["deals"], hands.now, properties=properties)
        assert agrees(store, account)


def test_a_full_run_reads_everything_and_drops_what_is_gone(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    first, second, *_ = sorted(store.live("deals"))
    account.crm.delete("deals", first)
    store.rows["deals"][second]["properties.amount"] = "wrong"
    hands.pass_time(days=30)
    run(source, store, ["deals"], hands.now, "full")
    assert agrees(store, account)


def test_a_reconcile_finds_what_no_channel_told(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    first, second, *_ = sorted(store.live("deals"))
    account.crm.delete("deals", first)
    del store.rows["deals"][second]
    hands.pass_time(days=30)
    run(source, store, ["deals"], hands.now)
    assert not agrees(store, account)
    run(source, store, ["deals"], hands.now, "reconcile")
    assert agrees(store, account)


def test_two_thousand_properties_do_not_fit_into_an_address(account: RunningHubspot, hands: Hands) -> None:
    for number in range(2000):
        account.crm.add_field("deals", Field(f"custom_field_number_{number:04}", f"Field {number}", custom=True))
    account.crm.edit("deals", min(truth(account.crm, "deals").live), {"custom_field_number_1999": "last"})
    store, source = Store(), connect(account.url, hands)
    run(source, store, ["deals"], hands.now)
    assert agrees(store, account)
    assert max(len(entry.path) for entry in account.log) < 15_000


def test_a_property_that_vanishes_gives_no_column(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    properties = source.properties()
    account.crm.remove_field("deals", "amount")
    run(source, store, ["deals"], hands.now, properties=properties)
    assert all("properties.amount" not in page.columns for _, page in store.pages)


def test_histories_are_read_whole(account: RunningHubspot, hands: Hands) -> None:
    first = min(truth(account.crm, "deals").live)
    for stage in ("presentationscheduled", "qualifiedtobuy", "closedwon"):
        hands.pass_time(days=1)
        account.crm.edit("deals", first, {"dealstage": stage})
    store = Store()
    run(connect(account.url, hands), store, ["deals"], hands.now)
    history = store.rows["deals"][first]["history.dealstage"]
    assert history is not None
    assert [part.split('"')[0] for part in history.split('"value":"')[1:]] == [
        "closedwon",
        "qualifiedtobuy",
        "presentationscheduled",
        "qualified",
    ]


TROUBLE = (
    "rate_limit,every=5,times=4",
    "rate_limit_silent,every=5,times=4",
    "error_500,every=4,times=4",
    "html_502,every=4,times=4",
    "drop,every=4,times=3",
    "truncate,every=4,times=4",
    "malformed,every=4,times=4",
    "expired_cursor,nth=2",
    "repeat_page,every=2,times=3",
    "reorder_page,every=2",
    "partial_207,every=2,times=6",
)


@pytest.mark.parametrize("fault", TROUBLE)
def test_the_rows_are_those_of_a_run_without_trouble(hands: Hands, fault: str) -> None:
    with start_hubspot(small_account(hands, deals=330), faults=fault) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, KINDS, hands.now)
        hands.pass_time(days=1)
        account.crm.edit_many("deals", {each: {"amount": "3"} for each in list(store.live("deals"))[:120]})
        run(source, store, KINDS, hands.now)
        assert all(agrees(store, account, kind) for kind in KINDS)
        assert any(entry.faults for entry in account.log)


@pytest.mark.parametrize("fault", ["change_while_paging,every=1,times=5", "delete_while_paging,every=1,times=5"])
def test_what_changes_behind_a_page_is_right_after_the_next_run(hands: Hands, fault: str) -> None:
    with start_hubspot(small_account(hands, deals=330), faults=fault) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, ["deals"], hands.now)
        hands.pass_time(minutes=30)
        run(source, store, ["deals"], hands.now, "reconcile")
        assert agrees(store, account)
        assert any(entry.faults for entry in account.log)


def test_a_used_up_quota_stops_the_run_and_the_next_one_completes_it(hands: Hands) -> None:
    with start_hubspot(small_account(hands, deals=330), faults="daily_quota,from=4,times=3,path=deals") as account:
        store, source = Store(), connect(account.url, hands)
        properties = source.properties()
        with pytest.raises(QuotaExhausted) as told:
            run(source, store, ["deals"], hands.now, properties=properties)
        assert told.value.until is not None
        assert told.value.until > hands.now
        assert store.states["deals"]["phase"] == "list"
        hands.pass_time(days=1)
        again = connect(account.url, hands)
        for fault in account.faults:
            fault.done = 99
        run(again, store, ["deals"], hands.now, properties=properties)
        assert agrees(store, account)


def test_a_list_that_never_moves_on_ends_the_run(hands: Hands) -> None:
    with start_hubspot(small_account(hands, deals=120), faults="repeat_page,every=1,path=deals") as account:
        source = connect(account.url, hands)
        with pytest.raises(TryLater, match="same page"):
            run(source, Store(), ["deals"], hands.now)
