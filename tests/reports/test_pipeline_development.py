"""The report on how the pipeline moved: what it shows of a history, of none, and when nothing moved."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connector.deliver.files.display import Display
from connector.deliver.files.frames import chart_frame
from connector.model.query import LANGUAGES, Language
from connector.model.report import Block, Report
from connector.model.workspace import Profile
from connector.reports.evaluate import Options, evaluate_report
from connector.reports.template import load_template
from tests.metrics.memory import NOW, MemoryReader

LEGS = ["opening", "added", "reopened", "increased", "decreased", "won", "lost", "unqualified", "removed", "closing"]


def workspace(*, moving: bool = True) -> MemoryReader:
    """Two deals of one pipeline from April on; one is won in May when ``moving``, and one comes in."""
    reader = MemoryReader(Profile(history_since="2020-01-01T00:00:00+00:00"))
    reader.add("stage", {"id": "s1", "name": "First", "position": 1, "kind": "open", "pipeline_id": "p"})
    reader.add("pipeline", {"id": "p", "name": "Sales"})
    reader.add("owner", {"id": "o1", "name": "Ana", "is_active": True})
    deal = {"status": "open", "stage_id": "s1", "pipeline_id": "p", "owner_id": "o1", "currency": "USD"}
    april, may = datetime(2024, 4, 2, tzinfo=UTC), datetime(2024, 5, 3, tzinfo=UTC)
    for name, amount in (("d1", 100), ("d2", 30)):
        won = {"status": "won"} if moving and name == "d1" else {}
        link = {"external_url": f"https://crm.example/{name}"}
        reader.add("deal", deal | won | link | {"id": name, "name": f"Deal {name}", "amount": amount})
        first = deal | {"id": f"{name}/0", "deal_id": name, "amount": amount, "valid_from": april}
        reader.add("deal_history", first | ({"valid_to": may} if won else {}))
        if won:
            reader.add("deal_history", first | won | {"id": f"{name}/1", "valid_from": may})
    if moving:
        reader.add("deal", deal | {"id": "d3", "name": "Deal d3", "amount": 7})
        reader.add("deal_history", deal | {"id": "d3/0", "deal_id": "d3", "amount": 7, "valid_from": may})
    return reader


def report(reader: MemoryReader, **options: Any) -> Report:
    return evaluate_report(reader, load_template("pipeline_development"), Options(**options), NOW)


def block(found: Report, name: str) -> Block:
    return next(block for tab in found.tabs for block in tab.blocks if block.id == name)


def waterfall(found: Report) -> dict[str, tuple[Any, ...]]:
    table = block(found, "waterfall_value").table
    assert table is not None
    return {str(key[0]): row[1:] for key, row in zip(table.keys, table.rows, strict=True)}


def test_the_waterfall_has_every_bar_in_its_order() -> None:
    bars = waterfall(report(workspace()))
    assert list(bars) == LEGS
    assert {leg: row for leg, row in bars.items() if any(row)} == {
        "opening": (Decimal(130), 2), "added": (Decimal(7), 1), "won": (Decimal(-100), -1), "closing": (Decimal(37), 2),
    }  # fmt: skip


def test_nothing_moved_leaves_opening_and_closing_equal() -> None:
    bars = waterfall(report(workspace(moving=False)))
    assert list(bars) == LEGS
    assert bars.pop("opening") == bars.pop("closing") == (Decimal(130), 2)
    assert set(bars.values()) == {(0, 0)}


def test_the_flow_and_the_lists_end_at_the_deals_with_their_links() -> None:
    found = report(workspace())
    flow, deals, lines = (block(found, name) for name in ("stage_flow", "both_states", "deals_of_lines"))
    assert flow.table is not None
    assert [row[:3] for row in flow.table.rows] == [("First", "First", 1), ("First", "Won", 1), ("Added", "First", 1)]
    assert deals.table is not None
    assert deals.table.rows == (
        ("Deal d1", "Won", "First", "Won", "Ana", 100, 100),
        ("Deal d3", "Added", "Added", "First", "Ana", 0, 7),
        ("Deal d2", "Unchanged", "First", "First", "Ana", 30, 30),
    )
    assert deals.links == {0: "https://crm.example/d1", 2: "https://crm.example/d2"}
    assert lines.table is not None
    assert [row[:2] + row[-1:] for row in lines.table.rows] == [("Deal d3", "Added", 7), ("Deal d1", "Won", -100)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_any_history_each_part_says_so_in_words(language: Language) -> None:
    reader = MemoryReader().add("deal", {"id": "d1", "status": "open", "amount": 5})
    found = report(reader, language=language)
    words = {
        "en": "history of deals",
        "es": "historial de negocios",
        "pt": "histórico de negócios",
        "ru": "история сделок",
    }
    for tab in found.tabs:
        for each in tab.blocks:
            assert each.table is None
            assert words[language] in each.text


def test_a_range_before_the_history_says_from_when_it_can_be_trusted() -> None:
    reader = workspace()
    reader.profile = Profile.from_json(reader.profile.to_json() | {"history_since": "2024-05-02T08:00:00+00:00"})
    notes = {note.code: note.text for note in block(report(reader), "cards").notes}
    assert "2 May 2024" in notes["history_since"]
    assert notes["until_now"] == "Movement from the end of 30 Apr 2024 until now."


def test_a_deal_from_another_pipeline_is_added_to_the_one_shown() -> None:
    reader = workspace()
    other, may = {"pipeline_id": "q", "stage_id": "q1", "currency": "USD"}, datetime(2024, 5, 7, tzinfo=UTC)
    reader.add("pipeline", {"id": "q", "name": "Partners"})
    version = {"deal_id": "d4", "status": "open", "amount": 1000}
    reader.add("deal", {"id": "d4", "name": "Deal d4", "status": "open", "amount": 1000, "pipeline_id": "p"})
    early = {"valid_from": datetime(2024, 4, 2, tzinfo=UTC), "valid_to": may}
    reader.add("deal_history", version | other | {"id": "d4/0"} | early)
    reader.add("deal_history", version | other | {"id": "d4/1", "pipeline_id": "p", "valid_from": may})
    reader.add("deal", {"id": "d5", "status": "open", "amount": 1, "pipeline_id": "q"})
    bars = waterfall(report(reader))
    assert bars["opening"] == (Decimal(130), 2)
    assert bars["added"] == (Decimal(1007), 2)


def test_the_flow_draws_the_stages_at_the_end_in_their_order() -> None:
    """A stage that no deal of the first stage reached still stands before won and lost."""
    reader = MemoryReader()
    reader.add("stage", *({"id": f"s{n}", "name": f"S{n}", "position": n, "kind": "open"} for n in (1, 2, 3)))
    april, may = datetime(2024, 4, 2, tzinfo=UTC), datetime(2024, 5, 3, tzinfo=UTC)
    moves = (("s1", "s1", "won"), ("s1", "s1", "open"), ("s2", "s3", "open"), ("s2", "s2", "lost"))
    for number, (begin, end, status) in enumerate(moves):
        version = {"deal_id": f"d{number}", "amount": 1, "status": "open"}
        reader.add("deal", {"id": f"d{number}", "status": status, "stage_id": end})
        reader.add(
            "deal_history", version | {"id": f"{number}a", "stage_id": begin, "valid_from": april, "valid_to": may}
        )
        reader.add("deal_history", version | {"id": f"{number}b", "stage_id": end, "status": status, "valid_from": may})
    found = report(reader)
    flow = block(found, "stage_flow")
    frame = chart_frame(flow, flow.charts[0], Display(found.language, found.currency, found.time_zone))
    assert frame is not None
    assert frame.categories == ("S1", "S2")
    assert [part.name for part in frame.series] == ["S1", "S3", "Won", "Lost"]
