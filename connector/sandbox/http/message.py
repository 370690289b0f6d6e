"""Requests and answers as the stand-ins see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal
from urllib.parse import parse_qs, unquote

import orjson

Delivery = Literal["whole", "dropped", "dripped", "truncated", "halved"]
"""How the bytes of an answer reach the caller. ``halved`` is a body that ends in its middle and says so."""


@dataclass(frozen=True)
class Request:
    """One request. Header names are lower case; ``path`` is decoded, ``target`` is what stood in the request line."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @cached_property
    def path(self) -> str:
        return unquote(self.target.partition("?")[0])

    @cached_property
    def query(self) -> dict[str, list[str]]:
        return parse_qs(self.target.partition("?")[2], keep_blank_values=True)

    def first(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter."""
        return self.query.get(name, [default])[0]

    def names(self, name: str) -> list[str]:
        """Return the names in a query parameter that may be repeated and may hold commas."""
        return [part for text in self.query.get(name, []) for part in text.split(",") if part]

    @cached_property
    def form(self) -> dict[str, str]:
        """Return the fields of a form body."""
        return {name: values[0] for name, values in parse_qs(self.body.decode(errors="replace")).items()}

    @cached_property
    def json(self) -> Any:
        """Return the JSON body; None where it is none."""
        try:
            return orjson.loads(self.body or b"null")
        except orjson.JSONDecodeError:
            return None


@dataclass(slots=True)
class Answer:
    """One answer. ``content`` is JSON data; ``raw`` is sent instead where it is given."""

    status: int = 200
    content: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delivery: Delivery = "whole"
    wait_seconds: float = 0.0
    """Pause before the answer, or between the parts of a dripped one."""

    def body(self) -> bytes:
        return orjson.dumps(self.content) if self.raw is None else self.raw

    def type(self) -> str:
        return self.headers.get("Content-Type", "application/json;charset=utf-8")


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One request that was answered; ``faults`` names the ones that fell upon it."""

    method: str
    path: str
    target: str
    status: int
    faults: tuple[str, ...] = ()
