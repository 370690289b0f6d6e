"""An account connected by OAuth from end to end: consent in a browser, tokens that end, rotate and are revoked."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
import urllib3

from connector.actions import hubspot_system
from connector.actions.connect import Connected, ConnectRequest, connect, find_connection, open_connection
from connector.actions.grants import AccountGrants
from connector.actions.hubspot_system import REDIRECT_PORT, hubspot_limits, hubspot_token
from connector.actions.sync import SyncRequest, sync
from connector.actions.systems import SYSTEMS, SystemMeans
from connector.cli.syncs import connect_command
from connector.errors import ConnectionRefused, UserError
from connector.http.clock import REAL, Clock
from connector.http.redaction import Token
from connector.http.tokens import Grant
from connector.sandbox.hubspot.tokens import CLIENT_ID, CLIENT_SECRET
from connector.sources.hubspot.catalogue import needed_scopes
from connector.sources.hubspot.policy import GENERAL
from connector.store.grants import Grants
from connector.store.store import Connection, Store
from tests.actions.test_sync import HOSTS, Office, ours, truth
from tests.conftest import ROOT

EXCHANGE = "POST /oauth/2026-03/token"


def visit(address: str) -> urllib3.BaseHTTPResponse:
    """Open an address as a browser does, on this machine by its number."""
    with urllib3.PoolManager(timeout=5, retries=False) as browser:
        return browser.request("GET", address.replace("//localhost", "//127.0.0.1", 1), redirect=False)


def browse(address: str) -> None:
    """Go to the consent page and follow it back, where it leads back."""
    page = visit(address)
    if "Location" in page.headers:
        visit(page.headers["Location"])


@dataclass
class Browser:
    """A person who opens whatever address is shown."""

    shown: list[str] = field(default_factory=list)
    visits: list[threading.Thread] = field(default_factory=list)

    def __call__(self, address: str) -> None:
        self.shown.append(address)
        self.visits.append(threading.Thread(target=browse, args=(address,)))
        self.visits[-1].start()

    def close(self) -> None:
        for each in self.visits:
            each.join(10)


class GrantedOffice(Office):
    """An office that signs in through an app."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.browser = Browser()

    def allow(self, secret: str = CLIENT_SECRET, **options: str) -> Connected:
        given = {"base_url": self.running.url, "rate": "1000", "search_rate": "1000"}
        given |= {"client_id": CLIENT_ID, "redirect_port": "0"} | options
        request = ConnectRequest("acme", "hubspot", secret, options=given, oauth=True)
        return connect(self.store, request, HOSTS, self.now, self.browser)

    @property
    def connection(self) -> Connection:
        return find_connection(self.store, "acme")

    @property
    def grants(self) -> Grants:
        return self.store.grants(self.connection, REAL.now)

    def secrets(self) -> dict[str, str]:
        kept = self.store.account(self.connection)
        assert kept is not None
        return dict(kept.secrets)

    def exchanges(self) -> int:
        """How often a token was asked for, the code of the consent included."""
        return self.running.calls()[EXCHANGE]

    def ask(self, clock: Clock = REAL) -> str:
        """Ask which account it is, with a connection opened anew."""
        system = open_connection(self.store, self.connection, HOSTS, clock)
        try:
            return system.source.account().id
        finally:
            system.source.close()

    def close(self) -> None:
        self.browser.close()
        super().close()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[GrantedOffice]:
    made = GrantedOffice(tmp_path)
    try:
        yield made
    finally:
        made.close()


# --- signing in -------------------------------------------------------------------------------------------------


def test_a_person_allows_and_the_account_is_read(office: GrantedOffice) -> None:
    assert office.allow().account.id
    kept = office.store.account(office.connection)
    assert kept is not None
    assert kept.options["client_id"] == CLIENT_ID
    assert {name: kept.secrets[name] for name in ("access_token", "refresh_token", "client_secret")} == {
        "access_token": "access-1-1", "refresh_token": "refresh-1-1", "client_secret": CLIENT_SECRET,
    }  # fmt: skip
    assert not {CLIENT_SECRET, "access-1-1", "refresh-1-1"} & set(kept.options.values())
    assert CLIENT_SECRET not in office.browser.shown[0]
    outcome = office.sync()
    assert outcome.published
    assert {stream.name: stream.status for stream in outcome.streams if stream.status != "read"} == {}
    assert ours(office) == truth(office)
    assert office.exchanges() == 1


def test_a_person_who_says_no_leaves_nothing_behind(office: GrantedOffice) -> None:
    office.running.tokens.consents = False
    with pytest.raises(ConnectionRefused, match="The user said no"):
        office.allow()
    assert office.store.workspaces() == []


def test_a_person_who_does_not_come_back_is_not_waited_for(
    office: GrantedOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubspot_system, "CONSENT_SECONDS", 0.2)
    with pytest.raises(ConnectionRefused, match="in time"):
        office.allow(client_id="unknown-app")  # the consent page of an unknown app does not lead back
    assert office.store.workspaces() == []


