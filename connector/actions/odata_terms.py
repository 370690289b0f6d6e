"""Conditions on dimensions as conditions of a query, exact in OData's sense, null included."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from connector.deliver.odata.model import EdmType
from connector.deliver.odata.syntax import (
    COMPARISONS,
    MIRRORED,
    Binary,
    Call,
    Comparison,
    Expression,
    In,
    Property,
    Unary,
    walk,
)
from connector.deliver.odata.tokens import Constant
from connector.errors import QueryError
from connector.model.filters import AllOf, AnyOf, Condition, Filter, Operator
from connector.model.table import Cell

LONGEST_TEXT: Final = 1_000
MOST_OPTIONS: Final = 10_000
LAST_YEAR: Final = 9998
_DAY: Final = timedelta(days=1)
_SIGNS: Final[dict[Comparison, Operator]] = {
    "gt": "greater", "ge": "greater_or_equal", "lt": "less", "le": "less_or_equal"
}  # fmt: skip
_TEXT_TESTS: Final = {"contains": "{}", "startswith": "^{}", "endswith": "{}$"}
_SPECIAL: Final = re.compile(r"([\\.+*?()|\[\]{}^$])")
NOTHING: Final = AnyOf()
EVERYTHING: Final = AllOf()

Labels = tuple[dict[str, str], bool]
ValueTest = Callable[[Expression, str], Callable[[Cell], bool | None]]


class _Untranslatable(Exception):
    """A condition that no condition of a query is."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Translates conditions. ``names``: property to the query's name; ``labels``: property to its listed values."""

    names: Mapping[str, str]
    kinds: Mapping[str, EdmType]
    labels: Mapping[str, Labels]
    test: ValueTest

    def filter(self, tree: Expression) -> Filter | None:
        """Return the rows for which a condition is true; None where no query can say that."""
        try:
            return self._when(tree, wanted=True)
        except _Untranslatable:
            return None

    def _when(self, tree: Expression, *, wanted: bool) -> Filter:
        """Rows for which a condition is true, or those for which it is false; neither holds those where it is null."""
        if isinstance(tree, Unary) and tree.operator == "not":
            return self._when(tree.part, wanted=not wanted)
        if isinstance(tree, Binary) and tree.operator in ("and", "or"):
            parts = (self._when(tree.left, wanted=wanted), self._when(tree.right, wanted=wanted))
            return AllOf(parts) if (tree.operator == "and") == wanted else AnyOf(parts)
        if isinstance(tree, Constant):
            return EVERYTHING if tree.value is wanted else NOTHING
        named = {part.name for part in walk(tree) if isinstance(part, Property)}
        (name,) = named if len(named) == 1 else ("",)
        if not name:
            raise _Untranslatable
        if self.labels[name][0]:
            return self._listed(tree, name, wanted=wanted)
        return self._plain(tree, wanted=wanted)

    def _listed(self, tree: Expression, name: str, *, wanted: bool) -> Filter:
        """Listed values are compared as they are shown, by their labels; those without one are shown as they are."""
        labels, are_all = self.labels[name]
        test = self.test(tree, name)
        field = self.names[name]
        matched = tuple(key for key, label in labels.items() if test(label) is wanted)
        parts: list[Filter] = [Condition(field, "in_list", matched)] if matched else []
        if test(None) is wanted:
            parts.append(Condition(field, "is_null"))
        if not are_all:
            others = (
                Condition(field, "in_list", tuple(labels), exclude=True),
                Condition(field, "is_null", exclude=True),
            )
            parts.append(AllOf((self._plain(tree, wanted=wanted), *others)))
        return AnyOf(tuple(parts))

    def _plain(self, tree: Expression, *, wanted: bool) -> Filter:
        if isinstance(tree, In):
            return self._in(tree, wanted=wanted)
        if isinstance(tree, Call):
            return self._text_test(tree, wanted=wanted)
        if isinstance(tree, Property):
            return self._compared("eq", tree, Constant("boolean", True), wanted=wanted)
        if isinstance(tree, Binary) and tree.operator in COMPARISONS:
            return self._comparison(tree, COMPARISONS[tree.operator], wanted=wanted)
        raise _Untranslatable

    def _comparison(self, tree: Binary, operator: Comparison, *, wanted: bool) -> Filter:
        left, right = tree.left, tree.right
        if _constant(left) is not None:
            left, right, operator = right, left, MIRRORED[operator]
        constant = _constant(right)
        if constant is None:
            raise _Untranslatable
        if isinstance(left, Property):
            return self._compared(operator, left, constant, wanted=wanted)
        if isinstance(left, Call) and len(left.arguments) == 1 and isinstance(left.arguments[0], Property):
            return self._of_call(left.name, left.arguments[0], operator, constant, wanted=wanted)
        raise _Untranslatable

    def _compared(self, operator: Comparison, left: Property, constant: Constant, *, wanted: bool) -> Filter:
        field = self.names[left.name]
        if constant.value is None:
            if operator not in ("eq", "ne"):
                return NOTHING if wanted else EVERYTHING
            return Condition(field, "is_null", exclude=(operator == "ne") == wanted)
        if operator == "ne":
            operator, wanted = "eq", not wanted
        if constant.kind in ("date", "moment"):
            return self._of_day(field, operator, constant, wanted=wanted)
        if operator != "eq" and constant.kind != "number":
            raise _Untranslatable
        return Condition(field, "equals" if operator == "eq" else _SIGNS[operator], (_text(constant),), not wanted)

    @staticmethod
    def _of_day(field: str, operator: Comparison, constant: Constant, *, wanted: bool) -> Filter:
        first, last = _bounds(operator, constant)
        parts: list[Filter] = []
        parts += [Condition(field, "greater_or_equal", (first.isoformat(),))] if first is not None else []
        parts += [Condition(field, "less_or_equal", (last.isoformat(),))] if last is not None else []
        if first is not None and last is not None:
            parts = [Condition(field, "between", (first.isoformat(), last.isoformat()))] if first <= last else [NOTHING]
        (part,) = parts
        if isinstance(part, Condition):
            return Condition(field, part.operator, part.values, not wanted)
        return part if wanted else EVERYTHING

    def _of_call(
        self, function: str, part: Property, operator: Comparison, constant: Constant, *, wanted: bool
    ) -> Filter:
        field = self.names[part.name]
        if function == "date" and constant.kind == "date":
            return self._compared(operator, part, constant, wanted=wanted)
        if function in ("tolower", "toupper") and operator in ("eq", "ne") and isinstance(constant.value, str):
            wanted = wanted == (operator == "eq")
            if constant.value != (constant.value.lower() if function == "tolower" else constant.value.upper()):
                return NOTHING if wanted else EVERYTHING
            pattern = f"(?i){_literal(constant.value)}"
            return Condition(field, "regexp_exact", (pattern,), not wanted)
        if function == "year" and isinstance(constant.value, int) and 1 < constant.value <= LAST_YEAR:
            return self._of_year(field, operator, constant.value, wanted=wanted)
        raise _Untranslatable

    @staticmethod
    def _of_year(field: str, operator: Comparison, year: int, *, wanted: bool) -> Filter:
        first, last = date(year, 1, 1).isoformat(), date(year, 12, 31).isoformat()
        if operator in ("eq", "ne"):
            return Condition(field, "between", (first, last), wanted == (operator == "ne"))
        bound = {"gt": last, "ge": first, "lt": first, "le": last}[operator]
        return Condition(field, _SIGNS[operator], (bound,), not wanted)

    def _in(self, tree: In, *, wanted: bool) -> Filter:
        if not isinstance(tree.part, Property):
            raise _Untranslatable
        constants = [_constant(option) for option in tree.options]
        if any(each is None for each in constants):
            raise _Untranslatable
        known = [each for each in constants if each is not None]
        if any(each.kind in ("date", "moment") for each in known):
            parts = tuple(self._compared("eq", tree.part, each, wanted=wanted) for each in known)
            return AnyOf(parts) if wanted else AllOf(parts)
        if len(known) > MOST_OPTIONS:
            raise _too_long()
        texts = tuple(_text(each) for each in known if each.value is not None)
        field = self.names[tree.part.name]
        parts = (Condition(field, "in_list", texts, not wanted),) if texts else ()
        if len(texts) < len(known):
            parts = (*parts, Condition(field, "is_null", exclude=not wanted))
        return AnyOf(parts) if wanted else AllOf(parts)

    def _text_test(self, tree: Call, *, wanted: bool) -> Filter:
        """Case counts in OData; ``contains(tolower(x),'a')`` is how a client leaves it out. A test of null is null."""
        pattern = _TEXT_TESTS.get(tree.name)
        if pattern is None or len(tree.arguments) != 2:
            raise _Untranslatable
        part, constant = tree.arguments[0], _constant(tree.arguments[1])
        if constant is None or not isinstance(constant.value, str):
            raise _Untranslatable
        text, flags, can_match = constant.value, "(?s)", True
        if isinstance(part, Call) and part.name in ("tolower", "toupper") and len(part.arguments) == 1:
            can_match = text == (text.lower() if part.name == "tolower" else text.upper())
            part, flags = part.arguments[0], "(?si)"
        if not isinstance(part, Property) or self.kinds[self.names[part.name]] != "Edm.String":
            raise _Untranslatable
        field = self.names[part.name]
        filled = Condition(field, "is_null", exclude=True)
        if not can_match:
            return NOTHING if wanted else filled
        match = Condition(field, "regexp_partial", (flags + pattern.format(_literal(text)),), not wanted)
        return match if wanted else AllOf((match, filled))


