"""Charts of Looker Studio over many workspaces beside the statement that a person would write on the same files.

Prints a line a figure: name, ours, theirs, in seconds of the clock. Both are warm, nothing is kept between questions.
"""

from __future__ import annotations

import os
import statistics
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import orjson

from connector.actions.answer_cache import AnswerCache
from connector.actions.looker import ChartRequest, chart_data
from connector.actions.looker_fields import Source
from connector.actions.looker_filters import LookerFilter
from connector.metrics.report_types import report_type
from connector.store.store import Store

NOW = datetime(2025, 10, 1, tzinfo=UTC)
FIRST, DAYS = date(2023, 1, 1), 1000
CHARTS = 200
ZONE = "America/New_York"
SALES = Source(report_type("sales"), "en", "USD", ZONE)
NAMES = {"owner": "o.name", "lead_source": "source", "team": "t.name"}
JOINS = {
    "owner": " LEFT JOIN owner AS o ON o.id = owner_id", "lead_source": "",
    "team": " LEFT JOIN team AS t ON t.id = team_id",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One chart, and the statement for it."""

    workspace: str
    asked: ChartRequest
    statement: str


def moments(column: str, first: date, last: date) -> str:
    """The days as a person writes them: from local midnight to local midnight."""
    return (
        f"{column} >= TIMESTAMP '{first}' AT TIME ZONE '{ZONE}' AND "
        f"{column} < TIMESTAMP '{last + timedelta(1)}' AT TIME ZONE '{ZONE}'"
    )


def case(random: Random, workspace: str) -> Case:
    """Return one of the usual charts, with days and a filter of its own."""
    length = random.choice((27, 89, 179, 364))
    first = FIRST + timedelta(random.randrange(DAYS - length))
    last = first + timedelta(length)
    filters: tuple[tuple[LookerFilter, ...], ...] = ()
    only = ""
    if random.random() < 0.4:
        chosen = tuple(random.sample(("Website", "Google Ads", "LinkedIn", "Webinar", "Referral"), 2))
        filters = ((LookerFilter("lead_source", "IN_LIST", chosen, False),),)
        only = f" AND source IN {chosen}"
    won = f"status = 'won' AND {moments('closed_at', first, last)}{only}"
    closed = f"{moments('closed_at', first, last)}{only}"
    created = f"{moments('created_at', first, last)}{only}"
    local = f"closed_at AT TIME ZONE '{ZONE}'"
    by = random.choice(tuple(NAMES))
    counts = "COUNT(*) FILTER (status = 'won'), COUNT(*) FILTER (status = 'lost')"
    day, month = f"CAST({local} AS DATE)", f"date_trunc('month', {local})"
    name, join = NAMES[by], JOINS[by]
    born = f"CAST(created_at AT TIME ZONE '{ZONE}' AS DATE)"
    both = (
        f"SELECT * FROM (SELECT {name} AS k, COUNT(*) FROM deal{join} WHERE {created} GROUP BY 1) FULL JOIN "
        f"(SELECT {name} AS k, COUNT(*) FROM deal{join} WHERE {won} GROUP BY 1) USING (k)"
    )
    each = f"SELECT {born}, o.name, COUNT(*) FROM deal{JOINS['owner']} WHERE {created} GROUP BY 1, 2"
    shapes = (
        (("total_sales",), f"SELECT SUM(amount) FROM deal WHERE {won}"),
        (
            (by, "total_sales", "deals_won"),
            f"SELECT {name}, SUM(amount), COUNT(*) FROM deal{join} WHERE {won} GROUP BY 1",
        ),
        (("date", "total_sales"), f"SELECT {day}, SUM(amount) FROM deal WHERE {won} GROUP BY 1"),
        (("month", "deals_won", "deals_lost"), f"SELECT {month}, {counts} FROM deal WHERE {closed} GROUP BY 1"),
        (
            (by, "month", "total_sales"),
            f"SELECT {name}, {month}, SUM(amount) FROM deal{join} WHERE {won} GROUP BY 1, 2",
        ),
        ((by, "deals_created", "deals_won"), both),
        (("date", "owner", "deals_created"), each),
    )
    fields, statement = random.choice(shapes)
    return Case(workspace, ChartRequest(SALES, fields, filters=filters, first_day=first, last_day=last), statement)


class Hand:
    """A plain DuckDB with one schema for each workspace over the same files."""

    def __init__(self, store: Store, workspaces: list[str]) -> None:
        self._database = duckdb.connect()
        self._database.execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true")
        for place, name in enumerate(workspaces):
            self._database.execute(f"CREATE SCHEMA w{place}")
            with store.reader(store.workspace(name)) as reader:
                for entity in ("deal", "owner", "team"):
                    files = ", ".join(f"'{path}'" for path in reader.file_uris(entity))
                    self._database.execute(f"CREATE VIEW w{place}.{entity} AS SELECT * FROM read_parquet([{files}])")
        self._places = {name: place for place, name in enumerate(workspaces)}

    def answer(self, workspace: str, statement: str) -> list[Any]:
        self._database.execute(f"USE w{self._places[workspace]}")
        return self._database.execute(statement).fetchall()


def seconds(work: Callable[[], object]) -> float:
    """Time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def check(body: bytes, rows: list[Any], asked: ChartRequest) -> None:
    """Both must have counted the same: the sums of every figure, and the number of rows."""
    answer = orjson.loads(body)
    mine = [row["values"] for row in answer["rows"]]
    place = len(asked.fields) - 1
    ours = sum(row[place] or 0 for row in mine)
    theirs = sum(float(row[-1] or 0) for row in rows)
    assert abs(ours - theirs) < 0.01 + 1e-9 * abs(theirs), (asked.fields, ours, theirs)


def charts(store: Store, workspaces: list[str]) -> None:
    """Print the median and the slow end of a mix of charts."""
    random, hand = Random(7), Hand(store, workspaces)
    cases = [case(random, random.choice(workspaces)) for _ in range(CHARTS)]
    cache = AnswerCache(time.monotonic, most_bytes=0)

    def ours(one: Case) -> bytes:
        return b"".join(chart_data(store, one.workspace, one.asked, NOW, cache).plain())

    for one in cases:  # warm, and both count the same
        check(ours(one), hand.answer(one.workspace, one.statement), one.asked)
    pairs = []
    for one in cases:
        mine = statistics.median(seconds(lambda o=one: ours(o)) for _ in range(3))
        plain = statistics.median(seconds(lambda o=one: hand.answer(o.workspace, o.statement)) for _ in range(3))
        pairs.append((mine, plain))
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        mine, plain = (sorted(column)[int(share * len(column))] for column in zip(*pairs, strict=True))
        print(f"{CHARTS} charts, {name}\t{mine}\t{plain}")


def long_answer(store: Store, workspace: str, address: str, key: str) -> None:
    """Print the time of an answer of about 10,000 rows over HTTP, beside the bare statement."""
    hand = Hand(store, [workspace])
    with store.reader(store.workspace(workspace)) as reader:
        total = reader.profile.rows["deal"]
    days = max(1, round(DAYS * 10_000 / (total * 0.95)))
    first = FIRST + timedelta(200)
    last = first + timedelta(days - 1)
    statement = (
        f"SELECT any_value(name), CAST(created_at AT TIME ZONE '{ZONE}' AS DATE), COUNT(*), SUM(amount) FROM deal "
        f"WHERE {moments('created_at', first, last)} GROUP BY id, 2"
    )
    fields = ("deal", "date", "deals_created", "deals_created_value")
    body = orjson.dumps(
        {
            "configParams": {"workspace": workspace, "report_type": "sales", "time_zone": ZONE, "currency": "USD"},
            "fields": [{"name": name} for name in fields],
            "dateRange": {"startDate": str(first), "endDate": str(last)},
        }
    )
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json", "Accept-Encoding": "gzip"}
    request = urllib.request.Request(f"{address}/v1/looker/data", body, headers)

    def ours() -> bytes:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    ours()
    rows = hand.answer(workspace, statement)
    mine, plain = [], []
    for _ in range(7):
        mine.append(seconds(ours))
        plain.append(seconds(lambda: hand.answer(workspace, statement)))
    print(f"HTTP answer of {len(rows):,} rows\t{statistics.median(mine)}\t{statistics.median(plain)}")


def main() -> None:
    store = Store(Path(os.environ["PUENTE_DATA_DIR"]))
    workspaces = sorted(entry.name for entry in store.workspaces())
    charts(store, workspaces)
    if os.environ.get("BENCH_ADDRESS"):
        long_answer(store, workspaces[0], os.environ["BENCH_ADDRESS"], os.environ["BENCH_KEY"])


if __name__ == "__main__":
    main()
