"""A token is renewed once, by one renewer, and its grant is kept before it is used."""

from __future__ import annotations

import json
import multiprocessing
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from filelock import FileLock

from connector.errors import ConnectionRefused
from connector.http.answer import Request
from connector.http.redaction import Token
from connector.http.tokens import Grant, OAuthToken, StaticToken
from tests.http.vendor import START, FakeClock, answer, client_of, vendor


@dataclass
class FileGrants:
    """Grants in a file, renewed under a lock of the operating system, as the state database keeps them."""

    folder: Path
    writes: list[str] = field(default_factory=list)
    fails: bool = False

    def load(self) -> Grant:
        kept = json.loads((self.folder / "grant").read_text())
        expires = None if kept[2] is None else datetime.fromisoformat(kept[2])
        return Grant(Token(kept[0]), Token(kept[1]), expires)

    def save(self, grant: Grant) -> None:
        if self.fails:
            raise OSError("disk full")
        expires = grant.expires_at.isoformat() if grant.expires_at else None
        self.writes.append(grant.refresh.reveal())
        (self.folder / "grant").write_text(json.dumps([grant.access.reveal(), grant.refresh.reveal(), expires]))

    @contextmanager
    def exchange_under_lock(self) -> Iterator[None]:
        with FileLock(self.folder / "lock", timeout=30):
            yield


@dataclass
class Issuer:
    """A vendor that rotates refresh tokens: each is good once, and every use is written down."""

    folder: Path
    seconds: float = 0.0
    """How long an exchange takes: long enough for a second renewer to come in between, where nothing stops it."""

    def exchange(self, refresh: Token) -> Grant:
        log = self.folder / "issued"
        used = log.read_text().split() if log.exists() else []
        time.sleep(self.seconds)
        with log.open("a") as file:
            file.write(refresh.reveal() + "\n")
        if refresh.reveal() != f"r{len(used)}":
            raise ConnectionRefused("invalid_grant", remedy="Connect again.")
        number = len(used) + 1
        return Grant(Token(f"a{number}"), Token(f"r{number}"), START + timedelta(minutes=30 + number))

    def issued(self) -> list[str]:
        log = self.folder / "issued"
        return log.read_text().split() if log.exists() else []


@pytest.fixture
def grants(tmp_path: Path) -> FileGrants:
    kept = FileGrants(tmp_path)
    kept.save(Grant(Token("a0"), Token("r0"), START + timedelta(minutes=30)))
    kept.writes.clear()
    return kept


def test_a_key_copied_with_blanks_around_it_is_used_without() -> None:
    with vendor(answer()) as acme, client_of("  pat-1\n") as client:
        client.send(Request("GET", acme.url))
    assert acme.heard[0].token == "pat-1"


@pytest.mark.parametrize("text", ["geheim\n77", "geheim 77", "geheim\r\nHost: x", "geheim\u043c", "geheim\x00"])
def test_a_key_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ConnectionRefused, match="Copy it again") as caught:
        StaticToken(text)
    assert "geheim" not in str(caught.value)


