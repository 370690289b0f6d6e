"""The demo exports are deterministic, readable, consistent, and current."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from connector.sandbox.company.clock import ZONE
from connector.sandbox.company.facts import OPEN_STAGES
from connector.sandbox.exports import LAYOUTS, WORKBOOK, expected_dirt, make_world, write_exports

TODAY = date(2026, 11, 21)
AWKWARD_DAYS = [date(2026, 11, 21), date(2026, 3, 1), date(2027, 1, 1), date(2028, 2, 29), date(2026, 10, 25)]
"""A Saturday, a first of a month on a Sunday, New Year, a leap day, the end of summer time."""

Exports = Any


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


def test_the_same_day_and_seed_give_the_same_bytes(first: Exports, tmp_path: Path) -> None:
    again = write_exports(tmp_path, TODAY)
    assert len(again) == len(LAYOUTS) + 1
    for path in again:
        assert path.read_bytes() == (first.directory / path.name).read_bytes(), path.name


def test_another_seed_gives_another_company() -> None:
    assert expected_dirt(TODAY, 8).won_amount != expected_dirt(TODAY, 7).won_amount


def test_every_row_is_as_wide_as_its_header_but_for_one_broken_line(first: Exports) -> None:
    short = {}
    for layout in LAYOUTS:
        header, *rows = first.lists(layout.file)
        assert len(set(header)) == len(header)
        short[layout.file] = sum(len(row) != len(header) for row in rows)
    assert {file: count for file, count in short.items() if count} == {"deals.csv": 1}


def test_the_files_hold_the_dialects_they_state(first: Exports) -> None:
    assert (first.directory / "deals.csv").read_bytes().startswith(b"\xef\xbb\xbfOpportunity ID,")
    spanish = (first.directory / "Negocios España.csv").read_bytes()
    assert "Código;".encode("cp1252") in spanish
    assert b"\r\n" in spanish
    assert (first.directory / "web_sessions.csv").read_text().startswith("# ---")
    with pytest.raises(UnicodeDecodeError):
        (first.directory / "Контакты Алматы.csv").read_text("utf-8")


def test_counts_are_those_of_a_company_of_this_size(first: Exports) -> None:
    facts = expected_dirt(TODAY)
    rows = {layout.file: len(first.rows(layout.file)) for layout in LAYOUTS}
    records = facts.records
    assert rows["deals.csv"] - 2 + rows["Negocios España.csv"] == records["deal"] == pytest.approx(1500, abs=5)
    assert rows["leads.csv"] == records["lead"] == pytest.approx(2600, abs=20)
    assert rows["contacts.csv"] + rows["Контакты Алматы.csv"] == records["contact"] == 900
    assert rows["activities.csv"] == records["activity"] == pytest.approx(9000, rel=0.05)
    assert rows["stage_events.tsv"] == records["deal_stage_history"]
    assert rows["lines.csv"] == records["deal_line"]
    assert rows["tickets.csv"] == records["service_case"] == 700
    assert rows["surveys.csv"] == records["survey_response"] == 400
    assert rows["web_sessions.csv"] == records["web_daily"]
    assert rows["costs.csv"] == records["cost"]
    assert rows["fx_rates.csv"] == records["fx_rate"]
    assert rows["campaigns.csv"] == records["campaign"]
    assert len(first.sheet("Accounts")) == records["account"] == 400
    quotas = [cell for row in first.lists("quotas.csv")[1:] for cell in row[3:] if cell]
    assert rows["goals.csv"] + len(quotas) == records["goal"]
    owners = first.rows("owners.csv")
    assert len(owners) == records["owner"]
    assert Counter(row["Role"] for row in owners)["Rep"] == 30
    assert sum(row["Active"] == "No" for row in owners) == 2
    assert len({row["Team"] for row in owners if row["Role"] == "Rep"}) == 5


def test_the_workbook_has_typed_cells_and_no_formula(first: Exports) -> None:
    book = openpyxl.load_workbook(first.directory / WORKBOOK)
    assert book.sheetnames == ["Accounts", "Hierarchy"]
    cells = [cell for row in book["Accounts"].iter_rows(min_row=2) for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    created = [row["Created"] for row in first.sheet("Accounts")]
    assert all(isinstance(day, datetime) for day in created)
    assert all(isinstance(row["Employees"], int) for row in first.sheet("Accounts"))


def test_every_reference_finds_its_record(first: Exports) -> None:
    accounts = {row["Account ID"]: row["Company"] for row in first.sheet("Accounts")}
    owners = {row["User ID"]: row["Full Name"] for row in first.rows("owners.csv")}
    deals = [row["Opportunity ID"] for row in first.deals()] + [
        row["Código"] for row in first.rows("Negocios España.csv")
    ]
    contacts = [row["Contact ID"] for row in first.rows("contacts.csv")]
    contacts += [row["ID контакта"] for row in first.rows("Контакты Алматы.csv")]
    known = {
        "Account ID": set(accounts),
        "Converted Account ID": set(accounts),
        "Contact ID": set(contacts),
        "Converted Contact ID": set(contacts),
        "Opportunity ID": set(deals),
        "Converted Opportunity ID": set(deals),
        "Campaign ID": {row["Campaign ID"] for row in first.rows("campaigns.csv")},
        "Lead ID": {row["Lead ID"] for row in first.rows("leads.csv")},
        "Ticket": {row["Ticket"] for row in first.rows("tickets.csv")},
        **{name: set(owners) for name in ("Owner ID", "Changed By", "Assigned To", "Agent", "Manager ID", "Rep ID")},
    }
    assert len(set(accounts.values())) == len(accounts), "accounts are found by name"
    assert len(set(owners.values())) == len(owners), "owners are found by name"
    assert len(set(deals)) == len(deals)
    for layout in LAYOUTS:
        rows = first.deals() if layout.file == "deals.csv" else first.rows(layout.file)
        for column in known.keys() & set(first.lists(layout.file)[0]):
            found = {row[column] for row in rows} - {""}
            assert found <= known[column], (layout.file, column)
    for row in first.rows("Negocios España.csv"):
        assert row["Empresa"] in accounts.values()
        assert row["Responsable"] in {"", *owners.values()}
    for row in first.rows("Контакты Алматы.csv"):
        assert row["Компания"] in accounts.values()
    for row in first.sheet("Hierarchy"):
        assert {row["Parent Account ID"], row["Child Account ID"]} <= set(accounts)


def test_ids_are_unique_within_each_file(first: Exports) -> None:
    for file in (
        "leads.csv",
        "activities.csv",
        "stage_events.tsv",
        "lines.csv",
        "goals.csv",
        "costs.csv",
        "surveys.csv",
    ):
        ids = [row[0] for row in first.lists(file)[1:]]
        assert len(set(ids)) == len(ids), file


def test_the_stage_log_agrees_with_the_deals(first: Exports) -> None:
    log: dict[str, list[dict[str, str]]] = defaultdict(list)
    for event in first.rows("stage_events.tsv"):
        log[event["Opportunity ID"]].append(event)
    unlogged = 0
    for deal in first.deals():
        visits = log.get(deal["Opportunity ID"], [])
        unlogged += not visits
        if visits:
            moments = [visit["Changed At"] for visit in visits]
            assert moments == sorted(set(moments))
            assert [visit["From Stage"] for visit in visits] == ["", *(visit["To Stage"] for visit in visits[:-1])]
            assert visits[-1]["To Stage"] == deal["Stage"]
            assert moments[0] == deal["Created Date"]
            assert deal["Closed Date"] in {"", moments[-1]}
    assert unlogged == expected_dirt(TODAY).deals_closed_before_created == 4


def test_deals_skip_stages_go_back_and_are_reopened(first: Exports) -> None:
    order = {stage.name: position for position, stage in enumerate(OPEN_STAGES)}
    skipped = back = reopened = 0
    for event in first.rows("stage_events.tsv"):
        before, after = event["From Stage"], event["To Stage"]
        if before in order and after in order:
            skipped += order[after] > order[before] + 1
            back += order[after] < order[before]
        reopened += before == "Closed Lost" and after in order
    assert skipped > 40
    assert back > 40
    assert reopened > 8


def test_amounts_are_the_sum_of_their_lines_for_most_deals(first: Exports) -> None:
    totals: Counter[str] = Counter()
    for line in first.rows("lines.csv"):
        amount = cents(line["Line Total"])
        assert amount == int(line["Quantity"]) * cents(line["Unit Price"]) - cents(line["Discount"])
        totals[line["Opportunity ID"]] += amount
    deals = {deal["Opportunity ID"]: deal["Amount"] for deal in first.deals()}
    agree = sum(bool(amount) and cents(amount) == totals[deal] for deal, amount in deals.items() if deal in totals)
    assert 0.9 < agree / len(deals.keys() & totals.keys()) < 1, "some deals have a rest without product"
    assert 0.05 < 1 - len(deals.keys() & totals.keys()) / len(deals) < 0.25, "some deals have no lines"


def test_sales_differ_by_rep_and_source_and_grow(first: Exports) -> None:
    closed = [deal for deal in first.deals() if deal["Stage"] in {"Closed Won", "Closed Lost"}]

    def rate(column: str, value: str) -> float:
        stages = Counter(deal["Stage"] for deal in closed if deal[column] == value)
        return stages["Closed Won"] / max(1, sum(stages.values()))

    assert rate("Lead Source", "Referral") > rate("Lead Source", "Cold outreach") + 0.1
    sizes = Counter(deal["Owner ID"] for deal in closed)
    rates = [rate("Owner ID", owner) for owner, count in sizes.items() if count >= 15]
    assert max(rates) > min(rates) + 0.15
    created = Counter(deal["Created Date"][:4] for deal in first.deals())
    assert created["2026"] > created["2025"] * 0.9 * 325 / 365


@pytest.mark.parametrize("today", AWKWARD_DAYS)
def test_the_exports_reach_up_to_today_and_never_beyond(today: date) -> None:
    world = make_world(today, 7)
    closed = [deal.closed_at for deal in world.deals if deal.closed_at is not None and deal.is_logged]
    moments = [deal.updated_at for deal in world.deals] + [lead.updated_at for lead in world.leads] + closed
    moments += [activity.done_at for activity in world.activities if activity.done_at is not None]
    moments += [answer.answered_at for answer in world.answers] + [ticket.opened_at for ticket in world.tickets]
    moments += [contact.created_at for contact in world.contacts] + [account.created_at for account in world.accounts]
    assert max(moments) <= world.as_of
    local = world.as_of.astimezone(ZONE)
    assert local.date() == today
    assert local.hour == 0, "the exports are made at night, so that they never lie ahead of who reads them"
    assert max(rate.day for rate in world.rates) < today
    assert max(row.day for row in world.web) == today - timedelta(days=1)
    assert min(deal.created_at for deal in world.deals).date() < today.replace(year=today.year - 2, day=1)
    month = [moment for moment in closed if moment.astimezone(ZONE).date() >= today.replace(day=1)]
    assert month, "the running month has closed deals even on its first day"
    assert len(world.deals) == pytest.approx(1500, abs=8)


@pytest.mark.parametrize("today", AWKWARD_DAYS)
def test_moments_of_each_record_are_in_order(today: date) -> None:
    world = make_world(today, 7, changed=True)
    for deal in world.deals:
        assert deal.created_at <= deal.updated_at
        assert deal.visits[0].entered_at == deal.created_at
        assert deal.account.created_at < deal.created_at
    for lead in world.leads:
        steps = [lead.created_at, lead.assigned_at, lead.first_action_at, lead.qualified_at or lead.disqualified_at]
        filled = [step for step in steps if step is not None]
        assert filled == sorted(filled), lead.id
    for ticket in world.tickets:
        steps = [ticket.opened_at, ticket.responded_at, ticket.solved_at, ticket.closed_at]
        filled = [step for step in steps if step is not None]
        assert filled == sorted(filled), ticket.id


def test_nobody_works_after_leaving_but_some_deals_stay_behind() -> None:
    world = make_world(TODAY, 7)
    gone = {rep.id: rep.left_on for rep in world.staff.reps if rep.left_on is not None}
    assert len(gone) == 2
    visits = [visit for deal in world.deals for visit in deal.visits if visit.owner is not None]
    last: dict[str, date] = {}
    for visit in visits:
        assert visit.owner is not None
        last[visit.owner.id] = max(visit.entered_at.date(), last.get(visit.owner.id, date.min))
    assert all(last[owner] < left for owner, left in gone.items() if left is not None)
    left_behind = [deal for deal in world.deals if deal.is_open and deal.owner is not None and deal.owner.id in gone]
    assert left_behind, "open deals of people who left are worth finding"


def test_no_scope_has_goals_of_one_metric_for_overlapping_periods(first: Exports) -> None:
    """Goals of one metric and scope are added up over the periods, so months and quarters must not overlap."""
    until: dict[tuple[str, str, str], str] = {}
    for goal in sorted(first.rows("goals.csv"), key=lambda goal: goal["Start"]):
        key = goal["Metric"], goal["Scope"], goal["Scope ID"]
        assert goal["Start"] > until.get(key, "")
        until[key] = goal["End"]
    assert until["total_sales", "Company", ""] == "2026-12-31"
    assert first.lists("quotas.csv")[0][-1] == "2026-12"
