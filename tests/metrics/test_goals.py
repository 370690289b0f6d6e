"""Goals: the worked examples of the goal reports, whose goal counts where, and what is prorated."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.errors import FormulaError, NotApplicable, QueryError, UnknownName
from connector.metrics.definitions import load_catalogue
from connector.metrics.evaluate import evaluate
from connector.metrics.formula import parse_formula
from connector.metrics.plan import make_plan
from connector.metrics.syntax import MetricRef
from connector.model.filters import Condition
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import MemoryReader

AUGUST = {"period_start": date(2024, 8, 1), "period_end": date(2024, 8, 31)}
"""A month of 22 working days, Monday to Friday."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def on_day(day: int, month: int = 8) -> datetime:
    return datetime(2024, month, day, 15, 0, tzinfo=UTC)


def ask(reader: MemoryReader, metrics: str, dimensions: str = "", now: datetime = on_day(28), **more: Any) -> Any:  # noqa: B008
    """The cells of the only row, or rows by their dimension cells."""
    names = tuple(part for part in dimensions.split(",") if part)
    more = {"date_range": "this_month"} | more
    table = evaluate(reader, Query(tuple(metrics.split(",")), names, **more), now)
    if not names:
        return table.rows[0] if "," in metrics else table.rows[0][0]
    found = {row[0] if len(names) == 1 else row[: len(names)]: row[len(names) :] for row in table.rows}
    return {key: cells[0] if len(cells) == 1 else cells for key, cells in found.items()}


def goal(
    name: str, metric: str, target: float, scope: str = "company", scope_id: str | None = None, **more: Any
) -> Any:
    return AUGUST | {
        "id": name, "metric_id": metric, "target_value": target, "scope_type": scope, "scope_id": scope_id,
    } | more  # fmt: skip


def won(name: str, amount: float | None, day: str = "2024-08-02", **more: Any) -> dict[str, Any]:
    return {
        "id": name, "status": "won", "amount": amount, "created_at": moment("2024-07-01"), "closed_at": moment(day),
    } | more  # fmt: skip


@pytest.fixture
def people() -> MemoryReader:
    """Two teams in two departments; Ana and Bo in East, Cy in West, Di in none."""
    reader = MemoryReader()
    reader.add(
        "team", {"id": "e", "name": "East", "department": "Sales"}, {"id": "w", "name": "West", "department": "Online"},
        {"id": "c", "name": "Child", "parent_team_id": "e"},
    )  # fmt: skip
    return reader.add(
        "owner", {"id": "a", "name": "Ana", "team_id": "e"}, {"id": "b", "name": "Bo", "team_id": "e"},
        {"id": "c", "name": "Cy", "team_id": "w"}, {"id": "d", "name": "Di"},
    )  # fmt: skip


# --- worked examples


def test_sales_goals_after_20_of_22_working_days() -> None:
    reader = MemoryReader().add("goal", goal("1", "total_sales", 100_000)).add("deal", won("d", 70_000))
    names = "goal_expected_to_date,sales_goal_attainment,goal_pace_gap,goal_remaining,goal_required_rate"
    expected, attainment, gap, remaining, rate = ask(reader, names)
    assert round(expected, 2) == 90_909.09
    assert attainment == 0.7
    assert round(float(gap), 2) == -20_909.09
    assert (float(remaining), float(rate)) == (30_000, pytest.approx(15_000))
    assert ask(reader, "goal_attainment_to_date") == pytest.approx(0.77)


def test_goal_progress_of_a_response_time_where_less_is_better() -> None:
    reader = MemoryReader().add("goal", goal("1", "first_response_time", 7200))
    opened = moment("2024-08-05T09:00:00")
    reader.add(
        "service_case", {"id": "c", "opened_at": opened, "first_response_at": moment("2024-08-05T11:30:00")},
    )  # fmt: skip
    given = {"metric": "first_response_time"}
    names = "goal_actual,goal_attainment,goal_expected_to_date,goal_pace_gap"
    assert ask(reader, names, parameters=given) == (9000.0, pytest.approx(0.8), 7200.0, -1800.0)


