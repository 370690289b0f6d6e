"""Conditions of a ``$filter`` on finished rows: types checked once, then computed row by row.

Truth has three values as OData has it: a comparison with null is true or false, a function of null is null, and a row
stays where the whole is true. Arithmetic without a result (beyond every number, or of no number) gives null.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, localcontext
from typing import Any, Final

from connector.deliver.odata.functions import FUNCTIONS
from connector.deliver.odata.model import EdmType
from connector.deliver.odata.syntax import Binary, Call, Expression, In, Property, Unary
from connector.deliver.odata.tokens import Constant
from connector.errors import NotBuilt, QueryError, quote
from connector.model.table import Cell

Row = Sequence[Cell]
Compute = Callable[[Row], Any]
KINDS: Final[dict[EdmType, str]] = {
    "Edm.String": "text", "Edm.Boolean": "boolean", "Edm.Int32": "number", "Edm.Int64": "number",
    "Edm.Decimal": "number", "Edm.Double": "number", "Edm.Date": "date", "Edm.DateTimeOffset": "moment",
}  # fmt: skip
_DAYS: Final = ("date", "moment")
_ARITHMETIC: Final = ("add", "sub", "mul", "div", "divby", "mod")
_WITHOUT_RESULT: Final = (ArithmeticError, ValueError)


def condition(tree: Expression, places: Mapping[str, tuple[int, EdmType]]) -> Callable[[Row], bool]:
    """Return a condition on rows; ``places`` says in which cell a property stands.

    Raises QueryError for types that do not go together, NotBuilt for functions that are not there.
    """
    kind, compute = _Compiler(places).compiled(tree)
    _need(kind, "boolean")
    return lambda row: compute(row) is True


def check_kinds(tree: Expression, kinds: Mapping[str, EdmType]) -> None:
    """Check a condition as :func:`condition` does, without rows."""
    condition(tree, {name: (0, kind) for name, kind in kinds.items()})


def value_test(tree: Expression, name: str) -> Callable[[Cell], bool | None]:
    """Return what a condition on one text property is for one of its values: true, false or null."""
    _, compute = _Compiler({name: (0, "Edm.String")}).compiled(tree)
    return lambda cell: compute((cell,))


def _need(kind: str, wanted: str) -> None:
    if kind not in (wanted, "null"):
        raise QueryError(
            f"A {wanted} is expected, and a {kind} stands there.",
            place="$filter",
            remedy="Compare like with like: owner eq 'Ana', deals_won gt 5, date ge 2024-01-01.",
        )


class _Compiler:
    def __init__(self, places: Mapping[str, tuple[int, EdmType]]) -> None:
        self._places = places

    def compiled(self, tree: Expression) -> tuple[str, Compute]:
        """Return the kind of an expression's value and what computes it."""
        if isinstance(tree, Constant):
            value = tree.value
            return tree.kind, lambda _row: value
        if isinstance(tree, Property):
            place, kind = self._places[tree.name]
            return KINDS[kind], lambda row: row[place]
        if isinstance(tree, Call):
            return self._call(tree)
        if isinstance(tree, Unary):
            return self._unary(tree)
        if isinstance(tree, In):
            return self._in(tree)
        return self._binary(tree)

    def _unary(self, tree: Unary) -> tuple[str, Compute]:
        kind, part = self.compiled(tree.part)
        if tree.operator == "not":
            _need(kind, "boolean")
            return "boolean", lambda row: None if (value := part(row)) is None else not value
        _need(kind, "number")
        return "number", lambda row: None if (value := part(row)) is None else -value

    def _call(self, tree: Call) -> tuple[str, Compute]:
        function = FUNCTIONS.get(tree.name)
        if function is None:
            raise NotBuilt(
                f"The function {quote(tree.name)} cannot be answered.",
                place="$filter",
                remedy=f"There are {', '.join(FUNCTIONS)}.",
            )
        if not len(function.takes) - function.optional <= len(tree.arguments) <= len(function.takes):
            raise QueryError(
                f"The function {tree.name} does not take {len(tree.arguments)} values.",
                place="$filter",
                remedy=f"It takes {len(function.takes)}.",
            )
        parts = [self.compiled(each) for each in tree.arguments]
        for (kind, _), wanted in zip(parts, function.takes, strict=False):
            _need("day" if kind in _DAYS and wanted == "day" else kind, wanted)
        computes, compute = [part for _, part in parts], function.compute

        def called(row: Row) -> Any:
            values = [part(row) for part in computes]
            if any(value is None for value in values):
                return None
            try:
                return compute(*values)
            except _WITHOUT_RESULT:
                return None

        return function.gives, called

    def _in(self, tree: In) -> tuple[str, Compute]:
        options = [self._compared("eq", tree.part, each)[1] for each in tree.options]
        return "boolean", lambda row: any(option(row) for option in options)

    def _binary(self, tree: Binary) -> tuple[str, Compute]:
        if tree.operator in ("and", "or"):
            return self._joined(tree)
        if tree.operator in _ARITHMETIC:
            return self._computed(tree)
        return self._compared(tree.operator, tree.left, tree.right)

    def _joined(self, tree: Binary) -> tuple[str, Compute]:
        (kind, left), (other, right) = self.compiled(tree.left), self.compiled(tree.right)
        _need(kind, "boolean")
        _need(other, "boolean")
        decides = tree.operator == "or"

        def joined(row: Row) -> Any:
            first = left(row)
            if first is decides:
                return decides
            second = right(row)
            if second is decides:
                return decides
            return None if first is None or second is None else not decides

        return "boolean", joined

    def _computed(self, tree: Binary) -> tuple[str, Compute]:
        (kind, left), (other, right) = self.compiled(tree.left), self.compiled(tree.right)
        _need(kind, "number")
        _need(other, "number")
        operator = tree.operator

        def computed(row: Row) -> Any:
            first, second = left(row), right(row)
            return None if first is None or second is None else _calculated(operator, first, second)

        return "number", computed

    def _compared(self, operator: str, one: Expression, another: Expression) -> tuple[str, Compute]:
        (kind, left), (other, right) = self.compiled(one), self.compiled(another)
        if kind != other and "null" not in (kind, other) and not {kind, other} <= set(_DAYS):
            _need(other, kind)

        def compared(row: Row) -> bool:
            return _holds(operator, left(row), right(row))

        return "boolean", compared


