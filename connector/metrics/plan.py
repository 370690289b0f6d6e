"""Turns the metrics of a query into aggregates placed in time and scope, grouped by the rows they read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from connector.errors import QueryError, quote
from connector.metrics.basis import as_recorded
from connector.metrics.definitions import Catalogue, MetricDefinition
from connector.metrics.formula import parse_formula
from connector.metrics.kinds import check_kinds
from connector.metrics.parameters import METRIC, chosen, known_parameters, with_values
from connector.metrics.relation import anchor_of, is_stock
from connector.metrics.syntax import (
    Aggregate,
    Binary,
    Call,
    Constant,
    InList,
    IsNull,
    Leaf,
    MetricRef,
    Negation,
    Node,
    Number,
    Parameter,
    Total,
    walk,
)
from connector.model.query import LANGUAGES
from connector.model.table import Unit

MAX_REFERENCES = 30
_TAKEN = re.compile(r"[klom]\d+", re.IGNORECASE)
"""Names of columns inside a statement."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One metric column of the answer: its definition and its formula over leaves."""

    definition: MetricDefinition
    formula: Node
    compared: Node | None
    """The same figure in the comparison period."""
    small_base: Node | None
    """The denominator, when it counts something (rule E16)."""


@dataclass(frozen=True, slots=True)
class GroupKey:
    """Leaves with one key read the same rows, so they share one pass."""

    entity: str
    anchor: Node | None
    stock: bool
    history: bool
    comparison: bool
    total: bool


@dataclass
class Plan:
    metrics: list[Planned] = field(default_factory=list)
    groups: dict[GroupKey, list[Leaf]] = field(default_factory=dict)
    users: dict[Leaf, str] = field(default_factory=dict)
    """Metric that first asked for a leaf; named in errors."""

    def add(self, leaf: Leaf, metric: str) -> None:
        anchor = anchor_of(leaf.aggregate)
        key = GroupKey(leaf.aggregate.entity, anchor, is_stock(leaf), leaf.history, leaf.comparison, leaf.total)
        leaves = self.groups.setdefault(key, [])
        if leaf not in leaves:
            leaves.append(leaf)
            self.users[leaf] = metric


@dataclass(frozen=True, slots=True)
class _Place:
    comparison: bool = False
    total: bool = False
    history: bool = False
    trail: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    """Those of ``parameters`` that a formula sets itself: they are written into what is read."""


def expand(node: Node, catalogue: Catalogue, place: _Place) -> Node:
    """Replace metric references by their formulas and aggregates by leaves. Raises QueryError on a cycle."""
    if isinstance(node, Aggregate):
        aggregate = with_values(node, place.given) if place.given else node
        assert isinstance(aggregate, Aggregate)
        history = place.history or as_recorded(aggregate, place.parameters)
        return Leaf(aggregate, place.comparison, place.total, history)
    if isinstance(node, MetricRef):
        return _follow(node, catalogue, place)
    if isinstance(node, Total):
        return expand(node.part, catalogue, replace(place, total=True))
    if isinstance(node, Binary):
        return Binary(node.op, expand(node.left, catalogue, place), expand(node.right, catalogue, place))
    if isinstance(node, Negation):
        return Negation(node.op, expand(node.part, catalogue, place))
    if isinstance(node, IsNull):
        return IsNull(expand(node.part, catalogue, place), node.negated)
    if isinstance(node, Call):
        return _expand_call(node, catalogue, place)
    if isinstance(node, InList):
        options = tuple(expand(part, catalogue, place) for part in node.options)
        return InList(expand(node.part, catalogue, place), options, node.negated)
    return with_values(node, place.given) if place.given else node


def _expand_call(node: Call, catalogue: Catalogue, place: _Place) -> Node:
    if node.name == "MEAN_OVER":
        return _mean_over(node, catalogue, place)
    branch = chosen(node, place.parameters)
    if branch is not None:
        return expand(branch, catalogue, place)
    return Call(node.name, tuple(expand(part, catalogue, place) for part in node.arguments))


def _follow(node: MetricRef, catalogue: Catalogue, place: _Place) -> Node:
    name = _named(node, place)
    if name in place.trail or len(place.trail) > MAX_REFERENCES:
        raise QueryError(f"The metric {quote(name)} refers to itself.", remedy="Break the circle in its formula.")
    definition = catalogue.metric(name)
    place = _given_more(place, dict(node.given), catalogue) if node.given else place
    comparison = place.comparison or node.comparison
    inner = replace(place, comparison=comparison, history=definition.history, trail=(*place.trail, name))
    return expand(definition.formula, catalogue, inner)