def test_a_good_token_is_used_as_it_is(grants: FileGrants, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    source = OAuthToken(grants, issuer.exchange, FakeClock().clock)
    assert [source.current().reveal() for _ in range(3)] == ["a0"] * 3
    assert issuer.issued() == []


def test_a_token_near_its_end_is_renewed_before_it_is_used(grants: FileGrants, tmp_path: Path) -> None:
    issuer, fake = Issuer(tmp_path), FakeClock()
    source = OAuthToken(grants, issuer.exchange, fake.clock)
    fake.sleep(29 * 60 - 1)
    assert source.current().reveal() == "a0"
    fake.sleep(2)
    assert source.current().reveal() == "a1"
    assert grants.load().refresh.reveal() == "r1"


def test_a_grant_that_could_not_be_kept_is_not_used(grants: FileGrants, tmp_path: Path) -> None:
    source = OAuthToken(grants, Issuer(tmp_path).exchange, FakeClock().clock)
    grants.fails = True
    with pytest.raises(OSError, match="disk full"):
        source.renew(Token("a0"))
    assert source.current().reveal() == "a0"


def test_a_refresh_token_that_is_not_rotated_stays(grants: FileGrants) -> None:
    later = START + timedelta(hours=2)
    source = OAuthToken(grants, lambda _refresh: Grant(Token("a9"), Token(""), later), FakeClock().clock)
    assert source.renew(Token("a0")).reveal() == "a9"
    assert grants.load().refresh.reveal() == "r0"


def test_a_grant_that_no_header_can_carry_is_refused_without_showing_it(grants: FileGrants) -> None:
    source = OAuthToken(
        grants, lambda _refresh: Grant(Token("geheim\r\nHost: x"), Token("r1"), None), FakeClock().clock
    )
    with pytest.raises(ConnectionRefused, match="no token has") as caught:
        source.renew(Token("a0"))
    assert "geheim" not in str(caught.value)
    assert grants.writes == []


def test_a_revoked_grant_is_refused(grants: FileGrants, tmp_path: Path) -> None:
    source = OAuthToken(grants, Issuer(tmp_path).exchange, FakeClock().clock)
    source.renew(Token("a0"))
    grants.save(Grant(Token(""), Token("stolen"), None))
    with pytest.raises(ConnectionRefused, match="Connect again"):
        source.renew(Token("a1"))


def together(count: int, work: Callable[[], str]) -> list[str]:
    barrier = threading.Barrier(count)

    def start(_: int) -> str:
        barrier.wait(30)
        return work()

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(start, range(count)))


def test_of_many_threads_one_renews(grants: FileGrants, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    source = OAuthToken(grants, issuer.exchange, FakeClock().clock)
    assert together(16, lambda: source.renew(Token("a0")).reveal()) == ["a1"] * 16
    assert issuer.issued() == ["r0"]
    assert grants.writes == ["r1"]


def _renew(folder: str, results: multiprocessing.Queue[list[str]], start: Barrier) -> None:
    issuer = Issuer(Path(folder), seconds=0.5)
    source = OAuthToken(FileGrants(Path(folder)), issuer.exchange, FakeClock().clock)
    start.wait(60)
    results.put(together(4, lambda: source.renew(Token("a0")).reveal()))


def test_of_many_processes_one_renews(grants: FileGrants, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[str]] = context.Queue()
    start = context.Barrier(2)
    workers = [context.Process(target=_renew, args=(str(tmp_path), results, start)) for _ in range(2)]
    for worker in workers:
        worker.start()
    tokens = results.get(timeout=60) + results.get(timeout=60)
    for worker in workers:
        worker.join(60)
    results.close()
    results.join_thread()
    assert tokens == ["a1"] * 8
    assert Issuer(tmp_path).issued() == ["r0"]


def test_an_expired_token_is_renewed_and_the_call_goes_on(grants: FileGrants, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    source = OAuthToken(grants, issuer.exchange, FakeClock().clock)
    steps = answer(401, {"category": "EXPIRED_AUTHENTICATION"}), answer(200, {"n": 1})
    with vendor(*steps) as acme, client_of(source) as client:
        assert client.send(Request("POST", acme.url, body=b"{}")).value == {"n": 1}
    assert [heard.token for heard in acme.heard] == ["a0", "a1"]


def test_a_second_refusal_of_one_call_is_final(grants: FileGrants, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    source = OAuthToken(grants, issuer.exchange, FakeClock().clock)
    with vendor(answer(401, {"message": "no"})) as acme, client_of(source) as client:
        request = Request("GET", acme.url)
        with pytest.raises(ConnectionRefused, match="does not let us in"):
            client.send(request)
    assert issuer.issued() == ["r0"]
    assert len(acme.heard) == 2


def test_threads_that_meet_the_end_of_a_token_together_renew_it_once(grants: FileGrants, tmp_path: Path) -> None:
    issuer = Issuer(tmp_path)
    source = OAuthToken(grants, issuer.exchange, FakeClock().clock)

    def step(handler: object) -> None:
        old = handler.headers["authorization"] == "Bearer a0"  # type: ignore[attr-defined]
        answer(401 if old else 200, {"n": 1})(handler)  # type: ignore[arg-type]

    with vendor(step) as acme, client_of(source) as client:
        assert together(8, lambda: str(client.send(Request("GET", acme.url)).value)) == ["{'n': 1}"] * 8
    assert issuer.issued() == ["r0"]
