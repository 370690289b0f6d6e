"""Answers as they come over a socket, whole and in pieces, read as ``http.client`` reads them, or not at all."""

from __future__ import annotations

import gzip
import http.client
import socket
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.errors import UserError
from connector.http.exchange import LONGEST_HEAD, PIECE, Exchange, WireFault, head_of

OK = b"HTTP/1.1 200 OK\r\n"
PACKED = gzip.compress(b"abc" * 40_000)
GZIP = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"

HEADERS = [
    b"Content-Type: application/json;charset=utf-8", b"Set-Cookie: a=b; c=d", b"Set-Cookie: e", b"X-Empty:",
    b"X-Blank: \t ", b"X:1", b"x-low: \t a b", b"X-Latin: \xe9\x85", b"X-Colon: a:b:c", b"Retry-After: 7",
]  # fmt: skip

BODIES = {
    "told": (b"Content-Length: 5", b"hello"),
    "none": (b"Content-Length: 0", b""),
    "chunks": (b"Transfer-Encoding: chunked", b"3;x=1\r\nhel\r\n2\r\nlo\r\n0\r\nX-After: 1\r\n\r\n"),
    "until the end": (b"Connection: close", b"hello"),
    "closed": (b"Connection: close\r\nContent-Length: 5", b"hello"),
}


def talk(*pieces: bytes, method: str = "GET", hang_up: bool = True, seconds: float = 5) -> tuple[Exchange, bytes]:
    """The answer made of these pieces, each sent when the one before it was taken. Raises WireFault."""
    ours, theirs = socket.socketpair()

    def say() -> None:
        with theirs, suppress(OSError):
            theirs.recv(1000)
            for piece in pieces:
                theirs.sendall(piece)
                time.sleep(0.001 if len(pieces) > 1 else 0)
            if not hang_up:
                ours_done.wait(10)

    ours_done = threading.Event()
    speaker = threading.Thread(target=say)
    speaker.start()
    try:
        with ours:
            exchange = Exchange(ours, method, seconds, time.monotonic() + seconds)
            exchange.send(head_of(method, "/", "example.com", {}, None), None)
            found = b"".join(exchange.body())
            return exchange, found
    finally:
        ours_done.set()
        speaker.join(10)


def read_by_the_library(text: bytes, method: str = "GET") -> tuple[http.client.HTTPResponse, bytes]:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            theirs.sendall(text)
        response = http.client.HTTPResponse(ours, method=method)
        response.begin()
        return response, response.read()


