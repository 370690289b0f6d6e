"""SQL of ``EXISTS(entity WHERE ...)``: rows of another entity that are tied to a row of a relation.

Inside, the columns of its own entity are those of its rows; any other name is read from the row outside, and
from the inner row where the outer one does not lead there. What concerns inner rows alone is settled in a
subquery of its own; the rest ties it to the outer row by an equality, which DuckDB answers by a hash join. Each
alternative of an OR is a join of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.errors import FormulaError
from connector.metrics.relation import Relation
from connector.metrics.rows import STEP_MOMENTS, Value
from connector.metrics.syntax import ColumnRef, Exists, Moment, Node, alternatives, walk


def exists(outer: Relation, node: Exists) -> str:
    """Return a condition on a row of ``outer``. Raises FormulaError for columns that neither row leads to."""
    return "(" + " OR ".join(_one(outer, node.entity, parts) for parts in alternatives(node)) + ")"


@dataclass
class _Tie(Relation):
    """Expressions over a row outside and an inner row, which is the subquery ``s`` with the columns asked for."""

    outer: Relation | None = None
    inner: Relation | None = None
    shown: dict[str, str] = field(default_factory=dict)
    """SQL over the inner row to its name in the subquery."""

    def column(self, ref: ColumnRef) -> Value:
        assert self.outer is not None
        assert self.inner is not None
        if ref.entity != self.inner.entity and self.outer.leads_to(ref.entity):
            return self.outer.column(ref)
        found = self.inner.column(ref)
        name = self.shown.setdefault(found.sql, f"c{len(self.shown)}")
        return Value(f"s.{name}", found.kind, found.target)

    def moment(self, name: str) -> str:
        assert self.outer is not None
        return self.outer.moment(name)


def _one(outer: Relation, entity: str, parts: tuple[Node, ...]) -> str:
    inner = Relation(entity, outer.request, outer.window)
    tie = _Tie(outer.entity, outer.request, outer.window, outer=outer, inner=inner)
    tying = [part for part in parts if _reads_outside(part, outer, entity)]
    if not tying:
        raise FormulaError(
            f"EXISTS does not say how {entity} is tied to a row of {outer.entity}.",
            remedy=f"Write an equality between a column of {entity} and one of {outer.entity}.",
        )
    own = [inner.condition(part) for part in parts if part not in tying] + inner.base_conditions()
    tied = [tie.condition(part) for part in tying]
    columns = ", ".join(f"{sql} AS {name}" for sql, name in tie.shown.items())
    rows = f"SELECT {columns} {inner.source()} WHERE {' AND '.join(own) or 'TRUE'}"
    outer.entities |= inner.entities
    outer.uses_rates = outer.uses_rates or inner.uses_rates
    return f"EXISTS (SELECT 1 FROM ({rows}) AS s WHERE {' AND '.join(tied)})"


def _reads_outside(part: Node, outer: Relation, entity: str) -> bool:
    for inner in walk(part):
        if isinstance(inner, ColumnRef) and inner.entity != entity and outer.leads_to(inner.entity):
            return True
        if isinstance(inner, Moment) and outer.grain is not None and inner.name in STEP_MOMENTS:
            return True
    return False
