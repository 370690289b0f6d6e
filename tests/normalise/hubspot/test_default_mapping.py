"""The mapping that an account gets unasked: it fits the account, and rows arrive where they belong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connector.model.imports import RawImport
from connector.model.schema import ENTITIES
from connector.normalise.build import build
from connector.normalise.hubspot.default_mapping import MOST_CUSTOM, default_mapping, left_out, mapping_table
from connector.normalise.hubspot.explode import explode
from connector.normalise.hubspot.fields import LEADS_FROM_CONTACTS, RECORDS
from connector.normalise.mapping_check import check_mapping
from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.workbench import BuildOptions
from connector.store.derive import derive
from tests.normalise.built import read_staged
from tests.normalise.hubspot.streams import folded, link, version

NOW = datetime(2026, 6, 1, tzinfo=UTC)
T1, T2, T3 = (f"2026-05-0{day}T10:00:00.000Z" for day in (1, 2, 3))


@dataclass(frozen=True)
class Property:
    name: str
    label: str = ""
    type: str = "string"
    custom: bool = False
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Account:
    id: str = "4242"
    time_zone: str = "America/New_York"
    currency: str = "EUR"
    ui_host: str = "app-eu1.hubspot.com"


@dataclass
class Outcome:
    text: str
    tables: dict[str, list[dict[str, Any]]]
    refused: int
    problems: dict[tuple[str, str], int] = field(default_factory=dict)

    def one(self, entity: str, key: str) -> dict[str, Any]:
        (found,) = [row for row in self.tables[entity] if row["id"] == key]
        return found


def normalised(
    folder: Path,
    streams: Mapping[str, Sequence[Mapping[str, Any]]],
    properties: Mapping[str, Sequence[Property]] | None = None,
    account: Account = Account(),
) -> Outcome:
    """Fold, explode, map, build and derive, as a sync does."""
    files = folded(folder, streams)
    files |= explode(files, folder / "exploded", memory_limit="256MB", threads=1)
    imports = [raw(folder, name, path, place) for place, (name, path) in enumerate(files.items(), 1)]
    columns = {one.dataset: one.columns for one in imports}
    text = default_mapping(columns, properties or {}, account)
    mapping = parse_mapping(text)
    check_mapping(mapping, columns)
    staging = folder / "staging"
    built = build(mapping, imports, folder, staging, BuildOptions("hubspot", "256MB", 1))
    derive(staging, built.profile.time_zone, NOW, memory_limit="256MB", threads=1)
    counts = {(each.file, each.column): each.rows for each in built.refused.counts}
    return Outcome(text, read_staged(staging), built.refused.rows, counts)


def raw(folder: Path, name: str, path: Path, sequence: int) -> RawImport:
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * EXCLUDE (_line) FROM '{path}'").fetchall()
        (rows,) = connection.execute(f"SELECT count(*) FROM '{path}'").fetchone()
    columns = tuple(row[0] for row in described)
    where = path.relative_to(folder).as_posix()
    return RawImport(name, name, sequence, NOW, False, where, name, rows, columns)


def crm(key: str, **more: Any) -> dict[str, Any]:
    """A record of the CRM; keyword arguments are properties."""
    own = {"id": key, "createdAt": T1, "updatedAt": T3, "archived": "false", "archivedAt": None}
    return own | {f"properties.{name}": value for name, value in more.items()}


STAGES = [
    {
        "id": "new",
        "pipeline_id": "p1",
        "pipeline_label": "Sales",
        "stage_label": "New deal",
        "display_order": "0",
        "is_closed": "false",
        "probability": "0.2",
    },
    {
        "id": "demo",
        "pipeline_id": "p1",
        "pipeline_label": "Sales",
        "stage_label": "Demo",
        "display_order": "1",
        "is_closed": "false",
        "probability": "0.4",
    },
    {
        "id": "9001",
        "pipeline_id": "p1",
        "pipeline_label": "Sales",
        "stage_label": "Signed",
        "display_order": "2",
        "is_closed": "true",
        "probability": "1.0",
    },
]


def account_streams() -> dict[str, list[dict[str, Any]]]:
    """One of everything."""
    deal = crm(
        "70",
        dealname="Big one",
        amount="1500.50",
        deal_currency_code="USD",
        dealstage="9001",
        pipeline="p1",
        closedate="2026-05-03T10:00:00Z",
        createdate=T1,
        hubspot_owner_id="11",
        dealtype="newbusiness",
        hs_analytics_source="PAID_SEARCH",
        hs_manual_forecast_category="BEST_CASE",
        contract_months="12",
        id="A-1",
    ) | {
        "history.dealstage": [version("9001", T3), version("demo", T2), version("new", T1)],
        "history.amount": [version("1500.50", T2), version("1000", T1)],
        "history.hubspot_owner_id": [version("11", T3), version("12", T1)],
    }
    return {
        "owners": [
            {
                "id": "11",
                "email": "ana@x.io",
                "firstName": "Ana",
                "lastName": "Ruiz",
                "archived": "false",
                "userId": "901",
                "teams": [{"id": "5", "name": "South", "primary": True}],
            },
            {"id": "12", "email": "bo@x.io", "firstName": None, "lastName": None, "archived": "true", "userId": "902"},
        ],
        "teams": [{"id": "5", "name": "South"}],
        "deal_pipelines": STAGES,
        "companies": [
            crm(
                "500",
                name="Acme",
                domain="acme.io",
                numberofemployees="40",
                annualrevenue="1000000",
                industry="COMPUTER_SOFTWARE",
                country="Spain",
                hubspot_owner_id="11",
                createdate=T1,
            )
        ],
        "contacts": [
            crm(
                "300",
                firstname="Li",
                lastname="Wu",
                email="Li@acme.io",
                lifecyclestage="marketingqualifiedlead",
                associatedcompanyid="501",
                hubspot_owner_id="11",
                createdate=T1,
            )
        ],
        "contact_associations": [{"id": "300", "companies": [link("501", 279), link("500", 1, 279)]}],
        "products": [crm("800", name="Widget", hs_sku="W1", price="10.5")],
        "leads": [
            crm("600", hs_lead_name="Li at Acme", hs_pipeline_stage="connected-stage-id", hubspot_owner_id="11")
            | {"history.hs_pipeline_stage": [version("connected-stage-id", T2), version("new-stage-id", T1)]}
        ],
        "lead_associations": [
            {"id": "600", "contacts": [link("300", 578)], "companies": [], "deals": [link("70", 583)]}
        ],
        "deals": [deal],
        "deal_associations": [
            {"id": "70", "contacts": [link("300", 3, labels=["Champion"])], "companies": [link("500", 5)]}
        ],
        "line_items": [
            crm("900", hs_product_id="800", quantity="2", price="10.5", amount="21", hs_cost_of_goods_sold="4"),
            crm("901", quantity="1"),
        ],
        "line_item_associations": [{"id": "900", "deals": [link("70", 20)]}, {"id": "901", "deals": []}],
        "quotes": [crm("950", hs_quote_amount="1500.5", hs_currency="USD", hubspot_owner_id="11", hs_createdate=T2)],
        "quote_associations": [{"id": "950", "deals": [link("70", 64)], "companies": [], "contacts": []}],
        "calls": [
            crm(
                "1000",
                hs_timestamp=T2,
                hs_call_title="Intro",
                hs_call_direction="OUTBOUND",
                hs_call_status="COMPLETED",
                hs_call_duration="65000",
                hs_call_disposition="f240bbac-87c9-4f6e-bf70-924b57d47db7",
            )
        ],
        "call_associations": [
            {
                "id": "1000",
                "contacts": [link("300", 194)],
                "companies": [],
                "deals": [link("70", 206)],
                "leads": [],
                "tickets": [],
            }
        ],
        "tasks": [crm("1001", hs_timestamp=T3, hs_task_subject="Follow up", hs_task_status="NOT_STARTED")],
        "meetings": [crm("1002", hs_timestamp=T3, hs_meeting_start_time=T3, hs_meeting_outcome="NO_SHOW")],
        "emails": [crm("1003", hs_timestamp=T2, hs_email_direction="INCOMING_EMAIL", hs_email_subject="Re: hi")],
        "notes": [crm("1004", hs_timestamp=T2)],
        "campaigns": [
            crm(
                "c1",
                hs_name="Spring",
                hs_campaign_status="in_progress",
                hs_start_date="2026-03-01",
                hs_budget_items_sum_amount="5000",
                hs_spend_items_sum_amount="1200",
                hs_currency_code="EUR",
            )
        ],
        "ticket_pipelines": [
            {
                "id": "1",
                "pipeline_id": "0",
                "pipeline_label": "Support",
                "stage_label": "Waiting on us",
                "display_order": "0",
                "is_closed": "false",
            }
        ],
        "tickets": [
            crm(
                "2000",
                subject="Broken",
                hs_pipeline_stage="1",
                hs_ticket_priority="HIGH",
                source_type="FORM",
                createdate=T1,
            )
        ],
        "ticket_associations": [{"id": "2000", "contacts": [link("300", 16)], "companies": [link("500", 26)]}],
        "feedback_submissions": [crm("3000", hs_survey_type="NPS", hs_value="9", hs_submission_timestamp=T2)],
        "goal_targets": [
            crm(
                "4000",
                hs_goal_name="May",
                hs_target_amount="10000",
                hs_assignee_user_id="901",
                hs_start_datetime="2026-05-01T00:00:00Z",
                hs_end_datetime="2026-05-31T00:00:00Z",
            )
        ],
        "currencies": [
            {
                "id": "1",
                "fromCurrencyCode": "USD",
                "toCurrencyCode": "EUR",
                "conversionRate": "0.9",
                "effectiveAt": "2026-01-01T00:00:00Z",
                "archived": "false",
            }
        ],
    }


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    properties = {
        "deals": [
            Property("contract_months", "Contract months", "number", True),
            Property("id", "Our id", "string", True),
            Property("amount", "Amount", "number"),
        ],
        "companies": [Property("industry", options=(("COMPUTER_SOFTWARE", "Computer Software"),))],
    }
    return normalised(tmp_path_factory.mktemp("account"), account_streams(), properties)


def test_nothing_of_a_clean_account_is_refused(found: Outcome) -> None:
    assert (found.refused, found.problems) == (0, {})


def test_a_deal_arrives_whole(found: Outcome) -> None:
    deal = found.one("deal", "70")
    wanted = {
        "name": "Big one",
        "pipeline_id": "p1",
        "stage_id": "9001",
        "status": "won",
        "amount": Decimal("1500.5000"),
        "currency": "USD",
        "owner_id": "11",
        "account_id": "500",
        "contact_id": "300",
        "type": "new",
        "source_category": "inbound",
        "forecast_category": "best_case",
        "expected_close_date": date(2026, 5, 3),
        "closed_at": datetime(2026, 5, 3, 10, tzinfo=UTC),
        "created_at": datetime(2026, 5, 1, 10, tzinfo=UTC),
        "source_system": "hubspot",
        "is_deleted": False,
        "merged_into_id": None,
        "closing_owner_id": "11",
        "external_url": "https://app-eu1.hubspot.com/contacts/4242/record/0-3/70",
        "custom": {"contract_months": "12", "id_hubspot": "A-1"},
    }
    assert {name: deal[name] for name in wanted} == wanted


def test_the_path_of_a_deal_is_its_stage_history_and_history(found: Outcome) -> None:
    visits = sorted(found.tables["deal_stage_history"], key=lambda row: row["entered_at"])
    assert [
        (row["stage_id"], row["from_stage_id"], row["amount"], row["owner_id"], row["currency"]) for row in visits
    ] == [
        ("new", None, Decimal(1000), "12", "USD"),
        ("demo", "new", Decimal("1500.5"), "12", "USD"),
        ("9001", "demo", Decimal("1500.5"), "11", "USD"),
    ]
    history = sorted(found.tables["deal_history"], key=lambda row: row["valid_from"])
    assert [(row["stage_id"], row["status"], row["amount"], row["owner_id"]) for row in history] == [
        ("new", "open", Decimal(1000), "12"),
        ("demo", "open", Decimal("1500.5"), "12"),
        ("9001", "won", Decimal("1500.5"), "11"),
    ]
    assert history[-1]["valid_to"] is None
    assert {row["origin"] for row in history} == {"vendor"}


def test_stages_and_pipelines_have_names_and_kinds(found: Outcome) -> None:
    stages = {
        row["id"]: (row["name"], row["kind"], row["position"], row["pipeline_id"]) for row in found.tables["stage"]
    }
    assert stages == {
        "new": ("New deal", "open", 1, "p1"),
        "demo": ("Demo", "open", 2, "p1"),
        "9001": ("Signed", "won", None, "p1"),
    }
    assert [(row["id"], row["name"]) for row in found.tables["pipeline"]] == [("p1", "Sales")]


def test_people_who_left_stay_as_inactive_owners(found: Outcome) -> None:
    owners = {
        row["id"]: (row["name"], row["is_active"], row["team_id"], row["is_deleted"]) for row in found.tables["owner"]
    }
    assert owners == {"11": ("Ana Ruiz", True, "5", False), "12": ("bo@x.io", False, None, False)}


def test_companies_and_contacts_arrive(found: Outcome) -> None:
    account, contact = found.one("account", "500"), found.one("contact", "300")
    assert (account["name"], account["employees"], account["industry"]) == ("Acme", 40, "Computer Software")
    assert account["currency"] == "EUR"
    assert (contact["full_name"], contact["account_id"], contact["lifecycle_stage"]) == ("Li Wu", "500", "mql")


def test_leads_have_status_history_and_become_deals(found: Outcome) -> None:
    lead = found.one("lead", "600")
    assert (lead["status"], lead["converted_deal_id"], lead["contact_id"]) == ("converted", "70", "300")
    assert lead["converted_at"] == datetime(2026, 5, 1, 10, tzinfo=UTC)
    changes = [(row["from_status"], row["to_status"]) for row in found.tables["lead_status_history"]]
    assert sorted(changes, key=str) == [("new", "working"), (None, "new")]
    assert found.one("deal", "70")["lead_created_at"] == lead["created_at"]


def test_lines_offers_and_people_of_a_deal_arrive(found: Outcome) -> None:
    (line,) = found.tables["deal_line"]
    assert (line["id"], line["deal_id"], line["product_id"], line["quantity"], line["cost"]) == (
        "900",
        "70",
        "800",
        2,
        8,
    )
    (offer,) = found.tables["proposal"]
    assert (offer["deal_id"], offer["amount"], offer["currency"]) == ("70", Decimal("1500.5"), "USD")
    (person,) = found.tables["deal_contact"]
    assert (person["contact_id"], person["role"], person["is_primary"]) == ("300", "Champion", True)


def test_activities_of_all_kinds_arrive(found: Outcome) -> None:
    rows = {row["id"]: row for row in found.tables["activity"]}
    assert {key: (row["type"], row["status"]) for key, row in rows.items()} == {
        "1000": ("call", "done"),
        "1001": ("task", "planned"),
        "1002": ("meeting", "cancelled"),
        "1003": ("email", "done"),
        "1004": ("note", "done"),
    }
    call = rows["1000"]
    assert (call["deal_id"], call["contact_id"], call["duration_seconds"], call["outcome"], call["is_connected"]) == (
        "70",
        "300",
        65,
        "Connected",
        True,
    )
    assert rows["1003"]["direction"] == "inbound"
    assert rows["1001"]["completed_at"] is rows["1002"]["completed_at"] is None


def test_service_marketing_goals_and_rates_arrive(found: Outcome) -> None:
    case = found.one("service_case", "2000")
    assert (case["status"], case["queue"], case["channel"], case["account_id"]) == ("waiting", "Support", "web", "500")
    assert found.one("survey_response", "3000")["score"] == 9
    assert found.one("campaign", "c1")["status"] == "active"
    assert [(row["campaign_id"], row["amount"], row["kind"]) for row in found.tables["cost"]] == [
        ("c1", 1200, "marketing")
    ]
    goal = found.one("goal", "4000")
    assert (goal["scope_id"], goal["target_value"], goal["period_end"]) == ("11", 10000, date(2026, 5, 31))
    assert [(row["from_currency"], row["rate"]) for row in found.tables["fx_rate"]] == [("USD", 0.9)]


def test_archived_and_merged_records_are_marked(tmp_path: Path) -> None:
    gone = crm("1", name="Old") | {"archived": "true", "archivedAt": T2}
    loser = {"id": "2", "archived": "true", "merged_into": "3"}
    found = normalised(tmp_path, {"companies": [gone, {**crm("2", name="Twin"), **loser}, crm("3", name="Acme")]})
    assert [(row["id"], row["is_deleted"], row["merged_into_id"]) for row in found.tables["account"]] == [
        ("1", True, None),
        ("2", True, "3"),
        ("3", False, None),
    ]
    assert found.one("account", "1")["deleted_at"] == datetime(2026, 5, 2, 10, tzinfo=UTC)


def test_a_value_nobody_can_read_costs_the_value_and_not_the_row(tmp_path: Path) -> None:
    found = normalised(
        tmp_path, {"deals": [crm("1", amount="a lot", closedate="soon", dealstage="x"), crm("2", amount="5")]}
    )
    assert [(row["id"], row["amount"]) for row in found.tables["deal"]] == [("1", None), ("2", 5)]
    assert found.problems == {("deals", "properties.amount"): 1, ("deals", "properties.closedate"): 1}


def test_contacts_are_the_leads_of_accounts_without_leads(tmp_path: Path) -> None:
    contacts = [crm("1", lifecyclestage="salesqualifiedlead"), crm("2", lifecyclestage="subscriber"), crm("3")]
    found = normalised(tmp_path, {"contacts": contacts})
    assert [(row["id"], row["status"], row["contact_id"]) for row in found.tables["lead"]] == [("1", "qualified", "1")]


def test_an_account_that_has_next_to_nothing_gets_a_mapping_too(tmp_path: Path) -> None:
    found = normalised(tmp_path, {"deals": [{"id": "1", "archived": "false"}]}, account=Account("", "", "", ""))
    assert [row["id"] for row in found.tables["deal"]] == ["1"]
    assert "external_url" not in found.text


# --- custom properties --------------------------------------------------------------------------------------


def test_odd_names_and_labels_become_columns_that_a_mapping_can_have(tmp_path: Path) -> None:
    names = {
        "9lives": "text",
        "amount": "a",
        "Größe": "b",
        "gr__e": "c",
        "q\"uote's; --": "d",
        "שלום": "e",
        "x" * 90: "f",
    }
    properties = [Property(name, f'=HYPERLINK("{name}")\x07\u202e', "string", True) for name in names]
    found = normalised(tmp_path, {"contacts": [crm("1", **names)]}, {"contacts": properties})
    custom = found.one("contact", "1")["custom"]
    assert sorted(custom.values()) == sorted(names.values())
    assert all(name.isascii() and len(name) < 60 for name in custom)


def test_choices_are_shown_by_their_labels_and_types_are_kept(tmp_path: Path) -> None:
    properties = [
        Property("tier", "Tier", "enumeration", True, (("t_1", "Gold"), ("t_2", "t_2"))),
        Property("score", "Score", "number", True),
        Property("since", "Since", "date", True),
        Property("vip", "VIP", "bool", True),
    ]
    rows = [crm("1", tier="t_1", score="7", since="2026-01-05", vip="true"), crm("2", tier="t_2", score="", vip=None)]
    found = normalised(tmp_path, {"contacts": rows}, {"contacts": properties})
    assert found.one("contact", "1")["custom"] == {"tier": "Gold", "score": "7", "since": "2026-01-05", "vip": "true"}
    assert found.one("contact", "2")["custom"]["tier"] == "t_2"


def test_what_there_is_no_room_for_is_named(tmp_path: Path) -> None:
    properties = {"contacts": [Property(f"p{number:04}", "P", "string", True) for number in range(2000)]}
    columns = {"contacts": ["id", *(f"properties.p{number:04}" for number in range(2000))]}
    text = default_mapping(columns, properties, Account())
    assert f"# {2000 - MOST_CUSTOM} more custom properties of contacts" in text
    assert len(left_out(columns, properties)["contacts"]) == 2000 - MOST_CUSTOM
    parse_mapping(text)


def test_one_property_name_of_two_types_makes_two_columns(tmp_path: Path) -> None:
    properties = {
        "calls": [Property("rank", "Rank", "number", True)],
        "tasks": [Property("rank", "Rank", "string", True)],
        "notes": [Property("rank", "Rank", "number", True)],
    }
    rows = {name: [crm(str(place), rank=str(place), hs_timestamp=T1)] for place, name in enumerate(properties)}
    found = normalised(tmp_path, rows, properties)
    customs = {
        row["id"]: {key: value for key, value in row["custom"].items() if value} for row in found.tables["activity"]
    }
    assert customs == {"0": {"rank": "0"}, "1": {"rank_2": "1"}, "2": {"rank": "2"}}


# --- the table ----------------------------------------------------------------------------------------------


def test_every_row_of_the_table_names_a_column_of_the_schema() -> None:
    for one in (*RECORDS, LEADS_FROM_CONTACTS):
        unknown = [
            name for name in one.columns if not name.startswith("custom.") and name not in ENTITIES[one.entity].columns
        ]
        assert unknown == []


def test_the_table_of_the_documents_has_a_line_for_every_column() -> None:
    lines = mapping_table().splitlines()
    assert len(lines) == 2 + sum(len(one.columns) for one in (*RECORDS, LEADS_FROM_CONTACTS))
    assert "| `deal.amount` | deals: `amount` |  |" in lines
    assert all(line.count(" | ") >= 2 or line.startswith("|---") for line in lines)
