"""A connected account from end to end, over real HTTP: everything once, then what changed, whatever happens between."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connector.actions.connect import ConnectRequest, connect, find_connection, open_connection
from connector.actions.sync import SyncOutcome, SyncRequest, raise_for, sync
from connector.actions.sync_streams import StreamOutcome
from connector.actions.totals import totals
from connector.errors import ConnectionRefused, MissingScope, QuotaExhausted, TryLater, UnknownName, UserError
from connector.http.clock import Clock as HttpClock
from connector.model.messages import error_line
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.people import Pipeline, PipelineStage
from connector.sandbox.hubspot.start import RunningHubspot, start_hubspot
from connector.sources.stream import Mode
from connector.store.store import Store
from tests.sandbox.hubspot_caller import Clock, small_account

STAGES = (
    ("appointmentscheduled", "Appointment", 0, False, 0.2),
    ("closedwon", "Won", 1, True, 1.0),
    ("closedlost", "Lost", 2, True, 0.0),
)
HOSTS = frozenset({"127.0.0.1"})
Row = tuple[Any, ...]


@dataclass
class Office:
    """A store, a small account, and a person who connects and syncs."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    faults: str = ""
    running: RunningHubspot = field(init=False)
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        self.crm = small_account(self.clock)
        stages = [PipelineStage(*one) for one in STAGES]
        self.crm.pipelines["deals"] = {"default": Pipeline("default", "Sales", 0, stages)}
        self.running = start_hubspot(self.crm, faults=self.faults)
        self.store = Store(self.folder, memory_limit="256MB", threads=1)

    def connect(self, token: str = "", **options: str) -> None:
        given = {"base_url": self.running.url, "rate": "1000", "search_rate": "1000"} | options
        request = ConnectRequest("acme", "hubspot", token or self.running.token, options=given)
        connect(self.store, request, HOSTS, self.now)

    @property
    def now(self) -> datetime:
        return self.clock.now

    def passing(self) -> datetime:
        """The account's time, which goes on: who waits for a turn must see it pass."""
        return self.clock.now + timedelta(seconds=time.monotonic() - self.began)

    def sync(self, mode: Mode = "changes") -> SyncOutcome:
        connection = find_connection(self.store, "acme")
        system = open_connection(self.store, connection, HOSTS, HttpClock(now=self.passing))
        try:
            request = SyncRequest("acme", connection, mode, workers=3, memory_limit="256MB", threads=1)
            return sync(self.store, request, system, self.now)
        finally:
            system.source.close()

    def rows(self, sql: str, *entities: str) -> list[Row]:
        with self.store.reader(self.store.workspace("acme")) as reader:
            return reader.run(sql, entities).rows

    def deals(self) -> dict[str, Row]:
        found = self.rows("SELECT id, name, stage_id, amount FROM deal WHERE is_deleted IS NOT TRUE", "deal")
        return {row[0]: row[1:] for row in found}

    def close(self) -> None:
        self.store.close()
        self.running.stop()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    try:
        yield made
    finally:
        made.close()


def truth(office: Office) -> dict[str, Row]:
    """Deals as the vendor has them."""
    return {
        deal.id: (
            deal.values.get("dealname") or None,
            deal.values.get("dealstage") or None,
            float(deal.values["amount"]) if deal.values.get("amount") else None,
        )
        for deal in office.crm.shelf("deals").live()
    }


def ours(office: Office) -> dict[str, Row]:
    return {
        key: (name, stage, None if amount is None else float(amount))
        for key, (name, stage, amount) in office.deals().items()
    }


def test_the_first_sync_reads_everything_and_the_counts_agree(office: Office) -> None:
    office.connect()
    done = office.sync()
    assert (done.partial, done.published, done.rejected) == (False, True, 0)
    assert ours(office) == truth(office)
    assert {one.stream for one in done.tie_out} >= {"deals", "contacts", "companies"}
    assert [one for one in done.tie_out if not one.agrees and one.stream != "line_items"] == []
    run = office.store.runs(office.store.workspace("acme"))[0]
    assert (run.kind, run.status) == ("sync", "succeeded")
    assert run.summary["tie_out"]


