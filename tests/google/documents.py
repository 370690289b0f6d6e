"""Google's discovery documents, as they lie inside google-api-python-client: methods by their addresses, and schemas.

They are Google's own description of every request, so they judge ours without sharing a line with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import unquote

NAMES = ("sheets.v4", "drive.v3", "drive.v2")
Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Method:
    """One method of an interface. ``parameters`` holds its own and the common ones, each as a schema."""

    name: str
    verb: str
    pattern: re.Pattern[str]
    literal: int
    """Characters of the path that are given; of several paths that fit an address the most literal one is meant."""
    parameters: Mapping[str, Schema]
    request: str
    response: str
    schemas: Mapping[str, Schema]
    takes_media: bool


def find_method(verb: str, url: str) -> tuple[Method | None, dict[str, str]]:
    """Return the method that a request calls and its path parameters, decoded; None where Google has none there."""
    address = url.partition("?")[0]
    found = [
        (method, hit) for method in _methods() if method.verb == verb and (hit := method.pattern.fullmatch(address))
    ]
    if not found:
        return None, {}
    method, hit = max(found, key=lambda pair: pair[0].literal)
    return method, {name: unquote(text) for name, text in hit.groupdict().items()}


@cache
def document(name: str) -> Mapping[str, Any]:
    """Return a document by its name, such as ``sheets.v4``."""
    folder = files("googleapiclient") / "discovery_cache" / "documents"
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def _methods() -> tuple[Method, ...]:
    return tuple(method for name in NAMES for method in _of_document(document(name)))


def _of_document(given: Mapping[str, Any]) -> Iterator[Method]:
    root = given["rootUrl"]
    for entry in _entries(given):
        paths = {root + given["servicePath"] + path: False for path in (entry["path"], entry.get("flatPath")) if path}
        protocols = entry.get("mediaUpload", {}).get("protocols", {})
        paths |= {root + protocol["path"].lstrip("/"): True for protocol in protocols.values()}
        for path, takes_media in paths.items():
            yield Method(
                entry["id"],
                entry["httpMethod"],
                _pattern(path),
                len(re.sub(r"\{[^}]*\}", "", path)),
                {**given["parameters"], **entry.get("parameters", {})},
                entry.get("request", {}).get("$ref", ""),
                entry.get("response", {}).get("$ref", ""),
                given["schemas"],
                takes_media,
            )


def _entries(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from resource.get("methods", {}).values()
    for inner in resource.get("resources", {}).values():
        yield from _entries(inner)


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"\{\+?([^}]*)\}", path)
    text = "".join(re.escape(part) if number % 2 == 0 else f"(?P<{part}>[^/]+?)" for number, part in enumerate(parts))
    return re.compile(text)