def test_goal_progress_of_leads_ahead_of_pace_on_day_11_of_22() -> None:
    reader = MemoryReader().add("goal", goal("1", "mql_count", 200))
    reader.add("lead", *({"id": str(n), "mql_at": moment("2024-08-06")} for n in range(120)))
    names = "goal_expected_to_date,goal_actual,goal_attainment,goal_pace_gap"
    found = ask(reader, names, parameters={"metric": "mql_count"}, now=on_day(15))
    assert found == (pytest.approx(100), 120, 0.6, pytest.approx(20))


def test_won_deals_count_once_whatever_their_value() -> None:
    reader = MemoryReader().add("goal", goal("1", "deals_won", 4)).add("deal", won("1", 9_000_000), won("2", None))
    assert ask(reader, "won_deals_goal_attainment") == 0.5


@pytest.fixture
def plan() -> MemoryReader:
    """A goal of 11 sales; one sale needs 3 bookings and 5 contacts."""
    reader = MemoryReader().add("goal", goal("1", "deals_won", 11))
    return reader.add(
        "funnel_norm", {"id": "1", "scope_type": "company", "indicator": "bookings", "per_sale": 3},
        {"id": "2", "scope_type": "company", "indicator": "contacts", "per_sale": 5},
    )  # fmt: skip


def test_daily_plans_are_rounded_so_that_they_add_up_to_the_month(plan: MemoryReader) -> None:
    wanted = {"deals_won": (11, [1, 0, 1, 0]), "bookings_made": (33, [2, 1, 2, 1]), "contacts_made": (55, [3, 2, 3, 2])}
    for metric, (whole, begins) in wanted.items():
        days = ask(plan, "daily_plan", "date", parameters={"metric": metric})
        working = [days[date(2024, 8, day)] for day in range(1, 32) if date(2024, 8, day).isoweekday() < 6]
        weekends = [days[date(2024, 8, day)] for day in range(1, 32) if date(2024, 8, day).isoweekday() > 5]
        assert working[:4] == begins
        assert (len(working), sum(working), set(weekends)) == (22, whole, {0})
        assert ask(plan, "daily_plan", parameters={"metric": metric}) == whole
        assert ask(plan, "activity_plan_month", parameters={"metric": metric}) == pytest.approx(whole)


def test_plan_and_fact_of_the_first_day(plan: MemoryReader) -> None:
    done = {"type": "call", "status": "done", "completed_at": moment("2024-08-01T10:00:00")}
    plan.add("activity", done | {"id": "1", "outcome": "connected"}, done | {"id": "2", "outcome": "connected"})
    plan.add("booking", *({"id": name, "placed_at": moment("2024-08-01T11:00:00")} for name in "ab"))
    found = {
        metric: ask(
            plan, "goal_actual,daily_plan,plan_execution", now=on_day(1), date_range="today",
            parameters={"metric": metric},
        )
        for metric in ("contacts_made", "bookings_made", "deals_won")
    }  # fmt: skip
    assert found["bookings_made"] == (2, 2, 1.0)
    assert found["deals_won"] == (0, 1, 0.0)
    assert found["contacts_made"][1:] == (3, pytest.approx(found["contacts_made"][0] / 3))
    assert found["contacts_made"][0] == 2


def test_a_goal_for_the_activity_wins_over_the_norm(plan: MemoryReader) -> None:
    plan.add("goal", goal("2", "bookings_made", 44))
    assert ask(plan, "goal_target", parameters={"metric": "bookings_made"}) == pytest.approx(44)


def test_the_norm_of_a_person_or_team_wins_over_that_of_the_company(people: MemoryReader) -> None:
    people.add("goal", *(goal(name, "deals_won", 10, "owner", name) for name in "abc"))
    people.add(
        "funnel_norm", {"id": "1", "scope_type": "company", "indicator": "contracts", "per_sale": 1},
        {"id": "2", "scope_type": "team", "scope_id": "e", "indicator": "contracts", "per_sale": 2},
        {"id": "3", "scope_type": "owner", "scope_id": "b", "indicator": "contracts", "per_sale": 3},
        {"id": "4", "scope_type": "owner", "scope_id": "b", "indicator": "contracts", "per_sale": 9,
         "valid_from": date(2024, 9, 1)},
    )  # fmt: skip
    found = ask(people, "goal_target", "owner", parameters={"metric": "contracts_signed"})
    assert found == {"Ana": pytest.approx(20), "Bo": pytest.approx(30), "Cy": pytest.approx(10)}


