"""Data quality counted by groups of records that are alike gives what counting every single result gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

import pytest

from connector.metrics.evaluate import evaluate
from connector.model.filters import AllOf, Condition, Filter
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, Answer, MemoryReader

METRICS = (
    "records_checked", "missing_fields", "field_fill_rate", "incomplete_records", "inaccurate_rate",
    "duplicate_records", "wrong_labels", "records_without_owner", "stale_records",
)  # fmt: skip
PLAIN = ("missing_fields", "field_fill_rate", "wrong_labels", "records_without_owner", "stale_records")
EVERY_RECORD = Condition("dq_record", "equals", ("no such record",), exclude=True)
"""Keeps everything, and asks about single records: no group can answer it."""


@dataclass
class Listening(MemoryReader):
    """Keeps the statements it was asked."""

    asked: list[str] = field(default_factory=list)

    def run(self, sql: str, entities: Iterable[str]) -> Answer:
        self.asked.append(sql)
        return super().run(sql, entities)


@cache
def workspace(seed: int) -> Listening:
    """A small workspace where most things are missing or wrong now and then."""
    random = Random(seed)
    reader = Listening(Profile(allowed={"deal.source": ("Web", "Fair"), "account.country": ("ES",)}))
    reader.add("team", {"id": "t"}).add("owner", *({"id": name, "name": name, "team_id": "t"} for name in "ab"))

    def some(*values: Any) -> Any:
        return random.choice((None, *values))

    def moment() -> datetime:
        return NOW - timedelta(days=random.randrange(-3, 90))

    for entity in ("account", "lead", "contact", "deal"):
        rows = [
            {"id": f"{entity[0]}{n}", "owner_id": some("a", "b", "gone"), "created_at": moment()}
            | {"is_deleted": random.random() < 0.1, "source_updated_at": moment()}
            for n in range(25)
        ]
        for row in rows:
            if entity == "account":
                row |= {"name": some("Acme", "acme ", "Beta", "test"), "country": some("ES", "xx")}
            if entity == "lead":
                row |= {"dedupe_key": some("x", "y"), "status": some("new", "odd"), "source": some("Web")}
            if entity == "contact":
                row |= {"dedupe_key": some("x", "y", "z"), "account_id": some("a1", "none"), "email": some("n/a")}
            if entity == "deal":
                row |= {"account_id": some("a1", "none"), "source": some("Web", "web"), "amount": some(0, 5)}
                row |= {"status": random.choice(("open", "won", "lost")), "closed_at": some(moment())}
        reader.add(entity, *rows)
    return reader


def answered(reader: Listening, query: Query) -> tuple[Any, bool]:
    """Rows and totals of an answer, and whether groups gave it."""
    reader.asked.clear()
    table = evaluate(reader, query, NOW)
    return (table.rows, table.totals), "dq_group" in reader.asked[-1] and "dq_result" not in reader.asked[-1]


QUESTIONS: tuple[tuple[tuple[str, ...], tuple[str, ...], Filter], ...] = (
    (METRICS, (), AllOf()),
    (METRICS, ("dq_entity",), AllOf()),
    (METRICS, ("owner",), AllOf()),
    (METRICS, ("team", "dq_entity"), Condition("owner", "in_list", ("a", "(unassigned)"))),
    (PLAIN, ("dq_rule",), AllOf()),
    (PLAIN, ("dq_rule", "dq_entity", "dq_field"), Condition("dq_entity", "equals", ("deal",))),
    (PLAIN, ("dq_entity", "dq_field"), Condition("dq_rule", "equals", ("missing",))),
    (("stale=COUNT(DISTINCT dq_result.entity, dq_result.record_id WHERE dq_result.rule_id = 'stale')",), (), AllOf()),
    (("all=COUNT(dq_result.record_id)", "good=COUNT(dq_result.record_id WHERE NOT dq_result.is_violation)"), ("owner",),
     AllOf()),
)  # fmt: skip


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(("metrics", "dimensions", "tree"), QUESTIONS)
def test_groups_give_the_figures_of_single_results(
    seed: int, metrics: tuple[str, ...], dimensions: tuple[str, ...], tree: Filter
) -> None:
    reader = workspace(seed)
    query = Query(metrics, dimensions, tree, totals=True)
    grouped, by_groups = answered(reader, query)
    single, also = answered(reader, replace(query, filter=AllOf((tree, EVERY_RECORD))))
    assert by_groups
    assert not also
    assert grouped == single
    assert any(any(row) for row in grouped[0])


@pytest.mark.parametrize(
    ("metric", "dimensions"),
    [
        ("records_checked", ("dq_rule",)),
        ("incomplete_records", ("dq_field",)),
        ("missing_fields", ("dq_record",)),
        ("n=COUNT(DISTINCT dq_result.record_id)", ()),
        ("n=COUNT(dq_result.duplicate_group_id)", ()),
        ("n=COUNT(DISTINCT dq_result.entity, dq_result.duplicate_group_id)", ()),
        ("n=COUNT(DISTINCT dq_result.entity, dq_result.record_id WHERE dq_result.is_violation = false)", ()),
        ("n=COUNT(DISTINCT dq_result.entity, dq_result.record_id WHERE dq_result.rule_id IN ('missing', 'stale'))", ()),
        ("n=COUNT(DISTINCT dq_result.entity, dq_result.record_id WHERE dq_result.field = 'amount')", ()),
        ("n=COUNT(dq_result.entity WHERE dq_result.record_id = 'a1')", ()),
    ],
)
def test_what_asks_about_single_records_is_not_answered_by_groups(metric: str, dimensions: tuple[str, ...]) -> None:
    _, by_groups = answered(workspace(0), Query((metric,), dimensions))
    assert not by_groups


def test_more_rules_than_bits_are_counted_one_by_one() -> None:
    reader = workspace(1)
    required = ",".join(["deal.name"] * 63)
    table, by_groups = answered(reader, Query(("missing_fields",), parameters={"required": required}))
    assert not by_groups
    alive = reader.connection.execute("SELECT COUNT(*) FROM deal WHERE NOT is_deleted").fetchone()
    assert table[0] == ((63 * (alive or (0,))[0],),)
