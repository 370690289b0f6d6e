"""Every known version of every deal, for the history of deals (``deal_version`` beside the staged entities)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from connector.model.quoting import literal
from connector.normalise.merge import Lookups, Part, merged
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
    versions = _Versions(main, state, written, lookups, by_pipeline)
    connection = bench.connection
    connection.execute(f"CREATE TEMP TABLE deal_change AS {versions.changes()}")
    changed = connection.execute("SELECT count(*) FROM deal_change WHERE changed").fetchone()
    if changed is None or not changed[0]:
        return 0
    connection.execute(f"CREATE TEMP TABLE deal_version AS {versions.unchanged()}")
    buckets = 1 + changed[0] // BUCKET_ROWS
    for bucket in range(buckets):
        part = f"hash(id) % {buckets} = {bucket}"
        connection.execute(f"INSERT INTO deal_version {_folded(versions.seen(part))}")
    target = bench.staging / "deal_version"
    target.mkdir(parents=True)
    path = literal(target / "part-0.parquet")
    row = connection.execute(f"COPY deal_version TO {path} (FORMAT parquet, COMPRESSION zstd)").fetchone()
    return int(row[0]) if row is not None else 0


@dataclass(frozen=True, slots=True)
class _Versions:
    """Queries over all versions of the deals of the main contribution."""

    main: Part
    state: Settled
    written: str
    lookups: Lookups
    by_pipeline: bool

    @property
    def filled(self) -> set[str]:
        contribution = self.main.contribution
        return {*contribution.columns, *(value.name for value in contribution.lookups)}

    def every(self) -> str:
        """SQL of all versions with the columns that matter."""
        every = Part(self.main.contribution, f"(SELECT *, NULL::TIMESTAMPTZ AS gone_at FROM {self.state.rows})")
        wanted = {"id", *TRACKED, "source_updated_at", "is_deleted"} & (self.filled | {"id"})
        return merged([every], self.lookups, wanted)

    def changes(self) -> str:
        """SQL of every deal with the moment it was first seen, and whether it ever changed or is gone.

        Equal hashes of all versions mean no change: one pass without sorting, and most deals never change.
        """
        columns = [name for name in (*TRACKED, "is_deleted") if name in self.filled]
        hashed = f"hash({', '.join(columns) or '0'})"
        gone = f"(SELECT id FROM {self.state.final} WHERE gone_at IS NOT NULL)"
        return (
            f"SELECT id, min({self.moment('v')}) AS first_at, min({hashed}) <> max({hashed}) OR id IN {gone} AS changed"
            f" FROM ({self.every()}) v GROUP BY id"
        )

    def moment(self, alias: str) -> str:
        """SQL of the moment at which a version was true."""
        known = "source_updated_at" in self.filled
        return f"coalesce({alias}.source_updated_at, {alias}.synced_at)" if known else f"{alias}.synced_at"

    def unchanged(self) -> str:
        """SQL of the deals of which every version is the same: one row each, as of the first."""
        listed = ", ".join(f"d.{name}" for name in TRACKED)
        return (
            f"SELECT d.id, c.first_at AS observed_at, {listed}, d.is_deleted"
            f" FROM {self.written} d JOIN deal_change c ON d.id = c.id WHERE NOT c.changed"
        )

    def seen(self, part: str) -> str:
        """SQL of all versions of the changed deals, and of the moments at which deals were found gone."""
        tracked = [f"{_tracked(name, self.filled, by_pipeline=self.by_pipeline)} AS {name}" for name in TRACKED]
        deleted = "coalesce(v.is_deleted, false)" if "is_deleted" in self.filled else "false"
        listed = ", ".join(f"d.{name}" for name in TRACKED)
        chosen = f"(SELECT id FROM deal_change WHERE changed AND {part})"
        return f"""
            SELECT v.id, {self.moment("v")} AS observed_at, {", ".join(tracked)}, {deleted} AS is_deleted, v.synced_at
            FROM ({self.every()}) v JOIN {self.written} d ON v.id = d.id SEMI JOIN {chosen} c ON v.id = c.id
            UNION ALL
            SELECT d.id, d.deleted_at, {listed}, true, d.deleted_at
            FROM {self.written} d SEMI JOIN {chosen} c ON d.id = c.id
            WHERE d.is_deleted AND d.id IN (SELECT id FROM {self.state.final} WHERE gone_at IS NOT NULL)
        """


def _tracked(name: str, filled: set[str], *, by_pipeline: bool) -> str:
    if name not in filled:
        return f"d.{name}"
    if name == "stage_id" and by_pipeline:
        return stage_id("v.pipeline_id" if "pipeline_id" in filled else "d.pipeline_id", "v.stage_id")
    return f"coalesce(v.{name}, d.{name})" if name == "currency" else f"v.{name}"


def _folded(seen: str) -> str:
    """SQL of the versions that differ from the one before."""
    columns = [*TRACKED, "is_deleted"]
    row = f"row({', '.join(columns)})"
    before = f"lag({row}) OVER (PARTITION BY id ORDER BY observed_at, synced_at, {', '.join(columns)})"
    return (
        f"SELECT id, observed_at, {', '.join(columns)} FROM (SELECT *, {row} AS now, {before} AS before FROM ({seen}))"
        f" WHERE now IS DISTINCT FROM before"
    )
