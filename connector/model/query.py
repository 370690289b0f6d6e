"""A question: metrics, by dimensions, over days, filtered, compared, sorted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from connector.model.filters import AllOf, Filter
from connector.model.period import Comparison

Language = Literal["en", "es", "pt", "ru"]
LANGUAGES: tuple[Language, ...] = ("en", "es", "pt", "ru")


@dataclass(frozen=True, slots=True)
class Sort:
    """Order by a metric or dimension of the query. Nulls and not-set groups come last either way."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of one workspace.

    ``metrics`` are ids, or formulas written ``name=FORMULA``. ``dimensions`` are ids; a time dimension may
    carry a grain (``created_date:month``). ``date_range`` is a token of :mod:`connector.model.period` or
    ``FIRST..LAST``. ``parameters`` are the ``$names`` of the metric definitions. ``totals`` asks for a
    total row, computed from the rows behind it, never by adding shown cells.
    """

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...] = ()
    filter: Filter = field(default_factory=AllOf)
    date_range: str = "all_time"
    compare: Comparison | None = None
    sort: tuple[Sort, ...] = ()
    limit: int | None = None
    time_zone: str = ""
    """IANA zone; empty means the workspace's."""
    currency: str = ""
    """ISO 4217; empty means the workspace's report currency."""
    language: Language = "en"
    parameters: dict[str, str] = field(default_factory=dict)
    totals: bool = False
    is_bare: bool = False
    """For tools that sort and add up by themselves: rows in any order (``sort`` is not looked at), money as doubles, no
    ids behind names, no notes but on missing rates."""
    is_unworded: bool = False
    """Nothing in place of a missing value, nothing beside the names of people who have left; filters are about what is
    shown, so neither a key nor a word for a missing value stands for anything in them. All else as always."""
