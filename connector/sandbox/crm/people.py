"""Users of the account, their teams, and the pipelines with their stages."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Team:
    """One team of users."""

    id: str
    name: str


@dataclass(slots=True)
class Person:
    """One user who owns records. ``teams`` holds team ids, the main one first."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    created_ms: int
    updated_ms: int
    teams: list[str] = field(default_factory=list)
    archived: bool = False
    type: str = "PERSON"


@dataclass(slots=True)
class PipelineStage:
    """One stage. ``probability`` is None where records of the pipeline have none (tickets, leads)."""

    id: str
    label: str
    order: int
    is_closed: bool
    probability: float | None = None
    created_ms: int = 0
    updated_ms: int = 0
    archived: bool = False


@dataclass(slots=True)
class Pipeline:
    """One pipeline of a kind of record."""

    id: str
    label: str
    order: int
    stages: list[PipelineStage]
    created_ms: int = 0
    updated_ms: int = 0
    archived: bool = False

    def stage(self, stage_id: str) -> PipelineStage | None:
        return next((stage for stage in self.stages if stage.id == stage_id), None)


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """``rate`` units of the account's currency for one unit of ``currency``, from ``from_ms`` on."""

    id: str
    currency: str
    rate: str
    from_ms: int


@dataclass(slots=True)
class AccountFacts:
    """What the account says about itself."""

    id: int = 44_237_313
    name: str = "Norte Sensing"
    time_zone: str = "Europe/Madrid"
    currency: str = "USD"
    other_currencies: tuple[str, ...] = ()
    rates: list[ExchangeRate] = field(default_factory=list)
