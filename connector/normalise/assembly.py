"""The rows of every entity, merged from all records of the mapping, with the stages they name."""

from __future__ import annotations

from connector.model.quoting import identifier, literal
from connector.normalise.merge import Lookups, Relation, filled_columns, merged, parts_by_entity
from connector.normalise.raw import timestamp
from connector.normalise.stages import Stage, create_table, fed_stages, in_order, named_stages, stage_id, with_rules
from connector.normalise.workbench import Workbench


def merge_entities(bench: Workbench) -> Lookups:
    """Create one view per fed entity with what all records contribute to it."""
    parts = parts_by_entity(bench.contributions, bench.settled)
    lookups = Lookups(bench.connection, parts)
    for entity, own in parts.items():
        bench.create(entity, merged(own, lookups), tuple(filled_columns(own)), tuple(own))
    if bench.mapping.workspace.rates:
        _add_rates(bench)
    return lookups


def _add_rates(bench: Workbench) -> None:
    """The rates that the mapping lists go before those that a file brings for the same day and currencies."""
    newest = timestamp(max(raw.imported_at for raw in bench.imports))
    listed = ", ".join(
        f"({literal(f'{rate.date}/{rate.source}/{rate.target}')}, DATE {literal(rate.date)}, {literal(rate.source)},"
        f" {literal(rate.target)}, {rate.rate!r}::DOUBLE, {newest}, NULL::TIMESTAMPTZ)"
        for rate in bench.mapping.workspace.rates
    )
    columns = ("id", "date", "from_currency", "to_currency", "rate")
    sql = f"SELECT * FROM (VALUES {listed}) AS listed({', '.join((*columns, 'synced_at', 'gone_at'))})"
    fed = bench.relations.get("fx_rate")
    if fed is None:
        bench.create("fx_rate", sql, columns)
        return
    same = "f.date = l.date AND f.from_currency = l.from_currency AND f.to_currency = l.to_currency"
    rest = f"SELECT f.* FROM {fed.name} f ANTI JOIN ({sql}) l ON {same} AND f.id IS NOT NULL"
    every = tuple(dict.fromkeys((*columns, *fed.columns)))
    bench.create("fx_rate", f"{sql} UNION ALL BY NAME {rest}", every, fed.parts)


def make_stages(bench: Workbench) -> bool:
    """Create the stages. Returns whether the id of a stage names its pipeline too."""
    fed = bench.relations.get("stage")
    if fed is not None:
        stages = with_rules(fed_stages(bench.connection, fed), bench.mapping, (), None)
        _create_stages(bench, [stage for stage in stages if stage.synced_at is not None], fed)
        return False
    deals = bench.relations.get("deal")
    by_pipeline = deals is not None and "pipeline_id" in deals.columns and "stage_id" in deals.columns
    if by_pipeline:
        _name_by_pipeline(bench)
    named = [query for entity in ("deal", "deal_stage_history") for query in _named_stages(bench, entity)]
    found = named_stages(bench.connection, named)
    pipelines = sorted({stage.pipeline_id for stage in found if stage.pipeline_id is not None}) if by_pipeline else []
    newest = max(raw.imported_at for raw in bench.imports)
    stages = with_rules(found, bench.mapping, pipelines, newest)
    if stages:
        _create_stages(bench, stages, None)
    return by_pipeline


def _name_by_pipeline(bench: Workbench) -> None:
    """Give the stages of deals and of their visits ids that hold the pipeline."""
    deals = bench.relations["deal"]
    named = stage_id("pipeline_id", "stage_id")
    bench.create("deal", f"SELECT * REPLACE ({named} AS stage_id) FROM {deals.name}", deals.columns, deals.parts)
    visits = bench.relations.get("deal_stage_history")
    if visits is None or "deal_id" not in visits.columns:
        return
    own = "v.pipeline_id" if "pipeline_id" in visits.columns else "NULL"
    home = f"coalesce({own}, d.pipeline_id)"
    replaced = [
        f"{stage_id(home, f'v.{name}')} AS {name}" for name in ("stage_id", "from_stage_id") if name in visits.columns
    ]
    kept = [
        f"v.{identifier(name)}" for name in visits.columns if name not in ("stage_id", "from_stage_id", "pipeline_id")
    ]
    columns = ", ".join([*kept, *replaced, f"{home} AS pipeline_id", "v.synced_at", "v.gone_at"])
    sql = f"SELECT {columns} FROM {visits.name} v LEFT JOIN {deals.name} d ON v.deal_id = d.id"
    bench.create("deal_stage_history", sql, tuple(dict.fromkeys((*visits.columns, "pipeline_id"))), visits.parts)


def _named_stages(bench: Workbench, entity: str) -> list[str]:
    relation = bench.relations.get(entity)
    if relation is None:
        return []
    pipeline = "pipeline_id" if "pipeline_id" in relation.columns else "NULL::VARCHAR"
    has_chance = entity == "deal" and "probability" in relation.columns
    chance = "round(avg(probability), 6)" if has_chance else "NULL::DOUBLE"
    return [
        f"SELECT {pipeline} AS pipeline_id, {name} AS stage_id, max(synced_at) AS synced_at, {chance} AS chance"
        f" FROM {relation.name} GROUP BY 1, 2"
        for name in ("stage_id", "from_stage_id")
        if name in relation.columns
    ]


def _create_stages(bench: Workbench, stages: list[Stage], fed: Relation | None) -> None:
    create_table(bench.connection, in_order(stages), "stage_fact")
    columns = ("id", "pipeline_id", "name", "position", "kind", "probability", "forecast_category", "norm_seconds")
    if fed is None:
        bench.create("stage", "SELECT *, NULL::TIMESTAMPTZ AS gone_at FROM stage_fact", columns)
        return
    kept = [name for name in fed.columns if name not in columns]
    own = "".join(f", m.{identifier(name)}" for name in kept)
    sql = f"SELECT f.*{own}, m.gone_at FROM stage_fact f JOIN {fed.name} m ON f.id = m.id"
    bench.create("stage", sql, (*columns, *kept), fed.parts)
