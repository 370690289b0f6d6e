"""Rules E1-E24 of the catalogue as a reader chooses them: options of the rules, and choices that are refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from connector.errors import FormulaError, QueryError, UnknownName
from connector.metrics.definitions import load_catalogue
from connector.metrics.evaluate import evaluate
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader


@pytest.mark.parametrize(
    ("name", "value", "says"), [("cycle_start", "leed", "lead or deal"), ("include_lost", "yes", "0 or 1")]
)
def test_a_choice_of_the_sales_cycle_that_is_none_is_refused_by_name(name: str, value: str, says: str) -> None:
    with pytest.raises(QueryError) as caught:
        evaluate(MemoryReader(), Query(("sales_cycle_avg",), parameters={name: value}), NOW)
    assert caught.value.place == f"parameter {name}"
    assert says in caught.value.remedy


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"funel_mode": "visited"}, "There is no parameter 'funel_mode'"),
        ({"forecast_haircut": "2"}, "'2' is no fitting number"),
        ({"forecast_haircut": "20%"}, "'20%' is no fitting number"),
        ({"cycle_cut_days": "abc"}, "'abc' is no fitting number"),
        ({"conversion_mode": "cohorts"}, "'cohorts' is no conversion_mode"),
    ],
)
def test_a_parameter_that_nothing_reads_or_that_makes_no_sense_is_refused(
    parameters: dict[str, str], said: str
) -> None:
    """A misspelt parameter must not give the default figures unasked."""
    with pytest.raises((QueryError, UnknownName)) as caught:
        evaluate(MemoryReader(), Query(("total_sales",), parameters=parameters), NOW)
    assert said in str(caught.value).replace("“", "'").replace("”", "'").replace('"', "'")
    assert caught.value.remedy


@pytest.mark.parametrize("code", ["eur", "eur1", "E'R", "EURO"])
def test_a_currency_that_is_none_is_refused(code: str) -> None:
    with pytest.raises(QueryError, match="is no currency"):
        evaluate(MemoryReader(), Query(("total_sales",), currency=code), NOW)


# --- the options of E4, E13 and E23, and what E15 and E20 forbid


def at(day: str) -> datetime:
    """Return a day of 2024 as a moment."""
    return datetime.fromisoformat(f"2024-{day}").replace(tzinfo=UTC)


def closed_twice() -> MemoryReader:
    """A deal of Ana's, won in February at 100, taken back in March, won in April at 150 by Bo; today it is Cy's."""
    reader = MemoryReader(Profile(currency="USD"))
    reader.add("team", {"id": "n", "name": "North"}, {"id": "s", "name": "South"})
    for name, team in (("Ana", "n"), ("Bo", "s"), ("Cy", "s")):
        reader.add("owner", {"id": name, "name": name, "team_id": team, "is_active": True, "role": "rep"})
    states = [
        ("01-10", "open", 80, "Ana"), ("02-10", "won", 100, "Ana"), ("02-20", "won", 100, "Bo"),
        ("03-05", "open", 100, "Bo"), ("04-20", "won", 150, "Bo"), ("05-02", "won", 175, "Cy"),
    ]  # fmt: skip
    _with_history(reader, "d", states, closed_at=at("04-20"), closing_owner_id="Bo")
    return reader


def _with_history(reader: MemoryReader, name: str, states: list[tuple[str, str, int, str]], **now: Any) -> None:
    versions = [
        {"id": f"{name}/{number}", "deal_id": name, "valid_from": at(day), "status": status, "amount": amount,
         "owner_id": owner, "currency": "USD", "is_deleted": status == "gone"}
        for number, (day, status, amount, owner) in enumerate(states)
    ]  # fmt: skip
    for earlier, later in pairwise(versions):
        earlier["valid_to"] = later["valid_from"]
    reader.add("deal_history", *({"valid_to": None} | version for version in versions))
    _, status, amount, owner = states[-1]
    row = {"id": name, "name": name, "created_at": at(states[0][0]), "status": status, "amount": amount}
    reader.add("deal", row | {"owner_id": owner, "is_deleted": status == "gone"} | now)


def ask(
    reader: MemoryReader, metrics: str, dimensions: str = "", range_: str = "2024-01..2024-05", **given: str
) -> Any:
    """Return one figure, or the figures by what they are split by; parameters are named."""
    days = "..".join(f"{month}-{day}" for month, day in zip(range_.split(".."), ("01", "28"), strict=True))
    names = tuple(part for part in dimensions.split(",") if part)
    table = evaluate(reader, Query(tuple(metrics.split(",")), names, date_range=days, parameters=given), NOW)
    if names:
        return {row[0] if len(names) == 1 else row[: len(names)]: row[len(names)] for row in table.rows}
    return table.rows[0][0] if len(table.rows[0]) == 1 else table.rows[0]


FEBRUARY, MARCH, APRIL = ("2024-02..2024-02", "2024-03..2024-03", "2024-04..2024-04")


def test_e4_a_deal_counts_once_by_its_state_now() -> None:
    reader = closed_twice()
    assert [ask(reader, "total_sales", range_=month) for month in (FEBRUARY, MARCH, APRIL)] == [0, 0, 175]


def test_e4_as_recorded_a_deal_counts_by_its_state_at_the_end_of_the_period() -> None:
    reader = closed_twice()
    given = {"deal_basis": "as_recorded"}
    assert [ask(reader, "total_sales", range_=month, **given) for month in (FEBRUARY, MARCH, APRIL)] == [100, 0, 150]
    assert ask(reader, "total_sales", range_="2024-02..2024-04", **given) == 150, "once, as it stood in the end"
    assert ask(reader, "deals_won", range_=MARCH, **given) == 0
    assert ask(reader, "win_rate", range_=FEBRUARY, **given) == 1


def test_e4_as_recorded_each_month_is_seen_from_its_own_end() -> None:
    reader = closed_twice()
    found = ask(reader, "total_sales", "month", deal_basis="as_recorded")
    assert found == {date(2024, 2, 1): 100, date(2024, 4, 1): 150}
    query = Query(("total_sales",), ("month",), date_range="2024-01-01..2024-05-15", totals=True)
    recorded = evaluate(reader, replace(query, parameters={"deal_basis": "as_recorded"}), NOW)
    assert recorded.totals == (None, 175)
    assert not recorded.columns[1].adds, "the months are not parts of the total, so no output may add them"
    assert evaluate(reader, query, NOW).columns[1].adds


def test_e4_as_recorded_a_deal_that_was_deleted_later_still_counts() -> None:
    reader = MemoryReader(Profile(currency="USD"))
    _with_history(reader, "d", [("02-01", "open", 5, "o"), ("02-09", "lost", 5, "o"), ("03-09", "gone", 5, "o")])
    assert ask(reader, "deals_lost", range_=FEBRUARY) == 0
    assert ask(reader, "deals_lost,lost_value", range_=FEBRUARY, deal_basis="as_recorded") == (1, 5)
    assert ask(reader, "deals_lost", range_="2024-02..2024-03", deal_basis="as_recorded") == 0


@pytest.mark.parametrize("seed", range(6))
def test_e4_as_recorded_months_are_what_the_states_at_their_ends_say(seed: int) -> None:
    """Random deals that are won, lost, taken back, re-priced and deleted, counted by hand."""
    random = Random(seed)
    reader = MemoryReader(Profile(currency="USD", time_zone="UTC"))
    known: list[list[tuple[str, str, int, str]]] = []
    for number in range(30):
        days = sorted(random.sample([f"{month:02}-{day:02}" for month in (1, 2, 3, 4) for day in range(1, 29)], 5))
        states = [(days[0], "open", 10, "o")]
        states += [
            (day, random.choice(("open", "won", "won", "lost", "gone")), random.randrange(1, 9), "o")
            for day in days[1:]
        ]
        last = _runs(states)[-1]
        closed = at(states[last][0]) if states[-1][1] in ("won", "lost") else None
        _with_history(reader, f"d{number}", states, closed_at=closed)
        known.append(states)
    for month in (2, 3, 4):
        range_ = f"2024-0{month}..2024-0{month}"
        for status, metric in (("won", "total_sales"), ("lost", "lost_value")):
            by_hand = sum(_closed_in(states, month, status) for states in known)
            assert ask(reader, metric, range_=range_, deal_basis="as_recorded") == by_hand, (month, status)
    split = ask(reader, "deals_won", "month", "2024-02..2024-04", deal_basis="as_recorded")
    single = {m: ask(reader, "deals_won", range_=f"2024-0{m}..2024-0{m}", deal_basis="as_recorded") for m in (2, 3, 4)}
    assert {day.month: count for day, count in split.items()} == {m: n for m, n in single.items() if n}


def _runs(states: list[tuple[str, str, int, str]]) -> list[int]:
    """For each state the number of the one that began its run of equal ones."""
    begun: list[int] = []
    for number, state in enumerate(states):
        begun.append(begun[-1] if number and states[number - 1][1] == state[1] else number)
    return begun


def _closed_in(states: list[tuple[str, str, int, str]], month: int, status: str) -> int:
    """The amount of a deal that stood in a status at the end of a month (the 28th) and had come to it in that month."""
    begun = _runs(states)
    until = [number for number, state in enumerate(states) if state[0] <= f"{month:02}-28"]
    if not until or states[until[-1]][1] != status:
        return 0
    return states[until[-1]][2] if states[begun[until[-1]]][0][:2] == f"{month:02}" else 0


def test_e4_as_recorded_is_said_and_so_is_what_has_no_records() -> None:
    query = Query(("total_sales", "product_revenue"), date_range="last_month", parameters={"deal_basis": "as_recorded"})
    notes = {note.code: note.text for note in evaluate(closed_twice(), query, NOW).notes}
    assert "as_recorded" in notes
    assert "Revenue by product" in notes["not_recorded"]
    assert "as_recorded" not in {
        note.code for note in evaluate(closed_twice(), replace(query, parameters={}), NOW).notes
    }


def test_e13_a_won_deal_belongs_to_its_owner_at_closing_or_by_choice_to_its_current_one() -> None:
    reader = closed_twice()
    assert ask(reader, "total_sales", "owner", APRIL) == {"Bo": 175}
    assert ask(reader, "total_sales", "owner", APRIL, owner_basis="current") == {"Cy": 175}
    assert ask(reader, "total_sales", "owner", FEBRUARY, deal_basis="as_recorded") == {"Ana": 100}
    both = {"deal_basis": "as_recorded", "owner_basis": "current"}
    assert ask(reader, "total_sales", "owner", FEBRUARY, **both) == {"Cy": 100}
    assert ask(reader, "total_sales", "manager_group", FEBRUARY, **both) == {"South": 100}


def test_e13_a_stock_of_a_past_day_belongs_to_its_owner_then_or_by_choice_to_the_current_one() -> None:
    reader = closed_twice()
    assert ask(reader, "pipeline_value", "owner", MARCH) == {"Bo": 100}
    assert ask(reader, "pipeline_value", "owner", MARCH, owner_basis="current") == {"Cy": 100}
    assert ask(reader, "pm_won", "owner", APRIL, owner_basis="current") == {"Cy": 150}
    assert ask(reader, "pm_won", "owner", APRIL) == {"Bo": 150}


def stays() -> MemoryReader:
    """S1 took Ana ten days; S2 has been Bo's for four days; today the deal is Cy's and it is the 15th of May, noon."""
    reader = MemoryReader(Profile(currency="USD", time_zone="UTC"))
    reader.add("owner", *({"id": name, "name": name} for name in ("Ana", "Bo", "Cy")))
    reader.add("stage", *({"id": f"S{n}", "name": f"S{n}", "position": n, "kind": "open"} for n in (1, 2)))
    reader.add("deal", {"id": "d", "name": "d", "status": "open", "stage_id": "S2", "owner_id": "Cy",
                        "created_at": at("05-01")})  # fmt: skip
    visits = (("S1", "Ana", "05-01", "05-11"), ("S2", "Bo", "05-11", None))
    for stage, owner, entered, left in visits:
        reader.add("deal_stage_history", {
            "id": stage, "deal_id": "d", "stage_id": stage, "owner_id": owner, "entered_at": at(entered),
            "exited_at": at(left) if left else None,
        })  # fmt: skip
    return reader


DAY = 86_400


def test_e13_a_stay_belongs_to_the_owner_during_the_visit_or_by_choice_to_the_current_one() -> None:
    range_ = "2024-05..2024-05"
    assert ask(stays(), "stage_duration_avg", "owner", range_) == {"Ana": 10 * DAY}
    assert ask(stays(), "stage_duration_avg", "owner", range_, owner_basis="current") == {"Cy": 10 * DAY}
    assert ask(stays(), "stage_reached", "owner", range_) == {"Ana": 1, "Bo": 1}
    assert ask(stays(), "stage_reached", "owner", range_, owner_basis="current") == {"Cy": 1}


def test_e13_an_activity_belongs_to_its_own_owner_either_way() -> None:
    reader = stays().add("activity", {"id": "x", "deal_id": "d", "owner_id": "Ana", "type": "call", "status": "done",
                                      "completed_at": at("05-03")})  # fmt: skip
    for basis in ("then", "current"):
        assert ask(reader, "activities_done", "owner", "2024-05..2024-05", owner_basis=basis) == {"Ana": 1}


def test_e13_the_choice_of_owners_is_said() -> None:
    query = Query(("total_sales",), ("owner",), parameters={"owner_basis": "current"})
    assert "owners_of_today" in {note.code for note in evaluate(closed_twice(), query, NOW).notes}


def test_e15_a_record_has_one_source_so_sources_add_up_to_the_total() -> None:
    """Touches of other sources on the way to the deal neither move nor multiply its value."""
    reader = MemoryReader(Profile(currency="USD"))
    for name, source, amount in (("a", "Web", 100), ("b", "Fair", 40), ("c", None, 7)):
        row = {"id": name, "status": "won", "source": source, "amount": amount, "closed_at": at("04-05")}
        reader.add("deal", row)
    for number, source in enumerate(("Web", "Fair", "Ads")):
        reader.add("touch", {"id": str(number), "deal_id": "a", "source": source, "touched_at": at("03-01")})
    found = ask(reader, "total_sales", "lead_source", APRIL)
    assert found == {"Web": 100, "Fair": 40, "(not set)": 7}
    assert sum(found.values()) == ask(reader, "total_sales", range_=APRIL)
    with pytest.raises(UnknownName, match="attribution_model"):
        ask(reader, "total_sales", attribution_model="linear")


def web() -> MemoryReader:
    rows = [
        {"id": str(n), "date": date(2024, 5, n), "users": 10, "new_users": 4, "sessions": 12, "channel_group": "Ads"}
        for n in (1, 2)
    ]
    return MemoryReader(Profile(currency="USD")).add("web_daily", *rows)


@pytest.mark.parametrize("formula", ["SUM(web_daily.users)", "AVG(web_daily.users)", "SUM(web_daily.users * 2)"])
def test_e20_users_of_days_are_never_added(formula: str) -> None:
    with pytest.raises(FormulaError, match="cannot be added"):
        ask(web(), f"u={formula}")
    assert ask(web(), "best=MAX(web_daily.users)") == 10
    assert ask(web(), "web_visits") == 24


def test_e20_no_metric_or_default_adds_users_and_their_figures_are_called_estimates() -> None:
    for metric in load_catalogue().metrics.values():
        assert "web_daily.users" not in metric.text, metric.id
    notes = evaluate(web(), Query(("web_visits",), language="en"), NOW).notes
    assert "estimates" in {note.code for note in notes}
    assert "estimates" not in {note.code for note in evaluate(web(), Query(("total_sales",)), NOW).notes}


def test_e23_records_still_in_a_stage_are_left_out() -> None:
    assert ask(stays(), "stage_duration_avg", "stage", "2024-05..2024-05") == {"S1": 10 * DAY}


def test_e23_by_choice_they_count_with_their_time_so_far_and_that_is_said() -> None:
    found = ask(stays(), "stage_duration_avg", "stage", "2024-05..2024-05", include_open="1")
    assert found == {"S1": 10 * DAY, "S2": 4.5 * DAY}
    given = {"parameters": {"include_open": "1"}, "date_range": "this_month"}
    for metric in ("stage_duration_avg", "stage_duration_median"):
        notes = {note.code: note for note in evaluate(stays(), Query((metric,), **given), NOW).notes}
        assert notes["still_there"].count == 1
        assert "open_stays" in notes


def test_e23_a_period_that_is_over_has_no_time_so_far() -> None:
    assert ask(stays(), "stage_duration_avg", range_=APRIL, include_open="1") is None


def test_e23_a_stage_left_without_a_date_is_no_stay_of_today() -> None:
    reader = stays()
    reader.connection.execute("UPDATE deal SET status = 'lost', closed_at = TIMESTAMPTZ '2024-05-12 00:00:00+00'")
    assert ask(reader, "stage_duration_avg", "stage", "2024-05..2024-05", include_open="1") == {"S1": 10 * DAY}


@pytest.mark.parametrize(
    ("name", "value"), [("deal_basis", "recorded"), ("owner_basis", "now"), ("include_open", "yes")]
)
def test_an_option_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(QueryError) as caught:
        ask(closed_twice(), "total_sales", **{name: value})
    assert caught.value.place == f"parameter {name}"
