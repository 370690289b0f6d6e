"""Where an aggregate stands in time: the column that places it, or the moment it is read at."""

from __future__ import annotations

from connector.metrics.syntax import Aggregate, ColumnRef, InPeriod, Leaf, Moment, Node, own_parts, walk


def anchor_of(aggregate: Aggregate) -> Node | None:
    """Return what places an aggregate in time: the part of its first ``IN period``."""
    if aggregate.where is None:
        return None
    for node in own_parts(aggregate.where):
        if isinstance(node, InPeriod):
            return node.part
    return None


def anchor_name(anchor: Node | None) -> str:
    """Return the column name of a plain anchor, else nothing."""
    return anchor.column if isinstance(anchor, ColumnRef) else ""


def is_stock(leaf: Leaf) -> bool:
    """True for a leaf that is read at a moment and has no anchor of its own."""
    if anchor_of(leaf.aggregate) is not None:
        return False
    moments = ("as_of", "period_start", "period_end", "report_date", "first_day", "last_day")
    parts = [part for part in walk(leaf.aggregate) if isinstance(part, Moment)]
    return leaf.history or any(part.name in moments for part in parts)