def test_plan_execution_on_several_indicators() -> None:
    reader = MemoryReader().add("goal", goal("1", "total_sales", 5_000_000), goal("2", "deals_won", 10))
    reader.add("deal", *(won(str(n), 525_000) for n in range(8)))
    assert ask(reader, "plan_execution") == pytest.approx(0.84)
    assert ask(reader, "plan_execution", parameters={"metric": "deals_won"}) == 0.8


# --- whose goal counts where


def test_the_goal_of_a_team_wins_over_its_people_and_the_company_over_all(people: MemoryReader) -> None:
    people.add(
        "goal", goal("1", "total_sales", 10, "owner", "a"), goal("2", "total_sales", 20, "owner", "b"),
        goal("3", "total_sales", 40, "owner", "c"), goal("4", "total_sales", 80, "owner", "d"),
    )  # fmt: skip
    near = pytest.approx
    assert ask(people, "goal_target", "owner") == {"Ana": near(10), "Bo": near(20), "Cy": near(40), "Di": near(80)}
    assert ask(people, "goal_target", "team") == {"East": near(30), "West": near(40), "(unassigned)": near(80)}
    assert ask(people, "goal_target") == near(150)
    people.add("goal", goal("5", "total_sales", 100, "team", "e"))
    assert ask(people, "goal_target", "team") == {"East": near(100), "West": near(40), "(unassigned)": near(80)}
    assert ask(people, "goal_target") == near(220)
    assert ask(people, "goal_target", "owner")["Ana"] == near(10)
    people.add("goal", goal("6", "total_sales", 1000, "department", "Sales"))
    assert ask(people, "goal_target", "department") == {
        "Sales": near(1000),
        "Online": near(40),
        "(unassigned)": near(80),
    }
    assert ask(people, "goal_target") == near(1120)
    people.add("goal", goal("7", "total_sales", 5000))
    assert ask(people, "goal_target") == near(5000)
    assert ask(people, "goal_target", filter=Condition("team", "equals", ("East",))) == near(100)


def test_the_goal_of_a_team_holds_for_the_teams_below_it(people: MemoryReader) -> None:
    people.add("goal", goal("1", "total_sales", 100, "team", "e"), goal("2", "total_sales", 30, "team", "c"))
    assert ask(people, "goal_target", "team") == {"East": pytest.approx(100), "Child": pytest.approx(30)}
    assert ask(people, "goal_target") == pytest.approx(100)
    people.add("team", {"id": "g", "name": "Grandchild", "parent_team_id": "c"})
    people.add("owner", {"id": "y", "name": "Yu", "team_id": "g"}).add(
        "goal", goal("3", "total_sales", 7, "owner", "y")
    )
    assert ask(people, "goal_target", "team")["Grandchild"] == pytest.approx(7)
    assert ask(people, "goal_target") == pytest.approx(100)


def test_teams_that_name_each_other_as_parent_do_no_harm() -> None:
    reader = MemoryReader().add("team", {"id": "1", "parent_team_id": "2"}, {"id": "2", "parent_team_id": "1"})
    reader.add("goal", goal("1", "total_sales", 5))
    assert ask(reader, "goal_target") == pytest.approx(5)


def test_branches_count_where_no_department_has_a_goal(people: MemoryReader) -> None:
    people.add("owner", {"id": "x", "name": "Xi", "branch": "Lima"})
    people.add("goal", goal("1", "total_sales", 7, "branch", "Lima"), goal("2", "total_sales", 3, "owner", "x"))
    assert ask(people, "goal_target", "branch") == {"Lima": pytest.approx(7)}
    assert ask(people, "goal_target") == pytest.approx(7)
    people.add("goal", goal("3", "total_sales", 50, "department", "Sales"))
    assert ask(people, "goal_target") == pytest.approx(53)