def test_a_wrong_client_secret_is_refused_and_not_shown(office: GrantedOffice) -> None:
    with pytest.raises(ConnectionRefused, match="client secret and the redirect address") as caught:
        office.allow(secret="geheim-77")
    assert "geheim" not in f"{caught.value} {caught.value!r}"
    assert office.store.workspaces() == []


@pytest.mark.parametrize(
    ("secret", "options", "says"),
    [
        (CLIENT_SECRET, {"client_id": ""}, "client id of the app is missing"),
        (CLIENT_SECRET, {"redirect_port": "seventy"}, "no port"),
        (CLIENT_SECRET, {"redirect_port": "70000"}, "no port"),
        (CLIENT_SECRET, {"base_url": "http://evil.example"}, "PUENTE_ALLOWED_HOSTS"),
        (CLIENT_SECRET, {"api": "v9"}, "v9"),
        (CLIENT_SECRET, {"rate": "many"}, "number of requests"),
        ("  ", {}, "No client secret"),
    ],
)
def test_what_cannot_work_is_said_before_anyone_is_sent_anywhere(
    office: GrantedOffice, secret: str, options: dict[str, str], says: str
) -> None:
    with pytest.raises(UserError, match=says):
        office.allow(secret, **options)
    assert office.browser.shown == []
    assert office.store.workspaces() == []


