"""Published figures of the other public datasets, as far as the schema can carry them."""

from __future__ import annotations

import math
import statistics
from typing import Any

import pytest

from tests.conformance.conftest import Dataset, Load

pytestmark = pytest.mark.conformance


def near(value: Any, expected: Any) -> bool:
    return value is None if expected is None else float(value) == pytest.approx(float(expected), abs=1e-6)


def test_nps_of_every_airline_with_enough_answers(load: Load) -> None:
    airlines = load(
        "nps_preppindata", "nps_preppindata/case_122/input_01.csv", "nps_preppindata/case_122/input_02.csv",
        mapping="nps_case_122",
    )  # fmt: skip
    metrics = (
        "n=COUNT(survey_response.id);promoters=100 * COUNT(survey_response.id WHERE survey_response.score >= 9) / "
        "COUNT(survey_response.id);detractors=100 * COUNT(survey_response.id WHERE survey_response.score <= 6) / "
        "COUNT(survey_response.id);nps"
    )
    rows = airlines.ask(metrics, "account", ("n >= 50",))
    wanted = {row[0]: row[1:] for row in airlines.expected("all_airlines")}
    assert len(rows) == len(wanted)
    for name, *values in rows:
        assert all(map(near, values, wanted[name])), name
    floored = {name: math.floor(promoters) - math.floor(detractors) for name, _, promoters, detractors, _ in rows}
    ((_, answers, published, z, exact),) = airlines.expected("prep_air")
    spread = statistics.stdev(floored.values())
    assert floored["Prep Air"] == published
    assert round((published - statistics.mean(floored.values())) / spread, 2) == z
    assert next(row for row in rows if row[0] == "Prep Air")[1] == answers
    assert near(next(row for row in rows if row[0] == "Prep Air")[4], exact)


@pytest.fixture
def quota(load: Load) -> Dataset:
    names = ("SalesPerson", "SalesPersonQuotaHistory", "SalesTerritory")
    return load("adventureworks_quota", *(f"adventureworks_quota/{name}.csv" for name in names))


def test_attainment_of_every_sales_person_is_blank_without_a_quota(quota: Dataset) -> None:
    metrics = (
        "quota=MAX(owner.custom.quota);ytd=MAX(owner.custom.sales_ytd);before=MAX(owner.custom.sales_last_year);"
        "attainment=100 * SUM(owner.custom.sales_ytd) / SUM(owner.custom.quota);"
        "growth=100 * (SUM(owner.custom.sales_ytd) / SUM(owner.custom.sales_last_year) - 1)"
    )
    found = {row[0]: row[1:] for row in quota.ask(metrics, "owner.id")}
    wanted = quota.expected("attainment")
    assert len(found) == len(wanted) == 17
    for person, _, *values in wanted:
        assert all(map(near, found[str(person)], values)), person


def test_quota_history_by_quarter(quota: Dataset) -> None:
    rows = quota.ask("people=COUNT(DISTINCT goal.scope_id);quota=SUM(goal.target_value)", "goal.period_start")
    assert [[str(row[0]), row[1], row[2]] for row in rows] == quota.expected("history")


@pytest.fixture
def funnel(load: Load) -> Dataset:
    names = ("leads", "funnel_events", "email_campaigns")
    return load("funnel_events_small", *(f"funnel_events_small/{name}.csv" for name in names))


def test_leads_reaching_each_step_of_an_event_log(funnel: Dataset) -> None:
    rows = funnel.ask("n=COUNT(DISTINCT lead_status_history.lead_id)", "lead_status_history.to_status")
    assert {row[0]: row[1] for row in rows} == dict(funnel.expected("funnel"))


def test_mean_days_between_the_steps(funnel: Dataset) -> None:
    reached = "WHERE lead.sql_at IS NOT NULL"
    metrics = (
        f"n=COUNT(lead.id {reached});mql_sql=AVG(days(lead.sql_at - lead.mql_at) {reached});"
        f"sql_opp=AVG(days(lead.converted_at - lead.sql_at) {reached});"
        f"opp_close=AVG(days(lead.custom.closed_on - lead.converted_at) {reached});"
        f"total=AVG(days(lead.custom.closed_on - lead.mql_at) {reached})"
    )
    (row,) = funnel.ask(metrics)
    assert all(map(near, row, funnel.expected("stage_days")[0]))


