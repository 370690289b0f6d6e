"""The two sums whose quotient a ratio is: what a tool that aggregates on its own needs to get ratios right.

``win_rate`` is then ``SUM(win_rate__num) / SUM(win_rate__den)`` at whatever grain the tool adds the parts up to.
Only where both parts add up over groups and over days: a distinct count, a stock or an age does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from connector.metrics.definitions import Catalogue, MetricDefinition
from connector.metrics.parameters import chosen, known_parameters
from connector.metrics.relation import anchor_of
from connector.metrics.syntax import Aggregate, Binary, Call, Exists, MetricRef, Moment, Negation, Node, Number, walk

NUMERATOR: Final = "__num"
DENOMINATOR: Final = "__den"
_STANDING: Final = frozenset({"as_of", "now", "today", "report_date", "period_start", "period_end"})
"""Moments that change with the days of a chart: what is read at them does not add up over days."""


def ratio_parts(
    metric: MetricDefinition, catalogue: Catalogue, parameters: Mapping[str, str] | None = None
) -> tuple[MetricDefinition, MetricDefinition] | None:
    """Return numerator and denominator of a ratio as metrics of their own, or None where they do not add up."""
    if metric.aggregation != "ratio":
        return None
    known = known_parameters(catalogue.defaults | dict(parameters or {}), catalogue)
    formula = metric.formula
    if isinstance(formula, Call):
        formula = chosen(formula, known) or formula
    if not (isinstance(formula, Binary) and formula.op == "/"):
        return None
    if not (_adds_up(formula.left, catalogue) and _adds_up(formula.right, catalogue)):
        return None
    part = replace(metric, unit="number", aggregation="sum", text="")
    above = replace(part, id=metric.id + NUMERATOR, tree=formula.left)
    return above, replace(part, id=metric.id + DENOMINATOR, tree=formula.right)


def _adds_up(node: Node, catalogue: Catalogue) -> bool:
    if isinstance(node, Aggregate):
        return _is_flow(node)
    if isinstance(node, MetricRef):
        meant = catalogue.metrics.get(node.metric)
        plain = not (node.comparison or node.by_parameter or node.given)
        return plain and meant is not None and meant.aggregation == "sum" and _adds_up(meant.formula, catalogue)
    if isinstance(node, Binary) and node.op in ("+", "-"):
        return _adds_up(node.left, catalogue) and _adds_up(node.right, catalogue)
    if isinstance(node, Binary) and node.op == "*":
        pair = (node.left, node.right)
        return any(isinstance(one, Number) and _adds_up(other, catalogue) for one, other in (pair, pair[::-1]))
    return isinstance(node, Negation) and node.op == "-" and _adds_up(node.part, catalogue)


def _is_flow(node: Aggregate) -> bool:
    """Whether an aggregate adds up over groups and days: a sum or count of rows that each fall on one day."""
    if node.function not in ("SUM", "COUNT") or node.distinct or anchor_of(node) is None:
        return False
    parts = list(walk(node))
    if any(isinstance(part, Exists) for part in parts):
        return False
    return not any(isinstance(part, Moment) and part.name in _STANDING for part in parts)
