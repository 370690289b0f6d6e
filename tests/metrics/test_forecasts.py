"""Forecasts: the worked example of forecasted_sales, and the forecast as it stood on a past day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from connector.errors import QueryError
from connector.metrics.evaluate import evaluate
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader
from tests.metrics.worlds import reader_of

END_OF_MAY = datetime(2024, 6, 3, 9, 0, tzinfo=UTC)
MAY = {"date_range": "2024-05-01..2024-05-31"}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def ask(reader: MemoryReader, metrics: str, dimensions: str = "", now: datetime = NOW, **more: Any) -> Any:
    names = tuple(part for part in dimensions.split(",") if part)
    more = {"date_range": "this_month"} | more
    table = evaluate(reader, Query(tuple(metrics.split(",")), names, **more), now)
    if not names:
        return table.rows[0] if "," in metrics else table.rows[0][0]
    return {row[0]: row[1:] if "," in metrics else row[1] for row in table.rows}


def deal(reader: MemoryReader, name: str, *versions: dict[str, Any], **now: Any) -> None:
    """Add a deal with its history; each version begins ``at`` a moment and adds to what was known before."""
    known: dict[str, Any] = {"status": "open", "is_deleted": False, "currency": reader.profile.currency}
    rows: list[dict[str, Any]] = []
    for number, version in enumerate(versions):
        begin = moment(version["at"])
        if rows:
            rows[-1]["valid_to"] = begin
        known |= {key: value for key, value in version.items() if key != "at"}
        rows.append(known | {"id": f"{name}/{number}", "deal_id": name, "valid_from": begin})
    closed = {} if known["status"] == "open" else {"closed_at": rows[-1]["valid_from"]}
    reader.add("deal_history", *rows)
    reader.add("deal", known | closed | {"id": name, "created_at": rows[0]["valid_from"]} | now)


@pytest.fixture
def example() -> MemoryReader:
    """Won 30,000; open, due this month, 10,000 at 0.5 and 20,000 at 0.2; goal 50,000."""
    reader = MemoryReader()
    deal(reader, "won", {"at": "2024-04-10", "amount": 30_000}, {"at": "2024-05-08", "status": "won"})
    due = {"at": "2024-05-02", "expected_close_date": date(2024, 5, 28)}
    deal(reader, "a", due | {"amount": 10_000, "probability": 0.5})
    deal(reader, "b", due | {"amount": 20_000, "probability": 0.2})
    return reader.add(
        "goal", {"id": "g", "metric_id": "total_sales", "scope_type": "company", "target_value": 50_000,
                 "period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31)},
    )  # fmt: skip


# --- the worked example


def test_the_forecast_is_what_is_won_and_what_is_due_by_its_probability(example: MemoryReader) -> None:
    names = "total_sales,forecast_open_weighted,forecast_amount,goal_target,sales_goal_attainment"
    assert ask(example, names) == (Decimal(30_000), Decimal(9000), Decimal(39_000), 50_000, 0.6)


def test_a_cut_of_20_percent(example: MemoryReader) -> None:
    assert ask(example, "forecast_haircut", parameters={"forecast_haircut": "0.20"}) == pytest.approx(31_200)
    assert ask(example, "forecast_haircut") == 39_000


def test_the_month_ends_at_42000_against_the_forecast_taken_today(example: MemoryReader) -> None:
    closed = moment("2024-05-30")
    example.connection.execute("UPDATE deal_history SET valid_to = ? WHERE id = 'a/0'", [closed])
    later = {"deal_id": "a", "currency": "USD", "probability": 1.0, "valid_from": closed, "status": "won"}
    example.add("deal_history", later | {"id": "a/1", "amount": 12_000})
    example.connection.execute("UPDATE deal SET status = 'won', amount = 12000, closed_at = ? WHERE id = 'a'", [closed])
    given = {"parameters": {"taken_on": "2024-05-15"}, "now": END_OF_MAY} | MAY
    assert ask(example, "forecast_as_taken", **given) == 39_000
    assert ask(example, "total_sales,forecast_vs_actual", **given) == (42_000, 3000)
    assert round(ask(example, "forecast_deviation_pct", **given), 4) == 0.0769
    assert round(ask(example, "forecast_accuracy", **given), 4) == 0.9286


# --- as it stood


def test_without_a_day_the_snapshot_is_that_of_the_first_day(example: MemoryReader) -> None:
    deal(example, "c", {"at": "2024-04-20", "amount": 500, "probability": 0.1, "expected_close_date": date(2024, 5, 9)},
         {"at": "2024-05-03", "amount": 900, "probability": 0.9, "expected_close_date": date(2024, 7, 9)})  # fmt: skip
    assert ask(example, "forecast_as_taken") == 50


def test_later_edits_cannot_rewrite_the_forecast_of_a_day() -> None:
    reader = MemoryReader()
    due = {"at": "2024-05-02", "amount": 1000, "probability": 0.5, "expected_close_date": date(2024, 5, 20)}
    deal(
        reader, "d", due, {"at": "2024-05-10", "amount": 7, "probability": 0.1}, {"at": "2024-05-12", "status": "lost"}
    )
    for day, amount in (
        ("2024-05-01", 0),
        ("2024-05-02", 500),
        ("2024-05-09", 500),
        ("2024-05-11", 0.7),
        ("2024-05-12", 0),
    ):
        given = {"parameters": {"taken_on": day}}
        assert float(ask(reader, "forecast_amount", **given)) == amount, day
        assert float(ask(reader, "forecast_as_taken", **given)) == amount, day
    assert ask(reader, "forecast_amount") == 0


def test_a_deal_that_was_deleted_or_reopened_later_counts_as_it_stood() -> None:
    reader = MemoryReader()
    won = {"at": "2024-05-04", "status": "won"}
    deal(reader, "d", {"at": "2024-05-01", "amount": 10}, won, {"at": "2024-05-09", "is_deleted": True})
    deal(reader, "r", {"at": "2024-05-01", "amount": 100}, won, {"at": "2024-05-08", "status": "open"})
    taken = [ask(reader, "forecast_amount", parameters={"taken_on": f"2024-05-0{day}"}) for day in (3, 4, 8, 9)]
    assert taken == [0, 110, 10, 0]
    assert ask(reader, "total_sales") == 0


def test_the_forecast_moves_day_by_day_up_to_today(example: MemoryReader) -> None:
    found = ask(example, "forecast_history,forecast_won_to_date", "date")
    assert list(found) == [date(2024, 5, 1) + timedelta(days=n) for n in range(1, 15)], "nothing on the first"
    assert [float(found[date(2024, 5, day)][0]) for day in (2, 7, 8, 15)] == [9000, 9000, 39_000, 39_000]
    assert [found[date(2024, 5, day)][1] for day in (7, 8)] == [0, 30_000]


def test_each_month_is_seen_from_its_own_first_day(example: MemoryReader) -> None:
    deal(example, "c", {"at": "2024-03-31", "amount": 80, "probability": 0.5, "expected_close_date": date(2024, 4, 9)})
    found = ask(example, "forecast_as_taken", "month", date_range="2024-03-01..2024-05-31")
    assert {day.month: float(amount) for day, amount in found.items()} == {4: 40, 5: 40}


def test_a_snapshot_of_today_says_what_the_live_forecast_says() -> None:
    """In each random world; deals that the source deleted are in the past of the one and not in the other."""
    now = datetime(2024, 5, 16, 12, 0, tzinfo=UTC)
    for seed in range(8):
        reader = reader_of(seed)
        range_ = {"date_range": "2024-05-01..2024-07-31", "now": now}
        for scenario in ("forecast_open_weighted", "forecast_worst", "forecast_best"):
            live = ask(reader, scenario, **range_)
            taken = ask(reader, scenario, parameters={"taken_on": "2024-05-16"}, **range_)
            won = ask(reader, "total_sales", **range_) if scenario != "forecast_open_weighted" else 0
            then = ask(reader, "forecast_won_to_date", **range_) if scenario != "forecast_open_weighted" else 0
            assert float(taken - then) == pytest.approx(float(live - won), abs=0.01), (seed, scenario)


# --- the rules


def test_an_overdue_deal_is_carried_to_today_and_flagged_and_one_without_a_date_left_out() -> None:
    reader = MemoryReader()
    open_deal = {"at": "2024-04-01", "amount": 100, "probability": 0.5}
    deal(reader, "late", open_deal | {"expected_close_date": date(2024, 4, 20)})
    deal(reader, "next", open_deal | {"expected_close_date": date(2024, 6, 1)})
    deal(reader, "never", open_deal)
    names = "forecast_amount,forecast_rolled,forecast_undated,forecast_deals"
    assert ask(reader, names) == (50, 1, 1, 1)
    assert ask(reader, "forecast_amount", parameters={"taken_on": "2024-05-02"}) == 50
    assert ask(reader, "forecast_amount", parameters={"taken_on": "2024-04-10"}, date_range="last_month") == 50
    rolled = ask(reader, "forecast_rolled", "deal")
    assert rolled == {"late": 1}


def test_an_overdue_deal_is_no_longer_due_in_a_period_that_is_over() -> None:
    reader = MemoryReader()
    deal(
        reader,
        "late",
        {"at": "2024-04-01", "amount": 100, "probability": 0.5, "expected_close_date": date(2024, 4, 20)},
    )
    assert ask(reader, "forecast_open_weighted", date_range="last_month") == 0


def test_e10_a_deal_without_an_amount_is_counted_and_left_out_of_the_sum(example: MemoryReader) -> None:
    deal(example, "n", {"at": "2024-05-02", "probability": 0.5, "expected_close_date": date(2024, 5, 20)})
    table = evaluate(example, Query(("forecast_amount", "forecast_deals"), date_range="this_month"), NOW)
    assert table.rows[0] == (39_000, 4)
    assert ("without_amount", 1) in [(note.code, note.count) for note in table.notes]


def test_e1_accuracy_without_sales_and_deviation_without_a_forecast_are_empty(example: MemoryReader) -> None:
    assert ask(example, "forecast_accuracy", date_range="2024-03-01..2024-03-31") is None
    assert ask(example, "forecast_deviation_pct") is None


def test_accuracy_is_never_below_zero() -> None:
    reader = MemoryReader()
    due = {"at": "2024-04-20", "probability": 1.0, "expected_close_date": date(2024, 5, 9)}
    deal(reader, "a", due | {"amount": 1000}, {"at": "2024-05-05", "amount": 10, "status": "won"})
    assert ask(reader, "forecast_accuracy,forecast_vs_actual") == (0, -990)


def test_e3_open_deals_take_the_rate_of_the_day_the_forecast_was_taken() -> None:
    reader = MemoryReader(Profile(currency="USD"))
    pair = {"from_currency": "EUR", "to_currency": "USD"}
    reader.add("fx_rate", pair | {"id": "1", "date": date(2024, 5, 1), "rate": 2.0},
               pair | {"id": "2", "date": date(2024, 5, 10), "rate": 3.0})  # fmt: skip
    reader.add("fx_rate", pair | {"id": "0", "date": date(2024, 4, 1), "rate": 1.0})
    deal(reader, "d", {"at": "2024-04-20", "amount": 100, "currency": "EUR", "probability": 0.5,
                       "expected_close_date": date(2024, 5, 30)})  # fmt: skip
    assert ask(reader, "forecast_as_taken,forecast_amount") == (100, 150)


def test_e7_days_end_at_local_midnight() -> None:
    """A deal that was won at 23:30 UTC on 1 May was won on 2 May in Madrid."""
    won = {"at": "2024-05-01T22:30:00", "status": "won"}
    for zone, amount in (("UTC", 10), ("Europe/Madrid", 0)):
        reader = MemoryReader(Profile(time_zone=zone))
        deal(reader, "d", {"at": "2024-04-20", "amount": 10}, won)
        assert ask(reader, "forecast_as_taken") == amount
        assert ask(reader, "forecast_as_taken", parameters={"taken_on": "2024-05-02"}) == 10


def test_e13_open_deals_count_for_the_owner_they_had_then() -> None:
    reader = MemoryReader().add("owner", {"id": "a", "name": "Ana"}, {"id": "b", "name": "Bo"})
    due = {"at": "2024-05-01", "amount": 10, "probability": 1.0, "expected_close_date": date(2024, 5, 30)}
    deal(reader, "d", due | {"owner_id": "a"}, {"at": "2024-05-05", "owner_id": "b"})
    assert ask(reader, "forecast_as_taken", "owner") == {"Ana": 10}
    assert ask(reader, "forecast_amount", "owner") == {"Bo": 10}


def test_methods_and_scenarios_by_category_with_probability_where_the_source_has_none() -> None:
    """The example of forecast_scenarios: won 30,000; commit 20,000; best case 15,000; pipeline 40,000."""
    reader = MemoryReader()
    deal(reader, "w", {"at": "2024-05-01", "amount": 30_000}, {"at": "2024-05-02", "status": "won"})
    due = {"at": "2024-05-01", "expected_close_date": date(2024, 5, 30)}
    deal(reader, "c", due | {"amount": 20_000, "probability": 0.9}, forecast_category="commit")
    deal(reader, "b", due | {"amount": 15_000, "probability": 0.6})
    deal(reader, "p", due | {"amount": 40_000, "probability": 0.25}, forecast_category="pipeline")
    deal(reader, "o", due | {"amount": 99_000, "probability": 0.9}, forecast_category="omitted")
    names = "forecast_worst,forecast_base,forecast_best"
    for given in ({}, {"taken_on": "2024-05-15"}):
        assert ask(reader, names, parameters=given) == (50_000, 67_000, 65_000)
        assert ask(reader, "forecast_amount", parameters=given | {"forecast_method": "category"}) == 65_000
    assert ask(reader, "forecast_as_taken", parameters={"forecast_method": "category"}) == 35_000


def test_the_largest_deal_and_its_share_of_the_forecast(example: MemoryReader) -> None:
    largest, share = ask(example, "forecast_largest_deal,forecast_largest_share")
    assert (float(largest), share) == (30_000, pytest.approx(30 / 39))


@pytest.mark.parametrize(
    ("given", "says"),
    [({"taken_on": "2024-05-16"}, "still to come"), ({"taken_on": "someday"}, "no date"),
     ({"forecast_method": "magic"}, "no forecast_method")],
)  # fmt: skip
def test_a_day_to_come_and_an_unknown_method_are_refused(example: MemoryReader, given: Any, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        ask(example, "forecast_amount", parameters=given)


def test_a_period_to_come_has_no_snapshot_yet(example: MemoryReader) -> None:
    assert ask(example, "forecast_as_taken,forecast_deviation_pct", date_range="next_month") == (0, None)


def test_figures_of_a_past_day_say_what_they_rest_on(example: MemoryReader) -> None:
    table = evaluate(example, Query(("forecast_as_taken",), date_range="this_month"), NOW)
    assert {"current_columns", "reconstructed"} <= {note.code for note in table.notes}


# --- counted by hand


@pytest.mark.parametrize("seed", range(5))
def test_every_day_of_random_histories_says_what_counting_by_hand_says(seed: int) -> None:
    """Deals that are won, taken back, won again, re-priced, moved and deleted; close dates that differ from history."""
    random = Random(seed)
    reader = MemoryReader(Profile(currency="USD", time_zone="UTC"))
    known = []
    for number in range(40):
        days = sorted(random.sample(range(-40, 14), random.randrange(1, 5)))
        versions = [_random_version(random, NOW.replace(hour=10) + timedelta(days=day - 14)) for day in days]
        closed = versions[-1]["at"] - timedelta(days=random.choice((0, 0, 0, 2, 20, -9)))
        deal(reader, f"d{number}", *({**each, "at": each["at"].isoformat()[:19]} for each in versions),
             closed_at=closed if versions[-1]["status"] != "open" else None)  # fmt: skip
        known.append((versions, closed))
    reader.connection.execute("UPDATE deal SET is_deleted = FALSE")
    found = ask(reader, "forecast_history,forecast_won_to_date", "date")
    for day in (date(2024, 5, 1) + timedelta(days=n) for n in range(15)):
        counted = [_forecast_of(versions, closed, day) for versions, closed in known]
        shown = found.get(day, (0, 0))
        assert float(shown[0]) == pytest.approx(sum(amount for _, amount in counted)), day
        assert float(shown[1]) == pytest.approx(sum(amount for status, amount in counted if status == "won")), day


def _random_version(random: Random, at: datetime) -> dict[str, Any]:
    return {
        "at": at, "status": random.choice(("open", "open", "won", "won", "lost")), "amount": random.randrange(1, 99),
        "probability": random.choice((0.1, 0.5, 0.9)), "is_deleted": random.random() < 0.1,
        "expected_close_date": date(2024, random.choice((4, 5, 5, 6)), random.randrange(1, 29)),
    }  # fmt: skip


def _forecast_of(versions: list[dict[str, Any]], closed: datetime, day: date) -> tuple[str, float]:
    """What one deal brings to the forecast of May at the end of a day, and whether it was won."""
    until = min(NOW, datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=1))
    past = [number for number, each in enumerate(versions) if each["at"] < until]
    if not past or versions[past[-1]]["is_deleted"]:
        return "", 0
    state = versions[past[-1]]
    if state["status"] == "won":
        begun = past[-1]
        while begun and versions[begun - 1]["status"] == "won":
            begun -= 1
        holds = versions[-1]["status"] == "won" and closed < until
        on = (closed if holds else versions[begun]["at"]).date()
        return ("won", state["amount"]) if date(2024, 5, 1) <= on <= date(2024, 5, 31) else ("", 0)
    due = max(state["expected_close_date"], day)
    if state["status"] == "open" and date(2024, 5, 1) <= due <= date(2024, 5, 31):
        return "open", state["amount"] * state["probability"]
    return "", 0
