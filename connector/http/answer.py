"""A request as a source asks it, and what came back: an answer, or the fault that kept it from coming."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import orjson
from urllib3 import HTTPHeaderDict

Fault = Literal["", "connection", "certificate", "dropped", "timeout", "truncated", "malformed", "too_large"]
"""``connection``: never reached the vendor, so anything may be asked again. ``dropped``: ended before an answer.
``timeout``: a pause or the whole was too long. ``truncated``: shorter than announced. ``malformed``: JSON that
nobody can read. ``too_large``: longer than asked for."""

Content = Literal["json", "html", "other"]

Parse = Callable[[bytes], Any]
"""Reads a JSON text. Raises ValueError for what is none."""

MOST_BYTES: Final = 64 * 1024 * 1024
MOST_FACTS_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One question to a vendor.

    ``family`` names the budget it takes from. ``repeatable`` is the caller's word that asking twice does no harm:
    every GET, and a POST that only reads. ``json`` asks for an answer that is JSON; anything else is then a fault.
    ``parse`` reads a good one in the place of :func:`parse_json`.
    ``most_bytes`` bounds the decoded body. ``total_seconds`` bounds one try instead of the client's
    own limit.
    """

    method: str
    url: str
    family: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    repeatable: bool = False
    json: bool = True
    parse: Parse | None = None
    most_bytes: int = MOST_BYTES
    total_seconds: float | None = None


class Live(Protocol):
    """The open body of an answer."""

    def pieces(self) -> Iterator[bytes]:
        """Yield the decoded body as it comes. Raises WireFault."""
        ...

    def close(self) -> None:
        """Give its connection back."""
        ...


@dataclass(slots=True)
class Response:
    """What a vendor answered.

    ``data`` is the decoded body, ``value`` its JSON, or what the request made of it; None when not asked for.

    Has the look of urllib3's response where vendor libraries read one: ``status``, ``reason``, ``data``,
    ``headers``, ``getheader``, ``getheaders``.
    """

    status: int = 0
    reason: str = ""
    headers: HTTPHeaderDict = field(default_factory=HTTPHeaderDict)
    data: bytes = b""
    value: Any = None
    fault: Fault = ""
    live: Live | None = field(default=None, repr=False)
    """The open body of a streamed answer."""

    def json(self) -> Any:
        """Return the JSON value of the body."""
        return self.value

    def getheader(self, name: str, default: str | None = None) -> str | None:
        return self.headers.get(name, default)

    def getheaders(self) -> HTTPHeaderDict:
        return self.headers

    @property
    def content(self) -> Content:
        """What the vendor says the body is."""
        kind = (self.headers.get("content-type") or "").lower()
        return "json" if "json" in kind else "html" if "html" in kind else "other"


def parse_json(data: bytes) -> Any:
    """Return the value of a JSON text. Raises ValueError when it is none.

    Vendors that cut a name in the middle of an emoji send half of a surrogate pair, which strict readers refuse:
    it becomes U+FFFD. A byte order mark in front is passed over.
    """
    try:
        return orjson.loads(data)
    except ValueError:
        pass
    try:
        loose = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse_constant)
        text = json.dumps(loose, ensure_ascii=False)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def body_facts(response: Response) -> dict[str, str]:
    """Return the plain members of an error body, nested ones as ``outer.inner``, lists of texts joined by blanks.

    A body that is a list (Salesforce) gives the members of its first element; one that is no JSON gives nothing.
    Of a list of objects one level down the first one speaks: Google Drive's reason is ``error.errors.reason``.
    """
    value = response.value
    if value is None and response.data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        try:
            value = parse_json(response.data[:MOST_FACTS_BYTES])
        except ValueError:
            value = None
    if isinstance(value, list) and value:
        value = value[0]
    if not isinstance(value, dict):
        return {}
    nested = {key: inner for key, inner in value.items() if isinstance(inner, dict)}
    facts = dict(_plain(value, ""))
    for key, inner in nested.items():
        facts |= _plain(inner, f"{key}.")
        for name, entries in inner.items():
            if isinstance(entries, list) and entries and isinstance(entries[0], dict):
                facts |= _plain(entries[0], f"{key}.{name}.")
    return facts


def _plain(members: Mapping[str, Any], prefix: str) -> dict[str, str]:
    found = {}
    for key, value in members.items():
        if isinstance(value, str | int | float):
            found[prefix + key] = str(value)
        elif isinstance(value, list) and value and all(isinstance(entry, str) for entry in value):
            found[prefix + key] = " ".join(value)
    return found
