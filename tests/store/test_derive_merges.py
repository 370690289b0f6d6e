"""What pointed to a merged record points to the survivor, and nothing counts twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from connector.store.derive import derive
from tests.store.derive_cases import NOW, Row, at, get, put


def derived(staging: Path, **entities: list[Row]) -> dict[str, list[Row]]:
    """Derive and read everything back; deriving again must change nothing."""
    for entity, rows in entities.items():
        put(staging, entity, rows)
    derive(staging, "UTC", NOW, memory_limit="256MB", threads=1)
    found = {path.name: get(staging, path.name) for path in sorted(staging.iterdir())}
    derive(staging, "UTC", NOW, memory_limit="256MB", threads=1)
    assert {path.name: get(staging, path.name) for path in sorted(staging.iterdir())} == found
    return found


def merged(key: str, into: str, **more: object) -> Row:
    return {"id": key, "is_deleted": True, "merged_into_id": into, **more}


def live(key: str, **more: object) -> Row:
    return {"id": key, "is_deleted": False, **more}


def column(rows: list[Row], name: str) -> dict[str, object]:
    return {row["id"]: row[name] for row in rows}


def test_references_of_every_kind_follow_the_survivor(tmp_path: Path) -> None:
    found = derived(
        tmp_path,
        account=[merged("a1", "a2"), live("a2"), live("a3", parent_account_id="a1")],
        contact=[merged("c1", "c2", account_id="a1"), live("c2", account_id="a2")],
        deal=[merged("d1", "d2", account_id="a1", contact_id="c1"), live("d2", account_id="a1", contact_id="c1")],
        service_case=[merged("t1", "t2"), live("t2", contact_id="c1")],
        activity=[live("x", contact_id="c1", account_id="a1", deal_id="d1", case_id="t1"), live("y", contact_id="c3")],
        deal_line=[live("l", deal_id="d1")],
        lead=[live("e", contact_id="c1", converted_deal_id="d1")],
    )
    activity = {row["id"]: row for row in found["activity"]}
    assert {name: activity["x"][name] for name in ("contact_id", "account_id", "deal_id", "case_id")} == {
        "contact_id": "c2",
        "account_id": "a2",
        "deal_id": "d2",
        "case_id": "t2",
    }
    assert activity["y"]["contact_id"] == "c3"
    assert column(found["deal"], "account_id") == {"d1": "a2", "d2": "a2"}
    assert column(found["deal"], "contact_id") == {"d1": "c2", "d2": "c2"}
    assert column(found["account"], "parent_account_id") == {"a1": None, "a2": None, "a3": "a2"}
    assert column(found["contact"], "account_id") == {"c1": "a2", "c2": "a2"}
    assert column(found["service_case"], "contact_id") == {"t1": None, "t2": "c2"}
    assert column(found["deal_line"], "deal_id") == {"l": "d2"}
    assert column(found["lead"], "converted_deal_id") == {"e": "d2"}


def test_the_merged_row_itself_stays_deleted_and_says_where_it_went(tmp_path: Path) -> None:
    found = derived(
        tmp_path, account=[merged("a1", "a2", name="Twin"), live("a2")], contact=[live("c", account_id="a1")]
    )
    row = next(row for row in found["account"] if row["id"] == "a1")
    assert (row["name"], row["is_deleted"], row["merged_into_id"]) == ("Twin", True, "a2")


def test_chains_are_followed_to_the_end(tmp_path: Path) -> None:
    links = [merged(f"c{number}", f"c{number + 1}") for number in range(300)]
    contacts = [live(f"x{number}", contact_id=f"c{number}") for number in (0, 1, 150, 299, 300)]
    found = derived(tmp_path, contact=[*links, live("c300")], activity=contacts)
    assert set(column(found["activity"], "contact_id").values()) == {"c300"}


def test_a_circle_is_left_alone_and_other_merges_are_followed(tmp_path: Path) -> None:
    contacts = [
        merged("a", "b"),
        merged("b", "c"),
        merged("c", "a"),
        merged("in", "a"),
        merged("own", "own"),
        merged("x", "y"),
    ]
    rows = [live(f"to-{key}", contact_id=key) for key in ("a", "b", "c", "in", "own", "x")]
    found = derived(tmp_path, contact=contacts, activity=rows)
    assert column(found["activity"], "contact_id") == {
        "to-a": "a",
        "to-b": "b",
        "to-c": "c",
        "to-in": "in",
        "to-own": "own",
        "to-x": "y",
    }


def test_a_survivor_that_has_not_come_yet_is_followed_all_the_same(tmp_path: Path) -> None:
    found = derived(tmp_path, account=[merged("a1", "new")], deal=[live("d", account_id="a1")])
    assert column(found["deal"], "account_id") == {"d": "new"}


def test_a_record_that_is_live_again_keeps_its_references(tmp_path: Path) -> None:
    found = derived(tmp_path, account=[live("a1", merged_into_id="a2")], deal=[live("d", account_id="a1")])
    assert column(found["deal"], "account_id") == {"d": "a1"}


def test_a_company_whose_parent_was_merged_into_it_is_not_its_own_parent(tmp_path: Path) -> None:
    found = derived(tmp_path, account=[merged("a1", "a2"), live("a2", parent_account_id="a1")])
    assert column(found["account"], "parent_account_id") == {"a1": None, "a2": None}


def test_the_path_of_the_merged_deal_stays_with_it_and_only_the_survivors_counts(tmp_path: Path) -> None:
    visits = [
        {"id": "v1", "deal_id": "d1", "stage_id": "s", "entered_at": at("01-01")},
        {"id": "v2", "deal_id": "d2", "stage_id": "s", "entered_at": at("01-02")},
    ]
    deals = [
        merged("d1", "d2", stage_id="s", status="open", amount=Decimal(10), created_at=at("01-01")),
        live("d2", stage_id="s", status="open", amount=Decimal(10), created_at=at("01-02")),
    ]
    found = derived(tmp_path, deal=deals, deal_stage_history=visits, stage=[live("s", kind="open", position=1)])
    assert column(found["deal_stage_history"], "deal_id") == {"v1": "d1", "v2": "d2"}
    assert {row["deal_id"] for row in found["deal_history"] if not row["is_deleted"] and row["valid_to"] is None} == {
        "d2"
    }


def test_a_deal_that_had_both_people_has_one(tmp_path: Path) -> None:
    people = [
        live("d1/c1", deal_id="d1", contact_id="c1", role="Buyer", is_primary=False),
        live("d1/c2", deal_id="d1", contact_id="c2", is_primary=True),
        live("d2/c1", deal_id="d2", contact_id="c1", is_primary=False),
        live("d1/c3", deal_id="d1", contact_id="c3"),
    ]
    found = derived(tmp_path, contact=[merged("c1", "c2"), live("c2"), live("c3")], deal_contact=people)
    assert {row["id"]: (row["contact_id"], row["is_deleted"]) for row in found["deal_contact"]} == {
        "d1/c1": ("c2", True),
        "d1/c2": ("c2", False),
        "d2/c1": ("c2", False),
        "d1/c3": ("c3", False),
    }
