"""Queries over the benchmark's workspace beside the statement that a person would write on the same files."""

from __future__ import annotations

import os
import resource
import statistics
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from connector.metrics.evaluate import evaluate
from connector.model.query import Query
from connector.store.store import Store

NOW = datetime(2024, 12, 20, tzinfo=UTC)
RANGE = "2024-01-01..2024-12-31"
FROM, TO = "TIMESTAMPTZ '2024-01-01 05:00:00+00'", "TIMESTAMPTZ '2025-01-01 05:00:00+00'"
CLOSED = f"closed_at >= {FROM} AND closed_at < {TO}"
CREATED = f"created_at >= {FROM} AND created_at < {TO}"

CASES = (
    (
        "sales by owner",
        Query(("total_sales", "deals_won"), ("owner",), date_range=RANGE),
        (
            f"SELECT o.name, SUM(amount), COUNT(*) FROM deal LEFT JOIN owner AS o ON o.id = owner_id "
            f"WHERE status = 'won' AND {CLOSED} GROUP BY 1 ORDER BY 2 DESC"
        ),
    ),
    (
        "three anchors by owner",
        Query(("total_sales", "deals_created", "pipeline_value"), ("owner",), date_range=RANGE),
        (
            f"SELECT * FROM (SELECT owner_id AS k, SUM(amount) FROM deal WHERE status = 'won' AND {CLOSED} GROUP BY 1) "
            f"FULL JOIN (SELECT owner_id AS k, COUNT(*) FROM deal WHERE {CREATED} GROUP BY 1) USING (k) "
            "FULL JOIN (SELECT owner_id AS k, SUM(amount) FROM deal WHERE status = 'open' GROUP BY 1) USING (k) "
            "ORDER BY 2"
        ),
    ),
    (
        "win rate by month",
        Query(("total_sales", "win_rate"), ("month",), date_range=RANGE),
        (
            "SELECT date_trunc('month', closed_at AT TIME ZONE 'America/New_York'), "
            "SUM(amount) FILTER (status = 'won'), "
            "COUNT(*) FILTER (status = 'won') / NULLIF(COUNT(*) FILTER (status IN ('won', 'lost')), 0) "
            f"FROM deal WHERE {CLOSED} GROUP BY 1 ORDER BY 1"
        ),
    ),
    (
        "sales cycle by source",
        Query(("sales_cycle_avg", "sales_cycle_median"), ("lead_source",)),
        (
            "SELECT source, AVG((epoch_us(closed_at) - epoch_us(created_at)) / 86400e6), "
            "MEDIAN((epoch_us(closed_at) - epoch_us(created_at)) / 86400e6) FROM deal "
            "WHERE status = 'won' AND closed_at >= created_at GROUP BY 1"
        ),
    ),
)


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cost(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    before = cpu_seconds()
    work()
    return cpu_seconds() - before


def main() -> None:
    store = Store(Path(os.environ["PUENTE_DATA_DIR"]))
    with store.reader(store.workspace("bulk")) as reader:
        hand = duckdb.connect()
        hand.execute("SET TimeZone = 'UTC'")
        for entity in ("deal", "owner"):
            files = ", ".join(f"'{path}'" for path in reader.file_uris(entity))
            hand.execute(f"CREATE VIEW {entity} AS SELECT * FROM read_parquet([{files}])")
        for name, query, statement in CASES:
            pairs = []
            for _ in range(11):
                with store.reader(store.workspace("bulk")) as fresh:  # has no answers yet; asked twice, it answers once
                    ours_now = cost(lambda q=query, r=fresh: evaluate(r, q, NOW))
                pairs.append((ours_now, cost(lambda s=statement: hand.execute(s).fetchall())))
            ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
            print(f"{name}\t{ours}\t{theirs}")


main()
