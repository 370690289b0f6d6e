"""The proposed mapping: right on public exports and on exports written as the products write them."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.normalise.mapping_reader import parse_mapping
from connector.normalise.propose import DatasetSample, Proposal, extend, propose

SAMPLE = 1000


def read(path: Path, whole: Sequence[str] = ()) -> DatasetSample:
    """The first rows of a file; of some columns all distinct values."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header, *rows = csv.reader(file)
    distinct = {name: {row[header.index(name)] for row in rows} for name in whole}
    return DatasetSample(path.name, header, rows[:SAMPLE], distinct)


def table(name: str, text: str) -> DatasetSample:
    """A dataset written as lines of ``a | b | c``."""
    header, *rows = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return DatasetSample(name, header, rows)


def record(proposal: Proposal, dataset: str, entity: str) -> dict[str, Any]:
    entry = next(entry for entry in proposal.mapping["files"] if entry["file"] == dataset)
    return next(record for record in entry["records"] if record["entity"] == entity)


def columns(proposal: Proposal, dataset: str, entity: str) -> dict[str, Any]:
    return record(proposal, dataset, entity)["columns"]


def stages(proposal: Proposal) -> list[tuple[str, str]]:
    return [(stage["name"], stage["kind"]) for stage in proposal.mapping["stages"]]


# --- public exports ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def maven(shared_dir: Path) -> Proposal:
    folder = shared_dir / "data" / "maven_crm"
    files = [read(path) for path in sorted(folder.glob("*.csv")) if path.name != "sales_pipeline.csv"]
    return propose([*files, read(folder / "sales_pipeline.csv", whole=["deal_stage", "product"])])


def test_maven_deals(maven: Proposal) -> None:
    assert columns(maven, "sales_pipeline.csv", "deal") == {
        "id": "opportunity_id",
        "stage_id": "deal_stage",
        "amount": "close_value",
        "created_at": "engage_date",
        "closed_at": "close_date",
        "owner_id": "sales_agent",
        "account_id": "account",
    }
    assert columns(maven, "sales_pipeline.csv", "deal_line") == {
        "id": "opportunity_id",
        "deal_id": "opportunity_id",
        "product_id": {"column": "product", "aliases": {"GTXPro": "GTX Pro"}},
        "amount": "close_value",
    }
    assert stages(maven) == [("Prospecting", "open"), ("Engaging", "open"), ("Won", "won"), ("Lost", "lost")]


def test_maven_people_products_and_accounts(maven: Proposal) -> None:
    owner = {"id": "sales_agent", "name": "sales_agent", "team_id": "manager", "branch": "regional_office"}
    assert columns(maven, "sales_teams.csv", "owner") == owner
    assert columns(maven, "sales_teams.csv", "team") == {
        "id": "manager",
        "name": "manager",
        "branch": "regional_office",
    }
    product = {"id": "product", "name": "product", "category": "series", "list_price": "sales_price"}
    assert columns(maven, "products.csv", "product") == product
    account = columns(maven, "accounts.csv", "account")
    assert account["industry"] == "sector"
    assert account["parent_account_id"] == "subsidiary_of"
    assert (account["id"], account["employees"], account["annual_revenue"]) == ("account", "employees", "revenue")
    assert account["custom.year_established"]["type"] == "number"


def test_a_file_that_is_no_data_is_left_out_and_named(maven: Proposal) -> None:
    assert maven.skipped == ("data_dictionary.csv",)
    assert "# 'data_dictionary.csv' is left out" in maven.text


