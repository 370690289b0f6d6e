"""Stages: their kinds and order, from the mapping's list, from a file, or guessed from names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import duckdb

from connector.errors import MappingError
from connector.model.quoting import literal
from connector.normalise import words
from connector.normalise.mapping import Mapping, StageRule
from connector.normalise.merge import Relation
from connector.normalise.raw import timestamp

MAX_STAGES: Final = 5_000
"""More different stages than this mean that some other column was taken for the stage."""

COLUMNS: Final = (
    "id", "pipeline_id", "name", "position", "kind", "probability", "forecast_category", "norm_seconds", "synced_at",
)  # fmt: skip
"""What is known of a stage, in the order of the fields of :class:`Stage`."""

_CLOSED_CHANCE: Final = {"won": 1.0, "lost": 0.0, "unqualified": 0.0}
_CATEGORY: Final = {"won": "closed", "lost": "omitted", "unqualified": "omitted"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. ``position`` is what the source says until :func:`in_order` numbers the open stages from 1."""

    id: str
    pipeline_id: str | None = None
    name: str | None = None
    position: float | None = None
    kind: str | None = None
    probability: float | None = None
    forecast_category: str | None = None
    norm_seconds: int | None = None
    synced_at: datetime | None = None
    listed: int | None = None
    """Place in the mapping's list."""


def stage_id(pipeline: str, stage: str) -> str:
    """SQL of the id of a stage that is known by its name only: the same name in two pipelines is two stages."""
    return f"CASE WHEN {pipeline} IS NULL THEN {stage} ELSE {pipeline} || '/' || {stage} END"


def create_table(connection: duckdb.DuckDBPyConnection, stages: Iterable[Stage], name: str) -> None:
    """Create a temporary table with :data:`COLUMNS`."""
    connection.execute(
        f"CREATE TEMP TABLE {name} (id VARCHAR, pipeline_id VARCHAR, name VARCHAR, position BIGINT, kind VARCHAR,"
        f" probability DOUBLE, forecast_category VARCHAR, norm_seconds BIGINT, synced_at TIMESTAMPTZ)"
    )
    rows = [f"({', '.join(_sql(getattr(stage, column)) for column in COLUMNS)})" for stage in stages]
    if rows:
        connection.execute(f"INSERT INTO {name} VALUES {', '.join(rows)}")


def _sql(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return timestamp(value)
    return literal(value) if isinstance(value, str) else repr(value)


def fed_stages(connection: duckdb.DuckDBPyConnection, relation: Relation) -> list[Stage]:
    """Read the stages that a file brings."""
    known = set(relation.columns) | {"synced_at"}
    columns = [f'"{name}"' if name in known else f"NULL AS {name}" for name in COLUMNS]
    found = connection.execute(f"SELECT {', '.join(columns)} FROM {relation.name} ORDER BY id LIMIT {MAX_STAGES + 1}")
    return _limited([Stage(*row) for row in found.fetchall()])


def named_stages(connection: duckdb.DuckDBPyConnection, named: Sequence[str]) -> list[Stage]:
    """Read the stages that deals and visits name.

    ``named`` are queries of ``pipeline_id``, ``stage_id``, ``synced_at`` and ``chance``, the mean probability of
    the deals in the stage, which tells the order of stages.
    """
    if not named:
        return []
    found = connection.execute(
        f"SELECT stage_id, pipeline_id, max(synced_at), max(chance) FROM ({' UNION ALL '.join(named)})"
        f" WHERE stage_id IS NOT NULL GROUP BY ALL ORDER BY stage_id, pipeline_id LIMIT {MAX_STAGES + 1}"
    )
    stages = []
    for key, pipeline, synced_at, chance in found.fetchall():
        name = key[len(pipeline) + 1 :] if pipeline is not None and key.startswith(f"{pipeline}/") else key
        stages.append(Stage(key, pipeline, name, chance, synced_at=synced_at))
    return _limited(stages)


def _limited(stages: list[Stage]) -> list[Stage]:
    if len(stages) > MAX_STAGES:
        raise MappingError(
            f"the column taken for the stage holds more than {MAX_STAGES:,} different values.",
            place="stage_id",
            remedy="Map a column that names the stage of the pipeline.",
        )
    return stages


def with_rules(
    stages: list[Stage], mapping: Mapping, pipelines: Sequence[str], known_at: datetime | None
) -> list[Stage]:
    """Apply the mapping's list to the stages found, and add the stages of the list that no deal is in.

    ``pipelines`` are the ids of the pipelines that deals name, empty when stages are known by name alone.
    """
    found = [_ruled(stage, mapping.stages) for stage in stages]
    known = {stage.id for stage in found}
    for index, rule in enumerate(mapping.stages):
        homes = [rule.pipeline] if rule.pipeline is not None else list(pipelines)
        for pipeline in homes if pipelines or rule.pipeline is not None else [None]:
            key = rule.name if pipeline is None else f"{pipeline}/{rule.name}"
            if key not in known:
                known.add(key)
                found.append(_apply(Stage(key, pipeline, rule.name, synced_at=known_at), rule, index))
    return found


def _ruled(stage: Stage, rules: Sequence[StageRule]) -> Stage:
    """A rule for the stage's own pipeline goes before one for any pipeline."""
    fitting = [
        (rule.pipeline is None, index, rule)
        for index, rule in enumerate(rules)
        if rule.name in (stage.name, stage.id) and rule.pipeline in (None, stage.pipeline_id)
    ]
    if not fitting:
        return stage
    _, index, rule = min(fitting, key=lambda entry: entry[:2])
    return _apply(stage, rule, index)


def _apply(stage: Stage, rule: StageRule, index: int) -> Stage:
    norm = None if rule.norm_days is None else round(rule.norm_days * 86_400)
    return replace(
        stage,
        kind=rule.kind or stage.kind,
        probability=stage.probability if rule.probability is None else rule.probability,
        forecast_category=rule.forecast_category or stage.forecast_category,
        norm_seconds=stage.norm_seconds if norm is None else norm,
        listed=index,
    )


def in_order(stages: Iterable[Stage]) -> list[Stage]:
    """Fill what is not stated and number the open stages of each pipeline from 1; closed ones have no position.

    Order: the mapping's list, then what the source says (its position, else the mean probability of the deals
    in the stage), then the usual order of stages by their names.
    """
    completed = [_completed(stage) for stage in stages]
    ranked = sorted(completed, key=lambda stage: (stage.pipeline_id or "", *_place(stage)))
    counts: dict[str, int] = {}
    found = []
    for stage in ranked:
        pipeline = stage.pipeline_id or ""
        if stage.kind == "open":
            counts[pipeline] = counts.get(pipeline, 0) + 1
        found.append(replace(stage, position=counts[pipeline] if stage.kind == "open" else None))
    return found


def _place(stage: Stage) -> tuple[float, float, float, int, str]:
    infinity = float("inf")
    return (
        infinity if stage.listed is None else stage.listed,
        infinity if stage.position is None else stage.position,
        infinity if stage.probability is None else stage.probability,
        words.stage_rank(stage.name or stage.id),
        stage.id,
    )


def _completed(stage: Stage) -> Stage:
    kind = stage.kind or words.stage_kind(stage.name or stage.id)
    chance = _CLOSED_CHANCE.get(kind) if stage.probability is None else stage.probability
    return replace(
        stage,
        name=stage.name or stage.id,
        kind=kind,
        probability=chance,
        forecast_category=stage.forecast_category or _CATEGORY.get(kind),
    )
