"""The filter tree of a query: conditions on dimensions joined by and / or, each of them negatable.

The operators are those of Looker Studio, so one tree serves the command line, the API, templates and
the Looker endpoint.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Operator = Literal[
    "equals", "in_list", "contains", "starts_with", "regexp_partial", "regexp_exact", "is_null",
    "between", "greater", "greater_or_equal", "less", "less_or_equal",
]  # fmt: skip

ARITY: Final[dict[Operator, tuple[int, int]]] = {
    "equals": (1, 1), "in_list": (1, 10_000), "contains": (1, 1), "starts_with": (1, 1),
    "regexp_partial": (1, 1), "regexp_exact": (1, 1), "is_null": (0, 0), "between": (2, 2),
    "greater": (1, 1), "greater_or_equal": (1, 1), "less": (1, 1), "less_or_equal": (1, 1),
}  # fmt: skip
"""Least and most values each operator takes."""


@dataclass(frozen=True, slots=True)
class Condition:
    """``field`` is a dimension id, or a metric id for a condition on the finished rows.

    ``exclude`` keeps the rows that do not match, those without a value included.
    """

    field: str
    operator: Operator
    values: tuple[str, ...] = ()
    exclude: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds. An empty tree lets everything pass."""

    parts: tuple[Filter, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Filter, ...] = ()


Filter = Condition | AllOf | AnyOf


def top_level(tree: Filter) -> Iterator[Filter]:
    """Yield the parts of a tree that must all hold, however deep its ANDs are nested."""
    if not isinstance(tree, AllOf):
        yield tree
        return
    for part in tree.parts:
        yield from top_level(part)


def conditions(tree: Filter) -> Iterator[Condition]:
    """Yield every condition of a tree, left to right."""
    if isinstance(tree, Condition):
        yield tree
        return
    for part in tree.parts:
        yield from conditions(part)
