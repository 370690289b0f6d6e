"""Google connected from end to end: a service account's key, a person's consent, tokens that end and are taken back."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import urllib3

from connector.actions.connect import Connected, ConnectRequest
from connector.actions.google_access import connect_google, find_google, open_google
from connector.errors import ConnectionRefused, FileError, NotAllowed, PuenteError, UnknownName, UserError
from connector.http.clock import REAL, Clock
from connector.sandbox.google.identity import OWNER, SERVICE
from connector.sandbox.google.start import RunningGoogle, start_google
from connector.store.store import Store
from tests.google.judge import Judge

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HERE = frozenset({"127.0.0.1"})


@dataclass
class Desk:
    """A store and a Google. ``moment`` is what both clocks say."""

    folder: Path
    google: RunningGoogle = field(init=False)
    judge: Judge = field(init=False)
    store: Store = field(init=False)
    moment: datetime = NOW
    visits: list[threading.Thread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.google = start_google(clock=lambda: self.moment)
        self.google.witness = self.judge = Judge()
        self.store = Store(self.folder / "data")

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.moment, REAL.monotonic, lambda _: None, lambda: 0.5)

    def connect(self, key: Any, *, oauth: bool = False, hosts: frozenset[str] = HERE, **options: str) -> Connected:
        given = {"base_url": self.google.url} | options
        text = key if isinstance(key, str) else json.dumps(key)
        request = ConnectRequest("acme", "google", text, options=given, oauth=oauth)
        return connect_google(self.store, request, hosts, self.moment, self.browse, self.clock)

    def browse(self, address: str) -> None:
        """What the person does: opens the address, and follows it back."""

        def visit() -> None:
            with urllib3.PoolManager(timeout=5, retries=False) as browser:
                page = browser.request("GET", address, redirect=False)
                if "Location" in page.headers:
                    browser.request("GET", page.headers["Location"], redirect=False)

        self.visits.append(threading.Thread(target=visit))
        self.visits[-1].start()

    def ask(self) -> str:
        """Ask Google who we are, with a connection opened anew."""
        with open_google(self.store, find_google(self.store, "acme"), HERE, self.clock) as google:
            return str(google.drive.whoami()["emailAddress"])

    def signings(self) -> int:
        return sum(call.path == "/token" for call in self.google.traffic)

    def kept(self) -> str:
        """Everything on disk, as text."""
        return "".join(path.read_bytes().decode("latin-1") for path in self.folder.rglob("*") if path.is_file())

    def close(self) -> None:
        for visit in self.visits:
            visit.join(10)
        self.store.close()
        self.google.stop()
        self.judge.check()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    try:
        yield made
    finally:
        made.close()


def test_a_service_account_signs_for_itself(desk: Desk) -> None:
    done = desk.connect(desk.google.key_file())
    assert done.account.label == SERVICE.email
    assert desk.ask() == SERVICE.email
    assert "BEGIN PRIVATE KEY" not in desk.kept()


def test_a_person_allows_puente_in_the_browser(desk: Desk) -> None:
    done = desk.connect(desk.google.client_file(), oauth=True)
    assert done.account.label == OWNER.email
    assert desk.ask() == OWNER.email
    refresh = "1//sandbox-refresh"
    assert refresh not in desk.kept()


def test_a_token_that_has_ended_is_renewed_once_and_kept(desk: Desk) -> None:
    desk.connect(desk.google.client_file(), oauth=True)
    before = desk.signings()
    desk.moment += timedelta(hours=2)
    assert desk.ask() == OWNER.email
    assert desk.ask() == OWNER.email
    assert desk.signings() == before + 1


def test_access_that_was_taken_back_is_said_with_what_to_do(desk: Desk) -> None:
    desk.connect(desk.google.client_file(), oauth=True)
    for grant in list(desk.google.tokens._grants):
        desk.google.tokens.revoke(grant.refresh)
    with pytest.raises(ConnectionRefused, match="connect google") as caught:
        desk.ask()
    assert "Token has been expired or revoked" in str(caught.value)
    assert "sandbox-refresh" not in str(caught.value)


def test_a_person_who_says_no_leaves_nothing_behind(desk: Desk) -> None:
    desk.google.tokens.consent = None
    with pytest.raises(ConnectionRefused, match="Google did not grant access"):
        desk.connect(desk.google.client_file(), oauth=True)
    assert desk.store.workspaces() == []


def test_only_files_are_asked_for_unless_a_person_wants_all(desk: Desk) -> None:
    shown: list[str] = []
    with pytest.raises(ConnectionRefused):
        connect_google(
            desk.store,
            ConnectRequest("acme", "google", json.dumps(desk.google.client_file()), "", {"redirect_port": "0"}, True),
            HERE,
            desk.moment,
            lambda address: (shown.append(address), desk.browse(_refused(address)))[0],
        )
    assert "scope=https%3A%2F%2Fwww.googleapis.com%2Fauth%2Fdrive.file&" in shown[0]
    assert shown[0].startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    with pytest.raises(UserError, match="no kind of access"):
        desk.connect(desk.google.client_file(), oauth=True, access="everything")


def _refused(address: str) -> str:
    """Where the browser goes when the person says no at once."""
    fields = dict(parse_qsl(urlsplit(address).query))
    return f"{fields['redirect_uri']}?error=access_denied&state={fields['state']}"


def test_a_service_account_acts_for_a_person_where_an_administrator_allows_it(desk: Desk) -> None:
    with pytest.raises(ConnectionRefused, match="unauthorized"):
        desk.connect(desk.google.key_file(), subject=OWNER.email)
    desk.google.tokens.delegated = {OWNER.email}
    assert desk.connect(desk.google.key_file(), subject=OWNER.email).account.label == OWNER.email
    assert desk.ask() == OWNER.email


WRONG_KEYS: list[tuple[Any, type[PuenteError], str]] = [
    ("", ConnectionRefused, "--key-file"),
    ("no JSON", FileError, "no key file"),
    ({"type": "authorized_user", "client_email": "a", "private_key": "b"}, FileError, "no key file"),
    (
        {"type": "service_account", "client_email": "a@b", "private_key": "-----BEGIN PRIVATE KEY-----\nhunter2\n"},
        FileError,
        "cannot be read",
    ),
]


@pytest.mark.parametrize(("key", "kind", "words"), WRONG_KEYS)
def test_what_is_no_key_is_refused_before_anything_is_asked(
    desk: Desk, key: Any, kind: type[PuenteError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        desk.connect(key)
    assert "hunter2" not in str(caught.value)
    assert not desk.google.traffic
    assert desk.store.workspaces() == []


def test_a_key_that_was_deleted_is_not_kept(desk: Desk) -> None:
    other = desk.google.key_file() | {"client_email": "gone@puente-sandbox.iam.gserviceaccount.com"}
    with pytest.raises(ConnectionRefused, match="does not let Puente sign in"):
        desk.connect(other)
    assert desk.store.workspaces() == []


def test_a_key_file_cannot_send_its_signature_to_any_host(desk: Desk) -> None:
    strange = desk.google.key_file() | {"token_uri": "http://127.0.0.2:1/token"}
    with pytest.raises(UserError, match="not one that this installation may talk to"):
        desk.connect(strange)
    with pytest.raises(UserError, match="not one that this installation may talk to"):
        desk.connect(desk.google.key_file(), hosts=frozenset())
    assert not desk.google.traffic


@pytest.mark.parametrize("options", [{"speed": "9"}, {"rate": "0"}, {"rate": "fast"}, {"access": "some"}])
def test_options_that_cannot_be_are_refused(desk: Desk, options: dict[str, str]) -> None:
    with pytest.raises(UserError, match="--option"):
        desk.connect(desk.google.key_file(), **options)


def test_a_workspace_without_google_says_how_to_connect_it(desk: Desk) -> None:
    desk.store.create_workspace("acme", NOW)
    with pytest.raises(UnknownName, match="connect google"):
        find_google(desk.store, "acme")


def test_a_service_account_has_no_room_and_says_what_to_do(desk: Desk) -> None:
    desk.connect(desk.google.key_file())
    with (
        open_google(desk.store, find_google(desk.store, "acme"), HERE, desk.clock) as google,
        pytest.raises(NotAllowed, match="--into"),
    ):
        google.drive.make("Report", "key")