def test_salesforce_workshop_pipeline_and_counts(load: Load) -> None:
    names = ("Account", "Campaign", "CampaignMember", "Case", "Contact", "Lead", "Opportunity", "Task")
    files = (f"salesforce_samples/data_cloud_workshop/{name}.csv" for name in names)
    workshop = load("salesforce_samples", *files, mapping="salesforce_workshop")
    metrics = (
        "n=COUNT(deal.id);amount=SUM(deal.amount);weighted=SUM(deal.amount * deal.probability);"
        "won=COUNT(deal.id WHERE deal.status = 'won');closed=COUNT(deal.id WHERE deal.status IN ('won', 'lost'))"
    )
    found = {row[0]: row[1:] for row in workshop.ask(metrics, "deal.stage_id")}
    wanted = {row[0]: row[1:] for row in workshop.expected("workshop_pipeline")}
    assert found.keys() == wanted.keys()
    assert all(near(value, number) for name in wanted for value, number in zip(found[name], wanted[name], strict=True))
    counts = [workshop.outcome.rows[name] for name in ("deal", "service_case", "lead", "campaign_member")]
    assert counts == workshop.expected("workshop_counts")[0]


def test_salesforce_stage_history_of_a_developer_org(load: Load) -> None:
    names = ("Opportunity", "OpportunityHistory", "Account", "Contact", "Lead")
    files = (f"salesforce_samples/developer_org_powerbi/{name}.csv" for name in names)
    org = load("salesforce_samples", *files, mapping="salesforce_devorg")
    rows = org.ask("n=COUNT(deal.id);amount=SUM(deal.amount)", "deal.stage_id")
    assert sorted([row[0], row[1], float(row[2])] for row in rows) == sorted(org.expected("devorg_stage"))
    moves = org.ask("n=COUNT(deal_stage_history.id)", "from_stage,stage", ("from_stage is not null",))
    assert sorted([row[0], row[1], row[2]] for row in moves) == sorted(org.expected("devorg_moves"))
    ((history_rows, deals, _, changed),) = org.expected("devorg_history")
    (row,) = org.ask(
        "all=COUNT(DISTINCT deal_stage_history.deal_id);"
        "moved=COUNT(DISTINCT deal_stage_history.deal_id WHERE deal_stage_history.from_stage_id IS NOT NULL)"
    )
    assert row == (deals, changed)
    assert {name: rows for name, rows, _ in org.outcome.files}["OpportunityHistory.csv"] == history_rows


def test_survival_and_retention_of_the_textbook(load: Load) -> None:
    textbook = load("retention_textbook", "retention_textbook/hardie-sample-retention.csv", mapping="retention_hardie")
    rows = textbook.ask(
        "n=SUM(list_snapshot.active_count);survival=SUM(list_snapshot.active_count) / 1000",
        "list_snapshot.custom.period",
    )
    found = {int(float(period)): (count, survival) for period, count, survival in rows}
    for period, customers, survival, retention in textbook.expected("rates"):
        assert found[period][0] == customers
        assert near(found[period][1], survival)
        assert retention is None or near(found[period][0] / found[period - 1][0], retention)


def test_ad_costs_in_millionths_and_in_currency(load: Load) -> None:
    google = load(
        "fivetran_seeds", "fivetran_seeds/google_ads/campaign_stats_data.csv",
        "fivetran_seeds/google_ads/campaign_history_data.csv", mapping="google_ads",
    )  # fmt: skip
    metrics = "marketing_cost;clicks=SUM(cost.custom.clicks);impressions=SUM(cost.custom.impressions)"
    assert all(map(near, google.ask(metrics)[0], google.expected("google_ads_cost")[0]))
    facebook = load(
        "fivetran_seeds", "fivetran_seeds/facebook_ads/facebook_ads_basic_ad_data.csv", mapping="facebook_ads"
    )
    assert all(
        map(
            near,
            facebook.ask("marketing_cost;i=SUM(cost.custom.impressions)")[0],
            facebook.expected("facebook_cost")[0],
        )
    )


def test_hubspot_seeds_keep_every_deal_although_none_has_a_stage(load: Load) -> None:
    hubspot = load("fivetran_seeds", "fivetran_seeds/hubspot/deal_data.csv", mapping="hubspot_seeds")
    assert hubspot.outcome.rows["deal"] == hubspot.expected("counts")[0][0]
