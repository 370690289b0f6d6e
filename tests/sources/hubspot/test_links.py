"""Links between records: first load, what may have changed, pages of one record's links, what the account lacks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.truth import truth
from connector.sandbox.hubspot.kinds import SCOPES, default_link
from connector.sandbox.hubspot.start import RunningHubspot, start_hubspot
from connector.sources.stream import Reading
from tests.sources.hubspot.desk import Hands, Store, connect, run, small_account

STREAMS = ("deals", "deal_associations")


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="module")
def account(organisation: Crm) -> Iterator[RunningHubspot]:
    running = start_hubspot(organisation)
    running.service.associations.page = 2
    yield running
    running.stop()


def linked(store: Store, stream: str, child: str) -> dict[str, tuple[str, ...]]:
    rows = store.live(stream).items()
    told = {id_: sorted(link["id"] for link in json.loads(str(row[child]))) for id_, row in rows}
    return {id_: tuple(ids) for id_, ids in told.items() if ids}


def true_links(crm: Crm, kind: str, child: str) -> dict[str, tuple[str, ...]]:
    """The links of live records to live records."""
    live, others = truth(crm, kind).live, truth(crm, child).live
    links = truth(crm, kind).links[child].items()
    kept = {id_: tuple(each for each in ids if each in others) for id_, ids in links if id_ in live}
    return {id_: ids for id_, ids in kept.items() if ids}


def test_every_link_of_every_deal_is_read_and_labels_are_kept(account: RunningHubspot, hands: Hands) -> None:
    store = Store()
    run(connect(account.url, hands), store, STREAMS, hands.now)
    contacts = true_links(account.crm, "deals", "contacts")
    assert linked(store, "deal_associations", "contacts") == contacts
    assert linked(store, "deal_associations", "companies") == true_links(account.crm, "deals", "companies")
    assert max(map(len, contacts.values())) > 2, "some deal has more links than fit into one answer"
    assert set(store.live("deal_associations")) == set(store.live("deals"))
    labels = {
        label
        for row in store.live("deal_associations").values()
        for link in json.loads(str(row["contacts"]))
        for label in link["labels"]
    }
    assert labels


def test_both_versions_of_the_interface_tell_the_same_links(account: RunningHubspot, hands: Hands) -> None:
    read = []
    for version in ("2026-03", "v3"):
        store = Store()
        run(connect(account.url, hands, version=version), store, STREAMS, hands.now)
        read.append(store.rows["deal_associations"])
    assert read[0] == read[1]


def test_a_run_with_nothing_new_reads_the_links_of_open_deals_only(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, STREAMS, hands.now)
    pipelines = account.crm.pipelines["deals"].values()
    closed = {stage.id for pipeline in pipelines for stage in pipeline.stages if stage.is_closed}
    open_deals = {id_ for id_, row in store.live("deals").items() if row["properties.dealstage"] not in closed}
    clock = Hands(hands.now)
    clock.pass_time(days=2)
    account.log.clear()
    run(source, store, ["deal_associations"], clock.now)
    assert store.brought["deal_associations"] == open_deals
    assert 0 < len(open_deals) < len(store.live("deals"))
    assert sum(entry.path.endswith("/batch/read") for entry in account.log) == 2


def test_a_first_pass_that_died_reads_only_the_parents_it_lacks(account: RunningHubspot, hands: Hands) -> None:
    store, source = Store(), connect(account.url, hands)
    run(source, store, STREAMS, hands.now)
    missing = set(list(store.live("deals"))[:40])
    for each in missing:
        del store.rows["deal_associations"][each]
    store.brought.clear()
    for page in source.read("deal_associations", {}, Reading(hands.now, "changes", store, {})):
        store.keep("deal_associations", page)
    assert store.brought["deal_associations"] == missing


def test_links_that_change_behind_a_first_pass_that_died_are_read_again(hands: Hands) -> None:
    hands = Hands(hands.now)
    crm = small_account(hands, deals=1100)
    contact = next(iter(truth(crm, "contacts").live))
    with start_hubspot(crm) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, ["deals"], hands.now)
        pages = source.read("deal_associations", {}, Reading(hands.now, "changes", store, {}))
        page = next(pages)
        assert not page.done
        store.keep("deal_associations", page)
        deal = str(page.columns["id"][0])
        hands.pass_time(days=2)
        crm.links.add("deals", deal, "contacts", contact, default_link("deals", "contacts"))
        crm.edit("deals", deal, {"dealname": "Linked"})
        run(source, store, STREAMS, hands.now)
        assert linked(store, "deal_associations", "contacts") == {deal: (contact,)}


def test_a_kind_of_child_that_the_key_may_not_read_leaves_its_column_unknown(organisation: Crm, hands: Hands) -> None:
    scopes = {scope for scope in SCOPES if scope not in ("tickets", "crm.objects.leads.read")}
    with start_hubspot(organisation, scopes=scopes) as account:
        store, source = Store(), connect(account.url, hands)
        run(source, store, ["meetings", "meeting_associations"], hands.now)
        rows = store.live("meeting_associations")
        assert rows
        assert linked(store, "meeting_associations", "contacts") == true_links(account.crm, "meetings", "contacts")


@pytest.mark.parametrize("fault", ["partial_207,every=2,times=9,path=associations", "drop,every=3,times=3"])
def test_links_that_an_answer_lost_are_asked_for_again(organisation: Crm, hands: Hands, fault: str) -> None:
    with start_hubspot(organisation, faults=fault) as account:
        store = Store()
        run(connect(account.url, hands), store, STREAMS, hands.now)
        assert linked(store, "deal_associations", "contacts") == true_links(account.crm, "deals", "contacts")


def test_links_that_never_came_are_unknown_and_the_next_run_asks_again(organisation: Crm, hands: Hands) -> None:
    """HubSpot says again and again that it cannot find a record: its links are not taken for none."""
    store = Store()
    with start_hubspot(organisation, faults="partial_207,every=1,path=associations,count=3") as account:
        run(connect(account.url, hands), store, STREAMS, hands.now)
        missing = set(store.live("deals")) - set(store.live("deal_associations"))
        assert missing
        account.clear_faults()
        run(connect(account.url, hands), store, STREAMS, hands.now)
        assert set(store.live("deal_associations")) == set(store.live("deals"))
        assert linked(store, "deal_associations", "contacts") == true_links(account.crm, "deals", "contacts")
