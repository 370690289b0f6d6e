"""A process of its own that answers like HubSpot, with as little work as possible: python responder.py --rows deals=N.

It prints ``http://127.0.0.1:PORT`` once it listens, and ends when its standard input closes. ``/-/log`` gives the
requests it has had (:class:`Request`), ``DELETE /-/log`` forgets them. Lists of the objects named in ``--rows`` have
that many records, all other lists are empty. Both ways of writing a path work (``/crm/v3/…`` and ``/crm/…/2026-03``).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self

from sync_answers import Answers, as_json


class Request(NamedTuple):
    """One request: when it arrived (seconds of a steady clock), which it was, what was answered."""

    at: float
    method: str
    path: str
    status: int


# --- the wire ------------------------------------------------------------------------------------------------


class Wire(asyncio.Protocol):
    """One connection: requests are read and answered one after the other, and the connection is kept."""

    def __init__(self, answers: Answers, log: list[Request], latency_seconds: float, limit: int) -> None:
        self._answers, self._log, self._latency = answers, log, latency_seconds
        self._held = b""
        self._limits = (
            b"X-HubSpot-RateLimit-Max: %d\r\nX-HubSpot-RateLimit-Remaining: %d\r\n"
            b"X-HubSpot-RateLimit-Interval-Milliseconds: 10000\r\n"
        ) % (limit, limit)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        end = self._held.find(b"\r\n\r\n")
        if end < 0:
            return
        start, *headers = self._held[:end].decode("latin-1").split("\r\n")
        length = next((int(line[15:]) for line in headers if line[:15].lower() == "content-length:"), 0)
        if len(self._held) < end + 4 + length:
            return
        body, self._held = self._held[end + 4 : end + 4 + length], self._held[end + 4 + length :]
        method, target, _ = start.split(" ")
        arrived = time.monotonic()
        path, _, query = target.partition("?")
        if path == "/-/log":
            self._send(self._control(method))
            return
        status, answer = self._answers.answer(method, path, query, body)
        self._log.append(Request(arrived, method, path, status))
        # Search answers tell no limits (sources.md 3.6).
        text = self._head(status, answer, limits=not path.endswith("/search")) + answer
        if self._latency:
            asyncio.get_running_loop().call_later(self._latency, self._send, text)
        else:
            self._send(text)

    def _control(self, method: str) -> bytes:
        text = as_json(self._log)
        if method == "DELETE":
            self._log.clear()
        return self._head(200, text) + text

    def _head(self, status: int, body: bytes, *, limits: bool = False) -> bytes:
        head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json;charset=utf-8\r\nContent-Length: %d\r\n"
        return head % (status, len(body)) + (self._limits if limits else b"") + b"\r\n"

    def _send(self, text: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(text)  # type: ignore[attr-defined]


async def serve(answers: Answers, given: argparse.Namespace) -> None:
    """Answer until standard input closes."""
    loop, log = asyncio.get_running_loop(), list[Request]()
    server = await loop.create_server(lambda: Wire(answers, log, given.latency, given.limit), "127.0.0.1", given.port)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


# --- for those who measure -----------------------------------------------------------------------------------


@dataclass
class Responder:
    """The responder as a child: ``with Responder({"deals": 1000}) as responder: responder.url``."""

    rows: dict[str, int]
    latency_seconds: float = 0
    histories: bool = True
    limit: int = 190
    """Requests in ten seconds that it says are allowed. It only says so: none is ever refused."""
    url: str = ""

    def __enter__(self) -> Self:
        command = [sys.executable, __file__, "--latency", str(self.latency_seconds), "--limit", str(self.limit)]
        command += ["--rows", *(f"{name}={total}" for name, total in self.rows.items())]
        command += [] if self.histories else ["--no-histories"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._child.stdout is not None
        self.url = self._child.stdout.readline().strip()
        if not self.url:
            raise SystemExit(f"The responder did not start; it ended with {self._child.wait(10)}.")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._child.communicate(timeout=10)

    def requests(self, *, forget: bool = False) -> list[Request]:
        """The requests so far, in order of arrival."""
        call = urllib.request.Request(f"{self.url}/-/log", method="DELETE" if forget else "GET")
        with urllib.request.urlopen(call, timeout=60) as answer:
            return [Request(*one) for one in json.load(answer)]


def busiest(requests: Sequence[Request], seconds: float = 10) -> int:
    """The most requests that any window of that length has had."""
    times = [request.at for request in requests]
    return max((bisect_left(times, at + seconds) - number for number, at in enumerate(times)), default=0)


def rate(requests: Sequence[Request]) -> float:
    """Requests a second between the first and the last; 0 with fewer than two."""
    span = requests[-1].at - requests[0].at if requests else 0
    return (len(requests) - 1) / span if span else 0.0


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rows", nargs="+", default=["deals=1000"], metavar="OBJECT=NUMBER")
    reader.add_argument("--latency", type=float, default=0, metavar="SECONDS")
    reader.add_argument("--limit", type=int, default=190, metavar="REQUESTS", help="told limit for ten seconds")
    reader.add_argument("--port", type=int, default=0)
    reader.add_argument("--no-histories", action="store_true", help="answer as if no history had been asked for")
    given = reader.parse_args()
    rows = {name: int(total) for name, _, total in (text.partition("=") for text in given.rows)}
    asyncio.run(serve(Answers(rows, histories=not given.no_histories), given))


if __name__ == "__main__":
    main()
