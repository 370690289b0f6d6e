"""Connections to one place: so many at most, none lost, and addresses sent as they are meant."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.http.answer import Request
from connector.http.exchange import WireFault
from connector.http.retry import Backoff, Policy, Rule
from connector.http.wire import Timeouts, Wire, _Line, _target
from tests.http.vendor import Step, answer, client_of, cut_off, vendor


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("", "/"),
        ("?a=b#c", "/?a=b"),
        ("/a//b/../c?q=[1]", "/a//b/../c?q=%5B1%5D"),
        ("/a//b/../c?q=1", "/a//b/../c?q=1"),
        ("/é|ü?x=%2c%", "/%C3%A9%7C%C3%BC?x=%2c%"),
        ("/" + "a" * 5000 + "|", "/" + "a" * 5000 + "%7C"),
        ("//evil.test/x", "//evil.test/x"),
    ],
)
def test_paths_are_sent_as_they_are_meant(path: str, sent: str) -> None:
    assert _target(f"https://example.com{path}") == sent


def get(url: str) -> Request:
    return Request("GET", url + "/x", total_seconds=20)


def line_to(url: str, most: int) -> _Line:
    return _Line(("http", "127.0.0.1", int(url.rsplit(":", 1)[1])), most)


@pytest.mark.parametrize("step", [answer(200), answer(500), cut_off, answer(200, b"no json")])
def test_a_single_connection_is_there_again_after_every_answer(step: Step) -> None:
    with vendor(step) as acme:
        wire = Wire(Timeouts(), 1)
        for _ in range(5):
            wire.try_once(get(acme.url), {})
        wire.close()
        assert len(acme.heard) == 5


def test_who_waits_while_all_is_closed_still_gets_a_connection() -> None:
    with vendor(answer()) as acme:
        line = line_to(acme.url, 1)
        ends = time.monotonic() + 20
        held = line.take(5, ends)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(line.take, 5, ends)
            line.close()
            line.give(held, reusable=True)
            late = waiting.result(20)
        assert held.sock is None, "closed when it came back"
        assert late.is_connected
        line.give(late, reusable=True)
        assert late.sock is None


def test_connections_that_nobody_closes_are_closed_with_what_holds_them() -> None:
    with vendor(answer()) as acme:
        line = line_to(acme.url, 2)
        held = line.take(5, time.monotonic() + 20)
        line.give(held, reusable=True)
        assert held.is_connected
        del line
        assert held.sock is None


def test_nobody_waits_longer_than_told() -> None:
    with vendor(answer()) as acme:
        line = line_to(acme.url, 1)
        held = line.take(5, time.monotonic() + 20)
        with pytest.raises(WireFault, match="connection"):
            line.take(5, time.monotonic() + 0.05)
        line.give(held, reusable=True)
        assert line.take(5, time.monotonic() + 20) is held
        line.give(held, reusable=False)


def test_a_failure_of_any_kind_costs_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> bool:
        raise KeyboardInterrupt

    with vendor(answer()) as acme:
        line = line_to(acme.url, 1)
        held = line.take(5, time.monotonic() + 20)
        line.give(held, reusable=True)
        with monkeypatch.context() as broken:
            broken.setattr(type(held), "is_connected", property(interrupted))
            with pytest.raises(KeyboardInterrupt):
                line.take(5, time.monotonic() + 20)
        again = line.take(5, time.monotonic() + 20)
        line.give(again, reusable=False)


def test_a_stream_that_is_not_given_to_anybody_costs_no_connection() -> None:
    policy = Policy(rules=(Rule("retry", (202,)), Rule("ok", (200,))), backoff=Backoff(tries=8))
    steps = [answer(202)] * 5 + [answer(200, b"done")]
    with vendor(*steps) as acme, client_of(policy=policy) as client:
        client._wire = Wire(Timeouts(), 1)
        with client.stream(Request("GET", acme.url + "/x", json=False, total_seconds=20)) as pieces:
            assert b"".join(pieces) == b"done"
        assert len(acme.heard) == 6
