"""Field masks: their grammar, and whether each path in them exists in a schema of a discovery document."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
Path = tuple[str, ...]
TOKEN = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*|[*(),./]")


class MaskError(ValueError):
    """A text that is no mask."""


def paths(mask: str) -> list[Path]:
    """Return the paths of a mask: parts are parted by ``.`` or ``/``, paths by commas; parentheses may be nested."""
    tokens = TOKEN.findall(mask)
    if "".join(tokens) != mask.replace(" ", "") or not tokens:
        raise MaskError(f"{mask!r} is not a mask")
    found, rest = _union(tokens)
    if rest:
        raise MaskError(f"{mask!r} goes on with {rest[0]!r} where it should end")
    return found


def _union(tokens: list[str]) -> tuple[list[Path], list[str]]:
    found, rest = _one(tokens)
    while rest and rest[0] == ",":
        more, rest = _one(rest[1:])
        found = found + more
    return found, rest


def _one(tokens: list[str]) -> tuple[list[Path], list[str]]:
    if not tokens or tokens[0] in "(),./":
        raise MaskError("a mask has a sign where a name should stand")
    name, rest = tokens[0], tokens[1:]
    if rest and rest[0] in "./":
        inner, rest = _one(rest[1:])
        return [(name, *path) for path in inner], rest
    if rest and rest[0] == "(":
        inner, rest = _union(rest[1:])
        if not rest or rest[0] != ")":
            raise MaskError("a mask has a parenthesis that is never closed")
        return [(name, *path) for path in inner], rest[1:]
    return [(name,)], rest


def mask_faults(mask: str, schema: Schema, schemas: Mapping[str, Schema], *, update: bool) -> Iterator[str]:
    """Yield what is wrong with a mask over a schema. A mask of an update may not lead through a list."""
    try:
        found = paths(mask)
    except MaskError as error:
        yield str(error)
        return
    for path in found:
        if fault := _path_fault(path, schema, schemas, update=update):
            yield f"mask {mask!r}: {fault}"


def _path_fault(path: Path, schema: Schema, schemas: Mapping[str, Schema], *, update: bool) -> str:
    here = schema
    for position, name in enumerate(path):
        here = schemas[here["$ref"]] if "$ref" in here else here
        if here.get("type") == "array":
            if update:
                return f"{'.'.join(path[:position])} is a list, nothing within it can be named"
            here = here["items"]
            here = schemas[here["$ref"]] if "$ref" in here else here
        if name == "*":
            return "" if position == len(path) - 1 else "* is not the end of a path"
        if "additionalProperties" in here:
            return ""
        inner = field(here, name)
        if inner is None:
            return f"{here.get('id', here.get('type'))} has no field {name}"
        here = inner
    return ""


def field(schema: Schema, name: str) -> Schema | None:
    """Return the schema of a field by its name, written as in JSON or with underscores."""
    known: Mapping[str, Schema] = schema.get("properties", {})
    first, *others = name.split("_")
    return known.get(name) or known.get(first + "".join(part[:1].upper() + part[1:] for part in others))
