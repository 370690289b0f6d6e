"""Cells as Google's CellData, and back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.sandbox.google.colours import styled
from connector.sandbox.google.grid import Cell, Entered, Formula, Json, Result, Scalar
from connector.sandbox.google.masks import Mask, below, change
from connector.sandbox.google.pivot_rules import check_pivot
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.schema import fields_of
from connector.sandbox.google.zeros import without_empties

MOST_CHARACTERS = 50_000
TOO_LONG = f"Your input contains more than the maximum of {MOST_CHARACTERS} characters in a single cell."
PARTS = {
    "note": "note",
    "dataValidation": "validation",
    "textFormatRuns": "runs",
    "pivotTable": "pivot",
    "chipRuns": "chips",
}
"""CellData's names to ours, for what is only kept."""


def number(value: float) -> int | float:
    """Return a number as JSON shows it: whole ones without a point."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value


def extended(value: Entered | Result) -> Json | None:
    """Return a value as an ExtendedValue; None for nothing."""
    if value is None:
        return None
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, (int, float)):
        return {"numberValue": number(value)}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, Formula):
        return {"formulaValue": value.text}
    return {"errorValue": {"type": value.type, "message": value.message}}


def entered(value: Json | None) -> Entered:
    """Return an ExtendedValue as it is kept. Raises Refused for two values at once, an error, too long a text."""
    if not value:
        return None
    kinds = list(value)
    if len(kinds) > 1:
        raise invalid("A userEnteredValue may have only one kind of value.")
    content = value[kinds[0]]
    if kinds[0] == "errorValue":
        raise invalid("User entered value cannot be an error.")
    if isinstance(content, str) and len(content) > MOST_CHARACTERS:
        raise invalid(TOO_LONG)
    if kinds[0] == "formulaValue":
        if not content.startswith("="):
            raise invalid(f"Invalid value for formulaValue: {content[:200]}")
        return Formula(content)
    if kinds[0] == "stringValue" and not content:
        return None
    scalar: Scalar = content
    return scalar


def changed(cell: Cell, source: Json, mask: Mask) -> Cell:
    """Return a cell with what ``mask`` (of CellData) names taken from ``source``."""
    names = mask or {key: {} for key in ("userEnteredValue", "userEnteredFormat", *PARTS)}
    for name in names:
        inner = below(mask, name) or {}
        if name == "userEnteredValue":
            cell = cell._replace(entered=entered(source.get(name)), runs=None, chips=None)
        elif name == "userEnteredFormat":
            cell = cell._replace(format=_format(cell.format or {}, source.get(name) or {}, inner))
        elif name in PARTS:
            cell = cell._replace(**{PARTS[name]: _part(name, getattr(cell, PARTS[name]), source.get(name), inner)})
    return cell


def _format(target: Json, source: Json, mask: Mask) -> Json | None:
    result = change(target, styled(source), _with_styles(mask), fields_of("CellFormat"))
    return result or None


def _with_styles(mask: Mask) -> Mask:
    """A colour and its style are one thing under two names."""
    twins = {"backgroundColor": "backgroundColorStyle", "foregroundColor": "foregroundColorStyle"}
    twins |= {style: colour for colour, style in twins.items()}
    result: Mask = {}
    for name, inner in mask.items():
        result[name] = _with_styles(inner)
        if name in twins:
            result[twins[name]] = {}
    return result


def _part(name: str, old: Any, new: Any, mask: Mask) -> Any:
    if mask and isinstance(new or {}, dict):
        return change(old or {}, new or {}, mask) or None
    empty: dict[str, Callable[[], Any]] = {"note": str}
    if name == "pivotTable" and new:
        check_pivot(new)
    if name == "dataValidation" and new:
        return without_empties(new)
    return new or empty.get(name, lambda: None)()
