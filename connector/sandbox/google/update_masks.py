"""The ``fields`` of a change: what of a thing it sets."""

from __future__ import annotations

from connector.sandbox.google.grid import Json
from connector.sandbox.google.masks import Mask, MaskError, change, read_mask
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.schema import fields_of, unknown_paths

NOTHING_LISTED = "At least one field must be listed in 'fields'. (Use '*' to indicate all fields.)"


def read_update(text: str | None, schema: str, stem: str = "") -> Mask:
    """Return the mask of a change of a message (``SheetProperties``); the empty mask is ``*``.

    ``stem`` is the name that callers may put before every path (``properties``). Raises Refused for an empty text and
    for fields that the message has not.
    """
    if not text:
        raise invalid(NOTHING_LISTED)
    try:
        mask = read_mask(text)
    except MaskError:
        raise invalid(f"Invalid field: {text}") from None
    if stem and set(mask) == {stem}:
        mask = mask[stem]
    wrong = next(unknown_paths(mask, schema), None)
    if wrong is not None:
        raise invalid(f"Invalid field: {wrong}")
    return mask


def updated(target: Json, source: Json, fields: str | None, schema: str, stem: str = "") -> Json:
    """Return ``target`` with what ``fields`` names taken from ``source``, null and absent fields taken away."""
    return change(target, source, read_update(fields, schema, stem), fields_of(schema))
