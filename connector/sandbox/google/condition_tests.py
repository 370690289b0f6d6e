"""Conditions of conditional formats, tried on one value (custom formulas are left to the engine)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from connector.sandbox.google.date_text import moment_serial
from connector.sandbox.google.grid import Json, Result


@dataclass(frozen=True, slots=True)
class Ask:
    """What a condition needs beside the value: the present moment, for relative dates."""

    now: datetime | None


def number_of(value: Result) -> float | None:
    """Return a value that is a number; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def holds(condition: Json, value: Result, ask: Ask | None) -> bool:
    """Say whether a condition is true of a value."""
    kind = str(condition.get("type") or "")
    values = condition.get("values") or []
    if kind in ("BLANK", "NOT_BLANK"):
        return (value is None or value == "") == (kind == "BLANK")
    if kind == "BOOLEAN":
        return isinstance(value, bool)
    if kind.startswith(("NUMBER_", "DATE_")):
        number = number_of(value)
        wanted = [_operand(part, ask, is_date=kind.startswith("DATE_")) for part in values]
        if number is None or any(part is None for part in wanted):
            return False
        return _compare(kind, int(number) if kind.startswith("DATE_") else number, [part or 0.0 for part in wanted])
    text = str(value if value is not None else "").casefold()
    given = [str(part.get("userEnteredValue") or "").casefold() for part in values] or [""]
    test = TEXTS.get(kind)
    return test is not None and test(text, given[0])


TEXTS: dict[str, Callable[[str, str], bool]] = {
    "TEXT_CONTAINS": lambda text, part: part in text,
    "TEXT_NOT_CONTAINS": lambda text, part: part not in text,
    "TEXT_STARTS_WITH": lambda text, part: text.startswith(part),
    "TEXT_ENDS_WITH": lambda text, part: text.endswith(part),
    "TEXT_EQ": lambda text, part: text == part,
}


def _compare(kind: str, number: float, wanted: list[float]) -> bool:
    first = wanted[0] if wanted else 0.0
    last = wanted[1] if len(wanted) > 1 else first
    results = {
        "NUMBER_GREATER": number > first,
        "NUMBER_GREATER_THAN_EQ": number >= first,
        "NUMBER_LESS": number < first,
        "NUMBER_LESS_THAN_EQ": number <= first,
        "NUMBER_EQ": number == first,
        "NUMBER_NOT_EQ": number != first,
        "NUMBER_BETWEEN": first <= number <= last,
        "NUMBER_NOT_BETWEEN": not first <= number <= last,
        "DATE_EQ": number == first,
        "DATE_BEFORE": number < first,
        "DATE_AFTER": number > first,
        "DATE_ON_OR_BEFORE": number <= first,
        "DATE_ON_OR_AFTER": number >= first,
        "DATE_BETWEEN": first <= number <= last,
    }
    return results.get(kind, False)


def _operand(part: Json, ask: Ask | None, *, is_date: bool) -> float | None:
    if part.get("relativeDate") and ask is not None and ask.now is not None:
        back = {"PAST_YEAR": 365, "PAST_MONTH": 30, "PAST_WEEK": 7, "YESTERDAY": 1, "TODAY": 0, "TOMORROW": -1}
        then = ask.now - timedelta(days=back.get(part["relativeDate"], 0))
        return float(int(moment_serial(then.replace(tzinfo=None))))
    text = str(part.get("userEnteredValue") or "").removeprefix("=")
    try:
        return float(text)
    except ValueError:
        pass
    if not is_date:
        return None
    try:
        return float(int(moment_serial(datetime.fromisoformat(text))))
    except ValueError:
        return None
