"""The filter operators of HubSpot's search."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from operator import ge, gt, le, lt
from typing import Any

from connector.sandbox.crm.fields import FieldList
from connector.sandbox.crm.record import to_ms

Test = Callable[[str | None], bool]
"""Says whether the value of one property fits."""
Value = float | str


class BadFilter(Exception):
    """A filter that HubSpot refuses; the text says why."""


@lru_cache(maxsize=400_000)
def _moment(text: str) -> float:
    if text.lstrip("-").isdecimal():
        return float(text)
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return math.nan
    return float(to_ms(parsed if parsed.tzinfo else parsed.replace(tzinfo=_UTC)))


_UTC = datetime.fromisoformat("1970-01-01T00:00:00+00:00").tzinfo


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _lower(text: str) -> str:
    return text.lower()


def reader(fields: FieldList, name: str) -> Callable[[str], Value]:
    """Return how values compare: ids and numbers as numbers, dates as milliseconds, text in lower case."""
    field = fields.get(name)
    if field is None:
        raise BadFilter(f"There was a problem with the request: property {name} does not exist")
    if name == "hs_object_id" or field.type == "number":
        return _number
    return _moment if field.type in ("date", "datetime") else _lower


ORDERED: dict[str, Callable[[Any, Any], bool]] = {"LT": lt, "LTE": le, "GT": gt, "GTE": ge}
UNVALUED = {"HAS_PROPERTY", "NOT_HAS_PROPERTY"}


def make_test(fields: FieldList, entry: dict[str, Any]) -> tuple[str, Test]:
    """Return property and test of one filter. Raises BadFilter."""
    name, operator = str(entry.get("propertyName", "")), str(entry.get("operator", ""))
    read = reader(fields, name)
    if operator in UNVALUED:
        wanted = operator == "HAS_PROPERTY"
        return name, lambda text: bool(text) == wanted
    if operator in ("IN", "NOT_IN"):
        if not isinstance(entry.get("values"), list):
            raise BadFilter(f"operator {operator} requires values")
        listed = {read(str(value)) for value in entry["values"]}
        inside = operator == "IN"
        return name, lambda text: bool(text) and (read(text or "") in listed) == inside
    return name, _compare(read, operator, entry)


def _compare(read: Callable[[str], Value], operator: str, entry: dict[str, Any]) -> Test:
    if entry.get("value") is None:
        raise BadFilter(f"operator {operator} requires a value")
    value = read(str(entry["value"]))
    if operator == "BETWEEN":
        high = read(str(entry.get("highValue", "")))
        return lambda text: bool(text) and value <= read(text or "") <= high  # type: ignore[operator]
    if operator in ORDERED:
        fits = ORDERED[operator]
        return lambda text: bool(text) and fits(read(text or ""), value)
    if operator in ("EQ", "NEQ"):
        same = operator == "EQ"
        return lambda text: bool(text) and (read(text or "") == value) == same
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        wanted = operator == "CONTAINS_TOKEN"
        return lambda text: bool(text) and _has_token(text or "", str(entry["value"])) == wanted
    raise BadFilter(f"Cannot deserialize value of type Operator from String {operator[:40]!r}")


def _has_token(text: str, token: str) -> bool:
    """Compare whole words; a star at an end stands for anything."""
    words = "".join(char if char.isalnum() else " " for char in text.lower()).split()
    bare = token.lower().strip("*")
    if token.startswith("*") or token.endswith("*"):
        return any(_with_star(word, bare, token) for word in words)
    return bare in words


def _with_star(word: str, bare: str, token: str) -> bool:
    if token.startswith("*") and token.endswith("*"):
        return bare in word
    return word.endswith(bare) if token.startswith("*") else word.startswith(bare)
