"""The CRM behind the stand-ins: what each way to change it leaves behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from connector.sandbox.crm.crm import Crm
from connector.sandbox.crm.fields import Field
from connector.sandbox.crm.record import iso, to_ms
from connector.sandbox.crm.truth import snapshot, truth
from connector.sandbox.hubspot import build_world, empty_crm
from connector.sandbox.hubspot.kinds import default_link
from tests.sandbox.hubspot_caller import START, Clock, small_account


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def crm(clock: Clock) -> Crm:
    return empty_crm(clock)


def test_an_edit_keeps_every_version_and_moves_the_time_of_change(crm: Crm, clock: Clock) -> None:
    deal = crm.create("deals", {"dealname": "Mill", "amount": "10"})
    clock.forward(hours=1)
    crm.edit("deals", deal.id, {"amount": "20"})
    clock.forward(hours=1)
    crm.edit("deals", deal.id, {"amount": ""})
    assert [version.value for version in deal.versions("amount")] == ["", "20", "10"]
    assert [version.at_ms for version in deal.versions("amount")] == [
        to_ms(START + timedelta(hours=hours)) for hours in (2, 1, 0)
    ]
    assert deal.values["hs_lastmodifieddate"] == iso(to_ms(START + timedelta(hours=2)))
    assert deal.values["createdate"] == iso(to_ms(START))
    assert [version.value for version in deal.versions("dealname")] == ["Mill"]
    assert deal.versions("closedate") == []


def test_a_bulk_edit_gives_one_timestamp_to_all(crm: Crm, clock: Clock) -> None:
    deals = [crm.create("deals", {"dealname": str(number)}) for number in range(5)]
    clock.forward(seconds=7)
    crm.edit_many("deals", {deal.id: {"dealname": "same"} for deal in deals})
    assert {deal.updated_ms for deal in deals} == {to_ms(START + timedelta(seconds=7))}


def test_a_late_commit_shows_only_after_its_delay_with_its_old_timestamp(crm: Crm, clock: Clock) -> None:
    deal = crm.create("deals", {"dealname": "Mill"})
    clock.forward(minutes=1)
    crm.edit_late("deals", deal.id, {"dealname": "Quarry"}, delay_seconds=120)
    crm.create_late("deals", {"dealname": "Pit"}, delay_seconds=120)
    clock.forward(seconds=119)
    assert {record.values["dealname"] for record in crm.shelf("deals").live()} == {"Mill"}
    clock.forward(seconds=1)
    live = crm.shelf("deals").live()
    assert {record.values["dealname"] for record in live} == {"Quarry", "Pit"}
    assert {record.updated_ms for record in live} == {to_ms(START + timedelta(minutes=1))}
    assert {record.versions("dealname")[0].written_ms for record in live} == {to_ms(clock.now)}


def test_archiving_does_not_move_the_time_of_change_and_restoring_does_only_when_asked(crm: Crm, clock: Clock) -> None:
    deal = crm.create("deals", {"dealname": "Mill"})
    clock.forward(days=1)
    crm.archive("deals", deal.id)
    assert (deal.updated_ms, crm.shelf("deals").live(), crm.shelf("deals").archived()) == (to_ms(START), [], [deal])
    crm.restore("deals", deal.id)
    assert (deal.updated_ms, crm.shelf("deals").live()) == (to_ms(START), [deal])
    crm.archive("deals", deal.id)
    crm.restore("deals", deal.id, touch=True)
    assert deal.updated_ms == to_ms(clock.now)


def test_a_chain_of_merges_ends_in_one_record_that_names_them_all(crm: Crm) -> None:
    first, second, third = (crm.create("contacts", {"firstname": name}) for name in ("Ana", "Eva", "Ina"))
    company = crm.create("companies", {"name": "Mill"})
    crm.links.add("contacts", third.id, "companies", company.id, default_link("contacts", "companies"))
    crm.edit("contacts", third.id, {"phone": "+34 1"})
    crm.merge("contacts", second.id, third.id)
    crm.merge("contacts", first.id, second.id)
    assert set(first.values["hs_merged_object_ids"].split(";")) == {second.id, third.id}
    assert (first.values["firstname"], first.values["phone"]) == ("Ana", "+34 1")
    assert crm.find("contacts", third.id) is None
    assert truth(crm, "contacts").merged == {second.id: first.id, third.id: first.id}
    assert truth(crm, "companies").links["contacts"] == {company.id: (first.id,)}


def test_a_merge_can_make_a_new_record_of_both(crm: Crm) -> None:
    one, two = (crm.create("companies", {"name": name}) for name in ("Mill", "Mill Ltd"))
    remaining = crm.merge("companies", one.id, two.id, new_id=True)
    held = truth(crm, "companies")
    assert remaining not in (one.id, two.id)
    assert held.live[remaining]["hs_merged_object_ids"] == f"{one.id};{two.id}"
    assert held.live[remaining]["hs_object_id"] == remaining
    assert held.live[remaining]["name"] == "Mill"
    assert set(held.live) == {remaining}


def test_deleting_leaves_no_trace(crm: Crm) -> None:
    deal, contact = crm.create("deals", {"dealname": "Mill"}), crm.create("contacts", {"firstname": "Ana"})
    crm.links.add("deals", deal.id, "contacts", contact.id, default_link("deals", "contacts"))
    crm.delete("deals", deal.id)
    held = snapshot(crm)
    assert (held["deals"].live, held["deals"].archived, held["deals"].merged) == ({}, {}, {})
    assert held["contacts"].links["deals"] == {}


def test_a_renamed_field_moves_its_values_and_a_removed_one_takes_them_along(crm: Crm, clock: Clock) -> None:
    deal, other = crm.create("deals", {"fit_score": "7"}), crm.create("deals", {"dealname": "Mill"})
    clock.forward(days=1)
    crm.rename_field("deals", "fit_score", "fit")
    assert (deal.values["fit"], "fit_score" in deal.values, "fit_score" in crm.fields["deals"]) == ("7", False, False)
    assert (deal.updated_ms, other.updated_ms) == (to_ms(clock.now), to_ms(START))
    clock.forward(days=1)
    crm.remove_field("deals", "fit")
    assert (deal.versions("fit"), deal.updated_ms) == ([], to_ms(START + timedelta(days=1)))
    crm.add_field("deals", Field("fit", "Fit", "number", custom=True))
    crm.fields["deals"].relabel("fit", "Fit!", crm.now_ms())
    crm.fields["deals"].retype("fit", "string", crm.now_ms())
    field = crm.fields["deals"].get("fit")
    assert field is not None
    assert (field.label, field.type) == ("Fit!", "string")


def test_ids_grow_and_their_text_does_not_sort_them() -> None:
    crm = small_account(Clock())
    for _ in range(200):
        crm.create("deals", {"dealname": "more"})
    ids = [record.id for record in crm.shelf("deals").live()]
    assert [int(one) for one in ids] == sorted({int(one) for one in ids})
    assert ids != sorted(ids)
    assert {len(one) for one in ids} == {9, 10}


def test_a_snapshot_does_not_change_with_the_crm(crm: Crm) -> None:
    deal = crm.create("deals", {"dealname": "Mill"})
    before = snapshot(crm)
    crm.edit("deals", deal.id, {"dealname": "Quarry"})
    assert before["deals"].live[deal.id]["dealname"] == "Mill"


NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def organisation() -> Crm:
    """The demo organisation; tests of it only read."""
    return build_world(1, NOON)


def test_the_organisation_has_everything_the_issue_names(organisation: Crm) -> None:
    crm, held = organisation, snapshot(organisation)
    deals = held["deals"].live
    created = sorted(values["createdate"] for values in deals.values())
    assert created[0] < "2024-10"
    assert "2026-11" < created[-1] <= iso(to_ms(NOON))
    assert len({values["deal_currency_code"] for values in deals.values()}) == 5
    assert len(crm.teams) == 5
    assert sum(person.archived for person in crm.people.values()) == 2
    stages = {record.id: [v.value for v in record.versions("dealstage")][::-1] for record in crm.shelf("deals").live()}
    assert any("closedlost" in path[:-1] for path in stages.values()), "none reopens"
    assert any(path.count("qualifiedtobuy") > 1 for path in stages.values()), "none goes back"
    skips = [path for path in stages.values() if "presentationscheduled" in path and "qualifiedtobuy" not in path]
    assert skips, "none skips a stage"
    assert any("amount" not in values for values in deals.values())
    assert any("hubspot_owner_id" not in values for values in deals.values())
    updated = [record.updated_ms for record in crm.shelf("contacts").live()]
    assert max(updated.count(one) for one in set(updated[::3])) > 100, "no bulk edit with one timestamp"
    for kind in ("contacts", "companies", "deals"):
        assert held[kind].merged, kind
        assert held[kind].archived, kind
    assert all(held[kind].live for kind in held), {kind for kind in held if not held[kind].live}
    assert any(";" in values.get("hs_merged_object_ids", "") for values in held["contacts"].live.values())


def test_every_history_ends_with_the_value_of_the_record(organisation: Crm) -> None:
    wrong = [
        (kind, record.id, name)
        for kind, shelf in organisation.shelves.items()
        for record in shelf.held.values()
        for name in record.histories
        if record.versions(name)[0].value != record.values[name]
    ]
    assert wrong == []


def test_nothing_happened_after_the_moment_of_the_organisation(organisation: Crm) -> None:
    late = [
        (kind, record.id)
        for kind, shelf in organisation.shelves.items()
        for record in shelf.held.values()
        if max(record.updated_ms, record.archived_ms or 0) > to_ms(NOON) or record.updated_ms < record.created_ms
    ]
    assert late == []


def test_the_same_seed_makes_the_same_organisation_and_another_one_another(organisation: Crm) -> None:
    held = snapshot(organisation)
    assert snapshot(build_world(1, NOON)) == held
    assert snapshot(build_world(2, NOON))["deals"] != held["deals"]
