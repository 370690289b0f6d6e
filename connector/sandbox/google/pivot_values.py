"""What a pivot table says of the rows of its source that fall together."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from math import prod

from connector.sandbox.google.grid import Error, Json, Result

Row = tuple[Result, ...]
UNKNOWN = Error("NAME", "Formulas as values of a pivot table are not computed here.")
NO_DATA = Error("DIVIDE_BY_ZERO", "Evaluation of function AVERAGE caused a divide by zero error.")
Numbers = Sequence[float]
OF_NUMBERS: dict[str, Callable[[Numbers], Result]] = {
    "SUM": lambda numbers: _whole(sum(numbers)),
    "COUNT": len,
    "AVERAGE": lambda numbers: _whole(statistics.fmean(numbers)) if numbers else NO_DATA,
    "MAX": lambda numbers: _whole(max(numbers, default=0)),
    "MIN": lambda numbers: _whole(min(numbers, default=0)),
    "MEDIAN": lambda numbers: _whole(statistics.median(numbers)) if numbers else Error("NUM"),
    "PRODUCT": lambda numbers: _whole(prod(numbers)) if numbers else 0,
    "STDEV": lambda numbers: statistics.stdev(numbers) if len(numbers) > 1 else NO_DATA,
    "STDEVP": lambda numbers: statistics.pstdev(numbers) if numbers else NO_DATA,
    "VAR": lambda numbers: statistics.variance(numbers) if len(numbers) > 1 else NO_DATA,
    "VARP": lambda numbers: statistics.pvariance(numbers) if numbers else NO_DATA,
}


def summed(value: Json, rows: list[Row]) -> Result:
    """Return one value of a pivot table over some rows of its source."""
    if "formula" in value or value.get("summarizeFunction") == "CUSTOM":
        return UNKNOWN
    cells = [row[offset(value)] for row in rows]
    function = str(value.get("summarizeFunction", "SUM"))
    filled = [cell for cell in cells if cell is not None]
    if function == "COUNTA":
        return len(filled)
    if function == "COUNTUNIQUE":
        return len(set(filled))
    numbers = [float(cell) for cell in filled if isinstance(cell, int | float) and not isinstance(cell, bool)]
    return OF_NUMBERS.get(function, OF_NUMBERS["SUM"])(numbers)


def shared(figure: Result, value: Json, wholes: dict[str, list[Row]]) -> Result:
    """The figure as a part of its row, its column or everything, where that is asked for."""
    kind = str(value.get("calculatedDisplayType", ""))
    if not kind.startswith("PERCENT_OF_") or not isinstance(figure, int | float):
        return figure
    whole = summed(value, wholes[kind.split("_")[2]])
    return figure / whole if isinstance(whole, int | float) and whole else figure


def offset(part: Json) -> int:
    """Return the column, counted from the first of the source, that a group or value is about."""
    return int(part.get("sourceColumnOffset", 0))


def _whole(number: float) -> Result:
    return int(number) if float(number).is_integer() and abs(number) < 1e15 else number