def test_where_goals_overlap_the_shortest_period_wins_on_its_days() -> None:
    reader = MemoryReader().add(
        "goal", goal("1", "total_sales", 22_000),
        goal("2", "total_sales", 9000, period_start=date(2024, 8, 5), period_end=date(2024, 8, 9)),
    )  # fmt: skip
    assert ask(reader, "goal_target") == pytest.approx(17 * 1000 + 9000)


def test_of_two_goals_that_are_alike_the_newer_counts() -> None:
    reader = MemoryReader().add(
        "goal", goal("1", "total_sales", 5, updated_at=moment("2024-08-02")),
        goal("2", "total_sales", 6, updated_at=moment("2024-08-03")), goal("3", "total_sales", 7),
    )  # fmt: skip
    assert ask(reader, "goal_target") == pytest.approx(6)


# --- what is prorated, and what is not


def test_a_quarter_goal_is_prorated_by_working_days_and_a_rate_is_not() -> None:
    quarter = {"period_start": date(2024, 7, 1), "period_end": date(2024, 9, 30)}
    reader = MemoryReader().add(
        "goal", goal("1", "total_sales", 66_000, **quarter), goal("2", "win_rate", 0.4, **quarter)
    )
    reader.add("deal", won("1", 1), won("2", 1) | {"status": "lost"}, won("3", 1) | {"status": "lost"})
    assert ask(reader, "goal_target") == pytest.approx(66_000 * 22 / 66)
    rate = {"parameters": {"metric": "win_rate"}}
    assert ask(reader, "goal_target", **rate) == 0.4
    assert ask(reader, "goal_expected_to_date", **rate) == 0.4
    assert ask(reader, "goal_required_rate", **rate) is None
    assert ask(reader, "goal_attainment", **rate) == pytest.approx(1 / 3 / 0.4)
    by_month = ask(reader, "goal_target", "month", date_range="this_quarter", **rate)
    assert by_month == {date(2024, month, 1): 0.4 for month in (7, 8)}
    assert ask(reader, "goal_target", date_range="this_year", **rate) is None


def test_rates_of_people_are_never_summed_for_the_company(people: MemoryReader) -> None:
    people.add("goal", goal("1", "win_rate", 0.4, "owner", "a"), goal("2", "win_rate", 0.5, "owner", "b"))
    rate = {"parameters": {"metric": "win_rate"}}
    assert ask(people, "goal_target", "owner", **rate) == {"Bo": 0.5, "Ana": 0.4}
    assert ask(people, "goal_target", **rate) is None


def test_the_shortest_goal_that_covers_the_period_is_that_of_a_rate() -> None:
    reader = MemoryReader().add(
        "goal", goal("1", "win_rate", 0.3, period_start=date(2024, 1, 1), period_end=date(2024, 12, 31)),
        goal("2", "win_rate", 0.4), goal("3", "win_rate", 0.9, period_end=date(2024, 8, 20)),
    )  # fmt: skip
    assert ask(reader, "goal_target", parameters={"metric": "win_rate"}) == 0.4


def test_e1_no_goal_and_a_goal_of_zero_give_no_attainment() -> None:
    reader = MemoryReader().add("deal", won("1", 5))
    assert ask(reader, "goal_target,goal_attainment,goal_remaining,goal_pace_gap,sales_goal_attainment") == (None,) * 5
    reader.add("goal", goal("1", "total_sales", 0))
    assert ask(reader, "goal_target,goal_attainment,goal_remaining") == (0, None, 0)


def test_a_lower_is_better_goal_is_capped_at_twice_and_zero_of_it_is_twice() -> None:
    reader = MemoryReader().add("goal", goal("1", "deals_lost", 10))
    lost = {"parameters": {"metric": "deals_lost"}}
    assert ask(reader, "goal_attainment", **lost) == 2
    reader.add("deal", won("1", 1) | {"status": "lost"})
    assert ask(reader, "goal_attainment", **lost) == 2
    reader.add("deal", *(won(str(n), 1) | {"status": "lost"} for n in range(2, 21)))
    assert ask(reader, "goal_attainment,goal_pace_gap", **lost) == (0.5, pytest.approx(10 * 20 / 22 - 20))
    assert ask(reader, "goal_attainment", parameters={"metric": "mql_count"}) is None


