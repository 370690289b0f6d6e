"""Sales by owner, loss reasons, sales cycle by source, activity overview: their worked examples and edge rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.errors import QueryError
from connector.model.filters import Condition
from connector.model.query import LANGUAGES
from connector.model.report import Block
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.lint import mistakes_of
from connector.reports.template import BlockTemplate, Texts, load_template
from tests.metrics.memory import NOW, MemoryReader
from tests.reports.test_evaluated_reports import WORKSPACES

TEMPLATES = ("sales_by_owner", "deal_loss_reason", "sales_cycle_by_source", "activity_overview")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def blocks(reader: MemoryReader, template: str, **options: Any) -> dict[str, Block]:
    made = evaluate_report(reader, load_template(template), Options(**options), NOW)
    return {block.id: block for tab in made.tabs for block in tab.blocks}


def column(block: Block, name: str, width: int = 1) -> dict[Any, Any]:
    """One figure of a table by its dimension cells."""
    assert block.table is not None, block.text
    place = block.table.index(name)
    return {(row[0] if width == 1 else row[:width]): row[place] for row in block.table.rows}


def cards(block: Block) -> dict[str, Any]:
    return {card.metric: card.value for card in block.cards}


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("workspace", WORKSPACES)
def test_every_block_shows_figures_or_says_what_is_missing(workspace: str, template: str) -> None:
    reader = WORKSPACES[workspace]()
    wanted = [block.id for tab in load_template(template).template.tabs for block in tab.blocks]
    if not all(reader.profile.rows.get(name) for name in load_template(template).template.entities):
        with pytest.raises(QueryError, match="and this workspace has none"):
            blocks(reader, template)
        return
    for language in LANGUAGES:
        made = blocks(reader, template, language=language)
        assert list(made) == wanted
        for block in made.values():
            assert block.cards or block.table is not None or block.text, block.id


# -- sales by owner


@pytest.fixture
def people() -> MemoryReader:
    """North: Ana 600, Bo 0, Cy (inactive) 300. South: Di 100. Without a team: Ed 50. Without an owner: 9,000."""
    reader = MemoryReader().add("team", {"id": "n", "name": "North"}, {"id": "s", "name": "South"})
    reader.add(
        "owner", {"id": "a", "name": "Ana", "team_id": "n", "is_active": True},
        {"id": "b", "name": "Bo", "team_id": "n"}, {"id": "c", "name": "Cy", "team_id": "n", "is_active": False},
        {"id": "d", "name": "Di", "team_id": "s", "is_active": True}, {"id": "e", "name": "Ed", "is_active": True},
        {"id": "x", "name": "Gone", "is_active": False},
    )  # fmt: skip

    def deal(name: str, owner: str | None, amount: int, status: str = "won") -> dict[str, Any]:
        return {"id": name, "owner_id": owner, "amount": amount, "status": status, "created_at": moment("2024-05-01"),
                "closed_at": moment("2024-05-11"), "external_url": f"https://crm.example/{name}"}  # fmt: skip

    return reader.add(
        "deal", deal("1", "a", 400), deal("2", "a", 200), deal("3", "a", 5, "lost"), deal("4", "c", 300),
        deal("5", "d", 100), deal("6", "e", 50), deal("7", None, 9000), deal("8", "b", 5, "lost"),
        deal("9", "c", 5, "lost"),
    )  # fmt: skip


def test_a_team_average_is_the_total_of_active_people_over_their_number(people: MemoryReader) -> None:
    average = column(blocks(people, "sales_by_owner")["by_owner"], "total_sales__average")
    assert average == {
        "Ana": 300, "Bo": 300, "Cy (inactive)": 300, "Di": 100, "Ed": Decimal(750) / 4, "(unassigned)": None,
    }  # fmt: skip


def test_a_team_average_of_a_rate_is_computed_from_the_summed_parts(people: MemoryReader) -> None:
    """North: Ana and Bo won 2 and lost 2; the mean of their rates would be a third."""
    block = blocks(people, "sales_by_owner")["by_owner"]
    average = column(block, "win_rate__average")
    assert average["Ana"] == average["Bo"] == 0.5
    assert average["Ed"] == 4 / 6
    assert column(block, "win_rate")["Bo"] == 0.0
    assert block.table is not None
    assert block.table.totals is not None
    assert block.table.totals[block.table.index("total_sales__average")] == Decimal(750) / 4


def test_a_rep_who_filters_for_himself_still_sees_his_team(people: MemoryReader) -> None:
    only = Condition("owner", "equals", ("Bo",))
    block = blocks(people, "sales_by_owner", filter=only)["by_owner"]
    assert column(block, "total_sales__average") == {"Bo": 300}


def test_a_team_filter_narrows_the_average_too(people: MemoryReader) -> None:
    only = Condition("team", "equals", ("South",))
    assert column(blocks(people, "sales_by_owner", filter=only)["by_owner"], "total_sales__average") == {"Di": 100}


def test_e2_and_e12_places_shares_and_people_without_a_row(people: MemoryReader) -> None:
    people.add("owner", {"id": "z", "name": "Zoe", "is_active": True})
    block = blocks(people, "sales_by_owner")["by_owner"]
    assert column(block, "sales_rank") == {
        "Ana": 1, "Cy (inactive)": 2, "Di": 3, "Ed": 4, "Bo": 5, "Zoe": 5, "(unassigned)": None,
    }  # fmt: skip
    assert column(block, "total_sales")["Zoe"] == 0
    assert column(block, "win_rate")["Zoe"] is None
    assert column(block, "sales_share")["Zoe"] == 0
    assert "Gone" not in column(block, "total_sales")
    assert block.table is not None
    assert block.table.totals is not None
    assert block.table.totals[1] == 10_050
    assert block.table.rows[-1][0] == "(unassigned)"


def test_the_line_of_the_chart_is_a_column_of_the_table(people: MemoryReader) -> None:
    block = blocks(people, "sales_by_owner")["by_owner"]
    (chart,) = block.charts
    assert block.table is not None
    assert all(block.table.index(name) for name in chart.lines)
    assert chart.lines == ("total_sales__average",)


def test_sales_per_rep_by_team_and_the_deals_behind_it(people: MemoryReader) -> None:
    made = blocks(people, "sales_by_owner")
    assert column(made["by_team"], "sales_per_rep")["North"] == 300
    assert cards(made["cards"])["sales_per_rep"] == 187.5
    assert not made["cards"].notes
    deals = column(made["won_deals"], "total_sales", 2)
    assert len(deals) == 6
    assert len(made["won_deals"].links) == 6
    assert "Branch" in made["by_branch"].text


def test_a_team_average_needs_a_table_by_owner() -> None:
    title = Texts(en="a", es="a", pt="a", ru="a")
    for dimensions, metrics in ((["team"], ["total_sales"]), (["owner"], ["deals_won"])):
        with pytest.raises(ValueError, match="team average needs a table by owner"):
            BlockTemplate(
                id="x", kind="table", title=title, metrics=metrics, dimensions=dimensions, average=["total_sales"]
            )


def test_the_team_average_of_a_share_is_refused_by_the_linter() -> None:
    loaded = load_template("sales_by_owner")
    tab = loaded.template.tabs[0]
    block = tab.blocks[2].model_copy(update={"average": ["sales_share"]})
    template = loaded.template.model_copy(update={"tabs": [tab.model_copy(update={"blocks": [block]})]})
    told = mistakes_of(template, loaded.catalogue, "sales_by_owner")
    assert "block by_owner: sales_share has no team average: it is neither a sum nor a ratio" in told


# -- loss reasons


def lost(number: int, reason: str | None, **more: Any) -> list[dict[str, Any]]:
    return [
        {"id": f"{reason}{n}", "status": "lost", "amount": 10, "loss_reason": reason,
         "created_at": moment("2024-04-01"), "closed_at": moment("2024-05-03"),
         "external_url": "https://crm.example/1"} | more
        for n in range(number)
    ]  # fmt: skip


def test_twenty_lost_deals_by_reason() -> None:
    """Catalogue entry 45: price 8, no need 6, support 4, not logged 2 give 40, 30, 20 and 10 %."""
    reader = MemoryReader().add("deal", *lost(8, "price"), *lost(6, "no need"), *lost(4, "support"), *lost(2, None))
    reader.add("deal", *lost(3, "spam", status="unqualified"))
    made = blocks(reader, "deal_loss_reason")
    found = column(made["by_reason"], "loss_reason_share")
    assert found == {"price": 0.4, "no need": 0.3, "support": 0.2, "(not logged)": 0.1}
    assert column(made["by_reason"], "deals_lost") == {"price": 8, "no need": 6, "support": 4, "(not logged)": 2}
    assert cards(made["cards"]) == {
        "deals_lost": 20, "lost_value": 200, "loss_rate": 1.0, "not_logged_rate": 0.1,
    }  # fmt: skip
    assert sum(column(made["lost_deals"], "deals_lost", 2).values()) >= 4
    assert len(made["lost_deals"].links) == 20


@pytest.mark.parametrize(("language", "label"), [("en", "(not logged)"), ("ru", "(не зафиксировано)")])
def test_e19_not_logged_is_shown_even_where_every_loss_has_a_reason(language: Any, label: str) -> None:
    reader = MemoryReader().add("deal", *lost(2, "price"))
    block = blocks(reader, "deal_loss_reason", language=language)["by_reason"]
    assert block.table is not None
    assert block.table.rows[-1][:2] == (label, 0)
    assert column(block, "loss_reason_share") == {"price": 1.0, label: 0}
    assert len(block.table.keys) == len(block.table.rows)


def test_lost_deals_stand_at_the_last_open_stage_they_were_in() -> None:
    reader = MemoryReader().add("pipeline", {"id": "p", "name": "Main"})
    reader.add(
        "stage", {"id": "s1", "name": "Offer", "kind": "open", "position": 1, "pipeline_id": "p"},
        {"id": "l", "name": "Lost", "kind": "lost", "pipeline_id": "p"},
    )  # fmt: skip
    reader.add("deal", *lost(2, "price", stage_id="l", last_open_stage_id="s1", pipeline_id="p"))
    assert blocks(reader, "deal_loss_reason")["by_stage"].table is None
    reader.add("deal_stage_history", {"id": "h", "deal_id": "price0", "stage_id": "s1"})
    made = blocks(reader, "deal_loss_reason")
    assert column(made["by_stage"], "deals_lost", 3) == {("Main", "Offer", "price"): 2}


# -- the sales cycle


def test_mean_and_median_stand_side_by_side_and_what_is_left_out_is_counted() -> None:
    """Catalogue entry 27: deals of 20, 25 and 75 days have the mean 40.0 and the median 25.0."""
    reader = MemoryReader()
    start = moment("2024-01-31")
    days = {"a": "2024-02-20", "b": "2024-02-25", "c": "2024-04-15", "odd": "2024-01-20"}
    reader.add(
        "deal",
        *({"id": name, "status": "won", "amount": 1, "source": "web", "created_at": start, "closed_at": moment(day),
           "lead_created_at": start if name == "a" else None} for name, day in days.items()),
        {"id": "l", "status": "lost", "source": "web", "created_at": start, "closed_at": moment("2024-02-02")},
    )  # fmt: skip
    made = blocks(reader, "sales_cycle_by_source")
    assert column(made["by_source"], "sales_cycle_avg") == {"web": 40.0}
    assert column(made["by_source"], "sales_cycle_median") == {"web": 25.0}
    assert column(made["spread"], "sales_cycle_q3") == {"web": 50.0}
    assert cards(made["left_out"]) == {"sales_cycle_illogical": 1, "sales_cycle_cut": 0, "cycle_without_lead": 3}
    assert column(made["by_outcome"], "sales_cycle_avg", 2) == {("web", "won"): 40.0, ("web", "lost"): 2.0}
    cut = blocks(reader, "sales_cycle_by_source", parameters={"cycle_cut_days": "30"})
    assert column(cut["by_source"], "sales_cycle_avg") == {"web": 22.5}
    assert cards(cut["left_out"])["sales_cycle_cut"] == 1
    both = blocks(reader, "sales_cycle_by_source", parameters={"include_lost": "1"})
    assert column(both["by_source"], "sales_cycle_count") == {"web": 4}
    assert [row[0] for row in made["won_deals"].table.rows] == ["c", "b", "a"]  # type: ignore[union-attr]


def test_stage_days_are_those_of_the_deals_closed_in_the_range() -> None:
    """Anchored on the closing: b left the stage within the range and is not closed."""
    reader = MemoryReader().add("pipeline", {"id": "p", "name": "Main"})
    reader.add("stage", {"id": "s", "name": "Offer", "kind": "open", "position": 1, "pipeline_id": "p"})
    deal = {"source": "web", "created_at": moment("2024-04-01"), "pipeline_id": "p"}
    reader.add(
        "deal",
        deal | {"id": "a", "status": "won", "closed_at": moment("2024-05-10")},
        deal | {"id": "b", "status": "open"},
    )
    visit = {"stage_id": "s", "pipeline_id": "p", "entered_at": moment("2024-05-01")}
    reader.add(
        "deal_stage_history", visit | {"id": "1", "deal_id": "a", "exited_at": moment("2024-05-05")},
        visit | {"id": "2", "deal_id": "b", "exited_at": moment("2024-05-03")},
        visit | {"id": "3", "deal_id": "c"},
    )  # fmt: skip
    made = blocks(reader, "sales_cycle_by_source")
    assert column(made["stages_by_source"], "stage_days", 3) == {("Main", "web", "Offer"): 4.0}
    assert column(made["by_stage"], "stage_duration_avg", 2) == {("Main", "Offer"): 3 * 86400.0}
    assert cards(made["unfinished"]) == {"unfinished_stays": 1}


# -- activities


@pytest.fixture
def work() -> MemoryReader:
    """Ana: two calls and a mail about Bo's deal; Bo: nothing done, one task overdue. NOW is a Wednesday."""
    reader = MemoryReader().add("team", {"id": "t", "name": "North"})
    reader.add("owner", *({"id": n, "name": n.title(), "team_id": "t", "is_active": True} for n in ("ana", "bo", "cy")))
    reader.add("deal", {"id": "d", "name": "Big", "owner_id": "bo", "status": "open"})
    reader.add("lead", {"id": "l"})
    done = {"status": "done", "owner_id": "ana", "direction": "outbound", "external_url": "https://crm.example/a"}
    return reader.add(
        "activity", done | {"id": "1", "type": "call", "deal_id": "d", "completed_at": moment("2024-05-13T10:00")},
        done | {"id": "2", "type": "call", "lead_id": "l", "completed_at": moment("2024-05-14T10:00")},
        done | {"id": "3", "type": "email", "deal_id": "d", "completed_at": moment("2024-05-14T11:00")},
        done | {"id": "4", "type": "call", "completed_at": moment("2024-05-14T11:00"), "is_deleted": True},
        done | {"id": "5", "type": "note", "owner_id": None, "completed_at": moment("2024-05-15T08:00")},
        {"id": "6", "type": "task", "status": "planned", "owner_id": "bo", "due_at": moment("2024-05-01")},
    )  # fmt: skip


