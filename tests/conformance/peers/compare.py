"""Compares what two readers say about the same records, field by field.

Records are dicts: stream to id to property to value. Readers write values in their own types (text, numbers, moments
with or without fractions), so both sides are brought to one form by the type of the property before they are compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

Rows = Mapping[str, Mapping[str, object]]
"""Id to property to value."""

Records = Mapping[str, Rows]
"""Stream to rows."""

Types = Mapping[str, Mapping[str, str]]
"""Stream to property to its type in HubSpot's words. Properties without a type are text."""

SHOWN = 20
"""Differences that a message tells; the rest is only counted."""


def same_form(value: object, type_: str) -> object:
    """The value in the form in which it can be compared. Nothing, and an empty text, are None."""
    if value is None or value == "":
        return None
    text = str(value)
    if type_ == "number":
        return _number(text)
    if type_ == "bool":
        return text.lower()
    if type_ in {"date", "datetime"}:
        return _moment(text) or text
    return text if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _moment(text: str) -> datetime | None:
    """A moment in UTC to the millisecond; a day is its midnight, digits are milliseconds since 1970."""
    if text.lstrip("-").isdigit():
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(text))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def differences(ours: Records, theirs: Records, types: Types) -> list[str]:
    """Sentences on all streams of ``ours``: records that one side lacks, values that are not the same.

    Only properties that ``ours`` names anywhere in a stream count: readers add columns of their own.
    """
    found = [sentence for stream in ours for sentence in _differ(stream, ours[stream], theirs.get(stream, {}), types)]
    rest = len(found) - SHOWN
    return [*found[:SHOWN], f"and {rest} more"] if rest > 0 else found


def _differ(stream: str, ours: Rows, theirs: Rows, types: Types) -> Iterator[str]:
    for id_ in sorted(set(ours) - set(theirs)):
        yield f"{stream} {id_}: they do not have it"
    for id_ in sorted(set(theirs) - set(ours)):
        yield f"{stream} {id_}: only they have it"
    names = sorted({name for row in ours.values() for name in row})
    kinds = types.get(stream, {})
    for id_ in sorted(set(ours) & set(theirs)):
        for name in names:
            mine, other = (same_form(rows[id_].get(name), kinds.get(name, "string")) for rows in (ours, theirs))
            if mine != other:
                yield f"{stream} {id_}.{name}: ours {mine!r}, theirs {other!r}"
