"""Funnels: the worked examples of the catalogue, its edge rules, and an oracle over random histories of stages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from connector.errors import QueryError
from connector.metrics.evaluate import evaluate
from connector.model.filters import Condition
from connector.model.query import Query
from connector.model.table import Table
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader

CREATED = datetime(2024, 5, 1, 9, tzinfo=UTC)
CLOSED = {"Won": "won", "Lost": "lost", "Unqualified": "unqualified"}
COUNTS = ("stage_reached", "stage_conversion_step", "stage_conversion_cumulative", "stage_drop_off")


def world(stages: int = 3, pipeline: str = "p", reader: MemoryReader | None = None) -> MemoryReader:
    """A pipeline with open stages S1, S2 ... and the closed ones."""
    reader = reader or MemoryReader(Profile(currency="USD"))
    reader.add("pipeline", {"id": pipeline, "name": pipeline.upper()})
    for place in range(1, stages + 1):
        row = {"id": f"{pipeline}/S{place}", "name": f"S{place}", "position": place * 10, "kind": "open"}
        reader.add("stage", row | {"pipeline_id": pipeline})
    for name, kind in CLOSED.items():
        reader.add("stage", {"id": f"{pipeline}/{name}", "name": name, "kind": kind, "pipeline_id": pipeline})
    return reader


def add_deal(reader: MemoryReader, name: str, path: str, pipeline: str = "p", **more: Any) -> None:
    """A deal that visits the stages of ``path`` a day each; ``S1:ana`` is a visit owned by ana."""
    steps = [step.partition(":")[::2] for step in path.split()]
    created = more.pop("created_at", CREATED)
    last = steps[-1][0] if steps else "S1"
    status = CLOSED.get(last, "open")
    moments = [created + timedelta(days=day) for day in range(len(steps))]
    opened = [step for step, _ in steps if step not in CLOSED]
    owner = steps[-1][1] or None if steps else None
    row = {
        "id": name, "name": name, "pipeline_id": pipeline, "status": status, "created_at": created,
        "stage_id": f"{pipeline}/{last}", "closed_at": moments[-1] if status != "open" and moments else None,
        "owner_id": owner, "last_open_stage_id": f"{pipeline}/{opened[-1]}" if opened else None, "amount": 100,
    }  # fmt: skip
    reader.add("deal", row | more)
    visits = [
        {"id": f"{name}/{number}", "deal_id": name, "pipeline_id": pipeline, "stage_id": f"{pipeline}/{step}",
         "entered_at": entered, "owner_id": visitor or None}
        for number, ((step, visitor), entered) in enumerate(zip(steps, moments, strict=True))
    ]  # fmt: skip
    if visits:
        reader.add("deal_stage_history", *visits)


def answer(reader: MemoryReader, metrics: str, dimensions: str = "funnel_stage", **more: Any) -> Table:
    names = tuple(part for part in dimensions.split(",") if part)
    more.setdefault("date_range", "this_month")
    return evaluate(reader, Query(tuple(metrics.split(",")), names, **more), NOW)


def funnel(reader: MemoryReader, metric: str = "stage_reached", mode: str = "reached", **more: Any) -> dict[str, Any]:
    """One figure by step, in the order of the answer; every step is there, for the whole cohort is asked beside."""
    whole = "lead_stage_conversion_cumulative" if metric.startswith("lead") else "funnel_deals"
    names = ",".join(dict.fromkeys((metric, whole)))
    table = answer(reader, names, parameters={"funnel_mode": mode}, **more)
    return {str(row[0]): row[1] for row in table.rows}


def percents(figures: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else round(value * 100, 2) for name, value in figures.items()}


# -- the examples of the catalogue


@pytest.fixture
def phone_sales() -> MemoryReader:
    """85 deals entered; 68 were qualified by phone, 52 met face to face, 28 negotiated a contract."""
    reader = world(4)
    for number in range(85):
        reached = 1 + sum(number < count for count in (68, 52, 28))
        add_deal(reader, f"d{number}", " ".join(f"S{place}" for place in range(1, reached + 1)) + " Lost")
    return reader


def test_85_deals_of_which_28_come_to_the_negotiation(phone_sales: MemoryReader) -> None:
    assert funnel(phone_sales) == {"S1": 85, "S2": 68, "S3": 52, "S4": 28, "Won": 0}
    assert percents(funnel(phone_sales, "stage_conversion_step")) == {
        "S1": 100.0, "S2": 80.0, "S3": 76.47, "S4": 53.85, "Won": 0.0,
    }  # fmt: skip
    assert percents(funnel(phone_sales, "stage_conversion_cumulative")) == {
        "S1": 100.0, "S2": 80.0, "S3": 61.18, "S4": 32.94, "Won": 0.0,
    }  # fmt: skip
    assert percents(funnel(phone_sales, "stage_drop_off")) == {
        "S1": 20.0, "S2": 23.53, "S3": 46.15, "S4": 100.0, "Won": None,
    }  # fmt: skip


@pytest.fixture
def four_deals() -> MemoryReader:
    reader = world(3)
    add_deal(reader, "A", "S1 S2 S3 Won")
    add_deal(reader, "B", "S1 S3")
    add_deal(reader, "C", "S1 S2 S1")
    add_deal(reader, "D", "S1 Lost")
    return reader


@pytest.mark.parametrize(
    ("mode", "counts"), [("reached", (4, 3, 2, 1)), ("visited", (4, 2, 2, 1)), ("ordered", (4, 2, 1, 1))]
)
def test_four_deals_counted_in_three_ways(four_deals: MemoryReader, mode: str, counts: tuple[int, ...]) -> None:
    assert tuple(funnel(four_deals, mode=mode).values()) == counts


def test_the_won_step_is_the_last_row_and_has_its_name_in_every_language(four_deals: MemoryReader) -> None:
    names = {"en": "Won", "es": "Ganados", "pt": "Ganhos", "ru": "Выигранные"}
    for language, name in names.items():
        assert list(funnel(four_deals, language=language)) == ["S1", "S2", "S3", name]
    only = Condition("funnel_stage", "equals", (":won",))
    assert funnel(four_deals, filter=only) == {"Won": 1}


def test_stage_distribution_of_twenty_open_deals() -> None:
    reader = world(3)
    for stage, (count, value) in {"S1": (10, 20_000), "S2": (6, 30_000), "S3": (4, 50_000)}.items():
        for number in range(count):
            add_deal(reader, f"{stage}-{number}", stage, amount=Decimal(value) / count)
    add_deal(reader, "w", "S1 Won", amount=999)
    names = "stage_deal_count,stage_deal_value,stage_count_share,stage_value_share"
    only = Condition("deal_status", "equals", ("open",))
    table = answer(reader, names, "stage", date_range="as_of_today", filter=only)
    assert [(row[0], row[1], round(float(row[2])), row[3], round(row[4], 6)) for row in table.rows] == [
        ("S1", 10, 20_000, 0.5, 0.2), ("S2", 6, 30_000, 0.3, 0.3), ("S3", 4, 50_000, 0.2, 0.5),
    ]  # fmt: skip


# -- rule by rule


def test_e1_a_stage_that_nothing_came_near_has_no_rate() -> None:
    reader = world(3)
    add_deal(reader, "A", "S1 Lost")
    assert funnel(reader, "stage_conversion_step") == {"S1": 1.0, "S2": 0.0, "S3": None, "Won": None}
    assert funnel(reader, "stage_drop_off") == {"S1": 1.0, "S2": None, "S3": None, "Won": None}
    assert funnel(world(3)) == {}


def test_e2_deals_without_owner_are_a_group_and_in_the_totals() -> None:
    reader = world(1)
    reader.add("owner", {"id": "ana", "name": "Ana"})
    add_deal(reader, "A", "S1:ana")
    add_deal(reader, "B", "S1")
    found = {row[:2]: row[2] for row in answer(reader, "stage_reached", "owner,funnel_stage").rows}
    assert found[("(unassigned)", "S1")] == found[("Ana", "S1")] == 1
    assert answer(reader, "stage_reached", "").rows == ((2,),)


def test_e5_a_lost_deal_counts_up_to_the_furthest_stage_it_entered_and_never_later() -> None:
    reader = world(4)
    add_deal(reader, "A", "S1 S3 S2 Lost")
    add_deal(reader, "B", "S2 Unqualified")
    assert funnel(reader) == {"S1": 2, "S2": 2, "S3": 1, "S4": 0, "Won": 0}
    assert funnel(reader, mode="visited") == {"S1": 1, "S2": 2, "S3": 1, "S4": 0, "Won": 0}


def test_e5_a_won_deal_reaches_every_stage_but_visits_only_its_own() -> None:
    reader = world(3)
    add_deal(reader, "A", "S1 Won")
    assert funnel(reader) == {"S1": 1, "S2": 1, "S3": 1, "Won": 1}
    assert funnel(reader, mode="visited") == {"S1": 1, "S2": 0, "S3": 0, "Won": 1}
    assert funnel(reader, mode="ordered") == {"S1": 1, "S2": 0, "S3": 0, "Won": 0}
    assert percents(funnel(reader, "stage_conversion_step", "visited"))["Won"] is None


def test_e5_ordered_counts_a_stage_entered_again_after_those_before_it() -> None:
    reader = world(3)
    add_deal(reader, "A", "S1 S3 S2 S3")
    add_deal(reader, "B", "S1 S3 S2")
    add_deal(reader, "C", "S1 S2 S3 S1 Won")
    assert funnel(reader, mode="ordered") == {"S1": 3, "S2": 3, "S3": 2, "Won": 1}


def test_e5_two_stages_of_one_moment_are_taken_in_their_order() -> None:
    reader = world(2)
    add_deal(reader, "A", "S1")
    again = {"id": "x", "deal_id": "A", "pipeline_id": "p", "stage_id": "p/S2", "entered_at": CREATED}
    reader.add("deal_stage_history", again)
    assert funnel(reader, mode="ordered") == {"S1": 1, "S2": 1, "Won": 0}


def test_e5_visited_steps_may_pass_100_percent_and_lose_less_than_nothing() -> None:
    reader = world(2)
    add_deal(reader, "A", "S1")
    add_deal(reader, "B", "S2")
    add_deal(reader, "C", "S2")
    assert funnel(reader, "stage_conversion_step", "visited")["S2"] == 2.0
    assert funnel(reader, "stage_drop_off", "visited")["S1"] == -1.0


def test_e6_a_step_back_takes_nothing_away() -> None:
    reader = world(3)
    add_deal(reader, "A", "S1 S2 S3 S1")
    assert funnel(reader) == {"S1": 1, "S2": 1, "S3": 1, "Won": 0}
    assert funnel(reader, "stage_stopped") == {"S1": 0, "S2": 0, "S3": 1, "Won": 0}


def test_e7_the_cohort_is_cut_at_midnight_of_the_report_zone() -> None:
    reader = world(1)
    add_deal(reader, "A", "S1", created_at=datetime(2024, 4, 30, 22, 30, tzinfo=UTC))
    assert funnel(reader) == {}
    assert funnel(reader, time_zone="Europe/Madrid") == {"S1": 1, "Won": 0}


def test_later_visits_of_a_cohort_count_and_later_deals_do_not() -> None:
    reader = world(2)
    add_deal(reader, "A", "S1 S2", created_at=datetime(2024, 3, 31, 12, tzinfo=UTC))
    add_deal(reader, "B", "S1 S2", created_at=datetime(2024, 4, 1, 12, tzinfo=UTC))
    assert funnel(reader, date_range="2024-03-01..2024-03-31") == {"S1": 1, "S2": 1, "Won": 0}
    names = "stage_reached,funnel_deals"
    before = answer(reader, names, date_range="2024-04-01..2024-04-30", compare="previous_period")
    assert [row[:3] for row in before.rows] == [("S1", 1, 1), ("S2", 1, 1), ("Won", 0, 0)]


def test_e8_deleted_deals_are_in_no_step() -> None:
    reader = world(1)
    add_deal(reader, "A", "S1", is_deleted=True)
    add_deal(reader, "B", "S1")
    assert funnel(reader) == {"S1": 1, "Won": 0}


def test_e16_a_small_base_is_marked_with_its_size(four_deals: MemoryReader) -> None:
    table = answer(four_deals, ",".join(COUNTS))
    column = table.index("stage_conversion_step")
    assert [table.small_n.get((row, column)) for row in range(4)] == [4, 4, 3, 2]
    assert table.small_n[(0, table.index("stage_drop_off"))] == 4


def test_a_reopened_deal_counts_by_its_state_now() -> None:
    reader = world(2)
    add_deal(reader, "A", "S1 Won S2")
    assert funnel(reader) == {"S1": 1, "S2": 1, "Won": 0}
    add_deal(reader, "B", "S1 Lost S1 S2 Won")
    assert funnel(reader) == {"S1": 2, "S2": 2, "Won": 1}


def test_unqualified_is_a_loss_of_its_stage_but_no_part_of_the_win_rate() -> None:
    reader = world(2)
    add_deal(reader, "A", "S1 S2 Unqualified")
    add_deal(reader, "B", "S1 S2 Won")
    add_deal(reader, "C", "S1 Lost")
    add_deal(reader, "D", "S1 S2")
    assert funnel(reader, "stage_drop_off")["S2"] == 2 / 3
    assert funnel(reader, "stage_to_win_rate") == {"S1": 0.5, "S2": 1.0, "Won": 1.0}
    assert funnel(reader, "stage_still_open_rate") == {"S1": 0.25, "S2": 1 / 3, "Won": 0.0}
    assert funnel(reader, "stage_stopped") == {"S1": 1, "S2": 2, "Won": 0}


def test_the_funnel_by_value_has_the_amount_of_today_at_every_stage() -> None:
    reader = world(2)
    add_deal(reader, "A", "S1 S2 Won", amount=300)
    add_deal(reader, "B", "S1 Lost", amount=100)
    add_deal(reader, "C", "S1 S2", amount=None)
    assert funnel(reader, "stage_reached_value") == {"S1": 400, "S2": 300, "Won": 300}
    assert funnel(reader, "stage_value_conversion_step") == {"S1": 1.0, "S2": 0.75, "Won": 1.0}
    assert funnel(reader, "stage_value_conversion_cumulative") == {"S1": 1.0, "S2": 0.75, "Won": 0.75}
    assert funnel(reader, "stage_stopped_value") == {"S1": 100, "S2": 0, "Won": 0}
    whole = answer(reader, "stage_reached_value", "")
    assert whole.rows == ((Decimal(400),),), "without its steps an amount is there once"
    assert [(note.code, note.count) for note in whole.notes] == [("without_amount", 1)]
    by_step = answer(reader, "stage_reached_value")
    assert [(note.code, note.count) for note in by_step.notes] == [("without_amount", 1)]


def test_e3_the_funnel_by_value_is_in_the_report_currency() -> None:
    reader = world(1)
    reader.add("fx_rate", {"id": "r", "date": CREATED.date(), "from_currency": "EUR", "to_currency": "USD", "rate": 2})
    add_deal(reader, "A", "S1", amount=100, currency="EUR")
    add_deal(reader, "B", "S1 Won", amount=50, currency="USD")
    add_deal(reader, "C", "S1", amount=70, currency="JPY")
    table = answer(reader, "stage_reached_value")
    assert [(row[0], float(row[1])) for row in table.rows] == [("S1", 250.0), ("Won", 50.0)]
    assert ("without_rate", 1) in [(note.code, note.count) for note in table.notes]


def test_e14_by_product_a_deal_counts_in_each_and_its_value_is_split() -> None:
    reader = world(1)
    reader.add("product", {"id": "x", "name": "X"}, {"id": "y", "name": "Y"})
    add_deal(reader, "A", "S1 Won", amount=100)
    add_deal(reader, "B", "S1", amount=10)
    for product, amount in (("x", 60), ("y", 30)):
        reader.add("deal_line", {"id": product, "deal_id": "A", "product_id": product, "amount": amount})
    table = answer(reader, "stage_reached,stage_reached_value", "funnel_stage,product")
    assert {row[:2]: (row[2], float(row[3])) for row in table.rows} == {
        ("S1", "X"): (1, 60.0), ("S1", "Y"): (1, 30.0), ("S1", "(no product)"): (2, 20.0),
        ("Won", "X"): (1, 60.0), ("Won", "Y"): (1, 30.0), ("Won", "(no product)"): (1, 10.0),
    }  # fmt: skip
    only = Condition("product", "in_list", ("X", "Y"))
    assert funnel(reader, filter=only) == {"S1": 1, "Won": 1}


# -- owners


@pytest.fixture
def owned() -> MemoryReader:
    reader = world(3)
    reader.add("team", {"id": "t", "name": "North"})
    for name in ("ana", "bo", "cy"):
        reader.add("owner", {"id": name, "name": name.capitalize(), "team_id": "t" if name == "ana" else None})
    return reader


def by_owner(reader: MemoryReader, metric: str = "stage_reached", **more: Any) -> dict[tuple[str, str], Any]:
    table = answer(reader, metric, "funnel_stage,owner", **more)
    return {(row[0], row[1]): row[2] for row in table.rows if row[2]}


def test_a_stage_belongs_to_the_owner_at_its_first_entry(owned: MemoryReader) -> None:
    add_deal(owned, "A", "S1:ana S2:bo S1:cy S2:cy")
    assert by_owner(owned) == {("S1", "Ana"): 1, ("S2", "Bo"): 1}


def test_a_stage_not_entered_belongs_to_the_owner_at_the_next_one_and_won_to_the_one_at_closing(
    owned: MemoryReader,
) -> None:
    add_deal(owned, "A", "S1:ana S3:bo Won:bo", closing_owner_id="cy", owner_id="ana")
    assert by_owner(owned) == {("S1", "Ana"): 1, ("S2", "Bo"): 1, ("S3", "Bo"): 1, ("Won", "Cy"): 1}
    add_deal(owned, "B", "S1:ana Won:ana", closing_owner_id="cy")
    assert by_owner(owned)[("S3", "Cy")] == 1, "no stage was entered later, so whoever closed it"


def test_a_deal_that_only_came_later_belongs_to_the_owner_it_had_then(owned: MemoryReader) -> None:
    add_deal(owned, "A", "S2:bo", owner_id="ana")
    assert by_owner(owned, "funnel_deals", parameters={"funnel_mode": "visited"}) == {
        (step, "Bo"): 1 for step in ("S1", "S2", "S3", "Won")
    }


def test_rates_by_owner_divide_by_the_owners_of_the_step_before(owned: MemoryReader) -> None:
    add_deal(owned, "A", "S1:ana S2:bo")
    add_deal(owned, "B", "S1:ana S2:ana")
    add_deal(owned, "C", "S1:bo Lost:bo")
    assert by_owner(owned, "stage_conversion_step") == {
        ("S1", "Ana"): 1.0, ("S1", "Bo"): 1.0, ("S2", "Ana"): 0.5, ("S2", "Bo"): 1.0,
    }  # fmt: skip
    assert by_owner(owned, "stage_conversion_cumulative")[("S2", "Ana")] == 0.5
    assert by_owner(owned, "stage_drop_off") == {("S1", "Ana"): 0.5, ("S2", "Ana"): 1.0, ("S2", "Bo"): 1.0}


def test_owners_add_up_to_the_whole_at_every_step(owned: MemoryReader) -> None:
    for number, path in enumerate(("S1:ana S2:bo S3:cy Won:cy", "S1:bo S3:ana Lost:bo", "S2:cy S1:cy", "S1 S2:ana")):
        add_deal(owned, f"d{number}", path)
    for mode in ("reached", "visited", "ordered"):
        parts: dict[str, int] = {}
        for (step, _), count in by_owner(owned, parameters={"funnel_mode": mode}).items():
            parts[step] = parts.get(step, 0) + count
        assert parts == {step: count for step, count in funnel(owned, mode=mode).items() if count}


def test_a_team_is_that_of_the_owner_of_the_stage(owned: MemoryReader) -> None:
    add_deal(owned, "A", "S1:ana S2:bo")
    only = Condition("team", "equals", ("North",))
    assert {step: n for step, n in funnel(owned, filter=only).items() if n} == {"S1": 1}


def test_a_history_that_knows_no_owners_leaves_deals_with_their_owner_of_now(owned: MemoryReader) -> None:
    add_deal(owned, "A", "S1 S2", owner_id="ana")
    assert by_owner(owned) == {("S1", "Ana"): 1, ("S2", "Ana"): 1}


# -- what is missing


def test_a_deal_without_history_counts_where_it_stands_and_the_answer_says_so() -> None:
    reader = world(3)
    add_deal(reader, "A", "S1 S2")
    row = {"pipeline_id": "p", "created_at": CREATED, "amount": 1}
    reader.add("deal", row | {"id": "B", "status": "open", "stage_id": "p/S3"})
    reader.add("deal", row | {"id": "C", "status": "won", "stage_id": "p/Won", "closed_at": NOW})
    reader.add("deal", row | {"id": "D", "status": "open", "stage_id": "p/S1"})
    assert funnel(reader) == {"S1": 4, "S2": 3, "S3": 2, "Won": 1}
    assert funnel(reader, mode="visited") == {"S1": 2, "S2": 1, "S3": 1, "Won": 1}
    assert funnel(reader, mode="ordered") == {"S1": 2, "S2": 1, "S3": 0, "Won": 0}
    notes = answer(reader, ",".join(COUNTS)).notes
    assert [(note.code, note.count) for note in notes] == [("assumed_stage", 3)]
    assert "stand now: 3" in notes[0].text
    by_owner = answer(reader, ",".join(COUNTS), "funnel_stage,owner")
    assert [(note.code, note.count) for note in by_owner.notes] == [("assumed_stage", 3)]


def test_a_complete_history_is_not_remarked_on(four_deals: MemoryReader) -> None:
    assert answer(four_deals, ",".join(COUNTS)).notes == ()


def test_stages_without_positions_count_visits_only_and_the_answer_says_so() -> None:
    reader = MemoryReader()
    for name in ("S1", "S2"):
        reader.add("stage", {"id": f"p/{name}", "name": name, "kind": "open", "pipeline_id": "p"})
    add_deal(reader, "A", "S1 Won")
    add_deal(reader, "B", "S1 S2")
    assert funnel(reader) == {"S1": 2, "S2": 1, "Won": 1}
    assert funnel(reader, "stage_conversion_step") == {"S1": None, "S2": None, "Won": 0.5}
    assert funnel(reader, "stage_drop_off") == {"S1": None, "S2": None, "Won": None}
    assert funnel(reader, "stage_stopped") == {"S1": 0, "S2": 1, "Won": 0}
    assert [note.code for note in answer(reader, ",".join(COUNTS)).notes] == ["unordered_stages"]


def test_pipelines_keep_their_own_stages_and_a_deal_is_in_that_of_today() -> None:
    reader = world(2)
    world(1, "q", reader)
    add_deal(reader, "A", "S1 S2")
    add_deal(reader, "B", "S1", "q")
    moved = {"id": "m", "deal_id": "B", "pipeline_id": "p", "stage_id": "p/S2", "entered_at": CREATED}
    reader.add("deal_stage_history", moved)
    table = answer(reader, "stage_reached,funnel_deals", "pipeline,funnel_stage")
    assert {row[:2]: row[2] for row in table.rows} == {
        ("P", "S1"): 1, ("P", "S2"): 1, ("P", "Won"): 0, ("Q", "S1"): 1, ("Q", "Won"): 0,
    }  # fmt: skip


def test_a_workspace_with_neither_pipelines_nor_stages_has_only_won() -> None:
    reader = MemoryReader().add("deal", {"id": "A", "status": "won", "created_at": CREATED, "closed_at": NOW})
    assert funnel(reader) == {"Won": 1}
    assert funnel(reader, mode="ordered") == {"Won": 1}
    assert answer(reader, "stage_reached", "stage").rows == ((":won", 1),)


def test_a_mode_that_is_none_is_refused_by_name(four_deals: MemoryReader) -> None:
    with pytest.raises(QueryError, match="funnel_mode") as caught:
        funnel(four_deals, mode="sideways'; DROP")
    assert "reached" in caught.value.remedy


# -- leads, then deals


@pytest.fixture
def leads() -> MemoryReader:
    """Five leads, three qualified, two of them deals: one won at once, one open; a deal without a lead."""
    reader = world(2)
    reader.add("owner", {"id": "ana", "name": "Ana"}, {"id": "bo", "name": "Bo"})
    add_deal(reader, "A", "S1:bo S2:bo Won:bo", created_at=datetime(2024, 2, 1, tzinfo=UTC))
    add_deal(reader, "B", "S1:ana", lead_id="l2")
    add_deal(reader, "other", "S1 S2")
    for number in range(5):
        row = {"id": f"l{number}", "created_at": CREATED, "owner_id": "ana", "source": "Web" if number else None}
        row["qualified_at"] = CREATED + timedelta(days=1) if number < 3 else None
        reader.add("lead", row | {"converted_deal_id": "A" if number == 0 else None})
    reader.add("lead", {"id": "old", "created_at": datetime(2024, 1, 2, tzinfo=UTC), "converted_deal_id": "other"})
    return reader


def test_leads_then_the_stages_of_their_deals_whenever_created(leads: MemoryReader) -> None:
    assert funnel(leads, "lead_stage_reached") == {"Leads": 5, "Qualified leads": 3, "S1": 2, "S2": 1, "Won": 1}
    assert percents(funnel(leads, "lead_stage_conversion_step")) == {
        "Leads": 100.0, "Qualified leads": 60.0, "S1": 66.67, "S2": 50.0, "Won": 100.0,
    }  # fmt: skip
    assert percents(funnel(leads, "lead_stage_conversion_cumulative")) == {
        "Leads": 100.0, "Qualified leads": 60.0, "S1": 40.0, "S2": 20.0, "Won": 20.0,
    }  # fmt: skip


def test_leads_are_split_by_their_own_columns_and_by_the_owners_of_the_steps(leads: MemoryReader) -> None:
    assert by_owner(leads, "lead_stage_reached") == {
        ("Leads", "Ana"): 5, ("Qualified leads", "Ana"): 3, ("S1", "Ana"): 1, ("S1", "Bo"): 1, ("S2", "Bo"): 1,
        ("Won", "Bo"): 1,
    }  # fmt: skip
    web = Condition("lead_source", "equals", ("Web",))
    assert funnel(leads, "lead_stage_reached", filter=web) == {
        "Leads": 4, "Qualified leads": 2, "S1": 1, "S2": 0, "Won": 0,
    }  # fmt: skip
    assert answer(leads, "lead_stage_reached", "").rows == ((5,),)


def test_every_pipeline_has_its_funnel_of_all_leads(leads: MemoryReader) -> None:
    world(1, "q", leads)
    only = Condition("pipeline", "equals", ("q",))
    assert funnel(leads, "lead_stage_reached", filter=only) == {"Leads": 5, "Qualified leads": 3, "S1": 0, "Won": 0}
    assert funnel(leads, "lead_stage_reached")["Leads"] == 5


def test_without_dates_of_qualification_leads_go_straight_to_deals() -> None:
    reader = world(1)
    add_deal(reader, "A", "S1")
    reader.add("lead", {"id": "l", "created_at": CREATED, "converted_deal_id": "A"})
    assert funnel(reader, "lead_stage_conversion_step") == {"Leads": 1.0, "S1": 1.0, "Won": 0.0}


# -- an oracle: the rule as a person would apply it, deal by deal


@dataclass(frozen=True)
class Told:
    """A deal of the oracle: its visits as (place of the open stage, or 0 for a closed one; owner)."""

    status: str
    visits: tuple[tuple[int, str], ...]
    closer: str


def told_deal(random: Random, stages: int) -> Told:
    status = random.choice(("open", "open", "won", "lost", "unqualified"))
    visits = [(random.randint(1, stages), random.choice("abc")) for _ in range(random.randint(1, 6))]
    if random.random() < 0.2:
        visits.insert(random.randrange(len(visits) + 1), (0, random.choice("abc")))
    return Told(status, tuple(visits), random.choice("abc"))


def counts_for(deal: Told, place: int, stages: int, mode: str) -> bool:
    """Rule E5 for one deal and open stage; place ``stages + 1`` is Won."""
    if place == stages + 1:
        every = all(counts_for(deal, each, stages, mode) for each in range(1, stages + 1))
        return deal.status == "won" and (mode != "ordered" or every)
    places = [visited for visited, _ in deal.visits]
    if mode == "reached":
        return deal.status == "won" or max(places) >= place
    if mode == "visited":
        return place in places
    return any(set(range(1, place)) <= set(places[:turn]) for turn, visited in enumerate(places) if visited == place)


def owner_at(deal: Told, place: int, stages: int) -> str:
    for later in range(place, stages + 1):
        for visited, owner in deal.visits:
            if visited == later:
                return owner
    return deal.closer


def told_world(seed: int) -> tuple[MemoryReader, list[Told], int]:
    random = Random(seed)
    stages = random.randint(1, 5)
    reader = world(stages)
    reader.add("owner", *({"id": name, "name": name} for name in "abc"))
    deals = [told_deal(random, stages) for _ in range(random.randint(1, 12))]
    for number, deal in enumerate(deals):
        path = " ".join(f"{f'S{place}' if place else 'Lost'}:{owner}" for place, owner in deal.visits)
        more = {"status": deal.status, "closing_owner_id": deal.closer, "owner_id": deal.closer}
        add_deal(reader, f"d{number}", path, **more)
    return reader, deals, stages


@pytest.mark.parametrize("seed", range(20))
def test_random_histories_count_as_a_person_would_count_them(seed: int) -> None:
    reader, deals, stages = told_world(seed)
    places = range(1, stages + 2)
    for mode in ("reached", "visited", "ordered"):
        reached = {place: [deal for deal in deals if counts_for(deal, place, stages, mode)] for place in places}
        count = {place: len(those) for place, those in reached.items()} | {0: len(deals)}
        table = answer(reader, ",".join(COUNTS), parameters={"funnel_mode": mode})
        assert [row[1] for row in table.rows] == [count[place] for place in places]
        for place, row in zip(places, table.rows, strict=True):
            assert row[2] == (count[place] / count[place - 1] if count[place - 1] else None)
            assert row[3] == count[place] / len(deals)
            goes_on = place <= stages and count[place]
            assert row[4] == (pytest.approx(1 - count[place + 1] / count[place]) if goes_on else None)
        wanted: dict[tuple[str, str], int] = {}
        for place in places:
            for deal in reached[place]:
                key = ("Won" if place > stages else f"S{place}", owner_at(deal, place, stages))
                wanted[key] = wanted.get(key, 0) + 1
        assert by_owner(reader, parameters={"funnel_mode": mode}) == wanted
