"""Parameters that are known before anything is read: they choose between the branches of a formula.

``IF($forecast_method = 'category', a, b)`` reads only the rows of the branch that is meant. An empty parameter is
null. Beside ``$metric`` stand ``$metric_class``, ``$metric_unit`` and ``$metric_direction`` of the metric it names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from math import nan
from typing import Final

from connector.errors import QueryError, UnknownName, quote
from connector.metrics.definitions import Catalogue
from connector.metrics.syntax import Binary, Call, InList, IsNull, Negation, Node, Number, Parameter, Text

METRIC: Final = "metric"
"""Parameter that names a metric, such as the one a goal is for."""
LISTED: Final[dict[str, tuple[str, ...]]] = {
    "conversion_mode": ("cohort", "period"),
    "cycle_start": ("lead", "deal"),
    "deal_basis": ("restated", "as_recorded"),
    "forecast_method": ("weighted", "category"),
    "funnel_mode": ("reached", "visited", "ordered"),
    "include_lost": ("0", "1"),
    "include_open": ("0", "1"),
    "owner_basis": ("then", "current"),
    "unqualified_as_losses": ("0", "1"),
}
"""Parameters that take one of a few values."""
NUMBERS: Final = {
    "activity_window_months": (0.0, 1200.0),
    "call_to_deal_window_days": (0.0, 36500.0),
    "cycle_cut_days": (0.0, 36500.0),
    "forecast_haircut": (0.0, 1.0),
    "small_sample_n": (0.0, 1e9),
}
"""Parameters that take a number, with the least and the largest one that means anything."""
OTHERS: Final = frozenset({"required", "stale_days"})
"""Parameters that no formula names: those of the rules of data quality."""
_NAMED: Final = re.compile(r"\$([A-Za-z_]\w*)")


def check_parameters(given: Mapping[str, str], metrics: Iterable[str], catalogue: Catalogue) -> None:
    """Refuse parameters that nothing reads, and values that are no fitting number. ``metrics`` may be typed formulas.

    Raises UnknownName, QueryError. A misspelt parameter would otherwise give the default figures unasked.
    """
    texts = [*metrics, *(metric.text for metric in catalogue.metrics.values())]
    known = {*catalogue.defaults, *OTHERS, *(name for text in texts for name in _NAMED.findall(text))}
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, sorted(known), 3, 0.5)
            remedy = f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(sorted(known))}."
            raise UnknownName(f"There is no parameter {quote(name)}.", remedy=remedy)
        if name in NUMBERS:
            _check_number(name, value)


def _check_number(name: str, value: str) -> None:
    least, most = NUMBERS[name]
    try:
        number = float(value)
    except ValueError:
        number = nan
    if not least <= number <= most:
        example = 0.2 if most == 1 else 5
        raise QueryError(
            f"{quote(value)} is no fitting number.",
            place=f"parameter {name}",
            remedy=f"Give a number from {least:g} to {most:g}, such as {example}.",
        )


def known_parameters(given: Mapping[str, str], catalogue: Catalogue) -> dict[str, str]:
    """Return the parameters with what follows from them. Raises UnknownName, QueryError for a value that is none."""
    for name, values in LISTED.items():
        if given.get(name, values[0]) not in values:
            raise QueryError(
                f"{quote(given[name])} is no {name}.", place=f"parameter {name}", remedy=f"Use {' or '.join(values)}."
            )
    named = given.get(METRIC, "")
    if not named:
        return dict(given)
    try:
        metric = catalogue.metric(named)
    except UnknownName as error:
        raise UnknownName(error.sentence, place=f"parameter {METRIC}", remedy=error.remedy) from None
    derived = {"class": metric.aggregation, "unit": metric.unit, "direction": metric.direction}
    return dict(given) | {f"{METRIC}_{name}": value for name, value in derived.items()}


def settled(node: Node, parameters: Mapping[str, str]) -> bool | None:
    """Return what a condition on parameters alone says; None when it reads anything else."""
    if isinstance(node, Negation) and node.op == "NOT":
        part = settled(node.part, parameters)
        return None if part is None else not part
    if isinstance(node, IsNull) and isinstance(node.part, Parameter):
        return (parameters.get(node.part.name, "") == "") is not node.negated
    if isinstance(node, InList):
        known = [_text(part, parameters) for part in (node.part, *node.options)]
        if None in known or not isinstance(node.part, Parameter):
            return None
        return (known[0] in known[1:]) is not node.negated
    return _settled_pair(node, parameters) if isinstance(node, Binary) else None


def _settled_pair(node: Binary, parameters: Mapping[str, str]) -> bool | None:
    if node.op in ("AND", "OR"):
        parts = [settled(part, parameters) for part in (node.left, node.right)]
        decisive = node.op == "OR"
        return decisive if decisive in parts else None if None in parts else not decisive
    left, right = _text(node.left, parameters), _text(node.right, parameters)
    if node.op not in ("=", "<>") or left is None or right is None:
        return None
    return (left == right) is (node.op == "=")


def _text(node: Node, parameters: Mapping[str, str]) -> str | None:
    if isinstance(node, Parameter):
        return parameters.get(node.name, "")
    return node.value if isinstance(node, Text) else node.text if isinstance(node, Number) else None


def chosen(node: Call, parameters: Mapping[str, str]) -> Node | None:
    """Return the branch of an IF that parameters alone decide; None when its condition reads rows or figures."""
    decided = settled(node.arguments[0], parameters) if node.name == "IF" else None
    return None if decided is None else node.arguments[1 if decided else 2]


def with_values(node: Node, given: Mapping[str, str]) -> Node:
    """Return a formula with the parameters of ``given`` written into it."""
    if isinstance(node, Parameter) and node.name in given:
        return Text(given[node.name], position=node.position)
    changes: dict[str, object] = {}
    for each in fields(node):
        value = getattr(node, each.name)
        if isinstance(value, Node):
            changes[each.name] = with_values(value, given)
        elif isinstance(value, tuple) and any(isinstance(part, Node) for part in value):
            changes[each.name] = tuple(with_values(part, given) for part in value)
    return replace(node, **changes) if changes else node  # type: ignore[arg-type]
