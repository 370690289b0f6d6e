"""Headers are read as ``http.client`` reads them, plain ones without its parser of whole emails."""

from __future__ import annotations

import http.client
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.http.wire import _parse_headers

LINES = [
    b"Content-Type: application/json;charset=utf-8", b"Content-Length: 12", b"Set-Cookie: a=b; c=d", b"Set-Cookie: e",
    b"X:", b"X: \t a b \t", b" folded: x", b"\tfolded", b"no colon", b"A:b:c", b"A : b", b": b", b"X-L: \xe9\x85\x0b",
    b"X-M: \xe9", b"From x", b"X: \x00", b"X: a\rY: b", b"X-U: \x1c", b"x: \x0c y", b"",
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(LINES), st.sampled_from([b"\r\n", b"\n"]))), st.sampled_from([b"", b"{}"]))
def test_any_headers_are_read_as_the_library_reads_them(lines: list[tuple[bytes, bytes]], body: bytes) -> None:
    text = b"".join(line + end for line, end in lines) + (b"\r\n" + body if body else b"")
    ours, theirs = io.BytesIO(text), io.BytesIO(text)
    read, expected = _parse_headers(ours), http.client.parse_headers(theirs)
    assert (read.items(), ours.tell()) == (expected.items(), theirs.tell())
    assert [type(one) for one in read.defects] == [type(one) for one in expected.defects]
    assert (read.get_payload() or "") == expected.get_payload()


@pytest.mark.parametrize("text", [b"X: " + b"a" * 70_000 + b"\r\n\r\n", b"X: a\r\n" * 101 + b"\r\n"])
def test_headers_without_end_are_refused_as_the_library_refuses_them(text: bytes) -> None:
    with pytest.raises(http.client.HTTPException) as expected:
        http.client.parse_headers(io.BytesIO(text))
    with pytest.raises(type(expected.value)) as raised:
        _parse_headers(io.BytesIO(text))
    assert str(raised.value) == str(expected.value)
