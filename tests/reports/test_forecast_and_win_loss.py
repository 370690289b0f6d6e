"""The reports forecasted_sales and win_loss: their worked examples, choices, rules, and what they do without data."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from connector.model.query import LANGUAGES
from connector.model.report import Block, Report, ScoreCard
from connector.model.workspace import Profile
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template
from tests.metrics.memory import NOW, MemoryReader


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def report(reader: MemoryReader, template: str, now: datetime = NOW, **options: Any) -> Report:
    return evaluate_report(reader, load_template(template), Options(**options), now)


def blocks(made: Report) -> dict[str, Block]:
    return {block.id: block for tab in made.tabs for block in tab.blocks}


def cards(block: Block) -> dict[str, ScoreCard]:
    return {card.metric: card for card in block.cards}


def rows(block: Block, *columns: str) -> dict[Any, Any]:
    assert block.table is not None
    places = [block.table.index(name) for name in columns]
    return {row[0]: tuple(row[place] for place in places) for row in block.table.rows}


@pytest.fixture
def company() -> MemoryReader:
    """The worked example of forecasted_sales, with people, a team, past months and a deal that is overdue."""
    reader = MemoryReader(Profile(data_through="2024-05-15T08:00:00+00:00"))
    reader.add("team", {"id": "t", "name": "North"})
    reader.add(
        "owner", {"id": "a", "name": "Ana", "team_id": "t", "is_active": True},
        {"id": "b", "name": "Bo", "team_id": "t", "is_active": False}, {"id": "n", "name": "New", "is_active": True},
    )  # fmt: skip
    won = {"status": "won", "created_at": moment("2024-03-01"), "owner_id": "a", "name": "Big"}
    due = {"status": "open", "created_at": moment("2024-05-02"), "owner_id": "b"}
    reader.add(
        "deal",
        won | {"id": "w", "amount": 30_000, "closed_at": moment("2024-05-08"), "external_url": "https://crm.example/w"},
        won | {"id": "p", "amount": 500, "closed_at": moment("2024-04-05"), "name": "Past"},
        due | {"id": "d", "amount": 10_000, "probability": 0.5, "expected_close_date": date(2024, 5, 28),
               "name": "Due", "forecast_category": "commit", "external_url": "javascript:alert(1)"},
        due | {"id": "l", "amount": 20_000, "probability": 0.2, "expected_close_date": date(2024, 5, 5),
               "name": "Late", "owner_id": None},
        due | {"id": "u", "amount": 7, "probability": 0.2, "name": "Undated"},
        due | {"id": "j", "amount": 100, "probability": 0.5, "expected_close_date": date(2024, 6, 3), "name": "June"},
    )  # fmt: skip
    versions = [
        ("w", "open", "2024-03-01", "2024-05-08", 30_000, None, None),
        ("w", "won", "2024-05-08", None, 30_000, None, None),
        ("p", "open", "2024-03-01", "2024-04-05", 800, 0.5, date(2024, 4, 20)),
        ("p", "won", "2024-04-05", None, 500, 1, None),
        ("d", "open", "2024-05-01", None, 10_000, 0.5, date(2024, 5, 28)),
        ("l", "open", "2024-05-02", None, 20_000, 0.2, date(2024, 5, 5)),
    ]
    for number, (deal, status, begin, end, amount, chance, expected) in enumerate(versions):
        reader.add(
            "deal_history",
            {"id": str(number), "deal_id": deal, "status": status, "amount": amount, "currency": "USD",
             "valid_from": moment(begin), "valid_to": moment(end) if end else None, "probability": chance,
             "expected_close_date": expected, "owner_id": "b" if deal == "d" else "a"},
        )  # fmt: skip
    return reader.add(
        "goal", {"id": "g", "metric_id": "total_sales", "scope_type": "company", "target_value": 50_000,
                 "period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31)},
        {"id": "h", "metric_id": "deals_won", "scope_type": "owner", "scope_id": "a", "target_value": 4,
         "period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31)},
    )  # fmt: skip


# --- forecasted_sales


def test_the_cards_of_the_forecast_are_those_of_the_worked_example(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales"))
    found = {name: card.value for name, card in cards(made["cards"]).items()}
    assert found == {
        "forecast_amount": 39_000, "total_sales": 30_000, "forecast_open_weighted": 9000, "goal_target": 50_000,
        "sales_goal_attainment": 0.6,
    }  # fmt: skip
    assert {card.unit for name, card in cards(made["cards"]).items() if name == "goal_target"} == {"money"}


def test_the_forecast_stands_beside_the_one_of_the_first_day(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales"))
    found = cards(made["against_first_day"])
    assert float(found["forecast_as_taken"].value) == 5000
    assert float(found["forecast_vs_actual"].value) == 25_000
    assert found["forecast_deviation_pct"].value == 5
    assert found["forecast_accuracy"].note == "The period is still running"
    over = cards(blocks(report(company, "forecasted_sales", date_range="last_month"))["against_first_day"])
    assert (float(over["forecast_as_taken"].value), over["forecast_accuracy"].note) == (400, "")
    assert over["forecast_accuracy"].value == pytest.approx(0.8)


def test_the_largest_deal_rolled_ones_and_those_without_a_date_are_told(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales"))
    found = cards(made["what_decides_it"])
    assert float(found["forecast_largest_deal"].value) == 30_000
    assert found["forecast_largest_share"].value == pytest.approx(30 / 39)
    assert (found["forecast_rolled"].value, found["forecast_undated"].value) == (1, 1)
    assert rows(made["largest"], "forecast_share") == {
        "Big": (pytest.approx(30 / 39),), "Due": (pytest.approx(5 / 39),), "Late": (pytest.approx(4 / 39),),
    }  # fmt: skip


def test_a_safety_cut_is_shown_when_it_is_asked_for_and_says_how_deep_it_is(company: MemoryReader) -> None:
    assert "forecast_haircut" in blocks(report(company, "forecasted_sales"))["after_cut"].text
    made = blocks(report(company, "forecasted_sales", parameters={"forecast_haircut": "0.2"}))
    card = cards(made["after_cut"])["forecast_haircut"]
    assert (card.value, card.note) == (pytest.approx(31_200), "Forecast less 20 %")


def test_a_forecast_as_it_stood_says_so_on_the_card(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales", parameters={"taken_on": "2024-05-01"}, language="ru"))
    card = cards(made["cards"])["forecast_amount"]
    assert (float(card.value), card.note) == (5000, "Как было на конец дня 01.05.2024")


def test_months_show_what_is_won_what_is_due_and_the_goal(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales"))["by_month"]
    assert rows(made, "total_sales", "forecast_open_weighted", "goal_target") == {
        date(2024, 4, 1): (500, 0, None), date(2024, 5, 1): (30_000, 9000, 50_000), date(2024, 6, 1): (0, 50, None),
    }  # fmt: skip
    (chart,) = made.charts
    assert (chart.kind, chart.lines, made.running_x) == ("combo", ("goal_target",), date(2024, 5, 1))
    chosen = blocks(report(company, "forecasted_sales", date_range="2023-02-01..2023-02-28"))["by_month"]
    assert chosen.table is not None
    assert chosen.table.rows == ()


def test_owners_show_their_part_and_active_ones_without_any_show_zero(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales"))
    found = rows(made["by_owner"], "forecast_amount", "total_sales", "goal_target", "forecast_as_taken")
    assert found == {
        "Ana": (30_000, 30_000, None, 0), "Bo (inactive)": (5000, 0, None, 5000), "(unassigned)": (4000, 0, None, 0),
        "New": (0, 0, None, 0),
    }  # fmt: skip
    table = made["by_owner"].table
    assert table is not None
    assert table.totals is not None
    assert table.totals[1:5] == (39_000, 30_000, 9000, 50_000)
    assert rows(made["by_team"], "forecast_amount") == {"North": (35_000,), "(unassigned)": (4000,)}


def test_the_deals_of_the_period_are_listed_with_links_and_the_overdue_one_flagged(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales"))["deals_of_period"]
    found = rows(made, "forecast_amount", "forecast_rolled", "deal_status")
    assert found == {"Big": (30_000, 0, "won"), "Due": (5000, 0, "open"), "Late": (4000, 1, "open")}
    assert list(made.links.values()) == ["https://crm.example/w"]


def test_categories_are_named_in_the_language_and_territories_left_out_where_no_deal_has_one(
    company: MemoryReader,
) -> None:
    made = blocks(report(company, "forecasted_sales", language="pt"))
    assert "compromisso" in rows(made["by_category"], "forecast_amount")
    assert "Território de vendas" in made["by_territory"].text


def test_a_range_without_end_leaves_out_only_what_needs_days(company: MemoryReader) -> None:
    made = blocks(report(company, "forecasted_sales", date_range="all_time"))
    assert "shorter date range" in made["over_time"].text
    assert cards(made["cards"])["total_sales"].value == 30_500


# --- win_loss


@pytest.fixture
def rep() -> MemoryReader:
    """Rep A of the catalogue: won 6, lost 4, unqualified 5 this month; a goal of 12 deals; last month 1 and 1."""
    reader = MemoryReader().add("owner", {"id": "a", "name": "Rep A", "is_active": True})
    states = ["won"] * 6 + ["lost"] * 4 + ["unqualified"] * 5
    closed = {"created_at": moment("2024-04-01"), "closed_at": moment("2024-05-06"), "owner_id": "a", "amount": 10}
    reader.add("deal", *(closed | {"id": str(n), "name": f"D{n}", "status": s} for n, s in enumerate(states)))
    april = closed | {"closed_at": moment("2024-04-05")}
    reader.add("deal", april | {"id": "x", "status": "won"}, april | {"id": "y", "status": "lost"})
    reader.connection.execute("UPDATE deal SET loss_reason = 'Price' WHERE id IN ('6', '7', '8')")
    return reader.add(
        "goal", {"id": "g", "metric_id": "deals_won", "scope_type": "owner", "scope_id": "a", "target_value": 12,
                 "period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31)},
    )  # fmt: skip


def test_the_win_rate_card_says_whether_unqualified_deals_are_losses(rep: MemoryReader) -> None:
    found = cards(blocks(report(rep, "win_loss"))["cards"])
    assert (found["win_rate"].value, found["win_rate"].note) == (0.6, "Unqualified deals left out")
    assert (found["deals_won"].value, found["deals_lost"].value, found["deals_unqualified"].value) == (6, 4, 5)
    assert (found["win_rate"].comparison, found["deals_won"].note) == (0.5, "")
    switched = cards(blocks(report(rep, "win_loss", parameters={"unqualified_as_losses": "1"}))["cards"])
    assert (switched["win_rate"].value, switched["loss_rate"].value) == (0.4, 0.6)
    assert switched["win_rate"].note == "Unqualified deals counted as losses"


def test_won_deals_stand_beside_their_goal(rep: MemoryReader) -> None:
    found = cards(blocks(report(rep, "win_loss"))["goal"])
    assert (found["won_deals_goal_attainment"].value, found["goal_target"].value) == (0.5, 12)
    assert found["goal_expected_to_date"].value == pytest.approx(12 * 11 / 23)
    assert found["goal_target"].unit == "count"
    assert rows(blocks(report(rep, "win_loss"))["by_owner"], "won_deals_goal_attainment") == {"Rep A": (0.5,)}


def test_a_benchmark_is_shown_when_the_reader_gives_one(rep: MemoryReader) -> None:
    without = blocks(report(rep, "win_loss"))["benchmark"]
    assert (without.cards, "benchmark" in without.text) == ((), True)
    (card,) = blocks(report(rep, "win_loss", parameters={"benchmark": "0.5"}))["benchmark"].cards
    assert (card.value, card.unit, card.note) == (pytest.approx(0.2), "percent", "Benchmark: 50 %")


def test_won_and_lost_diverge_by_rep_and_reasons_are_counted(rep: MemoryReader) -> None:
    made = blocks(report(rep, "win_loss"))
    (chart,) = made["by_owner"].charts
    assert (chart.kind, chart.y) == ("diverging_bar", ("deals_won", "deals_lost"))
    assert rows(made["by_reason"], "deals_lost") == {"Price": (3,), "(not logged)": (1,)}
    assert rows(made["by_month"], "deals_won", "win_rate") == {date(2024, 4, 1): (1, 0.5), date(2024, 5, 1): (6, 0.6)}
    assert rows(made["by_size"], "deals_won") == {"< 1000": (6,)}


def test_every_closed_deal_of_the_period_is_listed_once(rep: MemoryReader) -> None:
    table = blocks(report(rep, "win_loss"))["closed_deals"].table
    assert table is not None
    assert len(table.rows) == 15
    assert table.totals is not None
    assert table.totals[-3:] == (6, 4, 5)


def test_e16_a_rate_of_few_deals_is_marked_small_also_with_the_switch(rep: MemoryReader) -> None:
    for given in ({}, {"unqualified_as_losses": "1"}):
        table = blocks(report(rep, "win_loss", parameters=given))["by_month"].table
        assert table is not None
        assert [(row, n) for (row, _), n in table.small_n.items()] == [(0, 2)]


@pytest.mark.parametrize("template", ["forecasted_sales", "win_loss"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_workspace_with_hardly_anything_gets_the_report_all_the_same(template: str, language: Any) -> None:
    for reader in (
        MemoryReader().add("deal", {"id": "1"}),
        MemoryReader().add(
            "deal", {"id": "1", "status": "won", "amount": 5}, {"id": "2", "status": "open", "amount": 7}
        ),
    ):
        made = report(reader, template, language=language)
        assert all(block.cards or block.table or block.text for block in blocks(made).values())
