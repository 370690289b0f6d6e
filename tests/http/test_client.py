"""One call against a vendor that misbehaves in every way we know."""

from __future__ import annotations

import gzip
import logging
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.utils import format_datetime

import pytest

from connector.errors import (
    ConnectionRefused,
    MissingScope,
    NotInAccount,
    PuenteError,
    QuotaExhausted,
    UserError,
    VendorUnavailable,
)
from connector.http.answer import Request
from connector.http.retry import RULES, Backoff, Policy, RateHeaders, Rule
from connector.http.wire import Timeouts
from tests.http.vendor import (
    HASTY,
    PATIENT,
    START,
    FakeClock,
    Step,
    answer,
    client_of,
    cut_chunks,
    cut_off,
    drip,
    refused_connection,
    silence,
    vendor,
)

TOKEN = "pat-na1-7c1f0000-secret"
ACME = Policy(
    vendor="Acme",
    rules=(
        Rule("quota", (429,), facts={"policyName": ("DAILY",)}),
        Rule("scope", (403,), facts={"category": ("MISSING_SCOPES",)}),
        Rule("not_in_account", (403,), facts={"category": ("NO_SUCH_THING",)}),
        *RULES,
    ),
    backoff=Backoff(tries=4),
    quota_returns=lambda _response, now: now + timedelta(hours=7),
)


def get(url: str, path: str = "/crm/deals", **options: object) -> Request:
    return Request("GET", url + path, **options)  # type: ignore[arg-type]


def test_an_answer_comes_back_parsed() -> None:
    with vendor(answer(200, {"results": [1, 2]})) as acme, client_of(TOKEN) as client:
        response = client.send(get(acme.url))
    assert response.value == {"results": [1, 2]}
    assert response.getheader("Content-Type") == "application/json"
    assert acme.heard[0].token == TOKEN


TRANSIENT: dict[str, Step] = {
    "500": answer(500),
    "502 with a page": answer(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"}),
    "503": answer(503),
    "504": answer(504, b"", {"Content-Type": "text/html"}),
    "a reset": refused_connection,
    "silence": silence,
    "a slow body": drip("body"),
    "slow headers": drip("headers"),
    "a body cut off": cut_off,
    "chunks cut off": cut_chunks,
    "broken JSON": answer(200, b'{"results": [1, 2'),
    "no body": answer(200, b""),
    "a page for JSON": answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}),
    "not UTF-8": answer(200, b'{"name": "\xff"}'),
    "broken gzip": answer(200, b"no gzip at all", {"Content-Encoding": "gzip"}),
}


SLOW = {"silence", "a slow body", "slow headers"}


def patience(fault: str) -> Timeouts:
    """Short times where the fault is slowness; elsewhere a busy machine must not look like one."""
    return HASTY if fault in SLOW else PATIENT


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_fault_is_asked_again(fault: str) -> None:
    steps = TRANSIENT[fault], answer(200, {"n": 1})
    with vendor(*steps) as acme, client_of(TOKEN, timeouts=patience(fault)) as client:
        assert client.send(get(acme.url)).value == {"n": 1}
        assert len(acme.heard) == 2


@pytest.mark.parametrize("fault", TRANSIENT)
def test_a_fault_that_stays_ends_in_words(fault: str) -> None:
    policy = Policy(vendor="Acme", backoff=Backoff(tries=2))
    with vendor(TRANSIENT[fault]) as acme, client_of(TOKEN, policy=policy, timeouts=patience(fault)) as client:
        with pytest.raises(VendorUnavailable, match=r"^GET http://127.*: Acme .*try again later\.$"):
            client.send(get(acme.url))
        assert len(acme.heard) == 2


def test_a_vendor_that_drips_is_left_at_the_time_of_a_try() -> None:
    policy = Policy(backoff=Backoff(tries=1))
    patient = Timeouts(connect=1, read=5, total=0.5)
    with vendor(drip("body")) as acme, client_of(policy=policy, timeouts=patient) as client:
        with pytest.raises(VendorUnavailable, match="in time"):
            client.send(get(acme.url))
        assert not acme.stopping.is_set()


