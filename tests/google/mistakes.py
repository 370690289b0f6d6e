"""Makes single mistakes in good requests: each body that comes out is one that Google would refuse by its form.

Knows of the documents only which names are enumerations and which objects take any name, so that it judges the
validator and does not repeat it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.google.documents import NAMES, document

FREE = {"appProperties"}
"""Objects that may have any names."""
TABLES = {"values", "updatedData", "valueRanges"}


@dataclass(frozen=True)
class Mistake:
    """A request with one mistake and what it is."""

    kind: str
    place: str
    verb: str
    url: str
    body: str


def mistakes(verb: str, url: str, body: Any, random: Random) -> Iterator[Mistake]:
    """Yield every single mistake that can be made in a request: names, types, enumerations, masks, parameters."""
    for kind, place, wrong in _in_body(body, random):
        yield Mistake(kind, place, verb, url, json.dumps(wrong))
    for kind, place, address in _in_query(url):
        yield Mistake(kind, place, verb, address, json.dumps(body) if body is not None else "")


def _in_body(body: Any, random: Random) -> Iterator[tuple[str, str, Any]]:
    for path, value in _places(body):
        name = next((part for part in reversed(path) if isinstance(part, str)), "")
        shown = ".".join(map(str, path))
        if path and isinstance(path[-1], str):
            yield "misspelt name", shown, _renamed(body, path, _misspelt(path[-1], random))
        if value is not None:
            for wrong in _wrong_types(value):
                yield "wrong type", shown, _replaced(body, path, wrong)
        if isinstance(value, str) and name in _enumerations() and re.fullmatch(r"[A-Z][A-Z0-9_]*", value):
            yield "bad enumeration", shown, _replaced(body, path, f"{value}_X")
            yield "bad enumeration", shown, _replaced(body, path, value.lower())
        if isinstance(value, str) and path[-1:] == ("fields",):
            for wrong in _wrong_masks(value, random):
                yield "bad mask", shown, _replaced(body, path, wrong)


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield each place of a body but the cells of tables of values, which may hold anything."""
    yield path, value
    if isinstance(value, dict) and not (path and path[-1] in FREE):
        for name, inner in value.items():
            if not (name in TABLES and _is_table(inner)):
                yield from _places(inner, (*path, name))
            else:
                yield (*path, name), inner
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _places(inner, (*path, number))


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(row, list) for row in value)


def _wrong_types(value: Any) -> Iterator[Any]:
    """Yield values of types that no field of the value's own type takes."""
    if isinstance(value, bool):
        yield from ("true", 1, {"value": True})
    elif isinstance(value, int | float):
        yield from ("one", [value], True)
    elif isinstance(value, str):
        yield from (1.5, [value], {"text": value}, True)
    elif isinstance(value, dict):
        yield from ("text", [value], 1)
    elif isinstance(value, list):
        yield from ("text", 1, {"0": value})


def _wrong_masks(mask: str, random: Random) -> Iterator[str]:
    names = list(re.finditer(r"[A-Za-z]+", mask))
    yield ""
    yield f"{mask},noSuchField"
    yield f"{mask},"
    yield f"({mask}"
    if names:
        hit = random.choice(names)
        yield mask[: hit.start()] + _misspelt(hit[0], random) + mask[hit.end() :]


def _misspelt(name: str, random: Random) -> str:
    place = random.randrange(1, len(name)) if len(name) > 1 else 1
    return random.choice((name[:place] + "q" + name[place:], name + "s_", name[:1].upper() + name[1:] + "x"))


def _replaced(body: Any, path: tuple[str | int, ...], value: Any) -> Any:
    if not path:
        return value
    made = copy.deepcopy(body)
    here = made
    for part in path[:-1]:
        here = here[part]
    here[path[-1]] = value
    return made


def _renamed(body: Any, path: tuple[str | int, ...], name: str) -> Any:
    made = copy.deepcopy(body)
    here = made
    for part in path[:-1]:
        here = here[part]
    here[name] = here.pop(path[-1])
    return made


def _in_query(url: str) -> Iterator[tuple[str, str, str]]:
    address, _, text = url.partition("?")
    pairs = parse_qsl(text, keep_blank_values=True)
    yield "unknown parameter", "noSuch", f"{address}?{urlencode([*pairs, ('noSuch', '1')])}"
    yield "bad enumeration", "alt", f"{address}?{urlencode([*pairs, ('alt', 'yaml')])}"
    yield "wrong address", "path", address.replace("/v4/", "/v9/").replace("/drive/", "/drove/") + f"?{text}"
    for number, (name, value) in enumerate(pairs):
        misspelt = [*pairs[:number], (f"{name}x", value), *pairs[number + 1 :]]
        yield "unknown parameter", name, f"{address}?{urlencode(misspelt)}"
        if value in ("true", "false", "True", "False"):
            yield "wrong type", name, f"{address}?{urlencode([*pairs[:number], (name, 'maybe'), *pairs[number + 1 :]])}"
        if name == "fields":
            wrong = [*pairs[:number], (name, f"{value},noSuchField"), *pairs[number + 1 :]]
            yield "bad mask", name, f"{address}?{urlencode(wrong)}"


@cache
def _enumerations() -> frozenset[str]:
    """Return the names of fields that are enumerations somewhere."""
    found: set[str] = set()

    def look(properties: Mapping[str, Any]) -> None:
        for name, schema in properties.items():
            if "enum" in schema or "enum" in schema.get("items", {}):
                found.add(name)
            look(schema.get("properties", {}))

    for name in NAMES:
        for schema in document(name)["schemas"].values():
            look(schema.get("properties", {}))
    return frozenset(found)
