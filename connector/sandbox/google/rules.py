"""Conditional formats, alternating colours and data validation."""

from __future__ import annotations

from collections.abc import Sequence

from connector.sandbox.google.a1 import rect_of
from connector.sandbox.google.areas import Area, addressed, area_of, grid_range
from connector.sandbox.google.book import Book, Sheet
from connector.sandbox.google.changes import change, check_cells
from connector.sandbox.google.following import titles_of
from connector.sandbox.google.formulas import areas
from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid
from connector.sandbox.google.update_masks import updated
from connector.sandbox.google.zeros import without_empties

OPERANDS = {
    "NUMBER_GREATER": 1, "NUMBER_GREATER_THAN_EQ": 1, "NUMBER_LESS": 1, "NUMBER_LESS_THAN_EQ": 1, "NUMBER_EQ": 1,
    "NUMBER_NOT_EQ": 1, "NUMBER_BETWEEN": 2, "NUMBER_NOT_BETWEEN": 2, "TEXT_CONTAINS": 1, "TEXT_NOT_CONTAINS": 1,
    "TEXT_STARTS_WITH": 1, "TEXT_ENDS_WITH": 1, "TEXT_EQ": 1, "DATE_EQ": 1, "DATE_BEFORE": 1, "DATE_AFTER": 1,
    "DATE_ON_OR_BEFORE": 1, "DATE_ON_OR_AFTER": 1, "DATE_BETWEEN": 2, "DATE_NOT_BETWEEN": 2, "BLANK": 0,
    "NOT_BLANK": 0, "CUSTOM_FORMULA": 1, "TEXT_IS_EMAIL": 0, "TEXT_IS_URL": 0, "DATE_IS_VALID": 0, "ONE_OF_RANGE": 1,
}  # fmt: skip
"""How many values each type of condition has; types that are not listed may have any number."""
NOT_FOR_FORMATS = {
    "TEXT_IS_EMAIL", "TEXT_IS_URL", "DATE_ON_OR_BEFORE", "DATE_ON_OR_AFTER", "DATE_BETWEEN", "DATE_NOT_BETWEEN",
    "DATE_IS_VALID", "ONE_OF_RANGE", "ONE_OF_LIST", "BOOLEAN", "TEXT_NOT_EQ", "DATE_NOT_EQ", "FILTER_EXPRESSION",
}  # fmt: skip
ELSEWHERE = "Conditional format rule cannot reference a different sheet."
BANDED_TWICE = "You cannot add alternating background colors to a range that already has alternating background colors."


@change("addConditionalFormatRule")
def add_rule(book: Book, request: Json) -> None:
    """Add a conditional format at its index; the first that holds wins."""
    rule = addressed(request.get("rule", {}))
    sheet = _checked_rule(book, rule)
    index = int(request.get("index") or 0)
    if not 0 <= index <= len(sheet.conditional_formats):
        raise invalid(f"No conditional format on sheet: {sheet.id} at index: {index}")
    sheet.conditional_formats.insert(index, rule)


@change("updateConditionalFormatRule")
def update_rule(book: Book, request: Json) -> Json:
    """Replace a conditional format, or move it to another index."""
    index = int(request.get("index") or 0)
    if "rule" in request:
        rule = addressed(request["rule"])
        sheet = _checked_rule(book, rule)
        old = _rule_at(sheet, index)
        sheet.conditional_formats[index] = rule
        return {"oldRule": old, "oldIndex": index, "newRule": rule, "newIndex": index}
    sheet, place = book.sheet(request.get("sheetId")), int(request.get("newIndex") or 0)
    rule = _rule_at(sheet, index)
    _rule_at(sheet, place)
    sheet.conditional_formats.insert(place, sheet.conditional_formats.pop(index))
    return {"oldRule": rule, "oldIndex": index, "newRule": rule, "newIndex": place}


@change("deleteConditionalFormatRule")
def delete_rule(book: Book, request: Json) -> Json:
    """Take a conditional format away."""
    sheet, index = book.sheet(request.get("sheetId")), int(request.get("index") or 0)
    rule = _rule_at(sheet, index)
    sheet.conditional_formats.remove(rule)
    return {"rule": rule}


@change("addBanding")
def add_banding(book: Book, request: Json) -> Json:
    """Give a range alternating colours."""
    asked = addressed(request.get("bandedRange", {}))
    number = asked.get("bandedRangeId") or book.fresh.randrange(1, 1 << 31)
    if any(part["bandedRangeId"] == number for sheet in book.sheets for part in sheet.banded_ranges):
        raise invalid(f"Cannot add a banded range with the ID {number}, it is already in use.")
    banding = _checked_banding(book, asked | {"bandedRangeId": number})
    book.sheet(banding["range"]["sheetId"]).banded_ranges.append(banding)
    return {"bandedRange": banding}


