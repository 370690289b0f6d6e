"""What Google asks of a pivot table beyond the shape of the request, in its words and its order."""

from __future__ import annotations

from connector.sandbox.google.grid import Json
from connector.sandbox.google.refusals import invalid

WITH_FORMULA = ("SUM", "CUSTOM")


def check_pivot(pivot: Json) -> None:
    """Raise Refused for a pivot table that Google would not take.

    A column beyond the source is none of it, nor is a place within the source: those come to an error in the cell.
    """
    if not any(pivot.get(name) for name in ("source", "dataSourceId")):
        raise invalid("At least one source data must be specified")
    groups = [*pivot.get("rows", ()), *pivot.get("columns", ())]
    if any(group.get("sortOrder") in {None, "SORT_ORDER_UNSPECIFIED"} for group in groups):
        raise invalid("No sort order specified.")
    for value in pivot.get("values", ()):
        _check_value(value)
    for group in groups:
        _check_steps((group.get("groupRule") or {}).get("histogramRule"))


def _check_value(value: Json) -> None:
    function = value.get("summarizeFunction")
    if function in {None, "PIVOT_STANDARD_VALUE_FUNCTION_UNSPECIFIED"}:
        raise invalid("No PivotValue.summarizeFunction specified.")
    if value.get("formula") and function not in WITH_FORMULA:
        only = 'Only "CUSTOM" or "SUM" are valid if PivotValue.calculatedField is set.'
        raise invalid(f"Invalid summarizeFunction: {function}. {only}")
    if not value.get("formula") and function == "CUSTOM":
        place = "PivotValue.summarizeFunction unless PivotValue.calculatedField is set."
        raise invalid(f'"CUSTOM" may not be used in {place}')


def _check_steps(rule: Json | None) -> None:
    if rule is None:
        return
    if (rule.get("interval") or 0) <= 0:
        raise invalid("Histogram group rules require a positive value for interval.")
    if None not in {rule.get("start"), rule.get("end")} and rule["start"] >= rule["end"]:
        raise invalid("Start must be less than end.")
