"""deal_history against an oracle in plain Python, on random deals, logs and versions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector.store.derive import derive
from tests.store.derive_cases import NOW, STAGES, Row, at, get, put, shuffled
from tests.store.history_oracle import TICK, TRACKED, Oracle

DAYS = st.integers(0, 40).map(lambda day: at("01-01") + timedelta(days=day))
MOMENTS = st.one_of(DAYS, st.integers(0, 40 * 24).map(lambda hour: at("01-01") + timedelta(hours=hour, minutes=7)))
STAGE_IDS = st.sampled_from(["S1", "S2", "S3", "Won", "Lost", "Odd"])
OWNERS = st.sampled_from([None, "ann", "bob"])
AMOUNTS = st.sampled_from([None, Decimal("10.0000"), Decimal("25.5000")])
TABLES = ("deal", "deal_history", "deal_stage_history")
MANY = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
FEW = settings(MANY, max_examples=6)
"""One example holds up to a dozen deals, because deriving ten costs no more than deriving one."""


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


@st.composite
def tracked(draw: st.DrawFn) -> Row:
    return {
        "stage_id": draw(maybe(STAGE_IDS)),
        "status": draw(st.sampled_from([None, None, "open", "won", "lost"])),
        "amount": draw(AMOUNTS),
        "currency": draw(st.sampled_from([None, "EUR", "USD"])),
        "probability": draw(st.sampled_from([None, None, 0.55])),
        "expected_close_date": draw(maybe(st.just(date(2024, 3, 1)))),
        "owner_id": draw(OWNERS),
    }


@st.composite
def entries(draw: st.DrawFn) -> Row:
    return {
        "stage_id": draw(STAGE_IDS),
        "entered_at": draw(MOMENTS),
        "from_stage_id": draw(st.sampled_from([None, None, "S1", "S2"])),
        "owner_id": draw(OWNERS),
        "amount": draw(AMOUNTS),
    }


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, list[Row]]:
    """Some deals, each with some rows of a stage log and some versions, the last of which is the deal itself."""
    deals: list[Row] = []
    log: list[Row] = []
    versions: list[Row] = []
    for number in range(draw(st.integers(1, 8))):
        name = f"D{number}"
        row = draw(tracked()) | {
            "id": name,
            "created_at": draw(maybe(MOMENTS)),
            "closed_at": draw(maybe(MOMENTS)),
            "source_updated_at": draw(maybe(MOMENTS)),
            "synced_at": draw(maybe(st.just(at("02-01")))),
            "is_deleted": draw(st.sampled_from([None, False, False, True])),
        }
        row["deleted_at"] = draw(maybe(MOMENTS)) if row["is_deleted"] else None
        deals.append(row)
        rows = draw(st.sampled_from([0, 0, 1, 2, 4, 6]))
        log += [draw(entries()) | {"id": f"{name}-{turn}", "deal_id": name} for turn in range(rows)]
        observed = draw(st.lists(MOMENTS, max_size=4, unique=True))
        for moment in observed:
            said = draw(tracked()) | {"is_deleted": draw(st.sampled_from([None, False, False, True]))}
            current = {key: row[key] for key in said}
            versions.append((current if moment == max(observed) else said) | {"id": name, "observed_at": moment})
    return {"deal": deals, "deal_stage_history": log, "deal_version": versions, "stage": STAGES}


@contextmanager
def staged(world: dict[str, list[Row]], files: int = 1) -> Iterator[Path]:
    root = Path(tempfile.mkdtemp(prefix="derive"))
    try:
        for entity, rows in world.items():
            if rows:
                put(root, entity, rows, files)
        yield root
    finally:
        shutil.rmtree(root)


def tables(root: Path) -> dict[str, list[Row]]:
    return {entity: get(root, entity) for entity in TABLES}


@MANY
@given(worlds())
def test_history_at_any_moment_is_what_the_oracle_says(world: dict[str, list[Row]]) -> None:
    stages = {str(stage["id"]): stage for stage in STAGES}
    with staged(world) as root:
        derive(root, "UTC", NOW, threads=1)
        history = get(root, "deal_history")
        deals = {row["id"]: row for row in get(root, "deal")}
    assert {row["deal_id"] for row in history} == set(deals)
    for deal in world["deal"]:
        own = sorted((row for row in history if row["deal_id"] == deal["id"]), key=lambda row: row["valid_from"])
        for earlier, later in pairwise(own):
            assert earlier["valid_to"] == later["valid_from"] > earlier["valid_from"], "no gap, no overlap"
            assert any(earlier[name] != later[name] for name in TRACKED), "an interval ends because something changed"
        last, now = own[-1], deals[deal["id"]]
        assert last["valid_to"] is None
        for name in TRACKED:
            assert last[name] == (bool(now[name]) if name == "is_deleted" else now[name]), name
        oracle = Oracle(deal, world["deal_stage_history"], world["deal_version"], stages)
        assert own[0]["valid_from"] == oracle.start
        for moment in moments(own, oracle):
            assert state(own, moment) == oracle.state_at(moment), (deal["id"], moment)


def moments(own: list[Row], oracle: Oracle) -> set[datetime]:
    turning = {row["valid_from"] for row in own} | {event[0] for event in oracle.events} | {oracle.start}
    return {moment + step for moment in turning for step in (-TICK, timedelta(), TICK, timedelta(hours=5))}


def state(own: list[Row], moment: datetime) -> Row | None:
    for row in own:
        if row["valid_from"] <= moment and (row["valid_to"] is None or row["valid_to"] > moment):
            return {name: row[name] for name in TRACKED}
    return None


@FEW
@given(worlds(), st.integers(0, 1000), st.integers(1, 3))
def test_order_of_rows_and_files_does_not_matter(world: dict[str, list[Row]], seed: int, files: int) -> None:
    with staged(world) as first, staged({name: shuffled(rows, seed) for name, rows in world.items()}, files) as second:
        assert derive(first, "UTC", NOW, threads=1) == derive(second, "UTC", NOW)
        compared = [name for name in TABLES if world.get(name) or name == "deal_history"]
        for entity in compared:
            assert get(first, entity) == get(second, entity)


@FEW
@given(worlds())
def test_deriving_again_changes_nothing(world: dict[str, list[Row]]) -> None:
    with staged(world) as root:
        derive(root, "UTC", NOW, threads=1)
        once = tables(root)
        derive(root, "UTC", NOW, threads=1)
        assert tables(root) == once
