"""Says what is wrong with a request to Google Sheets or Drive, by Google's own discovery documents.

:func:`faults` takes a request as it goes over the wire. What the documents cannot say (an unknown sheet, a chart
without series, a range that ends before it begins) passes here; the sandbox and Google judge that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from tests.google.bodies import body_faults
from tests.google.documents import Method, find_method
from tests.google.masks import Schema, mask_faults

OVERLOOKED = {("drive.files.get", "includeItemsFromAllDrives"): {"type": "boolean"}}
"""Parameters that are in no document and that Google was recorded to overlook: gspread sends this one."""


def faults(verb: str, url: str, body: bytes | str | None = None, content_type: str = "") -> list[str]:
    """Return each fault of a request in a sentence; empty when Google's documents allow it. ``url`` is Google's."""
    method, path = find_method(verb, url)
    if method is None:
        return [f"{verb} {url.partition('?')[0]}: no such method"]
    query = parse_qsl(url.partition("?")[2], keep_blank_values=True)
    found = [*_query_faults(method, query, path), *_content_faults(method, body or b"", content_type)]
    return [f"{method.name}: {fault}" for fault in found]


def _query_faults(method: Method, query: list[tuple[str, str]], path: Mapping[str, str]) -> Iterator[str]:
    seen: set[str] = set()
    for place, name, text in [("path", *pair) for pair in path.items()] + [("query", *pair) for pair in query]:
        schema = method.parameters.get(name) or OVERLOOKED.get((method.name, name))
        if schema is None:
            yield f"there is no parameter {name}"
            continue
        if name in seen and not schema.get("repeated"):
            yield f"the parameter {name} is given more than once"
        seen.add(name)
        if schema.get("location", "query") != place:
            yield f"the parameter {name} does not belong into the {place}"
        yield from _parameter_faults(method, name, text, schema)
    for name, schema in method.parameters.items():
        if schema.get("required") and name not in seen:
            yield f"the parameter {name} is missing"


def _parameter_faults(method: Method, name: str, text: str, schema: Schema) -> Iterator[str]:
    if name == "fields":
        yield from _response_mask_faults(method, text)
    elif "enum" in schema and text not in schema["enum"]:
        yield f"the parameter {name} is {text!r}, not one of {schema['enum']}"
    elif schema["type"] == "boolean" and text.casefold() not in ("true", "false"):
        yield f"the parameter {name} is {text!r}, neither true nor false"
    elif schema["type"] == "integer" and not re.fullmatch(r"-?\d{1,10}", text):
        yield f"the parameter {name} is {text!r}, not a whole number"
    elif schema.get("required") and not text:
        yield f"the parameter {name} is empty"


def _response_mask_faults(method: Method, mask: str) -> Iterator[str]:
    if not method.response:
        yield "a mask over an answer that has no fields"
        return
    yield from mask_faults(mask, {"$ref": method.response}, method.schemas, update=False)


def _content_faults(method: Method, body: bytes | str, content_type: str) -> Iterator[str]:
    if method.takes_media:
        body, content_type = _metadata(body, content_type)
    if not body:
        return
    if not method.request:
        yield "a body is sent to a method that takes none"
    elif content_type and "json" not in content_type.casefold():
        yield f"the body is sent as {content_type}"
    else:
        yield from _json_faults(method, body)


def _json_faults(method: Method, body: bytes | str) -> Iterator[str]:
    wrong: list[str] = []
    try:
        value = json.loads(body, parse_constant=wrong.append, object_pairs_hook=_Pairs(wrong))
    except ValueError as error:
        yield f"the body is not JSON: {error}"
        return
    for one in wrong:
        yield f"the body holds {one}"
    yield from body_faults(value, {"$ref": method.request}, method.schemas)


class _Pairs:
    """Makes objects and notes names that stand twice in one."""

    def __init__(self, wrong: list[str]) -> None:
        self.wrong = wrong

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) != len(pairs):
            self.wrong.append(f"a field twice among {sorted(made)}")
        return made


def _metadata(body: bytes | str, content_type: str) -> tuple[bytes | str, str]:
    """Return the JSON part of an upload; nothing where only the file itself is sent."""
    if "multipart/related" not in content_type.casefold():
        return (body, content_type) if "json" in content_type.casefold() else (b"", "")
    raw = body.encode() if isinstance(body, str) else body
    boundary = re.search(r'boundary="?([^";]+)', content_type)
    parts = raw.split(b"--" + boundary[1].encode()) if boundary else []
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n" if b"\r\n\r\n" in part else b"\n\n")
        if b"application/json" in head:
            return content.strip(), "application/json"
    return b"not a part of JSON", "application/json"
