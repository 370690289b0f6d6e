"""Signing in, streams, fields, counts, whole lists, and what a key may not do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connector.errors import ConnectionRefused, MissingScope, NotInAccount, SettingsError
from connector.http.answer import Response
from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.truth import truth
from connector.sandbox.hubspot.kinds import SCOPES
from connector.sandbox.hubspot.start import RunningHubspot, start_hubspot
from connector.sources.hubspot.catalogue import all_streams, needed_scopes, scopes_of
from connector.sources.hubspot.policy import midnight_of, route
from connector.sources.hubspot.versions import VERSIONS, find_version
from connector.sources.stream import Reading
from tests.sources.hubspot.desk import START, Hands, Store, connect, run

SNAPSHOTS = [stream.name for stream in all_streams() if stream.snapshot]


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@pytest.fixture(scope="module")
def account(organisation: Crm) -> Iterator[RunningHubspot]:
    running = start_hubspot(organisation)
    yield running
    running.stop()


def test_the_account_says_who_it_is(account: RunningHubspot, hands: Hands) -> None:
    told = connect(account.url, hands).account()
    assert told.id.isdecimal()
    assert told.time_zone == "Europe/Madrid"
    assert len(told.currency) == 3
    assert told.ui_host.endswith("hubspot.com")


def test_a_wrong_key_is_refused_and_not_shown(account: RunningHubspot, hands: Hands) -> None:
    with pytest.raises(ConnectionRefused) as told:
        connect(account.url, hands, token="pat-na1-very-secret").account()
    assert "very-secret" not in f"{told.value} {told.value!r}"
    assert told.value.remedy


def test_a_missing_scope_is_named(organisation: Crm, hands: Hands) -> None:
    scopes = SCOPES - {"crm.objects.deals.read"}
    with start_hubspot(organisation, scopes=scopes) as account:
        with pytest.raises(MissingScope) as told:
            run(connect(account.url, hands), Store(), ["deals"], hands.now, properties={})
        assert told.value.scopes == ("crm.objects.deals.read",)
        assert "crm.objects.deals.read" in str(told.value)


def test_optional_kinds_that_a_key_may_not_read_have_no_properties_and_no_count(
    organisation: Crm, hands: Hands
) -> None:
    scopes = SCOPES - {"crm.objects.leads.read", "tickets"}
    with start_hubspot(organisation, scopes=scopes) as account:
        source = connect(account.url, hands)
        properties = source.properties()
        assert not {"leads", "tickets"} & set(properties)
        assert {"deals", "contacts", "companies"} <= set(properties)
        counted = {count.stream for count in source.counts(Reading(hands.now, "changes", Store(), properties))}
        assert counted == set(properties)
        with pytest.raises((MissingScope, NotInAccount)):
            run(source, Store(), ["leads"], hands.now, properties=properties)


def test_the_vendors_counts_are_those_of_the_records(account: RunningHubspot, hands: Hands) -> None:
    source = connect(account.url, hands)
    counts = list(source.counts(Reading(hands.now, "changes", Store(), source.properties())))
    totals = {count.stream: count.rows for count in counts if not count.column}
    assert totals == {kind: len(truth(account.crm, kind).live) for kind in totals}
    deals = truth(account.crm, "deals").live.values()
    stages = {count.value: count.rows for count in counts if count.column == "properties.dealstage"}
    assert stages == {stage: sum(deal.get("dealstage") == stage for deal in deals) for stage in stages}
    assert sum(stages.values()) == totals["deals"]


@pytest.mark.parametrize("stream", SNAPSHOTS)
@pytest.mark.parametrize("version", list(VERSIONS))
def test_whole_lists_begin_with_a_first_page_and_end_with_a_last(
    account: RunningHubspot, hands: Hands, stream: str, version: str
) -> None:
    store = Store()
    run(connect(account.url, hands, version=version), store, [stream], hands.now)
    pages = [page for _, page in store.pages]
    assert store.live(stream)
    assert [page.first for page in pages] == [True] + [False] * (len(pages) - 1)
    assert [page.done for page in pages] == [False] * (len(pages) - 1) + [True]
    assert len({tuple(page.columns) for page in pages if page.rows}) == 1


def test_owners_who_left_are_read_as_archived_and_their_teams_are_named(account: RunningHubspot, hands: Hands) -> None:
    store = Store()
    run(connect(account.url, hands), store, ["owners", "teams"], hands.now)
    owners = store.rows["owners"].values()
    assert {row["archived"] for row in owners} == {"true", "false"}
    assert {row["team_id"] for row in owners if row["team_id"]} <= set(store.live("teams"))


@pytest.mark.parametrize(
    "fault", ["repeat_page,every=1,times=2", "rate_limit,every=2,times=3", "malformed,every=2,times=2"]
)
def test_whole_lists_survive_trouble(organisation: Crm, hands: Hands, fault: str) -> None:
    read = []
    for text in ("", fault):
        with start_hubspot(organisation, faults=text) as account:
            store = Store()
            run(connect(account.url, hands), store, ["owners", "campaigns", "lists"], hands.now)
            read.append(store.rows)
    assert read[0] == read[1]


def test_streams_come_after_those_they_need_and_each_names_its_scopes() -> None:
    seen: set[str] = set()
    for stream in all_streams():
        assert set(stream.after) <= seen, stream.name
        assert stream.name not in seen
        assert scopes_of(stream.name)
        seen.add(stream.name)
    assert set(needed_scopes(optional=False)) < set(needed_scopes())


def test_an_unknown_version_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingsError, match="2026-03, v3"):
        find_version("v9")


def test_searches_have_a_budget_of_their_own_and_lists_of_contacts_have_not() -> None:
    for version in VERSIONS.values():
        assert route("POST", version.path("search", object="deals")).family == "search"
        assert route("POST", version.lists).family == "general"
        assert route("GET", version.path("records", object="deals")).family == "general"


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Madrid", "2026-11-21T23:00:00+00:00"),
        ("", "2026-11-22T00:00:00+00:00"),
        ("No/Where", "2026-11-22T00:00:00+00:00"),
    ],
)
def test_the_daily_quota_comes_back_at_midnight_of_the_account(zone: str, expected: str) -> None:
    moment = midnight_of(zone)(Response(429), START)
    assert moment is not None
    assert moment.isoformat() == expected