def in_order(headers: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers by name; those with the same name stay in their order."""
    return sorted(((name, value.strip()) for name, value in headers), key=lambda header: header[0])


def cut(text: bytes, places: Sequence[int]) -> list[bytes]:
    marks = sorted({0, *(place % len(text) for place in places), len(text)})
    return [text[start:end] for start, end in pairwise(marks)]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.sampled_from(HEADERS), max_size=6),
    st.sampled_from(sorted(BODIES)),
    st.sampled_from([b"200 OK", b"200", b"404 Not Found", b"201 \xe9", b"503 Gone  away "]),
    st.lists(st.integers(0, 10_000), max_size=3),
)
def test_answers_are_read_as_the_library_reads_them(
    headers: list[bytes], body: str, status: bytes, places: list[int]
) -> None:
    framing, sent = BODIES[body]
    text = b"\r\n".join([b"HTTP/1.1 " + status, *headers, framing, b"", sent])
    expected, expected_body = read_by_the_library(text)
    exchange, found = talk(*cut(text, places))
    assert (exchange.status, found) == (expected.status, expected_body)
    assert exchange.reason.strip() == expected.reason
    assert in_order(exchange.headers.iteritems()) == in_order(expected.getheaders())
    assert exchange.reusable == (b"close" not in framing)


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_an_answer_without_a_body_ends_with_its_head(status: bytes) -> None:
    exchange, found = talk(b"HTTP/1.1 " + status + b"\r\n\r\n", hang_up=False)
    assert (found, exchange.reusable) == (b"", True)


def test_the_answer_to_head_ends_with_its_head() -> None:
    exchange, found = talk(OK + b"Content-Length: 500\r\n\r\n", method="HEAD", hang_up=False)
    assert (exchange.status, found, exchange.reusable) == (200, b"", True)
    exchange, found = talk(OK + b"Content-Length: 5\r\n\r\nhello", method="HEAD", hang_up=False)
    assert (found, exchange.reusable) == (b"", False)


def test_interim_answers_are_passed_over() -> None:
    interim = b"HTTP/1.1 100 Continue\r\nX-A: 1\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n"
    exchange, found = talk(interim + OK + b"Content-Length: 5\r\n\r\nhello", hang_up=False)
    assert (exchange.status, exchange.reason, found, exchange.reusable) == (200, "OK", b"hello", True)
    assert dict(exchange.headers) == {"Content-Length": "5"}


@pytest.mark.parametrize("more", [b"x", b"hello", OK + b"Content-Length: 0\r\n\r\n", b"\x00\x01"])
def test_a_connection_with_more_than_was_announced_is_not_used_again(more: bytes) -> None:
    exchange, found = talk(OK + b"Content-Length: 5\r\n\r\nhello" + more, hang_up=False)
    assert (exchange.status, found, exchange.reusable) == (200, b"hello", False)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"", "dropped"),
        (b"HTTP/1.1 200", "dropped"),
        (OK + b"Content-Length: 5\r\n", "dropped"),
        (b"<html>no such thing</html>\r\n\r\n", "dropped"),
        (b"HTTP/1.1 099 Odd\r\n\r\n" * 3, "dropped"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", "dropped"),
        (OK + b"Content-Length: -5\r\n\r\nhello", "dropped"),
        (OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "dropped"),
        (OK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nhello", "dropped"),
        (OK + b"X: a\rY: b\r\n\r\n", "dropped"),
        (OK + b"Content-Length: 50\r\n\r\nhello", "truncated"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "truncated"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nhello\r\n", "truncated"),
        (GZIP % 7 + b"no gzip", "malformed"),
        (GZIP % (len(PACKED) - 9) + PACKED[:-9], "truncated"),
        (GZIP.replace(b"gzip", b"br") % 5 + b"hello", "malformed"),
    ],
)
def test_what_is_no_whole_answer_is_a_fault(text: bytes, fault: str) -> None:
    with pytest.raises(WireFault) as raised:
        talk(text)
    assert raised.value.fault == fault


def test_a_head_without_end_is_given_up() -> None:
    lines = [b"X-%d: %s\r\n" % (number, b"a" * 1000) for number in range(LONGEST_HEAD // 1000 + 200)]
    with pytest.raises(WireFault, match="dropped"):
        talk(OK, b"".join(lines), hang_up=False, seconds=2)
    with pytest.raises(WireFault, match="dropped"):
        talk(b"HTTP/1.1 100 Continue\r\nX: a\r\n\r\n" * (LONGEST_HEAD // 30), hang_up=False, seconds=2)


def test_what_follows_the_last_chunk_is_bounded_too() -> None:
    chunks = OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
    for endless in (b"0\r\nX: " + b"a" * LONGEST_HEAD * 2, b"5;" + b"a" * LONGEST_HEAD * 2):
        with pytest.raises(WireFault, match="truncated"):
            talk(chunks + endless, hang_up=False, seconds=2)


def test_many_small_chunks_are_few_pieces() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 5000 + b"0\r\n\r\n")
        exchange = Exchange(ours, "GET", 5, time.monotonic() + 5)
        exchange.send(head_of("GET", "/", "example.com", {}, None), None)
        pieces = list(exchange.body())
    assert b"".join(pieces) == b"a" * 5000
    assert len(pieces) < 10


def test_old_servers_are_understood() -> None:
    exchange, found = talk(b"HTTP/1.0 200 OK\nContent-Length: 5\n\nhello")
    assert (exchange.status, found, exchange.reusable) == (200, b"hello", False)
    assert talk(OK + b"Transfer-Encoding: identity\r\n\r\nhello")[1] == b"hello"
    assert talk(OK + b"Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n")[1] == b"hello"


@pytest.mark.parametrize("length", [b"999999999999", b"0" * 5000 + b"5"])
def test_a_length_that_is_told_is_only_told(length: bytes) -> None:
    exchange, found = talk(OK + b"Content-Length: " + length + b"\r\n\r\n", method="HEAD", hang_up=False)
    assert (found, exchange.announced, exchange.reusable) == (b"", None, True)


@pytest.mark.parametrize(("length", "announced"), [(b"00005", 5), (b"0" * 5000 + b"5", None)])
def test_a_length_of_too_many_digits_is_not_counted_with(length: bytes, announced: int | None) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(OK + b"Content-Length: " + length + b"\r\n\r\n")
        exchange = Exchange(ours, "GET", 5, time.monotonic() + 5)
        exchange.send(head_of("GET", "/", "example.com", {}, None), None)
        assert exchange.announced == announced
        theirs.sendall(b"hello")
        assert b"".join(exchange.body()) == b"hello"


@pytest.mark.parametrize("padding", [bytes(1000), b"garbage", b"\x1f"])
def test_padding_behind_a_packed_body_is_passed_over(padding: bytes) -> None:
    exchange, found = talk(GZIP % (len(PACKED) + len(padding)) + PACKED + padding, hang_up=False)
    assert (found, exchange.reusable) == (b"abc" * 40_000, True)


@pytest.mark.parametrize("parts", [1, 3])
def test_packed_bodies_are_unpacked(parts: int) -> None:
    exchange, found = talk(GZIP % (parts * len(PACKED)) + PACKED * parts, hang_up=False)
    assert (found, exchange.reusable, exchange.announced) == (b"abc" * 40_000 * parts, True, None)


def test_a_small_packed_body_never_comes_as_one_huge_piece() -> None:
    packed = gzip.compress(bytes(20 * PIECE))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(GZIP % len(packed) + packed)
        exchange = Exchange(ours, "GET", 5, time.monotonic() + 5)
        exchange.send(head_of("GET", "/", "example.com", {}, None), None)
        sizes = [len(piece) for piece in exchange.body()]
    assert max(sizes) <= PIECE
    assert sum(sizes) == 20 * PIECE


def test_time_is_up_although_something_always_comes() -> None:
    with pytest.raises(WireFault, match="timeout"):
        talk(OK, *[b"x"] * 5000, seconds=0.4)


def test_silence_near_the_end_is_not_waited_for_as_long_as_silence_before() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(OK + b"Content-Length: 5\r\n\r\n")
        exchange = Exchange(ours, "GET", 20, time.monotonic() + 60)
        exchange.send(head_of("GET", "/", "example.com", {}, None), None)
        exchange._ends = time.monotonic() + 0.2
        with pytest.raises(WireFault, match="timeout"):
            list(exchange.body())
        waited = ours.gettimeout()
    assert waited is not None
    assert waited <= 0.2


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nb", "\x00", "ключ", "a\x7f"])
def test_a_header_that_is_more_than_a_line_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(UserError, match="'authorization'") as raised:
        head_of("GET", "/", "example.com", {"authorization": value}, None)
    assert value not in str(raised.value)
    with pytest.raises(UserError):
        head_of("GET", "/", "example.com", {"x y": "a"}, None)


def test_how_a_request_is_sent_is_not_for_its_sender_to_say() -> None:
    told = {"Host": "evil.test", "Content-Length": "7", "Transfer-Encoding": "chunked", "Connection": "close"}
    assert head_of("POST", "/", "x", told, b"12") == head_of("POST", "/", "x", {}, b"12")


def test_a_request_is_written_as_it_is_read() -> None:
    told = {"accept": "a", "x-latin": "é"}
    assert head_of("GET", "/a?b=c", "example.com:81", told, None) == (
        b"GET /a?b=c HTTP/1.1\r\nhost: example.com:81\r\naccept: a\r\nx-latin: \xe9\r\n\r\n"
    )
    assert head_of("POST", "/", "x", {}, None).endswith(b"\r\ncontent-length: 0\r\n\r\n")
    assert head_of("POST", "/", "x", {}, b"12").endswith(b"\r\ncontent-length: 2\r\n\r\n")
