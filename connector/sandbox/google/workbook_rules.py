"""Conditional formats and lists to choose from, as a workbook has them."""

from __future__ import annotations

from typing import Any

from connector.sandbox.google.areas import area_of
from connector.sandbox.google.book import Sheet
from connector.sandbox.google.grid import Json
from connector.sandbox.google.views import hexadecimal
from connector.sandbox.google.workbook_formats import Formats

NUMBERS = {
    "NUMBER_GREATER": ">", "NUMBER_GREATER_THAN_EQ": ">=", "NUMBER_LESS": "<", "NUMBER_LESS_THAN_EQ": "<=",
    "NUMBER_EQ": "==", "NUMBER_NOT_EQ": "!=", "NUMBER_BETWEEN": "between", "NUMBER_NOT_BETWEEN": "not between",
}  # fmt: skip
TEXTS = {
    "TEXT_CONTAINS": "containing", "TEXT_NOT_CONTAINS": "not containing", "TEXT_STARTS_WITH": "begins with",
    "TEXT_ENDS_WITH": "ends with",
}  # fmt: skip
POINTS = {"MIN": "min", "MAX": "max", "NUMBER": "num", "PERCENT": "percent", "PERCENTILE": "percentile"}


def add_rules(page: Any, sheet: Sheet, formats: Formats) -> None:
    """Write a sheet's rules; those that a workbook does not know are left out."""
    for rule in sheet.conditional_formats:
        described = _gradient(rule["gradientRule"]) if "gradientRule" in rule else _boolean(rule, formats)
        for part in rule.get("ranges") or [] if described else []:
            top, left, bottom, right = area_of(part).closed(sheet.row_count, sheet.column_count)
            page.conditional_format(top, left, bottom - 1, right - 1, described)
    for row, column, cell in sheet.cells.cells():
        condition = (cell.validation or {}).get("condition") or {}
        if condition.get("type") == "ONE_OF_LIST":
            choices = [str(value.get("userEnteredValue") or "") for value in condition.get("values") or []]
            if sum(map(len, choices)) + len(choices) <= 255:
                page.data_validation(row, column, row, column, {"validate": "list", "source": choices})


def _boolean(rule: Json, formats: Formats) -> Json | None:
    boolean = rule.get("booleanRule") or {}
    condition = boolean.get("condition") or {}
    kind, values = (
        condition.get("type"),
        [str(one.get("userEnteredValue") or "") for one in condition.get("values") or []],
    )
    look = {"format": formats.partial(boolean.get("format") or {})}
    if kind in NUMBERS and values:
        numbers = [_operand(value) for value in values]
        ends = {"minimum": numbers[0], "maximum": numbers[1]} if len(numbers) > 1 else {"value": numbers[0]}
        return {"type": "cell", "criteria": NUMBERS[kind]} | ends | look
    if kind in TEXTS and values:
        return {"type": "text", "criteria": TEXTS[kind], "value": values[0]} | look
    if kind == "TEXT_EQ" and values:
        quoted = values[0].replace('"', '""')
        return {"type": "cell", "criteria": "==", "value": f'"{quoted}"'} | look
    if kind == "CUSTOM_FORMULA" and values:
        return {"type": "formula", "criteria": values[0]} | look
    return (
        {"type": {"BLANK": "blanks", "NOT_BLANK": "no_blanks"}[kind]} | look if kind in ("BLANK", "NOT_BLANK") else None
    )


def _operand(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text if text.startswith("=") else f"={text}"


def _gradient(rule: Json) -> Json:
    names = {"minpoint": "min", "midpoint": "mid", "maxpoint": "max"}
    points = {ours: rule[name] for name, ours in names.items() if rule.get(name)}
    described: Json = {"type": "3_color_scale" if "mid" in points else "2_color_scale"}
    for name, point in points.items():
        rgb = (point.get("colorStyle") or {}).get("rgbColor") or point.get("color") or {}
        described[f"{name}_color"] = hexadecimal(rgb)
        described[f"{name}_type"] = POINTS.get(str(point.get("type")), "num")
        if point.get("value") is not None:
            described[f"{name}_value"] = _operand(str(point["value"]))
    return described
