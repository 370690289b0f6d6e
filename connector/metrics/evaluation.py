"""What one evaluation works with, and the door it reads through."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from connector.metrics.definitions import Catalogue
from connector.metrics.dimension import Requested
from connector.metrics.plan import Plan
from connector.metrics.relation import Request
from connector.model.query import Query
from connector.model.table import Freshness
from connector.model.workspace import Profile


class Answer(Protocol):
    """What running SQL gives back: names and rows."""

    @property
    def columns(self) -> list[str]: ...
    @property
    def rows(self) -> list[tuple[Any, ...]]: ...


class Reader(Protocol):
    """The reading door of the store for one workspace at one published state."""

    @property
    def profile(self) -> Profile: ...
    @property
    def freshness(self) -> Freshness: ...
    def run(self, sql: str, entities: Iterable[str]) -> Answer: ...
    def check_time(self) -> None:
        """Raise QueryError when the answer has taken as long as it may."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one evaluation works with."""

    reader: Reader
    catalogue: Catalogue
    query: Query
    request: Request
    dimensions: list[Requested]
    plan: Plan
