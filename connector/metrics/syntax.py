"""The syntax tree of formulas. Definitions in ``looker_schemas/`` and formulas typed by users share it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Literal

MomentName = Literal["as_of", "now", "period_start", "period_end", "today", "first_day", "last_day", "report_date"]


@dataclass(frozen=True, slots=True)
class Node:
    """Any part of a formula. ``position`` is the character it was written at, 0 when it was made by us."""

    position: int = field(default=0, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number as written; kept as text so that no digit is lost."""

    text: str


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A quoted text."""

    value: str


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """TRUE, FALSE or NULL."""

    value: bool | None


@dataclass(frozen=True, slots=True)
class Moment(Node):
    """A time of the request: as_of, now, period_start, period_end (instants); today, first_day, ... (dates)."""

    name: MomentName


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """``$name``: a parameter of the request."""

    name: str


@dataclass(frozen=True, slots=True)
class ColumnRef(Node):
    """``entity.column`` or ``entity.custom.name``."""

    entity: str
    column: str
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``left op right`` with op one of + - * / = <> < <= > >= AND OR."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Negation(Node):
    """``-part`` or ``NOT part``."""

    op: Literal["-", "NOT"]
    part: Node


@dataclass(frozen=True, slots=True)
class IsNull(Node):
    part: Node
    negated: bool


@dataclass(frozen=True, slots=True)
class InList(Node):
    part: Node
    options: tuple[Node, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class InPeriod(Node):
    """``moment IN period``: the time anchor of the aggregate it stands in, a column or a row expression."""

    part: Node


@dataclass(frozen=True, slots=True)
class Exists(Node):
    """``EXISTS(entity WHERE condition)``: some row of another entity is tied to this row."""

    entity: str
    where: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function on one row (days, seconds, local_date, COALESCE ...) or on finished figures (GREATEST ...)."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Aggregate(Node):
    """SUM, COUNT, AVG, MIN, MAX, MEDIAN, QUANTILE over rows of one entity; COUNT without arguments counts rows."""

    function: str
    arguments: tuple[Node, ...]
    where: Node | None
    distinct: bool = False
    entity: str = ""


@dataclass(frozen=True, slots=True)
class MetricRef(Node):
    """``@metric``, or ``@metric(comparison)`` for its value in the comparison period.

    ``by_parameter``: ``@$name``, the metric that the parameter ``name`` names. ``given``: parameters set for it,
    written ``@metric[$name = 'text']``.
    """

    metric: str
    comparison: bool = False
    by_parameter: bool = False
    given: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Total(Node):
    """``TOTAL(x)``: x over all rows left after rights and filters, before the row split."""

    part: Node


@dataclass(frozen=True, slots=True)
class Leaf(Node):
    """An aggregate placed in time and scope by the planner; never written by hand."""

    aggregate: Aggregate
    comparison: bool = False
    total: bool = False
    history: bool = False


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending += reversed(_children(found))


def own_parts(node: Node) -> Iterator[Node]:
    """Yield a node and everything below it that is said of its own row: what stands inside an EXISTS is not."""
    pending = [node]
    while pending:
        found = pending.pop()
        yield found
        pending += [] if isinstance(found, Exists) else reversed(_children(found))


def _children(node: Node) -> list[Node]:
    """Nodes right below a node, in the order they are written."""
    below: list[Node] = []
    for name in _field_names(node):
        value = getattr(node, name)
        below += [part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, Node)]
    return below


_FIELDS: dict[type, tuple[str, ...]] = {}
"""Names of the fields of each kind of node; asking dataclasses each time would cost most of a walk."""


def _field_names(node: Node) -> tuple[str, ...]:
    kind = type(node)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(each.name for each in fields(node))
    return _FIELDS[kind]


def alternatives(node: Exists) -> list[tuple[Node, ...]]:
    """Return the condition of an EXISTS as alternatives, each a list of parts that must all hold.

    An OR is taken apart where it holds columns of the row outside, so that each alternative can be tied to that row
    by an equality and be answered by a hash join.
    """
    found: list[tuple[Node, ...]] = [()]
    for part in conjuncts(node.where):
        options: tuple[Node, ...] = (part,)
        if any(isinstance(inner, ColumnRef) and inner.entity != node.entity for inner in walk(part)):
            options = _disjuncts(part)
        found = [(*held, *conjuncts(option)) for held in found for option in options]
    return found


def _disjuncts(node: Node) -> tuple[Node, ...]:
    if isinstance(node, Binary) and node.op == "OR":
        return _disjuncts(node.left) + _disjuncts(node.right)
    return (node,)


def conjuncts(node: Node | None) -> tuple[Node, ...]:
    """Split a condition at its outermost ANDs."""
    if node is None:
        return ()
    if isinstance(node, Binary) and node.op == "AND":
        return conjuncts(node.left) + conjuncts(node.right)
    return (node,)
