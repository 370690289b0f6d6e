"""What a request takes for granted about the past: parameters that change which rows are read, not formulas.

Rules E4, E13 and E23 of the report catalogue each name a default and an option; these are the options. No formula
reads them: they hold for every figure they concern.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from connector.metrics.placement import anchor_of
from connector.metrics.syntax import Aggregate, ColumnRef

DEAL_BASIS: Final = "deal_basis"
"""``restated`` counts a closed deal once, by its state now; ``as_recorded`` by its state at the end of the period."""
OWNER_BASIS: Final = "owner_basis"
"""``then`` gives a figure to who owned the deal when it happened; ``current`` to who owns it now."""
INCLUDE_OPEN: Final = "include_open"
"""``1`` adds the time so far of deals that are still in a stage to the time spent there."""


def as_recorded(aggregate: Aggregate, parameters: Mapping[str, str]) -> bool:
    """True when closed deals are to be counted by their state at the end of the period (rule E4)."""
    anchor = anchor_of(aggregate)
    return (
        parameters.get(DEAL_BASIS) == "as_recorded"
        and aggregate.entity == "deal"
        and isinstance(anchor, ColumnRef)
        and (anchor.entity, anchor.column) == ("deal", "closed_at")
    )


def owners_of_today(parameters: Mapping[str, str]) -> bool:
    """True when every figure of a deal belongs to its current owner (rule E13)."""
    return parameters.get(OWNER_BASIS) == "current"


def with_open_stays(parameters: Mapping[str, str]) -> bool:
    """True when deals that are still in a stage count with their time so far (rule E23)."""
    return parameters.get(INCLUDE_OPEN) == "1"
