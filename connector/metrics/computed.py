"""Entities that are computed for a request and never stored: each is SQL over stored ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connector.metrics.goals import GOAL_ENTITIES, GoalLevel, goal_relation

if TYPE_CHECKING:
    from connector.metrics.relation import Relation

__all__ = ["COMPUTED_ROWS", "ComputedRows", "GoalLevel"]


@dataclass(frozen=True, slots=True)
class ComputedRows:
    """Rows made for one relation. ``sql`` gets the relation: its window, request, split and grain.

    ``entities`` are the stored entities it reads. The columns it returns are those of the schema's entity.
    """

    sql: Callable[[Relation], str]
    entities: frozenset[str]


COMPUTED_ROWS: Final[dict[str, ComputedRows]] = {
    "goal_day": ComputedRows(lambda relation: goal_relation(relation.level), GOAL_ENTITIES),
}