def test_e2_sales_without_an_owner_stand_in_their_group_without_a_goal(people: MemoryReader) -> None:
    people.add("goal", goal("1", "total_sales", 10, "owner", "a")).add("deal", won("1", 5, owner_id="a"), won("2", 7))
    table = evaluate(
        people, Query(("total_sales", "goal_target"), ("owner",), date_range="this_month", totals=True), on_day(28)
    )
    assert table.rows == (("Ana", Decimal(5), 10), ("(unassigned)", Decimal(7), None))
    assert table.totals == (None, Decimal(12), 10)


def test_e4_a_reopened_deal_leaves_the_goal_again() -> None:
    reader = MemoryReader().add("goal", goal("1", "total_sales", 10)).add("deal", won("1", 5), won("2", 5))
    assert ask(reader, "sales_goal_attainment") == 1.0
    reader.connection.execute("UPDATE deal SET status = 'open', closed_at = NULL WHERE id = '2'")
    assert ask(reader, "sales_goal_attainment") == 0.5


def test_e13_a_won_deal_counts_for_its_owner_at_closing(people: MemoryReader) -> None:
    people.add("goal", goal("1", "total_sales", 10, "owner", "a"), goal("2", "total_sales", 10, "owner", "b"))
    people.add("deal", won("1", 5, owner_id="b", closing_owner_id="a"))
    assert ask(people, "sales_goal_attainment", "owner") == {"Ana": 0.5, "Bo": 0.0}


def test_e17_the_calendar_of_the_workspace_says_which_days_work() -> None:
    reader = MemoryReader().add("goal", goal("1", "total_sales", 21_000))
    reader.add("calendar_day", {"id": "1", "date": date(2024, 8, 15), "is_working_day": False})
    assert ask(reader, "goal_target", date_range="2024-08-15..2024-08-15") == 0
    assert ask(reader, "goal_expected_to_date", now=on_day(15)) == pytest.approx(10_000)


def test_e18_the_comparison_is_cut_to_the_same_elapsed_part() -> None:
    july = {"period_start": date(2024, 7, 1), "period_end": date(2024, 7, 31)}
    reader = MemoryReader().add("goal", goal("1", "total_sales", 22_000), goal("2", "total_sales", 23_000, **july))
    table = evaluate(reader, Query(("goal_target",), date_range="this_month", compare="previous_period"), on_day(15))
    assert table.rows[0][:2] == (pytest.approx(22_000), pytest.approx(11_000))


def test_no_working_day_that_remains_means_no_rate_is_needed() -> None:
    reader = MemoryReader().add("goal", goal("1", "total_sales", 10))
    assert ask(reader, "goal_required_rate", now=on_day(31)) is None


def test_targets_in_money_are_read_in_the_currency_of_the_report() -> None:
    reader = MemoryReader(Profile(currency="USD")).add("goal", goal("1", "total_sales", 100), goal("2", "deals_won", 3))
    assert ask(reader, "goal_target", currency="EUR") is None
    rate = {"from_currency": "USD", "to_currency": "EUR"}
    reader.add(
        "fx_rate", rate | {"id": "1", "date": date(2024, 8, 1), "rate": 0.5},
        rate | {"id": "2", "date": date(2024, 8, 30), "rate": 9.0},
    )  # fmt: skip
    assert ask(reader, "goal_target", currency="EUR") == pytest.approx(50)
    assert ask(reader, "goal_target", currency="EUR", parameters={"metric": "deals_won"}) == pytest.approx(3)


# --- benchmarks, and a metric named by a parameter


def test_a_benchmark_is_typed_and_without_one_there_is_no_gap() -> None:
    reader = MemoryReader().add("deal", *(won(str(n), 1) for n in range(6)))
    reader.add("deal", *(won(f"l{n}", 1) | {"status": "lost"} for n in range(4)))
    assert ask(reader, "benchmark_gap", parameters={"metric": "win_rate", "benchmark": "0.5"}) == pytest.approx(0.2)
    assert ask(reader, "benchmark_gap", parameters={"metric": "win_rate"}) is None
    with pytest.raises(QueryError, match="no number"):
        ask(reader, "benchmark_gap", parameters={"metric": "win_rate", "benchmark": "best"})


