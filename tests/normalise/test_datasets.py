"""The public datasets through the normaliser: every row arrives, oddities are repaired or told."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from connector.normalise.mapping_check import check_mapping
from connector.normalise.mapping_reader import parse_mapping
from tests.normalise.built import run
from tests.normalise.raw_files import from_csv

MAPPINGS = Path(__file__).parents[1] / "datasets"


@dataclass(frozen=True)
class Case:
    """What a dataset gives: rows per entity, rows per alias, values that were dropped."""

    folder: str
    rows: dict[str, int]
    repairs: dict[tuple[str, str], int] = field(default_factory=dict)
    dropped: int = 0


CASES = {
    "maven_crm": Case(
        "maven_crm",
        {"owner": 35, "team": 6, "account": 85, "stage": 4, "deal": 8800, "deal_line": 8800, "product": 7},
        {
            ("account.industry", "technolgy"): 12, ("account.country", "Philipines"): 1,
            ("deal_line.product_id", "GTXPro"): 1480,
        },
    ),
    "adventureworks_quota": Case("adventureworks_quota", {"owner": 17, "team": 10, "goal": 163}),
    "funnel_events_small": Case(
        "funnel_events_small", {"lead": 30, "lead_status_history": 58, "stage": 3, "deal": 9, "campaign": 3}
    ),
    "nps_case_122": Case("nps_preppindata/case_122", {"survey_response": 5907, "account": 99}),
    "nps_case_050": Case(
        "nps_preppindata/case_050",
        {"survey_response": 28},
        {
            ("survey_response.custom.country", found): rows
            for found, rows in {
                "Ingland": 3, "Egland": 1, "Eggland": 1, "3ngland": 1, "ENGLAND": 2, "United State": 1, "Sc0tland": 1,
                "Scottish": 1, "The Netherlands": 1,
            }.items()
        },
        dropped=2,
    ),
    "retention_hardie": Case("retention_textbook", {"list_snapshot": 13}),
    "google_ads": Case("fivetran_seeds/google_ads", {"campaign": 1, "cost": 16}),
    "facebook_ads": Case("fivetran_seeds/facebook_ads", {"campaign": 4, "cost": 10}),
    "salesforce_devorg": Case(
        "salesforce_samples/developer_org_powerbi",
        {"account": 18, "contact": 25, "lead": 22, "stage": 10, "deal": 36, "deal_stage_history": 48, "owner": 1},
        {("lead.status", "Closed - Not Converted"): 3},
    ),
    "salesforce_workshop": Case(
        "salesforce_samples/data_cloud_workshop",
        {
            "account": 22, "contact": 102, "lead": 60, "stage": 6, "deal": 50, "activity": 75, "campaign": 8,
            "campaign_member": 68, "service_case": 40, "owner": 2,
        },
        {
            ("service_case.status", "open"): 15, ("campaign.type", "web marketing"): 2, ("activity.type", "Prep"): 15,
            ("activity.type", "Other"): 13,
        },
    ),
    "hubspot_seeds": Case(
        "fivetran_seeds/hubspot",
        {
            "owner": 100, "team": 3, "account": 24, "contact": 22, "pipeline": 6, "stage": 71, "deal": 44,
            "deal_stage_history": 14, "deal_contact": 11, "activity": 103, "campaign": 100, "service_case": 25,
        },
        {("stage.kind", "FALSE/FALSE"): 66, ("stage.kind", "TRUE/TRUE"): 5},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_every_row_of_a_public_dataset_arrives(name: str, shared_dir: Path, tmp_path: Path) -> None:
    case, text = CASES[name], (MAPPINGS / f"{name}.yaml").read_text(encoding="utf-8")
    mapping = parse_mapping(text, f"{name}.yaml")
    imports = []
    for path in sorted((shared_dir / "data" / case.folder).glob("*.csv")):
        if mapping.files_for(path.name):
            rules = mapping.read_rules(path.name)
            imports.append(from_csv(tmp_path, path, separator=rules.separator or ",", columns=rules.columns or None))
    check_mapping(mapping, {raw.dataset: raw.columns for raw in imports}, f"{name}.yaml")
    result = run(text, imports, tmp_path).result
    assert result.rows == case.rows
    assert {(f"{one.entity}.{one.column}", one.found): one.rows for one in result.profile.repairs} == case.repairs
    assert result.refused.rows == 0
    assert sum(count.rows for count in result.refused.counts if count.dropped) == case.dropped
    assert result.assumptions == ()


def test_every_mapping_of_a_dataset_is_judged_here() -> None:
    assert {path.stem for path in MAPPINGS.glob("*.yaml")} >= set(CASES)