@pytest.mark.parametrize("step", [answer(500), refused_connection, cut_off])
def test_what_may_not_be_repeated_is_not(step: Step) -> None:
    with vendor(step) as acme, client_of(TOKEN) as client:
        with pytest.raises(VendorUnavailable):
            client.send(Request("POST", acme.url + "/crm/deals", body=b"{}"))
        assert len(acme.heard) == 1


def test_a_post_that_only_reads_is_repeated() -> None:
    with vendor(answer(500), answer(200, {"n": 1})) as acme, client_of(TOKEN) as client:
        client.send(Request("POST", acme.url + "/search", body=b'{"limit": 200}', repeatable=True))
        assert [heard.body for heard in acme.heard] == [b'{"limit": 200}'] * 2


def test_what_never_reached_the_vendor_may_always_be_repeated() -> None:
    with vendor(answer()) as acme:
        url = acme.url
    clock = FakeClock()
    with client_of(TOKEN, clock=clock) as client, pytest.raises(VendorUnavailable, match="cannot be reached"):
        client.send(Request("POST", url + "/crm/deals", body=b"{}"))
    assert len(clock.slept) == 3


def test_pauses_grow_at_random_and_are_bounded() -> None:
    clock = FakeClock(chance=0.5)
    policy = Policy(backoff=Backoff(tries=6, base_seconds=1, cap_seconds=5))
    with vendor(answer(500)) as acme, client_of(policy=policy, clock=clock) as client:
        request = get(acme.url)
        with pytest.raises(VendorUnavailable):
            client.send(request)
    assert clock.slept == [0.5, 1.0, 2.0, 2.5, 2.5]


def test_the_time_of_a_call_is_bounded() -> None:
    clock = FakeClock(chance=0.9)
    policy = Policy(backoff=Backoff(tries=1000, total_seconds=20, base_seconds=1, cap_seconds=5))
    with vendor(answer(500)) as acme, client_of(policy=policy, clock=clock) as client:
        request = get(acme.url)
        with pytest.raises(VendorUnavailable):
            client.send(request)
    assert 15 < clock.seconds <= 20


@pytest.mark.parametrize("asked", ["7", format_datetime(START + timedelta(seconds=7), usegmt=True)])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_kept_in_both_forms(asked: str, status: int) -> None:
    clock = FakeClock(chance=0)
    steps = answer(status, headers={"Retry-After": asked}), answer(200, {"n": 1})
    with vendor(*steps) as acme, client_of(TOKEN, clock=clock) as client:
        client.send(get(acme.url))
    assert clock.slept == [7.0]


@pytest.mark.parametrize("asked", ["soon", "-3", "", "1e999", "Fri, 99 Foo 2026"])
def test_a_retry_after_that_nobody_can_read_is_no_retry_after(asked: str) -> None:
    clock = FakeClock()
    steps = answer(429, headers={"Retry-After": asked}), answer(200, {"n": 1})
    with vendor(*steps) as acme, client_of(TOKEN, clock=clock) as client:
        client.send(get(acme.url))
    assert 0 < clock.seconds <= 126 + 6


def test_a_long_retry_after_is_capped_and_then_told() -> None:
    clock = FakeClock(chance=0)
    policy = Policy(vendor="Acme", backoff=Backoff(tries=3, retry_after_cap_seconds=60))
    step = answer(429, headers={"Retry-After": "86400"})
    with vendor(step) as acme, client_of(TOKEN, policy=policy, clock=clock) as client:
        request = get(acme.url)
        with pytest.raises(QuotaExhausted) as caught:
            client.send(request)
    assert clock.slept == [60.0, 60.0]
    assert caught.value.until == START + timedelta(seconds=120 + 86400)


def test_the_end_of_the_daily_quota_stops_at_once_and_tells_when_it_comes_back() -> None:
    body = {"errorType": "RATE_LIMIT", "policyName": "DAILY", "message": "You have reached your daily limit."}
    clock = FakeClock()
    with vendor(answer(429, body), answer()) as acme, client_of(TOKEN, policy=ACME, clock=clock) as client:
        with pytest.raises(QuotaExhausted, match=r"Acme: .*2026-11-20 19:00 UTC") as caught:
            client.send(get(acme.url))
        assert caught.value.until == START + timedelta(hours=7)
        with pytest.raises(QuotaExhausted, match="19:00 UTC"):  # another stream of the same run
            client.send(get(acme.url))
        assert len(acme.heard) == 1
        clock.sleep(61)
        client.send(get(acme.url))
        assert len(acme.heard) == 2


