"""Visits to stages: collapsing, leaving, moves back and skips, the funnel of the catalogue."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.store.derive_cases import STAGES, Row, at, derived, get, log

DAY = 86400


def visits(root: Path, deals: list[Row], rows: list[Row], stages: list[Row] = STAGES) -> list[Row]:
    staging, _ = derived(root, {"stage": stages, "deal": deals, "deal_stage_history": rows})
    return sorted(get(staging, "deal_stage_history"), key=lambda row: (row["deal_id"], row["entered_at"], row["id"]))


def test_rows_in_a_row_of_one_stage_are_one_visit(tmp_path: Path) -> None:
    rows = log("A", ("S1", "01-01"), ("S1", "01-03"), ("S2", "01-05"), ("S1", "01-09"), owner_id="ann")
    rows[1]["owner_id"] = "bob"
    found = visits(tmp_path, [{"id": "A", "stage_id": "S1"}], rows)
    assert [(row["stage_id"], row["from_stage_id"], row["entered_at"], row["exited_at"]) for row in found] == [
        ("S1", None, at("01-01"), at("01-05")),
        ("S2", "S1", at("01-05"), at("01-09")),
        ("S1", "S2", at("01-09"), None),
    ]
    assert [row["duration_seconds"] for row in found] == [4 * DAY, 4 * DAY, None]
    assert {row["owner_id"] for row in found} == {"ann"}
    assert {row["pipeline_id"] for row in found} == {"P"}


@pytest.mark.parametrize(
    ("before", "after", "is_backward", "is_skip"),
    [
        ("S1", "S2", False, False),
        ("S1", "S3", False, True),
        ("S3", "S1", True, False),
        ("S3", "Won", False, False),
        ("S2", "Won", False, True),
        ("S1", "Lost", False, False),
        ("Won", "S1", False, False),
        ("Lost", "S3", False, False),
        ("S3", "X1", False, False),
    ],
)
def test_moves_back_and_skips(tmp_path: Path, before: str, after: str, is_backward: bool, is_skip: bool) -> None:
    """metrics.yaml, deal_stage_history: by position; false when either stage is closed; won may be skipped to."""
    other = [{"id": "X1", "pipeline_id": "X", "kind": "open", "position": 1}]
    found = visits(tmp_path, [{"id": "A"}], log("A", (before, "01-01"), (after, "01-02")), STAGES + other)
    assert (found[0]["is_backward"], found[0]["is_skip"]) == (False, False), "a first visit is no move"
    assert (found[1]["is_backward"], found[1]["is_skip"]) == (is_backward, is_skip)


def test_stages_entered_on_one_day_are_in_order_of_position(tmp_path: Path) -> None:
    rows = log("A", ("Won", "01-01"), ("S2", "01-01"), ("S1", "01-01"))
    found = visits(tmp_path, [{"id": "A", "stage_id": "Won"}], rows)
    moves = {row["stage_id"]: (row["from_stage_id"], row["is_backward"], row["duration_seconds"]) for row in found}
    assert moves == {"S1": (None, False, 0), "S2": ("S1", False, 0), "Won": ("S2", False, None)}


def test_the_last_visit_ends_when_the_deal_is_seen_elsewhere(tmp_path: Path) -> None:
    won = {"id": "A", "stage_id": "Won", "created_at": at("01-01"), "closed_at": at("02-01")}
    found = visits(tmp_path, [won], log("A", ("S1", "01-01"), ("S2", "01-11")))
    assert [row["exited_at"] for row in found] == [at("01-11"), at("02-01")]
    assert len(found) == 2, "no visit is made up for the closing"


def test_an_end_that_the_source_gives_is_kept(tmp_path: Path) -> None:
    rows = log("A", ("S1", "01-01"), ("S2", "01-11"))
    rows[1]["exited_at"] = at("01-15")
    found = visits(tmp_path, [{"id": "A", "stage_id": "S2"}], rows)
    assert [row["duration_seconds"] for row in found] == [10 * DAY, 4 * DAY]


def test_the_stage_that_a_first_change_left_was_visited_since_creation(tmp_path: Path) -> None:
    rows = log("A", ("S2", "01-05"))
    rows[0]["from_stage_id"] = "S1"
    found = visits(tmp_path, [{"id": "A", "stage_id": "S2", "created_at": at("01-02")}], rows)
    assert [(row["stage_id"], row["from_stage_id"], row["duration_seconds"]) for row in found] == [
        ("S1", None, 3 * DAY),
        ("S2", "S1", None),
    ]


def test_a_first_row_that_names_its_own_stage_left_none(tmp_path: Path) -> None:
    rows = log("A", ("S1", "01-05"), from_stage_id="S1")
    (found,) = visits(tmp_path, [{"id": "A", "stage_id": "S1", "created_at": at("01-02")}], rows)
    assert (found["from_stage_id"], found["entered_at"]) == (None, at("01-05"))


def test_a_deal_without_rows_gets_no_visit_and_unusable_rows_are_counted(tmp_path: Path) -> None:
    rows = [
        *log("A", ("S1", "01-01")),
        {"id": "x", "deal_id": "A", "stage_id": "S2"},
        {"id": "y", "deal_id": "A", "entered_at": at("01-02")},
        {"id": "z", "deal_id": "A", "stage_id": "S2", "entered_at": at("01-03"), "is_deleted": True},
    ]
    world = {"stage": STAGES, "deal": [{"id": "A", "stage_id": "S1"}, {"id": "B"}], "deal_stage_history": rows}
    staging, facts = derived(tmp_path, world)
    assert [row["id"] for row in get(staging, "deal_stage_history")] == ["A-0"]
    assert facts.counts["stage_rows_unusable"] == 2
    assert facts.counts["visits"] == 1


def test_visits_of_an_unknown_deal_stay_and_have_no_history(tmp_path: Path) -> None:
    rows = log("gone", ("S1", "01-01"), ("S2", "01-03")) + log("A", ("S1", "01-01"))
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [{"id": "A"}], "deal_stage_history": rows})
    assert len(get(staging, "deal_stage_history")) == 3
    assert {row["deal_id"] for row in get(staging, "deal_history")} == {"A"}


def test_a_log_without_deals_is_still_put_in_order(tmp_path: Path) -> None:
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal_stage_history": log("A", ("S1", "01-01"), ("S2", "01-03"))})
    assert [row["from_stage_id"] for row in get(staging, "deal_stage_history")] == [None, "S1"]


def test_currency_of_a_visit_is_that_of_the_deal(tmp_path: Path) -> None:
    rows = log("A", ("S1", "01-01"), ("S2", "01-03"))
    rows[0]["currency"] = "USD"
    found = visits(tmp_path, [{"id": "A", "stage_id": "S2", "currency": "EUR"}], rows)
    assert [row["currency"] for row in found] == ["USD", "EUR"]


def test_the_funnel_of_the_catalogue_in_its_three_modes(tmp_path: Path) -> None:
    """sales_funnel, example: A goes S1, S2, S3, Won; B S1, S3; C S1, S2, S1; D S1, Lost (rules E5, E6)."""
    rows = [
        *log("A", ("S1", "01-01"), ("S2", "01-02"), ("S3", "01-03"), ("Won", "01-04")),
        *log("B", ("S1", "01-01"), ("S3", "01-02")),
        *log("C", ("S1", "01-01"), ("S2", "01-02"), ("S1", "01-03")),
        *log("D", ("S1", "01-01"), ("Lost", "01-02")),
    ]
    deals = [{"id": name, "stage_id": stage} for name, stage in zip("ABCD", ("Won", "S3", "S1", "Lost"), strict=True)]
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": deals, "deal_stage_history": rows})
    position = {"S1": 1, "S2": 2, "S3": 3}
    walked: dict[str, list[int]] = {name: [] for name in "ABCD"}
    for row in sorted(get(staging, "deal_stage_history"), key=lambda row: row["entered_at"]):
        if row["stage_id"] in position:
            walked[row["deal_id"]].append(position[row["stage_id"]])
    won = {row["id"] for row in get(staging, "deal") if row["status"] == "won"}
    assert won == {"A"}
    assert [sum(name in won or max(walked[name]) >= p for name in walked) for p in (1, 2, 3)] == [4, 3, 2]
    assert [sum(p in walked[name] for name in walked) for p in (1, 2, 3)] == [4, 2, 2]
    moves = get(staging, "deal_stage_history")
    assert [row["id"] for row in moves if row["is_backward"]] == ["C-2"]
    assert [row["id"] for row in moves if row["is_skip"]] == ["B-1"]