def test_salesforce_flags_and_probabilities_decide_the_stages(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "salesforce_samples" / "developer_org_powerbi"
    proposal = propose([read(path) for path in sorted(folder.glob("*.csv"))])
    deal = columns(proposal, "Opportunity.csv", "deal")
    assert deal["closed_at"] == deal["expected_close_date"] == {"column": "CloseDate", "dates": "MDY"}
    assert deal["probability"] == {"column": "Probability", "scale": 0.01}
    assert (deal["id"], deal["account_id"], deal["stage_id"]) == ("Id", "AccountId", "StageName")
    names = [name for name, kind in stages(proposal) if kind == "open"]
    assert names[0] == "Prospecting"
    assert names[-2:] == ["Proposal/Price Quote", "Negotiation/Review"]
    assert stages(proposal)[-2:] == [("Closed Won", "won"), ("Closed Lost", "lost")]
    history = columns(proposal, "OpportunityHistory.csv", "deal_stage_history")
    assert history["deal_id"] == "OpportunityId"
    assert history["entered_at"] == {"column": "CreatedDate", "dates": "MDY"}


def test_salesforce_activities_point_to_several_kinds_of_records(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "salesforce_samples" / "data_cloud_workshop"
    proposal = propose([read(path) for path in sorted(folder.glob("*.csv"))])
    task = columns(proposal, "Task.csv", "activity")
    assert task["contact_id"] == {"column": "WhoId", "when": [{"column": "WhoId", "starts_with": "003"}]}
    assert task["lead_id"]["when"] == [{"column": "WhoId", "starts_with": "00Q"}]
    assert columns(proposal, "CampaignMember.csv", "campaign_member")["campaign_id"] == "CampaignId"
    lead = columns(proposal, "Lead.csv", "lead")
    assert (lead["converted_at"], lead["dedupe_key"]) == ("ConvertedDate", "Email")


def test_stages_left_at_probability_zero_are_ordered_by_their_names(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "salesforce_samples" / "data_cloud_workshop"
    proposal = propose([read(folder / "Opportunity.csv")])
    names = [name for name, kind in stages(proposal) if kind == "open"]
    assert names[-2:] == ["Proposal/Quote", "Negotiation"]


def test_hubspot_replica(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "fivetran_seeds" / "hubspot"
    names = ["deal_data", "deal_pipeline_stage_data", "deal_pipeline_data", "contact_data", "ticket_data", "owner_data"]
    proposal = propose([read(folder / f"{name}.csv") for name in names])
    deal = columns(proposal, "deal_data.csv", "deal")
    assert (deal["stage_id"], deal["pipeline_id"]) == ("deal_pipeline_stage_id", "deal_pipeline_id")
    assert (deal["closed_at"], deal["name"]) == ("property_closedate", "property_dealname")
    stage = columns(proposal, "deal_pipeline_stage_data.csv", "stage")
    assert stage["kind"]["text"] == "{is_closed} {closed_won}"
    assert stage["kind"]["aliases"]["TRUE TRUE"] == "won"
    assert "stages" not in proposal.mapping
    contact = columns(proposal, "contact_data.csv", "contact")
    assert contact["full_name"] == {"text": "{property_firstname} {property_lastname}"}
    ticket = columns(proposal, "ticket_data.csv", "service_case")
    assert ticket["first_response_at"] == "property_first_agent_reply_date"


def test_advertising_costs(shared_dir: Path) -> None:
    seeds = shared_dir / "data" / "fivetran_seeds"
    google = propose([read(seeds / "google_ads" / "campaign_stats_data.csv")])
    cost = columns(google, "campaign_stats_data.csv", "cost")
    assert cost["amount"] == {"column": "cost_micros", "scale": 0.000001}
    assert (cost["campaign_id"], cost["source"]) == ("id", {"constant": "google"})
    assert "account_id" not in cost
    facebook = propose([read(seeds / "facebook_ads" / "facebook_ads_basic_ad_data.csv")])
    assert columns(facebook, "facebook_ads_basic_ad_data.csv", "cost")["kind"] == {"constant": "marketing"}


def test_an_event_log_dates_the_milestones_of_leads(shared_dir: Path) -> None:
    folder = shared_dir / "data" / "funnel_events_small"
    proposal = propose([read(path) for path in sorted(folder.glob("*.csv"))])
    assert columns(proposal, "funnel_events.csv", "lead_status_history")["to_status"] == "event_type"
    assert columns(proposal, "email_campaigns.csv", "campaign")["id"] == "campaign_id"
    log = record(proposal, "funnel_events.csv", "lead")
    assert log["group"] is True
    assert log["columns"]["mql_at"] == {
        "column": "event_date",
        "dates": "DMY",
        "when": [{"column": "event_type", "equals": "mql"}],
        "pick": "min",
    }


def test_survey_question(shared_dir: Path) -> None:
    proposal = propose([read(shared_dir / "data" / "nps_preppindata" / "case_122" / "input_01.csv")])
    answer = columns(proposal, "input_01.csv", "survey_response")
    assert answer["score"] == "How likely are you to recommend this airline?"
    assert answer["kind"] == {"constant": "nps"}
    assert answer["contact_id"] == "CustomerID"
    assert answer["custom.airline"]["type"] == "text"


def test_every_public_folder_gets_a_mapping_that_can_be_read(shared_dir: Path) -> None:
    folders = {path.parent for path in (shared_dir / "data").rglob("*.csv")}
    assert len(folders) > 15
    for folder in sorted(folders):
        datasets = [read(path) for path in sorted(folder.glob("*.csv"))]
        proposal = propose(datasets)
        assert yaml.safe_load(proposal.text) == proposal.mapping, folder
        accounted = {(choice.dataset, choice.column) for choice in proposal.columns}
        assert accounted == {(dataset.name, name) for dataset in datasets for name in dataset.columns}, folder
        if proposal.mapping["files"]:
            parse_mapping(proposal.text)


# --- exports as the products write them -------------------------------------------------------------


def spanish() -> list[DatasetSample]:
    deals = table(
        "ventas.csv",
        """
        Nº de oportunidad | Oportunidad | Cliente | Comercial | Etapa | Importe | Fecha de creación | Fecha prevista de cierre | Fecha de cierre | Canal
        1001 | Web | Aceros Ruiz S.A. | Ana Gil | Propuesta enviada | 1.200,50 € | 03/01/2024 | 15/03/2024 | | Directo
        1002 | ERP | LUNA SL | Ana Gil | Negociación | 800,00 € | 14/01/2024 | 20/03/2024 | | Directo
        1003 | CRM | Luna SL | Luis Paz | Cerrada ganada | 2.000,00 € | 20/01/2024 | 01/02/2024 | 31/01/2024 | Agencia
        1004 | BI | Aceros Ruiz | Luis Paz | Cerrada perdida | 500,00 € | 22/01/2024 | 05/02/2024 | 02/02/2024 | Directo
        1005 | App | Norte | Eva Sol | Contacto inicial | 900,00 € | 25/01/2024 | 30/04/2024 | | Agencia
        """,  # noqa: E501
    )
    accounts = table(
        "clientes.csv",
        """
        Código de cliente | Razón social | País | Sector
        C-1 | Aceros Ruiz | España | Metal
        C-2 | Luna SL | España | Moda
        C-3 | Norte | Portugal | Metal
        """,
    )
    people = table(
        "comerciales.csv",
        """
        Comercial | Correo electrónico | Jefe | Oficina
        Ana Gil | ana@ejemplo.example | Luis Paz | Madrid
        Luis Paz | luis@ejemplo.example | | Madrid
        Eva Sol | eva@ejemplo.example | Luis Paz | Vigo
        """,
    )
    return [deals, accounts, people]


def test_spanish_files_are_joined_by_name() -> None:
    proposal = propose(spanish())
    deal = columns(proposal, "ventas.csv", "deal")
    assert deal["account_id"] == {
        "column": "Cliente",
        "lookup": {"entity": "account", "by": "name"},
        "aliases": {"LUNA SL": "Luna SL"},
    }
    assert deal["owner_id"] == "Comercial"
    assert deal["amount"] == "Importe"
    assert deal["currency"] == {"constant": "EUR"}
    assert deal["created_at"] == {"column": "Fecha de creación", "dates": "DMY"}
    assert deal["closed_at"] == {"column": "Fecha de cierre", "dates": "DMY"}
    assert deal["expected_close_date"] == {"column": "Fecha prevista de cierre", "dates": "DMY"}
    assert proposal.mapping["workspace"] == {"currency": "EUR"}


def test_spanish_stages_have_kinds_and_an_order() -> None:
    assert stages(propose(spanish())) == [
        ("Contacto inicial", "open"),
        ("Propuesta enviada", "open"),
        ("Negociación", "open"),
        ("Cerrada ganada", "won"),
        ("Cerrada perdida", "lost"),
    ]


def test_a_manager_from_the_file_is_a_person_and_no_team() -> None:
    owner = columns(propose(spanish()), "comerciales.csv", "owner")
    assert owner["manager_id"] == "Jefe"
    assert "team_id" not in owner
    assert (owner["id"], owner["name"], owner["email"]) == ("Comercial", "Comercial", "Correo electrónico")


BITRIX = """
ID | Название сделки | Воронка | Стадия сделки | Сумма | Валюта | Компания | Ответственный | Дата создания | Предполагаемая дата закрытия | Источник | Товар | Цена | Количество
1 | Поставка А | Опт | Новая | 1500.00 | RUB | Вега | Иван Петров | 01.02.2024 10:15:00 | 28.03.2024 | Сайт | Стол | 500.00 | 1
1 | Поставка А | Опт | Новая | 1500.00 | RUB | Вега | Иван Петров | 01.02.2024 10:15:00 | 28.03.2024 | Сайт | Стул | 250.00 | 4
2 | Поставка Б | Опт | Подготовка предложения | 900.00 | RUB | Лира | Анна Кузьмина | 05.02.2024 11:00:00 | 15.03.2024 | Звонок | Стол | 450.00 | 2
3 | Поставка В | Розница | Успешно реализовано | 300.00 | RUB | Вега | Анна Кузьмина | 07.02.2024 09:30:00 | 10.02.2024 | Сайт | Лампа | 300.00 | 1
4 | Поставка Г | Розница | Закрыто и не реализовано | 0.00 | RUB | Кит | Иван Петров | 09.02.2024 17:45:00 | 20.02.2024 | Сайт | Лампа | 0.00 | 1
"""  # noqa: E501


def test_bitrix_rows_for_products_are_lines_of_one_deal() -> None:
    proposal = propose([table("DEAL_20240301_65e1.csv", BITRIX)])
    deal = columns(proposal, "DEAL_20240301_65e1.csv", "deal")
    assert (deal["id"], deal["name"], deal["stage_id"]) == ("ID", "Название сделки", "Стадия сделки")
    assert deal["created_at"] == "Дата создания"
    assert deal["expected_close_date"] == {"column": "Предполагаемая дата закрытия", "dates": "DMY"}
    line = columns(proposal, "DEAL_20240301_65e1.csv", "deal_line")
    assert "id" not in line
    assert (line["deal_id"], line["product_id"]) == ("ID", "Товар")
    assert (line["unit_price"], line["quantity"]) == ("Цена", "Количество")
    assert "amount" not in line
    assert proposal.mapping["workspace"] == {"currency": "RUB"}


def test_bitrix_stages_stand_in_their_pipelines() -> None:
    proposal = propose([table("DEAL_20240301_65e1.csv", BITRIX)])
    assert proposal.mapping["stages"] == [
        {"name": "Новая", "kind": "open", "pipeline": "Опт"},
        {"name": "Подготовка предложения", "kind": "open", "pipeline": "Опт"},
        {"name": "Успешно реализовано", "kind": "won", "pipeline": "Розница"},
        {"name": "Закрыто и не реализовано", "kind": "lost", "pipeline": "Розница"},
    ]


def test_a_portuguese_export_without_ids_gets_one_from_lasting_columns() -> None:
    proposal = propose(
        [
            table(
                "negociacoes.csv",
                """
                Nome | Empresa | Funil de vendas | Etapa | Estado | Motivo de Perda | Valor Único | Responsável | Data de criação
                Plano anual | Alfa | Vendas | Proposta | Em andamento | | R$ 1.000,00 | Bia | 05/01/2024
                Plano anual | Beta | Vendas | Fechamento | Vendida | | R$ 2.500,00 | Caio | 17/01/2024
                Consultoria | Alfa | Vendas | Proposta | Perdida | Preço | R$ 900,00 | Bia | 20/01/2024
                """,  # noqa: E501
            )
        ]
    )
    deal = columns(proposal, "negociacoes.csv", "deal")
    assert deal["id"] == {"text": "{Nome} {Empresa}"}
    assert (deal["status"], deal["loss_reason"], deal["amount"]) == ("Estado", "Motivo de Perda", "Valor Único")
    assert deal["currency"] == {"constant": "BRL"}
    choice = next(choice for choice in proposal.columns if choice.target == "id")
    assert choice.confidence < 0.5
    assert "there is no id column" in choice.reason


def test_pipedrive_won_and_lost_times_make_the_closing_date() -> None:
    deals = table(
        "pipedrive-deals.csv",
        """
        Deal - ID | Deal - Title | Deal - Value | Deal - Stage | Deal - Status | Deal - Won time | Deal - Lost time
        1 | A | 10 | Qualified | open | |
        2 | B | 20 | Proposal Made | won | 2024-02-01 10:00:00 |
        3 | C | 30 | Proposal Made | lost | | 2024-02-02 10:00:00
        """,
    )
    deal = columns(propose([deals]), deals.name, "deal")
    assert deal["closed_at"] == {"columns": ["Deal - Won time", "Deal - Lost time"]}
    assert (deal["status"], deal["stage_id"]) == ("Deal - Status", "Deal - Stage")


def test_a_status_that_holds_stages_is_the_stage() -> None:
    deals = table(
        "deals.csv",
        """
        Deal ID | Amount | Status
        1 | 10 | Demo done
        2 | 20 | Contract sent
        3 | 30 | Closed won
        4 | 30 | Closed lost
        """,
    )
    deal = columns(propose([deals]), "deals.csv", "deal")
    assert deal["stage_id"] == "Status"
    assert "status" not in deal


# --- values -----------------------------------------------------------------------------------------


def dates_of(*values: str) -> Any:
    rows = [(str(number), "Won", value) for number, value in enumerate(values)]
    proposal = propose([DatasetSample("deals.csv", ["Deal ID", "Deal Stage", "Close Date"], rows)])
    return columns(proposal, "deals.csv", "deal")["closed_at"]


def test_the_order_of_day_and_month_is_given_only_when_proven() -> None:
    assert dates_of("13/02/2024", "01/02/2024") == {"column": "Close Date", "dates": "DMY"}
    assert dates_of("02/13/24 5:10 PM", "01/02/24 5:10 PM") == {"column": "Close Date", "dates": "MDY"}
    assert dates_of("01/02/2024", "03/04/2024") == "Close Date"
    assert dates_of("13/02/2024", "02/13/2024") == "Close Date"
    assert dates_of("2024-02-13", "2024-02-01T10:00:00Z") == "Close Date"
    assert dates_of("20240213", "20240201") == {"column": "Close Date", "dates": "%Y%m%d"}
    assert dates_of("1706780000", "1706790000") == {"column": "Close Date", "dates": "epoch_s"}
    assert dates_of("1706780000000", "1706790000000") == {"column": "Close Date", "dates": "epoch_ms"}


def test_a_header_does_not_overrule_the_values() -> None:
    deals = table(
        "deals.csv",
        """
        Deal ID | Deal Name | Stage | Amount | Close Date | Value
        1 | A | Won | high | soon | 10.5
        2 | B | Lost | low | later | 20
        """,
    )
    deal = columns(propose([deals]), "deals.csv", "deal")
    assert deal["amount"] == "Value"
    assert "closed_at" not in deal


def test_closing_dates_of_closed_deals_only_are_no_expectation() -> None:
    text = """
        Deal ID | Stage | Amount | Close Date
        1 | Won | 10 | 2024-01-02
        2 | Prospecting | 20 | {}
        """
    closed_only = columns(propose([table("deals.csv", text.format(""))]), "deals.csv", "deal")
    assert "expected_close_date" not in closed_only
    both = columns(propose([table("deals.csv", text.format("2024-05-01"))]), "deals.csv", "deal")
    assert both["expected_close_date"] == both["closed_at"] == "Close Date"


def test_probabilities_in_per_cent_are_scaled() -> None:
    text = "Deal ID | Stage | Probability\n1 | Won | {}\n2 | Lost | 0"
    assert columns(propose([table("d.csv", text.format("100"))]), "d.csv", "deal")["probability"]["scale"] == 0.01
    assert columns(propose([table("d.csv", text.format("1"))]), "d.csv", "deal")["probability"] == "Probability"


def test_an_enumerated_column_that_would_lose_its_values_is_kept_as_it_is() -> None:
    text = "Deal ID | Stage | Type\n" + "\n".join(
        f"{n} | Won | {kind}" for n, kind in enumerate(["{}"] * 3 + ["Beta"] * 2)
    )
    unknown = columns(propose([table("deals.csv", text.format(*["Alpha"] * 3))]), "deals.csv", "deal")
    assert "type" not in unknown
    assert unknown["custom.type"] == {"column": "Type", "type": "text", "label": "Type"}
    known = columns(propose([table("deals.csv", text.format(*["Renewal"] * 3))]), "deals.csv", "deal")
    assert known["type"] == {"column": "Type", "on_error": "empty"}


def test_references_are_ids_where_the_values_are() -> None:
    accounts = table("accounts.csv", "Account ID | Account Name | Industry\n1 | Acme | Toys\n2 | Bolt | Toys")
    by_id = table("deals.csv", "Deal ID | Stage | Account\n7 | Won | 1\n8 | Lost | 2")
    by_name = table("deals.csv", "Deal ID | Stage | Account\n7 | Won | Acme\n8 | Lost | Bolt")
    assert columns(propose([by_id, accounts]), "deals.csv", "deal")["account_id"] == "Account"
    looked_up = columns(propose([by_name, accounts]), "deals.csv", "deal")["account_id"]
    assert looked_up == {"column": "Account", "lookup": {"entity": "account", "by": "name"}}


def test_a_reference_is_found_by_its_values_alone() -> None:
    products = table("products.csv", "Product ID | Name | Price\nP-100 | A | 1\nP-200 | B | 2\nP-300 | C | 3")
    rows = "\n".join(f"{n} | {n % 3} | P-{n % 3 + 1}00" for n in range(1, 10))
    lines = table("line items.csv", "Deal ID | Quantity | Ref\n" + rows)
    proposal = propose([products, lines])
    assert columns(proposal, "line items.csv", "deal_line")["product_id"] == "Ref"


def test_leftovers_become_custom_columns_or_are_listed_with_a_reason() -> None:
    rows = [
        (str(n), "Won", f"Group {n % 3}", str(n * 7), "2024-01-02" if n % 2 else "2024-01-05", "yes" if n % 2 else "no",
         f"https://crm.example/{n}", f"free text {n} about nothing", "same", "")
        for n in range(1, 21)
    ]  # fmt: skip
    names = ["Deal ID", "Stage", "Группа риска", "Шаги", "Подписан", "VIP?", "Link", "Remark", "Plant", "Blank"]
    proposal = propose([DatasetSample("deals.csv", names, rows)])
    deal = columns(proposal, "deals.csv", "deal")
    assert deal["custom.gruppa_riska"] == {"column": "Группа риска", "type": "text", "label": "Группа риска"}
    assert deal["custom.shagi"]["type"] == "number"
    assert deal["custom.podpisan"]["type"] == "date"
    assert deal["custom.vip"]["type"] == "boolean"
    reasons = {choice.column: choice.reason for choice in proposal.unused}
    assert reasons == {
        "Link": "ids, addresses or links",
        "Remark": "a text that is different in nearly every row",
        "Plant": "the same in every row",
        "Blank": "empty in the sample",
    }
    assert {choice.target for choice in proposal.custom} == {name for name in deal if name.startswith("custom.")}


def test_accounts_inside_a_file_of_deals_get_a_record() -> None:
    rows = "\n".join(f"{n} | Won | Firm {n % 3} | {'Toys' if n % 3 else 'Cars'} | {10 * (n % 3)}" for n in range(9))
    deals = table("deals.csv", "Deal ID | Stage | Account | Industry | Employees\n" + rows)
    proposal = propose([deals])
    part = record(proposal, "deals.csv", "account")
    assert part["columns"] == {"id": "Account", "name": "Account", "employees": "Employees", "industry": "Industry"}
    assert part["where"] == [{"column": "Account", "filled": True}]


def test_rows_as_dicts_say_the_same() -> None:
    dataset = spanish()[0]
    as_dicts = [dict(zip(dataset.columns, row, strict=True)) for row in dataset.rows]
    assert propose([DatasetSample(dataset.name, dataset.columns, as_dicts)]).mapping == propose([dataset]).mapping


def test_nothing_is_proposed_for_nothing() -> None:
    proposal = propose([DatasetSample("empty.csv", [], []), DatasetSample("odd.csv", ["x", "y"], [("1", "2")])])
    assert proposal.mapping["files"] == []
    assert proposal.skipped == ("empty.csv", "odd.csv")


# --- a remembered mapping ---------------------------------------------------------------------------

REMEMBERED = {
    "version": 1,
    "files": [
        {
            "file": "deal*.csv",
            "records": [
                {"entity": "deal", "columns": {"id": "No", "amount": {"column": "Sum", "scale": 1000}, "name": "Topic"}}
            ],
        }
    ],
}
NEWER = """
No | Sum | Topic | Stage | Amount | Region | Remark
1 | 1 | A | Won | 1000 | North | x
2 | 2 | B | Lost | 2000 | South | x
3 | 3 | C | Won | 3000 | North | y
4 | 4 | D | Won | 4000 | North | y
"""


def test_only_new_columns_are_proposed_for_a_remembered_mapping() -> None:
    before = yaml.safe_dump(REMEMBERED)
    proposal = extend(REMEMBERED, [table("deals.csv", NEWER)], known={"deals.csv": ["Remark"]})
    assert yaml.safe_dump(REMEMBERED) == before
    (entry,) = proposal.mapping["files"]
    (deal,) = entry["records"]
    old = REMEMBERED["files"][0]["records"][0]["columns"]  # type: ignore[index]
    assert {name: deal["columns"][name] for name in old} == old
    assert deal["columns"]["stage_id"] == "Stage"
    assert deal["columns"]["custom.region"]["column"] == "Region"
    assert {choice.column for choice in proposal.columns} == {"Stage", "Amount", "Region"}
    taken = next(choice for choice in proposal.columns if choice.column == "Amount")
    assert (taken.entity, taken.reason) == ("", "deal.amount is filled by another column already")
    parse_mapping(proposal.text)


def test_nothing_new_raises_no_question() -> None:
    first = propose([table("deals.csv", NEWER)])
    unused = [choice.column for choice in first.unused]
    again = extend(first.mapping, [table("deals.csv", NEWER)], known={"deals.csv": unused})
    assert again.mapping == first.mapping
    assert again.columns == ()


def test_a_new_file_joins_a_remembered_mapping() -> None:
    accounts = table("accounts.csv", "Account | Industry\nAcme | Toys\nBolt | Cars")
    proposal = extend(REMEMBERED, [table("deals.csv", NEWER), accounts])
    assert [entry["file"] for entry in proposal.mapping["files"]] == ["deal*.csv", "accounts.csv"]
    assert columns(proposal, "accounts.csv", "account")["industry"] == "Industry"


def test_a_custom_name_in_use_is_not_taken_twice() -> None:
    mapping = yaml.safe_load(yaml.safe_dump(REMEMBERED))
    mapping["files"][0]["records"][0]["columns"]["custom.region"] = {"column": "Area", "type": "text"}
    deal = columns(extend(mapping, [table("deals.csv", NEWER)]), "deal*.csv", "deal")
    assert deal["custom.region"]["column"] == "Area"
    assert deal["custom.region_2"]["column"] == "Region"


# --- whatever the files hold ------------------------------------------------------------------------

WORDS = [
    "Deal ID", "Stage", "Amount", "Close Date", "Owner", "no", "yes", "null", "~", "2024-01-01", "a: b", "#", "- x",
    "{a}", "'", '"', "\\", "\u0085", "\u2028", "\u202e", "=1+1", "&a", "*a", "!!python/object", "id", "{Deal ID}",
]  # fmt: skip
texts = st.one_of(st.sampled_from(WORDS), st.text(min_size=1, max_size=12))


@st.composite
def hostile(draw: st.DrawFn) -> DatasetSample:
    names = draw(st.lists(texts.map(str.strip).filter(bool), min_size=1, max_size=7, unique=True))
    rows = draw(st.lists(st.tuples(*[st.one_of(st.none(), texts) for _ in names]), max_size=6))
    return DatasetSample(draw(st.sampled_from(["deals.csv", "Лиды.csv", "a\nb.csv", "x.xlsx#Deals"])), names, rows)


@settings(max_examples=150, deadline=None)
@given(hostile())
def test_the_text_says_exactly_what_is_proposed(dataset: DatasetSample) -> None:
    proposal = propose([DatasetSample("accounts.csv", ["Account ID", "Account Name"], [("1", "x")]), dataset])
    text = proposal.text
    assert yaml.safe_load(text) == proposal.mapping
    rules = sum(len(part["columns"]) for entry in proposal.mapping["files"] for part in entry["records"])
    assert sum(1 for line in text.split("\n") if line.startswith(" " * 10)) == rules
    entries = [entry for entry in proposal.mapping["files"] if entry["file"] == dataset.name]
    used = {name for entry in entries for part in entry["records"] for name in mentioned(part["columns"].values())}
    assert used <= set(dataset.columns)
    assert all(0 <= choice.confidence <= 1 for choice in proposal.columns)
    assert {choice.column for choice in proposal.columns if choice.dataset == dataset.name} == set(dataset.columns)
    parse_mapping(text)


def mentioned(rules: Iterable[Any]) -> set[str]:
    short = {rule for rule in rules if isinstance(rule, str)}
    long = [rule for rule in rules if isinstance(rule, dict)]
    return (
        short | {rule["column"] for rule in long if "column" in rule} | {c for r in long for c in r.get("columns", ())}
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_columns_does_not_change_what_they_mean(seed: int) -> None:
    dataset = table("DEAL_20240301_65e1.csv", BITRIX)
    order = list(range(len(dataset.columns)))
    random.Random(seed).shuffle(order)
    shuffled = DatasetSample(
        dataset.name, [dataset.columns[i] for i in order], [[row[i] for i in order] for row in dataset.rows]
    )
    assert propose([shuffled]).mapping == propose([dataset]).mapping