def _mean_over(node: Call, catalogue: Catalogue, place: _Place) -> Node:
    """Return the mean of a figure over the metrics that a parameter lists, each being $metric; nulls are left out."""
    assert isinstance(node.arguments[0], Parameter)
    listed = [name.strip() for name in place.parameters.get(node.arguments[0].name, "").split(",") if name.strip()]
    parts = [expand(node.arguments[1], catalogue, _given_more(place, {METRIC: name}, catalogue)) for name in listed]
    added: list[Node] = [Call("COALESCE", (part, Number("0"))) for part in parts]
    counted: list[Node] = [Call("IF", (IsNull(part, False), Number("0"), Number("1"))) for part in parts]
    if not parts:
        return Constant(None)
    return Binary("/", reduce(_plus, added), reduce(_plus, counted))


def _plus(left: Node, right: Node) -> Node:
    return Binary("+", left, right)


def _named(node: MetricRef, place: _Place) -> str:
    """Return the id of the metric that is meant."""
    if not node.by_parameter:
        return node.metric
    if not place.parameters.get(node.metric):
        raise QueryError(f"The parameter {quote(node.metric)} is missing.", remedy=f"Give {node.metric}=METRIC.")
    return place.parameters[node.metric]


def _given_more(place: _Place, given: Mapping[str, str], catalogue: Catalogue) -> _Place:
    """Return a place where a formula sets parameters of its own."""
    parameters = known_parameters({**place.parameters, **given}, catalogue)
    changed = {name: value for name, value in parameters.items() if place.parameters.get(name) != value}
    return replace(place, parameters=parameters, given={**place.given, **given, **changed})


def make_plan(
    metrics: tuple[str, ...], catalogue: Catalogue, *, compare: bool, parameters: Mapping[str, str] | None = None
) -> Plan:
    """Return the plan of a query's metrics. Raises UnknownName, FormulaError and QueryError.

    ``parameters`` are those of the request; what it leaves out takes the default of the catalogue.
    """
    plan = Plan()
    known = known_parameters(catalogue.defaults | dict(parameters or {}), catalogue)
    for text in metrics:
        definition = _definition(text, catalogue)
        if definition.unit == "by_goal" and known.get(METRIC):
            definition = replace(definition, unit=catalogue.metric(known[METRIC]).unit)
        place = _Place(history=definition.history, trail=(definition.id,), parameters=known)
        formula = expand(definition.formula, catalogue, place)
        compared = None
        if compare and not any(isinstance(part, Leaf) and part.comparison for part in walk(formula)):
            compared = expand(definition.formula, catalogue, replace(place, comparison=True))
        plan.metrics.append(Planned(definition, formula, compared, _small_base(formula)))
        for part in (*walk(formula), *(walk(compared) if compared else ())):
            if isinstance(part, Leaf):
                plan.add(part, definition.id)
    return plan


def _definition(text: str, catalogue: Catalogue) -> MetricDefinition:
    """A metric by id, or a formula written ``name=FORMULA``."""
    name, equals, formula = text.partition("=")
    if not equals:
        return catalogue.metric(text.strip())
    name = name.strip()
    if not name.isidentifier():
        raise QueryError(f"{quote(name)} is no name for a formula.", remedy="Use letters, digits and _.")
    if name in catalogue.metrics:
        raise QueryError(f"{quote(name)} is already a metric.", remedy="Give the formula another name.")
    labels = dict.fromkeys(LANGUAGES, name)
    if _TAKEN.fullmatch(name) or "__" in name:
        raise QueryError(f"{quote(name)} is a name Puente uses itself.", remedy="Choose a word, such as largest.")
    place = f"formula {name}"
    tree = parse_formula(formula, place)
    kind = check_kinds(tree, place)
    unit: Unit = "date" if kind == "date" else "instant" if kind == "instant" else "number"
    return MetricDefinition(name, labels, "formula", unit, "neutral", "none", formula, tree)


def _small_base(formula: Node) -> Node | None:
    if isinstance(formula, Binary) and formula.op == "/":
        leaves = [part for part in walk(formula.right) if isinstance(part, Leaf)]
        if leaves and all(leaf.aggregate.function == "COUNT" for leaf in leaves):
            return formula.right
    return None
