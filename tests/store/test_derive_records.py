"""Derived columns of lines, leads, contacts and accounts."""

from __future__ import annotations

from pathlib import Path

from connector.store.derive import derive
from tests.store.derive_cases import NOW, STAGES, at, derived, get, put


def test_lines_take_the_currency_of_their_deal(tmp_path: Path) -> None:
    lines = [
        {"id": "1", "deal_id": "A"},
        {"id": "2", "deal_id": "A", "currency": "USD"},
        {"id": "3", "deal_id": "none"},
    ]
    staging, _ = derived(tmp_path, {"deal": [{"id": "A", "currency": "EUR"}], "deal_line": lines})
    assert [row["currency"] for row in get(staging, "deal_line")] == ["EUR", "USD", None]


def test_leads_learn_from_activities_and_status_changes(tmp_path: Path) -> None:
    changes = [
        {"id": "1", "lead_id": "L", "to_status": "Qualified ", "changed_at": at("01-05")},
        {"id": "2", "lead_id": "L", "to_status": "working", "changed_at": at("01-06")},
        {"id": "3", "lead_id": "L", "to_status": "qualified", "changed_at": at("01-07")},
        {"id": "4", "lead_id": "L", "to_status": "mql", "changed_at": at("01-02")},
        {"id": "5", "lead_id": "L", "to_status": "converted", "changed_at": at("01-09")},
        {"id": "6", "lead_id": "L", "to_status": "unqualified", "changed_at": at("01-03")},
        {"id": "7", "lead_id": "U", "to_status": "unqualified", "changed_at": at("01-03")},
        {"id": "8", "lead_id": "U", "to_status": "unqualified", "changed_at": at("01-08")},
    ]
    activities = [
        {
            "id": "1",
            "lead_id": "L",
            "type": "email",
            "direction": "outbound",
            "status": "done",
            "started_at": at("01-04"),
        }
    ]
    leads = [{"id": "L", "status": "converted", "mql_at": at("01-01")}, {"id": "U", "status": "unqualified"}]
    staging, _ = derived(tmp_path, {"lead": leads, "lead_status_history": changes, "activity": activities})
    lead, refused = get(staging, "lead")
    assert lead["first_action_at"] == at("01-04")
    assert (lead["qualified_at"], lead["converted_at"]) == (at("01-05"), at("01-09"))
    assert lead["mql_at"] == at("01-01"), "what the source says stays"
    assert lead["disqualified_at"] is None, "it is not disqualified now"
    assert refused["disqualified_at"] == at("01-08")


def test_contacts_are_recognised_by_email_else_phone(tmp_path: Path) -> None:
    """Rule E24."""
    contacts = [
        {"id": "1", "email": " Ann@X.org ", "phone": "1"},
        {"id": "2", "phone": "+34 (600) 10-20"},
        {"id": "3", "email": " ", "phone": "n/a"},
        {"id": "4", "email": "a@b.c", "dedupe_key": "given"},
    ]
    staging, _ = derived(tmp_path, {"contact": contacts})
    assert [row["dedupe_key"] for row in get(staging, "contact")] == ["ann@x.org", "346001020", None, "given"]


def test_a_contact_was_last_contacted_at_its_last_done_activity(tmp_path: Path) -> None:
    activities = [
        {"id": "1", "contact_id": "C", "type": "call", "status": "done", "completed_at": at("01-05")},
        {"id": "2", "contact_id": "C", "type": "meeting", "status": "planned", "due_at": at("02-05")},
        {"id": "3", "contact_id": "C", "type": "note", "status": "done", "completed_at": at("03-05")},
        {"id": "4", "contact_id": "C", "status": "done", "completed_at": at("01-08")},
    ]
    staging, _ = derived(tmp_path, {"contact": [{"id": "C"}, {"id": "D"}], "activity": activities})
    assert [row["last_contacted_at"] for row in get(staging, "contact")] == [at("01-08"), None]


def test_an_account_is_a_customer_from_its_first_won_deal_until_it_leaves(tmp_path: Path) -> None:
    deals = [
        {"id": "1", "account_id": "A", "stage_id": "Won", "closed_at": at("03-01")},
        {"id": "2", "account_id": "A", "stage_id": "Won", "closed_at": at("02-01")},
        {"id": "3", "account_id": "A", "stage_id": "Won", "closed_at": at("01-01"), "is_deleted": True},
        {"id": "4", "account_id": "B", "stage_id": "Lost", "closed_at": at("02-01")},
        {"id": "5", "account_id": "C", "stage_id": "Won", "closed_at": at("02-01")},
        {"id": "6", "account_id": "D", "stage_id": "Won", "closed_at": at("02-01")},
    ]
    accounts = [
        {"id": "A"},
        {"id": "B"},
        {"id": "C", "churned_at": at("05-01")},
        {"id": "D", "churned_at": at("12-01"), "first_won_at": at("01-15")},
        {"id": "E", "is_customer": True},
    ]
    staging, _ = derived(tmp_path, {"stage": STAGES, "deal": deals, "account": accounts})
    found = [(row["first_won_at"], row["is_customer"]) for row in get(staging, "account")]
    assert found == [(at("02-01"), True), (None, False), (at("02-01"), False), (at("01-15"), True), (None, True)]


def test_entities_that_need_nothing_are_not_written_again(tmp_path: Path) -> None:
    put(tmp_path, "owner", [{"id": "o"}])
    put(tmp_path, "activity", [{"id": "a"}])
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*.parquet")}
    derive(tmp_path, "UTC", NOW)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/*.parquet")} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["activity", "owner"], "no scratch is left"


def test_nothing_staged_is_no_work(tmp_path: Path) -> None:
    facts = derive(tmp_path, "UTC", NOW)
    assert facts.history_since is None
    assert list(tmp_path.iterdir()) == []


def test_text_of_a_hostile_path_and_of_values_is_only_text(tmp_path: Path) -> None:
    staging = tmp_path / "it's'; DROP TABLE x; --"
    put(staging, "stage", STAGES)
    put(staging, "deal", [{"id": "'; DROP TABLE traced; --", "stage_id": "S1'"}])
    derive(staging, "UTC", NOW)
    (row,) = get(staging, "deal_history")
    assert row["deal_id"] == "'; DROP TABLE traced; --"
