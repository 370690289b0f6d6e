"""Bodies of requests beside the schemas of a discovery document: fields, types, enumerations, one-of rules, masks."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.google.masks import Schema, mask_faults

Schemas = Mapping[str, Schema]
WRITABLE = {("Permission", "emailAddress"), ("Permission", "domain")}
"""Marked readOnly though ``permissions.create`` needs them."""
EXACTLY_ONE = {"Request", "DataFilter"}
AT_MOST_ONE = {"ExtendedValue", "ColorStyle"}
WHOLE = {"int32": 31, "int64": 63, "uint32": 32, "uint64": 64}
MASKED_CELLS = {"UpdateCellsRequest", "RepeatCellRequest", "AppendCellsRequest"}
NOT_MASKED = {"range", "start", "dataFilter", "dataSourceSheetRange"}
NOT_MASKED_TYPES = {"GridRange", "DimensionRange", "GridCoordinate"}


def body_faults(value: Any, schema: Schema, schemas: Schemas, place: str = "body") -> Iterator[str]:
    """Yield what a body has that the schema does not allow. null is an unset field."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    if value is None:
        return
    yield from CHECKS[schema["type"]](value, schema, schemas, place)


def _object(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place}: {_shown(value)} is not an object"
        return
    known, name = schema.get("properties", {}), schema.get("id", "")
    for key, inner in value.items():
        if key in known:
            yield from _field(inner, known[key], schemas, (name, key), place)
        elif "additionalProperties" in schema:
            yield from body_faults(inner, schema["additionalProperties"], schemas, f"{place}.{key}")
        else:
            yield f"{place}: {name} has no field {key}"
    yield from _oneof(value, name, place)
    if "fields" in known and known["fields"].get("format") == "google-fieldmask":
        yield from _mask(value, schema, schemas, place)


def _field(value: Any, schema: Schema, schemas: Schemas, name: tuple[str, str], place: str) -> Iterator[str]:
    if schema.get("readOnly") and value is not None and name not in WRITABLE:
        yield f"{place}.{name[1]} can only be read"
    yield from body_faults(value, schema, schemas, f"{place}.{name[1]}")


def _oneof(value: Mapping[str, Any], name: str, place: str) -> Iterator[str]:
    given = sorted(key for key, inner in value.items() if inner is not None)
    if name in EXACTLY_ONE and len(given) != 1:
        yield f"{place}: {name} needs exactly one field, not {given}"
    if name in AT_MOST_ONE and len(given) > 1:
        yield f"{place}: {name} takes one field, not {given}"


def _mask(value: Mapping[str, Any], schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    mask = value.get("fields")
    if not isinstance(mask, str) or not mask:
        yield f"{place}.fields: {schema['id']} needs a mask"
        return
    for fault in mask_faults(mask, _masked(schema), schemas, update=True):
        yield f"{place}.fields: {fault}"


def _masked(schema: Schema) -> Schema:
    """Return the schema of the object that a request's mask is about."""
    if schema["id"] in MASKED_CELLS:
        return {"$ref": "CellData"}
    known = schema["properties"]
    if "properties" in known:
        return {"$ref": known["properties"]["$ref"]}
    for name, inner in known.items():
        if name not in NOT_MASKED and inner.get("$ref", "") not in {"", *NOT_MASKED_TYPES}:
            return {"$ref": inner["$ref"]}
    raise LookupError(f"{schema['id']} has a mask over nothing")


def _array(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield f"{place}: {_shown(value)} is not a list"
        return
    holds_cells = schema["items"].get("type") == "any"
    for number, inner in enumerate(value):
        if not (holds_cells and _is_plain(inner)):
            yield from body_faults(inner, schema["items"], schemas, f"{place}[{number}]")


def _is_plain(cell: Any) -> bool:
    """Say of most cells quickly that they are good; there may be millions."""
    return isinstance(cell, int) or (isinstance(cell, str) and cell.isascii())


def _string(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    kind = schema.get("format", "")
    if kind in WHOLE and (isinstance(value, int) and not isinstance(value, bool)):
        value = str(value)
    if not isinstance(value, str):
        yield f"{place}: {_shown(value)} is not a text"
    elif not _is_text_of(value, schema):
        yield f"{place}: {_shown(value)} is not one of {schema.get('enum') or kind}"
    elif any("\ud800" <= sign <= "\udfff" for sign in value):
        yield f"{place}: {_shown(value)} holds half a character, which UTF-8 cannot say"


def _is_text_of(value: str, schema: Schema) -> bool:
    kind = schema.get("format", "")
    if "enum" in schema:
        return value in schema["enum"]
    if kind in WHOLE:
        return re.fullmatch(r"-?\d+", value) is not None and _fits(int(value), kind)
    if kind == "byte":
        return re.fullmatch(r"[A-Za-z0-9_-]*={0,2}", value) is not None
    if kind in ("date-time", "google-datetime"):
        return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", value) is not None
    return True


def _fits(value: int, kind: str) -> bool:
    bits = WHOLE[kind]
    return 0 <= value < 1 << bits if kind.startswith("u") else -(1 << bits) <= value < 1 << bits


def _integer(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield f"{place}: {_shown(value)} is not a whole number"
    elif not _fits(value, schema.get("format", "int64")):
        yield f"{place}: {_shown(value)} is not within {schema.get('format')}"


def _number(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        yield f"{place}: {_shown(value)} is not a number"


def _boolean(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield f"{place}: {_shown(value)} is neither true nor false"


def _any(value: Any, schema: Schema, schemas: Schemas, place: str) -> Iterator[str]:
    """A cell of a table of values: a text, a number or a truth value."""
    if isinstance(value, str):
        yield from _string(value, {}, schemas, place)
    elif isinstance(value, float):
        yield from _number(value, {}, schemas, place)
    elif not isinstance(value, int):
        yield f"{place}: {_shown(value)} is not what a cell can hold"


def _shown(value: Any) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


CHECKS: dict[str, Callable[[Any, Schema, Schemas, str], Iterator[str]]] = {
    "object": _object,
    "array": _array,
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "any": _any,
}
