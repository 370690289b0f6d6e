"""Filters of Looker Studio as conditions of a query: all of them, or none.

An outer list whose parts must all hold, of lists of which one must. What a condition is compared with is what a person
sees in the chart: for listed values their labels, for time values their written form.
https://developers.google.com/data-studio/connector/filters
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from connector.deliver.looker.fields import Field
from connector.deliver.looker.values import filter_value
from connector.errors import QueryError, quote
from connector.metrics.definitions import DimensionDefinition
from connector.metrics.dimension import band_label
from connector.model.filters import ARITY, AllOf, AnyOf, Condition, Filter, Operator
from connector.model.query import Language

LookerOperator = Literal[
    "EQUALS", "CONTAINS", "REGEXP_PARTIAL_MATCH", "REGEXP_EXACT_MATCH", "IN_LIST", "IS_NULL", "BETWEEN",
    "NUMERIC_GREATER_THAN", "NUMERIC_GREATER_THAN_OR_EQUAL", "NUMERIC_LESS_THAN", "NUMERIC_LESS_THAN_OR_EQUAL",
]  # fmt: skip
OPERATORS: Final[dict[LookerOperator, Operator]] = {
    "EQUALS": "equals", "CONTAINS": "regexp_partial", "REGEXP_PARTIAL_MATCH": "regexp_partial",
    "REGEXP_EXACT_MATCH": "regexp_exact", "IN_LIST": "in_list", "IS_NULL": "is_null", "BETWEEN": "between",
    "NUMERIC_GREATER_THAN": "greater", "NUMERIC_GREATER_THAN_OR_EQUAL": "greater_or_equal",
    "NUMERIC_LESS_THAN": "less", "NUMERIC_LESS_THAN_OR_EQUAL": "less_or_equal",
}  # fmt: skip
"""``CONTAINS`` respects case in Looker Studio, so it becomes a pattern in which nothing has a meaning of its own."""
MOST_FILTERS: Final = 200
MOST_VALUES: Final = 10_000
LONGEST_VALUE: Final = 1_000
_SPECIAL = re.compile(r"([\\.+*?()|\[\]{}^$])")


@dataclass(frozen=True, slots=True)
class LookerFilter:
    """One condition as Looker Studio sends it. Values are always texts."""

    field: str
    operator: LookerOperator
    values: tuple[str, ...] = ()
    is_exclude: bool = False


def filter_tree(
    filters: Sequence[Sequence[LookerFilter]], fields: dict[str, Field],
    known: dict[str, DimensionDefinition], columns: dict[str, str], language: Language, week_start: int = 0,
) -> Filter:  # fmt: skip
    """Return the filters as a tree over dimensions. ``week_start``: days from Monday to the first day of a week.

    Raises QueryError where a condition cannot be applied exactly: on a field that the source lacks or that is no
    dimension of the data, with too many or unfitting values.
    """
    count = sum(len(group) for group in filters)
    if count > MOST_FILTERS:
        raise QueryError(
            f"The chart has {count} filter conditions; {MOST_FILTERS} are possible.",
            place="filters",
            remedy="Use fewer, or one condition with a list of values.",
        )
    reader = _Conditions(fields, known, columns, language, week_start)
    return AllOf(tuple(AnyOf(tuple(map(reader.condition, group))) for group in filters if group))


@dataclass(frozen=True, slots=True)
class _Conditions:
    fields: dict[str, Field]
    known: dict[str, DimensionDefinition]
    columns: dict[str, str]
    language: Language
    week_start: int

    def condition(self, given: LookerFilter) -> Filter:
        field = self.fields.get(given.field)
        if field is None or field.concept != "DIMENSION" or given.field.startswith("puente_"):
            raise QueryError(
                f"There is no dimension {quote(given.field)} to filter by.",
                place="filters",
                remedy="Refresh the fields of the data source, or remove the filter.",
            )
        _check_values(given)
        operator = OPERATORS[given.operator]
        name = self.columns.get(given.field, given.field)
        values = tuple(filter_value(field.type, value, self.week_start) for value in given.values)
        if given.operator == "CONTAINS":
            values = tuple(_SPECIAL.sub(r"\\\1", value) for value in given.values)
        condition = Condition(name, operator, values if operator != "is_null" else (), given.is_exclude)
        labels = self._labels(given.field)
        if operator in ("regexp_partial", "regexp_exact"):
            _check_pattern_fits(field, given)
            _matches(condition, "")
            return self._by_label(condition, labels) if labels else condition
        if field.type == "DAY_OF_WEEK" and operator not in ("equals", "in_list", "is_null"):
            raise _unfit(given)
        return condition

    def _labels(self, name: str) -> dict[str, str]:
        """Return the keys of listed values and of bands, as filters name them, with the labels that are shown."""
        dimension = self.known.get(name)
        if dimension is None:
            return {}
        if dimension.edges:
            bands = [band_label(band, dimension.edges) for band in range(len(dimension.edges) + 1)]
            return dict(zip(bands, bands, strict=True))
        return {key: texts[self.language] for key, texts in (dimension.values or {}).items()}

    @staticmethod
    def _by_label(condition: Condition, labels: dict[str, str]) -> Filter:
        """A pattern is for the labels that are shown; values without one are shown as they are."""
        matched = tuple(key for key, text in labels.items() if _matches(condition, text))
        listed = Condition(condition.field, "in_list", tuple(labels), exclude=True)
        shown: Filter = AllOf((replace(condition, exclude=False), listed))
        found: Filter = AnyOf((Condition(condition.field, "in_list", matched), shown)) if matched else shown
        return _negated(found) if condition.exclude else found


def _negated(tree: Filter) -> Filter:
    if isinstance(tree, Condition):
        return replace(tree, exclude=not tree.exclude)
    parts = tuple(_negated(part) for part in tree.parts)
    return AnyOf(parts) if isinstance(tree, AllOf) else AllOf(parts)


def _matches(condition: Condition, text: str) -> bool:
    """Match a label with the engine that matches the rows: RE2."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only patterns need it
    import pyarrow.compute as pc  # noqa: PLC0415

    pattern = condition.values[0]
    pattern = pattern if condition.operator == "regexp_partial" else f"^(?:{pattern})$"
    try:
        return bool(pc.match_substring_regex(pa.array([text]), pattern=pattern)[0].as_py())
    except (pa.ArrowInvalid, ValueError):
        raise QueryError(f"{quote(condition.values[0])} is no pattern.", remedy="Correct the expression.") from None


def _check_pattern_fits(field: Field, given: LookerFilter) -> None:
    """Times are shown in another form than they are stored in, so no pattern can be put to the stored form."""
    if field.type not in ("TEXT", "NUMBER", "BOOLEAN"):
        raise _unfit(given)


def _unfit(given: LookerFilter) -> QueryError:
    return QueryError(
        f"{given.operator} does not fit {quote(given.field)}.", place="filters", remedy="Choose another condition."
    )


def _check_values(given: LookerFilter) -> None:
    least, most = ARITY[OPERATORS[given.operator]]
    if given.operator != "IS_NULL" and not least <= len(given.values) <= min(most, MOST_VALUES):
        raise QueryError(
            f"{given.operator} on {quote(given.field)} takes {least} to {min(most, MOST_VALUES)} values.",
            place="filters",
            remedy="Check the filter of the chart.",
        )
    if any(len(value) > LONGEST_VALUE for value in given.values):
        raise QueryError(
            f"A value of the filter on {quote(given.field)} is longer than {LONGEST_VALUE} characters.",
            place="filters",
            remedy="Use a shorter one.",
        )
