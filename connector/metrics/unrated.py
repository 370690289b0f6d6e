"""Figures that no record can be added to because none of theirs has an exchange rate: empty, and not 0 (rule E3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from connector.metrics.syntax import Binary, Call, Leaf, Negation, Node


@dataclass(frozen=True, slots=True)
class Unrated:
    """Says when a formula over finished aggregates is unknown for want of rates.

    ``columns`` are the aggregates; ``counters`` are the columns that count the records of a sum without a rate.
    """

    columns: Mapping[Leaf, str]
    counters: Mapping[Leaf, list[str]]

    def condition(self, node: Node) -> str:
        """Return SQL that is true where the figure is unknown; nothing where it never is."""
        if isinstance(node, Leaf):
            return self._of_sum(node)
        if isinstance(node, Binary) and node.op in ("*", "/"):
            return _any(self.condition(part) for part in (node.left, node.right))
        parts = _parts(node)
        unknown = _any(map(self.condition, parts))
        known = _any(map(self._has_value, parts)) if unknown else ""
        return f"({unknown} AND NOT {known})" if known else unknown

    def _of_sum(self, leaf: Leaf) -> str:
        missing = _any(f"{counter} > 0" for counter in self.counters.get(leaf, ()))
        return f"({self.columns[leaf]} IS NULL AND {missing})" if missing else ""

    def _has_value(self, node: Node) -> str:
        """SQL that is true where a part of a sum holds a figure of its own; numbers and parameters are none."""
        if isinstance(node, Leaf):
            column = self.columns.get(node)
            return f"{column} IS NOT NULL" if column else ""
        return _any(map(self._has_value, (node.left, node.right) if isinstance(node, Binary) else _parts(node)))


def _parts(node: Node) -> tuple[Node, ...]:
    """Parts whose figures become that of the whole: not those that are only looked at."""
    if isinstance(node, Binary):
        return (node.left, node.right) if node.op in ("+", "-") else ()
    if isinstance(node, Negation):
        return (node.part,) if node.op == "-" else ()
    if isinstance(node, Call):
        return node.arguments[1:] if node.name == "IF" else node.arguments
    return ()


def _any(conditions: Iterable[str]) -> str:
    found = list(dict.fromkeys(each for each in conditions if each))
    return f"({' OR '.join(found)})" if len(found) > 1 else "".join(found)
