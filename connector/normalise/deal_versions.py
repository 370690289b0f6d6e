"""Every known version of every deal, for the history of deals (``deal_version`` beside the staged entities)."""

from __future__ import annotations

from typing import Final

from connector.normalise.merge import Lookups, Part, merged
from connector.normalise.quoting import literal
from connector.normalise.stages import stage_id
from connector.normalise.versions import BUCKET_ROWS, Settled
from connector.normalise.workbench import Workbench

TRACKED: Final = {
    "pipeline_id": "VARCHAR", "stage_id": "VARCHAR", "status": "VARCHAR", "amount": "DECIMAL(19,4)",
    "currency": "VARCHAR", "probability": "DOUBLE", "expected_close_date": "DATE", "owner_id": "VARCHAR",
}  # fmt: skip
"""Columns of a deal whose changes make its history, with their types."""


def write_versions(bench: Workbench, lookups: Lookups, *, by_pipeline: bool) -> int:
    """Write the versions of the deals whose main contribution brought several; return the number of rows.

    What the main contribution does not fill is taken from the finished deals. Versions that repeat the one before
    are left out; when none is left that tells more than the finished deal, nothing is written.
    """
    if "deal" not in bench.written:
        return 0
    main = bench.relations["deal"].parts[0]
    state, written = bench.settled[main.contribution.number], bench.written["deal"]
    if not state.several:
        return 0
    seen = _seen(main, state, written, lookups, by_pipeline=by_pipeline)
    bench.connection.execute(f"CREATE TEMP VIEW deal_seen AS {seen}")
    buckets = 1 + sum(source.raw.rows for source in main.contribution.sources) // BUCKET_ROWS
    bench.connection.execute(f"CREATE TEMP TABLE deal_version AS {_folded(0, buckets)}")
    for bucket in range(1, buckets):
        bench.connection.execute(f"INSERT INTO deal_version {_folded(bucket, buckets)}")
    found = bench.connection.execute("SELECT count(*), count(DISTINCT id) FROM deal_version").fetchone()
    if found is None or found[0] == found[1]:
        return 0
    target = bench.staging / "deal_version"
    target.mkdir(parents=True)
    path = literal(target / "part-0.parquet")
    bench.connection.execute(f"COPY deal_version TO {path} (FORMAT parquet, COMPRESSION zstd)")
    return int(found[0])


def _seen(main: Part, state: Settled, written: str, lookups: Lookups, *, by_pipeline: bool) -> str:
    """SQL of all versions as they were, and of the moments at which deals were found gone."""
    filled = set(main.contribution.columns) | {value.name for value in main.contribution.lookups}
    every = Part(main.contribution, f"(SELECT *, NULL::TIMESTAMPTZ AS gone_at FROM {state.rows})")
    wanted = {*TRACKED, "source_updated_at", "is_deleted", "id"} & filled
    versions = merged([every], lookups, wanted | {"id"})
    tracked = [f"{_tracked(name, filled, by_pipeline=by_pipeline)} AS {name}" for name in TRACKED]
    updated = "coalesce(v.source_updated_at, v.synced_at)" if "source_updated_at" in filled else "v.synced_at"
    deleted = "coalesce(v.is_deleted, false)" if "is_deleted" in filled else "false"
    listed = ", ".join(f"d.{name}" for name in TRACKED)
    return f"""
        SELECT v.id, {updated} AS observed_at, {", ".join(tracked)}, {deleted} AS is_deleted, v.synced_at
        FROM ({versions}) v JOIN {written} d ON v.id = d.id
        UNION ALL
        SELECT d.id, d.deleted_at, {listed}, true, d.deleted_at FROM {written} d
        WHERE d.is_deleted AND d.id IN (SELECT id FROM {state.final} WHERE gone_at IS NOT NULL)
    """


def _tracked(name: str, filled: set[str], *, by_pipeline: bool) -> str:
    if name not in filled:
        return f"d.{name}"
    if name == "stage_id" and by_pipeline:
        return stage_id("v.pipeline_id" if "pipeline_id" in filled else "d.pipeline_id", "v.stage_id")
    return f"coalesce(v.{name}, d.{name})" if name == "currency" else f"v.{name}"


def _folded(bucket: int, buckets: int) -> str:
    columns = [*TRACKED, "is_deleted"]
    row = f"row({', '.join(columns)})"
    part = f"WHERE hash(id) % {buckets} = {bucket}" if buckets > 1 else ""
    before = f"lag({row}) OVER (PARTITION BY id ORDER BY observed_at, synced_at, {', '.join(columns)})"
    return (
        f"SELECT id, observed_at, {', '.join(columns)} FROM (SELECT *, {row} AS now, {before} AS before"
        f" FROM deal_seen {part}) WHERE now IS DISTINCT FROM before"
    )