def test_activities_count_for_who_did_them_beside_the_team_average(work: MemoryReader) -> None:
    block = blocks(work, "activity_overview")["by_owner"]
    assert column(block, "activities_done") == {"Ana": 3, "Bo": 0, "Cy": 0, "(unassigned)": 1}
    assert column(block, "activities_done__average") == {"Ana": 1.0, "Bo": 1.0, "Cy": 1.0, "(unassigned)": None}
    assert column(block, "activities_overdue") == {"Ana": 0, "Bo": 1, "Cy": 0, "(unassigned)": 0}
    assert column(block, "sales_calls_made")["Ana"] == 2


def test_activities_by_day_type_and_what_they_belong_to(work: MemoryReader) -> None:
    made = blocks(work, "activity_overview")
    assert cards(made["cards"])["activities_done"] == 4
    assert column(made["by_day"], "activities_done", 2) == {
        (date(2024, 5, 13), "Call"): 1, (date(2024, 5, 14), "Call"): 1, (date(2024, 5, 14), "Email"): 1,
        (date(2024, 5, 15), "Note"): 1,
    }  # fmt: skip
    assert column(made["by_kind"], "activities_done") == {"Deal": 2, "Lead": 1, "(none)": 1}
    assert column(made["by_record"], "activities_done", 2)[("Big", "Deal")] == 2
    russian = blocks(work, "activity_overview", language="ru")
    assert column(russian["by_type"], "activities_done") == {"Звонок": 2, "Письмо": 1, "Заметка": 1}


def test_every_activity_is_listed_with_its_link_and_deal(work: MemoryReader) -> None:
    made = blocks(work, "activity_overview")
    assert made["done"].table is not None
    assert [row[0] for row in made["done"].table.rows] == [
        date(2024, 5, 15), date(2024, 5, 14), date(2024, 5, 14), date(2024, 5, 13),
    ]  # fmt: skip
    assert len(made["done"].links) == 4
    assert made["overdue"].table is not None
    assert [row[:3] for row in made["overdue"].table.rows] == [(date(2024, 5, 1), "6", "Task")]
    assert not made["overdue"].links