def day_bounds(tree: Expression) -> tuple[date | None, date | None] | None:
    """Return the first and last day that a comparison of one property with a day leaves; None for anything else."""
    if not isinstance(tree, Binary) or tree.operator not in COMPARISONS or tree.operator == "ne":
        return None
    left, right, operator = tree.left, tree.right, COMPARISONS[tree.operator]
    if isinstance(left, Constant):
        left, right, operator = right, left, MIRRORED[operator]
    function = left.name if isinstance(left, Call) and len(left.arguments) == 1 else ""
    if isinstance(left, Call) and function in ("date", "year"):
        left = left.arguments[0]
    if not (isinstance(left, Property) and isinstance(right, Constant)):
        return None
    if function == "year" and isinstance(right.value, int) and 1 < right.value <= LAST_YEAR:
        first, last = date(right.value, 1, 1), date(right.value, 12, 31)
        bounds = {
            "eq": (first, last),
            "ge": (first, None),
            "le": (None, last),
            "lt": (None, first - _DAY),
            "gt": (last + _DAY, None),
        }
        return bounds[operator]
    return _bounds(operator, right) if function != "year" and right.kind in ("date", "moment") else None


def _bounds(operator: Comparison, constant: Constant) -> tuple[date | None, date | None]:
    """Return the days that are eq, gt ... a day or a moment as it is written; the first after the last for none."""
    value = constant.value
    assert isinstance(value, date)
    day = value.date() if isinstance(value, datetime) else value
    is_start = (
        not isinstance(value, datetime) or (value.hour, value.minute, value.second, value.microsecond) == (0,) * 4
    )
    before = day - _DAY if day > date.min else day
    after = day + _DAY if day < date.max else day
    if operator == "eq":
        return (day, day) if is_start else (after, before)
    if operator in ("gt", "ge"):
        return (day if is_start and operator == "ge" else after), None
    return None, (before if is_start and operator == "lt" else day)


def _constant(tree: Expression) -> Constant | None:
    if isinstance(tree, Unary) and tree.operator == "-" and isinstance(tree.part, Constant):
        value = tree.part.value
        if not isinstance(value, bool | str | date) and hasattr(value, "__neg__"):
            return Constant(tree.part.kind, -value)  # type: ignore[operator]
    return tree if isinstance(tree, Constant) else None


def _text(constant: Constant) -> str:
    value = constant.value
    if isinstance(value, Decimal) and value == value.to_integral_value():
        value = int(value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > LONGEST_TEXT:
        raise _too_long()
    return text


def _literal(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        raise _too_long()
    return _SPECIAL.sub(r"\\\1", text)


def _too_long() -> QueryError:
    return QueryError(
        f"A text of the filter is longer than {LONGEST_TEXT} characters, or a list longer than {MOST_OPTIONS}.",
        place="$filter",
        remedy="Use a shorter one.",
    )
