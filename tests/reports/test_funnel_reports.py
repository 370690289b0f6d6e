"""The reports sales_funnel and stage_distribution: what each block shows and says when something is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest

from connector.metrics.evaluate import evaluate
from connector.model.query import LANGUAGES
from connector.model.report import Block
from connector.reports.template import load_template
from tests.metrics.memory import NOW, MemoryReader
from tests.metrics.test_funnel import add_deal, world
from tests.reports.test_evaluated_reports import WORKSPACES, blocks, by_name, cards, codes, column, report

TEMPLATES = ("sales_funnel", "stage_distribution")


@cache
def sold() -> MemoryReader:
    """Two pipelines; in the fuller one a deal won, one lost after S2, two open, one of them without owner."""
    reader = world(3)
    world(2, "q", reader)
    reader.add("owner", {"id": "ana", "name": "Ana", "team_id": "t"}, {"id": "bo", "name": "Bo"})
    reader.add("team", {"id": "t", "name": "North"})
    reader.add("account", {"id": "x", "name": "Xanadu", "region": "South"})
    link = {"external_url": "https://crm.example/deal", "account_id": "x", "source": "Web"}
    add_deal(reader, "won", "S1:ana S2:ana S3:bo Won:bo", amount=400, **link)
    add_deal(reader, "lost", "S1:ana S2:ana Lost:ana", amount=300, **link)
    add_deal(reader, "open", "S1:bo", amount=200, owner_id="bo", **link)
    add_deal(reader, "late", "S1 S3", amount=100, **link)
    add_deal(reader, "elsewhere", "S1:ana S2:ana", "q", amount=999, **link)
    for number in range(4):
        qualified = datetime(2024, 5, 3, tzinfo=UTC) if number < 2 else None
        row: dict[str, Any] = {"id": f"l{number}", "created_at": datetime(2024, 5, 2, tzinfo=UTC)}
        reader.add("lead", row | {"qualified_at": qualified, "converted_deal_id": "won" if number == 0 else None})
    return reader


def no_stages() -> MemoryReader:
    return MemoryReader().add("deal", {"id": "1", "status": "won", "amount": 5, "created_at": NOW, "closed_at": NOW})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("workspace", ["sold", *WORKSPACES])
def test_every_block_says_something_in_every_language(workspace: str, template: str, language: Any) -> None:
    reader = sold() if workspace == "sold" else WORKSPACES[workspace]()
    made = report(reader, template, language=language)
    assert list(blocks(made)) == [block.id for tab in load_template(template).template.tabs for block in tab.blocks]
    for block in blocks(made).values():
        assert block.cards or block.table is not None or block.text, block.id
        assert all("{" not in note.text for note in block.notes), block.id


def asked_alone(reader: MemoryReader, block: Block) -> Any:
    assert block.question is not None
    return evaluate(reader, block.question, NOW).rows


def test_the_funnel_of_the_fullest_pipeline_by_number_and_value() -> None:
    made = report(sold(), "sales_funnel", date_range="this_month")
    assert "P" in made.notes[0].text
    found = blocks(made)
    assert cards(found["cards"]) == {"funnel_deals": 4, "cohort_won": 1, "cohort_won_rate": 0.25}
    assert cards(found["undecided"]) == {"cohort_open_rate": 0.5}
    assert by_name(found["by_stage"], "stage_reached") == {"S1": 4, "S2": 3, "S3": 2, "Won": 1}
    assert by_name(found["by_stage"], "stage_still_open_rate") == {"S1": 0.5, "S2": 1 / 3, "S3": 0.5, "Won": 0.0}
    assert by_name(found["by_stage_value"], "stage_reached_value") == {"S1": 1000, "S2": 800, "S3": 500, "Won": 400}
    assert [chart.kind for chart in found["by_stage"].charts] == ["funnel"]
    assert found["by_stage"].charts[0].labels == ("stage_conversion_step", "stage_conversion_cumulative")


def test_every_figure_of_a_block_is_the_one_its_question_gives_alone() -> None:
    for template in TEMPLATES:
        for block in blocks(report(sold(), template, date_range="this_month")).values():
            if block.table is not None and not block.links and block.id not in ("by_stage", "by_stage_value"):
                width = len(block.table.columns)
                alone = asked_alone(sold(), block)
                if all(len(row) == width for row in alone):
                    assert block.table.rows == alone[: len(block.table.rows)], block.id


def test_leads_come_before_their_deals() -> None:
    found = blocks(report(sold(), "sales_funnel", date_range="this_month"))["lead_funnel"]
    assert by_name(found, "lead_stage_reached") == {
        "Leads": 4, "Qualified leads": 2, "S1": 1, "S2": 1, "S3": 1, "Won": 1,
    }  # fmt: skip


def test_segments_stand_in_small_funnels_of_their_own() -> None:
    found = blocks(report(sold(), "sales_funnel", date_range="this_month"))
    for name, dimension, values in (
        ("by_owner", "owner", {"Ana", "Bo", "(unassigned)"}), ("by_team", "team", {"North", "(unassigned)"}),
        ("by_source", "lead_source", {"Web"}), ("by_region", "region", {"South"}),
    ):  # fmt: skip
        block = found[name]
        assert set(column(block, dimension)) == values, name
        assert block.charts[0].panels == dimension
    assert "line items" in found["by_product"].text


def test_other_ways_to_count_and_a_choice_of_the_reader() -> None:
    found = blocks(report(sold(), "sales_funnel", date_range="this_month"))
    assert by_name(found["visited"], "stage_reached") == {"S1": 4, "S2": 2, "S3": 2, "Won": 1}
    assert by_name(found["ordered"], "stage_reached") == {"S1": 4, "S2": 2, "S3": 1, "Won": 1}
    chosen = report(sold(), "sales_funnel", date_range="this_month", parameters={"funnel_mode": "visited"})
    assert by_name(blocks(chosen)["by_stage"], "stage_reached") == {"S1": 4, "S2": 2, "S3": 2, "Won": 1}


def test_the_deals_behind_a_drop_are_listed_with_their_links() -> None:
    block = blocks(report(sold(), "sales_funnel", date_range="this_month"))["stopped_deals"]
    assert block.table is not None
    assert [row[:3] for row in block.table.rows] == [
        ("S1", "open", "open"), ("S2", "lost", "lost"), ("S3", "late", "open"),
    ]  # fmt: skip
    assert column(block, "owner") == ["Bo", "Ana", "(unassigned)"]
    assert set(block.links) == {0, 1, 2}
    assert block.table.totals is not None
    assert block.table.totals[block.table.index("stage_stopped")] == 3


def test_the_open_pipeline_by_stage_with_its_shares() -> None:
    found = blocks(report(sold(), "stage_distribution"))
    balance = found["balance"]
    assert column(balance, "stage") == ["S1", "S3"]
    assert column(balance, "stage_count_share") == [0.5, 0.5]
    assert [round(share, 4) for share in column(balance, "stage_value_share")] == [0.6667, 0.3333]
    assert [chart.kind for chart in balance.charts] == ["percent_bar", "percent_bar"]
    assert column(found["open_deals"], "deal") == ["open", "late"]
    assert set(found["open_deals"].links) == {0, 1}


@pytest.mark.parametrize("template", TEMPLATES)
def test_without_stages_a_report_says_what_is_missing(template: str) -> None:
    found = blocks(report(no_stages(), template, language="en"))
    lacking = [block for block in found.values() if "stages" in block.text]
    assert len(lacking) >= 4
    assert found["cards"].cards


def test_a_deal_without_history_is_named_beside_the_funnel() -> None:
    reader = world(2)
    reader.add("deal", {"id": "1", "status": "open", "stage_id": "p/S2", "pipeline_id": "p", "created_at": NOW})
    block = blocks(report(reader, "sales_funnel", date_range="this_month"))["by_stage"]
    assert by_name(block, "stage_reached") == {"S1": 1, "S2": 1, "Won": 0}
    assert codes(block) == ["assumed_stage"]
