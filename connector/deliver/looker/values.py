"""Cells as Looker Studio reads them, and the values of its filters read back.

Formats are those of FieldType: https://developers.google.com/apps-script/reference/data-studio/field-type. A missing
number and a missing text are null: an empty text would be a value, a zero a lie.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import NoneType
from typing import Final
from zoneinfo import ZoneInfo

from connector.errors import QueryError, quote
from connector.model.table import Cell

Value = str | int | float | bool | None
_FIRST_DAYS: Final = {
    "YEAR_MONTH_DAY": re.compile(r"(\d{4})(\d\d)(\d\d)"),
    "YEAR_MONTH": re.compile(r"(\d{4})(\d\d)"),
    "YEAR": re.compile(r"(\d{4})"),
}


def encoder(kind: str, time_zone: str = "UTC") -> Callable[[Cell], Value]:
    """Return what turns a cell into a value of the field type ``kind``; instants are shown in ``time_zone``."""
    zone = ZoneInfo(time_zone)

    def moment(cell: Cell) -> Value:
        if isinstance(cell, datetime):
            cell = cell.astimezone(zone)
        return _moment(cell, kind) if isinstance(cell, date) else _plain(cell)

    if kind == "DAY_OF_WEEK":
        return lambda cell: None if cell is None else str(int(str(cell)) % 7)  # ours counts Monday 1 to Sunday 7
    if kind == "HOUR":
        return lambda cell: None if cell is None else f"{int(str(cell)):02}"
    if kind == "DURATION":
        return lambda cell: None if (found := _plain(cell)) is None else str(found)
    if kind == "TEXT":
        return lambda cell: None if cell is None else str(cell)
    return moment


def column_encoder(kind: str, time_zone: str = "UTC") -> Callable[[Sequence[Cell]], Iterable[Value]]:
    """Return what turns a column of cells into values of the field type ``kind``, as :func:`encoder` does each cell.

    Most columns hold cells of one type that all become values alike; of others each different cell is turned once.
    """
    encode = encoder(kind, time_zone)
    is_figure = kind in ("NUMBER", "PERCENT") or kind.startswith("CURRENCY_")

    def values(cells: Sequence[Cell]) -> Iterable[Value]:
        types = set(map(type, cells))
        if (is_figure and types <= {int, NoneType}) or (kind == "TEXT" and types <= {str, NoneType}):
            return cells  # type: ignore[return-value]
        if is_figure and types == {Decimal}:
            return map(float, cells)  # type: ignore[arg-type]
        if is_figure and types == {float} and all(map(math.isfinite, cells)):  # type: ignore[arg-type]
            return cells  # type: ignore[return-value]
        if is_figure or len(types - {NoneType}) > 1:
            return map(encode, cells)
        known = {cell: encode(cell) for cell in set(cells)}
        return map(known.__getitem__, cells)

    return values


def _plain(cell: Cell) -> Value:
    if isinstance(cell, Decimal):
        cell = float(cell)
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    return cell if cell is None or isinstance(cell, str | int) else str(cell)


def _moment(day: date, kind: str) -> str:
    if kind == "YEAR_WEEK":
        year, week, _ = day.isocalendar() if day.weekday() < 4 else _later(day).isocalendar()
        return f"{year:04}{week:02}"
    if kind == "YEAR_QUARTER":
        return f"{day.year:04}{(day.month + 2) // 3}"
    written = f"{day.year:04}{day.month:02}{day.day:02}"
    if kind == "YEAR_MONTH_DAY_SECOND":
        return written + (f"{day:%H%M%S}" if isinstance(day, datetime) else "000000")
    return written[: {"YEAR": 4, "YEAR_MONTH": 6}.get(kind, 8)]


def _later(day: date) -> date:
    """A week that begins on Saturday or Sunday is called by the ISO week that most of it lies in."""
    return date.fromordinal(min(day.toordinal() + 3, date.max.toordinal()))


def filter_value(kind: str, text: str, week_start: int = 0) -> str:
    """Return a filter's value as queries have it: the first day of what a time value names, else the text itself.

    ``week_start``: days from Monday to the first day of a week, 6 for Sunday.

    Raises QueryError for a text that is no value of the field type.
    """
    if kind in _FIRST_DAYS:
        found = _FIRST_DAYS[kind].fullmatch(text.replace("-", ""))
        parts = [int(part) for part in found.groups()] if found else []
        try:
            return date(*[*parts, 1, 1][:3]).isoformat()
        except (ValueError, TypeError):
            raise _no_value(kind, text) from None
    if kind == "YEAR_QUARTER" and (found := re.fullmatch(r"(\d{4})([1-4])", text)):
        return date(int(found[1]), int(found[2]) * 3 - 2, 1).isoformat()
    if kind == "YEAR_WEEK" and (found := re.fullmatch(r"(\d{4})(\d\d)", text)):
        try:
            monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
            return (monday + timedelta(days=week_start - 7 if week_start > 3 else week_start)).isoformat()
        except (ValueError, OverflowError):
            raise _no_value(kind, text) from None
    if kind == "DAY_OF_WEEK" and re.fullmatch("[0-6]", text):
        return text if text != "0" else "7"
    if kind == "HOUR" and re.fullmatch(r"\d\d?", text):
        return str(int(text))
    if kind in ("YEAR_QUARTER", "YEAR_WEEK", "DAY_OF_WEEK", "HOUR"):
        raise _no_value(kind, text)
    return text


def _no_value(kind: str, text: str) -> QueryError:
    return QueryError(f"{quote(text)} in a filter is no {kind}.", remedy="Choose a value that the field has.")