def _holds(operator: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return (left is right) if operator == "eq" else (left is not right) if operator == "ne" else False
    left, right = _alike(left, right)
    if operator == "eq":
        return bool(left == right)
    if operator == "ne":
        return bool(left != right)
    if operator in ("gt", "ge"):
        return bool(left > right if operator == "gt" else left >= right)
    return bool(left < right if operator == "lt" else left <= right)


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Of two numbers one may be inexact, then both are; a day beside a moment is its first moment as it is written."""
    if isinstance(left, float) != isinstance(right, float):
        return _inexact(left), _inexact(right)
    if isinstance(left, datetime) != isinstance(right, datetime) and isinstance(left, date):
        return _written(left), _written(right)
    return left, right


def _inexact(number: Decimal | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def _written(day: date) -> datetime:
    if isinstance(day, datetime):
        return day.replace(tzinfo=UTC)
    return datetime.combine(day, time(), UTC)


def _calculated(operator: str, left: Any, right: Any) -> Any:
    if isinstance(left, float) or isinstance(right, float):
        left, right = _inexact(left), _inexact(right)
    elif operator in ("div", "divby", "mod") and not (
        operator != "divby" and isinstance(left, int) and isinstance(right, int)
    ):
        left, right = Decimal(left), Decimal(right)
    try:
        with localcontext(prec=100):
            return _result(operator, left, right)
    except _WITHOUT_RESULT:
        return None


def _result(operator: str, left: Any, right: Any) -> Any:
    if operator == "add":
        return left + right
    if operator == "sub":
        return left - right
    if operator == "mul":
        return left * right
    if operator == "mod":
        return left - right * _quotient(left, right)
    return _quotient(left, right) if isinstance(left, int) else left / right


def _quotient(left: Any, right: Any) -> Any:
    """Division of whole numbers is cut towards zero, and so is the quotient behind ``mod``."""
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return int(left / right)