def test_missing_scopes_are_named() -> None:
    body = {
        "status": "error",
        "category": "MISSING_SCOPES",
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": ["crm.objects.leads.read", "crm.schemas.leads.read"]},
    }
    with vendor(answer(403, body)) as acme, client_of(TOKEN, policy=ACME) as client:
        request = get(acme.url)
        with pytest.raises(MissingScope, match=r"'crm.objects.leads.read', 'crm.schemas.leads.read'") as caught:
            client.send(request)
    assert caught.value.scopes == ("crm.objects.leads.read", "crm.schemas.leads.read")


def test_what_an_account_lacks_is_said() -> None:
    step = answer(403, {"category": "NO_SUCH_THING", "message": "No leads here."})
    with vendor(step) as acme, client_of(TOKEN, policy=ACME) as client:
        request = get(acme.url)
        with pytest.raises(NotInAccount, match=r"'No leads here\.'"):
            client.send(request)


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_is_refused_with_the_remedy(status: int) -> None:
    with vendor(answer(status, {"message": f"Key {TOKEN} is unknown\x00\u202e"})) as acme, client_of(TOKEN) as client:
        with pytest.raises(ConnectionRefused, match=r"Acme does not let us in .*connect again\.$") as caught:
            client.send(get(acme.url))
        assert len(acme.heard) == 1
    assert TOKEN not in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("status", [301, 400, 404, 409, 414])
def test_other_answers_are_left_to_the_caller(status: int) -> None:
    steps = answer(status, {"message": "no", "token": TOKEN}, {"Set-Cookie": "s=1", "Location": "http://127.0.0.1:1/"})
    with vendor(steps) as acme, client_of(TOKEN) as client:
        response = client.send(get(acme.url))
        assert len(acme.heard) == 1
    assert response.status == status
    assert response.data == b'{"message": "no", "token": "*****"}'
    assert "set-cookie" not in {name.lower() for name in response.getheaders()}


def test_half_an_emoji_is_read() -> None:
    with vendor(answer(200, b'{"name": "Ana \\ud83d", "full": "\\ud83d\\ude00"}')) as acme, client_of() as client:
        assert client.send(get(acme.url)).value == {"name": "Ana \ufffd", "full": "\U0001f600"}


def test_packed_answers_are_unpacked_and_bounded() -> None:
    packed = gzip.compress(b'"' + b"x" * 5_000_000 + b'"')
    with vendor(answer(200, packed, {"Content-Encoding": "gzip"})) as acme, client_of() as client:
        assert len(client.send(get(acme.url)).value) == 5_000_000
        with pytest.raises(VendorUnavailable, match="more than we take in"):
            client.send(get(acme.url, most_bytes=4_000_000))
        assert len(acme.heard) == 2


def test_connections_are_kept_and_shared_by_threads() -> None:
    ports = set()

    def step(handler: object) -> None:
        ports.add(handler.client_address[1])  # type: ignore[attr-defined]
        answer(200, {"n": 1})(handler)  # type: ignore[arg-type]

    with vendor(step) as acme, client_of(timeouts=Timeouts()) as client:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda _: client.send(get(acme.url)), range(200)))
        assert len(acme.heard) == 200
    assert 1 <= len(ports) <= 4


def test_a_connection_is_not_reused_after_half_an_answer() -> None:
    long = answer(200, b'"' + b"x" * 3_000_000 + b'"')
    with vendor(long, answer(200, {"n": 2})) as acme, client_of() as client:
        with pytest.raises(VendorUnavailable):
            client.send(get(acme.url, most_bytes=10))
        assert client.send(get(acme.url)).value == {"n": 2}


def test_a_stream_gives_its_pieces() -> None:
    with vendor(answer(503), answer(200, b"a,b\n" * 500_000)) as acme, client_of(TOKEN) as client:
        with client.stream(get(acme.url, json=False)) as pieces:
            assert b"".join(pieces) == b"a,b\n" * 500_000
        assert len(acme.heard) == 2