@change("updateBanding")
def update_banding(book: Book, request: Json) -> None:
    """Change alternating colours."""
    asked = addressed(request.get("bandedRange", {}))
    sheet, before = _banding(book, asked.get("bandedRangeId"))
    after = updated(before, asked, request.get("fields"), "BandedRange", "bandedRange")
    sheet.banded_ranges.remove(before)
    banding = _checked_banding(book, after | {"bandedRangeId": before["bandedRangeId"]})
    book.sheet(banding["range"]["sheetId"]).banded_ranges.append(banding)


@change("deleteBanding")
def delete_banding(book: Book, request: Json) -> None:
    """Take alternating colours away."""
    sheet, banding = _banding(book, request.get("bandedRangeId"))
    sheet.banded_ranges.remove(banding)


@change("setDataValidation")
def set_validation(book: Book, request: Json) -> None:
    """Say what may stand in the cells of a range; without a rule anything may."""
    sheet, rect = rect_of(book, request.get("range") or {})
    rule = request.get("rule")
    if rule is not None:
        check_condition(rule.get("condition") or {})
        rule = without_empties(rule)
    check_cells(book, Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right))
    for row in range(rect.top, rect.bottom):
        for column in range(rect.left, rect.right):
            sheet.cells.put(row, column, sheet.cells.get(row, column)._replace(validation=rule))


def check_condition(condition: Json) -> None:
    """Raise Refused where a condition has no type, or not the values its type needs."""
    kind, values = condition.get("type"), condition.get("values", ())
    if not kind or kind == "CONDITION_TYPE_UNSPECIFIED":
        raise invalid("ConditionType must be specified.")
    if kind in OPERANDS and len(values) != OPERANDS[kind]:
        raise invalid(f"ConditionType '{kind}' requires exactly {OPERANDS[kind]} ConditionValues, got {len(values)}.")
    if kind == "CUSTOM_FORMULA" and not str(values[0].get("userEnteredValue", "")).startswith("="):
        raise invalid("CUSTOM_FORMULA requires a formula that starts with '='.")
    if kind == "ONE_OF_LIST" and not values:
        raise invalid("ConditionType 'ONE_OF_LIST' requires at least one ConditionValue.")


def _rule_at(sheet: Sheet, index: int) -> Json:
    if not 0 <= index < len(sheet.conditional_formats):
        raise invalid(f"No conditional format on sheet: {sheet.id} at index: {index}")
    return sheet.conditional_formats[index]


def _checked_rule(book: Book, rule: Json) -> Sheet:
    """The sheet a conditional format is for. Raises Refused where Google would."""
    ranges = rule.get("ranges", ())
    if not ranges:
        raise invalid("ConditionalFormatRule.ranges must not be empty.")
    sheets = {rect_of(book, part)[0].id for part in ranges}
    if len(sheets) > 1:
        raise invalid("All ranges of a conditional format must be on the same sheet.")
    if ("booleanRule" in rule) == ("gradientRule" in rule):
        raise invalid("A conditional format must be either a booleanRule or a gradientRule.")
    sheet = book.sheet(ranges[0].get("sheetId"))
    if "booleanRule" in rule:
        condition = rule["booleanRule"].get("condition") or {}
        check_condition(condition)
        if condition["type"] in NOT_FOR_FORMATS:
            raise invalid(f"ConditionType '{condition['type']}' is not supported for conditional formats.")
        _refuse_elsewhere(book, sheet, condition.get("values", ()))
    else:
        _check_gradient(rule["gradientRule"])
    return sheet


def _check_gradient(gradient: Json) -> None:
    """Raise Refused for a colour scale without both ends; only points that need a value keep one."""
    for name in ("minpoint", "midpoint", "maxpoint"):
        point = gradient.get(name) or {}
        if name == "midpoint" and not point:
            continue
        if not point.get("type"):
            raise invalid("No interpolationPointType specified.")
        if point["type"] in {"MIN", "MAX"}:
            point.pop("value", None)
        elif not point.get("value"):
            raise invalid("InterpolationPoint.value is required.")


def _refuse_elsewhere(book: Book, sheet: Sheet, values: Sequence[Json]) -> None:
    for value in values:
        text = str(value.get("userEnteredValue", ""))
        if text.startswith("=") and any(area.sheet_id != sheet.id for area in areas(text, sheet.id, titles_of(book))):
            raise invalid(ELSEWHERE)


def _banding(book: Book, number: object) -> tuple[Sheet, Json]:
    for sheet in book.sheets:
        for part in sheet.banded_ranges:
            if part["bandedRangeId"] == number:
                return sheet, part
    raise invalid(f"No banded range with ID: {number}")


def _checked_banding(book: Book, banding: Json) -> Json:
    if "range" not in banding:
        raise invalid("bandedRange.range is required.")
    if not banding.get("rowProperties") and not banding.get("columnProperties"):
        raise invalid("A banded range must have rowProperties or columnProperties.")
    sheet, rect = rect_of(book, banding["range"])
    area = Area(sheet.id, rect.top, rect.bottom, rect.left, rect.right)
    if any(area.meets(area_of(other["range"])) for other in sheet.banded_ranges):
        raise invalid(BANDED_TWICE)
    return banding | {"range": grid_range(area)}
