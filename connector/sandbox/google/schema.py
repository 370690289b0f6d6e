"""Google's own description of the Sheets API: which fields there are, of which type, and what is said of others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import Any

import orjson

from connector.sandbox.google.grid import Json
from connector.sandbox.google.masks import Mask, MaskError, camel, paths, read_mask
from connector.sandbox.google.refusals import STATUS_NAMES, Refused

INT32 = 1 << 31
UNKNOWN = "unknown"
PROTO_NAME = re.compile(r"(?<=[a-z0-9])([A-Z])")
Where = tuple[Any, str | int]
"""A place in a body: the place around it (None for the body itself) and a name or number. Spelled only for errors."""
Wrongs = list[tuple[Where, str, Any]]


@cache
def document() -> Json:
    """Return the discovery document that comes with google-api-python-client. Raises LookupError without it."""
    spec = find_spec("googleapiclient")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError("google-api-python-client is not installed, so there is no description of the Sheets API")
    path = Path(next(iter(spec.submodule_search_locations))) / "discovery_cache" / "documents" / "sheets.v4.json"
    description: Json = orjson.loads(path.read_bytes())
    return description


@cache
def fields_of(schema: str) -> dict[str, Json]:
    """Return the fields of a message of the API, by their names."""
    properties: dict[str, Json] = document()["schemas"][schema].get("properties", {})
    return properties


def read(body: Any, schema: str, stem: str = "") -> Json:
    """Return a body in which null is gone and every name is the usual one. Raises Refused as Google words it.

    ``stem`` is what Google calls the body in its messages (``data``), empty for the request itself.
    """
    if not isinstance(body, dict):
        raise _violations([(stem, "Invalid JSON payload received. Unexpected token.")])
    wrongs: Wrongs = []
    result = _message(body, schema, (None, stem), wrongs)
    if wrongs:
        raise _violations([_words(*wrong) for wrong in wrongs])
    return result


def _violations(wrongs: list[tuple[str, str]]) -> Refused:
    details = [{"field": place, "description": words} for place, words in wrongs]
    message = "\n".join(words for _, words in wrongs)
    bad = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": details}
    return Refused(400, STATUS_NAMES[400], message, [bad])


def _message(body: Json, schema: str, place: Where, wrongs: Wrongs) -> Json:
    known = fields_of(schema)
    result: Json = {}
    for name, value in body.items():
        field = known.get(name)
        if field is None:
            plain = camel(name)
            field = known.get(plain)
            if field is None:
                wrongs.append((place, UNKNOWN, name))
                continue
            result[plain] = None
            name = plain  # noqa: PLW2901 - both spellings are the same field
        if value is not None:
            result[name] = _value(value, field, (place, name), wrongs)
    return result


def proto_name(name: str) -> str:
    """``rowData`` is ``row_data``: Google names places that way."""
    return PROTO_NAME.sub(lambda match: "_" + match[1].lower(), name)


def _value(value: Any, field: Json, place: Where, wrongs: Wrongs) -> Any:
    message = field.get("$ref")
    if message is not None:
        if type(value) is dict:
            return _message(value, message, place, wrongs)
        wrongs.append((place, f"type.googleapis.com/google.apps.sheets.v4.{message}", value))
    elif field["type"] == "array":
        return _array(value, field, place, wrongs)
    elif field["type"] == "object":
        return value
    elif not _fits(value, field):
        wrongs.append((place, _type_name(field, place[1]), value))
    return value


def _array(value: Any, field: Json, place: Where, wrongs: Wrongs) -> Any:
    entry = field["items"]
    if entry.get("type") == "array":
        return _lists(value, place, wrongs)
    if not isinstance(value, list):
        value = [value]  # proto3's JSON reader takes one for a list of one
    return [_value(part, entry, (place, number), wrongs) for number, part in enumerate(value)]


def _lists(value: Any, place: Where, wrongs: Wrongs) -> Any:
    """Lists of cells: only their outer shape is looked at."""
    listed = value if isinstance(value, list) else [value]
    for number, part in enumerate(listed):
        if type(part) is not list:
            at = (place, number) if isinstance(value, list) else place
            wrongs.append((at, "type.googleapis.com/google.protobuf.ListValue", part))
    return value


def _words(place: Where, kind: str, value: Any) -> tuple[str, str]:
    """Return the name of a place and what Google says of what stands there."""
    at = _spelled(place)
    if kind is UNKNOWN:
        where = f" at '{at}'" if at else ""
        return at, f'Invalid JSON payload received. Unknown name "{value}"{where}: Cannot find field.'
    return at, _invalid(at, kind, value)


def _spelled(place: Where) -> str:
    parent, name = place
    if parent is None:
        return str(name)
    before = _spelled(parent)
    if isinstance(name, int):
        return f"{before}[{name}]"
    return f"{before}.{proto_name(name)}" if before else proto_name(name)


def _invalid(place: str, type_name: str, value: Any) -> str:
    shown = orjson.dumps(value).decode() if not isinstance(value, str) else f'"{value}"'
    return f"Invalid value at '{place}' ({type_name}), {shown}"


def _type_name(field: Json, name: str | int) -> str:
    if "enum" in field:
        return f"type.googleapis.com/google.apps.sheets.v4.{str(name)[:1].upper()}{str(name)[1:]}"
    formats = {"int32": "TYPE_INT32", "int64": "TYPE_INT64", "float": "TYPE_FLOAT", "double": "TYPE_DOUBLE"}
    return formats.get(field.get("format", ""), f"TYPE_{field['type'].upper().replace('BOOLEAN', 'BOOL')}")


def _fits(value: Any, field: Json) -> bool:
    kind = field["type"]
    if "enum" in field:
        return value in field["enum"] or (type(value) is int and 0 <= value < len(field["enum"]))
    if kind == "boolean":
        return type(value) is bool
    if kind == "integer":
        return _is_int32(value)
    if kind == "number":
        return type(value) in (int, float) and isfinite(value)
    return kind == "any" or isinstance(value, str)


def _is_int32(value: Any) -> bool:
    if isinstance(value, str):
        value = int(value) if re.fullmatch(r"-?\d{1,10}", value) else None
    return type(value) in (int, float) and value == int(value) and -INT32 <= value < INT32


def check_query(query: dict[str, list[str]], method: str) -> None:
    """Refuse a parameter that a method does not have, or a value that it does not know."""
    known = method_of(method)["parameters"] | document()["parameters"]
    for name, values in query.items():
        plain = camel(name)
        if plain not in known:
            words = f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter.'
            raise _violations([("", f"{words} Field '{name}' could not be found in request message.")])
        for value in values:
            if "enum" in known[plain] and value not in known[plain]["enum"] and plain != "alt":
                raise _violations(
                    [(proto_name(name), _invalid(proto_name(name), _type_name(known[plain], name), value))]
                )


@cache
def method_of(method: str) -> Json:
    """Return the description of a method: ``spreadsheets.values.get``."""
    place = document()
    *resources, name = method.split(".")
    for resource in resources:
        place = place["resources"][resource]
    found: Json = place["methods"][name]
    return found


def read_fields(text: str, schema: str) -> Mask:
    """Return the mask of the ``fields`` parameter over a message. Raises Refused for paths that it has not."""
    try:
        mask = read_mask(text)
    except MaskError:
        raise _no_such_path(text) from None
    wrong = next(unknown_paths(mask, schema), None)
    if wrong is not None:
        raise _no_such_path(wrong)
    return mask


def _no_such_path(path: str) -> Refused:
    words = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{path}'."
    violation = {"field": path, "description": words}
    bad = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    return Refused(400, STATUS_NAMES[400], "Request contains an invalid argument.", [bad])


def unknown_paths(mask: Mask, schema: str) -> Iterator[str]:
    """Yield the paths of a mask that a message does not have."""
    for path in paths(mask):
        inner: str | None = schema
        for name in path.split("."):
            field = fields_of(inner).get(name) if inner else None
            if field is None and name != "*":
                yield path
                break
            inner = _inner(field or {})


def _inner(field: Json) -> str | None:
    found = field.get("$ref") or field.get("items", {}).get("$ref")
    return str(found) if found else None