def test_access_that_cannot_be_renewed_is_not_kept(office: GrantedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    miser = replace(SYSTEMS["hubspot"], consent=lambda *_: Grant(Token("access-0"), Token(""), None))
    monkeypatch.setitem(SYSTEMS, "hubspot", miser)
    with pytest.raises(ConnectionRefused, match="cannot be renewed"):
        office.allow()
    assert office.store.workspaces() == []


def test_a_client_id_without_oauth_is_no_key(office: GrantedOffice) -> None:
    with pytest.raises(UserError, match="Add --oauth"):
        office.connect(client_id=CLIENT_ID)


def test_an_account_can_change_from_a_key_to_oauth_and_back(office: GrantedOffice) -> None:
    office.connect()
    office.allow()
    assert set(office.secrets()) == {"access_token", "refresh_token", "expires_at", "client_secret"}
    assert office.ask()
    office.connect()
    assert set(office.secrets()) == {"token"}
    assert office.ask()
    assert office.exchanges() == 1


def test_a_new_grant_is_not_overwritten_by_whoever_renews_the_old_one(office: GrantedOffice) -> None:
    office.allow()
    with office.grants.exchange_under_lock():
        again = threading.Thread(target=office.allow)
        again.start()
        again.join(1)  # long enough to keep the new grant, where nothing stops it
        office.grants.save(replace(office.grants.load(), refresh="refresh-1-2"))
    again.join(30)
    assert office.secrets()["refresh_token"] == "refresh-2-1"


def test_oauth_has_limits_of_its_own_unless_one_is_given(office: GrantedOffice) -> None:
    office.allow()
    assert hubspot_limits({}, office.secrets())[GENERAL][0].count == 110
    assert hubspot_limits({}, {"token": "pat-1"})[GENERAL][0].count == 190
    assert hubspot_limits({"rate": "100"}, office.secrets())[GENERAL][0].count == 100


# --- tokens that end --------------------------------------------------------------------------------------------


def test_a_token_that_ends_in_the_middle_of_a_sync_is_renewed_once(office: GrantedOffice) -> None:
    office.allow()
    ended: list[str] = []

    def end(step: str, rows: int) -> None:
        if rows and not ended:
            ended.append(step)
            office.running.tokens.expire("access-1-1")

    system = open_connection(office.store, office.connection, HOSTS)
    try:
        request = SyncRequest("acme", office.connection, workers=6, memory_limit="256MB", threads=1)
        done = sync(office.store, request, system, office.now, end)
    finally:
        system.source.close()
    assert ended
    assert (done.partial, done.published) == (False, True)
    assert ours(office) == truth(office)
    assert office.exchanges() == 2
    assert office.secrets()["refresh_token"] == "refresh-1-2"
    assert office.secrets()["client_secret"] == CLIENT_SECRET


def test_a_token_near_its_end_is_renewed_before_it_is_refused(office: GrantedOffice) -> None:
    office.allow()
    late = replace(REAL, now=lambda: REAL.now() + timedelta(minutes=29, seconds=30))
    assert office.ask(late)
    assert 401 not in {entry.status for entry in office.running.log}
    assert office.exchanges() == 2
    assert office.secrets()["access_token"] == "access-1-2"


def test_a_revoked_grant_is_told_with_its_remedy_and_the_last_good_state_stays(office: GrantedOffice) -> None:
    office.allow()
    office.sync()
    good, generation = ours(office), office.store.manifest(office.store.workspace("acme")).generation
    with urllib3.PoolManager(retries=False) as pool:
        pool.request("POST", f"{office.running.url}/oauth/2026-03/token/revoke", body="token=refresh-1-1")
    office.crm.edit("deals", office.crm.shelf("deals").live()[0].id, {"amount": "12"})
    with pytest.raises(ConnectionRefused, match="connect hubspot --oauth") as caught:
        office.sync()
    assert "refresh-1" not in str(caught.value)
    assert ours(office) == good
    assert office.store.manifest(office.store.workspace("acme")).generation == generation
    run = office.store.runs(office.store.workspace("acme"))[0]
    assert (run.kind, run.status) == ("sync", "failed")
    office.allow()
    office.clock.forward(hours=1)
    assert office.sync().published
    assert ours(office) == truth(office)


# --- several processes ------------------------------------------------------------------------------------------


def _ask_twice(folder: str, holding: Barrier, ended: Barrier, answers: Any) -> None:
    """Ask with a good token, then, when it has ended for everybody, from four threads at once."""
    with Store(Path(folder), threads=1) as store:
        system = open_connection(store, find_connection(store, "acme"), HOSTS)
        found: list[str] = [system.source.account().id]
        holding.wait(60)
        ended.wait(60)
        threads = [threading.Thread(target=lambda: found.append(system.source.account().id)) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(60)
        system.source.close()
        answers.put(found)


def test_of_two_processes_one_renews(office: GrantedOffice, tmp_path: Path) -> None:
    office.allow()
    context = multiprocessing.get_context("spawn")
    holding, ended, answers = context.Barrier(3), context.Barrier(3), context.Queue()
    arguments = (str(tmp_path), holding, ended, answers)
    workers = [context.Process(target=_ask_twice, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    holding.wait(60)
    office.running.tokens.expire("access-1-1")
    ended.wait(60)
    found = answers.get(timeout=60) + answers.get(timeout=60)
    for worker in workers:
        worker.join(60)
    answers.close()
    answers.join_thread()
    assert len(found) == 10
    assert len(set(found)) == 1
    assert office.exchanges() == 2
    assert office.secrets()["refresh_token"] == "refresh-1-2"


def _renew_and_die(folder: str) -> None:
    store = Store(Path(folder), threads=1)
    connection = find_connection(store, "acme")
    kept = store.account(connection)
    assert kept is not None
    grants = AccountGrants(store.grants(connection, REAL.now))
    token = hubspot_token(kept.options, kept.secrets, SystemMeans(store.data_dir, HOSTS, connection.id, grants))
    token.renew(token.current())
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_process_that_dies_before_it_uses_a_new_grant_has_kept_it(office: GrantedOffice, tmp_path: Path) -> None:
    office.allow()
    worker = multiprocessing.get_context("spawn").Process(target=_renew_and_die, args=(str(tmp_path),))
    worker.start()
    worker.join(60)
    assert worker.exitcode == -signal.SIGKILL
    assert office.secrets()["refresh_token"] == "refresh-1-2"
    office.running.tokens.expire("access-1-2")
    assert office.ask()
    assert office.secrets()["refresh_token"] == "refresh-1-3"
    assert office.exchanges() == 3


# --- the command line -------------------------------------------------------------------------------------------


def command(office: GrantedOffice, *arguments: str) -> subprocess.Popen[str]:
    settings = {
        "PUENTE_DATA_DIR": str(office.folder), "PUENTE_ALLOWED_HOSTS": "127.0.0.1", "PUENTE_TOKEN": CLIENT_SECRET,
    }  # fmt: skip
    return subprocess.Popen(
        [sys.executable, "-m", "connector", *arguments],
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_shows_the_address_waits_and_connects(office: GrantedOffice) -> None:
    options = {"base_url": office.running.url, "client_id": CLIENT_ID, "redirect_port": "0"}
    given = [part for name, value in options.items() for part in ("--option", f"{name}={value}")]
    with command(office, "connect", "hubspot", "-w", "acme", "--oauth", *given) as running:
        assert running.stderr is not None
        assert running.stdout is not None
        try:
            shown = next(found[0] for line in running.stderr if (found := re.search(r"http://\S+", line)))
            browse(shown)
            assert running.wait(60) == 0, running.stderr.read()
        finally:
            running.kill()
        said = running.stdout.read() + running.stderr.read()
    assert "Connected: HubSpot" in said
    assert "Next: sync --workspace acme" in said
    assert not any(secret in said + shown for secret in (CLIENT_SECRET, "access-1-1", "refresh-1-1"))
    assert office.secrets()["refresh_token"] == "refresh-1-1"
    assert office.ask()


def test_the_help_of_connect_names_every_option() -> None:
    told = connect_command.help or ""
    assert [name for name in SYSTEMS["hubspot"].options if not re.search(rf"^ *{name} ", told, re.MULTILINE)] == []


def test_the_readme_names_the_scopes_and_the_redirect_address_of_an_app() -> None:
    steps = (ROOT / "README.md").read_text(encoding="utf-8").partition("## First steps with a HubSpot account")[2]
    wanted = {"oauth", *needed_scopes(), f"http://localhost:{REDIRECT_PORT}/callback"}
    assert {each for each in wanted if f"`{each}`" not in steps.partition("\n## ")[0]} == set()
