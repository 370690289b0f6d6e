"""Cells as OData's JSON format has them.

https://docs.oasis-open.org/odata/odata-json-format/v4.0/odata-json-format-v4.0.html
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, localcontext
from typing import Any, Final

import orjson

from connector.deliver.odata.model import DECIMALS, EdmType
from connector.model.table import Cell

_QUANTUM: Final = Decimal(1).scaleb(-DECIMALS)
_INT64: Final = 2**63


def printable(text: str) -> str:
    """Return a text without the characters that no XML document can hold."""
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)


def encoder(kind: EdmType, *, as_texts: bool) -> Callable[[Cell], Any]:
    """Return what turns a cell into a JSON value; ``as_texts`` is IEEE754Compatible: long numbers become texts."""
    if kind == "Edm.Decimal":
        return decimal_text if as_texts else _decimal
    if kind == "Edm.Int64":
        return _whole_text if as_texts else _whole
    return _ENCODERS.get(kind, _same)


def _same(cell: Cell) -> Any:
    return cell


def _text(cell: Cell) -> Any:
    return cell if cell is None or isinstance(cell, str) else str(cell)


def _decimal(cell: Cell) -> Any:
    text = decimal_text(cell)
    return None if text is None else orjson.Fragment(text)


def _whole(cell: Cell) -> Any:
    if type(cell) is int and -_INT64 <= cell < _INT64:
        return cell
    text = _whole_text(cell)
    return None if text is None else orjson.Fragment(text)


def typed(cell: Cell, kind: EdmType) -> Cell:
    """Return a cell as the value that clients see, for conditions on finished rows and for their order."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    if kind == "Edm.String":
        return None if cell is None else str(cell)
    if kind == "Edm.Decimal":
        text = decimal_text(cell)
        return None if text is None else Decimal(text)
    if kind == "Edm.Int64":
        text = _whole_text(cell)
        return None if text is None else int(text)
    if kind == "Edm.Date" and isinstance(cell, datetime):
        return cell.date()
    return cell


def decimal_text(cell: Cell) -> str | None:
    """Return an amount in digits, exact to six behind the point and without an exponent."""
    if cell is None or isinstance(cell, str | date):
        return None
    text = repr(cell) if isinstance(cell, float) else str(cell)
    if text[-DECIMALS - 1 :].count(".") and text.replace(".", "", 1).lstrip("-").isdigit():
        return text
    number = cell if isinstance(cell, Decimal) else Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    if not number.is_finite():
        return None
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -DECIMALS:
        with localcontext(prec=400):
            number = number.quantize(_QUANTUM)
    return format(number, "f")


def _whole_text(cell: Cell) -> str | None:
    if cell is None or isinstance(cell, str | date) or (isinstance(cell, float) and not math.isfinite(cell)):
        return None
    number = int(cell)
    return str(number) if -_INT64 <= number < _INT64 else None


def _double(cell: Cell) -> Any:
    if isinstance(cell, Decimal):
        return orjson.Fragment(format(cell, "f")) if cell.is_finite() else None
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _day(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        cell = cell.date()
    return cell.isoformat() if isinstance(cell, date) else None


def _moment(cell: Cell) -> Any:
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return None if cell is None else f"{cell}T00:00:00Z"


_ENCODERS: Final[dict[str, Callable[[Cell], Any]]] = {
    "Edm.String": _text, "Edm.Double": _double, "Edm.Date": _day, "Edm.DateTimeOffset": _moment
}  # fmt: skip
