"""Worked numbers: metrics that ask for tied rows, cycles, stages, customers, and dimensions computed on a row."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connector.errors import NotApplicable
from connector.metrics.evaluate import evaluate
from connector.model.filters import Condition
from connector.model.query import Query
from connector.model.workspace import Profile
from tests.metrics.memory import NOW, MemoryReader


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rows(reader: MemoryReader, metrics: str, dimensions: str = "", **more: Any) -> dict[Any, Any]:
    """Answer as {dimension cell(s): figure(s)}."""
    names, groups = tuple(metrics.split(";")), tuple(part for part in dimensions.split(",") if part)
    table = evaluate(reader, Query(names, groups, **more), NOW)
    found = {}
    for row in table.rows:
        key = row[0] if len(groups) == 1 else row[: len(groups)]
        found[key] = row[-1] if len(names) == 1 else row[len(groups) :]
    return found


def value(reader: MemoryReader, metric: str, **more: Any) -> Any:
    return rows(reader, metric, **more)[()]


def won(name: str, amount: float | None = None, day: str = "2024-05-10", **more: Any) -> dict[str, Any]:
    return {"id": name, "status": "won", "amount": amount, "created_at": moment("2024-05-01"),
            "closed_at": moment(day)} | more  # fmt: skip


# -- leads and their deals


@pytest.fixture
def leads() -> MemoryReader:
    """Ten leads of May: four have a deal (one of them by conversion, one has two), three of these are won."""
    reader = MemoryReader()
    rows = [
        {"id": f"l{n}", "created_at": moment("2024-05-02"), "source": "web" if n < 4 else "fair"} for n in range(10)
    ]
    rows[3]["converted_deal_id"] = "d4"
    for n in (0, 1, 5, 6):
        rows[n]["qualified_at"] = moment("2024-05-03")
    reader.add("lead", *rows, {"id": "old", "created_at": moment("2024-04-02")})
    return reader.add(
        "deal", won("d1", 100, lead_id="l0"), won("d2", 50, lead_id="l0"), won("d3", 0, lead_id="l1"), won("d4", 70),
        {"id": "d5", "status": "open", "lead_id": "l2"}, won("d6", 9, lead_id="old"),
    )  # fmt: skip


def test_leads_that_became_deals_and_won_deals(leads: MemoryReader) -> None:
    found = rows(leads, "lead_to_deal_rate;lead_conversion_rate", date_range="this_month")
    assert found == {(): (0.4, 0.3)}
    by_source = rows(leads, "lead_to_deal_rate;lead_conversion_rate", "lead_source", date_range="this_month")
    assert by_source["web"] == (1.0, 0.75)
    assert by_source["fair"] == (0.0, 0.0)


def test_conversion_by_period_takes_the_deals_won_in_it(leads: MemoryReader) -> None:
    asked = {"date_range": "this_month", "parameters": {"conversion_mode": "period"}}
    assert value(leads, "lead_conversion_rate", **asked) == 0.5


def test_qualified_leads_that_brought_money(leads: MemoryReader) -> None:
    """Of four qualified leads one has a won deal with an amount above 0; d3 was won for nothing."""
    assert value(leads, "quality_opportunity_rate", date_range="this_month") == 0.25


def test_e1_no_leads_give_no_rate(leads: MemoryReader) -> None:
    for metric in ("lead_to_deal_rate", "lead_conversion_rate", "quality_opportunity_rate", "calls_to_deal_rate"):
        assert value(leads, metric, date_range="2023-01-01..2023-01-31") is None


def test_a_call_led_to_a_deal_of_its_person_or_lead_within_the_window() -> None:
    reader = MemoryReader().add("lead", {"id": "l1", "converted_deal_id": "d3"})
    call = {"type": "call", "status": "done", "completed_at": moment("2024-05-02")}
    reader.add(
        "activity", call | {"id": "same person", "contact_id": "k1"}, call | {"id": "again", "contact_id": "k1"},
        call | {"id": "too early", "contact_id": "k2"}, call | {"id": "by lead", "lead_id": "l2"},
        call | {"id": "by conversion", "lead_id": "l1"}, call | {"id": "deal was there", "contact_id": "k4"},
        call | {"id": "email", "type": "email", "contact_id": "k1"}, call | {"id": "planned", "status": "planned"},
    )  # fmt: skip
    reader.add(
        "deal", {"id": "d1", "contact_id": "k1", "created_at": moment("2024-05-10")},
        {"id": "d2", "contact_id": "k2", "created_at": moment("2024-06-02")},
        {"id": "d3", "created_at": moment("2024-05-03")},
        {"id": "d4", "lead_id": "l2", "created_at": moment("2024-05-02")},
        {"id": "d5", "contact_id": "k4", "created_at": moment("2024-05-01")},
    )  # fmt: skip
    assert value(reader, "calls_to_deal_rate", date_range="this_month") == pytest.approx(4 / 6)
    longer = {"call_to_deal_window_days": "31"}
    assert value(reader, "calls_to_deal_rate", date_range="this_month", parameters=longer) == pytest.approx(5 / 6)


def test_proposals_whose_deal_has_a_contract_that_stands() -> None:
    reader = MemoryReader()
    reader.add("proposal", *({"id": f"p{n}", "deal_id": f"d{n}", "sent_at": moment("2024-05-02")} for n in range(4)))
    reader.add(
        "contract", {"id": "c1", "deal_id": "d0"}, {"id": "c2", "deal_id": "d0"},
        {"id": "c3", "deal_id": "d1", "cancelled_at": moment("2024-05-09")}, {"id": "c4", "deal_id": "d3"},
    )  # fmt: skip
    assert value(reader, "proposal_to_contract_rate", date_range="this_month") == 0.5


def test_leads_in_work_are_read_from_their_last_change_before_the_moment() -> None:
    reader = MemoryReader()
    reader.add(
        "lead", {"id": "a", "created_at": moment("2024-03-01"), "status": "converted"},
        {"id": "b", "created_at": moment("2024-03-01"), "status": "working"},
        {"id": "c", "created_at": moment("2024-03-01"), "status": "working"},
    )  # fmt: skip
    reader.add(
        "lead_status_history",
        {"id": "1", "lead_id": "a", "to_status": "working", "changed_at": moment("2024-03-02")},
        {"id": "2", "lead_id": "a", "to_status": "converted", "changed_at": moment("2024-04-20")},
        {"id": "3", "lead_id": "b", "to_status": "working", "changed_at": moment("2024-05-03")},
    )  # fmt: skip
    assert value(reader, "leads_in_work") == 2
    assert value(reader, "leads_in_work", date_range="2024-04-01..2024-04-10") == 2
    assert value(reader, "leads_in_work", date_range="2024-04-01..2024-04-30") == 1
    over_time = rows(reader, "leads_in_work", "month", date_range="2024-03-01..2024-05-31")
    assert over_time == {date(2024, 3, 1): 2, date(2024, 4, 1): 1, date(2024, 5, 1): 2}


# -- sales cycles


@pytest.fixture
def cycles() -> MemoryReader:
    """Web: 20, 25 and 75 days; fair: 10 days. One lost deal of 5 days, one closed before it was created."""
    reader = MemoryReader()
    start = moment("2024-02-01")

    def closed(name: str, day: str, **more: Any) -> dict[str, Any]:
        return won(name, 1, day, created_at=start) | {"source": "web"} | more

    return reader.add(
        "deal", closed("d1", "2024-02-21"), closed("d2", "2024-02-26"), closed("d3", "2024-04-16"),
        closed("d4", "2024-02-11", source="fair"), closed("d5", "2024-02-06", status="lost"),
        closed("d6", "2024-01-20"),
        closed("d7", "2024-02-21", created_at=moment("2024-02-11"), lead_created_at=start, source="mail"),
    )  # fmt: skip


def test_mean_and_median_of_three_deals(cycles: MemoryReader) -> None:
    """Catalogue entry 27: deals of 20, 25 and 75 days have the mean 40.0 and the median 25.0."""
    found = rows(cycles, "sales_cycle_avg;sales_cycle_median;sales_cycle_count", "lead_source")
    assert found["web"] == (40.0, 25.0, 3)


def test_the_spread_of_the_cycle(cycles: MemoryReader) -> None:
    names = "sales_cycle_low;sales_cycle_q1;sales_cycle_median;sales_cycle_q3;sales_cycle_high"
    assert rows(cycles, names, "lead_source")["web"] == (20.0, 22.5, 25.0, 50.0, 75.0)


def test_the_cycle_begins_with_the_lead_or_with_the_deal(cycles: MemoryReader) -> None:
    assert rows(cycles, "sales_cycle_avg", "lead_source")["mail"] == 20.0
    from_deal = rows(cycles, "sales_cycle_avg", "lead_source", parameters={"cycle_start": "deal"})
    assert from_deal["mail"] == 10.0


def test_lost_deals_are_taken_in_when_asked(cycles: MemoryReader) -> None:
    found = rows(cycles, "sales_cycle_avg;sales_cycle_count", "deal_outcome", parameters={"include_lost": "1"})
    assert found["lost"] == (5.0, 1)
    assert rows(cycles, "sales_cycle_count", "deal_outcome") == {"won": 5}


def test_e11_and_e22_illogical_and_longer_cycles_are_left_out_and_counted(cycles: MemoryReader) -> None:
    names = "sales_cycle_avg;sales_cycle_illogical;sales_cycle_cut"
    web = Condition("lead_source", "equals", ("web",))
    assert rows(cycles, names, filter=web)[()] == (40.0, 1, 0)
    assert rows(cycles, names, filter=web, parameters={"cycle_cut_days": "30"})[()] == (22.5, 1, 1)


def test_speed_against_the_other_sources(cycles: MemoryReader) -> None:
    """Fair 10 days, the others (20 + 25 + 75 + 20) / 4 = 35: seven tenths less."""
    found = rows(cycles, "lead_conversion_speed_index", "lead_source")
    assert found["fair"] == pytest.approx((35 - 10) / 35)
    assert found["web"] == pytest.approx((15 - 40) / 15)
    assert value(cycles, "lead_conversion_speed_index") is None


def test_time_spent_for_a_new_customer_is_that_of_his_first_deal() -> None:
    reader = MemoryReader().add(
        "account", {"id": "a", "first_won_at": moment("2024-05-11")}, {"id": "b", "first_won_at": moment("2024-04-11")}
    )
    reader.add(
        "deal", won("d1", 5, "2024-05-11", account_id="a"), won("d2", 5, "2024-05-13", account_id="a"),
        won("d3", 5, "2024-05-12", account_id="b"),
    )  # fmt: skip
    assert value(reader, "time_budget_per_customer", date_range="this_month") == 10.0


# -- stages


@pytest.fixture
def stages() -> MemoryReader:
    """S1: a 2 days twice, b 6 days, c came back and is still there; S2: a 1 day. Won is no stage one stays in."""
    reader = MemoryReader().add("owner", {"id": "o", "name": "Ana"}, {"id": "p", "name": "Bo"})
    reader.add(
        "stage", {"id": "s1", "name": "S1", "kind": "open", "position": 1, "norm_seconds": 86400},
        {"id": "s2", "name": "S2", "kind": "open", "position": 2}, {"id": "w", "name": "Won", "kind": "won"},
    )  # fmt: skip
    reader.add("deal", won("a", 1, "2024-05-08"), {"id": "b", "status": "open"}, {"id": "c", "status": "open"})

    def visit(deal: str, stage: str, entered: str, left: str | None, owner: str = "o") -> dict[str, Any]:
        return {"id": f"{deal}{stage}{entered}", "deal_id": deal, "stage_id": stage, "entered_at": moment(entered),
                "exited_at": moment(left) if left else None, "owner_id": owner}  # fmt: skip

    return reader.add(
        "deal_stage_history", visit("a", "s1", "2024-04-29", "2024-05-01"),
        visit("a", "s2", "2024-05-01", "2024-05-02"),
        visit("a", "s1", "2024-05-06", "2024-05-08"), visit("a", "w", "2024-05-08", None),
        visit("b", "s1", "2024-05-01", "2024-05-07", "p"), visit("c", "s1", "2024-05-03", None),
        visit("c", "s1", "2024-04-25", "2024-05-02"),
    )  # fmt: skip


def test_stage_time_is_the_sum_of_all_visits_and_leaves_out_who_is_still_there(stages: MemoryReader) -> None:
    day = 86400.0
    found = rows(stages, "stage_duration_avg;stage_duration_median", "stage", date_range="this_month")
    assert found == {"S1": (5 * day, 5 * day), "S2": (day, day)}
    assert value(stages, "stage_duration_avg", date_range="this_month") == pytest.approx(11 / 3 * day)
    assert value(stages, "stage_duration_avg", date_range="last_month") is None


def test_stage_time_of_a_rep_against_all(stages: MemoryReader) -> None:
    s1 = Condition("stage", "equals", ("s1",))
    found = rows(stages, "stage_duration_vs_team", "owner", date_range="this_month", filter=s1)
    assert found == {"Ana": pytest.approx(4 / 5 - 1), "Bo": pytest.approx(6 / 5 - 1)}


def test_the_norm_of_a_stage_is_its_target_else_the_median_of_won_deals(stages: MemoryReader) -> None:
    assert rows(stages, "stage_duration_norm", "stage")["S1"] == 86400
    assert rows(stages, "stage_duration_norm", "stage")["S2"] == 86400.0
    stages.connection.execute("UPDATE stage SET norm_seconds = NULL")
    assert rows(stages, "stage_duration_norm", "stage")["S1"] == 4 * 86400.0


def test_deals_by_time_to_the_first_action() -> None:
    reader = MemoryReader()
    created = moment("2024-05-01T08:00")
    actions = {
        "a": "2024-05-01T08:04:59",
        "b": "2024-05-01T08:05",
        "c": "2024-05-01T07:00",
        "d": "2024-05-20",
        "e": None,
    }
    for name, at in actions.items():
        action = moment(at) if at else None
        status = "won" if name == "a" else "open"
        reader.add("deal", {"id": name, "created_at": created, "first_action_at": action, "status": status})
    found = rows(reader, "first_action_bucket_deals", "first_action_bucket", date_range="this_month")
    assert found == {"under 5 min": 2, "5–15 min": 1, "over 7 days": 1, "(no action)": 1}
    split = rows(reader, "first_action_bucket_deals", "first_action_bucket,deal_outcome")
    assert split[("under 5 min", "won")] == 1
    assert split[("under 5 min", "(open)")] == 1
    only = Condition("first_action_bucket", "equals", ("under 5 min",))
    assert value(reader, "first_action_bucket_deals", filter=only) == 2


# -- money


def test_the_size_of_deals_against_the_average() -> None:
    reader = MemoryReader().add("deal", won("1", 100, source="web"), won("2", 300, source="fair"))
    assert rows(reader, "deal_size_index", "lead_source") == {"fair": 0.5, "web": -0.5}


def test_units_are_those_of_the_deal_else_of_its_lines() -> None:
    reader = MemoryReader().add("product", {"id": "p", "name": "P"}, {"id": "q", "name": "Q"})
    reader.add("deal", won("1", 10, units=7), won("2", 10), won("3", 10, units=4))
    line = {"amount": 5, "currency": "USD"}
    reader.add(
        "deal_line", line | {"id": "a", "deal_id": "1", "product_id": "p", "quantity": 2},
        line | {"id": "b", "deal_id": "2", "product_id": "p", "quantity": 3},
        line | {"id": "c", "deal_id": "2", "product_id": "q", "quantity": 1},
    )  # fmt: skip
    assert value(reader, "units_sold") == 15
    assert rows(reader, "units_sold", "product") == {"P": 5, "Q": 1, "(no product)": 4}


def test_profit_of_a_customer_counts_no_cost_twice() -> None:
    reader = MemoryReader().add("account", {"id": "x", "name": "X"}, {"id": "y", "name": "Y"})
    reader.add("deal", won("1", 1000, account_id="x", cost=300), won("2", 500, account_id="y"), won("3", 40, cost=9))
    cost = {"amount": 100, "currency": "USD", "date": date(2024, 5, 20)}
    reader.add(
        "cost", cost | {"id": "1", "kind": "service", "account_id": "x"}, cost | {"id": "2", "kind": "marketing"},
        cost | {"id": "3", "kind": "account_mgmt", "account_id": "y"},
    )  # fmt: skip
    case = {"currency": "USD", "closed_at": moment("2024-05-03")}
    reader.add(
        "service_case", case | {"id": "1", "account_id": "x", "cost": 70},
        case | {"id": "2", "account_id": "y", "cost": 30},
        case | {"id": "3", "cost": 11},
    )  # fmt: skip
    found = rows(reader, "customer_revenue;customer_cost;customer_profit;customer_margin_pct", "account")
    assert found["X"] == (1000, 400, 600, 0.6)
    assert found["Y"] == (500, 130, 370, 0.74)
    assert value(reader, "cost_to_serve") == 200 + 30 + 11


def test_lifetime_value_of_two_customers_over_what_it_cost_to_win_them() -> None:
    reader = MemoryReader().add(
        "account", {"id": "x", "first_won_at": moment("2024-04-10"), "churned_at": moment("2024-05-01")},
        {"id": "y", "first_won_at": moment("2024-05-10")}, {"id": "z"},
    )  # fmt: skip
    reader.add(
        "deal", won("1", 100, "2024-04-10", account_id="x"), won("2", 50, "2024-05-02", account_id="x"),
        won("3", 250, "2024-05-10", account_id="y"), won("4", 7, "2024-05-20", account_id="y"),
    )  # fmt: skip
    reader.add("cost", {"id": "1", "kind": "sales", "date": date(2024, 5, 2), "amount": 50, "currency": "USD"})
    assert value(reader, "customer_lifetime_value", date_range="this_month") == 200.0
    assert value(reader, "ltv_cac_ratio", date_range="this_month") == 4.0
    assert value(reader, "active_customers", date_range="this_month") == 1
    assert value(reader, "active_customers", date_range="last_month") == 1


def test_lifetime_value_follows_what_the_workspace_calls_revenue() -> None:
    reader = MemoryReader(Profile(revenue="invoice.amount"))
    reader.add("account", {"id": "x", "first_won_at": moment("2024-04-10")})
    invoice = {"account_id": "x", "currency": "USD", "amount": 30, "status": "sent"}
    reader.add("invoice", invoice | {"id": "1", "issued_at": moment("2024-04-11")})
    reader.add("invoice", invoice | {"id": "2", "issued_at": moment("2024-04-01")})
    assert value(reader, "customer_lifetime_value") == 30.0


def test_without_churn_dates_a_customer_is_active_while_he_buys_or_subscribes() -> None:
    reader = MemoryReader()
    reader.add("account", *({"id": name, "first_won_at": moment("2022-01-01")} for name in "abcde"))
    reader.add(
        "deal", won("1", 1, "2023-05-15T12:00", account_id="a"), won("2", 1, "2023-05-15T11:59", account_id="b"),
        won("3", 1, "2024-05-01", account_id="a"),
    )  # fmt: skip
    reader.add(
        "subscription", {"id": "1", "account_id": "c", "started_on": date(2022, 1, 1)},
        {"id": "2", "account_id": "d", "started_on": date(2022, 1, 1), "cancelled_on": date(2024, 5, 15)},
        {"id": "3", "account_id": "e", "started_on": date(2022, 1, 1), "ends_on": date(2024, 5, 16)},
    )  # fmt: skip
    assert value(reader, "active_customers") == 3
    assert value(reader, "active_customers", parameters={"activity_window_months": "13"}) == 4
    reader.add("cost", {"id": "1", "kind": "service", "date": date(2024, 5, 2), "amount": 60, "currency": "USD"})
    assert value(reader, "cost_per_customer_managed") == 20.0


def test_sales_per_rep_are_those_of_active_reps_over_their_number() -> None:
    reader = MemoryReader().add("team", {"id": "t", "name": "North"})
    reader.add(
        "owner", {"id": "o1", "role": "rep", "is_active": True, "team_id": "t"}, {"id": "o2", "role": "rep"},
        {"id": "o3", "role": "manager", "is_active": True}, {"id": "o4", "role": "rep", "is_active": False},
    )  # fmt: skip
    reader.add("deal", *(won(f"d{n}", 100 * n, owner_id=f"o{n}") for n in (1, 2, 3, 4)), won("d5", 7))
    assert value(reader, "sales_per_rep") == 150.0
    assert rows(reader, "sales_per_rep", "team")["North"] == 100.0
    reader.connection.execute("UPDATE owner SET role = NULL")
    reader.add("team", {"id": "u"})
    reader._describe("owner")
    assert value(reader, "sales_per_rep") == 200.0


# -- places and dimensions


def test_the_place_of_a_rep_counts_equals_alike_and_leaves_out_deals_without_owner() -> None:
    reader = MemoryReader().add("owner", *({"id": name, "name": name.upper()} for name in "abc"))
    reader.add("deal", won("1", 10, owner_id="a"), won("2", 30, owner_id="b"), won("3", 10, owner_id="c"), won("4", 99))
    assert rows(reader, "place=RANK(@total_sales)", "owner") == {"B": 1, "A": 2, "C": 2, "(unassigned)": None}
    assert value(reader, "place=RANK(@total_sales)") is None


def test_dimensions_computed_on_a_row() -> None:
    reader = MemoryReader().add(
        "account", {"id": "new", "first_won_at": moment("2024-05-03")},
        {"id": "old", "first_won_at": moment("2024-04-03")}, {"id": "none"},
    )  # fmt: skip
    reader.add(
        "deal", won("1", 1, account_id="new"), won("2", 1, account_id="old"),
        {"id": "3", "status": "open", "account_id": "none", "expected_close_date": date(2024, 5, 14)},
        {"id": "4", "status": "open", "expected_close_date": date(2024, 5, 15)}, {"id": "5", "status": "open"},
    )  # fmt: skip
    count = "n=COUNT(deal.id)"
    assert rows(reader, count, "customer_type", date_range="this_month") == {
        "New": 2, "Existing": 1, "(no company)": 2,
    }  # fmt: skip
    assert rows(reader, count, "due_state") == {"Completed": 2, "Overdue": 1, "Expected": 1, "(no date)": 1}
    assert rows(reader, count, "deal_outcome") == {"won": 2, "(open)": 3}
    reader.add("deal_line", {"id": "n", "deal_id": "4", "quantity": 2})
    assert rows(reader, "n=SUM(deal_line.quantity)", "due_state") == {"Expected": 2}
    reader.add("lead", {"id": "a", "qualified_at": NOW}, {"id": "b", "disqualified_at": NOW}, {"id": "c"})
    assert rows(reader, "n=COUNT(lead.id)", "lead_quality") == {"Good": 1, "Bad": 1, "(not yet judged)": 1}
    with pytest.raises(NotApplicable):
        rows(reader, "n=COUNT(lead.id)", "due_state")


def test_an_activity_belongs_to_the_first_record_it_names() -> None:
    """Ids of two entities may be equal, and the name is that of the right one."""
    reader = MemoryReader().add("deal", {"id": "1", "name": "Big"}).add("account", {"id": "1", "name": "Acme"})
    reader.add("contact", {"id": "k", "full_name": "Kim"}).add("lead", {"id": "l", "contact_id": "k"})
    reader.add(
        "activity", {"id": "a", "deal_id": "1", "account_id": "1"}, {"id": "b", "account_id": "1"},
        {"id": "c", "lead_id": "l"}, {"id": "d"}, {"id": "e", "deal_id": "1"},
    )  # fmt: skip
    found = rows(reader, "n=COUNT(activity.id)", "related_kind,related_record")
    assert found == {
        ("Deal", "Big"): 2, ("Company", "Acme"): 1, ("Lead", "Kim"): 1, ("(none)", "(none)"): 1,
    }  # fmt: skip


def test_visits_by_outcome_and_emails_with_their_answer() -> None:
    reader = MemoryReader()
    done = {"status": "done", "completed_at": moment("2024-05-02")}
    reader.add(
        "activity", done | {"id": "1", "type": "visit", "outcome": "interested"}, done | {"id": "2", "type": "visit"},
        done | {"id": "3", "type": "email", "direction": "outbound", "replied_at": NOW},
        done | {"id": "4", "type": "email", "direction": "outbound"},
    )  # fmt: skip
    assert rows(reader, "visit_outcome_count", "visit_outcome") == {"interested": 1, "(not logged)": 1}
    assert rows(reader, "emails_sent", "email_outcome") == {"Replied": 1, "Sent, no reply": 1}