def test_win_rate_with_unqualified_deals_counted_as_losses() -> None:
    """Rep A of the catalogue: won 6, lost 4, unqualified 5."""
    reader = MemoryReader().add("deal", *(won(str(n), 1) for n in range(6)))
    reader.add("deal", *(won(f"l{n}", 1) | {"status": "lost"} for n in range(4)))
    reader.add("deal", *(won(f"u{n}", 1) | {"status": "unqualified"} for n in range(5)))
    assert ask(reader, "win_rate,loss_rate") == (0.6, 0.4)
    assert ask(reader, "win_rate,loss_rate", parameters={"unqualified_as_losses": "1"}) == (0.4, 0.6)
    with pytest.raises(QueryError, match="no unqualified_as_losses"):
        ask(reader, "win_rate", parameters={"unqualified_as_losses": "maybe"})


def test_the_unit_of_a_goal_is_that_of_its_metric() -> None:
    reader = MemoryReader().add("goal", goal("1", "win_rate", 0.4))
    for metric, unit in (("win_rate", "percent"), ("total_sales", "money"), ("deals_won", "count")):
        query = Query(("goal_target", "goal_actual"), parameters={"metric": metric}, date_range="this_month")
        assert {column.unit for column in evaluate(reader, query, on_day(5)).columns} == {unit}


@pytest.mark.parametrize(
    ("metric", "error", "says"),
    [("nope", UnknownName, "no metric 'nope'"), ("goal_actual", QueryError, "refers to itself"),
     ("goal_attainment", QueryError, "refers to itself")],
)  # fmt: skip
def test_a_goal_for_what_is_no_metric_is_refused(metric: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        ask(MemoryReader(), "goal_actual", parameters={"metric": metric})


def test_goals_have_the_dimensions_of_people_and_time_only(people: MemoryReader) -> None:
    people.add("goal", goal("1", "total_sales", 10))
    with pytest.raises(NotApplicable, match="lead_source"):
        ask(people, "goal_target", "lead_source")


def test_a_formula_names_a_metric_by_a_parameter_and_sets_parameters() -> None:
    assert parse_formula("@$metric") == MetricRef("metric", by_parameter=True)
    given = parse_formula("@goal_target[$metric = 'deals_won', $x = 2](comparison)")
    assert given == MetricRef("goal_target", comparison=True, given=(("metric", "deals_won"), ("x", "2")))
    for wrong in ("@goal_target[metric = 'x']", "@goal_target[$metric 'x']", "@goal_target[$metric = y]", "@$", "@a[]"):
        with pytest.raises(FormulaError):
            parse_formula(wrong)


def test_a_branch_that_parameters_rule_out_reads_nothing() -> None:
    catalogue = load_catalogue()
    entities = {key.entity for key in make_plan(("forecast_amount",), catalogue, compare=False).groups}
    assert entities == {"deal"}
    taken = make_plan(("forecast_amount",), catalogue, compare=False, parameters={"taken_on": "2024-08-01"})
    assert {key.entity for key in taken.groups} == {"forecast_snapshot"}


def test_kpi_completion_is_the_mean_of_capped_attainments_of_the_goals_there_are(people: MemoryReader) -> None:
    people.add(
        "goal", goal("1", "total_sales", 10, "owner", "a"), goal("2", "deals_won", 4, "owner", "a"),
        goal("3", "total_sales", 10, "owner", "b"),
    )  # fmt: skip
    people.add("deal", won("1", 30, owner_id="a"), won("2", 5, owner_id="b"), won("3", 9, owner_id="c"))
    assert ask(people, "kpi_completion", "owner") == {"Ana": (1 + 0.25) / 2, "Bo": 0.5, "Cy": None}
    only = ask(people, "kpi_completion", "owner", parameters={"kpis": "deals_won, mql_count"})
    assert only["Ana"] == 0.25
    assert ask(people, "kpi_completion", parameters={"kpis": " , "}) is None
    with pytest.raises(UnknownName, match="nope"):
        ask(people, "kpi_completion", parameters={"kpis": "deals_won,nope"})
    with pytest.raises(FormulaError, match="MEAN_OVER"):
        parse_formula("MEAN_OVER(1, @goal_attainment)")
