"""Bodies made from HubSpot's own contracts are read: with nothing but what must be there, with all, and with nulls."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import pytest

from connector.sources.hubspot import HubspotOptions, open_hubspot
from connector.sources.hubspot.catalogue import KINDS, LINKS_BY_STREAM, all_streams
from connector.sources.hubspot.snapshots import PIPELINE_OBJECTS
from connector.sources.hubspot.versions import VERSIONS, Version
from connector.sources.stream import Reading
from tests.sources.hubspot.bodies import Mouth
from tests.sources.hubspot.desk import Hands, Store

pytestmark = pytest.mark.conformance

Content = Literal["required", "all", "null"]
"""What a body has: only the members that must be there, all of them, or all with null for those that may be absent."""
UNKNOWN = {"campaigns", "currencies"}
"""Streams of which there is no contract."""
KEYS = ("id", "listId", "toObjectId", "pipelineId")
WORDS = {"name": "amount", "type": "string", "next": None, "paging": None}


class Contract:
    """One contract. ``made`` gives a body that fits a schema of it."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.paths = document["paths"]
        self._schemas = document["components"]["schemas"]

    def body(self, method: str, path: str, content: Content) -> Any:
        """Return the body of a good answer; None where the contract does not speak of the call."""
        for template, methods in self.paths.items():
            pattern = re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))
            if pattern.fullmatch(path) and method.lower() in methods:
                told = next(iter(methods[method.lower()]["responses"]["200"]["content"].values()))
                return self.made(told["schema"], content)
        return None

    def made(self, schema: Mapping[str, Any], content: Content, name: str = "") -> Any:
        if "$ref" in schema:
            return self.made(self._schemas[schema["$ref"].rpartition("/")[2]], content, name)
        if "allOf" in schema or "oneOf" in schema:
            return self.made((schema.get("allOf") or schema["oneOf"])[0], content, name)
        if name in KEYS:
            return 11 if schema.get("type") == "integer" else "11"
        if "enum" in schema:
            return schema["enum"][0]
        if schema.get("type") == "array":
            return [self.made(schema["items"], content)]
        if schema.get("type") == "object" or "properties" in schema:
            return self._object(schema, content, name)
        if schema.get("format") in ("date-time", "date"):
            return "2026-02-03T10:00:00.000Z"
        return {"boolean": False, "integer": 7, "number": 7.5}.get(schema.get("type", ""), "text")

    def _object(self, schema: Mapping[str, Any], content: Content, name: str) -> Any:
        if "properties" not in schema:
            inner = schema.get("additionalProperties")
            return {"amount": self.made(inner, content)} if isinstance(inner, dict) else {}
        found, needed = {}, schema.get("required", ())
        for key, member in schema["properties"].items():
            if key in needed or content == "all":
                found[key] = WORDS[key] if key in WORDS and key != name else self.made(member, content, key)
            elif content == "null":
                found[key] = None
        return found


@pytest.fixture(scope="module")
def contracts(shared_dir: Path) -> dict[str, list[Contract]]:
    folder = shared_dir / "contracts" / "hubspot"
    if not folder.is_dir():
        pytest.skip("needs contracts/hubspot of the shared material: set PUENTE_SHARED to its folder")
    return {
        name: [
            Contract(json.loads(file.read_text(encoding="utf-8"))) for file in sorted((folder / name).glob("*.json"))
        ]
        for name in VERSIONS
    }


def call_of(stream: str, version: Version) -> tuple[str, str]:
    """Return the call that a stream begins with."""
    if stream in KINDS:
        return "GET", version.path("records", object=stream)
    if stream in LINKS_BY_STREAM:
        link = LINKS_BY_STREAM[stream]
        return "POST", version.path("associations", parent=link.parent, child=link.children[0])
    if stream in PIPELINE_OBJECTS:
        return "GET", version.path("pipelines", object=PIPELINE_OBJECTS[stream])
    return ("POST", version.lists) if stream == "lists" else ("GET", version.owners)


@pytest.mark.parametrize("content", ["required", "all", "null"])
@pytest.mark.parametrize("name", VERSIONS)
def test_every_stream_reads_what_the_contract_allows(
    contracts: dict[str, list[Contract]], name: str, content: Content
) -> None:
    version = VERSIONS[name]
    for stream in (each.name for each in all_streams() if each.name not in UNKNOWN):
        method, path = call_of(stream, version)
        spelt = path.replace("/objects/2026-03/deals", "/objects/2026-03/0-3").replace("/objects/deals", "/objects/0-3")
        body = next(found for one in contracts[name] if (found := one.body(method, spelt, content)) is not None)
        store, parent = Store(), LINKS_BY_STREAM[stream].parent if stream in LINKS_BY_STREAM else ""
        store.rows[parent] = {"11": {"id": "11", "archived": "false"}} if parent else {}
        calls = {f"{method} {path}": body}
        if parent:
            calls = {
                f"POST {version.path('associations', parent=parent, child=child)}": body
                for child in LINKS_BY_STREAM[stream].children
            }
        source = open_hubspot(HubspotOptions("http://127.0.0.1", name, clock=Hands()), Mouth(calls))
        fields = {stream: fields_of(contracts[name], version, content)}
        for page in source.read(stream, {}, Reading(Hands().now, "changes", store, fields)):
            store.keep(stream, page)
        assert list(store.rows[stream]) == ([] if stream == "teams" and content != "all" else ["11"]), stream
        if stream in KINDS:
            assert store.rows[stream]["11"]["properties.amount"] == "text"


def fields_of(contracts: list[Contract], version: Version, content: Content) -> list[Any]:
    """Return the properties of deals as the connector reads them from the contract's body."""
    path = version.path("properties", object="deals")
    body = next(found for one in contracts if (found := one.body("GET", path, content)) is not None)
    source = open_hubspot(HubspotOptions("http://127.0.0.1", version.name, clock=Hands()), Mouth({f"GET {path}": body}))
    return list(source.properties()["deals"])
