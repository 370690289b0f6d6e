"""Recorded conversations with Google, said again to the sandbox and compared answer by answer."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from connector.sandbox.google.addresses import direct
from connector.sandbox.google.identity import OWNER
from connector.sandbox.google.service import Google
from connector.sandbox.google.tokens import ALL_SCOPES
from connector.sandbox.http.message import Answer, Request

IGNORED = {"createdTime", "modifiedTime", "spreadsheetUrl", "editors", "kind", "timeZone", "pixelSize"}
"""Fields that depend on the account, the moment or the screen."""
IDS = {"spreadsheetId", "id", "sheetId", "namedRangeId", "protectedRangeId", "filterViewId"}
"""Fields whose values are compared through the map of ids: who is seen first names the pair."""
SHORTEST_ID = 4
FILE_ID = re.compile(r"[A-Za-z0-9_-]{40,}")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one recorded pair. ``difference`` is empty where the answers are the same."""

    cassette: str
    number: int
    method: str
    difference: str = ""
    is_foreign: bool = False
    """Whether it asks for files of the recording's account that no request of the recording has made."""


@dataclass
class Conversation:
    """One cassette against an empty account of its own."""

    name: str
    google: Google = field(default_factory=lambda: Google(lambda: datetime(2026, 11, 22, tzinfo=UTC)))
    ids: dict[str, str] = field(default_factory=dict)
    """Ids of the recording to ours."""
    made: set[str] = field(default_factory=set)
    """Files that the recording made, by the recording's ids."""

    def __post_init__(self) -> None:
        self.token = self.google.tokens.give(OWNER, frozenset(ALL_SCOPES))

    def say(self, number: int, interaction: dict[str, Any]) -> Outcome:
        """Say one recorded request and compare the answers."""
        request, recorded = interaction["request"], interaction["response"]
        method = method_of(request["method"], request["uri"])
        text = recorded["body"].get("string") or ""
        is_foreign = self._is_foreign(request["uri"], text)
        answer = self.google.answer(direct(self._translated(request)))
        difference = self._compared(answer, recorded["status"]["code"], text)
        if "files" in method and request["method"] == "POST":
            self.made |= set(FILE_ID.findall(text)[:1])
        return Outcome(self.name, number, method, difference, is_foreign)

    def _is_foreign(self, uri: str, answer: str) -> bool:
        if set(FILE_ID.findall(uri.partition("?")[0])) - self.made:
            return True
        listed = {entry["id"] for entry in _json(answer).get("files", [])} if '"files"' in answer else set()
        return bool(listed - self.made)

    def _translated(self, request: dict[str, Any]) -> Request:
        uri, body = request["uri"], request["body"] or ""
        for theirs in sorted((key for key in self.ids if len(key) >= SHORTEST_ID), key=len, reverse=True):
            uri, body = uri.replace(theirs, self.ids[theirs]), body.replace(theirs, self.ids[theirs])
        headers = {"authorization": f"Bearer {self.token}"}
        for name, values in request["headers"].items():
            if name.lower() == "content-type":
                headers["content-type"] = values[0] if isinstance(values, list) else values
        return Request(request["method"], "/" + uri.split("/", 3)[3], headers, body.encode())

    def _compared(self, answer: Answer, status: int, text: str) -> str:
        if answer.status != status:
            return f"status {answer.status} for {status}: {str(answer.content)[:200]}"
        if status >= 400:
            ours, theirs = (_message(part) for part in (answer.content, _json(text)))
            return "" if ours == theirs else f"says {ours!r} for {theirs!r}"
        theirs = _json(text)
        if theirs is None:
            ours = answer.body() if answer.raw is not None or answer.content is not None else b""
            return "" if ours == text.encode() else f"sends {ours[:80]!r} for {text[:80]!r}"
        return next(self._differences(json.loads(answer.body() or b"null"), theirs, ""), "")

    def _differences(self, ours: Any, theirs: Any, place: str) -> Iterator[str]:
        name = place.rpartition(".")[2]
        if name in IDS and not isinstance(ours, (dict, list)) and not isinstance(theirs, (dict, list)):
            yield from self._id_differences(ours, theirs, place)
        elif isinstance(ours, dict) and isinstance(theirs, dict):
            for key in {**theirs, **ours}:
                if key not in IGNORED:
                    yield from self._differences(ours.get(key), theirs.get(key), f"{place}.{key}")
        elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
            for number, pair in enumerate(zip(ours, theirs, strict=True)):
                yield from self._differences(*pair, f"{place}[{number}]")
        elif not _same(ours, theirs):
            yield f"{place}: {str(ours)[:160]!r} for {str(theirs)[:160]!r}"

    def _id_differences(self, ours: Any, theirs: Any, place: str) -> Iterator[str]:
        if ours is None or theirs is None:
            if ours != theirs:
                yield f"{place}: {ours!r} for {theirs!r}"
        elif self.ids.setdefault(str(theirs), str(ours)) != str(ours):
            yield f"{place}: {ours!r} for {theirs!r}, which was {self.ids[str(theirs)]!r}"


def _same(ours: Any, theirs: Any) -> bool:
    numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in (ours, theirs))
    return math.isclose(ours, theirs, rel_tol=1e-9) if numbers else type(ours) is type(theirs) and ours == theirs


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _message(content: Any) -> Any:
    return content["error"]["message"] if isinstance(content, dict) and "error" in content else content


def method_of(verb: str, uri: str) -> str:
    """Return a short name of the method that an address means: ``values.append``, ``spreadsheets.get``."""
    path = unquote(uri.partition("?")[0]).split("/", 3)[3]
    if path.startswith("v4/"):
        rest = re.sub(r"^v4/spreadsheets(/[^/:]+)?", "", path)
        if rest.startswith("/values"):
            custom = re.search(r":(append|clear|batchGet|batchUpdate)$", rest)
            return f"values.{custom[1] if custom else {'GET': 'get', 'PUT': 'update'}[verb]}"
        return f"spreadsheets.{rest.lstrip(':') or {'GET': 'get', 'POST': 'create'}[verb]}"
    tail = re.sub(r"^(upload/)?drive/v\d/files(/[^/]+)?", "", path)
    has_file = re.search(r"files/[^/]", path) is not None
    verbs = {"GET": "get" if has_file else "list", "POST": "create", "PUT": "upload", "DELETE": "delete"}
    return f"files.{tail.lstrip('/') or verbs.get(verb, verb.lower())}"


def recorded(path: Path) -> list[dict[str, Any]]:
    """Return the pairs of a cassette."""
    interactions: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["interactions"]
    return interactions


def replay(name: str, interactions: list[dict[str, Any]]) -> list[Outcome]:
    """Say recorded pairs to an empty account and return what became of each."""
    conversation = Conversation(name)
    return [conversation.say(number, interaction) for number, interaction in enumerate(interactions)]
