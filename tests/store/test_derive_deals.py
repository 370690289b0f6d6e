"""Derived columns of deals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.store.derive_cases import STAGES, Row, at, derived, get, log


def one(root: Path, deal: Row, **entities: list[Row]) -> Row:
    """Derive a single deal named A beside other entities and return it."""
    staging, _ = derived(root, {"stage": STAGES, "deal": [{"id": "A"} | deal]} | entities)
    (row,) = get(staging, "deal")
    return row


def activity(name: str, **values: Any) -> Row:
    return {"id": name, "deal_id": "A", "type": "call", "direction": "outbound", "status": "done"} | values


def test_status_probability_and_category_come_from_the_stage_when_empty(tmp_path: Path) -> None:
    stages = [STAGES[0] | {"forecast_category": "pipeline"}]
    found = one(tmp_path, {"stage_id": "S1"}, stage=stages)
    assert (found["status"], found["probability"], found["forecast_category"]) == ("open", 0.1, "pipeline")
    own = {"stage_id": "S1", "status": "won", "probability": 0.9, "forecast_category": "commit"}
    found = one(tmp_path, own, stage=stages)
    assert (found["status"], found["probability"], found["forecast_category"]) == ("won", 0.9, "commit")


def test_closed_at_is_the_last_entry_into_a_closed_stage(tmp_path: Path) -> None:
    rows = log("A", ("S1", "01-01"), ("Lost", "02-01"), ("S1", "03-01"), ("Won", "04-01"))
    found = one(tmp_path, {"stage_id": "Won"}, deal_stage_history=rows)
    assert found["closed_at"] == at("04-01")
    assert found["reopened_count"] == 1
    assert found["last_open_stage_id"] == "S1"


def test_closed_at_is_not_made_up(tmp_path: Path) -> None:
    """The day of an import is no closing date, and an open deal has none."""
    assert one(tmp_path, {"stage_id": "Won", "created_at": at("01-01"), "synced_at": at("05-01")})["closed_at"] is None
    log_without_end = log("A", ("S1", "01-01"))
    found = one(tmp_path, {"stage_id": "Won", "synced_at": at("05-01")}, deal_stage_history=log_without_end)
    assert found["closed_at"] is None
    versions = [
        {"id": "A", "stage_id": "Won", "owner_id": name, "observed_at": at(moment)}
        for name, moment in (("ann", "02-01"), ("bob", "03-01"))
    ]
    assert one(tmp_path, {"stage_id": "Won", "owner_id": "bob"}, deal_version=versions)["closed_at"] is None
    assert one(tmp_path, {"stage_id": "S1", "closed_at": at("01-05")})["closed_at"] is None


def test_closed_at_is_when_an_export_first_showed_the_deal_closed(tmp_path: Path) -> None:
    versions = [
        {"id": "A", "stage_id": stage, "observed_at": at(moment)}
        for stage, moment in (("S2", "02-01"), ("Won", "03-01"), ("Won", "04-01"))
    ]
    assert one(tmp_path, {"stage_id": "Won"}, deal_version=versions)["closed_at"] == at("03-01")


def test_owner_at_closing_outlives_a_later_change(tmp_path: Path) -> None:
    """Rule E13."""
    rows = log("A", ("S1", "01-01"), ("Won", "02-01"), owner_id="ann")
    now = {"stage_id": "Won", "closed_at": at("02-01"), "owner_id": "bob", "source_updated_at": at("03-01")}
    assert one(tmp_path, now, deal_stage_history=rows)["closing_owner_id"] == "ann"
    assert one(tmp_path, now)["closing_owner_id"] == "bob", "nothing is known of an earlier owner"
    assert one(tmp_path, now | {"stage_id": "S1"}, deal_stage_history=rows)["closing_owner_id"] == "bob", "open now"


def test_a_bare_closing_day_means_the_closing_of_that_local_day(tmp_path: Path) -> None:
    """The day begins at 23:00 UTC in Madrid; ann hands over at noon, bob wins at three."""
    rows = log("A", ("S1", "01-01"), ("S2", "01-31 11:00"), ("Won", "01-31 14:00"))
    for row, owner in zip(rows, ("ann", "bob", "bob"), strict=True):
        row["owner_id"] = owner
    now = {"id": "A", "stage_id": "Won", "closed_at": at("01-30 23:00"), "owner_id": "bob"}
    for zone, owner in (("Europe/Madrid", "bob"), ("UTC", "ann")):
        world = {"stage": STAGES, "deal": [now], "deal_stage_history": rows}
        (found,) = get(derived(tmp_path, world, zone=zone)[0], "deal")
        assert found["closing_owner_id"] == owner


def test_the_stage_of_an_open_deal_is_its_last_open_stage(tmp_path: Path) -> None:
    assert one(tmp_path, {"stage_id": "S2"})["last_open_stage_id"] == "S2"
    assert one(tmp_path, {"stage_id": "Won", "closed_at": at("01-01")})["last_open_stage_id"] is None


def test_the_earliest_lead_gives_its_date_and_its_source(tmp_path: Path) -> None:
    """metrics.yaml, lead of a deal: by deal.lead_id or by lead.converted_deal_id, the earliest."""
    leads = [
        {"id": "L1", "created_at": at("01-05"), "source": "web", "source_category": "inbound"},
        {"id": "L2", "created_at": at("01-03"), "source": "fair", "converted_deal_id": "A"},
        {"id": "L3", "created_at": at("01-01"), "source": "old", "converted_deal_id": "A", "is_deleted": True},
        {"id": "L4", "created_at": None, "source": "never", "converted_deal_id": "A"},
    ]
    found = one(tmp_path, {"lead_id": "L1"}, lead=leads)
    assert (found["lead_created_at"], found["source"], found["source_category"]) == (at("01-03"), "fair", None)
    found = one(tmp_path, {"lead_id": "L1", "source": "own"}, lead=[leads[0]])
    assert (found["lead_created_at"], found["source"], found["source_category"]) == (at("01-05"), "own", "inbound")


def test_activities_give_the_first_action_and_the_next_step(tmp_path: Path) -> None:
    activities = [
        activity("1", completed_at=at("01-09"), started_at=at("01-08")),
        activity("2", completed_at=at("01-05"), direction="inbound"),
        activity("3", completed_at=at("01-04"), type="meeting"),
        activity("4", completed_at=at("01-03"), status="cancelled"),
        activity("5", completed_at=at("01-02"), is_deleted=True),
        activity("6", due_at=at("09-01"), status="planned"),
        activity("7", due_at=at("02-01"), status="planned", type="task", direction=None),
        activity("8", due_at=at("01-01")),
        activity("9", completed_at=at("01-20"), status=None, type="email"),
    ]
    found = one(tmp_path, {}, activity=activities)
    assert found["first_action_at"] == at("01-08")
    assert found["next_activity_at"] == at("02-01")
    found = one(tmp_path, {"first_action_at": at("01-01"), "next_activity_at": at("03-03")}, activity=activities)
    assert (found["first_action_at"], found["next_activity_at"]) == (at("01-01"), at("03-03"))


def test_every_other_column_of_a_deal_is_untouched(tmp_path: Path) -> None:
    given = {"id": "A", "name": "=1+1", "custom": [("tier", "gold")], "source_system": "file", "units": 2.5}
    found = one(tmp_path, given, lead=[{"id": "L"}], activity=[activity("1")])
    assert {name: found[name] for name in given} == given


def test_joins_never_multiply_deals(tmp_path: Path) -> None:
    world = {
        "stage": STAGES + STAGES,
        "deal": [{"id": name, "stage_id": "S1", "lead_id": "L0"} for name in "AB"],
        "lead": [{"id": f"L{number}", "converted_deal_id": "A"} for number in range(3)],
        "activity": [activity(str(number)) for number in range(3)],
        "deal_stage_history": log("A", ("S1", "01-01"), ("S2", "01-02")),
    }
    staging, _ = derived(tmp_path, world)
    assert [row["id"] for row in get(staging, "deal")] == ["A", "B"]