@pytest.mark.parametrize(
    ("step", "sentence"),
    [(cut_off, "broke off"), (answer(200, b"x" * 5000), "more than we take in"), (drip("body"), "in time")],
)
def test_a_stream_that_goes_wrong_ends_in_words(step: Step, sentence: str) -> None:
    with (
        vendor(step) as acme,
        client_of(TOKEN, timeouts=HASTY) as client,
        pytest.raises(VendorUnavailable, match=sentence),
        client.stream(get(acme.url, json=False, most_bytes=1000)) as pieces,
    ):
        list(pieces)


def test_a_stream_of_what_is_not_there_is_refused() -> None:
    with (
        vendor(answer(404, {"message": "gone"})) as acme,
        client_of(TOKEN) as client,
        pytest.raises(ConnectionRefused, match="gone"),
        client.stream(get(acme.url)),
    ):
        pass


class Noted:
    """A budget that writes down what it is told."""

    def __init__(self) -> None:
        self.closed = False
        self.taken: list[str] = []
        self.blocked: list[tuple[str, float]] = []
        self.learned: list[tuple[str, int, float]] = []

    def take(self, family: str, patience_seconds: float) -> None:
        self.taken.append(family)

    def block(self, family: str, seconds: float) -> None:
        self.blocked.append((family, seconds))

    def learn(self, limit: str, count: int, seconds: float) -> None:
        self.learned.append((limit, count, seconds))

    def close(self) -> None:
        self.closed = True


RATE_HEADERS = RateHeaders("calls", "X-Max", "X-Left", "X-Interval-Ms", "X-Daily-Left")


def test_every_try_takes_a_turn_and_a_429_blocks_the_family() -> None:
    noted, clock = Noted(), FakeClock(chance=0)
    steps = answer(500), answer(429, headers={"Retry-After": "3"}), answer()
    with vendor(*steps) as acme, client_of(TOKEN, budget=noted, clock=clock) as client:
        client.send(get(acme.url, family="search"))
    assert noted.taken == ["search"] * 3
    assert noted.closed
    assert noted.blocked == [("search", 3.0)]


def test_limits_are_learned_from_headers() -> None:
    noted = Noted()
    told = {"X-Max": "110", "X-Left": "0", "X-Interval-Ms": "10000", "X-Daily-Left": "499"}
    odd = {"X-Max": "many", "X-Left": "-1", "X-Interval-Ms": "٣", "X-Daily-Left": ""}
    policy = Policy(rate_headers=RATE_HEADERS)
    steps = answer(200, headers=told), answer(200), answer(200, headers={k: v for k, v in odd.items() if v.isascii()})
    with vendor(*steps) as acme, client_of(TOKEN, budget=noted, policy=policy) as client:
        assert client.daily_remaining is None
        for _ in range(3):
            client.send(get(acme.url, family="ordinary"))
        assert client.daily_remaining == 499
    assert noted.learned == [("calls", 110, 10.0)]
    assert noted.blocked == [("ordinary", 1.0)]


def test_hosts_that_nobody_listed_are_not_asked() -> None:
    with client_of(TOKEN) as client, pytest.raises(UserError, match="PUENTE_ALLOWED_HOSTS"):
        client.send(get("https://api.elsewhere.test"))


FAILURES: dict[str, Step] = {name: step for name, step in TRANSIENT.items() if name not in SLOW} | {
    "401": answer(401, {"message": f"bad token {TOKEN}"}),
    "403": answer(403, {"message": f"bad token {TOKEN}", "category": "MISSING_SCOPES"}),
    "404": answer(404, {"message": f"bad token {TOKEN}"}),
    "429": answer(429, {"message": f"bad token {TOKEN}"}),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_no_secret_is_ever_shown(failure: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    policy = Policy(vendor="Acme", rules=ACME.rules, backoff=Backoff(tries=2))
    shown = ""
    with vendor(FAILURES[failure]) as acme, client_of(TOKEN, policy=policy) as client:
        try:
            response = client.send(get(acme.url, f"/tokens/{TOKEN}?hapikey={TOKEN}", headers={"Cookie": TOKEN}))
            shown = repr(response) + str(response.getheaders())
        except PuenteError as error:
            shown = "".join(traceback.format_exception(error)) + repr(error.__context__)
        shown += repr(client.options) + repr(client._token) + caplog.text
        assert "hapikey" in acme.heard[0].path
        assert "cookie" not in acme.heard[0].headers
    assert shown
    assert TOKEN not in shown
    assert threading.active_count() < 50
