"""Calls through the vendor's library: what it is told about one call does not reach the next."""

from __future__ import annotations

from collections.abc import ItemsView
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import Any

from connector.http.answer import Response
from connector.sources.hubspot.calls import HubspotCalls


class Heard:
    """A transport that reads what it answers as it is told to."""

    def request(self, method: str, url: str, **options: Any) -> Response:
        data = url.rpartition("/")[2].encode()
        parse = options.get("parse")
        return Response(200, data=b"[]", value=parse(data) if parse else {"general": data.decode()})


def calls() -> HubspotCalls:
    return HubspotCalls("http://127.0.0.1:1", Heard(), lambda: datetime.now(UTC))


def test_a_way_of_reading_is_for_one_call() -> None:
    call = calls()
    assert call("GET", "/a", parse=bytes.upper).body == b"A"
    assert call("GET", "/b").body == {"general": "b"}


class Slow(dict[str, str]):
    """A body that is not written before all threads are about to write theirs."""

    def __init__(self, start: Barrier) -> None:
        self._start = start

    def items(self) -> ItemsView[str, str]:
        self._start.wait()
        return super().items()


def test_threads_read_each_in_their_own_way() -> None:
    call, start = calls(), Barrier(4, timeout=10)

    def ask(number: int) -> list[Any]:
        parse = None if number == 0 else lambda data: (number, data)
        return [call("POST", f"/{number}", body=Slow(start), parse=parse).body for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ask, range(4)))
    assert found == [[{"general": "0"}] * 20, *([[(number, b"%d" % number)] * 20 for number in (1, 2, 3)])]