def test_changes_archives_merges_and_deletes_arrive(office: Office) -> None:
    office.connect()
    office.sync()
    office.clock.forward(hours=3)
    deals = [deal.id for deal in office.crm.shelf("deals").live()]
    office.crm.edit("deals", deals[0], {"amount": "77.5", "dealname": '=2+2 "x"\u202e'})
    office.crm.archive("deals", deals[1])
    survivor = office.crm.merge("deals", deals[2], deals[3])
    made = office.crm.create("deals", {"dealname": "New", "dealstage": "closedwon", "pipeline": "default"})
    office.clock.forward(minutes=10)
    office.sync()
    assert ours(office) == truth(office)
    assert made.id in ours(office)
    gone = dict(office.rows("SELECT id, merged_into_id FROM deal WHERE is_deleted", "deal"))
    assert gone[deals[3]] == survivor
    assert gone[deals[1]] is None
    office.crm.delete("deals", deals[4])
    office.clock.forward(hours=1)
    office.sync("reconcile")
    assert ours(office) == truth(office)


def test_a_sync_with_nothing_new_rewrites_no_row_and_is_fresh_all_the_same(office: Office) -> None:
    office.connect()
    office.sync()
    before = office.store.manifest(office.store.workspace("acme"))
    office.clock.forward(hours=6)
    done = office.sync()
    after = office.store.manifest(office.store.workspace("acme"))
    assert not done.published
    assert (after.tables, after.raw) == (before.tables, before.raw)
    assert after.profile().data_through > before.profile().data_through


def test_a_quota_that_ends_leaves_the_last_good_state_and_the_next_sync_goes_on(tmp_path: Path) -> None:
    office = Office(tmp_path, faults="daily_quota,from=30,times=400")
    try:
        office.connect()
        done = office.sync()
        assert done.partial
        assert not done.published
        assert done.generation == 0
        assert done.until is not None
        with pytest.raises(TryLater, match="partial"):
            raise_for(done)
        asked = sum(office.running.calls().values())
        with pytest.raises(QuotaExhausted, match="as it said before") as caught:
            office.sync()
        assert caught.value.until == done.until
        assert sum(office.running.calls().values()) == asked
        office.running.stop()
        office.running = start_hubspot(office.crm)
        office.connect()
        office.clock.forward(hours=24)
        assert not office.sync().partial
        assert ours(office) == truth(office)
    finally:
        office.close()


def test_a_property_that_comes_or_goes_is_told_and_its_values_stay(office: Office) -> None:
    office.connect()
    office.crm.add_field("deals", Field("risk", "Risk", custom=True))
    deal = office.crm.shelf("deals").live()[0].id
    office.crm.edit("deals", deal, {"risk": "high"})
    office.sync()
    office.crm.remove_field("deals", "risk")
    office.clock.forward(hours=2)
    office.crm.edit("deals", deal, {"amount": "5"})
    office.clock.forward(hours=2)
    done = office.sync()
    assert [(one.stream, one.field, one.kind) for one in done.changes] == [("deals", "risk", "removed")]
    kept = office.rows(f"SELECT custom['risk'], amount FROM deal WHERE id = '{deal}'", "deal")
    assert kept[0][0] == "high"
    assert float(kept[0][1]) == 5


