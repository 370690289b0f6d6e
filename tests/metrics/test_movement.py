"""How a pipeline became another: worked example 4 of the catalogue, the rules it names, and any history at random."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.metrics.evaluate import evaluate
from connector.model.filter_text import parse_filter
from connector.model.period import day_text
from connector.model.query import Query
from connector.model.table import Table
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader
from tests.metrics.movement_worlds import LEGS, SIGNS, TEAMS, Histories, Inside, Moved, histories, moved

VALUES = tuple(f"pm_{leg}" for leg in LEGS)
COUNTS = tuple(f"pm_{leg}_count" for leg in LEGS if leg not in ("increased", "decreased"))
ALWAYS = "2020-01-01T00:00:00+00:00"


def ask(reader: MemoryReader, metrics: tuple[str, ...], *dimensions: str, **more: Any) -> Table:
    more = {"date_range": "this_month"} | more
    if isinstance(more.get("filter"), str):
        more["filter"] = parse_filter(more["filter"])
    return evaluate(reader, Query(metrics, dimensions, **more), NOW)


def figures(reader: MemoryReader, *metrics: str, **more: Any) -> dict[str, Any]:
    table = ask(reader, metrics, **more)
    return dict(zip((column.id for column in table.columns), table.rows[0], strict=True))


# -- worked examples


class Deals:
    """Deals of one pipeline told by their turns: (day of May 2024, what changed)."""

    def __init__(self, **profile: Any) -> None:
        self.reader = MemoryReader(Profile(history_since=ALWAYS, **profile))
        self.reader.add(
            "stage", *({"id": f"s{n}", "name": f"Stage {n}", "position": n, "kind": "open"} for n in (1, 2, 3))
        )
        self._count = 0

    def add(self, *turns: tuple[int | str, dict[str, Any]], times: int = 1, **deal: Any) -> None:
        for _ in range(times):
            self._count += 1
            name = f"d{self._count}"
            state = {"status": "open", "amount": 0, "currency": "USD", "stage_id": "s1", "owner_id": "o1"}
            rows = []
            for number, (moment, change) in enumerate(turns):
                state = state | change
                rows.append(state | {"id": f"{name}/{number}", "deal_id": name, "valid_from": at(moment)})
            for row, after in pairwise(rows):
                row["valid_to"] = after["valid_from"]
            self.reader.add("deal", {"id": name, "name": name, "created_at": rows[0]["valid_from"]} | state | deal)
            self.reader.add("deal_history", *rows)


def at(moment: int | str) -> datetime:
    """A day of May 2024, zero and less lying in April, or an instant."""
    if isinstance(moment, int):
        return datetime(2024, 4, 30, 12, tzinfo=UTC) + timedelta(days=moment)
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def example() -> Deals:
    """Opening 20 / 200,000: the deals of entry 4 of the catalogue, to the digit."""
    deals = Deals()
    deals.add((-9, {"amount": 10_000}), (3, {"amount": 25_000}))  # increased 15,000
    deals.add((-9, {"amount": 10_000}), (3, {"amount": 5_000}))  # decreased 5,000
    deals.add((-9, {"amount": 12_000}), (4, {"status": "won"}), times=5)
    deals.add((-9, {"amount": 7_500}), (5, {"status": "lost"}), times=4)
    deals.add((-9, {"amount": 5_000}), (6, {"status": "unqualified"}))
    deals.add((-9, {"amount": 4_000}), (7, {"is_deleted": True}), is_deleted=True)
    deals.add((-9, {"amount": 11_000}), times=6)
    deals.add((-9, {"amount": 15_000}))
    deals.add((8, {"amount": 11_250}), times=8)
    deals.add((-9, {"amount": 9_000}), (-2, {"status": "lost"}), (9, {"status": "open"}))
    return deals


def test_the_worked_example_of_the_catalogue() -> None:
    found = figures(example().reader, *VALUES, *COUNTS)
    assert found == {
        "pm_opening": Decimal(200_000), "pm_added": Decimal(90_000), "pm_reopened": Decimal(9_000),
        "pm_increased": Decimal(15_000), "pm_decreased": Decimal(5_000), "pm_won": Decimal(60_000),
        "pm_lost": Decimal(30_000), "pm_unqualified": Decimal(5_000), "pm_removed": Decimal(4_000),
        "pm_closing": Decimal(210_000),
        "pm_opening_count": 20, "pm_added_count": 8, "pm_reopened_count": 1, "pm_won_count": 5, "pm_lost_count": 4,
        "pm_unqualified_count": 1, "pm_removed_count": 1, "pm_closing_count": 18,
    }  # fmt: skip


def test_the_lines_stand_in_the_order_of_a_waterfall() -> None:
    table = ask(example().reader, ("pm_movement", "pm_movement_count"), "movement")
    assert table.rows == (
        ("Opening", Decimal(200_000), 20), ("Added", Decimal(90_000), 8), ("Reopened", Decimal(9_000), 1),
        ("Amount increased", Decimal(15_000), 0), ("Amount decreased", Decimal(-5_000), 0),
        ("Won", Decimal(-60_000), -5), ("Lost", Decimal(-30_000), -4), ("Unqualified", Decimal(-5_000), -1),
        ("Removed", Decimal(-4_000), -1), ("Closing", Decimal(210_000), 18),
    )  # fmt: skip
    assert [key[0] for key in table.keys] == list(LEGS)


# -- any history

FILTERS: dict[str, Inside] = {
    "": lambda _: True,
    "pipeline = p1": lambda row: row["pipeline_id"] == "p1",
    "pipeline = First and owner in (o1, o2)": lambda row: (
        row["pipeline_id"] == "p1" and row["owner_id"] in ("o1", "o2")
    ),
    "team = North": lambda row: TEAMS.get(row["owner_id"]) == "t1",
    "stage != s1": lambda row: row["stage_id"] != "s1",
    "owner is null or pipeline = p2": lambda row: row["owner_id"] is None or row["pipeline_id"] == "p2",
}
RANGES = ("this_month", "2024-05-04..2024-05-10", "2024-04-20..2024-05-12", "today", "2024-05-15..2024-05-31")

worlds = st.integers(0, 10**9).map(histories)


def moments(world: Histories, date_range: str) -> tuple[datetime, datetime]:
    """The midnights that end the day before a range and the range; the end of time where it reaches now."""
    zone = ZoneInfo(world.zone)
    today = NOW.astimezone(zone).date()
    first, _, last = {"this_month": "2024-05-01..2024-05-31", "today": f"{today}..{today}"}.get(
        date_range, date_range
    ).partition("..")  # fmt: skip
    start = datetime.fromisoformat(first).replace(tzinfo=zone)
    until = date.fromisoformat(last)
    end = datetime.combine(until + timedelta(days=1), datetime.min.time(), zone)
    return start, end if until < today else datetime.max.replace(tzinfo=UTC)


def told(world: Histories, date_range: str, inside: Inside) -> dict[str, Moved]:
    start, end = moments(world, date_range)
    found = {name: moved(rows, start, end, inside) for name, rows in world.deals.items()}
    return {name: each for name, each in found.items() if each is not None}


@settings(max_examples=15, deadline=None)
@given(world=worlds, date_range=st.sampled_from(RANGES), where=st.sampled_from(sorted(FILTERS)))
def test_every_line_of_every_deal_is_what_a_walk_through_its_history_says(
    world: Histories, date_range: str, where: str
) -> None:
    more: dict[str, Any] = {"date_range": date_range} | ({"filter": where} if where else {})
    oracle = told(world, date_range, FILTERS[where])
    reader = world.reader()
    table = ask(reader, ("pm_movement", "pm_movement_count", "lines=COUNT(deal_move.id)"), "deal", "movement", **more)
    found = {(key[0], key[1]): row[2:] for key, row in zip(table.keys, table.rows, strict=True)}
    wanted = {}
    for name, each in oracle.items():
        for leg, value in each.values.items():
            count = 0 if leg in ("increased", "decreased") else SIGNS[leg]
            wanted[name, leg] = (SIGNS[leg] * value if value is not None else None, count, 1)
    assert found == wanted
    table = ask(reader, ("pm_deals",), "deal", "deal_change", "owner", "stage", **more)
    placed = {key[0]: (key[1], key[2], key[3], row[4]) for key, row in zip(table.keys, table.rows, strict=True)}
    assert placed == {name: (each.happened, each.owner, each.stage, 1) for name, each in oracle.items()}


@settings(max_examples=15, deadline=None)
@given(
    world=worlds, date_range=st.sampled_from(RANGES), where=st.sampled_from(sorted(FILTERS)),
    group=st.sampled_from(("owner", "stage", "team", "lead_source", "product", "deal", "deal_change", "")),
)  # fmt: skip
def test_the_lines_of_every_group_and_of_all_add_up_to_the_closing_pipeline(
    world: Histories, date_range: str, where: str, group: str
) -> None:
    more: dict[str, Any] = {"date_range": date_range} | ({"filter": where} if where else {})
    reader = world.reader()
    table = ask(reader, (*VALUES, *COUNTS), *([group] if group else []), **more, totals=True)
    width = len(table.columns) - len(VALUES) - len(COUNTS)
    assert table.totals is not None
    for row in (*table.rows, table.totals):
        value = dict(zip(VALUES, row[width:], strict=False))
        count = dict(zip(COUNTS, row[width + len(VALUES) :], strict=True))
        assert closing_of(value) == (value["pm_closing"] or 0)
        assert closing_of({leg.removesuffix("_count"): n for leg, n in count.items()}) == count["pm_closing_count"]
    for place, name in enumerate((*VALUES, *COUNTS), start=width):
        if group and not (group == "product" and name in COUNTS):
            assert sum(row[place] or 0 for row in table.rows) == (table.totals[place] or 0), name


def closing_of(lines: dict[str, Any]) -> Any:
    return sum(SIGNS[leg] * (lines.get(f"pm_{leg}") or 0) for leg in LEGS if leg != "closing")


@settings(max_examples=8, deadline=None)
@given(world=worlds, date_range=st.sampled_from(RANGES), group=st.sampled_from(("owner", "stage", "lead_source")))
def test_groups_and_totals_are_those_of_the_deals_in_them(world: Histories, date_range: str, group: str) -> None:
    oracle = told(world, date_range, FILTERS["pipeline = p1"])
    wanted: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
    for name, each in oracle.items():
        own = {"owner": each.owner, "stage": each.stage, "lead_source": world.sources[name]}[group]
        for leg, value in each.values.items():
            lines = wanted[own]
            known = [one for one in (lines.get(f"pm_{leg}"), value) if one is not None]
            lines[f"pm_{leg}"] = sum(known) if known else None
            lines[f"pm_{leg}_count"] = lines.get(f"pm_{leg}_count", 0) + 1
    table = ask(world.reader(), (*VALUES, *COUNTS), group, date_range=date_range, filter="pipeline = p1")
    shown = [row[0] if row[0] != "(not set)" else None for row in table.rows]
    names = [key[0] for key in table.keys] if group != "lead_source" else shown
    found = {
        name: dict(zip((*VALUES, *COUNTS), row[1:], strict=True)) for name, row in zip(names, table.rows, strict=True)
    }
    assert found == {own: {name: lines.get(name, 0) for name in (*VALUES, *COUNTS)} for own, lines in wanted.items()}


# -- rules


def test_opening_and_closing_are_equal_when_nothing_moved() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 500}), times=3)
    found = figures(deals.reader, *VALUES, "pm_unchanged", "pm_net_change")
    moving = set(VALUES) - {"pm_opening", "pm_closing"}
    assert found["pm_opening"] == found["pm_closing"] == 1500
    assert {found[name] for name in moving} == {0}
    assert (found["pm_unchanged"], found["pm_net_change"]) == (3, 0)


def test_no_deals_at_all_is_no_movement() -> None:
    found = figures(MemoryReader(), *VALUES, *COUNTS, "pm_advanced", "pm_deals")
    assert set(found.values()) == {0}


def test_the_closing_line_is_the_pipeline_of_the_last_day_and_the_opening_that_of_the_day_before() -> None:
    deals = example()
    closing = figures(deals.reader, "pipeline_value", "open_opportunities", date_range="as_of_today")
    moved_by = figures(deals.reader, "pm_closing", "pm_closing_count", "pm_opening", "pm_opening_count")
    opening = figures(deals.reader, "pipeline_value", "open_opportunities", date_range="2024-04-30..2024-04-30")
    assert list(closing.values()) == [moved_by["pm_closing"], moved_by["pm_closing_count"]]
    assert list(opening.values()) == [moved_by["pm_opening"], moved_by["pm_opening_count"]]


def test_a_change_at_local_midnight_belongs_to_the_day_it_begins() -> None:
    deals = Deals(time_zone="Europe/Madrid")
    deals.add(("2024-04-30T21:59:59", {"amount": 1}))
    deals.add(("2024-04-30T22:00:00", {"amount": 10}))
    deals.add((-5, {"amount": 100}), ("2024-05-10T22:00:00", {"status": "won"}))
    found = figures(deals.reader, "pm_opening", "pm_added", "pm_won", date_range="2024-05-01..2024-05-10")
    assert found == {"pm_opening": 101, "pm_added": 10, "pm_won": 0}
    assert figures(deals.reader, "pm_won", date_range="2024-05-11..2024-05-11") == {"pm_won": 100}


def test_rate_changes_never_look_like_pipeline_changes() -> None:
    deals = Deals()
    for day, rate in (("2024-04-20", 1), ("2024-05-03", 2), ("2024-05-12", 3)):
        deals.reader.add(
            "fx_rate", {"id": day, "date": day, "from_currency": "EUR", "to_currency": "USD", "rate": rate}
        )
    deals.add((-9, {"amount": 100, "currency": "EUR"}))
    deals.add((-9, {"amount": 100, "currency": "EUR"}), (3, {"currency": "USD"}))
    past = figures(deals.reader, *VALUES, date_range="2024-05-01..2024-05-10")
    assert {name: value for name, value in past.items() if value} == {
        "pm_opening": 400, "pm_decreased": 100, "pm_closing": 300,
    }  # fmt: skip
    now = figures(deals.reader, "pm_opening", "pm_closing")
    assert now == {"pm_opening": 600, "pm_closing": 400}


def test_a_deal_without_a_rate_is_counted_noted_and_in_no_sum() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 100, "currency": "JPY"}), (3, {"currency": "USD"}))
    deals.add((-9, {"amount": 7}))
    table = ask(deals.reader, ("pm_opening", "pm_opening_count", "pm_closing", "pm_closing_count"))
    assert table.rows == ((7, 2, 7, 2),)
    assert [(note.code, note.count) for note in table.notes if note.level == "warning"] == [("without_rate", 1)] * 2


def test_deals_deleted_or_merged_since_still_count_where_they_stood() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 100}), (12, {"is_deleted": True}), is_deleted=True, merged_into_id="d9")
    early = figures(deals.reader, *COUNTS, date_range="2024-05-01..2024-05-10")
    assert (early["pm_opening_count"], early["pm_removed_count"], early["pm_closing_count"]) == (1, 0, 1)
    late = figures(deals.reader, *COUNTS)
    assert (late["pm_opening_count"], late["pm_removed_count"], late["pm_closing_count"]) == (1, 1, 0)


def test_coming_into_a_filter_is_added_and_leaving_it_removed() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 10, "owner_id": "o1"}), (3, {"owner_id": "o2"}))
    deals.add((-9, {"amount": 200, "owner_id": "o2"}), (3, {"owner_id": "o1"}), (5, {"amount": 300}))
    found = figures(deals.reader, *VALUES, filter="owner = o1")
    assert {name: value for name, value in found.items() if value} == {
        "pm_opening": 10, "pm_removed": 10, "pm_added": 300, "pm_closing": 300,
    }  # fmt: skip


def test_a_filter_on_what_has_no_history_is_about_the_deal() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 10}), (3, {"status": "won"}), source="Web")
    deals.add((-9, {"amount": 200}), source="Fair")
    found = figures(deals.reader, *VALUES, filter="lead_source = Web and owner = o1")
    assert {name: value for name, value in found.items() if value} == {"pm_opening": 10, "pm_won": 10}


def test_a_deal_first_seen_won_was_added_and_won() -> None:
    deals = Deals()
    deals.add((4, {"amount": 30, "status": "won"}))
    found = figures(deals.reader, *VALUES)
    assert {name: value for name, value in found.items() if value} == {"pm_added": 30, "pm_won": 30}


def test_a_deal_reopened_and_closed_again_between_the_moments_did_not_move_the_pipeline() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 30, "status": "lost"}), (3, {"status": "open"}), (5, {"status": "won"}))
    assert set(figures(deals.reader, *VALUES, *COUNTS, "pm_deals").values()) == {0}


def test_a_deal_that_closed_has_its_amount_of_then_and_the_group_it_closed_from() -> None:
    deals = Deals()
    turns = [(4, {"status": "won", "stage_id": "w", "amount": 80}), (6, {"amount": 999, "owner_id": "o2"})]
    deals.add((-9, {"amount": 50, "stage_id": "s2"}), *turns)
    table = ask(deals.reader, ("pm_opening", "pm_increased", "pm_won"), "owner", "stage")
    assert table.keys == (("o1", "s2"),)
    assert table.rows[0][2:] == (50, 30, 80)


def test_moves_forward_and_back_count_deals_open_at_both_ends() -> None:
    deals = Deals()
    deals.add((-9, {"stage_id": "s1"}), (3, {"stage_id": "s3"}), (4, {"stage_id": "s2"}), times=2)
    deals.add((-9, {"stage_id": "s3"}), (3, {"stage_id": "s1"}))
    deals.add((-9, {"stage_id": "s1"}), (3, {"stage_id": "s2"}), (4, {"stage_id": "s1"}))
    deals.add((-9, {"stage_id": "s1"}), (3, {"stage_id": "w", "status": "won"}))
    deals.add((3, {"stage_id": "s1"}), (4, {"stage_id": "s2"}))
    found = figures(deals.reader, "pm_advanced", "pm_moved_back", "pm_unchanged", "pm_deals")
    assert found == {"pm_advanced": 2, "pm_moved_back": 1, "pm_unchanged": 1, "pm_deals": 6}


def test_the_flow_leads_from_the_stage_at_the_start_to_that_at_the_end() -> None:
    deals = Deals()
    deals.add((-9, {"stage_id": "s2"}), (3, {"stage_id": "s1"}))
    deals.add((-9, {"stage_id": "s1"}), (3, {"stage_id": "s1", "status": "lost"}), times=2)
    deals.add((-9, {"stage_id": "s1", "status": "won"}), (3, {"stage_id": "s3", "status": "open"}))
    deals.add((3, {"stage_id": None}))
    table = ask(deals.reader, ("pm_deals",), "stage_at_start", "stage_at_end")
    assert table.rows == (
        ("Stage 1", "Lost", 2), ("Stage 2", "Stage 1", 1), ("Added", "(not set)", 1), ("Reopened", "Stage 3", 1),
    )  # fmt: skip
    for where in ("stage_at_end = Lost", "stage_at_end = Perdidos and stage_at_start = 'Stage 1'", "movement = lost"):
        assert figures(deals.reader, "pm_deals", filter=where) == {"pm_deals": 2}


def test_lines_are_split_over_products_and_the_rest_stands_without_one() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 100}), (3, {"amount": 130}))
    deals.add((3, {"amount": None}), (4, {"amount": 40}))
    deals.reader.add("product", {"id": "a", "name": "A"})
    deals.reader.add("deal_line", {"id": "1", "deal_id": "d1", "product_id": "a", "amount": 60, "currency": "USD"})
    deals.reader.add("deal_line", {"id": "2", "deal_id": "d2", "product_id": "a", "amount": 40, "currency": "USD"})
    table = ask(deals.reader, ("pm_opening", "pm_added", "pm_increased", "pm_closing", "pm_closing_count"), "product")
    assert table.rows == (("A", 60, 40, 0, 100, 2), ("(no product)", 40, 0, 30, 70, 1))
    found = figures(deals.reader, "pm_closing", "pm_closing_count", filter="product = A and owner = o1")
    assert found == {"pm_closing": 100, "pm_closing_count": 2}


def test_when_an_amount_comes_or_goes_its_product_lines_come_or_go_with_it() -> None:
    deals = Deals()
    deals.add((-9, {"amount": None}), (3, {"amount": 50}))
    deals.add((-9, {"amount": 70}), (3, {"amount": None}))
    deals.reader.add("product", {"id": "a", "name": "A"})
    deals.reader.add("deal_line", {"id": "1", "deal_id": "d1", "product_id": "a", "amount": 20, "currency": "USD"})
    deals.reader.add("deal_line", {"id": "2", "deal_id": "d2", "product_id": "a", "amount": 60, "currency": "USD"})
    table = ask(deals.reader, ("pm_opening", "pm_increased", "pm_decreased", "pm_closing"), "product")
    assert {row[0]: row[1:] for row in table.rows} == {"A": (60, 20, 60, 20), "(no product)": (10, 30, 10, 30)}


def test_the_comparison_is_the_movement_of_the_period_before() -> None:
    deals = Deals()
    deals.add((-9, {"amount": 5}), (3, {"status": "won"}))
    found = figures(deals.reader, "pm_added", "pm_won", compare="previous_period", date_range="2024-05-01..2024-05-10")
    assert (found["pm_won"], found["pm_added__comparison"]) == (5, 5)
    assert (found["pm_added"], found["pm_won__comparison"]) == (0, 0)


@pytest.mark.parametrize(
    ("since", "range_", "codes"),
    [
        ("", "this_month", ["until_now", "reconstructed"]),
        (ALWAYS, "this_month", ["until_now"]),
        ("2024-04-30T23:00:00+00:00", "2024-05-01..2024-05-05", ["two_moments"]),
        ("2024-05-03T00:00:00+00:00", "2024-05-01..2024-05-05", ["two_moments", "history_since"]),
        (ALWAYS, "all_time", ["history_since"]),
    ],
)
def test_the_reader_is_told_between_which_moments_and_from_when_to_trust_them(
    since: str, range_: str, codes: list[str]
) -> None:
    reader = MemoryReader(Profile(history_since=since))
    table = ask(reader, ("pm_opening",), date_range=range_)
    assert [note.code for note in table.notes] == codes
    texts = {note.code: note.text for note in table.notes}
    assert "history_since" not in texts or day_text(date.fromisoformat(since[:10]), "en") in texts["history_since"]
    if "two_moments" in codes:
        assert texts["two_moments"] == "Movement from the end of 30 Apr 2024 to the end of 5 May 2024."


def test_what_is_read_from_the_deal_as_it_is_now_says_so() -> None:
    reader = MemoryReader(Profile(history_since=ALWAYS))
    told_of = {
        name: [note.code for note in ask(reader, ("pm_opening",), name).notes]
        for name in ("owner", "team", "department", "stage", "deal", "lead_source", "product", "account")
    }
    assert {name for name, codes in told_of.items() if "current_columns" in codes} == {
        "lead_source", "product", "account",
    }  # fmt: skip
