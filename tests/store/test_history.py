"""deal_history on worked examples: reopening, merging witnesses, deletions, trust."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.store.derive_cases import STAGES, Row, at, derived, eras, get, log


def deal(name: str = "A", stage: str | None = "S1", **values: Any) -> Row:
    return {"id": name, "stage_id": stage, "created_at": at("01-01"), "owner_id": "ann", "amount": Decimal(10)} | values


def version(moment: str, source: Row, **values: Any) -> Row:
    """Return ``source`` as it was seen in an export, with other values in some columns."""
    names = ("id", "stage_id", "owner_id", "amount", "currency", "probability", "status")
    return {name: source.get(name) for name in names} | {"observed_at": at(moment), "is_deleted": False} | values


def test_a_deal_without_history_is_open_until_it_closes(tmp_path: Path) -> None:
    staging, facts = derived(tmp_path, {"stage": STAGES, "deal": [deal(stage="Won", closed_at=at("02-01"))]})
    assert eras(staging, "A", "stage_id", "status", "probability", "origin") == [
        (at("01-01"), at("02-01"), None, "open", None, "reconstructed"),
        (at("02-01"), None, "Won", "won", 1.0, "reconstructed"),
    ]
    assert facts.history_since is None


def test_intervals_are_named_by_deal_and_moment(tmp_path: Path) -> None:
    staging, _ = derived(tmp_path, {"deal": [deal(status="open")]})
    (row,) = get(staging, "deal_history")
    assert row["id"] == f"A@{int(at('01-01').timestamp()) * 1_000_000}"


@pytest.mark.parametrize(
    ("known", "start"),
    [
        ({"closed_at": at("03-01"), "stage_id": "Won"}, at("03-01")),
        ({"source_created_at": at("01-15"), "source_updated_at": at("02-01")}, at("01-15")),
        ({"source_updated_at": at("02-01"), "synced_at": at("05-01")}, at("02-01")),
        ({"synced_at": at("05-01")}, at("05-01")),
        ({}, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_deal_without_a_creation_date_begins_with_the_first_thing_known(
    tmp_path: Path, known: Row, start: datetime
) -> None:
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [deal(created_at=None) | known]})
    ((valid_from, valid_to),) = eras(staging, "A")
    assert (valid_from, valid_to) == (start, None)


def test_a_deal_closed_before_it_was_created_is_closed_from_then_on(tmp_path: Path) -> None:
    staging, _ = derived(
        tmp_path, {"stage": STAGES, "deal": [deal(stage="Won", closed_at=at("01-01") - (at("01-03") - at("01-01")))]}
    )
    assert [row[2:] for row in eras(staging, "A", "status")] == [("won",)]


def test_a_closing_date_in_the_future_does_not_keep_a_closed_deal_open(tmp_path: Path) -> None:
    closed = deal(stage="Won", closed_at=at("12-31"), synced_at=at("06-01"))
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [closed]})
    assert eras(staging, "A", "status")[-1] == (at("06-01"), None, "won")


def test_an_observed_closing_is_not_dated_after_the_import_that_showed_it(tmp_path: Path) -> None:
    now = deal(stage="Won", closed_at=at("12-31"), synced_at=at("06-01"))
    versions = [version("02-01", now, stage_id="S3"), version("03-01", now)]
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [now], "deal_version": versions})
    assert eras(staging, "A", "status")[-1] == (at("06-01"), None, "won")


def test_a_reopened_deal_was_closed_in_between(tmp_path: Path) -> None:
    """Rule E4: stocks of a past date show the deal closed, its state now is open."""
    rows = log("A", ("S1", "01-01"), ("Won", "02-01"), ("S2", "03-01"))
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [deal(stage="S2")], "deal_stage_history": rows})
    assert eras(staging, "A", "stage_id", "status") == [
        (at("01-01"), at("02-01"), "S1", "open"),
        (at("02-01"), at("03-01"), "Won", "won"),
        (at("03-01"), None, "S2", "open"),
    ]


def test_equal_observations_are_one_interval(tmp_path: Path) -> None:
    now = deal(stage="S2", amount=Decimal(30))
    versions = [
        version("02-01", now, stage_id="S1", amount=Decimal(10)),
        version("03-01", now, stage_id="S1", amount=Decimal(10)),
        version("04-01", now),
        version("05-01", now),
    ]
    staging, facts = derived(tmp_path, {"stage": STAGES, "deal": [now], "deal_version": versions})
    assert eras(staging, "A", "stage_id", "amount", "origin") == [
        (at("01-01"), at("04-01"), "S1", Decimal(10), "reconstructed"),
        (at("04-01"), None, "S2", Decimal(30), "observed"),
    ]
    assert facts.history_since == at("02-01")


def test_an_observed_closing_is_dated_by_the_closing_date(tmp_path: Path) -> None:
    now = deal(stage="Won", closed_at=at("02-10"), owner_id="bob")
    versions = [version("02-01", now, stage_id="S3", owner_id="ann"), version("03-01", now)]
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [now], "deal_version": versions})
    assert eras(staging, "A", "status", "owner_id") == [
        (at("01-01"), at("02-10"), "open", "ann"),
        (at("02-10"), None, "won", "bob"),
    ]


def test_a_closing_date_before_the_last_open_observation_does_not_rewrite_it(tmp_path: Path) -> None:
    now = deal(stage="Won", closed_at=at("01-20"))
    versions = [version("02-01", now, stage_id="S3"), version("03-01", now)]
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [now], "deal_version": versions})
    assert [row[0] for row in eras(staging, "A")] == [at("01-01"), at("03-01")]


def test_visits_say_where_a_deal_stood_and_versions_say_the_rest(tmp_path: Path) -> None:
    now = deal(stage="S3", amount=Decimal(30))
    rows = log("A", ("S1", "01-01"), ("S2", "02-01"), ("S3", "04-01"))
    versions = [version("03-01", now, stage_id="S1", amount=Decimal(20)), version("05-01", now)]
    world = {"stage": STAGES, "deal": [now], "deal_stage_history": rows, "deal_version": versions}
    staging, _ = derived(tmp_path, world)
    assert eras(staging, "A", "stage_id", "amount") == [
        (at("01-01"), at("02-01"), "S1", Decimal(20)),
        (at("02-01"), at("04-01"), "S2", Decimal(20)),
        (at("04-01"), at("05-01"), "S3", Decimal(20)),
        (at("05-01"), None, "S3", Decimal(30)),
    ]


def test_a_version_seen_at_the_moment_of_the_last_visit_is_newer(tmp_path: Path) -> None:
    now = deal(stage="S3")
    rows = log("A", ("S1", "01-01"), ("S2", "02-01"))
    world = {"stage": STAGES, "deal": [now], "deal_stage_history": rows, "deal_version": [version("02-01", now)]}
    staging, _ = derived(tmp_path, world)
    assert eras(staging, "A", "stage_id") == [(at("01-01"), at("02-01"), "S1"), (at("02-01"), None, "S3")]
    assert get(staging, "deal_stage_history")[-1]["exited_at"] == at("02-01")


def test_a_log_without_closings_ends_with_the_closing_date(tmp_path: Path) -> None:
    """A wide file holds the days on which open stages were entered; the closing is a column of the deal."""
    rows = log("A", ("S1", "01-01"), ("S2", "02-01"))
    won = deal(stage="Won", closed_at=at("03-01"))
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [won], "deal_stage_history": rows})
    assert eras(staging, "A", "stage_id", "status", "probability")[1:] == [
        (at("02-01"), at("03-01"), "S2", "open", 0.4),
        (at("03-01"), None, "Won", "won", 1.0),
    ]


def test_a_deletion_is_dated(tmp_path: Path) -> None:
    gone = deal(is_deleted=True, deleted_at=at("04-01"))
    rows = log("A", ("S1", "01-01"))
    for number, world in enumerate(({}, {"deal_stage_history": rows})):
        staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [gone]} | world)
        assert eras(staging, "A", "is_deleted") == [
            (at("01-01"), at("04-01"), False),
            (at("04-01"), None, True),
        ], number


def test_an_undated_change_is_not_later_than_the_deletion(tmp_path: Path) -> None:
    gone = deal(stage="S2", is_deleted=True, deleted_at=at("03-01"), source_updated_at=at("05-01"))
    world = {"stage": STAGES, "deal": [gone], "deal_stage_history": log("A", ("S1", "01-01"))}
    staging, _ = derived(tmp_path, world)
    assert eras(staging, "A", "stage_id", "is_deleted") == [
        (at("01-01"), at("03-01"), "S1", False),
        (at("03-01"), None, "S2", True),
    ]


def test_a_restored_deal_was_deleted_in_between(tmp_path: Path) -> None:
    now = deal()
    versions = [version("02-01", now), version("03-01", now, is_deleted=True), version("04-01", now)]
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": [now], "deal_version": versions})
    assert [row[2] for row in eras(staging, "A", "is_deleted")] == [False, True, False]


def test_history_is_trusted_from_the_first_moment_no_deal_is_a_guess(tmp_path: Path) -> None:
    now = [deal("A", synced_at=at("06-01")), deal("B", created_at=at("01-20"), synced_at=at("06-01"))]
    rows = log("A", ("S1", "01-02"))
    world = {"stage": STAGES, "deal": now, "deal_stage_history": rows}
    assert derived(tmp_path, world)[1].history_since == at("01-02"), "B was created later"
    now[1]["created_at"] = at("01-01")
    assert derived(tmp_path, world)[1].history_since == at("06-01"), "B was there and its state is a guess until June"
    now[1] |= {"stage_id": "Won", "closed_at": at("02-10")}
    assert derived(tmp_path, world)[1].history_since == at("02-10")
    now[1]["closed_at"] = now[1]["synced_at"] = None
    assert derived(tmp_path, world)[1].history_since is None


def test_a_deal_that_never_changed_is_known_since_it_was_first_seen(tmp_path: Path) -> None:
    """The newest import brought both; versions tell that the first had brought them too."""
    now = [deal("A", synced_at=at("06-01")), deal("B", synced_at=at("06-01"))]
    versions = [version("02-01", now[0], owner_id="bob"), version("06-01", now[0]), version("02-01", now[1])]
    facts = derived(tmp_path, {"deal": now, "deal_version": versions})[1]
    assert facts.history_since == at("02-01")


def test_one_observation_is_no_history(tmp_path: Path) -> None:
    now = deal()
    facts = derived(tmp_path, {"deal": [now], "deal_version": [version("02-01", now)]})[1]
    assert facts.history_since is None
