"""Formats that come from rules: alternating colours and conditional formats, laid over what was entered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from connector.sandbox.google.areas import Area, area_of
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.condition_tests import Ask, holds, number_of
from connector.sandbox.google.formulas import copied
from connector.sandbox.google.grid import Cell, Formula, Json, Result

ValueAt = Callable[[Sheet, int, int], Result]
MOST_CELLS = 200_000
"""Cells of one sheet that custom formulas are tried on; beyond, the page shows none."""


@dataclass
class Painted:
    """What rules do to the formats of one sheet."""

    bands: list[Json] = field(default_factory=list)
    rules: list[tuple[list[Area], Json]] = field(default_factory=list)
    value: Callable[[int, int], Result] = lambda row, column: None  # noqa: ARG005
    ask: Ask | None = None
    formulas: dict[tuple[int, int, int], bool] = field(default_factory=dict)
    """(number of the rule, row, column) to whether its custom formula holds."""
    gradients: dict[int, tuple[float, ...]] = field(default_factory=dict)

    def format(self, row: int, column: int, own: Json) -> Json:
        """Return the format of a cell, by bandings, its own and the rules."""
        look = self.banded(row, column, own)
        for number, (areas, rule) in enumerate(self.rules):
            if any(lies_in(area, row, column) for area in areas):
                over = self._over(number, rule, row, column)
                if over:
                    look = laid_over(look, over)
                    break  # the first rule that fits wins, as in Sheets
        return look

    def banded(self, row: int, column: int, own: Json) -> Json:
        """Return the format of a cell before the rules."""
        band = next((found for found in (_band(part, row, column) for part in self.bands) if found), None)
        return laid_over(band, own) if band else own

    def _over(self, number: int, rule: Json, row: int, column: int) -> Json | None:
        if "gradientRule" in rule:
            value = number_of(self.value(row, column))
            return None if value is None else _shade(rule["gradientRule"], self.gradients.get(number, ()), value)
        boolean = rule.get("booleanRule") or {}
        condition = boolean.get("condition") or {}
        if condition.get("type") == "CUSTOM_FORMULA":
            fits = self.formulas.get((number, row, column), False)
        else:
            fits = holds(condition, self.value(row, column), self.ask)
        return boolean.get("format") if fits else None


def painted(book: Book, sheet: Sheet, value_at: ValueAt) -> Painted:
    """Return what the rules of a sheet do."""
    rules = [([area_of(part) for part in rule.get("ranges") or []], rule) for rule in sheet.conditional_formats]
    found = Painted(sheet.banded_ranges, rules, lambda row, column: value_at(sheet, row, column), Ask(book.now))
    for number, (areas, rule) in enumerate(rules):
        if "gradientRule" in rule:
            values = [
                value
                for area in areas
                for row, column in _places(sheet, area)
                if (value := number_of(value_at(sheet, row, column))) is not None
            ]
            found.gradients[number] = tuple(sorted(values))
    if any(_custom(rule) for _areas, rule in rules):
        found.formulas = _custom_results(book, sheet, rules)
    return found


def _custom(rule: Json) -> str:
    """Return the custom formula of a rule; empty for another condition."""
    condition = (rule.get("booleanRule") or {}).get("condition") or {}
    values = condition.get("values") or [{}]
    return str(values[0].get("userEnteredValue") or "") if condition.get("type") == "CUSTOM_FORMULA" else ""


def _custom_results(book: Book, sheet: Sheet, rules: list[tuple[list[Area], Json]]) -> dict[tuple[int, int, int], bool]:
    """Let the engine compute custom formulas in the cells of a draft, far to the right of everything."""
    from connector.sandbox.google.calculation import results  # noqa: PLC0415 - the engine is heavy

    draft = book.draft(now=book.now)
    home = draft.sheet(sheet.id)
    asked: dict[tuple[int, int, int], tuple[int, int]] = {}
    for number, (areas, rule) in enumerate(rules):
        text = _custom(rule)
        if not text.startswith("=") or not areas:
            continue
        first, offset = areas[0], home.column_count
        home.column_count += max(sheet.column_count, 1)
        for area in areas:
            for row, column in _places(sheet, area):
                if len(asked) < MOST_CELLS:
                    asked[number, row, column] = (row, offset + column)
                    moved = copied(text, row - (first.top or 0), column - (first.left or 0))
                    home.cells.put(row, offset + column, Cell(Formula(moved)))
    found = results(draft)
    return {key: found.get((sheet.id, *place)) is True for key, place in asked.items()}


def _places(sheet: Sheet, area: Area) -> list[tuple[int, int]]:
    """Return the places of an area that can matter: as far down as the sheet holds anything."""
    top, left, bottom, right = area.closed(sheet.row_count, sheet.column_count)
    last = max(sheet.cells.rows(), default=-1) + 1
    return [(row, column) for row in range(top, min(bottom, last)) for column in range(left, right)]


def lies_in(area: Area, row: int, column: int) -> bool:
    """Say whether a place lies in an area."""
    below = area.bottom is None or row < area.bottom
    before = area.right is None or column < area.right
    return (area.top or 0) <= row and below and (area.left or 0) <= column and before


def laid_over(under: Json, over: Json) -> Json:
    """Return a format with another one over it, part by part."""
    result = dict(under)
    for name, value in over.items():
        below = result.get(name)
        result[name] = laid_over(below, value) if isinstance(below, dict) and name == "textFormat" else value
    return result


def _band(banding: Json, row: int, column: int) -> Json | None:
    """Return the background that alternating colours give a cell."""
    area = area_of(banding.get("range") or {})
    if not lies_in(area, row, column):
        return None
    top, left = area.top or 0, area.left or 0
    for kind, place, end in (
        ("rowProperties", row - top, None if area.bottom is None else area.bottom - top),
        ("columnProperties", column - left, None if area.right is None else area.right - left),
    ):
        part = banding.get(kind)
        if part:
            name = _band_name(part, place, end)
            style = part.get(f"{name}Style") or {"rgbColor": part.get(name)}
            return {"backgroundColorStyle": style} if style.get("rgbColor") or style.get("themeColor") else None
    return None


def _band_name(part: Json, place: int, end: int | None) -> str:
    has_header = "headerColor" in part or "headerColorStyle" in part
    if has_header and not place:
        return "headerColor"
    if ("footerColor" in part or "footerColorStyle" in part) and end is not None and place == end - 1:
        return "footerColor"
    return "firstBandColor" if (place - has_header) % 2 == 0 else "secondBandColor"


def _shade(rule: Json, values: tuple[float, ...], value: float) -> Json | None:
    """Return the background that a colour scale gives a value."""
    stops = [(_stop(rule[name], values), rule[name]) for name in ("minpoint", "midpoint", "maxpoint") if rule.get(name)]
    known = sorted([(place, _rgb(point)) for place, point in stops if place is not None], key=lambda stop: stop[0])
    if not known:
        return None
    shade = known[-1][1]
    for (low, first), (high, second) in pairwise(known):
        if value <= high:
            part = 0.0 if high == low else min(max((value - low) / (high - low), 0), 1)
            shade = {name: first[name] + part * (second[name] - first[name]) for name in first}
            break
    return {"backgroundColorStyle": {"rgbColor": shade if value > known[0][0] else known[0][1]}}


def _rgb(point: Json) -> Json:
    rgb = (point.get("colorStyle") or {}).get("rgbColor") or point.get("color") or {}
    return {name: float(rgb.get(name) or 0) for name in ("red", "green", "blue")}


def _stop(point: Json, values: tuple[float, ...]) -> float | None:
    """Return where on the scale a point of a colour scale lies."""
    kind, text = point.get("type"), str(point.get("value") or "0")
    if not values:
        return None
    if kind in ("MIN", "MAX"):
        return values[0] if kind == "MIN" else values[-1]
    try:
        number = float(text)
    except ValueError:
        return None
    if kind == "PERCENT":
        return values[0] + number / 100 * (values[-1] - values[0])
    if kind == "PERCENTILE":
        return values[min(int(number / 100 * (len(values) - 1) + 0.5), len(values) - 1)]
    return number