def test_a_mapping_of_the_users_own_is_kept(office: Office) -> None:
    office.connect()
    office.sync()
    connection = find_connection(office.store, "acme")
    text = office.store.mapping(connection)
    assert text is not None
    changed = text.replace("version: 1", "# mine\nversion: 1", 1)
    workspace = office.store.workspace("acme")
    with office.store.writing(workspace, "test", office.now):
        pass
    (office.folder / "mine.yaml").write_text(changed, encoding="utf-8")
    from connector.actions.import_files import ImportRequest, use_mapping  # noqa: PLC0415

    use_mapping(
        office.store, ImportRequest("acme", (), office.folder / "mine.yaml", connection=connection.name), office.now
    )
    office.crm.edit("deals", office.crm.shelf("deals").live()[0].id, {"amount": "12"})
    office.clock.forward(hours=2)
    office.sync()
    assert office.store.mapping(connection) == changed
    assert ours(office) == truth(office)


def test_totals_compare_what_the_vendor_has_now(office: Office) -> None:
    office.connect()
    with pytest.raises(UserError, match="published yet"):
        asked(office)
    office.sync()
    office.crm.create("deals", {"dealname": "Late", "dealstage": "closedwon", "pipeline": "default"})
    compared = {(one.stream, one.column): one for one in asked(office) if one.stream == "deals" and not one.column}
    found = compared["deals", ""]
    assert found.vendor == found.ours + 1
    assert "since the last sync" in found.cause


def asked(office: Office) -> list[Any]:
    connection = find_connection(office.store, "acme")
    system = open_connection(office.store, connection, HOSTS)
    try:
        return list(totals(office.store, "acme", connection, system, office.now))
    finally:
        system.source.close()


def test_a_wrong_key_keeps_nothing(office: Office) -> None:
    with pytest.raises(ConnectionRefused) as caught:
        office.connect(token="pat-wrong-1234567890")
    assert "pat-wrong" not in str(caught.value)
    assert office.store.workspaces() == []


def test_a_key_that_was_revoked_leaves_the_last_good_state(office: Office) -> None:
    office.connect()
    office.sync()
    good = ours(office)
    connection = find_connection(office.store, "acme")
    kept = office.store.account(connection)
    assert kept is not None
    office.store.keep_account(connection, kept.options, {"token": "pat-revoked"}, office.now)
    with pytest.raises(ConnectionRefused):
        office.sync()
    assert ours(office) == good
    run = office.store.runs(office.store.workspace("acme"))[0]
    assert (run.kind, run.status) == ("sync", "failed")


def test_a_scope_that_is_missing_is_named(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.running.stop()
    office.running = start_hubspot(office.crm, scopes={"oauth", "crm.objects.owners.read", "crm.objects.contacts.read"})
    try:
        office.connect()
        with pytest.raises(MissingScope, match=r"crm\.objects\.\w+\.read"):
            office.sync()
    finally:
        office.close()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"colour": "red"}, "no option"),
        ({"rate": "many"}, "number of requests"),
        ({"api": "v9"}, "v9"),
        ({"base_url": "http://evil.example"}, "PUENTE_ALLOWED_HOSTS"),
    ],
)
def test_options_that_cannot_be_used_are_refused(office: Office, options: dict[str, str], says: str) -> None:
    with pytest.raises(UserError, match=says):
        office.connect(**options)


def test_a_connection_that_is_not_there_is_named(office: Office) -> None:
    office.connect()
    with pytest.raises(UnknownName, match="other"):
        find_connection(office.store, "acme", "other")


@pytest.mark.parametrize(("optional", "until"), [(True, None), (False, None), (True, datetime(2026, 5, 2, tzinfo=UTC))])
def test_a_stream_that_can_be_done_without_may_be_left_out(optional: bool, until: datetime | None) -> None:
    cut = StreamOutcome("leads", "leads", "unfinished", note="It says 'no'.", until=until, optional=optional)
    with pytest.raises(TryLater) as caught:
        raise_for(SyncOutcome("acme", "hubspot", "1", 1, partial=True, published=False, streams=(cut,)))
    is_told = "--option without=leads" in str(caught.value)
    assert is_told == (optional and until is None)
    assert ("conecte de nuevo con --option without=leads" in error_line(caught.value, "es")) == is_told
