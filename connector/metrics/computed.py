"""Entities that are computed for a request and never stored: each is SQL over stored ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from connector.metrics.forecasts import FORECAST_ENTITIES, forecast_rows
from connector.metrics.funnel import funnel_rows
from connector.metrics.goals import GOAL_ENTITIES, GoalLevel, goal_days, goal_periods
from connector.metrics.ladder import LADDER_ENTITIES
from connector.metrics.lead_funnel import LEAD_FUNNEL_ENTITIES, lead_funnel_rows
from connector.metrics.movement import MOVEMENT_ENTITIES, SPLIT_AMOUNT, movement_relation, movement_split
from connector.metrics.stays import LEAD_STATE_ENTITIES, STAY_ENTITIES, lead_states, stage_stays

if TYPE_CHECKING:
    from connector.metrics.rows import Rows

__all__ = ["COMPUTED_ROWS", "READING_STATES", "ComputedRows", "GoalLevel"]


@dataclass(frozen=True, slots=True)
class ComputedRows:
    """Rows made for one relation. ``sql`` gets the relation: its window, request, split and grain.

    ``entities`` are the stored entities it reads. The columns it returns are those of the schema's entity.
    """

    sql: Callable[[Rows], str]
    entities: frozenset[str]
    reads_states: bool = False
    """The rows are made of the states of deals in the window, and filters ask about these (``Rows.states``)."""
    split: Callable[[Rows], str] | None = None
    """The join ``p`` that splits rows over product lines, where the split of deals does not fit."""
    split_amount: str = ""
    """What ``amount`` is in a row that was split so."""
    money_of: str = ""
    """The stored entity whose currencies its amounts have."""


COMPUTED_ROWS: Final[dict[str, ComputedRows]] = {
    "goal_day": ComputedRows(goal_days, GOAL_ENTITIES),
    "goal_period": ComputedRows(goal_periods, GOAL_ENTITIES),
    "lead_state": ComputedRows(lead_states, LEAD_STATE_ENTITIES),
    "stage_stay": ComputedRows(stage_stays, STAY_ENTITIES),
    "forecast_snapshot": ComputedRows(forecast_rows, FORECAST_ENTITIES),
    "funnel_step": ComputedRows(funnel_rows, LADDER_ENTITIES, money_of="deal"),
    "lead_funnel_step": ComputedRows(lead_funnel_rows, LEAD_FUNNEL_ENTITIES),
    "deal_move": ComputedRows(
        movement_relation, MOVEMENT_ENTITIES, reads_states=True, split=movement_split, split_amount=SPLIT_AMOUNT
    ),
}

READING_STATES: Final = frozenset(name for name, computed in COMPUTED_ROWS.items() if computed.reads_states)
